# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The kernel's packet generator as a sender on the host; sourced, never run. It
# runs on CPU 0: guests that poll have the others.

# pktgen_tell FILE COMMAND...: in /proc/net/pktgen.
pktgen_tell()
{
	local command

	for command in "${@:2}"; do
		echo "$command" >"/proc/net/pktgen/$1"
	done
}

# pktgen_setup PORT COUNT SIZE [COMMAND...]: COUNT frames, 0: until it is stopped.
pktgen_setup()
{
	modprobe pktgen
	pktgen_tell kpktgend_0 rem_device_all "add_device $1"
	pktgen_tell "$1" "count $2" "pkt_size $3" 'burst 32' 'delay 0' \
		'dst_mac 02:00:00:00:00:01' 'dst 10.9.9.9' "${@:4}"
}

# pktgen_send PORT COUNT SIZE [COMMAND...]: returns when all are sent; how many, is in
# $pktgen_sent. After a queue that was full the bursts no longer end at COUNT, which
# the last one passes then.
pktgen_send()
{
	local result

	pktgen_setup "$@"
	pktgen_tell pgctrl start
	result=$(grep -A 1 Result "/proc/net/pktgen/$1")
	pktgen_release
	echo "$result"
	[[ $result =~ \ ([0-9]+)\ \([0-9]+byte ]]
	pktgen_sent=${BASH_REMATCH[1]}
	[ "$pktgen_sent" -ge "$2" ]
}

# A port that still has a generator takes seconds to be deleted.
pktgen_release()
{
	pktgen_tell kpktgend_0 rem_device_all
}
