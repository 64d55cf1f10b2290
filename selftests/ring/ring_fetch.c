// SPDX-License-Identifier: GPL-2.0
/*
 * How the device touches memory of the guest: each byte it reads for a chain it
 * reads once, so a driver that changes it afterwards changes nothing; it writes
 * what is used only; and barriers stand where they are needed. Built for each
 * kind of ring.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odds.h"
#include "tap.h"
#include "watch.h"

/* Everything read or written in one call, and its log as text. */
static struct access {
	const char *real;
	size_t size;
} accesses[8192];

static u32 count;
static char sequence[256];

/* What the driver writes over all that was read. */
enum change { NO_CHANGE, COMPLEMENT, ZERO, CHANCE };

static enum change change;
static struct odds change_odds;

static void change_it(char *real, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (change == COMPLEMENT)
			real[i] ^= 0xff;
		else
			real[i] = change == ZERO ? 0 : odds(&change_odds, 256);
	}
}

static void note_read(enum watch_what what, void *real, size_t size)
{
	if (what == WATCH_WROTE)
		CHECK(false, "%zu bytes were written at %p", size, real);
	if (what != WATCH_READ)
		return;
	if (count == sizeof(accesses) / sizeof(*accesses))
		abort();
	accesses[count++] = (struct access) { real, size };
	if (change != NO_CHANGE)
		change_it(real, size);
}

static int by_address(const void *a, const void *b)
{
	const struct access *x = a, *y = b;

	return x->real < y->real ? -1 : x->real > y->real;
}

static void check_once(void)
{
	u32 i;

	qsort(accesses, count, sizeof(*accesses), by_address);
	for (i = 1; i < count; i++)
		CHECK(accesses[i - 1].real + accesses[i - 1].size <=
		      accesses[i].real, "%p was read twice", accesses[i].real);
}

/* A ring that is full of what may be chains. */
static void scatter_packed(struct odds *o, struct driver *driver, bool writes)
{
	u64 at;

	for (at = 0; at < driver->num; at++) {
		struct vring_desc desc = odds_desc(o, driver->num, writes);
		u16 flags = le16toh(desc.flags);

		if (!odds_one_in(o, 60))
			flags = (flags & ~PACKED_USED) | PACKED_AVAIL;
		driver_put(driver, at, le64toh(desc.addr), le32toh(desc.len),
			   odds_any(o));
		driver_put_flags(driver, at, flags);
	}
}

/* Descriptors anywhere, and tables of them at any byte of the memory. */
static void scatter(struct odds *o, struct bed *bed, bool writes)
{
	u32 i, num = bed->driver.num;

	for (i = 0; i < 400; i++)
		bed_put_desc(bed, LOW + odds(o, LOW_SIZE + NEXT_TO_SIZE - 16) /
			     16 * 16, odds_desc(o, 8, writes));
	if (KIND == PACKED) {
		scatter_packed(o, &bed->driver, writes);
		return;
	}
	for (i = 0; i < num; i++)
		bed->driver.desc[i] = odds_desc(o, num, writes);
	for (i = 0; i < num; i++)
		driver_offer(&bed->driver,
			     odds(o, num + odds_one_in(o, 20)));
}

/* Outcomes: a chain, the ring's end, and the faults. */
static u32 outcomes[2 + VHUGE_FAULTS];

static void show_outcomes(void)
{
	u32 fault;

	tap_note("%u chains", outcomes[1]);
	for (fault = 1; fault < VHUGE_FAULTS; fault++)
		if (outcomes[1 + fault])
			tap_note("%u times: %s", outcomes[1 + fault],
				 vhuge_fault_text(fault));
}

static void show_real(struct vhuge_chain *chain)
{
	u32 i;

	for (i = 0; i < chain->pieces; i++)
		chain->piece[i].addr = watch_real(chain->piece[i].addr,
						  chain->piece[i].length);
}

