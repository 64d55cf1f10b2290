// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of indirect descriptors (virtio 1.2, 2.7.5.3).
 */
#include <string.h>

#include "bed.h"
#include "tap.h"

/* A table's place where no page border is near. */
#define TABLE (LOW + 1024)

/* Put a table of @count descriptors, a byte each, at @table. */
static void put_table(struct bed *bed, u64 table, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		bed_put_desc(bed, table + i * 16,
			     driver_desc(HIGH + i % 1024, 1,
					 i < count - 1 ? NEXT : 0, i + 1));
}

/* Pop a chain that is one descriptor for a table. */
static int pop_table(struct bed *bed, u64 table, u32 len, u16 flags)
{
	return bed_try(bed, table, len, INDIRECT | flags);
}

TEST(plain, "2.7.5.3: a table's descriptors are the chain")
{
	struct bed bed;
	u32 count;

	bed_init(&bed, 8, KIND | READS | TABLES);
	for (count = 1; count <= 64; count++) {
		put_table(&bed, TABLE, count);
		EQUAL(pop_table(&bed, TABLE, count * 16, 0), 1);
		bed_holds(&bed, HIGH, count);
	}
	bed_free(&bed);
}

TEST(behind_direct, "2.7.5.3.2: direct descriptors may stand before a table")
{
	const struct vring_desc desc[] = {
		driver_desc(LOW, 5, 0, 0), driver_desc(LOW + 5, 6, 0, 0),
		driver_desc(TABLE, 160, INDIRECT, 0)
	};
	struct bed bed;

	bed_init(&bed, 4, KIND | READS | TABLES);
	put_table(&bed, TABLE, 10);
	driver_chain(&bed.driver, desc, 3);
	EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.ticket.id, 0);
	EQUAL(bed.chain.length, 21);
	bed_free(&bed);
}

TEST(write_flag, "2.7.5.3.2: the write flag of the descriptor of a table is ignored")
{
	struct bed bed;

	bed_init(&bed, 8, KIND | READS | TABLES);
	put_table(&bed, TABLE, 2);
	EQUAL(pop_table(&bed, TABLE, 32, WRITE), 1);
	EQUAL(pop_table(&bed, TABLE, 32, 0), 1);
	bed_free(&bed);
}

TEST(nested, "2.7.5.3.1: a table in a table is a fault")
{
	struct vring_desc nested = driver_desc(TABLE + 512, 16, INDIRECT, 0);
	struct bed bed;
	u32 at;

	bed_init(&bed, 8, KIND | READS | TABLES);
	put_table(&bed, TABLE + 512, 1);
	for (at = 0; at < 5; at++) {
		put_table(&bed, TABLE, 5);
		bed_put_desc(&bed, TABLE + at * 16, nested);
		EQUAL(pop_table(&bed, TABLE, 80, 0), -VHUGE_FAULT_INDIRECT);
	}
	bed_free(&bed);
}

TEST(with_next, "2.7.5.3.1: a table's descriptor with a next one is a fault")
{
	struct bed bed;

	bed_init(&bed, 8, KIND | READS | TABLES);
	put_table(&bed, TABLE, 2);
	EQUAL(pop_table(&bed, TABLE, 32, NEXT), -VHUGE_FAULT_INDIRECT);
	bed_free(&bed);
}

TEST(negotiated, "2.7.5.3.1: a table without the feature is a fault")
{
	struct bed bed;

	bed_init(&bed, 8, KIND | READS);
	put_table(&bed, TABLE, 2);
	EQUAL(pop_table(&bed, TABLE, 32, 0), -VHUGE_FAULT_INDIRECT);
	bed_free(&bed);
}

TEST(lengths, "2.7.5.3: a table's length is a multiple of 16, not 0, at most 32768 descriptors")
{
	struct bed bed;
	u32 len;

	bed_init(&bed, 8, KIND | READS | TABLES);
	put_table(&bed, TABLE, 1);
	for (len = 0; len < 1024; len++)
		EQUAL(pop_table(&bed, TABLE, len, 0), len && len % 16 == 0 ?
		      1 : -VHUGE_FAULT_INDIRECT);
	/* A table of a packed ring is the chain, whatever is in it. */
	EQUAL(pop_table(&bed, TABLE, 32768 * 16, 0), bed.driver.is_packed ?
	      -VHUGE_FAULT_LOOP : 1);
	EQUAL(pop_table(&bed, TABLE, 32768 * 16 + 1, 0), -VHUGE_FAULT_INDIRECT);
	EQUAL(pop_table(&bed, TABLE, 32769 * 16, 0), -VHUGE_FAULT_INDIRECT);
	EQUAL(pop_table(&bed, TABLE, 0xfffffff0, 0), -VHUGE_FAULT_INDIRECT);
	EQUAL(pop_table(&bed, TABLE, 0xffffffff, 0), -VHUGE_FAULT_INDIRECT);
	bed_free(&bed);
}

