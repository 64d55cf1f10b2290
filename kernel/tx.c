// SPDX-License-Identifier: GPL-2.0
/*
 * From the host to the guest: skbs, and frames of XDP, are copied into the
 * guest's buffers.
 *
 * The owner of the lane is the transmit queue of the interface, under whose
 * lock all of this runs: nobody is woken, the memory is pinned and can be
 * written from here. Used entries are published, and the guest is called, once
 * for a burst. What polls send, to whichever guest, is a burst as well.
 */
#include <linux/skbuff.h>
#include <net/xdp.h>

#include "cursor.h"
#include "header.h"
#include "port.h"

/*
 * Chains with room for one packet.
 * @chains: entries of queue->used
 * @room: bytes in them
 */
struct burst {
	u32 chains;
	u32 room;
	u32 pieces;
};

enum took { TOOK, TOOK_NONE, TOOK_NEVER };

/* Packets that a poll keeps from a guest at most. */
#define MOST_UNSEEN 8

/*
 * What a poll on this processor will do at its end.
 * @runs: there is one
 * @pairs: those whose guests it has to show something
 */
struct hold {
	bool runs;
	struct list_head pairs;
};

static DEFINE_PER_CPU(struct hold, holds);

/*
 * Pop one that holds up to @want bytes.
 *
 * Inline, as are take(), fill() and put(), which skbs and frames of XDP share:
 * to enter and leave them was a tenth of what a short packet costs.
 */
static __always_inline enum took take_chain(struct vhuge_queue *queue,
					    struct vhuge_lane *lane,
					    const struct vhuge_segmap *map,
					    struct burst *burst, u32 want)
{
	struct vhuge_used *used = &queue->used[burst->chains];
	struct vhuge_chain chain;
	int ret;

	chain.piece = queue->piece + burst->pieces;
	chain.room = queue->room - burst->pieces;
	ret = vhuge_queue_pop(queue, lane, map, &chain, want);
	if (unlikely(ret <= 0))
		return ret < 0 ? TOOK_NEVER : TOOK_NONE;
	if (unlikely(!chain.length || vhuge_ring_overworked(&queue->ring))) {
		vhuge_queue_break(queue, lane, VHUGE_FAULT_EMPTY);
		return TOOK_NEVER;
	}

	used->ticket = chain.ticket;
	used->length = chain.length;
	burst->chains++;
	burst->pieces += chain.pieces;
	burst->room += chain.length;
	return TOOK;
}

/*
 * Pop chains until they hold @want bytes. TOOK_NONE when the guest has to make
 * more available first, TOOK_NEVER when that would not help. Nothing stays
 * popped unless TOOK.
 */
static __always_inline enum took take(struct vhuge_queue *queue,
				      struct vhuge_lane *lane,
				      struct burst *burst, u32 want)
{
	const struct vhuge_segmap *map = rcu_dereference_bh(*queue->map);
	const u16 place = vhuge_ring_place(&queue->ring);
	const u32 most = queue->mergeable ? queue->num : 1;
	enum took took;

	*burst = (struct burst) {};
	queue->ring.work = 0;
	do {
		took = take_chain(queue, lane, map, burst, want - burst->room);
	} while (took == TOOK && burst->room < want && burst->chains < most);

	if (likely(took == TOOK && burst->room == want))
		return TOOK;
	vhuge_ring_unpop(&queue->ring, place);
	return took == TOOK ? TOOK_NEVER : took;
}

/* What is delivered: an skb, or else a frame of XDP. */
struct packet {
	u32 length;
	const struct sk_buff *skb;
	struct xdp_buff *xdp;
};

/* Bytes of a frame of XDP from @at on, which it has. */
static void copy_xdp(struct xdp_buff *xdp, u32 at, void *to, u32 length)
{
	const skb_frag_t *frag = xdp_get_shared_info_from_buff(xdp)->frags;
	const void *bytes = xdp->data;
	u32 size = xdp->data_end - xdp->data;

	while (length) {
		if (at < size) {
			u32 n = min(length, size - at);

			memcpy(to, bytes + at, n);
			to += n;
			length -= n;
			at += n;
			continue;
		}
		at -= size;
		bytes = skb_frag_address(frag);
		size = skb_frag_size(frag++);
	}
}

static __always_inline void copy(const struct packet *packet, u32 at, void *to,
				 u32 length)
{
	const struct sk_buff *skb = packet->skb;

	if (!skb)
		copy_xdp(packet->xdp, at, to, length);
	else if (at + length <= skb_headlen(skb))
		skb_copy_from_linear_data_offset(skb, at, to, length);
	else
		skb_copy_bits(skb, at, to, length);
}

