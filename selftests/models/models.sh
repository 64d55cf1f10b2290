#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ring_models: look at all states of the models beside it with Spin. Prints TAP. Each
# variant that is broken on purpose must be found to be so, or the model would not
# show anything.
# ring_models MODEL OPTION...: one of them, with the steps that lead to an error.
# shellcheck disable=SC2317 # tap calls them
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)/models
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
status=0
search=

# verify MODEL OPTION...: what Spin's verifier says of it, in $work/said; whether
# it went through all states, or up to an error.
verify()
{
	rm -rf "${work:?}"/*
	cp "$folder"/*.pml "$work"
	(
		cd "$work"
		spin -a "${@:2}" "$1.pml"
		gcc -O1 -w -DSAFETY -DCOLLAPSE $search -o pan pan.c
		./pan -m2000000
	) >"$work/said" 2>&1 || true
	says '^State-vector.*errors: [01]$' &&
		! says 'max search depth too small|out of memory|reached limit'
}

says()
{
	grep -qE "$1" "$work/said"
}

states()
{
	sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$work/said"
}

# tap TEXT COMMAND...
tap()
{
	number=$((number + 1))
	if "${@:2}"; then
		echo "ok $number $1"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $number $1"
		status=1
	fi
}

# none MODEL OPTION...: no error in any state.
none()
{
	verify "$@" && says 'errors: 0$' &&
		echo "# $* has $(states) states"
}

# found ERROR MODEL OPTION...: that error.
found()
{
	verify "${@:2}" && says "^pan.*: $1"
}

holds()
{
	tap "$1: holds" none "${@:2}"
}

# lost, wrong TEXT MODEL OPTION...: both sides sleep; another chain than is due.
lost()
{
	tap "without $1 a wake-up is lost" found 'invalid end state' "${@:2}"
}

wrong()
{
	tap "without $1 a chain is lost or comes twice" found 'assertion violated' "${@:2}"
}

# show MODEL OPTION...: the way to an error, with the fewest steps there are.
show()
{
	search=-DBFS
	verify "$@" || status=1
	cat "$work/said"
	[ ! -e "$work/$1.pml.trail" ] ||
		(cd "$work" && spin -t -p -l "${@:2}" "$1.pml" |
			grep -vE '^(using| *(mem|kept|keeps)\[)|^\s+[a-z]+\[[0-9]+\] = ')
}

# both_ways MODEL NAME: with the errors that either way of notification has.
both_ways()
{
	local option name

	for option in '' -DEVENTS; do
		name=$2${option:+, event index}
		# shellcheck disable=SC2086 # no option or one
		set -- "$1" "$2" $option
		holds "$name, of 2" "$1" -DNUM=2 "${@:3}"
		lost "the barrier of publish(), $name" "$1" -DBROKEN_CALL_BARRIER "${@:3}"
		lost "the barrier of kick_on(), $name" "$1" -DBROKEN_KICK_BARRIER "${@:3}"
		lost "the look of kick_on(), $name" "$1" -DBROKEN_LOOK "${@:3}"
		wrong "the write barrier of publish(), $name" "$1" -DBROKEN_WRITE_BARRIER "${@:3}"
		wrong "the read barrier of pop(), $name" "$1" -DBROKEN_READ_BARRIER "${@:3}"
	done
}

split_models()
{
	local num

	both_ways split 'split ring'
	holds 'split ring, of 4' split -DNUM=4
	holds 'split ring, event index, of 4' split -DNUM=4 -DEVENTS
	wrong 'going back in unpop(), split ring' split -DBROKEN_UNPOP
	for num in 2 4; do
		lost "indices that wrap, split ring of $num" \
			split -DNUM=$num -DEVENTS -DBROKEN_WRAP
		lost "the right event of kick_on(), split ring of $num" \
			split -DNUM=$num -DEVENTS -DBROKEN_EVENT
	done
}

packed_models()
{
	local num

	both_ways packed 'packed ring'
	holds 'packed ring, of 3' packed -DNUM=3
	holds 'packed ring, event index, of 3' packed -DNUM=3 -DEVENTS
	holds 'packed ring, of 4' packed -DNUM=4
	wrong 'keeping the first flags back in push(), packed ring' packed -DBROKEN_BATCH
	wrong 'the length of chains in push(), packed ring' packed -DBROKEN_SLOTS
	wrong 'wrap counters, packed ring' packed -DBROKEN_ROUND
	for num in 2 3; do
		lost "the round of the event in call_wanted(), packed ring of $num" \
			packed -DNUM=$num -DEVENTS -DBROKEN_EVENT_ROUND
		lost "the right event of kick_on(), packed ring of $num" \
			packed -DNUM=$num -DEVENTS -DBROKEN_EVENT
	done
}

all()
{
	echo "1..41"
	split_models
	packed_models
}

if [ $# -gt 0 ]; then
	show "$@"
else
	all
fi
exit $status
