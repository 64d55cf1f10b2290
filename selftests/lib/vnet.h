/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's end of an interface with what goes along with a packet: checksums
 * and segments that are still to be made, as a virtio-net header.
 */
#ifndef SELFTESTS_VNET_H
#define SELFTESTS_VNET_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/virtio_net.h>

/* A packet socket that gets whatever the interface receives. */
int vnet_open(unsigned int ifindex);

/* Returns 0 or -errno. */
int vnet_send(int vnet, const struct virtio_net_hdr *header, const unsigned char *frame,
	      size_t length);

/* Waits for a packet. Returns its length, 0 when none came. */
size_t vnet_receive(int vnet, struct virtio_net_hdr *header, unsigned char *frame, size_t room);

/*
 * A tap interface: what is written to it, with vnet_send(), the kernel judges as
 * coming from a guest. Returns a descriptor, -1 where there is no tap.
 */
int vnet_tap(const char *name, unsigned int *ifindex);

#endif
