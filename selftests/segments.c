// SPDX-License-Identifier: GPL-2.0
/*
 * Segments tell the truth about physical memory: every one is compared with
 * what /proc/self/pagemap says of the same bytes.
 */
#include "harness.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include "die.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define PAGES 12

/* A region, and its bytes as this process sees them. */
struct view {
	struct vhuge_region region;
	char *bytes;
};

FIXTURE(segments)
{
	struct hugepages before;
	int dev;
	struct view views[PAGES];
	unsigned int nviews;
	/* What the module should say, and what it says. */
	struct vhuge_segment expected[2 * PAGES];
	unsigned int nexpected;
	struct vhuge_segment segments[2 * PAGES];
};

FIXTURE_VARIANT(segments)
{
	/* Distance in physical memory between pages taken after each other. */
	unsigned int stride;
	/* The order in which the pages of a file are taken, as letters from a. */
	const char *order;
	/* Files, each with as many pages as @order has letters. */
	unsigned int files;
	/* Bytes left out at the beginning and at the end of each file. */
	size_t front, back;
	/* Bytes left out in the middle, which makes two regions of each file. */
	size_t hole_at, hole;
	/* Are pages of a region adjacent somewhere? */
	bool adjacent;
};

FIXTURE_VARIANT_ADD(segments, one_contiguous_file)
{
	.stride = 1, .order = "abcdefghijkl", .files = 1, .adjacent = true,
};

FIXTURE_VARIANT_ADD(segments, one_scattered_file)
{
	.stride = 2, .order = "abcdefghijkl", .files = 1,
};

FIXTURE_VARIANT_ADD(segments, backwards)
{
	.stride = 1, .order = "lkjihgfedcba", .files = 1,
};

FIXTURE_VARIANT_ADD(segments, runs)
{
	.stride = 1, .order = "abcgfehijkdl", .files = 1, .adjacent = true,
};

FIXTURE_VARIANT_ADD(segments, files_of_one_page)
{
	.stride = 1, .order = "a", .files = PAGES,
};

FIXTURE_VARIANT_ADD(segments, part_of_a_page)
{
	.stride = 1, .order = "a", .files = 2, .front = 5 * 4096, .back = 4096,
};

FIXTURE_VARIANT_ADD(segments, cut_contiguous)
{
	.stride = 1, .order = "abcdef", .files = 2, .front = 4096, .back = 3 * 4096,
	.adjacent = true,
};

FIXTURE_VARIANT_ADD(segments, cut_scattered)
{
	.stride = 2, .order = "abcdef", .files = 2, .front = HPAGE - 4096,
	.back = HPAGE - 8192,
};

FIXTURE_VARIANT_ADD(segments, two_regions_of_a_file)
{
	.stride = 1, .order = "abcdef", .files = 2, .hole_at = 2 * HPAGE, .hole = HPAGE,
	.adjacent = true,
};

FIXTURE_VARIANT_ADD(segments, two_regions_of_a_page)
{
	.stride = 1, .order = "abcdef", .files = 1, .front = 4096,
	.hole_at = 2 * HPAGE + 8192, .hole = 4096, .adjacent = true,
};

static void add_view(FIXTURE_DATA(segments) *self, int file, char *map, size_t from, size_t to)
{
	struct view *view = &self->views[self->nviews];

	/* Apart by more than a file: adjacency of addresses must not matter. */
	view->region.guest_addr = GUEST + self->nviews * PAGES * HPAGE;
	view->region.user_addr = USER + self->nviews * 3 * PAGES * HPAGE;
	view->region.offset = from;
	view->region.length = to - from;
	view->region.fd = file;
	view->bytes = map + from;
	self->nviews++;
}

static void make_file(FIXTURE_DATA(segments) *self, const FIXTURE_VARIANT(segments) *variant)
{
	unsigned int pages = strlen(variant->order), i;
	size_t end = pages * HPAGE - variant->back;
	int file = hugetlb_file(pages);
	char *map;

	for (i = 0; i < pages; i++)
		if (hugetlb_fill(file, variant->order[i] - 'a', 1))
			die("filling page %u", i);
	map = hugetlb_map(file, pages);
	if (!variant->hole) {
		add_view(self, file, map, variant->front, end);
		return;
	}
	add_view(self, file, map, variant->front, variant->hole_at);
	add_view(self, file, map, variant->hole_at + variant->hole, end);
}

