/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XDP programs of a few instructions, and their maps, by bpf(2).
 */
#ifndef SELFTESTS_PROGRAM_H
#define SELFTESTS_PROGRAM_H

#include <linux/bpf.h>
#include <stdbool.h>

/* Each returns a descriptor and ends the test when the kernel refuses. */

/* Says the same of every packet. */
int program_verdict(int verdict);

/* Exchanges the addresses and sends back. */
int program_swap(void);

/* Lets the packet pass with @delta bytes taken from its head (below 0: more put there). */
int program_head(int delta);

/* Lets the packet pass with @delta bytes more at its tail (below 0: less). */
int program_tail(int delta);

/*
 * Redirects all packets to what entry 0 of a map says; @frags: those that consist of
 * fragments as well.
 */
int program_redirect(int map, bool frags);

/* A map with one entry for program_redirect(): of interfaces, or of AF_XDP sockets. */
int program_map(enum bpf_map_type type);

/* Returns 0 or -errno. */
int program_map_set(int map, int value);

/*
 * Has an interface run a program natively, until the descriptor that is returned is
 * closed; -errno when it cannot.
 */
int program_attach(int program, unsigned int ifindex);

/* Replaces the program; returns 0 or -errno. */
int program_replace(int link, int program);

#endif
