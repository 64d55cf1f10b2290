// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "tap.h"

static struct guest *make_guest(void)
{
	struct guest *guest = guest_new();

	guest_add(guest, &(struct layout) {
		.guest_addr = LOW, .user_addr = 0x7000000000, .runs = "22" });
	guest_add(guest, &(struct layout) {
		.guest_addr = NEXT_TO, .user_addr = 0x6000000000, .runs = "2" });
	guest_add(guest, &(struct layout) {
		.guest_addr = HIGH, .user_addr = 0x5000000000,
		.skew = HIGH_SKEW, .runs = "3" });
	return guest;
}

void bed_start(struct bed *bed)
{
	u32 place = driver_place(&bed->driver, bed->driver.at);

	CHECK(vhuge_ring_start(&bed->ring, bed->driver.is_packed ?
			       place | place << 16 : 0), "place %u", place);
	model_start(&bed->model);
	bed->aways = 0;
	bed->pushes = 0;
}

void bed_init(struct bed *bed, u32 num, int features)
{
	memset(bed, 0, sizeof(*bed));
	bed->guest = make_guest();
	driver_init(&bed->driver, num, features & PACKED);
	driver_attach(&bed->driver, &bed->ring);
	bed->ring.writes = features & WRITES;
	bed->ring.indirect = features & TABLES;
	bed->ring.event_idx = features & EVENTS;
	bed->ring.in_order = features & ORDER;
	bed->model = (struct model) {
		.guest = bed->guest,
		.driver = &bed->driver,
		.writes = features & WRITES,
		.indirect = features & TABLES,
		.event_idx = features & EVENTS,
	};
	bed->room = 2 * num + 512;
	bed->piece = calloc(2 * bed->room, sizeof(*bed->piece));
	bed->away = calloc(num, sizeof(*bed->away));
	bed->pushed = calloc(num, sizeof(*bed->pushed));
	bed_start(bed);
}

void bed_free(struct bed *bed)
{
	guest_free(bed->guest);
	driver_free(&bed->driver);
	free(bed->piece);
	free(bed->away);
	free(bed->pushed);
}

static void compare(const struct bed *bed, u32 limit)
{
	const struct vhuge_chain *chain = &bed->chain, *want = &bed->expected;
	u64 sum = 0;
	u32 i;

	EQUAL(chain->ticket.id, want->ticket.id);
	EQUAL(chain->ticket.slots, want->ticket.slots);
	EQUAL(chain->length, want->length);
	EQUAL(chain->cut, want->cut);
	CHECK(chain->pieces <= chain->room, "%u of %u", chain->pieces,
	      chain->room);
	CHECK(chain->length <= limit, "%u of %u", chain->length, limit);
	for (i = 0; i < chain->pieces; i++) {
		CHECK(chain->piece[i].length, "piece %u is empty", i);
		sum += chain->piece[i].length;
	}
	EQUAL(sum, chain->length);
	CHECK(model_same_bytes(chain, want), "other bytes than the model has");
}

static struct away *away_at(const struct bed *bed, u32 i)
{
	return &bed->away[(bed->first_away + i) % bed->driver.num];
}

static void take_away(struct bed *bed, u16 place)
{
	if (CHECK(bed->aways < bed->driver.num, "%u chains", bed->aways))
		*away_at(bed, bed->aways++) = (struct away) {
			bed->chain.ticket, place };
}

int bed_pop_room(struct bed *bed, u32 limit, u32 room)
{
	u16 place = vhuge_ring_place(&bed->ring);
	int ret, want;

	bed->chain = (struct vhuge_chain) { .piece = bed->piece, .room = room };
	bed->expected = (struct vhuge_chain) { .piece = bed->piece + bed->room,
						.room = room };
	bed->ring.work = 0;
	want = model_pop(&bed->model, &bed->expected, limit);
	ret = vhuge_ring_pop(&bed->ring, bed->guest->map, &bed->chain, limit);
	CHECK(ret == want, "popped: %s, but the model: %s",
	      ret > 0 ? "1" : vhuge_fault_text(-ret),
	      want > 0 ? "1" : vhuge_fault_text(-want));
	EQUAL(bed->ring.work, bed->model.work);
	if (ret == 1)
		take_away(bed, place);
	if (ret == 1 && want == 1)
		compare(bed, limit);
	return ret;
}

