#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that stand for several: the host sends them, up to 64 KiB long, to DPDK's testpmd,
# which takes them as they are and returns them so.
#
# vm: -t 1200
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

# Checksums of TCP, its segmentation, and packets of several buffers, both ways; what
# its options ask for by name the device does not have all of.
to_guest=0x201c from_guest=0x8028

# Its engine "csum" is the one that passes on what goes along with a packet.
forward_segments()
{
	local command

	for command in 'port stop 0' 'csum set tcp hw 0' 'csum mac-swap off 0' 'tso set 1400 0' \
		'port start 0'; do
		testpmd_do gso "$command"
	done
	testpmd_forward gso csum
}

# unsplit VDEV_ARGUMENTS
unsplit()
{
	vhuged_start vm0
	testpmd_start gso --in-memory --single-file-segments -m 128 \
		--vdev="net_virtio_user0,path=$work/vm0.sock,mac=02:00:00:00:00:01,mrg_rxbuf=1$1" \
		-- -i --total-num-mbufs=16384 --rx-offloads=$to_guest --tx-offloads=$from_guest
	forward_segments
	wait_for 10 is 1 carrier vm0
	selftests/e2e/lib/gso.py vm0
	equal 'of them to the guest' "$(lane_count vm0 tx0_gso)" 12
	equal 'of them from the guest' "$(lane_count vm0 rx0_gso)" 12
	equal 'packets from the guest' "$(port_count vm0 rx_packets)" 12
	testpmd_quit gso
}

tap_test 'packets of up to 64 KiB return unsplit' unsplit ''
tap_test 'packed rings' unsplit ,packed_vq=1
tap_done
