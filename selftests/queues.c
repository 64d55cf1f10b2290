// SPDX-License-Identifier: GPL-2.0
/*
 * More than one queue pair: ring 2n is receive queue n of the guest, ring
 * 2n + 1 its transmit queue n.
 */
#include "harness.h"

#include "die.h"
#include "process.h"
#include "rig.h"
#include "wait.h"

#define PAGES 2
#define NUM 64
#define FRAME 60
#define PAIRS 3

FIXTURE(queues)
{
	struct hugepages before;
	struct rig rig;
	int dev;
	struct ring rings[2 * PAIRS];
	unsigned char *bytes;
};

FIXTURE_VARIANT(queues)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(queues, split) { VERSION_1 };
FIXTURE_VARIANT_ADD(queues, packed) { VERSION_1 | PACKED };

/* A port of three pairs, a guest with as many, attached; no ring runs. */
FIXTURE_SETUP(queues)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make_pairs(rig, variant->features, NUM, PAGES, self->rings, PAIRS);
	self->bytes = rig_alloc(rig, 2048);
	ASSERT_EQ(0, rig_attach(rig)) TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->dev = rig->guest.dev;
}

FIXTURE_TEARDOWN_PARENT(queues)
{
	expect_pages_back(_metadata, &self->before);
}

static void start(struct __test_metadata *_metadata, FIXTURE_DATA(queues) *self,
		  unsigned int pairs)
{
	unsigned int i;

	for (i = 0; i < 2 * pairs; i++)
		ASSERT_CALL(self->dev, 0, ring_start(&self->rings[i]));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
}

static void send_from(struct __test_metadata *_metadata, FIXTURE_DATA(queues) *self,
		      unsigned int pair, uint32_t number)
{
	struct ring *ring = &self->rings[2 * pair + 1];
	struct buffer buffer = { self->bytes, self->rig.header + FRAME, false };
	unsigned char frame[WIRE_MAX];
	uint32_t length;
	uint16_t head;

	memset(self->bytes, 0, self->rig.header);
	wire_fill(self->bytes + self->rig.header, FRAME, number);
	ring_offer(ring, &buffer, 1);
	ring_publish(ring);
	ring_kick(ring);
	ASSERT_TRUE(ring_wait(ring, 1)) TH_LOG("transmit queue %u", pair);
	ASSERT_TRUE(ring_take(ring, &head, &length));
	ASSERT_EQ(FRAME, wire_receive(self->rig.wire, frame));
	ASSERT_EQ(FRAME, wire_compare(frame, FRAME, number));
}

static uint64_t statistic(const char *direction, unsigned int pair, const char *name)
{
	unsigned int matches;
	char pattern[64];

	snprintf(pattern, sizeof(pattern), "%s%u_%s", direction, pair, name);
	return port_statistic(PORT, pattern, &matches);
}

TEST_F(queues, transmit)
{
	unsigned int pair, i;

	start(_metadata, self, PAIRS);
	for (i = 0; i < 10; i++)
		for (pair = 0; pair < PAIRS; pair++)
			send_from(_metadata, self, pair, i * PAIRS + pair);
	for (pair = 0; pair < PAIRS; pair++) {
		EXPECT_EQ(10, statistic("rx", pair, "packets"));
		EXPECT_EQ(10, statistic("rx", pair, "kicks"));
	}
	EXPECT_EQ(10 * PAIRS, port_counter(PORT, "rx_packets"));
	EXPECT_EQ(10 * PAIRS * FRAME, port_counter(PORT, "rx_bytes"));
}

struct thread {
	pid_t pid;
	unsigned long sleeps;
};

static bool slept(void *arg)
{
	const struct thread *thread = arg;

	return process_sleeps(thread->pid) > thread->sleeps;
}

