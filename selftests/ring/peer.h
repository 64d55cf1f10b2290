/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver that works with a device in another thread, written from the
 * specification (virtio 1.2, 2.7.13, 2.7.14 and 2.8.21): it makes chains of all forms
 * available, takes used ones back, and sleeps whenever it has nothing to do.
 */
#ifndef PEER_H
#define PEER_H

#include "driver.h"
#include "guest.h"
#include "odds.h"

/* Descriptors of a table, and bytes of a buffer. */
#define TABLE_ROOM 5U
#define BUFFER_ROOM 72U

/* What ends a sleep; @asleep while somebody waits, @wakes counts. */
struct bell {
	int fd;
	bool asleep;
	u64 wakes;
};

struct peer {
	struct guest *guest;
	struct driver driver;
	struct odds odds;
	bool writes, tables, events;
	struct bell *kick, *call;

	u64 sent, returned, wanted;
	u16 last_used;
	/* Descriptors of a packed ring that came back, counted as those sent. */
	u64 taken;
	u32 unused;
	u16 *free;
	struct sent {
		u64 number;
		u32 length;
		u16 descs;
		bool busy;
	} *chain;
	/* @wrong: what was, or NULL; @stop: somebody found something */
	const char *wrong;
	bool stop;
};

void peer_init(struct peer *peer, u32 num, bool is_packed, bool writes,
	       bool tables, bool events);
void peer_free(struct peer *peer);

/* Send @wanted chains and get them back. False: see @wrong. */
bool peer_run(struct peer *peer);

void bell_ring(struct bell *bell);

/* False when both sleep and nothing will ever wake them. */
bool bell_wait(struct bell *bell, struct bell *others);

/* A chain's first bytes are its number, as far as they go. */
void peer_number(u64 number, unsigned char *bytes);

/* Parts of a chain, and its way back, whatever the ring is like. */
struct vring_desc peer_desc(struct peer *peer, u16 head, u32 i, bool last,
			    u16 next);
struct vring_desc peer_table(struct peer *peer, u16 head);
bool peer_returned(struct peer *peer, u32 head, u32 length);

/* The same with a packed ring; see peer.c for what they do. */
bool peer_packed_send(struct peer *peer);
bool peer_packed_take(struct peer *peer);
bool peer_packed_await(struct peer *peer);

#endif /* PEER_H */
