// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation, and each copy from and to the caller, of the calls that make
 * a guest of a device fails once: the old state stays in force, traffic flows
 * or does not as before, and the next try works.
 */
#include "harness.h"

#include <sys/eventfd.h>

#include "die.h"
#include "failnth.h"
#include "rig.h"

#define PAGES 4
/* Whose areas cross hugepages that are not adjacent, and so are mapped. */
#define NUM 1024

FIXTURE(failnth_ring)
{
	struct hugepages before;
	struct rig rig;
	/* What the call under test replaces. */
	int old_fd;
	/* Number of the next frame. */
	uint32_t number;
};

FIXTURE_VARIANT(failnth_ring)
{
	int (*call)(void *arg);
	const char *(*unchanged)(void *arg);
	const char *(*done)(void *arg);
	void (*undo)(void *arg);
	/* Failures there are at least: the copies and allocations of the call. */
	unsigned int failures;
};

/* A ring whose table of descriptors crosses into the next hugepage. */
static void straddle(struct rig *rig, struct ring *ring)
{
	ring->desc = guest_alloc_across(&rig->guest, NUM * sizeof(*ring->desc), 4096);
	ring_reset(ring);
}

/* A guest that is served, as far as the variant's undo() leads. */
FIXTURE_SETUP(failnth_ring)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	NEED_FAILURES();
	rig_make(rig, VERSION_1, NUM, PAGES);
	straddle(rig, &rig->tx);
	ASSERT_EQ(0, rig_start(rig)) TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	variant->undo(self);
}

FIXTURE_TEARDOWN_PARENT(failnth_ring)
{
	expect_pages_back(_metadata, &self->before);
}

static struct rig *rig_of(void *arg)
{
	return &((FIXTURE_DATA(failnth_ring) *)arg)->rig;
}

static int dev_of(void *arg)
{
	return rig_of(arg)->guest.dev;
}

static void must(int result, const char *what)
{
	if (result < 0) {
		errno = -result;
		die("%s", what);
	}
}

static const char *flows(void *arg)
{
	FIXTURE_DATA(failnth_ring) *self = arg;
	const char *wrong;

	if (!port_wait_carrier(PORT, true))
		return "no carrier";
	wrong = rig_sends(&self->rig, self->number++);
	return wrong ? wrong : rig_receives(&self->rig, self->number++);
}

static const char *stands(void *arg)
{
	(void)arg;
	return port_value(PORT, "carrier") ? "there is a carrier" : NULL;
}

static const char *is_closed(void *arg)
{
	(void)arg;
	return NULL;
}

static void leave(void *arg)
{
	(void)arg;
}

static int open_device(void *arg)
{
	FIXTURE_DATA(failnth_ring) *self = arg;

	self->old_fd = device_open();
	return self->old_fd < 0 ? self->old_fd : 0;
}

static const char *is_open(void *arg)
{
	FIXTURE_DATA(failnth_ring) *self = arg;
	struct vhuge_info info;

	return device_info(self->old_fd, &info) ? "not open" : NULL;
}

static void close_device(void *arg)
{
	FIXTURE_DATA(failnth_ring) *self = arg;

	if (self->old_fd)
		close(self->old_fd);
}

static int info(void *arg)
{
	struct vhuge_info info;

	return device_info(dev_of(arg), &info);
}

static int error(void *arg)
{
	char text[64];
	struct vhuge_error error = {
		.size = sizeof(error), .length = sizeof(text), .text = (uintptr_t)text,
	};

	return device_call(dev_of(arg), VHUGE_GET_ERROR, &error);
}

static int segments(void *arg)
{
	struct vhuge_segment segments[PAGES];
	struct vhuge_get_segments get;

	return device_segments(dev_of(arg), &get, segments, 0, PAGES);
}

static int features(void *arg)
{
	return device_features(dev_of(arg), VERSION_1);
}

static int attach(void *arg)
{
	return device_attach(dev_of(arg), rig_of(arg)->ifindex);
}

static void undo_attach(void *arg)
{
	must(device_detach(dev_of(arg)), "detaching");
}

static int detach(void *arg)
{
	return device_detach(dev_of(arg));
}

