// SPDX-License-Identifier: GPL-2.0
/*
 * Setting rings up, starting and stopping them; no port, no traffic.
 */
#include "harness.h"

#include <sys/eventfd.h>

#include "die.h"
#include "ring.h"

#define PAGES 2
#define NUM 256U

FIXTURE(vring)
{
	struct hugepages before;
	struct guest guest;
	struct ring ring;
	int dev;
	/* A set-up that can be started. */
	struct vhuge_vring set;
};

FIXTURE_SETUP(vring)
{
	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	guest_make(&self->guest, PAGES);
	ring_make(&self->ring, &self->guest, 0, NUM);
	ASSERT_EQ(0, guest_open(&self->guest));
	self->dev = self->guest.dev;
	self->set = (struct vhuge_vring) {
		.flags = VHUGE_VRING_NUM | VHUGE_VRING_ADDR | VHUGE_VRING_BASE,
		.num = NUM,
		.desc = front_end_address(&self->guest, self->ring.desc),
		.avail = front_end_address(&self->guest, self->ring.avail),
		.used = front_end_address(&self->guest, self->ring.used),
	};
}

FIXTURE_TEARDOWN_PARENT(vring)
{
	expect_pages_back(_metadata, &self->before);
}

static int max_num(struct __test_metadata *_metadata, FIXTURE_DATA(vring) *self)
{
	struct vhuge_info info;

	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	return info.max_vring_num;
}

TEST_F(vring, num)
{
	unsigned int max = max_num(_metadata, self), num;
	const unsigned int bad[] = { 0, max + 1, max * 2, 1U << 31, ~0U };
	struct vhuge_vring set = { .flags = VHUGE_VRING_NUM };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set.num = bad[i];
		EXPECT_CALL(self->dev, -EINVAL, device_vring(self->dev, &set))
			TH_LOG("num %u", set.num);
	}
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	for (num = 1; num <= max; num = 2 * num - num / 2) {
		set.num = num;
		EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set))
			TH_LOG("num %u", num);
	}
}

/* What a size or a base has to be depends on features, which may come later. */
TEST_F(vring, num_of_a_split_ring)
{
	const unsigned int bad[] = { 3, 5, 255, 257, 32767 };
	struct vhuge_vring set = { .flags = VHUGE_VRING_NUM };
	unsigned int i;

	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set.num = bad[i];
		EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set));
		EXPECT_CALL(self->dev, -EINVAL, device_start(self->dev, 0))
			TH_LOG("num %u", bad[i]);
	}
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
}

TEST_F(vring, members_that_no_flag_names)
{
	struct vhuge_vring set = { .num = 3, .base = ~0U, .desc = 1, .avail = 1, .used = 1 };

	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
}

static void expect_misaligned(struct __test_metadata *_metadata, FIXTURE_DATA(vring) *self,
			      size_t member, unsigned int align)
{
	struct vhuge_vring set;
	unsigned int excess;

	for (excess = 1; excess < align; excess++) {
		set = self->set;
		*(__u64 *)((char *)&set + member) += excess;
		EXPECT_CALL(self->dev, -EINVAL, device_vring(self->dev, &set))
			TH_LOG("member at %zu off by %u", member, excess);
	}
}

TEST_F(vring, misaligned)
{
	expect_misaligned(_metadata, self, offsetof(struct vhuge_vring, desc), 16);
	expect_misaligned(_metadata, self, offsetof(struct vhuge_vring, avail), 2);
	expect_misaligned(_metadata, self, offsetof(struct vhuge_vring, used), 4);
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	/* The smallest alignment is enough. */
	self->set.desc += 16;
	self->set.avail += 2;
	self->set.used += 4;
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
}

TEST_F(vring, base)
{
	struct vhuge_vring set = { .flags = VHUGE_VRING_BASE };
	const unsigned int good[] = { 0, 7, 255, 256, 65535 };
	const unsigned int bad[] = { 65536, 1U << 31, ~0U };
	unsigned int i;

	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		set.base = good[i];
		EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set));
		EXPECT_CALL(self->dev, (int)good[i], device_stop(self->dev, 0));
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set.base = bad[i];
		EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set));
		EXPECT_CALL(self->dev, -EINVAL, device_start(self->dev, 0));
		EXPECT_CALL(self->dev, (int64_t)bad[i], device_stop(self->dev, 0));
	}
}

