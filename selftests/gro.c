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
	ASSERT_EQ(0, port_ip("link set %s mtu 9000", PORT));
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

/* Room for the next frame, whose virtio-net header is @header. */
static unsigned char *begin(FIXTURE_DATA(gro) *self, struct virtio_net_hdr header)
{
	unsigned char *bytes = self->bytes + self->offered * SLOT;

	memset(bytes, 0, self->rig.header);
	memcpy(bytes, &header, sizeof(header));
	return bytes + self->rig.header;
}

static void end(FIXTURE_DATA(gro) *self, unsigned char *frame, size_t length)
{
	struct buffer buffer = { frame - self->rig.header, self->rig.header + length, false };

	ring_offer(&self->rig.tx, &buffer, 1);
	self->offered++;
}

/* The next bytes of a connection, without what finishes the frame. Returns its length. */
static size_t put(FIXTURE_DATA(gro) *self, unsigned char *frame, enum frame_kind kind,
		  size_t payload)
{
	size_t length = frame_make(frame, kind, payload, 0);

	put32(frame + sequence_at(kind), self->sent);
	frame_content(frame + frame_head(kind), self->sent, payload, 0);
	self->sent += payload;
	return length;
}

/* The same, to be cut to @size bytes each, 0: one frame. */
static void offer(FIXTURE_DATA(gro) *self, enum frame_kind kind, size_t payload, uint16_t size)
{
	unsigned char *frame = begin(self, frame_header(kind, size));

	end(self, frame, put(self, frame, kind, payload));
}

/* The same in a finished frame, or with a byte that does not fit its checksum. */
static void offer_complete(FIXTURE_DATA(gro) *self, enum frame_kind kind, size_t payload,
			   bool good)
{
	unsigned char *frame = begin(self, (struct virtio_net_hdr) {});
	size_t length = put(self, frame, kind, payload);

	frame_complete(frame, kind, length);
	if (!good)
		frame[frame_head(kind)] ^= 1;
	end(self, frame, length);
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
	EXPECT_EQ(self->received, get32(frame + sequence_at(kind)));
	frame_content(content, self->received, payload, 0);
	ASSERT_EQ(0, memcmp(frame + head, content, payload));
	self->received += payload;
}

static void send_parts(struct __test_metadata *_metadata, FIXTURE_DATA(gro) *self,
		       const FIXTURE_VARIANT(gro) *variant)
{
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		offer(self, variant->kind, variant->part, 0);
	transmit(_metadata, self);
}

static void expect_parts(struct __test_metadata *_metadata, FIXTURE_DATA(gro) *self,
			 const FIXTURE_VARIANT(gro) *variant)
{
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		expect_packet(_metadata, self, variant->kind, variant->part, 0);
}

static void expect_merged(struct __test_metadata *_metadata, FIXTURE_DATA(gro) *self,
			  const FIXTURE_VARIANT(gro) *variant)
{
	expect_packet(_metadata, self, variant->kind, PARTS * variant->part, variant->part);
}

TEST_F(gro, segments_are_merged)
{
	send_parts(_metadata, self, variant);
	expect_merged(_metadata, self, variant);
	/* Bytes that are merged are the host's own. */
	EXPECT_EQ(0, named_statistic(_metadata, PORT, "rx0_zerocopy"));
	EXPECT_EQ(PARTS, named_statistic(_metadata, PORT, "rx0_packets"));
}

/* What stands for several already is not merged with others, and not overtaken. */
static void mix(struct __test_metadata *_metadata, FIXTURE_DATA(gro) *self,
		enum frame_kind kind, size_t part)
{
	const struct {
		size_t payload;
		/* Of the segments that are asked for, and of those that are made. */
		uint16_t asked, made;
	} parts[] = {
		{ part, 0, 0 },
		{ 20 * SHORT, SHORT, SHORT },
		{ SHORT, 0, 0 },
		/* Shorter than its segments. */
		{ part + 500, 2 * LONG, 0 },
		{ 20 * SHORT, SHORT, SHORT },
		{ LONG, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		offer(self, kind, parts[i].payload, parts[i].asked);
	transmit(_metadata, self);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		expect_packet(_metadata, self, kind, parts[i].payload, parts[i].made);
	EXPECT_LT(0, named_statistic(_metadata, PORT, "rx0_zerocopy"));
}

TEST_F(gro, order_is_kept)
{
	mix(_metadata, self, variant->kind, variant->part);
}

TEST_F(gro, order_is_kept_without_it)
{
	port_set_feature(PORT, "rx-gro", false);
	mix(_metadata, self, variant->kind, variant->part);
}

TEST_F(gro, unless_it_is_off)
{
	port_set_feature(PORT, "rx-gro", false);
	send_parts(_metadata, self, variant);
	expect_parts(_metadata, self, variant);
	EXPECT_EQ(variant->part == LONG, named_statistic(_metadata, PORT, "rx0_zerocopy") > 0);
}

/* An interface with a smaller MTU would cut the whole, but not to its size. */
TEST_F(gro, not_beyond_the_mtu)
{
	ASSERT_EQ(0, port_ip("link set %s mtu %u", PORT, (unsigned int)variant->part));
	send_parts(_metadata, self, variant);
	expect_parts(_metadata, self, variant);
}

TEST_F(gro, checksums_are_verified)
{
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		offer_complete(self, variant->kind, variant->part, true);
	transmit(_metadata, self);
	expect_merged(_metadata, self, variant);
}

TEST_F(gro, wrong_ones_are_left_alone)
{
	static unsigned char frame[FRAME_ALL];
	struct virtio_net_hdr header;
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		offer_complete(self, variant->kind, variant->part, false);
	transmit(_metadata, self);
	for (i = 0; i < PARTS; i++) {
		ASSERT_EQ(frame_head(variant->kind) + variant->part,
			  vnet_receive(self->host, &header, frame, FRAME_ALL));
		EXPECT_EQ(0, header.flags);
		EXPECT_EQ(VIRTIO_NET_HDR_GSO_NONE, header.gso_type);
		EXPECT_EQ(i * variant->part, get32(frame + sequence_at(variant->kind)));
	}
}

TEST_HARNESS_MAIN
