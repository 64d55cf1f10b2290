// SPDX-License-Identifier: GPL-2.0
/*
 * TCP that a guest sends in single segments reaches the host's stack merged, with
 * every byte in its place; and nothing overtakes anything in a connection.
 *
 *     guest memory - ring TX - device - port vm0 - packet socket
 */
#include "harness.h"

#include "frame.h"
#include "rig.h"
#include "vnet.h"

#define PAGES 8
#define NUM 64
#define PARTS 8
#define SHORT 1000
/* Longer than what is copied anyway. */
#define LONG 5000
#define SLOT 0x10000

#define CSUM FEATURE(VIRTIO_NET_F_CSUM)
#define TSO (FEATURE(VIRTIO_NET_F_HOST_TSO4) | FEATURE(VIRTIO_NET_F_HOST_TSO6))

FIXTURE(gro)
{
	struct hugepages before;
	struct rig rig;
	unsigned char *bytes;
	int host;
	/* Frames and bytes of content that were offered, and that arrived. */
	unsigned int offered;
	size_t sent, received;
};

FIXTURE_VARIANT(gro)
{
	enum frame_kind kind;
	uint64_t features;
	size_t part;
};

FIXTURE_VARIANT_ADD(gro, tcp4) { TCP4, 0, SHORT };
FIXTURE_VARIANT_ADD(gro, tcp6) { TCP6, 0, SHORT };
FIXTURE_VARIANT_ADD(gro, tcp4_long) { TCP4, 0, LONG };
FIXTURE_VARIANT_ADD(gro, tcp6_long_packed) { TCP6, PACKED, LONG };

FIXTURE_SETUP(gro)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, VERSION_1 | CSUM | TSO | variant->features, NUM, PAGES);
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->bytes = guest_alloc(&rig->guest, (PARTS + 1) * SLOT, 4096);
	self->host = vnet_open(rig->ifindex);
}

FIXTURE_TEARDOWN_PARENT(gro)
{
	expect_pages_back(_metadata, &self->before);
}

static size_t sequence_at(enum frame_kind kind)
{
	return frame_head(kind) - 16;
}

static void put32(unsigned char *to, uint32_t value)
{
	value = htobe32(value);
	memcpy(to, &value, sizeof(value));
}

static uint32_t get32(const unsigned char *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return be32toh(value);
}

/* The next bytes of a connection, to be cut to @size bytes each, 0: one frame. */
static void offer(FIXTURE_DATA(gro) *self, enum frame_kind kind, size_t payload, uint16_t size)
{
	unsigned char *bytes = self->bytes + self->offered * SLOT;
	struct virtio_net_hdr header = frame_header(kind, size);
	unsigned char *frame = bytes + self->rig.header;
	struct buffer buffer = { bytes, self->rig.header, false };

	memset(bytes, 0, self->rig.header);
	memcpy(bytes, &header, sizeof(header));
	buffer.length += frame_make(frame, kind, payload, 0);
	if (kind == TCP4 || kind == TCP6)
		put32(frame + sequence_at(kind), self->sent);
	frame_content(frame + frame_head(kind), self->sent, payload, 0);
	ring_offer(&self->rig.tx, &buffer, 1);
	self->sent += payload;
	self->offered++;
}

static void transmit(struct __test_metadata *_metadata, FIXTURE_DATA(gro) *self)
{
	ASSERT_TRUE(rig_transmit(&self->rig, self->offered));
}

/* The next packet, of @payload bytes in segments of @size bytes. */
static void expect_packet(struct __test_metadata *_metadata, FIXTURE_DATA(gro) *self,
			  enum frame_kind kind, size_t payload, uint16_t size)
{
	static unsigned char frame[FRAME_ALL], content[FRAME_ALL];
	struct virtio_net_hdr header, expected = frame_header(kind, size);
	size_t head = frame_head(kind);

	ASSERT_EQ(head + payload, vnet_receive(self->host, &header, frame, FRAME_ALL));
	EXPECT_EQ(expected.gso_type, header.gso_type);
	EXPECT_EQ(expected.gso_size, header.gso_size);
	EXPECT_EQ(expected.flags, header.flags);
	if (kind == TCP4 || kind == TCP6)
		EXPECT_EQ(self->received, get32(frame + sequence_at(kind)));
	frame_content(content, self->received, payload, 0);
	ASSERT_EQ(0, memcmp(frame + head, content, payload));
	self->received += payload;
}

static uint64_t statistic(const char *name)
{
	unsigned int matches;

	return port_statistic(PORT, name, &matches);
}

TEST_F(gro, segments_are_merged)
{
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		offer(self, variant->kind, variant->part, 0);
	transmit(_metadata, self);
	expect_packet(_metadata, self, variant->kind, PARTS * variant->part, variant->part);
	/* Bytes that are merged are the host's own. */
	EXPECT_EQ(0, statistic("rx0_zerocopy"));
	EXPECT_EQ(PARTS, statistic("rx0_packets"));
}

TEST_F(gro, unless_it_is_off)
{
	unsigned int i;

	port_set_feature(PORT, "rx-gro", false);
	for (i = 0; i < PARTS; i++)
		offer(self, variant->kind, variant->part, 0);
	transmit(_metadata, self);
	for (i = 0; i < PARTS; i++)
		expect_packet(_metadata, self, variant->kind, variant->part, 0);
	EXPECT_EQ(variant->part == LONG, statistic("rx0_zerocopy") > 0);
}

/* What stands for several already is not merged with others, and not overtaken. */
TEST_F(gro, order_is_kept)
{
	const size_t all = 20 * SHORT;

	offer(self, variant->kind, variant->part, 0);
	offer(self, variant->kind, all, SHORT);
	offer(self, variant->kind, variant->part, 0);
	offer(self, variant->kind, all, SHORT);
	transmit(_metadata, self);
	expect_packet(_metadata, self, variant->kind, variant->part, 0);
	expect_packet(_metadata, self, variant->kind, all, SHORT);
	expect_packet(_metadata, self, variant->kind, variant->part, 0);
	expect_packet(_metadata, self, variant->kind, all, SHORT);
	EXPECT_LT(0, statistic("rx0_zerocopy"));
}

TEST_F(gro, others_are_not)
{
	enum frame_kind kind = variant->kind == TCP4 ? UDP4 : UDP6;
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		offer(self, kind, variant->part, 0);
	transmit(_metadata, self);
	for (i = 0; i < PARTS; i++)
		expect_packet(_metadata, self, kind, variant->part, 0);
}

TEST_HARNESS_MAIN
