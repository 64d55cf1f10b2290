// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest asks for in the virtio-net header gets the same answer that the
 * kernel gives to a tap: both receive the same packets, and what goes along with
 * them in the host, or that they are dropped, is compared.
 *
 *     guest memory - ring TX - device - port vm0 - packet socket
 *                                        tap judge - packet socket
 */
#include "harness.h"

#include "die.h"
#include "frame.h"
#include "rig.h"
#include "vnet.h"

#define PAGES 8
#define NUM 256
#define ROUNDS 250
#define MSS 1448

#define CSUM FEATURE(VIRTIO_NET_F_CSUM)
#define TSO (FEATURE(VIRTIO_NET_F_HOST_TSO4) | FEATURE(VIRTIO_NET_F_HOST_TSO6))
#define ECN FEATURE(VIRTIO_NET_F_HOST_ECN)
#define USO FEATURE(56)

struct packet {
	struct virtio_net_hdr header;
	size_t length;
	unsigned char frame[FRAME_ALL];
};

FIXTURE(header)
{
	struct hugepages before;
	struct rig rig;
	unsigned char *bytes;
	int host;
	int tap, judge;
	uint64_t features;
	uint32_t random;
};

FIXTURE_VARIANT(header)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(header, legacy) { 0 };
FIXTURE_VARIANT_ADD(header, nothing) { VERSION_1 };
FIXTURE_VARIANT_ADD(header, checksum) { VERSION_1 | CSUM };
FIXTURE_VARIANT_ADD(header, tso_without_ecn) { VERSION_1 | CSUM | TSO };
FIXTURE_VARIANT_ADD(header, tso_without_checksum) { VERSION_1 | TSO | ECN | USO };
FIXTURE_VARIANT_ADD(header, all) { VERSION_1 | MRG_RXBUF | CSUM | TSO | ECN | USO };

FIXTURE_SETUP(header)
{
	struct rig *rig = &self->rig;
	unsigned int ifindex;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	rig_only_offered(rig, USO);
	self->features = rig->features;
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->bytes = guest_alloc(&rig->guest, 2 * FRAME_ALL, 4096);
	self->host = vnet_open(rig->ifindex);
	self->tap = vnet_tap("judge", &ifindex);
	if (self->tap < 0)
		SKIP(return, "there is no tap to compare with");
	self->judge = vnet_open(ifindex);
	self->random = 1;
}

FIXTURE_TEARDOWN_PARENT(header)
{
	expect_pages_back(_metadata, &self->before);
}

static bool has(FIXTURE_DATA(header) *self, uint64_t features)
{
	return (self->features & features) == features;
}

/* What this does not depend on, since it says how the packet lies in memory. */
static void forget_layout(struct packet *packet)
{
	packet->header.hdr_len = 0;
}

/* Does the packet get through the port? */
static bool port_takes(struct __test_metadata *_metadata, FIXTURE_DATA(header) *self,
		       const struct packet *sent, struct packet *got)
{
	uint64_t dropped = named_statistic(_metadata, PORT, "rx0_drop_header");
	struct rig *rig = &self->rig;
	struct buffer buffer = { self->bytes, rig->header + sent->length, false };

	memset(self->bytes, 0xff, rig->header);
	memcpy(self->bytes, &sent->header, sizeof(sent->header));
	memcpy(self->bytes + rig->header, sent->frame, sent->length);
	ring_offer(&rig->tx, &buffer, 1);
	ASSERT_TRUE(rig_transmit(rig, 1));
	/* What becomes of a chain is counted before it is used. */
	if (named_statistic(_metadata, PORT, "rx0_drop_header") != dropped)
		return false;
	got->length = vnet_receive(self->host, &got->header, got->frame, FRAME_ALL);
	ASSERT_NE(0, got->length);
	forget_layout(got);
	return true;
}

/* And through a tap? */
static bool tap_takes(struct __test_metadata *_metadata, FIXTURE_DATA(header) *self,
		      const struct packet *sent, struct packet *got)
{
	int err = vnet_send(self->tap, &sent->header, sent->frame, sent->length);

	if (err == -EINVAL)
		return false;
	ASSERT_EQ(0, err);
	got->length = vnet_receive(self->judge, &got->header, got->frame, FRAME_ALL);
	ASSERT_NE(0, got->length);
	forget_layout(got);
	return true;
}

