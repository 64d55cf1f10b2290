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
static struct vring_desc sound(const struct ring *ring, uint64_t addr, uint32_t length,
			       uint16_t flags)
{
	if (is_rx(ring))
		flags ^= VRING_DESC_F_WRITE;
	return (struct vring_desc) { .addr = addr, .len = length, .flags = flags };
}

static void one(struct ring *ring, uint64_t addr, uint32_t length, uint16_t flags)
{
	struct vring_desc desc = sound(ring, addr, length, flags);

	ring_offer_raw(ring, &desc, 1);
}

/* Of as many descriptors as the ring has. */
static void all(struct ring *ring, uint32_t length, uint16_t flags)
{
	struct vring_desc descs[NUM];
	unsigned int i;

	for (i = 0; i < NUM; i++)
		descs[i] = sound(ring, SOMEWHERE, length, flags);
	ring_offer_raw(ring, descs, NUM);
}

/* A descriptor of a split ring that leads to another one. */
static void link_to(struct ring *ring, unsigned int at, uint32_t length, uint16_t next)
{
	ring->desc[at] = sound(ring, SOMEWHERE, length, VRING_DESC_F_NEXT);
	ring->desc[at].next = next;
}

static void head_is_num(struct ring *ring)
{
	ring_put_head(ring, NUM);
}

static void head_is_far(struct ring *ring)
{
	ring_put_head(ring, 0xffff);
}

static void avail_jumps(struct ring *ring)
{
	ring->next_avail += NUM + 1;
}

static void avail_jumps_far(struct ring *ring)
{
	ring->next_avail += 0x8000;
}

static void avail_goes_back(struct ring *ring)
{
	ring->next_avail--;
}

static void loop_of_one_empty(struct ring *ring)
{
	link_to(ring, 0, 0, 0);
	ring_put_head(ring, 0);
}

static void loop_of_one(struct ring *ring)
{
	link_to(ring, 0, 1, 0);
	ring_put_head(ring, 0);
}

static void loop_of_all(struct ring *ring)
{
	unsigned int i;

	for (i = 0; i < NUM; i++)
		link_to(ring, i, 1, (i + 1) % NUM);
	ring_put_head(ring, 7);
}

static void loop_behind_a_packet(struct ring *ring)
{
	link_to(ring, 0, is_rx(ring) ? 10 : 74, 1);
	link_to(ring, 1, 0, 2);
	link_to(ring, 2, 0, 1);
	ring_put_head(ring, 0);
}

static void next_is_num(struct ring *ring)
{
	link_to(ring, 0, 20, NUM);
	ring_put_head(ring, 0);
}

static void next_is_far(struct ring *ring)
{
	link_to(ring, 0, 20, 0xffff);
	ring_put_head(ring, 0);
}

/* A packed ring has no other loop than the ring itself. */
static void no_end(struct ring *ring)
{
	all(ring, 1, VRING_DESC_F_NEXT);
}

static void no_end_of_empty_ones(struct ring *ring)
{
	all(ring, 0, VRING_DESC_F_NEXT);
}

static void begins_before_memory(struct ring *ring)
{
	one(ring, GUEST_BASE - 10, 100, 0);
}

static void begins_in_hole(struct ring *ring)
{
	one(ring, HOLE_END - 10, 100, 0);
}

static void ends_in_hole(struct ring *ring)
{
	one(ring, HOLE_BEGIN - 10, 100, 0);
}

static void ends_behind_memory(struct ring *ring)
{
	one(ring, END - 10, 100, 0);
}

static void wraps(struct ring *ring)
{
	one(ring, -10ULL, 100, 0);
}

static void at_zero(struct ring *ring)
{
	one(ring, 0, 100, 0);
}

static void second_leaves_memory(struct ring *ring)
{
	struct vring_desc descs[] = {
		sound(ring, SOMEWHERE, 20, 0),
		sound(ring, HOLE_BEGIN, 20, 0),
	};

	ring_offer_raw(ring, descs, 2);
}

static void giant_leaves_memory(struct ring *ring)
{
	one(ring, is_rx(ring) ? END - 10 : END - 20000, ~0U, 0);
}

