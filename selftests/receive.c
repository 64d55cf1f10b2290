// SPDX-License-Identifier: GPL-2.0
/*
 * What the host sends arrives in the guest's buffers bit for bit, behind the
 * right header, and is counted.
 */
#include "harness.h"

#include "die.h"
#include "rig.h"

#define PAGES 8
#define NUM 256
#define FRAME 60
#define BATCH 64
/* From one buffer to the next. */
#define PITCH 0x4000

FIXTURE(receive)
{
	struct hugepages before;
	struct rig rig;
	unsigned char *room;
	uint32_t number;
};

FIXTURE_VARIANT(receive)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(receive, legacy) { 0 };
FIXTURE_VARIANT_ADD(receive, legacy_mergeable) { MRG_RXBUF };
FIXTURE_VARIANT_ADD(receive, modern) { VERSION_1 };
FIXTURE_VARIANT_ADD(receive, modern_all) { VERSION_1 | MRG_RXBUF | INDIRECT | EVENT_IDX };
FIXTURE_VARIANT_ADD(receive, packed) { VERSION_1 | PACKED | MRG_RXBUF | IN_ORDER };

FIXTURE_SETUP(receive)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->room = guest_alloc(&rig->guest, BATCH * PITCH, 4096);
}

FIXTURE_TEARDOWN_PARENT(receive)
{
	expect_pages_back(_metadata, &self->before);
}

/* The header of a packet in one buffer, and the first byte not written. */
static void expect_packet(struct __test_metadata *_metadata, FIXTURE_DATA(receive) *self,
			  const unsigned char *bytes, size_t frame, uint32_t number)
{
	struct virtio_net_hdr_mrg_rxbuf expected = { .num_buffers = 1 };
	unsigned int header = self->rig.header;

	ASSERT_EQ(0, memcmp(bytes, &expected, header))
		TH_LOG("header of frame %u of %zu bytes", number, frame);
	ASSERT_EQ(frame, wire_compare(bytes + header, frame, number))
		TH_LOG("frame %u of %zu bytes", number, frame);
	ASSERT_EQ(0xee, bytes[header + frame]);
}

static void take(struct __test_metadata *_metadata, FIXTURE_DATA(receive) *self,
		 uint32_t expected)
{
	uint32_t length;
	uint16_t head;

	ASSERT_TRUE(ring_wait(&self->rig.rx, 1));
	ASSERT_TRUE(ring_take(&self->rig.rx, &head, &length));
	ASSERT_EQ(expected, length);
}

static void host_sends(struct __test_metadata *_metadata, FIXTURE_DATA(receive) *self,
		       size_t frame, uint32_t number)
{
	unsigned char bytes[WIRE_MAX];

	wire_fill(bytes, frame, number);
	ASSERT_EQ(0, wire_send(self->rig.wire, bytes, frame));
}

static void offer(FIXTURE_DATA(receive) *self, unsigned int slot, size_t length)
{
	rig_offer_room(&self->rig, self->room + slot * PITCH, length);
}

static void tell(FIXTURE_DATA(receive) *self)
{
	ring_publish(&self->rig.rx);
	ring_kick(&self->rig.rx);
}

static void expect_sizes(struct __test_metadata *_metadata, FIXTURE_DATA(receive) *self,
			 size_t from, size_t to, size_t step)
{
	unsigned int i, batch;
	size_t size;

	for (size = from; size <= to; size += batch * step) {
		for (batch = 0; batch < BATCH && size + batch * step <= to; batch++)
			offer(self, batch, WIRE_MAX + 64);
		tell(self);
		for (i = 0; i < batch; i++)
			host_sends(_metadata, self, size + i * step, self->number + i);
		for (i = 0; i < batch; i++) {
			take(_metadata, self, self->rig.header + size + i * step);
			expect_packet(_metadata, self, self->room + i * PITCH,
				      size + i * step, self->number++);
		}
	}
}

TEST_F(receive, sizes)
{
	expect_sizes(_metadata, self, WIRE_HEADER, WIRE_HEADER + 1500, 1);
	ASSERT_EQ(0, link_set_mtu(PORT, 9000));
	expect_sizes(_metadata, self, WIRE_HEADER + 1501, WIRE_HEADER + 9000, 59);
	expect_sizes(_metadata, self, WIRE_HEADER + 8990, WIRE_HEADER + 9000, 1);
}

