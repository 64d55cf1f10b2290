#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DPDK's testpmd as a guest: frames arrive as they were sent, both sides count the
# same, with all shapes of rings that it knows.
#
# vm: -t 3600
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

# One testpmd serves most tests: each gives it a port of its own and takes it back.
with_client()
{
	if [ -z "${testpmd[a]:-}" ] || gone "${testpmd[a]}"; then
		testpmd_new a
	fi
	tap_test "$@"
}

# agree COUNTER PORT_COUNTER...: testpmd and vm0 count the same in the end.
agree()
{
	local theirs ours unit

	wait_for 30 same_count testpmd_count a "$1-packets" = port_count vm0 "$2_packets" || true
	for unit in packets bytes; do
		theirs=$(testpmd_count a "$1-$unit")
		ours=$(port_count vm0 "$2_$unit")
		echo "testpmd's $1-$unit: $theirs, vm0's $2_$unit: $ours"
		[ "$theirs" -gt 0 ]
		equal "$unit" "$theirs" "$ours"
	done
}

guest_sends()
{
	testpmd_forward a txonly
	wait_for 120 at_least 20000 port_count vm0 rx_packets
	testpmd_do a stop
	agree TX rx
	equal 'frames dropped' "$(port_count vm0 rx_dropped)" 0
	equal 'packets of the queue' "$(lane_count vm0 rx0_packets)" \
		"$(port_count vm0 rx_packets)"
}

host_sends()
{
	testpmd_forward a rxonly
	pktgen_send vm0 20000 60
	agree RX tx
	equal 'frames received' "$(testpmd_count a RX-packets)" "$pktgen_sent"
	testpmd_do a stop
}

# returned COUNT [--swap]: what the host sends comes back from the guest.
returned()
{
	selftests/e2e/lib/frames.py vm0 "$@"
	testpmd_do a stop
	equal 'frames to the guest' "$(port_count vm0 tx_packets)" "$1"
	equal 'frames from the guest' "$(port_count vm0 rx_packets)" "$1"
	agree RX tx
	agree TX rx
}

# served VDEV_ARGUMENTS COMMAND...: COMMAND with a guest at vm0.
served()
{
	vhuged_start vm0
	testpmd_attach a "path=$work/vm0.sock$1"
	wait_for 10 is 1 carrier vm0
	"${@:2}"
	testpmd_detach a
	wait_for 10 is 0 carrier vm0
}

# packed COMMAND...: COMMAND, when the rings are what was asked for.
packed()
{
	build/user/vhuge show | grep -qw ring_packed
	"$@"
}

both_ways()
{
	testpmd_forward a io
	returned 2000
}

macs_swapped()
{
	testpmd_forward a macswap
	returned 500 --swap
}

short_exchange()
{
	testpmd_forward a io
	returned 600
}

# Frames of several buffers: a table of descriptors behind one in the ring.
in_pieces()
{
	build/user/vhuge show | grep -qw indirect_desc
	testpmd_do a 'set txpkts 64,128,300'
	guest_sends
	testpmd_do a 'set txpkts 64'
	equal 'bytes of a frame' \
		$(($(port_count vm0 rx_bytes) / $(port_count vm0 rx_packets))) 492
}

two_queues()
{
	local queue

	vhuged_run build/user/vhuged --socket-path="$work/vm0.sock" --port=vm0 --queues=2
	wait_for 60 vhuged_serves 1
	ip link set vm0 up
	testpmd_attach a "path=$work/vm0.sock,queues=2" 2
	wait_for 10 is 1 carrier vm0
	testpmd_forward a txonly
	wait_for 120 at_least 20000 port_count vm0 rx_packets
	testpmd_do a stop
	agree TX rx
	testpmd_forward a rxonly
	pktgen_send vm0 20000 60 'queue_map_min 0' 'queue_map_max 1'
	agree RX tx
	testpmd_do a stop
	for queue in rx0 rx1 tx0 tx1; do
		echo "${queue}_packets: $(lane_count vm0 ${queue}_packets)"
		[ "$(lane_count vm0 ${queue}_packets)" -ge 5000 ]
	done
	testpmd_detach a
}

