// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "rig.h"
#include "wait.h"

void rig_ring(struct rig *rig, struct ring *ring, unsigned int index, unsigned int num)
{
	ring_make(ring, &rig->guest, index, num);
	ring->event_idx = rig->features & EVENT_IDX;
	if (rig->features & PACKED) {
		ring_pack(ring);
		ring->in_order = rig->features & IN_ORDER;
	}
}

static void make_guest(struct rig *rig, uint64_t features, unsigned int pages)
{
	memset(rig, 0, sizeof(*rig));
	rig->features = features;
	rig->header = features & (VERSION_1 | MRG_RXBUF) ?
		      sizeof(struct virtio_net_hdr_mrg_rxbuf) : sizeof(struct virtio_net_hdr);
	guest_make(&rig->guest, pages);
}

static void make_port(struct rig *rig, const char *port, unsigned int queues)
{
	rig->port = port;
	rig->ifindex = port_add(port, queues);
	if (!rig->ifindex)
		die("making port %s", port);
	port_up(port);
	rig->wire = wire_open(rig->ifindex);
}

void rig_make_beside(struct rig *rig, const char *port, uint64_t features, unsigned int num,
		     unsigned int pages)
{
	make_guest(rig, features, pages);
	rig_ring(rig, &rig->rx, RX, num);
	rig_ring(rig, &rig->tx, TX, num);
	make_port(rig, port, 1);
}

void rig_make(struct rig *rig, uint64_t features, unsigned int num, unsigned int pages)
{
	port_namespace();
	rig_make_beside(rig, PORT, features, num, pages);
}

void rig_make_pairs(struct rig *rig, uint64_t features, unsigned int num, unsigned int pages,
		    struct ring *rings, unsigned int pairs)
{
	unsigned int i;

	port_namespace();
	make_guest(rig, features, pages);
	for (i = 0; i < 2 * pairs; i++)
		rig_ring(rig, &rings[i], i, num);
	make_port(rig, PORT, pairs);
}

uint64_t rig_offered(void)
{
	struct vhuge_info info;
	int dev = device_open();

	if (dev < 0 || device_info(dev, &info))
		die("asking for the features");
	close(dev);
	return info.features;
}

void rig_only_offered(struct rig *rig, uint64_t features)
{
	rig->features &= ~features | rig_offered();
}

int rig_attach(struct rig *rig)
{
	int err;

	rig->step = "memory";
	err = guest_open(&rig->guest);
	if (err)
		return err;
	rig->step = "features";
	err = device_features(rig->guest.dev, rig->features);
	if (err)
		return err;
	rig->step = "attach";
	return device_attach(rig->guest.dev, rig->ifindex);
}

int rig_start(struct rig *rig)
{
	int err = rig_attach(rig);

	if (err)
		return err;
	rig->step = "receive ring";
	err = ring_start(&rig->rx);
	if (err)
		return err;
	rig->step = "transmit ring";
	err = ring_start(&rig->tx);
	if (err)
		return err;
	rig->step = "carrier";
	return port_wait_carrier(rig->port, true) ? 0 : -ETIMEDOUT;
}

unsigned char *rig_alloc(struct rig *rig, size_t frame)
{
	return guest_alloc(&rig->guest, rig->header + frame, 4);
}

void rig_offer_frame(struct rig *rig, unsigned char *bytes, size_t frame, uint32_t number)
{
	struct buffer buffer = { bytes, rig->header + frame, false };

	memset(bytes, 0, rig->header);
	wire_fill(bytes + rig->header, frame, number);
	ring_offer(&rig->tx, &buffer, 1);
}

bool rig_transmit(struct rig *rig, unsigned int count)
{
	uint32_t length;
	uint16_t head;

	ring_publish(&rig->tx);
	ring_kick(&rig->tx);
	if (!ring_wait(&rig->tx, count))
		return false;
	while (count--)
		ring_take(&rig->tx, &head, &length);
	return true;
}

uint16_t rig_offer_room(struct rig *rig, unsigned char *bytes, size_t length)
{
	struct buffer buffer = { bytes, length, true };

	/* What the device does not write is seen. */
	memset(bytes, 0xee, length);
	return ring_offer(&rig->rx, &buffer, 1);
}

#define PLAIN_FRAME 60

const char *rig_sends(struct rig *rig, uint32_t number)
{
	unsigned char frame[WIRE_MAX];

	if (!rig->plain_tx)
		rig->plain_tx = rig_alloc(rig, PLAIN_FRAME);
	rig_offer_frame(rig, rig->plain_tx, PLAIN_FRAME, number);
	if (!rig_transmit(rig, 1))
		return "the frame is not used";
	if (wire_receive(rig->wire, frame) != PLAIN_FRAME)
		return "no frame of its length arrived";
	if (wire_compare(frame, PLAIN_FRAME, number) != PLAIN_FRAME)
		return "another frame arrived";
	return NULL;
}

const char *rig_receives(struct rig *rig, uint32_t number)
{
	unsigned char frame[PLAIN_FRAME];
	uint32_t length;
	uint16_t head;

	if (!rig->plain_rx)
		rig->plain_rx = rig_alloc(rig, PLAIN_FRAME);
	rig_offer_room(rig, rig->plain_rx, rig->header + PLAIN_FRAME);
	ring_publish(&rig->rx);
	ring_kick(&rig->rx);
	wire_fill(frame, PLAIN_FRAME, number);
	if (wire_send(rig->wire, frame, PLAIN_FRAME))
		return "the host cannot send";
	if (!ring_wait(&rig->rx, 1))
		return "the buffer is not used";
	ring_take(&rig->rx, &head, &length);
	if (length != rig->header + PLAIN_FRAME)
		return "no frame of its length arrived";
	if (wire_compare(rig->plain_rx + rig->header, PLAIN_FRAME, number) != PLAIN_FRAME)
		return "another frame arrived";
	return NULL;
}

bool rig_broken(struct ring *ring)
{
	uint64_t count;

	return wait_for_event(ring->err, POLLIN) &&
	       read(ring->err, &count, sizeof(count)) == sizeof(count);
}
