#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory in many files, at a daemon nobody prepared for it: tables of as many
# descriptors as a message can have, more slots than other back-ends know, no room
# for mappings, and what is said when there are too many.
#
# vm: -t 3600 -p 640
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

# front_end KIND COUNT: one that is ready to hand them in; hand_in has it do so.
front_end()
{
	rm -f "$work/front-end.in"
	mkfifo "$work/front-end.in"
	exec {front_end_input}<>"$work/front-end.in"
	: >"$work/front-end.log"
	start "$work/front-end.log" selftests/e2e/lib/front_end.py "$work/vm0.sock" "$@" \
		<"$work/front-end.in"
	front_end=$child
	wait_for 60 says "$work/front-end.log" '^ready'
}

# hand_in ANSWER: until the daemon answered so.
hand_in()
{
	echo >&"$front_end_input"
	wait_for 120 says "$work/front-end.log" '^(accepted|refused|closed)'
	cat "$work/front-end.log"
	said "$work/front-end.log" "^$1"
}

# holds REGIONS PAGES
holds()
{
	equal 'regions' "$(build/user/vhuge show regions | grep -c '^  region ')" "$1"
	said <(build/user/vhuge show) "$(($2 * 2)) MiB pinned, $1 region"
}

leaves()
{
	end "$front_end" || true
	wait_for 30 holds_nothing
}

mappings()
{
	wc -l <"/proc/$vhuged_pid/maps"
}

table_of_32()
{
	vhuged_start vm0
	front_end table 32
	hand_in 'accepted 1 messages'
	holds 32 32
	leaves
}

# The protocol has no larger ones.
table_of_33()
{
	vhuged_start vm0
	front_end table 33
	hand_in 'closed message 0'
	said "$work/vhuged.log" 'file descriptors lost: more than 32'
	leaves
}

# Neither the daemon nor the kernel on its behalf can map anything meanwhile.
slots_without_mappings()
{
	local before limit

	vhuged_start vm0
	front_end slots 509
	before=$(mappings) limit=$(cat /proc/sys/vm/max_map_count)
	echo "$before" >/proc/sys/vm/max_map_count
	hand_in 'accepted 509 messages' || {
		echo "$limit" >/proc/sys/vm/max_map_count
		false
	}
	equal "the daemon's mappings" "$(mappings)" "$before"
	echo "$limit" >/proc/sys/vm/max_map_count
	holds 509 509
	leaves
}

too_many_slots()
{
	vhuged_start vm0
	front_end pieces 1025
	hand_in 'refused message 1024'
	said "$work/vhuged.log" 'ADD_MEM_REG: .*1025 regions, but a device holds at most 1024'
	holds 1024 2
	leaves
}

# It says so before it asks anybody: no back-end can help.
testpmd_with_many_files()
{
	vhuged_start vm0
	start "$work/client.log" dpdk-testpmd -l 0-1 --no-pci --in-memory -m 64 \
		--vdev="net_virtio_user0,path=$work/vm0.sock" -- -i --total-num-mbufs=8192
	wait_for 120 says "$work/client.log" 'Too many memory regions'
	end "$child" KILL || true
	wait_for 30 holds_nothing
}

tap_test 'a table of 32 descriptors' table_of_32
tap_test 'a table of 33 is refused' table_of_33
tap_test '509 slots without room for a mapping' slots_without_mappings
tap_test '1025 slots: the limit is named' too_many_slots
tap_test 'testpmd with a file for each page says so itself' testpmd_with_many_files
tap_done
