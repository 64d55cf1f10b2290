// SPDX-License-Identifier: GPL-2.0
/*
 * XDP programs decide about what guests send, and connect two guests without the
 * stack.
 *
 *     guest memory - rings - device - port vm0 - program - packet socket
 *                                        |
 *                                        +- program - port vm1 - ... - guest memory
 */
#include "harness.h"

#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "die.h"
#include "frame.h"
#include "link.h"
#include "program.h"
#include "pump.h"
#include "rig.h"
#include "vnet.h"
#include "wait.h"

#define PAGES 4
#define NUM 256
#define FRAME 60
#define OTHER "vm1"
#define ROUNDS 30
#define MSS 1000

#define CSUM FEATURE(VIRTIO_NET_F_CSUM)
#define TSO FEATURE(VIRTIO_NET_F_HOST_TSO4)

/* What a packet may have to lie in one page, with what goes along with it. */
#define LINEAR 3520

FIXTURE(xdp)
{
	struct hugepages before;
	struct rig rig, other;
	unsigned char *scratch;
	int host;
};

FIXTURE_VARIANT(xdp)
{
	uint64_t features;
};

FIXTURE_VARIANT_ADD(xdp, split) { VERSION_1 | MRG_RXBUF | CSUM | TSO };
FIXTURE_VARIANT_ADD(xdp, packed) { VERSION_1 | PACKED | IN_ORDER | CSUM | TSO };

FIXTURE_SETUP(xdp)
{
	NEED_MODULE_AND_PAGES(4 * PAGES);
	self->before = hugepages_now();
	rig_make(&self->rig, variant->features, NUM, PAGES);
	rig_make_beside(&self->other, OTHER, variant->features, NUM, PAGES);
	ASSERT_EQ(0, link_set_mtu(PORT, 9000));
	ASSERT_EQ(0, link_set_mtu(OTHER, 9000));
	ASSERT_EQ(0, rig_start(&self->rig)) TH_LOG("%s", self->rig.step);
	ASSERT_EQ(0, rig_start(&self->other)) TH_LOG("%s", self->other.step);
	self->scratch = guest_alloc(&self->rig.guest, 1 << 17, 64);
	self->host = vnet_open(self->rig.ifindex);
}

FIXTURE_TEARDOWN_PARENT(xdp)
{
	expect_pages_back(_metadata, &self->before);
}

#define EXPECT_STATISTIC(expected, port, name) \
	EXPECT_EQ(expected, named_statistic(_metadata, port, name)) TH_LOG("%s of %s", name, port)

static int attach(struct __test_metadata *_metadata, int program, unsigned int ifindex)
{
	int link = program_attach(program, ifindex);

	EXPECT_GE(link, 0) TH_LOG("attaching: %s", strerror(-link));
	close(program);
	return link;
}

/* Frame @number, as the guest of @rig sends it. */
static void send_frame(struct __test_metadata *_metadata, struct rig *rig, unsigned char *bytes,
		       size_t length, uint32_t number)
{
	rig_offer_frame(rig, bytes, length, number);
	ASSERT_TRUE(rig_transmit(rig, 1)) TH_LOG("frame of %zu bytes", length);
}

/* Something the guest sends, behind a virtio-net header. */
static void send_bytes(struct __test_metadata *_metadata, FIXTURE_DATA(xdp) *self,
		       const struct virtio_net_hdr *header, const void *bytes, size_t length)
{
	struct buffer buffer = { self->scratch, self->rig.header + length, false };

	memset(self->scratch, 0, self->rig.header);
	memcpy(self->scratch, header, sizeof(*header));
	memcpy(self->scratch + self->rig.header, bytes, length);
	ring_offer(&self->rig.tx, &buffer, 1);
	ASSERT_TRUE(rig_transmit(&self->rig, 1));
}

/* Offers room in @rig for one frame of @length bytes. */
static unsigned char *offer(struct rig *rig, size_t length)
{
	if (!rig->plain_rx)
		rig->plain_rx = rig_alloc(rig, WIRE_MAX);
	rig_offer_room(rig, rig->plain_rx, rig->header + length);
	ring_publish(&rig->rx);
	return rig->plain_rx + rig->header;
}

