// SPDX-License-Identifier: GPL-2.0
/*
 * Framing: what arrives in pieces, too much, too little, or with descriptors
 * that nobody expects.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../wire.h"
#include "client.h"
#include "tap.h"

static struct wire wire;
static int client;

static void begin(void)
{
	int ends[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	client = ends[0];
	wire_open(&wire, ends[1], 60000);
}

static void end(void)
{
	wire_close(&wire);
	close(client);
}

static void test_whole(void)
{
	struct packet p = packet_u64(VU_SET_VRING_KICK, 3);

	begin();
	EQUAL(wire_receive(&wire), 0);
	packet_add_eventfd(&p, 1);
	packet_send(client, &p, 0, packet_size(&p));
	EQUAL(wire_receive(&wire), 1);
	EQUAL(wire.message.header.request, VU_SET_VRING_KICK);
	EQUAL(wire.message.payload.u64, 3);
	EQUAL(wire.message.fd_count, 1);
	EQUAL(fcntl(wire.message.fds[0], F_GETFD), FD_CLOEXEC);
	wire_next(&wire);
	EQUAL(wire_receive(&wire), 0);
	packet_release(&p);
	end();
}

/* Byte by byte, descriptors with the first; complete with the last, not before. */
static void test_pieces(void)
{
	struct packet p = packet_state(VU_SET_VRING_NUM, 1, 256);
	size_t i;

	begin();
	packet_add_eventfd(&p, 1);
	for (i = 0; i < packet_size(&p); i++) {
		EQUAL(wire_receive(&wire), 0);
		EQUAL(wire.deadline != 0, i != 0);
		EQUAL(packet_send(client, &p, i, i + 1), 1);
	}
	EQUAL(wire_receive(&wire), 1);
	EQUAL(wire.message.payload.state.num, 256);
	EQUAL(wire.message.fd_count, 1);
	wire_next(&wire);
	EQUAL(wire.deadline, 0);
	packet_release(&p);
	end();
}

/* The descriptors of the second message must not come with the first. */
static void test_two_at_once(void)
{
	struct packet first = packet_u64(VU_SET_FEATURES, 1);
	struct packet second = packet_u64(VU_SET_VRING_CALL, 0);

	begin();
	packet_add_eventfd(&second, 1);
	packet_send(client, &first, 0, packet_size(&first));
	packet_send(client, &second, 0, packet_size(&second));
	EQUAL(wire_receive(&wire), 1);
	EQUAL(wire.message.header.request, VU_SET_FEATURES);
	EQUAL(wire.message.fd_count, 0);
	wire_next(&wire);
	EQUAL(wire_receive(&wire), 1);
	EQUAL(wire.message.header.request, VU_SET_VRING_CALL);
	EQUAL(wire.message.fd_count, 1);
	packet_release(&second);
	end();
}

static void test_header(void)
{
	static const struct {
		uint32_t flags;
		uint32_t size;
		int error;
	} wrong[] = {
		{ 0, 8, -EPROTO },
		{ 2, 8, -EPROTO },
		{ 3, 8, -EPROTO },
		{ VU_VERSION | VU_REPLY, 8, -EPROTO },
		{ VU_VERSION, sizeof(union vu_payload) + 1, -EMSGSIZE },
		{ VU_VERSION, UINT32_MAX, -EMSGSIZE },
		{ }
	};
	struct packet p = packet_u64(VU_SET_FEATURES, 0);
	int i;

	for (i = 0; wrong[i].error; i++) {
		begin();
		p.header.flags = wrong[i].flags;
		p.header.size = wrong[i].size;
		packet_add_eventfd(&p, 1);
		packet_send(client, &p, 0, sizeof(p.header) + 8);
		EQUAL(wire_receive(&wire), wrong[i].error);
		packet_release(&p);
		end();
	}
}

static void test_largest(void)
{
	struct packet p = { .header = { VU_SET_MEM_TABLE, VU_VERSION, sizeof(union vu_payload) } };
	int i;

	begin();
	for (i = 0; i < VU_MAX_FDS; i++)
		packet_add_eventfd(&p, i);
	packet_send(client, &p, 0, packet_size(&p));
	EQUAL(wire_receive(&wire), 1);
	EQUAL(wire.message.fd_count, VU_MAX_FDS);
	packet_release(&p);
	end();
}

