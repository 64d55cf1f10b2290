// SPDX-License-Identifier: GPL-2.0
/*
 * The host leaves to the guest what the guest has negotiated, and does the rest
 * itself: packets that are unfinished when the host sends them arrive as they
 * are, or in pieces, with the checksums they need.
 *
 *     packet socket - port vm0 - device - ring RX - guest memory
 */
#include "harness.h"

#include "die.h"
#include "frame.h"
#include "rig.h"
#include "verified.h"
#include "vnet.h"

#define PAGES 8
#define NUM 256
#define MSS 1448

#define CSUM FEATURE(VIRTIO_NET_F_GUEST_CSUM)
#define TSO4 FEATURE(VIRTIO_NET_F_GUEST_TSO4)
#define TSO6 FEATURE(VIRTIO_NET_F_GUEST_TSO6)
#define ECN FEATURE(VIRTIO_NET_F_GUEST_ECN)
#define USO4 FEATURE(54)
#define USO6 FEATURE(55)
#define ALL (CSUM | TSO4 | TSO6 | ECN | USO4 | USO6)

/* Buffers of guests that can merge them, and of those that cannot. */
#define SMALL_ROOM 4096
#define BIG_ROOM 65562

FIXTURE(offload)
{
	struct hugepages before;
	struct rig rig;
	unsigned char *room;
	size_t size;
	unsigned int rooms;
	uint16_t heads[NUM];
	int host;
};

FIXTURE_VARIANT(offload)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(offload, legacy) { 0 };
FIXTURE_VARIANT_ADD(offload, nothing) { VERSION_1 | MRG_RXBUF };
FIXTURE_VARIANT_ADD(offload, checksum) { VERSION_1 | MRG_RXBUF | CSUM };
FIXTURE_VARIANT_ADD(offload, tso_without_checksum) { VERSION_1 | MRG_RXBUF | TSO4 | TSO6 };
FIXTURE_VARIANT_ADD(offload, tso4_big) { VERSION_1 | CSUM | TSO4 };
FIXTURE_VARIANT_ADD(offload, tso6) { VERSION_1 | MRG_RXBUF | CSUM | TSO6 };
FIXTURE_VARIANT_ADD(offload, half_uso) { VERSION_1 | MRG_RXBUF | CSUM | USO4 };
FIXTURE_VARIANT_ADD(offload, all_big) { VERSION_1 | ALL };
FIXTURE_VARIANT_ADD(offload, all) { VERSION_1 | MRG_RXBUF | ALL };

FIXTURE_SETUP(offload)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	rig_only_offered(rig, USO4 | USO6);
	self->size = rig->features & MRG_RXBUF ? SMALL_ROOM : BIG_ROOM;
	self->rooms = rig->features & MRG_RXBUF ? 64 : 48;
	self->room = guest_alloc(&rig->guest, self->rooms * self->size, 4096);
	self->host = vnet_open(rig->ifindex);
}

FIXTURE_TEARDOWN_PARENT(offload)
{
	expect_pages_back(_metadata, &self->before);
}

static void start(struct __test_metadata *_metadata, FIXTURE_DATA(offload) *self)
{
	ASSERT_EQ(0, rig_start(&self->rig))
		TH_LOG("%s: %s", self->rig.step, device_error(self->rig.guest.dev));
}

static bool has(FIXTURE_DATA(offload) *self, uint64_t features)
{
	return (self->rig.features & features) == features;
}

static bool segments(FIXTURE_DATA(offload) *self, enum frame_kind kind)
{
	static const uint64_t needed[] = {
		[TCP4] = TSO4, [TCP6] = TSO6, [UDP4] = USO4 | USO6, [UDP6] = USO4 | USO6,
	};

	return has(self, CSUM | needed[kind]);
}

/* Does this kernel have it at all? */
static bool has_uso(void)
{
	return rig_offered() & USO4;
}

static void expect_features(struct __test_metadata *_metadata, bool csum, bool tso4,
			    bool tso6, bool ecn, bool uso)
{
	EXPECT_EQ(csum, port_feature(PORT, "tx-checksum-ip-generic"));
	EXPECT_EQ(tso4, port_feature(PORT, "tx-tcp-segmentation"));
	EXPECT_EQ(tso6, port_feature(PORT, "tx-tcp6-segmentation"));
	EXPECT_EQ(ecn, port_feature(PORT, "tx-tcp-ecn-segmentation"));
	EXPECT_EQ(uso, port_feature(PORT, "tx-udp-segmentation"));
}

