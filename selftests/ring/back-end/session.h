/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A front-end that is served: what it says over vhost-user, its memory and its two
 * rings. It is trusted; the daemon of the module is the one that is not to.
 */
#ifndef BACK_END_SESSION_H
#define BACK_END_SESSION_H

#include "memory.h"
#include "vring.h"
#include "wire.h"

/* Rings, as the guest sees them. */
enum { RECEIVES, SENDS, RINGS };

struct queue {
	struct vhuge_ring ring;
	struct vu_vring_addr addr;
	u32 num;
	u32 base;
	int call;
	bool started;
	bool enabled;
};

struct session {
	struct wire wire;
	struct memory memory;
	struct queue queue[RINGS];
	u64 offered;
	u64 features;
};

void session_open(struct session *session, int fd, u64 features);
void session_close(struct session *session);

/* Take what was said; 0 or a negative error, -EPIPE when the front-end left. */
int session_listen(struct session *session);

static inline bool session_serves(const struct session *session, int ring)
{
	return session->queue[ring].started && session->queue[ring].enabled;
}

#endif /* BACK_END_SESSION_H */
