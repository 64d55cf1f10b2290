// SPDX-License-Identifier: GPL-2.0
/*
 * Long packets stay in the guest's memory until nobody looks at them any more,
 * and arrive as they were sent, whatever goes away meanwhile.
 *
 *     guest - vm0 - br0 - vm1 - peer
 *
 * While the peer has no buffers, what was sent to it waits in front of vm1.
 */
#include <sys/mman.h>

#include "harness.h"

#include "die.h"
#include "rig.h"
#include "wait.h"

#define PAGES 3
#define NUM 64
#define MOST (NUM / 2)
#define PEER "vm1"
#define LONG 5000
#define SLOT 0x2000

FIXTURE(zerocopy)
{
	struct hugepages before;
	struct rig rig, peer;
	unsigned char *tx, *rx;
};

FIXTURE_VARIANT(zerocopy)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(zerocopy, split) { VERSION_1 };
FIXTURE_VARIANT_ADD(zerocopy, packed) { VERSION_1 | PACKED | EVENT_IDX };

static void join(const char *name)
{
	if (port_ip("link set %s mtu 65535 master br0", name))
		die("joining %s to the bridge", name);
}

FIXTURE_SETUP(zerocopy)
{
	struct rig *rig = &self->rig, *peer = &self->peer;

	NEED_MODULE_AND_PAGES(4 * PAGES);
	self->before = hugepages_now();
	rig_make(rig, variant->features, NUM, PAGES);
	rig_make_beside(peer, PEER, VERSION_1, 2 * NUM, PAGES);
	/* Whoever captures packets gets copies. */
	close(rig->wire);
	close(peer->wire);
	if (port_ip("link add br0 type bridge mcast_snooping 0"))
		SKIP(return, "no bridge");
	port_silence("br0");
	join(PORT);
	join(PEER);
	port_up("br0");
	ASSERT_EQ(0, rig_start(rig))
		TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	ASSERT_EQ(0, rig_start(peer))
		TH_LOG("%s: %s", peer->step, device_error(peer->guest.dev));
	self->tx = guest_alloc(&rig->guest, NUM * SLOT, 1);
	self->rx = guest_alloc(&peer->guest, 2 * NUM * SLOT, 1);
}

FIXTURE_TEARDOWN_PARENT(zerocopy)
{
	expect_pages_back(_metadata, &self->before);
}

static uint64_t statistic(const char *name)
{
	unsigned int matches;

	return port_statistic(PORT, name, &matches);
}

struct expected {
	const char *name;
	uint64_t value;
};

static bool statistic_is(void *arg)
{
	struct expected *expected = arg;

	return statistic(expected->name) == expected->value;
}

static void expect_statistic(struct __test_metadata *_metadata, const char *name, uint64_t value)
{
	struct expected expected = { name, value };

	EXPECT_TRUE(wait_until(statistic_is, &expected))
		TH_LOG("%s: %llu, not %llu", name, (unsigned long long)statistic(name),
		       (unsigned long long)value);
}

/* To one station that nobody has heard of: the bridge does not copy it. */
static void fill(unsigned char *frame, size_t length, uint32_t number)
{
	wire_fill(frame, length, number);
	frame[0] = 2;
}

static void offer_at(FIXTURE_DATA(zerocopy) *self, unsigned char *bytes, size_t length,
		     uint32_t number)
{
	struct buffer buffer = { bytes, self->rig.header + length, false };

	memset(bytes, 0, self->rig.header);
	fill(bytes + self->rig.header, length, number);
	ring_offer(&self->rig.tx, &buffer, 1);
}

static void offer(FIXTURE_DATA(zerocopy) *self, size_t length, uint32_t number)
{
	offer_at(self, self->tx + number % NUM * SLOT, length, number);
}

static void submit(struct ring *ring)
{
	ring_publish(ring);
	ring_kick(ring);
}

