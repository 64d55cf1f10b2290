// SPDX-License-Identifier: GPL-2.0
/*
 * Taking chains from the available ring: order, indices, heads, chains of
 * direct descriptors (virtio 1.2, 2.7.5 and 2.7.6).
 */
#include "bed.h"
#include "tap.h"

static const u32 sizes[] = { 1, 2, 4, 8, 256, 1024, 16384, 32768 };

#define FOR_SIZES(num) \
	for (u32 n_ = 0, num; n_ < sizeof(sizes) / sizeof(*sizes) && \
	     (num = sizes[n_]); n_++)

/* One descriptor of one byte for each entry, and that is its chain. */
static void single_bytes(struct bed *bed)
{
	u32 i;

	for (i = 0; i < bed->driver.num; i++)
		driver_set(&bed->driver, i, LOW + i % LOW_SIZE, 1, 0, 0);
}

TEST(all_sizes, "2.7: rings of all sizes from 1 to 32768, filled to the last entry")
{
	struct bed bed;
	u32 round, i;

	for (u32 num = 1; num <= 32768; num *= 2) {
		bed_init(&bed, num, READS);
		single_bytes(&bed);
		for (round = 0; round < 2; round++) {
			for (i = 0; i < num; i++)
				driver_offer(&bed.driver, i);
			for (i = 0; i < num; i++) {
				EQUAL(bed_pop(&bed, NO_LIMIT), 1);
				EQUAL(bed.chain.ticket.id, i);
			}
			EQUAL(bed_pop(&bed, NO_LIMIT), 0);
			for (i = 0; i < num; i++)
				bed_push(&bed, 0);
			bed_publish(&bed);
			EQUAL(driver_used_idx(&bed.driver),
			      (u16)((round + 1) * num));
		}
		bed_free(&bed);
	}
}

TEST(order, "2.7.6: chains are taken in the order of the available ring")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 256, READS);
	single_bytes(&bed);
	for (i = 0; i < 256; i++)
		driver_offer(&bed.driver, i * 77 % 256);
	for (i = 0; i < 256; i++) {
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.chain.ticket.id, i * 77 % 256);
		bed_holds(&bed, LOW + i * 77 % 256, 1);
	}
	bed_free(&bed);
}

TEST(wrap, "2.7.13.3: indices wrap at 65536")
{
	struct bed bed;
	u32 i;

	FOR_SIZES(num) {
		bed_init(&bed, num, READS);
		single_bytes(&bed);
		driver_begin_at(&bed.driver, 65533);
		bed_start(&bed);
		for (i = 0; i < 8; i++) {
			driver_offer(&bed.driver, i % num);
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
			EQUAL(bed_pop(&bed, NO_LIMIT), 0);
			bed_push(&bed, 0);
			bed_publish(&bed);
		}
		EQUAL(driver_used_idx(&bed.driver), 5);
		bed_free(&bed);
	}
}

TEST(start, "2.7.8: a ring goes on where its used index stands")
{
	struct bed bed;

	bed_init(&bed, 8, READS);
	single_bytes(&bed);
	driver_begin_at(&bed.driver, 1000);
	driver_offer(&bed.driver, 3);
	driver_offer(&bed.driver, 4);
	bed.driver.used->flags = htole16(1);
	bed_start(&bed);
	EQUAL(driver_used_flags(&bed.driver), 0);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.ticket.id, 3);
	bed_push(&bed, 0);
	bed_publish(&bed);

	/* The next device finds the fourth used, and the other not. */
	bed_start(&bed);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.ticket.id, 4);
	EQUAL(bed_pop(&bed, NO_LIMIT), 0);
	bed_free(&bed);
}

/* Every value the driver may write, while @popped chains are with the device. */
static void try_indices(u32 num, u16 begin, u32 popped)
{
	struct bed bed;
	u32 v, i;

	bed_init(&bed, num, READS);
	single_bytes(&bed);
	driver_begin_at(&bed.driver, begin);
	for (v = 0; v < 65536; v++) {
		u16 ahead = v - begin;
		int ret;

		driver_set_avail_idx(&bed.driver, begin + popped);
		bed_start(&bed);
		for (i = 0; i < popped; i++)
			bed_pop(&bed, NO_LIMIT);

		driver_set_avail_idx(&bed.driver, v);
		ret = bed_pop(&bed, NO_LIMIT);
		if (ahead < popped || ahead > num)
			CHECK(ret == -VHUGE_FAULT_AVAIL,
			      "size %u, begin %u, popped %u, then index %u: %s",
			      num, begin, popped, v,
			      ret == 1 ? "took a chain" : vhuge_fault_text(-ret));
		else
			EQUAL(ret, ahead > popped);
	}
	bed_free(&bed);
}

