// SPDX-License-Identifier: GPL-2.0
/*
 * The input is a story: what the driver writes where, and when the device pops,
 * uses, publishes. All that the device does is compared with the model. Built
 * for each kind of ring.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "hooks.h"
#include "tap.h"

/* The model looks at each one. */
#define MOST_BYTES (3 * PAGE)

struct input {
	const unsigned char *at;
	size_t left;
};

static u64 bytes_read;

void shim_copy(void *to, const void *guest, size_t size)
{
	memcpy(to, guest, size);
	bytes_read += size;
}

void shim_read(void *to, const void *guest, size_t size)
{
	shim_copy(to, guest, size);
}

void shim_write(void *guest, const void *from, size_t size)
{
	memcpy(guest, from, size);
}

void shim_barrier(enum shim_barrier which)
{
	(void)which;
}

/* Here a check that fails is a crash, which the fuzzer keeps the input of. */
bool tap_check(bool ok, const char *file, int line, const char *what,
	       const char *format, ...)
{
	va_list args;

	if (ok)
		return true;
	fprintf(stderr, "%s:%d: not so: %s: ", file, line, what);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}

bool tap_equal(long long got, long long want, const char *file, int line,
	       const char *what)
{
	return tap_check(got == want, file, line, what, "is %lld, not %lld",
			 got, want);
}

static u32 take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static u32 take16(struct input *in)
{
	u32 low = take8(in);

	return low | take8(in) << 8;
}

static u64 take_addr(struct input *in)
{
	const u64 places[] = {
		LOW, LOW + PAGE, LOW + 2 * PAGE, NEXT_TO,
		NEXT_TO + NEXT_TO_SIZE, HIGH, HIGH + HIGH_SIZE, 0
	};
	u32 place = take8(in);
	u64 addr = places[place % 8] + (signed char)take8(in);

	/* Now and then at a distance. */
	return place & 128 ? addr + (u64)take8(in) * 256 : addr;
}

static struct vring_desc take_desc(struct input *in, u32 num)
{
	u64 addr = take_addr(in);
	u32 form = take8(in), len = take8(in), next = take8(in);

	if (form & 8)
		len *= 16;
	if (form & 16)
		len <<= form >> 5 << 2;
	return driver_desc(addr, len, form & 7, form & 128 ? next : next % num);
}

static void write_split(struct input *in, struct bed *bed, u32 what, u32 at)
{
	struct driver *d = &bed->driver;

	switch (what) {
	case 0: case 1:
		d->desc[at % d->num] = take_desc(in, d->num);
		break;
	case 4: case 5:
		driver_offer(d, at & 128 ? at : at % d->num);
		break;
	case 6:
		driver_set_avail_idx(d, d->idx - at % 4 * take8(in));
		break;
	case 7:
		driver_set_used_event(d, take16(in));
		driver_set_avail_flags(d, at);
		break;
	case 8:
		((char *)d->desc)[take16(in) % (16 * d->num)] = at;
		break;
	case 9:
		driver_begin_at(d, take16(in));
		bed_start(bed);
		break;
	}
}

static void send_chain(struct input *in, struct bed *bed, u32 count)
{
	struct vring_desc desc[4];
	u32 i;

	if (count > bed->driver.num)
		count = bed->driver.num;
	for (i = 0; i < count; i++)
		desc[i] = take_desc(in, 1);
	driver_chain(&bed->driver, desc, count);
}

static void write_packed(struct input *in, struct bed *bed, u32 what, u32 at)
{
	struct driver *d = &bed->driver;
	struct vring_desc desc;

	switch (what) {
	case 0: case 1:
		desc = take_desc(in, 1);
		driver_put(d, at, le64toh(desc.addr), le32toh(desc.len),
			   take8(in));
		break;
	case 4: case 5:
		/* Where the device is, more often than not. */
		if (at & 64)
			d->at = bed->model.popped;
		send_chain(in, bed, 1 + at % 4);
		break;
	case 6:
		driver_put_flags(d, at, take16(in));
		break;
	case 7:
		d->wish->off_wrap = htole16(driver_place(d, at));
		d->wish->flags = htole16(take8(in));
		break;
	case 8:
		((char *)d->ring)[take16(in) % (16 * d->num)] = at;
		break;
	case 9:
		d->at = take16(in) % (4 * d->num);
		bed_start(bed);
		break;
	}
}

static void write_driver(struct input *in, struct bed *bed, u32 what)
{
	u32 at = take8(in);

	if (what == 2 || what == 3)
		bed_put_desc(bed, LOW + 2 * PAGE - 64 + at, take_desc(in, 16));
	else if (KIND == PACKED)
		write_packed(in, bed, what, at);
	else
		write_split(in, bed, what, at);
}

/* What the driver sees of the device's wish to be kicked. */
static void check_wish(const struct bed *bed)
{
	const struct driver *d = &bed->driver;
	bool events = bed->ring.event_idx;

	if (KIND == PACKED) {
		EQUAL(le16toh(d->device->flags), events ? 2 : 0);
		if (events)
			EQUAL(le16toh(d->device->off_wrap),
			      driver_place(d, bed->model.seen));
	} else if (events) {
		EQUAL(driver_avail_event(d), (u16)bed->model.seen);
	}
}

static void pop(struct input *in, struct bed *bed)
{
	u32 num = bed->driver.num, table = num > 64 ? num : 64, form = take8(in);
	u32 limit = form & 1 ? take16(in) % MOST_BYTES : MOST_BYTES;
	u32 room = form & 2 ? form >> 4 : bed->room;

	bytes_read = 0;
	bed_pop_room(bed, limit, room);
	CHECK(bytes_read <= 4 + 16 * num + 2 * 16 * table,
	      "%llu bytes were read", bytes_read);
}

static void act(struct input *in, struct bed *bed, u32 what)
{
	switch (what) {
	case 10: case 11: case 12:
		pop(in, bed);
		break;
	case 13:
		if (bed->aways)
			bed_push(bed, take16(in));
		break;
	case 14:
		bed_publish(bed);
		break;
	case 15:
		if (bed->aways)
			bed_unpop(bed, take8(in) % (bed->aways + 1));
		break;
	case 16:
		vhuge_ring_kick_off(&bed->ring);
		model_kick_off(&bed->model);
		break;
	case 17:
		EQUAL(vhuge_ring_kick_on(&bed->ring),
		      model_kick_on(&bed->model));
		check_wish(bed);
		break;
	}
	if (KIND != PACKED)
		EQUAL(driver_used_flags(&bed->driver), bed->model.flags);
}

/* The name by which the fuzzer knows it. */
int try_input(const unsigned char *data, size_t size)
	__asm__("LLVMFuzzerTestOneInput");

int try_input(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	u32 form = take8(&in);
	struct bed bed;

	/* Sizes 1 to 128; those of packed rings are any. */
	bed_init(&bed, KIND == PACKED ? 1 + take8(&in) % 128 : 1 << (form >> 5),
		 KIND | (form & 7));
	bed.careless = true;
	while (in.left) {
		u32 what = take8(&in) % 18;

		if (what < 10)
			write_driver(&in, &bed, what);
		else
			act(&in, &bed, what);
	}
	bed_free(&bed);
	return 0;
}
