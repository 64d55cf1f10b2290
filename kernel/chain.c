// SPDX-License-Identifier: GPL-2.0
/*
 * From descriptors to pieces; see chain.h.
 */
#include "chain.h"

/**
 * vhuge_chain_append_any - append a buffer to a chain, whatever it is like
 * @ring: whose chain it is
 * @map: the guest's memory
 * @chain: with room for pieces
 * @addr: guest address of the buffer, which has the ring's direction
 * @length: bytes of the buffer
 * @limit: bytes the chain may have; it is cut to them
 *
 * Return: 0 or a negated enum vhuge_fault.
 */
int vhuge_chain_append_any(struct vhuge_ring *ring,
			   const struct vhuge_segmap *map,
			   struct vhuge_chain *chain, u64 addr, u32 length,
			   u32 limit)
{
	u64 left = length;

	while (left) {
		struct vhuge_piece *piece = &chain->piece[chain->pieces];
		u64 run = left;

		if (chain->length == limit || chain->pieces == chain->room) {
			chain->cut = true;
			return 0;
		}
		if (run > limit - chain->length)
			run = limit - chain->length;

		piece->addr = vhuge_segmap_guest(map, &ring->hint, addr, &run);
		if (!piece->addr)
			return -VHUGE_FAULT_MEMORY;
		if (ring->writes && map->span[ring->hint].readonly)
			return -VHUGE_FAULT_READONLY;

		piece->length = run;
		chain->length += run;
		chain->pieces++;
		addr += run;
		left -= run;
	}
	return 0;
}

/**
 * vhuge_table_open - look up an indirect table
 * @ring: whose table it is
 * @map: the guest's memory
 * @table: receives it
 * @addr: guest address
 * @length: in bytes
 * @more: the descriptor that leads to it has a next one as well
 *
 * What of it is not in the memory is missed when it is read.
 *
 * Return: 0 or a negated enum vhuge_fault.
 */
int vhuge_table_open(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		     struct vhuge_table *table, u64 addr, u32 length, bool more)
{
	u64 run = length;

	table->addr = addr;
	table->count = length / VHUGE_DESC_SIZE;
	if (!ring->indirect || more || !table->count ||
	    table->count > VHUGE_VRING_MAX_NUM || length % VHUGE_DESC_SIZE)
		return -VHUGE_FAULT_INDIRECT;
	if (addr + length < addr)
		return -VHUGE_FAULT_MEMORY;

	table->bytes = vhuge_segmap_guest(map, &ring->table_hint, addr, &run);
	if (run < length || (unsigned long)table->bytes & 7)
		table->bytes = NULL;
	return 0;
}

/**
 * vhuge_table_copy - copy a descriptor that may lie across two pages
 * @ring: whose table it is
 * @map: the guest's memory
 * @table: the table
 * @i: number of the descriptor
 * @copy: room for it
 *
 * Return: @copy, or NULL when it is not in the memory.
 */
const void *vhuge_table_copy(struct vhuge_ring *ring,
			     const struct vhuge_segmap *map,
			     const struct vhuge_table *table, u32 i, void *copy)
{
	u64 addr = table->addr + i * VHUGE_DESC_SIZE, done = 0;

	while (done < VHUGE_DESC_SIZE) {
		u64 run = VHUGE_DESC_SIZE - done;
		const void *from;

		from = vhuge_segmap_guest(map, &ring->table_hint, addr + done,
					  &run);
		if (!from)
			return NULL;
		memcpy((char *)copy + done, from, run);
		done += run;
	}

	barrier(); /* the copy is what counts: never read the guest again */
	return copy;
}
