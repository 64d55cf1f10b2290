// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "die.h"
#include "packed.h"

#define AVAIL (1U << VRING_PACKED_DESC_F_AVAIL)
#define USED (1U << VRING_PACKED_DESC_F_USED)
#define WRAP (1U << VRING_PACKED_EVENT_F_WRAP_CTR)

/* Rounds are counted from one whose wrap counter is 1. */
static bool wrap(const struct ring *ring, uint64_t at)
{
	return at / ring->num % 2 == 0;
}

static struct vring_packed_desc *desc_at(const struct ring *ring, uint64_t at)
{
	return (struct vring_packed_desc *)ring->desc + at % ring->num;
}

void packed_reset(struct ring *ring)
{
	memset(ring->desc, 0, ring->num * sizeof(struct vring_packed_desc));
	memset(ring->avail, 0, sizeof(struct vring_packed_desc_event));
	memset(ring->used, 0, sizeof(struct vring_packed_desc_event));
	ring->put = 0;
	ring->told = 0;
	ring->taken = 0;
	ring->used_until = 0;
}

uint32_t packed_base(const struct ring *ring)
{
	uint32_t place = ring->taken % ring->num | (wrap(ring, ring->taken) ? WRAP : 0);

	return place | place << 16;
}

/* Flags come last, and those that nothing hides any more are for packed_publish(). */
static void put_desc(struct ring *ring, uint64_t at, uint16_t id, struct vring_packed_desc desc)
{
	struct vring_packed_desc *to = desc_at(ring, at);
	uint16_t flags = desc.flags | (wrap(ring, at) ? AVAIL : USED);

	to->addr = desc.addr;
	to->len = desc.len;
	to->id = id;
	if (at == ring->told)
		ring->telling = flags;
	else
		__atomic_store_n(&to->flags, flags, __ATOMIC_RELEASE);
}

static struct vring_packed_desc desc_of(const struct ring *ring, const struct buffer *buffer)
{
	return (struct vring_packed_desc) {
		.addr = guest_address(ring->guest, buffer->bytes),
		.len = buffer->length,
		.flags = buffer->in ? VRING_DESC_F_WRITE : 0,
	};
}

static void make_room(struct ring *ring, uint16_t id, unsigned int count)
{
	if (ring->put - ring->taken + count > ring->num) {
		errno = ENOSPC;
		die("no %u descriptors of %u left in ring %u", count, ring->num, ring->index);
	}
	ring->places[id] = count;
	ring->chain[ring->put % ring->num] = id;
}

void packed_offer(struct ring *ring, uint16_t id, const struct buffer *buffers,
		  unsigned int count)
{
	unsigned int i = count;

	make_room(ring, id, count);
	while (i--) {
		struct vring_packed_desc desc = desc_of(ring, &buffers[i]);

		desc.flags |= i + 1 < count ? VRING_DESC_F_NEXT : 0;
		put_desc(ring, ring->put + i, id, desc);
	}
	ring->put += count;
}

void packed_offer_indirect(struct ring *ring, uint16_t id, struct vring_packed_desc *table,
			   const struct buffer *buffers, unsigned int count)
{
	struct vring_packed_desc desc = {
		.addr = guest_address(ring->guest, table),
		.len = count * sizeof(*table),
		.flags = VRING_DESC_F_INDIRECT,
	};
	unsigned int i;

	make_room(ring, id, 1);
	for (i = 0; i < count; i++)
		table[i] = desc_of(ring, &buffers[i]);
	put_desc(ring, ring->put++, id, desc);
}

void packed_publish(struct ring *ring)
{
	if (ring->put == ring->told)
		return;
	__atomic_store_n(&desc_at(ring, ring->told)->flags, ring->telling, __ATOMIC_RELEASE);
	ring->told = ring->put;
}

static bool is_used(const struct ring *ring, uint64_t at)
{
	uint16_t flags = __atomic_load_n(&desc_at(ring, at)->flags, __ATOMIC_ACQUIRE);

	return (flags & (AVAIL | USED)) == (wrap(ring, at) ? AVAIL | USED : 0);
}

static uint16_t used_id(const struct ring *ring, uint64_t at)
{
	uint16_t id = desc_at(ring, at)->id;

	if (id >= ring->num || !ring->places[id]) {
		errno = EPROTO;
		die("ring %u: used descriptor %u names chain %u", ring->index,
		    (unsigned int)(at % ring->num), id);
	}
	return id;
}

/* Behind the chains that the used descriptor there is for: one, or more in order. */
static uint64_t behind(const struct ring *ring, uint64_t at)
{
	uint16_t id = used_id(ring, at), other = ring->chain[at % ring->num];

	while (ring->in_order && other != id && at < ring->told) {
		at += ring->places[other];
		other = ring->chain[at % ring->num];
	}
	return at + ring->places[id];
}

static uint16_t chain_at(const struct ring *ring, uint64_t at)
{
	return ring->in_order ? ring->chain[at % ring->num] : used_id(ring, at);
}

unsigned int packed_pending(const struct ring *ring)
{
	uint64_t at = ring->taken, until = ring->used_until;
	unsigned int count;

	for (count = 0; at < ring->told; count++) {
		if (at >= until) {
			if (!is_used(ring, at))
				break;
			until = behind(ring, at);
		}
		at += ring->places[chain_at(ring, at)];
	}
	return count;
}

bool packed_take(struct ring *ring, uint16_t *id, uint32_t *length)
{
	if (!packed_pending(ring))
		return false;

	/* What nothing was written for has a length of 0. */
	*length = 0;
	if (ring->taken >= ring->used_until) {
		ring->used_until = behind(ring, ring->taken);
		*length = desc_at(ring, ring->taken)->len;
	}
	*id = chain_at(ring, ring->taken);
	ring->taken += ring->places[*id];
	ring->places[*id] = 0;
	ring->free[ring->nfree++] = *id;
	return true;
}
