// SPDX-License-Identifier: GPL-2.0
/*
 * Taking chains from a packed ring and giving them back: availability, wrap
 * counters, ids, chains of direct descriptors, places (virtio 1.2, 2.8).
 */
#include "bed.h"
#include "tap.h"

static const u32 sizes[] = { 1, 2, 3, 5, 7, 64, 255, 256, 1000, 32767, 32768 };

#define FOR_SIZES(num) \
	for (u32 n_ = 0, num; n_ < sizeof(sizes) / sizeof(*sizes) && \
	     (num = sizes[n_]); n_++)

/* A chain of @count bytes that lie in the memory one after the other. */
static u16 offer(struct bed *bed, u32 count)
{
	static struct vring_desc desc[32768];
	u32 i;

	for (i = 0; i < count; i++)
		desc[i] = driver_desc(LOW + i % LOW_SIZE, 1, 0, 0);
	return driver_chain(&bed->driver, desc, count);
}

/* Where the device is told to go on. */
static void begin_at(struct bed *bed, u64 at)
{
	u32 i;

	bed->driver.at = at;
	/* As a driver and a device leave it that came that far. */
	for (i = 1; i <= bed->driver.num && i <= at; i++)
		driver_put_flags(&bed->driver, at - i,
				 driver_used(&bed->driver, at - i));
	bed_start(bed);
}

TEST(all_sizes, "2.8: rings of any size from 1 to 32768, filled to the last descriptor")
{
	struct bed bed;
	u32 round, i;

	FOR_SIZES(num) {
		bed_init(&bed, num, PACKED);
		for (round = 0; round < 3; round++) {
			for (i = 0; i < num; i++)
				offer(&bed, 1);
			for (i = 0; i < num; i++) {
				EQUAL(bed_pop(&bed, NO_LIMIT), 1);
				EQUAL(bed.chain.ticket.id, i);
			}
			EQUAL(bed_pop(&bed, NO_LIMIT), 0);
			while (bed.aways)
				bed_push(&bed, 0);
			bed_publish(&bed);
		}
		bed_free(&bed);
	}
}

TEST(rounds, "2.8.1: wrap counters flip at the end of the ring, thousands of times")
{
	struct bed bed;
	u32 i, length;

	FOR_SIZES(num) {
		bed_init(&bed, num, PACKED);
		for (i = 0; i < 5000 + 3 * num && i < 20000; i++) {
			length = 1 + i % (num < 6 ? num : 6);
			offer(&bed, length);
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
			EQUAL(bed.chain.ticket.slots, length);
			EQUAL(bed_pop(&bed, NO_LIMIT), 0);
			bed_push(&bed, i % 3);
			bed_publish(&bed);
		}
		bed_free(&bed);
	}
}

TEST(marks, "2.8.1: of all flags two bits say what is available, by the wrap counter")
{
	struct bed bed;
	u64 at;
	u32 v;

	bed_init(&bed, 3, PACKED);
	for (at = 0; at < 12; at++) {
		for (v = 0; v < 4; v++) {
			u16 flags = (v & 1 ? PACKED_AVAIL : 0) |
				    (v & 2 ? PACKED_USED : 0);

			begin_at(&bed, at);
			driver_put(&bed.driver, at, LOW, 1, 0);
			driver_put_flags(&bed.driver, at, flags);
			EQUAL(bed_pop(&bed, NO_LIMIT),
			      flags == (at / 3 % 2 ? PACKED_USED :
						     PACKED_AVAIL));
		}
	}
	bed_free(&bed);
}

TEST(unknown_flags, "2.8.6: flags that nobody knows mean nothing")
{
	struct bed bed;
	u32 bit;

	bed_init(&bed, 4, PACKED | TABLES);
	for (bit = 3; bit < 15; bit++)
		if (bit != 7)
			EQUAL(bed_try(&bed, LOW, 5, 1U << bit), 1);
	bed_free(&bed);
}

TEST(ids, "2.8.6: the last descriptor of a chain has its id, and any will do")
{
	struct driver *driver;
	struct bed bed;
	u32 id, k;

	bed_init(&bed, 7, PACKED);
	driver = &bed.driver;
	for (id = 0; id < 65536; id += 13) {
		for (k = 0; k < 3; k++) {
			u64 at = driver->at + 2 - k;

			driver_put(driver, at, LOW, 1, k ? ~id : id);
			driver_put_flags(driver, at, (k ? NEXT : 0) |
					 driver_available(driver, at));
		}
		driver->at += 3;
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.chain.ticket.id, id);
		EQUAL(bed.chain.ticket.slots, 3);
		bed_push(&bed, 3);
		bed_publish(&bed);
	}
	bed_free(&bed);
}

