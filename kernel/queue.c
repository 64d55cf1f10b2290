// SPDX-License-Identifier: GPL-2.0
/*
 * A virtqueue of a guest; see queue.h.
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/vhuge.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_net.h>

#include "event.h"
#include "notice.h"
#include "queue.h"
#include "trace.h"
#include "zerocopy.h"

/* Pieces a packet may have beyond the size of its ring: buffers that straddle. */
#define SPARE_PIECES 64U

/**
 * vhuge_queue_init - a queue nobody set up yet
 * @queue: zeroed memory
 * @index: number of the ring; even ones are written by the device
 * @map: where the device publishes its memory
 */
void vhuge_queue_init(struct vhuge_queue *queue, u32 index,
		      struct vhuge_segmap __rcu **map)
{
	queue->index = index;
	queue->map = map;
	queue->longest = U32_MAX;
}

/* Whatever the kind of the ring, which is not known yet. */
static int check_addrs(const struct vhuge_vring *set,
		       struct vhuge_report *report)
{
	if (set->desc % VRING_DESC_ALIGN_SIZE ||
	    set->avail % VRING_AVAIL_ALIGN_SIZE ||
	    set->used % VRING_USED_ALIGN_SIZE)
		return vhuge_fail(report, -EINVAL,
				  "ring %u: descriptor table 0x%llx, available ring 0x%llx and used ring 0x%llx must be aligned to %u, %u and %u bytes",
				  set->index, set->desc, set->avail, set->used,
				  VRING_DESC_ALIGN_SIZE, VRING_AVAIL_ALIGN_SIZE,
				  VRING_USED_ALIGN_SIZE);
	return 0;
}

/**
 * vhuge_queue_set - note the set-up of a ring
 * @queue: not started
 * @set: as for VHUGE_SET_VRING, flags checked
 * @report: receives the reason of a refusal
 */
int vhuge_queue_set(struct vhuge_queue *queue, const struct vhuge_vring *set,
		    struct vhuge_report *report)
{
	int err;

	if (set->flags & VHUGE_VRING_NUM &&
	    (!set->num || set->num > VHUGE_VRING_MAX_NUM))
		return vhuge_fail(report, -EINVAL,
				  "ring %u: size %u is not from 1 to %u",
				  set->index, set->num, VHUGE_VRING_MAX_NUM);

	if (set->flags & VHUGE_VRING_ADDR) {
		err = check_addrs(set, report);
		if (err)
			return err;
		queue->user_addr[VHUGE_DESC] = set->desc;
		queue->user_addr[VHUGE_AVAIL] = set->avail;
		queue->user_addr[VHUGE_USED] = set->used;
	}
	if (set->flags & VHUGE_VRING_NUM)
		queue->num = set->num;
	if (set->flags & VHUGE_VRING_BASE)
		queue->base = set->base;
	queue->set |= set->flags;
	return 0;
}

/* Kicks of a queue that no lane serves are of no interest. */
static void kicked(void *context)
{
	struct vhuge_queue *queue = context;
	struct vhuge_lane *lane;

	rcu_read_lock();
	lane = rcu_dereference(queue->lane);
	if (lane) {
		vhuge_count(&lane->stats.kicks, 1);
		set_bit(0, &lane->kicked);
		lane->wake(lane);
	}
	rcu_read_unlock();
}

static int set_kick(struct vhuge_queue *queue, int fd)
{
	struct vhuge_kick *kick = NULL;

	if (fd != -1) {
		kick = vhuge_kick_open(fd, kicked, queue);
		if (IS_ERR(kick))
			return PTR_ERR(kick);
	}
	vhuge_kick_close(queue->kick);
	queue->kick = kick;
	return 0;
}

static int set_signal(struct vhuge_signal __rcu **place, int fd)
{
	struct vhuge_signal *signal = NULL;

	if (fd != -1) {
		signal = vhuge_signal_open(fd);
		if (IS_ERR(signal))
			return PTR_ERR(signal);
	}
	vhuge_signal_close(rcu_replace_pointer(*place, signal, true));
	return 0;
}

