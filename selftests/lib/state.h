/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device has and what the module has pinned, to be compared before and
 * after something that must not change it.
 */
#ifndef SELFTESTS_STATE_H
#define SELFTESTS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vhuge.h>

#define STATE_SEGMENTS 64

struct state {
	uint64_t generation;
	uint64_t pinned;
	unsigned int total;
	struct vhuge_segment segments[STATE_SEGMENTS];
};

void state_read(struct state *state, int dev);

/* In words, what differs first; NULL when nothing does. */
const char *state_differs(const struct state *before, const struct state *after);

#endif
