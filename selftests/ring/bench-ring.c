// SPDX-License-Identifier: GPL-2.0
/*
 * What the ring code costs: a chain from pop to publish, and the look-up of an
 * address. Medians of rounds that take turns, so that what else the machine
 * does meets all of them; ratios to the first case of each kind. --json: for
 * programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver.h"
#include "guest.h"

#define ROUNDS 15
#define CHAINS (1U << 19)
#define LOOK_UPS (1U << 20)
#define NUM 256U

#define HUGE_SHIFT 21
#define PAGES 2036U
#define BUFFERS 1024U
#define GUEST_BASE (1ULL << 32)

struct chains {
	const char *name;
	bool packed;
	u32 descs;
	bool table;
	u32 batch;
};

struct look_ups {
	u32 regions;
	bool fragmented;
	bool spread;
};

#define FORMS(packed)					\
	{ "1 descriptor", packed, 1, false, 1 },	\
	{ "1 descriptor", packed, 1, false, 32 },	\
	{ "1 descriptor", packed, 1, false, 64 },	\
	{ "2 descriptors", packed, 2, false, 1 },	\
	{ "2 descriptors", packed, 2, false, 32 },	\
	{ "2 descriptors", packed, 2, false, 64 },	\
	{ "table of 2", packed, 2, true, 1 },		\
	{ "table of 2", packed, 2, true, 32 },		\
	{ "table of 2", packed, 2, true, 64 }

static const struct chains chains[] = { FORMS(false), FORMS(true) };

static const struct look_ups look_ups[] = {
	{ 1, false, false }, { 8, false, false }, { 64, false, false },
	{ 509, false, false }, { 1, true, false }, { 8, true, false },
	{ 64, true, false }, { 509, true, false },
	{ 1, false, true }, { 8, false, true }, { 64, false, true },
	{ 509, false, true }, { 1, true, true }, { 8, true, true },
	{ 64, true, true }, { 509, true, true },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static double chain_ns[COUNT(chains)][ROUNDS];
static double look_up_ns[COUNT(look_ups)][ROUNDS];

/* Keeps the compiler from leaving out what nobody looks at. */
static u64 sink;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static void serve(struct vhuge_ring *ring, const struct guest *guest,
		  u32 batch)
{
	struct vhuge_piece piece[8];
	struct vhuge_chain chain = { .piece = piece, .room = 8 };
	bool published;

	while (batch--) {
		if (vhuge_ring_pop(ring, guest->map, &chain, 65536) != 1)
			abort();
		sink += chain.length;
		vhuge_ring_push(ring, chain.ticket, chain.length);
	}
	sink += vhuge_ring_publish(ring, &published);
}

static void offer_split(struct driver *driver, const struct chains *form)
{
	u32 k;

	for (k = 0; k < form->batch; k++, driver->idx++)
		driver->avail->ring[driver->idx % NUM] =
			htole16(driver->idx * form->descs % NUM);
	__atomic_store_n(&driver->avail->idx, htole16(driver->idx),
			 __ATOMIC_RELEASE);
}

/* Used descriptors were written over these. */
static void offer_packed(struct driver *driver, const struct chains *form)
{
	u32 k, descs = form->table ? 1 : form->descs;

	for (k = 0; k < form->batch * descs; k++, driver->at++) {
		struct vring_packed_desc *desc = &driver->ring[driver->at % NUM];
		u16 flags = driver->at / NUM % 2 ? PACKED_USED : PACKED_AVAIL;

		if (form->table)
			flags |= INDIRECT;
		else if (k % descs != descs - 1)
			flags |= NEXT;
		desc->len = htole32(form->table ? 32 : 64);
		desc->id = htole16(driver->at % NUM);
		__atomic_store_n(&desc->flags, htole16(flags), __ATOMIC_RELEASE);
	}
}

/* The driver's part: chains in the order of the ring, none changed. */
static double time_chains(struct driver *driver, struct vhuge_ring *ring,
			  const struct guest *guest, const struct chains *form,
			  bool with_device)
{
	double begin = now();
	u32 i;

	for (i = 0; i < CHAINS; i += form->batch) {
		if (form->packed)
			offer_packed(driver, form);
		else
			offer_split(driver, form);
		if (with_device)
			serve(ring, guest, form->batch);
	}
	return (now() - begin) / CHAINS;
}

static void put_descs(struct driver *driver, const struct guest *guest,
		      const struct chains *form)
{
	const u64 tables = 0x100000, buffers = 0x200000;
	u32 i;

	for (i = 0; i < NUM; i++) {
		u64 addr = buffers + i * 2048;
		struct vring_desc two[] = { driver_desc(addr, 12, NEXT, 1),
					    driver_desc(addr + 12, 64, 0, 0) };

		driver_form(driver, &two[0]);
		driver_form(driver, &two[1]);
		guest_put(guest, tables + i * 32, two, sizeof(two));
		if (form->packed)
			driver_put(driver, i, form->table ? tables + i * 32 :
				   addr, 0, 0);
		else if (form->table)
			driver_set(driver, i, tables + i * 32, 32, INDIRECT, 0);
		else if (form->descs == 2 && i % 2 == 0)
			driver_set(driver, i, addr, 12, NEXT, i + 1);
		else
			driver_set(driver, i, addr, 64, 0, 0);
	}
}

