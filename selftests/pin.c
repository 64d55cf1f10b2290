// SPDX-License-Identifier: GPL-2.0
/*
 * Pinned pages: how long they are held, what fills holes of a file, and the
 * limits. A page is pinned when it is not free although its file is closed.
 */
#include "harness.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <strings.h>
#include <sys/stat.h>

#include "die.h"
#include "process.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define PAGES 4

FIXTURE(pin)
{
	struct hugepages before;
	int dev;
};

FIXTURE_SETUP(pin)
{
	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
}

FIXTURE_TEARDOWN_PARENT(pin)
{
	expect_pages_back(_metadata, &self->before);
}

static struct vhuge_region whole(int file, unsigned int pages)
{
	return (struct vhuge_region) {
		.guest_addr = GUEST,
		.user_addr = USER,
		.length = pages * HPAGE,
		.fd = file,
	};
}

static int set_whole(int dev, int file, unsigned int pages)
{
	struct vhuge_region region = whole(file, pages);

	return device_set_regions(dev, &region, 1);
}

static void expect_free(struct __test_metadata *_metadata, FIXTURE_DATA(pin) *self,
			long taken)
{
	struct hugepages expected = self->before;
	struct hugepages seen;

	expected.free -= taken;
	EXPECT_TRUE(hugepages_wait(&expected, &seen))
		TH_LOG("hugepages: %ld of %ld free, %ld should be; %ld reserved, %ld surplus",
		       seen.free, seen.total, expected.free, seen.reserved, seen.surplus);
}

TEST_F(pin, outlives_the_file)
{
	int file = hugetlb_file(PAGES);

	EXPECT_CALL(self->dev, 0, set_whole(self->dev, file, PAGES));
	close(file);
	expect_free(_metadata, self, PAGES);
	close(self->dev);
	expect_free(_metadata, self, 0);
}

TEST_F(pin, ends_with_the_table)
{
	struct vhuge_region region = whole(hugetlb_file(PAGES), PAGES);

	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, &region, 1));
	close(region.fd);
	expect_free(_metadata, self, PAGES);
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &region, 1));
	expect_free(_metadata, self, 0);

	EXPECT_CALL(self->dev, 0, set_whole(self->dev, hugetlb_file(PAGES), PAGES));
	EXPECT_CALL(self->dev, 0, set_whole(self->dev, hugetlb_file(2), 2));
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, NULL, 0));
	close_range(self->dev + 1, ~0U, 0);
	expect_free(_metadata, self, 0);
}

TEST_F(pin, covers_what_the_range_touches)
{
	struct vhuge_region region = whole(hugetlb_file(PAGES), 1);

	/* A page's worth of bytes that begins in the middle of the second. */
	region.offset = HPAGE + HPAGE / 2;
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, &region, 1));
	close(region.fd);
	expect_free(_metadata, self, 2);
}

/* A device is closed when its last descriptor is, in whatever process. */
TEST_F(pin, outlives_the_opener)
{
	int file = hugetlb_file(PAGES);
	int hold[2];
	pid_t child;
	char byte;

	EXPECT_CALL(self->dev, 0, set_whole(self->dev, file, PAGES));
	close(file);
	ASSERT_EQ(0, pipe(hold));
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		close(hold[1]);
		_exit(read(hold[0], &byte, 1) ? 1 : 0);
	}
	close(self->dev);
	expect_free(_metadata, self, PAGES);
	close(hold[1]);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	expect_free(_metadata, self, 0);
}

TEST_F(pin, ends_when_the_owner_is_killed)
{
	int report[2], status;
	pid_t child;
	char byte;

	close(self->dev);
	ASSERT_EQ(0, pipe(report));
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		int dev = device_open(), file = hugetlb_file(PAGES);

		byte = dev < 0 || set_whole(dev, file, PAGES);
		close(file);
		if (write(report[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ASSERT_EQ(1, read(report[0], &byte, 1));
	EXPECT_EQ(0, byte);
	expect_free(_metadata, self, PAGES);
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	expect_free(_metadata, self, 0);
}

TEST_F(pin, fills_holes_with_zeroes)
{
	int file = hugetlb_full_file(2 * PAGES);
	struct stat stat;
	unsigned char *map;
	size_t i;

	/* The pages that will be taken were somebody's before. */
	map = hugetlb_map(file, 2 * PAGES);
	memset(map, 0xa5, 2 * PAGES * HPAGE);
	munmap(map, 2 * PAGES * HPAGE);
	close(file);
	expect_free(_metadata, self, 0);

	file = hugetlb_file(PAGES);
	ASSERT_EQ(0, hugetlb_fill(file, 1, 1));
	EXPECT_CALL(self->dev, 0, set_whole(self->dev, file, PAGES));
	ASSERT_EQ(0, fstat(file, &stat));
	EXPECT_EQ(PAGES * HPAGE, (unsigned long)stat.st_blocks * 512);
	expect_free(_metadata, self, PAGES);

	map = hugetlb_map(file, PAGES);
	for (i = 0; i < PAGES * HPAGE && !map[i]; i++)
		;
	EXPECT_EQ(PAGES * HPAGE, i) TH_LOG("byte %#zx is %#x", i, map[i]);
}

TEST_F(pin, survives_what_happens_to_the_file)
{
	struct vhuge_segment before[PAGES], after[PAGES];
	struct vhuge_get_segments get;
	int file = hugetlb_file(PAGES);
	unsigned int total;

	EXPECT_CALL(self->dev, 0, set_whole(self->dev, file, PAGES));
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, before, 0, PAGES));
	total = get.total;
	ASSERT_EQ(0, fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, HPAGE, HPAGE));
	expect_free(_metadata, self, PAGES);
	/* The file gets another page there; the guest keeps the pinned one. */
	ASSERT_EQ(0, hugetlb_fill(file, 1, 1));
	expect_free(_metadata, self, PAGES + 1);
	ASSERT_EQ(0, ftruncate(file, 0));
	expect_free(_metadata, self, PAGES);
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, &get, after, 0, PAGES));
	EXPECT_EQ(total, get.total);
	EXPECT_EQ(0, memcmp(before, after, total * sizeof(*before)));
	close(file);
	expect_free(_metadata, self, PAGES);
	close(self->dev);
	expect_free(_metadata, self, 0);
}

