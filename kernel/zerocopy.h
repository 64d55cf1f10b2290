/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets whose bytes stay in the guest's memory while the stack has them.
 *
 * A chain is lent to the stack with the packet that is made of it, and used
 * when the stack gives it back. That comes in any order, from any context, and
 * maybe long after the ring, the guest or the port have gone: what has to be
 * there then lives as long as the last loan.
 *
 * Used in the order in which they come back, so for rings that are not in order.
 */
#ifndef VHUGE_ZEROCOPY_H
#define VHUGE_ZEROCOPY_H

#include <linux/types.h>

#include "cursor.h"

struct napi_struct;
struct sk_buff;
struct vhuge_lane_stats;
struct vhuge_ring;
struct vhuge_zerocopy;

/* Set-up: process context. */
struct vhuge_zerocopy *vhuge_zerocopy_open(const struct vhuge_ring *ring);
void vhuge_zerocopy_close(struct vhuge_zerocopy *zerocopy);
void vhuge_zerocopy_exit(void);

/* By whoever connects the ring to a lane and takes it away, under RTNL. */
void vhuge_zerocopy_connect(struct vhuge_zerocopy *zerocopy,
			    struct napi_struct *napi);
void vhuge_zerocopy_settle(struct vhuge_zerocopy *zerocopy,
			   struct vhuge_ring *ring);

/* By the lane that serves the ring, in its NAPI poll. */
bool vhuge_zerocopy_ready(struct vhuge_zerocopy *zerocopy);
bool vhuge_zerocopy_attach(struct sk_buff *skb, const struct vhuge_cursor *from,
			   u32 length);
void vhuge_zerocopy_lend(struct vhuge_zerocopy *zerocopy, struct sk_buff *skb,
			 struct vhuge_ticket ticket);
void vhuge_zerocopy_wake(struct vhuge_zerocopy *zerocopy);
bool vhuge_zerocopy_sleep(struct vhuge_zerocopy *zerocopy);
bool vhuge_zerocopy_reap(struct vhuge_zerocopy *zerocopy,
			 struct vhuge_ring *ring,
			 struct vhuge_lane_stats *stats);

#endif /* VHUGE_ZEROCOPY_H */
