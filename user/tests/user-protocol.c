// SPDX-License-Identifier: GPL-2.0
/*
 * Each request of the protocol: what the device is told, what the front-end
 * is answered.
 */
#include <errno.h>
#include <string.h>

#include "client.h"
#include "fake.h"
#include "tap.h"

static struct session s;
static struct packet reply;

static void begin(void)
{
	session_open(&s);
}

static void end(void)
{
	session_close(&s);
}

static uint64_t ask(uint32_t request)
{
	EQUAL(session_do(&s, packet(request, "", 0)), 0);
	EQUAL(session_reply(&s, &reply), 1);
	EQUAL(reply.header.request, request);
	EQUAL(reply.header.size, 8);
	return reply.payload.u64;
}

static struct packet asking(struct packet p)
{
	p.header.flags |= VU_NEED_REPLY;
	return p;
}

static void test_features(void)
{
	begin();
	EQUAL(ask(VU_GET_FEATURES), FAKE_FEATURES | VU_F_PROTOCOL_FEATURES);
	EQUAL(session_do(&s, packet_u64(VU_SET_FEATURES, 0x140008000)), 0);
	SAME(fake_calls(), "features 0x100008000\n");
	EQUAL(session_reply(&s, &reply), 0);
	end();
}

static void test_protocol_features(void)
{
	begin();
	EQUAL(ask(VU_GET_PROTOCOL_FEATURES), 0x1a01d);
	EQUAL(session_do(&s, packet_u64(VU_SET_PROTOCOL_FEATURES, 0x1a01d)), 0);
	EQUAL(session_do(&s, packet_u64(VU_SET_PROTOCOL_FEATURES, 0x20)), -EOPNOTSUPP);
	SAME(fake_calls(), "");
	end();
}

static void test_numbers(void)
{
	begin();
	EQUAL(ask(VU_GET_QUEUE_NUM), FAKE_PAIRS);
	s.endpoint.count_rings = true;
	EQUAL(ask(VU_GET_QUEUE_NUM), 2 * FAKE_PAIRS);
	EQUAL(ask(VU_GET_MAX_MEM_SLOTS), FAKE_REGIONS);
	EQUAL(session_do(&s, packet(VU_SET_OWNER, "", 0)), 0);
	SAME(fake_calls(), "");
	end();
}

static struct packet mem_table(unsigned int count)
{
	struct packet p = { .header = { VU_SET_MEM_TABLE, VU_VERSION, VU_MEM_TABLE_SIZE(count) } };
	unsigned int i;

	p.payload.table.count = count;
	for (i = 0; i < count && i < VU_MAX_REGIONS; i++) {
		p.payload.table.regions[i] = (struct vu_region){
			.guest_addr = 0x100000 * i,
			.size = 0x100000,
			.user_addr = 0x7f0000000000 + 0x200000 * i,
			.mmap_offset = 0x1000 * i,
		};
		packet_add_memory(&p, 1 + i);
	}
	return p;
}

static void test_mem_table(void)
{
	const char *calls;

	begin();
	EQUAL(session_do(&s, mem_table(2)), 0);
	SAME(fake_calls(),
	     " region 0 0x7f0000000000 0x100000 0 fd 1\n"
	     " region 0x100000 0x7f0000200000 0x100000 0x1000 fd 2\n"
	     "set regions 2\n");
	EQUAL(session_do(&s, mem_table(0)), 0);
	SAME(fake_calls(), "set regions 0\n");
	EQUAL(session_do(&s, mem_table(32)), 0);
	calls = fake_calls();
	CHECK(strstr(calls, " region 0x1f00000 0x7f0003e00000 0x100000 0x1f000 fd 32\n"));
	CHECK(strstr(calls, "set regions 32\n"));
	end();
}

