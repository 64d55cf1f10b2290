// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "peer.h"

#define GET(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define PUT(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELAXED)

#define BUFFERS 0x10000ULL
#define TABLES 0x4000000ULL

/* A page here and two there, so that buffers and tables often straddle. */
static void add_memory(struct guest *guest, u64 at, u64 bytes)
{
	u64 page;

	for (page = 0; page * PAGE < bytes; page += 3)
		guest_add(guest, &(struct layout) {
			.guest_addr = at + page * PAGE,
			.user_addr = at + page * PAGE,
			.runs = "12" });
}

void peer_init(struct peer *peer, u32 num, bool is_packed, bool writes,
	       bool tables, bool events)
{
	u32 i;

	*peer = (struct peer) { .writes = writes, .tables = tables,
				.events = events, .odds = { num } };
	peer->guest = guest_new();
	add_memory(peer->guest, BUFFERS, (u64)num * TABLE_ROOM * BUFFER_ROOM);
	add_memory(peer->guest, TABLES, (u64)num * TABLE_ROOM * 16 + 8);
	driver_init(&peer->driver, num, is_packed);
	peer->chain = calloc(num, sizeof(*peer->chain));
	peer->free = calloc(num, sizeof(*peer->free));
	for (i = 0; i < num; i++)
		peer->free[peer->unused++] = i;
}

void peer_free(struct peer *peer)
{
	guest_free(peer->guest);
	driver_free(&peer->driver);
	free(peer->chain);
	free(peer->free);
}

void peer_number(u64 number, unsigned char *bytes)
{
	number = htole64(number * 0x9e3779b97f4a7c15);
	memcpy(bytes, &number, sizeof(number));
}

/* Fill or check a buffer: each byte is one of the number's. */
static bool each_byte(struct peer *peer, u64 addr, u32 length, u64 number,
		      bool check)
{
	unsigned char bytes[8];
	u32 i;

	peer_number(number, bytes);
	for (i = 0; i < length; i++) {
		unsigned char *byte = guest_byte(peer->guest, addr + i, NULL);

		if (!check)
			*byte = bytes[i % 8];
		else if (*byte != bytes[i % 8])
			return false;
	}
	return true;
}

static u64 buffer_of(u16 head, u32 i)
{
	return BUFFERS + (head * TABLE_ROOM + i) * BUFFER_ROOM;
}

static u64 table_of(u16 head)
{
	/* Half a descriptor off, so that some lie in two pages. */
	return TABLES + head * TABLE_ROOM * 16 + 8;
}

/* All buffers of a chain have the length that its number makes. */
static u32 length_of(u64 number)
{
	return 8 + number % (BUFFER_ROOM - 8);
}

struct vring_desc peer_desc(struct peer *peer, u16 head, u32 i, bool last,
			    u16 next)
{
	u64 number = peer->chain[head].number, addr = buffer_of(head, i);
	u32 length = length_of(number);

	each_byte(peer, addr, length, peer->writes ? ~number : number, false);
	peer->chain[head].length += length;
	return driver_desc(addr, length, (peer->writes ? WRITE : 0) |
			   (last ? 0 : NEXT), next);
}

struct vring_desc peer_table(struct peer *peer, u16 head)
{
	u32 i, count = 1 + odds(&peer->odds, TABLE_ROOM);

	for (i = 0; i < count; i++) {
		struct vring_desc desc = peer_desc(peer, head, i, i == count - 1,
						   i + 1);

		driver_form(&peer->driver, &desc);
		guest_put(peer->guest, table_of(head) + i * 16, &desc, 16);
	}
	return driver_desc(table_of(head), count * 16, INDIRECT, 0);
}

static void send_direct(struct peer *peer, u16 head)
{
	u32 i, count = 1 + odds(&peer->odds, 3);
	u16 at = head;

	if (count > peer->unused + 1)
		count = peer->unused + 1;
	peer->chain[head].descs = count;
	for (i = 0; i < count; i++) {
		bool last = i == count - 1;
		u16 next = last ? 0 : peer->free[--peer->unused];

		peer->driver.desc[at] = peer_desc(peer, head, i, last, next);
		at = next;
	}
}

static void send_one(struct peer *peer)
{
	struct driver *d = &peer->driver;
	u16 head = peer->free[--peer->unused];

	peer->chain[head] = (struct sent) { .number = peer->sent++, .descs = 1,
					    .busy = true };
	if (peer->tables && odds(&peer->odds, 2))
		d->desc[head] = peer_table(peer, head);
	else
		send_direct(peer, head);
	PUT(d->avail->ring[d->idx++ % d->num], htole16(head));
}

static bool kick_wanted(struct peer *peer, u16 old)
{
	const struct driver *d = &peer->driver;
	u16 event = le16toh(GET(*(u16 *)&d->used->ring[d->num])), i;

	if (!peer->events)
		return !(le16toh(GET(d->used->flags)) & 1);
	for (i = old; i != d->idx; i++)
		if (i == event)
			return true;
	return false;
}

