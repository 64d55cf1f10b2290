# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of other parts
# Tests that print TAP; sourced, never run.

tap_tests=0 tap_failures=0

# tap_run LEAVE TEXT COMMAND...: run it in a shell of its own, whose processes end
# with it; LEAVE is called there at the end, with the status so far.
tap_run()
{
	local status leave=$1

	tap_tests=$((tap_tests + 1))
	set +e
	(
		set -e
		# shellcheck disable=SC2034 # what it starts is its own
		children=()
		trap '$leave $?' EXIT
		"${@:3}"
	) >"$work/test.out" 2>&1
	status=$?
	set -e
	if [ $status = 0 ]; then
		echo "ok $tap_tests $2"
	else
		echo "not ok $tap_tests $2"
		sed 's/^/# /' "$work/test.out"
		tap_failures=$((tap_failures + 1))
		# What it shared with others may be in any state.
		end_all
	fi
}

# tap_test TEXT COMMAND...: after which the module must hold nothing.
tap_test()
{
	tap_run tap_leave "$@"
}

# tap_step TEXT COMMAND...: with a guest that others have to do with, too.
tap_step()
{
	tap_run tap_stay "$@"
}

tap_stay()
{
	set +e
	[ "$1" = 0 ] || tap_state "$1"
	end_all
	exit "$1"
}

tap_leave()
{
	local status=$1

	set +e
	[ "$status" = 0 ] || tap_state "$status"
	end_all
	pktgen_release 2>/dev/null
	ports_delete
	wait_for 30 holds_nothing || {
		echo "the module still holds: $(held)"
		status=1
	}
	exit "$status"
}

tap_state()
{
	local log port

	echo "exit status $1; what there was then:"
	build/user/vhuge show
	ip -s link show type vhuge
	for port in $(ports); do
		echo "$port: $(ethtool -S "$port" | awk '$2 > 0 { printf "%s %s, ", $1, $2 }')"
	done
	for log in "$work"/*.log; do
		echo "--- end of ${log##*/}"
		tail -n 15 "$log"
	done
	dmesg | tail -n 10
}

tap_done()
{
	end_all
	tap_test 'all hugepages are free again' wait_for 30 nothing_held "$hugepages"
	echo "1..$tap_tests"
	rm -rf "$work"
	[ $tap_failures = 0 ]
}