static void undo_detach(void *arg)
{
	int err = attach(arg);

	must(err == -EBUSY ? 0 : err, "attaching");
}

static int start(void *arg)
{
	return device_start(dev_of(arg), TX);
}

static void undo_start(void *arg)
{
	must(device_stop(dev_of(arg), TX), "stopping");
	must(ring_set_up(&rig_of(arg)->tx), "setting up");
}

static int stop(void *arg)
{
	int base = device_stop(dev_of(arg), TX);

	return base < 0 ? base : 0;
}

/* The last of its copies tells the base of a ring that has stopped. */
static const char *flows_or_stopped(void *arg)
{
	return port_value(PORT, "carrier") ? flows(arg) : NULL;
}

static void undo_stop(void *arg)
{
	if (port_value(PORT, "carrier"))
		return;
	must(ring_start(&rig_of(arg)->tx), "starting");
}

static int enable(void *arg)
{
	return device_enable(dev_of(arg), RX, 1);
}

static void undo_enable(void *arg)
{
	must(device_enable(dev_of(arg), RX, 0), "disabling");
}

static int set_up(void *arg)
{
	struct vhuge_vring set = {
		.flags = VHUGE_VRING_NUM, .index = 2, .num = 16,
	};

	return device_vring(dev_of(arg), &set);
}

/* The ring's kick goes to another eventfd, which the ring has in the meantime. */
static int kick(void *arg)
{
	FIXTURE_DATA(failnth_ring) *self = arg;
	struct ring *ring = &self->rig.tx;
	int err = device_vring_fd(dev_of(arg), TX, VHUGE_VRING_KICK, self->old_fd);
	int was = ring->kick;

	if (err)
		return err;
	ring->kick = self->old_fd;
	self->old_fd = was;
	return 0;
}

static void other_kick(void *arg)
{
	FIXTURE_DATA(failnth_ring) *self = arg;

	if (!self->old_fd)
		self->old_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static int call_fd(void *arg)
{
	return device_vring_fd(dev_of(arg), TX, VHUGE_VRING_CALL, rig_of(arg)->tx.call);
}

static const char *calls(void *arg)
{
	const char *wrong;

	ring_calls(&rig_of(arg)->tx);
	wrong = flows(arg);
	return wrong ? wrong : ring_calls(&rig_of(arg)->tx) ? NULL : "no call";
}

static int err_fd(void *arg)
{
	return device_vring_fd(dev_of(arg), TX, VHUGE_VRING_ERR, rig_of(arg)->tx.err);
}

#define FAILS(name, ...) FIXTURE_VARIANT_ADD(failnth_ring, name) { __VA_ARGS__ }

FAILS(open, open_device, is_closed, is_open, close_device, 4);
FAILS(get_info, info, flows, flows, leave, 2);
FAILS(get_error, error, flows, flows, leave, 2);
FAILS(get_segments, segments, flows, flows, leave, 3);
FAILS(set_features, features, flows, flows, leave, 1);
FAILS(set_vring, set_up, flows, flows, leave, 1);
FAILS(set_kick, kick, flows, flows, other_kick, 2);
FAILS(set_call, call_fd, calls, calls, leave, 2);
FAILS(set_err, err_fd, flows, flows, leave, 2);
FAILS(enable, enable, stands, flows, undo_enable, 1);
/* The table is mapped; pieces, used entries, the list of pages are allocated. */
FAILS(start, start, stands, flows, undo_start, 5);
FAILS(stop, stop, flows_or_stopped, stands, undo_stop, 2);
FAILS(attach, attach, stands, flows, undo_attach, 1);
FAILS(detach, detach, flows, stands, undo_detach, 1);

TEST_F(failnth_ring, each_failure)
{
	struct failnth failnth = {
		.arg = self,
		.call = variant->call,
		.unchanged = variant->unchanged,
		.done = variant->done,
		.undo = variant->undo,
	};
	const char *wrong = failnth_each(&failnth);

	EXPECT_EQ(NULL, wrong)
		TH_LOG("failure %u (%s): %s", failnth.nth, strerror(-failnth.err), wrong);
	EXPECT_LE(variant->failures, failnth.failures);
	TH_LOG("%u failures", failnth.failures);
}

TEST_HARNESS_MAIN
