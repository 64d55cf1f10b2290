// SPDX-License-Identifier: GPL-2.0
/*
 * Two million chains between a driver and a device in two threads that sleep
 * whenever they can: none is lost, none comes twice, and nobody sleeps on.
 */
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "peer.h"
#include "tap.h"

#define CHAINS_PER_RUN 125000ULL

/* Built for each kind of ring. */
#ifdef KIND
#define IS_PACKED true
#else
#define IS_PACKED false
#endif

struct device {
	struct peer *peer;
	struct vhuge_ring ring;
	struct odds odds;
	struct bell kick, call;
	u64 popped;
	u32 not_called;
	const char *wrong;
};

/* Is it the chain that comes next, or, for one to write into: make it that. */
static bool use(struct device *device, const struct vhuge_chain *chain)
{
	unsigned char bytes[8], *byte;
	u32 i, k, at = 0, length = 8 + device->popped % (BUFFER_ROOM - 8);

	peer_number(device->popped, bytes);
	for (i = 0; i < chain->pieces; i++) {
		byte = chain->piece[i].addr;
		for (k = 0; k < chain->piece[i].length; k++, at++) {
			if (device->ring.writes)
				byte[k] = bytes[at % length % 8];
			else if (byte[k] != bytes[at % length % 8])
				return false;
		}
	}
	device->popped++;
	return true;
}

/* Serve what there is; false at the end of the ring. */
static bool serve_one(struct device *device)
{
	struct vhuge_piece piece[64];
	struct vhuge_chain chain = { .piece = piece, .room = 64 };
	u16 place = vhuge_ring_place(&device->ring);
	int ret = vhuge_ring_pop(&device->ring, device->peer->guest->map,
				 &chain, 1 << 20);

	if (ret < 0)
		device->wrong = vhuge_fault_text(-ret);
	else if (ret && (chain.cut || !use(device, &chain)))
		device->wrong = "another chain than was sent";
	if (ret <= 0 || device->wrong)
		return false;

	if (odds_one_in(&device->odds, 50)) {
		vhuge_ring_unpop(&device->ring, place);
		device->popped--;
		return true;
	}
	vhuge_ring_push(&device->ring, chain.ticket,
			device->ring.writes ? chain.length : 0);
	return true;
}

static void publish(struct device *device)
{
	bool published;

	if (vhuge_ring_publish(&device->ring, &published))
		bell_ring(&device->call);
	else
		device->not_called += published;
}

static void *serve(void *context)
{
	struct device *device = context;

	while (device->popped < device->peer->wanted && !device->wrong &&
	       !__atomic_load_n(&device->peer->stop, __ATOMIC_RELAXED)) {
		if (serve_one(device)) {
			if (odds_one_in(&device->odds, 8))
				publish(device);
			continue;
		}
		publish(device);
		if (vhuge_ring_kick_on(&device->ring) || device->wrong)
			continue;
		if (!bell_wait(&device->kick, &device->call))
			device->wrong = "both sides sleep";
		vhuge_ring_kick_off(&device->ring);
	}
	publish(device);
	if (device->wrong) {
		/* The driver may be asleep. */
		__atomic_store_n(&device->peer->stop, true, __ATOMIC_RELAXED);
		bell_ring(&device->call);
	}
	return NULL;
}

static void report(const struct device *device)
{
	const struct peer *peer = device->peer;
	const struct vhuge_ring *ring = &device->ring;

	tap_note("driver: %s: sent %llu, returned %llu of %llu",
		 peer->wrong ?: "well", peer->sent, peer->returned,
		 peer->wanted);
	tap_note("device: %s: popped %llu", device->wrong ?: "well",
		 device->popped);
	if (ring->is_packed) {
		tap_note("driver: at %llu, taken %llu; device: next 0x%x, used 0x%x of 0x%x",
			 peer->driver.at, peer->taken, ring->packed.next,
			 ring->packed.used_shown, ring->packed.used_next);
		return;
	}
	tap_note("driver: avail idx %u, last used %u, event %u, flags %u",
		 peer->driver.idx, peer->last_used,
		 le16toh(peer->driver.avail->ring[peer->driver.num]),
		 le16toh(peer->driver.avail->flags));
	tap_note("device: seen %u, next %u, used %u of %u, event %u, flags %u",
		 ring->split.seen, ring->split.next, ring->split.used_idx,
		 ring->split.used_next, driver_avail_event(&peer->driver),
		 driver_used_flags(&peer->driver));
}

static void run(u32 num, bool writes, bool tables, bool events)
{
	struct peer peer;
	struct device device = {
		.peer = &peer,
		.ring = { .writes = writes, .indirect = tables,
			  .event_idx = events },
		.odds = { num + 1 },
		.kick = { .fd = eventfd(0, 0) },
		.call = { .fd = eventfd(0, 0) },
	};
	pthread_t thread;
	bool good;

	peer_init(&peer, num, IS_PACKED, writes, tables, events);
	peer.wanted = CHAINS_PER_RUN;
	peer.kick = &device.kick;
	peer.call = &device.call;
	driver_attach(&peer.driver, &device.ring);
	vhuge_ring_start(&device.ring, IS_PACKED ? VHUGE_PACKED_BASE : 0);

	if (!CHECK(!pthread_create(&thread, NULL, serve, &device), "no thread"))
		return;
	good = peer_run(&peer);
	if (!good) {
		__atomic_store_n(&peer.stop, true, __ATOMIC_RELAXED);
		bell_ring(&device.kick);
	}
	pthread_join(thread, NULL);

	if (!CHECK(good && !device.wrong, "ring of %u", num))
		report(&device);
	EQUAL(device.popped, CHAINS_PER_RUN);
	EQUAL(peer.returned, CHAINS_PER_RUN);
	tap_note("ring of %u: device slept %llu times, driver %llu; %u not called",
		 num, device.kick.wakes, device.call.wakes, device.not_called);
	peer_free(&peer);
	close(device.kick.fd);
	close(device.call.fd);
}

static void run_sizes(bool writes, bool events)
{
	run(1, writes, false, events);
	run(2, writes, true, events);
	run(IS_PACKED ? 7 : 8, writes, true, events);
	run(256, writes, true, events);
}

TEST(reads_flags, "chains for the device to read, flags")
{
	run_sizes(false, false);
}

TEST(reads_events, "chains for the device to read, event index")
{
	run_sizes(false, true);
}

TEST(writes_flags, "chains for the device to write, flags")
{
	run_sizes(true, false);
}

TEST(writes_events, "chains for the device to write, event index")
{
	run_sizes(true, true);
}
