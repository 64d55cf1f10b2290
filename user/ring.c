// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that set rings up, start and stop them. Numbers and addresses go
 * on to the kernel as they come, in whatever order: it looks at them when the
 * ring is started.
 */
#include <errno.h>
#include <stdio.h>

#include "device.h"
#include "messages.h"

static void name_ring(struct frontend *f, uint32_t index)
{
	snprintf(f->subject, sizeof(f->subject), "ring %u", index);
}

static int set_vring(struct frontend *f, struct vhuge_vring *vring)
{
	name_ring(f, vring->index);
	return frontend_check(f, device_set_vring(f->device, vring));
}

int handle_set_vring_num(struct frontend *f, struct message *m)
{
	struct vhuge_vring vring = {
		.flags = VHUGE_VRING_NUM,
		.index = m->payload.state.index,
		.num = m->payload.state.num,
	};

	return set_vring(f, &vring);
}

/* The flag asks for a log of dirty pages, a feature that is not offered. */
int handle_set_vring_addr(struct frontend *f, struct message *m)
{
	const struct vu_vring_addr *addr = &m->payload.addr;
	struct vhuge_vring vring = {
		.flags = VHUGE_VRING_ADDR,
		.index = addr->index,
		.desc = addr->desc,
		.avail = addr->avail,
		.used = addr->used,
	};

	if (addr->flags) {
		name_ring(f, addr->index);
		return frontend_refuse(f, EOPNOTSUPP, "flags %#x: dirty pages are not logged",
				       addr->flags);
	}
	return set_vring(f, &vring);
}

int handle_set_vring_base(struct frontend *f, struct message *m)
{
	struct vhuge_vring vring = {
		.flags = VHUGE_VRING_BASE,
		.index = m->payload.state.index,
		.base = m->payload.state.num,
	};

	return set_vring(f, &vring);
}

/* Stops the ring: after the reply nothing touches it until its next kick fd. */
static int stop_ring(struct frontend *f, uint32_t index, uint32_t *base)
{
	int err = frontend_check(f, device_stop_vring(f->device, index, base));

	if (!err && index < FRONTEND_RINGS)
		f->started[index] = false;
	return err;
}

int handle_get_vring_base(struct frontend *f, struct message *m)
{
	name_ring(f, m->payload.state.index);
	return stop_ring(f, m->payload.state.index, &m->payload.state.num);
}

/*
 * SET_VRING_KICK starts the ring, with or without an eventfd. A front-end that
 * does not know protocol features has no request to enable rings: for it they
 * are enabled from the start.
 */
static int start_ring(struct frontend *f, unsigned int index)
{
	int err;

	if (!(f->features & VU_F_PROTOCOL_FEATURES)) {
		err = frontend_check(f, device_enable_vring(f->device, index, true));
		if (err)
			return err;
	}
	err = frontend_check(f, device_start_vring(f->device, index));
	if (!err)
		f->started[index] = true;
	return err;
}

/* Returns the ring's number or a negative error. */
static int set_eventfd(struct frontend *f, struct message *m, unsigned int kind)
{
	const uint64_t value = m->payload.u64;
	const unsigned int index = value & VU_RING_INDEX;
	const unsigned int expected = value & VU_RING_NO_FD ? 0 : 1;
	int err;

	name_ring(f, index);
	if (value & ~(VU_RING_INDEX | VU_RING_NO_FD))
		return frontend_refuse(f, EINVAL, "unknown bits in %#llx",
				       (unsigned long long)value);
	if (m->fd_count != expected)
		return frontend_refuse(f, EPROTO, "%u file descriptors, announced were %u",
				       m->fd_count, expected);
	err = frontend_check(f, device_set_vring_fd(f->device, index, kind,
						    expected ? m->fds[0] : -1));
	return err ? err : (int)index;
}

int handle_set_vring_kick(struct frontend *f, struct message *m)
{
	int index = set_eventfd(f, m, VHUGE_VRING_KICK);

	if (index < 0)
		return index;
	if (!m->fd_count)
		log_limited(f->limit, LOG_WARNING,
			    "%s: ring %d has no kick eventfd and is not polled: it waits for the port",
			    f->endpoint->name, index);
	return start_ring(f, index);
}

int handle_set_vring_call(struct frontend *f, struct message *m)
{
	int index = set_eventfd(f, m, VHUGE_VRING_CALL);

	return index < 0 ? index : 0;
}

int handle_set_vring_err(struct frontend *f, struct message *m)
{
	int index = set_eventfd(f, m, VHUGE_VRING_ERR);

	return index < 0 ? index : 0;
}

int handle_set_vring_enable(struct frontend *f, struct message *m)
{
	const struct vu_vring_state *state = &m->payload.state;

	name_ring(f, state->index);
	if (state->num > 1)
		return frontend_refuse(f, EINVAL, "neither 1 nor 0 but %u", state->num);
	return frontend_check(f, device_enable_vring(f->device, state->index, state->num));
}

int ring_disable_all(struct frontend *f)
{
	unsigned int i;
	int err;

	for (i = 0; i < f->info.max_vrings; i++) {
		name_ring(f, i);
		err = frontend_check(f, device_enable_vring(f->device, i, false));
		if (err)
			return err;
	}
	return 0;
}

int ring_stop_all(struct frontend *f)
{
	unsigned int i;
	uint32_t base;
	int err;

	for (i = 0; i < FRONTEND_RINGS; i++) {
		if (!f->started[i])
			continue;
		name_ring(f, i);
		err = stop_ring(f, i, &base);
		if (err)
			return err;
	}
	return 0;
}
