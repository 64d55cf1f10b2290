// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of regions: what is refused, and that a refused table changes nothing.
 */
#include "harness.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "die.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL
#define PAGE 4096UL
#define PAGES 4

FIXTURE(kind)
{
	struct hugepages before;
	int dev;
};

FIXTURE_VARIANT(kind)
{
	int (*make)(void);
	int result;
};

static int reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags);
}

static int make_memfd(void)
{
	int fd = memfd_create("vhuge-test", 0);

	return ftruncate(fd, HPAGE) ? -1 : fd;
}

static int make_tmpfs(void)
{
	int fd = open("/dev/shm", O_RDWR | O_TMPFILE, 0600);

	return ftruncate(fd, HPAGE) ? -1 : fd;
}

static int make_disk_file(void)
{
	char path[] = "/var/tmp/vhuge-test.XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	return ftruncate(fd, HPAGE) ? -1 : fd;
}

static int make_zero(void)
{
	return open("/dev/zero", O_RDWR);
}

/* By its path a pipe can be opened for reading and writing. */
static int make_pipe(void)
{
	int fds[2];

	return pipe(fds) ? -1 : reopen(fds[0], O_RDWR);
}

static int make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int make_eventfd(void)
{
	return eventfd(0, 0);
}

static int make_vhuge(void)
{
	return open(DEVICE_PATH, O_RDWR);
}

static int make_read_only(void)
{
	return reopen(hugetlb_file(1), O_RDONLY);
}

static int make_write_only(void)
{
	return reopen(hugetlb_file(1), O_WRONLY);
}

static int make_path(void)
{
	return reopen(hugetlb_file(1), O_PATH);
}

static int make_closed(void)
{
	int fd = hugetlb_file(1);

	close(fd);
	return fd;
}

static int make_hugetlb(void)
{
	return hugetlb_file(1);
}

static int make_hugetlbfs(void)
{
	int fd = open("/dev/hugepages", O_RDWR | O_TMPFILE, 0600);

	return ftruncate(fd, HPAGE) ? -1 : fd;
}

static int make_sealed_by(int seals)
{
	int fd = memfd_create("vhuge-test", MFD_HUGETLB | MFD_ALLOW_SEALING);

	if (ftruncate(fd, HPAGE))
		return -1;
	return fcntl(fd, F_ADD_SEALS, seals) ? -1 : fd;
}

