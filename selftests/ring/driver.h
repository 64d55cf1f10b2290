/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's side of a virtqueue, split or packed, written from the
 * specification, by hand: a test says what is in the descriptors. The areas are
 * allocated to the byte, so a sanitizer sees what lies beside them being touched.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "vring.h"

/* In flags of descriptors, for short. */
#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE
#define INDIRECT VRING_DESC_F_INDIRECT

/*
 * @at: descriptors that a packed ring has seen, counted from the start of a
 *      round with wrap counter 1
 */
struct driver {
	bool is_packed;
	u32 num;

	u16 idx;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;

	u64 at;
	struct vring_packed_desc *ring;
	struct vring_packed_desc_event *wish;
	struct vring_packed_desc_event *device;
};

void driver_init(struct driver *driver, u32 num, bool is_packed);
void driver_free(struct driver *driver);

/* A device's view of the same areas; the features are up to the test. */
void driver_attach(const struct driver *driver, struct vhuge_ring *ring);

/*
 * Make a chain available, in the places that come next, with the id of its
 * first place; the next flags are set. Then take it out again.
 */
u16 driver_chain(struct driver *driver, const struct vring_desc *desc, u32 count);
void driver_unchain(struct driver *driver, u32 count);

/* A descriptor in the form that tables have: of a packed ring, without next. */
void driver_form(const struct driver *driver, struct vring_desc *desc);

/* In what follows, a split ring. */

/* Where indices start, as after as many chains. */
void driver_begin_at(struct driver *driver, u16 idx);

struct vring_desc driver_desc(u64 addr, u32 len, u16 flags, u16 next);
void driver_set(struct driver *driver, u32 i, u64 addr, u32 len, u16 flags,
		u16 next);

/* Make the chain at @head available. */
void driver_offer(struct driver *driver, u16 head);
void driver_set_avail_idx(struct driver *driver, u16 idx);
void driver_set_avail_flags(struct driver *driver, u16 flags);
void driver_set_used_event(struct driver *driver, u16 event);

u16 driver_used_idx(const struct driver *driver);
u16 driver_used_flags(const struct driver *driver);
u16 driver_avail_event(const struct driver *driver);
u32 driver_used_id(const struct driver *driver, u16 at);
u32 driver_used_len(const struct driver *driver, u16 at);

/* In what follows, a packed ring. */

#define PACKED_AVAIL (1U << 7)
#define PACKED_USED (1U << 15)

/* What the wrap counter is in a round, and a place as devices write it. */
bool driver_wrap(const struct driver *driver, u64 at);
u16 driver_place(const struct driver *driver, u64 at);

/* How flags mark a descriptor that is available, or used, there. */
u16 driver_available(const struct driver *driver, u64 at);
u16 driver_used(const struct driver *driver, u64 at);

/* Write a descriptor, all but its flags; these make it available. */
void driver_put(struct driver *driver, u64 at, u64 addr, u32 len, u16 id);
void driver_put_flags(struct driver *driver, u64 at, u16 flags);
u16 driver_get_flags(const struct driver *driver, u64 at);

#endif /* DRIVER_H */
