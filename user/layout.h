/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhuge memory: how the memory of a device lies in its four orders: the guest's
 * addresses, the front-end's, its files, and physical memory.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdio.h>

#include "inventory.h"

/**
 * struct layout_segments - physically contiguous segments, one after the other
 * @first: number of the first one, among those of the device
 * @count: how many
 * @shortest: bytes of the shortest
 * @longest: bytes of the longest
 * @total: bytes of all
 */
struct layout_segments {
	size_t first;
	size_t count;
	uint64_t shortest;
	uint64_t longest;
	uint64_t total;
};

/**
 * struct layout_item - regions that are drawn as one thing
 * @first: number of the first region
 * @count: how many: 1, or several that are too many to be drawn each
 * @length: bytes of all
 * @shortest: bytes of the shortest
 * @longest: bytes of the longest
 * @user_addr: lowest user address
 * @user_end: end of the highest one
 * @holes: bytes between their guest addresses
 * @segments: all their segments
 */
struct layout_item {
	size_t first;
	size_t count;
	uint64_t length;
	uint64_t shortest;
	uint64_t longest;
	uint64_t user_addr;
	uint64_t user_end;
	uint64_t holes;
	struct layout_segments segments;
};

/**
 * struct layout - the memory of a device
 * @device: whose
 * @port: its port, NULL when it has none
 * @regions: in the order of guest addresses
 * @region_count: how many
 * @segments: segments in the order of guest addresses
 * @segment_count: how many
 * @items: the regions as they are drawn
 * @item_count: how many
 * @length: bytes of all regions
 */
struct layout {
	const struct device *device;
	const struct port *port;
	const struct region **regions;
	size_t region_count;
	const struct segment **segments;
	size_t segment_count;
	struct layout_item *items;
	size_t item_count;
	uint64_t length;
};

int layout_command(int argc, char **argv);

int layout_make(struct layout *l, const struct inventory *inventory, const char *name, bool all);
void layout_free(struct layout *l);
struct layout_segments layout_segments(const struct layout *l, size_t first, size_t count);
const struct region *layout_region(const struct layout *l, const struct layout_item *item);
uint64_t layout_hole(const struct layout *l, const struct layout_item *item);

void layout_text(FILE *out, const struct layout *l, bool all);
void layout_svg(FILE *out, const struct layout *l);
void layout_json(FILE *out, const struct layout *l);

#endif /* LAYOUT_H */
