// SPDX-License-Identifier: GPL-2.0
/*
 * virt2phy EAL_OPTION...: takes hugepages from DPDK, hands them to the module by
 * their files and then as they are mapped, and compares what it says of them with
 * rte_mem_virt2phy() and /proc/self/pagemap: segments, addresses of any alignment,
 * and each page of the host. Says what it compared, and the first difference.
 */
#include <fcntl.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_memory.h>

#include "device.h"
#include "die.h"

/* As many as a device holds. */
#define MOST 1024
#define GUEST 0x100000000ULL
#define PAGE 4096UL
/* Addresses of no alignment in each region. */
#define ODD 64

static struct vhuge_region regions[MOST];
static uint64_t dpdk_iova[MOST];
static unsigned int count;

static struct vhuge_translation answers[VHUGE_MAX_TRANSLATIONS];
static uint64_t pagemap[VHUGE_MAX_TRANSLATIONS];

#define differ(format, ...) do {				\
	printf("different: " format "\n", ##__VA_ARGS__);	\
	exit(1);						\
} while (0)

static void succeeds(int dev, int result, const char *what)
{
	if (result)
		differ("%s: %s: %s", what, strerror(-result), device_error(dev));
}

/* One of DPDK's pages becomes a region; guest addresses are made up. */
static int take(const struct rte_memseg_list *list, const struct rte_memseg *page, void *arg)
{
	struct vhuge_region *region = &regions[count];
	size_t offset;

	(void)arg;
	if (list->external)
		return 0;
	if (count == MOST || rte_memseg_get_fd_offset_thread_unsafe(page, &offset))
		return -1;
	region->guest_addr = GUEST + (count ? regions[count - 1].guest_addr - GUEST +
			     2 * regions[count - 1].length : 0);
	region->user_addr = page->addr_64;
	region->length = page->len;
	region->offset = offset;
	region->fd = rte_memseg_get_fd_thread_unsafe(page);
	dpdk_iova[count++] = page->iova;
	return 0;
}

static void hand_in(int dev, bool mapped)
{
	unsigned int i;

	for (i = 0; mapped && i < count; i++) {
		regions[i].fd = -1;
		regions[i].offset = 0;
		regions[i].flags = VHUGE_REGION_MAPPED;
	}
	succeeds(dev, device_set_regions(dev, regions, count), "regions");
}

static void in_physical_space(int dev)
{
	struct vhuge_space space = { .size = sizeof(space), .kind = VHUGE_SPACE_PHYSICAL };

	succeeds(dev, device_call(dev, VHUGE_SET_SPACE, &space), "physical space");
}

static void translate(int dev, size_t entries)
{
	struct vhuge_translate call = {
		.size = sizeof(call),
		.flags = VHUGE_TRANSLATE_USER,
		.count = entries,
		.entry_size = sizeof(*answers),
		.entries = (uintptr_t)answers,
	};

	succeeds(dev, device_call(dev, VHUGE_TRANSLATE, &call), "translate");
}

static uint64_t by_dpdk(uint64_t addr)
{
	return rte_mem_virt2phy((void *)(uintptr_t)addr);
}

static void equal(const char *what, uint64_t addr, uint64_t seen, uint64_t expected)
{
	if (seen != expected)
		differ("%s at %#llx: %#llx, expected %#llx", what, (unsigned long long)addr,
		       (unsigned long long)seen, (unsigned long long)expected);
}

static void check_segments(int dev)
{
	static struct vhuge_segment segments[MOST];
	struct vhuge_get_segments get;
	uint64_t length = 0;
	unsigned int i;

	succeeds(dev, device_segments(dev, &get, segments, 0, MOST), "segments");
	for (i = 0; i < get.count; i++) {
		const struct vhuge_segment *s = &segments[i];

		equal("segment", s->user_addr, s->iova, by_dpdk(s->user_addr));
		equal("end of segment", s->user_addr, s->iova + s->length - 1,
		      by_dpdk(s->user_addr + s->length - 1));
		length += s->length;
	}
	for (i = 0; i < count; i++)
		length -= regions[i].length;
	equal("bytes of segments missing", 0, -length, 0);
	printf("%u segments of %u regions\n", get.total, count);
}