connected_again()
{
	local i

	vhuged_start vm0
	for ((i = 1; i <= 20; i++)); do
		testpmd_attach a "path=$work/vm0.sock"
		wait_for 10 is 1 carrier vm0
		testpmd_detach a
		wait_for 10 is 0 carrier vm0
		wait_for 10 holds_nothing
	done
	# The daemon leaves out lines of a socket that writes many in a short time.
	equal connections "$(cat /sys/class/net/vm0/carrier_up_count)" 20
	testpmd_attach a "path=$work/vm0.sock"
	short_exchange
	testpmd_detach a
}

# What a sends and b receives differs by what queueing says it dropped.
bridge_agrees()
{
	[ "$(testpmd_count a TX-packets)" -eq "$(port_count vm0 rx_packets)" ] &&
		[ "$(testpmd_count b RX-packets)" -eq "$(port_count vm1 tx_packets)" ] &&
		[ "$(port_count vm0 rx_packets)" -eq $(($(port_count vm1 tx_packets) + \
			$(port_count vm1 tx_dropped) + $(queue_count vm1 dropped))) ]
}

# 3 is forwarding.
bridge_states()
{
	paste -d ' ' /sys/class/net/vm[01]/brport/state
}

bridge_counts()
{
	echo "a sent $(testpmd_count a TX-packets), vm0 received $(port_count vm0 rx_packets)"
	echo "vm1 sent $(port_count vm1 tx_packets), dropped $(port_count vm1 tx_dropped)," \
		"queued and dropped $(queue_count vm1 dropped)"
	echo "b received $(testpmd_count b RX-packets)"
}

two_guests()
{
	testpmd_new b --main-lcore 1
	vhuged_start vm0 vm1
	ip link add br0 type bridge mcast_snooping 0
	ip link set vm0 master br0
	ip link set vm1 master br0
	ip link set br0 up
	testpmd_attach b "path=$work/vm1.sock"
	testpmd_attach a "path=$work/vm0.sock"
	wait_for 30 is '3 3' bridge_states
	testpmd_forward b rxonly
	testpmd_forward a txonly
	wait_for 120 at_least 20000 port_count vm1 tx_packets
	testpmd_do a stop
	wait_for 60 bridge_agrees || { bridge_counts; false; }
	bridge_counts
	testpmd_detach a
	testpmd_do b stop
	testpmd_quit b
	ip link delete br0
}

# The host sends to a, which returns it to vm0, where a program passes it on to b, which
# returns it to vm1.
patched()
{
	testpmd_new b --main-lcore 1
	vhuged_start vm0 vm1
	xdp_attach vm0 patch "PEER=$(cat /sys/class/net/vm1/ifindex)"
	testpmd_attach b "path=$work/vm1.sock"
	testpmd_attach a "path=$work/vm0.sock"
	wait_for 10 is 1 carrier vm0
	wait_for 10 is 1 carrier vm1
	testpmd_forward b io
	testpmd_forward a io
	selftests/e2e/lib/frames.py vm0 1000 --back vm1
	equal 'frames redirected' "$(lane_count vm0 rx0_xdp_redirect)" 1000
	equal 'frames that XDP delivered' "$(lane_count vm1 tx0_xdp_xmit)" 1000
	equal 'frames returned' "$(lane_count vm1 rx0_packets)" 1000
	testpmd_do a stop
	testpmd_detach a
	testpmd_do b stop
	testpmd_quit b
}

with_client 'what a guest sends arrives, counters agree' served '' guest_sends
with_client 'what the host sends arrives, counters agree' served '' host_sends
with_client 'frames go both ways bit for bit' served '' both_ways
with_client 'frames return with their addresses swapped' served '' macs_swapped
# One of each kind; matrix.sh has all of them.
with_client 'frames go both ways without mergeable buffers' \
	served ',queue_size=128,mrg_rxbuf=0' short_exchange
with_client 'packed rings: what a guest sends arrives' \
	served ',packed_vq=1,mrg_rxbuf=1,in_order=0' packed guest_sends
with_client 'packed rings: what the host sends arrives' \
	served ',packed_vq=1,mrg_rxbuf=1,in_order=0' packed host_sends
with_client 'packed rings, in order: frames go both ways' \
	served ',packed_vq=1,mrg_rxbuf=1,in_order=1' packed short_exchange
with_client 'frames in several pieces arrive, by indirect descriptors' served '' in_pieces
with_client 'two queue pairs' two_queues
with_client 'a guest that connects 20 times' connected_again
with_client 'two guests at two sockets, across a bridge' two_guests
with_client 'two guests, patched together by an XDP program' patched
tap_done
