// SPDX-License-Identifier: GPL-2.0
/*
 * Which queue pair of a guest a flow belongs to: the one on which the guest was
 * seen to send of it last, so that a flow stays on one of its processors
 * (virtio 1.2, 5.1.6.5.5).
 *
 * The table is written where the guest sends and read where the host does,
 * without a lock. It does not grow: an entry is one word, with the pair in the
 * lowest bits and what is left of the flow's hash in the others. Flows that meet
 * in an entry take it from each other; one that is not found goes where the
 * stack would send it.
 */
#include <linux/slab.h>

#include "port.h"

#define PLACES 1024U
#define PAIR (VHUGE_MAX_PAIRS - 1)

/* Of a guest in a hurry one of so many packets is looked at. */
#define LESSONS 32U

static_assert(PAIR < PLACES);

/**
 * vhuge_steer_alloc - an empty table
 */
u32 *vhuge_steer_alloc(void)
{
	return kvcalloc(PLACES, sizeof(u32), GFP_KERNEL);
}

/**
 * vhuge_steer_forget - the next guest places its flows itself
 * @port: a port whose pairs nobody serves
 */
void vhuge_steer_forget(struct vhuge_port *port)
{
	u32 i;

	/* Who sends regardless may be reading. */
	for (i = 0; i < PLACES; i++)
		WRITE_ONCE(port->steer[i], 0);
}

/**
 * vhuge_steer_poll - a poll begins
 * @pair: of this queue pair
 *
 * To find the flow of a packet takes a dissection of its headers, about a third of
 * what receiving it takes. A guest that is not in a hurry has each of its packets
 * looked at.
 *
 * Return: which packet of the poll shall be learned from first, counted from 1, or
 * 0: none.
 */
u32 vhuge_steer_poll(const struct vhuge_pair *pair)
{
	if (READ_ONCE(pair->port->netdev->real_num_tx_queues) == 1)
		return 0;
	/* other ones in each poll: flows may take turns */
	return pair->hurried ? pair->from_guest.stats.polls % LESSONS + 1 : 1;
}

/**
 * vhuge_steer_learn - a guest has sent
 * @pair: on this queue pair, of several
 * @skb: this packet, behind its Ethernet header
 *
 * Return: which packet after this one shall be learned from, counted from 1.
 */
u32 vhuge_steer_learn(const struct vhuge_pair *pair, struct sk_buff *skb)
{
	struct vhuge_port *port = pair->port;
	u32 hash, entry, *place;

	skb_reset_network_header(skb);
	hash = __skb_get_hash_symmetric(skb);
	entry = (hash & ~PAIR) | pair->index;
	place = &port->steer[hash % PLACES];
	/* Others read the cache line: leave it alone when it is right. */
	if (READ_ONCE(*place) != entry)
		WRITE_ONCE(*place, entry);
	return pair->hurried ? LESSONS : 1;
}

/**
 * vhuge_steer - ndo_select_queue
 * @netdev: the interface
 * @skb: a packet for the guest
 * @sb_dev: as for the operation
 */
u16 vhuge_steer(struct net_device *netdev, struct sk_buff *skb,
		struct net_device *sb_dev)
{
	const struct vhuge_port *port = netdev_priv(netdev);
	u32 queues = READ_ONCE(netdev->real_num_tx_queues);
	u32 hash, entry;

	if (queues == 1)
		return 0;

	hash = __skb_get_hash_symmetric(skb);
	entry = READ_ONCE(port->steer[hash % PLACES]);
	if (!((entry ^ hash) & ~PAIR) && (entry & PAIR) < queues)
		return entry & PAIR;
	return netdev_pick_tx(netdev, skb, sb_dev);
}
