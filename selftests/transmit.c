// SPDX-License-Identifier: GPL-2.0
/*
 * What the guest sends arrives at the host bit for bit, whatever descriptors
 * it is made of, and is counted.
 */
#include "harness.h"

#include "die.h"
#include "rig.h"

#define PAGES 8
#define NUM 256
#define FRAME 60
#define BATCH 64

FIXTURE(transmit)
{
	struct hugepages before;
	struct rig rig;
	/* Memory to scatter pieces over. */
	unsigned char *scratch;
	uint32_t number;
};

FIXTURE_VARIANT(transmit)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(transmit, legacy) { 0 };
FIXTURE_VARIANT_ADD(transmit, legacy_mergeable) { MRG_RXBUF };
FIXTURE_VARIANT_ADD(transmit, modern) { VERSION_1 };
FIXTURE_VARIANT_ADD(transmit, modern_all) { VERSION_1 | MRG_RXBUF | INDIRECT | EVENT_IDX };
FIXTURE_VARIANT_ADD(transmit, packed) { VERSION_1 | PACKED | IN_ORDER | INDIRECT | EVENT_IDX };

#define SCRATCH (1UL << 20)

FIXTURE_SETUP(transmit)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->scratch = guest_alloc(&rig->guest, SCRATCH, 1);
}

FIXTURE_TEARDOWN_PARENT(transmit)
{
	expect_pages_back(_metadata, &self->before);
}

static void expect_frame(struct __test_metadata *_metadata, FIXTURE_DATA(transmit) *self,
			 size_t length, uint32_t number)
{
	static unsigned char frame[WIRE_MAX];

	ASSERT_EQ(length, wire_receive(self->rig.wire, frame));
	ASSERT_EQ(length, wire_compare(frame, length, number))
		TH_LOG("frame %u of %zu bytes", number, length);
}

static void transmit(struct __test_metadata *_metadata, FIXTURE_DATA(transmit) *self,
		     unsigned int count)
{
	struct ring *ring = &self->rig.tx;

	ASSERT_TRUE(rig_transmit(&self->rig, count))
		TH_LOG("%u of %u chains used", ring_pending(ring), count);
}

/* One frame, its header and bytes scattered over pieces of these lengths. */
static void send_pieces(struct __test_metadata *_metadata, FIXTURE_DATA(transmit) *self,
			const size_t *lengths, unsigned int count)
{
	static unsigned char image[WIRE_MAX + 12];
	struct buffer buffers[NUM];
	unsigned char *at = self->scratch;
	size_t total = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		total += lengths[i];
	memset(image, 0, self->rig.header);
	wire_fill(image + self->rig.header, total - self->rig.header, self->number);
	memset(self->scratch, 0xdd, total + 16 * count);
	for (i = 0, total = 0; i < count; i++) {
		memcpy(at, image + total, lengths[i]);
		buffers[i] = (struct buffer) { at, lengths[i], false };
		total += lengths[i];
		at += lengths[i] + 16;
	}
	ring_offer(&self->rig.tx, buffers, count);
	transmit(_metadata, self, 1);
	expect_frame(_metadata, self, total - self->rig.header, self->number++);
}

/* All frames of these lengths, each in one descriptor. */
static void send_sizes(struct __test_metadata *_metadata, FIXTURE_DATA(transmit) *self,
		       size_t from, size_t to, size_t step)
{
	struct rig *rig = &self->rig;
	unsigned int i, batch;
	size_t size, length;

	for (size = from; size <= to; size += batch * step) {
		for (batch = 0; batch < BATCH && size + batch * step <= to; batch++) {
			length = size + batch * step;
			rig_offer_frame(rig, self->scratch + batch * 0x4000, length,
					self->number + batch);
		}
		transmit(_metadata, self, batch);
		for (i = 0; i < batch; i++)
			expect_frame(_metadata, self, size + i * step, self->number++);
	}
}

TEST_F(transmit, sizes)
{
	send_sizes(_metadata, self, WIRE_HEADER, WIRE_HEADER + 1500, 1);
	ASSERT_EQ(0, link_set_mtu(PORT, 9000));
	send_sizes(_metadata, self, WIRE_HEADER + 1501, WIRE_HEADER + 9000, 59);
	send_sizes(_metadata, self, WIRE_HEADER + 4000, WIRE_HEADER + 4200, 1);
	send_sizes(_metadata, self, WIRE_HEADER + 8990, WIRE_HEADER + 9000, 1);
	EXPECT_TRUE(wire_quiet(self->rig.wire));
}

TEST_F(transmit, header_cut_twice)
{
	size_t total = self->rig.header + FRAME;
	size_t a, b;

	for (b = 1; b < self->rig.header + 20; b++)
		for (a = 1; a <= b; a++) {
			size_t lengths[] = { a, b - a, total - b };

			if (a == b)
				send_pieces(_metadata, self,
					    (size_t []){ a, total - a }, 2);
			else
				send_pieces(_metadata, self, lengths, 3);
		}
}

TEST_F(transmit, many_descriptors)
{
	size_t lengths[NUM];
	unsigned int count, i;

	/* Every byte its own descriptor. */
	for (i = 0; i < NUM; i++)
		lengths[i] = 1;
	send_pieces(_metadata, self, lengths, self->rig.header + FRAME);
	send_pieces(_metadata, self, lengths, NUM);
	/* A header, and pieces of many lengths behind it. */
	for (count = 2; count <= 64; count++) {
		lengths[0] = self->rig.header;
		for (i = 1; i < count; i++)
			lengths[i] = 14 + i * 37 % 101;
		send_pieces(_metadata, self, lengths, count);
	}
}