TEST(jumps, "2.7.6: an available index further ahead than the ring is long is a fault")
{
	FOR_SIZES(num) {
		try_indices(num, 0, 0);
		try_indices(num, 65535 - num / 2, 0);
	}
}

TEST(back, "2.7.6.1: an available index taken back is a fault, also over chains not used yet")
{
	try_indices(1, 65535, 1);
	try_indices(4, 65534, 1);
	try_indices(4, 0, 3);
	try_indices(4, 65535, 4);
	try_indices(256, 65500, 5);
	try_indices(32768, 40000, 2);
}

TEST(heads, "2.7.6: a head outside of the descriptor table is a fault")
{
	struct bed bed;

	FOR_SIZES(num) {
		const u32 heads[] = { num, num + 1, 32768, 65535 };

		bed_init(&bed, num, READS);
		single_bytes(&bed);
		for (u32 i = 0; i < 4; i++) {
			driver_offer(&bed.driver, heads[i]);
			EQUAL(bed_pop(&bed, NO_LIMIT), -VHUGE_FAULT_HEAD);
			/* And it stays one, and nothing is taken. */
			EQUAL(bed_pop(&bed, NO_LIMIT), -VHUGE_FAULT_HEAD);
			driver_set_avail_idx(&bed.driver, bed.driver.idx - 1);
			bed_start(&bed);
		}
		driver_offer(&bed.driver, num - 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		bed_free(&bed);
	}
}

TEST(twice, "2.7.6: a head that is available twice is taken twice")
{
	struct bed bed;

	bed_init(&bed, 4, READS);
	single_bytes(&bed);
	driver_offer(&bed.driver, 2);
	driver_offer(&bed.driver, 2);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.ticket.id, 2);
	EQUAL(bed_pop(&bed, NO_LIMIT), 0);
	bed_free(&bed);
}

/* All descriptors in one chain, each of @length bytes; the last is @last. */
static u32 chain_all(struct bed *bed, u32 length)
{
	u32 i, num = bed->driver.num;

	for (i = 0; i < num; i++)
		driver_set(&bed->driver, i, LOW + i % PAGE, length,
			   i < num - 1 ? NEXT : 0, i + 1);
	return num - 1;
}

TEST(longest, "2.7.5: a chain may be as long as the ring")
{
	struct bed bed;

	FOR_SIZES(num) {
		bed_init(&bed, num, READS);
		chain_all(&bed, 1);
		driver_offer(&bed.driver, 0);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.chain.length, num);
		bed_free(&bed);
	}
}

TEST(loops, "2.7.5.2: a chain that loops is a fault, wherever it leads back to")
{
	struct bed bed;

	FOR_SIZES(num) {
		for (u32 length = 0; length < 2; length++) {
			for (u32 back = 0; back < num; back = 2 * back + 1) {
				u32 last;

				bed_init(&bed, num, READS);
				last = chain_all(&bed, length);
				driver_set(&bed.driver, last, LOW, length, NEXT,
					   back);
				driver_offer(&bed.driver, 0);
				EQUAL(bed_pop(&bed, NO_LIMIT),
				      -VHUGE_FAULT_LOOP);
				bed_free(&bed);
			}
		}
	}
}

TEST(nexts, "2.7.5: a chain that leads out of the descriptor table is a fault")
{
	struct bed bed;

	FOR_SIZES(num) {
		const u32 nexts[] = { num, num + 1, 32768, 65535 };

		for (u32 i = 0; i < 4; i++) {
			bed_init(&bed, num, READS);
			driver_set(&bed.driver, 0, LOW, 1, NEXT, nexts[i]);
			driver_offer(&bed.driver, 0);
			EQUAL(bed_pop(&bed, NO_LIMIT), -VHUGE_FAULT_NEXT);
			bed_free(&bed);
		}
	}
}