/* Sends @count long frames that the peer has no room for. */
static void hold(struct __test_metadata *_metadata, FIXTURE_DATA(zerocopy) *self,
		 unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		offer(self, LONG, i);
	submit(&self->rig.tx);
	expect_statistic(_metadata, "rx0_packets", count);
	expect_statistic(_metadata, "rx0_zerocopy", count < MOST ? count : MOST);
	EXPECT_EQ(0, statistic("rx0_orphaned"));
}

/* The peer makes room for frames @first to @first + @count - 1 and gets them. */
static void expect_frames(struct __test_metadata *_metadata, FIXTURE_DATA(zerocopy) *self,
			  unsigned int first, unsigned int count, size_t size)
{
	struct ring *ring = &self->peer.rx;
	unsigned int header = self->peer.header, i;
	unsigned char *frame;
	uint32_t length;
	uint16_t head;

	for (i = 0; i < count; i++)
		rig_offer_room(&self->peer, self->rx + i * SLOT, SLOT);
	submit(ring);
	ASSERT_TRUE(ring_wait(ring, count))
		TH_LOG("%u of %u frames arrived", ring_pending(ring), count);
	for (i = 0; i < count; i++) {
		ASSERT_TRUE(ring_take(ring, &head, &length));
		ASSERT_EQ(header + size, length);
		frame = self->rx + i * SLOT + header;
		frame[0] = 0xff;
		ASSERT_EQ(size, wire_compare(frame, size, first + i))
			TH_LOG("frame %u", first + i);
	}
}

static void take(struct __test_metadata *_metadata, FIXTURE_DATA(zerocopy) *self,
		 unsigned int count)
{
	uint32_t length;
	uint16_t head;

	ASSERT_TRUE(ring_wait(&self->rig.tx, count))
		TH_LOG("%u of %u chains used", ring_pending(&self->rig.tx), count);
	EXPECT_EQ(count, ring_pending(&self->rig.tx));
	while (count--)
		ASSERT_TRUE(ring_take(&self->rig.tx, &head, &length));
}

TEST_F(zerocopy, through)
{
	static const size_t sizes[] = { 60, 1514, 4096, 4097, LONG, 8000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		offer(self, sizes[i], i);
		submit(&self->rig.tx);
		expect_frames(_metadata, self, i, 1, sizes[i]);
		take(_metadata, self, 1);
	}
	expect_statistic(_metadata, "rx0_zerocopy", 3);
	port_set_copybreak(PORT, 100000);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		offer(self, sizes[i], i);
		submit(&self->rig.tx);
		expect_frames(_metadata, self, i, 1, sizes[i]);
		take(_metadata, self, 1);
	}
	EXPECT_EQ(3, statistic("rx0_zerocopy"));
	EXPECT_EQ(0, statistic("rx0_copied"));
	EXPECT_EQ(0, statistic("rx0_orphaned"));
}

TEST_F(zerocopy, across_hugepages)
{
	unsigned char *border = guest_alloc_across(&self->rig.guest, 2 * SLOT, SLOT) + SLOT;
	unsigned int count = 0;
	size_t before;

	for (before = 1; before < LONG; before += 499) {
		offer_at(self, border - before, LONG, before);
		submit(&self->rig.tx);
		expect_frames(_metadata, self, before, 1, LONG);
		take(_metadata, self, 1);
		count++;
	}
	expect_statistic(_metadata, "rx0_zerocopy", count);
}

/* Offers a long frame that is there already, in @count pieces. */
static void offer_pieces(FIXTURE_DATA(zerocopy) *self, unsigned char *bytes, unsigned int count)
{
	size_t total = self->rig.header + LONG, from, to;
	struct buffer buffers[NUM];
	unsigned int i;

	memset(bytes, 0, self->rig.header);
	for (i = 0; i < count; i++) {
		from = total * i / count;
		to = total * (i + 1) / count;
		buffers[i] = (struct buffer) { bytes + from, to - from, false };
	}
	ring_offer(&self->rig.tx, buffers, count);
	submit(&self->rig.tx);
}

