// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <kselftest.h>

#include "chaos.h"
#include "hugepage.h"
#include "packed.h"

void chaos_seed(struct chaos *chaos, uint64_t seed)
{
	chaos->state = seed * 2 + 1;
}

/* Knuth's multiplier; the upper bits are the good ones. */
static uint32_t any(struct chaos *chaos)
{
	chaos->state = chaos->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return chaos->state >> 32;
}

uint32_t chaos_below(struct chaos *chaos, uint32_t limit)
{
	return (uint64_t)any(chaos) * limit >> 32;
}

static bool one_in(struct chaos *chaos, uint32_t n)
{
	return !chaos_below(chaos, n);
}

/* In the memory, at one of its ends, in its hole, or nowhere. */
static uint64_t address(struct chaos *chaos, const struct guest *guest)
{
	uint64_t border = GUEST_BASE + chaos_below(chaos, guest->pages + 1) * HPAGE;

	switch (chaos_below(chaos, 16)) {
	case 0:
		return (uint64_t)any(chaos) << 32 | any(chaos);
	case 1:
		return -(uint64_t)chaos_below(chaos, 4096);
	case 2 ... 4:
		return border - chaos_below(chaos, 2048);
	default:
		return GUEST_BASE + chaos_below(chaos, guest->pages * HPAGE);
	}
}

static uint32_t length(struct chaos *chaos)
{
	static const uint32_t special[] = { 0, 1, 9, 10, 11, 12, 13, 14, 26, 65535, 65536, ~0U };

	switch (chaos_below(chaos, 8)) {
	case 0:
		return any(chaos);
	case 1 ... 2:
		return special[chaos_below(chaos, ARRAY_SIZE(special))];
	default:
		return chaos_below(chaos, 2048);
	}
}

/* @count: descriptors in the table. */
static struct vring_desc descriptor(struct chaos *chaos, const struct ring *ring, uint32_t count)
{
	struct vring_desc desc = {
		.addr = address(chaos, ring->guest),
		.len = length(chaos),
		.next = one_in(chaos, 16) ? any(chaos) : chaos_below(chaos, count),
	};

	desc.flags = ring->index & 1 ? 0 : VRING_DESC_F_WRITE;
	if (one_in(chaos, 8))
		desc.flags ^= VRING_DESC_F_WRITE;
	if (one_in(chaos, 3))
		desc.flags |= VRING_DESC_F_NEXT;
	if (one_in(chaos, 16))
		desc.flags = any(chaos);
	return desc;
}

/* In the page behind the rings or in the last one: the pages between are not the guest's. */
static void put_table(struct chaos *chaos, struct ring *ring, struct vring_desc *desc)
{
	uint32_t count = 1 + chaos_below(chaos, 2 * ring->num), i;
	uint32_t page = one_in(chaos, 2) ? 1 : ring->guest->pages - 1;
	uint32_t at = chaos_below(chaos, HPAGE - count * sizeof(*desc));
	struct vring_desc entry;

	if (!one_in(chaos, 4))
		at &= ~15U;
	at += page * HPAGE;
	for (i = 0; i < count; i++) {
		entry = descriptor(chaos, ring, count);
		ring_put_desc(ring, ring->guest->bytes + at + i * sizeof(entry), entry);
	}
	desc->addr = GUEST_BASE + at;
	desc->len = count * sizeof(*desc) + (one_in(chaos, 8) ? chaos_below(chaos, 16) : 0);
	desc->flags |= VRING_DESC_F_INDIRECT;
}

/* A frame with a header in one buffer, all bytes of which are the guest's. */
static void put_frame(struct chaos *chaos, struct ring *ring, struct vring_desc *desc)
{
	uint32_t bytes = 1 + chaos_below(chaos, 1600), i;
	uint32_t at = HPAGE + chaos_below(chaos, HPAGE - 2048);

	for (i = 0; i < 40; i++)
		ring->guest->bytes[at + i] = one_in(chaos, 2) ? 0 : any(chaos);
	*desc = (struct vring_desc) { .addr = GUEST_BASE + at, .len = bytes };
	if (!(ring->index & 1))
		desc->flags = VRING_DESC_F_WRITE;
}

static void put_any(struct chaos *chaos, struct ring *ring, struct vring_desc *desc)
{
	switch (chaos_below(chaos, 4)) {
	case 0:
		*desc = descriptor(chaos, ring, ring->num);
		break;
	case 1:
		*desc = descriptor(chaos, ring, ring->num);
		put_table(chaos, ring, desc);
		break;
	default:
		put_frame(chaos, ring, desc);
		break;
	}
}

/* At once available, and behind the one before: the device goes round with it. */
static void offer_packed(struct chaos *chaos, struct ring *ring)
{
	struct vring_packed_desc *to;
	struct vring_desc desc;

	put_any(chaos, ring, &desc);
	to = (struct vring_packed_desc *)ring->desc + ring->put % ring->num;
	to->addr = desc.addr;
	to->len = desc.len;
	to->id = one_in(chaos, 64) ? any(chaos) : chaos_below(chaos, ring->num);
	if (!one_in(chaos, 64))
		desc.flags = (desc.flags & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE |
					    VRING_DESC_F_INDIRECT)) |
			     packed_available(ring, ring->put);
	__atomic_store_n(&to->flags, desc.flags, __ATOMIC_RELEASE);
	ring->put++;
}

static void offer(struct chaos *chaos, struct ring *ring)
{
	uint32_t head = chaos_below(chaos, ring->num);

	if (ring->packed) {
		offer_packed(chaos, ring);
		return;
	}
	put_any(chaos, ring, &ring->desc[head]);
	ring_put_head(ring, one_in(chaos, 64) ? any(chaos) : head);
}

static void scribble(struct chaos *chaos, void *area, uint32_t bytes)
{
	((unsigned char *)area)[chaos_below(chaos, bytes)] = any(chaos);
}

static void jump(struct chaos *chaos, struct ring *ring)
{
	uint32_t over = one_in(chaos, 8) ? any(chaos) : chaos_below(chaos, ring->num);

	if (ring->packed)
		ring->put += over;
	else
		ring->next_avail += over;
}

/* What a split ring and what a packed one is called by. */
static void wish(struct chaos *chaos, struct ring *ring)
{
	ring->avail->flags = any(chaos);
	ring->avail->idx = ring->packed ? any(chaos) : ring->avail->idx;
	ring->avail->ring[ring->num] = any(chaos);
}

void chaos_do(struct chaos *chaos, struct ring *ring)
{
	switch (chaos_below(chaos, 64)) {
	case 0:
		scribble(chaos, ring->avail, 6 + 2 * ring->num);
		break;
	case 1:
		scribble(chaos, ring->used, 6 + 8 * ring->num);
		break;
	case 2 ... 5:
		scribble(chaos, ring->desc, 16 * ring->num);
		break;
	case 6:
		jump(chaos, ring);
		break;
	case 7:
		wish(chaos, ring);
		break;
	case 8 ... 15:
		if (!ring->packed)
			ring_publish(ring);
		break;
	default:
		offer(chaos, ring);
		break;
	}
}
