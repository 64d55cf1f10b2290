/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From descriptors to pieces: what the kinds of rings do alike with each
 * descriptor of a chain. Inline, since it is the inner loop of all of them.
 *
 * Descriptors of the ring and of indirect tables have 16 bytes and begin with
 * address and length, in split and in packed rings. What the other four bytes
 * mean is up to the kind.
 */
#ifndef VHUGE_CHAIN_H
#define VHUGE_CHAIN_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/string.h>

#include "vring.h"

#define VHUGE_DESC_SIZE 16U

static inline u16 vhuge_get16(const void *field)
{
	return le16_to_cpu(READ_ONCE(*(const __le16 *)field));
}

static inline u32 vhuge_get32(const void *field)
{
	return le32_to_cpu(READ_ONCE(*(const __le32 *)field));
}

static inline u64 vhuge_get64(const void *field)
{
	return le64_to_cpu(READ_ONCE(*(const __le64 *)field));
}

static inline void vhuge_put16(void *field, u16 value)
{
	WRITE_ONCE(*(__le16 *)field, cpu_to_le16(value));
}

static inline void vhuge_put32(void *field, u32 value)
{
	WRITE_ONCE(*(__le32 *)field, cpu_to_le32(value));
}

static inline void vhuge_put64(void *field, u64 value)
{
	WRITE_ONCE(*(__le64 *)field, cpu_to_le64(value));
}

/* Slow path of vhuge_chain_append(): whatever the buffer is like. */
int vhuge_chain_append_any(struct vhuge_ring *ring,
			   const struct vhuge_segmap *map,
			   struct vhuge_chain *chain, u64 addr, u32 length,
			   u32 limit);

/**
 * vhuge_chain_append - append a buffer to a chain
 * @ring: whose chain it is
 * @map: the guest's memory
 * @chain: with room for pieces
 * @addr: guest address of the buffer
 * @length: bytes of the buffer
 * @writable: the driver says that the device writes it
 * @limit: bytes the chain may have; it is cut to them
 *
 * Return: 0 or a negated enum vhuge_fault.
 */
static inline int vhuge_chain_append(struct vhuge_ring *ring,
				     const struct vhuge_segmap *map,
				     struct vhuge_chain *chain, u64 addr,
				     u32 length, bool writable, u32 limit)
{
	struct vhuge_piece *piece = &chain->piece[chain->pieces];
	u32 left = limit - chain->length;
	u32 wanted = length < left ? length : left;
	void *bytes;

	if (unlikely(writable != ring->writes))
		return -VHUGE_FAULT_DIRECTION;

	/* What is wanted of it in one piece, near the buffer before? */
	if (unlikely(!wanted || chain->pieces == chain->room))
		return vhuge_chain_append_any(ring, map, chain, addr, length,
					      limit);
	bytes = vhuge_segmap_near(map, ring->hint, addr, wanted, ring->writes);
	if (unlikely(!bytes))
		return vhuge_chain_append_any(ring, map, chain, addr, length,
					      limit);
	piece->addr = bytes;
	piece->length = wanted;
	chain->length += wanted;
	chain->pieces++;
	if (wanted < length)
		chain->cut = true;
	return 0;
}

/**
 * struct vhuge_table - an indirect table
 * @addr: guest address
 * @count: descriptors in it
 * @bytes: all of it, or NULL when it has to be looked up piece by piece
 */
struct vhuge_table {
	u64 addr;
	u32 count;
	const char *bytes;
};

int vhuge_table_open(struct vhuge_ring *ring, const struct vhuge_segmap *map,
		     struct vhuge_table *table, u64 addr, u32 length,
		     bool more);
const void *vhuge_table_copy(struct vhuge_ring *ring,
			     const struct vhuge_segmap *map,
			     const struct vhuge_table *table, u32 i, void *copy);

/**
 * vhuge_table_desc - a descriptor of a table
 * @ring: whose table it is
 * @map: the guest's memory
 * @table: the table
 * @i: number of the descriptor, below the count
 * @copy: room for one
 *
 * Return: where it can be read, once; NULL when it is not in the memory.
 */
static inline const void *vhuge_table_desc(struct vhuge_ring *ring,
					   const struct vhuge_segmap *map,
					   const struct vhuge_table *table,
					   u32 i, void *copy)
{
	if (likely(table->bytes))
		return table->bytes + i * VHUGE_DESC_SIZE;
	return vhuge_table_copy(ring, map, table, i, copy);
}

/**
 * vhuge_table_append - append the buffer of a table's descriptor to a chain
 * @ring: whose chain it is
 * @map: the guest's memory
 * @chain: with room for pieces
 * @desc: of vhuge_table_desc()
 * @flags: of the descriptor, read already; not read again
 * @limit: as for vhuge_chain_append()
 *
 * Return: 0 or a negated enum vhuge_fault.
 */
static inline int vhuge_table_append(struct vhuge_ring *ring,
				     const struct vhuge_segmap *map,
				     struct vhuge_chain *chain,
				     const void *desc, u16 flags, u32 limit)
{
	const struct vring_desc *buffer = desc;

	if (flags & VRING_DESC_F_INDIRECT)
		return -VHUGE_FAULT_INDIRECT;
	return vhuge_chain_append(ring, map, chain, vhuge_get64(&buffer->addr),
				  vhuge_get32(&buffer->len),
				  flags & VRING_DESC_F_WRITE, limit);
}

/* The longest chain of a table; see VHUGE_CHAIN_MIN_DESCS. */
static inline u32 vhuge_table_most(const struct vhuge_ring *ring)
{
	return ring->num > VHUGE_CHAIN_MIN_DESCS ? ring->num :
						   VHUGE_CHAIN_MIN_DESCS;
}

#endif /* VHUGE_CHAIN_H */
