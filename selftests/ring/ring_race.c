// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that writes anything anywhere while the device serves the ring:
 * whatever comes of it is bounded and within the guest's memory, and a thread
 * sanitizer sees no access of the device that is not behind the hooks.
 *
 * The sanitizer goes by what orders two accesses, not by when they happen. So
 * both threads share a CPU, and give it to each other, the device amid its work
 * as well: each of them waiting for the other on a CPU of its own takes for ever
 * on a machine with other work.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "hooks.h"
#include "odds.h"
#include "bed.h"
#include "tap.h"

/* Chains and faults that end a race. */
#define OUTCOMES 100000
#define LIMIT 3000
#define ROOM 100

static struct bed bed;
static bool done;

/* How often the driver wrote something, and how often the device waits for. */
static u32 steps, awaited;

/* Where the device is in a packed ring. */
static u16 device_place;

/* Bytes of the guest's that the device read. */
static u64 bytes_read;

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "halt_on_error=1";
}

/* What the device reads next was maybe written just now. */
static void let_in(void)
{
	static struct odds odds = { 1 };

	if (odds_one_in(&odds, 8))
		sched_yield();
}

void shim_copy(void *to, const void *guest, size_t size)
{
	const char *from = guest;
	size_t i;

	let_in();
	for (i = 0; i < size; i++)
		((char *)to)[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
	bytes_read += size;
}

void shim_read(void *to, const void *guest, size_t size)
{
	let_in();
	bytes_read += size;
	switch (size) {
	case 2:
		*(u16 *)to = __atomic_load_n((u16 *)guest, __ATOMIC_RELAXED);
		break;
	case 4:
		*(u32 *)to = __atomic_load_n((u32 *)guest, __ATOMIC_RELAXED);
		break;
	case 8:
		*(u64 *)to = __atomic_load_n((u64 *)guest, __ATOMIC_RELAXED);
		break;
	default:
		abort();
	}
}

void shim_write(void *guest, const void *from, size_t size)
{
	switch (size) {
	case 2:
		__atomic_store_n((u16 *)guest, *(u16 *)from, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((u32 *)guest, *(u32 *)from, __ATOMIC_RELAXED);
		break;
	case 8:
		__atomic_store_n((u64 *)guest, *(u64 *)from, __ATOMIC_RELAXED);
		break;
	default:
		abort();
	}
}

void shim_barrier(enum shim_barrier which)
{
	(void)which;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void scribble(void *at, const void *from, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += 2)
		shim_write((char *)at + i, (char *)from + i, 2);
}

/* A descriptor where the device is or will be, available more often than not. */
static void put_packed(struct odds *o, struct driver *d, struct vring_desc desc)
{
	u16 flags = le16toh(desc.flags), any = odds_any(o);
	struct vring_packed_desc *to = &d->ring[d->at % d->num];

	if (!odds_one_in(o, 20))
		flags = (flags & ~(PACKED_AVAIL | PACKED_USED)) |
			driver_available(d, d->at);
	scribble(to, &desc, 12);
	scribble(&to->id, &any, 2);
	flags = htole16(flags);
	scribble(&to->flags, &flags, 2);
	d->at++;
}

static u64 at_device(const struct driver *d)
{
	u16 place = __atomic_load_n(&device_place, __ATOMIC_RELAXED);

	return place % 32768 + (place / 32768 ? 0 : d->num);
}

static void harm_packed(struct odds *o, struct driver *d)
{
	struct vring_desc desc = odds_desc(o, d->num, bed.ring.writes);
	u32 any = odds_any(o);

	switch (odds(o, 12)) {
	case 0:
		scribble(odds(o, 2) ? d->wish : d->device, &any, 4);
		break;
	case 1:
		scribble(&d->ring[odds(o, d->num)], &desc, 16);
		break;
	case 2: case 3: case 4:
		driver_form(d, &desc);
		scribble(guest_byte(bed.guest, LOW + odds(o, LOW_SIZE) / 16 * 16,
				    NULL), &desc, 16);
		break;
	case 5: case 6:
		d->at = at_device(d);
		break;
	default:
		put_packed(o, d, desc);
	}
}

/* One thing of all that the driver may write. */
static void do_harm(struct odds *o, struct driver *d)
{
	u32 i = odds(o, d->num);
	struct vring_desc desc = odds_desc(o, d->num, bed.ring.writes);
	u16 any = odds_any(o), head = odds(o, d->num + odds_one_in(o, 50));

	switch (odds(o, 12)) {
	case 0:
		scribble(odds(o, 2) ? (void *)&d->used->ring[i] : d->used,
			 &desc, 4);
		break;
	case 1:
		scribble(odds(o, 2) ? (void *)&d->avail->ring[d->num] :
				      d->avail, &any, 2);
		break;
	case 2: case 3: case 4:
		scribble(&d->desc[i], &desc, 16);
		break;
	case 5: case 6: case 7:
		scribble(guest_byte(bed.guest, LOW + odds(o, LOW_SIZE) / 16 * 16,
				    NULL), &desc, 16);
		break;
	case 8:
		any = odds_one_in(o, 100) ? any : d->idx - odds(o, 4);
		scribble(&d->avail->idx, &any, 2);
		break;
	default:
		scribble(&d->avail->ring[d->idx++ % d->num], &head, 2);
		scribble(&d->avail->idx, &d->idx, 2);
	}
}

static void *driver_thread(void *seed)
{
	struct odds o = { *(u32 *)seed };

	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		if (KIND == PACKED) {
			harm_packed(&o, &bed.driver);
		} else {
			/* Not too far ahead more often than not. */
			if (odds_one_in(&o, 4))
				bed.driver.idx = __atomic_load_n
					(&bed.driver.used->idx, __ATOMIC_RELAXED);
			do_harm(&o, &bed.driver);
		}
		if (__atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED) >=
		    __atomic_load_n(&awaited, __ATOMIC_RELAXED))
			sched_yield();
	}
	return NULL;
}