/**
 * vhuge_queue_set_fd - give a queue an eventfd, in the place of another
 * @queue: started or not
 * @kind: VHUGE_VRING_KICK, _CALL or _ERR
 * @fd: of the caller, or -1 for none
 * @report: receives the reason of a refusal
 */
int vhuge_queue_set_fd(struct vhuge_queue *queue, u32 kind, int fd,
		       struct vhuge_report *report)
{
	int err;

	if (kind == VHUGE_VRING_KICK)
		err = set_kick(queue, fd);
	else if (kind == VHUGE_VRING_CALL)
		err = set_signal(&queue->call, fd);
	else
		err = set_signal(&queue->err, fd);

	if (err == -EBADF)
		vhuge_fail(report, err,
			   "ring %u: descriptor %d is not an eventfd",
			   queue->index, fd);
	return err;
}

/* Bytes of the areas (2.7, 2.8), in a split ring with the event fields. */
static u64 area_length(const struct vhuge_queue *queue, int which)
{
	u64 num = queue->num;

	if (queue->ring.is_packed)
		return which == VHUGE_DESC ?
		       num * sizeof(struct vring_packed_desc) :
		       sizeof(struct vring_packed_desc_event);
	switch (which) {
	case VHUGE_DESC:
		return num * sizeof(struct vring_desc);
	case VHUGE_AVAIL:
		return sizeof(struct vring_avail) +
		       (num + 1) * sizeof(__virtio16);
	default:
		return sizeof(struct vring_used) +
		       num * sizeof(struct vring_used_elem) +
		       sizeof(__virtio16);
	}
}

static void unmap_areas(struct vhuge_area *area)
{
	int i;

	for (i = 0; i < VHUGE_AREAS; i++)
		vhuge_area_unmap(&area[i]);
}

/* Return the area that could not be mapped in @which. */
static int map_areas(const struct vhuge_queue *queue, struct vhuge_area *area,
		     const struct vhuge_segmap *map, int *which)
{
	int i, err;

	for (i = 0; i < VHUGE_AREAS; i++) {
		err = vhuge_area_map(&area[i], map, queue->user_addr[i],
				     area_length(queue, i));
		if (err) {
			*which = i;
			unmap_areas(area);
			return err;
		}
	}
	return 0;
}

static void use_areas(struct vhuge_queue *queue)
{
	vhuge_ring_use(&queue->ring, queue->area[VHUGE_DESC].addr,
		       queue->area[VHUGE_AVAIL].addr,
		       queue->area[VHUGE_USED].addr);
}

static int build_areas(struct vhuge_queue *queue,
		       const struct vhuge_segmap *map,
		       struct vhuge_report *report)
{
	static const char *const name[2][VHUGE_AREAS] = {
		{ "descriptor table", "available ring", "used ring" },
		{ "descriptor ring", "driver event", "device event" },
	};
	int err, i;

	err = map_areas(queue, queue->area, map, &i);
	if (err == -ERANGE)
		vhuge_fail(report, err,
			   "ring %u: %s at user address 0x%llx, %llu bytes, is not all within the regions",
			   queue->index, name[queue->ring.is_packed][i], queue->user_addr[i],
			   area_length(queue, i));
	return err;
}

static void use_features(struct vhuge_queue *queue, u64 features)
{
	queue->features = features;
	queue->mergeable = vhuge_has(features, VIRTIO_NET_F_MRG_RXBUF);
	/* 5.1.6.1: the legacy header ends before num_buffers */
	queue->header = queue->mergeable || vhuge_has(features, VIRTIO_F_VERSION_1) ?
			sizeof(struct virtio_net_hdr_mrg_rxbuf) :
			sizeof(struct virtio_net_hdr);
	queue->ring.is_packed = vhuge_has(features, VIRTIO_F_RING_PACKED);
	queue->ring.in_order = vhuge_has(features, VIRTIO_F_IN_ORDER);
	queue->ring.event_idx = vhuge_has(features, VIRTIO_RING_F_EVENT_IDX);
	queue->ring.indirect = vhuge_has(features, VIRTIO_RING_F_INDIRECT_DESC);
	queue->ring.writes = !(queue->index & 1);
	queue->ring.num = queue->num;
}

