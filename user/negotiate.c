// SPDX-License-Identifier: GPL-2.0
/*
 * Requests by which front-end and device agree on what they can do.
 */
#include <errno.h>

#include "device.h"
#include "messages.h"

#define OFFERED (VU_P_MQ | VU_P_RARP | VU_P_REPLY_ACK | VU_P_MTU | VU_P_RESET_DEVICE | \
		 VU_P_CONFIGURE_MEM_SLOTS | VU_P_STATUS)

/* Bits of the virtio device status, virtio 1.2, 2.1; 0 resets the device. */
#define STATUS_BITS 0xffULL

int handle_get_features(struct frontend *f, struct message *m)
{
	m->payload.u64 = f->info.features | VU_F_PROTOCOL_FEATURES;
	return 0;
}

/* The one bit that belongs to the protocol is nothing a guest knows of. */
int handle_set_features(struct frontend *f, struct message *m)
{
	uint64_t features = m->payload.u64;
	int err;

	err = device_set_features(f->device, features & ~VU_F_PROTOCOL_FEATURES);
	if (err)
		return frontend_check(f, err);
	f->features = features;
	return 0;
}

/* The connection is the session and its owner. */
int handle_set_owner(struct frontend *f, struct message *m)
{
	(void)f;
	(void)m;
	return 0;
}

int handle_reset_owner(struct frontend *f, struct message *m)
{
	(void)m;
	return ring_disable_all(f);
}

int handle_reset_device(struct frontend *f, struct message *m)
{
	int err = ring_stop_all(f);

	(void)m;
	return err ? err : ring_disable_all(f);
}

int handle_get_protocol_features(struct frontend *f, struct message *m)
{
	(void)f;
	m->payload.u64 = OFFERED;
	return 0;
}

int handle_set_protocol_features(struct frontend *f, struct message *m)
{
	uint64_t unknown = m->payload.u64 & ~OFFERED;

	if (unknown)
		return frontend_refuse(f, EOPNOTSUPP, "protocol features %#llx were not offered",
				       (unsigned long long)unknown);
	f->protocol = m->payload.u64;
	return 0;
}

int handle_get_queue_num(struct frontend *f, struct message *m)
{
	m->payload.u64 = f->endpoint->count_rings ? 2 * f->info.queue_pairs
						  : f->info.queue_pairs;
	return 0;
}

/*
 * Kept for GET_STATUS. A reset stops the rings that still run; the front-ends
 * known so far have stopped them before.
 */
int handle_set_status(struct frontend *f, struct message *m)
{
	if (m->payload.u64 & ~STATUS_BITS)
		return frontend_refuse(f, EINVAL, "status %#llx has more than 8 bits",
				       (unsigned long long)m->payload.u64);
	f->status = m->payload.u64;
	return f->status ? 0 : ring_stop_all(f);
}

int handle_get_status(struct frontend *f, struct message *m)
{
	m->payload.u64 = f->status;
	return 0;
}
