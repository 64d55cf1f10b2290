# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # read by those who source this
# What all scripts share; sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
# depmod, ip and friends live in sbin, which a user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# need COMMAND...: refuse to start without these programs.
need()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null ||
			die "$tool is missing; run scripts/setup first"
	done
}

# kernel_versions: the kernels that are served, oldest first.
kernel_versions()
{
	echo 6.1 6.12
}

# debug_kernels: those that scripts/debug-kernel builds.
debug_kernels()
{
	echo debug kcsan
}

# mtime FILE: modification time in seconds, 0 when there is none.
mtime()
{
	stat -c %Y "$1" 2>/dev/null || echo 0
}