/* More than a packet of the kernel's can have are copied. */
TEST_F(zerocopy, pieces)
{
	unsigned int count;

	fill(self->tx + self->rig.header, LONG, 0);
	for (count = 1; count <= 40; count += 13) {
		offer_pieces(self, self->tx, count);
		expect_frames(_metadata, self, 0, 1, LONG);
		take(_metadata, self, 1);
	}
	expect_statistic(_metadata, "rx0_zerocopy", 2);
	expect_statistic(_metadata, "rx0_copied", 2);
}

/* A chain of IPv6 headers that does not end where packets are copied anyway. */
TEST_F(zerocopy, long_headers)
{
	static const unsigned char start[] = {
		0x86, 0xdd,
		0x60, 0, 0, 0, (LONG - 54) >> 8, (LONG - 54) & 0xff, 60, 64,
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
		60, 24, 1, 4, 0, 0, 0, 0,
	};
	unsigned char *frame = self->tx + self->rig.header;
	unsigned char *arrived = self->rx + self->peer.header;

	fill(frame, LONG, 0);
	memcpy(frame + 12, start, sizeof(start));
	/* the next one: 200 bytes further, with the transport header behind it */
	frame[54 + 200] = 17;
	frame[54 + 201] = 0;
	offer_pieces(self, self->tx, 1);
	rig_offer_room(&self->peer, self->rx, SLOT);
	submit(&self->peer.rx);
	ASSERT_TRUE(ring_wait(&self->peer.rx, 1));
	EXPECT_EQ(0, memcmp(frame, arrived, LONG));
	take(_metadata, self, 1);
	expect_statistic(_metadata, "rx0_copied", 1);
	EXPECT_EQ(0, statistic("rx0_zerocopy"));
}

/* The guest may write again only what is not looked at any more. */
TEST_F(zerocopy, held)
{
	unsigned char *bytes = self->tx;

	hold(_metadata, self, NUM);
	/* Half of the ring may be away; the rest was copied. */
	expect_statistic(_metadata, "rx0_copied", MOST);
	take(_metadata, self, MOST);
	memset(bytes + MOST * SLOT, 0xaa, MOST * SLOT);
	/* The ring goes on with what it has. */
	offer(self, LONG, NUM - 1);
	submit(&self->rig.tx);
	take(_metadata, self, 1);
	expect_frames(_metadata, self, 0, NUM, LONG);
	take(_metadata, self, MOST);
	expect_frames(_metadata, self, NUM - 1, 1, LONG);
	EXPECT_EQ(0, statistic("rx0_orphaned"));
}

/* A packet socket gets a copy, and after a few of these nothing is lent. */
TEST_F(zerocopy, captured)
{
	static unsigned char frame[WIRE_MAX];
	struct rig *rig = &self->rig;
	unsigned int i;

	ASSERT_EQ(0, port_ip("link set " PORT " nomaster"));
	rig->wire = wire_open(rig->ifindex);
	for (i = 0; i < 100; i++) {
		rig_offer_frame(rig, self->tx, LONG, i);
		submit(&rig->tx);
		take(_metadata, self, 1);
		memset(self->tx, 0xaa, SLOT);
		ASSERT_EQ(LONG, wire_receive(rig->wire, frame));
		ASSERT_EQ(LONG, wire_compare(frame, LONG, i));
	}
	EXPECT_EQ(100, statistic("rx0_zerocopy") + statistic("rx0_copied"));
	EXPECT_EQ(statistic("rx0_zerocopy"), statistic("rx0_orphaned"));
	EXPECT_LT(0, statistic("rx0_zerocopy"));
	EXPECT_GT(10, statistic("rx0_zerocopy"));
}

/* A ring that stops has nothing in flight, and goes on behind it. */
TEST_F(zerocopy, stopped)
{
	struct ring *ring = &self->rig.tx;

	hold(_metadata, self, MOST);
	EXPECT_EQ(0, ring_pending(ring));
	ASSERT_LE(0, device_stop(self->rig.guest.dev, TX));
	take(_metadata, self, MOST);
	ASSERT_EQ(0, ring_start(ring));
	offer(self, LONG, MOST);
	submit(ring);
	expect_statistic(_metadata, "rx0_zerocopy", MOST + 1);
	EXPECT_EQ(0, ring_pending(ring));
	expect_frames(_metadata, self, 0, MOST + 1, LONG);
	take(_metadata, self, 1);
}

