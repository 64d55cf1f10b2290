// SPDX-License-Identifier: GPL-2.0
/*
 * Changes under a ring that runs: its eventfds, the memory, a stop and a new
 * start, areas across hugepages; and two devices that know nothing of each
 * other's troubles.
 */
#include "harness.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "die.h"
#include "rig.h"

#define PAGES 4
#define NUM 128
#define FRAME 60

FIXTURE(running)
{
	struct hugepages before;
	struct rig rig;
	/* Room for a frame to send. */
	unsigned char *tx;
	uint32_t number;
};

FIXTURE_VARIANT(running)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(running, split) { VERSION_1 };
FIXTURE_VARIANT_ADD(running, packed) { VERSION_1 | PACKED };

/* Page 0: the receive ring; 1: the transmit ring; 2, 3: packets. */
FIXTURE_SETUP(running)
{
	struct rig *rig = &self->rig;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	rig->guest.used = HPAGE;
	rig_ring(rig, &rig->tx, TX, NUM);
	self->tx = rig->guest.bytes + 2 * HPAGE;
	rig->guest.used = 2 * HPAGE + 65536;
}

FIXTURE_TEARDOWN_PARENT(running)
{
	expect_pages_back(_metadata, &self->before);
}

static void start(struct __test_metadata *_metadata, FIXTURE_DATA(running) *self)
{
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
}

static void guest_sends(struct __test_metadata *_metadata, FIXTURE_DATA(running) *self)
{
	const char *wrong = rig_sends(&self->rig, self->number++);

	ASSERT_EQ(NULL, wrong) TH_LOG("frame %u: %s", self->number - 1, wrong);
}

static void guest_receives(struct __test_metadata *_metadata, FIXTURE_DATA(running) *self)
{
	const char *wrong = rig_receives(&self->rig, self->number++);

	ASSERT_EQ(NULL, wrong) TH_LOG("frame %u: %s", self->number - 1, wrong);
}

TEST_F(running, areas_across_hugepages)
{
	struct rig *rig = &self->rig;
	unsigned int align = rig->tx.packed ? 4 : 2, i, k;
	struct ring *rings[] = { &rig->rx, &rig->tx };

	/* Each area begins in one page and ends in another; the events of packed rings fit. */
	rig->guest.used = 0;
	for (i = 0; i < 2; i++) {
		rings[i]->desc = guest_alloc_across(&rig->guest, NUM * 16, 5 * 16);
		rings[i]->avail = guest_alloc(&rig->guest, 4 + NUM * 2 + 2, align);
		rings[i]->used = guest_alloc(&rig->guest, 4 + NUM * 8 + 2, 4);
	}
	if (!rig->tx.packed) {
		rig->guest.used = 2 * HPAGE;
		rig->tx.avail = guest_alloc_across(&rig->guest, 4 + NUM * 2 + 2, 4 + 2 * 33);
		rig->guest.used = 1 * HPAGE + HPAGE / 2;
		rig->rx.used = guest_alloc_across(&rig->guest, 4 + NUM * 8 + 2, 4 + 8 * 21);
	}
	ring_reset(&rig->rx);
	ring_reset(&rig->tx);
	start(_metadata, self);
	for (k = 0; k < 3 * NUM; k++) {
		guest_sends(_metadata, self);
		guest_receives(_metadata, self);
	}
}

TEST_F(running, goes_on_from_its_base)
{
	struct rig *rig = &self->rig;
	unsigned int i, k;

	start(_metadata, self);
	/* More than two rounds of the rings. */
	for (i = 0; i < 10; i++) {
		for (k = 0; k < 30; k++) {
			guest_sends(_metadata, self);
			guest_receives(_metadata, self);
		}
		ASSERT_EQ(ring_base(&rig->tx), device_stop(rig->guest.dev, TX));
		ASSERT_EQ(ring_base(&rig->rx), device_stop(rig->guest.dev, RX));
		ASSERT_CALL(rig->guest.dev, 0, ring_start(&rig->tx));
		ASSERT_CALL(rig->guest.dev, 0, ring_start(&rig->rx));
		ASSERT_TRUE(port_wait_carrier(PORT, true));
	}
}

/* What became available while the ring was stopped is served at its start. */
TEST_F(running, serves_at_start)
{
	struct rig *rig = &self->rig;
	unsigned char frame[WIRE_MAX];
	uint32_t length;
	uint16_t head;

	start(_metadata, self);
	ASSERT_EQ(ring_base(&rig->tx), device_stop(rig->guest.dev, TX));
	rig_offer_frame(rig, self->tx, FRAME, 7);
	ring_publish(&rig->tx);
	ring_kick(&rig->tx);
	EXPECT_EQ(0, ring_pending(&rig->tx));
	ASSERT_CALL(rig->guest.dev, 0, ring_start(&rig->tx));
	ASSERT_TRUE(ring_wait(&rig->tx, 1));
	ASSERT_TRUE(ring_take(&rig->tx, &head, &length));
	EXPECT_EQ(FRAME, wire_receive(rig->wire, frame));
	EXPECT_EQ(FRAME, wire_compare(frame, FRAME, 7));
	EXPECT_EQ(1, ring_calls(&rig->tx));
}

