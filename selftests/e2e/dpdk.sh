#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# DPDK as the judge of physical addresses: what the module says of DPDK's hugepages
# is what rte_mem_virt2phy() and /proc/self/pagemap say, for each way in which DPDK
# takes them.
#
# vm: -a hugepagesz=1G -a hugepages=1
set -euo pipefail
# shellcheck source=selftests/e2e/lib/all.sh
. selftests/e2e/lib/all.sh

# agrees EAL_OPTION...: when they do, for memory that DPDK takes so.
agrees()
{
	build/selftests/dpdk/virt2phy -l 0 --no-pci --iova-mode=pa "$@"
}

in_giga()
{
	mkdir "$work/giga"
	mount -t hugetlbfs -o pagesize=1G giga "$work/giga"
	agrees --huge-dir="$work/giga" --huge-unlink -m 1024
	umount "$work/giga"
}

small=/dev/hugepages
tap_test 'a file for each page' agrees --huge-dir=$small -m 64
tap_test 'one file' agrees --huge-dir=$small -m 64 --single-file-segments
tap_test 'no file system' agrees --huge-dir=$small -m 64 --in-memory
tap_test 'all pages sorted by address' agrees --huge-dir=$small -m 64 --legacy-mem
tap_test 'a page of 1 GiB' in_giga
tap_test 'IOVAs that are virtual addresses' agrees --huge-dir=$small -m 64 --iova-mode=va
tap_done