int bed_pop(struct bed *bed, u32 limit)
{
	return bed_pop_room(bed, limit, bed->room);
}

void bed_unpop(struct bed *bed, u32 chains)
{
	u16 place = vhuge_ring_place(&bed->ring);

	while (chains--) {
		const struct away *away = away_at(bed, --bed->aways);

		place = away->place;
		bed->model.popped -= away->ticket.slots;
	}
	vhuge_ring_unpop(&bed->ring, place);
}

void bed_push(struct bed *bed, u32 written)
{
	struct vhuge_ticket ticket = away_at(bed, 0)->ticket;
	const struct driver *driver = &bed->driver;
	u64 at = bed->model.used;

	/* In order, what was read needs no entry but the last one's. */
	if (bed->ring.in_order && !bed->ring.writes) {
		at = bed->model.shown;
		bed->pushes = 0;
	}
	bed->first_away++;
	bed->aways--;
	vhuge_ring_push(&bed->ring, ticket, written);
	if (!driver->is_packed) {
		EQUAL(driver_used_id(driver, at), ticket.id);
		EQUAL(driver_used_len(driver, at), written);
	}
	bed->pushed[bed->pushes++ % bed->driver.num] = (struct pushed) {
		at, ticket.id, written };
	model_push(&bed->model, ticket);
}

/* Of used descriptors the first one shows that all of them are there. */
static void check_hidden(const struct bed *bed)
{
	const struct driver *driver = &bed->driver;
	u64 at = bed->pushed[0].at;
	u16 flags = driver_get_flags(driver, at);

	CHECK(!bed->pushes || ((flags ^ driver_used(driver, at)) &
			       (PACKED_AVAIL | PACKED_USED)),
	      "used descriptor %llu shows", at);
}

static void check_shown(const struct bed *bed)
{
	const struct driver *driver = &bed->driver;
	u32 i;

	for (i = 0; i < bed->pushes; i++) {
		const struct pushed *pushed = &bed->pushed[i];
		const struct vring_packed_desc *desc =
			&driver->ring[pushed->at % driver->num];

		EQUAL(le16toh(desc->flags), driver_used(driver, pushed->at) |
		      (pushed->written ? WRITE : 0));
		EQUAL(le16toh(desc->id), pushed->id);
		EQUAL(le32toh(desc->len), pushed->written);
	}
}

bool bed_publish(struct bed *bed)
{
	bool published, want_published, call, want;

	/* What a hostile driver wrote over it is its own affair. */
	if (bed->driver.is_packed && !bed->careless)
		check_hidden(bed);
	want = model_publish(&bed->model, &want_published);
	call = vhuge_ring_publish(&bed->ring, &published);
	EQUAL(call, want);
	EQUAL(published, want_published);
	if (!bed->driver.is_packed)
		EQUAL(driver_used_idx(&bed->driver), (u16)bed->model.shown);
	else if (!bed->careless)
		check_shown(bed);
	bed->pushes = 0;
	return call;
}

void bed_put_desc(struct bed *bed, u64 at, struct vring_desc desc)
{
	driver_form(&bed->driver, &desc);
	guest_put(bed->guest, at, &desc, sizeof(desc));
}

int bed_try(struct bed *bed, u64 addr, u32 len, u16 flags)
{
	struct vring_desc desc = driver_desc(addr, len, flags, 0);
	int ret;

	driver_chain(&bed->driver, &desc, 1);
	ret = bed_pop(bed, NO_LIMIT);
	if (ret == 1) {
		bed_push(bed, 0);
		bed_publish(bed);
	} else {
		/* So that the next one is not refused with it. */
		driver_unchain(&bed->driver, 1);
		bed_start(bed);
	}
	return ret;
}

bool bed_holds(const struct bed *bed, u64 addr, u32 length)
{
	const struct vhuge_chain *chain = &bed->chain;
	u32 i, k, at = 0;

	if (!EQUAL(chain->length, length))
		return false;
	for (i = 0; i < chain->pieces; i++)
		for (k = 0; k < chain->piece[i].length; k++, at++)
			if (!CHECK((char *)chain->piece[i].addr + k ==
				   guest_byte(bed->guest, addr + at, NULL),
				   "byte %u of the chain", at))
				return false;
	return true;
}