/* Counts that contradict each other end the connection, and nothing happens. */
static void test_mem_table_wrong(void)
{
	struct packet p;

	begin();
	p = mem_table(2);
	p.payload.table.count = 3;
	EQUAL(session_do(&s, p), -EPROTO);
	p = mem_table(2);
	p.payload.table.count = UINT32_MAX;
	EQUAL(session_do(&s, p), -EPROTO);
	p = mem_table(2);
	p.header.size += 32;
	EQUAL(session_do(&s, p), -EPROTO);
	p = mem_table(2);
	packet_add_memory(&p, 1);
	EQUAL(session_do(&s, p), -EPROTO);
	p = mem_table(2);
	p.header.flags |= VU_NEED_REPLY;
	s.frontend.protocol = VU_P_REPLY_ACK;
	packet_add_memory(&p, 1);
	EQUAL(session_do(&s, p), -EPROTO);
	EQUAL(session_reply(&s, &reply), 0);
	SAME(fake_calls(), "");
	end();
}

static struct packet mem_reg(uint32_t request, bool fd)
{
	struct vu_mem_region r = { 0, { 0x4000000, 0x200000, 0x7f1000000000, 0x3000 } };
	struct packet p = packet(request, &r, sizeof(r));

	if (fd)
		packet_add_memory(&p, 77);
	return p;
}

static void test_mem_reg(void)
{
	begin();
	EQUAL(session_do(&s, mem_reg(VU_ADD_MEM_REG, true)), 0);
	SAME(fake_calls(), "add region 0x4000000 0x7f1000000000 0x200000 0x3000 fd 77\n");
	EQUAL(session_do(&s, mem_reg(VU_REM_MEM_REG, false)), 0);
	EQUAL(session_do(&s, mem_reg(VU_REM_MEM_REG, true)), 0);
	SAME(fake_calls(),
	     "remove region 0x4000000 0x7f1000000000 0x200000 0x3000 fd 0\n"
	     "remove region 0x4000000 0x7f1000000000 0x200000 0x3000 fd 0\n");
	end();
}

/* QEMU has a device for each queue pair, and each adds and removes all memory. */
static void test_mem_reg_of_several(void)
{
	begin();
	EQUAL(session_do(&s, mem_reg(VU_ADD_MEM_REG, true)), 0);
	EQUAL(session_do(&s, mem_reg(VU_ADD_MEM_REG, true)), 0);
	SAME(fake_calls(), "add region 0x4000000 0x7f1000000000 0x200000 0x3000 fd 77\n");
	EQUAL(session_do(&s, mem_reg(VU_REM_MEM_REG, false)), 0);
	SAME(fake_calls(), "");
	EQUAL(session_do(&s, mem_reg(VU_REM_MEM_REG, false)), 0);
	SAME(fake_calls(), "remove region 0x4000000 0x7f1000000000 0x200000 0x3000 fd 0\n");

	/* What a table handed in has one user; the next table forgets it. */
	EQUAL(session_do(&s, mem_reg(VU_ADD_MEM_REG, true)), 0);
	EQUAL(session_do(&s, mem_reg(VU_ADD_MEM_REG, true)), 0);
	EQUAL(session_do(&s, mem_table(2)), 0);
	fake_calls();
	EQUAL(session_do(&s, mem_reg(VU_ADD_MEM_REG, true)), 0);
	SAME(fake_calls(), "add region 0x4000000 0x7f1000000000 0x200000 0x3000 fd 77\n");

	/* One that was refused is not there. */
	EQUAL(session_do(&s, mem_reg(VU_REM_MEM_REG, false)), 0);
	fake_calls();
	fake_fail("add region", EEXIST, "no");
	EQUAL(session_do(&s, mem_reg(VU_ADD_MEM_REG, true)), -EEXIST);
	end();
}

static struct packet vring_fd(uint32_t request, uint64_t value, unsigned int count)
{
	struct packet p = packet_u64(request, value);

	if (!(value & VU_RING_NO_FD))
		packet_add_eventfd(&p, count);
	return p;
}

