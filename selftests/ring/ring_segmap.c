// SPDX-License-Identifier: GPL-2.0
/*
 * Look-ups of addresses, and the segments, over layouts that chance makes:
 * each is compared with looking up byte after byte.
 */
#include <stdlib.h>

#include "guest.h"
#include "odds.h"
#include "tap.h"

/* Swap so many pairs of so many pages. */
static void shuffle(struct odds *o, void **page, u32 pages, u32 swaps)
{
	while (swaps--) {
		u32 a = odds(o, pages), b = odds(o, pages);
		void *c = page[a];

		page[a] = page[b];
		page[b] = c;
	}
}

/* A map of @spans regions; @fragments 0: all pages of a region are adjacent. */
static struct guest *make_guest(struct odds *o, u32 spans, u32 fragments)
{
	u64 at = odds(o, 5 * PAGE), user = 0x7000000000;
	struct guest *guest = guest_new();
	u32 i, k;

	for (i = 0; i < spans; i++) {
		u32 pages = 1 + odds(o, 8);
		void **page = guest_alloc(guest, pages * sizeof(*page));
		struct layout layout = {
			.guest_addr = at,
			.skew = odds_one_in(o, 3) ? odds(o, PAGE) : 0,
		};
		char *bytes = guest_pages(guest, pages);
		u64 room;

		for (k = 0; k < pages; k++)
			page[k] = bytes + k * PAGE;
		shuffle(o, page, pages, odds(o, fragments + 1));

		room = (u64)pages * PAGE - layout.skew;
		layout.length = odds(o, 2) ? room : 1 + odds(o, room);
		user -= layout.length + odds(o, 2) * odds(o, PAGE);
		layout.user_addr = user;
		guest_add_pages(guest, &layout, page, pages);
		at += layout.length + odds(o, 2) * odds(o, 3 * PAGE);
	}
	return guest;
}

typedef void *look_up_fn(const struct guest *guest, u64 addr, u32 *span);

static void *by_user(const struct guest *guest, u64 addr, u32 *span)
{
	*span = 0;
	return guest_user_byte(guest, addr);
}

/* Was it right to say that @length bytes at @addr begin at @found? */
static void check_run(const struct guest *guest, look_up_fn *look_up, u64 addr,
		      u64 want, const char *found, u64 length)
{
	u32 span, first = 0;
	u64 i;

	if (!CHECK(found == look_up(guest, addr, &first),
		   "0x%llx is not at %p", addr, found) || !found)
		return;

	CHECK(length >= 1 && length <= want, "%llu of %llu", length, want);
	for (i = 1; i < length; i++)
		if (!CHECK(look_up(guest, addr + i, &span) == found + i &&
			   span == first, "0x%llx + %llu is not at %p",
			   addr, i, found + i))
			return;
	if (length < want)
		CHECK(look_up(guest, addr + length, &span) != found + length ||
		      span != first, "0x%llx: %llu of %llu, but it goes on",
		      addr, length, want);
}

static u64 some_addr(struct odds *o, const struct guest *guest, bool user)
{
	const struct vhuge_span *span =
		&guest->map->span[odds(o, guest->map->nspans)];
	u64 base = user ? span->user_addr : span->guest_addr;

	switch (odds(o, 4)) {
	case 0:
		return base + odds(o, 8) - 4;
	case 1:
		return base + span->length + odds(o, 8) - 4;
	case 2:
		return base + odds(o, 9) * PAGE - span->skew + odds(o, 8) - 4;
	}
	return base + odds(o, span->length);
}

static u64 some_length(struct odds *o)
{
	switch (odds(o, 4)) {
	case 0:
		return 1 + odds(o, 16);
	case 1:
		return 1 + odds(o, 10 * PAGE);
	case 2:
		return odds_any(o) | 1;
	}
	return PAGE;
}

static void look_up_often(struct odds *o, const struct guest *guest, u32 times)
{
	u64 addr, want, length;
	u32 hint = odds_any(o), index;
	const char *found;

	while (times--) {
		if (odds_one_in(o, 4))
			hint = odds(o, 2) ? odds_any(o) : odds(o, 600);
		addr = some_addr(o, guest, false);
		want = some_length(o);
		length = want;
		found = vhuge_segmap_guest(guest->map, &hint, addr, &length);
		check_run(guest, guest_byte, addr, want, found, length);

		addr = some_addr(o, guest, true);
		want = some_length(o);
		length = want;
		found = vhuge_segmap_user(guest->map, &index, addr, &length);
		check_run(guest, by_user, addr, want, found, length);
	}
}

static void try_layouts(u32 spans, u32 fragments, u32 layouts)
{
	struct odds o = { spans + fragments };

	while (layouts--) {
		struct guest *guest = make_guest(&o, spans, fragments);

		look_up_often(&o, guest, 40);
		guest_free(guest);
	}
}

TEST(one, "one region, of any length and skew, contiguous and not")
{
	try_layouts(1, 0, 200);
	try_layouts(1, 20, 200);
}

