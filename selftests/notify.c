// SPDX-License-Identifier: GPL-2.0
/*
 * Kicks and calls: the device calls exactly when it was asked to, and never
 * leaves a driver waiting that kicks only when it was asked to.
 */
#include "harness.h"

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>

#include "die.h"
#include "rig.h"
#include "wait.h"

#define PAGES 4
#define NUM 128
/* Of any size, such that the bursts below lie across its end, also with their wishes. */
#define PACKED_NUM 46
#define FRAME 60
#define PITCH 256
/* What the guest is sent by one poll is shown when there are so many, and at its end. */
#define UNSEEN 8

FIXTURE(notify)
{
	struct hugepages before;
	struct rig rig;
	unsigned char *tx, *rx;
};

FIXTURE_VARIANT(notify)
{
	uint64_t features;
	/* The port's NAPI has no thread. */
	bool softirq;
};

FIXTURE_VARIANT_ADD(notify, flags) { VERSION_1 };
FIXTURE_VARIANT_ADD(notify, event_idx) { VERSION_1 | EVENT_IDX };
FIXTURE_VARIANT_ADD(notify, softirq) { VERSION_1 | EVENT_IDX, true };
FIXTURE_VARIANT_ADD(notify, packed_flags) { VERSION_1 | PACKED };
FIXTURE_VARIANT_ADD(notify, packed_event_idx) { VERSION_1 | PACKED | EVENT_IDX };
FIXTURE_VARIANT_ADD(notify, packed_in_order) { VERSION_1 | PACKED | EVENT_IDX | IN_ORDER };

FIXTURE_SETUP(notify)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, variant->features & PACKED ? PACKED_NUM : NUM, PAGES);
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	port_set_threaded(PORT, !variant->softirq);
	self->tx = guest_alloc(&rig->guest, NUM * PITCH, 64);
	self->rx = guest_alloc(&rig->guest, NUM * PITCH, 64);
}

FIXTURE_TEARDOWN_PARENT(notify)
{
	expect_pages_back(_metadata, &self->before);
}

static void transmit(struct __test_metadata *_metadata, FIXTURE_DATA(notify) *self,
		     unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		rig_offer_frame(&self->rig, self->tx + i * PITCH, FRAME, i);
	ASSERT_TRUE(rig_transmit(&self->rig, count));
}

static void receive(struct __test_metadata *_metadata, FIXTURE_DATA(notify) *self,
		    unsigned int count)
{
	unsigned char frame[FRAME];
	uint32_t length;
	uint16_t head;
	unsigned int i;

	for (i = 0; i < count; i++)
		rig_offer_room(&self->rig, self->rx + i * PITCH, PITCH);
	ring_publish(&self->rig.rx);
	ring_kick(&self->rig.rx);
	wire_fill(frame, FRAME, 1);
	for (i = 0; i < count; i++)
		ASSERT_EQ(0, wire_send(self->rig.wire, frame, FRAME));
	ASSERT_TRUE(ring_wait(&self->rig.rx, count));
	while (count--)
		ring_take(&self->rig.rx, &head, &length);
}

/* A call follows what it tells of: a ring that stopped has made all of them. */
static uint64_t calls_of(struct __test_metadata *_metadata, FIXTURE_DATA(notify) *self,
			 struct ring *ring)
{
	ASSERT_EQ(ring_base(ring), device_stop(self->rig.guest.dev, ring->index));
	return ring_calls(ring);
}

static void again(struct __test_metadata *_metadata, FIXTURE_DATA(notify) *self,
		  struct ring *ring)
{
	ASSERT_CALL(self->rig.guest.dev, 0, ring_start(ring));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
}

TEST_F(notify, no_call_unasked)
{
	struct rig *rig = &self->rig;

	ring_want_call(&rig->tx, 0);
	ring_want_call(&rig->rx, 0);
	transmit(_metadata, self, 32);
	receive(_metadata, self, 32);
	EXPECT_EQ(0, calls_of(_metadata, self, &rig->tx));
	EXPECT_EQ(0, calls_of(_metadata, self, &rig->rx));
}

/* One by one, with a wish for each. */
TEST_F(notify, call_for_each)
{
	struct rig *rig = &self->rig;
	unsigned int i;

	for (i = 0; i < 60; i++) {
		ring_want_call(&rig->tx, 1);
		transmit(_metadata, self, 1);
		ring_want_call(&rig->rx, 1);
		receive(_metadata, self, 1);
	}
	EXPECT_EQ(60, calls_of(_metadata, self, &rig->tx));
	EXPECT_EQ(60, calls_of(_metadata, self, &rig->rx));
}