TEST_F(zerocopy, detached)
{
	hold(_metadata, self, MOST);
	ASSERT_EQ(0, device_detach(self->rig.guest.dev));
	take(_metadata, self, MOST);
	/* The same ring, with loans of before that are not back. */
	ASSERT_EQ(0, device_attach(self->rig.guest.dev, self->rig.ifindex));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	offer(self, LONG, MOST);
	submit(&self->rig.tx);
	take(_metadata, self, 1);
	expect_statistic(_metadata, "rx0_copied", 1);
	expect_frames(_metadata, self, 0, MOST + 1, LONG);
	offer(self, LONG, MOST + 1);
	submit(&self->rig.tx);
	expect_frames(_metadata, self, MOST + 1, 1, LONG);
	take(_metadata, self, 1);
	expect_statistic(_metadata, "rx0_zerocopy", MOST + 1);
}

TEST_F(zerocopy, port_deleted)
{
	hold(_metadata, self, MOST);
	ASSERT_EQ(0, port_ip("link del " PORT));
	take(_metadata, self, MOST);
	expect_frames(_metadata, self, 0, MOST, LONG);
}

TEST_F(zerocopy, guest_killed)
{
	struct guest *guest = &self->rig.guest;

	hold(_metadata, self, MOST);
	close(guest->dev);
	munmap(guest->bytes, PAGES * HPAGE);
	close(guest->file);
	expect_frames(_metadata, self, 0, MOST, LONG);
}

TEST_F(zerocopy, memory_removed)
{
	struct guest *guest = &self->rig.guest;
	struct vhuge_region region = guest_region(guest);

	hold(_metadata, self, MOST);
	ASSERT_EQ(0, device_remove_regions(guest->dev, &region, 1));
	take(_metadata, self, MOST);
	expect_frames(_metadata, self, 0, MOST, LONG);
	ASSERT_EQ(0, device_set_regions(guest->dev, &region, 1));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	offer(self, LONG, MOST);
	submit(&self->rig.tx);
	expect_frames(_metadata, self, MOST, 1, LONG);
	take(_metadata, self, 1);
}

TEST_F(zerocopy, receiver_deleted)
{
	hold(_metadata, self, MOST);
	EXPECT_EQ(0, ring_pending(&self->rig.tx));
	ASSERT_EQ(0, port_ip("link del " PEER));
	take(_metadata, self, MOST);
}

static bool module_is_free(void *unused)
{
	FILE *in = fopen("/sys/module/vhuge/refcnt", "r");
	long users = -1;

	(void)unused;
	if (!in || fscanf(in, "%ld", &users) != 1)
		die("users of the module");
	fclose(in);
	return !users;
}

/* The module stays as long as the stack can call it, and its pages. */
TEST_F(zerocopy, slow_qdisc)
{
	long free;

	ASSERT_EQ(0, port_ip("link set " PEER " nomaster"));
	if (port_ip("link add slow mtu 65535 type dummy"))
		SKIP(return, "no dummy interfaces");
	port_silence("slow");
	port_up("slow");
	join("slow");
	if (system("tc qdisc add dev slow root netem delay 200s"))
		SKIP(return, "no netem");
	hold(_metadata, self, MOST);
	close(self->peer.guest.dev);
	close(self->rig.guest.dev);
	munmap(self->rig.guest.bytes, PAGES * HPAGE);
	close(self->rig.guest.file);
	free = hugepages_now().free;
	EXPECT_FALSE(module_is_free(NULL));
	ASSERT_EQ(0, system("tc qdisc del dev slow root"));
	EXPECT_TRUE(wait_until(module_is_free, NULL));
	EXPECT_LT(free, hugepages_now().free);
}

TEST_HARNESS_MAIN