/* Every byte of a packet is once the first one in the next hugepage. */
TEST_F(transmit, across_hugepages)
{
	struct rig *rig = &self->rig;
	size_t total = rig->header + FRAME, before;
	unsigned char *middle;

	middle = guest_alloc_across(&rig->guest, 2 * total, total) + total;
	for (before = 0; before <= total; before++) {
		rig_offer_frame(rig, middle - before, FRAME, self->number);
		transmit(_metadata, self, 1);
		expect_frame(_metadata, self, FRAME, self->number++);
	}
	/* A long one across. */
	ASSERT_EQ(0, link_set_mtu(PORT, 9000));
	middle = guest_alloc_across(&rig->guest, 16384, 8192);
	rig_offer_frame(rig, middle + 3797, WIRE_MAX, self->number);
	transmit(_metadata, self, 1);
	expect_frame(_metadata, self, WIRE_MAX, self->number++);
}

TEST_F(transmit, indices_wrap)
{
	struct rig *rig = &self->rig;
	unsigned int sent, i;

	for (sent = 0; sent < 70000; sent += BATCH) {
		for (i = 0; i < BATCH; i++)
			rig_offer_frame(rig, self->scratch + i * 128, FRAME, sent + i);
		transmit(_metadata, self, BATCH);
		for (i = 0; i < BATCH; i++)
			expect_frame(_metadata, self, FRAME, sent + i);
	}
	EXPECT_TRUE(wire_quiet(rig->wire));
	EXPECT_EQ(ring_base(&rig->tx), device_stop(rig->guest.dev, TX));
}

TEST_F(transmit, is_counted)
{
	unsigned int i, bytes = 0;

	for (i = 0; i < 100; i++) {
		rig_offer_frame(&self->rig, self->scratch + i * 0x2000, 14 + 13 * i, i);
		bytes += 14 + 13 * i;
	}
	transmit(_metadata, self, 100);
	EXPECT_EQ(100, port_wait_counter(PORT, "rx_packets", 100));
	EXPECT_EQ(bytes, port_counter(PORT, "rx_bytes"));
	EXPECT_EQ(0, port_counter(PORT, "rx_dropped"));
	EXPECT_EQ(0, port_counter(PORT, "rx_errors"));
	EXPECT_EQ(0, port_counter(PORT, "tx_packets"));
	EXPECT_EQ(100, named_statistic(_metadata, PORT, "rx0_packets"));
	EXPECT_EQ(bytes, named_statistic(_metadata, PORT, "rx0_bytes"));
	EXPECT_EQ(0, named_statistic(_metadata, PORT, "tx0_packets"));
	EXPECT_EQ(1, named_statistic(_metadata, PORT, "rx0_kicks"));
}

/* Frames that have no whole Ethernet header. */
TEST_F(transmit, short_frames)
{
	size_t length;

	for (length = 0; length < WIRE_HEADER; length++)
		rig_offer_frame(&self->rig, self->scratch + length * 64, length, length);
	transmit(_metadata, self, WIRE_HEADER);
	rig_offer_frame(&self->rig, self->scratch, FRAME, 99);
	transmit(_metadata, self, 1);
	expect_frame(_metadata, self, FRAME, 99);
	EXPECT_TRUE(wire_quiet(self->rig.wire));
	EXPECT_EQ(1, port_counter(PORT, "rx_packets"));
	EXPECT_EQ(FRAME, port_counter(PORT, "rx_bytes"));
	EXPECT_EQ(WIRE_HEADER, port_counter(PORT, "rx_dropped"));
	EXPECT_EQ(WIRE_HEADER, port_counter(PORT, "rx_length_errors"));
	EXPECT_EQ(WIRE_HEADER, named_statistic(_metadata, PORT, "rx0_drop_short"));
}

TEST_F(transmit, disabled_ring_discards)
{
	struct rig *rig = &self->rig;

	ASSERT_CALL(rig->guest.dev, 0, device_enable(rig->guest.dev, TX, 0));
	rig_offer_frame(rig, self->scratch, FRAME, 1);
	rig_offer_frame(rig, self->scratch + 128, FRAME, 2);
	transmit(_metadata, self, 2);
	EXPECT_EQ(2, named_statistic(_metadata, PORT, "rx0_drop_disabled"));
	EXPECT_EQ(0, port_counter(PORT, "rx_packets"));
	ASSERT_CALL(rig->guest.dev, 0, device_enable(rig->guest.dev, TX, 1));
	rig_offer_frame(rig, self->scratch, FRAME, 3);
	transmit(_metadata, self, 1);
	expect_frame(_metadata, self, FRAME, 3);
	EXPECT_TRUE(wire_quiet(rig->wire));
}

TEST_F(transmit, interface_down)
{
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, link_set_up(PORT, false));
	rig_offer_frame(rig, self->scratch, FRAME, 1);
	transmit(_metadata, self, 1);
	EXPECT_EQ(0, port_counter(PORT, "rx_packets"));
	EXPECT_EQ(0, port_counter(PORT, "rx_bytes"));
	EXPECT_EQ(1, named_statistic(_metadata, PORT, "rx0_drop_down"));
	/* The socket was told that its interface went down. */
	close(rig->wire);
	ASSERT_EQ(0, link_set_up(PORT, true));
	rig->wire = wire_open(rig->ifindex);
	rig_offer_frame(rig, self->scratch, FRAME, 2);
	transmit(_metadata, self, 1);
	expect_frame(_metadata, self, FRAME, 2);
	EXPECT_EQ(1, port_counter(PORT, "rx_packets"));
}

TEST_HARNESS_MAIN
