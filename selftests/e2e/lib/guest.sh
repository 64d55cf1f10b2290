# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # variables of other parts, and for them
# A guest of scripts/guest-image in a stock QEMU; sourced, never run. It is
# reached at 10.0.0.2, the host's end of its network at 10.0.0.1.

guest_ip=10.0.0.2
# How a guest gets hugepages, and where its memory lies.
guest_memory=hugetlb=on,hugetlbsize=2M,share=on
guest_machine=q35
# More for its kernel, and what it finds there.
guest_cmdline='' guest_initrd=initrd
# Queue pairs of its network card, and what else is said of that.
guest_queues=1 guest_card=mq=off

# qemu_run LOG ARGUMENT...: a QEMU without a network card.
qemu_run()
{
	: >"$1"
	start "$1" qemu-system-x86_64 -accel tcg,thread=single -cpu qemu64 \
		-M "$guest_machine,memory-backend=mem" -nodefaults -display none -m 256 \
		-object "memory-backend-memfd,id=mem,size=256M,$guest_memory" "${@:2}"
	qemu=$child
}

# qemu_start LOG SOCKET ARGUMENT...: a QEMU with a network card of vhost-user. It
# has no MSI-X (vectors=0): with it, and a back-end that serves the card outside
# of QEMU, an emulating QEMU 7.2 follows a pointer only KVM would have set.
qemu_start()
{
	qemu_run "$1" -chardev "socket,id=net0,path=$2" \
		-netdev "vhost-user,id=net0,chardev=net0,queues=$guest_queues" \
		-device "virtio-net-pci,netdev=net0,mac=02:00:00:00:00:02,vectors=0,$guest_card" \
		"${@:3}"
}

# guest_kernel SERIAL_LOG: what to start a QEMU with, in $guest_kernel.
guest_kernel()
{
	rm -f "$1"
	guest_kernel=(-kernel build/guest/vmlinux -initrd "build/guest/$guest_initrd"
		-append "console=ttyS0 quiet panic=-1 guest_ip=$guest_ip/24 $guest_cmdline"
		-serial "file:$1")
}

# guest_start PORT [ARGUMENT...]: boots it; guest_ready says when it is there.
guest_start()
{
	guest_kernel "$work/serial.log"
	qemu_start "$work/qemu.log" "$work/$1.sock" "${guest_kernel[@]}" "${@:2}"
}

# qmp_open: a way to QEMU's monitor, for a guest that is started with "-qmp stdio"
# and $work/qmp as its input.
qmp_open()
{
	mkfifo "$work/qmp"
	exec {qmp}<>"$work/qmp"
	echo '{ "execute": "qmp_capabilities" }' >&"$qmp"
}

# qmp COMMAND [ARGUMENTS]: has the monitor carry it out; prints its answer.
qmp()
{
	local id=$EPOCHREALTIME

	printf '{ "execute": "%s", "arguments": %s, "id": "%s" }\n' \
		"$1" "${2:-"{}"}" "$id" >&"$qmp"
	wait_for 60 says "$work/qemu.log" "\"id\": \"$id\""
	grep -a "\"id\": \"$id\"" "$work/qemu.log" >"$work/qmp.out"
	cat "$work/qmp.out"
	says "$work/qmp.out" '"return":'
}

# guest_ready [BOOTS]: whether it came up that often, or QEMU died.
guest_ready()
{
	gone "$qemu" || says "$work/serial.log" 'guest: ready' "${1:-1}"
}

# guest_wait [BOOTS]: for a boot in an emulator in an emulator.
guest_wait()
{
	wait_for 900 guest_ready "${1:-1}"
	said "$work/serial.log" 'guest: ready' "${1:-1}"
}

# guest REQUEST...: see scripts/guest.
guest()
{
	scripts/guest "$guest_ip" "$@"
}

guest_off()
{
	guest off
	wait_for 60 gone "$qemu"
}

# pings COUNT COMMAND...: whether COMMAND, a ping, says that so many came back.
pings()
{
	local said

	said=$("${@:2}") || true
	echo "$said"
	grep -qE "(^| )$1 (packets )?received" <<<"$said"
}

# file_to_guest MIB: whether it arrives as it was.
file_to_guest()
{
	head -c "$1M" /dev/urandom >"$work/sent"
	equal 'checksum in the guest' "$(guest put "$work/sent")" \
		"$(sha256sum <"$work/sent" | cut -d ' ' -f 1)"
}

file_from_guest()
{
	local checksum

	checksum=$(guest make $(($1 << 20)))
	guest get "$work/received"
	equal 'checksum here' "$(sha256sum <"$work/received" | cut -d ' ' -f 1)" "$checksum"
	equal 'bytes here' "$(stat -c %s "$work/received")" $(($1 << 20))
}