/* What depends on the kind of the ring. */
static int check_kind(const struct vhuge_queue *queue,
		      struct vhuge_report *report)
{
	if (!queue->ring.is_packed && !is_power_of_2(queue->num))
		return vhuge_fail(report, -EINVAL,
				  "ring %u: size %u of a split ring is not a power of two",
				  queue->index, queue->num);

	if (queue->ring.is_packed &&
	    queue->user_addr[VHUGE_AVAIL] % sizeof(struct vring_packed_desc_event))
		return vhuge_fail(report, -EINVAL,
				  "ring %u: driver event 0x%llx of a packed ring must be aligned to 4 bytes",
				  queue->index, queue->user_addr[VHUGE_AVAIL]);
	return 0;
}

static int start_ring(struct vhuge_queue *queue, struct vhuge_report *report)
{
	u32 base = queue->ring.is_packed ? VHUGE_PACKED_BASE : 0;

	if (queue->set & VHUGE_VRING_BASE)
		base = queue->base;
	if (vhuge_ring_start(&queue->ring, base))
		return 0;
	return vhuge_fail(report, -EINVAL,
			  "ring %u: a %s ring of size %u cannot go on at base 0x%x",
			  queue->index,
			  queue->ring.is_packed ? "packed" : "split",
			  queue->num, base);
}

/**
 * vhuge_queue_build - make a queue ready to be served
 * @queue: set up, not started
 * @features: the guest accepted
 * @map: the memory, as published
 * @report: receives the reason of a refusal
 */
int vhuge_queue_build(struct vhuge_queue *queue, u64 features,
		      const struct vhuge_segmap *map,
		      struct vhuge_report *report)
{
	const u32 needed = VHUGE_VRING_NUM | VHUGE_VRING_ADDR;
	int err;

	if ((queue->set & needed) != needed)
		return vhuge_fail(report, -EINVAL,
				  "ring %u: its %s not set", queue->index,
				  queue->set & VHUGE_VRING_NUM ?
				  "addresses are" : "size is");

	use_features(queue, features);
	err = check_kind(queue, report);
	if (err)
		return err;
	err = build_areas(queue, map, report);
	if (err)
		return err;

	queue->room = queue->num + SPARE_PIECES;
	queue->piece = kvcalloc(queue->room, sizeof(*queue->piece), GFP_KERNEL);
	queue->used = kvcalloc(queue->num, sizeof(*queue->used), GFP_KERNEL);
	queue->zerocopy = vhuge_zerocopy_open(&queue->ring);
	if (!queue->piece || !queue->used || !queue->zerocopy) {
		err = -ENOMEM;
		goto unbuild;
	}

	use_areas(queue);
	err = start_ring(queue, report);
	if (err)
		goto unbuild;
	queue->fault = VHUGE_FAULT_NONE;
	return 0;

unbuild:
	vhuge_queue_unbuild(queue);
	return err;
}

/**
 * vhuge_queue_unbuild - counterpart of vhuge_queue_build()
 * @queue: that nobody serves any more
 */
void vhuge_queue_unbuild(struct vhuge_queue *queue)
{
	unmap_areas(queue->area);
	kvfree(queue->piece);
	queue->piece = NULL;
	kvfree(queue->used);
	queue->used = NULL;
	vhuge_zerocopy_close(queue->zerocopy);
	queue->zerocopy = NULL;
}

/**
 * vhuge_queue_settle - note where a ring stopped
 * @queue: that nobody serves any more
 */
void vhuge_queue_settle(struct vhuge_queue *queue)
{
	queue->base = vhuge_ring_base(&queue->ring);
	queue->set |= VHUGE_VRING_BASE;
}

/**
 * vhuge_queue_forget - let go of kick and call
 * @queue: not started
 */
void vhuge_queue_forget(struct vhuge_queue *queue)
{
	set_kick(queue, -1);
	set_signal(&queue->call, -1);
}

/**
 * vhuge_queue_stays - do the areas stay where they are?
 * @queue: started
 * @map: memory to come
 *
 * A queue whose memory was removed has no areas; it stays without them until
 * they are in the memory again.
 */