static void test_ring(void)
{
	struct vu_vring_addr addr = { 1, 0, 0x1000, 0x3000, 0x2000, 0 };

	begin();
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_CALL, 1, 11)), 0);
	EQUAL(session_do(&s, packet_u64(VU_SET_FEATURES, 0x140008000)), 0);
	EQUAL(session_do(&s, packet_state(VU_SET_VRING_NUM, 1, 256)), 0);
	EQUAL(session_do(&s, packet(VU_SET_VRING_ADDR, &addr, sizeof(addr))), 0);
	EQUAL(session_do(&s, packet_state(VU_SET_VRING_BASE, 1, 42)), 0);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_ERR, 1, 13)), 0);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_KICK, 1, 12)), 0);
	EQUAL(session_do(&s, packet_state(VU_SET_VRING_ENABLE, 1, 1)), 0);
	SAME(fake_calls(),
	     "call 1: fd 11\nfeatures 0x100008000\nnum 1: 256\n"
	     "addr 1: 0x1000 0x2000 0x3000 flags 2\nbase 1: 42\n"
	     "err 1: fd 13\nkick 1: fd 12\nstart 1\nenable 1\n");
	EQUAL(session_reply(&s, &reply), 0);
	EQUAL(session_do(&s, packet_state(VU_GET_VRING_BASE, 1, 0)), 0);
	SAME(fake_calls(), "stop 1\n");
	EQUAL(session_reply(&s, &reply), 1);
	EQUAL(reply.payload.state.index, 1);
	EQUAL(reply.payload.state.num, 0x1235);
	end();
}

/* Without the bit for protocol features there is no request to enable a ring. */
static void test_ring_enabled_at_start(void)
{
	begin();
	EQUAL(session_do(&s, packet_u64(VU_SET_FEATURES, 0x100008000)), 0);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_KICK, 0, 12)), 0);
	EQUAL(session_do(&s, packet_state(VU_SET_VRING_ENABLE, 0, 0)), 0);
	SAME(fake_calls(), "features 0x100008000\nkick 0: fd 12\nenable 0\nstart 0\ndisable 0\n");
	end();
}

static void test_ring_without_fd(void)
{
	struct packet p;

	begin();
	EQUAL(session_do(&s, packet_u64(VU_SET_FEATURES, 0x140008000)), 0);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_KICK, 2 | VU_RING_NO_FD, 0)), 0);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_CALL, 2 | VU_RING_NO_FD, 0)), 0);
	SAME(fake_calls(), "features 0x100008000\nkick 2: fd 0\nstart 2\ncall 2: fd 0\n");

	/* The bit and the descriptor contradict each other. */
	EQUAL(session_do(&s, packet_u64(VU_SET_VRING_KICK, 2)), -EPROTO);
	p = packet_u64(VU_SET_VRING_ERR, 2 | VU_RING_NO_FD);
	packet_add_eventfd(&p, 1);
	EQUAL(session_do(&s, p), -EPROTO);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_CALL, 0x200, 1)), -EINVAL);
	SAME(fake_calls(), "");
	end();
}

static void test_ring_wrong(void)
{
	struct vu_vring_addr addr = { 1, 1, 0x1000, 0x3000, 0x2000, 0 };

	begin();
	EQUAL(session_do(&s, packet(VU_SET_VRING_ADDR, &addr, sizeof(addr))), -EOPNOTSUPP);
	EQUAL(session_do(&s, packet_state(VU_SET_VRING_ENABLE, 1, 2)), -EINVAL);
	SAME(fake_calls(), "");
	EQUAL(session_do(&s, packet_state(VU_SET_VRING_ENABLE, UINT32_MAX, 1)), -EINVAL);
	end();
}

static void test_status(void)
{
	begin();
	EQUAL(ask(VU_GET_STATUS), 0);
	EQUAL(session_do(&s, packet_u64(VU_SET_STATUS, 0xf)), 0);
	EQUAL(ask(VU_GET_STATUS), 0xf);
	EQUAL(session_do(&s, packet_u64(VU_SET_STATUS, 0x10f)), 0);
	EQUAL(ask(VU_GET_STATUS), 0xf);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_CALL, 0, 1)), 0);
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_KICK, 1, 1)), 0);
	SAME(fake_calls(), "call 0: fd 1\nkick 1: fd 1\nenable 1\nstart 1\n");
	/* A reset stops what runs; it must not make others forget their call fd. */
	EQUAL(session_do(&s, packet_u64(VU_SET_STATUS, 0)), 0);
	SAME(fake_calls(), "stop 1\n");
	EQUAL(session_do(&s, packet_u64(VU_SET_STATUS, 0)), 0);
	SAME(fake_calls(), "");
	EQUAL(session_do(&s, packet(VU_RESET_OWNER, "", 0)), 0);
	SAME(fake_calls(), "disable 0\ndisable 1\ndisable 2\ndisable 3\n");
	end();
}

