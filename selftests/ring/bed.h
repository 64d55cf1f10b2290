/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test bed: a guest, its driver, the ring code as the device, and the model
 * beside it. Whatever is popped here is compared with what the model pops.
 *
 * Guest memory:
 *   LOW   0x1000     two pages here and two there, elsewhere
 *   NEXT_TO          the region behind LOW, without a gap, elsewhere
 *   HIGH  far above, alone; begins within its page
 */
#ifndef BED_H
#define BED_H

#include "model.h"

#define LOW 0x1000ULL
#define LOW_SIZE (4 * PAGE)
#define NEXT_TO (LOW + LOW_SIZE)
#define NEXT_TO_SIZE (2 * PAGE)
#define HIGH 0x123400000000ULL
#define HIGH_SKEW 512
#define HIGH_SIZE (3 * PAGE - HIGH_SKEW)

#define NO_LIMIT (1U << 30)

/* A chain that is popped and not used, and where the ring stood before. */
struct away {
	struct vhuge_ticket ticket;
	u16 place;
};

struct pushed {
	u64 at;
	u16 id;
	u32 written;
};

struct bed {
	struct guest *guest;
	struct driver driver;
	struct vhuge_ring ring;
	struct model model;
	struct vhuge_chain chain;
	struct vhuge_chain expected;
	struct vhuge_piece *piece;
	u32 room;
	struct away *away;
	u32 first_away;
	u32 aways;
	/* The driver writes over what the device wrote. */
	bool careless;
	/* Pushed and not published. */
	struct pushed *pushed;
	u32 pushes;
};

enum bed_features {
	READS = 0,
	WRITES = 1,
	TABLES = 2,
	EVENTS = 4,
	PACKED = 8,
	ORDER = 16,
};

/* Tests for all kinds of rings are built with one after the other. */
#ifndef KIND
#define KIND 0
#endif

void bed_init(struct bed *bed, u32 num, int features);
void bed_free(struct bed *bed);

/* After changes of what the driver's used index says. */
void bed_start(struct bed *bed);

/* Pop with as much room as there is, or with that much. */
int bed_pop(struct bed *bed, u32 limit);
int bed_pop_room(struct bed *bed, u32 limit, u32 room);

/* Give the chains popped last back; use the one popped first. */
void bed_unpop(struct bed *bed, u32 chains);
void bed_push(struct bed *bed, u32 written);
bool bed_publish(struct bed *bed);

/* Make one descriptor of a table in the form that the ring's kind needs. */
void bed_put_desc(struct bed *bed, u64 at, struct vring_desc desc);

/* Offer a chain of one descriptor, at its own place in the table, and pop it. */
int bed_try(struct bed *bed, u64 addr, u32 len, u16 flags);

/* Is the chain popped last that byte sequence of the guest's memory? */
bool bed_holds(const struct bed *bed, u64 addr, u32 length);

#endif /* BED_H */
