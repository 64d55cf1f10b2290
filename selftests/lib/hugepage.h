/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hugepages of 2 MiB: the pool's counters, files made of them, and where they
 * lie in physical memory.
 */
#ifndef SELFTESTS_HUGEPAGE_H
#define SELFTESTS_HUGEPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HPAGE (2UL << 20)

/* The pool, in pages. A pinned page is not free, whoever else let go of it. */
struct hugepages {
	long total;
	long free;
	long reserved;
	long surplus;
};

struct hugepages hugepages_now(void);
bool hugepages_equal(const struct hugepages *a, const struct hugepages *b);

/* Waits until the pool is as it was; @seen: how it was found last. */
bool hugepages_wait(const struct hugepages *before, struct hugepages *seen);

/* Sets the size of the pool; the size it really got is in hugepages_now(). */
void hugepages_resize(long total);

/* A memfd of @pages hugepages, all of them holes. */
int hugetlb_file(unsigned int pages);

/* Fills the holes of a part of the file. Returns 0 or -errno. */
int hugetlb_fill(int fd, unsigned int first, unsigned int pages);

/* hugetlb_file() with all holes filled, without a mapping. */
int hugetlb_full_file(unsigned int pages);

/* Maps the whole file, shared. */
void *hugetlb_map(int fd, unsigned int pages);

/* Physical address behind a mapped address, by /proc/self/pagemap. */
uint64_t physical_address(const void *addr);

/*
 * Orders the free pages of the pool so that the next @pages pages taken from it
 * come in the order of their physical addresses, @stride pages apart: with 1
 * neighbours are adjacent wherever memory allows, with 2 they never are. (The
 * pool hands out last what was given back first.)
 */
void hugepages_arrange(unsigned int pages, unsigned int stride);

#endif