/* The one buffer was filled with this much and a header that asks for nothing. */
static void expect_filled(struct __test_metadata *_metadata, struct rig *rig, size_t length)
{
	static const struct virtio_net_hdr_mrg_rxbuf header = { .num_buffers = 1 };
	uint32_t used;
	uint16_t head;

	ASSERT_TRUE(ring_wait(&rig->rx, 1)) TH_LOG("nothing for %s", rig->port);
	ASSERT_TRUE(ring_take(&rig->rx, &head, &used));
	ASSERT_EQ(rig->header + length, used);
	EXPECT_EQ(0, memcmp(&header, rig->plain_rx, rig->header));
}

static void expect_sends(struct __test_metadata *_metadata, struct rig *rig)
{
	const char *wrong = rig_sends(rig, 4711);

	EXPECT_EQ(NULL, wrong) TH_LOG("%s", wrong);
}

TEST_F(xdp, drops)
{
	struct rig *rig = &self->rig;
	int link = attach(_metadata, program_verdict(XDP_DROP), rig->ifindex), i;

	for (i = 0; i < 100; i++)
		send_frame(_metadata, rig, self->scratch, FRAME + 30 * i, i);
	EXPECT_STATISTIC(100, PORT, "rx0_xdp_drop");
	EXPECT_STATISTIC(0, PORT, "rx0_drop_xdp");
	EXPECT_EQ(100, port_counter(PORT, "rx_packets"));
	EXPECT_EQ(0, port_counter(PORT, "rx_dropped"));
	EXPECT_TRUE(wire_quiet(rig->wire));
	close(link);
	expect_sends(_metadata, rig);
}

TEST_F(xdp, passes)
{
	static unsigned char frame[WIRE_MAX];
	struct rig *rig = &self->rig;
	size_t length, longer = 0;

	attach(_metadata, program_verdict(XDP_PASS), rig->ifindex);
	for (length = WIRE_HEADER; length <= WIRE_MAX; length += length < 1600 ? 53 : 313) {
		send_frame(_metadata, rig, self->scratch, length, length);
		ASSERT_EQ(length, wire_receive(rig->wire, frame));
		ASSERT_EQ(length, wire_compare(frame, length, length));
		longer += length > LINEAR;
	}
	EXPECT_STATISTIC(longer, PORT, "rx0_xdp_generic");
	EXPECT_EQ(0, port_counter(PORT, "rx_dropped"));
}

TEST_F(xdp, fails)
{
	struct rig *rig = &self->rig;
	int link = attach(_metadata, program_verdict(XDP_ABORTED), rig->ifindex);
	int map = program_map(BPF_MAP_TYPE_DEVMAP);

	send_frame(_metadata, rig, self->scratch, FRAME, 1);
	ASSERT_EQ(0, program_replace(link, program_verdict(77)));
	send_frame(_metadata, rig, self->scratch, FRAME, 2);
	/* Nothing is in the map. */
	ASSERT_EQ(0, program_replace(link, program_redirect(map, false)));
	send_frame(_metadata, rig, self->scratch, FRAME, 3);
	/* A short frame is none of XDP's business. */
	send_frame(_metadata, rig, self->scratch, 13, 4);
	EXPECT_STATISTIC(3, PORT, "rx0_drop_xdp");
	EXPECT_STATISTIC(1, PORT, "rx0_drop_short");
	EXPECT_EQ(4, port_counter(PORT, "rx_dropped"));
	EXPECT_TRUE(wire_quiet(rig->wire));
}

