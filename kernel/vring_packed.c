// SPDX-License-Identifier: GPL-2.0
/*
 * The device side of packed virtqueues (virtio 1.2, 2.8); see vring.h.
 *
 * One ring of descriptors serves both sides: what the driver makes available
 * is overwritten when it is used. Two bits of a descriptor's flags, read with
 * a counter that flips in each round, say which of both it is.
 *
 * A place is where in the ring something is, with that counter in its highest
 * bit. Chains are used in the order in which they became available, so a used
 * descriptor is written where the chain began, and all that is popped and not
 * shown to the driver as used lies between two places. The device never reads
 * there, so it reads nothing back that it wrote itself.
 */
#include "chain.h"

/* Of a place the wrap counter; of flags the bits that go with it (2.8.1). */
#define WRAP 0x8000U
#define AVAIL 0x0080U
#define USED 0x8000U

/* The driver's and the device's wish: place in the low half, what above. */
#define WISH(what, place) ((u32)(what) << 16 | (place))
#define WISH_MASK 3U

static u16 index_of(u16 place)
{
	return place & ~WRAP;
}

/* Up to a whole round further. */
static u16 advance(const struct vhuge_ring *ring, u16 place, u32 slots)
{
	u32 index = index_of(place) + slots;

	if (index < ring->num)
		return (place & WRAP) | index;
	return (~place & WRAP) | (index - ring->num);
}

/* From a place to one that is not more than a round ahead. */
static u32 distance(const struct vhuge_ring *ring, u16 from, u16 to)
{
	u32 slots = index_of(to) - index_of(from);

	return (from ^ to) & WRAP ? slots + ring->num : slots;
}

static u16 flags_at(const struct vhuge_ring *ring, u16 place)
{
	return vhuge_get16(&ring->packed.desc[index_of(place)].flags);
}

/* Length, id and flags of a used descriptor are written as one word. */
#define USED_DESC(length, id, flags) \
	((u64)(length) | (u64)(id) << 32 | (u64)(flags) << 48)

static void put_used(struct vhuge_ring *ring, u16 place, u64 used)
{
	vhuge_put64(&ring->packed.desc[index_of(place)].len, used);
}

/* Available in this round: one bit is its counter, the other is not (2.8.1). */
static bool is_available(u16 flags, u16 place)
{
	return (flags & (AVAIL | USED)) == (place & WRAP ? AVAIL : USED);
}

static void put_wish(struct vhuge_ring *ring, u32 wish)
{
	if (ring->packed.wish == wish)
		return;
	ring->packed.wish = wish;
	vhuge_put32(ring->packed.device, wish);
}

/* Both halves of a base, as places: the next to pop and the next to use. */
static bool split_base(const struct vhuge_ring *ring, u32 base, u16 *place)
{
	/* Front-ends that know 16 bits mean both by them. */
	*place = base;
	return (base >> 16 == *place || !(base >> 16)) &&
	       index_of(*place) < ring->num;
}

/**
 * vhuge_packed_start - take over a ring where it was left
 * @ring: with the areas, the queue size and the features set
 * @base: bits 0 to 15: place of the next chain; 16 to 31: place of the next
 *        used descriptor, the same, or 0
 *
 * The ring's memory does not say where to go on.
 *
 * Return: false when the base is none, or chains are in flight by it.
 */
bool vhuge_packed_start(struct vhuge_ring *ring, u32 base)
{
	struct vhuge_packed *packed = &ring->packed;
	u16 place;

	if (!split_base(ring, base, &place))
		return false;
	packed->next = place;
	packed->used_next = place;
	packed->used_shown = place;
	packed->away = 0;
	packed->ahead = 0;
	packed->wish = WISH(VRING_PACKED_EVENT_FLAG_ENABLE, 0);
	vhuge_put32(packed->device, packed->wish);
	return true;
}