static void test_reset_device(void)
{
	begin();
	EQUAL(session_do(&s, vring_fd(VU_SET_VRING_KICK, 1, 1)), 0);
	fake_calls();
	EQUAL(session_do(&s, packet(VU_RESET_DEVICE, "", 0)), 0);
	SAME(fake_calls(), "stop 1\ndisable 0\ndisable 1\ndisable 2\ndisable 3\n");
	EQUAL(session_do(&s, packet(VU_RESET_DEVICE, "", 0)), 0);
	SAME(fake_calls(), "disable 0\ndisable 1\ndisable 2\ndisable 3\n");
	end();
}

static void test_mtu(void)
{
	begin();
	s.frontend.protocol = VU_P_REPLY_ACK;
	EQUAL(session_do(&s, packet_u64(VU_NET_SET_MTU, 9000)), 0);
	SAME(fake_calls(), "mtu 9000\n");
	/* A front-end that is told no lives on without network. */
	fake_fail("mtu", EMSGSIZE, "too long");
	EQUAL(session_do(&s, asking(packet_u64(VU_NET_SET_MTU, 9001))), 0);
	EQUAL(session_reply(&s, &reply), 1);
	EQUAL(reply.payload.u64, 1);
	fake_calls();
	EQUAL(session_do(&s, packet_u64(VU_NET_SET_MTU, 1ULL << 32 | 1500)), -EINVAL);
	SAME(fake_calls(), "");
	end();
}

static void test_rarp(void)
{
	const uint8_t mac[8] = { 2, 0, 0, 0, 0xab, 1 };

	begin();
	EQUAL(session_do(&s, packet(VU_SEND_RARP, mac, sizeof(mac))), 0);
	SAME(fake_calls(), "announce 02:00:00:00:ab:01\n");
	/* It is no reason to end the connection. */
	fake_fail("announce", ENETDOWN, "down");
	EQUAL(session_do(&s, packet(VU_SEND_RARP, mac, sizeof(mac))), 0);
	end();
}

/* Many messages at once are carried out and answered in their order. */
static void test_order(void)
{
	struct packet batch[] = {
		packet(VU_GET_FEATURES, "", 0),
		packet_u64(VU_SET_FEATURES, 0x100008000),
		packet(VU_GET_STATUS, "", 0),
		packet_state(VU_SET_VRING_NUM, 0, 16),
		packet(VU_GET_QUEUE_NUM, "", 0),
		packet_state(VU_SET_VRING_NUM, 1, 32),
	};
	unsigned int i;

	begin();
	for (i = 0; i < 6; i++)
		packet_send(s.client, &batch[i], 0, packet_size(&batch[i]));
	for (i = 0; i < 6; i++)
		EQUAL(frontend_serve(&s.frontend), 0);
	SAME(fake_calls(), "features 0x100008000\nnum 0: 16\nnum 1: 32\n");
	for (i = 0; i < 6; i += 2) {
		EQUAL(session_reply(&s, &reply), 1);
		EQUAL(reply.header.request, batch[i].header.request);
	}
	EQUAL(session_reply(&s, &reply), 0);
	end();
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "virtio features", test_features },
		{ "protocol features", test_protocol_features },
		{ "queues, slots, owner", test_numbers },
		{ "a table of 0, 2 and 32 regions", test_mem_table },
		{ "a table that contradicts itself", test_mem_table_wrong },
		{ "a region added and removed", test_mem_reg },
		{ "memory of several devices on one connection", test_mem_reg_of_several },
		{ "a ring set up, started and stopped", test_ring },
		{ "a ring of a front-end without protocol features", test_ring_enabled_at_start },
		{ "a ring without eventfds", test_ring_without_fd },
		{ "ring set-up that cannot be served", test_ring_wrong },
		{ "device status and reset", test_status },
		{ "the device reset", test_reset_device },
		{ "the MTU", test_mtu },
		{ "a guest announced", test_rarp },
		{ "strict order", test_order },
		{ }
	};

	client_quiet();
	return tap_main(tests);
}
