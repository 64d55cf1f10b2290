// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that several regions or devices use are pinned and charged once, and
 * memory can be handed in as the caller has it mapped. What is charged is seen
 * by the module's limits, which are set to just what the test needs.
 */
#include "harness.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <sys/mman.h>

#include "die.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define PAGES 4
#define LIMIT "/sys/module/vhuge/parameters/limit_mib"
#define USER_LIMIT "/sys/module/vhuge/parameters/user_limit_mib"

FIXTURE(shared)
{
	struct hugepages before;
	struct vhuge_region whole;
	int dev;
	int other;
};

static void limit(const char *parameter, unsigned long mib)
{
	FILE *file = fopen(parameter, "w");

	if (!file || fprintf(file, "%lu\n", mib) < 0 || fclose(file))
		die("cannot write to %s", parameter);
}

FIXTURE_SETUP(shared)
{
	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	self->other = device_open();
	ASSERT_GE(self->other, 0);
	self->whole = (struct vhuge_region) {
		.guest_addr = GUEST,
		.user_addr = USER,
		.length = PAGES * HPAGE,
		.fd = hugetlb_full_file(PAGES),
	};
}

FIXTURE_TEARDOWN_PARENT(shared)
{
	limit(LIMIT, 0);
	limit(USER_LIMIT, 0);
	expect_pages_back(_metadata, &self->before);
}

static void expect_words(struct __test_metadata *_metadata, int dev, const char *words)
{
	EXPECT_TRUE(strstr(device_error(dev), words))
		TH_LOG("\"%s\" says nothing of \"%s\"", device_error(dev), words);
}

TEST_F(shared, by_two_devices)
{
	struct vhuge_region more = self->whole;

	limit(LIMIT, PAGES * HPAGE >> 20);
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &self->whole, 1));
	EXPECT_CALL(self->other, 0, device_add_regions(self->other, &self->whole, 1));

	/* The first one to pay goes; the other one keeps the pages. */
	close(self->dev);
	self->dev = device_open();
	more.guest_addr += more.length;
	more.user_addr += more.length;
	more.fd = hugetlb_full_file(1);
	more.length = HPAGE;
	EXPECT_CALL(self->dev, -EDQUOT, device_add_regions(self->dev, &more, 1));
	expect_words(_metadata, self->dev, "limit_mib");
	close(self->other);
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &more, 1));
}

TEST_F(shared, by_two_regions_within_a_page)
{
	const unsigned long part = 2 * HPAGE + HPAGE / 2;
	struct vhuge_region both[2] = { self->whole, self->whole };

	both[0].length = part;
	both[1].guest_addr += 8 * HPAGE;
	both[1].user_addr += part;
	both[1].offset = part;
	both[1].length -= part;
	limit(LIMIT, PAGES * HPAGE >> 20);
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, both, 2));
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &both[0], 1));
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &both[0], 1));
}

TEST_F(shared, a_larger_region_pins_only_what_is_new)
{
	struct vhuge_region half = self->whole;
	struct vhuge_segment segments[PAGES];
	struct vhuge_get_segments get;
	unsigned long sum = 0;
	unsigned int i;

	half.length /= 2;
	limit(LIMIT, PAGES * HPAGE >> 20);
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, &half, 1));
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, &self->whole, 1));
	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, segments, 0, PAGES));
	for (i = 0; i < get.count; i++)
		sum += segments[i].length;
	EXPECT_EQ(self->whole.length, sum);
}

TEST_F(shared, not_when_the_file_has_other_pages_by_now)
{
	limit(LIMIT, PAGES * HPAGE >> 20);
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &self->whole, 1));
	ASSERT_EQ(0, fallocate(self->whole.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       HPAGE, HPAGE));
	EXPECT_CALL(self->other, -EDQUOT, device_add_regions(self->other, &self->whole, 1));
	limit(LIMIT, 2 * PAGES * HPAGE >> 20);
	EXPECT_CALL(self->other, 0, device_add_regions(self->other, &self->whole, 1));
}

TEST_F(shared, limit_of_each_user)
{
	limit(USER_LIMIT, (PAGES * HPAGE >> 20) - 1);
	EXPECT_CALL(self->dev, -EDQUOT, device_add_regions(self->dev, &self->whole, 1));
	expect_words(_metadata, self->dev, "user_limit_mib");
	limit(USER_LIMIT, PAGES * HPAGE >> 20);
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &self->whole, 1));
}

