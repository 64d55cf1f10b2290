#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A real guest in a stock QEMU: with its memory in two regions, two queue pairs
# and all offloads, and switched off under load; then another one, with one pair,
# no offloads and a smaller MTU, which reboots.
#
# vm: -t 3600
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

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

has_packed_rings()
{
	build/user/vhuge show | grep -qw ring_packed
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

# queue_sum PATTERN: of a counter of all queues.
queue_sum()
{
	ethtool -S vm0 | awk -v pattern="^$1:\$" '$1 ~ pattern { sum += $2 } END { print sum + 0 }'
}

queues()
{
	ethtool -l vm0 | awk '/^Combined:/ { count = $2 } END { print count }'
}

# Files went in packets that the other side did not have to cut.
unsplit()
{
	local name way

	for name in tx-checksum-ip-generic tx-tcp-segmentation tx-tcp6-segmentation; do
		equal "$name" "$(feature $name)" on
	done
	for way in rx tx; do
		echo "$way: $(port_count vm0 ${way}_packets) packets, $(port_count vm0 \
			${way}_bytes) bytes, $(queue_sum "${way}[0-9]+_gso") stand for several"
		[ "$(queue_sum "${way}[0-9]+_gso")" -gt 0 ]
	done
	[ "$(port_count vm0 rx_bytes)" -gt $((1514 * $(port_count vm0 rx_packets))) ]
}

# And in packets as they are on a wire.
split()
{
	local name

	for name in tx-checksum-ip-generic tx-tcp-segmentation tx-tcp6-segmentation; do
		equal "$name" "$(feature $name)" off
	done
	equal 'packets that stand for several, since before' \
		"$(queue_sum '[rt]x[0-9]+_gso')" "$1"
	equal 'MTU of the guest' "$(guest run cat /sys/class/net/eth0/mtu)" 1400
}

went()
{
	wait_for 60 gone "$qemu"
	wait_for 30 is 0 carrier vm0
	wait_for 30 nothing_held "$hugepages"
}

off_under_load()
{
	local before

	before=$(port_count vm0 rx_packets)
	start "$work/flood.log" ping -f "$guest_ip"
	pktgen_setup vm0 0 1000
	start "$work/pktgen.log" pktgen_tell pgctrl start
	wait_for 60 at_least $((before + 200)) port_count vm0 rx_packets
	# The guest has no time for requests: this is its power button.
	qmp quit
	went
	pktgen_tell pgctrl stop
	pktgen_release
}

reboots()
{
	# Later, since a guest that reboots does not end the connection.
	guest run '(sleep 1; echo b >/proc/sysrq-trigger) >/dev/null 2>&1 </dev/null &'
	wait_for 60 is 0 carrier vm0
	boots 2
	equal 'connections of QEMU' "$(grep -c 'front-end connected' "$work/vhuged.log")" 2
}

off()
{
	guest off
	went
}

qmp_open
ip link add vm0 numtxqueues 2 numrxqueues 2 type vhuge
vhuged_start vm0
ip address add 10.0.0.1/24 dev vm0

guest_machine=q35,max-ram-below-4g=128M
guest_queues=2 guest_card=mq=on
guest_start vm0 -smp 2 -qmp stdio <"$work/qmp"
tap_step 'a guest boots' boots 1
tap_step 'its memory is in two regions' has_regions 2
tap_step 'it uses both queue pairs' equal 'queue pairs' "$(queues)" 2
tap_step 'pings and 2 MiB files go both ways' exchange 2
tap_step 'in packets that nobody had to cut' unsplit
tap_step 'switched off under load' off_under_load

guest_machine=q35
guest_queues=1 guest_card=packed=on,csum=off,guest_csum=off,gso=off,host_mtu=1400
for offload in host_tso4 host_tso6 host_ecn guest_tso4 guest_tso6 guest_ecn; do
	guest_card+=,$offload=off
done
segmented=$(queue_sum '[rt]x[0-9]+_gso')
guest_start vm0
tap_step 'the next guest boots, with packed rings' boots 1
tap_step 'its rings are packed' has_packed_rings
tap_step 'its memory is in one region' has_regions 1
tap_step 'it uses one queue pair' equal 'queue pairs' "$(queues)" 1
tap_step 'pings and 2 MiB files go both ways, too' exchange 2
tap_step 'in packets as they are on a wire' split "$segmented"
tap_step 'it reboots' reboots
tap_step 'pings and 1 MiB files go both ways after that' exchange 1
tap_step 'it switches itself off, nothing is held' off
end_all
ports_delete
tap_done
