// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the table of regions: all of a change happens or nothing, and the
 * table has an end.
 */
#include "harness.h"

#include "die.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define PAGE 4096UL
#define PAGES 4

FIXTURE(table)
{
	struct hugepages before;
	int dev;
	int file;
	/* One region for each page of the file, with gaps between them. */
	struct vhuge_region regions[PAGES];
};

FIXTURE_SETUP(table)
{
	unsigned int i;

	NEED_MODULE_AND_PAGES(PAGES);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	self->file = hugetlb_file(PAGES);
	for (i = 0; i < PAGES; i++) {
		self->regions[i].guest_addr = GUEST + i * 2 * HPAGE;
		self->regions[i].user_addr = USER + i * 3 * HPAGE;
		self->regions[i].length = HPAGE;
		self->regions[i].offset = i * HPAGE;
		self->regions[i].fd = self->file;
	}
}

FIXTURE_TEARDOWN_PARENT(table)
{
	expect_pages_back(_metadata, &self->before);
}

/* The table consists of the regions with these numbers. */
static __u64 expect_table(struct __test_metadata *_metadata, FIXTURE_DATA(table) *self,
			  const char *numbers)
{
	struct vhuge_segment segments[PAGES + 1];
	struct vhuge_get_segments get;
	unsigned int i;

	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, segments, 0, PAGES + 1));
	EXPECT_EQ(strlen(numbers), get.total)
		TH_LOG("expected the regions \"%s\"", numbers);
	for (i = 0; i < get.count && i < strlen(numbers); i++) {
		const struct vhuge_region *region = &self->regions[numbers[i] - '0'];

		EXPECT_EQ(region->guest_addr, segments[i].guest_addr);
		EXPECT_EQ(region->user_addr, segments[i].user_addr);
		EXPECT_EQ(region->length, segments[i].length);
		EXPECT_EQ(region->offset, segments[i].offset);
		EXPECT_EQ(i, segments[i].region);
	}
	return get.generation;
}

TEST_F(table, set_replaces)
{
	__u64 first, second;

	expect_table(_metadata, self, "");
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, self->regions, 2));
	first = expect_table(_metadata, self, "01");
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, self->regions + 1, 3));
	second = expect_table(_metadata, self, "123");
	EXPECT_NE(first, second);
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	EXPECT_NE(second, expect_table(_metadata, self, ""));
}

TEST_F(table, order_does_not_matter)
{
	struct vhuge_region shuffled[PAGES] = {
		self->regions[2], self->regions[0], self->regions[3], self->regions[1],
	};

	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, shuffled, PAGES));
	expect_table(_metadata, self, "0123");
}

TEST_F(table, add_and_remove)
{
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &self->regions[2], 1));
	expect_table(_metadata, self, "2");
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &self->regions[0], 2));
	expect_table(_metadata, self, "012");
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &self->regions[1], 1));
	expect_table(_metadata, self, "02");
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &self->regions[3], 1));
	expect_table(_metadata, self, "023");
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &self->regions[2], 2));
	expect_table(_metadata, self, "0");
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &self->regions[0], 1));
	expect_table(_metadata, self, "");
}

TEST_F(table, remove_ignores_file)
{
	struct vhuge_region gone = self->regions[1];

	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, self->regions, 2));
	gone.fd = -1;
	gone.offset = 0;
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &gone, 1));
	expect_table(_metadata, self, "0");
}

TEST_F(table, remove_what_is_not_there)
{
	struct vhuge_region other;

	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, self->regions, 1));
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, self->regions, 2));
	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, &self->regions[2], 1));
	other = self->regions[0];
	other.guest_addr += PAGE;
	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, &other, 1));
	other = self->regions[0];
	other.user_addr += PAGE;
	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, &other, 1));
	other = self->regions[0];
	other.length -= PAGE;
	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, &other, 1));
	expect_table(_metadata, self, "01");
}