/* Did the guest negotiate the segmentation it asks for? */
static bool negotiated(FIXTURE_DATA(header) *self, uint8_t type)
{
	if (!has(self, CSUM) || (type & VIRTIO_NET_HDR_GSO_ECN && !has(self, ECN)))
		return false;
	switch (type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return has(self, TSO);
	case FRAME_GSO_UDP_L4:
		return has(self, USO) && !(type & VIRTIO_NET_HDR_GSO_ECN);
	default:
		return false;
	}
}

/* What the guest may ask of what it asks; false: nothing may come of it. */
static bool permitted(FIXTURE_DATA(header) *self, struct packet *packet)
{
	struct virtio_net_hdr *header = &packet->header;

	if (!has(self, CSUM))
		header->flags = 0;
	/* A hint, and not one that is needed. */
	header->hdr_len = 0;
	if (header->gso_type && !negotiated(self, header->gso_type))
		return false;
	/* Before 6.12 a tap takes sums over part of the Ethernet header. */
	return !(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || header->csum_start >= 14;
}

static void compare(struct __test_metadata *_metadata, FIXTURE_DATA(header) *self,
		    const struct packet *sent)
{
	const struct virtio_net_hdr *asked = &sent->header;
	static struct packet allowed, port, tap;
	bool taken = port_takes(_metadata, self, sent, &port), expected, guessed;

	memcpy(&allowed, sent, sizeof(allowed));
	expected = permitted(self, &allowed) && tap_takes(_metadata, self, &allowed, &tap);
	/* A tap does not look where the headers are when it is not told. */
	guessed = asked->gso_type && !(allowed.header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
	if (guessed && (expected || !taken))
		return;
	ASSERT_EQ(expected, taken)
		TH_LOG("flags %#x gso_type %#x gso_size %u csum_start %u csum_offset %u, %zu bytes",
		       asked->flags, asked->gso_type, asked->gso_size, asked->csum_start,
		       asked->csum_offset, sent->length);
	if (!taken)
		return;
	ASSERT_EQ(0, memcmp(&port.header, &tap.header, sizeof(tap.header)))
		TH_LOG("%#x %#x %u %u %u, a tap has %#x %#x %u %u %u", port.header.flags,
		       port.header.gso_type, port.header.gso_size, port.header.csum_start,
		       port.header.csum_offset, tap.header.flags, tap.header.gso_type,
		       tap.header.gso_size, tap.header.csum_start, tap.header.csum_offset);
	ASSERT_EQ(tap.length, port.length);
	ASSERT_EQ(0, memcmp(port.frame, sent->frame, sent->length));
}

static uint32_t draw(FIXTURE_DATA(header) *self, uint32_t below)
{
	self->random = self->random * 1664525 + 1013904223;
	return (self->random >> 8) % below;
}

#define PICK(self, ...) ({						\
	const unsigned int choice[] = { __VA_ARGS__ };			\
	choice[draw(self, ARRAY_SIZE(choice))];		\
})

/* One thing in the header is as likely wrong as it is right. */
static void spoil(FIXTURE_DATA(header) *self, struct packet *packet)
{
	struct virtio_net_hdr *header = &packet->header;

	switch (draw(self, 6)) {
	case 0:
		header->flags = PICK(self, 0, 1, 2, 3, 4, 255);
		break;
	case 1:
		header->gso_type = PICK(self, 0, 1, 2, 3, 4, 5, 128, 129, 132, 133, 255);
		break;
	case 2:
		header->gso_size = PICK(self, 0, 1, 7, 8, 9, 100, 1448, 65534, 65535);
		break;
	case 3:
		header->csum_start = PICK(self, 0, 13, 14, 15, 20, 33, 34, 35, 54, 255, 256,
					  packet->length - 2, packet->length - 1,
					  packet->length, 65535);
		break;
	case 4:
		header->csum_offset = PICK(self, 0, 6, 15, 16, 17, 65533, 65534, 65535);
		break;
	default:
		header->hdr_len = draw(self, 65536);
	}
}

static void make(FIXTURE_DATA(header) *self, struct packet *packet)
{
	enum frame_kind kind = draw(self, FRAME_KINDS);
	size_t payload = PICK(self, 0, 1, 40, 200, 300, MSS, MSS + 1, 4000, 30000, 65000);

	packet->length = frame_make(packet->frame, kind, payload, self->random);
	packet->header = frame_header(kind, PICK(self, 0, MSS));
}

