// SPDX-License-Identifier: GPL-2.0
/*
 * No wake-up is lost: the driver takes its steps between any two accesses of
 * the device to the ring. Both with a device whose writes show at once and with
 * one whose writes show as late as its barriers allow.
 */
#include "tap.h"
#include "watch.h"

/* Before which access of the device the driver takes its two steps. */
static u32 access_now, first_at, second_at;
static void (*first_step)(struct driver *driver);
static void (*second_step)(struct driver *driver);
static struct driver *driver;

/* What the driver found out in its second step. */
static bool told, saw;

static bool events;
static u64 before;
static u32 chains;

static void step(enum watch_what what, void *real, size_t size)
{
	(void)what;
	(void)real;
	(void)size;
	if (access_now == first_at)
		first_step(driver);
	if (access_now == second_at)
		second_step(driver);
	access_now++;
}

/*
 * Turns that did not come in between come when the device is done: the next
 * ones before all that it wrote shows.
 */
static void rest(void)
{
	step(0, NULL, 0);
	watch_settle();
	if (first_at >= access_now)
		first_step(driver);
	if (second_at >= access_now)
		second_step(driver);
}

/* Make more available; then, is a kick wanted (2.7.13.4)? */
static void make_available(struct driver *d)
{
	const struct vring_desc desc = driver_desc(LOW, 1, 0, 0);
	u32 i;

	before = d->is_packed ? d->at : d->idx;
	for (i = 0; i < chains; i++)
		driver_chain(d, &desc, 1);
}

static void look_at_packed_wish(const struct driver *d)
{
	u16 flags = le16toh(d->device->flags);
	u64 at;

	if (flags != 2) {
		told = flags != 1;
		return;
	}
	for (at = before; at != d->at; at++)
		told |= le16toh(d->device->off_wrap) == driver_place(d, at);
}

static void look_at_wish(struct driver *d)
{
	u16 event, i;

	if (d->is_packed) {
		look_at_packed_wish(d);
	} else if (!events) {
		told = !(driver_used_flags(d) & 1);
	} else {
		event = driver_avail_event(d);
		for (i = before; i != d->idx; i++)
			told |= i == event;
	}
}

/* Ask to be called for the next used entry; then, is it there (2.7.14)? */
static void ask_for_call(struct driver *d)
{
	if (d->is_packed) {
		d->wish->off_wrap = htole16(driver_place(d, before));
		d->wish->flags = htole16(events ? 2 : 0);
	} else if (events) {
		driver_set_used_event(d, before);
	} else {
		driver_set_avail_flags(d, 0);
	}
}

static void look_at_used(struct driver *d)
{
	if (d->is_packed)
		saw = (driver_get_flags(d, before) &
		       (PACKED_AVAIL | PACKED_USED)) == driver_used(d, before);
	else
		saw = driver_used_idx(d) != (u16)before;
}

/* A driver that came so far, and wants no calls. */
static void come_to(struct driver *d, u16 begin)
{
	if (d->is_packed) {
		d->at = begin;
		d->wish->flags = htole16(1);
		for (u32 i = 1; i <= d->num && i <= begin; i++)
			driver_put_flags(d, begin - i,
					 driver_used(d, begin - i));
		return;
	}
	driver_begin_at(d, begin);
	driver_set_avail_flags(d, 1);
	driver_set_used_event(d, begin - 1);
}

/* A ring that has come to @begin, empty, with nobody wanting to be woken. */
static void at_rest(struct bed *bed, u16 begin)
{
	u32 place;

	bed_init(bed, 4, KIND | (events ? EVENTS : READS));
	driver = &bed->driver;
	come_to(driver, begin);
	watch_ring(bed);
	place = driver->is_packed ? driver_place(driver, driver->at) : 0;
	CHECK(vhuge_ring_start(&bed->ring, place | place << 16), "%u", place);
	vhuge_ring_kick_off(&bed->ring);
	watch_settle();
	told = false;
	saw = false;
	access_now = 0;
}

static void done(struct bed *bed)
{
	watch.before = NULL;
	watch_forget();
	bed_free(bed);
}

static u32 by_wish, by_look, by_both;

static void sum_up(bool asked, bool found, const char *what, u16 begin)
{
	CHECK(asked || found, "%s: lost: %u chains at %u, driver before accesses %u and %u%s",
	      what, chains, begin, first_at, second_at,
	      watch.lazy ? ", writes late" : "");
	by_wish += asked && !found;
	by_look += !asked && found;
	by_both += asked && found;
}

static void kick_turn(u16 begin)
{
	struct bed bed;
	bool more;

	at_rest(&bed, begin);
	first_step = make_available;
	second_step = look_at_wish;
	watch.before = step;
	more = vhuge_ring_kick_on(&bed.ring);
	rest();
	sum_up(told, more, "kick", begin);
	done(&bed);
}

static void call_turn(u16 begin)
{
	bool called, published;
	struct bed bed;
	u32 i;

	at_rest(&bed, begin);
	make_available(driver);
	for (i = 0; i < chains; i++) {
		bed.chain = (struct vhuge_chain) { .piece = bed.piece,
						   .room = 1 };
		EQUAL(vhuge_ring_pop(&bed.ring, bed.guest->map, &bed.chain, 1),
		      1);
		vhuge_ring_push(&bed.ring, bed.chain.ticket, 0);
	}
	first_step = ask_for_call;
	second_step = look_at_used;
	watch.before = step;
	called = vhuge_ring_publish(&bed.ring, &published);
	rest();
	sum_up(called, saw, "call", begin);
	done(&bed);
}

static void turns_at(void (*turn)(u16 begin), u16 begin)
{
	for (chains = 1; chains <= 4; chains++)
		for (second_at = 0; second_at < 8; second_at++)
			for (first_at = 0; first_at <= second_at; first_at++)
				turn(begin);
}

static void all_turns(void (*turn)(u16 begin), bool with_events)
{
	const u16 begins[] = { 0, 1, 32767, 65533, 65535 };

	events = with_events;
	by_wish = 0;
	by_look = 0;
	by_both = 0;
	for (u32 i = 0; i < 10; i++) {
		watch.lazy = i % 2;
		turns_at(turn, begins[i / 2]);
	}
	watch.lazy = false;
	tap_note("%u times woken, %u times seen, %u times both", by_wish,
		 by_look, by_both);
	CHECK(by_wish && by_look, "one way never came up");
}

TEST(kick_flags, "2.7.13.4.1: no kick is lost: flags")
{
	all_turns(kick_turn, false);
}

TEST(kick_events, "2.7.13.4.1: no kick is lost: event index")
{
	all_turns(kick_turn, true);
}

TEST(call_flags, "2.7.14: no call is lost: flags")
{
	all_turns(call_turn, false);
}

TEST(call_events, "2.7.14: no call is lost: event index")
{
	all_turns(call_turn, true);
}
