# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of other parts
# What a guest of guest.sh, on port vm0, does and is seen to do; sourced, never run.

boots()
{
	guest_wait "$1"
	wait_for 30 is 1 carrier vm0
}

has_regions()
{
	build/user/vhuge show regions
	equal regions "$(build/user/vhuge show regions | grep -c '^  region ')" "$1"
	build/user/vhuge show | grep -qw event_idx
}

# queue_sum PATTERN: of a counter of all queues.
queue_sum()
{
	ethtool -S vm0 | awk -v pattern="^$1:\$" '$1 ~ pattern { sum += $2 } END { print sum + 0 }'
}

exchange()
{
	pings 3 ping -c 3 "$guest_ip"
	pings 3 guest run ping -c 3 10.0.0.1
	file_to_guest "$1"
	file_from_guest "$1"
	equal 'carrier in the guest' "$(guest run cat /sys/class/net/eth0/carrier)" 1
	equal 'frames dropped' "$(port_count vm0 rx_dropped)" 0
	equal 'times a ring broke' "$(queue_sum '[rt]x[0-9]+_faults')" 0
	[ "$(queue_sum 'rx[0-9]+_calls')" -gt 0 ]
	[ "$(queue_sum 'tx[0-9]+_calls')" -gt 0 ]
}

# feature NAME: of the interface: on or off.
feature()
{
	ethtool -k vm0 | awk -v name="$1:" '$1 == name { print $2 }'
}

queues()
{
	ethtool -l vm0 | awk '/^Combined:/ { count = $2 } END { print count }'
}

went()
{
	wait_for 60 gone "$qemu"
	wait_for 30 is 0 carrier vm0
	wait_for 30 nothing_held "$hugepages"
}
