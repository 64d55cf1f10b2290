/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest and its front-end in one process: memory that this process maps and
 * hands to a device. The guest's addresses, the front-end's and this process's
 * own are three different things here, so that none passes for another.
 */
#ifndef SELFTESTS_GUEST_H
#define SELFTESTS_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include <linux/vhuge.h>

#define GUEST_BASE 0x180000000ULL
#define FRONT_END_BASE 0x6b0000000000ULL

struct guest {
	int dev;
	int file;
	unsigned int pages;
	/* A page in the middle that guest_open() does not hand in, 0: none. */
	unsigned int hole;
	unsigned char *bytes;
	/* Bytes given out by guest_alloc(). */
	size_t used;
};

/* Memory of @pages hugepages that are not adjacent, not handed in yet. */
void guest_make(struct guest *guest, unsigned int pages);

/* The region that is the whole memory, whether there is a hole in it or not. */
struct vhuge_region guest_region(const struct guest *guest);

/* Opens a device and hands the memory in. Returns 0 or -errno. */
int guest_open(struct guest *guest);

uint64_t guest_address(const struct guest *guest, const void *bytes);
uint64_t front_end_address(const struct guest *guest, const void *bytes);

/* Memory for good; @align: a power of two. */
void *guest_alloc(struct guest *guest, size_t size, size_t align);

/* Memory whose byte number @before is the first one of a hugepage. */
void *guest_alloc_across(struct guest *guest, size_t size, size_t before);

#endif
