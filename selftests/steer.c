// SPDX-License-Identifier: GPL-2.0
/*
 * What the host sends goes to the queue pair on which the guest sent last of the
 * same flow.
 */
#include "harness.h"

#include "die.h"
#include "frame.h"
#include "rig.h"
#include "vnet.h"

#define PAGES 4
#define NUM 64
#define PAIRS 3
#define FLOWS 30
#define PAYLOAD 20

FIXTURE(steer)
{
	struct hugepages before;
	struct rig rig;
	int dev, host;
	struct ring rings[2 * PAIRS];
	unsigned char *bytes;
};

/* A port of three pairs with a guest that uses them all, receive buffers in each. */
FIXTURE_SETUP(steer)
{
	struct rig *rig = &self->rig;
	unsigned int i, k;

	NEED_MODULE_AND_PAGES(2 * PAGES);
	self->before = hugepages_now();
	rig_make_pairs(rig, VERSION_1, NUM, PAGES, self->rings, PAIRS);
	self->host = vnet_open(rig->ifindex);
	self->bytes = rig_alloc(rig, 256);
	ASSERT_EQ(0, rig_attach(rig)) TH_LOG("%s: %s", rig->step, device_error(rig->guest.dev));
	self->dev = rig->guest.dev;
	for (i = 0; i < 2 * PAIRS; i++) {
		for (k = 0; k < NUM && !(i & 1); k++) {
			struct buffer buffer = { rig_alloc(rig, 256), 256, true };

			ring_offer(&self->rings[i], &buffer, 1);
		}
		ring_publish(&self->rings[i]);
		ASSERT_CALL(self->dev, 0, ring_start(&self->rings[i]));
	}
	ASSERT_TRUE(port_wait_carrier(PORT, true));
}

FIXTURE_TEARDOWN_PARENT(steer)
{
	expect_pages_back(_metadata, &self->before);
}

static void swap(unsigned char *a, unsigned char *b, size_t length)
{
	unsigned char kept[16];

	memcpy(kept, a, length);
	memcpy(a, b, length);
	memcpy(b, kept, length);
}

/* A packet of a flow, as the guest sends it or as it is answered. */
static size_t make(unsigned char *frame, enum frame_kind kind, unsigned int flow, bool answer)
{
	size_t length = frame_make(frame, kind, PAYLOAD, flow);
	size_t address = kind == TCP6 || kind == UDP6 ? 16 : 4;
	unsigned char *ports = frame + frame_header(kind, 0).csum_start;

	/* The checksum is nobody's concern. */
	ports[0] = 0x80;
	ports[1] = flow;
	if (answer) {
		swap(frame, frame + 6, 6);
		swap(ports - 2 * address, ports - address, address);
		swap(ports, ports + 2, 2);
	}
	return length;
}

static void guest_sends(struct __test_metadata *_metadata, FIXTURE_DATA(steer) *self,
			enum frame_kind kind, unsigned int flow, unsigned int pair)
{
	struct ring *ring = &self->rings[2 * pair + 1];
	struct buffer buffer = { self->bytes, 0, false };
	unsigned int header = self->rig.header;
	struct virtio_net_hdr got;
	unsigned char frame[256];
	uint32_t length;
	uint16_t head;

	memset(self->bytes, 0, header);
	buffer.length = header + make(self->bytes + header, kind, flow, false);
	ring_offer(ring, &buffer, 1);
	ring_publish(ring);
	ring_kick(ring);
	ASSERT_TRUE(ring_wait(ring, 1));
	ASSERT_TRUE(ring_take(ring, &head, &length));
	ASSERT_EQ(buffer.length - header, vnet_receive(self->host, &got, frame, sizeof(frame)));
}

/* Which pair does an answer arrive on? */
static unsigned int host_answers(struct __test_metadata *_metadata, FIXTURE_DATA(steer) *self,
				 enum frame_kind kind, unsigned int flow)
{
	struct virtio_net_hdr header = {};
	unsigned int pair, found = PAIRS;
	unsigned char frame[256];
	uint32_t length;
	uint16_t head;

	ASSERT_EQ(0, vnet_send(self->host, &header, frame, make(frame, kind, flow, true)));
	for (pair = 0; pair < PAIRS; pair++)
		if (ring_take(&self->rings[2 * pair], &head, &length)) {
			EXPECT_EQ(PAIRS, found);
			found = pair;
		}
	return found;
}

TEST_F(steer, answers_follow)
{
	enum frame_kind kind;
	unsigned int flow, pair;

	for (kind = TCP4; kind < FRAME_KINDS; kind++)
		for (flow = 0; flow < FLOWS / FRAME_KINDS; flow++)
			for (pair = flow % PAIRS; pair < PAIRS; pair++) {
				guest_sends(_metadata, self, kind, flow, pair);
				ASSERT_EQ(pair, host_answers(_metadata, self, kind, flow))
					TH_LOG("kind %u, flow %u", kind, flow);
			}
}

/* A flow of a pair that is not used any more, and one that nobody has seen. */
TEST_F(steer, only_to_pairs_in_use)
{
	guest_sends(_metadata, self, UDP4, 1, 2);
	ASSERT_EQ(2, host_answers(_metadata, self, UDP4, 1));
	EXPECT_GT(PAIRS, host_answers(_metadata, self, UDP4, 200));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, 4, 0));
	EXPECT_GT(2, host_answers(_metadata, self, UDP4, 1));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, 2, 0));
	EXPECT_EQ(0, host_answers(_metadata, self, UDP4, 1));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, 2, 1));
	ASSERT_CALL(self->dev, 0, device_enable(self->dev, 4, 1));
	EXPECT_EQ(2, host_answers(_metadata, self, UDP4, 1));
}

/* Where one guest had its flows binds no other. */
TEST_F(steer, forgotten_with_the_guest)
{
	unsigned int flow, same = 0;

	for (flow = 0; flow < FLOWS; flow++)
		guest_sends(_metadata, self, UDP4, flow, 2);
	ASSERT_CALL(self->dev, 0, device_detach(self->dev));
	ASSERT_CALL(self->dev, 0, device_attach(self->dev, self->rig.ifindex));
	ASSERT_TRUE(port_wait_carrier(PORT, true));
	for (flow = 0; flow < FLOWS; flow++)
		same += host_answers(_metadata, self, UDP4, flow) == 2;
	EXPECT_GT(FLOWS, same);
}

TEST_HARNESS_MAIN