TEST_F(table, all_or_nothing)
{
	struct vhuge_region bad[3] = {
		self->regions[2], self->regions[3], self->regions[3],
	};
	struct vhuge_region twice[2] = { self->regions[0], self->regions[0] };
	struct vhuge_region missing[2] = { self->regions[0], self->regions[2] };
	__u64 generation;

	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, self->regions, 2));
	generation = expect_table(_metadata, self, "01");
	/* The last of three overlaps, or is no memory at all. */
	EXPECT_CALL(self->dev, -EEXIST, device_set_regions(self->dev, bad, 3));
	EXPECT_CALL(self->dev, -EEXIST, device_add_regions(self->dev, bad, 3));
	bad[2] = self->regions[0];
	EXPECT_CALL(self->dev, -EEXIST, device_add_regions(self->dev, bad, 3));
	bad[2].fd = -1;
	EXPECT_CALL(self->dev, -EBADF, device_set_regions(self->dev, bad, 3));
	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, twice, 2));
	EXPECT_CALL(self->dev, -ENOENT, device_remove_regions(self->dev, missing, 2));
	EXPECT_EQ(generation, expect_table(_metadata, self, "01"));
	/* What was pinned on the way to a refusal is free again at the end. */
}

/* A table as long as it may be, of pieces of one hugepage. */
static struct vhuge_region *make_pieces(FIXTURE_DATA(table) *self, unsigned int count)
{
	struct vhuge_region *pieces = calloc(count, sizeof(*pieces));
	unsigned int i;

	if (!pieces)
		die("no memory for %u regions", count);
	for (i = 0; i < count; i++) {
		pieces[i].guest_addr = GUEST + i * 2 * PAGE;
		pieces[i].user_addr = USER + i * 2 * PAGE;
		pieces[i].length = PAGE;
		pieces[i].offset = i * PAGE % HPAGE;
		pieces[i].fd = self->file;
	}
	return pieces;
}

TEST_F(table, full)
{
	struct vhuge_get_segments get;
	struct vhuge_region *pieces;
	struct vhuge_info info;

	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	pieces = make_pieces(self, info.max_regions + 1);
	EXPECT_CALL(self->dev, -ENOSPC,
		    device_set_regions(self->dev, pieces, info.max_regions + 1));
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	expect_table(_metadata, self, "");
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, pieces, info.max_regions));
	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(info.max_regions, get.total);

	EXPECT_CALL(self->dev, -ENOSPC,
		    device_add_regions(self->dev, &pieces[info.max_regions], 1));
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &pieces[7], 1));
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &pieces[info.max_regions], 1));
	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(info.max_regions, get.total);
}

TEST_F(table, count_beyond_reason)
{
	const unsigned int counts[] = { 1U << 16, 1U << 26, 1U << 31, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		EXPECT_CALL(self->dev, -ENOSPC,
			    device_set_regions(self->dev, self->regions, counts[i]));
		EXPECT_CALL(self->dev, -ENOSPC,
			    device_add_regions(self->dev, self->regions, counts[i]));
	}
	expect_table(_metadata, self, "");
}

/* Regions of one hugepage each hold it: it is free when the last one goes. */
TEST_F(table, regions_share_a_page)
{
	struct vhuge_region *pieces = make_pieces(self, 3);
	struct hugepages now;

	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, pieces, 3));
	close(self->file);
	EXPECT_EQ(self->before.free - 1, hugepages_now().free);
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &pieces[1], 1));
	EXPECT_EQ(self->before.free - 1, hugepages_now().free);
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &pieces[0], 1));
	EXPECT_EQ(self->before.free - 1, hugepages_now().free);
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &pieces[2], 1));
	EXPECT_TRUE(hugepages_wait(&self->before, &now))
		TH_LOG("%ld of %ld hugepages free", now.free, self->before.free);
}

TEST_HARNESS_MAIN
