/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device side of a virtqueue.
 *
 * A chain is what the driver made available under one head: descriptors that
 * name memory of the guest. It is popped whole: every descriptor is read once,
 * checked and translated before the first byte is touched, so what the guest
 * writes into the ring afterwards changes nothing. Popped chains are pushed
 * back in the order in which they were popped; the driver sees that when they
 * are published, many at a time.
 *
 * A fault is something no driver may do. The ring cannot be trusted afterwards
 * and its owner stops it.
 *
 * Pure code like segmap.h. The caller serialises all calls on one ring.
 */
#ifndef VHUGE_VRING_H
#define VHUGE_VRING_H

#include <linux/types.h>
#include <linux/virtio_ring.h>

#include "segmap.h"

/* The largest queue size (virtio 1.2, 2.7 and 2.8). */
#define VHUGE_VRING_MAX_NUM 32768U

/* Where a packed ring begins: at its first descriptor, in round 1. */
#define VHUGE_PACKED_BASE 0x80008000U

/*
 * Descriptors a chain may have in a ring smaller than that. The bound of the
 * specification is the queue size, but Linux builds indirect tables for a
 * whole skb also in the smallest rings.
 */
#define VHUGE_CHAIN_MIN_DESCS 64U

/*
 * Work that is done in one go. A driver that hands out its descriptors once
 * stays below: they are not more than the ring holds.
 */
#define VHUGE_MIN_WORK 1024U

/**
 * enum vhuge_fault - what a driver did that it must not
 * @VHUGE_FAULT_NONE: nothing
 * @VHUGE_FAULT_AVAIL: more was made available than the ring holds
 * @VHUGE_FAULT_HEAD: the head of a chain is no descriptor of the ring
 * @VHUGE_FAULT_NEXT: a chain leads to no descriptor of its table
 * @VHUGE_FAULT_LOOP: a chain is longer than it may be, so it may never end
 * @VHUGE_FAULT_INDIRECT: an indirect table is nested, not negotiated, empty,
 *                        too long or has part of a descriptor
 * @VHUGE_FAULT_DIRECTION: a buffer cannot be used in the ring's direction
 * @VHUGE_FAULT_MEMORY: a buffer or indirect table is outside of the memory
 * @VHUGE_FAULT_READONLY: a buffer to be written is in read-only memory
 * @VHUGE_FAULT_EMPTY: receive buffers have no room, or next to none for the
 *                     descriptors they take
 * @VHUGE_FAULT_REMOVED: the ring's own memory was taken away
 * @VHUGE_FAULTS: how many there are
 */
enum vhuge_fault {
	VHUGE_FAULT_NONE,
	VHUGE_FAULT_AVAIL,
	VHUGE_FAULT_HEAD,
	VHUGE_FAULT_NEXT,
	VHUGE_FAULT_LOOP,
	VHUGE_FAULT_INDIRECT,
	VHUGE_FAULT_DIRECTION,
	VHUGE_FAULT_MEMORY,
	VHUGE_FAULT_READONLY,
	VHUGE_FAULT_EMPTY,
	VHUGE_FAULT_REMOVED,
	VHUGE_FAULTS
};

/**
 * struct vhuge_piece - bytes of a buffer that follow each other in memory
 * @addr: the first one
 * @length: how many, at least one
 */
struct vhuge_piece {
	void *addr;
	u32 length;
};

/**
 * struct vhuge_ticket - by what a popped chain is given back
 * @id: how the driver knows it
 * @slots: places of the ring that it takes
 */
struct vhuge_ticket {
	u16 id;
	u16 slots;
};

/**
 * struct vhuge_chain - a chain that was popped
 * @piece: in: room for @room pieces; out: the chain's bytes in their order
 * @room: in: how many pieces fit
 * @pieces: out: pieces in use
 * @length: out: bytes of these pieces
 * @ticket: out: for vhuge_ring_push()
 * @cut: out: the chain holds more bytes than the limit or the room allowed
 */
