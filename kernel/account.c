// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays for pinned pages.
 *
 * Three limits hold at a time: the locked memory of the user, against the
 * limit of the process that opened the device; what one user may pin through
 * the module; and what all users may. The last two hold for everybody.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "account.h"

static unsigned long limit_mib;
module_param(limit_mib, ulong, 0644);
MODULE_PARM_DESC(limit_mib, "MiB that all users together may pin, 0: no limit");

static unsigned long user_limit_mib;
module_param(user_limit_mib, ulong, 0644);
MODULE_PARM_DESC(user_limit_mib, "MiB that each user may pin, 0: no limit");

/* A user with open devices or pinned pages. */
struct vhuge_payer {
	struct list_head link;
	kuid_t uid;
	u32 accounts;
	unsigned long pages;
};

/* Protects all of the following, and the payers. */
static DEFINE_MUTEX(lock);
static LIST_HEAD(payers);
static unsigned long pinned_pages;

static struct vhuge_payer *payer_get(kuid_t uid)
{
	struct vhuge_payer *payer;

	lockdep_assert_held(&lock);

	list_for_each_entry(payer, &payers, link) {
		if (uid_eq(payer->uid, uid)) {
			payer->accounts++;
			return payer;
		}
	}

	payer = kzalloc(sizeof(*payer), GFP_KERNEL);
	if (!payer)
		return NULL;
	payer->uid = uid;
	payer->accounts = 1;
	list_add(&payer->link, &payers);
	return payer;
}

static void payer_put(struct vhuge_payer *payer)
{
	lockdep_assert_held(&lock);

	if (--payer->accounts)
		return;
	list_del(&payer->link);
	kfree(payer);
}

/**
 * vhuge_account_open - the calling process pays from now on
 *
 * Return: an account with one user, or NULL without memory.
 */
struct vhuge_account *vhuge_account_open(void)
{
	struct vhuge_account *account;

	account = kzalloc(sizeof(*account), GFP_KERNEL);
	if (!account)
		return NULL;

	mutex_lock(&lock);
	account->payer = payer_get(current_uid());
	mutex_unlock(&lock);
	if (!account->payer) {
		kfree(account);
		return NULL;
	}

	refcount_set(&account->users, 1);
	account->user = get_uid(current_user());
	account->limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	account->unlimited = rlimit(RLIMIT_MEMLOCK) == RLIM_INFINITY ||
			     capable(CAP_IPC_LOCK);
	return account;
}

/**
 * vhuge_account_get - one more user
 * @account: the account
 */
struct vhuge_account *vhuge_account_get(struct vhuge_account *account)
{
	refcount_inc(&account->users);
	return account;
}

/**
 * vhuge_account_put - one user less
 * @account: the account
 */
void vhuge_account_put(struct vhuge_account *account)
{
	if (!refcount_dec_and_test(&account->users))
		return;

	mutex_lock(&lock);
	payer_put(account->payer);
	mutex_unlock(&lock);
	free_uid(account->user);
	kfree(account);
}

static unsigned long in_kib(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

/* Does @pages more exceed @limit_mib MiB, if that is a limit? */
static bool exceeds(unsigned long used, unsigned long pages,
		    unsigned long limit)
{
	return limit && used + pages > limit << (20 - PAGE_SHIFT);
}

static int check_limits(const struct vhuge_account *account,
			unsigned long pages, struct vhuge_report *report)
{
	unsigned long all = READ_ONCE(limit_mib);
	unsigned long each = READ_ONCE(user_limit_mib);

	if (exceeds(pinned_pages, pages, all))
		return vhuge_fail(report, -EDQUOT,
				  "limit of the module: %lu KiB wanted, %lu KiB pinned of %lu MiB; raise the module parameter limit_mib",
				  in_kib(pages), in_kib(pinned_pages), all);
	if (exceeds(account->payer->pages, pages, each))
		return vhuge_fail(report, -EDQUOT,
				  "limit of each user: %lu KiB wanted, %lu KiB pinned of %lu MiB; raise the module parameter user_limit_mib",
				  in_kib(pages), in_kib(account->payer->pages),
				  each);
	return 0;
}

static int charge_locked_vm(const struct vhuge_account *account,
			    unsigned long pages, struct vhuge_report *report)
{
	atomic_long_t *locked = &account->user->locked_vm;
	unsigned long old = atomic_long_read(locked);

	do {
		if (account->unlimited || old + pages <= account->limit)
			continue;
		return vhuge_fail(report, -EDQUOT,
				  "locked memory limit: %lu KiB wanted, %lu of %lu KiB in use by the user; raise RLIMIT_MEMLOCK before the device is opened or give CAP_IPC_LOCK",
				  in_kib(pages), in_kib(old),
				  in_kib(account->limit));
	} while (!atomic_long_try_cmpxchg(locked, &old, old + pages));

	return 0;
}

/**
 * vhuge_account_charge - ask for pages to be pinned
 * @account: who pays
 * @pages: how many, in units of PAGE_SIZE
 * @report: receives the reason of a refusal
 *
 * Return: 0 or -EDQUOT.
 */
int vhuge_account_charge(struct vhuge_account *account, unsigned long pages,
			 struct vhuge_report *report)
{
	int err;

	mutex_lock(&lock);
	err = check_limits(account, pages, report);
	if (!err)
		err = charge_locked_vm(account, pages, report);
	if (!err) {
		pinned_pages += pages;
		account->payer->pages += pages;
	}
	mutex_unlock(&lock);
	return err;
}

/**
 * vhuge_account_uncharge - the pages are no longer pinned
 * @account: who paid
 * @pages: how many, in units of PAGE_SIZE
 */
void vhuge_account_uncharge(struct vhuge_account *account, unsigned long pages)
{
	mutex_lock(&lock);
	pinned_pages -= pages;
	account->payer->pages -= pages;
	mutex_unlock(&lock);
	atomic_long_sub(pages, &account->user->locked_vm);
}

/**
 * vhuge_account_lock_limit - RLIMIT_MEMLOCK of the opener
 * @account: limited
 *
 * Return: bytes.
 */
u64 vhuge_account_lock_limit(const struct vhuge_account *account)
{
	return (u64)account->limit << PAGE_SHIFT;
}

/**
 * vhuge_account_limits - what is pinned and what may be
 * @limits: receives it
 */
void vhuge_account_limits(struct vhuge_limits *limits)
{
	mutex_lock(&lock);
	limits->pinned = (u64)pinned_pages << PAGE_SHIFT;
	mutex_unlock(&lock);
	limits->limit = (u64)READ_ONCE(limit_mib) << 20;
	limits->user_limit = (u64)READ_ONCE(user_limit_mib) << 20;
}
