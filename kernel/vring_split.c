// SPDX-License-Identifier: GPL-2.0
/*
 * The device side of split virtqueues (virtio 1.2, 2.7); see vring.h.
 *
 * The driver may write any byte of the ring at any time. Each field is read
 * once; decisions are made on the value read, and nothing the
 * device wrote is read back, except the used index when the ring is started.
 */
#include "chain.h"

/* The two event fields lie behind the entries (virtio 1.2, 2.7.7, 2.7.10). */
static const void *used_event(const struct vhuge_ring *ring)
{
	return &ring->split.avail->ring[ring->num];
}

static void *avail_event(const struct vhuge_ring *ring)
{
	return &ring->split.used->ring[ring->num];
}

/**
 * vhuge_split_start - take over a ring where it was left
 * @ring: with the areas, the queue size and the features set
 *
 * Chains are used in the order in which they became available, so the used
 * index says where to go on, also when an earlier device process died between
 * popping and using. A driver that wrote nonsense there breaks its own ring.
 */
void vhuge_split_start(struct vhuge_ring *ring)
{
	struct vhuge_split *split = &ring->split;

	split->used_idx = vhuge_get16(&split->used->idx);
	split->used_next = split->used_idx;
	split->next = split->used_idx;
	split->seen = split->used_idx;
	split->used_flags = 0;
	vhuge_put16(&split->used->flags, 0);
}

/*
 * Look for new available entries. Return 1 when there are some, 0, or a fault.
 *
 * The index only goes forwards (2.7.6.1), and what is available and what is
 * popped but not used yet fit into the ring together.
 */
static int look(struct vhuge_ring *ring)
{
	struct vhuge_split *split = &ring->split;
	u16 idx = vhuge_get16(&split->avail->idx);
	u16 popped = split->next - split->used_next;

	if ((u16)(idx - split->next) > ring->num - popped)
		return -VHUGE_FAULT_AVAIL;

	split->seen = idx;
	if (idx == split->next)
		return 0;

	/* Entries are read after the index; pairs with the driver's barrier
	 * between writing the entries and the index (virtio 1.2, 2.7.13.3).
	 */
	virt_rmb();
	return 1;
}

/*
 * Walk an indirect table (virtio 1.2, 2.7.5.3). By itself, for what it needs on
 * the stack is set up and guarded in many kernels, and most chains have no table.
 */
static noinline int walk_table(struct vhuge_ring *ring,
			       const struct vhuge_segmap *map,
			       struct vhuge_chain *chain, u64 addr, u32 length,
			       bool more, u32 limit)
{
	u32 left = vhuge_table_most(ring), i = 0;
	struct vhuge_table table;
	struct vring_desc copy;
	int err;

	err = vhuge_table_open(ring, map, &table, addr, length, more);
	if (err)
		return err;

	for (;; ring->work++) {
		const struct vring_desc *desc;
		u16 flags;

		desc = vhuge_table_desc(ring, map, &table, i, &copy);
		if (!desc)
			return -VHUGE_FAULT_MEMORY;

		flags = vhuge_get16(&desc->flags);
		err = vhuge_table_append(ring, map, chain, desc, flags, limit);
		if (err || !(flags & VRING_DESC_F_NEXT))
			return err;

		i = vhuge_get16(&desc->next);
		if (i >= table.count)
			return -VHUGE_FAULT_NEXT;
		if (!--left)
			return -VHUGE_FAULT_LOOP;
	}
}

static int walk(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		struct vhuge_chain *chain, u32 head, u32 limit)
{
	u32 left = ring->num, i = head;
	int err;

	for (;; ring->work++) {
		const struct vring_desc *desc = &ring->split.desc[i];
		u64 addr = vhuge_get64(&desc->addr);
		u32 length = vhuge_get32(&desc->len);
		u16 flags = vhuge_get16(&desc->flags);

		if (unlikely(flags & VRING_DESC_F_INDIRECT))
			return walk_table(ring, map, chain, addr, length,
					  flags & VRING_DESC_F_NEXT, limit);

		err = vhuge_chain_append(ring, map, chain, addr, length,
					 flags & VRING_DESC_F_WRITE, limit);
		if (err || !(flags & VRING_DESC_F_NEXT))
			return err;

		i = vhuge_get16(&desc->next);
		if (i >= ring->num)
			return -VHUGE_FAULT_NEXT;
		if (!--left)
			return -VHUGE_FAULT_LOOP;
	}
}

