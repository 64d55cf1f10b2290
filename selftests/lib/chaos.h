/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver that writes anything into its rings, at random but the same for the
 * same seed. Much of it is nearly right: that leads further than noise.
 */
#ifndef SELFTESTS_CHAOS_H
#define SELFTESTS_CHAOS_H

#include <stdint.h>

#include "ring.h"

struct chaos {
	uint64_t state;
};

void chaos_seed(struct chaos *chaos, uint64_t seed);

/* A number below @limit. */
uint32_t chaos_below(struct chaos *chaos, uint32_t limit);

/* One thing done to a ring: sound, nearly sound or neither; not always published. */
void chaos_do(struct chaos *chaos, struct ring *ring);

#endif
