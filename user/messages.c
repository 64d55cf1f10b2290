// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hint.h"
#include "messages.h"

/**
 * struct request - what a request looks like
 * @name: without the prefix VHOST_USER_
 * @handle: what to do; NULL: belongs to a feature that is not offered
 * @size: bytes of the payload, of the smallest one when sizes differ
 * @max_size: bytes of the largest payload, 0 when there is one size
 * @min_fds: least number of descriptors
 * @max_fds: largest number of descriptors
 * @reply: bytes of its own reply, 0 when it has none
 * @optional: the device serves its guest as well as before when this fails
 */
struct request {
	const char *name;
	int (*handle)(struct frontend *f, struct message *m);
	uint16_t size;
	uint16_t max_size;
	uint8_t min_fds;
	uint8_t max_fds;
	uint8_t reply;
	bool optional;
};

#define SIZE(n)		.size = (n)
#define UP_TO(n)	.max_size = (n)
#define FDS(min, max)	.min_fds = (min), .max_fds = (max)
#define REPLY(n)	.reply = (n)
#define OPTIONAL	.optional = true
#define U64		sizeof(uint64_t)
#define STATE		sizeof(struct vu_vring_state)
#define ADDR		sizeof(struct vu_vring_addr)
#define REGION		sizeof(struct vu_mem_region)