/* As in split rings, but for what a driver has to write into it. */
static noinline int walk_table(struct vhuge_ring *ring,
			       const struct vhuge_segmap *map,
			       struct vhuge_chain *chain, u64 addr, u32 length,
			       bool more, u32 limit)
{
	struct vring_packed_desc copy;
	struct vhuge_table table;
	u32 i;
	int err;

	err = vhuge_table_open(ring, map, &table, addr, length, more);
	if (err)
		return err;
	if (table.count > vhuge_table_most(ring))
		return -VHUGE_FAULT_LOOP;

	for (i = 0;; ring->work++) {
		const struct vring_packed_desc *desc;
		u16 flags;

		desc = vhuge_table_desc(ring, map, &table, i, &copy);
		if (!desc)
			return -VHUGE_FAULT_MEMORY;

		/* All of them, in their order: a next flag means nothing here,
		 * and some drivers set it (2.8.7).
		 */
		flags = vhuge_get16(&desc->flags);

		/* DPDK's driver marks what it sends as to be written, in such
		 * tables only. It is read, whatever is said of it.
		 */
		if (!ring->writes)
			flags &= ~VRING_DESC_F_WRITE;
		err = vhuge_table_append(ring, map, chain, desc, flags, limit);
		if (err || ++i == table.count)
			return err;
	}
}

/* Up to @left descriptors, from the next one on, whose flags were read. */
static int walk(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		struct vhuge_chain *chain, u16 flags, u32 left, u32 limit)
{
	u32 i = index_of(ring->packed.next), slots;
	int err;

	for (slots = 1;; slots++, ring->work++) {
		const struct vring_packed_desc *desc = &ring->packed.desc[i];
		u64 addr = vhuge_get64(&desc->addr);
		u32 length = vhuge_get32(&desc->len);

		if (unlikely(flags & VRING_DESC_F_INDIRECT))
			err = walk_table(ring, map, chain, addr, length,
					 flags & VRING_DESC_F_NEXT, limit);
		else
			err = vhuge_chain_append(ring, map, chain, addr, length,
						 flags & VRING_DESC_F_WRITE,
						 limit);
		if (err)
			return err;

		/* The last one has the id (2.8.6). */
		if (!(flags & VRING_DESC_F_NEXT)) {
			chain->ticket.id = vhuge_get16(&desc->id);
			chain->ticket.slots = slots;
			return 0;
		}
		if (slots == left)
			return -VHUGE_FAULT_LOOP;
		if (++i == ring->num)
			i = 0;
		flags = vhuge_get16(&ring->packed.desc[i].flags);
	}
}

/**
 * vhuge_packed_pop - take the next chain
 * @ring: the ring
 * @map: the guest's memory
 * @chain: as for vhuge_ring_pop()
 * @limit: as for vhuge_ring_pop()
 *
 * The driver writes the flags of a chain's first descriptor last, so the
 * others are there when it is available; how they are marked is not looked at.
 */
int vhuge_packed_pop(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		     struct vhuge_chain *chain, u32 limit)
{
	struct vhuge_packed *packed = &ring->packed;
	u16 place = packed->next, slots, flags;
	u32 left = ring->num - packed->away;
	int err;

	flags = flags_at(ring, place);
	if (!is_available(flags, place)) {
		packed->ahead = 0;
		return 0;
	}
	if (unlikely(!left))
		return -VHUGE_FAULT_AVAIL;

	/* The rest is read after the flags; pairs with the driver's barrier
	 * between writing a chain and its first flags (virtio 1.2, 2.8.21).
	 */
	virt_rmb();

	chain->pieces = 0;
	chain->length = 0;
	chain->cut = false;
	err = walk(ring, map, chain, flags, left, limit);
	if (err)
		return err;

	slots = chain->ticket.slots;
	packed->next = advance(ring, place, slots);
	packed->away += slots;
	packed->ahead = packed->ahead > slots ? packed->ahead - slots : 0;
	return 1;
}

/**
 * vhuge_packed_unpop - give back all chains popped from a place on
 * @ring: the ring, with none of these chains pushed
 * @place: before the first of them was popped
 */
