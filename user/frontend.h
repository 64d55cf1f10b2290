/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A front-end that is connected: its socket, its guest device in the kernel
 * and what the two have agreed on. It is used by one thread.
 */
#ifndef FRONTEND_H
#define FRONTEND_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vhuge.h>

#include "endpoint.h"
#include "log.h"
#include "slots.h"
#include "wire.h"

/* Ring numbers are 8 bits wide in SET_VRING_KICK, which starts a ring. */
#define FRONTEND_RINGS 256

/**
 * struct frontend - a connection and its guest device
 * @endpoint: where it connected
 * @limit: of the log lines of that endpoint
 * @wire: the socket
 * @device: the guest device, an open file of /dev/vhuge
 * @info: what the device can do, as of the attachment
 * @features: virtio features as last set, with VU_F_PROTOCOL_FEATURES
 * @protocol: protocol features as last set
 * @status: virtio device status as last set
 * @slots: the regions of the device
 * @started: rings that were started and not stopped since
 * @subject: what the message being handled is about, for the log
 * @cause: why it is refused, for the log
 */
struct frontend {
	const struct endpoint *endpoint;
	struct log_limit *limit;
	struct wire wire;
	int device;
	struct vhuge_info info;
	uint64_t features;
	uint64_t protocol;
	uint8_t status;
	struct slots slots;
	bool started[FRONTEND_RINGS];
	char subject[64];
	char cause[512];
};

int frontend_open(struct frontend *f, const struct endpoint *endpoint,
		  struct log_limit *limit, int socket);
void frontend_close(struct frontend *f);
int frontend_serve(struct frontend *f);

int frontend_refuse(struct frontend *f, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int frontend_check(struct frontend *f, int err);

#endif /* FRONTEND_H */