struct vhuge_chain {
	struct vhuge_piece *piece;
	u32 room;
	u32 pieces;
	u32 length;
	struct vhuge_ticket ticket;
	bool cut;
};

/**
 * struct vhuge_split - where a split ring is (virtio 1.2, 2.7)
 * @desc: descriptor table
 * @avail: available ring
 * @used: used ring
 * @next: available entry to pop next
 * @seen: available index as last read
 * @used_next: used entry to write next
 * @used_idx: used index as the driver sees it
 * @used_flags: used flags as the driver sees them
 *
 * Indices run freely and wrap at 65536.
 */
struct vhuge_split {
	const struct vring_desc *desc;
	const struct vring_avail *avail;
	struct vring_used *used;
	u16 next;
	u16 seen;
	u16 used_next;
	u16 used_idx;
	u16 used_flags;
};

/**
 * struct vhuge_packed - where a packed ring is (virtio 1.2, 2.8)
 * @desc: descriptor ring
 * @driver: driver event suppression: its wish to be called
 * @device: device event suppression: the wish to be kicked
 * @next: place of the chain to pop next
 * @used_next: place of the used descriptor to write next
 * @used_shown: place up to which the driver sees used descriptors
 * @first: the used descriptor at @used_shown, which is written last
 * @away: descriptors from @used_shown to @next
 * @ahead: descriptors from @next to where the ring was last found empty
 * @wish: what is in @device
 *
 * A place is an index, with the wrap counter of its round in bit 15.
 */
struct vhuge_packed {
	struct vring_packed_desc *desc;
	const struct vring_packed_desc_event *driver;
	struct vring_packed_desc_event *device;
	u16 next;
	u16 used_next;
	u16 used_shown;
	u64 first;
	u32 away;
	u32 ahead;
	u32 wish;
};

/**
 * struct vhuge_ring - the device side of a virtqueue
 * @num: queue size; of a split ring a power of two
 * @hint: of vhuge_segmap_guest(), for buffers
 * @table_hint: the same for indirect tables, which tend to lie elsewhere
 * @work: descriptors followed beyond the first of a chain, since the caller
 *        cleared it: what a driver made the device do for nothing
 * @is_packed: VIRTIO_F_RING_PACKED was negotiated
 * @in_order: VIRTIO_F_IN_ORDER was negotiated
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @indirect: VIRTIO_F_INDIRECT_DESC was negotiated
 * @writes: the device writes the buffers (a receive queue of the guest)
 * @split: of a split ring
 * @packed: of a packed ring
 */
struct vhuge_ring {
	u32 num;
	u32 hint;
	u32 table_hint;
	u32 work;
	bool is_packed;
	bool in_order;
	bool event_idx;
	bool indirect;
	bool writes;
	struct vhuge_split split;
	struct vhuge_packed packed;
};

const char *vhuge_fault_text(enum vhuge_fault fault);

void vhuge_split_start(struct vhuge_ring *ring);
int vhuge_split_pop(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		    struct vhuge_chain *chain, u32 limit);
void vhuge_split_push(struct vhuge_ring *ring, u16 id, u32 written);
bool vhuge_split_publish(struct vhuge_ring *ring, bool *published);
void vhuge_split_kick_off(struct vhuge_ring *ring);
bool vhuge_split_kick_on(struct vhuge_ring *ring);

bool vhuge_packed_start(struct vhuge_ring *ring, u32 base);
int vhuge_packed_pop(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		     struct vhuge_chain *chain, u32 limit);
void vhuge_packed_unpop(struct vhuge_ring *ring, u16 place);
void vhuge_packed_push(struct vhuge_ring *ring, struct vhuge_ticket ticket,
		       u32 written);
bool vhuge_packed_publish(struct vhuge_ring *ring, bool *published);
void vhuge_packed_kick_off(struct vhuge_ring *ring);
bool vhuge_packed_kick_on(struct vhuge_ring *ring);

void vhuge_ring_use(struct vhuge_ring *ring, void *desc, void *avail,
		    void *used);
