// SPDX-License-Identifier: GPL-2.0
/*
 * XDP: a program sees what the guest sends before it becomes an skb, and frames
 * that programs elsewhere redirect to the port reach the guest without one.
 *
 * The program works on a copy in a page of its own, so the guest cannot change
 * what was checked. It sees what a wire would carry: checksums that the guest
 * left to the host are completed before. Packets that do not fit into a page, or
 * stand for several, become skbs first, are cut, and each part is shown to the
 * program as generic XDP would do it.
 *
 * All but the attachment runs in the NAPI poll of a pair, or under the lock of a
 * transmit queue where frames are delivered.
 */
#include <linux/bpf_trace.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>

#include "compat.h"
#include "cursor.h"
#include "header.h"
#include "port.h"

/* Bytes of the longest packet that fits into a page. */
#define ROOM (SKB_WITH_OVERHEAD(PAGE_SIZE) - XDP_PACKET_HEADROOM)

/* vhuge_pair.xdp_pending */
#define PENDING_SENT BIT(0)
#define PENDING_REDIRECTED BIT(1)

/**
 * vhuge_xdp_init - let XDP know the queue of a pair
 * @pair: with its pool and NAPI instance
 */
int vhuge_xdp_init(struct vhuge_pair *pair)
{
	int err = xdp_rxq_info_reg(&pair->rxq, pair->port->netdev, pair->index,
				   pair->napi.napi_id);

	if (err)
		return err;
	/* The pool is destroyed when both have let go of it. */
	return xdp_rxq_info_reg_mem_model(&pair->rxq, MEM_TYPE_PAGE_POOL,
					  pair->pool);
}

/**
 * vhuge_xdp_uninit - counterpart of vhuge_xdp_init(), whether it failed or not
 * @pair: that nobody serves any more
 */
void vhuge_xdp_uninit(struct vhuge_pair *pair)
{
	if (xdp_rxq_info_is_reg(&pair->rxq))
		xdp_rxq_info_unreg(&pair->rxq);
}

/**
 * vhuge_xdp - ndo_bpf
 * @netdev: the interface
 * @bpf: what to do
 *
 * Context: RTNL. A program that runs is replaced after the poll it runs in, and
 * is freed by the core after a grace period.
 */
int vhuge_xdp(struct net_device *netdev, struct netdev_bpf *bpf)
{
	struct vhuge_port *port = netdev_priv(netdev);
	struct bpf_prog *old = rtnl_dereference(port->xdp_prog);

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;

	rcu_assign_pointer(port->xdp_prog, bpf->prog);
	if (old)
		bpf_prog_put(old);
	return 0;
}

/**
 * vhuge_xdp_xmit - ndo_xdp_xmit
 * @netdev: the interface
 * @count: how many frames
 * @frames: to be delivered; those that were are the first ones afterwards
 * @flags: as for the operation
 *
 * Context: the NAPI poll the frames come from. Return: frames delivered, which
 * are returned to where they come from; the others stay the caller's.
 */
int vhuge_xdp_xmit(struct net_device *netdev, int count,
		   struct xdp_frame **frames, u32 flags)
{
	struct vhuge_port *port = netdev_priv(netdev);
	u32 queues = READ_ONCE(netdev->real_num_tx_queues);
	u32 index = smp_processor_id() % queues;
	struct vhuge_lane *lane = &port->pair[index].to_guest;
	struct netdev_queue *txq = netdev_get_tx_queue(netdev, index);
	struct xdp_buff xdp;
	int sent = 0, i;

	if (flags & ~XDP_XMIT_FLAGS_MASK)
		return -EINVAL;

	__netif_tx_lock(txq, smp_processor_id());
	for (i = 0; i < count; i++) {
		xdp_convert_frame_to_buff(frames[i], &xdp);
		if (!vhuge_tx_xdp(lane, &xdp))
			continue;
		swap(frames[sent], frames[i]);
		sent++;
	}
	if (flags & XDP_XMIT_FLUSH)
		vhuge_tx_flush(lane);
	__netif_tx_unlock(txq);

