/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtio-net header of a packet (virtio 1.2, 5.1.6): what the guest asks of
 * the host, and what the host asks of the guest, with each packet.
 *
 * A guest can write anything into it. The header is copied before it is looked
 * at, only what the guest negotiated means anything, and the kernel's own
 * checks decide about the rest.
 */
#ifndef VHUGE_HEADER_H
#define VHUGE_HEADER_H

#include <linux/netdev_features.h>
#include <linux/types.h>
#include <linux/virtio_net.h>

#include "compat.h"

/* What a guest may leave to the host. UFO is left out: no Linux sends it. */
#define VHUGE_HOST_FEATURES				\
	(BIT_ULL(VIRTIO_NET_F_CSUM) |			\
	 BIT_ULL(VIRTIO_NET_F_HOST_TSO4) |		\
	 BIT_ULL(VIRTIO_NET_F_HOST_TSO6) |		\
	 BIT_ULL(VIRTIO_NET_F_HOST_ECN) |		\
	 (VHUGE_HAS_USO ? BIT_ULL(VIRTIO_NET_F_HOST_USO) : 0))

/* What the host may leave to a guest. */
#define VHUGE_GUEST_FEATURES				\
	(BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) |		\
	 BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) |		\
	 BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) |		\
	 BIT_ULL(VIRTIO_NET_F_GUEST_ECN) |		\
	 (VHUGE_HAS_USO ? BIT_ULL(VIRTIO_NET_F_GUEST_USO4) |	\
			  BIT_ULL(VIRTIO_NET_F_GUEST_USO6) : 0))

/* The same in the words of an interface. */
#define VHUGE_OFFLOADS (NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 |	\
			NETIF_F_TSO_ECN |				\
			(VHUGE_HAS_USO ? NETIF_F_GSO_UDP_L4 : 0))

/**
 * vhuge_header_asks - does the guest ask for anything?
 * @header: copied from the guest
 *
 * Return: false when there is nothing to be done for it, or to be checked.
 */
static inline bool vhuge_header_asks(const struct virtio_net_hdr *header)
{
	return header->flags || header->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

bool vhuge_header_read(const struct virtio_net_hdr *header, u64 features,
		       struct sk_buff *skb);
bool vhuge_header_complete(const struct virtio_net_hdr *header, u64 features,
			   void *bytes, u32 length);
bool vhuge_header_write(struct virtio_net_hdr *header, u64 features,
			struct sk_buff *skb);
netdev_features_t vhuge_header_offloads(u64 features);

#endif /* VHUGE_HEADER_H */
