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

# grown PATTERN: how many counters of the queues are greater than they were before.
grown()
{
	awk -v pattern="^$1:\$" 'NR == FNR { before[$1] = $2; next }
		$1 ~ pattern && $2 > before[$1] { print >"/dev/stderr"; n++ }
		END { print n + 0 }' "$work/before" "$work/after"
}

counts()
{
	port_count vm0 tx_packets
	port_count vm0 rx_packets
	port_count vm0 rx_dropped
	port_count vm0 tx_dropped
}

# exchange QUEUES ARGUMENTS: a guest with these rings returns all frames, by each queue
# some of them.
exchange()
{
	local old new

	mapfile -t old < <(counts)
	ethtool -S vm0 >"$work/before"
	testpmd_attach a "path=$work/vm0.sock,queues=$1,$2" "$1"
	wait_for 10 is 1 carrier vm0
	testpmd_forward a io
	selftests/e2e/lib/frames.py vm0 $((frames / 2)) --flows $flows --copybreak 65535 0
	testpmd_do a stop
	mapfile -t new < <(counts)
	ethtool -S vm0 >"$work/after"
	equal 'frames to the guest' $((new[0] - old[0])) $frames
	equal 'frames from the guest' $((new[1] - old[1])) $frames
	equal 'frames dropped' $((new[2] + new[3])) $((old[2] + old[3]))
	equal "testpmd's count" "$(testpmd_count a RX-packets)" $frames
	equal 'queues that worked' "$(grown '[rt]x[0-9]+_packets')" $(($1 * 2))
	# Rings in order lend nothing: what is kept would hold up all behind it.
	[[ "$2" = *in_order=1* ]] || [ "$(grown 'rx[0-9]+_zerocopy')" -gt 0 ]
	testpmd_detach a
	wait_for 10 holds_nothing
}

# both: the daemon and its client, again after a failure ended them, and after nine
# shapes: in a client that had 93 others before, the 94th sent empty buffers, seen in the
# guest's memory, where it should have returned frames.
both()
{
	shapes=$((shapes + 1))
	if [ $((shapes % 9)) != 1 ] && ! gone "${testpmd[a]}"; then
		return
	fi
	end_all
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

set_of_features=0 shapes=0
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
