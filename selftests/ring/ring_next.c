// SPDX-License-Identifier: GPL-2.0
/*
 * Where the next descriptor is in chains and tables of split rings (virtio 1.2,
 * 2.7.5).
 */
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

TEST(table_next, "2.7.5.3: a chain that leads out of its table is a fault")
{
	const struct vring_desc end = driver_desc(HIGH, 1, 0, 0);
	struct vring_desc out;
	struct bed bed;
	u32 next;

	bed_init(&bed, 8, READS | TABLES);
	put_table(&bed, TABLE, 64);
	for (next = 4; next < 65536; next += next < 70 ? 1 : 1021) {
		out = driver_desc(HIGH, 1, NEXT, next);
		guest_put(bed.guest, TABLE + 2 * 16, &out, 16);
		if (next < 64)
			guest_put(bed.guest, TABLE + next * 16, &end, 16);
		EQUAL(pop_table(&bed, TABLE, 64, 0), -VHUGE_FAULT_NEXT);
	}
	bed_free(&bed);
}

TEST(table_loops, "2.7.5.2: a loop in a table is a fault")
{
	struct vring_desc loop;
	struct bed bed;
	u32 back, len;

	bed_init(&bed, 8, READS | TABLES);
	for (len = 0; len < 2; len++) {
		for (back = 0; back < 10; back++) {
			put_table(&bed, TABLE, 10);
			loop = driver_desc(HIGH, len, NEXT, back);
			guest_put(bed.guest, TABLE + 9 * 16, &loop, 16);
			EQUAL(pop_table(&bed, TABLE, 160, 0),
			      -VHUGE_FAULT_LOOP);
		}
	}
	bed_free(&bed);
}

/* A byte that is all the caller wants, and a descriptor that leads to @next. */
static int pop_one_of_two(struct bed *bed, u16 flags, u16 next)
{
	driver_set(&bed->driver, 0, LOW, 1, NEXT, 1);
	driver_set(&bed->driver, 1, 0, 1, flags, next);
	return bed_pop(bed, 1);
}

TEST(beyond, "limit: where the chain leads is looked at behind it, too")
{
	struct bed bed;

	bed_init(&bed, 4, READS);
	driver_offer(&bed.driver, 0);
	EQUAL(pop_one_of_two(&bed, NEXT, 0), -VHUGE_FAULT_LOOP);
	EQUAL(pop_one_of_two(&bed, NEXT, 4), -VHUGE_FAULT_NEXT);
	EQUAL(pop_one_of_two(&bed, 0, 4), 1);
	bed_free(&bed);
}
