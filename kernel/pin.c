// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of a file, pinned.
 *
 * Between vhuge_pin_pages() and vhuge_pin_release() the pages are reached
 * through the kernel's linear map and nothing else: no mapping is kept, and it
 * does not matter what happens to the file.
 */
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "pin.h"

/* Folios pinned by one call. */
#define BATCH 32U

/* An array of its own for the pages: with a head it would need twice the memory. */
static struct vhuge_pin *pin_alloc(u64 pages)
{
	struct vhuge_pin *pin = kzalloc(sizeof(*pin), GFP_KERNEL);

	if (!pin)
		return NULL;

	pin->page = kvmalloc_array(pages, sizeof(*pin->page), GFP_KERNEL);
	if (!pin->page) {
		kfree(pin);
		return NULL;
	}
	INIT_LIST_HEAD(&pin->link);
	pin->users = 1;
	pin->pages = pages;
	return pin;
}

static void pin_free(struct rcu_head *rcu)
{
	struct vhuge_pin *pin = container_of(rcu, struct vhuge_pin, rcu);

	kvfree(pin->page);
	kfree(pin);
}

static unsigned long charge_of(const struct vhuge_pin *pin)
{
	return pin->pages << (pin->page_shift - PAGE_SHIFT);
}

static void unpin(struct vhuge_pin *pin, u64 pages)
{
	while (pages--) {
		unpin_user_page(virt_to_page(pin->page[pages]));
		cond_resched();
	}
}

static int pool_empty(const struct vhuge_pin *pin, struct file *file, u64 done,
		      struct vhuge_report *report)
{
	const struct hstate *pool = hstate_inode(file_inode(file));
	unsigned long kib = 1UL << (pin->page_shift - 10);

	return vhuge_fail(report, -ENOMEM,
			  "no free hugepage of %lu KiB (%lu total, %lu free, %lu reserved) for page %llu of %llu, or none the hugetlb cgroup allows; enlarge the pool: /sys/kernel/mm/hugepages/hugepages-%lukB/nr_hugepages",
			  kib, READ_ONCE(pool->nr_huge_pages),
			  READ_ONCE(pool->free_huge_pages),
			  READ_ONCE(pool->resv_huge_pages),
			  done, pin->pages, kib);
}

static int pin_failed(const struct vhuge_pin *pin, struct file *file, u64 done,
		      int err, struct vhuge_report *report)
{
	switch (err) {
	case -ENOMEM:
	case -ENOSPC:
	case -EFAULT:
		return pool_empty(pin, file, done, report);
	case -EINTR:
	case -EACCES:
		return err;
	default:
		return vhuge_fail(report, err,
				  "page %llu of %llu of the file's range cannot be pinned",
				  done, pin->pages);
	}
}

static loff_t first_hole(struct file *file, u32 shift, loff_t start, loff_t end)
{
	while (start < end && vhuge_file_page(file, start))
		start += 1LL << shift;
	return start;
}

/*
 * Fill the holes of a range. memfd_pin_folios() would do that as well, but
 * takes pages for it that others have reserved.
 */
static int fill_holes(struct file *file, u32 shift, loff_t start, loff_t end,
		      struct vhuge_report *report)
{
	start = first_hole(file, shift, start, end);
	if (start >= end)
		return 0;
	if (file->f_mode & FMODE_WRITE)
		return vfs_fallocate(file, 0, start, end - start);
	return vhuge_fail(report, -EACCES,
			  "the file has a hole at 0x%llx, which cannot be filled through a descriptor open for reading only",
			  start);
}

/* Pin up to a batch of pages from page @done on. Return how many. */
static int pin_batch(struct vhuge_pin *pin, struct file *file, u64 done,
		     struct vhuge_report *report)
{
	unsigned int want = min_t(u64, pin->pages - done, BATCH);
	loff_t start = (pin->first + done) << pin->page_shift;
	loff_t end = start + ((loff_t)want << pin->page_shift);
	struct folio *folio[BATCH];
	pgoff_t offset;
	long got, i;

	/* fallocate() can leave a size that ends within a page */
	end = min(end, i_size_read(file_inode(file)));
	got = fill_holes(file, pin->page_shift, start, end, report);
	if (got)
		return got;

	got = memfd_pin_folios(file, start, end - 1, folio, want, &offset);
	for (i = 0; i < got; i++)
		pin->page[done + i] = folio_address(folio[i]);
	return got;
}

static int pin_all(struct vhuge_pin *pin, struct file *file,
		   struct vhuge_report *report)
{
	u64 done = 0;
	int got;

	while (done < pin->pages) {
		got = fatal_signal_pending(current) ? -EINTR :
		      pin_batch(pin, file, done, report);
		if (got <= 0) {
			unpin(pin, done);
			return pin_failed(pin, file, done, got ?: -EFAULT,
					  report);
		}
		done += got;
		cond_resched();
	}
	return 0;
}

/**
 * vhuge_pin_pages - pin pages of a hugetlb file
 * @file: open at least for reading
 * @first: number of the first page
 * @pages: how many, all within the size of the file
 * @account: who pays
 * @report: receives the reason of a refusal
 *
 * Holes are filled with fresh pages. Context: process; takes as long as it
 * takes to find or clear the pages, and ends early on a signal.
 *
 * Return: a pin with one user, or -ENOMEM, -EDQUOT, -EACCES, -EINTR.
 */
struct vhuge_pin *vhuge_pin_pages(struct file *file, u64 first, u64 pages,
				  struct vhuge_account *account,
				  struct vhuge_report *report)
{
	struct vhuge_pin *pin = pin_alloc(pages);
	int err;

	if (!pin)
		return ERR_PTR(vhuge_fail(report, -ENOMEM,
					  "no kernel memory to note %llu pages",
					  pages));
	pin->first = first;
	pin->page_shift = file_inode(file)->i_blkbits;

	err = vhuge_account_charge(account, charge_of(pin), report);
	if (err)
		goto free;

	err = pin_all(pin, file, report);
	if (err)
		goto uncharge;

	pin->account = vhuge_account_get(account);
	return pin;

uncharge:
	vhuge_account_uncharge(account, charge_of(pin));
free:
	pin_free(&pin->rcu);
	return ERR_PTR(err);
}

/**
 * vhuge_pin_release - unpin
 * @pin: without users; nothing accesses the pages any more
 */
void vhuge_pin_release(struct vhuge_pin *pin)
{
	unpin(pin, pin->pages);
	vhuge_account_uncharge(pin->account, charge_of(pin));
	vhuge_account_put(pin->account);
	call_rcu(&pin->rcu, pin_free);
}

/**
 * vhuge_pin_is_stale - does the file have other pages there by now?
 * @pin: the pin
 * @file: the file it was pinned from
 *
 * Truncation and hole punching take pages out of a file that stay pinned.
 */
bool vhuge_pin_is_stale(const struct vhuge_pin *pin, struct file *file)
{
	u64 i;

	for (i = 0; i < pin->pages; i++)
		if (vhuge_file_page(file, (pin->first + i) << pin->page_shift) !=
		    pin->page[i])
			return true;
	return false;
}
