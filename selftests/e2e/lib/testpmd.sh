# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # variables of other parts, and for them
# DPDK's testpmd as a guest, driven through its command line; sourced, never run.
# Several can run, each with a name.

declare -A testpmd testpmd_input

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
	wait_for 180 testpmd_prompts "$name" 1
	! gone "${testpmd[$name]}"
}

# testpmd_new NAME [EAL_OPTION...]: without a port, in memory that it leaves to nobody.
testpmd_new()
{
	testpmd_start "$1" --in-memory --single-file-segments -m 64 "${@:2}" \
		-- -i --total-num-mbufs=8192 --disable-link-check
}

# testpmd_prompts NAME TIMES: whether it wanted a command that often, or died.
testpmd_prompts()
{
	gone "${testpmd[$1]}" || says "$work/$1.log" '^testpmd> ' "$2"
}

# testpmd_do NAME COMMAND: have it obeyed; prints what testpmd says to it.
testpmd_do()
{
	local log=$work/$1.log prompts lines

	prompts=$(grep -ac '^testpmd> ' "$log")
	lines=$(wc -l <"$log")
	echo "$2" >&"${testpmd_input[$1]}"
	wait_for 180 testpmd_prompts "$1" $((prompts + 1))
	tail -n "+$((lines + 2))" "$log" | sed 's/^testpmd> //'
}

# testpmd_attach NAME VDEV_ARGUMENTS [QUEUES]: give it a port and start that.
testpmd_attach()
{
	local command

	for command in "port attach net_virtio_user0,mac=02:00:00:00:00:01,$2" \
		"port config all rxq ${3:-1}" "port config all txq ${3:-1}" 'port start 0'; do
		testpmd_do "$1" "$command" >"$work/attach.out"
	done
	said "$work/attach.out" '^Done' || {
		tail -n 20 "$work/$1.log"
		return 1
	}
}

testpmd_detach()
{
	testpmd_do "$1" 'port stop 0' >"$work/detach.out"
	testpmd_do "$1" 'port detach 0' >>"$work/detach.out"
}

# testpmd_forward NAME MODE: have it forward in this mode from now on.
testpmd_forward()
{
	testpmd_do "$1" "set fwd $2" >"$work/forward.out"
	testpmd_do "$1" start >>"$work/forward.out"
	said "$work/forward.out" 'packet forwarding - ports=[1-9]'
}

# testpmd_count NAME COUNTER [PORT]: RX-packets, TX-packets, RX-bytes ... of a port.
testpmd_count()
{
	testpmd_do "$1" "show port stats ${3:-0}" |
		awk -v name="$2:" '{ for (i = 1; i < NF; i++) if ($i == name) print $(i + 1) }'
}

testpmd_quit()
{
	echo quit >&"${testpmd_input[$1]}"
	wait_for 120 gone "${testpmd[$1]}"
}
