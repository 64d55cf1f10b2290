/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is different in a packed ring, for ring.c: see there.
 */
#ifndef SELFTESTS_PACKED_H
#define SELFTESTS_PACKED_H

#include "ring.h"

void packed_reset(struct ring *ring);
uint32_t packed_base(const struct ring *ring);
void packed_resume(struct ring *ring, uint32_t base);

/* Flags that make a descriptor available in the round of a place. */
uint16_t packed_available(const struct ring *ring, uint64_t at);

/* The chain gets @id, which came from the free ones. */
void packed_offer(struct ring *ring, uint16_t id, const struct vring_desc *descs,
		  unsigned int count);
void packed_publish(struct ring *ring);
void packed_want_call(struct ring *ring, int after);

/* Does the device ask for a kick about what was put since @old? */
bool packed_kick_wanted(const struct ring *ring, uint64_t old);
unsigned int packed_pending(const struct ring *ring);
bool packed_take(struct ring *ring, uint16_t *id, uint32_t *length);

#endif