TEST_F(offload, features_follow_the_guest)
{
	bool uso = has_uso();

	expect_features(_metadata, true, true, true, true, uso);
	start(_metadata, self);
	expect_features(_metadata, has(self, CSUM), segments(self, TCP4), segments(self, TCP6),
			has(self, CSUM | ECN), segments(self, UDP4));
	/* Those of a guest that stopped stay, until the next one or none. */
	ASSERT_LE(0, device_stop(self->rig.guest.dev, RX));
	EXPECT_EQ(has(self, CSUM), port_feature(PORT, "tx-checksum-ip-generic"));
	ASSERT_CALL(self->rig.guest.dev, 0, device_detach(self->rig.guest.dev));
	expect_features(_metadata, true, true, true, true, uso);
}

TEST_F(offload, administrator_decides)
{
	port_set_feature(PORT, "tx-tcp6-segmentation", false);
	port_set_feature(PORT, "tx-udp-segmentation", false);
	start(_metadata, self);
	expect_features(_metadata, has(self, CSUM), segments(self, TCP4), false,
			has(self, CSUM | ECN), false);
	port_set_feature(PORT, "tx-checksum-ip-generic", false);
	expect_features(_metadata, false, false, false, false, false);
	port_set_feature(PORT, "tx-checksum-ip-generic", true);
	EXPECT_EQ(has(self, CSUM), port_feature(PORT, "tx-checksum-ip-generic"));
	EXPECT_EQ(segments(self, TCP4), port_feature(PORT, "tx-tcp-segmentation"));
}

static void offer_room(FIXTURE_DATA(offload) *self)
{
	unsigned int i;

	for (i = 0; i < self->rooms; i++) {
		uint16_t head = rig_offer_room(&self->rig, self->room + i * self->size,
					       self->size);

		self->heads[head] = i;
	}
	ring_publish(&self->rig.rx);
	ring_kick(&self->rig.rx);
}

/* Take the next packet out of its buffers. Returns its length. */
static size_t take(struct __test_metadata *_metadata, FIXTURE_DATA(offload) *self,
		   struct virtio_net_hdr_mrg_rxbuf *header, unsigned char *frame)
{
	struct rig *rig = &self->rig;
	unsigned int buffers = 1, i;
	size_t total = 0;

	for (i = 0; i < buffers; i++) {
		size_t skip = i ? 0 : rig->header;
		unsigned char *bytes;
		uint32_t length;
		uint16_t head;

		ASSERT_TRUE(ring_wait(&rig->rx, 1));
		ASSERT_TRUE(ring_take(&rig->rx, &head, &length));
		bytes = self->room + self->heads[head] * self->size;
		if (!i) {
			memcpy(header, bytes, rig->header);
			buffers = has(self, MRG_RXBUF) ? header->num_buffers : 1;
			if (has(self, VERSION_1))
				ASSERT_LE(1, header->num_buffers);
		}
		/* Only the last one is not full. */
		if (i + 1 < buffers)
			ASSERT_EQ(self->size, length);
		ASSERT_LE(total + length - skip, FRAME_ALL);
		memcpy(frame + total, bytes + skip, length - skip);
		total += length - skip;
	}
	return total;
}

/* The packet comes in segments that are finished as far as the guest needs it. */
static void expect_segments(struct __test_metadata *_metadata, FIXTURE_DATA(offload) *self,
			    enum frame_kind kind, size_t payload)
{
	static unsigned char frame[FRAME_ALL], content[FRAME_ALL];
	size_t at, length, part, head = frame_head(kind);
	struct virtio_net_hdr_mrg_rxbuf header;

