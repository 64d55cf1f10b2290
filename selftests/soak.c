// SPDX-License-Identifier: GPL-2.0
/*
 * Guests that come and go, with other features, other memory and other rings
 * each time, while ports change under them: after each event every guest still
 * there exchanges frames that are compared, and the ports have counted what was
 * exchanged. VHUGE_SEED= is for another course, VHUGE_MINUTES= for a long one
 * (make soak).
 */
#include "harness.h"

#include <time.h>

#include "chaos.h"
#include "die.h"
#include "rig.h"

#define GUESTS 3
#define PAGES 2
#define NUM 64
#define EVENTS 150

struct one {
	struct rig rig;
	char name[16];
	/* Memory that is plugged and unplugged. */
	struct vhuge_region spare;
	bool there, plugged;
	/* Frames since the port was made. */
	uint64_t sent, received;
	uint32_t number;
};

FIXTURE(soak)
{
	struct hugepages before;
	struct one one[GUESTS];
	struct chaos dice;
};

static void make(struct one *one, unsigned int i)
{
	snprintf(one->name, sizeof(one->name), "vm%u", i);
	rig_make_beside(&one->rig, one->name, VERSION_1, NUM, PAGES);
	one->spare = guest_region(&one->rig.guest);
	one->spare.fd = hugetlb_full_file(1);
	one->spare.length = HPAGE;
	one->spare.guest_addr += 64 * HPAGE;
	one->spare.user_addr += 64 * HPAGE;
}

FIXTURE_SETUP(soak)
{
	unsigned int i;

	NEED_MODULE_AND_PAGES(2 * GUESTS * (PAGES + 1));
	self->before = hugepages_now();
	port_namespace();
	for (i = 0; i < GUESTS; i++)
		make(&self->one[i], i);
}

FIXTURE_TEARDOWN_PARENT(soak)
{
	expect_pages_back(_metadata, &self->before);
}

static int comes(struct one *one, struct chaos *dice)
{
	static const uint64_t features[] = {
		VERSION_1, VERSION_1 | MRG_RXBUF, VERSION_1 | INDIRECT | EVENT_IDX,
		VERSION_1 | MRG_RXBUF | EVENT_IDX, MRG_RXBUF,
	};

	if (one->there)
		return 0;
	ring_reset(&one->rig.rx);
	ring_reset(&one->rig.tx);
	one->rig.features = features[chaos_below(dice, ARRAY_SIZE(features))];
	one->there = true;
	one->plugged = false;
	return rig_start(&one->rig);
}

/* With its rings stopped before, or not. */
static int goes(struct one *one, struct chaos *dice)
{
	int dev = one->rig.guest.dev;

	if (chaos_below(dice, 2) && (device_stop(dev, RX) < 0 || device_stop(dev, TX) < 0))
		return -EPROTO;
	one->there = false;
	return close(dev) ? -errno : 0;
}

static int plugs(struct one *one, struct chaos *dice)
{
	int dev = one->rig.guest.dev;
	int err = one->plugged ? device_remove_regions(dev, &one->spare, 1) :
				 device_add_regions(dev, &one->spare, 1);

	(void)dice;
	one->plugged = !one->plugged;
	return err;
}

static int replaces(struct one *one, struct chaos *dice)
{
	struct vhuge_region both[2] = { guest_region(&one->rig.guest), one->spare };

	one->plugged = chaos_below(dice, 2);
	return device_set_regions(one->rig.guest.dev, both, 1 + one->plugged);
}

static int restarts(struct one *one, struct chaos *dice)
{
	struct ring *ring = chaos_below(dice, 2) ? &one->rig.rx : &one->rig.tx;

	if (device_stop(one->rig.guest.dev, ring->index) != ring->used->idx)
		return -EPROTO;
	return ring_start(ring);
}

static int disables(struct one *one, struct chaos *dice)
{
	int dev = one->rig.guest.dev, ring = chaos_below(dice, 2);
	int err = device_enable(dev, ring, 0);

	return err ? err : device_enable(dev, ring, 1);
}

