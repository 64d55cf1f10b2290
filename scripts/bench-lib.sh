# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # variables of other parts, and for them
# What benchmarks in the VM share; sourced behind selftests/e2e/lib/all.sh, never run.
#
# A client that polls has CPU 1; all of the kernel's work is on CPU 0.

ring=256 window=3
mac=02:00:00:00:00:01

# bench_finish: at the end, however it comes.
bench_finish()
{
	local status=$?

	if [ $status != 0 ]; then
		tail -n 20 "$work"/*.log >&2 || true
	fi
	end_all
	exit $status
}

# kernel_threads PATTERN: those whose names match it.
kernel_threads()
{
	ps -eLo tid=,comm= | awk -v pattern="^($1)" '$2 ~ pattern { print $1 }'
}

# to_cpu_0: the threads that do the kernel's part of the work.
to_cpu_0()
{
	local tid

	for tid in $(kernel_threads 'vhost-|napi/'); do
		taskset -cp 0 "$tid" >/dev/null
	done
}

# rate INTERFACE COUNTER: in packets per second.
rate()
{
	local before after start end

	before=$(port_count "$1" "$2")
	wait_for 60 at_least $((before + 20000)) port_count "$1" "$2"
	before=$(port_count "$1" "$2") start=$(date +%s%N)
	sleep $window
	after=$(port_count "$1" "$2") end=$(date +%s%N)
	echo $(((after - before) * 1000000000 / (end - start)))
}