/* Kick and call are forgotten by a stop: neither is used after a new start. */
TEST_F(running, stop_forgets_eventfds)
{
	struct rig *rig = &self->rig;
	unsigned int matches;
	uint32_t length;
	uint64_t kicks;
	uint16_t head;

	start(_metadata, self);
	guest_sends(_metadata, self);
	ASSERT_EQ(ring_base(&rig->tx), device_stop(rig->guest.dev, TX));
	EXPECT_EQ(1, ring_calls(&rig->tx));
	kicks = port_statistic(PORT, "rx0_kicks", &matches);
	EXPECT_EQ(1, kicks);
	rig_offer_frame(rig, self->tx, FRAME, 7);
	ring_publish(&rig->tx);
	ASSERT_CALL(rig->guest.dev, 0, device_start(rig->guest.dev, TX));
	ring_kick(&rig->tx);
	/* It is served since it was started. */
	ASSERT_TRUE(ring_wait(&rig->tx, 1));
	ASSERT_TRUE(ring_take(&rig->tx, &head, &length));
	EXPECT_EQ(ring_base(&rig->tx), device_stop(rig->guest.dev, TX));
	EXPECT_EQ(kicks, port_statistic(PORT, "rx0_kicks", &matches));
	EXPECT_EQ(0, ring_calls(&rig->tx));
}

/* A base that nobody can be told is no reason to stop. */
TEST_F(running, goes_on_when_its_base_cannot_be_told)
{
	struct vhuge_vring_state *state = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int dev;

	ASSERT_NE(MAP_FAILED, state);
	start(_metadata, self);
	dev = self->rig.guest.dev;
	*state = (struct vhuge_vring_state) { .size = sizeof(*state), .index = TX };
	ASSERT_EQ(0, mprotect(state, 4096, PROT_READ));
	EXPECT_CALL(dev, -EFAULT, device_call(dev, VHUGE_STOP_VRING, state));
	guest_sends(_metadata, self);
	guest_receives(_metadata, self);
}

/*
 * The old eventfd is kicked just before it is replaced, the new one just
 * before it takes its place: neither kick may be lost.
 */
TEST_F(running, kick_is_replaced_without_gap)
{
	struct rig *rig = &self->rig;
	unsigned char frame[WIRE_MAX];
	uint32_t length;
	uint16_t head;
	int i, fd;

	start(_metadata, self);
	for (i = 0; i < 1000; i++) {
		fd = eventfd(0, EFD_NONBLOCK);
		rig_offer_frame(rig, self->tx, FRAME, i);
		ring_publish(&rig->tx);
		if (i & 1)
			ring_kick(&rig->tx);
		close(rig->tx.kick);
		rig->tx.kick = fd;
		if (!(i & 1))
			ring_kick(&rig->tx);
		ASSERT_CALL(rig->guest.dev, 0,
			    device_vring_fd(rig->guest.dev, TX, VHUGE_VRING_KICK, fd));
		ASSERT_TRUE(ring_wait(&rig->tx, 1)) TH_LOG("replacement %d", i);
		ASSERT_TRUE(ring_take(&rig->tx, &head, &length));
		ASSERT_EQ(FRAME, wire_receive(rig->wire, frame));
	}
}

/* Hands the memory in again, page by page, each one a region. */
static int set_pages(FIXTURE_DATA(running) *self, unsigned int leave_out)
{
	struct vhuge_region regions[PAGES];
	unsigned int i, count = 0;

	for (i = 0; i < PAGES; i++) {
		if (i == leave_out)
			continue;
		regions[count] = guest_region(&self->rig.guest);
		regions[count].guest_addr += i * HPAGE;
		regions[count].user_addr += i * HPAGE;
		regions[count].offset += i * HPAGE;
		regions[count++].length = HPAGE;
	}
	return device_set_regions(self->rig.guest.dev, regions, count);
}

