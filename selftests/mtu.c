// SPDX-License-Identifier: GPL-2.0
/*
 * What else a front-end knows of its guest's network: the longest packet, and
 * where the guest is after it was moved.
 */
#include "harness.h"

#include <arpa/inet.h>

#include "die.h"
#include "frame.h"
#include "rig.h"
#include "vnet.h"

#define PAGES 8
#define NUM 256
#define MTU 2000
#define ROOM 8192

#define OFFLOADS (FEATURE(VIRTIO_NET_F_GUEST_CSUM) | FEATURE(VIRTIO_NET_F_GUEST_TSO4))

FIXTURE(mtu)
{
	struct hugepages before;
	struct rig rig;
	int dev, host;
	unsigned char *room;
};

FIXTURE_SETUP(mtu)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, VERSION_1 | MRG_RXBUF | OFFLOADS, NUM, PAGES);
	ASSERT_EQ(0, link_set_mtu(PORT, 9000));
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->dev = rig->guest.dev;
	self->host = vnet_open(rig->ifindex);
	self->room = guest_alloc(&rig->guest, 64 * ROOM, 4096);
}

FIXTURE_TEARDOWN_PARENT(mtu)
{
	expect_pages_back(_metadata, &self->before);
}

static uint64_t too_long(void)
{
	unsigned int matches;

	return port_statistic(PORT, "tx0_drop_mtu", &matches);
}

/* Frames a byte shorter, as long and a byte longer than @length. */
static void expect_limit(struct __test_metadata *_metadata, FIXTURE_DATA(mtu) *self,
			 size_t length, bool limit)
{
	struct rig *rig = &self->rig;
	unsigned char frame[WIRE_MAX];
	uint64_t before = too_long();
	uint32_t used;
	uint16_t head;
	int i;

	for (i = -1; i <= 1; i++) {
		rig_offer_room(rig, self->room, ROOM);
		wire_fill(frame, length + i, i + 1);
		ring_publish(&rig->rx);
		ring_kick(&rig->rx);
		ASSERT_EQ(0, wire_send(rig->wire, frame, length + i));
		if (limit && i == 1)
			continue;
		ASSERT_TRUE(ring_wait(&rig->rx, 1)) TH_LOG("%zu%+d bytes", length, i);
		ASSERT_TRUE(ring_take(&rig->rx, &head, &used));
		ASSERT_EQ(rig->header + length + i, used);
	}
	/* A packet socket has sent when it returns. */
	EXPECT_EQ(before + limit, too_long());
	EXPECT_EQ(0, ring_pending(&rig->rx));
}

TEST_F(mtu, limits_what_is_delivered)
{
	expect_limit(_metadata, self, 18 + MTU, false);
	ASSERT_CALL(self->dev, 0, device_set_mtu(self->dev, MTU));
	/* With the tag of a VLAN. */
	expect_limit(_metadata, self, 18 + MTU, true);
	ASSERT_CALL(self->dev, 0, device_set_mtu(self->dev, 68));
	expect_limit(_metadata, self, 18 + 68, true);
	ASSERT_CALL(self->dev, 0, device_set_mtu(self->dev, 0));
	expect_limit(_metadata, self, 18 + MTU, false);
}

/* Of a packet that stands for several it is those that count. */
TEST_F(mtu, counts_segments)
{
	static unsigned char frame[FRAME_ALL];
	size_t length = frame_make(frame, TCP4, 20000, 1);
	struct virtio_net_hdr header = frame_header(TCP4, MTU - 40);
	struct rig *rig = &self->rig;
	unsigned int i;

	for (i = 0; i < 64; i++)
		rig_offer_room(rig, self->room + i * ROOM, ROOM);
	ring_publish(&rig->rx);
	ring_kick(&rig->rx);
	ASSERT_CALL(self->dev, 0, device_set_mtu(self->dev, MTU));
	ASSERT_EQ(0, vnet_send(self->host, &header, frame, length));
	ASSERT_TRUE(ring_wait(&rig->rx, (length + rig->header + ROOM - 1) / ROOM));
	EXPECT_EQ(0, too_long());
	ASSERT_CALL(self->dev, 0, device_set_mtu(self->dev, MTU - 5));
	ASSERT_EQ(0, vnet_send(self->host, &header, frame, length));
	EXPECT_EQ(1, too_long());
}

TEST_F(mtu, refused)
{
	EXPECT_CALL(self->dev, 0, device_set_mtu(self->dev, 9000));
	EXPECT_CALL(self->dev, -EMSGSIZE, device_set_mtu(self->dev, 9001));
	EXPECT_NE(NULL, strstr(device_error(self->dev), "ip link set " PORT " mtu 9001"));
	EXPECT_CALL(self->dev, -EINVAL, device_set_mtu(self->dev, 67));
	EXPECT_CALL(self->dev, -EINVAL, device_set_mtu(self->dev, 65536));
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	EXPECT_CALL(self->dev, 0, device_set_mtu(self->dev, 65535));
}

TEST_F(mtu, announces_the_guest)
{
	static const unsigned char mac[] = { 2, 0, 0, 0, 0xab, 1 };
	static const unsigned char group[] = { 3, 0, 0, 0, 0xab, 1 };
	unsigned char expected[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0xab, 1, 0x80, 0x35,
		0, 1, 8, 0, 6, 4, 0, 3,
		2, 0, 0, 0, 0xab, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0xab, 1,
	};
	struct virtio_net_hdr header;
	unsigned char frame[256];

	ASSERT_CALL(self->dev, 0, device_announce(self->dev, mac));
	ASSERT_EQ(sizeof(expected), vnet_receive(self->host, &header, frame, sizeof(frame)));
	EXPECT_EQ(0, memcmp(frame, expected, sizeof(expected)));
	EXPECT_CALL(self->dev, -EINVAL, device_announce(self->dev, group));
	ASSERT_EQ(0, link_set_up(PORT, false));
	EXPECT_CALL(self->dev, -ENETDOWN, device_announce(self->dev, mac));
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	EXPECT_CALL(self->dev, -ENOENT, device_announce(self->dev, mac));
}

TEST_HARNESS_MAIN