/**
 * vhuge_split_pop - take the next chain
 * @ring: the ring
 * @map: the guest's memory
 * @chain: with room for pieces; the rest is written
 * @limit: bytes of use to the caller; a longer chain is cut
 *
 * Return: 1 with a chain, 0 when there is none, or a negated enum vhuge_fault.
 */
int vhuge_split_pop(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		    struct vhuge_chain *chain, u32 limit)
{
	struct vhuge_split *split = &ring->split;
	u16 head;
	int ret;

	if (split->next == split->seen) {
		ret = look(ring);
		if (ret <= 0)
			return ret;
	}

	head = vhuge_get16(&split->avail->ring[split->next & (ring->num - 1)]);
	if (head >= ring->num)
		return -VHUGE_FAULT_HEAD;

	chain->pieces = 0;
	chain->length = 0;
	chain->cut = false;
	chain->ticket = (struct vhuge_ticket) { .id = head, .slots = 1 };
	ret = walk(ring, map, chain, head, limit);
	if (ret)
		return ret;

	split->next++;
	return 1;
}

/**
 * vhuge_split_push - use a chain
 * @ring: the ring
 * @id: of the chain
 * @written: bytes written into it
 *
 * The driver sees it with the next vhuge_split_publish().
 */
void vhuge_split_push(struct vhuge_ring *ring, u16 id, u32 written)
{
	struct vhuge_split *split = &ring->split;
	u16 at = vhuge_ring_skips(ring) ? split->used_idx : split->used_next;
	struct vring_used_elem *elem = &split->used->ring[at & (ring->num - 1)];

	split->used_next++;
	vhuge_put32(&elem->id, id);
	vhuge_put32(&elem->len, written);
}

/**
 * vhuge_split_publish - show used entries to the driver
 * @ring: the ring
 * @published: receives whether there were any
 *
 * Return: whether the driver asked to be called for one of them
 * (virtio 1.2, 2.7.7.2).
 */
bool vhuge_split_publish(struct vhuge_ring *ring, bool *published)
{
	struct vhuge_split *split = &ring->split;
	u16 old = split->used_idx, new = split->used_next;

	*published = old != new;
	if (old == new)
		return false;

	/* Entries before the index; pairs with the driver's read barrier. */
	virt_wmb();
	vhuge_put16(&split->used->idx, new);
	split->used_idx = new;

	/* The index before the driver's wish is read; pairs with the driver's
	 * barrier between writing its wish and looking at the index.
	 */
	virt_mb();
	if (ring->event_idx)
		return vring_need_event(vhuge_get16(used_event(ring)), new, old);
	return !(vhuge_get16(&split->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
}

static void set_used_flags(struct vhuge_ring *ring, u16 flags)
{
	if (ring->split.used_flags == flags)
		return;
	ring->split.used_flags = flags;
	vhuge_put16(&ring->split.used->flags, flags);
}

/**
 * vhuge_split_kick_off - tell the driver that kicks are of no use now
 * @ring: the ring
 *
 * With event indices there is nothing to write: the event stays behind.
 */
void vhuge_split_kick_off(struct vhuge_ring *ring)
{
	if (!ring->event_idx)
		set_used_flags(ring, VRING_USED_F_NO_NOTIFY);
}

/**
 * vhuge_split_kick_on - ask for a kick when more becomes available
 * @ring: the ring
 *
 * Return: whether more became available since the driver's index was last
 * read, so that no kick may come for it.
 */
bool vhuge_split_kick_on(struct vhuge_ring *ring)
{
	if (ring->event_idx)
		vhuge_put16(avail_event(ring), ring->split.seen);
	else
		set_used_flags(ring, 0);

	/* The wish before the index is read; pairs with the driver's barrier
	 * between writing the index and reading the wish (2.7.13.4.1).
	 */
	virt_mb();
	return vhuge_get16(&ring->split.avail->idx) != ring->split.seen;
}
