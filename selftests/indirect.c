// SPDX-License-Identifier: GPL-2.0
/*
 * Chains that are described by indirect tables, in both directions.
 */
#include "harness.h"

#include "die.h"
#include "rig.h"

#define PAGES 8
#define NUM 64
#define FRAME 200
#define MOST 64

FIXTURE(indirect)
{
	struct hugepages before;
	struct rig rig;
	struct vring_desc *table;
	unsigned char *bytes;
};

FIXTURE_VARIANT(indirect)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(indirect, split) { VERSION_1 | INDIRECT };
FIXTURE_VARIANT_ADD(indirect, packed) { VERSION_1 | INDIRECT | PACKED };

FIXTURE_SETUP(indirect)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	/* The sixth descriptor of a table is the first one in another hugepage. */
	self->table = guest_alloc_across(&rig->guest, MOST * sizeof(struct vring_desc),
					 5 * sizeof(struct vring_desc));
	self->bytes = guest_alloc(&rig->guest, 65536, 16);
}

FIXTURE_TEARDOWN_PARENT(indirect)
{
	expect_pages_back(_metadata, &self->before);
}

/* A packet in @count pieces, all of one byte but the last. */
static void cut(FIXTURE_DATA(indirect) *self, struct buffer *buffers, unsigned int count, bool in)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		buffers[i] = (struct buffer) { self->bytes + i, 1, in };
	buffers[count - 1].length = self->rig.header + FRAME - (count - 1);
}

TEST_F(indirect, transmit)
{
	struct rig *rig = &self->rig;
	struct buffer buffers[MOST];
	unsigned char frame[WIRE_MAX];
	unsigned int count;

	for (count = 1; count <= MOST; count++) {
		memset(self->bytes, 0, rig->header);
		wire_fill(self->bytes + rig->header, FRAME, count);
		cut(self, buffers, count, false);
		ring_offer_indirect(&rig->tx, self->table, buffers, count);
		ASSERT_TRUE(rig_transmit(rig, 1)) TH_LOG("table of %u", count);
		ASSERT_EQ(FRAME, wire_receive(rig->wire, frame));
		ASSERT_EQ(FRAME, wire_compare(frame, FRAME, count))
			TH_LOG("table of %u", count);
	}
}

TEST_F(indirect, receive)
{
	struct rig *rig = &self->rig;
	struct buffer buffers[MOST];
	unsigned char frame[FRAME];
	unsigned int count;
	uint32_t length;
	uint16_t head;

	for (count = 1; count <= MOST; count++) {
		memset(self->bytes, 0xee, rig->header + FRAME);
		cut(self, buffers, count, true);
		ring_offer_indirect(&rig->rx, self->table, buffers, count);
		ring_publish(&rig->rx);
		ring_kick(&rig->rx);
		wire_fill(frame, FRAME, count);
		ASSERT_EQ(0, wire_send(rig->wire, frame, FRAME));
		ASSERT_TRUE(ring_wait(&rig->rx, 1)) TH_LOG("table of %u", count);
		ASSERT_TRUE(ring_take(&rig->rx, &head, &length));
		ASSERT_EQ(rig->header + FRAME, length);
		ASSERT_EQ(FRAME, wire_compare(self->bytes + rig->header, FRAME, count))
			TH_LOG("table of %u", count);
	}
}

/* A table that follows descriptors of the ring (virtio 1.2, 2.7.5.3.2). */
TEST_F(indirect, behind_a_descriptor)
{
	struct rig *rig = &self->rig;
	struct vring_desc *desc = rig->tx.desc;
	unsigned char frame[WIRE_MAX];
	uint16_t head;

	memset(self->bytes, 0, rig->header);
	wire_fill(self->bytes + rig->header, FRAME, 1);
	head = ring_offer(&rig->tx, (struct buffer []) {
		{ self->bytes, rig->header, false },
		{ self->table, sizeof(*self->table), false },
	}, 2);
	if (rig->tx.packed)
		((struct vring_packed_desc *)desc)[1].flags |= VRING_DESC_F_INDIRECT;
	else
		desc[desc[head].next].flags = VRING_DESC_F_INDIRECT;
	self->table[0] = (struct vring_desc) {
		.addr = guest_address(&rig->guest, self->bytes + rig->header),
		.len = FRAME,
	};
	ASSERT_TRUE(rig_transmit(rig, 1));
	ASSERT_EQ(FRAME, wire_receive(rig->wire, frame));
	ASSERT_EQ(FRAME, wire_compare(frame, FRAME, 1));
}

TEST_HARNESS_MAIN
