// SPDX-License-Identifier: GPL-2.0
/*
 * A guest whose driver writes anything into its rings while they run. It breaks
 * its own rings, which work again when they were reset; pages beside its memory
 * stay as they are, and another guest loses nothing. VHUGE_SEED= repeats a run,
 * VHUGE_WORK= makes it longer.
 */
#include "harness.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "chaos.h"
#include "die.h"
#include "rig.h"

#define PAGES 4
#define HOLE 2
#define NUM 64
#define CANARY 0x5c
/* What is done to each ring, and how often a broken one is set up anew. */
#define DEEDS 20000
#define RESETS 200

FIXTURE(chaos)
{
	struct hugepages before;
	struct rig rig, other;
	unsigned char *canaries;
};

FIXTURE_VARIANT(chaos)
{
	/* Without what the device does not offer. */
	uint64_t features;
};

FIXTURE_VARIANT_ADD(chaos, plain) { VERSION_1 };
FIXTURE_VARIANT_ADD(chaos, indirect) { VERSION_1 | INDIRECT };
FIXTURE_VARIANT_ADD(chaos, mergeable) { VERSION_1 | INDIRECT | MRG_RXBUF };
/* All that split rings can have. */
FIXTURE_VARIANT_ADD(chaos, all) { ~PACKED };
FIXTURE_VARIANT_ADD(chaos, packed) { VERSION_1 | PACKED };
FIXTURE_VARIANT_ADD(chaos, packed_indirect) { VERSION_1 | PACKED | INDIRECT };
FIXTURE_VARIANT_ADD(chaos, packed_all) { ~0ULL };

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

/* The pages that the guest's own leave between them. */
static unsigned char *make_canaries(void)
{
	unsigned char *bytes = hugetlb_map(hugetlb_full_file(PAGES), PAGES);

	memset(bytes, CANARY, PAGES * HPAGE);
	return bytes;
}

FIXTURE_SETUP(chaos)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(3 * PAGES + 2);
	self->before = hugepages_now();
	rig_make(rig, variant->features & rig_offered(), NUM, PAGES);
	self->canaries = make_canaries();
	rig->guest.hole = HOLE;
	memset(rig->guest.bytes + HOLE * HPAGE, CANARY, HPAGE);
	ASSERT_EQ(0, rig_start(rig)) TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	rig_make_beside(&self->other, "vm1", VERSION_1, NUM, 1);
	ASSERT_EQ(0, rig_start(&self->other));
}

FIXTURE_TEARDOWN_PARENT(chaos)
{
	expect_pages_back(_metadata, &self->before);
}

/* From its beginning, or from where the device says that it is. */
static void set_up_again(struct ring *ring, bool resume)
{
	int dev = ring->guest->dev;
	int64_t base = device_stop(dev, ring->index);

	if (base < 0)
		die("ring %u cannot be stopped: %s", ring->index, device_error(dev));
	if (resume)
		ring_resume(ring, base);
	else
		ring_reset(ring);
	if (ring_start(ring))
		die("ring %u cannot be started: %s", ring->index, device_error(dev));
}

static bool is_broken(const struct ring *ring)
{
	eventfd_t count;

	return !eventfd_read(ring->err, &count);
}

/* The hostile guest, with a front-end that resets what it breaks. */
static void rage(struct rig *rig, unsigned long seed, unsigned long work)
{
	struct ring *rings[] = { &rig->rx, &rig->tx };
	unsigned char frame[200];
	unsigned long deeds;
	unsigned int resets = 0;
	struct chaos chaos;

	chaos_seed(&chaos, seed);
	for (deeds = 0; deeds < work * DEEDS && resets < work * RESETS; deeds++) {
		struct ring *ring = rings[chaos_below(&chaos, 2)];

		chaos_do(&chaos, ring);
		if (!chaos_below(&chaos, 4))
			ring_kick(ring);
		wire_fill(frame, sizeof(frame), deeds);
		if (!chaos_below(&chaos, 8))
			(void)!send(rig->wire, frame, 60 + chaos_below(&chaos, 140), MSG_DONTWAIT);
		if (is_broken(ring))
			set_up_again(ring, resets++ & 1);
	}
	printf("# %lu deeds, %u resets\n", deeds, resets);
	fflush(stdout);
	/* Enough to have begun anew in both ways. */
	_exit(resets < 4);
}

