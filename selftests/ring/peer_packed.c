// SPDX-License-Identifier: GPL-2.0
/*
 * What a peer does with a packed ring (virtio 1.2, 2.8.21 and 2.8.22); see peer.c.
 */
#include "peer.h"

#define MARKS (PACKED_AVAIL | PACKED_USED)

static void put_flags(struct driver *d, u64 at, u16 flags)
{
	__atomic_store_n(&d->ring[at % d->num].flags, htole16(flags),
			 __ATOMIC_RELEASE);
}

static bool is_used(const struct driver *d, u64 at)
{
	u16 flags = le16toh(__atomic_load_n(&d->ring[at % d->num].flags,
					    __ATOMIC_ACQUIRE));

	return (flags & MARKS) == driver_used(d, at);
}

/* Off and wrap in the low half, flags in the high one: written as one word. */
static void put_wish(struct driver *d, u32 flags, u64 at)
{
	__atomic_store_n((u32 *)d->wish,
			 htole32(flags << 16 | driver_place(d, at)),
			 __ATOMIC_RELAXED);
}

/* The flags of the first descriptor come last. */
static void send_one(struct peer *peer)
{
	struct driver *d = &peer->driver;
	u32 count = 1 + odds(&peer->odds, 3), room = d->num;
	u16 id = peer->free[--peer->unused];
	struct sent *chain = &peer->chain[id];
	u32 i;

	room -= d->at - peer->taken;
	count = count > room ? room : count;
	*chain = (struct sent) { .number = peer->sent++, .busy = true };
	if (peer->tables && odds(&peer->odds, 2))
		count = 0;
	chain->descs = count ?: 1;

	for (i = chain->descs; i--;) {
		struct vring_desc desc = count ?
			peer_desc(peer, id, i, i == count - 1, 0) :
			peer_table(peer, id);

		driver_put(d, d->at + i, le64toh(desc.addr), le32toh(desc.len),
			   id);
		put_flags(d, d->at + i, le16toh(desc.flags) |
			  driver_available(d, d->at + i));
	}
	d->at += chain->descs;
}

static bool kick_wanted(const struct driver *d, u64 old)
{
	u32 wish = le32toh(__atomic_load_n((u32 *)d->device, __ATOMIC_RELAXED));
	u64 at;

	if (wish >> 16 != 2)
		return wish >> 16 != 1;
	for (at = old; at != d->at; at++)
		if (driver_place(d, at) == (wish & 0xffff))
			return true;
	return false;
}

bool peer_packed_send(struct peer *peer)
{
	struct driver *d = &peer->driver;
	u32 burst = 1 + odds(&peer->odds, 2 * d->num);
	u64 old = d->at;

	while (burst-- && peer->unused && d->at - peer->taken < d->num &&
	       peer->sent < peer->wanted)
		send_one(peer);
	if (old == d->at)
		return false;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (kick_wanted(d, old))
		bell_ring(peer->kick);
	return true;
}

static u16 used_id(const struct driver *d, u64 at)
{
	return le16toh(d->ring[at % d->num].id);
}

bool peer_packed_take(struct peer *peer)
{
	struct driver *d = &peer->driver;

	while (peer->taken != d->at && is_used(d, peer->taken)) {
		u32 id = used_id(d, peer->taken);

		if (!peer_returned(peer, id, le32toh(d->ring[peer->taken %
							     d->num].len)))
			return false;
		peer->taken += peer->chain[id].descs;
		peer->free[peer->unused++] = id;
	}
	return true;
}

/* Are all chains used up to the one that has the descriptor there? */
static bool passed(const struct peer *peer, u64 event)
{
	const struct driver *d = &peer->driver;
	u64 at = peer->taken;

	while (at <= event) {
		if (!is_used(d, at))
			return false;
		at += peer->chain[used_id(d, at)].descs;
	}
	return true;
}

bool peer_packed_await(struct peer *peer)
{
	struct driver *d = &peer->driver;
	u64 event = peer->taken;

	if (peer->events && odds(&peer->odds, 2))
		event += odds(&peer->odds, d->at - event);
	put_wish(d, peer->events ? 2 : 0, event);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	if (!passed(peer, event) && !bell_wait(peer->call, peer->kick)) {
		peer->wrong = "both sides sleep";
		return false;
	}
	if (!peer->events)
		put_wish(d, 1, 0);
	return true;
}
