# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Processes in the background, each of which ends with the shell that started it;
# sourced, never run.

children=()

# start LOG COMMAND...: in the background, on the same input; its number is in
# $child.
start()
{
	"${@:2}" <&0 >>"$1" 2>&1 &
	child=$!
	children+=("$child")
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

# end PID [SIGNAL]: of this shell; the status is the process's own.
end()
{
	local status=0

	kill -s "${2:-TERM}" "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || status=$?
	return $status
}

# end_all: those that are left, the last one first.
end_all()
{
	local i

	for ((i = ${#children[@]} - 1; i >= 0; i--)); do
		end "${children[i]}" KILL || true
	done
	children=()
}
