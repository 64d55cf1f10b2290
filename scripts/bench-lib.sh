# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # variables of other parts, and for them
# What benchmarks in the VM share; sourced behind selftests/e2e/lib/all.sh, never run.
#
# A client that polls has CPU 1; all of the kernel's work is on CPU 0.

ring=256 window=3 pings=3000
# Bytes of a client's buffers: testpmd's own choice.
buffers=2176
# Does it offer to take chains back in order? testpmd does, a Linux guest does not.
in_order=1
mac=02:00:00:00:00:01
samples=$VHUGE_RESULTS/samples

# bench_finish: at the end, however it comes.
bench_finish()
{
	local status=$?

	if [ $status != 0 ]; then
		tail -n 20 "$work"/*.log >&2 || true
	fi
	end_all
	exit $status
}

# bench_machine: what all tables have in common.
bench_machine()
{
	echo "kernel $(uname -r), $(nproc --all) CPUs ($(grep -m 1 -o 'erms' /proc/cpuinfo ||
		echo no erms))"
}

# bench_conditions: what all rows of a table with a client that polls have in common.
bench_conditions()
{
	echo "$(bench_machine), client on CPU 1, kernel on CPU 0, ring $ring, split, mergeable buffers"
}

# kernel_threads PATTERN: those whose names match it.
kernel_threads()
{
	ps -eLo tid=,comm= | awk -v pattern="^($1)" '$2 ~ pattern { print $1 }'
}

# to_cpu_0: the threads that do the kernel's part of the work.
to_cpu_0()
{
	local tid

	for tid in $(kernel_threads 'vhost-|napi/'); do
		taskset -cp 0 "$tid" >/dev/null
	done
}

# client QUEUES PATH...: a testpmd that polls, with a port on each path, of which the
# second one's frames are for the first one and the other way round.
client()
{
	local port=0 path ports=() peers=()

	for path in "${@:2}"; do
		ports+=(--vdev="net_virtio_user$port,mac=02:00:00:00:00:0$((port + 1)),path=$path,queue_size=$ring,in_order=$in_order,queues=$1")
		peers+=(--eth-peer="$port,02:00:00:00:00:0$((2 - port))")
		port=$((port + 1))
	done
	testpmd_start pmd --in-memory --single-file-segments -m 192 "${ports[@]}" \
		-- -i --rxq="$1" --txq="$1" --txd=$ring --rxd=$ring --no-flush-rx \
		--mbuf-size="$buffers" --total-num-mbufs=12288 "${peers[@]}"
}

client_gone()
{
	end "${testpmd[pmd]}" KILL || true
}

# up INTERFACE...: and wait for those that the client serves.
up()
{
	local interface

	for interface; do
		ip link set "$interface" up
		wait_for 30 is 1 carrier "$interface"
	done
	to_cpu_0
}

# forward MODE COMMAND...: what COMMAND prints while the client forwards so.
forward()
{
	testpmd_forward pmd "$1" >/dev/null
	"${@:2}"
	testpmd_do pmd stop >/dev/null
}

# client_sends BYTES: in so many, however many buffers that takes.
client_sends()
{
	local left=$1 sizes=()

	while [ "$left" -gt 8192 ]; do
		sizes+=(8192)
		left=$((left - 8192))
	done
	sizes+=("$left")
	testpmd_do pmd "set txpkts $(IFS=,; echo "${sizes[*]}")" >/dev/null
}

# rate COMMAND...: of the number that it prints, in a second.
rate()
{
	local before after start end

	before=$("$@")
	wait_for 60 at_least $((before + 20000)) "$@"
	before=$("$@") start=$(date +%s%N)
	sleep $window
	after=$("$@") end=$(date +%s%N)
	echo $(((after - before) * 1000000000 / (end - start)))
}

# long_client PATH: a client whose buffers are as long as they can be. In order the port would
# not lend them.
long_client()
{
	local buffers=9216 in_order=0

	client 1 "$1"
}

# sent_to INTERFACE BYTES BURST COMMAND...: what COMMAND prints while the host sends there,
# each frame so many times in a row, and the client takes it.
sent_to()
{
	local pktgen

	modprobe pktgen
	pktgen_tell kpktgend_0 rem_device_all "add_device $1"
	pktgen_tell "$1" 'count 0' "pkt_size $(($2 - 4))" 'delay 0' \
		"dst_mac $mac" 'dst 10.9.9.9'
	# tap refuses to be given one skb several times
	pktgen_tell "$1" "burst $3" 2>/dev/null || true
	echo start >/proc/net/pktgen/pgctrl &
	pktgen=$!
	forward rxonly "${@:4}"
	pktgen_tell pgctrl stop
	wait $pktgen
	pktgen_release
}

# rate_to INTERFACE BYTES [BURST]: what the host sends there; in bursts of 32 without it.
rate_to()
{
	sent_to "$1" "$2" "${3:-32}" rate port_count "$1" tx_packets
}

# bridged INTERFACE INTERFACE: as ports of a bridge br0.
bridged()
{
	local interface

	ip link add br0 type bridge forward_delay 0
	ip link set br0 up
	for interface; do
		ip link set "$interface" master br0
	done
}

# through INTERFACE: a bridge, and out of dummy0, which takes frames of any length, go what
# the client sends.
through()
{
	[ -e /sys/class/net/dummy0 ] || ip link add dummy0 mtu 65535 type dummy
	bridged "$1" dummy0
	ip link set dummy0 up
}

# patched INTERFACE INTERFACE: each sends to the other one by a program for XDP.
patched()
{
	xdp_attach "$1" patch "PEER=$(cat "/sys/class/net/$2/ifindex")"
	xdp_attach "$2" patch "PEER=$(cat "/sys/class/net/$1/ifindex")"
}

no_xdp()
{
	local interface

	for interface; do
		ip link set "$interface" xdpdrv off
	done
}

# paths BACK_END: of two ports of the client; the host's interfaces are in $hosts then.
paths()
{
	if [ "$1" = vhost-net ]; then
		hosts=(tap0 tap1)
		paths=('/dev/vhost-net,iface=tap0' '/dev/vhost-net,iface=tap1')
	else
		hosts=(vm0 vm1)
		paths=("$work/vm0.sock" "$work/vm1.sock")
	fi
}

answers()
{
	ping -c 1 -W 1 "$1"
}

# ping_times ADDRESS: round trips in nanoseconds, sorted, into $work/pings.
ping_times()
{
	taskset -c 0 ping -n -i 0 -c $pings "$1" | sed -n 's/.* time=\([0-9.]*\) ms$/\1/p' |
		awk '{ printf "%d\n", $1 * 1000000 }' | sort -n >"$work/pings"
}

# of_hundred N: the round trip that N of hundred are not above.
of_hundred()
{
	sed -n "$(($(wc -l <"$work/pings") * $1 / 100))p" "$work/pings"
}

# sample CASE BACK_END VALUE
sample()
{
	# what failed in a substitution, as an argument, ends nothing
	[ -n "$3" ] || { echo "$1: no value of $2" >&2; return 1; }
	echo "$1 $2 $3" | tee -a "$samples"
}

# round_trips INTERFACE BACK_END: samples of the client that answers. The address is
# another interface's at other times, and must not be found there.
round_trips()
{
	ip address add 10.9.9.1/24 dev "$1"
	ip neighbour replace 10.9.9.9 lladdr $mac dev "$1"
	testpmd_forward pmd icmpecho >/dev/null
	wait_for 10 answers 10.9.9.9
	ping_times 10.9.9.9
	testpmd_do pmd stop >/dev/null
	ip address flush dev "$1"
	sample round-trip-median "$2" "$(of_hundred 50)"
	sample round-trip-99th "$2" "$(of_hundred 99)"
}
