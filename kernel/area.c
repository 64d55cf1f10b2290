// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a ring, contiguous for the kernel; see area.h.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "area.h"

/* Where the area's byte @user_addr is, if the device may write there. */
static void *look_up(const struct vhuge_segmap *map, u64 user_addr, u64 *length)
{
	void *addr;
	u32 span;

	addr = vhuge_segmap_user(map, &span, user_addr, length);
	return addr && !map->span[span].readonly ? addr : NULL;
}

/*
 * Step through the host pages of an area: @at is the offset in the area.
 * Return the page at @at, or NULL when it is not in the memory or cannot be
 * mapped beside the page before it.
 */
static struct page *page_at(const struct vhuge_segmap *map, u64 user_addr,
			    u64 length, u64 *at)
{
	u64 left = length - *at, in_page;
	void *addr;

	addr = look_up(map, user_addr + *at, &left);
	if (!addr || (*at && !PAGE_ALIGNED(addr)))
		return NULL;

	in_page = PAGE_SIZE - offset_in_page(addr);
	*at += min(left, in_page);
	return virt_to_page(addr);
}

static u32 count_pages(const struct vhuge_segmap *map, u64 user_addr,
		       u64 length)
{
	u64 at = 0;
	u32 n = 0;

	for (; at < length; n++)
		if (!page_at(map, user_addr, length, &at))
			return 0;
	return n;
}

static int map_pages(struct vhuge_area *area, const struct vhuge_segmap *map,
		     u64 user_addr, u64 length, unsigned long in_page)
{
	u64 at = 0;
	void *addr;
	u32 i;

	area->pages = count_pages(map, user_addr, length);
	if (!area->pages)
		return -ERANGE;

	area->page = kvcalloc(area->pages, sizeof(*area->page), GFP_KERNEL);
	if (!area->page)
		return -ENOMEM;

	for (i = 0; i < area->pages; i++)
		area->page[i] = page_at(map, user_addr, length, &at);

	addr = vmap(area->page, area->pages, VM_MAP, PAGE_KERNEL);
	if (!addr) {
		kvfree(area->page);
		area->page = NULL;
		return -ENOMEM;
	}
	area->addr = addr + in_page;
	return 0;
}

/**
 * vhuge_area_map - make an area of a ring reachable
 * @area: to set up
 * @map: the memory; the area's pages stay pinned until it is unmapped
 * @user_addr: first address in the front-end
 * @length: bytes, at least 1
 *
 * Return: 0, -ERANGE when not all of it is in writable memory, -ENOMEM.
 */
int vhuge_area_map(struct vhuge_area *area, const struct vhuge_segmap *map,
		   u64 user_addr, u64 length)
{
	u64 got = length;
	void *addr;

	*area = (struct vhuge_area) {};
	addr = look_up(map, user_addr, &got);
	if (!addr)
		return -ERANGE;
	if (got < length)
		return map_pages(area, map, user_addr, length,
				 offset_in_page(addr));
	area->addr = addr;
	return 0;
}

/**
 * vhuge_area_unmap - counterpart of vhuge_area_map()
 * @area: mapped or not
 *
 * Context: process, may sleep.
 */
void vhuge_area_unmap(struct vhuge_area *area)
{
	if (area->page) {
		vunmap(PTR_ALIGN_DOWN(area->addr, PAGE_SIZE));
		kvfree(area->page);
	}
	*area = (struct vhuge_area) {};
}

/**
 * vhuge_area_stays - is a mapped area just where another map says it is?
 * @area: mapped
 * @map: the other map
 * @user_addr: as it was mapped
 * @length: as it was mapped
 */
bool vhuge_area_stays(const struct vhuge_area *area,
		      const struct vhuge_segmap *map, u64 user_addr, u64 length)
{
	u64 got = length, at = 0;
	void *addr;
	u32 i;

	if (!area->page) {
		addr = look_up(map, user_addr, &got);
		return addr == area->addr && got == length;
	}

	for (i = 0; i < area->pages; i++)
		if (page_at(map, user_addr, length, &at) != area->page[i])
			return false;
	return true;
}
