#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What can go wrong around a guest: each time the daemon says why and what helps,
# everything is let go of, and the next guest works.
#
# kernels: 6.12
# vm: -t 3600
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

vhuged=build/user/vhuged
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
port_admin=("${nobody[@]}" --inh-caps=+net_admin --ambient-caps=+net_admin)

# The next guest: attached where the daemon serves vm0, frames go both ways.
works()
{
	testpmd_attach a "path=$work/vm0.sock"
	ip link set vm0 up
	wait_for 10 is 1 carrier vm0
	testpmd_forward a io
	selftests/e2e/lib/frames.py vm0 100
	testpmd_do a stop
	testpmd_detach a
	wait_for 10 holds_nothing
}

with_client()
{
	if [ -z "${testpmd[a]:-}" ] || gone "${testpmd[a]}"; then
		testpmd_new a
	fi
	tap_test "$@"
}

# refuses STATUS PATTERN COMMAND...: it ends with the status and an explanation.
refuses()
{
	local status=0

	timeout 60 "${@:3}" >"$work/refusal.log" 2>&1 || status=$?
	cat "$work/refusal.log"
	equal 'exit status' $status "$1"
	said "$work/refusal.log" "$2"
}

capabilities()
{
	$vhuged --print-capabilities |
		/usr/bin/python3 -c 'import json, sys; assert json.load(sys.stdin)["type"] == "net"'
}

wrong_options()
{
	refuses 2 'nothing to serve' $vhuged
	refuses 2 'no --port' $vhuged --socket-path="$work/vm0.sock"
	refuses 2 'unrecognized option' $vhuged --sockets
	refuses 2 'no argument is expected' $vhuged --port=vm0 something
	refuses 2 'same port' $vhuged --socket-path=a --port=vm0 --socket-path=b --port=vm0
	refuses 2 '1 to 107 bytes' $vhuged --port=vm0 --socket-path="$(printf '%0108d' 0)"
	refuses 1 'cannot bind' $vhuged --port=vm0 --socket-path="$work/none/vm0.sock"
	refuses 1 'is not of kind vhuge' $vhuged --port=lo --socket-path="$work/vm0.sock"
}

sockets()
{
	local first

	vhuged_start vm0
	first=$vhuged_pid
	refuses 1 'in use .*: stop that program' \
		$vhuged --socket-path="$work/vm0.sock" --port=vm1
	end "$first" KILL || true
	[ -S "$work/vm0.sock" ]
	vhuged_start vm0
	said "$work/vhuged.log" 'removed the stale socket'
	works
	end "$vhuged_pid"
	[ ! -e "$work/vm0.sock" ]
	echo precious >"$work/vm0.sock"
	refuses 1 'is not a socket: remove it' \
		$vhuged --socket-path="$work/vm0.sock" --port=vm0
	rm "$work/vm0.sock"
}

without_module()
{
	rmmod vhuge
	refuses 1 'load the module: modprobe vhuge' \
		$vhuged --socket-path="$work/vm0.sock" --port=vm0
	module_load
	vhuged_start vm0
	works
}

not_permitted()
{
	refuses 1 'Permission denied; add the user to group vhuge' \
		"${nobody[@]}" $vhuged --socket-path="$work/vm0.sock" --port=vm0
	vhuged_start vm0
	works
}

# loaded: a guest of its own sends through vm0 as fast as it can.
loaded()
{
	testpmd_new victim
	testpmd_attach victim "path=$work/vm0.sock"
	testpmd_forward victim txonly
	wait_for 120 at_least 5000 port_count vm0 rx_packets
}

frontend_killed()
{
	vhuged_start vm0
	loaded
	end "${testpmd[victim]}" KILL || true
	wait_for 30 is 0 carrier vm0
	wait_for 30 holds_nothing
	said "$work/vhuged.log" 'front-end disconnected'
	works
}

daemon_killed()
{
	vhuged_start vm0
	loaded
	end "$vhuged_pid" KILL || true
	wait_for 30 is 0 carrier vm0
	wait_for 30 holds_nothing
	end "${testpmd[victim]}" KILL || true
	vhuged_start vm0
	works
}

