#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory of all sizes: a client in a page of 1 GiB, and a real guest in a stock QEMU
# that gets 32 DIMMs while it has traffic, one of them such a page. Each plug pins the
# DIMM and nothing else; the guest puts its receive buffers into it.
#
# kernels: 6.12
# vm: -t 3600 -a hugepagesz=1G -a hugepages=1
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

giga=/sys/kernel/mm/hugepages/hugepages-1048576kB
tracing=/sys/kernel/tracing
dimms=32

giga_free()
{
	cat $giga/free_hugepages
}

# regions PATTERN: how many regions vhuge shows that match.
regions()
{
	build/user/vhuge show regions | grep -c "^  region .*$1" || true
}

testpmd_in_giga()
{
	mkdir "$work/giga"
	mount -t hugetlbfs -o pagesize=1G giga "$work/giga"
	vhuged_start vm0
	testpmd_start a --single-file-segments --huge-dir="$work/giga" -m 1024 \
		-- -i --total-num-mbufs=8192 --disable-link-check
	testpmd_attach a "path=$work/vm0.sock"
	wait_for 10 is 1 carrier vm0
	build/user/vhuge show segments
	equal 'regions of a page of 1 GiB' "$(regions 'in 1 page of 1 GiB, 1 segment$')" 1
	equal 'regions' "$(regions '')" 1
	testpmd_forward a io
	selftests/e2e/lib/frames.py vm0 600
	testpmd_detach a
	testpmd_quit a
	umount "$work/giga"
	wait_for 30 is 1 giga_free
}

boots()
{
	guest_wait 1
	wait_for 30 is 1 carrier vm0
	build/user/vhuge show
	equal regions "$(regions '')" 1
}

# pinned_pages: hugepages pinned since pins were last watched.
pinned_pages()
{
	awk -F 'pages=' '/vhuge_pin_pages/ { n += $2 } END { print n + 0 }' $tracing/trace
}

watch_pins()
{
	# shellcheck disable=SC2016 # an argument of the function
	[ -e $tracing/events/kprobes/vhuge_pin ] ||
		echo 'p:vhuge_pin vhuge_pin_pages pages=$arg3:u64' >>$tracing/kprobe_events
	echo 1 >$tracing/events/kprobes/vhuge_pin/enable
	echo >$tracing/trace
}

unwatch_pins()
{
	echo 0 >$tracing/events/kprobes/vhuge_pin/enable
	echo '-:vhuge_pin' >>$tracing/kprobe_events
}

# traffic_goes_on: frames go both ways from now on, or do again.
traffic_goes_on()
{
	local sent received

	sent=$(port_count vm0 tx_packets) received=$(port_count vm0 rx_packets)
	wait_for 60 at_least $((sent + 2)) port_count vm0 tx_packets
	wait_for 60 at_least $((received + 2)) port_count vm0 rx_packets
}

# plug NAME MIB [PAGE_MIB]: a DIMM of such pages, all of it to be pinned and only it.
plug()
{
	local before pages=$(($2 / ${3:-2}))

	before=$(regions '')
	watch_pins
	qmp object-add "{ \"qom-type\": \"memory-backend-memfd\", \"id\": \"$1\",
		\"size\": $(($2 << 20)), \"hugetlb\": true,
		\"hugetlbsize\": $((${3:-2} << 20)), \"share\": true }"
	qmp device_add "{ \"driver\": \"pc-dimm\", \"id\": \"dimm-$1\", \"memdev\": \"$1\" }"
	wait_for 60 is $((before + 1)) regions ''
	equal "pages pinned for $1" "$(pinned_pages)" $pages
	traffic_goes_on
}

# card: its place in QEMU's tree of objects.
card()
{
	qmp x-query-virtio | sed -n 's/.*"path": "\([^"]*\)".*/\1/p'
}

