/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a guest: small pages, so that everything crosses them. Runs of
 * adjacent pages are allocated one by one, so a sanitizer sees when the next
 * page is not where the code believes.
 */
#ifndef GUEST_H
#define GUEST_H

#include "segmap.h"

#define PAGE_SHIFT 12U
#define PAGE (1U << PAGE_SHIFT)
#define MOST_SPANS 512U

struct guest {
	struct vhuge_segmap *map;
	void **block;
	u32 blocks;
};

/*
 * A region.
 * @skew: of its first byte in its first page
 * @length: in bytes; 0: up to the end of the last page
 * @runs: its pages: "21" are two adjacent ones and one elsewhere
 */
struct layout {
	u64 guest_addr;
	u64 user_addr;
	u64 skew;
	u64 length;
	const char *runs;
};

struct guest *guest_new(void);
void guest_free(struct guest *guest);

void *guest_alloc(struct guest *guest, size_t size);
void *guest_pages(struct guest *guest, u32 count);
void guest_add(struct guest *guest, const struct layout *layout);
void guest_add_pages(struct guest *guest, const struct layout *layout,
		     void *const *page, u32 pages);

/* The spans are looked through one by one, and a byte is all it knows. */
void *guest_byte(const struct guest *guest, u64 addr, u32 *span);
void *guest_user_byte(const struct guest *guest, u64 addr);
void *guest_span_byte(const struct vhuge_span *span, u64 at);

void guest_put(const struct guest *guest, u64 addr, const void *data, u32 size);
bool guest_get(const struct guest *guest, u64 addr, void *data, u32 size);

#endif /* GUEST_H */
