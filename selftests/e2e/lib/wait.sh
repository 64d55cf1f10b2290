# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Waiting for something to become true, and looking whether it is; sourced, never
# run. Conditions are used where set -e does not reach: each is one expression.
# Whatever is asked often is asked without starting a program: in an emulated machine
# that takes longer than most answers.

# How much longer than expected anything may take: the machine can have other work.
patience=5

# Nobody writes here.
exec {nothing}<> <(:)

# pause: for a moment.
pause()
{
	read -rt 0.05 -u "$nothing" || true
}

# wait_for SECONDS COMMAND...: until it succeeds. The limit guards against waiting
# for ever and is no expectation of speed.
wait_for()
{
	local end=$((SECONDS + patience * $1))

	shift
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		pause
	done
}

# is VALUE COMMAND...: whether COMMAND prints it.
is()
{
	[ "$("${@:2}")" = "$1" ]
}

# at_least NUMBER COMMAND...: whether COMMAND prints that or more.
at_least()
{
	[ "$("${@:2}")" -ge "$1" ]
}

# same_count COMMAND... = COMMAND...: whether both print the same number.
same_count()
{
	local left=()

	while [ "$1" != = ]; do
		left+=("$1")
		shift
	done
	[ "$("${left[@]}")" -eq "$("${@:2}")" ]
}

# says FILE PATTERN [TIMES]: whether that many lines of FILE match, or more.
says()
{
	[ "$(grep -acE -e "$2" "$1" 2>/dev/null)" -ge "${3:-1}" ]
}

# equal WHAT SEEN EXPECTED: complains unless they are.
equal()
{
	[ "$2" = "$3" ] || {
		echo "$1: $2, expected $3" >&2
		return 1
	}
}

# said FILE PATTERN: complains unless a line of FILE matches.
said()
{
	says "$@" || {
		echo "no line of ${1##*/} matches '$2'" >&2
		return 1
	}
}
