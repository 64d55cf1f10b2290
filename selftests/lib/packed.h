/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is different in a packed ring, for ring.c: see there.
 */
#ifndef SELFTESTS_PACKED_H
#define SELFTESTS_PACKED_H

#include "ring.h"

void packed_reset(struct ring *ring);
uint32_t packed_base(const struct ring *ring);

/* The chain gets @id, which came from the free ones. */
void packed_offer(struct ring *ring, uint16_t id, const struct buffer *buffers,
		  unsigned int count);
void packed_offer_indirect(struct ring *ring, uint16_t id, struct vring_packed_desc *table,
			   const struct buffer *buffers, unsigned int count);
void packed_publish(struct ring *ring);
unsigned int packed_pending(const struct ring *ring);
bool packed_take(struct ring *ring, uint16_t *id, uint32_t *length);

#endif
