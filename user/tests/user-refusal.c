// SPDX-License-Identifier: GPL-2.0
/*
 * What a front-end is told when something cannot be done: acknowledgments,
 * refusals and closed connections; sizes and descriptors that do not fit.
 */
#include <errno.h>
#include <string.h>

#include "client.h"
#include "fake.h"
#include "tap.h"

/* The shape of every request that is served, written down from the protocol. */
static const struct shape {
	uint32_t request;
	uint32_t size;
	unsigned int min_fds;
	unsigned int max_fds;
	bool replies;
} shapes[] = {
	{ VU_GET_FEATURES, 0, 0, 0, true },
	{ VU_SET_FEATURES, 8, 0, 0, false },
	{ VU_SET_OWNER, 0, 0, 0, false },
	{ VU_RESET_OWNER, 0, 0, 0, false },
	{ VU_SET_MEM_TABLE, 8, 0, 0, false },
	{ VU_SET_VRING_NUM, 8, 0, 0, false },
	{ VU_SET_VRING_ADDR, 40, 0, 0, false },
	{ VU_SET_VRING_BASE, 8, 0, 0, false },
	{ VU_GET_VRING_BASE, 8, 0, 0, true },
	{ VU_SET_VRING_KICK, 8, 1, 1, false },
	{ VU_SET_VRING_CALL, 8, 1, 1, false },
	{ VU_SET_VRING_ERR, 8, 1, 1, false },
	{ VU_GET_PROTOCOL_FEATURES, 0, 0, 0, true },
	{ VU_GET_QUEUE_NUM, 0, 0, 0, true },
	{ VU_SET_VRING_ENABLE, 8, 0, 0, false },
	{ VU_SEND_RARP, 8, 0, 0, false },
	{ VU_NET_SET_MTU, 8, 0, 0, false },
	{ VU_RESET_DEVICE, 0, 0, 0, false },
	{ VU_GET_MAX_MEM_SLOTS, 0, 0, 0, true },
	{ VU_ADD_MEM_REG, 40, 1, 1, false },
	{ VU_REM_MEM_REG, 40, 0, 1, false },
	{ VU_SET_STATUS, 8, 0, 0, false },
	{ VU_GET_STATUS, 0, 0, 0, true },
	{ }
};

static const uint32_t declined[] = {
	VU_SET_LOG_BASE, VU_SET_LOG_FD, VU_SET_BACKEND_REQ_FD,
	VU_IOTLB_MSG, VU_SET_VRING_ENDIAN, VU_GET_CONFIG, VU_SET_CONFIG,
	VU_CREATE_CRYPTO_SESSION, VU_CLOSE_CRYPTO_SESSION, VU_POSTCOPY_ADVISE,
	VU_POSTCOPY_LISTEN, VU_POSTCOPY_END, VU_GET_INFLIGHT_FD, VU_SET_INFLIGHT_FD,
	VU_GPU_SET_SOCKET, VU_VRING_KICK, VU_GET_SHARED_OBJECT,
	VU_SET_DEVICE_STATE_FD, VU_CHECK_DEVICE_STATE, VU_GET_SHMEM_CONFIG,
	VU_GET_VRING_BASE_SKIP_DRAIN, VU_REQUESTS, 1000, UINT32_MAX, 0
};

static struct session s;
static struct packet reply;

static void begin(bool acks)
{
	session_open(&s);
	if (!acks)
		return;
	EQUAL(session_do(&s, packet_u64(VU_SET_PROTOCOL_FEATURES, VU_P_REPLY_ACK)), 0);
	EQUAL(session_reply(&s, &reply), 0);
}

static void end(void)
{
	session_close(&s);
}

static struct packet shaped(uint32_t request, uint32_t size, unsigned int fds)
{
	struct packet p = { .header = { request, VU_VERSION, size } };

	while (fds--)
		packet_add_eventfd(&p, 5);
	return p;
}

static struct packet asking(struct packet p)
{
	p.header.flags |= VU_NEED_REPLY;
	return p;
}

static void test_sizes(void)
{
	const struct shape *shape;

	for (shape = shapes; shape->request; shape++) {
		const uint32_t wrong[] = { shape->size - 1, shape->size + 1, shape->size + 8, 0 };
		unsigned int i;

		for (i = 0; i < 4; i++) {
			if (wrong[i] == shape->size || wrong[i] > sizeof(union vu_payload))
				continue;
			begin(true);
			EQUAL(session_do(&s, asking(shaped(shape->request, wrong[i],
							   shape->min_fds))), -EPROTO);
			EQUAL(session_reply(&s, &reply), 0);
			SAME(fake_calls(), "");
			end();
		}
	}
}

static void test_fd_counts(void)
{
	const struct shape *shape;

	for (shape = shapes; shape->request; shape++) {
		begin(true);
		EQUAL(session_do(&s, asking(shaped(shape->request, shape->size,
						   shape->max_fds + 1))), -EPROTO);
		EQUAL(session_do(&s, asking(shaped(shape->request, shape->size, 32))), -EPROTO);
		if (shape->min_fds)
			EQUAL(session_do(&s, asking(shaped(shape->request, shape->size, 0))),
			      -EPROTO);
		EQUAL(session_reply(&s, &reply), 0);
		SAME(fake_calls(), "");
		end();
	}
}

/* One answer to each request, whether it has a reply of its own or not. */
static void test_acks(void)
{
	const struct shape *shape;

	for (shape = shapes; shape->request; shape++) {
		begin(true);
		EQUAL(session_do(&s, asking(shaped(shape->request, shape->size,
						   shape->min_fds))), 0);
		EQUAL(session_reply(&s, &reply), 1);
		EQUAL(reply.header.request, shape->request);
		EQUAL(reply.header.size, 8);
		if (!shape->replies)
			EQUAL(reply.payload.u64, 0);
		EQUAL(session_reply(&s, &reply), 0);
		end();
	}
}

