// SPDX-License-Identifier: GPL-2.0
/*
 * What the descriptors of a chain name: direction, memory, and how much of it
 * the caller wants (virtio 1.2, 2.7.4 and 2.7.5).
 */
#include "bed.h"
#include "tap.h"

#define END (NEXT_TO + NEXT_TO_SIZE)

static void try_direction(int features, u16 right, u16 wrong)
{
	struct vring_desc desc[8];
	struct bed bed;
	u32 at, i, len;

	bed_init(&bed, 8, KIND | features);
	for (len = 0; len < 2; len++) {
		for (at = 0; at < 9; at++) {
			for (i = 0; i < 8; i++)
				desc[i] = driver_desc(LOW, len, i == at ?
						      wrong : right, 0);
			driver_chain(&bed.driver, desc, 8);
			EQUAL(bed_pop(&bed, NO_LIMIT),
			      at < 8 ? -VHUGE_FAULT_DIRECTION : 1);
			driver_unchain(&bed.driver, 8);
			bed_start(&bed);
		}
	}
	bed_free(&bed);
}

TEST(direction, "2.7.5.1: a buffer of the other direction is a fault, wherever in the chain")
{
	try_direction(READS, 0, WRITE);
	try_direction(WRITES, WRITE, 0);
}

TEST(exact, "2.7.4.1: buffers of any length at any place around any border")
{
	const u64 borders[] = {
		LOW, LOW + PAGE, LOW + 2 * PAGE, LOW + 3 * PAGE, NEXT_TO, END,
		HIGH, HIGH + PAGE - HIGH_SKEW, HIGH + HIGH_SIZE
	};
	const u32 lengths[] = {
		1, 2, 3, 4, 16, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE - 1,
		2 * PAGE, 2 * PAGE + 1, 3 * PAGE, 6 * PAGE, 6 * PAGE + 1
	};
	struct bed bed;
	u32 i, k;
	int at;

	bed_init(&bed, 8, KIND | READS);
	for (i = 0; i < sizeof(borders) / sizeof(*borders); i++)
		for (k = 0; k < sizeof(lengths) / sizeof(*lengths); k++)
			for (at = -4; at <= 4; at++)
				/* bed_pop() compares it with the model */
				bed_try(&bed, borders[i] + at, lengths[k], 0);
	bed_free(&bed);
}

/* How many pieces it takes, which the model leaves open. */
static void count_pieces(u64 addr, u32 len, u32 pieces)
{
	struct bed bed;

	bed_init(&bed, 1, KIND | WRITES);
	EQUAL(bed_try(&bed, addr, len, WRITE), 1);
	EQUAL(bed.chain.pieces, pieces);
	bed_holds(&bed, addr, len);
	bed_free(&bed);
}

TEST(pieces, "2.7.4.1: a buffer is in as many pieces as its memory is")
{
	count_pieces(LOW, 1, 1);
	count_pieces(LOW, 2 * PAGE, 1);
	count_pieces(LOW + PAGE - 1, 2, 1);
	count_pieces(LOW + 2 * PAGE - 1, 2, 2);
	count_pieces(LOW, 4 * PAGE, 2);
	count_pieces(NEXT_TO - 1, 2, 2);
	count_pieces(LOW, 6 * PAGE, 3);
	count_pieces(HIGH, HIGH_SIZE, 1);
}

TEST(outside, "2.7.5: a buffer that leaves the memory at its start, middle or end is a fault")
{
	const u64 gap = LOW + 2 * PAGE;
	struct bed bed;

	bed_init(&bed, 8, KIND | READS);
	EQUAL(bed_try(&bed, LOW - 1, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, LOW - 1, 2, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, END - 1, 1, 0), 1);
	EQUAL(bed_try(&bed, END - 1, 2, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, END, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, LOW, 0xffffffff, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, HIGH - 1, 2, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, HIGH + HIGH_SIZE, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, 0, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, ~0ULL, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, ~0ULL, 2, 0), -VHUGE_FAULT_MEMORY);

	/* In the middle: with a hole between two regions. */
	bed.guest->map->span[0].length = 2 * PAGE;
	EQUAL(bed_try(&bed, gap - 1, 1, 0), 1);
	EQUAL(bed_try(&bed, gap - 1, 2, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, LOW, 6 * PAGE, 0), -VHUGE_FAULT_MEMORY);
	bed_free(&bed);
}

TEST(no_memory, "2.7.5: without any memory only buffers without bytes are right")
{
	struct bed bed;

	bed_init(&bed, 8, KIND | READS | TABLES);
	EQUAL(bed_try(&bed, HIGH, 1, 0), 1);
	bed.guest->map->nspans = 0;
	EQUAL(bed_try(&bed, HIGH, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, HIGH, 16, INDIRECT), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, 0, 0, 0), 1);
	bed_free(&bed);
}

TEST(other_map, "a map that is exchanged: the span found last does not count")
{
	struct bed bed;

	bed_init(&bed, 8, KIND | READS);
	EQUAL(bed_try(&bed, HIGH, 1, 0), 1);
	bed.guest->map->nspans = 1;
	EQUAL(bed_try(&bed, HIGH, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, LOW, 1, 0), 1);
	bed_holds(&bed, LOW, 1);
	bed_free(&bed);
}