/* A chain of three buffers, with cuts everywhere in header and frame. */
TEST_F(receive, cut_twice)
{
	size_t total = self->rig.header + FRAME, a, b, i;
	unsigned char *room = self->room, whole[256];

	for (b = 2; b < self->rig.header + 20; b++)
		for (a = 1; a < b; a++) {
			struct buffer buffers[] = {
				{ room, a, true },
				{ room + 1000, b - a, true },
				{ room + 2000, total + 8 - b, true },
			};

			memset(room, 0xee, 3000);
			ring_offer(&self->rig.rx, buffers, 3);
			tell(self);
			host_sends(_metadata, self, FRAME, self->number);
			take(_metadata, self, total);
			for (i = 0; i <= total; i++)
				whole[i] = i < a ? room[i] : i < b ? room[1000 + i - a] :
					   room[2000 + i - b];
			expect_packet(_metadata, self, whole, FRAME, self->number++);
			ASSERT_EQ(0xee, room[a]);
			ASSERT_EQ(0xee, room[1000 + b - a]);
		}
}

TEST_F(receive, across_hugepages)
{
	struct rig *rig = &self->rig;
	size_t total = rig->header + FRAME, before;
	unsigned char *middle;

	middle = guest_alloc_across(&rig->guest, 4 * total, total) + total;
	for (before = 0; before <= total; before++) {
		rig_offer_room(rig, middle - before, total + 1);
		tell(self);
		host_sends(_metadata, self, FRAME, self->number);
		take(_metadata, self, total);
		expect_packet(_metadata, self, middle - before, FRAME, self->number++);
	}
}

TEST_F(receive, indices_wrap)
{
	unsigned int sent, i;

	for (sent = 0; sent < 70000; sent += BATCH) {
		for (i = 0; i < BATCH; i++)
			offer(self, i, self->rig.header + FRAME + 1);
		tell(self);
		for (i = 0; i < BATCH; i++)
			host_sends(_metadata, self, FRAME, sent + i);
		for (i = 0; i < BATCH; i++) {
			take(_metadata, self, self->rig.header + FRAME);
			expect_packet(_metadata, self, self->room + i * PITCH, FRAME, sent + i);
		}
	}
	EXPECT_EQ(ring_base(&self->rig.rx), device_stop(self->rig.guest.dev, RX));
}

TEST_F(receive, waits_for_room)
{
	unsigned int round, i;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < 5; i++)
			host_sends(_metadata, self, FRAME, i);
		for (i = 0; i < 5; i++) {
			offer(self, i, self->rig.header + FRAME + 1);
			tell(self);
		}
		for (i = 0; i < 5; i++) {
			take(_metadata, self, self->rig.header + FRAME);
			expect_packet(_metadata, self, self->room + i * PITCH, FRAME, i);
		}
	}
	EXPECT_EQ(100, port_counter(PORT, "tx_packets"));
	EXPECT_EQ(0, port_counter(PORT, "tx_dropped"));
}

/* One that takes nothing has the queue that was set for it, and the sender hears of the rest. */
TEST_F(receive, stalled_guest_has_a_bounded_queue)
{
	enum { LIMIT = 40, ROOM = 4 };
	unsigned int sent, queued = 0, i;
	unsigned char bytes[FRAME];

	ASSERT_EQ(0, system("tc qdisc replace dev " PORT " root pfifo limit 40"));
	for (i = 0; i < ROOM; i++)
		offer(self, i, self->rig.header + FRAME + 1);
	tell(self);
	for (sent = 0; sent < 3 * LIMIT; sent++) {
		int ret;

		wire_fill(bytes, FRAME, queued);
		ret = wire_send(self->rig.wire, bytes, FRAME);
		ASSERT_TRUE(ret == 0 || ret == -ENOBUFS) TH_LOG("%s", strerror(-ret));
		queued += ret == 0;
	}
	/* One may be in the hands of the queueing discipline. */
	ASSERT_GE(queued, ROOM + LIMIT);
	ASSERT_LE(queued, ROOM + LIMIT + 1);
	EXPECT_EQ(ROOM, port_counter(PORT, "tx_packets"));

	for (; i < queued; i++)
		offer(self, i, self->rig.header + FRAME + 1);
	tell(self);
	for (i = 0; i < queued; i++) {
		take(_metadata, self, self->rig.header + FRAME);
		expect_packet(_metadata, self, self->room + i * PITCH, FRAME, i);
	}
	EXPECT_EQ(queued, port_wait_counter(PORT, "tx_packets", queued));
}