/* Of a burst the wish is for one entry: with event indices that is one call. */
TEST_F(notify, call_for_a_burst)
{
	struct rig *rig = &self->rig;
	unsigned int after;
	uint64_t calls;

	for (after = 1; after <= 8; after++) {
		ring_want_call(&rig->tx, after);
		transmit(_metadata, self, 8);
		calls = calls_of(_metadata, self, &rig->tx);
		EXPECT_GE(calls, 1) TH_LOG("wish for entry %u of 8", after);
		EXPECT_LE(calls, rig->tx.event_idx ? 1 : 8) TH_LOG("entry %u of 8", after);
		again(_metadata, self, &rig->tx);

		ring_want_call(&rig->rx, after);
		receive(_metadata, self, 8);
		calls = calls_of(_metadata, self, &rig->rx);
		EXPECT_GE(calls, 1) TH_LOG("wish for entry %u of 8", after);
		EXPECT_LE(calls, rig->tx.event_idx ? 1 : 8) TH_LOG("entry %u of 8", after);
		again(_metadata, self, &rig->rx);
	}
}

/* A wish beyond the burst, or for what has been before it, is not for it. */
TEST_F(notify, no_call_for_others)
{
	struct rig *rig = &self->rig;
	/* The places of a packed ring do not tell more than two rounds apart. */
	const int wishes[] = { 9, PACKED_NUM, -1, -30, 100, 30000, -100 };
	unsigned int count = rig->tx.packed ? 4 : ARRAY_SIZE(wishes), i;

	for (i = 0; i < count; i++) {
		/* Without event indices there is one way to have no wish. */
		ring_want_call(&rig->tx, rig->tx.event_idx ? wishes[i] : 0);
		transmit(_metadata, self, 8);
		EXPECT_EQ(0, calls_of(_metadata, self, &rig->tx))
			TH_LOG("wish for entry %d of 8", wishes[i]);
		again(_metadata, self, &rig->tx);
	}
}

static void take_back(struct ring *ring, unsigned int *done)
{
	uint32_t length;
	uint16_t head;

	while (ring_take(ring, &head, &length))
		*done += 1;
}

static uint64_t polls(void)
{
	unsigned int matches;

	return port_statistic(PORT, "rx0_polls", &matches);
}

/* Polls for one frame at a time, so many times. */
static uint64_t polls_for(struct __test_metadata *_metadata, FIXTURE_DATA(notify) *self,
			  unsigned int times)
{
	uint64_t before = polls();

	while (times--) {
		transmit(_metadata, self, 1);
		usleep(1000);
	}
	return polls() - before;
}

static bool nobody_polls(void *unused)
{
	uint64_t before = polls();

	(void)unused;
	usleep(20000);
	return polls() == before;
}

/* A pair that shall poll before it asks for kicks does, and not for ever. */
TEST_F(notify, polls_for_a_while)
{
	uint64_t without, with;

	without = polls_for(_metadata, self, 50);
	EXPECT_FALSE(port_set_polling(PORT, 10001, true));
	ASSERT_TRUE(port_set_polling(PORT, 10000, true));
	with = polls_for(_metadata, self, 50);
	EXPECT_GT(with, 5 * without) TH_LOG("%llu polls, %llu without",
					    (unsigned long long)with, (unsigned long long)without);
	EXPECT_TRUE(wait_until(nobody_polls, NULL));
	ASSERT_TRUE(port_set_polling(PORT, 0, true));
	EXPECT_LT(polls_for(_metadata, self, 50), with / 2);
}

/* Questions that the host answers where it receives them: who has its address? */
static void offer_question(struct rig *rig, unsigned char *bytes)
{
	struct buffer buffer = { bytes, rig->header + FRAME, false };
	struct ether_header *eth = (void *)(bytes + rig->header);
	struct ether_arp *arp = (void *)(eth + 1);

	memset(bytes, 0, rig->header + FRAME);
	memset(eth->ether_dhost, 0xff, ETH_ALEN);
	eth->ether_shost[0] = 2;
	eth->ether_type = htons(ETHERTYPE_ARP);
	arp->arp_hrd = htons(ARPHRD_ETHER);
	arp->arp_pro = htons(ETHERTYPE_IP);
	arp->arp_hln = ETH_ALEN;
	arp->arp_pln = sizeof(arp->arp_spa);
	arp->arp_op = htons(ARPOP_REQUEST);
	arp->arp_sha[0] = 2;
	memcpy(arp->arp_spa, (unsigned char[]){ 10, 0, 0, 2 }, sizeof(arp->arp_spa));
	memcpy(arp->arp_tpa, (unsigned char[]){ 10, 0, 0, 1 }, sizeof(arp->arp_tpa));
	ring_offer(&rig->tx, &buffer, 1);
}

static bool is_answer(const unsigned char *frame)
{
	const struct ether_arp *arp = (const void *)(frame + sizeof(struct ether_header));

	return arp->arp_op == htons(ARPOP_REPLY) && arp->arp_spa[3] == 1;
}

static void have_address(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, port_ip("address add 10.0.0.1/24 dev %s", PORT));
	/* one poll, not the first ones by somebody else */
	ASSERT_TRUE(port_set_polling(PORT, 0, false));
}

