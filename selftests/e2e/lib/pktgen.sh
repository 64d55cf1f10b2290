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

# pktgen_send PORT COUNT SIZE [COMMAND...]: returns when all are sent.
pktgen_send()
{
	pktgen_setup "$@"
	pktgen_tell pgctrl start
	grep -A 1 Result "/proc/net/pktgen/$1"
	pktgen_release
}

# A port that still has a generator takes seconds to be deleted.
pktgen_release()
{
	pktgen_tell kpktgend_0 rem_device_all
}