static bool send_some(struct peer *peer)
{
	struct driver *d = &peer->driver;
	u32 burst = 1 + odds(&peer->odds, 2 * d->num);
	u16 old = d->idx;

	while (burst-- && peer->unused && peer->sent < peer->wanted)
		send_one(peer);
	if (old == d->idx)
		return false;

	__atomic_store_n(&d->avail->idx, htole16(d->idx), __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (kick_wanted(peer, old))
		bell_ring(peer->kick);
	return true;
}

static bool right_bytes(struct peer *peer, const struct sent *chain, u16 head)
{
	u32 i, each = length_of(chain->number);

	for (i = 0; i < chain->length / each; i++)
		if (!each_byte(peer, buffer_of(head, i), each, chain->number,
			       true))
			return false;
	return true;
}

bool peer_returned(struct peer *peer, u32 head, u32 length)
{
	struct sent *chain = &peer->chain[head];

	if (head >= peer->driver.num || !chain->busy)
		peer->wrong = "a chain came back that is not away";
	else if (chain->number != peer->returned)
		peer->wrong = "chains came back in another order";
	else if (length != (peer->writes ? chain->length : 0))
		peer->wrong = "another length came back";
	else if (!right_bytes(peer, chain, head))
		peer->wrong = "other bytes came back";
	if (peer->wrong)
		return false;

	chain->busy = false;
	peer->returned++;
	return true;
}

/* The descriptors of a chain go back to where they came from. */
static bool take_back(struct peer *peer, u32 head, u32 length)
{
	struct driver *d = &peer->driver;
	u16 at = head;

	if (!peer_returned(peer, head, length))
		return false;
	while (peer->chain[head].descs--) {
		peer->free[peer->unused++] = at;
		at = le16toh(d->desc[at].next);
	}
	return true;
}

static u16 used_idx(const struct peer *peer)
{
	return le16toh(__atomic_load_n(&peer->driver.used->idx,
				       __ATOMIC_ACQUIRE));
}

static bool take_some(struct peer *peer)
{
	struct driver *d = &peer->driver;
	u16 idx = used_idx(peer);

	while (peer->last_used != idx) {
		struct vring_used_elem *elem =
			&d->used->ring[peer->last_used++ % d->num];

		if (!take_back(peer, le32toh(elem->id), le32toh(elem->len)))
			return false;
	}
	return true;
}

/* Sleep until something is used, or, with events, until some more is. */
static bool await_call(struct peer *peer)
{
	struct driver *d = &peer->driver;
	u16 away = d->idx - peer->last_used, event = peer->last_used;

	if (peer->events && odds(&peer->odds, 2))
		event += odds(&peer->odds, away);
	PUT(d->avail->ring[d->num], htole16(event));
	PUT(d->avail->flags, 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	/* Only when the entry that is awaited is not there yet. */
	if ((u16)(used_idx(peer) - peer->last_used) <=
	    (u16)(event - peer->last_used) &&
	    !bell_wait(peer->call, peer->kick)) {
		peer->wrong = "both sides sleep";
		return false;
	}
	if (!peer->events)
		PUT(d->avail->flags, htole16(1));
	return true;
}

static bool packed_run(struct peer *peer)
{
	while (peer->returned < peer->wanted &&
	       !__atomic_load_n(&peer->stop, __ATOMIC_RELAXED)) {
		bool sent = peer_packed_send(peer);

		if (!peer_packed_take(peer))
			return false;
		if (!sent && peer->returned < peer->sent &&
		    !peer_packed_await(peer))
			return false;
	}
	return peer->returned == peer->wanted;
}

bool peer_run(struct peer *peer)
{
	if (peer->driver.is_packed)
		return packed_run(peer);

	while (peer->returned < peer->wanted &&
	       !__atomic_load_n(&peer->stop, __ATOMIC_RELAXED)) {
		bool sent = send_some(peer);

		if (!take_some(peer))
			return false;
		if (!sent && peer->returned < peer->sent && !await_call(peer))
			return false;
	}
	return peer->returned == peer->wanted;
}

void bell_ring(struct bell *bell)
{
	u64 one = 1;

	if (write(bell->fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

/*
 * Whoever waits is woken by the other one only. So when both wait and neither
 * bell has been rung, it stays like that. A bell sounds until its owner has
 * counted that it woke up.
 */
static bool for_ever(const struct bell *bell, const struct bell *others)
{
	struct pollfd fds[] = { { bell->fd, POLLIN, 0 },
				{ others->fd, POLLIN, 0 } };
	u64 wakes = __atomic_load_n(&others->wakes, __ATOMIC_SEQ_CST);

	return __atomic_load_n(&others->asleep, __ATOMIC_SEQ_CST) &&
	       !poll(fds, 2, 0) &&
	       __atomic_load_n(&others->wakes, __ATOMIC_SEQ_CST) == wakes;
}

bool bell_wait(struct bell *bell, struct bell *others)
{
	struct pollfd fd = { bell->fd, POLLIN, 0 };
	u64 n;

	__atomic_store_n(&bell->asleep, true, __ATOMIC_SEQ_CST);
	while (!poll(&fd, 1, 1000))
		if (for_ever(bell, others))
			return false;
	__atomic_store_n(&bell->asleep, false, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&bell->wakes, 1, __ATOMIC_SEQ_CST);
	return read(bell->fd, &n, sizeof(n)) == sizeof(n);
}