static bool ended(pid_t child, int *status)
{
	return waitpid(child, status, WNOHANG) == child;
}

/* What the hostile guest's neighbour does meanwhile. */
static void neighbour_works(struct __test_metadata *_metadata, FIXTURE_DATA(chaos) *self,
			    pid_t hostile)
{
	uint32_t number = 0;
	const char *wrong;
	int status = 0;

	do {
		wrong = rig_sends(&self->other, number++);
		if (!wrong)
			wrong = rig_receives(&self->other, number++);
		if (wrong)
			kill(hostile, SIGKILL);
		ASSERT_EQ(NULL, wrong) TH_LOG("frame %u of the other guest: %s", number, wrong);
	} while (!ended(hostile, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, port_counter("vm1", "rx_dropped"));
	EXPECT_EQ(0, port_counter("vm1", "tx_dropped"));
	EXPECT_EQ(number / 2, port_counter("vm1", "rx_packets"));
	EXPECT_EQ(number / 2, port_counter("vm1", "tx_packets"));
	TH_LOG("%u frames of the other guest", number);
}

static void expect_canaries(struct __test_metadata *_metadata, const unsigned char *bytes,
			    size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		ASSERT_EQ(CANARY, bytes[i]) TH_LOG("byte %#zx beside the memory", i);
}

static void drain(int wire)
{
	unsigned char frame[WIRE_MAX];

	while (recv(wire, frame, sizeof(frame), MSG_DONTWAIT) >= 0)
		;
}

static bool adjacent(const unsigned char *a, const unsigned char *b)
{
	return physical_address(a) + HPAGE == physical_address(b);
}

/* How many of the canaries are next to the guest's memory. */
static unsigned int neighbours(FIXTURE_DATA(chaos) *self)
{
	const unsigned char *bytes = self->rig.guest.bytes;
	unsigned int count = 0, i, k;

	for (i = 0; i < PAGES; i++)
		for (k = 0; k < PAGES; k++)
			count += adjacent(bytes + i * HPAGE, self->canaries + k * HPAGE) ||
				 adjacent(self->canaries + k * HPAGE, bytes + i * HPAGE);
	return count;
}

static void works_again(struct __test_metadata *_metadata, FIXTURE_DATA(chaos) *self,
			bool resume)
{
	struct rig *rig = &self->rig;
	const char *wrong;

	set_up_again(&rig->rx, resume);
	set_up_again(&rig->tx, resume);
	/* Frames that have waited for room since before go with this. */
	ASSERT_EQ(0, link_set_up(PORT, false));
	ASSERT_EQ(0, link_set_up(PORT, true));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	drain(rig->wire);
	wrong = rig_sends(rig, 1);
	if (!wrong)
		wrong = rig_receives(rig, 2);
	EXPECT_EQ(NULL, wrong)
		TH_LOG("the guest after %s: %s", resume ? "going on" : "its reset", wrong);
}

TEST_F(chaos, hurts_nobody_else)
{
	unsigned long seed = number_of("VHUGE_SEED", 1), work = number_of("VHUGE_WORK", 1);
	struct rig *rig = &self->rig;
	pid_t child;

	TH_LOG("seed %lu, %u pages next to the guest's", seed, neighbours(self));
	child = fork();
	ASSERT_GE(child, 0);
	if (!child)
		rage(rig, seed, work);
	neighbour_works(_metadata, self, child);

	expect_canaries(_metadata, self->canaries, PAGES * HPAGE);
	expect_canaries(_metadata, rig->guest.bytes + HOLE * HPAGE, HPAGE);
	/* The device is where it says, and then at the beginning. */
	works_again(_metadata, self, true);
	works_again(_metadata, self, false);
}

TEST_HARNESS_MAIN