TEST(few, "few regions with and without gaps")
{
	for (u32 spans = 2; spans < 10; spans++) {
		try_layouts(spans, 0, 40);
		try_layouts(spans, 20, 40);
	}
}

TEST(many, "many regions, up to 512")
{
	try_layouts(100, 20, 10);
	try_layouts(509, 20, 10);
	try_layouts(512, 0, 10);
}

TEST(none, "no region: nothing is found")
{
	struct guest *guest = guest_new();
	struct vhuge_segment_at seg = {};
	u64 length = 1;
	u32 hint = 0, index;

	CHECK(!vhuge_segmap_guest(guest->map, &hint, 0, &length), "found");
	CHECK(!vhuge_segmap_user(guest->map, &index, 0, &length), "found");
	CHECK(!vhuge_segmap_next(guest->map, &seg), "found");
	guest_free(guest);
}

TEST(top, "a region that ends with the last address but one page")
{
	struct odds o = { 1 };
	struct guest *guest = guest_new();

	guest_add(guest, &(struct layout) {
		.guest_addr = 0ULL - 6 * PAGE + 100, .skew = 100,
		.user_addr = 0ULL - 6 * PAGE + 100, .runs = "212" });
	guest_add(guest, &(struct layout) {
		.guest_addr = 0, .user_addr = PAGE, .runs = "1" });
	look_up_often(&o, guest, 2000);
	guest_free(guest);
}

/* Segments cover each region from start to end, and none could be longer. */
static void check_segments(const struct guest *guest)
{
	const struct vhuge_segmap *map = guest->map;
	struct vhuge_segment_at seg = {};
	u32 i, span = 0;
	u64 k, at = 0;

	while (vhuge_segmap_next(map, &seg)) {
		const struct vhuge_span *s = &map->span[span];

		if (!EQUAL(seg.span, span) || !EQUAL(seg.at, at) ||
		    !CHECK(seg.length && seg.length <= s->length - at,
			   "%llu bytes", seg.length))
			return;
		for (k = 0; k < seg.length; k++)
			if (!CHECK(guest_span_byte(s, at + k) ==
				   (char *)seg.addr + k, "byte %llu", k))
				return;
		at += seg.length;
		if (at == s->length) {
			span++;
			at = 0;
			continue;
		}
		CHECK(guest_span_byte(s, at) != (char *)seg.addr + seg.length,
		      "segment at %llu of span %u could be longer", at, span);
	}
	EQUAL(span, map->nspans);
	for (i = 0; i < 3; i++)
		CHECK(!vhuge_segmap_next(map, &seg), "one behind the last one");
}

TEST(segments, "segments cover everything once and are as long as can be")
{
	struct odds o = { 2 };
	u32 i;

	for (i = 0; i < 600; i++) {
		struct guest *guest = make_guest(&o, 1 + i % 12, i % 3 * 10);

		check_segments(guest);
		guest_free(guest);
	}
}

static bool share(u64 a, u64 alen, u64 b, u64 blen)
{
	u64 i, k;

	for (i = 0; i < alen; i++)
		for (k = 0; k < blen; k++)
			if (a + i == b + k)
				return true;
	return false;
}

static bool overlap(const struct vhuge_span *a, const struct vhuge_span *b)
{
	return share(a->guest_addr, a->length, b->guest_addr, b->length) ||
	       share(a->user_addr, a->length, b->user_addr, b->length);
}

static bool all_disjoint(const struct vhuge_segmap *map)
{
	for (u32 i = 0; i < map->nspans; i++)
		for (u32 k = 0; k < i; k++)
			if (overlap(&map->span[i], &map->span[k]))
				return false;
	return true;
}

static u64 place(struct odds *o, u32 length, u32 within)
{
	/* Low, or up to the last address but one; never beyond. */
	return odds(o, 2) ? odds(o, within) : ~0ULL - length - odds(o, within);
}

TEST(disjoint, "spans that share a guest or user address are found, and only these")
{
	u32 i, yes = 0, no = 0, first, second;
	struct odds o = { 3 };

	for (i = 0; i < 200000; i++) {
		struct guest *guest = guest_new();
		u32 count = odds(&o, 6), within = 1 + odds(&o, 120);

		while (count--) {
			u32 length = 1 + odds(&o, 12);

			guest_add_pages(guest, &(struct layout) {
				.guest_addr = place(&o, length, within),
				.user_addr = place(&o, length, within),
				.length = length }, NULL, 1);
		}
		if (vhuge_segmap_disjoint(guest->map, &first, &second)) {
			yes++;
			CHECK(all_disjoint(guest->map), "but they are not");
		} else {
			no++;
			CHECK(first != second && first < guest->map->nspans &&
			      second < guest->map->nspans &&
			      overlap(&guest->map->span[first],
				      &guest->map->span[second]),
			      "%u and %u, which are not", first, second);
		}
		guest_free(guest);
	}
	CHECK(yes > 1000 && no > 1000, "%u are and %u are not", yes, no);
}
