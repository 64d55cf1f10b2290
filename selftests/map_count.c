// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of many files, which nobody maps: registering it leaves no mapping
 * behind and works when the process may not have more of them.
 */
#include "harness.h"

#include <fcntl.h>

#include "die.h"
#include "process.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define REGIONS 509
#define MAX_MAP_COUNT "/proc/sys/vm/max_map_count"

FIXTURE(map_count)
{
	/* For the teardown, which restores both. */
	struct hugepages before;
	struct hugepages filled;
	long max_map_count;
	int dev;
	struct vhuge_region regions[REGIONS];
};

static long read_max_map_count(void)
{
	FILE *file = fopen(MAX_MAP_COUNT, "r");
	long value;

	if (!file || fscanf(file, "%ld", &value) != 1)
		die("reading " MAX_MAP_COUNT);
	fclose(file);
	return value;
}

/* Maps nothing itself. */
static void write_max_map_count(long value)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%ld", value);
	int fd = open(MAX_MAP_COUNT, O_WRONLY);

	if (fd < 0 || write(fd, text, length) != length)
		die("setting " MAX_MAP_COUNT " to %ld", value);
	close(fd);
}

FIXTURE_SETUP(map_count)
{
	unsigned int i;

	if (access(DEVICE_PATH, F_OK))
		SKIP(return, "no " DEVICE_PATH ": module vhuge not loaded");
	self->before = hugepages_now();
	if (self->before.free < REGIONS)
		hugepages_resize(self->before.total + REGIONS - self->before.free);
	self->filled = hugepages_now();
	if (self->filled.free < REGIONS) {
		hugepages_resize(self->before.total);
		SKIP(return, "%ld hugepages of 2 MiB free, %d needed", self->filled.free, REGIONS);
	}
	self->max_map_count = read_max_map_count();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	process_allow_files(REGIONS + 64);
	for (i = 0; i < REGIONS; i++) {
		self->regions[i].guest_addr = GUEST + i * HPAGE;
		self->regions[i].user_addr = USER + i * HPAGE;
		self->regions[i].length = HPAGE;
		self->regions[i].fd = hugetlb_full_file(1);
	}
}

FIXTURE_TEARDOWN_PARENT(map_count)
{
	write_max_map_count(self->max_map_count);
	expect_pages_back(_metadata, &self->filled);
	hugepages_resize(self->before.total);
}

/* How many mappings can this process still make? */
static unsigned int mappings_left(unsigned int most)
{
	unsigned int made = 0, i;
	void *maps[8];

	for (; made < most; made++) {
		/* Neighbours that may do different things do not merge. */
		maps[made] = mmap(NULL, getpagesize(), made % 2 ? PROT_NONE : PROT_READ,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (maps[made] == MAP_FAILED)
			break;
	}
	for (i = 0; i < made; i++)
		munmap(maps[i], getpagesize());
	return made;
}

TEST_F(map_count, many_files_no_mapping)
{
	struct vhuge_get_segments get;
	unsigned int mappings, left;
	int result;

	/* The second time libc has mapped what it needs to count. */
	process_mappings();
	mappings = process_mappings();
	write_max_map_count(mappings / 2);
	left = mappings_left(8);
	result = device_set_regions(self->dev, self->regions, REGIONS);
	EXPECT_EQ(mappings, process_mappings());
	write_max_map_count(self->max_map_count);

	EXPECT_CALL(self->dev, 0, result);
	/* The limit was one that is felt. */
	EXPECT_EQ(0, left);
	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(REGIONS, get.total);
	/* Pinned they are: without their files they are not free. */
	close_range(self->regions[0].fd, ~0U, 0);
	EXPECT_EQ(self->filled.free - REGIONS, hugepages_now().free);
}

/* One at a time, as a front-end with slots hands them in. */
TEST_F(map_count, one_after_the_other)
{
	struct vhuge_get_segments get;
	unsigned int mappings, i;
	int result = 0;

	process_mappings();
	mappings = process_mappings();
	write_max_map_count(mappings / 2);
	for (i = 0; i < REGIONS && !result; i++)
		result = device_add_regions(self->dev, &self->regions[i], 1);
	EXPECT_EQ(mappings, process_mappings());
	write_max_map_count(self->max_map_count);

	EXPECT_CALL(self->dev, 0, result) TH_LOG("region %u", i - 1);
	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(REGIONS, get.total);
}

TEST_HARNESS_MAIN