# uses FROM TO: whether the guest has receive buffers at such addresses.
uses()
{
	local card index

	card=$(card)
	for index in 0 50 100 150 200 250; do
		qmp x-query-virtio-queue-element \
			"{ \"path\": \"$card\", \"queue\": 0, \"index\": $index }"
	done | tr ',' '\n' | awk -F '"addr": ' -v from=$(($1)) -v to=$(($2)) '
		NF > 1 && $2 + 0 >= from && $2 + 0 < to { found++ }
		END { exit !found }'
}

# guest_has MIB: whether the guest's kernel uses so much memory.
guest_has()
{
	[ "$(guest run cat /proc/meminfo | awk '/^MemTotal/ { print $2 }')" -ge $(($1 << 10)) ]
}

# lost: replies missing among those that came.
lost()
{
	awk -F 'icmp_seq=' 'NF > 1 { lost += $2 - last - 1; last = $2 + 0 }
		END { print lost + 0 }' "$1"
}

# used NAME FROM TO: until the guest has put its buffers there.
used()
{
	wait_for 200 renewed "$2" "$3"
	echo "the guest uses $1"
}

# Buffers are renewed by being used.
renewed()
{
	file_to_guest 1 && uses "$1" "$2"
}

gets_dimms()
{
	local i before

	before=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)
	start "$work/ping.log" ping -i 0.1 "$guest_ip"
	plug giga 1024 1024
	equal 'regions of a page of 1 GiB' "$(regions 'in 1 page of 1 GiB, 1 segment$')" 1
	equal 'free pages of 1 GiB' "$(giga_free)" 0
	plug small 128
	for ((i = 2; i < dimms; i++)); do
		plug "tiny$i" 2
	done
	build/user/vhuge show regions
	equal 'regions' "$(regions '')" $((dimms + 1))
	equal 'free pages' "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" \
		$((before - 64 - (dimms - 2)))
	end "$child" INT || true
	equal 'pings lost' "$(lost "$work/ping.log")" 0
	unwatch_pins
}

uses_dimms()
{
	wait_for 200 guest_has 1200
	used 'the page of 1 GiB' 0x100000000 0x140000000
}

# The picture is one, and what is drawn is what was handed in.
drawn()
{
	build/user/vhuge memory vm0
	build/user/vhuge memory vm0 | grep -q "$((dimms - 4)) regions, 2 MiB each"
	build/user/vhuge memory vm0 --svg >"$work/memory.svg"
	build/user/vhuge memory vm0 --json >"$work/memory.json"
	/usr/bin/python3 - "$work/memory.svg" "$work/memory.json" $((dimms + 1)) <<-'EOT'
		import json, sys, xml.etree.ElementTree
		xml.etree.ElementTree.parse(sys.argv[1])
		regions = json.load(open(sys.argv[2]))["regions"]
		assert len(regions) == int(sys.argv[3]), len(regions)
		for r in regions:
		    assert sum(s["length"] for s in r["segments"]) == r["length"], r
	EOT
}

exchange()
{
	pings 3 ping -c 3 "$guest_ip"
	file_to_guest 2
	file_from_guest 2
	equal 'frames dropped' "$(port_count vm0 rx_dropped)" 0
	equal 'times a ring broke' "$(($(lane_count vm0 rx0_faults) + \
		$(lane_count vm0 tx0_faults)))" 0
}

off()
{
	guest off
	wait_for 60 gone "$qemu"
	wait_for 30 is 1 giga_free
	wait_for 30 nothing_held "$hugepages"
}

tap_test 'testpmd in a page of 1 GiB: one region, one segment' testpmd_in_giga

qmp_open
vhuged_start vm0
ip address add 10.0.0.1/24 dev vm0
guest_cmdline=memhp_default_state=online_kernel
guest_start vm0 -m slots=40,maxmem=8G -qmp stdio <"$work/qmp"
tap_step 'a guest with slots for DIMMs boots' boots
tap_step "it gets $dimms DIMMs under traffic, only they are pinned" gets_dimms
tap_step 'vhuge memory draws them' drawn
tap_step 'it receives into the page of 1 GiB' uses_dimms
tap_step 'pings and 2 MiB files go both ways' exchange
tap_step 'it switches itself off, nothing is held' off
end_all
ports_delete
tap_done
