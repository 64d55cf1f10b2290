/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of a device's regions.
 *
 * A table never changes: a call that changes the memory of a device builds a
 * new one beside the old, and nothing of the old one is touched before the new
 * one is complete. Tables share the pins of what did not change.
 */
#ifndef VHUGE_REGION_H
#define VHUGE_REGION_H

#include <linux/rcupdate.h>

#include "backing.h"
#include "report.h"
#include "segmap.h"

struct vhuge_region;

#define VHUGE_MAX_REGIONS 1024U

/**
 * struct vhuge_table - the regions a device has at a time
 * @rcu: readers of @map may go on until a grace period ended
 * @pinned: bytes pinned for the table
 * @segments: segments of @map
 * @fresh: pages of PAGE_SIZE that had to be pinned for it
 * @space: kind of the IOVA space it is in
 * @hold: the pages of each span; not for readers under RCU
 * @map: what the rings look addresses up in
 */
struct vhuge_table {
	struct rcu_head rcu;
	u64 pinned;
	u32 segments;
	u64 fresh;
	u32 space;
	struct vhuge_hold **hold;
	struct vhuge_segmap map;
};

u64 vhuge_table_generation(void);
struct vhuge_table *vhuge_table_empty(void);
/**
 * enum vhuge_change - what is done with regions
 * @VHUGE_SET: they are the table
 * @VHUGE_ADD: they join it
 * @VHUGE_REMOVE: they leave it
 */
enum vhuge_change {
	VHUGE_SET,
	VHUGE_ADD,
	VHUGE_REMOVE,
};

struct vhuge_table *vhuge_table_change(const struct vhuge_table *old,
				       enum vhuge_change how,
				       struct vhuge_region *regions, u32 count,
				       struct vhuge_account *account,
				       struct vhuge_report *report);
void vhuge_table_free(struct vhuge_table *table);

#endif /* VHUGE_REGION_H */
