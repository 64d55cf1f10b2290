/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole path on one bench: a guest with a receive and a transmit ring,
 * attached to a port, and the host's end of it.
 *
 *     guest memory - ring RX/TX - device - port vm0 - packet socket
 */
#ifndef SELFTESTS_RIG_H
#define SELFTESTS_RIG_H

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "device.h"
#include "guest.h"
#include "link.h"
#include "port.h"
#include "ring.h"
#include "wire.h"

#define FEATURE(name) (1ULL << (name))
#define VERSION_1 FEATURE(VIRTIO_F_VERSION_1)
#define MRG_RXBUF FEATURE(VIRTIO_NET_F_MRG_RXBUF)
#define INDIRECT FEATURE(VIRTIO_RING_F_INDIRECT_DESC)
#define EVENT_IDX FEATURE(VIRTIO_RING_F_EVENT_IDX)
#define PACKED FEATURE(VIRTIO_F_RING_PACKED)
#define IN_ORDER FEATURE(VIRTIO_F_IN_ORDER)

struct rig {
	uint64_t features;
	/* Bytes in front of each frame in the rings. */
	unsigned int header;
	const char *port;
	struct guest guest;
	struct ring rx, tx;
	unsigned int ifindex;
	int wire;
	/* Memory of rig_sends() and rig_receives(). */
	unsigned char *plain_tx, *plain_rx;
	/* What was being done when rig_start() failed. */
	const char *step;
};

/* Memory, rings and port, in a namespace of their own; nothing told to the device. */
void rig_make(struct rig *rig, uint64_t features, unsigned int num, unsigned int pages);

/* The same for a second guest, in the namespace the process is in. */
void rig_make_beside(struct rig *rig, const char *port, uint64_t features, unsigned int num,
		     unsigned int pages);

/* The same with @pairs queue pairs, in place of the one: ring 2n receives, 2n + 1 transmits. */
void rig_make_pairs(struct rig *rig, uint64_t features, unsigned int num, unsigned int pages,
		    struct ring *rings, unsigned int pairs);

/* All features that this kernel's module has. */
uint64_t rig_offered(void);

/* Leaves out those of @features, like USO, that older kernels do not have. */
void rig_only_offered(struct rig *rig, uint64_t features);

/* Opens and sets up the device and attaches it; no ring is started. Returns 0 or -errno. */
int rig_attach(struct rig *rig);

/* A ring of the kind that the features say, in fresh memory. */
void rig_ring(struct rig *rig, struct ring *ring, unsigned int index, unsigned int num);

/* rig_attach(), then starts both rings. Returns 0 or -errno. */
int rig_start(struct rig *rig);

/* Room for one frame and the header before it, in the guest. */
unsigned char *rig_alloc(struct rig *rig, size_t frame);

/* Offers a frame for sending: header and frame in one buffer. */
void rig_offer_frame(struct rig *rig, unsigned char *bytes, size_t frame, uint32_t number);

/* Makes what was offered known, and waits until all of it is used and taken back. */
bool rig_transmit(struct rig *rig, unsigned int count);

/* Offers a buffer of @length bytes for receiving. */
uint16_t rig_offer_room(struct rig *rig, unsigned char *bytes, size_t length);

/* One frame each way, compared. Returns what went wrong, or NULL. */
const char *rig_sends(struct rig *rig, uint32_t number);
const char *rig_receives(struct rig *rig, uint32_t number);

/* Was the err eventfd of a ring signalled? Waits for it. */
bool rig_broken(struct ring *ring);

#endif