/* What DPDK itself uses as the page's IOVA, when that is a physical address. */
static void check_iova(int dev)
{
	unsigned int i;

	if (rte_eal_iova_mode() != RTE_IOVA_PA)
		return;
	for (i = 0; i < count; i++)
		answers[i] = (struct vhuge_translation) { .addr = regions[i].user_addr };
	translate(dev, count);
	for (i = 0; i < count; i++)
		equal("DPDK's IOVA", answers[i].addr, answers[i].iova, dpdk_iova[i]);
	printf("%u IOVAs of DPDK\n", count);
}

static void check_odd(int dev)
{
	size_t n = 0, i;

	srandom(1);
	for (i = 0; i < count && n + ODD <= VHUGE_MAX_TRANSLATIONS; i++) {
		size_t k;

		for (k = 0; k < ODD; k++, n++) {
			const uint64_t at = ((uint64_t)random() << 16 | 1) % regions[i].length;

			answers[n] = (struct vhuge_translation) {
				.addr = regions[i].user_addr + at,
			};
		}
	}
	translate(dev, n);
	for (i = 0; i < n; i++) {
		const struct vhuge_translation *a = &answers[i];
		const struct vhuge_region *r = &regions[i / ODD];

		equal("address", a->addr, a->iova, by_dpdk(a->addr));
		equal("guest address", a->addr, a->other,
		      r->guest_addr + a->addr - r->user_addr);
		/* A region is a page here, so the answer holds to its end. */
		equal("length", a->addr, a->length, r->user_addr + r->length - a->addr);
		equal("last byte", a->addr, a->iova + a->length - 1,
		      by_dpdk(a->addr + a->length - 1));
	}
	printf("%zu addresses of no alignment\n", n);
}

static void read_pagemap(uint64_t addr, size_t pages)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	const ssize_t size = pages * sizeof(*pagemap);

	if (fd < 0 || pread(fd, pagemap, size, addr / PAGE * sizeof(*pagemap)) != size)
		die("reading /proc/self/pagemap");
	close(fd);
}

static size_t check_pages(int dev, uint64_t addr, size_t pages)
{
	size_t i;

	read_pagemap(addr, pages);
	for (i = 0; i < pages; i++)
		answers[i] = (struct vhuge_translation) { .addr = addr + i * PAGE };
	translate(dev, pages);
	for (i = 0; i < pages; i++)
		equal("page", answers[i].addr, answers[i].iova,
		      (pagemap[i] & ((1ULL << 55) - 1)) * PAGE);
	return pages;
}

static void check_all_pages(int dev)
{
	size_t done = 0, at, pages;
	unsigned int i;

	for (i = 0; i < count; i++) {
		for (at = 0; at < regions[i].length; at += pages * PAGE) {
			pages = (regions[i].length - at) / PAGE;
			if (pages > VHUGE_MAX_TRANSLATIONS)
				pages = VHUGE_MAX_TRANSLATIONS;
			done += check_pages(dev, regions[i].user_addr + at, pages);
		}
	}
	printf("%zu pages of the host\n", done);
}

static void check(bool mapped)
{
	int dev = device_open();

	if (dev < 0)
		differ("%s: %s", DEVICE_PATH, strerror(-dev));
	printf("handed in %s:\n", mapped ? "as mapped" : "by files");
	hand_in(dev, mapped);
	in_physical_space(dev);
	check_segments(dev);
	check_iova(dev);
	check_odd(dev);
	check_all_pages(dev);
	close(dev);
}

int main(int argc, char **argv)
{
	if (getpagesize() != PAGE || rte_eal_init(argc, argv) < 0)
		return 1;
	if (rte_memseg_walk(take, NULL) || !count)
		differ("no hugepages of DPDK, or not all of them have files");
	check(false);
	check(true);
	rte_eal_cleanup();
	return 0;
}
