// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hooks.h"
#include "watch.h"

#define HIDDEN_SIZE (64UL << 20)
#define MOST 128

struct watch watch;

static char *hidden, *next;

static struct window {
	char *hidden;
	char *real;
	size_t size;
} window[MOST];

static unsigned int windows;

static struct write {
	char *real;
	char bytes[8];
	size_t size;
} written[MOST];

static unsigned int writes;

/* The last window grows, or there is another one with a gap before it. */
void *watch_hide(void *real, size_t size)
{
	struct window *last = windows ? &window[windows - 1] : NULL;

	if (!hidden) {
		hidden = mmap(NULL, HIDDEN_SIZE, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			      -1, 0);
		next = hidden;
	}
	if (!last || last->real + last->size != real) {
		next += PAGE + (uintptr_t)real % PAGE - (uintptr_t)next % PAGE;
		last = &window[windows++];
		*last = (struct window) { next, real, 0 };
	}
	if (windows == MOST || next + size > hidden + HIDDEN_SIZE)
		abort();
	last->size += size;
	next += size;
	return next - size;
}

void watch_forget(void)
{
	windows = 0;
	next = hidden;
}

/* What is not hidden is the device's own: it has not learnt of anything else. */
static bool is_hidden(const void *where)
{
	const char *byte = where;

	return windows && byte >= hidden && byte < hidden + HIDDEN_SIZE;
}

void *watch_real(const void *where, size_t size)
{
	const char *byte = where;
	unsigned int i;

	for (i = 0; i < windows; i++)
		if (byte >= window[i].hidden &&
		    byte + size <= window[i].hidden + window[i].size)
			return window[i].real + (byte - window[i].hidden);

	printf("Bail out! %zu bytes at %p are not in one area of the guest's memory\n",
	       size, byte);
	abort();
}

static void tell(void (*whom)(enum watch_what what, void *real, size_t size),
		 enum watch_what what, void *real, size_t size)
{
	if (whom)
		whom(what, real, size);
}

void watch_settle(void)
{
	unsigned int i;

	for (i = 0; i < writes; i++)
		memcpy(written[i].real, written[i].bytes, written[i].size);
	writes = 0;
}

void shim_copy(void *to, const void *guest, size_t size)
{
	void *real;

	if (!is_hidden(guest)) {
		memcpy(to, guest, size);
		return;
	}
	real = watch_real(guest, size);
	tell(watch.before, WATCH_READ, real, size);
	memcpy(to, real, size);
	tell(watch.after, WATCH_READ, real, size);
}

void shim_read(void *to, const void *guest, size_t size)
{
	shim_copy(to, guest, size);
}

void shim_write(void *guest, const void *from, size_t size)
{
	void *real;

	if (!is_hidden(guest)) {
		memcpy(guest, from, size);
		return;
	}
	real = watch_real(guest, size);
	tell(watch.before, WATCH_WROTE, real, size);
	if (writes == MOST || size > sizeof(written[0].bytes))
		abort();
	written[writes].real = real;
	written[writes].size = size;
	memcpy(written[writes++].bytes, from, size);
	if (!watch.lazy)
		watch_settle();
	tell(watch.after, WATCH_WROTE, real, size);
}

void shim_barrier(enum shim_barrier which)
{
	enum watch_what what = which == SHIM_RMB ? WATCH_RMB :
			       which == SHIM_WMB ? WATCH_WMB : WATCH_MB;

	tell(watch.before, what, NULL, 0);
	if (which == SHIM_MB)
		watch_settle();
	tell(watch.after, what, NULL, 0);
}

void watch_ring(struct bed *bed)
{
	const struct driver *driver = &bed->driver;

	const u64 num = driver->num;
	void *desc, *avail, *used;

	if (driver->is_packed) {
		desc = watch_hide(driver->ring, 16 * num);
		avail = watch_hide(driver->wish, 4);
		used = watch_hide(driver->device, 4);
	} else {
		desc = watch_hide(driver->desc, 16 * num);
		avail = watch_hide(driver->avail, 6 + 2 * num);
		used = watch_hide(driver->used, 6 + 8 * num);
	}
	vhuge_ring_use(&bed->ring, desc, avail, used);
}

/* Pages that are adjacent stay so. The caller frees the map, and all is one. */
struct vhuge_segmap *watch_memory(const struct guest *guest)
{
	u32 i, k, pages, spans = guest->map->nspans, most = 64 * spans;
	struct vhuge_segmap *map;
	void **page;

	map = calloc(1, sizeof(*map) + spans * sizeof(map->span[0]) +
		     most * sizeof(*page));
	*map = *guest->map;
	page = (void **)&map->span[spans];
	for (i = 0; i < spans; i++) {
		map->span[i] = guest->map->span[i];
		map->span[i].page = page;
		pages = (map->span[i].skew + map->span[i].length + PAGE - 1) /
			PAGE;
		for (k = 0; k < pages; k++)
			*page++ = watch_hide(guest->map->span[i].page[k], PAGE);
	}
	return map;
}