/* Long frames go by way of an skb. */
TEST_F(xdp, sends_back)
{
	static unsigned char swapped[WIRE_MAX];
	struct rig *rig = &self->rig;
	unsigned int count = 0;
	unsigned char *frame;
	size_t length;

	attach(_metadata, program_swap(), rig->ifindex);
	for (length = WIRE_HEADER; length <= WIRE_MAX; length += length < 1600 ? 61 : 607) {
		frame = offer(rig, length);
		send_frame(_metadata, rig, self->scratch, length, length);
		expect_filled(_metadata, rig, length);
		memcpy(swapped, frame + 6, 6);
		memcpy(swapped + 6, frame, 6);
		memcpy(swapped + 12, frame + 12, length - 12);
		ASSERT_EQ(length, wire_compare(swapped, length, length));
		count += length <= LINEAR;
	}
	EXPECT_STATISTIC(count, PORT, "rx0_xdp_tx");
	EXPECT_STATISTIC(count, PORT, "tx0_xdp_xmit");
	EXPECT_TRUE(wire_quiet(rig->wire));
	/* No room: it does not wait. */
	send_frame(_metadata, rig, self->scratch, FRAME, 1);
	EXPECT_STATISTIC(1, PORT, "tx0_drop_full");
	EXPECT_STATISTIC(1, PORT, "rx0_drop_xdp");
}

static void redirect_to(struct __test_metadata *_metadata, struct rig *from, struct rig *to)
{
	int map = program_map(BPF_MAP_TYPE_DEVMAP);

	ASSERT_EQ(0, program_map_set(map, to->ifindex));
	attach(_metadata, program_redirect(map, false), from->ifindex);
}

TEST_F(xdp, connects_two_ports)
{
	struct rig *rigs[] = { &self->rig, &self->other };
	unsigned char *from[2], *frame;
	size_t length, count = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		from[i] = rig_alloc(rigs[i], WIRE_MAX);
		redirect_to(_metadata, rigs[i], rigs[!i]);
	}
	for (length = WIRE_HEADER; length <= WIRE_MAX; length += length < 1600 ? 61 : 607) {
		for (i = 0; i < 2; i++) {
			frame = offer(rigs[!i], length);
			send_frame(_metadata, rigs[i], from[i], length, length + i);
			expect_filled(_metadata, rigs[!i], length);
			ASSERT_EQ(length, wire_compare(frame, length, length + i));
		}
		count += length <= LINEAR;
	}
	EXPECT_STATISTIC(count, PORT, "rx0_xdp_redirect");
	EXPECT_STATISTIC(count, OTHER, "tx0_xdp_xmit");
	EXPECT_TRUE(wire_quiet(self->rig.wire) && wire_quiet(self->other.wire));
}

/* More at a time than the kernel keeps together, and more than there is room for. */
TEST_F(xdp, redirects_many)
{
	struct rig *rig = &self->rig, *other = &self->other;
	unsigned char *rooms = guest_alloc(&other->guest, NUM * 128, 64);
	unsigned int i;
	uint32_t used;
	uint16_t head;

	redirect_to(_metadata, rig, other);
	for (i = 0; i < 100; i++)
		rig_offer_room(other, rooms + i * 128, other->header + FRAME);
	ring_publish(&other->rx);
	for (i = 0; i < 150; i++)
		rig_offer_frame(rig, self->scratch + i * 128, FRAME, i);
	ASSERT_TRUE(rig_transmit(rig, 150));
	ASSERT_TRUE(ring_wait(&other->rx, 100));
	for (i = 0; i < 100; i++) {
		ASSERT_TRUE(ring_take(&other->rx, &head, &used));
		ASSERT_EQ(FRAME, wire_compare(rooms + i * 128 + other->header, FRAME, i));
	}
	EXPECT_STATISTIC(150, PORT, "rx0_xdp_redirect");
	EXPECT_STATISTIC(100, OTHER, "tx0_xdp_xmit");
	EXPECT_STATISTIC(50, OTHER, "tx0_drop_full");
	/* A port without a guest. */
	ASSERT_CALL(other->guest.dev, 0, device_detach(other->guest.dev));
	send_frame(_metadata, rig, self->scratch, FRAME, 1);
	EXPECT_STATISTIC(1, OTHER, "tx0_drop_no_guest");
}

