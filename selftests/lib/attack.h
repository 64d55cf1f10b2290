/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What no driver may put into a ring. The guest has pages 0 and 1, a hole and
 * page 3; its rings are in page 0.
 */
#ifndef SELFTESTS_ATTACK_H
#define SELFTESTS_ATTACK_H

#include "ring.h"

#define ATTACK_NUM 64
#define ATTACK_PAGES 4
#define ATTACK_HOLE 2

/* Rings that it is tried on; neither direction is both of them. */
#define ATTACK_SPLIT 1
#define ATTACK_PACKED 2
#define ATTACK_NO_INDIRECT 4
#define ATTACK_RX 8
#define ATTACK_TX 16

struct attack {
	const char *name;
	/* Puts it into a ring, for ring_publish(). */
	void (*put)(struct ring *ring);
	unsigned int where;
	/* Chains of it that are dropped, 0: the ring breaks. */
	unsigned int drops;
	/* The drop's counter, behind "rx0_drop_" or "tx0_drop_". */
	const char *counter;
};

/* The last one has no name. */
extern const struct attack attacks[];

#endif