TEST_F(vring, no_such_ring)
{
	struct vhuge_vring set = { .flags = VHUGE_VRING_NUM, .num = NUM };
	struct vhuge_info info;
	unsigned int i;

	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	const unsigned int bad[] = { info.max_vrings, info.max_vrings + 1, 1U << 31, ~0U };

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set.index = bad[i];
		EXPECT_CALL(self->dev, -ENOENT, device_vring(self->dev, &set));
		EXPECT_CALL(self->dev, -ENOENT,
			    device_vring_fd(self->dev, bad[i], VHUGE_VRING_KICK, -1));
		EXPECT_CALL(self->dev, -ENOENT, device_enable(self->dev, bad[i], 1));
		EXPECT_CALL(self->dev, -ENOENT, device_start(self->dev, bad[i]));
		EXPECT_CALL(self->dev, -ENOENT, device_stop(self->dev, bad[i]));
	}
	set.index = info.max_vrings - 1;
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set));
	EXPECT_CALL(self->dev, 0, device_enable(self->dev, info.max_vrings - 1, 1));
}

TEST_F(vring, enable_value)
{
	EXPECT_CALL(self->dev, -EINVAL, device_enable(self->dev, 0, 2));
	EXPECT_CALL(self->dev, -EINVAL, device_enable(self->dev, 0, ~0U));
	EXPECT_CALL(self->dev, 0, device_enable(self->dev, 0, 1));
	EXPECT_CALL(self->dev, 0, device_enable(self->dev, 0, 1));
	EXPECT_CALL(self->dev, 0, device_enable(self->dev, 0, 0));
}

static void expect_no_eventfd(struct __test_metadata *_metadata, FIXTURE_DATA(vring) *self,
			      int fd)
{
	int kind;

	for (kind = VHUGE_VRING_KICK; kind <= VHUGE_VRING_ERR; kind++) {
		EXPECT_CALL(self->dev, 0, device_vring_fd(self->dev, 0, kind, self->ring.kick));
		EXPECT_CALL(self->dev, -EBADF, device_vring_fd(self->dev, 0, kind, fd))
			TH_LOG("kind %d descriptor %d", kind, fd);
		EXPECT_GT(strlen(device_error(self->dev)), 0);
		EXPECT_CALL(self->dev, 0, device_vring_fd(self->dev, 0, kind, -1));
	}
}

TEST_F(vring, not_an_eventfd)
{
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	close(pipes[1]);
	expect_no_eventfd(_metadata, self, pipes[0]);
	expect_no_eventfd(_metadata, self, self->guest.file);
	expect_no_eventfd(_metadata, self, self->dev);
	expect_no_eventfd(_metadata, self, 1 << 30);
	expect_no_eventfd(_metadata, self, -2);
	close(pipes[0]);
	expect_no_eventfd(_metadata, self, pipes[0]);
	EXPECT_CALL(self->dev, -EINVAL,
		    device_vring_fd(self->dev, 0, VHUGE_VRING_ERR + 1, self->ring.kick));
	EXPECT_CALL(self->dev, -EINVAL, device_vring_fd(self->dev, 0, ~0U, self->ring.kick));
}

TEST_F(vring, start_without_set_up)
{
	struct vhuge_vring num = { .flags = VHUGE_VRING_NUM, .num = NUM };
	struct vhuge_vring addr = self->set;

	EXPECT_CALL(self->dev, -EINVAL, device_start(self->dev, 0));
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &num));
	EXPECT_CALL(self->dev, -EINVAL, device_start(self->dev, 0));
	addr.flags = VHUGE_VRING_ADDR;
	addr.index = 1;
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &addr));
	EXPECT_CALL(self->dev, -EINVAL, device_start(self->dev, 1));
	/* Base and eventfds need not be set. */
	addr.index = 0;
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &addr));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
}

/* Moves one area of @length bytes or more out of memory in each way there is. */
static void expect_outside(struct __test_metadata *_metadata, FIXTURE_DATA(vring) *self,
			   size_t member, size_t length)
{
	const __u64 end = FRONT_END_BASE + PAGES * HPAGE;
	const __u64 bad[] = {
		0, 4096, GUEST_BASE, FRONT_END_BASE - 16, FRONT_END_BASE - length,
		end - length + 16, end - 16, end, -16ULL, -length, 1ULL << 63,
	};
	struct vhuge_vring set;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set = self->set;
		*(__u64 *)((char *)&set + member) = bad[i];
		EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set));
		EXPECT_CALL(self->dev, -ERANGE, device_start(self->dev, 0))
			TH_LOG("member at %zu is %#llx", member, bad[i]);
	}
	EXPECT_GT(strlen(device_error(self->dev)), 0);
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
	EXPECT_CALL(self->dev, 0, device_stop(self->dev, 0));
}