/* Return false when the ring is at an end or broken. */
static bool pop_watched(struct odds *o, struct bed *bed,
			const struct vhuge_segmap *map)
{
	u32 limit = odds_one_in(o, 4) ? odds(o, 200) : NO_LIMIT;
	int ret, want;

	bed->expected = (struct vhuge_chain) { .piece = bed->piece + bed->room,
					       .room = bed->room };
	bed->chain = (struct vhuge_chain) { .piece = bed->piece,
					    .room = bed->room };
	want = model_pop(&bed->model, &bed->expected, limit);
	count = 0;
	ret = vhuge_ring_pop(&bed->ring, map, &bed->chain, limit);
	outcomes[want > 0 ? 1 : 1 - want]++;

	/* A chain that loops is read again and again, and that is its fault. */
	if (want == -VHUGE_FAULT_LOOP)
		return false;
	check_once();
	if (!EQUAL(ret, want) || want != 1)
		return false;
	show_real(&bed->chain);
	EQUAL(bed->chain.ticket.id, bed->expected.ticket.id);
	EQUAL(bed->chain.ticket.slots, bed->expected.ticket.slots);
	EQUAL(bed->chain.cut, bed->expected.cut);
	return CHECK(model_same_bytes(&bed->chain, &bed->expected),
		     "%u bytes in %u pieces, but the model has %u in %u",
		     bed->chain.length, bed->chain.pieces,
		     bed->expected.length, bed->expected.pieces);
}

static void pop_often(struct odds *o, u32 num, bool writes)
{
	struct vhuge_segmap *map;
	struct bed bed;

	bed_init(&bed, num, KIND | TABLES | (writes ? WRITES : READS));
	scatter(o, &bed, writes);
	watch_ring(&bed);
	map = watch_memory(bed.guest);

	watch = (struct watch) { .after = note_read };
	while (pop_watched(o, &bed, map))
		;
	watch = (struct watch) {};
	watch_forget();
	free(map);
	bed_free(&bed);
}

static void try_change(enum change to)
{
	struct odds o = { 1 };
	u32 i;

	change = to;
	memset(outcomes, 0, sizeof(outcomes));
	for (i = 0; i < 5000; i++)
		pop_often(&o, 1 << i % 6, i % 2);
	show_outcomes();

	/* Everything that chains can come to has to have come up. */
	CHECK(outcomes[1] > 500, "%u chains", outcomes[1]);
	for (i = VHUGE_FAULT_HEAD; i <= VHUGE_FAULT_MEMORY; i++)
		CHECK((KIND & PACKED && i <= VHUGE_FAULT_NEXT) ||
		      outcomes[1 + i] > 20, "%u times %s", outcomes[1 + i],
		      vhuge_fault_text(i));
}

TEST(once, "a chain's bytes are read once, behind the hooks, and nothing is written")
{
	try_change(NO_CHANGE);
}

TEST(complement, "double fetch: all that was read is inverted at once")
{
	try_change(COMPLEMENT);
}

TEST(zero, "double fetch: all that was read is zeroed at once")
{
	try_change(ZERO);
}

TEST(chance, "double fetch: all that was read becomes anything at once")
{
	try_change(CHANCE);
}

static struct bed *logged;

static const char *name_of_packed(const void *real)
{
	static const char *const fields[] = {
		[0] = "addr", [8] = "len", [12] = "id", [14] = "flags"
	};
	const struct driver *d = &logged->driver;
	size_t at = (char *)real - (char *)d->ring;

	if (at < 16UL * d->num)
		return fields[at % 16];
	return real == d->wish ? "wish" : "device";
}

static const char *name_of(const void *real)
{
	const struct driver *d = &logged->driver;
	size_t used = (char *)real - (char *)d->used;
	size_t avail = (char *)real - (char *)d->avail;

	if (d->is_packed)
		return name_of_packed(real);
	if (used < 6 + 8UL * d->num)
		return used == 0 ? "flags" : used == 2 ? "idx" :
		       used < 4 + 8UL * d->num ? "entry" : "event";
	if (avail < 6 + 2UL * d->num)
		return avail == 0 ? "avail-flags" : avail == 2 ? "avail-idx" :
		       avail < 4 + 2UL * d->num ? "avail-entry" : "avail-event";
	return "desc";
}

static void note_sequence(enum watch_what what, void *real, size_t size)
{
	static const char *const names[] = { "<", ">", "rmb", "wmb", "mb" };
	size_t length = strlen(sequence);

	snprintf(sequence + length, sizeof(sequence) - length, "%s%s%s",
		 length ? " " : "", names[what],
		 what <= WATCH_WROTE ? name_of(real) : "");
	if (what == WATCH_WROTE && !logged->driver.is_packed)
		CHECK(size == (strcmp(name_of(real), "entry") ? 2 : 4),
		      "%zu bytes of %s", size, name_of(real));
}