/* Two devices with one guest's memory: it stays until both let go. */
TEST_F(pin, is_shared_by_devices)
{
	int other = device_open();
	int file = hugetlb_file(PAGES);

	ASSERT_GE(other, 0);
	EXPECT_CALL(self->dev, 0, set_whole(self->dev, file, PAGES));
	EXPECT_CALL(other, 0, set_whole(other, file, PAGES));
	close(file);
	expect_free(_metadata, self, PAGES);
	close(self->dev);
	expect_free(_metadata, self, PAGES);
	close(other);
	expect_free(_metadata, self, 0);
}

TEST_F(pin, pool_exhausted)
{
	int file = hugetlb_file(self->before.free + 1);
	char figures[64];

	EXPECT_CALL(self->dev, -ENOMEM,
		    set_whole(self->dev, file, self->before.free + 1));
	snprintf(figures, sizeof(figures), "(%ld total, 0 free, 0 reserved)", self->before.total);
	EXPECT_TRUE(strstr(device_error(self->dev), figures))
		TH_LOG("the module says: %s", device_error(self->dev));
	close(file);
	expect_free(_metadata, self, 0);
	EXPECT_CALL(self->dev, 0, set_whole(self->dev, hugetlb_file(1), 1));
}

/* Pages that somebody reserved by a mapping are not free to fill holes with. */
TEST_F(pin, leaves_reserved_pages_alone)
{
	int reserving = hugetlb_file(self->before.free);
	int file = hugetlb_file(1);
	struct hugepages now;
	char *map;

	map = hugetlb_map(reserving, self->before.free);
	now = hugepages_now();
	ASSERT_EQ(now.free, now.reserved);
	EXPECT_CALL(self->dev, -ENOMEM, set_whole(self->dev, file, 1));
	now = hugepages_now();
	EXPECT_EQ(self->before.free, now.free);
	EXPECT_EQ(self->before.free, now.reserved);
	munmap(map, self->before.free * HPAGE);
	close(reserving);
	EXPECT_CALL(self->dev, 0, set_whole(self->dev, file, 1));
}

/* From here on as a user who may lock memory within a limit only. */
static int open_limited(unsigned int pages)
{
	process_limit_locked_memory(pages * HPAGE);
	process_drop_capability(CAP_IPC_LOCK);
	return device_open();
}

TEST_F(pin, is_limited)
{
	int dev = open_limited(2);
	int file = hugetlb_file(PAGES);

	ASSERT_GE(dev, 0);
	EXPECT_CALL(dev, -EDQUOT, set_whole(dev, file, 3));
	EXPECT_TRUE(strcasestr(device_error(dev), "memlock"))
		TH_LOG("the module says: %s", device_error(dev));
	EXPECT_CALL(dev, 0, set_whole(dev, file, 2));
	/* A device that was opened with the capability keeps its right. */
	EXPECT_CALL(self->dev, 0, set_whole(self->dev, file, PAGES));
}

TEST_F(pin, gives_back_what_it_counted)
{
	struct vhuge_region region = whole(hugetlb_file(PAGES), 2);
	int dev = open_limited(2);
	unsigned int i;

	ASSERT_GE(dev, 0);
	for (i = 0; i < 8; i++) {
		EXPECT_CALL(dev, 0, device_set_regions(dev, &region, 1));
		EXPECT_CALL(dev, -EDQUOT, set_whole(dev, region.fd, 3));
		EXPECT_CALL(dev, 0, device_remove_regions(dev, &region, 1));
		close(dev);
		dev = device_open();
		ASSERT_GE(dev, 0);
	}
}

TEST_F(pin, limit_holds_for_all_devices_of_a_user)
{
	int dev = open_limited(2);
	int other = device_open();

	ASSERT_GE(dev, 0);
	ASSERT_GE(other, 0);
	EXPECT_CALL(dev, 0, set_whole(dev, hugetlb_file(2), 2));
	EXPECT_CALL(other, -EDQUOT, set_whole(other, hugetlb_file(1), 1));
	close(dev);
	EXPECT_CALL(other, 0, set_whole(other, hugetlb_file(1), 1));
}

TEST_HARNESS_MAIN
