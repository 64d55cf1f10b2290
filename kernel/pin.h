/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages of a file, pinned.
 */
#ifndef VHUGE_PIN_H
#define VHUGE_PIN_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "account.h"

struct file;

/**
 * struct vhuge_pin - pages of a file that stay where they are
 * @rcu: a reader of a table may still look at @page when the pages are gone
 * @link: among the pins of the file
 * @users: holds that use it; under the lock of the file's pins
 * @account: who pays
 * @first: number of the first page in the file, in pages of the file
 * @pages: how many
 * @page_shift: log2 of the page size
 * @page: where each one is in the kernel's linear map
 */
struct vhuge_pin {
	struct rcu_head rcu;
	struct list_head link;
	u32 users;
	u32 page_shift;
	struct vhuge_account *account;
	u64 first;
	u64 pages;
	void **page;
};

struct vhuge_pin *vhuge_pin_pages(struct file *file, u64 first, u64 pages,
				  struct vhuge_account *account,
				  struct vhuge_report *report);
void vhuge_pin_release(struct vhuge_pin *pin);
bool vhuge_pin_is_stale(const struct vhuge_pin *pin, struct file *file);

#endif /* VHUGE_PIN_H */
