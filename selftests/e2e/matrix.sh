#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DPDK's testpmd with every shape of rings that it knows: what the host sends comes
# back bit for bit, by all queues, and both sides count the same; half of it copied at
# once, half of it left in the guest's memory if possible. Each set of features
# is tried with one of the nine numbers and sizes of queues, another on each kernel; with
# MATRIX=all in the environment with all nine.
#
# vm: -t 3600
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

frames=240 flows=64
queue_counts=(1 2 4)
queue_sizes=(128 256 1024)

# lanes FILE: packets of each queue of vm0.
lanes()
{
	ethtool -S vm0 | sed -n 's/^ *\([rt]x[0-9]*\)_packets: /\1 /p' | sort >"$1"
}

# lanes_worked QUEUES: each of them had its part since before, in both directions.
lanes_worked()
{
	lanes "$work/after"
	join "$work/before" "$work/after"
	equal 'queues that worked' \
		"$(join "$work/before" "$work/after" | awk '$3 > $2' | wc -l)" $(($1 * 2))
}

# left_there: frames that were not copied at once, of all queues.
left_there()
{
	ethtool -S vm0 | awk '/^ *rx[0-9]*_zerocopy: / { sum += $2 } END { print sum }'
}

# sent_and_back COPYBREAK: half of the frames, of which those that are longer than that
# may stay in the guest's memory.
sent_and_back()
{
	ethtool --set-tunable vm0 rx-copybreak "$1"
	selftests/e2e/lib/frames.py vm0 $((frames / 2)) --flows $flows
}

counts()
{
	port_count vm0 tx_packets
	port_count vm0 rx_packets
	port_count vm0 rx_dropped
	port_count vm0 tx_dropped
}

# exchange QUEUES ARGUMENTS: a guest with these rings returns all frames.
exchange()
{
	local old new borrowed

	mapfile -t old < <(counts)
	lanes "$work/before"
	testpmd_attach a "path=$work/vm0.sock,queues=$1,$2" "$1"
	wait_for 10 is 1 carrier vm0
	testpmd_forward a io
	sent_and_back 65535
	borrowed=$(left_there)
	sent_and_back 0
	echo "left in the guest's memory: $borrowed before, $(left_there) after"
	# Rings in order are not: what is kept would hold up all behind it.
	[[ "$2" = *in_order=1* ]] || [ "$(left_there)" -gt "$borrowed" ]
	testpmd_do a stop >"$work/stop.out"
	mapfile -t new < <(counts)
	equal 'frames to the guest' $((new[0] - old[0])) $frames
	equal 'frames from the guest' $((new[1] - old[1])) $frames
	equal 'frames dropped' $((new[2] + new[3])) $((old[2] + old[3]))
	equal "testpmd's count" "$(testpmd_count a RX-packets)" $frames
	lanes_worked "$1"
	testpmd_detach a
	wait_for 10 holds_nothing
}

# both: the daemon and its client, again after a failure ended them.
both()
{
	if [ -n "${testpmd[a]:-}" ] && ! gone "${testpmd[a]}"; then
		return
	fi
	vhuged_run build/user/vhuged --socket-path="$work/vm0.sock" --port=vm0 --queues=4
	wait_for 60 vhuged_serves 1
	ip link set vm0 up
	testpmd_new a
}

# shape PACKED MERGEABLE IN_ORDER VECTORIZED NUMBER: with the NUMBERth of the nine
# numbers and sizes of queues.
shape()
{
	local queues=${queue_counts[$5 / 3]} size=${queue_sizes[$5 % 3]}
	local rings=packed_vq=$1,mrg_rxbuf=$2,in_order=$3,vectorized=$4,queue_size=$size

	both
	tap_step "$rings, queues=$queues" exchange "$queues" "$rings"
}

# numbers SET: of the nine, those that go with this set of features.
numbers()
{
	local first=$1

	if [ "${MATRIX:-}" = all ]; then
		seq 0 8
		return
	fi
	[ "$VHUGE_KERNEL" = 6.12 ] || first=$(($1 + 4))
	echo $((first % 9))
}

set_of_features=0
for packed in 0 1; do
	for mergeable in 0 1; do
		for in_order in 0 1; do
			for vectorized in 0 1; do
				for number in $(numbers $set_of_features); do
					shape $packed $mergeable $in_order $vectorized "$number"
				done
				set_of_features=$((set_of_features + 1))
			done
		done
	done
done
end_all
ports_delete
tap_done