static void wrong_direction(struct ring *ring)
{
	one(ring, SOMEWHERE, 100, VRING_DESC_F_WRITE);
}

/* Device-writable before device-readable (virtio 1.2, 2.7.4.2). */
static void wrong_direction_first(struct ring *ring)
{
	struct vring_desc descs[] = {
		sound(ring, SOMEWHERE, 20, VRING_DESC_F_WRITE),
		sound(ring, SOMEWHERE, 100, 0),
	};

	ring_offer_raw(ring, descs, 2);
}

/* Chains with no room for a header, and one with nothing behind it. */
static void no_header(struct ring *ring)
{
	unsigned int length;

	for (length = 0; length <= 12; length++)
		one(ring, SOMEWHERE, length, 0);
}

static void header_of_empty_descriptors(struct ring *ring)
{
	all(ring, 0, 0);
}

/* More bytes than any packet has, in memory of the guest. */
static void giant(struct ring *ring)
{
	one(ring, GUEST_BASE + HPAGE, ~0U, 0);
}

static void giant_of_many(struct ring *ring)
{
	all(ring, 65536, 0);
}

/* A receive buffer that nothing fits into. */
static void empty(struct ring *ring)
{
	one(ring, SOMEWHERE, 0, 0);
}

/* An indirect table in page 1, of one descriptor, which is sound but for @flags. */
static struct vring_desc table_of(struct ring *ring, uint64_t addr, uint32_t length,
				  uint16_t flags)
{
	ring_put_desc(ring, ring->guest->bytes + HPAGE, sound(ring, addr, length, flags));
	return (struct vring_desc) {
		.addr = GUEST_BASE + HPAGE, .len = 16, .flags = VRING_DESC_F_INDIRECT,
	};
}

/* A sound one that is said to have @bytes. */
static void table_said(struct ring *ring, uint32_t bytes)
{
	struct vring_desc named = table_of(ring, SOMEWHERE, 100, 0);

	named.len = bytes;
	ring_offer_raw(ring, &named, 1);
}

static void table_with(struct ring *ring, uint64_t addr, uint32_t length, uint16_t flags)
{
	struct vring_desc named = table_of(ring, addr, length, flags);

	ring_offer_raw(ring, &named, 1);
}

static void table_at(struct ring *ring, uint64_t addr, uint32_t bytes)
{
	struct vring_desc named = {
		.addr = addr, .len = bytes, .flags = VRING_DESC_F_INDIRECT,
	};

	ring_offer_raw(ring, &named, 1);
}

static void table(struct ring *ring)
{
	table_said(ring, 16);
}

static void table_in_table(struct ring *ring)
{
	struct vring_desc named = table_of(ring, SOMEWHERE, 100, 0);

	ring_put_desc(ring, ring->guest->bytes + HPAGE, named);
	ring_offer_raw(ring, &named, 1);
}

static void table_empty(struct ring *ring)
{
	table_said(ring, 0);
}

static void table_of_half(struct ring *ring)
{
	table_said(ring, 8);
}

static void table_of_one_and_half(struct ring *ring)
{
	table_said(ring, 24);
}

static void table_too_long(struct ring *ring)
{
	table_said(ring, 16 * 32769);
}

/* In a packed ring all of it belongs to the chain. */
static void table_longer_than_chains(struct ring *ring)
{
	table_said(ring, 16 * 32768);
}

static void table_giant(struct ring *ring)
{
	table_said(ring, -16);
}

static void table_with_next(struct ring *ring)
{
	struct vring_desc descs[] = {
		table_of(ring, SOMEWHERE, 100, 0),
		sound(ring, SOMEWHERE, 100, 0),
	};

	ring_offer_raw(ring, descs, 2);
}

static void table_outside(struct ring *ring)
{
	table_at(ring, HOLE_BEGIN, 16);
}

/* Its second descriptor, which the first leads to, is in the hole. */
static void table_at_the_end(struct ring *ring)
{
	struct vring_desc first = sound(ring, SOMEWHERE, 100, VRING_DESC_F_NEXT);

	first.next = 1;
	ring_put_desc(ring, ring->guest->bytes + ATTACK_HOLE * HPAGE - 16, first);
	table_at(ring, HOLE_BEGIN - 16, 32);
}

