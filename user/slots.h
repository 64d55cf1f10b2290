/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The regions of a front-end and how often each was handed in. QEMU keeps a
 * vhost device for each queue pair, and each of them adds and removes every
 * region on the one connection they share.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>

#include <linux/vhuge.h>

struct slot;

/**
 * struct slots - zeroed at first
 * @slot: one for each region
 * @count: how many
 * @room: how many fit
 */
struct slots {
	struct slot *slot;
	unsigned int count;
	unsigned int room;
};

bool slots_more(struct slots *slots, const struct vhuge_region *region);
bool slots_less(struct slots *slots, const struct vhuge_region *region);
int slots_reserve(struct slots *slots, unsigned int count);
void slots_add(struct slots *slots, const struct vhuge_region *region);
void slots_remove(struct slots *slots, const struct vhuge_region *region);
void slots_clear(struct slots *slots);
void slots_free(struct slots *slots);

#endif /* SLOTS_H */
