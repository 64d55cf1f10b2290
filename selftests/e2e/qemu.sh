#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A real guest in a stock QEMU, with its memory in two regions, two queue pairs and
# all offloads, which is switched off under load.
#
# vm: -t 3600
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh
# shellcheck source=selftests/e2e/lib/seen.sh
. selftests/e2e/lib/seen.sh

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
end_all
ports_delete
tap_done
