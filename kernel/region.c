// SPDX-License-Identifier: GPL-2.0
/*
 * The table of a device's regions; see region.h.
 *
 * Context: process, under the device's lock, except that a table once
 * published is read under RCU.
 */
#include <linux/file.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vhuge.h>

#include "region.h"
#include "source.h"

/* Addresses are checked against this, whatever the page size of the host. */
#define GRAIN 4096U

/* Numbers tables in the order in which they were built, whosoever's they are. */
static atomic64_t generations = ATOMIC64_INIT(0);

/**
 * vhuge_table_generation - a number that no table has, and larger than all
 */
u64 vhuge_table_generation(void)
{
	return atomic64_inc_return(&generations);
}

static struct vhuge_table *table_alloc(size_t room, struct vhuge_report *report)
{
	struct vhuge_table *table;

	if (room > VHUGE_MAX_REGIONS)
		return ERR_PTR(vhuge_fail(report, -ENOSPC,
					  "%zu regions, but a device holds at most %u; let the memory be in fewer files",
					  room, VHUGE_MAX_REGIONS));

	table = kvzalloc(struct_size(table, map.span, room), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);

	table->hold = kvcalloc(room ?: 1, sizeof(*table->hold), GFP_KERNEL);
	if (!table->hold) {
		kvfree(table);
		return ERR_PTR(-ENOMEM);
	}
	return table;
}

/**
 * vhuge_table_empty - the table a device begins with
 */
struct vhuge_table *vhuge_table_empty(void)
{
	struct vhuge_report unused;
	struct vhuge_table *table = table_alloc(0, &unused);

	if (!IS_ERR(table))
		table->map.generation = vhuge_table_generation();
	return table;
}

/**
 * vhuge_table_free - release a table and what only it holds pinned
 * @table: nobody can find it any more, and who found it before does not use
 *         pages that no other table holds
 */
void vhuge_table_free(struct vhuge_table *table)
{
	u32 i;

	for (i = 0; i < table->map.nspans; i++)
		vhuge_hold_put(table->hold[i]);
	kvfree(table->hold);
	kvfree_rcu(table, rcu);
}

/* Takes over the caller's use of @hold. */
static void append(struct vhuge_table *table, const struct vhuge_region *region,
		   struct vhuge_hold *hold)
{
	u32 i = table->map.nspans++;

	table->fresh += hold->fresh << (hold->page_shift - PAGE_SHIFT);
	table->hold[i] = hold;
	table->map.span[i] = (struct vhuge_span) {
		.guest_addr = region->guest_addr,
		.user_addr = region->user_addr,
		.length = region->length,
		.offset = region->offset,
		.skew = region->offset & ((1ULL << hold->page_shift) - 1),
		.page_shift = hold->page_shift,
		.readonly = region->flags & VHUGE_REGION_READONLY,
		.page = hold->page,
	};
}

static void append_old(struct vhuge_table *table,
		       const struct vhuge_table *old, u32 i)
{
	table->hold[table->map.nspans] = vhuge_hold_get(old->hold[i]);
	table->map.span[table->map.nspans++] = old->map.span[i];
}

static int check(const struct vhuge_region *region, struct vhuge_report *report)
{
	u64 end;

	if (!region->length)
		return vhuge_fail(report, -EINVAL,
				  "region at guest address 0x%llx is empty",
				  region->guest_addr);

	if ((region->guest_addr | region->user_addr | region->length |
	     region->offset) % GRAIN)
		return vhuge_fail(report, -EINVAL,
				  "region at guest address 0x%llx: guest address, user address 0x%llx, length 0x%llx and offset 0x%llx must be multiples of %u",
				  region->guest_addr, region->user_addr,
				  region->length, region->offset, GRAIN);

	if (check_add_overflow(region->guest_addr, region->length, &end) ||
	    check_add_overflow(region->user_addr, region->length, &end) ||
	    check_add_overflow(region->offset, region->length, &end))
		return vhuge_fail(report, -EINVAL,
				  "region at guest address 0x%llx, length 0x%llx reaches the end of the addresses",
				  region->guest_addr, region->length);
	return 0;
}

static struct vhuge_hold *hold_for(struct vhuge_region *region,
				   struct vhuge_account *account,
				   struct vhuge_report *report)
{
	struct vhuge_hold *hold;
	struct file *file;

	file = vhuge_source(region, report);
	if (IS_ERR(file))
		return ERR_CAST(file);

	hold = vhuge_hold_range(file, region->offset, region->length, account,
				report);
	fput(file);
	return hold;
}

static int by_guest_addr(const void *a, const void *b)
{
	const struct vhuge_region *x = a, *y = b;

	return x->guest_addr < y->guest_addr ? -1 :
	       x->guest_addr > y->guest_addr;
}

/* Merge @regions, sorted, into what @table takes over from @old. */
static int fill(struct vhuge_table *table, const struct vhuge_table *old,
		bool keep, struct vhuge_region *regions, u32 count,
		struct vhuge_account *account, struct vhuge_report *report)
{
	const struct vhuge_segmap *map = &old->map;
	struct vhuge_hold *hold;
	u32 i, k = 0;

