// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "guest.h"

struct guest *guest_new(void)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	guest->map = calloc(1, sizeof(*guest->map) +
			       MOST_SPANS * sizeof(guest->map->span[0]));
	return guest;
}

void guest_free(struct guest *guest)
{
	while (guest->blocks)
		free(guest->block[--guest->blocks]);
	free(guest->block);
	free(guest->map);
	free(guest);
}

static void *keep(struct guest *guest, void *block)
{
	if (!block)
		abort();
	guest->block = realloc(guest->block,
			       (guest->blocks + 1) * sizeof(void *));
	guest->block[guest->blocks++] = block;
	return block;
}

/* What the guest's memory is kept in; it goes with the guest. */
void *guest_alloc(struct guest *guest, size_t size)
{
	return keep(guest, calloc(1, size));
}

/* Adjacent pages, with none adjacent to them. */
void *guest_pages(struct guest *guest, u32 count)
{
	void *pages = keep(guest, aligned_alloc(PAGE, (size_t)count * PAGE));

	memset(pages, 0, (size_t)count * PAGE);
	return pages;
}

/* Sorted by guest address, as a map is. */
void guest_add_pages(struct guest *guest, const struct layout *layout,
		     void *const *page, u32 pages)
{
	struct vhuge_segmap *map = guest->map;
	u32 at = map->nspans;

	if (map->nspans == MOST_SPANS)
		abort();
	while (at && map->span[at - 1].guest_addr > layout->guest_addr)
		at--;
	memmove(&map->span[at + 1], &map->span[at],
		(map->nspans - at) * sizeof(map->span[0]));
	map->nspans++;

	map->span[at] = (struct vhuge_span) {
		.guest_addr = layout->guest_addr,
		.user_addr = layout->user_addr,
		.length = layout->length ?: (u64)pages * PAGE - layout->skew,
		.skew = layout->skew,
		.page_shift = PAGE_SHIFT,
		.page = page,
	};
}

void guest_add(struct guest *guest, const struct layout *layout)
{
	u32 i, pages = 0, total = 0;
	const char *run;
	void **page;

	for (run = layout->runs; *run; run++)
		total += *run - '0';

	page = guest_alloc(guest, total * sizeof(void *));
	for (run = layout->runs; *run; run++) {
		u32 count = *run - '0';
		char *bytes = guest_pages(guest, count);

		for (i = 0; i < count; i++)
			page[pages++] = bytes + i * PAGE;
	}
	guest_add_pages(guest, layout, page, pages);
}

void *guest_span_byte(const struct vhuge_span *span, u64 at)
{
	u64 in_file = span->skew + at;

	return (char *)span->page[in_file / PAGE] + in_file % PAGE;
}

void *guest_byte(const struct guest *guest, u64 addr, u32 *span)
{
	const struct vhuge_span *s = guest->map->span;
	u32 i;

	for (i = 0; i < guest->map->nspans; i++) {
		if (addr >= s[i].guest_addr &&
		    addr <= s[i].guest_addr + (s[i].length - 1)) {
			if (span)
				*span = i;
			return guest_span_byte(&s[i], addr - s[i].guest_addr);
		}
	}
	return NULL;
}

void *guest_user_byte(const struct guest *guest, u64 addr)
{
	const struct vhuge_span *s = guest->map->span;
	u32 i;

	for (i = 0; i < guest->map->nspans; i++)
		if (addr >= s[i].user_addr &&
		    addr <= s[i].user_addr + (s[i].length - 1))
			return guest_span_byte(&s[i], addr - s[i].user_addr);
	return NULL;
}

/* A test that writes outside of the memory is wrong itself. */
void guest_put(const struct guest *guest, u64 addr, const void *data, u32 size)
{
	const char *from = data;
	u32 i;

	for (i = 0; i < size; i++) {
		char *to = guest_byte(guest, addr + i, NULL);

		if (!to)
			abort();
		*to = from[i];
	}
}

bool guest_get(const struct guest *guest, u64 addr, void *data, u32 size)
{
	char *to = data;
	u32 i;

	for (i = 0; i < size; i++) {
		const char *from = guest_byte(guest, addr + i, NULL);

		if (!from || addr + i < addr)
			return false;
		to[i] = *from;
	}
	return true;
}
