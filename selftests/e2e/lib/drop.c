// SPDX-License-Identifier: GPL-2.0
/*
 * For clang -target bpf: nothing that a guest sends goes any further.
 */
#define SECTION(name) __attribute__((section(name), used))

#define XDP_DROP 1

SECTION("xdp") int drop(void *context)
{
	(void)context;
	return XDP_DROP;
}