/* Changed by @delta at its head or tail, a frame arrives as it should. */
static void expect_changed(struct __test_metadata *_metadata, FIXTURE_DATA(xdp) *self,
			   int program, int head, int tail)
{
	static const unsigned char nothing[64];
	unsigned char frame[FRAME], seen[256];
	int link = attach(_metadata, program, self->rig.ifindex);
	int at = head < 0 ? -head : 0, from = head < 0 ? 0 : head;
	int same = FRAME - from + (tail < 0 ? tail : 0);
	struct virtio_net_hdr header;

	wire_fill(frame, FRAME, 5);
	send_frame(_metadata, &self->rig, self->scratch, FRAME, 5);
	ASSERT_EQ(FRAME - head + tail, vnet_receive(self->host, &header, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(seen + at, frame + from, same)) TH_LOG("%d, %d", head, tail);
	if (tail > 0)
		EXPECT_EQ(0, memcmp(seen + at + same, nothing, tail));
	close(link);
}

TEST_F(xdp, changes_length)
{
	int delta;

	for (delta = 2; delta <= 40; delta += 19) {
		expect_changed(_metadata, self, program_head(delta), delta, 0);
		expect_changed(_metadata, self, program_head(-delta), -delta, 0);
		expect_changed(_metadata, self, program_tail(delta), 0, delta);
		expect_changed(_metadata, self, program_tail(-delta), 0, -delta);
	}
}

/* Checksums are complete, and packets are cut, before a program sees them. */
static void expect_finished(struct __test_metadata *_metadata, FIXTURE_DATA(xdp) *self,
			    size_t payload)
{
	static unsigned char bytes[FRAME_ALL], seen[FRAME_ALL], content[FRAME_ALL];
	struct virtio_net_hdr header = frame_header(TCP4, payload > MSS ? MSS : 0);
	size_t length = frame_make(bytes, TCP4, payload, 3), head = frame_head(TCP4), at, part;

	header.hdr_len = head;
	send_bytes(_metadata, self, &header, bytes, length);
	for (at = 0; at < payload; at += part) {
		part = payload - at < MSS && header.gso_size ? payload - at : MSS;
		if (!header.gso_size)
			part = payload;
		memset(&header, 0xff, sizeof(header));
		ASSERT_EQ(head + part, vnet_receive(self->host, &header, seen, sizeof(seen)));
		EXPECT_EQ(VIRTIO_NET_HDR_GSO_NONE, header.gso_type);
		EXPECT_EQ(0, header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
		EXPECT_TRUE(frame_is_complete(seen, TCP4, head + part));
		frame_content(content, at, part, 3);
		ASSERT_EQ(0, memcmp(seen + head, content, part));
		header.gso_size = MSS;
	}
}

TEST_F(xdp, sees_what_a_wire_carries)
{
	struct virtio_net_hdr header = frame_header(TCP4, 0);
	unsigned char bytes[200];

	attach(_metadata, program_verdict(XDP_PASS), self->rig.ifindex);
	expect_finished(_metadata, self, 600);
	expect_finished(_metadata, self, 601);
	EXPECT_STATISTIC(0, PORT, "rx0_xdp_generic");
	expect_finished(_metadata, self, 30 * MSS + 17);
	EXPECT_STATISTIC(31, PORT, "rx0_xdp_generic");
	/* A checksum that lies outside, or begins in the Ethernet header. */
	frame_make(bytes, TCP4, 100, 3);
	header.csum_start = 199;
	send_bytes(_metadata, self, &header, bytes, sizeof(bytes));
	header.csum_start = 13;
	send_bytes(_metadata, self, &header, bytes, sizeof(bytes));
	EXPECT_STATISTIC(2, PORT, "rx0_drop_header");
}

static bool older_than(int major, int minor)
{
	struct utsname name;
	int a, b;

	if (uname(&name) || sscanf(name.release, "%d.%d", &a, &b) != 2)
		die("the kernel's version");
	return a < major || (a == major && b < minor);
}

/* What other interfaces redirect, a frame in fragments among it. */
TEST_F(xdp, takes_from_others)
{
	static unsigned char frame[WIRE_MAX];
	int map = program_map(BPF_MAP_TYPE_DEVMAP), wire;
	struct rig *rig = &self->rig;
	unsigned char *seen;
	size_t length;

	if (port_ip("link add ve0 mtu 9000 type veth peer name ve1 mtu 9000"))
		SKIP(return, "no veth");
	port_silence("ve0");
	port_silence("ve1");
	ASSERT_EQ(0, program_map_set(map, rig->ifindex));
	attach(_metadata, program_redirect(map, true), if_nametoindex("ve1"));
	port_up("ve1");
	port_up("ve0");
	ASSERT_TRUE(port_wait_carrier("ve0", true));
	wire = wire_open(if_nametoindex("ve0"));
	for (length = WIRE_HEADER; length <= WIRE_MAX; length += 500) {
		/* Fragments are redirected since 6.3. */
		if (length > 3000 && older_than(6, 3))
			break;
		wire_fill(frame, length, length);
		seen = offer(rig, length);
		ASSERT_EQ(0, wire_send(wire, frame, length));
		expect_filled(_metadata, rig, length);
		ASSERT_EQ(length, wire_compare(seen, length, length));
	}
}

static bool more_polls(void *arg)
{
	unsigned int matches;

	return port_statistic(PORT, "rx0_packets", &matches) > *(uint64_t *)arg;
}

/*
 * A port that nobody uses runs each program, too. Otherwise the kernel would rewrite
 * the code that leads to the programs each time they change, while other processors
 * run it, and QEMU's emulation may go on with what was there in between: a breakpoint.
 */
static void keep(struct __test_metadata *_metadata, int program, int number)
{
	char name[16];

	snprintf(name, sizeof(name), "spare%d", number);
	ASSERT_GE(program_attach(program, port_add(name, 1)), 0);
}

/* Programs come and go, then the guest, then the port, while everybody sends. */
TEST_F(xdp, changes_under_traffic)
{
	static const int verdicts[] = { XDP_PASS, XDP_DROP, XDP_TX, XDP_ABORTED };
	int map = program_map(BPF_MAP_TYPE_DEVMAP), programs[5], link, i;
	struct rig *rig = &self->rig;
	uint64_t packets;
	pid_t child;

	ASSERT_EQ(0, program_map_set(map, self->other.ifindex));
	for (i = 0; i < 4; i++)
		programs[i] = program_verdict(verdicts[i]);
	programs[4] = program_redirect(map, false);
	for (i = 0; i < 5; i++)
		keep(_metadata, programs[i], i);
	redirect_to(_metadata, &self->other, rig);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child)
		pump(rig);
	for (i = 0; i < ROUNDS; i++) {
		if (i % 10 == 0)
			link = program_attach(programs[0], rig->ifindex);
		ASSERT_GE(link, 0);
		ASSERT_EQ(0, program_replace(link, programs[i % 5]));
		packets = named_statistic(_metadata, PORT, "rx0_packets");
		ASSERT_TRUE(wait_until(more_polls, &packets));
		if (i % 10 == 9)
			close(link);
	}
	ASSERT_GE(program_attach(programs[4], rig->ifindex), 0);
	ASSERT_CALL(rig->guest.dev, 0, device_detach(self->other.guest.dev));
	EXPECT_EQ(0, link_delete(PORT));
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
}

TEST_F(xdp, guest_is_killed)
{
	struct rig *rig = &self->rig, *other = &self->other;
	pid_t child;

	redirect_to(_metadata, rig, other);
	redirect_to(_metadata, other, rig);
	/* Who is killed has to hold the only descriptor. */
	close(rig->guest.dev);
	ASSERT_TRUE(port_wait_carrier(PORT, false));
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		if (rig_start(rig))
			die("%s", rig->step);
		pump(rig);
	}
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	ASSERT_TRUE(wait_until(more_polls, &(uint64_t){ 1000 }));
	kill(child, SIGKILL);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_TRUE(port_wait_carrier(PORT, false));
	/* What is redirected to a port without a guest goes nowhere. */
	send_frame(_metadata, other, rig_alloc(other, FRAME), FRAME, 1);
	EXPECT_LE(1, named_statistic(_metadata, PORT, "tx0_drop_no_guest"));
}

TEST_HARNESS_MAIN
