// SPDX-License-Identifier: GPL-2.0
/*
 * Whole sessions: as a VMM leads them, broken off at every byte, and such as
 * nobody would lead.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "fake.h"
#include "tap.h"

#define MAX_PACKETS 64

static struct session s;
static struct packet script[MAX_PACKETS];
static unsigned int script_length;

static struct packet *add(struct packet p)
{
	struct packet *added = &script[script_length++];

	*added = p;
	return added;
}

static void add_ring(unsigned int index)
{
	struct vu_vring_addr addr = {
		.index = index,
		.desc = 0x7f0000000000 + 0x10000 * index,
		.avail = 0x7f0000001000 + 0x10000 * index,
		.used = 0x7f0000002000 + 0x10000 * index,
	};

	add(packet_state(VU_SET_VRING_NUM, index, 256));
	add(packet_state(VU_SET_VRING_BASE, index, 0));
	add(packet(VU_SET_VRING_ADDR, &addr, sizeof(addr)))->header.flags |= VU_NEED_REPLY;
	packet_add_eventfd(add(packet_u64(VU_SET_VRING_KICK, index)), 10 + index);
	packet_add_eventfd(add(packet_u64(VU_SET_VRING_CALL, index)), 20 + index);
}

static void make_script(void)
{
	struct vu_mem_table table = { .count = 2, .regions = {
		{ 0, 0x8000000, 0x7f0000000000, 0 },
		{ 0x100000000, 0x200000, 0x7f0008000000, 0x8000000 },
	} };
	struct packet *p;
	unsigned int i;

	script_length = 0;
	add(packet(VU_GET_FEATURES, "", 0));
	add(packet(VU_GET_PROTOCOL_FEATURES, "", 0));
	add(packet_u64(VU_SET_PROTOCOL_FEATURES, 0x1a01d));
	add(packet(VU_GET_QUEUE_NUM, "", 0));
	add(packet(VU_GET_MAX_MEM_SLOTS, "", 0));
	add(packet(VU_SET_OWNER, "", 0));
	for (i = 0; i < 2; i++)
		packet_add_eventfd(add(packet_u64(VU_SET_VRING_CALL, i)), 1 + i);
	add(packet_u64(VU_SET_FEATURES, 0x140008000));
	p = add(packet(VU_SET_MEM_TABLE, &table, VU_MEM_TABLE_SIZE(2)));
	p->header.flags |= VU_NEED_REPLY;
	packet_add_memory(p, 100);
	packet_add_memory(p, 101);
	for (i = 0; i < 2; i++)
		add_ring(i);
	for (i = 0; i < 2; i++)
		add(packet_state(VU_SET_VRING_ENABLE, i, 1))->header.flags |= VU_NEED_REPLY;
	add(packet_u64(VU_SET_STATUS, 0xf));
	for (i = 0; i < 2; i++)
		add(packet_state(VU_GET_VRING_BASE, i, 0));
	add(packet_u64(VU_SET_STATUS, 0));
}

static void release_script(void)
{
	unsigned int i;

	for (i = 0; i < script_length; i++)
		packet_release(&script[i]);
}

/* Serves until there is nothing more to serve; 0 when the connection lives. */
static int serve_all(void)
{
	int ret;
	char c;

	do {
		ret = frontend_serve(&s.frontend);
	} while (!ret && recv(s.frontend.wire.fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0);
	return ret;
}

static void test_transcript(void)
{
	struct packet reply;
	unsigned int i, replies = 0;

	make_script();
	session_open(&s);
	for (i = 0; i < script_length; i++) {
		packet_send(s.client, &script[i], 0, packet_size(&script[i]));
		EQUAL(serve_all(), 0);
		replies += session_reply(&s, &reply);
		EQUAL(session_reply(&s, &reply), 0);
	}
	EQUAL(replies, 4 + 1 + 2 + 2 + 2);
	SAME(fake_calls(),
	     "call 0: fd 1\ncall 1: fd 2\nfeatures 0x100008000\n"
	     " region 0 0x7f0000000000 0x8000000 0 fd 100\n"
	     " region 0x100000000 0x7f0008000000 0x200000 0x8000000 fd 101\nset regions 2\n"
	     "num 0: 256\nbase 0: 0\n"
	     "addr 0: 0x7f0000000000 0x7f0000001000 0x7f0000002000 flags 2\n"
	     "kick 0: fd 10\nstart 0\ncall 0: fd 20\n"
	     "num 1: 256\nbase 1: 0\n"
	     "addr 1: 0x7f0000010000 0x7f0000011000 0x7f0000012000 flags 2\n"
	     "kick 1: fd 11\nstart 1\ncall 1: fd 21\n"
	     "enable 0\nenable 1\nstop 0\nstop 1\n");
	session_close(&s);
	release_script();
}

/* The front-end dies after @limit bytes of the session, which may be all. */
static void broken_off(size_t limit)
{
	size_t sent = 0, part;
	unsigned int i;
	int ret;

	session_open(&s);
	for (i = 0; i < script_length && sent < limit; i++) {
		part = packet_size(&script[i]);
		if (part > limit - sent)
			part = limit - sent;
		packet_send(s.client, &script[i], 0, part);
		sent += part;
		EQUAL(serve_all(), 0);
	}
	shutdown(s.client, SHUT_RDWR);
	ret = serve_all();
	CHECK(ret == -EPIPE || ret == -ECONNABORTED || ret == -ECONNRESET);
	session_close(&s);
}

static void test_every_byte(void)
{
	size_t total = 0, limit;
	unsigned int i;

	make_script();
	for (i = 0; i < script_length; i++)
		total += packet_size(&script[i]);
	CHECK(total > 500);
	for (limit = 0; limit <= total; limit++)
		broken_off(limit);
	release_script();
}

static uint32_t right_size(uint32_t request, uint32_t regions)
{
	switch (request) {
	case VU_GET_FEATURES:
	case VU_SET_OWNER:
	case VU_RESET_OWNER:
	case VU_GET_PROTOCOL_FEATURES:
	case VU_GET_QUEUE_NUM:
	case VU_GET_MAX_MEM_SLOTS:
	case VU_GET_STATUS:
		return 0;
	case VU_SET_MEM_TABLE:
		return VU_MEM_TABLE_SIZE(regions);
	case VU_SET_VRING_ADDR:
	case VU_ADD_MEM_REG:
	case VU_REM_MEM_REG:
		return 40;
	default:
		return 8;
	}
}

static unsigned int right_fds(uint32_t request, uint32_t regions)
{
	if (request == VU_SET_MEM_TABLE)
		return regions;
	return request == VU_ADD_MEM_REG ||
	       (request >= VU_SET_VRING_KICK && request <= VU_SET_VRING_ERR);
}

/* Right in most respects: what is wrong at first sight does not get far. */
static struct packet random_packet(unsigned int *seed)
{
	const uint32_t request = rand_r(seed) % (VU_REQUESTS + 2);
	const uint32_t regions = rand_r(seed) % 33;
	struct packet p = { .header = { request, VU_VERSION | VU_NEED_REPLY,
					right_size(request, regions) } };
	unsigned int i, fds = right_fds(request, regions);

	if (rand_r(seed) % 50 == 0)
		p.header.flags = rand_r(seed);
	if (rand_r(seed) % 50 == 0)
		p.header.size = rand_r(seed) % sizeof(p.bytes);
	if (rand_r(seed) % 50 == 0)
		fds = rand_r(seed) % 40;
	for (i = 0; i < p.header.size; i++)
		p.bytes[i] = rand_r(seed) % 8 ? 0 : rand_r(seed);
	if (request == VU_SET_MEM_TABLE)
		p.payload.table.count = rand_r(seed) % 20 ? regions : (uint32_t)rand_r(seed);
	while (fds--)
		packet_add_eventfd(&p, 1);
	return p;
}

static const char * const fakes[] = {
	"features", "set regions", "add region", "remove", "num", "kick", "start", "stop", "enable"
};

/* Returns how many messages it lasted. */
static int random_session(unsigned int seed)
{
	struct packet p;
	int i, ret = 0;

	session_open(&s);
	for (i = 0; i < 100 && !ret; i++) {
		/* Acknowledged, the connection survives more of what follows. */
		if (i == 0)
			p = packet_u64(VU_SET_PROTOCOL_FEATURES, 0x1a01d);
		else
			p = random_packet(&seed);
		if (rand_r(&seed) % 4 == 0)
			fake_fail(fakes[rand_r(&seed) % 9], ENOMEM, "made up");
		packet_send(s.client, &p, 0, packet_size(&p));
		packet_release(&p);
		ret = serve_all();
		while (recv(s.client, p.bytes, sizeof(p.bytes), MSG_DONTWAIT) > 0)
			;
	}
	session_close(&s);
	return i;
}

static void test_random(void)
{
	unsigned int seed;
	long messages = 0;

	for (seed = 1; seed <= 5000; seed++)
		messages += random_session(seed);
	printf("# %ld messages\n", messages);
	CHECK(messages > 50000);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "a session as a VMM leads it", test_transcript },
		{ "the same, broken off at every byte", test_every_byte },
		{ "5000 random sessions", test_random },
		{ }
	};

	client_quiet();
	return tap_main(tests);
}