TEST_F(running, loses_its_memory)
{
	struct rig *rig = &self->rig;
	int dev, i;

	start(_metadata, self);
	dev = rig->guest.dev;
	ASSERT_CALL(dev, 0, set_pages(self, PAGES));
	guest_sends(_metadata, self);
	guest_receives(_metadata, self);
	for (i = 0; i < 5; i++) {
		/* The page of the transmit ring goes. */
		ASSERT_CALL(dev, 0, set_pages(self, 1));
		EXPECT_TRUE(rig_broken(&rig->tx));
		ring_kick(&rig->tx);
		EXPECT_EQ(ring_base(&rig->tx), device_stop(dev, TX));
		EXPECT_CALL(dev, -ERANGE, ring_start(&rig->tx));
		ASSERT_CALL(dev, 0, set_pages(self, PAGES));
		EXPECT_CALL(dev, 0, ring_start(&rig->tx));
		ASSERT_TRUE(port_wait_carrier(PORT, true));
		guest_sends(_metadata, self);
		guest_receives(_metadata, self);
	}
	EXPECT_EQ(0, eventfd_read(rig->rx.err, &(eventfd_t){ 0 }) == 0)
		TH_LOG("the receive ring was reported as broken");
}

/* QEMU takes a region away and gives it back under rings that run. */
TEST_F(running, gets_its_memory_back)
{
	struct rig *rig = &self->rig;
	unsigned char frame[WIRE_MAX];
	int dev, i;

	start(_metadata, self);
	dev = rig->guest.dev;
	ASSERT_CALL(dev, 0, set_pages(self, PAGES));
	for (i = 0; i < 5; i++) {
		ASSERT_CALL(dev, 0, set_pages(self, 1));
		EXPECT_TRUE(rig_broken(&rig->tx));
		EXPECT_CALL(dev, -EBUSY, device_start(dev, TX));
		rig_offer_frame(rig, self->tx, FRAME, 5);
		ASSERT_CALL(dev, 0, set_pages(self, PAGES));
		ASSERT_TRUE(port_wait_carrier(PORT, true));
		ASSERT_TRUE(rig_transmit(rig, 1));
		ASSERT_EQ(FRAME, wire_receive(rig->wire, frame));
		guest_sends(_metadata, self);
		guest_receives(_metadata, self);
	}
}

/* The same addresses, but in another file with the same contents. */
TEST_F(running, moves_to_other_memory)
{
	struct rig *rig = &self->rig;
	struct guest *guest = &rig->guest;
	unsigned int i;

	start(_metadata, self);
	for (i = 0; i < 5; i++) {
		struct vhuge_region region;
		unsigned char *copy;

		guest_sends(_metadata, self);
		guest_receives(_metadata, self);
		close(guest->file);
		guest->file = hugetlb_full_file(PAGES);
		copy = hugetlb_map(guest->file, PAGES);
		memcpy(copy, guest->bytes, PAGES * HPAGE);
		/* At the same place in this process, so that all pointers stay. */
		ASSERT_EQ(guest->bytes, mremap(copy, PAGES * HPAGE, PAGES * HPAGE,
					       MREMAP_MAYMOVE | MREMAP_FIXED, guest->bytes));
		region = guest_region(guest);
		ASSERT_CALL(guest->dev, 0, device_set_regions(guest->dev, &region, 1));
	}
	guest_sends(_metadata, self);
	guest_receives(_metadata, self);
	EXPECT_EQ(self->before.free - PAGES, hugepages_now().free);
}

/* Memory that no ring's area is in comes and goes while both rings are used. */
TEST_F(running, other_memory_goes)
{
	struct rig *rig = &self->rig;
	struct vhuge_region more = guest_region(&rig->guest);
	int i;

	start(_metadata, self);
	more.guest_addr += 64 * HPAGE;
	more.user_addr += 64 * HPAGE;
	more.length = HPAGE;
	more.fd = hugetlb_file(1);
	for (i = 0; i < 50; i++) {
		ASSERT_CALL(rig->guest.dev, 0, device_add_regions(rig->guest.dev, &more, 1));
		guest_sends(_metadata, self);
		ASSERT_CALL(rig->guest.dev, 0, device_remove_regions(rig->guest.dev, &more, 1));
		guest_receives(_metadata, self);
	}
}

/* Changes the table until the pipe is closed. The exit status says if all went well. */
static pid_t change_tables(FIXTURE_DATA(running) *self, const int *until)
{
	struct vhuge_region whole = guest_region(&self->rig.guest);
	int dev = self->rig.guest.dev, i;
	struct pollfd pollfd = { .fd = until[0] };
	pid_t child = fork();

	if (child)
		return child;
	close(until[1]);
	for (i = 0; !poll(&pollfd, 1, 0); i++) {
		int err = i % 3 ? set_pages(self, PAGES) : device_set_regions(dev, &whole, 1);

		if (err) {
			fprintf(stderr, "# change %d: %d, %s\n", i, err, device_error(dev));
			_exit(1);
		}
	}
	_exit(i < 10);
}

TEST_F(running, same_memory_under_traffic)
{
	int until[2], status, i;
	pid_t child;

	start(_metadata, self);
	ASSERT_EQ(0, pipe(until));
	child = change_tables(self, until);
	ASSERT_GT(child, 0);
	for (i = 0; i < 2000; i++) {
		guest_sends(_metadata, self);
		guest_receives(_metadata, self);
	}
	close(until[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
