// SPDX-License-Identifier: GPL-2.0
/*
 * Who is told what in a packed ring: calls and kicks by flag and by place (virtio
 * 1.2, 2.8.10).
 */
#include "bed.h"
#include "tap.h"

static const u32 sizes[] = { 1, 2, 3, 5, 7, 64 };

#define FOR_SIZES(num) \
	for (u32 n_ = 0, num; n_ < sizeof(sizes) / sizeof(*sizes) && \
	     (num = sizes[n_]); n_++)

static void wish(struct bed *bed, u16 flags, u16 place)
{
	bed->driver.wish->flags = htole16(flags);
	bed->driver.wish->off_wrap = htole16(place);
}

/* Use @count chains of one descriptor each; whether to call is the model's, too. */
static bool use(struct bed *bed, u32 count)
{
	const struct vring_desc desc = driver_desc(LOW, 1, 0, 0);
	u32 i;

	for (i = 0; i < count; i++)
		driver_chain(&bed->driver, &desc, 1);
	for (i = 0; i < count; i++) {
		EQUAL(bed_pop(bed, NO_LIMIT), 1);
		bed_push(bed, 0);
	}
	return bed_publish(bed);
}

TEST(flags, "2.8.10: called unless the flags say disabled; their other bits mean nothing")
{
	struct bed bed;
	u32 flags;

	bed_init(&bed, 5, PACKED);
	for (flags = 0; flags < 256; flags++) {
		wish(&bed, flags, 0);
		EQUAL(use(&bed, flags % 6), flags % 6 && (flags & 3) != 1);
	}
	bed_free(&bed);
}

TEST(places, "2.8.10: called when the place the driver named is among them, in any round")
{
	struct bed bed;
	u32 place, count, calls;

	FOR_SIZES(num) {
		bed_init(&bed, num, PACKED | EVENTS);
		for (count = 0; count <= num; count++) {
			calls = 0;
			for (place = 0; place < 2 * num; place++) {
				wish(&bed, 2, driver_place(&bed.driver, place));
				calls += use(&bed, count);
			}
			CHECK(!count == !calls, "%u used: %u calls", count,
			      calls);
		}
		bed_free(&bed);
	}
}

TEST(every_place, "2.8.10: from every place with every place named, in rounds of either kind")
{
	struct bed bed;
	u32 from, place, count;

	FOR_SIZES(num) {
		if (num > 7)
			continue;
		for (from = 0; from < 2 * num; from++) {
			bed_init(&bed, num, PACKED | EVENTS);
			wish(&bed, 1, 0);
			for (u32 i = 0; i < from; i++)
				use(&bed, 1);
			for (place = 0; place < 2 * num; place++) {
				for (count = 0; count <= num; count++) {
					wish(&bed, 2, driver_place(&bed.driver,
								   place));
					use(&bed, count);
					wish(&bed, 1, 0);
					/* back to where it was */
					use(&bed, (2 * num - count) / 2);
					use(&bed, 2 * num - count -
					    (2 * num - count) / 2);
				}
			}
			bed_free(&bed);
		}
	}
}

TEST(place_alone, "2.8.10: without event index a place means nothing")
{
	struct bed bed;

	bed_init(&bed, 4, PACKED);
	wish(&bed, 2, driver_place(&bed.driver, 3));
	EQUAL(use(&bed, 1), 1);
	bed_free(&bed);
}

static void expect_wish(const struct bed *bed, u16 flags, u64 at)
{
	EQUAL(le16toh(bed->driver.device->flags), flags);
	if (flags == 2)
		EQUAL(le16toh(bed->driver.device->off_wrap),
		      driver_place(&bed->driver, at));
}

TEST(kicks, "2.8.10: kicks are switched off by flag, and on by flag or for the next place")
{
	struct bed bed;
	u32 i;

	for (int features = READS; features <= EVENTS; features += EVENTS) {
		bed_init(&bed, 3, PACKED | features);
		for (i = 0; i < 20; i++) {
			vhuge_ring_kick_off(&bed.ring);
			expect_wish(&bed, 1, 0);
			EQUAL(vhuge_ring_kick_on(&bed.ring), 0);
			expect_wish(&bed, features & EVENTS ? 2 : 0, i);
			use(&bed, 1);
		}
		bed_free(&bed);
	}
}

TEST(unpop, "2.8.10: chains given back are known: only more of them is worth a kick")
{
	const struct vring_desc desc = driver_desc(LOW, 1, 0, 0);
	struct bed bed;
	u32 i, k;

	bed_init(&bed, 5, PACKED | EVENTS);
	for (i = 0; i < 20; i++) {
		u64 at = bed.driver.at;

		for (k = 0; k < 2; k++) {
			driver_chain(&bed.driver, &desc, 1);
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		}
		EQUAL(bed_pop(&bed, NO_LIMIT), 0);
		bed_unpop(&bed, 2);
		EQUAL(vhuge_ring_kick_on(&bed.ring), 0);
		expect_wish(&bed, 2, at + 2);
		driver_chain(&bed.driver, &desc, 1);
		EQUAL(vhuge_ring_kick_on(&bed.ring), 1);
		for (k = 0; k < 3; k++)
			EQUAL(bed_pop(&bed, NO_LIMIT), 1);
		while (bed.aways)
			bed_push(&bed, 0);
		bed_publish(&bed);
	}
	bed_free(&bed);
}
