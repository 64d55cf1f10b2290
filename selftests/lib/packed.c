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

void packed_resume(struct ring *ring, uint32_t base)
{
	uint64_t place = (base & (WRAP - 1)) + (base & WRAP ? 0 : ring->num);

	packed_reset(ring);
	ring->put = place;
	ring->told = place;
	ring->taken = place;
}

uint16_t packed_available(const struct ring *ring, uint64_t at)
{
	return wrap(ring, at) ? AVAIL : USED;
}

/* Flags come last, and those that nothing hides any more are for packed_publish(). */
static void put_desc(struct ring *ring, uint64_t at, uint16_t id, struct vring_desc desc)
{
	struct vring_packed_desc *to = desc_at(ring, at);
	uint16_t flags = desc.flags | packed_available(ring, at);

	to->addr = desc.addr;
	to->len = desc.len;
	to->id = id;
	if (at == ring->told)
		ring->telling = flags;
	else
		__atomic_store_n(&to->flags, flags, __ATOMIC_RELEASE);
}

void packed_offer(struct ring *ring, uint16_t id, const struct vring_desc *descs,
		  unsigned int count)
{
	unsigned int i = count;

	if (ring->put - ring->taken + count > ring->num) {
		errno = ENOSPC;
		die("no %u descriptors of %u left in ring %u", count, ring->num, ring->index);
	}
	ring->places[id] = count;
	ring->chain[ring->put % ring->num] = id;
	while (i--) {
		struct vring_desc desc = descs[i];

		desc.flags |= i + 1 < count ? VRING_DESC_F_NEXT : 0;
		put_desc(ring, ring->put + i, id, desc);
	}
	ring->put += count;
}

void packed_publish(struct ring *ring)
{
	if (ring->put == ring->told)
		return;
	__atomic_store_n(&desc_at(ring, ring->told)->flags, ring->telling, __ATOMIC_RELEASE);
	ring->told = ring->put;
}

void packed_want_call(struct ring *ring, int after)
{
	struct vring_packed_desc_event *event = (void *)ring->avail;
	/* Rounds ahead, so that no wish lies before the first round. */
	uint64_t at = ring->taken + (2ULL << 16) * ring->num + after - 1;
	uint16_t flags = VRING_PACKED_EVENT_FLAG_ENABLE;

	if (ring->event_idx)
		flags = VRING_PACKED_EVENT_FLAG_DESC;
	else if (!after)
		flags = VRING_PACKED_EVENT_FLAG_DISABLE;
	event->off_wrap = at % ring->num | (wrap(ring, at) ? WRAP : 0);
	__atomic_store_n(&event->flags, flags, __ATOMIC_SEQ_CST);
}

bool packed_kick_wanted(const struct ring *ring, uint64_t old)
{
	/* Both fields at once, since they belong together. */
	uint32_t event = __atomic_load_n((const uint32_t *)ring->used, __ATOMIC_ACQUIRE);
	uint16_t flags = event >> 16;
	uint64_t at;

	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags == VRING_PACKED_EVENT_FLAG_ENABLE;
	/* In this round or the one before. */
	at = ring->put / ring->num * ring->num + (event & (WRAP - 1));
	if (wrap(ring, at) != !!(event & WRAP))
		at -= ring->num;
	return at - old < ring->put - old;
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
