// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "die.h"
#include "hugepage.h"
#include "wait.h"

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21U << 26)
#endif

/* A pool that is missing counts as an empty one: tests then skip. */
static long pool_value(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long value = 0;

	if (!file)
		return 0;
	/* Unsigned: a counter that went below zero shows as -1, not as a limit. */
	if (fscanf(file, "%lu", &value) != 1)
		die("reading %s", path);
	fclose(file);
	return value;
}

struct hugepages hugepages_now(void)
{
	return (struct hugepages) {
		.total = pool_value(POOL "nr_hugepages"),
		.free = pool_value(POOL "free_hugepages"),
		.reserved = pool_value(POOL "resv_hugepages"),
		.surplus = pool_value(POOL "surplus_hugepages"),
	};
}

bool hugepages_equal(const struct hugepages *a, const struct hugepages *b)
{
	return a->total == b->total && a->free == b->free &&
	       a->reserved == b->reserved && a->surplus == b->surplus;
}

struct pool_check {
	const struct hugepages *before;
	struct hugepages *seen;
};

static bool pool_is_back(void *arg)
{
	struct pool_check *check = arg;

	*check->seen = hugepages_now();
	return hugepages_equal(check->before, check->seen);
}

bool hugepages_wait(const struct hugepages *before, struct hugepages *seen)
{
	struct pool_check check = { before, seen };

	return wait_until(pool_is_back, &check);
}

void hugepages_resize(long total)
{
	FILE *file = fopen(POOL "nr_hugepages", "w");

	if (!file)
		die("opening " POOL "nr_hugepages");
	fprintf(file, "%ld\n", total);
	if (fclose(file))
		die("resizing the pool to %ld pages", total);
}

int hugetlb_file(unsigned int pages)
{
	int fd = memfd_create("vhuge-test", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB);

	if (fd < 0)
		die("memfd_create");
	if (ftruncate(fd, pages * HPAGE))
		die("ftruncate to %u hugepages", pages);
	return fd;
}

int hugetlb_fill(int fd, unsigned int first, unsigned int pages)
{
	if (fallocate(fd, 0, first * HPAGE, pages * HPAGE))
		return -errno;
	return 0;
}

int hugetlb_full_file(unsigned int pages)
{
	int fd = hugetlb_file(pages);

	if (hugetlb_fill(fd, 0, pages))
		die("filling %u hugepages", pages);
	return fd;
}

void *hugetlb_map(int fd, unsigned int pages)
{
	void *map = mmap(NULL, pages * HPAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		die("mapping %u hugepages", pages);
	return map;
}

uint64_t physical_address(const void *addr)
{
	uintptr_t page_size = getpagesize();
	uintptr_t at = (uintptr_t)addr;
	uint64_t frame, entry;
	int fd;

	/* An entry is empty until the page was touched. */
	if (madvise((void *)(at & -page_size), page_size, MADV_POPULATE_READ))
		die("touching %p", addr);
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("opening /proc/self/pagemap");
	if (pread(fd, &entry, sizeof(entry), at / page_size * sizeof(entry)) != sizeof(entry))
		die("reading pagemap for %p", addr);
	close(fd);
	frame = entry & ((1ULL << 55) - 1);
	if (!(entry >> 63) || !frame)
		die("pagemap has no frame for %p (entry %#llx)", addr,
		    (unsigned long long)entry);
	return frame * page_size + at % page_size;
}

struct placed {
	uint64_t phys;
	unsigned int number;
};

static int by_address(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return x->phys < y->phys ? -1 : x->phys > y->phys;
}

void hugepages_arrange(unsigned int pages, unsigned int stride)
{
	struct placed *placed = calloc(pages, sizeof(*placed));
	int fd = hugetlb_full_file(pages);
	char *map = hugetlb_map(fd, pages);
	unsigned int i, start;

	for (i = 0; i < pages; i++) {
		placed[i].number = i;
		placed[i].phys = physical_address(map + i * HPAGE);
	}
	munmap(map, pages * HPAGE);
	qsort(placed, pages, sizeof(*placed), by_address);
	/* Back to front, since the page given back last is taken first. */
	for (start = stride; start-- > 0;) {
		for (i = (pages - 1 - start) / stride + 1; i-- > 0;) {
			off_t at = placed[start + i * stride].number * HPAGE;

			if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, HPAGE))
				die("giving back a hugepage");
		}
	}
	close(fd);
	free(placed);
}