static int node_of(const void *addr)
{
	int node;

	if (syscall(SYS_get_mempolicy, &node, NULL, 0, addr, MPOL_F_NODE | MPOL_F_ADDR))
		die("get_mempolicy");
	return node;
}

/* The segments of a region, one byte address after the other. */
static void expect_segments(FIXTURE_DATA(segments) *self, unsigned int number)
{
	const struct view *view = &self->views[number];
	const struct vhuge_region *region = &view->region;
	struct vhuge_segment *last = NULL;
	uint64_t phys, next = 0, at, step;

	for (at = 0; at < region->length; at += step) {
		step = HPAGE - (region->offset + at) % HPAGE;
		if (step > region->length - at)
			step = region->length - at;
		phys = physical_address(view->bytes + at);
		if (last && phys == next) {
			last->length += step;
		} else {
			last = &self->expected[self->nexpected++];
			last->guest_addr = region->guest_addr + at;
			last->user_addr = region->user_addr + at;
			last->offset = region->offset + at;
			last->iova = VHUGE_IOVA_NONE;
			last->length = step;
			last->page_size = HPAGE;
			last->region = number;
			last->node = node_of(view->bytes + at);
		}
		next = phys + step;
	}
}

FIXTURE_SETUP(segments)
{
	struct vhuge_region table[PAGES];
	unsigned int i;

	NEED_MODULE_AND_PAGES(4 * PAGES);
	self->before = hugepages_now();
	hugepages_arrange(4 * PAGES, variant->stride);
	for (i = 0; i < variant->files; i++)
		make_file(self, variant);
	for (i = 0; i < self->nviews; i++) {
		table[i] = self->views[i].region;
		expect_segments(self, i);
	}
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, table, self->nviews));
}

FIXTURE_TEARDOWN_PARENT(segments)
{
	expect_pages_back(_metadata, &self->before);
}

static unsigned int touched_pages(const FIXTURE_DATA(segments) *self)
{
	unsigned int i, pages = 0;

	for (i = 0; i < self->nviews; i++) {
		const struct vhuge_region *region = &self->views[i].region;

		pages += (region->offset + region->length - 1) / HPAGE - region->offset / HPAGE + 1;
	}
	return pages;
}

static void log_segment(struct __test_metadata *_metadata, const char *what,
			const struct vhuge_segment *segment)
{
	TH_LOG("%s: guest %#llx user %#llx offset %#llx iova %#llx length %#llx",
	       what, segment->guest_addr, segment->user_addr, segment->offset,
	       segment->iova, segment->length);
	TH_LOG("%s: page size %#llx region %u node %d", what, segment->page_size,
	       segment->region, segment->node);
}

TEST_F(segments, agree_with_pagemap)
{
	struct vhuge_get_segments get;
	unsigned int i;

	/* Was the ground laid out as this variant wants it? */
	if (variant->adjacent && self->nexpected == touched_pages(self))
		SKIP(return, "the pool has no two adjacent hugepages");
	if (!variant->adjacent)
		ASSERT_EQ(touched_pages(self), self->nexpected);

	ASSERT_CALL(self->dev, 0,
		    device_segments(self->dev, &get, self->segments, 0, 2 * PAGES));
	EXPECT_EQ(self->nexpected, get.total);
	ASSERT_EQ(self->nexpected, get.count);
	for (i = 0; i < get.count; i++)
		EXPECT_EQ(0, memcmp(&self->expected[i], &self->segments[i],
				    sizeof(struct vhuge_segment))) {
			log_segment(_metadata, "expected", &self->expected[i]);
			log_segment(_metadata, "seen", &self->segments[i]);
		}
}

