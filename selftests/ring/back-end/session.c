// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/virtio_config.h>
#include <unistd.h>

#include "session.h"

#define FEATURE(features, bit) (!!((features) & 1ULL << (bit)))

/* A message that is not in time is none from a front-end on the same machine. */
#define PATIENCE 10000

/* Where the areas are now; false when they are not in the memory. */
static bool place(struct session *session, struct queue *queue)
{
	const struct memory *memory = &session->memory;
	bool packed = queue->ring.is_packed;
	u64 num = queue->num;
	void *desc = memory_user(memory, queue->addr.desc, num * 16);
	void *avail = memory_user(memory, queue->addr.avail,
				  packed ? 4 : 6 + num * 2);
	void *used = memory_user(memory, queue->addr.used,
				 packed ? 4 : 6 + num * 8);

	vhuge_ring_use(&queue->ring, desc, avail, used);
	return desc && avail && used;
}

static int start(struct session *session, struct queue *queue, bool writes)
{
	queue->ring = (struct vhuge_ring) {
		.num = queue->num,
		.is_packed = FEATURE(session->features, VIRTIO_F_RING_PACKED),
		.in_order = FEATURE(session->features, VIRTIO_F_IN_ORDER),
		.event_idx = FEATURE(session->features, VIRTIO_RING_F_EVENT_IDX),
		.indirect = FEATURE(session->features, VIRTIO_RING_F_INDIRECT_DESC),
		.writes = writes,
	};
	if (!place(session, queue) ||
	    !vhuge_ring_start(&queue->ring, queue->base))
		return -EINVAL;
	vhuge_ring_kick_off(&queue->ring);
	queue->started = true;
	return 0;
}

static int new_memory(struct session *session, const struct message *m)
{
	int i, err = memory_map(&session->memory, m);

	for (i = 0; i < RINGS && !err; i++)
		if (session->queue[i].started &&
		    !place(session, &session->queue[i]))
			err = -EINVAL;
	return err;
}

static int stop(struct session *session, struct vu_vring_state state)
{
	struct queue *queue = &session->queue[state.index];

	if (queue->started)
		queue->base = vhuge_ring_base(&queue->ring);
	queue->started = false;
	state.num = queue->base;
	return wire_reply(&session->wire, VU_GET_VRING_BASE, &state,
			  sizeof(state));
}

static int set_call(struct queue *queue, struct message *m)
{
	if (queue->call >= 0)
		close(queue->call);
	queue->call = -1;
	if (m->fd_count)
		queue->call = m->fds[--m->fd_count];
	return 0;
}

/* Those that are about a ring. */
static int handle_ring(struct session *session, struct message *m)
{
	const union vu_payload *payload = &m->payload;
	u32 index = payload->u64 & VU_RING_INDEX;
	struct queue *queue = &session->queue[index];

	if (index >= RINGS)
		return -EINVAL;

	switch (m->header.request) {
	case VU_SET_VRING_NUM:
		queue->num = payload->state.num;
		return 0;
	case VU_SET_VRING_ADDR:
		queue->addr = payload->addr;
		return 0;
	case VU_SET_VRING_BASE:
		queue->base = payload->state.num;
		return 0;
	case VU_GET_VRING_BASE:
		return stop(session, payload->state);
	case VU_SET_VRING_KICK:
		return start(session, queue, index == RECEIVES);
	case VU_SET_VRING_CALL:
		return set_call(queue, m);
	case VU_SET_VRING_ENABLE:
		queue->enabled = payload->state.num;
		return 0;
	default:
		return 0;
	}
}

static int reply_u64(struct session *session, u32 request, u64 value)
{
	return wire_reply(&session->wire, request, &value, sizeof(value));
}

static int handle(struct session *session, struct message *m)
{
	switch (m->header.request) {
	case VU_GET_FEATURES:
		return reply_u64(session, VU_GET_FEATURES, session->offered);
	case VU_SET_FEATURES:
		session->features = m->payload.u64;
		return 0;
	case VU_GET_PROTOCOL_FEATURES:
		return reply_u64(session, VU_GET_PROTOCOL_FEATURES, 0);
	case VU_SET_MEM_TABLE:
		return new_memory(session, m);
	case VU_SET_OWNER:
	case VU_RESET_OWNER:
	case VU_SET_PROTOCOL_FEATURES:
		return 0;
	default:
		return handle_ring(session, m);
	}
}

void session_open(struct session *session, int fd, u64 features)
{
	int i;

	*session = (struct session) {
		.offered = features | VU_F_PROTOCOL_FEATURES };
	for (i = 0; i < RINGS; i++)
		session->queue[i].call = -1;
	wire_open(&session->wire, fd, PATIENCE);
}

void session_close(struct session *session)
{
	int i;

	for (i = 0; i < RINGS; i++)
		if (session->queue[i].call >= 0)
			close(session->queue[i].call);
	memory_unmap(&session->memory);
	wire_close(&session->wire);
}

int session_listen(struct session *session)
{
	int ret, err;

	for (;;) {
		ret = wire_receive(&session->wire);
		if (ret <= 0)
			return ret;
		err = handle(session, &session->wire.message);
		wire_next(&session->wire);
		if (err)
			return err;
	}
}