/* "napi/vm0-NUMBER": in the order of their numbers they serve the pairs. */
TEST_F(queues, threads)
{
	struct thread thread;
	unsigned int i, pair;
	pid_t pids[PAIRS];

	ASSERT_EQ(PAIRS, process_threads("napi/" PORT, pids, PAIRS));
	start(_metadata, self, PAIRS);
	for (i = 0; i < 3; i++) {
		for (pair = 0; pair < PAIRS; pair++) {
			thread.pid = pids[pair];
			thread.sleeps = process_sleeps(thread.pid);
			send_from(_metadata, self, pair, i * PAIRS + pair);
			ASSERT_TRUE(wait_until(slept, &thread)) TH_LOG("pair %u", pair);
		}
	}
}

/* Frames of several senders, which the host spreads over the queues as it likes. */
TEST_F(queues, receive)
{
	struct buffer buffer = { self->bytes, self->rig.header + FRAME, true };
	unsigned char frame[FRAME];
	unsigned int pair, i, used = 0;
	uint64_t counted = 0;

	start(_metadata, self, PAIRS);
	for (pair = 0; pair < PAIRS; pair++) {
		for (i = 0; i < NUM; i++)
			ring_offer(&self->rings[2 * pair], &buffer, 1);
		ring_publish(&self->rings[2 * pair]);
		ring_kick(&self->rings[2 * pair]);
	}
	for (i = 0; i < NUM; i++) {
		wire_fill(frame, FRAME, i);
		frame[11] = i;
		ASSERT_EQ(0, wire_send(self->rig.wire, frame, FRAME));
	}
	EXPECT_EQ(NUM, port_wait_counter(PORT, "tx_packets", NUM));
	for (pair = 0; pair < PAIRS; pair++) {
		ring_wait(&self->rings[2 * pair], statistic("tx", pair, "packets"));
		used += ring_pending(&self->rings[2 * pair]);
		counted += statistic("tx", pair, "packets");
	}
	EXPECT_EQ(NUM, used);
	EXPECT_EQ(NUM, counted);
}

/* A guest may use fewer pairs than its port has. */
TEST_F(queues, fewer_than_the_port)
{
	struct rig *rig = &self->rig;

	start(_metadata, self, 1);
	rig->rx = self->rings[0];
	rig->tx = self->rings[1];
	EXPECT_EQ(NULL, rig_sends(rig, 1));
	EXPECT_EQ(NULL, rig_receives(rig, 2));
	/* And start the others later. */
	self->rings[0] = rig->rx;
	self->rings[1] = rig->tx;
	ASSERT_CALL(self->dev, 0, ring_start(&self->rings[2]));
	ASSERT_CALL(self->dev, 0, ring_start(&self->rings[3]));
	send_from(_metadata, self, 1, 3);
	send_from(_metadata, self, 0, 4);
	ASSERT_EQ(ring_base(&self->rings[2]), device_stop(self->dev, 2));
	ASSERT_EQ(ring_base(&self->rings[3]), device_stop(self->dev, 3));
	send_from(_metadata, self, 0, 5);
	EXPECT_EQ(NULL, rig_receives(rig, 6));
}

/* Rings beyond those of the port are not served, and wait for another one. */
TEST_F(queues, more_than_the_port)
{
	struct ring *beyond = &self->rings[2 * PAIRS - 1];
	struct buffer buffer = { self->bytes, self->rig.header + FRAME, false };
	unsigned int ifindex = port_add("vm1", 1);
	unsigned char frame[WIRE_MAX];

	ASSERT_EQ(0, link_set_up("vm1", true));
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, ifindex));
	for (unsigned int i = 0; i < 2 * PAIRS; i++)
		ASSERT_CALL(self->dev, 0, ring_start(&self->rings[i]));
	ASSERT_TRUE(port_wait_carrier("vm1", true));
	memset(self->bytes, 0, self->rig.header);
	wire_fill(self->bytes + self->rig.header, FRAME, 1);
	ring_offer(beyond, &buffer, 1);
	ring_publish(beyond);
	ring_kick(beyond);
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	EXPECT_EQ(0, ring_pending(beyond));
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
	EXPECT_TRUE(ring_wait(beyond, 1));
	EXPECT_EQ(FRAME, wire_receive(self->rig.wire, frame));
	EXPECT_EQ(FRAME, wire_compare(frame, FRAME, 1));
}

TEST_HARNESS_MAIN
