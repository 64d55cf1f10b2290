/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who pays for pinned pages.
 */
#ifndef VHUGE_ACCOUNT_H
#define VHUGE_ACCOUNT_H

#include <linux/refcount.h>
#include <linux/types.h>

#include "report.h"

struct user_struct;
struct vhuge_payer;

/**
 * struct vhuge_account - the opener of a device, as the one who pays
 * @users: the device, and each pin that was charged here
 * @user: pinned pages count as locked memory of this user
 * @payer: what this user has pinned through the module
 * @limit: RLIMIT_MEMLOCK at the time of opening, in pages of PAGE_SIZE
 * @unlimited: there was no limit, or the opener had CAP_IPC_LOCK
 *
 * What the opener was allowed when it opened the device holds for the life of
 * the open file, whoever uses the descriptor later. A pin that several devices
 * share stays charged to the one that was first.
 */
struct vhuge_account {
	refcount_t users;
	struct user_struct *user;
	struct vhuge_payer *payer;
	unsigned long limit;
	bool unlimited;
};

/**
 * struct vhuge_limits - what is pinned and what may be, in bytes
 * @pinned: by all users
 * @limit: for all users; 0 for none
 * @user_limit: for each user; 0 for none
 */
struct vhuge_limits {
	u64 pinned;
	u64 limit;
	u64 user_limit;
};

struct vhuge_account *vhuge_account_open(void);
struct vhuge_account *vhuge_account_get(struct vhuge_account *account);
void vhuge_account_put(struct vhuge_account *account);
int vhuge_account_charge(struct vhuge_account *account, unsigned long pages,
			 struct vhuge_report *report);
void vhuge_account_uncharge(struct vhuge_account *account, unsigned long pages);
u64 vhuge_account_lock_limit(const struct vhuge_account *account);
void vhuge_account_limits(struct vhuge_limits *limits);

#endif /* VHUGE_ACCOUNT_H */
