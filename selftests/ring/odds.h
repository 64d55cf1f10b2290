/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Chance, the same in each run; and what a driver may put into a descriptor:
 * mostly right, now and then anything.
 */
#ifndef ODDS_H
#define ODDS_H

#include "driver.h"

struct odds {
	u64 state;
};

/* From 0 to below @n. */
u32 odds(struct odds *odds, u32 n);
u64 odds_any(struct odds *odds);

/* Once in @n. */
bool odds_one_in(struct odds *odds, u32 n);

/* For the memory of a test bed; @count descriptors are in its table. */
struct vring_desc odds_desc(struct odds *odds, u32 count, bool writes);
u64 odds_addr(struct odds *odds);

#endif /* ODDS_H */
