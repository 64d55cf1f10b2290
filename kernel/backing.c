// SPDX-License-Identifier: GPL-2.0
/*
 * Files whose pages are pinned; see backing.h.
 *
 * Locks: the list of files has one, each file has one for its pins. The first
 * is held for moments, the second while pages are pinned, so a large guest
 * that starts does not keep others waiting.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "backing.h"

/* A file is known as long as somebody holds pages of it. */
struct vhuge_backing {
	struct list_head link;
	struct file *file;	/* keeps the inode */
	u32 users;
	struct mutex lock;	/* of the pins, their users and their order */
	struct list_head pins;	/* by first page; they may overlap */
};

static DEFINE_MUTEX(backings_lock);
static LIST_HEAD(backings);

static struct vhuge_backing *backing_get(struct file *file)
{
	struct vhuge_backing *backing;

	mutex_lock(&backings_lock);
	list_for_each_entry(backing, &backings, link)
		if (file_inode(backing->file) == file_inode(file))
			goto found;

	backing = kzalloc(sizeof(*backing), GFP_KERNEL);
	if (!backing)
		goto out;
	backing->file = get_file(file);
	mutex_init(&backing->lock);
	INIT_LIST_HEAD(&backing->pins);
	list_add(&backing->link, &backings);
found:
	backing->users++;
out:
	mutex_unlock(&backings_lock);
	return backing;
}

static void backing_put(struct vhuge_backing *backing)
{
	bool last;

	mutex_lock(&backings_lock);
	last = !--backing->users;
	if (last)
		list_del(&backing->link);
	mutex_unlock(&backings_lock);

	if (last) {
		fput(backing->file);
		kfree(backing);
	}
}

/* The first pin that lies in the pages from @first to below @end and is good. */
static struct vhuge_pin *find(struct vhuge_backing *backing, u64 first, u64 end)
{
	struct vhuge_pin *pin, *next;

	list_for_each_entry_safe(pin, next, &backing->pins, link) {
		if (pin->first < first || pin->first + pin->pages > end)
			continue;
		if (!vhuge_pin_is_stale(pin, backing->file))
			return pin;
		/* its users keep it, but nobody new shall find it */
		list_del_init(&pin->link);
	}
	return NULL;
}

static void insert(struct vhuge_backing *backing, struct vhuge_pin *pin)
{
	struct vhuge_pin *at;

	list_for_each_entry(at, &backing->pins, link)
		if (at->first > pin->first)
			break;
	list_add_tail(&pin->link, &at->link);
}

static void drop(struct vhuge_pin *pin)
{
	if (--pin->users)
		return;
	list_del(&pin->link);
	vhuge_pin_release(pin);
}

/* Where a range is to be divided: its pages, and the two at its edges. */
struct request {
	struct file *file;
	struct vhuge_account *account;
	struct vhuge_report *report;
	u64 first, end;
	bool first_shared, last_shared;
};

/* The end of the pin that begins at page @at. */
static u64 cut(const struct request *request, u64 at)
{
	if (at == request->first && request->first_shared)
		return at + 1;
	if (request->last_shared && at < request->end - 1)
		return request->end - 1;
	return request->end;
}

/* Take pins until they cover the request. */
static int cover(struct vhuge_hold *hold, const struct request *request)
{
	u64 at = request->first;

	while (at < request->end) {
		struct vhuge_pin *pin = find(hold->backing, at, request->end);
		u64 end = cut(request, at);

		if (pin && pin->first == at) {
			pin->users++;
		} else {
			if (pin)
				end = min(end, pin->first);
			pin = vhuge_pin_pages(request->file, at, end - at,
					      request->account,
					      request->report);
			if (IS_ERR(pin))
				return PTR_ERR(pin);
			insert(hold->backing, pin);
			hold->fresh += pin->pages;
		}
		hold->pin[hold->pins++] = pin;
		at += pin->pages;
	}
	return 0;
}

/* One array of all pages: that of the pin, or a copy when there are several. */
static int line_up(struct vhuge_hold *hold, u64 pages)
{
	u64 at = 0;
	u32 i;

	if (hold->pins == 1) {
		hold->page = hold->pin[0]->page;
		return 0;
	}

	hold->own = kvmalloc_array(pages, sizeof(*hold->own), GFP_KERNEL);
	if (!hold->own)
		return -ENOMEM;
	for (i = 0; i < hold->pins; i++) {
		memcpy(hold->own + at, hold->pin[i]->page,
		       hold->pin[i]->pages * sizeof(*hold->own));
		at += hold->pin[i]->pages;
	}
	hold->page = hold->own;
	return 0;
}