static struct vhuge_region mapped(FIXTURE_DATA(shared) *self, int protection, int flags)
{
	struct vhuge_region region = self->whole;
	void *addr = mmap(NULL, region.length, protection, flags,
			  flags & MAP_ANONYMOUS ? -1 : region.fd, 0);

	if (addr == MAP_FAILED)
		die("cannot map hugepages");
	region.user_addr = (unsigned long)addr;
	region.flags = VHUGE_REGION_MAPPED;
	region.fd = -1;
	return region;
}

TEST_F(shared, as_it_is_mapped)
{
	struct vhuge_region region = mapped(self, PROT_READ | PROT_WRITE, MAP_SHARED);
	struct vhuge_segment segment;
	struct vhuge_get_segments get;

	region.user_addr += HPAGE;
	region.length -= HPAGE;
	limit(LIMIT, PAGES * HPAGE >> 20);
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &region, 1));
	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, &segment, 0, 1));
	EXPECT_EQ(region.user_addr, segment.user_addr);
	EXPECT_EQ(HPAGE, segment.offset);

	/* The same memory by its file: one page is new. */
	EXPECT_CALL(self->other, 0, device_add_regions(self->other, &self->whole, 1));
}

TEST_F(shared, mapped_without_a_file)
{
	const int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB;
	struct vhuge_region region = mapped(self, PROT_READ | PROT_WRITE, flags);

	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &region, 1));
	munmap((void *)(unsigned long)region.user_addr, region.length);
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &region, 1));
}

TEST_F(shared, mapped_privately)
{
	struct vhuge_region region = mapped(self, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	EXPECT_CALL(self->dev, -EMEDIUMTYPE, device_add_regions(self->dev, &region, 1));
	expect_words(_metadata, self->dev, "MAP_SHARED");
}

TEST_F(shared, mapped_small_pages)
{
	struct vhuge_region region = mapped(self, PROT_READ | PROT_WRITE,
					    MAP_SHARED | MAP_ANONYMOUS);

	EXPECT_CALL(self->dev, -EMEDIUMTYPE, device_add_regions(self->dev, &region, 1));
	expect_words(_metadata, self->dev, "MAP_HUGETLB");
}

TEST_F(shared, mapped_for_reading)
{
	struct vhuge_region region = mapped(self, PROT_READ, MAP_SHARED);

	EXPECT_CALL(self->dev, -EACCES, device_add_regions(self->dev, &region, 1));
	region.flags |= VHUGE_REGION_READONLY;
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &region, 1));
}

TEST_F(shared, beyond_the_mapping)
{
	struct vhuge_region region = mapped(self, PROT_READ | PROT_WRITE, MAP_SHARED);

	region.length += 64 * HPAGE;
	EXPECT_CALL(self->dev, -ERANGE, device_add_regions(self->dev, &region, 1));
	region.length -= 64 * HPAGE;
	munmap((void *)(unsigned long)region.user_addr, region.length);
	EXPECT_CALL(self->dev, -ERANGE, device_add_regions(self->dev, &region, 1));
}

TEST_F(shared, mapped_with_a_descriptor)
{
	struct vhuge_region region = mapped(self, PROT_READ | PROT_WRITE, MAP_SHARED);

	region.fd = self->whole.fd;
	EXPECT_CALL(self->dev, -EINVAL, device_add_regions(self->dev, &region, 1));
	region.fd = -1;
	region.offset = HPAGE;
	EXPECT_CALL(self->dev, -EINVAL, device_add_regions(self->dev, &region, 1));
}

static int reopen_for_reading(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY);
}

TEST_F(shared, read_only)
{
	struct vhuge_region region = self->whole;

	region.fd = reopen_for_reading(region.fd);
	ASSERT_GE(region.fd, 0);
	EXPECT_CALL(self->dev, -EACCES, device_add_regions(self->dev, &region, 1));
	region.flags = VHUGE_REGION_READONLY;
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &region, 1));
}

TEST_F(shared, read_only_with_a_hole)
{
	struct vhuge_region region = self->whole;

	region.fd = reopen_for_reading(hugetlb_file(PAGES));
	ASSERT_GE(region.fd, 0);
	region.flags = VHUGE_REGION_READONLY;
	EXPECT_CALL(self->dev, -EACCES, device_add_regions(self->dev, &region, 1));
	expect_words(_metadata, self->dev, "hole");
}

TEST_HARNESS_MAIN
