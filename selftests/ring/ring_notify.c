// SPDX-License-Identifier: GPL-2.0
/*
 * Used entries, and who is told what: calls and kicks with flags and with
 * event indices (virtio 1.2, 2.7.7, 2.7.8, 2.7.10).
 */
#include <string.h>

#include "bed.h"
#include "tap.h"

/* Use @count chains, from scratch, with indices that begin at @begin. */
static bool use(struct bed *bed, u16 begin, u32 count)
{
	u32 i;

	driver_begin_at(&bed->driver, begin);
	driver_set_avail_idx(&bed->driver, begin + count);
	bed_start(bed);
	for (i = 0; i < count; i++) {
		EQUAL(bed_pop(bed, NO_LIMIT), 1);
		bed_push(bed, i);
	}
	return bed_publish(bed);
}

TEST(entries, "2.7.8: used entries name the chains and bytes, at places that wrap")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 8, READS);
	driver_begin_at(&bed.driver, 65530);
	bed_start(&bed);
	for (i = 0; i < 20; i++) {
		driver_offer(&bed.driver, i % 8);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		/* checks the entry */
		bed_push(&bed, 0xffffffff - i);
		bed_publish(&bed);
	}
	bed_free(&bed);
}

TEST(unseen, "2.7.8.2: the used index stays until entries are published")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 8, READS);
	for (i = 0; i < 8; i++)
		driver_offer(&bed.driver, i);
	for (i = 0; i < 8; i++) {
		bed_pop(&bed, NO_LIMIT);
		bed_push(&bed, 0);
		EQUAL(driver_used_idx(&bed.driver), 0);
	}
	bed_publish(&bed);
	EQUAL(driver_used_idx(&bed.driver), 8);
	bed_free(&bed);
}

TEST(in_order, "2.7.9: in order, chains that were read have one entry, the others all")
{
	struct bed bed;
	u32 i, writes;

	for (writes = 0; writes < 2; writes++) {
		bed_init(&bed, 8, ORDER | (writes ? WRITES : READS));
		driver_begin_at(&bed.driver, 65530);
		bed_start(&bed);
		memset(bed.driver.used->ring, 0x55, 8 * 8);
		for (i = 0; i < 8; i++) {
			driver_set(&bed.driver, i, LOW, 4,
				   writes ? WRITE : 0, 0);
			driver_offer(&bed.driver, i);
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		}
		/* checks where the entries are, and the index */
		for (i = 0; i < 5; i++)
			bed_push(&bed, i);
		bed_publish(&bed);
		for (i = 5; i < 8; i++)
			bed_push(&bed, i);
		bed_publish(&bed);
		for (i = 0; i < 8; i++)
			EQUAL(driver_used_id(&bed.driver, 65530 + i),
			      writes ? i : i == 0 ? 4 : i == 5 ? 7 : 0x55555555);
		bed_free(&bed);
	}
}

TEST(none, "2.7.7.2: with nothing to publish nobody is called and nothing is written")
{
	struct bed bed;
	int features;

	for (features = READS; features <= EVENTS; features += EVENTS) {
		bed_init(&bed, 4, features);
		EQUAL(use(&bed, 100, 4), features == READS);
		bed.driver.used->idx = htole16(7);
		bed.model.shown = 7;
		bed.model.used = 7;
		driver_set_used_event(&bed.driver, 103);
		EQUAL(bed_publish(&bed), 0);
		bed_free(&bed);
	}
}

TEST(event, "2.7.7.2: with event index: called when the entry the driver named is among them")
{
	const u16 begins[] = { 0, 32766, 65534 };
	struct bed bed;
	u32 i, count, event;

	bed_init(&bed, 4, EVENTS);
	for (i = 0; i < 3; i++) {
		for (count = 0; count <= 4; count++) {
			for (event = 0; event < 65536; event++) {
				u16 before = event - begins[i];

				driver_set_used_event(&bed.driver, event);
				EQUAL(use(&bed, begins[i], count),
				      before < count);
			}
		}
	}
	bed_free(&bed);
}

TEST(event_once, "2.7.7.2: with event index: one call in 65536 entries, in batches of any size")
{
	struct bed bed;
	u32 batch, done, calls;

	for (batch = 1; batch <= 32; batch = batch * 2 + 1) {
		bed_init(&bed, 64, EVENTS);
		driver_set_used_event(&bed.driver, 54321);
		for (done = calls = 0; done < 65536; done += batch) {
			u32 i, n = done + batch > 65536 ? 65536 - done : batch;

			for (i = 0; i < n; i++)
				driver_offer(&bed.driver, i);
			for (i = 0; i < n; i++) {
				bed_pop(&bed, NO_LIMIT);
				bed_push(&bed, 0);
			}
			calls += bed_publish(&bed);
		}
		EQUAL(calls, 1);
		bed_free(&bed);
	}
}

