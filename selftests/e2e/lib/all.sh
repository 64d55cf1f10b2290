# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# All that drives real clients in the VM; sourced, never run. The current folder
# is the repository. $work is a folder for sockets and logs, $hugepages the pool
# as it was at the start.

# shellcheck source=selftests/e2e/lib/wait.sh
. selftests/e2e/lib/wait.sh
# shellcheck source=selftests/e2e/lib/process.sh
. selftests/e2e/lib/process.sh
# shellcheck source=selftests/e2e/lib/vhuged.sh
. selftests/e2e/lib/vhuged.sh
# shellcheck source=selftests/e2e/lib/pktgen.sh
. selftests/e2e/lib/pktgen.sh
# shellcheck source=selftests/e2e/lib/testpmd.sh
. selftests/e2e/lib/testpmd.sh
# shellcheck source=selftests/e2e/lib/guest.sh
. selftests/e2e/lib/guest.sh
# shellcheck source=selftests/e2e/lib/tap.sh
. selftests/e2e/lib/tap.sh

# shellcheck disable=SC2034 # for those who source this
work=$(mktemp -d) hugepages=$(pool)
# What hosts say of themselves by IPv6 would be counted among what tests send.
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