TEST(no_next, "2.7.5: next means nothing without its flag, and unknown flags mean nothing")
{
	struct bed bed;
	u32 bit;

	bed_init(&bed, 4, READS | TABLES);
	driver_set(&bed.driver, 0, LOW, 1, 0, 65535);
	driver_offer(&bed.driver, 0);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.length, 1);
	for (bit = 3; bit < 16; bit++)
		EQUAL(bed_try(&bed, LOW, 5, 1U << bit), 1);
	bed_free(&bed);
}

TEST(nothing, "2.7.13.1: descriptors without bytes are no pieces and no faults")
{
	struct bed bed;

	FOR_SIZES(num) {
		bed_init(&bed, num, READS);
		chain_all(&bed, 0);
		driver_offer(&bed.driver, 0);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.chain.pieces, 0);
		EQUAL(bed.chain.cut, 0);
		bed_free(&bed);
	}

	bed_init(&bed, 4, READS);
	driver_set(&bed.driver, 0, LOW, 3, NEXT, 1);
	driver_set(&bed.driver, 1, LOW, 0, NEXT, 2);
	driver_set(&bed.driver, 2, LOW + 3, 4, NEXT, 3);
	driver_set(&bed.driver, 3, LOW, 0, 0, 0);
	driver_offer(&bed.driver, 0);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	bed_holds(&bed, LOW, 7);
	bed_free(&bed);
}

TEST(unpop, "unpop: chains given back are taken again, as they are by then")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 4, READS);
	single_bytes(&bed);
	driver_begin_at(&bed.driver, 65534);
	bed_start(&bed);
	for (i = 0; i < 4; i++)
		driver_offer(&bed.driver, i);
	for (i = 0; i < 4; i++)
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed_pop(&bed, NO_LIMIT), 0);

	bed_unpop(&bed, 3);
	driver_set(&bed.driver, 1, HIGH, 100, 0, 0);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.ticket.id, 1);
	bed_holds(&bed, HIGH, 100);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.ticket.id, 3);
	EQUAL(bed_pop(&bed, NO_LIMIT), 0);

	bed_unpop(&bed, 0);
	EQUAL(bed_pop(&bed, NO_LIMIT), 0);
	bed_unpop(&bed, 4);
	for (i = 0; i < 4; i++)
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	bed_free(&bed);
}

TEST(work, "work: counted for each descriptor that a chain leads to")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 8, READS);
	chain_all(&bed, 1);
	for (i = 0; i < 8; i++) {
		driver_offer(&bed.driver, i);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.ring.work, 7 - i);
	}
	bed_free(&bed);
}

/* Any number of heads that are all the same chain, and that holds nothing. */
TEST(overwork, "work: who stops when it is too much stops soon, in rings of all sizes")
{
	struct bed bed;
	u32 i;

	FOR_SIZES(num) {
		u32 most = 2 * num > 1024 + num ? 2 * num : 1024 + num;

		bed_init(&bed, num, READS);
		chain_all(&bed, 0);
		for (i = 0; i < num; i++)
			driver_offer(&bed.driver, 0);
		bed.chain = (struct vhuge_chain) { .piece = bed.piece };
		for (i = 0; i < num; i++) {
			EQUAL(vhuge_ring_pop(&bed.ring, bed.guest->map,
					     &bed.chain, NO_LIMIT), 1);
			if (vhuge_ring_overworked(&bed.ring))
				break;
		}
		CHECK(bed.ring.work <= most, "%u descriptors in a ring of %u",
		      bed.ring.work, num);
		CHECK(i < num || (num - 1) * num <= 1024,
		      "%u chains of %u, and no complaint", i, num);
		bed_free(&bed);
	}
}

TEST(no_overwork, "work: a driver that hands out its descriptors once does not overwork the device")
{
	struct bed bed;
	u32 i;

	for (u32 num = 1; num <= 32768; num *= 2) {
		for (u32 length = 1; length <= num; length *= 2) {
			bed_init(&bed, num, READS);
			chain_all(&bed, 1);
			bed.chain = (struct vhuge_chain) { .piece = bed.piece };
			for (i = 0; i < num; i += length) {
				driver_set(&bed.driver, i + length - 1, LOW, 1,
					   0, 0);
				driver_offer(&bed.driver, i);
				EQUAL(vhuge_ring_pop(&bed.ring, bed.guest->map,
						     &bed.chain, NO_LIMIT), 1);
			}
			CHECK(!vhuge_ring_overworked(&bed.ring),
			      "ring of %u, chains of %u, work %u", num, length,
			      bed.ring.work);
			bed_free(&bed);
		}
	}
}