#define HANDLED(request, handler, ...) \
	[VU_##request] = { .name = #request, .handle = handle_##handler, __VA_ARGS__ }
#define DECLINED(request) \
	[VU_##request] = { .name = #request }

static const struct request requests[VU_REQUESTS] = {
	HANDLED(GET_FEATURES, get_features, SIZE(0), REPLY(U64)),
	HANDLED(SET_FEATURES, set_features, SIZE(U64)),
	HANDLED(SET_OWNER, set_owner, SIZE(0)),
	/* Deprecated: a back-end may as well ignore it. */
	HANDLED(RESET_OWNER, reset_owner, SIZE(0), OPTIONAL),
	HANDLED(SET_MEM_TABLE, set_mem_table,
		SIZE(VU_MEM_TABLE_SIZE(0)), UP_TO(VU_MEM_TABLE_SIZE(VU_MAX_REGIONS)),
		FDS(0, VU_MAX_FDS)),
	DECLINED(SET_LOG_BASE),
	DECLINED(SET_LOG_FD),
	HANDLED(SET_VRING_NUM, set_vring_num, SIZE(STATE)),
	HANDLED(SET_VRING_ADDR, set_vring_addr, SIZE(ADDR)),
	HANDLED(SET_VRING_BASE, set_vring_base, SIZE(STATE)),
	HANDLED(GET_VRING_BASE, get_vring_base, SIZE(STATE), REPLY(STATE)),
	HANDLED(SET_VRING_KICK, set_vring_kick, SIZE(U64), FDS(0, 1)),
	HANDLED(SET_VRING_CALL, set_vring_call, SIZE(U64), FDS(0, 1)),
	/* Frames do not depend on somebody who listens for errors. */
	HANDLED(SET_VRING_ERR, set_vring_err, SIZE(U64), FDS(0, 1), OPTIONAL),
	HANDLED(GET_PROTOCOL_FEATURES, get_protocol_features, SIZE(0), REPLY(U64)),
	HANDLED(SET_PROTOCOL_FEATURES, set_protocol_features, SIZE(U64)),
	HANDLED(GET_QUEUE_NUM, get_queue_num, SIZE(0), REPLY(U64)),
	HANDLED(SET_VRING_ENABLE, set_vring_enable, SIZE(STATE)),
	/* A guest that is not announced is found when it sends. */
	HANDLED(SEND_RARP, send_rarp, SIZE(U64), OPTIONAL),
	HANDLED(NET_SET_MTU, net_set_mtu, SIZE(U64)),
	DECLINED(SET_BACKEND_REQ_FD),
	DECLINED(IOTLB_MSG),
	DECLINED(SET_VRING_ENDIAN),
	DECLINED(GET_CONFIG),
	DECLINED(SET_CONFIG),
	DECLINED(CREATE_CRYPTO_SESSION),
	DECLINED(CLOSE_CRYPTO_SESSION),
	DECLINED(POSTCOPY_ADVISE),
	DECLINED(POSTCOPY_LISTEN),
	DECLINED(POSTCOPY_END),
	DECLINED(GET_INFLIGHT_FD),
	DECLINED(SET_INFLIGHT_FD),
	DECLINED(GPU_SET_SOCKET),
	HANDLED(RESET_DEVICE, reset_device, SIZE(0)),
	DECLINED(VRING_KICK),
	HANDLED(GET_MAX_MEM_SLOTS, get_max_mem_slots, SIZE(0), REPLY(U64)),
	HANDLED(ADD_MEM_REG, add_mem_reg, SIZE(REGION), FDS(1, 1)),
	/* Some front-ends send the region's descriptor once more. */
	HANDLED(REM_MEM_REG, rem_mem_reg, SIZE(REGION), FDS(0, 1)),
	/* What counts are features and rings, which have requests of their own. */
	HANDLED(SET_STATUS, set_status, SIZE(U64), OPTIONAL),
	HANDLED(GET_STATUS, get_status, SIZE(0), REPLY(U64)),
	DECLINED(GET_SHARED_OBJECT),
	DECLINED(SET_DEVICE_STATE_FD),
	DECLINED(CHECK_DEVICE_STATE),
	DECLINED(GET_SHMEM_CONFIG),
	DECLINED(GET_VRING_BASE_SKIP_DRAIN),
};

/* The flag means something only once both sides agreed on it. */
static bool wants_ack(const struct frontend *f, const struct message *m)
{
	return m->header.flags & VU_NEED_REPLY && f->protocol & VU_P_REPLY_ACK;
}

static int reply(struct frontend *f, const struct message *m, const void *payload,
		 uint32_t size)
{
	int err = wire_reply(&f->wire, m->header.request, payload, size);

	if (err)
		log_limited(f->limit, LOG_ERR, "%s: request %u: %s", f->endpoint->name,
			    m->header.request, wire_error(-err));
	return err;
}

static int acknowledge(struct frontend *f, const struct message *m, bool failed)
{
	const uint64_t answer = failed;

	return reply(f, m, &answer, sizeof(answer));
}

/*
 * A request of a feature that was not offered. Its front-end can be told when
 * it wants an answer; one that does not ask believes it has been obeyed, and
 * one that waits for a reply whose shape is not known here would wait for ever.
 */
static int decline(struct frontend *f, const struct message *m, const char *name)
{
	const bool ack = wants_ack(f, m);

	log_limited(f->limit, LOG_WARNING,
		    "%s: %s (request %u) is not supported and was not offered: %s",
		    f->endpoint->name, name, m->header.request,
		    ack ? "refused" : "connection closed");
	return ack ? acknowledge(f, m, true) : -EOPNOTSUPP;
}

static int check_shape(struct frontend *f, const struct message *m, const struct request *r)
{
	const uint32_t size = m->header.size, max = r->max_size ? r->max_size : r->size;

	if (size < r->size || size > max) {
		log_limited(f->limit, LOG_ERR,
			    "%s: %s: %u bytes, %u to %u expected: connection closed",
			    f->endpoint->name, r->name, size, r->size, max);
		return -EPROTO;
	}
	if (m->fd_count < r->min_fds || m->fd_count > r->max_fds) {
		log_limited(f->limit, LOG_ERR,
			    "%s: %s: %u file descriptors, %u to %u expected: connection closed",
			    f->endpoint->name, r->name, m->fd_count, r->min_fds, r->max_fds);
		return -EPROTO;
	}
	return 0;
}

/*
 * A handler failed. A front-end that wants an acknowledgment learns it from
 * that and lives on. Otherwise the connection is closed, since the front-end
 * would go on as if the request had been carried out, with a guest that is
 * silently cut off; closing is what it notices, and it may connect again. For
 * a request with a reply of its own it is the only way to say no. The
 * exceptions are the requests marked as optional.
 */
static int refuse(struct frontend *f, const struct message *m, const struct request *r,
		  int err)
{
	const bool ack = wants_ack(f, m) && !r->reply && err != -EPROTO;
	const bool survive = ack || (r->optional && err != -EPROTO);
	char hint[LOG_LINE / 2];
	bool named;

	/* The kernel names rings itself. */
	named = !strncmp(f->cause, f->subject, strlen(f->subject));
	hint_for(-err, f->cause, hint, sizeof(hint));
	log_limited(f->limit, LOG_ERR, "%s: %s: %s%s%s%s%s", f->endpoint->name, r->name,
		    named ? "" : f->subject, named ? "" : ": ", f->cause, hint,
		    survive ? "" : ": connection closed");
	if (ack)
		return acknowledge(f, m, true);
	return survive ? 0 : err;
}

/**
 * message_handle() - carry out a request and answer it
 * @f: front-end it came from
 * @m: the complete message
 *
 * Returns: 0, or a negative error when the connection is to be closed; what
 * there is to say was logged.
 */
int message_handle(struct frontend *f, struct message *m)
{
	const uint32_t number = m->header.request;
	const struct request *r;
	int err;

	if (number >= VU_REQUESTS || !requests[number].name)
		return decline(f, m, "unknown request");
	r = &requests[number];
	if (!r->handle)
		return decline(f, m, r->name);
	err = check_shape(f, m, r);
	if (err)
		return err;

	f->subject[0] = '\0';
	f->cause[0] = '\0';
	err = r->handle(f, m);
	if (err)
		return refuse(f, m, r, err);
	if (r->reply)
		return reply(f, m, &m->payload, r->reply);
	return wants_ack(f, m) ? acknowledge(f, m, false) : 0;
}