/* Before acknowledgments are agreed on, the flag means nothing. */
static void test_no_acks(void)
{
	const struct shape *shape;

	for (shape = shapes; shape->request; shape++) {
		begin(false);
		EQUAL(session_do(&s, asking(shaped(shape->request, shape->size,
						   shape->min_fds))), 0);
		EQUAL(session_reply(&s, &reply), shape->replies);
		EQUAL(session_reply(&s, &reply), 0);
		end();
	}
}

static void test_declined(void)
{
	const uint32_t *request = declined;

	do {
		begin(true);
		EQUAL(session_do(&s, asking(shaped(*request, 8, 2))), 0);
		EQUAL(session_reply(&s, &reply), 1);
		EQUAL(reply.header.request, *request);
		EQUAL(reply.payload.u64, 1);
		EQUAL(session_do(&s, packet(VU_GET_STATUS, "", 0)), 0);
		EQUAL(session_reply(&s, &reply), 1);
		EQUAL(session_do(&s, shaped(*request, 8, 2)), -EOPNOTSUPP);
		EQUAL(session_reply(&s, &reply), 0);
		SAME(fake_calls(), "");
		end();
	} while (*request++);
}

/* What the device says no to, and whether the guest can live without it. */
static const struct {
	const char *call;
	struct shape shape;
	bool survives;
} failing[] = {
	{ "features", { VU_SET_FEATURES, 8, 0, 0, false }, false },
	{ "disable", { VU_RESET_OWNER, 0, 0, 0, false }, true },
	{ "set regions", { VU_SET_MEM_TABLE, 8, 0, 0, false }, false },
	{ "add region", { VU_ADD_MEM_REG, 40, 1, 1, false }, false },
	{ "remove region", { VU_REM_MEM_REG, 40, 0, 1, false }, false },
	{ "num", { VU_SET_VRING_NUM, 8, 0, 0, false }, false },
	{ "addr", { VU_SET_VRING_ADDR, 40, 0, 0, false }, false },
	{ "base", { VU_SET_VRING_BASE, 8, 0, 0, false }, false },
	{ "kick", { VU_SET_VRING_KICK, 8, 1, 1, false }, false },
	{ "enable", { VU_SET_VRING_KICK, 8, 1, 1, false }, false },
	{ "start", { VU_SET_VRING_KICK, 8, 1, 1, false }, false },
	{ "call", { VU_SET_VRING_CALL, 8, 1, 1, false }, false },
	{ "err", { VU_SET_VRING_ERR, 8, 1, 1, false }, true },
	{ "disable", { VU_SET_VRING_ENABLE, 8, 0, 0, false }, false },
	{ "stop", { VU_GET_VRING_BASE, 8, 0, 0, true }, false },
	{ }
};

static void test_refused(void)
{
	struct packet p;
	int i;

	for (i = 0; failing[i].call; i++) {
		const struct shape *shape = &failing[i].shape;

		begin(true);
		fake_fail(failing[i].call, ENOSPC, "too many");
		p = asking(shaped(shape->request, shape->size, shape->min_fds));
		if (shape->replies) {
			/* There is no shape for a refusal. */
			EQUAL(session_do(&s, p), -ENOSPC);
			EQUAL(session_reply(&s, &reply), 0);
		} else {
			EQUAL(session_do(&s, p), 0);
			EQUAL(session_reply(&s, &reply), 1);
			EQUAL(reply.payload.u64, 1);
			SAME(s.frontend.cause, "too many");
		}
		EQUAL(session_reply(&s, &reply), 0);
		fake_fail(failing[i].call, ENOSPC, "");
		EQUAL(session_do(&s, shaped(shape->request, shape->size, shape->min_fds)),
		      failing[i].survives ? 0 : -ENOSPC);
		SAME(s.frontend.cause, "No space left on device");
		EQUAL(session_reply(&s, &reply), 0);
		end();
	}
}

/* A ring that could not be started is not stopped by a reset. */
static void test_failed_start(void)
{
	begin(true);
	fake_fail("start", ERANGE, "outside");
	EQUAL(session_do(&s, asking(shaped(VU_SET_VRING_KICK, 8, 1))), 0);
	EQUAL(session_reply(&s, &reply), 1);
	EQUAL(reply.payload.u64, 1);
	fake_calls();
	EQUAL(session_do(&s, packet_u64(VU_SET_STATUS, 0)), 0);
	SAME(fake_calls(), "");
	EQUAL(session_do(&s, asking(shaped(VU_SET_VRING_KICK, 8, 1))), 0);
	SAME(fake_calls(), "kick 0: fd 5\nenable 0\nstart 0\n");
	end();
}

/* A front-end that asks and never reads ends its connection, not our time. */
static void test_never_reads(void)
{
	struct packet p = packet(VU_GET_FEATURES, "", 0);
	int i, ret = 0;

	begin(false);
	for (i = 0; i < 1000000 && !ret; i++) {
		packet_send(s.client, &p, 0, packet_size(&p));
		ret = frontend_serve(&s.frontend);
	}
	EQUAL(ret, -EAGAIN);
	end();
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "wrong sizes of every request", test_sizes },
		{ "wrong numbers of descriptors of every request", test_fd_counts },
		{ "every request is answered once", test_acks },
		{ "no acknowledgment before it is agreed on", test_no_acks },
		{ "requests that are not offered", test_declined },
		{ "refusals of the device", test_refused },
		{ "a ring that does not start", test_failed_start },
		{ "replies that nobody reads", test_never_reads },
		{ }
	};

	client_quiet();
	return tap_main(tests);
}
