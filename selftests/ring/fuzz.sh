#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz: a run of each fuzzer beside it, about a minute and always the same, from the inputs
# in corpus/. Prints TAP.
# fuzz TARGET SECONDS: one of them for so long, from what it found before, too.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)/fuzz
# What takes about a minute.
declare -A runs=([segmap]=600000 [split]=180000 [packed]=75000)

# Whatever ends a fuzzer, the input it had is kept, and its place printed.
fuzz()
{
	local target=$1

	shift
	[ -x "$folder/$target" ] || {
		echo "fuzz: there is no $target in $folder" >&2
		exit 2
	}
	"$folder/$target" -artifact_prefix="$folder/$target-" -max_len=400 -len_control=0 \
		-timeout=60 -rss_limit_mb=2048 "$@" 2>&1
}

# seeds TARGET: its inputs, with commas between.
seeds()
{
	find "$folder/corpus/$1" -type f | sort | paste -sd ,
}

if [ $# -eq 2 ]; then
	mkdir -p "$folder/$1.corpus"
	fuzz "$1" -max_total_time="$2" "$folder/$1.corpus" "$folder/corpus/$1"
	exit
fi

targets=(segmap split packed)
status=0
number=0
echo "1..${#targets[@]}"
for target in "${targets[@]}"; do
	number=$((number + 1)) count=${RUNS:-${runs[$target]}}
	if out=$(fuzz "$target" -seed=1 -runs="$count" -seed_inputs="$(seeds "$target")"); then
		echo "# ${target}: $(grep -a 'DONE' <<<"$out")"
		echo "ok $number fuzz $target, $count inputs"
	else
		tail -n 60 <<<"$out" | sed 's/^/# /'
		echo "not ok $number fuzz $target"
		status=1
	fi
done
exit $status