TEST(event_flags, "2.7.7.2: with event index the flags of the available ring mean nothing")
{
	struct bed bed;
	u32 flags;

	bed_init(&bed, 4, EVENTS);
	for (flags = 0; flags < 4; flags++) {
		driver_set_avail_flags(&bed.driver, flags);
		driver_set_used_event(&bed.driver, 1);
		EQUAL(use(&bed, 0, 2), 1);
		EQUAL(use(&bed, 2, 2), 0);
	}
	bed_free(&bed);
}

TEST(flags, "2.7.7.2: without event index bit 0 of the flags decides, not the event")
{
	struct bed bed;
	u32 flags;

	bed_init(&bed, 4, READS);
	for (flags = 0; flags < 65536; flags++) {
		driver_set_avail_flags(&bed.driver, flags);
		driver_set_used_event(&bed.driver, flags);
		EQUAL(use(&bed, flags, flags % 5),
		      flags % 5 && !(flags & 1));
	}
	bed_free(&bed);
}

static bool kick_on(struct bed *bed)
{
	bool more = vhuge_ring_kick_on(&bed->ring);

	EQUAL(more, model_kick_on(&bed->model));
	return more;
}

TEST(kick_flags, "2.7.10.2: without event index kicks are switched off and on in the used flags")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 4, READS);
	for (i = 0; i < 3; i++) {
		vhuge_ring_kick_off(&bed.ring);
		EQUAL(driver_used_flags(&bed.driver), 1);
		vhuge_ring_kick_off(&bed.ring);
		EQUAL(driver_used_flags(&bed.driver), 1);
		EQUAL(kick_on(&bed), 0);
		EQUAL(driver_used_flags(&bed.driver), 0);
		EQUAL(kick_on(&bed), 0);
		EQUAL(driver_avail_event(&bed.driver), 0);
	}
	vhuge_ring_kick_off(&bed.ring);
	bed_start(&bed);
	EQUAL(driver_used_flags(&bed.driver), 0);
	vhuge_ring_kick_off(&bed.ring);
	EQUAL(driver_used_flags(&bed.driver), 1);
	bed_free(&bed);
}

TEST(kick_event, "2.7.10.2: with event index the flags stay 0, and the next entry is awaited")
{
	struct bed bed;
	u32 i;

	bed_init(&bed, 4, EVENTS);
	driver_begin_at(&bed.driver, 65534);
	bed_start(&bed);
	for (i = 0; i < 5; i++) {
		vhuge_ring_kick_off(&bed.ring);
		EQUAL(driver_used_flags(&bed.driver), 0);
		EQUAL(kick_on(&bed), 0);
		EQUAL(driver_avail_event(&bed.driver), (u16)(65534 + i));
		driver_offer(&bed.driver, i % 4);
		EQUAL(kick_on(&bed), 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		bed_push(&bed, 0);
		bed_publish(&bed);
		EQUAL(driver_used_flags(&bed.driver), 0);
	}
	bed_free(&bed);
}

TEST(kick_unpop, "2.7.10.2: chains given back are known: only more of them is worth a kick")
{
	struct bed bed;

	for (int features = READS; features <= EVENTS; features += EVENTS) {
		bed_init(&bed, 4, features);
		driver_offer(&bed.driver, 0);
		driver_offer(&bed.driver, 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 0);
		bed_unpop(&bed, 2);
		EQUAL(kick_on(&bed), 0);
		EQUAL(driver_avail_event(&bed.driver),
		      features & EVENTS ? 2 : 0);
		driver_offer(&bed.driver, 2);
		EQUAL(kick_on(&bed), 1);
		EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		EQUAL(bed.chain.ticket.id, 0);
		bed_free(&bed);
	}
}

TEST(faults, "a fault has a text, and what is none has one, too")
{
	u32 i, k;

	for (i = 0; i < VHUGE_FAULTS; i++) {
		CHECK(vhuge_fault_text(i) && *vhuge_fault_text(i),
		      "fault %u has none", i);
		for (k = 0; k < i; k++)
			CHECK(vhuge_fault_text(i) != vhuge_fault_text(k),
			      "%u and %u have the same", i, k);
	}
	CHECK(vhuge_fault_text(VHUGE_FAULTS), "none");
	CHECK(vhuge_fault_text(-1), "none");
}
