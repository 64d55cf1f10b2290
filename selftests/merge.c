// SPDX-License-Identifier: GPL-2.0
/*
 * Mergeable receive buffers (virtio 1.2, 5.1.6.4): a packet over as many
 * buffers as it takes, with their number in the first.
 */
#include "harness.h"

#include "die.h"
#include "rig.h"

#define PAGES 8
#define NUM 256

FIXTURE(merge)
{
	struct hugepages before;
	struct rig rig;
	unsigned char *room;
};

FIXTURE_VARIANT(merge)
{
	/* Bytes of each buffer. */
	size_t size;
	/* Where the first one begins: this far before the end of a hugepage. */
	size_t before;
	size_t mtu;
	uint64_t features;
};

FIXTURE_VARIANT_ADD(merge, bytes_12) { 12, 0, 1500 };
FIXTURE_VARIANT_ADD(merge, bytes_13) { 13, 6, 1500 };
FIXTURE_VARIANT_ADD(merge, bytes_64) { 64, 100, 9000 };
FIXTURE_VARIANT_ADD(merge, bytes_100) { 100, 550, 9000 };
FIXTURE_VARIANT_ADD(merge, bytes_1526) { 1526, 3000, 9000 };
FIXTURE_VARIANT_ADD(merge, bytes_4096) { 4096, 4095, 9000 };
FIXTURE_VARIANT_ADD(merge, packed_bytes_64) { 64, 100, 9000, PACKED };
FIXTURE_VARIANT_ADD(merge, packed_bytes_1526) { 1526, 3000, 9000, PACKED | EVENT_IDX };

FIXTURE_SETUP(merge)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, VERSION_1 | MRG_RXBUF | variant->features, NUM, PAGES);
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	ASSERT_EQ(0, link_set_mtu(PORT, variant->mtu));
	self->room = guest_alloc_across(&rig->guest, NUM * variant->size, variant->before);
}

FIXTURE_TEARDOWN_PARENT(merge)
{
	expect_pages_back(_metadata, &self->before);
}

/* Takes one packet off the ring. Returns its length with the header. */
static size_t take_packet(struct __test_metadata *_metadata, FIXTURE_DATA(merge) *self,
			  size_t size, unsigned char *bytes, unsigned int *buffers)
{
	struct ring *ring = &self->rig.rx;
	const unsigned char *from;
	size_t total = 0;
	uint32_t length;
	uint16_t head;
	unsigned int i, announced = 1;

	for (i = 0; i < announced; i++) {
		/* All buffers of a packet become visible at once. */
		if (i)
			ASSERT_NE(0, ring_pending(ring));
		ASSERT_TRUE(ring_wait(ring, 1));
		ASSERT_TRUE(ring_take(ring, &head, &length));
		/* Each chain has the buffer of its own number. */
		from = self->room + head * size;
		ASSERT_LE(length, size);
		memcpy(bytes + total, from, length);
		if (!i) {
			ASSERT_GE(length, sizeof(struct virtio_net_hdr_mrg_rxbuf));
			announced = ((struct virtio_net_hdr_mrg_rxbuf *)bytes)->num_buffers;
			ASSERT_LE(announced, NUM);
		}
		/* All but the last one are full. */
		if (i + 1 < announced)
			ASSERT_EQ(size, length);
		total += length;
	}
	*buffers = announced;
	return total;
}

static void send_and_take(struct __test_metadata *_metadata, FIXTURE_DATA(merge) *self,
			  size_t size, size_t frame, uint32_t number)
{
	static const struct virtio_net_hdr nothing;
	unsigned char bytes[WIRE_MAX + 8192];
	unsigned int header = self->rig.header, buffers;

	wire_fill(bytes, frame, number);
	ASSERT_EQ(0, wire_send(self->rig.wire, bytes, frame));
	ASSERT_EQ(header + frame, take_packet(_metadata, self, size, bytes, &buffers));
	EXPECT_EQ((header + frame + size - 1) / size, buffers);
	EXPECT_EQ(0, memcmp(bytes, &nothing, sizeof(nothing)));
	ASSERT_EQ(frame, wire_compare(bytes + header, frame, number))
		TH_LOG("frame %u of %zu bytes", number, frame);
}

TEST_F(merge, sizes)
{
	size_t most = variant->mtu + WIRE_HEADER, frame, step = variant->mtu / 97;
	uint32_t number = 0;
	unsigned int i;

	for (frame = WIRE_HEADER; frame <= most; frame += step) {
		/* All free descriptors are offered again, at their own places. */
		while (self->rig.rx.nfree) {
			i = self->rig.rx.free[self->rig.rx.nfree - 1];
			rig_offer_room(&self->rig, self->room + i * variant->size, variant->size);
		}
		ring_publish(&self->rig.rx);
		ring_kick(&self->rig.rx);
		send_and_take(_metadata, self, variant->size, frame, number++);
	}
	EXPECT_EQ(number, port_counter(PORT, "tx_packets"));
	EXPECT_EQ(0, port_counter(PORT, "tx_dropped"));
}

/* A packet begins to fit only when the guest offers more. */
TEST_F(merge, waits_for_the_last_buffer)
{
	size_t frame = 5 * variant->size;
	unsigned char bytes[5 * 4096 + 12];
	unsigned int i, buffers, needed;
	unsigned char frames[WIRE_MAX];

	if (frame > variant->mtu)
		frame = variant->mtu;
	needed = (self->rig.header + frame + variant->size - 1) / variant->size;
	wire_fill(frames, frame, 7);
	for (i = 0; i + 1 < needed; i++)
		rig_offer_room(&self->rig, self->room + i * variant->size, variant->size);
	ring_publish(&self->rig.rx);
	ring_kick(&self->rig.rx);
	ASSERT_EQ(0, wire_send(self->rig.wire, frames, frame));
	EXPECT_EQ(0, ring_pending(&self->rig.rx));
	rig_offer_room(&self->rig, self->room + i * variant->size, variant->size);
	ring_publish(&self->rig.rx);
	ring_kick(&self->rig.rx);
	ASSERT_EQ(self->rig.header + frame,
		  take_packet(_metadata, self, variant->size, bytes, &buffers));
	EXPECT_EQ(needed, buffers);
	EXPECT_EQ(frame, wire_compare(bytes + self->rig.header, frame, 7));
	EXPECT_EQ(0, port_counter(PORT, "tx_dropped"));
}

TEST_HARNESS_MAIN