module_in_use()
{
	local before

	vhuged_start vm0
	loaded
	refuses 1 'Module vhuge is in use' rmmod vhuge
	before=$(port_count vm0 rx_packets)
	wait_for 60 at_least $((before + 1000)) port_count vm0 rx_packets
	testpmd_quit victim
	works
}

port_deleted()
{
	vhuged_start vm0
	loaded
	ip link delete vm0
	wait_for 30 says "$work/vhuged.log" 'port vm0 was deleted: connection closed'
	wait_for 30 holds_nothing
	end "${testpmd[victim]}" KILL || true
	works
	said "$work/vhuged.log" 'created port vm0' 2
}

not_hugepages()
{
	vhuged_start vm0
	start "$work/client.log" dpdk-testpmd -l 0-1 --no-pci --no-huge -m 64 \
		--vdev="net_virtio_user0,path=$work/vm0.sock" -- -i
	wait_for 120 says "$work/vhuged.log" \
		'SET_MEM_TABLE: .*not hugetlb'
	said "$work/vhuged.log" 'memory-backend-memfd,.*hugetlb=on.*no --no-huge'
	wait_for 30 holds_nothing
	end "$child" KILL || true
	works
}

# A QEMU whose firmware boots from the network comes to use its card by itself.
qemu_not_hugepages()
{
	guest_memory=share=on
	vhuged_start vm0
	qemu_start "$work/qemu.log" "$work/vm0.sock" -boot n
	wait_for 200 says "$work/vhuged.log" 'ADD_MEM_REG: .*not hugetlb'
	said "$work/vhuged.log" 'memory-backend-memfd,.*hugetlb=on'
	end "$qemu" KILL || true
	wait_for 30 holds_nothing
	works
}

pool_size()
{
	echo "$1" >/proc/sys/vm/nr_hugepages
}

# Memory that is not reserved, in a pool that cannot fill it.
no_hugepages()
{
	local before

	before=$(cat /proc/sys/vm/nr_hugepages)
	guest_memory=$guest_memory,reserve=off
	vhuged_start vm0
	# testpmd has 32 of them.
	pool_size 96
	qemu_start "$work/qemu.log" "$work/vm0.sock" -boot n
	wait_for 200 says "$work/vhuged.log" \
		'ADD_MEM_REG: .*no free hugepage of 2048 KiB \(96 total, [0-9]+ free' || {
		pool_size "$before"
		false
	}
	pool_size "$before"
	said "$work/vhuged.log" 'enlarge the pool: .*hugepages-2048kB/nr_hugepages'
	end "$qemu" KILL || true
	wait_for 30 holds_nothing
	works
}

# as_nobody LIMIT: the daemon as a user with CAP_NET_ADMIN and nothing more.
as_nobody()
{
	rm -f "$work/vm0.sock"
	vhuged_run prlimit --memlock="$1" "${port_admin[@]}" $vhuged \
		--socket-path="$work/vm0.sock" --port=vm0
	wait_for 60 vhuged_serves 1
}

locked_memory()
{
	chmod 777 "$work"
	chmod 666 /dev/vhuge
	as_nobody $((16 << 20))
	testpmd_do a "port attach net_virtio_user0,path=$work/vm0.sock"
	testpmd_do a 'port start 0'
	wait_for 60 says "$work/vhuged.log" 'SET_MEM_TABLE: .*locked memory limit'
	said "$work/vhuged.log" 'RLIMIT_MEMLOCK of vhuged is 16777216 bytes.*LimitMEMLOCK='
	testpmd_detach a
	wait_for 30 holds_nothing
	end "$vhuged_pid" || true
	as_nobody unlimited
	works
	chmod 660 /dev/vhuge
}

tap_test 'capabilities are printed as JSON' capabilities
tap_test 'wrong options are explained' wrong_options
with_client 'sockets: in use, stale, not a socket' sockets
with_client 'the module is not loaded' without_module
with_client '/dev/vhuge is not permitted' not_permitted
with_client 'front-end killed under load' frontend_killed
with_client 'vhuged killed under load' daemon_killed
with_client 'module removed in use: refused' module_in_use
with_client 'port deleted in use, and made again' port_deleted
with_client 'testpmd without hugepages' not_hugepages
with_client 'QEMU without hugepages' qemu_not_hugepages
with_client 'no free hugepages' no_hugepages
with_client 'locked memory limit of an unprivileged vhuged' locked_memory
tap_done
