// SPDX-License-Identifier: GPL-2.0
/*
 * Setting packed rings up, starting and stopping them; no port, no traffic.
 */
#include "harness.h"

#include <linux/virtio_config.h>

#include "ring.h"

#define PAGES 2

FIXTURE(packed)
{
	struct hugepages before;
	struct guest guest;
	int dev;
	struct vhuge_vring set;
};

/* A ring of a size that split rings cannot have. */
FIXTURE_SETUP(packed)
{
	const uint64_t features = 1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_F_RING_PACKED;
	char *areas;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	guest_make(&self->guest, PAGES);
	areas = guest_alloc(&self->guest, 4096, 16);
	ASSERT_EQ(0, guest_open(&self->guest));
	self->dev = self->guest.dev;
	self->set = (struct vhuge_vring) {
		.flags = VHUGE_VRING_NUM | VHUGE_VRING_ADDR,
		.num = 100,
		.desc = front_end_address(&self->guest, areas),
		.avail = front_end_address(&self->guest, areas + 1600),
		.used = front_end_address(&self->guest, areas + 1604),
	};
	ASSERT_CALL(self->dev, 0, device_features(self->dev, features));
}

FIXTURE_TEARDOWN_PARENT(packed)
{
	expect_pages_back(_metadata, &self->before);
}

TEST_F(packed, needs_version_1)
{
	EXPECT_CALL(self->dev, -EINVAL,
		    device_features(self->dev, 1ULL << VIRTIO_F_RING_PACKED));
	EXPECT_GT(strlen(device_error(self->dev)), 0);
}

/* Front-ends that have set no base begin where drivers do. */
TEST_F(packed, begins_in_round_1)
{
	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
	EXPECT_CALL(self->dev, 0x80008000LL, device_stop(self->dev, 0));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
	EXPECT_CALL(self->dev, 0x80008000LL, device_stop(self->dev, 0));
}

TEST_F(packed, base)
{
	struct {
		uint32_t base;
		int64_t stopped;
	} cases[] = {
		{ 0, 0 }, { 0x8000, 0x80008000 }, { 0x63, 0x630063 }, { 0x80638063, 0x80638063 },
		{ 0x8063, 0x80638063 }, { 0x64, -EINVAL }, { 0x8064, -EINVAL },
		{ 0x8001, 0x80018001 }, { 0x80018000, -EINVAL }, { 0x80000000, -EINVAL },
		{ 0x18001, -EINVAL }, { 0x80010001, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool good = cases[i].stopped >= 0;

		self->set.flags |= VHUGE_VRING_BASE;
		self->set.base = cases[i].base;
		ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
		EXPECT_CALL(self->dev, good ? 0 : -EINVAL, device_start(self->dev, 0))
			TH_LOG("base %#x", cases[i].base);
		if (!good)
			cases[i].stopped = cases[i].base;
		EXPECT_CALL(self->dev, cases[i].stopped, device_stop(self->dev, 0))
			TH_LOG("base %#x", cases[i].base);
	}
}

TEST_F(packed, alignment_of_the_driver_event)
{
	self->set.avail += 2;
	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, -EINVAL, device_start(self->dev, 0));
	EXPECT_GT(strlen(device_error(self->dev)), 0);
}

/* The last bytes of the memory will do for the events, which have four each. */
TEST_F(packed, areas_at_the_end)
{
	self->set.used = front_end_address(&self->guest, self->guest.bytes) + PAGES * HPAGE - 4;
	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, 0, device_start(self->dev, 0));
	EXPECT_CALL(self->dev, 0x80008000LL, device_stop(self->dev, 0));
	self->set.used += 4;
	ASSERT_CALL(self->dev, 0, device_vring(self->dev, &self->set));
	EXPECT_CALL(self->dev, -ERANGE, device_start(self->dev, 0));
}

TEST_HARNESS_MAIN
