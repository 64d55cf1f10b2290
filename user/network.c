// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that have to do with the network and not with rings.
 */
#include <errno.h>
#include <string.h>

#include "device.h"
#include "messages.h"

/*
 * What the front-end has told its guest. It is not for a guest's front-end to
 * change the port: the kernel compares the two.
 */
int handle_net_set_mtu(struct frontend *f, struct message *m)
{
	if (m->payload.u64 > UINT32_MAX)
		return frontend_refuse(f, EINVAL, "MTU %#llx",
				       (unsigned long long)m->payload.u64);
	return frontend_check(f, device_set_mtu(f->device, m->payload.u64));
}

/* The address is in the first bytes, whatever the order of bytes is. */
int handle_send_rarp(struct frontend *f, struct message *m)
{
	uint8_t mac[6];

	memcpy(mac, &m->payload.u64, sizeof(mac));
	return frontend_check(f, device_announce(f->device, mac));
}
