// SPDX-License-Identifier: GPL-2.0
/*
 * AF_XDP sockets on a port, in copy mode: what the guest sends arrives in their
 * memory, what they send arrives in the guest's.
 */
#include "harness.h"

#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "die.h"
#include "program.h"
#include "rig.h"
#include "wait.h"

#define PAGES 4
#define NUM 64
#define FRAME 300
#define CHUNK 4096
#define CHUNKS 32

/* A ring of an AF_XDP socket. */
struct xring {
	uint32_t *producer, *consumer;
	void *entries;
};

FIXTURE(af_xdp)
{
	struct hugepages before;
	struct rig rig;
	int xsk;
	unsigned char *memory;
	struct xring fill, completion, rx, tx;
};

static void map_ring(int xsk, struct xring *ring, int option, size_t entry, uint64_t page,
		     const struct xdp_ring_offset *at)
{
	int count = CHUNKS;
	char *bytes;

	if (setsockopt(xsk, SOL_XDP, option, &count, sizeof(count)))
		die("making ring %d", option);
	bytes = mmap(NULL, at->desc + count * entry, PROT_READ | PROT_WRITE, MAP_SHARED, xsk, page);
	if (bytes == MAP_FAILED)
		die("mapping ring %d", option);
	ring->producer = (uint32_t *)(bytes + at->producer);
	ring->consumer = (uint32_t *)(bytes + at->consumer);
	ring->entries = bytes + at->desc;
}

/* Where the rings are is known before they are made. */
static void make_rings(FIXTURE_DATA(af_xdp) *self)
{
	struct xdp_mmap_offsets at;
	socklen_t length = sizeof(at);

	if (getsockopt(self->xsk, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length))
		die("where rings are");
	map_ring(self->xsk, &self->fill, XDP_UMEM_FILL_RING, sizeof(uint64_t),
		 XDP_UMEM_PGOFF_FILL_RING, &at.fr);
	map_ring(self->xsk, &self->completion, XDP_UMEM_COMPLETION_RING, sizeof(uint64_t),
		 XDP_UMEM_PGOFF_COMPLETION_RING, &at.cr);
	map_ring(self->xsk, &self->rx, XDP_RX_RING, sizeof(struct xdp_desc),
		 XDP_PGOFF_RX_RING, &at.rx);
	map_ring(self->xsk, &self->tx, XDP_TX_RING, sizeof(struct xdp_desc),
		 XDP_PGOFF_TX_RING, &at.tx);
}

/* The first half of the chunks is for receiving, the others for sending. */
static void fill(FIXTURE_DATA(af_xdp) *self)
{
	uint64_t *addresses = self->fill.entries;
	uint32_t i;

	for (i = 0; i < CHUNKS / 2; i++)
		addresses[i] = i * CHUNK;
	__atomic_store_n(self->fill.producer, CHUNKS / 2, __ATOMIC_RELEASE);
}

FIXTURE_SETUP(af_xdp)
{
	struct xdp_umem_reg memory = { .len = CHUNKS * CHUNK, .chunk_size = CHUNK };
	struct sockaddr_xdp address = { .sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY };

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->xsk = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (self->xsk < 0 && errno == EAFNOSUPPORT)
		SKIP(return, "a kernel without AF_XDP");
	self->before = hugepages_now();
	rig_make(&self->rig, VERSION_1 | MRG_RXBUF, NUM, PAGES);
	ASSERT_EQ(0, rig_start(&self->rig)) TH_LOG("%s", self->rig.step);
	/* Only a socket of the port's namespace can be bound to it. */
	close(self->xsk);
	self->xsk = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	self->memory = mmap(NULL, memory.len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory.addr = (uintptr_t)self->memory;
	ASSERT_EQ(0, setsockopt(self->xsk, SOL_XDP, XDP_UMEM_REG, &memory, sizeof(memory)));
	make_rings(self);
	fill(self);
	address.sxdp_ifindex = self->rig.ifindex;
	ASSERT_EQ(0, bind(self->xsk, (struct sockaddr *)&address, sizeof(address)))
		TH_LOG("%s", strerror(errno));
}

FIXTURE_TEARDOWN_PARENT(af_xdp)
{
	expect_pages_back(_metadata, &self->before);
}

struct expected {
	const uint32_t *producer;
	uint32_t value;
};

static bool has_come(void *arg)
{
	const struct expected *expected = arg;

	return __atomic_load_n(expected->producer, __ATOMIC_ACQUIRE) == expected->value;
}

TEST_F(af_xdp, receives)
{
	struct expected expected = { self->rx.producer, CHUNKS / 2 };
	int map = program_map(BPF_MAP_TYPE_XSKMAP), i;
	const struct xdp_desc *got = self->rx.entries;
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, program_map_set(map, self->xsk));
	ASSERT_LE(0, program_attach(program_redirect(map, false), rig->ifindex));
	for (i = 0; i < CHUNKS / 2; i++)
		rig_offer_frame(rig, rig_alloc(rig, FRAME), FRAME, i);
	ASSERT_TRUE(rig_transmit(rig, CHUNKS / 2));
	ASSERT_TRUE(wait_until(has_come, &expected)) TH_LOG("%u came", *self->rx.producer);
	for (i = 0; i < CHUNKS / 2; i++) {
		ASSERT_EQ(FRAME, got[i].len);
		EXPECT_EQ(FRAME, wire_compare(self->memory + got[i].addr, FRAME, i));
	}
	EXPECT_TRUE(wire_quiet(rig->wire));
}

TEST_F(af_xdp, sends)
{
	struct expected expected = { self->completion.producer, CHUNKS / 2 };
	struct xdp_desc *send = self->tx.entries;
	unsigned char *rooms[CHUNKS / 2];
	struct rig *rig = &self->rig;
	uint32_t length, i;
	uint16_t head;

	for (i = 0; i < CHUNKS / 2; i++) {
		rooms[i] = rig_alloc(rig, FRAME);
		rig_offer_room(rig, rooms[i], rig->header + FRAME);
		send[i] = (struct xdp_desc) { .addr = (CHUNKS / 2 + i) * CHUNK, .len = FRAME };
		wire_fill(self->memory + send[i].addr, FRAME, i);
	}
	ring_publish(&rig->rx);
	__atomic_store_n(self->tx.producer, CHUNKS / 2, __ATOMIC_RELEASE);
	ASSERT_EQ(0, sendto(self->xsk, NULL, 0, MSG_DONTWAIT, NULL, 0))
		TH_LOG("%s", strerror(errno));
	ASSERT_TRUE(ring_wait(&rig->rx, CHUNKS / 2));
	for (i = 0; i < CHUNKS / 2; i++) {
		ASSERT_TRUE(ring_take(&rig->rx, &head, &length));
		EXPECT_EQ(rig->header + FRAME, length);
		EXPECT_EQ(FRAME, wire_compare(rooms[i] + rig->header, FRAME, i));
	}
	EXPECT_TRUE(wait_until(has_come, &expected));
}

TEST_HARNESS_MAIN
