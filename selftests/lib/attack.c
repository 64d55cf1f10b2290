// SPDX-License-Identifier: GPL-2.0
#include "attack.h"
#include "hugepage.h"

#define NUM ATTACK_NUM
#define HOLE_BEGIN (GUEST_BASE + ATTACK_HOLE * HPAGE)
#define HOLE_END (HOLE_BEGIN + HPAGE)
#define END (GUEST_BASE + ATTACK_PAGES * HPAGE)
/* In page 1, where nothing else is. */
#define SOMEWHERE (GUEST_BASE + HPAGE + HPAGE / 2)

static bool is_rx(const struct ring *ring)
{
	return ring->index == RX;
}

/* A descriptor of the right direction for the ring, unless @flags turns it. */
static void put_desc(struct ring *ring, struct vring_desc *at, uint64_t addr, uint32_t length,
		     uint16_t flags, uint16_t next)
{
	if (is_rx(ring))
		flags ^= VRING_DESC_F_WRITE;
	*at = (struct vring_desc) { addr, length, flags, next };
}

static void one(struct ring *ring, uint64_t addr, uint32_t length, uint16_t flags, uint16_t next)
{
	put_desc(ring, &ring->desc[0], addr, length, flags, next);
	ring_put_head(ring, 0);
}

void attack_head_is_num(struct ring *ring)
{
	ring_put_head(ring, NUM);
}

void attack_head_is_far(struct ring *ring)
{
	ring_put_head(ring, 0xffff);
}

void attack_avail_jumps(struct ring *ring)
{
	ring->next_avail += NUM + 1;
}

void attack_avail_jumps_far(struct ring *ring)
{
	ring->next_avail += 0x8000;
}

void attack_avail_goes_back(struct ring *ring)
{
	ring->next_avail--;
}

void attack_loop_of_one_empty(struct ring *ring)
{
	one(ring, SOMEWHERE, 0, VRING_DESC_F_NEXT, 0);
}

void attack_loop_of_one(struct ring *ring)
{
	one(ring, SOMEWHERE, 1, VRING_DESC_F_NEXT, 0);
}

void attack_loop_of_all(struct ring *ring)
{
	unsigned int i;

	for (i = 0; i < NUM; i++)
		put_desc(ring, &ring->desc[i], SOMEWHERE, 1, VRING_DESC_F_NEXT, (i + 1) % NUM);
	ring_put_head(ring, 7);
}

void attack_loop_behind_a_packet(struct ring *ring)
{
	put_desc(ring, &ring->desc[0], SOMEWHERE, is_rx(ring) ? 10 : 74, VRING_DESC_F_NEXT, 1);
	put_desc(ring, &ring->desc[1], SOMEWHERE, 0, VRING_DESC_F_NEXT, 2);
	put_desc(ring, &ring->desc[2], SOMEWHERE, 0, VRING_DESC_F_NEXT, 1);
	ring_put_head(ring, 0);
}

void attack_next_is_num(struct ring *ring)
{
	one(ring, SOMEWHERE, 20, VRING_DESC_F_NEXT, NUM);
}

void attack_next_is_far(struct ring *ring)
{
	one(ring, SOMEWHERE, 20, VRING_DESC_F_NEXT, 0xffff);
}

void attack_begins_before_memory(struct ring *ring)
{
	one(ring, GUEST_BASE - 10, 100, 0, 0);
}

void attack_begins_in_hole(struct ring *ring)
{
	one(ring, HOLE_END - 10, 100, 0, 0);
}

void attack_ends_in_hole(struct ring *ring)
{
	one(ring, HOLE_BEGIN - 10, 100, 0, 0);
}

void attack_ends_behind_memory(struct ring *ring)
{
	one(ring, END - 10, 100, 0, 0);
}

void attack_wraps(struct ring *ring)
{
	one(ring, -10ULL, 100, 0, 0);
}

void attack_at_zero(struct ring *ring)
{
	one(ring, 0, 100, 0, 0);
}

void attack_second_leaves_memory(struct ring *ring)
{
	put_desc(ring, &ring->desc[0], SOMEWHERE, 20, VRING_DESC_F_NEXT, 1);
	put_desc(ring, &ring->desc[1], HOLE_BEGIN, 20, 0, 0);
	ring_put_head(ring, 0);
}

void attack_giant_leaves_memory(struct ring *ring)
{
	one(ring, is_rx(ring) ? END - 10 : END - 20000, ~0U, 0, 0);
}

void attack_wrong_direction(struct ring *ring)
{
	one(ring, SOMEWHERE, 100, VRING_DESC_F_WRITE, 0);
}