bool vhuge_queue_stays(const struct vhuge_queue *queue,
		       const struct vhuge_segmap *map)
{
	int i;

	for (i = 0; i < VHUGE_AREAS; i++)
		if (!vhuge_area_stays(&queue->area[i], map, queue->user_addr[i],
				      area_length(queue, i)))
			return false;
	return true;
}

/**
 * vhuge_queue_move - prepare for areas that are elsewhere
 * @queue: started, and served still
 * @map: memory to come
 *
 * Return: 0, also when the areas are gone and the queue will break; -ENOMEM.
 */
int vhuge_queue_move(struct vhuge_queue *queue, const struct vhuge_segmap *map)
{
	int unused, err;

	err = map_areas(queue, queue->next, map, &unused);
	if (err == -ENOMEM)
		return err;
	queue->moving = true;
	return 0;
}

/**
 * vhuge_queue_unmove - the change did not take place
 * @queue: after vhuge_queue_move()
 */
void vhuge_queue_unmove(struct vhuge_queue *queue)
{
	queue->moving = false;
	unmap_areas(queue->next);
}

/**
 * vhuge_queue_moved - go on with the new areas
 * @queue: after vhuge_queue_move(), and nobody serves it now
 */
void vhuge_queue_moved(struct vhuge_queue *queue)
{
	queue->moving = false;
	unmap_areas(queue->area);
	memcpy(queue->area, queue->next, sizeof(queue->area));
	memset(queue->next, 0, sizeof(queue->next));
	use_areas(queue);
	if (!vhuge_queue_has_memory(queue))
		vhuge_queue_break(queue, NULL, VHUGE_FAULT_REMOVED);
	else
		cmpxchg(&queue->fault, VHUGE_FAULT_REMOVED, VHUGE_FAULT_NONE);
}

/**
 * vhuge_queue_break - serve the ring no more, and say so
 * @queue: the queue
 * @lane: whose statistics count it, NULL: nobody's
 * @fault: why; the first one counts
 *
 * Who hears of it finds it counted.
 *
 * Context: any that is not inside a wake-up of an eventfd.
 */
void vhuge_queue_break(struct vhuge_queue *queue, struct vhuge_lane *lane,
		       enum vhuge_fault fault)
{
	struct vhuge_signal *err;

	if (cmpxchg(&queue->fault, VHUGE_FAULT_NONE, fault))
		return;

	if (lane)
		vhuge_count(&lane->stats.faults, 1);
	trace_vhuge_queue_break(queue->device, queue->index, fault);
	pr_notice_ratelimited("device %u: ring %u is broken: %s; it is served again when %s\n",
			      queue->device, queue->index,
			      vhuge_fault_text(fault),
			      fault == VHUGE_FAULT_REMOVED ?
			      "its memory is back" : "the driver resets it");
	vhuge_notice_fault(queue->device, queue->index, fault);
	rcu_read_lock();
	err = rcu_dereference(queue->err);
	if (err)
		vhuge_signal_send(err);
	rcu_read_unlock();
}

/**
 * vhuge_queue_publish - show used entries to the guest
 * @queue: the queue
 * @lane: whose statistics count it
 *
 * Return: whether the guest asked for vhuge_queue_call().
 */
bool vhuge_queue_publish(struct vhuge_queue *queue, struct vhuge_lane *lane)
{
	bool published;

	if (vhuge_ring_publish(&queue->ring, &published))
		return true;
	vhuge_count(&lane->stats.calls_suppressed, published);
	return false;
}

/**
 * vhuge_queue_call - call the guest
 * @queue: the queue
 */
void vhuge_queue_call(struct vhuge_queue *queue)
{
	struct vhuge_signal *call = rcu_dereference_bh(queue->call);

	if (call)
		vhuge_signal_send(call);
}

/**
 * vhuge_queue_flush - publish used entries, and call the guest if it asked
 * @queue: the queue
 * @lane: whose statistics count it
 */
void vhuge_queue_flush(struct vhuge_queue *queue, struct vhuge_lane *lane)
{
	if (!vhuge_queue_publish(queue, lane))
		return;
	vhuge_count(&lane->stats.calls, 1);
	vhuge_queue_call(queue);
}
