// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that does what no driver may: its ring breaks, or its packet is
 * dropped, and is counted; nothing else happens to anybody.
 */
#include "harness.h"

#include <sys/eventfd.h>

#include "attack.h"
#include "die.h"
#include "rig.h"

#define NUM ATTACK_NUM
#define PAGES ATTACK_PAGES
#define HOLE ATTACK_HOLE
#define CANARY 0xc5

FIXTURE(hostile)
{
	struct hugepages before;
	struct rig rig, other;
};

FIXTURE_VARIANT(hostile)
{
	unsigned int index;
	uint64_t features;
	void (*attack)(struct ring *ring);
	/* Chains that the attack puts into the ring and that are dropped. */
	unsigned int drops;
	/* The drop's counter, behind "rx0_drop_" or "tx0_drop_". */
	const char *counter;
};

#define ATTACK(ring, name, with) FIXTURE_VARIANT_ADD(hostile, ring##_##name) \
	{ .index = ring, .features = VERSION_1 | (with), .attack = attack_##name }

/* What a ring breaks at. */
ATTACK(TX, head_is_num, INDIRECT);
ATTACK(RX, head_is_num, INDIRECT);
ATTACK(TX, head_is_far, INDIRECT);
ATTACK(RX, head_is_far, INDIRECT);
ATTACK(TX, avail_jumps, INDIRECT);
ATTACK(RX, avail_jumps, INDIRECT);
ATTACK(TX, avail_jumps_far, INDIRECT);
ATTACK(RX, avail_jumps_far, INDIRECT);
ATTACK(TX, avail_goes_back, INDIRECT);
ATTACK(RX, avail_goes_back, INDIRECT);
ATTACK(TX, loop_of_one_empty, INDIRECT);
ATTACK(RX, loop_of_one_empty, INDIRECT);
ATTACK(TX, loop_of_one, INDIRECT);
ATTACK(RX, loop_of_one, INDIRECT);
ATTACK(TX, loop_of_all, INDIRECT);
ATTACK(RX, loop_of_all, INDIRECT);
ATTACK(TX, loop_behind_a_packet, INDIRECT);
ATTACK(RX, loop_behind_a_packet, INDIRECT);
ATTACK(TX, next_is_num, INDIRECT);
ATTACK(RX, next_is_num, INDIRECT);
ATTACK(TX, next_is_far, INDIRECT);
ATTACK(RX, next_is_far, INDIRECT);
ATTACK(TX, begins_before_memory, INDIRECT);
ATTACK(RX, begins_before_memory, INDIRECT);
ATTACK(TX, begins_in_hole, INDIRECT);
ATTACK(RX, begins_in_hole, INDIRECT);
ATTACK(TX, ends_in_hole, INDIRECT);
ATTACK(RX, ends_in_hole, INDIRECT);
ATTACK(TX, ends_behind_memory, INDIRECT);
ATTACK(RX, ends_behind_memory, INDIRECT);
ATTACK(TX, wraps, INDIRECT);
ATTACK(RX, wraps, INDIRECT);
ATTACK(TX, at_zero, INDIRECT);
ATTACK(RX, at_zero, INDIRECT);
ATTACK(TX, second_leaves_memory, INDIRECT);
ATTACK(RX, second_leaves_memory, INDIRECT);
ATTACK(TX, giant_leaves_memory, INDIRECT);
ATTACK(RX, giant_leaves_memory, INDIRECT);
ATTACK(TX, wrong_direction, INDIRECT);
ATTACK(RX, wrong_direction, INDIRECT);
ATTACK(TX, wrong_direction_first, INDIRECT);
ATTACK(RX, wrong_direction_first, INDIRECT);
ATTACK(TX, table_in_table, INDIRECT);
ATTACK(RX, table_in_table, INDIRECT);
ATTACK(TX, table_empty, INDIRECT);
ATTACK(RX, table_empty, INDIRECT);
ATTACK(TX, table_of_half, INDIRECT);
ATTACK(RX, table_of_half, INDIRECT);
ATTACK(TX, table_of_one_and_half, INDIRECT);
ATTACK(RX, table_of_one_and_half, INDIRECT);
ATTACK(TX, table_too_long, INDIRECT);
ATTACK(RX, table_too_long, INDIRECT);
ATTACK(TX, table_giant, INDIRECT);
ATTACK(RX, table_giant, INDIRECT);
ATTACK(TX, table_with_next, INDIRECT);
ATTACK(RX, table_with_next, INDIRECT);
ATTACK(TX, table_outside, INDIRECT);
ATTACK(RX, table_outside, INDIRECT);
ATTACK(TX, table_at_the_end, INDIRECT);
ATTACK(RX, table_at_the_end, INDIRECT);
ATTACK(TX, table_wraps, INDIRECT);
ATTACK(RX, table_wraps, INDIRECT);
ATTACK(TX, table_next_is_count, INDIRECT);
ATTACK(RX, table_next_is_count, INDIRECT);
ATTACK(TX, table_loop, INDIRECT);
ATTACK(RX, table_loop, INDIRECT);
ATTACK(TX, table_leaves_memory, INDIRECT);
ATTACK(RX, table_leaves_memory, INDIRECT);
ATTACK(TX, table_wrong_direction, INDIRECT);
ATTACK(RX, table_wrong_direction, INDIRECT);
/* Not negotiated. */
ATTACK(TX, table, 0);
ATTACK(RX, table, 0);
ATTACK(RX, empty, INDIRECT);

#define DROPS(name, count, cause) FIXTURE_VARIANT_ADD(hostile, TX_##name) \
	{ TX, VERSION_1 | INDIRECT, attack_##name, count, cause }

DROPS(no_header, 13, "short");
DROPS(header_of_empty_descriptors, 1, "short");
DROPS(giant, 1, "long");
DROPS(giant_of_many, 1, "long");

FIXTURE_SETUP(hostile)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES + 2);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	rig->guest.hole = HOLE;
	memset(rig->guest.bytes + HOLE * HPAGE, CANARY, HPAGE);
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	rig_make_beside(&self->other, "vm1", VERSION_1, NUM, 1);
	ASSERT_EQ(0, rig_start(&self->other));
}

