// SPDX-License-Identifier: GPL-2.0
/*
 * What a device's memory consists of, and where its bytes are. Context: process,
 * under the device's lock, which keeps the table.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/vhuge.h>

#include "lookup.h"

static void describe(const struct vhuge_table *table,
		     const struct vhuge_segment_at *seg,
		     struct vhuge_segment *out)
{
	const struct vhuge_span *span = &table->map.span[seg->span];
	u64 unused = seg->length;

	*out = (struct vhuge_segment) {
		.guest_addr = span->guest_addr + seg->at,
		.user_addr = span->user_addr + seg->at,
		.offset = span->offset + seg->at,
		.iova = vhuge_iova_run(table->space, span, seg->at, seg->addr,
				       &unused),
		.length = seg->length,
		.page_size = 1ULL << span->page_shift,
		.region = seg->span,
		.node = page_to_nid(virt_to_page(seg->addr)),
	};
}

/* Entries the caller thinks larger than ours end with zeroes. */
static int put_segment(const struct vhuge_segment *seg, void __user *to,
		       size_t entry_size)
{
	if (copy_to_user(to, seg, sizeof(*seg)) ||
	    clear_user(to + sizeof(*seg), entry_size - sizeof(*seg)))
		return -EFAULT;
	return 0;
}

/**
 * vhuge_lookup_segments - tell the segments
 * @dev: the device, locked
 * @get: as for VHUGE_GET_SEGMENTS
 */
int vhuge_lookup_segments(struct vhuge_dev *dev,
			  struct vhuge_get_segments *get)
{
	const struct vhuge_segmap *map = &dev->table->map;
	struct vhuge_segment_at seg = {};
	struct vhuge_segment out;
	u32 n = 0, i = 0;

	if (get->entry_size < sizeof(out) || get->entry_size > PAGE_SIZE)
		return -EINVAL;

	for (; n < get->count && vhuge_segmap_next(map, &seg); i++) {
		if (i < get->first)
			continue;
		describe(dev->table, &seg, &out);
		if (put_segment(&out, u64_to_user_ptr(get->segments) +
				(size_t)n * get->entry_size, get->entry_size))
			return -EFAULT;
		n++;
	}
	get->count = n;
	get->total = dev->table->segments;
	if ((u64)get->first + n >= get->total)
		WRITE_ONCE(dev->changed, false);
	get->generation = map->generation;
	return 0;
}

/* Fill in all that is "out". @hint: the span of the entry before. */
static void answer(const struct vhuge_table *table, u32 *hint, bool by_user,
		   struct vhuge_translation *entry)
{
	const struct vhuge_segmap *map = &table->map;
	const struct vhuge_span *span;
	u64 length = U64_MAX, at;
	void *addr;

	addr = by_user ?
	       vhuge_segmap_user(map, hint, entry->addr, &length) :
	       vhuge_segmap_guest(map, hint, entry->addr, &length);
	if (!addr) {
		*entry = (struct vhuge_translation) {
			.addr = entry->addr,
			.iova = VHUGE_IOVA_NONE,
		};
		return;
	}

	span = &map->span[*hint];
	at = entry->addr - (by_user ? span->user_addr : span->guest_addr);
	entry->other = at + (by_user ? span->guest_addr : span->user_addr);
	entry->iova = vhuge_iova_run(table->space, span, at, addr, &length);
	entry->offset = span->offset + at;
	entry->length = length;
	entry->region = *hint;
}

static int translate_entry(const struct vhuge_table *table, u32 *hint,
			   bool by_user, void __user *user, size_t entry_size)
{
	struct vhuge_translation entry;
	int err;

	err = copy_struct_from_user(&entry, sizeof(entry), user, entry_size);
	if (err)
		return err;
	if (entry.reserved)
		return -EOPNOTSUPP;

	answer(table, hint, by_user, &entry);
	/* what the caller has behind our members is zero, as just checked */
	return copy_to_user(user, &entry, sizeof(entry)) ? -EFAULT : 0;
}

/**
 * vhuge_lookup_translate - translate addresses
 * @dev: the device, locked
 * @translate: as for VHUGE_TRANSLATE
 */
int vhuge_lookup_translate(struct vhuge_dev *dev,
			   struct vhuge_translate *translate)
{
	bool by_user = translate->flags & VHUGE_TRANSLATE_USER;
	u32 i, hint = 0;
	int err;

	if (translate->entry_size < sizeof(struct vhuge_translation) ||
	    translate->entry_size > PAGE_SIZE)
		return -EINVAL;
	if (translate->count > VHUGE_MAX_TRANSLATIONS)
		return vhuge_fail(&dev->report, -EINVAL,
				  "%u addresses, but a call translates at most %u; make several calls",
				  translate->count, VHUGE_MAX_TRANSLATIONS);

	for (i = 0; i < translate->count; i++) {
		if (signal_pending(current))
			return -EINTR;
		err = translate_entry(dev->table, &hint, by_user,
				      u64_to_user_ptr(translate->entries) +
				      (size_t)i * translate->entry_size,
				      translate->entry_size);
		if (err)
			return err;
		cond_resched();
	}
	translate->generation = dev->table->map.generation;
	return 0;
}
