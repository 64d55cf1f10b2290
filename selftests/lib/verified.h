/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets whose checksums the host has verified, as a network card does it: the
 * stack has nothing that says so of what a test sends, but for a BPF program.
 */
#ifndef SELFTESTS_VERIFIED_H
#define SELFTESTS_VERIFIED_H

/* From now on what is sent to the interface counts as verified. Returns 0 or -errno. */
int verified_from_now_on(unsigned int ifindex);

#endif