bool vhuge_ring_start(struct vhuge_ring *ring, u32 base);
u32 vhuge_ring_base(const struct vhuge_ring *ring);

/**
 * vhuge_ring_skips - is one used entry enough for all that are published?
 * @ring: the ring
 *
 * In order, the last chain's entry in the first one's place says that all up to
 * it are used (virtio 1.2, 2.7.9 and 2.8.8). It does not say how many bytes were
 * written into the others, so that is for chains that are read.
 */
static inline bool vhuge_ring_skips(const struct vhuge_ring *ring)
{
	return ring->in_order && !ring->writes;
}

/**
 * vhuge_ring_overworked - is it time to stop, or to call the driver hostile?
 * @ring: the ring
 */
static inline bool vhuge_ring_overworked(const struct vhuge_ring *ring)
{
	return ring->work > ring->num && ring->work > VHUGE_MIN_WORK;
}

/**
 * vhuge_ring_pop - take the next chain
 * @ring: the ring
 * @map: the guest's memory
 * @chain: with room for pieces; the rest is written
 * @limit: bytes of use to the caller; a longer chain is cut
 *
 * Return: 1 with a chain, 0 when there is none, or a negated enum vhuge_fault.
 */
static inline int vhuge_ring_pop(struct vhuge_ring *ring,
				 const struct vhuge_segmap *map,
				 struct vhuge_chain *chain, u32 limit)
{
	return ring->is_packed ? vhuge_packed_pop(ring, map, chain, limit) :
				 vhuge_split_pop(ring, map, chain, limit);
}

/**
 * vhuge_ring_place - where the next chain is
 * @ring: the ring
 */
static inline u16 vhuge_ring_place(const struct vhuge_ring *ring)
{
	return ring->is_packed ? ring->packed.next : ring->split.next;
}

/**
 * vhuge_ring_unpop - give back all chains popped from a place on
 * @ring: the ring, with none of these chains pushed
 * @place: of vhuge_ring_place(), before the first of them was popped
 */
static inline void vhuge_ring_unpop(struct vhuge_ring *ring, u16 place)
{
	if (ring->is_packed)
		vhuge_packed_unpop(ring, place);
	else
		ring->split.next = place;
}

/**
 * vhuge_ring_push - use the chain that was popped first and is not used yet
 * @ring: the ring
 * @ticket: of the chain
 * @written: bytes written into it
 *
 * The driver sees it with the next vhuge_ring_publish().
 */
static inline void vhuge_ring_push(struct vhuge_ring *ring,
				   struct vhuge_ticket ticket, u32 written)
{
	if (ring->is_packed)
		vhuge_packed_push(ring, ticket, written);
	else
		vhuge_split_push(ring, ticket.id, written);
}

/**
 * vhuge_ring_publish - show used chains to the driver
 * @ring: the ring
 * @published: receives whether there were any
 *
 * Return: whether the driver asked to be called for one of them.
 */
static inline bool vhuge_ring_publish(struct vhuge_ring *ring, bool *published)
{
	return ring->is_packed ? vhuge_packed_publish(ring, published) :
				 vhuge_split_publish(ring, published);
}

/**
 * vhuge_ring_kick_off - tell the driver that kicks are of no use now
 * @ring: the ring
 */
static inline void vhuge_ring_kick_off(struct vhuge_ring *ring)
{
	if (ring->is_packed)
		vhuge_packed_kick_off(ring);
	else
		vhuge_split_kick_off(ring);
}

/**
 * vhuge_ring_kick_on - ask for a kick when more becomes available
 * @ring: the ring
 *
 * Return: whether more became available since the ring was last found empty,
 * so that no kick may come for it.
 */
static inline bool vhuge_ring_kick_on(struct vhuge_ring *ring)
{
	return ring->is_packed ? vhuge_packed_kick_on(ring) :
				 vhuge_split_kick_on(ring);
}

#endif /* VHUGE_VRING_H */