	for (at = 0; at < payload; at += part) {
		length = take(_metadata, self, &header, frame);
		part = payload - at < MSS ? payload - at : MSS;
		ASSERT_EQ(head + part, length);
		frame_content(content, at, part, kind);
		ASSERT_EQ(0, memcmp(frame + head, content, part));
		EXPECT_EQ(VIRTIO_NET_HDR_GSO_NONE, header.hdr.gso_type);
		if (!has(self, CSUM))
			EXPECT_EQ(0, header.hdr.flags);
		if (header.hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
			EXPECT_EQ(frame_header(kind, 0).csum_start, header.hdr.csum_start);
			EXPECT_EQ(frame_header(kind, 0).csum_offset, header.hdr.csum_offset);
		} else {
			EXPECT_TRUE(frame_is_complete(frame, kind, length));
		}
	}
}

static void expect_whole(struct __test_metadata *_metadata, FIXTURE_DATA(offload) *self,
			 const struct virtio_net_hdr *sent, const unsigned char *bytes,
			 size_t length)
{
	static unsigned char frame[FRAME_ALL];
	struct virtio_net_hdr_mrg_rxbuf header;

	ASSERT_EQ(length, take(_metadata, self, &header, frame));
	/* How much of it lies in one piece is nothing to compare. */
	header.hdr.hdr_len = sent->hdr_len;
	ASSERT_EQ(0, memcmp(sent, &header, sizeof(*sent)));
	ASSERT_EQ(0, memcmp(frame, bytes, length));
}

static void send_one(struct __test_metadata *_metadata, FIXTURE_DATA(offload) *self,
		     enum frame_kind kind, size_t payload)
{
	static unsigned char bytes[FRAME_ALL];
	size_t length = frame_make(bytes, kind, payload, kind);
	struct virtio_net_hdr header = frame_header(kind, payload > MSS ? MSS : 0);
	bool whole = payload > MSS ? segments(self, kind) : has(self, CSUM);

	header.hdr_len = frame_head(kind);
	offer_room(self);
	ASSERT_EQ(0, vnet_send(self->host, &header, bytes, length));
	if (whole)
		expect_whole(_metadata, self, &header, bytes, length);
	else
		expect_segments(_metadata, self, kind, payload);
	EXPECT_EQ(0, ring_pending(&self->rig.rx));
	/* The rest of the buffers is taken back for the next packet. */
	ASSERT_LE(0, device_stop(self->rig.guest.dev, RX));
	ring_reset(&self->rig.rx);
	ASSERT_CALL(self->rig.guest.dev, 0, ring_start(&self->rig.rx));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
}

/* A packet in one buffer, and what the guest is told about its checksum. */
static uint8_t flags_of_complete(struct __test_metadata *_metadata, FIXTURE_DATA(offload) *self)
{
	static unsigned char bytes[FRAME_ALL], frame[FRAME_ALL];
	const struct virtio_net_hdr nothing = {};
	struct virtio_net_hdr_mrg_rxbuf header;
	size_t length = frame_make(bytes, TCP4, 1000, 1);

	ASSERT_EQ(0, vnet_send(self->host, &nothing, bytes, length));
	ASSERT_EQ(length, take(_metadata, self, &header, frame));
	EXPECT_EQ(0, memcmp(bytes, frame, length));
	EXPECT_EQ(VIRTIO_NET_HDR_GSO_NONE, header.hdr.gso_type);
	EXPECT_EQ(0, header.hdr.csum_start);
	EXPECT_EQ(0, header.hdr.csum_offset);
	return header.hdr.flags;
}

/* What the host has verified the guest need not, if it wants to hear of it. */
TEST_F(offload, verified_packets)
{
	start(_metadata, self);
	offer_room(self);
	EXPECT_EQ(0, flags_of_complete(_metadata, self));
	ASSERT_EQ(0, verified_from_now_on(self->rig.ifindex));
	EXPECT_EQ(has(self, CSUM) ? VIRTIO_NET_HDR_F_DATA_VALID : 0,
		  flags_of_complete(_metadata, self));
}

TEST_F(offload, unfinished_packets)
{
	enum frame_kind kind, kinds = has_uso() ? FRAME_KINDS : UDP4;

	start(_metadata, self);
	for (kind = TCP4; kind < kinds; kind++) {
		send_one(_metadata, self, kind, 1000);
		send_one(_metadata, self, kind, 40 * MSS + 17);
	}
	for (kind = kinds; kind < FRAME_KINDS; kind++)
		send_one(_metadata, self, kind, 1000);
}

TEST_HARNESS_MAIN
