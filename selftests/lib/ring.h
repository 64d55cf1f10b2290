/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's side of a ring, split or packed (virtio 1.2, 2.7 and 2.8), in the
 * memory of a guest, with the eventfds that go with it.
 */
#ifndef SELFTESTS_RING_H
#define SELFTESTS_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_ring.h>

#include "guest.h"

#define RING_MAX 1024

/* The rings of the first queue pair, as the guest calls them. */
#define RX 0
#define TX 1

struct ring {
	struct guest *guest;
	unsigned int index;
	unsigned int num;
	/* In their place has a packed ring its descriptors and the two events. */
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	bool packed;
	/* VIRTIO_F_IN_ORDER, of a packed ring. */
	bool in_order;
	/* VIRTIO_RING_F_EVENT_IDX */
	bool event_idx;
	/*
	 * Descriptors of a packed ring that were put into it, that the device was
	 * told of, that came back; and the flags that tell it.
	 */
	uint64_t put, told, taken;
	uint16_t telling;
	/* In order, one used descriptor said that all before this came back. */
	uint64_t used_until;
	int kick, call, err;
	/* Chains are put into the ring up to here; it is told by ring_publish(). */
	uint16_t next_avail;
	/* Used entries are read up to here. */
	uint16_t next_used;
	/* Own record of descriptors, which no device can spoil. */
	uint16_t free[RING_MAX];
	unsigned int nfree;
	uint16_t follows[RING_MAX];
	/* How many descriptors the chain with this id takes. */
	uint16_t places[RING_MAX];
	/* Which chain begins at a descriptor of a packed ring. */
	uint16_t chain[RING_MAX];
};

/* A buffer of a chain. */
struct buffer {
	void *bytes;
	uint32_t length;
	/* Is it the device's to write? */
	bool in;
};

/* A ring in fresh memory, with fresh eventfds, all of it unknown to the device. */
void ring_make(struct ring *ring, struct guest *guest, unsigned int index, unsigned int num);

/* As ring_make(), but the areas are placed already. */
void ring_reset(struct ring *ring);

/* Makes it a packed ring, in the same areas. */
void ring_pack(struct ring *ring);

/* Where the device should be when all that was used has come back. */
uint32_t ring_base(const struct ring *ring);

/*
 * An empty ring at the base that a device has told, whatever was in it. In a
 * split ring it is the used index that counts, which stays.
 */
void ring_resume(struct ring *ring, uint32_t base);

/* Size, addresses, base and eventfds. Returns 0 or -errno. */
int ring_set_up(struct ring *ring);

/* ring_set_up(), then enable and start it. Returns 0 or -errno. */
int ring_start(struct ring *ring);

/* A chain for ring_publish(). Returns its head. */
uint16_t ring_offer(struct ring *ring, const struct buffer *buffers, unsigned int count);

/*
 * The same, of descriptors whatever is in them; what links them is set here.
 * Written as those of a split ring for both kinds.
 */
uint16_t ring_offer_raw(struct ring *ring, const struct vring_desc *descs, unsigned int count);

/* Writes a descriptor as the kind of ring has it. */
void ring_put_desc(const struct ring *ring, void *at, struct vring_desc desc);

/* The same as one indirect descriptor; @table: room for the chain's own. */
uint16_t ring_offer_indirect(struct ring *ring, struct vring_desc *table,
			     const struct buffer *buffers, unsigned int count);

/* Puts a head into a split ring whatever it is. */
void ring_put_head(struct ring *ring, uint16_t head);

void ring_publish(struct ring *ring);
void ring_kick(struct ring *ring);

/* ring_publish(), and ring_kick() if the device asks for it. */
void ring_publish_politely(struct ring *ring);

/* Takes back a used chain. Returns false when there is none. */
bool ring_take(struct ring *ring, uint16_t *head, uint32_t *length);

/* Waits until @count chains were used since the last ring_take(). */
bool ring_wait(struct ring *ring, unsigned int count);

/* Chains used and not yet taken. */
unsigned int ring_pending(const struct ring *ring);

/* How often the call eventfd was signalled since the last time. */
uint64_t ring_calls(struct ring *ring);

/*
 * Asks for a call when the @after-th of the next chains was used, 0: for none.
 * Without event indices any number is a wish for all. Chains of one descriptor.
 */
void ring_want_call(struct ring *ring, int after);

#endif