TEST_F(vring, outside_of_memory)
{
	expect_outside(_metadata, self, offsetof(struct vhuge_vring, desc), NUM * 16);
	expect_outside(_metadata, self, offsetof(struct vhuge_vring, avail), NUM * 2);
	expect_outside(_metadata, self, offsetof(struct vhuge_vring, used), NUM * 8);
}

TEST_F(vring, ends_with_memory)
{
	/* The descriptor table may end with the last byte, and begin with the first. */
	self->set.desc = FRONT_END_BASE + PAGES * HPAGE - NUM * 16;
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
	EXPECT_CALL(self->dev, 0, device_stop(self->dev, 0));
	self->set.desc = FRONT_END_BASE;
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
}

TEST_F(vring, start_after_memory_went)
{
	struct vhuge_region region = guest_region(&self->guest);

	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_remove_regions(self->dev, &region, 1));
	EXPECT_CALL(self->dev, -ERANGE, device_start(self->dev, 0));
	EXPECT_CALL(self->dev, 0, device_add_regions(self->dev, &region, 1));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
}

TEST_F(vring, busy_while_running)
{
	struct vhuge_vring set = self->set;
	struct vhuge_info info;

	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	EXPECT_CALL(self->dev, 0, device_features(self->dev, 1ULL << 32));
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
	for (set.flags = VHUGE_VRING_NUM; set.flags <= VHUGE_VRING_BASE; set.flags <<= 1)
		EXPECT_CALL(self->dev, -EBUSY, device_vring(self->dev, &set))
			TH_LOG("flags %#x", set.flags);
	EXPECT_CALL(self->dev, 0, device_features(self->dev, 1ULL << 32));
	EXPECT_CALL(self->dev, -EBUSY, device_features(self->dev, 0));
	EXPECT_CALL(self->dev, -EBUSY, device_features(self->dev, info.features));
	/* Another ring can be set up meanwhile. */
	set = self->set;
	set.index = 1;
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &set));

	EXPECT_CALL(self->dev, 0, device_stop(self->dev, 0));
	EXPECT_CALL(self->dev, 0, device_features(self->dev, info.features));
	EXPECT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
}

TEST_F(vring, start_and_stop_many_times)
{
	struct vhuge_get_segments get;
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		/* As a driver leaves its ring that stopped there. */
		self->set.base = i * 37 % 65536;
		self->ring.avail->idx = self->set.base;
		self->ring.used->idx = self->set.base;
		ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
		ASSERT_CALL(self->dev, 0, device_start(self->dev, 0));
		ASSERT_CALL(self->dev, (int)self->set.base, device_stop(self->dev, 0));
		ASSERT_CALL(self->dev, (int)self->set.base, device_stop(self->dev, 0));
	}
	EXPECT_CALL(self->dev, 0, device_segments(self->dev, &get, NULL, 0, 0));
	EXPECT_EQ(PAGES, get.total);
}

/* Files in use in the whole system. */
static long files_in_use(void)
{
	FILE *file = fopen("/proc/sys/fs/file-nr", "r");
	long used;

	if (!file || fscanf(file, "%ld", &used) != 1)
		die("/proc/sys/fs/file-nr");
	fclose(file);
	return used;
}

/* Every file that is not let go of would stay in use. */
TEST_F(vring, lets_go_of_eventfds)
{
	const int times = 4000;
	long before = files_in_use();
	int i, kind, fd;

	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	for (i = 0; i < times; i++) {
		for (kind = VHUGE_VRING_KICK; kind <= VHUGE_VRING_ERR; kind++) {
			fd = eventfd(0, 0);
			ASSERT_CALL(self->dev, 0, device_vring_fd(self->dev, 0, kind, fd));
			close(fd);
		}
		if (i % 16)
			continue;
		ASSERT_CALL(self->dev, 0, device_start(self->dev, 0));
		ASSERT_CALL(self->dev, 0, device_stop(self->dev, 0));
	}
	EXPECT_LT(files_in_use() - before, times / 2);
}

TEST_HARNESS_MAIN