static void table_wraps(struct ring *ring)
{
	table_at(ring, -16ULL, 32);
}

static void table_next_is_count(struct ring *ring)
{
	struct vring_desc named = table_of(ring, SOMEWHERE, 100, VRING_DESC_F_NEXT);

	((struct vring_desc *)(ring->guest->bytes + HPAGE))->next = 1;
	ring_offer_raw(ring, &named, 1);
}

static void table_loop(struct ring *ring)
{
	table_with(ring, SOMEWHERE, 1, VRING_DESC_F_NEXT);
}

static void table_leaves_memory(struct ring *ring)
{
	table_with(ring, HOLE_BEGIN - 50, 100, 0);
}

static void table_wrong_direction(struct ring *ring)
{
	table_with(ring, SOMEWHERE, 100, VRING_DESC_F_WRITE);
}

#define SPLIT ATTACK_SPLIT
#define PACKED ATTACK_PACKED
#define BREAKS(function, where) { #function, function, where, 0, NULL }

const struct attack attacks[] = {
	BREAKS(head_is_num, SPLIT),
	BREAKS(head_is_far, SPLIT),
	BREAKS(avail_jumps, SPLIT),
	BREAKS(avail_jumps_far, SPLIT),
	BREAKS(avail_goes_back, SPLIT),
	BREAKS(loop_of_one_empty, SPLIT),
	BREAKS(loop_of_one, SPLIT),
	BREAKS(loop_of_all, SPLIT),
	BREAKS(loop_behind_a_packet, SPLIT),
	BREAKS(next_is_num, SPLIT),
	BREAKS(next_is_far, SPLIT),
	BREAKS(no_end, PACKED),
	BREAKS(no_end_of_empty_ones, PACKED),
	BREAKS(begins_before_memory, SPLIT | PACKED),
	BREAKS(begins_in_hole, SPLIT | PACKED),
	BREAKS(ends_in_hole, SPLIT | PACKED),
	BREAKS(ends_behind_memory, SPLIT | PACKED),
	BREAKS(wraps, SPLIT | PACKED),
	BREAKS(at_zero, SPLIT | PACKED),
	BREAKS(second_leaves_memory, SPLIT | PACKED),
	BREAKS(giant_leaves_memory, SPLIT | PACKED),
	BREAKS(wrong_direction, SPLIT | PACKED),
	BREAKS(wrong_direction_first, SPLIT | PACKED),
	BREAKS(table_in_table, SPLIT | PACKED),
	BREAKS(table_empty, SPLIT | PACKED),
	BREAKS(table_of_half, SPLIT | PACKED),
	BREAKS(table_of_one_and_half, SPLIT | PACKED),
	BREAKS(table_too_long, SPLIT | PACKED),
	BREAKS(table_giant, SPLIT | PACKED),
	BREAKS(table_with_next, SPLIT | PACKED),
	BREAKS(table_outside, SPLIT | PACKED),
	BREAKS(table_at_the_end, SPLIT | PACKED),
	BREAKS(table_wraps, SPLIT | PACKED),
	BREAKS(table_leaves_memory, SPLIT | PACKED),
	BREAKS(table_wrong_direction, SPLIT),
	/* What is sent may have the flag there: DPDK sets it. */
	BREAKS(table_wrong_direction, PACKED | ATTACK_RX),
	BREAKS(table_next_is_count, SPLIT),
	BREAKS(table_loop, SPLIT),
	BREAKS(table_longer_than_chains, PACKED),
	BREAKS(table, ATTACK_NO_INDIRECT),
	{ "empty", empty, SPLIT | PACKED | ATTACK_RX, 0, NULL },
	{ "no_header", no_header, SPLIT | PACKED | ATTACK_TX, 13, "short" },
	{ "header_of_empty_descriptors", header_of_empty_descriptors,
	  SPLIT | PACKED | ATTACK_TX, 1, "short" },
	{ "giant", giant, SPLIT | PACKED | ATTACK_TX, 1, "long" },
	{ "giant_of_many", giant_of_many, SPLIT | PACKED | ATTACK_TX, 1, "long" },
	{ NULL, NULL, 0, 0, NULL },
};
