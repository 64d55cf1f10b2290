// SPDX-License-Identifier: GPL-2.0
/*
 * From the guest to the host: chains become skbs.
 *
 * The owner of the lane is the NAPI thread of the pair. What the stack decides
 * by is copied out of guest memory, so the guest cannot change it. The rest of
 * long packets stays there if possible, see zerocopy.h. Pages come from a pool,
 * since clearing and freeing a page for each packet costs more than all the
 * rest.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "compat.h"
#include "cursor.h"
#include "header.h"
#include "port.h"
#include "zerocopy.h"

/* The longest packet: IP's 65535 bytes behind a header with a VLAN tag. */
#define MAX_FRAME (ETH_HLEN + VLAN_HLEN + 65535)

#define HEADROOM (NET_SKB_PAD + NET_IP_ALIGN)
#define HEAD_SIZE(len) (SKB_DATA_ALIGN(HEADROOM + (len)) + \
			SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

/* Of packets with frags this much goes before them. */
#define LONG_HEAD 256U

/* A guest of which a poll finds more packets is in a hurry. */
#define HURRY 8

/* No protocol header that the stack goes by is longer. */
#define LONGEST_HEADER 64U

static struct sk_buff *alloc_head(struct page_pool *pool, u32 length)
{
	unsigned int offset, size = HEAD_SIZE(length);
	struct sk_buff *skb;
	struct page *page;

	page = page_pool_dev_alloc_frag(pool, &offset, size);
	if (!page)
		return NULL;

	skb = napi_build_skb(page_address(page) + offset, size);
	if (!skb) {
		page_pool_put_full_page(pool, page, false);
		return NULL;
	}
	skb_reserve(skb, HEADROOM);
	skb_mark_for_recycle(skb);
	return skb;
}

/* Copy what is left of a long packet into pages of its own. */
static bool add_frags(struct page_pool *pool, struct sk_buff *skb,
		      struct vhuge_cursor *from, u32 length)
{
	while (length) {
		u32 n = min_t(u32, length, PAGE_SIZE);
		unsigned int offset;
		struct page *page;

		page = page_pool_dev_alloc_frag(pool, &offset, PAGE_SIZE);
		if (!page)
			return false;
		vhuge_cursor_copy(from, page_address(page) + offset, n);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, offset, n,
				PAGE_SIZE);
		length -= n;
	}
	return true;
}

static bool is_tcp(const struct sk_buff *skb)
{
	const struct ethhdr *eth = (const void *)skb->data;
	const struct iphdr *ip4 = (const void *)(eth + 1);
	const struct ipv6hdr *ip6 = (const void *)(eth + 1);

	if (eth->h_proto == htons(ETH_P_IP))
		return skb_headlen(skb) >= ETH_HLEN + sizeof(*ip4) &&
		       ip4->protocol == IPPROTO_TCP;
	if (eth->h_proto == htons(ETH_P_IPV6))
		return skb_headlen(skb) >= ETH_HLEN + sizeof(*ip6) &&
		       ip6->nexthdr == IPPROTO_TCP;
	return false;
}

/*
 * What the packets of a poll have in common.
 * @lesson: how many more until one shows where its flow belongs; 0: none does
 * @list: receives those for the stack
 */
struct poll {
	struct vhuge_pair *pair;
	struct vhuge_lane *lane;
	struct vhuge_queue *queue;
	struct net_device *netdev;
	struct bpf_prog *prog;
	u32 lesson;
	struct list_head list;
};

/*
 * Is it of a connection whose packets are merged? @skb begins with its Ethernet
 * header.
 */
static bool is_merged(const struct poll *poll, const struct sk_buff *skb)
{
	return poll->netdev->features & NETIF_F_GRO && is_tcp(skb);
}

/*
 * Can a frame of @length bytes be a part of a larger packet? One that is too
 * long for other interfaces must not: they would take it for something that
 * they can cut.
 */
static bool can_be_part(const struct poll *poll, u32 length)
{
	return length <= READ_ONCE(poll->netdev->mtu) + ETH_HLEN;
}

/* Does it surely stand for several packets? */
static bool is_several(const struct virtio_net_hdr *header, u32 length)
{
	return header->gso_type != VIRTIO_NET_HDR_GSO_NONE &&
	       length > __virtio16_to_cpu(true, header->gso_size) + LONG_HEAD;
}

/* Is it a packet that is not copied if possible? */
static bool is_long(const struct poll *poll, u32 length)
{
	return length > LONG_HEAD &&
	       length > READ_ONCE(poll->pair->port->copybreak);
}

/*
 * Leave the rest of a packet where it is. All headers have to be in the part
 * that was copied: they must not change any more when somebody has looked. What
 * becomes part of a larger packet could not be given back by itself.
 */
