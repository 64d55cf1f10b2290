// SPDX-License-Identifier: GPL-2.0
#include "bed.h"
#include "odds.h"

/* A counter whose bits are mixed by multiplication. */
u64 odds_any(struct odds *odds)
{
	u64 x = odds->state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 29) * 0xd1342543de82ef95;
	x = (x ^ x >> 32) * 0xaef17502108ef2d9;
	return x ^ x >> 30;
}

u32 odds(struct odds *odds, u32 n)
{
	return (odds_any(odds) >> 32) * n >> 32;
}

bool odds_one_in(struct odds *o, u32 n)
{
	return !odds(o, n);
}

u64 odds_addr(struct odds *o)
{
	const u64 borders[] = {
		0, LOW, LOW + PAGE, LOW + 2 * PAGE, NEXT_TO,
		NEXT_TO + NEXT_TO_SIZE, HIGH, HIGH + HIGH_SIZE
	};

	if (odds_one_in(o, 60))
		return odds_any(o);
	if (odds_one_in(o, 8))
		return borders[odds(o, 8)] + odds(o, 64) - 32;
	if (odds_one_in(o, 4))
		return HIGH + odds(o, HIGH_SIZE - 128);
	return LOW + odds(o, LOW_SIZE + NEXT_TO_SIZE - 128);
}

struct vring_desc odds_desc(struct odds *o, u32 count, bool writes)
{
	u16 flags = (writes ? WRITE : 0) | (odds(o, 3) ? NEXT : 0);
	u32 len = odds(o, 128), next = odds(o, count);
	u64 addr = odds_addr(o);

	if (odds_one_in(o, 6)) {
		flags = INDIRECT;
		len &= ~15U;
	}
	if (odds_one_in(o, 16))
		len = odds(o, 2 * PAGE);
	if (odds_one_in(o, 60))
		len = odds_any(o);
	if (odds_one_in(o, 60))
		flags = odds_any(o);
	if (odds_one_in(o, 60))
		next = odds_any(o);
	return driver_desc(addr, len, flags, next);
}
