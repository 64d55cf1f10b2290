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
	struct ring *ring;
	/* How often it broke. */
	unsigned int faults;
};

FIXTURE_VARIANT(hostile)
{
	unsigned int index;
	uint64_t features;
	/* Attacks for this kind of ring. */
	unsigned int kind;
};

#define VARIANT(ring, name, with, kind)	FIXTURE_VARIANT_ADD(hostile, ring##_##name) \
	{ ring, VERSION_1 | (with), kind }

VARIANT(TX, split, INDIRECT, ATTACK_SPLIT);
VARIANT(RX, split, INDIRECT, ATTACK_SPLIT);
VARIANT(TX, packed, PACKED | INDIRECT, ATTACK_PACKED);
VARIANT(RX, packed, PACKED | INDIRECT, ATTACK_PACKED);
VARIANT(TX, split_no_indirect, 0, ATTACK_NO_INDIRECT);
VARIANT(RX, split_no_indirect, 0, ATTACK_NO_INDIRECT);
VARIANT(TX, packed_no_indirect, PACKED, ATTACK_NO_INDIRECT);
VARIANT(RX, packed_no_indirect, PACKED, ATTACK_NO_INDIRECT);

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
	self->ring = variant->index == RX ? &rig->rx : &rig->tx;
}

FIXTURE_TEARDOWN_PARENT(hostile)
{
	expect_pages_back(_metadata, &self->before);
}

static uint64_t statistic(struct __test_metadata *_metadata, unsigned int index,
			  const char *name, const char *cause)
{
	char whole[64];

	/* The guest's transmit ring is what the interface receives from. */
	snprintf(whole, sizeof(whole), "%s0_%s%s", index == TX ? "rx" : "tx", name, cause);
	return named_statistic(_metadata, PORT, whole);
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

static void try(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		const struct attack *attack)
{
	struct ring *ring = self->ring;
	unsigned char frame[60];

	attack->put(ring);
	ring_publish(ring);
	ring_kick(ring);
	if (ring->index == TX)
		return;
	wire_fill(frame, sizeof(frame), 3);
	ASSERT_EQ(0, wire_send(self->rig.wire, frame, sizeof(frame)));
}

/* A broken ring: told once, counted once, not touched any more. */
static void is_broken(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self)
{
	struct ring *ring = self->ring;
	eventfd_t signals;

	ASSERT_TRUE(rig_broken(ring));
	others_work(_metadata, self, ring->index);
	ring_kick(ring);
	others_work(_metadata, self, ring->index);
	ASSERT_NE(0, eventfd_read(ring->err, &signals)) TH_LOG("signalled twice");
	ASSERT_EQ(++self->faults, statistic(_metadata, ring->index, "faults", ""));
	ASSERT_EQ(0, ring_pending(ring));
	/* It is not started by accident, but only after a stop. */
	ASSERT_CALL(self->rig.guest.dev, -EBUSY, device_start(self->rig.guest.dev, ring->index));
}

/* The chains were dropped, and counted. */
static void is_dropped(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		       const struct attack *attack, uint64_t before)
{
	struct ring *ring = self->ring;
	unsigned int i;
	uint32_t length;
	uint16_t head;

	ASSERT_TRUE(ring_wait(ring, attack->drops));
	others_work(_metadata, self, ring->index);
	for (i = 0; i < attack->drops; i++)
		ASSERT_TRUE(ring_take(ring, &head, &length));
	ASSERT_EQ(before + attack->drops,
		  statistic(_metadata, ring->index, "drop_", attack->counter));
	ASSERT_EQ(self->faults, statistic(_metadata, ring->index, "faults", ""));
}

/* The next driver finds a ring that works. */
static void next_driver(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self)
{
	struct ring *ring = self->ring;
	int dev = self->rig.guest.dev;

	ASSERT_EQ(ring_base(ring), device_stop(dev, ring->index));
	ring_reset(ring);
	ASSERT_CALL(dev, 0, ring_start(ring));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	works(_metadata, &self->rig, ring->index);
	others_work(_metadata, self, ring->index);
}

static void contain(struct __test_metadata *_metadata, FIXTURE_DATA(hostile) *self,
		    const struct attack *attack)
{
	const unsigned char *hole = self->rig.guest.bytes + HOLE * HPAGE;
	unsigned int times;
	uint64_t before;

	/* A ring that breaks does so again, when it has been used and at another place. */
	for (times = 0; times < (attack->drops ? 1 : 2); times++) {
		if (attack->drops)
			before = statistic(_metadata, self->ring->index, "drop_", attack->counter);
		try(_metadata, self, attack);
		if (attack->drops)
			is_dropped(_metadata, self, attack, before);
		else
			is_broken(_metadata, self);
		next_driver(_metadata, self);
	}
	ASSERT_TRUE(wire_quiet(self->rig.wire)) TH_LOG("a frame of the attack got through");
	ASSERT_EQ(CANARY, hole[0]);
	ASSERT_EQ(0, memcmp(hole, hole + 1, HPAGE - 1))
		TH_LOG("memory that is not the guest's was written");
}

static bool applies(const struct attack *attack, const FIXTURE_VARIANT(hostile) *variant)
{
	unsigned int direction = attack->where & (ATTACK_RX | ATTACK_TX);

	return attack->where & variant->kind &&
	       (!direction || direction == (variant->index == RX ? ATTACK_RX : ATTACK_TX));
}

TEST_F(hostile, is_contained)
{
	const struct attack *attack;

	for (attack = attacks; attack->name; attack++) {
		if (!applies(attack, variant))
			continue;
		/* The last one that is named is the one that fails. */
		TH_LOG("%s", attack->name);
		contain(_metadata, self, attack);
	}
	EXPECT_LT(0, self->faults);
}

TEST_HARNESS_MAIN
