#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz: a bounded run of the fuzzer of messages, always the same one. Prints TAP.
# fuzz SECONDS: for so long.
set -euo pipefail
folder=$(cd "$(dirname "$0")/../fuzz" && pwd)
runs=${RUNS:-50000}

# What the daemon logs is of no interest; whatever ends the fuzzer, its input is kept.
fuzz()
{
	mkdir -p "$folder/corpus"
	"$folder/messages" -artifact_prefix="$folder/" -close_fd_mask=2 -max_len=2000 \
		-timeout=60 -rss_limit_mb=2048 "$@" 2>&1
}

if [ $# -eq 1 ]; then
	fuzz -max_total_time="$1" "$folder/corpus"
	exit
fi

echo 1..1
if out=$(fuzz -seed=1 -len_control=0 -runs="$runs"); then
	grep -a DONE <<<"$out" | sed 's/^/# /'
	echo "ok 1 messages that are made up, $runs inputs"
else
	tail -n 60 <<<"$out" | sed 's/^/# /'
	echo 'not ok 1 messages that are made up'
	exit 1
fi
