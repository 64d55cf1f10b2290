#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# client: the ring code with a driver that nobody here wrote. DPDK's testpmd, on
# virtio-user, sends back what it is sent, by the back-end that is built around the
# code, which compares. Both processes are ordinary ones: no hugepages, no module.
# Run in the repository; prints TAP.
set -euo pipefail
# shellcheck source=selftests/e2e/lib/wait.sh
. selftests/e2e/lib/wait.sh
# shellcheck source=selftests/e2e/lib/process.sh
. selftests/e2e/lib/process.sh
# shellcheck source=selftests/e2e/lib/testpmd.sh
. selftests/e2e/lib/testpmd.sh

back_end=$(dirname "$0")/bench/back-end
frames=5000 number=0 failures=0

work=$(mktemp -d)
trap 'end_all; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
# What DPDK has to say to other processes stays here.
export RUNTIME_DIRECTORY=$work

listens()
{
	[ -S "$work/sock" ]
}

# exchange VDEV_ARGUMENTS TESTPMD_OPTION...
exchange()
{
	local server status=0 go

	rm -f "$work/sock" "$work/go"
	mkfifo "$work/go"
	exec {go}<>"$work/go"
	start "$work/back-end.log" "$back_end" "$work/sock" check $frames <"$work/go"
	server=$child
	wait_for 30 listens
	testpmd_start client --no-huge -m 128 --no-shconf --no-telemetry \
		--vdev="net_virtio_user0,path=$work/sock,mac=02:00:00:00:00:01,queue_size=256$1" \
		-- -i --no-flush-rx --total-num-mbufs=8192 "${@:2}"
	testpmd_forward client io
	echo >&"$go"
	wait_for 60 gone "$server"
	end "$server" || status=$?
	return $status
}

# try TEXT ARGUMENT...: of exchange.
try()
{
	local verdict=ok status=0

	number=$((number + 1))
	: >"$work/back-end.log"
	(children=(); trap end_all EXIT; exchange "${@:2}") || status=$?
	[ $status = 0 ] || { verdict='not ok'; failures=$((failures + 1)); }
	echo "$verdict $number $1"
	sed 's/^/# /' "$work/back-end.log"
	[ $status = 0 ] || tail -n 15 "$work/client.log" | sed 's/^/# /'
}

echo 1..4
try 'split rings' ''
try 'packed rings' ,packed_vq=1
try 'split rings, one buffer for a frame' ,mrg_rxbuf=0
try 'packed rings, one buffer for a frame, in any order' ,packed_vq=1,mrg_rxbuf=0,in_order=0
[ $failures = 0 ]
