// SPDX-License-Identifier: GPL-2.0
/*
 * Under load in both directions: guests that are killed, ports that are
 * deleted, rings that are stopped, calls in any order. The machine stays well,
 * and the next guest works.
 */
#include "harness.h"

#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "die.h"
#include "pump.h"
#include "wait.h"

#define PAGES 4
#define NUM 128
#define ROUNDS 10

FIXTURE(load)
{
	struct hugepages before;
	struct rig rig;
	/* Of the process that makes the traffic. */
	pid_t pump;
};

FIXTURE_SETUP(load)
{
	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(&self->rig, VERSION_1, NUM, PAGES);
}

FIXTURE_TEARDOWN_PARENT(load)
{
	expect_pages_back(_metadata, &self->before);
}

static bool flows(void *arg)
{
	const uint64_t *beyond = arg;

	return port_counter(PORT, "rx_packets") > beyond[0] &&
	       port_counter(PORT, "tx_packets") > beyond[1];
}

/* Some hundred packets more have passed in both directions. */
static void expect_flow(struct __test_metadata *_metadata)
{
	uint64_t beyond[2] = {
		port_counter(PORT, "rx_packets") + 200, port_counter(PORT, "tx_packets") + 200,
	};

	ASSERT_TRUE(wait_until(flows, beyond))
		TH_LOG("rx_packets %lu, wanted more than %lu; tx_packets %lu, %lu",
		       port_counter(PORT, "rx_packets"), beyond[0],
		       port_counter(PORT, "tx_packets"), beyond[1]);
}

/* The harness shares the fixture between processes: the rings are one's at a time. */
static void start_pump(struct __test_metadata *_metadata, FIXTURE_DATA(load) *self)
{
	pid_t child = fork();

	ASSERT_GE(child, 0);
	if (!child)
		pump(&self->rig);
	self->pump = child;
	expect_flow(_metadata);
}

static void kill_pump(struct __test_metadata *_metadata, FIXTURE_DATA(load) *self)
{
	int status;

	kill(self->pump, SIGKILL);
	ASSERT_EQ(self->pump, waitpid(self->pump, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("the pump ended by itself: %#x", status);
}

static void start(struct __test_metadata *_metadata, FIXTURE_DATA(load) *self)
{
	ASSERT_EQ(0, rig_start(&self->rig))
		TH_LOG("%s: %s", self->rig.step, device_error(self->rig.guest.dev));
	start_pump(_metadata, self);
}

/* The whole guest is one process: device, memory, rings. */
TEST_F(load, guest_is_killed)
{
	struct rig *rig = &self->rig;
	pid_t child;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		child = fork();
		ASSERT_GE(child, 0);
		if (!child) {
			if (rig_start(rig))
				die("%s", rig->step);
			pump(rig);
		}
		self->pump = child;
		ASSERT_TRUE(port_wait_carrier(PORT, true));
		expect_flow(_metadata);
		kill_pump(_metadata, self);
		EXPECT_TRUE(port_wait_carrier(PORT, false));
		ring_reset(&rig->rx);
		ring_reset(&rig->tx);
	}
}

TEST_F(load, device_is_closed)
{
	struct rig *rig = &self->rig;
	pid_t child;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, rig_start(rig)) TH_LOG("%s", rig->step);
		child = fork();
		ASSERT_GE(child, 0);
		if (!child) {
			/* The guest runs on when its back-end has gone. */
			close(rig->guest.dev);
			pump(rig);
		}
		self->pump = child;
		expect_flow(_metadata);
		close(rig->guest.dev);
		EXPECT_TRUE(port_wait_carrier(PORT, false));
		kill_pump(_metadata, self);
		ring_reset(&rig->rx);
		ring_reset(&rig->tx);
	}
}

TEST_F(load, port_is_deleted)
{
	int dev, i;

	start(_metadata, self);
	dev = self->rig.guest.dev;
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, link_delete(PORT));
		EXPECT_TRUE(wait_for_event(dev, 0) & POLLHUP);
		kill_pump(_metadata, self);
		self->rig.ifindex = port_add(PORT, 1);
		ASSERT_NE(0, self->rig.ifindex);
		ASSERT_EQ(0, link_set_up(PORT, true));
		close(self->rig.wire);
		self->rig.wire = wire_open(self->rig.ifindex);
		ASSERT_EQ(0, device_stop(dev, RX) < 0);
		ASSERT_EQ(0, device_stop(dev, TX) < 0);
		ring_reset(&self->rig.rx);
		ring_reset(&self->rig.tx);
		ASSERT_CALL(dev, 0, ring_start(&self->rig.rx));
		ASSERT_CALL(dev, 0, ring_start(&self->rig.tx));
		ASSERT_CALL(dev, 0, device_attach(dev, self->rig.ifindex));
		ASSERT_TRUE(port_wait_carrier(PORT, true));
		start_pump(_metadata, self);
	}
	kill_pump(_metadata, self);
}