TEST_F(header, random)
{
	static struct packet packet;
	unsigned int round, faults;

	for (round = 0; round < ROUNDS; round++) {
		make(self, &packet);
		for (faults = draw(self, 4); faults; faults--)
			spoil(self, &packet);
		/* Cut anywhere, but behind the Ethernet header. */
		if (!draw(self, 4))
			packet.length = 14 + draw(self, packet.length - 13);
		compare(_metadata, self, &packet);
		if (_metadata->exit_code == KSFT_FAIL)
			break;
	}
	EXPECT_EQ(0, named_statistic(_metadata, PORT, "rx0_faults"));
}

/* A checksum that is wrong: no guest verifies what the host believes then. */
TEST_F(header, nothing_is_verified_by_the_guest)
{
	static struct packet packet, got;
	enum frame_kind kind;

	for (kind = TCP4; kind < FRAME_KINDS; kind++) {
		packet.length = frame_make(packet.frame, kind, 1000, kind);
		packet.header = (struct virtio_net_hdr) { .flags = VIRTIO_NET_HDR_F_DATA_VALID };
		ASSERT_TRUE(port_takes(_metadata, self, &packet, &got));
		EXPECT_EQ(0, got.header.flags);
	}
}

/* All kinds, finished by the host or refused, whole and unsplit. */
TEST_F(header, what_was_negotiated)
{
	static struct packet packet, got;
	enum frame_kind kind;
	unsigned int i, gso = 0;

	for (kind = TCP4; kind < FRAME_KINDS; kind++)
		for (i = 0; i < 2; i++) {
			packet.length = frame_make(packet.frame, kind, i ? 60000 : 1000, i);
			packet.header = frame_header(kind, i ? MSS : 0);
			compare(_metadata, self, &packet);
			if (i && !negotiated(self, packet.header.gso_type))
				continue;
			ASSERT_TRUE(port_takes(_metadata, self, &packet, &got));
			if (!has(self, CSUM))
				packet.header = (struct virtio_net_hdr) {};
			EXPECT_EQ(0, memcmp(&packet.header, &got.header, sizeof(got.header)));
			EXPECT_EQ(packet.length, got.length);
			gso += 2 * i;
		}
	EXPECT_EQ(gso, named_statistic(_metadata, PORT, "rx0_gso"));
}

/* Segmentation without a checksum: the host looks for the headers by itself. */
TEST_F(header, headers_are_found)
{
	static struct packet packet, got;
	enum frame_kind kind;
	uint8_t type;

	for (kind = TCP4; kind < FRAME_KINDS; kind++)
		for (type = 1; type <= FRAME_GSO_UDP_L4; type++) {
			bool right = type == frame_header(kind, MSS).gso_type &&
				     type != FRAME_GSO_UDP_L4 && negotiated(self, type);

			packet.length = frame_make(packet.frame, kind, 20000, kind);
			packet.header = (struct virtio_net_hdr) {
				.gso_type = type, .gso_size = MSS,
			};
			EXPECT_EQ(right, port_takes(_metadata, self, &packet, &got))
				TH_LOG("kind %u, gso_type %u", kind, type);
		}
}

/* The header over up to three descriptors, before frames that are too short. */
TEST_F(header, cut_before_short_frames)
{
	struct rig *rig = &self->rig;
	unsigned int a, b, length, sent = 0, at;

	for (length = 0; length < 14; length++)
		for (a = 1; a <= rig->header; a++)
			for (b = a; b <= rig->header; b++) {
				struct buffer buffers[] = {
					{ self->bytes, a, false },
					{ self->bytes + 100, b - a, false },
					{ self->bytes + 200, rig->header + length - b, false },
				};

				/* As if everything were asked for at once. */
				for (at = 0; at < 300; at += 100)
					memset(self->bytes + at, 1, 100);
				ring_offer(&rig->tx, buffers, 3);
				if (++sent % 64 == 0)
					ASSERT_TRUE(rig_transmit(rig, 64));
			}
	ASSERT_TRUE(rig_transmit(rig, sent % 64));
	EXPECT_EQ(sent, named_statistic(_metadata, PORT, "rx0_drop_short"));
	EXPECT_EQ(0, named_statistic(_metadata, PORT, "rx0_packets"));
	EXPECT_EQ(0, named_statistic(_metadata, PORT, "rx0_faults"));
}

TEST_HARNESS_MAIN