static void have_room(FIXTURE_DATA(notify) *self, unsigned int count)
{
	while (count--) {
		uint16_t next = self->rig.rx.free[self->rig.rx.nfree - 1];

		rig_offer_room(&self->rig, self->rx + next * PITCH, PITCH);
	}
	ring_publish(&self->rig.rx);
	ring_kick(&self->rig.rx);
}

static void ask(FIXTURE_DATA(notify) *self, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		offer_question(&self->rig, self->tx + i * PITCH);
	ring_publish(&self->rig.tx);
	ring_kick(&self->rig.tx);
}

/* How often was the guest shown something, called for it or not? */
static uint64_t shown(void)
{
	unsigned int matches;

	return port_statistic(PORT, "tx0_calls*", &matches);
}

/* What is answered in one poll is shown together. */
TEST_F(notify, answers_together)
{
	struct rig *rig = &self->rig;
	unsigned int count;

	have_address(_metadata);
	for (count = 1; count <= 3 * UNSEEN; count++) {
		uint64_t before = shown();
		unsigned int i;
		uint32_t length;
		uint16_t head;

		have_room(self, count);
		ask(self, count);
		ASSERT_TRUE(ring_wait(&rig->rx, count)) TH_LOG("of %u answers", count);
		for (i = 0; i < count; i++) {
			ASSERT_TRUE(ring_take(&rig->rx, &head, &length));
			EXPECT_TRUE(is_answer(self->rx + head * PITCH + rig->header));
		}
		EXPECT_EQ((count + UNSEEN - 1) / UNSEEN, shown() - before)
			TH_LOG("for %u answers", count);
		ASSERT_TRUE(ring_wait(&rig->tx, count));
		while (ring_take(&rig->tx, &head, &length))
			;
	}
}

/* A ring that is stopped amid a burst has shown all of what it used. */
TEST_F(notify, stops_amid_answers)
{
	const unsigned int count = PACKED_NUM - 1;
	struct rig *rig = &self->rig;
	unsigned int i, done;
	long base;

	have_address(_metadata);
	have_room(self, count);
	for (i = 0; i < 200; i++) {
		ask(self, count);
		usleep(i * 10);
		base = device_stop(rig->guest.dev, rig->rx.index);
		done = 0;
		take_back(&rig->rx, &done);
		ASSERT_EQ(ring_base(&rig->rx), base) TH_LOG("after %u answers", done);

		ASSERT_TRUE(ring_wait(&rig->tx, count));
		take_back(&rig->tx, &done);
		have_room(self, rig->rx.nfree - (rig->rx.num - count));
		again(_metadata, self, &rig->rx);
	}
}

/*
 * Bursts of all lengths, published while earlier ones are being served: should
 * a wish and an index miss each other, the ring would stand still.
 */
TEST_F(notify, no_transmit_stalls)
{
	struct rig *rig = &self->rig;
	unsigned int sent = 0, done = 0, burst, slot;

	for (burst = 1; sent < 20000; burst = burst * 5 % 37 + 1) {
		while (rig->tx.nfree < burst) {
			ASSERT_TRUE(ring_wait(&rig->tx, 1))
				TH_LOG("stalled after %u of %u frames", done, sent);
			take_back(&rig->tx, &done);
		}
		for (slot = 0; slot < burst; slot++, sent++) {
			uint16_t next = rig->tx.free[rig->tx.nfree - 1];

			rig_offer_frame(rig, self->tx + next * PITCH, FRAME, sent);
		}
		ring_publish_politely(&rig->tx);
	}
	ASSERT_TRUE(ring_wait(&rig->tx, sent - done))
		TH_LOG("stalled after %u of %u frames", done, sent);
	EXPECT_EQ(sent, port_wait_counter(PORT, "rx_packets", sent));
}

TEST_F(notify, no_receive_stalls)
{
	struct rig *rig = &self->rig;
	unsigned int sent = 0, done = 0, offered = 0, burst, i;
	unsigned char frame[FRAME];

	wire_fill(frame, FRAME, 1);
	for (burst = 1; sent < 10000; burst = burst * 5 % 37 + 1) {
		/* Always as many frames as there will be buffers, never the same time. */
		for (i = 0; i < burst; i++, sent++)
			ASSERT_EQ(0, wire_send(rig->wire, frame, FRAME));
		while (offered < sent) {
			uint16_t next = rig->rx.free[rig->rx.nfree - 1];

			rig_offer_room(rig, self->rx + next * PITCH, PITCH);
			offered++;
			if (offered % 3 == 0 || offered == sent)
				ring_publish_politely(&rig->rx);
		}
		ASSERT_TRUE(ring_wait(&rig->rx, sent - done - burst % 4))
			TH_LOG("stalled after %u of %u frames", done, sent);
		take_back(&rig->rx, &done);
	}
	ASSERT_TRUE(ring_wait(&rig->rx, sent - done))
		TH_LOG("stalled after %u of %u frames", done, sent);
	EXPECT_EQ(0, port_counter(PORT, "tx_dropped"));
}

TEST_HARNESS_MAIN