/* Does the piece lie in pages of one region that are adjacent? */
static bool in_memory(const struct vhuge_piece *piece)
{
	const struct vhuge_segmap *map = bed.guest->map;
	struct vhuge_segment_at seg = {};
	const char *addr = piece->addr;

	while (vhuge_segmap_next(map, &seg))
		if (addr >= (char *)seg.addr &&
		    addr + piece->length <= (char *)seg.addr + seg.length)
			return true;
	return false;
}

static void check_chain(const struct vhuge_chain *chain)
{
	u64 sum = 0;
	u32 i;

	CHECK(bed.driver.is_packed || chain->ticket.id < bed.driver.num, "id %u",
	      chain->ticket.id);
	CHECK(chain->ticket.slots && chain->ticket.slots <= bed.driver.num,
	      "%u places", chain->ticket.slots);
	CHECK(chain->pieces <= ROOM, "%u pieces", chain->pieces);
	for (i = 0; i < chain->pieces; i++) {
		sum += chain->piece[i].length;
		CHECK(chain->piece[i].length && in_memory(&chain->piece[i]),
		      "%u bytes at %p", chain->piece[i].length,
		      chain->piece[i].addr);
	}
	CHECK(sum == chain->length && sum <= LIMIT, "%llu bytes, %u in all",
	      sum, chain->length);
}

/* Let the driver do so much more harm, so that it is not always the same. */
static void let_driver(u32 more)
{
	u32 from = __atomic_load_n(&steps, __ATOMIC_RELAXED);

	__atomic_store_n(&awaited, from + more, __ATOMIC_RELAXED);
	while (__atomic_load_n(&steps, __ATOMIC_RELAXED) - from < more)
		sched_yield();
}

/* A descriptor in two pages is copied, and the copy read, too. */
static u32 most_bytes(u32 num)
{
	return 4 + 16 * num + 2 * 16 * (num > 64 ? num : 64);
}

/* Where a packed ring goes on is not in its memory, and so up to us. */
static void start(struct odds *o)
{
	u32 place = driver_place(&bed.driver, odds(o, 2 * bed.driver.num));

	vhuge_ring_start(&bed.ring, KIND == PACKED ? place | place << 16 : 0);
}

static void serve(u32 *chains, u32 *faults)
{
	struct odds odds = { 1 };
	bool published;
	u32 pops;
	int ret;

	for (pops = 0; *chains + *faults < OUTCOMES; pops++) {
		bed.chain = (struct vhuge_chain) { .piece = bed.piece,
						   .room = ROOM };
		bytes_read = 0;
		ret = vhuge_ring_pop(&bed.ring, bed.guest->map, &bed.chain,
				     LIMIT);
		__atomic_store_n(&device_place, vhuge_ring_place(&bed.ring),
				 __ATOMIC_RELAXED);
		CHECK(bytes_read <= most_bytes(bed.driver.num),
		      "%llu bytes read", bytes_read);
		if (ret < 0) {
			++*faults;
			let_driver(8);
			start(&odds);
		} else if (ret) {
			check_chain(&bed.chain);
			vhuge_ring_push(&bed.ring, bed.chain.ticket, pops);
			++*chains;
		}
		if (ret <= 0 || pops % 8 == 0)
			vhuge_ring_publish(&bed.ring, &published);
		if (!ret)
			let_driver(1);
		if (pops % 5 == 0)
			vhuge_ring_kick_on(&bed.ring);
		else
			vhuge_ring_kick_off(&bed.ring);
	}
}

static void share_a_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		abort();
}

static void race(u32 num, int features)
{
	u32 chains = 0, faults = 0, seed = num + features;
	pthread_t thread;

	bed_init(&bed, num, KIND | features);
	done = false;
	share_a_cpu();
	if (pthread_create(&thread, NULL, driver_thread, &seed))
		abort();
	serve(&chains, &faults);
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	bed_free(&bed);

	CHECK(chains > OUTCOMES / 10 && faults > OUTCOMES / 10,
	      "%u chains and %u faults", chains, faults);
}

TEST(reads, "the driver writes into a ring that the device reads by")
{
	race(8, TABLES);
	race(256, TABLES | EVENTS);
}

TEST(writes, "the driver writes into a ring that the device writes by")
{
	race(4, TABLES | WRITES | EVENTS);
	race(64, WRITES);
}