static int changes_port(struct one *one, struct chaos *dice)
{
	int dev = one->rig.guest.dev;
	int err = device_detach(dev);

	(void)dice;
	return err ? err : device_attach(dev, one->rig.ifindex);
}

static int port_changes(struct one *one, struct chaos *dice)
{
	int err = link_set_up(one->name, false);

	if (!err)
		err = link_set_mtu(one->name, 1500 + chaos_below(dice, 7000));
	if (!err)
		err = link_set_up(one->name, true);
	/* The host's end has an error for its port that was down. */
	close(one->rig.wire);
	one->rig.wire = wire_open(one->rig.ifindex);
	return err;
}

static int port_is_made_again(struct one *one, struct chaos *dice)
{
	(void)dice;
	close(one->rig.wire);
	if (link_delete(one->name))
		return -EPROTO;
	one->rig.ifindex = port_add(one->name, 1 + chaos_below(dice, 4));
	if (!one->rig.ifindex || link_set_up(one->name, true))
		return -EPROTO;
	one->rig.wire = wire_open(one->rig.ifindex);
	one->sent = 0;
	one->received = 0;
	return device_attach(one->rig.guest.dev, one->rig.ifindex);
}

static const struct event {
	const char *name;
	int (*happens)(struct one *one, struct chaos *dice);
} events[] = {
	{ "goes", goes },
	{ "plugs or unplugs memory", plugs },
	{ "hands all memory in anew", replaces },
	{ "restarts a ring", restarts },
	{ "disables a ring and enables it", disables },
	{ "leaves its port and comes back", changes_port },
	{ "has its port changed", port_changes },
	{ "has its port deleted and made again", port_is_made_again },
};

static const char *exchange(struct one *one)
{
	const char *wrong;

	if (!port_wait_carrier(one->name, true))
		return "there is no carrier";
	wrong = rig_sends(&one->rig, one->number++);
	if (wrong)
		return wrong;
	one->sent++;
	wrong = rig_receives(&one->rig, one->number++);
	one->received += !wrong;
	return wrong;
}

/* From the guest's side and the port's. */
static void expect_counted(struct __test_metadata *_metadata, const struct one *one)
{
	unsigned int matches;

	EXPECT_EQ(one->sent, port_counter(one->name, "rx_packets"));
	EXPECT_EQ(one->received, port_counter(one->name, "tx_packets"));
	EXPECT_EQ(0, port_counter(one->name, "rx_dropped"));
	EXPECT_EQ(one->sent, port_statistic(one->name, "rx?_packets", &matches));
	EXPECT_EQ(0, port_statistic(one->name, "*_faults", &matches));
}

static bool time_left(unsigned int event)
{
	const char *minutes = getenv("VHUGE_MINUTES");
	static time_t begin;

	if (!begin)
		begin = time(NULL);
	return minutes ? time(NULL) < begin + 60 * atoi(minutes) : event < EVENTS;
}

TEST_F_TIMEOUT(soak, all_is_counted, 7 * 24 * 3600)
{
	const char *seed = getenv("VHUGE_SEED"), *name, *wrong;
	unsigned int event, i;
	int err;

	chaos_seed(&self->dice, seed ? atoi(seed) : 1);
	for (event = 0; time_left(event); event++) {
		struct one *one = &self->one[chaos_below(&self->dice, GUESTS)];
		const struct event *next = &events[chaos_below(&self->dice, ARRAY_SIZE(events))];

		name = one->there ? next->name : "comes";
		err = one->there ? next->happens(one, &self->dice) : comes(one, &self->dice);
		ASSERT_EQ(0, err) TH_LOG("event %u, %s %s: %s", event, one->name, name,
					 device_error(one->rig.guest.dev));
		for (i = 0; i < GUESTS; i++) {
			if (!self->one[i].there)
				continue;
			wrong = exchange(&self->one[i]);
			ASSERT_EQ(NULL, wrong) TH_LOG("event %u, %s %s; then %s: %s", event,
						      one->name, name, self->one[i].name, wrong);
			expect_counted(_metadata, &self->one[i]);
		}
	}
	TH_LOG("seed %s, %u events", seed ? seed : "1", event);
}

TEST_HARNESS_MAIN
