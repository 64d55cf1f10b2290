# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # work is set by those who source this
# Steps of the demo: each says on a line what was done and when it was finished;
# sourced, never run. $work is a folder for logs.

step=''

# say RESULT TEXT
say()
{
	printf 'demo: %4d s  %-6s  %s\n' "$SECONDS" "$1" "$2"
}

# step TEXT COMMAND...: do it quietly. What it printed is seen when it fails.
step()
{
	step=$1
	"${@:2}" >"$work/step.out" 2>&1 </dev/null
	say ok "$1"
	step=''
}

# show TEXT COMMAND...: a step whose output is worth seeing.
show()
{
	step "$@"
	sed 's/^/              /' "$work/step.out"
}

# failed FILE...: the step has; shows the end of what was said.
failed()
{
	local file

	[ -z "$step" ] || say FAILED "$step"
	for file; do
		[ -s "$file" ] || continue
		echo "--- end of ${file##*/}"
		tail -n 40 "$file"
	done
}