TEST_F(segments, partial_reads)
{
	struct vhuge_segment segments[2 * PAGES + 1];
	unsigned int first, count, written;
	struct vhuge_get_segments get;
	__u64 generation;

	ASSERT_CALL(self->dev, 0,
		    device_segments(self->dev, &get, self->segments, 0, 2 * PAGES));
	generation = get.generation;
	for (first = 0; first <= get.total + 1; first++) {
		for (count = 0; count <= get.total + 1; count++) {
			memset(segments, 0xa5, sizeof(segments));
			ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, segments,
								  first, count));
			written = first < get.total ? get.total - first : 0;
			if (written > count)
				written = count;
			EXPECT_EQ(written, get.count)
				TH_LOG("first %u count %u of %u", first, count, get.total);
			EXPECT_EQ(self->nexpected, get.total);
			EXPECT_EQ(generation, get.generation);
			EXPECT_EQ(0, memcmp(segments, &self->segments[first],
					    get.count * sizeof(*segments)));
			/* Not a byte more than was asked for. */
			EXPECT_EQ(0xa5a5a5a5, segments[get.count].region);
		}
	}
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, segments, ~0U, ~0U));
	EXPECT_EQ(0, get.count);
}

TEST_F(segments, generation_changes)
{
	struct vhuge_region *region = &self->views[0].region;
	struct vhuge_get_segments get;
	__u64 first, second;

	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	first = get.generation;
	ASSERT_CALL(self->dev, 0, device_remove_regions(self->dev, region, 1));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_NE(first, get.generation);
	EXPECT_LT(get.total, self->nexpected);
	second = get.generation;
	ASSERT_CALL(self->dev, 0, device_add_regions(self->dev, region, 1));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, self->segments, 0, 2 * PAGES));
	EXPECT_NE(second, get.generation);
	EXPECT_NE(first, get.generation);
	EXPECT_EQ(self->nexpected, get.total);
	EXPECT_EQ(0, memcmp(self->segments, self->expected, get.count * sizeof(*self->expected)));
}

/* Many pages, as they come from a pool that was taken apart, or put in order. */
#define MANY 200

FIXTURE(many)
{
	struct hugepages before;
	int dev;
	struct vhuge_region region;
	char *map;
};

FIXTURE_VARIANT(many)
{
	unsigned int stride;
};

FIXTURE_VARIANT_ADD(many, scattered)
{
	.stride = 2,
};

FIXTURE_VARIANT_ADD(many, in_order)
{
	.stride = 1,
};

FIXTURE_SETUP(many)
{
	NEED_MODULE_AND_PAGES(2 * MANY);
	self->before = hugepages_now();
	hugepages_arrange(2 * MANY, variant->stride);
	self->region.guest_addr = GUEST;
	self->region.user_addr = USER;
	self->region.length = MANY * HPAGE;
	self->region.fd = hugetlb_full_file(MANY);
	self->map = hugetlb_map(self->region.fd, MANY);
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
}

FIXTURE_TEARDOWN_PARENT(many)
{
	expect_pages_back(_metadata, &self->before);
}

static bool is_next(const char *page)
{
	return physical_address(page + HPAGE) == physical_address(page) + HPAGE;
}

/* As many segments as there are gaps, and one where there is none. */
TEST_F(many, hundreds_or_one)
{
	unsigned int i, start = 0, best = 0, length = 0, expected = 1;
	struct vhuge_segment segment;
	struct vhuge_get_segments get;

	for (i = 0; i < MANY; i++) {
		if (i == MANY - 1 || !is_next(self->map + i * HPAGE)) {
			if (i + 1 - start > length) {
				length = i + 1 - start;
				best = start;
			}
			start = i + 1;
			expected += i < MANY - 1;
		}
	}
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->region, 1));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(expected, get.total);
	if (variant->stride == 2)
		EXPECT_EQ(MANY, get.total);

	self->region.offset = best * HPAGE;
	self->region.length = length * HPAGE;
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->region, 1));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, &segment, 0, 1));
	EXPECT_EQ(1, get.total);
	EXPECT_EQ(self->region.length, segment.length);
	TH_LOG("%u pages: %u segments, the longest one of %u pages", MANY, expected, length);
}

TEST_HARNESS_MAIN
