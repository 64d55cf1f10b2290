#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A hostile front-end at one socket of a daemon that serves a guest at another:
# after each attack the daemon has the descriptors and the memory it had before,
# the module holds what it held, and the other guest has lost no frame.
#
# kernels: 6.12
# vm: -t 3600
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

# The allocator of the C library, and pages it has not touched before: what grows
# with the number of attacks is more.
slack_kib=1024

descriptors()
{
	find "/proc/$vhuged_pid/fd" -mindepth 1 | wc -l
}

resident_kib()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$vhuged_pid/status"
}

others_frames()
{
	while [ ! -e "$work/enough" ]; do
		selftests/e2e/lib/frames.py vm1 50
	done
}

as_before()
{
	[ "$(descriptors)" = "$1" ] && [ "$(held)" = "$2" ]
}

# attacked ATTACK [REPETITIONS]
attacked()
{
	local files memory state now

	files=$(descriptors) memory=$(resident_kib) state=$(held)
	rm -f "$work/enough"
	start "$work/frames.log" others_frames
	timeout 900 selftests/e2e/lib/hostile.py "$work/vm0.sock" "$@"
	: >"$work/enough"
	wait "$child"
	wait_for 60 as_before "$files" "$state" || {
		echo "descriptors: $files before, $(descriptors) after; the module: $state, $(held)"
		return 1
	}
	now=$(resident_kib)
	echo "resident: $memory KiB before, $now after"
	[ "$now" -le $((memory + slack_kib)) ]
	equal 'frames dropped' "$(port_count vm1 rx_dropped)" 0
}

vhuged_start vm0 vm1
testpmd_new a
testpmd_attach a "path=$work/vm1.sock"
wait_for 10 is 1 carrier vm1
testpmd_forward a io
selftests/e2e/lib/hostile.py "$work/vm0.sock" wrong_files >"$work/warm.log"

tap_step 'messages of all shapes, at all times' attacked shapes 4
tap_step 'connections that end within a message' attacked truncated
tap_step 'messages in single bytes' attacked in_bytes
tap_step 'descriptors of the wrong kind' attacked wrong_files
tap_step 'connections in great number' attacked connections 300
tap_step 'answers that are not read' attacked unread 20
tap_step '100000 messages' attacked repeated 100000
tap_step 'half a message' attacked stalled
end_all
ports_delete
tap_done
