/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a ring, contiguous for the kernel.
 */
#ifndef VHUGE_AREA_H
#define VHUGE_AREA_H

#include <linux/types.h>

#include "segmap.h"

struct page;

/**
 * struct vhuge_area - a part of a ring
 * @addr: its first byte; NULL when it is not mapped
 * @page: pages mapped side by side for it; NULL when there was no need
 * @pages: how many
 *
 * An area within one segment is reached where it is. One that crosses pages
 * which are not adjacent gets a mapping of its own.
 */
struct vhuge_area {
	void *addr;
	struct page **page;
	u32 pages;
};

int vhuge_area_map(struct vhuge_area *area, const struct vhuge_segmap *map,
		   u64 user_addr, u64 length);
void vhuge_area_unmap(struct vhuge_area *area);
bool vhuge_area_stays(const struct vhuge_area *area,
		      const struct vhuge_segmap *map, u64 user_addr,
		      u64 length);

#endif /* VHUGE_AREA_H */