FIXTURE_TEARDOWN_PARENT(hostile)
{
	expect_pages_back(_metadata, &self->before);
}

static struct ring *attacked(FIXTURE_DATA(hostile) *self, unsigned int index)
{
	return index == RX ? &self->rig.rx : &self->rig.tx;
}

static uint64_t statistic(struct __test_metadata *_metadata, unsigned int index,
			  const char *name, const char *cause)
{
	unsigned int matches;
	char pattern[64];
	uint64_t value;

	/* The guest's transmit ring is what the interface receives from. */
	snprintf(pattern, sizeof(pattern), "%s0_%s%s", index == TX ? "rx" : "tx", name, cause);
	value = port_statistic(PORT, pattern, &matches);
	EXPECT_EQ(1, matches) TH_LOG("statistics called %s", pattern);
	return value;
}

static void works(struct __test_metadata *_metadata, struct rig *rig, unsigned int index)
{
	const char *wrong = index == TX ? rig_sends(rig, 1) : rig_receives(rig, 2);

	ASSERT_EQ(NULL, wrong) TH_LOG("ring %u of %s: %s", index, rig->port, wrong);
}

/* The other ring of the guest, and another guest. */
static void others_work(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
			unsigned int index)
{
	works(_metadata, &self->rig, !index);
	works(_metadata, &self->other, RX);
	works(_metadata, &self->other, TX);
}

static void attack(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		   const FIXTURE_VARIANT(hostile) *variant, struct ring *ring)
{
	unsigned char frame[60];

	variant->attack(ring);
	ring_publish(ring);
	ring_kick(ring);
	if (variant->index == TX)
		return;
	wire_fill(frame, sizeof(frame), 3);
	ASSERT_EQ(0, wire_send(self->rig.wire, frame, sizeof(frame)));
}

/* A broken ring: told once, counted once, not touched any more. */
static void is_broken(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		      const FIXTURE_VARIANT(hostile) *variant, unsigned int times)
{
	struct ring *ring = attacked(self, variant->index);
	eventfd_t signals;

	ASSERT_TRUE(rig_broken(ring));
	others_work(_metadata, self, variant->index);
	ring_kick(ring);
	others_work(_metadata, self, variant->index);
	EXPECT_NE(0, eventfd_read(ring->err, &signals)) TH_LOG("signalled twice");
	EXPECT_EQ(times, statistic(_metadata, variant->index, "faults", ""));
	EXPECT_EQ(0, ring_pending(ring));
	/* It is not started by accident, but only after a stop. */
	EXPECT_CALL(self->rig.guest.dev, -EBUSY, device_start(self->rig.guest.dev, ring->index));
}

/* The chains were dropped, and counted. */
static void is_dropped(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		       const FIXTURE_VARIANT(hostile) *variant)
{
	struct ring *ring = attacked(self, variant->index);

	ASSERT_TRUE(ring_wait(ring, variant->drops));
	others_work(_metadata, self, variant->index);
	EXPECT_EQ(variant->drops, statistic(_metadata, variant->index, "drop_", variant->counter));
	EXPECT_EQ(0, statistic(_metadata, variant->index, "faults", ""));
}

TEST_F(hostile, is_contained)
{
	const unsigned char *hole = self->rig.guest.bytes + HOLE * HPAGE;
	struct ring *ring = attacked(self, variant->index);
	int dev = self->rig.guest.dev;

	attack(_metadata, self, variant, ring);
	if (variant->drops)
		is_dropped(_metadata, self, variant);
	else
		is_broken(_metadata, self, variant, 1);
	/* The next driver finds a ring that works. */
	EXPECT_EQ(ring->used->idx, device_stop(dev, variant->index));
	ring_reset(ring);
	ASSERT_CALL(dev, 0, ring_start(ring));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	works(_metadata, &self->rig, variant->index);
	others_work(_metadata, self, variant->index);
	if (!variant->drops) {
		attack(_metadata, self, variant, ring);
		is_broken(_metadata, self, variant, 2);
	}
	EXPECT_TRUE(wire_quiet(self->rig.wire)) TH_LOG("a frame of the attack got through");
	EXPECT_EQ(CANARY, hole[0]);
	EXPECT_EQ(0, memcmp(hole, hole + 1, HPAGE - 1))
		TH_LOG("memory that is not the guest's was written");
}

TEST_HARNESS_MAIN
