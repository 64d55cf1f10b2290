/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a front-end, mapped: where it comes from is up to the front-end,
 * the ring code only gets the map that a device would have.
 */
#ifndef BACK_END_MEMORY_H
#define BACK_END_MEMORY_H

#include "segmap.h"
#include "vhost_user.h"
#include "wire.h"

struct memory {
	struct vhuge_segmap *map;
	struct mapping {
		void *addr;
		size_t length;
		void **page;
	} mapping[VU_MAX_REGIONS];
	u32 mappings;
};

/* In the place of what was there; 0 or a negative error. */
int memory_map(struct memory *memory, const struct message *m);
void memory_unmap(struct memory *memory);

/* The bytes at an address of the front-end, or NULL when they are not there. */
void *memory_user(const struct memory *memory, u64 addr, u64 length);

#endif /* BACK_END_MEMORY_H */
