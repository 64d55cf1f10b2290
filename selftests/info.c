// SPDX-License-Identifier: GPL-2.0
/*
 * What a device says of itself: VHUGE_GET_INFO, the features it takes, and the
 * text of VHUGE_GET_ERROR.
 */
#include <linux/virtio_config.h>

#include "harness.h"

#include "die.h"

#define GUEST 0x100000000ULL
#define USER 0x7a0000000000ULL

FIXTURE(info)
{
	struct hugepages before;
	int dev;
};

FIXTURE_SETUP(info)
{
	NEED_MODULE_AND_PAGES(1);
	self->before = hugepages_now();
	self->dev = device_open();
	ASSERT_GE(self->dev, 0);
}

FIXTURE_TEARDOWN_PARENT(info)
{
	expect_pages_back(_metadata, &self->before);
}

TEST_F(info, values)
{
	struct vhuge_info info, other;
	int dev;

	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(0, info.flags);
	/* VIRTIO_F_VERSION_1, and what this header's other texts promise. */
	EXPECT_TRUE(info.features & (1ULL << 32));
	EXPECT_TRUE(info.features & (1ULL << 28))
		TH_LOG("no VIRTIO_RING_F_INDIRECT_DESC in %#llx", info.features);
	EXPECT_TRUE(info.features & (1ULL << 29))
		TH_LOG("no VIRTIO_RING_F_EVENT_IDX in %#llx", info.features);
	EXPECT_TRUE(info.features & (1ULL << 15))
		TH_LOG("no VIRTIO_NET_F_MRG_RXBUF in %#llx", info.features);
	EXPECT_GE(info.max_regions, 509);
	EXPECT_GE(info.max_vrings, 2);
	EXPECT_EQ(0, info.max_vrings % 2);
	EXPECT_GE(info.max_vring_num, 256);
	EXPECT_LE(info.max_vring_num, 32768);
	EXPECT_EQ(0, info.max_vring_num & (info.max_vring_num - 1));
	EXPECT_EQ(0, info.ifindex);
	EXPECT_EQ(0, info.queue_pairs);

	dev = device_open();
	ASSERT_GE(dev, 0);
	ASSERT_CALL(dev, 0, device_info(dev, &other));
	EXPECT_NE(info.id, other.id);
	EXPECT_EQ(info.features, other.features);
	close(dev);
}

TEST_F(info, features)
{
	struct vhuge_info info;
	unsigned int bit;

	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	for (bit = 0; bit < 64; bit++) {
		uint64_t features = 1ULL << bit;
		int expected = info.features & features ? 0 : -EOPNOTSUPP;

		if (bit == VIRTIO_F_RING_PACKED) {
			EXPECT_CALL(self->dev, -EINVAL, device_features(self->dev, features));
			features |= 1ULL << VIRTIO_F_VERSION_1;
		}
		EXPECT_CALL(self->dev, expected, device_features(self->dev, features))
			TH_LOG("feature bit %u", bit);
	}
	EXPECT_CALL(self->dev, 0, device_features(self->dev, info.features));
}

/* A region in an empty pipe is refused in words. */
static int fail_in_words(int dev)
{
	struct vhuge_region region = { .guest_addr = GUEST, .user_addr = USER,
				       .length = HPAGE };
	int fds[2], err;

	if (pipe(fds))
		die("pipe");
	region.fd = fds[1];
	err = device_set_regions(dev, &region, 1);
	close(fds[0]);
	close(fds[1]);
	return err;
}

static int read_error(int dev, char *text, unsigned int room, unsigned int *length)
{
	struct vhuge_error error = {
		.size = sizeof(error),
		.length = room,
		.text = (uintptr_t)text,
	};
	int err = device_call(dev, VHUGE_GET_ERROR, &error);

	*length = error.length;
	return err;
}

TEST_F(info, error_is_empty_at_first)
{
	char text[64] = "left over";
	unsigned int length;

	ASSERT_EQ(0, read_error(self->dev, text, sizeof(text), &length));
	EXPECT_EQ(0, length);
	EXPECT_STREQ("", text);
}

TEST_F(info, error_text)
{
	struct vhuge_info info;
	char text[512], again[512];
	unsigned int length;

	ASSERT_NE(0, fail_in_words(self->dev));
	memset(text, 'x', sizeof(text));
	ASSERT_EQ(0, read_error(self->dev, text, sizeof(text), &length));
	ASSERT_LT(length, sizeof(text));
	EXPECT_GT(length, 10);
	EXPECT_EQ(0, text[length]);
	EXPECT_EQ(length, strlen(text));
	EXPECT_NULL(strchr(text, '\n'));

	/* Neither reading nor calls that succeed change it. */
	ASSERT_CALL(self->dev, 0, device_info(self->dev, &info));
	ASSERT_EQ(0, read_error(self->dev, again, sizeof(again), &length));
	EXPECT_STREQ(text, again);
}

TEST_F(info, error_text_cut)
{
	char whole[512], text[512];
	unsigned int length, room;

	ASSERT_NE(0, fail_in_words(self->dev));
	ASSERT_EQ(0, read_error(self->dev, whole, sizeof(whole), &length));
	ASSERT_GT(length, 0);
	for (room = 1; room <= strlen(whole) + 2; room++) {
		unsigned int fits = room - 1 < strlen(whole) ? room - 1 : strlen(whole);

		memset(text, 'x', sizeof(text));
		ASSERT_EQ(0, read_error(self->dev, text, room, &length));
		EXPECT_EQ(fits, length);
		EXPECT_EQ(0, strncmp(whole, text, fits));
		EXPECT_EQ(0, text[fits]);
		EXPECT_EQ('x', text[room]);
	}
}

TEST_F(info, error_text_bad_room)
{
	unsigned int length;
	char text[8];

	ASSERT_NE(0, fail_in_words(self->dev));
	EXPECT_EQ(-EINVAL, read_error(self->dev, text, 0, &length));
	EXPECT_EQ(-EFAULT, read_error(self->dev, NULL, 64, &length));
	EXPECT_EQ(-EFAULT, read_error(self->dev, (char *)1, 64, &length));
}

TEST_HARNESS_MAIN
