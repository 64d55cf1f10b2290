// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include "memory.h"

static u32 page_shift(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) ? 12 : __builtin_ctzl(fs.f_bsize);
}

/* All of the file up to the end of the region, so that pages begin where its do. */
static int map_region(struct mapping *mapping, const struct vu_region *region,
		      int fd, struct vhuge_span *span)
{
	u64 length = region->mmap_offset + region->size, at, pages;
	u32 shift = page_shift(fd);

	pages = (length + (1ULL << shift) - 1) >> shift;
	mapping->page = calloc(pages, sizeof(*mapping->page));
	mapping->length = pages << shift;
	mapping->addr = mmap(NULL, mapping->length, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_POPULATE, fd, 0);
	if (!mapping->page || mapping->addr == MAP_FAILED)
		return -errno;

	for (at = 0; at < pages; at++)
		mapping->page[at] = (char *)mapping->addr + (at << shift);
	*span = (struct vhuge_span) {
		.guest_addr = region->guest_addr,
		.user_addr = region->user_addr,
		.length = region->size,
		.offset = region->mmap_offset,
		.skew = region->mmap_offset,
		.page_shift = shift,
		.page = mapping->page,
	};
	return 0;
}

static int by_guest_addr(const void *a, const void *b)
{
	const struct vhuge_span *x = a, *y = b;

	return x->guest_addr < y->guest_addr ? -1 : 1;
}

int memory_map(struct memory *memory, const struct message *m)
{
	const struct vu_mem_table *table = &m->payload.table;
	struct vhuge_segmap *map;
	u32 i;
	int err;

	memory_unmap(memory);
	if (table->count > VU_MAX_REGIONS || table->count != m->fd_count)
		return -EPROTO;
	map = calloc(1, sizeof(*map) + table->count * sizeof(map->span[0]));
	if (!map)
		return -ENOMEM;

	memory->map = map;
	for (i = 0; i < table->count; i++) {
		memory->mappings++;
		err = map_region(&memory->mapping[i], &table->regions[i],
				 m->fds[i], &map->span[i]);
		if (err)
			return err;
	}
	map->nspans = table->count;
	qsort(map->span, map->nspans, sizeof(map->span[0]), by_guest_addr);
	return 0;
}

void memory_unmap(struct memory *memory)
{
	while (memory->mappings) {
		struct mapping *mapping = &memory->mapping[--memory->mappings];

		if (mapping->addr && mapping->addr != MAP_FAILED)
			munmap(mapping->addr, mapping->length);
		free(mapping->page);
		*mapping = (struct mapping) {};
	}
	free(memory->map);
	memory->map = NULL;
}

void *memory_user(const struct memory *memory, u64 addr, u64 length)
{
	u64 there = length;
	void *bytes = NULL;
	u32 index;

	if (memory->map)
		bytes = vhuge_segmap_user(memory->map, &index, addr, &there);
	return there == length ? bytes : NULL;
}