TEST_F(receive, is_counted)
{
	unsigned int i, bytes = 0;

	for (i = 0; i < BATCH; i++)
		offer(self, i, WIRE_MAX);
	tell(self);
	for (i = 0; i < BATCH; i++) {
		host_sends(_metadata, self, 14 + 23 * i, i);
		bytes += 14 + 23 * i;
	}
	ASSERT_TRUE(ring_wait(&self->rig.rx, BATCH));
	EXPECT_EQ(BATCH, port_wait_counter(PORT, "tx_packets", BATCH));
	EXPECT_EQ(bytes, port_counter(PORT, "tx_bytes"));
	EXPECT_EQ(0, port_counter(PORT, "tx_dropped"));
	EXPECT_EQ(0, port_counter(PORT, "tx_errors"));
	EXPECT_EQ(0, port_counter(PORT, "rx_packets"));
	EXPECT_EQ(BATCH, named_statistic(_metadata, PORT, "tx0_packets"));
	EXPECT_EQ(bytes, named_statistic(_metadata, PORT, "tx0_bytes"));
	EXPECT_EQ(1, named_statistic(_metadata, PORT, "tx0_kicks"));
}

/* Buffers that a frame can never fit into stay for one that does. */
TEST_F(receive, too_long_for_the_buffers)
{
	bool merge = variant->features & MRG_RXBUF;
	size_t room = merge ? 16 : self->rig.header + FRAME;
	unsigned int i;

	/* All that a guest with this ring could offer at a time. */
	for (i = 0; i < (merge ? NUM : 1); i++)
		rig_offer_room(&self->rig, self->room + i * 256, room);
	tell(self);
	ASSERT_EQ(0, link_set_mtu(PORT, 9000));
	host_sends(_metadata, self, merge ? WIRE_MAX : FRAME + 1, 1);
	EXPECT_EQ(1, port_wait_counter(PORT, "tx_dropped", 1));
	EXPECT_EQ(1, named_statistic(_metadata, PORT, "tx0_drop_room"));
	EXPECT_EQ(0, port_counter(PORT, "tx_packets"));
	EXPECT_EQ(0, ring_pending(&self->rig.rx));
	host_sends(_metadata, self, FRAME, 2);
	EXPECT_TRUE(ring_wait(&self->rig.rx, 1));
	EXPECT_EQ(1, port_wait_counter(PORT, "tx_packets", 1));
	EXPECT_EQ(FRAME, port_counter(PORT, "tx_bytes"));
}

TEST_F(receive, disabled_ring_receives_nothing)
{
	struct rig *rig = &self->rig;
	uint32_t length;
	uint16_t head;
	unsigned int i;

	for (i = 0; i < 5; i++)
		offer(self, i, rig->header + FRAME + 1);
	tell(self);
	ASSERT_CALL(rig->guest.dev, 0, device_enable(rig->guest.dev, RX, 0));
	for (i = 0; i < 4; i++)
		host_sends(_metadata, self, FRAME, 100 + i);
	/* Kicks do not wake it either; stopping is the fence. */
	ring_kick(&rig->rx);
	EXPECT_EQ(ring_base(&rig->rx), device_stop(rig->guest.dev, RX));
	EXPECT_EQ(0, ring_pending(&rig->rx));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0xee, self->room[i * PITCH]);

	/* What was sent meanwhile may wait for the ring, or be lost; this not. */
	ASSERT_CALL(rig->guest.dev, 0, ring_start(&rig->rx));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	host_sends(_metadata, self, FRAME + 1, 200);
	do {
		ASSERT_TRUE(ring_wait(&rig->rx, 1));
		ASSERT_TRUE(ring_take(&rig->rx, &head, &length));
	} while (length == rig->header + FRAME);
	EXPECT_EQ(rig->header + FRAME + 1, length);
}

TEST_HARNESS_MAIN
