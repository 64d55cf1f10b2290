/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest addresses to memory, and the physically contiguous segments that the
 * memory consists of.
 *
 * A map is a sorted array of spans, one for each region, and each span knows
 * where its pages are, in an array indexed by page number. So a look-up costs
 * the same however fragmented the memory is: find the span, index its pages,
 * and look at the next page only when the bytes asked for cross into it.
 * Segments are the runs of pages that are adjacent; they are computed from the
 * same array when somebody wants to read them.
 *
 * Pure code: it allocates nothing, locks nothing and prints nothing, and is
 * compiled unchanged into native test programs.
 */
#ifndef VHUGE_SEGMAP_H
#define VHUGE_SEGMAP_H

#include <linux/types.h>

/**
 * struct vhuge_span - where the bytes of a region are
 * @guest_addr: first guest address
 * @user_addr: first address in the front-end
 * @length: bytes; added to either address it does not wrap
 * @offset: of the first byte in the region's file, in bytes
 * @skew: of the first byte in the first page, in bytes
 * @page_shift: log2 of the page size
 * @readonly: the device must not write here
 * @page: where each page is; lives at least as long as the map
 */
struct vhuge_span {
	u64 guest_addr;
	u64 user_addr;
	u64 length;
	u64 offset;
	u64 skew;
	u32 page_shift;
	bool readonly;
	void *const *page;
};

/**
 * struct vhuge_segmap - all memory of a guest, immutable
 * @generation: number of this map in the life of its device
 * @nspans: entries of @span
 * @span: sorted by guest address, disjoint in guest and in user addresses
 */
struct vhuge_segmap {
	u64 generation;
	u32 nspans;
	struct vhuge_span span[];
};

/**
 * struct vhuge_segment_at - a place in the sequence of segments
 * @span: index of the span
 * @at: offset in the span, in bytes
 * @length: length of the segment there, in bytes
 * @addr: its first byte
 *
 * Zero it before the first call of vhuge_segmap_next().
 */
struct vhuge_segment_at {
	u32 span;
	u64 at;
	u64 length;
	void *addr;
};

/**
 * vhuge_segmap_near - bytes that lie in one page of the span found last
 * @map: the memory
 * @hint: of vhuge_segmap_guest()
 * @addr: guest address
 * @length: bytes wanted, at least 1
 * @write: not in read-only memory
 *
 * The shortest way, which most buffers can take. Return: the first byte, or
 * NULL when vhuge_segmap_guest() has to be asked.
 */
static inline void *vhuge_segmap_near(const struct vhuge_segmap *map, u32 hint,
				      u64 addr, u64 length, bool write)
{
	const struct vhuge_span *span = &map->span[hint];
	u64 at, in_page;

	if (hint >= map->nspans || (write && span->readonly))
		return NULL;

	at = addr - span->guest_addr;
	if (at >= span->length || length > span->length - at)
		return NULL;

	at += span->skew;
	in_page = at & ((1ULL << span->page_shift) - 1);
	if (in_page + length > 1ULL << span->page_shift)
		return NULL;
	return (char *)span->page[at >> span->page_shift] + in_page;
}

bool vhuge_segmap_disjoint(const struct vhuge_segmap *map, u32 *first,
			   u32 *second);
bool vhuge_span_same(const struct vhuge_span *a, const struct vhuge_span *b);
void *vhuge_span_bytes(const struct vhuge_span *span, u64 at, u64 *length);
const struct vhuge_span *vhuge_segmap_find(const struct vhuge_segmap *map,
					   u64 addr);
void *vhuge_segmap_guest(const struct vhuge_segmap *map, u32 *hint, u64 addr,
			 u64 *length);
void *vhuge_segmap_user(const struct vhuge_segmap *map, u32 *index, u64 addr,
			u64 *length);
bool vhuge_segmap_next(const struct vhuge_segmap *map,
		       struct vhuge_segment_at *seg);

#endif /* VHUGE_SEGMAP_H */