static bool borrow(const struct poll *poll, struct sk_buff *skb,
		   const struct vhuge_cursor *from,
		   const struct virtio_net_hdr *header, u32 length)
{
	u32 headers, all = skb->len + length;

	if (!is_several(header, all) && can_be_part(poll, all) &&
	    is_merged(poll, skb))
		return false;
	if (!vhuge_zerocopy_ready(poll->queue->zerocopy))
		return false;
	headers = eth_get_headlen(poll->netdev, skb->data, skb->len);
	return headers + LONGEST_HEADER <= skb->len &&
	       vhuge_zerocopy_attach(skb, from, length);
}

/*
 * @length bytes of packet lie in the chain behind the virtio-net header.
 * @borrowed receives whether some of them are still there.
 */
static struct sk_buff *build(const struct poll *poll,
			     struct vhuge_cursor *from,
			     const struct virtio_net_hdr *header, u32 length,
			     bool *borrowed)
{
	bool is_short = !is_long(poll, length);
	bool fits = HEAD_SIZE(length) <= PAGE_SIZE;
	u32 head = is_short && fits ? length : LONG_HEAD;
	struct page_pool *pool = poll->pair->pool;
	struct sk_buff *skb = alloc_head(pool, head);

	*borrowed = false;
	if (unlikely(!skb))
		return NULL;

	vhuge_cursor_copy(from, __skb_put(skb, head), head);
	if (head == length)
		return skb;

	*borrowed = !poll->prog && !is_short &&
		    borrow(poll, skb, from, header, length - head);
	if (!*borrowed && !add_frags(pool, skb, from, length - head)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/* The header, read once, and what follows the part of it that is of interest. */
static void read_header(struct vhuge_cursor *from,
			struct virtio_net_hdr *header, u32 length)
{
	vhuge_cursor_copy(from, header, sizeof(*header));
	barrier(); /* the copy is what counts: never read the guest again */
	vhuge_cursor_skip(from, length - sizeof(*header));
}

/* Of a packet for the stack, which is complete. */
static void count(const struct poll *poll, const struct sk_buff *skb,
		  bool borrowed)
{
	struct vhuge_lane_stats *stats = &poll->lane->stats;

	vhuge_count(&stats->packets, 1);
	vhuge_count(&stats->bytes, skb->len);
	if (skb_is_gso(skb))
		vhuge_count(&stats->gso, 1);
	if (borrowed)
		vhuge_count(&stats->zerocopy, 1);
	else if (is_long(poll, skb->len))
		vhuge_count(&stats->copied, 1);
}

/*
 * A packet with what its header asks for. NULL when it was dropped. The chain of
 * one with skb_zcopy() is lent to the stack.
 */
static struct sk_buff *build_whole(const struct poll *poll,
				   const struct vhuge_chain *chain,
				   struct vhuge_cursor *from,
				   const struct virtio_net_hdr *header)
{
	struct vhuge_queue *queue = poll->queue;
	struct sk_buff *skb;
	bool borrowed;

	skb = build(poll, from, header, chain->length - queue->header,
		    &borrowed);
	if (unlikely(!skb)) {
		vhuge_drop(poll->lane, VHUGE_DROP_MEMORY);
		return NULL;
	}
	skb->dev = poll->netdev;
	if (vhuge_header_asks(header) &&
	    !vhuge_header_read(header, queue->features, skb)) {
		vhuge_drop(poll->lane, VHUGE_DROP_HEADER);
		kfree_skb(skb);
		return NULL;
	}

	count(poll, skb, borrowed);
	if (borrowed)
		vhuge_zerocopy_lend(queue->zerocopy, skb, chain->ticket);
	return skb;
}

/* Can it be a packet? Counts why not. */
static bool check(const struct poll *poll, const struct vhuge_chain *chain)
{
	struct vhuge_lane *lane = poll->lane;

	if (!READ_ONCE(poll->queue->enabled))
		vhuge_drop(lane, VHUGE_DROP_DISABLED);
	else if (!netif_running(poll->netdev))
		vhuge_drop(lane, VHUGE_DROP_DOWN);
	else if (chain->length < poll->queue->header + ETH_HLEN)
		vhuge_drop(lane, VHUGE_DROP_SHORT);
	else if (chain->cut)
		vhuge_drop(lane, VHUGE_DROP_LONG);
	else
		return true;
	return false;
}

/*
 * Shall the stack see whether it can be merged? What stands for several packets
 * cannot, but must not overtake others of its connection.
 */
static bool goes_by_gro(const struct poll *poll, struct sk_buff *skb)
{
	return is_merged(poll, skb) &&
	       (skb_is_gso(skb) ||
		(!skb_zcopy(skb) && can_be_part(poll, skb->len)));
}

/*
 * Let go of a packet that begins with its Ethernet header. @unseen: the program
 * has to see it first.
 */
static void deliver(struct poll *poll, struct sk_buff *skb, bool unseen)
{
	bool gro = !poll->prog && goes_by_gro(poll, skb);

	skb_record_rx_queue(skb, poll->pair->index);
	skb->protocol = eth_type_trans(skb, poll->netdev);
	if (!--poll->lesson)
		poll->lesson = vhuge_steer_learn(poll->pair, skb);
	if (unseen)
		vhuge_xdp_run_generic(poll->pair, poll->prog, skb, &poll->list);
	else if (gro)
		napi_gro_receive(&poll->pair->napi, skb);
	else
		list_add_tail(&skb->list, &poll->list);
}

/*
 * One chain, one packet: delivered unless somebody else has it. Return whether
 * the chain is lent to the stack.
 */
static bool receive(struct poll *poll, const struct vhuge_chain *chain)
{
	struct vhuge_cursor from = { .piece = chain->piece };
	struct vhuge_queue *queue = poll->queue;
	u32 length = chain->length - queue->header;
	struct virtio_net_hdr header;
	struct sk_buff *skb;
	bool native, lent;

	if (!check(poll, chain))
		return false;

	read_header(&from, &header, queue->header);
	native = poll->prog && vhuge_xdp_fits(&header, length);
	if (native)
		skb = vhuge_xdp_run(poll->pair, poll->prog, &from, length,
				    &header, queue->features);
	else
		skb = build_whole(poll, chain, &from, &header);
	if (!skb)
		return false;

	lent = skb_zcopy(skb);
	deliver(poll, skb, poll->prog && !native);
	return lent;
}

/* The stack has packets, and maybe given some of them back. */
static bool reap(struct vhuge_queue *queue, struct vhuge_lane *lane)
{
	return vhuge_zerocopy_reap(queue->zerocopy, &queue->ring, &lane->stats);
}

/* One packet after the other, up to @budget. Return how many. */
static int receive_all(struct poll *poll, int budget)
{
	struct vhuge_queue *queue = poll->queue;
	struct vhuge_ring *ring = &queue->ring;
	const struct vhuge_segmap *map = rcu_dereference_bh(*queue->map);
	struct vhuge_chain chain;
	int done;

	chain.piece = queue->piece;
	chain.room = queue->room;
	ring->work = 0;
	for (done = 0; done < budget; done++) {
		if (vhuge_queue_pop(queue, poll->lane, map, &chain,
				    queue->header + MAX_FRAME) <= 0)
			break;
		if (!receive(poll, &chain))
			vhuge_ring_push(ring, chain.ticket, 0);
		if (vhuge_ring_overworked(ring))
			return budget; /* enough for now, not for good */
	}
	return done;
}

/**
 * vhuge_rx - take what the guest made available, as far as the budget goes
 * @pair: the queue pair
 * @budget: chains at most
 * @call: receives the queue whose guest wants vhuge_queue_call() at the end of the
 *	poll, if any
 *
 * Context: NAPI poll of the pair. Return: chains taken.
 */
int vhuge_rx(struct vhuge_pair *pair, int budget, struct vhuge_queue **call)
{
	struct vhuge_lane *lane = &pair->from_guest;
	struct vhuge_queue *queue = rcu_dereference_bh(lane->queue);
	struct poll poll;
	bool wanted;
	int done;

	if (!queue || vhuge_queue_broken(queue))
		return 0;

	poll = (struct poll) {
		.pair = pair,
		.lane = lane,
		.queue = queue,
		.netdev = pair->port->netdev,
		.prog = rcu_dereference_bh(pair->port->xdp_prog),
		.lesson = vhuge_steer_poll(pair),
		.list = LIST_HEAD_INIT(poll.list),
	};
	vhuge_count(&lane->stats.polls, 1);
	vhuge_ring_kick_off(&queue->ring);
	vhuge_zerocopy_wake(queue->zerocopy);
	reap(queue, lane);

	done = receive_all(&poll, budget);
	pair->hurried = done > HURRY;

	wanted = vhuge_queue_publish(queue, lane);
	vhuge_xdp_flush(pair);
	netif_receive_skb_list(&poll.list);
	/* what was copied on at once, as to another guest, is back already, but
	 * for what GRO still has
	 */
	if (reap(queue, lane))
		wanted |= vhuge_queue_publish(queue, lane);
	vhuge_count(&lane->stats.calls, wanted);
	*call = wanted ? queue : NULL;
	return done;
}

/**
 * vhuge_rx_rearm - ask the guest for a kick
 * @pair: the queue pair
 *
 * Context: NAPI poll of the pair. Return: whether there is work already.
 */
bool vhuge_rx_rearm(struct vhuge_pair *pair)
{
	struct vhuge_queue *queue = rcu_dereference_bh(pair->from_guest.queue);

	if (!queue || vhuge_queue_broken(queue))
		return false;
	/* both, whatever the first one says */
	return vhuge_zerocopy_sleep(queue->zerocopy) |
	       vhuge_ring_kick_on(&queue->ring);
}
