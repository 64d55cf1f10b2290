# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # variables of other parts, and for them
# DPDK's testpmd as a guest, driven through its command line; sourced, never run.
# Several can run, each with a name.

declare -A testpmd testpmd_input testpmd_output

# testpmd_start NAME EAL_OPTION... -- TESTPMD_OPTION...: until it wants a command.
testpmd_start()
{
	local name=$1 fifo=$work/$1.in descriptor

	rm -f "$fifo"
	mkfifo "$fifo"
	exec {descriptor}<>"$fifo"
	testpmd_input[$name]=$descriptor
	: >"$work/$name.log"
	# Its words come in order only when its output is not kept back.
	start "$work/$name.log" stdbuf -oL dpdk-testpmd -l 0-1 --no-pci "${@:2}" <"$fifo"
	testpmd[$name]=$child
	exec {descriptor}<"$work/$name.log"
	testpmd_output[$name]=$descriptor
	testpmd_answer "$name" >/dev/null
}

# testpmd_new NAME [EAL_OPTION...]: without a port, in memory that it leaves to nobody.
testpmd_new()
{
	testpmd_start "$1" --in-memory --single-file-segments -m 64 "${@:2}" \
		-- -i --total-num-mbufs=8192 --disable-link-check
}

# testpmd_line NAME: the next part of its log, in $part; whether that is a whole line.
testpmd_line()
{
	IFS= read -r part <&"${testpmd_output[$1]}"
}

# testpmd_answer NAME: prints what it says until it wants a command, or dies.
testpmd_answer()
{
	local line='' part end=$((SECONDS + patience * 180))

	until [ "$line" = 'testpmd> ' ]; do
		if testpmd_line "$1"; then
			echo "$line$part"
			line=''
			continue
		fi
		line+=$part
		[ -n "$part" ] || pause
		if gone "${testpmd[$1]}" || [ $SECONDS -ge $end ]; then
			echo "no prompt of testpmd $1 after '$line'" >&2
			return 1
		fi
	done
}

# testpmd_do NAME COMMAND: have it obeyed; prints what testpmd says to it.
testpmd_do()
{
	echo "$2" >&"${testpmd_input[$1]}"
	testpmd_answer "$1"
}

# testpmd_attach NAME VDEV_ARGUMENTS [QUEUES]: give it a port and start that.
testpmd_attach()
{
	local command answer

	for command in "port attach net_virtio_user0,mac=02:00:00:00:00:01,$2" \
		"port config all rxq ${3:-1}" "port config all txq ${3:-1}" 'port start 0'; do
		answer=$(testpmd_do "$1" "$command")
	done
	[[ $answer = *Done* ]] || {
		tail -n 20 "$work/$1.log"
		return 1
	}
}

testpmd_detach()
{
	testpmd_do "$1" 'port stop 0' >/dev/null
	testpmd_do "$1" 'port detach 0' >/dev/null
}

# testpmd_forward NAME MODE: have it forward in this mode from now on.
testpmd_forward()
{
	local answer

	testpmd_do "$1" "set fwd $2" >/dev/null
	answer=$(testpmd_do "$1" start)
	[[ $answer = *'packet forwarding - ports='[1-9]* ]] || {
		echo "$answer"
		return 1
	}
}

# testpmd_count NAME COUNTER [PORT]: RX-packets, TX-packets, RX-bytes ... of a port.
testpmd_count()
{
	local words i

	read -rd '' -a words < <(testpmd_do "$1" "show port stats ${3:-0}") || true
	for ((i = 0; i < ${#words[@]}; i++)); do
		[ "${words[i]}" != "$2:" ] || echo "${words[i + 1]}"
	done
}

testpmd_quit()
{
	echo quit >&"${testpmd_input[$1]}"
	wait_for 120 gone "${testpmd[$1]}"
}