static void test_too_many_fds(void)
{
	struct packet p = packet_u64(VU_SET_FEATURES, 0);
	int i;

	begin();
	for (i = 0; i < VU_MAX_FDS + 1; i++)
		packet_add_eventfd(&p, i);
	packet_send(client, &p, 0, packet_size(&p));
	EQUAL(wire_receive(&wire), -E2BIG);
	end();

	/* Each part of the message within the limit, but not their sum. */
	begin();
	p.fd_count--;
	close(p.fds[p.fd_count]);
	for (i = 0; i < 2; i++)
		packet_send(client, &p, 0, 6);
	EQUAL(wire_receive(&wire), -E2BIG);
	packet_release(&p);
	end();
}

/* The kernel truncates when there is no free descriptor. */
static void test_no_free_fd(void)
{
	struct packet p = packet_u64(VU_SET_FEATURES, 0);
	struct rlimit old, low;
	int i, next;

	begin();
	for (i = 0; i < 8; i++)
		packet_add_eventfd(&p, i);
	packet_send(client, &p, 0, packet_size(&p));
	next = dup(client);
	close(next);
	CHECK(!getrlimit(RLIMIT_NOFILE, &old));
	low = (struct rlimit){ next + 3, old.rlim_max };
	CHECK(!setrlimit(RLIMIT_NOFILE, &low));
	EQUAL(wire_receive(&wire), -E2BIG);
	EQUAL(wire.message.fd_count, 3);
	CHECK(!setrlimit(RLIMIT_NOFILE, &old));
	packet_release(&p);
	end();
}

static void test_end(void)
{
	struct packet p = packet_u64(VU_SET_FEATURES, 0);
	size_t i;

	for (i = 0; i <= packet_size(&p); i++) {
		begin();
		packet_add_eventfd(&p, 1);
		if (i)
			packet_send(client, &p, 0, i);
		packet_release(&p);
		shutdown(client, SHUT_WR);
		if (i == packet_size(&p)) {
			EQUAL(wire_receive(&wire), 1);
			wire_next(&wire);
		}
		EQUAL(wire_receive(&wire), i % packet_size(&p) ? -ECONNABORTED : -EPIPE);
		end();
	}
}

static void test_deadline(void)
{
	struct packet p = packet_u64(VU_SET_FEATURES, 0);
	int64_t before;

	begin();
	before = clock_ms();
	packet_send(client, &p, 0, 1);
	EQUAL(wire_receive(&wire), 0);
	CHECK(wire.deadline >= before + 60000);
	CHECK(wire.deadline <= clock_ms() + 60000);
	/* More bytes of the same message do not move it. */
	before = wire.deadline;
	while (clock_ms() + 60000 == before)
		;
	packet_send(client, &p, 1, 2);
	EQUAL(wire_receive(&wire), 0);
	EQUAL(wire.deadline, before);
	end();
}

static void test_reply(void)
{
	struct { struct vu_header header; uint64_t value; } seen;
	const uint64_t value = 0x1122334455667788;
	int i;

	begin();
	EQUAL(wire_reply(&wire, VU_GET_FEATURES, &value, sizeof(value)), 0);
	EQUAL(recv(client, &seen, 20, 0), 20);
	EQUAL(seen.header.request, VU_GET_FEATURES);
	EQUAL(seen.header.flags, 5);
	EQUAL(seen.header.size, 8);
	CHECK(!memcmp((char *)&seen + 12, &value, 8));

	/* Nobody reads: the error comes instead of a wait. */
	for (i = 0; i < 1000000; i++) {
		if (wire_reply(&wire, VU_GET_FEATURES, &value, sizeof(value)))
			break;
	}
	EQUAL(wire_reply(&wire, VU_GET_FEATURES, &value, sizeof(value)), -EAGAIN);
	close(client);
	EQUAL(wire_reply(&wire, VU_GET_FEATURES, &value, sizeof(value)), -EPIPE);
	wire_close(&wire);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "a message with a descriptor arrives", test_whole },
		{ "a message in single bytes arrives when it is complete", test_pieces },
		{ "descriptors stay with their message", test_two_at_once },
		{ "wrong headers are refused", test_header },
		{ "the largest message fits", test_largest },
		{ "more than 32 descriptors are refused and closed", test_too_many_fds },
		{ "descriptors that were lost are noticed, the others closed", test_no_free_fd },
		{ "the end is told apart from an end within a message", test_end },
		{ "a message has a deadline from its first byte", test_deadline },
		{ "replies are well formed and never wait", test_reply },
		{ }
	};

	client_quiet();
	return tap_main(tests);
}