void vhuge_packed_unpop(struct vhuge_ring *ring, u16 place)
{
	struct vhuge_packed *packed = &ring->packed;
	u32 slots = distance(ring, place, packed->next);

	packed->next = place;
	packed->away -= slots;
	packed->ahead += slots;
}

/**
 * vhuge_packed_push - use a chain
 * @ring: the ring
 * @ticket: of the chain
 * @written: bytes written into it
 *
 * The driver looks at one used descriptor after the other, so while the first
 * one is not there, none is until they are published.
 */
void vhuge_packed_push(struct vhuge_ring *ring, struct vhuge_ticket ticket,
		       u32 written)
{
	struct vhuge_packed *packed = &ring->packed;
	u16 place = vhuge_ring_skips(ring) ? packed->used_shown :
					     packed->used_next;
	u64 used = USED_DESC(written, ticket.id,
			     (place & WRAP ? AVAIL | USED : 0) |
			     (written ? VRING_DESC_F_WRITE : 0));

	if (place == packed->used_shown)
		packed->first = used;
	else
		put_used(ring, place, used);
	packed->used_next = advance(ring, packed->used_next, ticket.slots);
}

/*
 * Was a descriptor used, from place @old to @new, that the driver waits for
 * (2.8.10)? Counted in the round of @new: what is of the round before lies
 * below zero.
 */
static bool call_wanted(const struct vhuge_ring *ring, u16 old, u16 new)
{
	/* Both fields at once, as they belong together. */
	u32 wish = vhuge_get32(ring->packed.driver);
	u16 event = index_of(wish), from = index_of(old);
	u32 what = wish >> 16 & WISH_MASK;

	if (what == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (what != VRING_PACKED_EVENT_FLAG_DESC || !ring->event_idx)
		return true;

	if ((wish ^ new) & WRAP)
		event -= ring->num;
	if ((old ^ new) & WRAP)
		from -= ring->num;
	return vring_need_event(event, index_of(new), from);
}

/**
 * vhuge_packed_publish - show used descriptors to the driver
 * @ring: the ring
 * @published: receives whether there were any
 *
 * Return: whether the driver asked to be called for one of them.
 */
bool vhuge_packed_publish(struct vhuge_ring *ring, bool *published)
{
	struct vhuge_packed *packed = &ring->packed;
	u16 old = packed->used_shown, new = packed->used_next;

	*published = old != new;
	if (old == new)
		return false;

	/* The others before the first one; pairs with the driver's read
	 * barrier behind its look at the flags (2.8.22).
	 */
	virt_wmb();
	put_used(ring, old, packed->first);
	packed->used_shown = new;
	packed->away -= distance(ring, old, new);

	/* The flags before the driver's wish is read; pairs with the driver's
	 * barrier between writing its wish and looking at the flags.
	 */
	virt_mb();
	return call_wanted(ring, old, new);
}

/**
 * vhuge_packed_kick_off - tell the driver that kicks are of no use now
 * @ring: the ring
 */
void vhuge_packed_kick_off(struct vhuge_ring *ring)
{
	put_wish(ring, WISH(VRING_PACKED_EVENT_FLAG_DISABLE, 0));
}

/**
 * vhuge_packed_kick_on - ask for a kick when more becomes available
 * @ring: the ring
 *
 * Return: whether more became available since the ring was last found empty.
 */
bool vhuge_packed_kick_on(struct vhuge_ring *ring)
{
	u16 place = advance(ring, ring->packed.next, ring->packed.ahead);

	put_wish(ring, ring->event_idx ?
		 WISH(VRING_PACKED_EVENT_FLAG_DESC, place) :
		 WISH(VRING_PACKED_EVENT_FLAG_ENABLE, 0));

	/* The wish before the flags are read; pairs with the driver's barrier
	 * between writing flags and reading the wish (2.8.21.3).
	 */
	virt_mb();
	return is_available(flags_at(ring, place), place);
}