/* Copy into the pieces: the header first, then the packet. */
static __always_inline void fill(const struct vhuge_queue *queue,
				 const struct packet *packet,
				 const struct virtio_net_hdr_mrg_rxbuf *header)
{
	struct vhuge_cursor to = { .piece = queue->piece };
	u32 at = 0;

	if (likely(queue->header == sizeof(*header)))
		vhuge_cursor_write(&to, header, sizeof(*header));
	else
		vhuge_cursor_write(&to, &header->hdr, sizeof(header->hdr));

	while (at < packet->length) {
		u32 n = min(packet->length - at, vhuge_cursor_ahead(&to));

		copy(packet, at, to.piece->addr + to.at, n);
		to.at += n;
		at += n;
	}
}

static void push(struct vhuge_queue *queue, const struct burst *burst)
{
	u32 i;

	for (i = 0; i < burst->chains; i++)
		vhuge_ring_push(&queue->ring, queue->used[i].ticket,
				queue->used[i].length);
}

/* Deliver into chains that have room. @header: but for the number of them. */
static __always_inline void put(struct vhuge_queue *queue,
				struct vhuge_lane *lane,
				const struct burst *burst,
				const struct packet *packet,
				struct virtio_net_hdr_mrg_rxbuf *header)
{
	header->num_buffers = (__force __virtio16)cpu_to_le16(burst->chains);
	fill(queue, packet, header);
	push(queue, burst);
	vhuge_count(&lane->stats.packets, 1);
	vhuge_count(&lane->stats.bytes, packet->length);
}

/* The guest has no room: wait for its kick. Return whether it has room now. */
static bool wait_for_kick(struct vhuge_queue *queue, struct vhuge_lane *lane,
			  struct netdev_queue *txq)
{
	netif_tx_stop_queue(txq);
	vhuge_count(&lane->stats.stops, 1);
	if (!vhuge_ring_kick_on(&queue->ring))
		return false;

	/* It came in between; its kick may not. */
	netif_tx_start_queue(txq);
	return true;
}

static enum took take_or_wait(struct vhuge_queue *queue,
			      struct vhuge_lane *lane, struct burst *burst,
			      u32 want, struct netdev_queue *txq)
{
	enum took took;

	do {
		took = take(queue, lane, burst, want);
	} while (took == TOOK_NONE && wait_for_kick(queue, lane, txq));

	if (took == TOOK)
		vhuge_ring_kick_off(&queue->ring);
	return took;
}

/* Does it become packets longer than the guest was told they are? */
static bool too_long(const struct vhuge_queue *queue, const struct sk_buff *skb)
{
	u32 longest = READ_ONCE(queue->longest);

	return skb->len > longest &&
	       !(skb_is_gso(skb) && skb_gso_validate_mac_len(skb, longest));
}

static netdev_tx_t drop(struct vhuge_lane *lane, struct sk_buff *skb,
			enum vhuge_drop cause)
{
	vhuge_drop(lane, cause);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

/*
 * To where NAPI takes its next one from, which is not there for who sends with
 * interrupts off, as netconsole does.
 */
static void free_sent(struct sk_buff *skb)
{
	napi_consume_skb(skb, !irqs_disabled());
}

static netdev_tx_t deliver(struct vhuge_queue *queue, struct vhuge_lane *lane,
			   struct sk_buff *skb, struct netdev_queue *txq)
{
	const struct packet packet = { .length = skb->len, .skb = skb };
	struct virtio_net_hdr_mrg_rxbuf header;
	struct burst burst;
	enum took took;

	if (too_long(queue, skb))
		return drop(lane, skb, VHUGE_DROP_MTU);
	if (!vhuge_header_write(&header.hdr, queue->features, skb))
		return drop(lane, skb, VHUGE_DROP_OFFLOAD);

	took = take_or_wait(queue, lane, &burst, queue->header + skb->len, txq);
	if (took == TOOK_NONE)
		return NETDEV_TX_BUSY;
	if (took == TOOK_NEVER)
		return drop(lane, skb, VHUGE_DROP_ROOM);