/* As QEMU seals the memory of its guests. */
static int make_sealed(void)
{
	return make_sealed_by(F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

static int make_sealed_write(void)
{
	return make_sealed_by(F_SEAL_WRITE);
}

static int make_sealed_future_write(void)
{
	return make_sealed_by(F_SEAL_FUTURE_WRITE);
}

FIXTURE_VARIANT_ADD(kind, memfd) { make_memfd, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, tmpfs) { make_tmpfs, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, disk_file) { make_disk_file, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, dev_zero) { make_zero, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, pipe) { make_pipe, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, socket) { make_socket, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, eventfd) { make_eventfd, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, dev_vhuge) { make_vhuge, -EMEDIUMTYPE };
FIXTURE_VARIANT_ADD(kind, read_only) { make_read_only, -EACCES };
FIXTURE_VARIANT_ADD(kind, write_only) { make_write_only, -EACCES };
FIXTURE_VARIANT_ADD(kind, sealed_write) { make_sealed_write, -EACCES };
FIXTURE_VARIANT_ADD(kind, sealed_future_write) { make_sealed_future_write, -EACCES };
FIXTURE_VARIANT_ADD(kind, path) { make_path, -EBADF };
FIXTURE_VARIANT_ADD(kind, closed) { make_closed, -EBADF };
FIXTURE_VARIANT_ADD(kind, memfd_hugetlb) { make_hugetlb, 0 };
FIXTURE_VARIANT_ADD(kind, memfd_sealed) { make_sealed, 0 };
FIXTURE_VARIANT_ADD(kind, hugetlbfs) { make_hugetlbfs, 0 };

FIXTURE_SETUP(kind)
{
	NEED_MODULE_AND_PAGES(1);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
}

FIXTURE_TEARDOWN_PARENT(kind)
{
	expect_pages_back(_metadata, &self->before);
}

TEST_F(kind, of_file)
{
	struct vhuge_region region = {
		.guest_addr = GUEST,
		.user_addr = USER,
		.length = HPAGE,
		.fd = variant->make(),
	};

	ASSERT_GE(region.fd, 0) TH_LOG("no such file here: %s", strerror(errno));
	EXPECT_CALL(self->dev, variant->result, device_set_regions(self->dev, &region, 1));
	/* Only an errno that says it all needs no words. */
	if (variant->result && variant->result != -EBADF)
		EXPECT_GT(strlen(device_error(self->dev)), 0)
			TH_LOG("%s", strerror(-variant->result));
	region.fd = hugetlb_file(1);
	EXPECT_CALL(self->dev, 0, device_set_regions(self->dev, &region, 1));
}

FIXTURE(region)
{
	struct hugepages before;
	int dev;
	/* The region that every test begins with, and that no refusal touches. */
	struct vhuge_region first;
	__u64 generation;
};

static void read_segments(struct __test_metadata *_metadata, FIXTURE_DATA(region) *self,
			  struct vhuge_get_segments *get, struct vhuge_segment *segments)
{
	ASSERT_CALL(self->dev, 0, device_segments(self->dev, get, segments, 0, 2 * PAGES));
	ASSERT_LE(get->count, 2 * PAGES);
}

/* The table holds the first region and no other, and never held another. */
static void expect_unchanged(struct __test_metadata *_metadata, FIXTURE_DATA(region) *self)
{
	struct vhuge_segment segments[2 * PAGES];
	struct vhuge_get_segments get;

	read_segments(_metadata, self, &get, segments);
	EXPECT_EQ(self->generation, get.generation);
	EXPECT_EQ(1, get.total);
	EXPECT_EQ(self->first.guest_addr, segments[0].guest_addr);
	EXPECT_EQ(self->first.user_addr, segments[0].user_addr);
	EXPECT_EQ(self->first.length, segments[0].length);
}

/* Refused as an addition, and as a part of a new table behind a good one. */
static void expect_refused(struct __test_metadata *_metadata, FIXTURE_DATA(region) *self,
			   int expected, struct vhuge_region bad)
{
	struct vhuge_region table[2] = { self->first, bad };

	EXPECT_CALL(self->dev, expected, device_add_regions(self->dev, &bad, 1));
	expect_unchanged(_metadata, self);
	EXPECT_CALL(self->dev, expected, device_set_regions(self->dev, table, 2));
	expect_unchanged(_metadata, self);
}

FIXTURE_SETUP(region)
{
	struct vhuge_segment segments[2 * PAGES];
	struct vhuge_get_segments get;

	NEED_MODULE_AND_PAGES(PAGES);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
	self->first = (struct vhuge_region) {
		.guest_addr = GUEST,
		.user_addr = USER,
		.length = HPAGE,
		.fd = hugetlb_file(PAGES),
	};
	ASSERT_CALL(self->dev, 0, device_set_regions(self->dev, &self->first, 1));
	read_segments(_metadata, self, &get, segments);
	self->generation = get.generation;
}

FIXTURE_TEARDOWN_PARENT(region)
{
	expect_pages_back(_metadata, &self->before);
}

/* A region that could be added. */
static struct vhuge_region second_of(const FIXTURE_DATA(region) *self)
{
	struct vhuge_region second = self->first;

	second.guest_addr += 16 * HPAGE;
	second.user_addr += 32 * HPAGE;
	second.offset = HPAGE;
	return second;
}

TEST_F(region, misaligned)
{
	const __u64 excess[] = { 1, 512, 2048, PAGE - 1 };
	struct vhuge_region bad;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(excess); i++) {
		bad = second_of(self);
		bad.guest_addr += excess[i];
		expect_refused(_metadata, self, -EINVAL, bad);
		bad = second_of(self);
		bad.user_addr += excess[i];
		expect_refused(_metadata, self, -EINVAL, bad);
		bad = second_of(self);
		bad.length -= excess[i];
		expect_refused(_metadata, self, -EINVAL, bad);
		bad = second_of(self);
		bad.offset += excess[i];
		expect_refused(_metadata, self, -EINVAL, bad);
	}
	EXPECT_GT(strlen(device_error(self->dev)), 0);
}

TEST_F(region, empty)
{
	struct vhuge_region bad = second_of(self);

	bad.length = 0;
	expect_refused(_metadata, self, -EINVAL, bad);
}

TEST_F(region, unknown_flag)
{
	struct vhuge_region bad = second_of(self);

	for (bad.flags = VHUGE_REGION_READONLY << 1; bad.flags; bad.flags <<= 1)
		expect_refused(_metadata, self, -EOPNOTSUPP, bad);
}

TEST_F(region, wrapping)
{
	struct vhuge_region bad = second_of(self);

	bad.guest_addr = -HPAGE + PAGE;
	expect_refused(_metadata, self, -EINVAL, bad);
	bad = second_of(self);
	bad.user_addr = -PAGE;
	expect_refused(_metadata, self, -EINVAL, bad);
}

TEST_F(region, beyond_end_of_file)
{
	struct vhuge_region bad = second_of(self);

	bad.length = (PAGES - 1) * HPAGE + PAGE;
	expect_refused(_metadata, self, -ERANGE, bad);
	bad.length = PAGE;
	bad.offset = PAGES * HPAGE;
	expect_refused(_metadata, self, -ERANGE, bad);
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	/* Offsets that would be negative, or wrap when the length is added. */
	bad.offset = 1ULL << 63;
	expect_refused(_metadata, self, -ERANGE, bad);
	bad.offset = -PAGE;
	expect_refused(_metadata, self, -EINVAL, bad);
	bad.length = 1ULL << 62;
	bad.offset = 0;
	expect_refused(_metadata, self, -ERANGE, bad);
}

/* Every way in which two ranges can overlap, for one of the two addresses. */
static void expect_no_overlap(struct __test_metadata *_metadata, FIXTURE_DATA(region) *self,
			      size_t address)
{
	struct vhuge_region bad;
	__u64 *moved = (__u64 *)((char *)&bad + address);
	__u64 first;

	bad = self->first;
	first = *moved;
	bad = second_of(self);
	*moved = first;
	expect_refused(_metadata, self, -EEXIST, bad);
	*moved = first + HPAGE - PAGE;
	expect_refused(_metadata, self, -EEXIST, bad);
	*moved = first - HPAGE + PAGE;
	expect_refused(_metadata, self, -EEXIST, bad);
	bad.length = 3 * HPAGE;
	*moved = first - HPAGE;
	expect_refused(_metadata, self, -EEXIST, bad);
	bad.length = PAGE;
	*moved = first + PAGE;
	expect_refused(_metadata, self, -EEXIST, bad);
	EXPECT_GT(strlen(device_error(self->dev)), 0);

	*moved = first + HPAGE;
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &bad, 1));
	*moved = first - PAGE;
	if (address == offsetof(struct vhuge_region, guest_addr))
		bad.user_addr += HPAGE;
	else
		bad.guest_addr += HPAGE;
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &bad, 1));
}

TEST_F(region, overlapping_guest)
{
	expect_no_overlap(_metadata, self, offsetof(struct vhuge_region, guest_addr));
}

TEST_F(region, overlapping_user)
{
	expect_no_overlap(_metadata, self, offsetof(struct vhuge_region, user_addr));
}

TEST_HARNESS_MAIN
