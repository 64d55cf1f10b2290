// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pool.h"

static unsigned char *unused[BUFFERS];
static u32 left;

void pool_init(void)
{
	const size_t huge = 1 << 21, length = 2 * huge;
	unsigned char *memory = aligned_alloc(huge, length);

	if (!memory)
		abort();
	madvise(memory, length, MADV_HUGEPAGE);
	memset(memory, 0, length);
	while (left < BUFFERS) {
		unused[left++] = memory;
		memory += BUFFER_SIZE;
	}
}

void pool_get(struct frame *frame, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		frame[i].data = unused[--left];
}

void pool_put(const struct frame *frame, u32 count)
{
	u32 i;

	for (i = count; i--;)
		unused[left++] = frame[i].data;
}
