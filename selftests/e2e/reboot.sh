#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A real guest in a stock QEMU, with packed rings, one queue pair, no offloads and a
# smaller MTU, which reboots.
#
# kernels: 6.12
# vm: -t 3600
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh
# shellcheck source=selftests/e2e/lib/seen.sh
. selftests/e2e/lib/seen.sh

has_packed_rings()
{
	build/user/vhuge show | grep -qw ring_packed
}

# Files went in packets as they are on a wire.
split()
{
	local name

	for name in tx-checksum-ip-generic tx-tcp-segmentation tx-tcp6-segmentation; do
		equal "$name" "$(feature $name)" off
	done
	equal 'packets that stand for several' "$(queue_sum '[rt]x[0-9]+_gso')" 0
	equal 'MTU of the guest' "$(guest run cat /sys/class/net/eth0/mtu)" 1400
}

reboots()
{
	# Later, since a guest that reboots does not end the connection.
	guest run '(sleep 1; echo b >/proc/sysrq-trigger) >/dev/null 2>&1 </dev/null &'
	wait_for 60 is 0 carrier vm0
	boots 2
	equal 'connections of QEMU' "$(grep -c 'front-end connected' "$work/vhuged.log")" 1
}

off()
{
	guest off
	went
}

ip link add vm0 type vhuge
vhuged_start vm0
ip address add 10.0.0.1/24 dev vm0

guest_queues=1 guest_card=packed=on,csum=off,guest_csum=off,gso=off,host_mtu=1400
for offload in host_tso4 host_tso6 host_ecn guest_tso4 guest_tso6 guest_ecn; do
	guest_card+=,$offload=off
done
guest_start vm0
tap_step 'a guest boots, with packed rings' boots 1
tap_step 'its rings are packed' has_packed_rings
tap_step 'its memory is in one region' has_regions 1
tap_step 'it uses one queue pair' equal 'queue pairs' "$(queues)" 1
tap_step 'pings and 1 MiB files go both ways' exchange 1
tap_step 'in packets as they are on a wire' split
tap_step 'it reboots' reboots
tap_step 'pings and 1 MiB files go both ways after that' exchange 1
tap_step 'it switches itself off, nothing is held' off
end_all
ports_delete
tap_done