/* No region reaches the last address: one page is the least that is left out. */
TEST(top, "2.7.5: a buffer or table that wraps at 2^64 is a fault, with memory at both ends")
{
	const u64 top = 0ULL - 2 * PAGE;
	struct bed bed;

	bed_init(&bed, 8, KIND | READS | TABLES);
	guest_add(bed.guest, &(struct layout) {
		.guest_addr = top, .user_addr = 0x4000000000, .runs = "1" });
	guest_add(bed.guest, &(struct layout) {
		.guest_addr = 0, .user_addr = 0x3000000000, .runs = "1" });
	EQUAL(bed_try(&bed, top, PAGE, 0), 1);
	EQUAL(bed_try(&bed, ~0ULL, 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, ~0ULL, 2, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, top, PAGE + 1, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, top, 3 * PAGE, 0), -VHUGE_FAULT_MEMORY);

	/* This table's second descriptor would be the first one at address 0. */
	bed_put_desc(&bed, top, driver_desc(LOW, 1, NEXT, 2 * PAGE / 16));
	EQUAL(bed_try(&bed, top, 3 * PAGE, INDIRECT), -VHUGE_FAULT_MEMORY);
	bed_put_desc(&bed, top, driver_desc(LOW, 1, 0, 0));
	EQUAL(bed_try(&bed, top, 3 * PAGE, INDIRECT), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_try(&bed, top, 16 * 64, INDIRECT), 1);
	bed_free(&bed);
}

/* Nobody reads the bytes, so a page of 1 GiB need not be there. */
TEST(great, "2.7.5.2: chains of 2^32 bytes and more are cut, and no sum wraps")
{
	void *page[] = { (void *)0x100000000000 };
	struct vring_desc desc[8];
	struct bed bed;
	u32 i, limit = 0xffffffff;
	u16 place;

	bed_init(&bed, 8, KIND | READS);
	bed.guest->map->nspans = 1;
	bed.guest->map->span[0] = (struct vhuge_span) {
		.guest_addr = 1ULL << 40,
		.length = 1ULL << 30,
		.page_shift = 30,
		.page = page,
	};
	for (i = 0; i < 8; i++)
		desc[i] = driver_desc(1ULL << 40, 1U << 30, 0, 0);
	driver_chain(&bed.driver, desc, 8);

	place = vhuge_ring_place(&bed.ring);
	for (i = 0; i < 2; i++) {
		bed.chain = (struct vhuge_chain) { .piece = bed.piece, .room = 8 };
		EQUAL(vhuge_ring_pop(&bed.ring, bed.guest->map, &bed.chain,
				     limit), 1);
		EQUAL(bed.chain.cut, 1);
		EQUAL(bed.chain.length, limit);
		EQUAL(bed.chain.pieces, i ? 3 : 4);
		EQUAL(bed.chain.piece[0].length, 1U << 30);
		vhuge_ring_unpop(&bed.ring, place);
		limit = 3U << 30;
	}
	bed_free(&bed);
}

/* Three buffers of 10, 20 and 30 bytes, of which the second one straddles. */
static void offer_three(struct bed *bed)
{
	const struct vring_desc desc[] = {
		driver_desc(LOW, 10, 0, 0),
		driver_desc(LOW + 2 * PAGE - 5, 20, 0, 0),
		driver_desc(HIGH, 30, 0, 0)
	};

	driver_chain(&bed->driver, desc, 3);
}

static void use_three(struct bed *bed)
{
	bed_push(bed, 0);
	bed_publish(bed);
}

TEST(limits, "limit: a chain is cut to the bytes that are of use, and says so")
{
	struct bed bed;
	u32 limit;

	bed_init(&bed, 4, KIND | READS);
	for (limit = 0; limit < 70; limit++) {
		offer_three(&bed);
		EQUAL(bed_pop(&bed, limit), 1);
		EQUAL(bed.chain.length, limit < 60 ? limit : 60);
		EQUAL(bed.chain.cut, limit < 60);
		use_three(&bed);
	}
	bed_free(&bed);
}

TEST(beyond, "limit: the memory behind it is not looked at, the chain's form is")
{
	struct vring_desc desc[] = { driver_desc(LOW, 10, 0, 0),
				     driver_desc(0, 10, 0, 0) };
	struct bed bed;

	bed_init(&bed, 4, KIND | READS);
	driver_chain(&bed.driver, desc, 2);
	EQUAL(bed_pop(&bed, 11), -VHUGE_FAULT_MEMORY);
	EQUAL(bed_pop(&bed, 10), 1);
	EQUAL(bed.chain.cut, 1);

	driver_unchain(&bed.driver, 2);
	bed_start(&bed);
	desc[1] = driver_desc(0, 10, WRITE, 0);
	driver_chain(&bed.driver, desc, 2);
	EQUAL(bed_pop(&bed, 10), -VHUGE_FAULT_DIRECTION);
	bed_free(&bed);
}

TEST(rooms, "room: a chain is cut to the pieces that fit, and says so")
{
	struct bed bed;
	u32 room;
	const u32 lengths[] = { 0, 10, 15, 30, 60, 60 };

	bed_init(&bed, 4, KIND | READS);
	for (room = 0; room < 6; room++) {
		offer_three(&bed);
		EQUAL(bed_pop_room(&bed, NO_LIMIT, room), 1);
		EQUAL(bed.chain.length, lengths[room]);
		EQUAL(bed.chain.cut, room < 4);
		CHECK(!bed.piece[room].addr || room > 4,
		      "piece %u was written", room);
		for (u32 i = 0; i < 6; i++)
			bed.piece[i].addr = NULL;
		use_three(&bed);
	}
	bed_free(&bed);
}
