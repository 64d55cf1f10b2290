// SPDX-License-Identifier: GPL-2.0
/*
 * The input is a layout of regions and pages, then addresses to look up. The
 * answers are compared with looking up byte after byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

struct input {
	const unsigned char *at;
	size_t left;
};

#define MUST(ok) do {							\
	if (!(ok)) {							\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,	\
			__LINE__, #ok);					\
		abort();						\
	}								\
} while (0)

static u32 take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static u32 take16(struct input *in)
{
	u32 low = take8(in);

	return low | take8(in) << 8;
}

/* A region behind the last one, or at a distance; its pages in any order. */
static void add(struct input *in, struct guest *guest, u64 *end)
{
	u32 i, form = take8(in), pages = 1 + form % 5;
	char *bytes = guest_pages(guest, pages);
	void **page = guest_alloc(guest, pages * sizeof(*page));
	struct layout layout = {
		.guest_addr = *end + (form & 32 ? take16(in) : 0),
		.skew = form & 64 ? take16(in) % PAGE : 0,
	};

	for (i = 0; i < pages; i++)
		page[i] = bytes + i * PAGE;
	if (form & 8) {
		u32 swap = take8(in), a = swap % pages, b = swap / 16 % pages;
		void *c = page[a];

		page[a] = page[b];
		page[b] = c;
	}
	layout.length = (u64)pages * PAGE - layout.skew;
	if (form & 16)
		layout.length -= take16(in) % layout.length;
	*end = layout.guest_addr + layout.length;
	layout.user_addr = 0x7000000000 - *end;
	guest_add_pages(guest, &layout, page, pages);
}

static void check_run(const struct guest *guest, u64 addr, u64 want,
		      const char *found, u64 length)
{
	u32 span, first;
	u64 i;

	MUST(found == guest_byte(guest, addr, &first));
	if (!found)
		return;
	/* A part of a page that is wrong is so at its end, too. */
	MUST(length >= 1 && length <= want);
	for (i = length - 1; i; i -= i < PAGE / 8 ? i : PAGE / 8)
		MUST(guest_byte(guest, addr + i, &span) == found + i &&
		     span == first);
	MUST(length == want ||
	     guest_byte(guest, addr + length, &span) != found + length ||
	     span != first);
}

static u64 take_length(struct input *in)
{
	u32 length = take16(in);

	return length == 65535 ? ~0ULL : 1 + length % (6 * PAGE);
}

static void look_up(struct input *in, const struct guest *guest, u64 base,
		    u32 *hint)
{
	u64 addr = base + take16(in) + (u64)take8(in) * PAGE - 64;
	u64 want = take_length(in), length = want, user_length = want;
	const struct vhuge_span *span;
	u32 i = take8(in), index;
	void *found;

	if (i & 128)
		*hint = i;
	found = vhuge_segmap_guest(guest->map, hint, addr, &length);
	check_run(guest, addr, want, found, length);

	if (!found)
		return;
	MUST(guest_byte(guest, addr, &i));
	span = &guest->map->span[i];
	MUST(found == vhuge_segmap_user(guest->map, &index, span->user_addr +
					(addr - span->guest_addr),
					&user_length));
	MUST(index == span - guest->map->span);
	MUST(length == user_length);
}

static void check_segments(const struct guest *guest)
{
	struct vhuge_segment_at seg = {};
	u64 left = 0, sum = 0;
	u32 i;

	for (i = 0; i < guest->map->nspans; i++)
		left += guest->map->span[i].length;
	while (vhuge_segmap_next(guest->map, &seg)) {
		const struct vhuge_span *span = &guest->map->span[seg.span];

		check_run(guest, span->guest_addr + seg.at, ~0ULL, seg.addr,
			  seg.length);
		sum += seg.length;
		MUST(sum <= left);
	}
	MUST(sum == left);
}

/* The name by which the fuzzer knows it. */
int try_input(const unsigned char *data, size_t size)
	__asm__("LLVMFuzzerTestOneInput");

int try_input(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	u32 i, k, hint = take8(&in), spans = take8(&in) % 12;
	struct guest *guest = guest_new();
	u64 base = 0x1000, end = base;

	while (spans--)
		add(&in, guest, &end);
	MUST(vhuge_segmap_disjoint(guest->map, &i, &k));
	check_segments(guest);
	while (in.left)
		look_up(&in, guest, base, &hint);
	guest_free(guest);
	return 0;
}
