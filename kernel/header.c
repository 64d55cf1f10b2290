// SPDX-License-Identifier: GPL-2.0
/*
 * The virtio-net header of a packet; see header.h.
 */
#include <linux/if_ether.h>
#include <linux/skbuff.h>
#include <net/checksum.h>

#include "header.h"
#include "queue.h"

/* May a guest with these features ask for segmentation of this type? */
static bool may_ask(u64 features, u8 type)
{
	bool ecn = type & VIRTIO_NET_HDR_GSO_ECN;

	if (!vhuge_has(features, VIRTIO_NET_F_CSUM) ||
	    (ecn && !vhuge_has(features, VIRTIO_NET_F_HOST_ECN)))
		return false;

	switch (type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return vhuge_has(features, VIRTIO_NET_F_HOST_TSO4);
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return vhuge_has(features, VIRTIO_NET_F_HOST_TSO6);
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return vhuge_has(features, VIRTIO_NET_F_HOST_USO) && !ecn;
	default:
		return false;
	}
}

/* Is a checksum left to the host? */
static bool wants_sum(const struct virtio_net_hdr *header, u64 features)
{
	return header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM &&
	       vhuge_has(features, VIRTIO_NET_F_CSUM);
}

/**
 * vhuge_header_read - give a packet of the guest what its header asks for
 * @header: copied from the guest
 * @features: the guest accepted
 * @skb: the packet, from its Ethernet header on, which is complete; @skb->dev
 *       is set, the protocol is not
 *
 * Flags that were not negotiated are ignored (5.1.6.2.2). Segmentation that was
 * not is refused: the packet may be longer than anything that can be sent on.
 *
 * Return: false when the packet is to be dropped.
 */
bool vhuge_header_read(const struct virtio_net_hdr *header, u64 features,
		       struct sk_buff *skb)
{
	struct virtio_net_hdr asked = *header;

	if (!wants_sum(header, features))
		asked.flags = 0;
	if (asked.gso_type != VIRTIO_NET_HDR_GSO_NONE &&
	    !may_ask(features, asked.gso_type))
		return false;

	/* A sum over part of the Ethernet header would begin before the packet
	 * when that is taken off, which the stack does not expect.
	 */
	if (asked.flags && __virtio16_to_cpu(true, asked.csum_start) < ETH_HLEN)
		return false;

	/* Lets the helper find the headers if it is not told where they are. */
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	return !virtio_net_hdr_to_skb(skb, &asked, true);
}

/**
 * vhuge_header_complete - complete the checksum that is left to the host
 * @header: copied from the guest, without segmentation
 * @features: the guest accepted
 * @bytes: the packet, from its Ethernet header on
 * @length: bytes of it
 *
 * Return: false when the packet is to be dropped.
 */
bool vhuge_header_complete(const struct virtio_net_hdr *header, u64 features,
			   void *bytes, u32 length)
{
	u32 start = __virtio16_to_cpu(true, header->csum_start);
	u32 at = start + __virtio16_to_cpu(true, header->csum_offset);
	__sum16 sum;

	if (!wants_sum(header, features))
		return true;
	if (start < ETH_HLEN || at + sizeof(sum) > length)
		return false;

	sum = csum_fold(csum_partial(bytes + start, length - start, 0));
	put_unaligned(sum ?: CSUM_MANGLED_0, (__sum16 *)(bytes + at));
	return true;
}

/* Can a guest with these features take this segmentation? */
static bool can_segment(u64 features, unsigned int type)
{
	const unsigned int known = SKB_GSO_TCPV4 | SKB_GSO_TCPV6 |
				   SKB_GSO_UDP_L4 | SKB_GSO_TCP_ECN |
				   SKB_GSO_DODGY;

	if (type & ~known)
		return false;
	if (type & SKB_GSO_TCPV4 && !vhuge_has(features, VIRTIO_NET_F_GUEST_TSO4))
		return false;
	if (type & SKB_GSO_TCPV6 && !vhuge_has(features, VIRTIO_NET_F_GUEST_TSO6))
		return false;
	if (type & SKB_GSO_TCP_ECN && !vhuge_has(features, VIRTIO_NET_F_GUEST_ECN))
		return false;
	return !(type & SKB_GSO_UDP_L4) ||
	       (vhuge_has(features, VIRTIO_NET_F_GUEST_USO4) &&
		vhuge_has(features, VIRTIO_NET_F_GUEST_USO6));
}

/**
 * vhuge_header_write - tell the guest what is left to it
 * @header: receives it
 * @features: the guest accepted
 * @skb: the packet; its checksum may be completed
 *
 * The stack leaves to the guest what the interface can. A packet that was
 * prepared for another guest may still have been waiting, and must not reach
 * one that does not understand it.
 *
 * Return: false when the guest cannot take the packet.
 */
bool vhuge_header_write(struct virtio_net_hdr *header, u64 features,
			struct sk_buff *skb)
{
	bool csum = vhuge_has(features, VIRTIO_NET_F_GUEST_CSUM);

	if (skb_is_gso(skb) &&
	    !(csum && can_segment(features, skb_shinfo(skb)->gso_type)))
		return false;
	if (skb->ip_summed == CHECKSUM_PARTIAL && !csum &&
	    skb_checksum_help(skb))
		return false;

	return !virtio_net_hdr_from_skb(skb, header, true, csum, 0);
}

/**
 * vhuge_header_offloads - what the stack may leave to a guest
 * @features: the guest accepted
 *
 * Linux has one word for the segmentation of UDP over IPv4 and IPv6, so the
 * guest must take both.
 */
netdev_features_t vhuge_header_offloads(u64 features)
{
	netdev_features_t offloads = NETIF_F_HW_CSUM;

	if (!vhuge_has(features, VIRTIO_NET_F_GUEST_CSUM))
		return 0;
	if (can_segment(features, SKB_GSO_TCPV4))
		offloads |= NETIF_F_TSO;
	if (can_segment(features, SKB_GSO_TCPV6))
		offloads |= NETIF_F_TSO6;
	if (can_segment(features, SKB_GSO_TCP_ECN))
		offloads |= NETIF_F_TSO_ECN;
	if (can_segment(features, SKB_GSO_UDP_L4))
		offloads |= NETIF_F_GSO_UDP_L4;
	return offloads & VHUGE_OFFLOADS;
}