TEST(twice, "2.8.5: an id that is given twice is used twice")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 4, PACKED);
	for (i = 0; i < 2; i++) {
		driver_put(&bed.driver, i, LOW, 1, 77);
		driver_put_flags(&bed.driver, i, PACKED_AVAIL);
	}
	for (i = 0; i < 2; i++)
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
	EQUAL(bed.chain.ticket.id, 77);
	bed_push(&bed, 0);
	bed_push(&bed, 0);
	bed_publish(&bed);
	bed_free(&bed);
}

TEST(longest, "2.8.6: a chain may be as long as the ring, and begin anywhere")
{
	struct bed bed;
	u32 i;

	FOR_SIZES(num) {
		bed_init(&bed, num, PACKED);
		for (i = 0; i < 4; i++) {
			begin_at(&bed, i * (num / 3 + 1));
			offer(&bed, num);
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
			EQUAL(bed.chain.length, num);
			EQUAL(bed.chain.ticket.slots, num);
			bed_push(&bed, num);
			bed_publish(&bed);
		}
		bed_free(&bed);
	}
}

/* All have the next flag, and @length bytes. */
TEST(endless, "2.8.19: a chain without an end is a fault")
{
	struct bed bed;
	u32 i, length;

	FOR_SIZES(num) {
		for (length = 0; length < 2; length++) {
			bed_init(&bed, num, PACKED);
			for (i = 0; i < num; i++) {
				driver_put(&bed.driver, i, LOW, length, 0);
				driver_put_flags(&bed.driver, i,
						 NEXT | PACKED_AVAIL);
			}
			EQUAL(bed_pop(&bed, NO_LIMIT), -VHUGE_FAULT_LOOP);
			EQUAL(bed_pop(&bed, NO_LIMIT), -VHUGE_FAULT_LOOP);
			bed_free(&bed);
		}
	}
}

TEST(into_flight, "2.8.19: a chain does not lead into what is popped or not published")
{
	struct bed bed;
	u32 i, pushed;

	for (pushed = 0; pushed < 3; pushed++) {
		bed_init(&bed, 5, PACKED);
		bed.careless = true;
		for (i = 0; i < 3; i++)
			offer(&bed, 1);
		for (i = 0; i < 3; i++)
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		for (i = 0; i < pushed; i++)
			bed_push(&bed, 0);
		offer(&bed, 3);
		EQUAL(bed_pop(&bed, NO_LIMIT), -VHUGE_FAULT_LOOP);
		bed_publish(&bed);
		EQUAL(bed_pop(&bed, NO_LIMIT),
		      pushed ? 1 : -VHUGE_FAULT_LOOP);
		bed_free(&bed);
	}
}

TEST(again, "2.8.1: what is available again before it was used is a fault")
{
	struct bed bed;
	u32 i;

	FOR_SIZES(num) {
		bed_init(&bed, num, PACKED);
		bed.careless = true;
		offer(&bed, num);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 0);
		for (i = 0; i < 2; i++) {
			offer(&bed, 1);
			EQUAL(bed_pop(&bed, NO_LIMIT), -VHUGE_FAULT_AVAIL);
			bed.driver.at--;
			/* Pushed is not published. */
			if (!i)
				bed_push(&bed, 0);
		}
		bed_publish(&bed);
		offer(&bed, 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		bed_free(&bed);
	}
}

TEST(nothing, "2.8.21: descriptors without bytes are no pieces and no faults")
{
	static struct vring_desc desc[32768];
	struct bed bed;

	FOR_SIZES(num) {
		bed_init(&bed, num, PACKED);
		driver_chain(&bed.driver, desc, num);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.chain.pieces, 0);
		EQUAL(bed.chain.cut, 0);
		bed_free(&bed);
	}
}

TEST(table_slots, "2.8.7: a table takes one place, and its descriptors' next flags mean nothing")
{
	const u64 table = LOW + 1024;
	struct bed bed;
	u32 count, i;

	bed_init(&bed, 3, PACKED | TABLES);
	for (count = 1; count <= 64; count++) {
		for (i = 0; i < count; i++) {
			struct vring_packed_desc desc = {
				.addr = htole64(HIGH + i), .len = htole32(1),
				.id = htole16(i),
				.flags = htole16(count % 3 ? 0 : i % 2 ? NEXT :
						 PACKED_AVAIL),
			};

			guest_put(bed.guest, table + i * 16, &desc, 16);
		}
		EQUAL(bed_try(&bed, table, count * 16, INDIRECT), 1);
		EQUAL(bed.chain.ticket.slots, 1);
		bed_holds(&bed, HIGH, count);
	}
	bed_free(&bed);
}

