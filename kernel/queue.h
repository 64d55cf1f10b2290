/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtqueue of a guest: the ring, where its areas are, its eventfds and the
 * state it is in.
 *
 * Set-up calls only note what they are told. Starting a queue maps its areas
 * and makes it ready; a port then serves it through a lane. While it is served
 * the ring belongs to the lane: the owner takes the queue out of the lane and
 * waits for a grace period before it touches the ring again.
 */
#ifndef VHUGE_QUEUE_H
#define VHUGE_QUEUE_H

#include <linux/bits.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "area.h"
#include "report.h"
#include "vring.h"

struct vhuge_vring;
struct vhuge_zerocopy;

/**
 * enum vhuge_drop - why a packet did not get through
 * @VHUGE_DROP_NO_GUEST: no guest serves the queue
 * @VHUGE_DROP_DOWN: the interface is down
 * @VHUGE_DROP_DISABLED: the guest's driver has the queue disabled
 * @VHUGE_DROP_SHORT: no room for headers in what the guest sent
 * @VHUGE_DROP_LONG: longer than any packet
 * @VHUGE_DROP_HEADER: the virtio-net header makes no sense, or asks for what
 *                     was not negotiated
 * @VHUGE_DROP_MEMORY: no kernel memory
 * @VHUGE_DROP_ROOM: the guest's buffers can never hold it
 * @VHUGE_DROP_MTU: longer than the guest was told packets are
 * @VHUGE_DROP_OFFLOAD: the guest cannot finish it, and it is too late for the
 *                      host
 * @VHUGE_DROP_FULL: the guest has no buffers, and XDP does not wait
 * @VHUGE_DROP_XDP: the XDP program failed, or what it asked for did
 * @VHUGE_DROPS: how many causes there are
 */
enum vhuge_drop {
	VHUGE_DROP_NO_GUEST,
	VHUGE_DROP_DOWN,
	VHUGE_DROP_DISABLED,
	VHUGE_DROP_SHORT,
	VHUGE_DROP_LONG,
	VHUGE_DROP_HEADER,
	VHUGE_DROP_MEMORY,
	VHUGE_DROP_ROOM,
	VHUGE_DROP_MTU,
	VHUGE_DROP_OFFLOAD,
	VHUGE_DROP_FULL,
	VHUGE_DROP_XDP,
	VHUGE_DROPS
};

/**
 * struct vhuge_lane_stats - what went through a lane since its port exists
 * @packets: delivered
 * @bytes: of these, without the virtio-net header
 * @gso: of these, packets that stand for several
 * @zerocopy: of these, packets whose bytes stayed in the guest's memory
 * @copied: of these, packets that were long enough for that, and copied
 * @orphaned: of @zerocopy, packets that the stack copied later
 * @drop: packets dropped, by cause
 * @kicks: times the guest wrote the kick eventfd
 * @calls: times the call eventfd was written
 * @calls_suppressed: times used entries were published without a call
 * @polls: times the queue was looked at for work
 * @early: of these, times a softirq did it in the place of a thread
 * @stops: times the queue waited for the guest to make room
 * @faults: times the ring broke
 * @xdp_drop: packets the XDP program wanted dropped
 * @xdp_tx: packets it sent back to the guest
 * @xdp_redirect: packets it sent elsewhere
 * @xdp_generic: packets it saw as skbs, whatever became of them
 * @xdp_xmit: of @packets, those that XDP delivered
 *
 * Each member has one writer at a time: @kicks the kick eventfd, under the
 * lock of its wait queue; the others the lane's owner.
 */
struct vhuge_lane_stats {
	u64 packets;
	u64 bytes;
	u64 gso;
	u64 zerocopy;
	u64 copied;
	u64 orphaned;
	u64 drop[VHUGE_DROPS];
	u64 kicks;
	u64 calls;
	u64 calls_suppressed;
	u64 polls;
	u64 early;
	u64 stops;
	u64 faults;
	u64 xdp_drop;
	u64 xdp_tx;
	u64 xdp_redirect;
	u64 xdp_generic;
	u64 xdp_xmit;
};

static inline bool vhuge_has(u64 features, unsigned int bit)
{
	return features & BIT_ULL(bit);
}

/**
 * vhuge_count - count for somebody who reads without a lock
 * @counter: with one writer at a time
 * @more: what to add
 */
static inline void vhuge_count(u64 *counter, u64 more)
{
	WRITE_ONCE(*counter, *counter + more);
}

/**
 * struct vhuge_lane - one direction of a queue pair of a port
 * @queue: the guest's queue it serves, or NULL
 * @wake: has somebody look at the queue; called with interrupts off, within a
 *        wake-up of the kick eventfd
 * @kicked: a kick came since the bit was cleared
 * @stats: survive the guest
 */
struct vhuge_lane {
	struct vhuge_queue __rcu *queue;
	void (*wake)(struct vhuge_lane *lane);
	unsigned long kicked;
	struct vhuge_lane_stats stats;
} ____cacheline_aligned_in_smp;

struct vhuge_kick;
struct vhuge_signal;

enum { VHUGE_DESC, VHUGE_AVAIL, VHUGE_USED, VHUGE_AREAS };