	for (i = 0; i < sent; i++)
		xdp_return_frame_rx_napi(frames[i]);
	return sent;
}

/**
 * vhuge_xdp_fits - is it a packet for vhuge_xdp_run()?
 * @header: copied from the guest
 * @length: bytes of the packet
 */
bool vhuge_xdp_fits(const struct virtio_net_hdr *header, u32 length)
{
	return header->gso_type == VIRTIO_NET_HDR_GSO_NONE && length <= ROOM;
}

/* Return the page the packet was copied to, or NULL. */
static void *copy_out(struct vhuge_pair *pair, struct vhuge_cursor *from,
		      u32 length)
{
	unsigned int offset;
	struct page *page;

	page = page_pool_dev_alloc_frag(pair->pool, &offset, PAGE_SIZE);
	if (!page)
		return NULL;
	vhuge_cursor_copy(from, page_address(page) + XDP_PACKET_HEADROOM,
			  length);
	return page_address(page);
}

static void recycle(struct vhuge_pair *pair, struct xdp_buff *xdp)
{
	page_pool_put_full_page(pair->pool, virt_to_page(xdp->data_hard_start),
				true);
}

static struct netdev_queue *tx_queue(const struct vhuge_pair *pair)
{
	return netdev_get_tx_queue(pair->port->netdev, pair->index);
}

static bool send_back(struct vhuge_pair *pair, struct xdp_buff *xdp)
{
	struct netdev_queue *txq = tx_queue(pair);
	bool sent;

	__netif_tx_lock(txq, smp_processor_id());
	sent = vhuge_tx_xdp(&pair->to_guest, xdp);
	__netif_tx_unlock(txq);
	pair->xdp_pending |= PENDING_SENT;
	return sent;
}

/* The skb of a packet that the program let pass, on the same page. */
static struct sk_buff *pass(struct vhuge_pair *pair, struct xdp_buff *xdp)
{
	struct sk_buff *skb = napi_build_skb(xdp->data_hard_start, PAGE_SIZE);
	u32 metadata = xdp->data - xdp->data_meta;

	if (!skb) {
		vhuge_drop(&pair->from_guest, VHUGE_DROP_MEMORY);
		recycle(pair, xdp);
		return NULL;
	}
	skb_reserve(skb, xdp->data - xdp->data_hard_start);
	__skb_put(skb, xdp->data_end - xdp->data);
	if (metadata)
		skb_metadata_set(skb, metadata);
	skb_mark_for_recycle(skb);
	return skb;
}

/* Do what the program says. Return an skb for the stack, or NULL. */
static struct sk_buff *obey(struct vhuge_pair *pair, struct bpf_prog *prog,
			    struct xdp_buff *xdp, u32 act)
{
	struct net_device *netdev = pair->port->netdev;
	struct vhuge_lane *lane = &pair->from_guest;

	switch (act) {
	case XDP_PASS:
		return pass(pair, xdp);
	case XDP_DROP:
		vhuge_count(&lane->stats.xdp_drop, 1);
		recycle(pair, xdp);
		return NULL;
	case XDP_TX:
		if (!send_back(pair, xdp))
			break;
		vhuge_count(&lane->stats.xdp_tx, 1);
		recycle(pair, xdp);
		return NULL;
	case XDP_REDIRECT:
		if (xdp_do_redirect(netdev, xdp, prog))
			break;
		vhuge_count(&lane->stats.xdp_redirect, 1);
		pair->xdp_pending |= PENDING_REDIRECTED;
		return NULL;
	case XDP_ABORTED:
		break;
	default:
		bpf_warn_invalid_xdp_action(netdev, prog, act);
	}
	trace_xdp_exception(netdev, prog, act);
	vhuge_drop(lane, VHUGE_DROP_XDP);
	recycle(pair, xdp);
	return NULL;
}

