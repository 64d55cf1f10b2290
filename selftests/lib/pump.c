// SPDX-License-Identifier: GPL-2.0
#include <sys/socket.h>

#include "pump.h"

#define FRAME 300
#define PITCH 512

static void keep_sending(struct rig *rig, unsigned char *frames)
{
	uint32_t length;
	uint16_t head;

	while (ring_take(&rig->tx, &head, &length))
		;
	while (rig->tx.nfree > rig->tx.num / 2)
		rig_offer_frame(rig, frames + rig->tx.free[rig->tx.nfree - 1] * PITCH, FRAME, 1);
	ring_publish(&rig->tx);
	ring_kick(&rig->tx);
}

static void keep_receiving(struct rig *rig, unsigned char *rooms)
{
	uint32_t length;
	uint16_t head;

	while (ring_take(&rig->rx, &head, &length))
		;
	while (rig->rx.nfree > rig->rx.num / 4)
		rig_offer_room(rig, rooms + rig->rx.free[rig->rx.nfree - 1] * PITCH, PITCH);
	ring_publish(&rig->rx);
	ring_kick(&rig->rx);
}

void pump(struct rig *rig)
{
	unsigned char *frames = guest_alloc(&rig->guest, rig->tx.num * PITCH, 64);
	unsigned char *rooms = guest_alloc(&rig->guest, rig->rx.num * PITCH, 64);
	unsigned char frame[FRAME], arrived[WIRE_MAX];
	unsigned int i;

	wire_fill(frame, FRAME, 1);
	for (;;) {
		keep_sending(rig, frames);
		keep_receiving(rig, rooms);
		for (i = 0; i < 16; i++)
			(void)!send(rig->wire, frame, FRAME, MSG_DONTWAIT);
		while (recv(rig->wire, arrived, sizeof(arrived), MSG_DONTWAIT) > 0)
			;
	}
}