TEST_F(load, guest_is_taken_from_its_port)
{
	int dev, i;

	start(_metadata, self);
	dev = self->rig.guest.dev;
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_CALL(dev, 0, device_detach(dev));
		ASSERT_CALL(dev, 0, device_attach(dev, self->rig.ifindex));
		expect_flow(_metadata);
		ASSERT_EQ(0, link_set_up(PORT, false));
		ASSERT_EQ(0, link_set_mtu(PORT, 1500 + i));
		ASSERT_EQ(0, link_set_up(PORT, true));
		expect_flow(_metadata);
	}
	kill_pump(_metadata, self);
}

/* Stops a ring and starts it where it stopped, with its eventfds. */
static void restart(struct __test_metadata *_metadata, FIXTURE_DATA(load) *self,
		    struct ring *ring)
{
	int dev = self->rig.guest.dev;
	int base = device_stop(dev, ring->index);

	ASSERT_GE(base, 0);
	/* Nothing is used any more by a ring that has stopped. */
	ASSERT_EQ(base, ring->used->idx);
	ASSERT_CALL(dev, 0, device_vring_fd(dev, ring->index, VHUGE_VRING_KICK, ring->kick));
	ASSERT_CALL(dev, 0, device_vring_fd(dev, ring->index, VHUGE_VRING_CALL, ring->call));
	usleep(1000);
	ASSERT_EQ(base, ring->used->idx);
	ASSERT_CALL(dev, 0, device_start(dev, ring->index));
}

TEST_F(load, rings_are_stopped)
{
	int i;

	start(_metadata, self);
	for (i = 0; i < 5 * ROUNDS; i++) {
		restart(_metadata, self, &self->rig.tx);
		restart(_metadata, self, &self->rig.rx);
		expect_flow(_metadata);
	}
	kill_pump(_metadata, self);
}

/* One call of any kind, of which some make sense. */
static void call_something(FIXTURE_DATA(load) *self, unsigned int dice)
{
	struct ring *ring = dice & 64 ? &self->rig.tx : &self->rig.rx;
	struct vhuge_region whole = guest_region(&self->rig.guest);
	int dev = self->rig.guest.dev;
	struct vhuge_get_segments get;

	switch (dice >> 8 & 15) {
	case 0:
		device_stop(dev, ring->index);
		break;
	case 1:
		ring_set_up(ring);
		break;
	case 2:
		device_start(dev, ring->index);
		break;
	case 3:
		device_enable(dev, ring->index, dice & 1);
		break;
	case 4:
		device_attach(dev, self->rig.ifindex);
		break;
	case 5:
		device_detach(dev);
		break;
	case 6:
		device_set_regions(dev, &whole, dice & 1);
		break;
	case 7:
		device_add_regions(dev, &whole, 1);
		break;
	case 8:
		device_remove_regions(dev, &whole, 1);
		break;
	case 9:
		device_features(dev, dice & 1 ? VERSION_1 : 0);
		break;
	case 10:
		device_vring_fd(dev, ring->index, dice % 3, dice & 8 ? ring->kick : -1);
		break;
	case 11:
		device_segments(dev, &get, NULL, 0, 0);
		break;
	default:
		ring_start(ring);
		break;
	}
}

static void storm(FIXTURE_DATA(load) *self, unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		seed = seed * 1103515245 + 12345;
		call_something(self, seed >> 8);
	}
	_exit(0);
}

/*
 * Calls in any order from two processes, with traffic wherever it can go; the
 * port goes and comes meanwhile. Then an orderly guest.
 */
TEST_F(load, calls_in_any_order)
{
	pid_t storms[2];
	int dev, status, i;

	start(_metadata, self);
	dev = self->rig.guest.dev;
	for (i = 0; i < 2; i++) {
		storms[i] = fork();
		ASSERT_GE(storms[i], 0);
		if (!storms[i])
			storm(self, i + 1);
	}
	for (i = 0; i < ROUNDS; i++)
		ASSERT_EQ(0, link_set_up(PORT, i & 1));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(storms[i], waitpid(storms[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	kill(self->pump, SIGKILL);
	waitpid(self->pump, NULL, 0);
	close(dev);
	ring_reset(&self->rig.rx);
	ring_reset(&self->rig.tx);
	start(_metadata, self);
	kill_pump(_metadata, self);
}

TEST_HARNESS_MAIN