static void expect(const char *what, const char *expected)
{
	CHECK(!strcmp(sequence, expected), "%s: %s, not: %s", what, sequence,
	      expected);
	sequence[0] = 0;
}

static void pop_logged(struct bed *bed, int want)
{
	bed->chain = (struct vhuge_chain) { .piece = bed->piece, .room = 8 };
	EQUAL(vhuge_ring_pop(&bed->ring, bed->guest->map, &bed->chain, 100),
	      want);
}

static void try_split(int features)
{
	bool published, events = features & EVENTS;
	struct bed bed;

	bed_init(&bed, 4, features);
	logged = &bed;
	driver_set(&bed.driver, 0, LOW, 1, 0, 0);
	watch_ring(&bed);
	watch = (struct watch) { .before = note_sequence };

	vhuge_ring_start(&bed.ring, 0);
	expect("start", "<idx >flags");
	driver_offer(&bed.driver, 0);
	driver_offer(&bed.driver, 0);
	pop_logged(&bed, 1);
	expect("first pop", "<avail-idx rmb <avail-entry <desc <desc <desc");
	pop_logged(&bed, 1);
	expect("next pop", "<avail-entry <desc <desc <desc");
	pop_logged(&bed, 0);
	expect("pop of nothing", "<avail-idx");
	vhuge_ring_push(&bed.ring, bed.chain.ticket, 0);
	vhuge_ring_push(&bed.ring, bed.chain.ticket, 0);
	expect("push twice", ">entry >entry >entry >entry");
	vhuge_ring_publish(&bed.ring, &published);
	expect("publish", events ? "wmb >idx mb <avail-event" :
				   "wmb >idx mb <avail-flags");
	vhuge_ring_publish(&bed.ring, &published);
	expect("publish nothing", "");
	vhuge_ring_kick_off(&bed.ring);
	expect("kick off", events ? "" : ">flags");
	vhuge_ring_kick_on(&bed.ring);
	expect("kick on", events ? ">event mb <avail-idx" :
				   ">flags mb <avail-idx");

	watch = (struct watch) {};
	watch_forget();
	bed_free(&bed);
}

/* A used descriptor is one word, which begins with its length. */
static void try_packed(int features)
{
	const struct vring_desc desc = driver_desc(LOW, 1, 0, 0);
	struct vhuge_ticket first;
	bool published;
	struct bed bed;

	bed_init(&bed, 4, PACKED | features);
	logged = &bed;
	watch_ring(&bed);
	watch = (struct watch) { .before = note_sequence };

	vhuge_ring_start(&bed.ring, VHUGE_PACKED_BASE);
	expect("start", ">device");
	driver_chain(&bed.driver, &desc, 1);
	driver_chain(&bed.driver, &desc, 1);
	pop_logged(&bed, 1);
	first = bed.chain.ticket;
	expect("first pop", "<flags rmb <addr <len <id");
	pop_logged(&bed, 1);
	expect("next pop", "<flags rmb <addr <len <id");
	pop_logged(&bed, 0);
	expect("pop of nothing", "<flags");
	vhuge_ring_push(&bed.ring, first, 0);
	expect("first push", "");
	vhuge_ring_push(&bed.ring, bed.chain.ticket, 0);
	expect("next push", ">len");
	vhuge_ring_publish(&bed.ring, &published);
	expect("publish", "wmb >len mb <wish");
	vhuge_ring_publish(&bed.ring, &published);
	expect("publish nothing", "");
	vhuge_ring_kick_off(&bed.ring);
	expect("kick off", ">device");
	vhuge_ring_kick_off(&bed.ring);
	expect("kick off again", "");
	vhuge_ring_kick_on(&bed.ring);
	expect("kick on", ">device mb <flags");

	watch = (struct watch) {};
	watch_forget();
	bed_free(&bed);
}

static void try_sequences(int features)
{
	if (KIND == PACKED)
		try_packed(features);
	else
		try_split(features);
}

TEST(flags_order, "what is read and written, in which order, with which barriers: flags")
{
	try_sequences(READS);
}

TEST(event_order, "what is read and written, in which order, with which barriers: event index")
{
	try_sequences(EVENTS);
}