	for (i = 0; i < count; i++) {
		while (keep && k < map->nspans &&
		       map->span[k].guest_addr <= regions[i].guest_addr)
			append_old(table, old, k++);

		hold = hold_for(&regions[i], account, report);
		if (IS_ERR(hold))
			return PTR_ERR(hold);
		append(table, &regions[i], hold);
	}
	while (keep && k < map->nspans)
		append_old(table, old, k++);
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct vhuge_pin *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Bytes of all pins of a table; regions may share some. */
static int sum_pinned(struct vhuge_table *table)
{
	struct vhuge_pin **pin;
	u32 i, k, n = 0;

	for (i = 0; i < table->map.nspans; i++)
		n += table->hold[i]->pins;
	pin = kvcalloc(n ?: 1, sizeof(*pin), GFP_KERNEL);
	if (!pin)
		return -ENOMEM;

	n = 0;
	for (i = 0; i < table->map.nspans; i++)
		for (k = 0; k < table->hold[i]->pins; k++)
			pin[n++] = table->hold[i]->pin[k];
	sort(pin, n, sizeof(*pin), by_address, NULL);
	for (i = 0; i < n; i++)
		if (!i || pin[i] != pin[i - 1])
			table->pinned += pin[i]->pages << pin[i]->page_shift;
	kvfree(pin);
	return 0;
}

static int sum_up(struct vhuge_table *table, const struct vhuge_table *old)
{
	struct vhuge_segment_at seg = {};

	table->map.generation = vhuge_table_generation();
	table->space = old->space;
	while (vhuge_segmap_next(&table->map, &seg))
		table->segments++;
	return sum_pinned(table);
}

static int check_disjoint(const struct vhuge_table *table,
			  struct vhuge_report *report)
{
	const struct vhuge_span *span = table->map.span;
	u32 a, b;

	if (vhuge_segmap_disjoint(&table->map, &a, &b))
		return 0;
	return vhuge_fail(report, -EEXIST,
			  "regions overlap: guest 0x%llx, user 0x%llx, length 0x%llx and guest 0x%llx, user 0x%llx, length 0x%llx",
			  span[a].guest_addr, span[a].user_addr, span[a].length,
			  span[b].guest_addr, span[b].user_addr, span[b].length);
}

static struct vhuge_table *build(const struct vhuge_table *old, bool keep,
				 struct vhuge_region *regions, u32 count,
				 struct vhuge_account *account,
				 struct vhuge_report *report)
{
	struct vhuge_table *table;
	int err = 0;
	u32 i;

	for (i = 0; i < count && !err; i++)
		err = check(&regions[i], report);
	if (err)
		return ERR_PTR(err);

	table = table_alloc(size_add(count, keep ? old->map.nspans : 0),
			    report);
	if (IS_ERR(table))
		return table;

	sort(regions, count, sizeof(*regions), by_guest_addr, NULL);
	err = fill(table, old, keep, regions, count, account, report);
	if (!err)
		err = check_disjoint(table, report);
	if (!err)
		err = sum_up(table, old);
	if (!err)
		return table;

	vhuge_table_free(table);
	return ERR_PTR(err);
}

static bool named(const struct vhuge_span *span,
		  const struct vhuge_region *regions, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (span->guest_addr == regions[i].guest_addr &&
		    span->user_addr == regions[i].user_addr &&
		    span->length == regions[i].length)
			return true;
	return false;
}

static struct vhuge_table *strip(const struct vhuge_table *old,
				 const struct vhuge_region *regions, u32 count,
				 struct vhuge_report *report)
{
	struct vhuge_table *table;
	int err;
	u32 i;

	table = table_alloc(old->map.nspans, report);
	if (IS_ERR(table))
		return table;

	for (i = 0; i < old->map.nspans; i++)
		if (!named(&old->map.span[i], regions, count))
			append_old(table, old, i);

	if (old->map.nspans - table->map.nspans != count)
		err = vhuge_fail(report, -ENOENT,
				 "not all of the %u regions are in the table with this guest address, user address and length",
				 count);
	else
		err = sum_up(table, old);
	if (!err)
		return table;

	vhuge_table_free(table);
	return ERR_PTR(err);
}

/**
 * vhuge_table_change - make a table from another one
 * @old: the present one; what stays the same is not pinned again
 * @how: what is done with @regions
 * @regions: in any order; they are sorted
 * @count: how many
 * @account: who pays for what is pinned
 * @report: receives the reason of a refusal
 *
 * Return: a table that is ready to be published, or an error by the contract
 * of VHUGE_SET_REGIONS, VHUGE_ADD_REGIONS or VHUGE_REMOVE_REGIONS.
 */
struct vhuge_table *vhuge_table_change(const struct vhuge_table *old,
				       enum vhuge_change how,
				       struct vhuge_region *regions, u32 count,
				       struct vhuge_account *account,
				       struct vhuge_report *report)
{
	if (how == VHUGE_REMOVE)
		return strip(old, regions, count, report);
	return build(old, how == VHUGE_ADD, regions, count, account, report);
}