/* At most as many pins as there are now, a new one before each, and three. */
static struct vhuge_hold *hold_alloc(struct vhuge_backing *backing)
{
	struct vhuge_hold *hold;
	struct vhuge_pin *pin;
	size_t room = 4;

	list_for_each_entry(pin, &backing->pins, link)
		room += 2;

	hold = kvzalloc(struct_size(hold, pin, room), GFP_KERNEL);
	if (!hold)
		return NULL;
	refcount_set(&hold->users, 1);
	hold->backing = backing;
	return hold;
}

static void hold_free(struct rcu_head *rcu)
{
	struct vhuge_hold *hold = container_of(rcu, struct vhuge_hold, rcu);

	kvfree(hold->own);
	kvfree(hold);
}

static void let_go(struct vhuge_hold *hold)
{
	while (hold->pins)
		drop(hold->pin[--hold->pins]);
	call_rcu(&hold->rcu, hold_free);
}

static struct vhuge_hold *hold_locked(struct vhuge_backing *backing,
				      const struct request *request)
{
	struct vhuge_hold *hold = hold_alloc(backing);
	int err;

	lockdep_assert_held(&backing->lock);

	if (!hold)
		return ERR_PTR(-ENOMEM);

	hold->page_shift = file_inode(request->file)->i_blkbits;
	err = cover(hold, request);
	if (!err)
		err = line_up(hold, request->end - request->first);
	if (!err)
		return hold;

	let_go(hold);
	return ERR_PTR(err);
}

static int check_range(struct file *file, u64 offset, u64 length,
		       struct vhuge_report *report)
{
	u64 file_size = i_size_read(file_inode(file));

	if (offset >= file_size || length > file_size - offset)
		return vhuge_fail(report, -ERANGE,
				  "offset 0x%llx and length 0x%llx reach behind the end of the file at 0x%llx; the memory's size must be that of its file",
				  offset, length, file_size);
	return 0;
}

/**
 * vhuge_hold_range - have the pages pinned that a range of a file touches
 * @file: hugetlb file
 * @offset: first byte
 * @length: bytes, at least 1
 * @account: who pays for what was not pinned before
 * @report: receives the reason of a refusal
 *
 * Return: a hold, or -ERANGE and what vhuge_pin_pages() returns.
 */
struct vhuge_hold *vhuge_hold_range(struct file *file, u64 offset, u64 length,
				    struct vhuge_account *account,
				    struct vhuge_report *report)
{
	u32 shift = file_inode(file)->i_blkbits;
	u64 in_page = (1ULL << shift) - 1;
	struct request request = {
		.file = file,
		.account = account,
		.report = report,
		.first = offset >> shift,
		.end = ((offset + length - 1) >> shift) + 1,
		.first_shared = offset & in_page,
		.last_shared = (offset + length) & in_page,
	};
	struct vhuge_backing *backing;
	struct vhuge_hold *hold;
	int err;

	err = check_range(file, offset, length, report);
	if (err)
		return ERR_PTR(err);

	backing = backing_get(file);
	if (!backing)
		return ERR_PTR(-ENOMEM);

	if (mutex_lock_killable(&backing->lock)) {
		hold = ERR_PTR(-EINTR);
	} else {
		hold = hold_locked(backing, &request);
		mutex_unlock(&backing->lock);
	}
	if (IS_ERR(hold))
		backing_put(backing);
	return hold;
}

/**
 * vhuge_hold_get - one more user
 * @hold: the hold
 */
struct vhuge_hold *vhuge_hold_get(struct vhuge_hold *hold)
{
	refcount_inc(&hold->users);
	return hold;
}

/**
 * vhuge_hold_put - one user less; the last hold of a pin unpins
 * @hold: nothing accesses the pages through it any more
 */
void vhuge_hold_put(struct vhuge_hold *hold)
{
	struct vhuge_backing *backing = hold->backing;

	if (!refcount_dec_and_test(&hold->users))
		return;

	mutex_lock(&backing->lock);
	let_go(hold);
	mutex_unlock(&backing->lock);
	backing_put(backing);
}
