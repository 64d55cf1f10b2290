// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of 64 bytes through the back-end in bursts, for a tool that counts what
 * serve_receive() and serve_send() execute, which no load changes.
 *
 *   count-frames split|packed receive|send BURSTS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "driver.h"
#include "guest.h"
#include "pool.h"

#define NUM 256U
#define LENGTH 64U
#define MEMORY 0x200000ULL

/* Where a driver of the kind that polls has the header: before a cache line. */
#define OFFSET (128 - HEADER_SIZE)

static struct vring_desc buffer(u32 i, bool writes)
{
	return driver_desc(MEMORY + i % NUM * PAGE + OFFSET,
			   writes ? 2048 : HEADER_SIZE + LENGTH,
			   writes ? WRITE : 0, 0);
}

static void offer(struct driver *driver, u32 at, bool writes)
{
	u32 i;

	for (i = 0; i < BURST; i++) {
		struct vring_desc desc = buffer(at + i, writes);

		driver_chain(driver, &desc, 1);
	}
}

static void serve(struct session *session, struct driver *driver, bool writes,
		  u32 bursts)
{
	struct frame frame[BURST];
	u32 i, at;
	int count;

	for (at = 0; at < bursts * BURST; at += BURST) {
		offer(driver, at, writes);
		pool_get(frame, BURST);
		for (i = 0; i < BURST && writes; i++)
			content_mark(&frame[i], at + i, LENGTH);
		count = writes ? serve_send(session, frame, BURST) :
				 serve_receive(session, frame);
		pool_put(frame, BURST);
		if (count != BURST)
			abort();
	}
}

int main(int argc, char **argv)
{
	static struct session session;
	struct driver driver;
	struct guest *guest;
	struct queue *queue;
	char runs[NUM + 1];
	bool writes;

	if (argc != 4) {
		fputs("usage: count-frames split|packed receive|send BURSTS\n",
		      stderr);
		return 2;
	}
	writes = !strcmp(argv[2], "send");
	queue = &session.queue[writes ? RECEIVES : SENDS];
	queue->call = -1;
	queue->ring.in_order = true;
	queue->ring.writes = writes;

	memset(runs, '1', NUM);
	runs[NUM] = 0;
	guest = guest_new();
	guest_add(guest, &(struct layout) {
		.guest_addr = MEMORY, .runs = runs });
	session.memory.map = guest->map;
	driver_init(&driver, NUM, !strcmp(argv[1], "packed"));
	driver_attach(&driver, &queue->ring);
	vhuge_ring_start(&queue->ring, driver.is_packed ? VHUGE_PACKED_BASE : 0);

	pool_init();
	serve(&session, &driver, writes, strtoul(argv[3], NULL, 0));
	driver_free(&driver);
	guest_free(guest);
	return 0;
}