static double bench_chains(const struct chains *form)
{
	struct vhuge_ring ring = { .indirect = true, .event_idx = true };
	struct guest *guest = guest_new();
	struct driver driver;
	double both, alone;

	guest_add(guest, &(struct layout) {
		.guest_addr = 0x100000, .runs = "9" });
	guest_add(guest, &(struct layout) {
		.guest_addr = 0x200000, .runs = "99999999999999999999" });
	driver_init(&driver, NUM, form->packed);
	driver_attach(&driver, &ring);
	put_descs(&driver, guest, form);
	vhuge_ring_start(&ring, form->packed ? VHUGE_PACKED_BASE : 0);
	both = time_chains(&driver, &ring, guest, form, true);
	alone = time_chains(&driver, &ring, guest, form, false);
	driver_free(&driver);
	guest_free(guest);
	return both - alone;
}

/* The pages are not there, for nobody reads them. */
static struct guest *make_regions(const struct look_ups *form)
{
	u32 i, pages = PAGES / form->regions;
	u64 at = GUEST_BASE, size = 1ULL << HUGE_SHIFT;
	struct guest *guest = guest_new();
	void **page = guest_alloc(guest, PAGES * sizeof(*page));
	char *memory = (char *)(1ULL << 40);

	for (i = 0; i < PAGES; i++)
		page[i] = memory + i * size * (form->fragmented ? 3 : 1);
	for (i = 0; i < form->regions; i++) {
		guest_add_pages(guest, &(struct layout) {
			.guest_addr = at, .length = pages * size },
			page + i * pages, pages);
		guest->map->span[i].page_shift = HUGE_SHIFT;
		at += pages * size;
	}
	return guest;
}

/* Buffers of 2 KiB, which a driver hands out again and again. */
static void choose_buffers(const struct look_ups *form, u64 *addr)
{
	u64 range = form->spread ? (u64)(PAGES / 509 * 509) << HUGE_SHIFT :
				   BUFFERS * 2048ULL;
	u32 i;

	srandom(1);
	for (i = 0; i < BUFFERS; i++)
		addr[i] = GUEST_BASE + (form->spread ?
					random() % (range / 2048) * 2048 :
					(i * 7919 % BUFFERS) * 2048);
}

static double bench_look_ups(const struct look_ups *form)
{
	struct guest *guest = make_regions(form);
	u64 addr[BUFFERS], length;
	double begin;
	u32 i, hint = 0;

	choose_buffers(form, addr);
	begin = now();
	for (i = 0; i < LOOK_UPS; i++) {
		length = 76;
		sink += (unsigned long)vhuge_segmap_guest(guest->map, &hint,
							  addr[i % BUFFERS],
							  &length);
		sink += length;
	}
	begin = (now() - begin) / LOOK_UPS;
	guest_free(guest);
	return begin;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double median(double *rounds)
{
	qsort(rounds, ROUNDS, sizeof(*rounds), by_size);
	return rounds[ROUNDS / 2];
}

static void show_cost(bool json, double ns, double first)
{
	printf(json ? "\"ns\":%.2f,\"ratio\":%.3f}" : "%6.1f ns  x %.2f\n", ns,
	       ns / first);
}

static void show_chains(bool json)
{
	double first = median(chain_ns[0]);
	u32 i;

	for (i = 0; i < COUNT(chains); i++) {
		printf(json ? "%s{\"ring\":\"%s\",\"chain\":\"%s\",\"batch\":%u," :
			      "%s%-6s chain, %-14s in batches of %2u   ",
		       json && i ? "," : "",
		       chains[i].packed ? "packed" : "split", chains[i].name,
		       chains[i].batch);
		show_cost(json, median(chain_ns[i]), first);
	}
}

static void show_look_ups(bool json)
{
	double first = median(look_up_ns[0]);
	u32 i;

	for (i = 0; i < COUNT(look_ups); i++) {
		const struct look_ups *form = &look_ups[i];

		printf(json ? "%s{\"regions\":%u,\"pages\":\"%s\",\"buffers\":\"%s\"," :
			      "%slook-up, %3u regions, pages %-9s, buffers %-8s ",
		       json && i ? "," : "", form->regions,
		       form->fragmented ? "scattered" : "adjacent",
		       form->spread ? "anywhere" : "together");
		show_cost(json, median(look_up_ns[i]), first);
	}
}

int main(int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	u32 i, round;

	if (argc > 1 && !json) {
		fprintf(stderr, "usage: bench-ring [--json]\n");
		return 2;
	}
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < COUNT(chains); i++)
			chain_ns[i][round] = bench_chains(&chains[i]);
		for (i = 0; i < COUNT(look_ups); i++)
			look_up_ns[i][round] = bench_look_ups(&look_ups[i]);
	}

	printf(json ? "{\"chains\":[" : "");
	show_chains(json);
	printf(json ? "],\"look_ups\":[" : "\n");
	show_look_ups(json);
	printf(json ? "]}\n" : "");
	return !sink;
}