/**
 * vhuge_xdp_run - copy a packet, and have the program decide about it
 * @pair: the queue pair
 * @prog: the program
 * @from: where the packet lies in the chain
 * @length: bytes of the packet, at least an Ethernet header; see
 *          vhuge_xdp_fits()
 * @header: copied from the guest
 * @features: the guest accepted
 *
 * Context: NAPI poll of the pair; vhuge_xdp_flush() has to follow. Return: an
 * skb that begins with its Ethernet header, or NULL when it is not for the
 * stack.
 */
struct sk_buff *vhuge_xdp_run(struct vhuge_pair *pair, struct bpf_prog *prog,
			      struct vhuge_cursor *from, u32 length,
			      const struct virtio_net_hdr *header,
			      u64 features)
{
	struct vhuge_lane *lane = &pair->from_guest;
	void *page = copy_out(pair, from, length);
	struct xdp_buff xdp;

	if (!page) {
		vhuge_drop(lane, VHUGE_DROP_MEMORY);
		return NULL;
	}
	xdp_init_buff(&xdp, PAGE_SIZE, &pair->rxq);
	xdp_prepare_buff(&xdp, page, XDP_PACKET_HEADROOM, length, true);
	if (!vhuge_header_complete(header, features, xdp.data, length)) {
		vhuge_drop(lane, VHUGE_DROP_HEADER);
		recycle(pair, &xdp);
		return NULL;
	}

	vhuge_count(&lane->stats.packets, 1);
	vhuge_count(&lane->stats.bytes, length);
	return obey(pair, prog, &xdp, bpf_prog_run_xdp(prog, &xdp));
}

/* A list of what a wire would carry in the place of the skb; NULL: nothing. */
static struct sk_buff *finish(struct sk_buff *skb)
{
	struct sk_buff *parts, *part;

	if (!skb_is_gso(skb))
		return skb->ip_summed != CHECKSUM_PARTIAL ||
		       !skb_checksum_help(skb) ? skb : NULL;

	/* Segments without a checksum in each are nothing a driver asks for. */
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return NULL;
	__skb_push(skb, ETH_HLEN);
	parts = __skb_gso_segment(skb, 0, false);
	if (IS_ERR_OR_NULL(parts))
		return NULL;
	for (part = parts; part; part = part->next)
		__skb_pull(part, ETH_HLEN);
	consume_skb(skb);
	return parts;
}

/**
 * vhuge_xdp_run_generic - have the program decide about an skb
 * @pair: the queue pair
 * @prog: the program
 * @skb: a packet of the guest's, behind its Ethernet header
 * @list: receives what passes
 *
 * Context: NAPI poll of the pair.
 */
void vhuge_xdp_run_generic(struct vhuge_pair *pair, struct bpf_prog *prog,
			   struct sk_buff *skb, struct list_head *list)
{
	struct vhuge_lane *lane = &pair->from_guest;
	struct sk_buff *part = finish(skb), *next;

	if (!part) {
		vhuge_drop(lane, VHUGE_DROP_XDP);
		kfree_skb(skb);
		return;
	}
	for (; part; part = next) {
		next = part->next;
		skb_mark_not_on_list(part);
		vhuge_count(&lane->stats.xdp_generic, 1);
		if (do_xdp_generic(prog, &part) == XDP_PASS)
			list_add_tail(&part->list, list);
	}
}

/**
 * vhuge_xdp_flush - let go of what the program sent during a poll
 * @pair: the queue pair
 *
 * Context: NAPI poll of the pair.
 */
void vhuge_xdp_flush(struct vhuge_pair *pair)
{
	struct netdev_queue *txq = tx_queue(pair);

	if (likely(!pair->xdp_pending))
		return;

	if (pair->xdp_pending & PENDING_REDIRECTED)
		xdp_do_flush();
	if (pair->xdp_pending & PENDING_SENT) {
		__netif_tx_lock(txq, smp_processor_id());
		vhuge_tx_flush(&pair->to_guest);
		__netif_tx_unlock(txq);
	}
	pair->xdp_pending = 0;
}
