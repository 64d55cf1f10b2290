// SPDX-License-Identifier: GPL-2.0
/*
 * Who takes what the guest sends: a softirq where it kicks, when guest and host
 * answer each other by little, otherwise the thread; and nothing is lost when one
 * leaves the rest to the other.
 */
#include "harness.h"

#include <pthread.h>

#include "die.h"
#include "rig.h"

#define PAGES 4
#define NUM 256
#define FRAME 60
#define PITCH 2048
/* No more packets at once are a talk, and no more bytes. */
#define FEW 8
#define LITTLE 1024
#define ROUNDS 50

FIXTURE(talk)
{
	struct hugepages before;
	struct rig rig;
	unsigned char *tx, *rx;
	uint32_t sent;
};

FIXTURE_SETUP(talk)
{
	struct rig *rig = &self->rig;
	unsigned int i;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, VERSION_1 | EVENT_IDX, NUM, PAGES);
	ASSERT_EQ(0, rig_start(rig)) TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->tx = guest_alloc(&rig->guest, NUM * PITCH, 64);
	self->rx = guest_alloc(&rig->guest, NUM * PITCH, 64);
	/* Room enough: what the guest kicks for is what it sends. */
	for (i = 0; i < NUM; i++)
		rig_offer_room(rig, self->rx + i * PITCH, PITCH);
	ring_publish(&rig->rx);
	ring_kick(&rig->rx);
}

FIXTURE_TEARDOWN_PARENT(talk)
{
	expect_pages_back(_metadata, &self->before);
}

/* Frames at once, of which each arrives, in order. */
static void guest_says(struct __test_metadata *_metadata, FIXTURE_DATA(talk) *self,
		       unsigned int frames, size_t length)
{
	unsigned char frame[WIRE_MAX];
	unsigned int i;

	for (i = 0; i < frames; i++)
		rig_offer_frame(&self->rig, self->tx + i * PITCH, length, self->sent + i);
	ASSERT_TRUE(rig_transmit(&self->rig, frames));
	for (i = 0; i < frames; i++, self->sent++) {
		ASSERT_EQ(length, wire_receive(self->rig.wire, frame));
		ASSERT_EQ(length, wire_compare(frame, length, self->sent));
	}
}

static void host_says(struct __test_metadata *_metadata, FIXTURE_DATA(talk) *self,
		      unsigned int frames, size_t length)
{
	unsigned char frame[WIRE_MAX];
	uint32_t used;
	uint16_t head;

	wire_fill(frame, length, self->sent);
	while (frames--) {
		ASSERT_EQ(0, wire_send(self->rig.wire, frame, length));
		ASSERT_TRUE(ring_wait(&self->rig.rx, 1));
		ASSERT_TRUE(ring_take(&self->rig.rx, &head, &used));
		EXPECT_EQ(self->rig.header + length, used);
		rig_offer_room(&self->rig, self->rx + head * PITCH, PITCH);
		ring_publish(&self->rig.rx);
	}
}

struct speech {
	unsigned int frames;
	size_t length;
};

/* Questions and answers: how many of the polls were early? */
static uint64_t early_of(struct __test_metadata *_metadata, FIXTURE_DATA(talk) *self,
			 struct speech question, struct speech answer)
{
	uint64_t before = named_statistic(_metadata, PORT, "rx0_early");
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		guest_says(_metadata, self, question.frames, question.length);
		host_says(_metadata, self, answer.frames, answer.length);
	}
	return named_statistic(_metadata, PORT, "rx0_early") - before;
}

/* The same, with frames of one length. */
static uint64_t early(struct __test_metadata *_metadata, FIXTURE_DATA(talk) *self,
		      unsigned int frames, size_t length, unsigned int answers)
{
	return early_of(_metadata, self, (struct speech){ frames, length },
			(struct speech){ answers, length });
}

TEST_F(talk, few_are_early)
{
	EXPECT_GE(early(_metadata, self, 1, FRAME, 1), ROUNDS / 2);
	EXPECT_GE(early(_metadata, self, 3, FRAME, 2), ROUNDS / 2);
}

/* Bounds are such that the last answer before may count for the first question. */
TEST_F(talk, no_answer_no_talk)
{
	early(_metadata, self, 1, FRAME, 1);
	EXPECT_LE(early(_metadata, self, 1, FRAME, 0), 1);
}

TEST_F(talk, many_are_not)
{
	EXPECT_LE(early(_metadata, self, 4 * FEW, FRAME, 1), 1);
	EXPECT_GE(early(_metadata, self, 1, FRAME, 1), ROUNDS / 2);
}

TEST_F(talk, much_is_not)
{
	EXPECT_GE(early(_metadata, self, 1, LITTLE, 1), ROUNDS / 2);
	EXPECT_LE(early(_metadata, self, 1, 1500, 1), 1);
	EXPECT_LE(early(_metadata, self, 4, 300, 1), 1);
}

/* One fills segments, the other acknowledges them: neither is in a hurry. */
TEST_F(talk, streams_are_not)
{
	const struct speech segment = { 1, 1514 }, acknowledgment = { 1, FRAME };

	EXPECT_LE(early_of(_metadata, self, segment, acknowledgment), 1);
	EXPECT_LE(early_of(_metadata, self, acknowledgment, segment), 1);
}

/* The softirq leaves what is beyond its share to the thread. */
TEST_F(talk, rest_is_taken)
{
	unsigned int frames;

	for (frames = 1; frames <= NUM; frames++) {
		EXPECT_LE(early(_metadata, self, 1, FRAME, 1), ROUNDS + 1);
		guest_says(_metadata, self, frames, FRAME);
	}
	EXPECT_EQ(self->sent, port_counter(PORT, "rx_packets"));
}

TEST_F(talk, not_against_the_will)
{
	ASSERT_TRUE(port_set_polling(PORT, 0, false));
	EXPECT_EQ(0, early(_metadata, self, 1, FRAME, 1));
	ASSERT_TRUE(port_set_polling(PORT, 0, true));
	EXPECT_GE(early(_metadata, self, 1, FRAME, 1), ROUNDS / 2);

	/* Without threads there is nothing to be early for. */
	port_set_threaded(PORT, false);
	EXPECT_EQ(0, early(_metadata, self, 1, FRAME, 1));
	EXPECT_EQ(0, early(_metadata, self, 4 * FEW, FRAME, 1));
}

struct mind {
	bool stop;
	pthread_t thread;
};

static void *change_mind(void *arg)
{
	struct mind *mind = arg;
	unsigned int i;

	for (i = 0; !__atomic_load_n(&mind->stop, __ATOMIC_RELAXED); i++) {
		port_set_polling(PORT, 0, i & 1);
		usleep(100);
	}
	return NULL;
}

/* Talks and bursts, whoever takes them. */
TEST_F(talk, nothing_is_lost)
{
	struct mind mind = {};
	unsigned int round;

	ASSERT_EQ(0, pthread_create(&mind.thread, NULL, change_mind, &mind));
	for (round = 0; round < 2000; round++) {
		guest_says(_metadata, self, round * 5 % 37 + 1, FRAME);
		host_says(_metadata, self, round % 3, FRAME);
	}
	__atomic_store_n(&mind.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(mind.thread, NULL));
	EXPECT_EQ(self->sent, port_counter(PORT, "rx_packets"));
}

TEST_HARNESS_MAIN
