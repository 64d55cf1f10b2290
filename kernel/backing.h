/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files whose pages are pinned, and who holds which of them.
 *
 * The same pages are pinned once, however many devices and regions use them:
 * a request takes the pins that lie wholly within it and pins what is missing.
 * Where a region begins or ends within a page, that page gets a pin of its
 * own, so that the region on the other side of the border can share it.
 */
#ifndef VHUGE_BACKING_H
#define VHUGE_BACKING_H

#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "pin.h"

struct file;
struct vhuge_backing;

/**
 * struct vhuge_hold - pages of a file that a region needs
 * @rcu: as for struct vhuge_pin
 * @users: tables that use it
 * @backing: the file
 * @page_shift: log2 of the page size
 * @page: where each page is, from the one with the first byte on
 * @own: memory of @page when the pins are several, RCU as well
 * @fresh: pages that had to be pinned for it
 * @pins: how many pins
 * @pin: these
 */
struct vhuge_hold {
	struct rcu_head rcu;
	refcount_t users;
	struct vhuge_backing *backing;
	u32 page_shift;
	void *const *page;
	void **own;
	u64 fresh;
	u32 pins;
	struct vhuge_pin *pin[];
};

struct vhuge_hold *vhuge_hold_range(struct file *file, u64 offset, u64 length,
				    struct vhuge_account *account,
				    struct vhuge_report *report);
struct vhuge_hold *vhuge_hold_get(struct vhuge_hold *hold);
void vhuge_hold_put(struct vhuge_hold *hold);

#endif /* VHUGE_BACKING_H */