TEST(table_bound, "2.7.5.3.1: a table's chain is as long as the ring, or 64, at most")
{
	struct bed bed;

	for (u32 num = 1; num <= 512; num *= 2) {
		u32 most = num > 64 ? num : 64;

		bed_init(&bed, num, KIND | READS | TABLES);
		put_table(&bed, LOW, most);
		EQUAL(pop_table(&bed, LOW, most * 16, 0), 1);
		EQUAL(bed.chain.length, most);
		put_table(&bed, LOW, most + 1);
		EQUAL(pop_table(&bed, LOW, (most + 1) * 16, 0),
		      -VHUGE_FAULT_LOOP);
		bed_free(&bed);
	}
}

TEST(alignment, "2.7.5.3: a table may lie at any byte, across any pages and regions")
{
	const u64 borders[] = {
		LOW + PAGE, LOW + 2 * PAGE, LOW + 3 * PAGE, NEXT_TO,
		NEXT_TO + PAGE, HIGH + 2 * PAGE - HIGH_SKEW
	};
	struct bed bed;
	u32 i, before;

	bed_init(&bed, 8, KIND | READS | TABLES);
	for (i = 0; i < sizeof(borders) / sizeof(*borders); i++) {
		for (before = 0; before <= 80; before++) {
			put_table(&bed, borders[i] - before, 5);
			EQUAL(pop_table(&bed, borders[i] - before, 80, 0), 1);
			bed_holds(&bed, HIGH, 5);
		}
	}
	bed_free(&bed);
}

TEST(outside, "2.7.5.3: a table outside of the memory, or partly, is a fault")
{
	const u64 end = NEXT_TO + NEXT_TO_SIZE;
	struct bed bed;

	bed_init(&bed, 8, KIND | READS | TABLES);
	EQUAL(pop_table(&bed, 0, 32, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(pop_table(&bed, LOW - 1, 32, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(pop_table(&bed, LOW - 16, 32, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(pop_table(&bed, end, 32, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(pop_table(&bed, ~0ULL, 32, 0), -VHUGE_FAULT_MEMORY);
	EQUAL(pop_table(&bed, ~0ULL - 15, 32, 0), -VHUGE_FAULT_MEMORY);
	bed_free(&bed);
}

/* What is not there is only missed when the chain comes to it. */
TEST(partly, "2.7.5.3: a table that leaves the memory is a fault where the chain goes there")
{
	const u64 end = NEXT_TO + NEXT_TO_SIZE;
	struct bed bed;
	u32 before;

	bed_init(&bed, 8, KIND | READS | TABLES);
	for (before = 1; before < 80; before++) {
		u64 table = end - before, whole = before / 16;
		struct vring_desc on = driver_desc(HIGH, 1, NEXT, whole);

		put_table(&bed, table, whole);
		EQUAL(pop_table(&bed, table, 80, 0),
		      whole && !bed.driver.is_packed ? 1 : -VHUGE_FAULT_MEMORY);
		if (!whole || bed.driver.is_packed)
			continue;
		guest_put(bed.guest, table + (whole - 1) * 16, &on, 16);
		EQUAL(pop_table(&bed, table, 80, 0), -VHUGE_FAULT_MEMORY);
	}
	bed_free(&bed);
}

/* Drivers of packed rings are known that mark what they send as to be written. */
TEST(table_direction, "2.7.5: each descriptor of a table has the direction of the ring")
{
	struct vring_desc wrong;
	struct bed bed;
	u32 at;

	bed_init(&bed, 8, KIND | READS | TABLES);
	for (at = 0; at < 5; at++) {
		put_table(&bed, TABLE, 5);
		wrong = driver_desc(HIGH, 1, WRITE | (at < 4 ? NEXT : 0),
				    at + 1);
		bed_put_desc(&bed, TABLE + at * 16, wrong);
		EQUAL(pop_table(&bed, TABLE, 80, 0),
		      bed.driver.is_packed ? 1 : -VHUGE_FAULT_DIRECTION);
	}
	bed_free(&bed);
}

TEST(table_to_write, "2.7.5: a table of a ring to be written has nothing else")
{
	struct bed bed;

	bed_init(&bed, 8, KIND | WRITES | TABLES);
	put_table(&bed, TABLE, 5);
	EQUAL(pop_table(&bed, TABLE, 80, 0), -VHUGE_FAULT_DIRECTION);
	bed_free(&bed);
}