/* Device-writable before device-readable (virtio 1.2, 2.7.4.2). */
void attack_wrong_direction_first(struct ring *ring)
{
	put_desc(ring, &ring->desc[0], SOMEWHERE, 20, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	put_desc(ring, &ring->desc[1], SOMEWHERE, 100, 0, 0);
	ring_put_head(ring, 0);
}

/* Chains with no room for a header, and one with nothing behind it. */
void attack_no_header(struct ring *ring)
{
	unsigned int length;

	for (length = 0; length <= 12; length++) {
		put_desc(ring, &ring->desc[length], SOMEWHERE, length, 0, 0);
		ring_put_head(ring, length);
	}
}

void attack_header_of_empty_descriptors(struct ring *ring)
{
	unsigned int i;

	for (i = 0; i < NUM; i++)
		put_desc(ring, &ring->desc[i], SOMEWHERE, 0, i + 1 < NUM ? VRING_DESC_F_NEXT : 0,
			 i + 1);
	ring_put_head(ring, 0);
}

/* More bytes than any packet has, in memory of the guest. */
void attack_giant(struct ring *ring)
{
	one(ring, GUEST_BASE + HPAGE, ~0U, 0, 0);
}

void attack_giant_of_many(struct ring *ring)
{
	unsigned int i;

	for (i = 0; i < NUM; i++)
		put_desc(ring, &ring->desc[i], SOMEWHERE, 65536,
			 i + 1 < NUM ? VRING_DESC_F_NEXT : 0, i + 1);
	ring_put_head(ring, 0);
}

/* A receive buffer that nothing fits into. */
void attack_empty(struct ring *ring)
{
	one(ring, SOMEWHERE, 0, 0, 0);
}

/* An indirect table in page 1; the descriptor that names it is the caller's. */
static struct vring_desc *table_of(struct ring *ring)
{
	return (struct vring_desc *)(ring->guest->bytes + HPAGE);
}

static void name_table(struct ring *ring, uint64_t addr, uint32_t length, uint16_t flags)
{
	ring->desc[0] = (struct vring_desc) { addr, length, VRING_DESC_F_INDIRECT | flags, 1 };
	ring_put_head(ring, 0);
}

/* A table of one sound descriptor, which is said to have @length bytes. */
static void sound_table(struct ring *ring, uint32_t length, uint16_t flags)
{
	put_desc(ring, table_of(ring), SOMEWHERE, 100, 0, 0);
	name_table(ring, GUEST_BASE + HPAGE, length, flags);
}

void attack_table(struct ring *ring)
{
	sound_table(ring, 16, 0);
}

void attack_table_in_table(struct ring *ring)
{
	sound_table(ring, 16, 0);
	table_of(ring)->addr = GUEST_BASE + HPAGE;
	table_of(ring)->len = 16;
	table_of(ring)->flags = VRING_DESC_F_INDIRECT;
}

void attack_table_empty(struct ring *ring)
{
	sound_table(ring, 0, 0);
}

void attack_table_of_half(struct ring *ring)
{
	sound_table(ring, 8, 0);
}

void attack_table_of_one_and_half(struct ring *ring)
{
	sound_table(ring, 24, 0);
}

void attack_table_too_long(struct ring *ring)
{
	sound_table(ring, 16 * 32769, 0);
}

void attack_table_giant(struct ring *ring)
{
	sound_table(ring, -16, 0);
}

void attack_table_with_next(struct ring *ring)
{
	put_desc(ring, &ring->desc[1], SOMEWHERE, 100, 0, 0);
	sound_table(ring, 16, VRING_DESC_F_NEXT);
}

void attack_table_outside(struct ring *ring)
{
	name_table(ring, HOLE_BEGIN, 16, 0);
}

void attack_table_at_the_end(struct ring *ring)
{
	/* Its second descriptor, which the first leads to, is in the hole. */
	struct vring_desc *last = table_of(ring) + HPAGE / 16 - 1;

	put_desc(ring, last, SOMEWHERE, 100, VRING_DESC_F_NEXT, 1);
	name_table(ring, HOLE_BEGIN - 16, 32, 0);
}

void attack_table_wraps(struct ring *ring)
{
	name_table(ring, -16ULL, 32, 0);
}

void attack_table_next_is_count(struct ring *ring)
{
	sound_table(ring, 16, 0);
	table_of(ring)->flags |= VRING_DESC_F_NEXT;
	table_of(ring)->next = 1;
}

void attack_table_loop(struct ring *ring)
{
	sound_table(ring, 16, 0);
	table_of(ring)->flags |= VRING_DESC_F_NEXT;
	table_of(ring)->len = 1;
}

void attack_table_leaves_memory(struct ring *ring)
{
	sound_table(ring, 16, 0);
	table_of(ring)->addr = HOLE_BEGIN - 50;
}

void attack_table_wrong_direction(struct ring *ring)
{
	sound_table(ring, 16, 0);
	table_of(ring)->flags ^= VRING_DESC_F_WRITE;
}