TEST(unpop, "unpop: chains given back are taken again, as they are by then")
{
	struct bed bed;
	u32 i;

	for (u64 at = 0; at < 20; at++) {
		bed_init(&bed, 10, PACKED);
		begin_at(&bed, at);
		for (i = 1; i <= 4; i++)
			offer(&bed, i);
		for (i = 1; i <= 4; i++)
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 0);

		bed_unpop(&bed, 3);
		/* The second one's second buffer is another one now. */
		driver_put(&bed.driver, at + 2, HIGH, 100, 999);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.chain.ticket.id, 999);
		EQUAL(bed.chain.length, 101);
		bed_unpop(&bed, 2);
		for (i = 1; i <= 4; i++) {
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
			EQUAL(bed.chain.ticket.slots, i);
		}
		EQUAL(bed_pop(&bed, NO_LIMIT), 0);
		bed_unpop(&bed, 0);
		EQUAL(bed_pop(&bed, NO_LIMIT), 0);
		bed_free(&bed);
	}
}

TEST(batch, "2.8.22: used descriptors show all at once: the flags of the first come last")
{
	struct bed bed;
	u32 i, count;
	u64 at = 0;

	bed_init(&bed, 7, PACKED | WRITES);
	for (count = 1; count <= 7; count++, at = bed.driver.at) {
		for (i = 0; i < count; i++) {
			struct vring_desc desc = driver_desc(LOW, 9, WRITE, 0);

			driver_chain(&bed.driver, &desc, 1);
		}
		for (i = 0; i < count; i++)
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		for (i = 0; i < count; i++) {
			bed_push(&bed, i);
			CHECK(driver_get_flags(&bed.driver, at) ==
			      (WRITE | driver_available(&bed.driver, at)),
			      "flags 0x%x", driver_get_flags(&bed.driver, at));
		}
		/* checks all flags, before and after */
		bed_publish(&bed);
	}
	bed_free(&bed);
}

TEST(in_order, "2.8.8: in order, chains that were read have one used descriptor, the others all")
{
	struct bed bed;
	u32 i, k, writes;

	for (writes = 0; writes < 2; writes++) {
		bed_init(&bed, 7, PACKED | ORDER | (writes ? WRITES : READS));
		for (i = 0; i < 40; i++) {
			struct vring_desc desc = driver_desc(LOW, 9, writes ?
							     WRITE : 0, 0);
			u32 last = bed.driver.at + i % 7;
			u16 marks;

			for (k = 0; k <= i % 7; k++) {
				driver_chain(&bed.driver, &desc, 1);
				EQUAL(bed_pop(&bed, NO_LIMIT), 1);
				bed_push(&bed, 9 * writes);
			}
			/* checks the one, or all */
			bed_publish(&bed);
			marks = driver_get_flags(&bed.driver, last) &
				(PACKED_AVAIL | PACKED_USED);
			EQUAL(marks, writes || !(i % 7) ?
			      driver_used(&bed.driver, last) :
			      driver_available(&bed.driver, last));
		}
		bed_free(&bed);
	}
}

/* Returns whether the ring starts there, and that it goes on there if it does. */
static bool starts(struct bed *bed, u32 base)
{
	if (!vhuge_ring_start(&bed->ring, base))
		return false;
	EQUAL(vhuge_ring_base(&bed->ring), (base & 0xffff) | base << 16);
	EQUAL(bed->driver.device->flags, 0);
	return true;
}

TEST(bases, "2.8.1: a base is the place of the next chain and the same for the next used one")
{
	struct bed bed;
	u32 place, other;

	FOR_SIZES(num) {
		bed_init(&bed, num, PACKED);
		for (place = 0; place < 65536; place++) {
			bool in_ring = place % 32768 < num;

			bed.driver.device->flags = 1;
			EQUAL(starts(&bed, place | place << 16), in_ring);
			/* DPDK knows 16 bits of a base. */
			EQUAL(starts(&bed, place), in_ring);
			other = place ^ (1 << place % 16);
			if (other)
				EQUAL(starts(&bed, place | other << 16), 0);
		}
		bed_free(&bed);
	}
}

TEST(go_on, "2.8.1: a ring goes on where it was left, with another device")
{
	struct bed bed;
	u32 i, base;

	bed_init(&bed, 5, PACKED);
	for (i = 0; i < 40; i++) {
		offer(&bed, 1 + i % 3);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		bed_push(&bed, 0);
		bed_publish(&bed);
		base = vhuge_ring_base(&bed.ring);
		bed.ring.packed = (struct vhuge_packed) {};
		driver_attach(&bed.driver, &bed.ring);
		CHECK(vhuge_ring_start(&bed.ring, base), "base 0x%x", base);
	}
	bed_free(&bed);
}

TEST(work, "work: counted for each descriptor that a chain leads to")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 8, PACKED);
	for (i = 1; i <= 8; i++) {
		offer(&bed, i);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.ring.work, i - 1);
		bed_push(&bed, 0);
		bed_publish(&bed);
	}
	bed_free(&bed);
}
