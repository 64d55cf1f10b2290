// SPDX-License-Identifier: GPL-2.0
/*
 * Guest addresses to memory; see segmap.h.
 *
 * Addresses come from a guest and may be anything. An address is only ever
 * compared by its distance from the start of a span, which cannot wrap, and a
 * length is cut to what the span still holds before it is used.
 */
#include "segmap.h"

static bool overlap(u64 a, u64 alen, u64 b, u64 blen)
{
	return a < b ? b - a < alen : a - b < blen;
}

/**
 * vhuge_segmap_disjoint - do no two spans share an address?
 * @map: sorted by guest address
 * @first: receives one span of the first pair that does
 * @second: receives the other
 *
 * User addresses come in any order, so each pair of spans is compared; guest
 * addresses are sorted, so there neighbours are enough.
 */
bool vhuge_segmap_disjoint(const struct vhuge_segmap *map, u32 *first,
			   u32 *second)
{
	const struct vhuge_span *a, *b;
	u32 i, j;

	for (i = 0; i < map->nspans; i++) {
		for (j = i + 1; j < map->nspans; j++) {
			a = &map->span[i];
			b = &map->span[j];
			if (!overlap(a->user_addr, a->length,
				     b->user_addr, b->length) &&
			    (j > i + 1 || !overlap(a->guest_addr, a->length,
						   b->guest_addr, b->length)))
				continue;
			*first = i;
			*second = j;
			return false;
		}
	}
	return true;
}

/**
 * vhuge_span_same - the same bytes, for the same use?
 * @a: one span
 * @b: the other; their addresses do not matter
 */
bool vhuge_span_same(const struct vhuge_span *a, const struct vhuge_span *b)
{
	u64 i, pages;

	if (a->length != b->length || a->skew != b->skew ||
	    a->page_shift != b->page_shift || a->readonly != b->readonly)
		return false;

	if (a->page == b->page)
		return true;
	pages = ((a->skew + a->length - 1) >> a->page_shift) + 1;
	for (i = 0; i < pages; i++)
		if (a->page[i] != b->page[i])
			return false;
	return true;
}

/**
 * vhuge_span_bytes - where the bytes of a span are
 * @span: the span
 * @at: offset of the first byte, below the span's length
 * @length: in: bytes wanted; out: how many of these follow each other in memory
 */
void *vhuge_span_bytes(const struct vhuge_span *span, u64 at, u64 *length)
{
	u64 size = 1ULL << span->page_shift, in_page, run, want = *length;
	u64 i;

	if (want > span->length - at)
		want = span->length - at;

	i = (span->skew + at) >> span->page_shift;
	in_page = (span->skew + at) & (size - 1);
	run = size - in_page;

	if (run < want) {
		char *next = (char *)span->page[i] + size;
		u64 j = i;

		while (run < want && span->page[++j] == (void *)next) {
			next += size;
			run += size;
		}
	}

	*length = run < want ? run : want;
	return (char *)span->page[i] + in_page;
}

/* The index of the last span that begins at or before @addr, or of the first. */
static u32 search(const struct vhuge_segmap *map, u64 addr)
{
	u32 low = 0, high = map->nspans;

	while (high - low > 1) {
		u32 mid = low + (high - low) / 2;

		if (map->span[mid].guest_addr <= addr)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/**
 * vhuge_segmap_find - the span that a guest address is in
 * @map: the memory
 * @addr: guest address
 *
 * Return: NULL when it is in none.
 */
const struct vhuge_span *vhuge_segmap_find(const struct vhuge_segmap *map,
					   u64 addr)
{
	const struct vhuge_span *span = &map->span[search(map, addr)];

	return map->nspans && addr - span->guest_addr < span->length ?
	       span : NULL;
}

/**
 * vhuge_segmap_guest - where the bytes at a guest address are
 * @map: the memory
 * @hint: span found last time, kept by the caller; any value does for a start
 * @addr: guest address
 * @length: in: bytes wanted, at least 1; out: how many of these follow each
 *          other in memory, at least 1
 *
 * Return: the first byte, or NULL when @addr is in no span.
 */
void *vhuge_segmap_guest(const struct vhuge_segmap *map, u32 *hint, u64 addr,
			 u64 *length)
{
	const struct vhuge_span *span;

	if (*hint < map->nspans) {
		span = &map->span[*hint];
		if (addr - span->guest_addr < span->length)
			return vhuge_span_bytes(span, addr - span->guest_addr,
						length);
	}

	if (!map->nspans)
		return NULL;

	*hint = search(map, addr);
	span = &map->span[*hint];
	if (addr - span->guest_addr >= span->length)
		return NULL;
	return vhuge_span_bytes(span, addr - span->guest_addr, length);
}

/**
 * vhuge_segmap_user - where the bytes at an address of the front-end are
 * @map: the memory
 * @index: receives the number of the span
 * @addr: user address
 * @length: as for vhuge_segmap_guest()
 *
 * For set-up only: it looks at one span after the other.
 */
void *vhuge_segmap_user(const struct vhuge_segmap *map, u32 *index, u64 addr,
			u64 *length)
{
	u32 i;

	for (i = 0; i < map->nspans; i++) {
		const struct vhuge_span *span = &map->span[i];

		if (addr - span->user_addr >= span->length)
			continue;
		*index = i;
		return vhuge_span_bytes(span, addr - span->user_addr, length);
	}
	return NULL;
}

/**
 * vhuge_segmap_next - step to the next segment
 * @map: the memory
 * @seg: the segment last returned, zeroed at first
 *
 * A segment lies in one region. Return: false behind the last one.
 */
bool vhuge_segmap_next(const struct vhuge_segmap *map,
		       struct vhuge_segment_at *seg)
{
	seg->at += seg->length;
	if (seg->span < map->nspans && seg->at == map->span[seg->span].length) {
		seg->span++;
		seg->at = 0;
	}
	if (seg->span >= map->nspans)
		return false;

	seg->length = map->span[seg->span].length - seg->at;
	seg->addr = vhuge_span_bytes(&map->span[seg->span], seg->at,
				     &seg->length);
	return true;
}