/**
 * struct vhuge_used - a chain that waits to be used
 * @length: bytes written
 * @ticket: of the chain
 */
struct vhuge_used {
	u32 length;
	struct vhuge_ticket ticket;
};

/**
 * struct vhuge_queue - a virtqueue
 * @ring: owned by the lane that serves it, else by the device
 * @map: the guest's memory
 * @call: written when the guest wants to know of used entries
 * @lane: the lane that serves it, for kicks
 * @features: the guest accepted
 * @header: bytes of the virtio-net header
 * @longest: bytes of a frame for the guest, with a VLAN tag
 * @mergeable: a packet for the guest may span several chains
 * @enabled: see VHUGE_ENABLE_VRING
 * @fault: why it is broken, or none
 * @piece: room for the pieces of the chains of a packet
 * @room: how many
 * @used: room for the chains of a packet
 * @zerocopy: chains that the stack may have
 * @err: written when the ring breaks
 * @kick: what the guest writes
 * @area: of the ring
 * @next: of the ring after a change of the table of regions
 * @index: number of the ring
 * @device: number of its device
 * @set: members below that were set: VHUGE_VRING_*
 * @num: queue size
 * @base: as set, or where the ring stopped
 * @user_addr: of the areas
 * @started: see VHUGE_START_VRING
 * @moving: its areas are being replaced
 *
 * The first part is for the data path. All of it is written under the
 * device's lock; what a port reads also under RTNL or before it can see it.
 */
struct vhuge_queue {
	struct vhuge_ring ring;
	struct vhuge_segmap __rcu **map;
	struct vhuge_signal __rcu *call;
	struct vhuge_lane __rcu *lane;
	u64 features;
	u32 header;
	u32 longest;
	bool mergeable;
	bool enabled;
	u32 fault;
	struct vhuge_piece *piece;
	u32 room;
	struct vhuge_used *used;
	struct vhuge_zerocopy *zerocopy;

	struct vhuge_signal __rcu *err;
	struct vhuge_kick *kick;
	struct vhuge_area area[VHUGE_AREAS];
	struct vhuge_area next[VHUGE_AREAS];
	u32 index;
	u32 device;
	u32 set;
	u32 num;
	u32 base;
	u64 user_addr[VHUGE_AREAS];
	bool started;
	bool moving;
};

/* Set-up: process context, under the device's lock. */
void vhuge_queue_init(struct vhuge_queue *queue, u32 index,
		      struct vhuge_segmap __rcu **map);
int vhuge_queue_set(struct vhuge_queue *queue, const struct vhuge_vring *set,
		    struct vhuge_report *report);
int vhuge_queue_set_fd(struct vhuge_queue *queue, u32 kind, int fd,
		       struct vhuge_report *report);
int vhuge_queue_build(struct vhuge_queue *queue, u64 features,
		      const struct vhuge_segmap *map,
		      struct vhuge_report *report);
void vhuge_queue_unbuild(struct vhuge_queue *queue);
void vhuge_queue_settle(struct vhuge_queue *queue);
void vhuge_queue_forget(struct vhuge_queue *queue);
bool vhuge_queue_stays(const struct vhuge_queue *queue,
		       const struct vhuge_segmap *map);
int vhuge_queue_move(struct vhuge_queue *queue, const struct vhuge_segmap *map);
void vhuge_queue_unmove(struct vhuge_queue *queue);
void vhuge_queue_moved(struct vhuge_queue *queue);

/* From any context that may not sleep. */
void vhuge_queue_break(struct vhuge_queue *queue, struct vhuge_lane *lane,
		       enum vhuge_fault fault);

/* Data path: by the lane that serves the queue, under RCU. */
bool vhuge_queue_publish(struct vhuge_queue *queue, struct vhuge_lane *lane);
void vhuge_queue_call(struct vhuge_queue *queue);
void vhuge_queue_flush(struct vhuge_queue *queue, struct vhuge_lane *lane);

/**
 * vhuge_queue_pop - take the next chain
 * @queue: not broken
 * @lane: whose statistics count it if it breaks
 * @map: the memory
 * @chain: as for vhuge_ring_pop()
 * @limit: as for vhuge_ring_pop()
 *
 * Return: 1 with a chain, 0 when there is none, -1 when the ring broke.
 */
static inline int vhuge_queue_pop(struct vhuge_queue *queue,
				  struct vhuge_lane *lane,
				  const struct vhuge_segmap *map,
				  struct vhuge_chain *chain, u32 limit)
{
	int ret = vhuge_ring_pop(&queue->ring, map, chain, limit);

	if (likely(ret >= 0))
		return ret;
	vhuge_queue_break(queue, lane, -ret);
	return -1;
}

static inline bool vhuge_queue_broken(const struct vhuge_queue *queue)
{
	return READ_ONCE(queue->fault) != VHUGE_FAULT_NONE;
}

/* Areas are mapped together or not at all. */
static inline bool vhuge_queue_has_memory(const struct vhuge_queue *queue)
{
	return queue->area[VHUGE_DESC].addr;
}

#endif /* VHUGE_QUEUE_H */