	put(queue, lane, &burst, &packet, &header);
	if (skb_is_gso(skb))
		vhuge_count(&lane->stats.gso, 1);
	skb_tx_timestamp(skb);
	free_sent(skb);
	return NETDEV_TX_OK;
}

/* Will the poll that this is part of, if any, show the guest what it was sent? */
static bool hold_back(struct vhuge_pair *pair)
{
	struct hold *hold = this_cpu_ptr(&holds);

	/* with interrupts off it may be netconsole that interrupts a poll */
	if (!hold->runs || irqs_disabled() || ++pair->unseen >= MOST_UNSEEN)
		return false;
	if (list_empty(&pair->held))
		list_add_tail(&pair->held, &hold->pairs);
	return true;
}

static void show(struct vhuge_pair *pair)
{
	pair->unseen = 0;
	vhuge_tx_flush(&pair->to_guest);
}

/**
 * vhuge_tx - ndo_start_xmit
 * @skb: a packet for the guest
 * @netdev: the interface
 */
netdev_tx_t vhuge_tx(struct sk_buff *skb, struct net_device *netdev)
{
	struct vhuge_port *port = netdev_priv(netdev);
	u16 index = skb_get_queue_mapping(skb);
	struct netdev_queue *txq = netdev_get_tx_queue(netdev, index);
	struct vhuge_pair *pair = &port->pair[index];
	struct vhuge_lane *lane = &pair->to_guest;
	struct vhuge_queue *queue = rcu_dereference_bh(lane->queue);
	netdev_tx_t ret;

	if (!queue || vhuge_queue_broken(queue))
		return drop(lane, skb, VHUGE_DROP_NO_GUEST);

	ret = deliver(queue, lane, skb, txq);
	if (netif_xmit_stopped(txq) ||
	    !(netdev_xmit_more() || hold_back(pair)))
		show(pair);
	return ret;
}

/**
 * vhuge_tx_hold - a poll begins
 *
 * Context: softirqs are off until vhuge_tx_show(), so no other poll begins here
 * meanwhile.
 */
void vhuge_tx_hold(void)
{
	struct hold *hold = this_cpu_ptr(&holds);

	INIT_LIST_HEAD(&hold->pairs);
	hold->runs = true;
}

/**
 * vhuge_tx_show - show the guests what they were sent since vhuge_tx_hold()
 *
 * A pair is on the list of one processor. Others may send to its guest meanwhile, and
 * leave that to this one, or see to it that nothing is left.
 */
void vhuge_tx_show(void)
{
	struct hold *hold = this_cpu_ptr(&holds);
	struct vhuge_pair *pair, *next;

	hold->runs = false;
	list_for_each_entry_safe(pair, next, &hold->pairs, held) {
		struct netdev_queue *txq;

		txq = netdev_get_tx_queue(pair->port->netdev, pair->index);
		__netif_tx_lock(txq, smp_processor_id());
		list_del_init(&pair->held);
		show(pair);
		__netif_tx_unlock(txq);
	}
}

static bool drop_xdp(struct vhuge_lane *lane, enum vhuge_drop cause)
{
	vhuge_drop(lane, cause);
	return false;
}

/**
 * vhuge_tx_xdp - deliver a frame of XDP, or drop and count it
 * @lane: to the guest
 * @xdp: the frame, which stays the caller's
 *
 * What XDP sends does not wait for room, and says nothing of checksums.
 * vhuge_tx_flush() has to follow.
 *
 * Context: under the lock of the transmit queue. Return: was it delivered?
 */
bool vhuge_tx_xdp(struct vhuge_lane *lane, struct xdp_buff *xdp)
{
	const struct packet packet = {
		.length = xdp_get_buff_len(xdp), .xdp = xdp,
	};
	struct vhuge_queue *queue = rcu_dereference_bh(lane->queue);
	struct virtio_net_hdr_mrg_rxbuf header = {};
	struct burst burst;
	enum took took;

	if (!queue || vhuge_queue_broken(queue))
		return drop_xdp(lane, VHUGE_DROP_NO_GUEST);
	if (packet.length > READ_ONCE(queue->longest))
		return drop_xdp(lane, VHUGE_DROP_MTU);

	took = take(queue, lane, &burst, queue->header + packet.length);
	if (took != TOOK)
		return drop_xdp(lane, took == TOOK_NONE ? VHUGE_DROP_FULL :
							  VHUGE_DROP_ROOM);

	put(queue, lane, &burst, &packet, &header);
	vhuge_count(&lane->stats.xdp_xmit, 1);
	return true;
}

/**
 * vhuge_tx_flush - let the guest know of what was delivered
 * @lane: to the guest
 *
 * Context: under the lock of the transmit queue.
 */
void vhuge_tx_flush(struct vhuge_lane *lane)
{
	struct vhuge_queue *queue = rcu_dereference_bh(lane->queue);

	if (queue && !vhuge_queue_broken(queue))
		vhuge_queue_flush(queue, lane);
}
