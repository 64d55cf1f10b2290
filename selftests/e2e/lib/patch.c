// SPDX-License-Identifier: GPL-2.0
/*
 * For clang -target bpf: all that a guest sends goes to interface number PEER.
 */
#define SECTION(name) __attribute__((section(name), used))

/* bpf_redirect() */
static long (*const redirect)(unsigned int ifindex, unsigned long flags) = (void *)23;

SECTION("license") char terms[] = "GPL";

SECTION("xdp") int to_peer(void *context)
{
	return redirect(PEER, 0);
}
