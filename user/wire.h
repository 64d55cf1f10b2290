/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Framing of vhost-user: bytes and file descriptors of a stream socket become
 * messages. Nothing here blocks, and nothing here knows what a message means.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "vhost_user.h"

/**
 * struct message - a message and the descriptors that came with it
 * @header: as received
 * @payload: @header.size bytes of it are valid
 * @fds: descriptors, owned by the message: wire_next() closes them
 * @fd_count: entries at @fds
 */
struct message {
	struct vu_header header;
	union vu_payload payload;
	int fds[VU_MAX_FDS];
	unsigned int fd_count;
};

/**
 * struct wire - a connection
 * @fd: the socket, owned
 * @timeout: milliseconds within which a message that began must be complete
 * @deadline: when that is, in milliseconds of the monotonic clock; 0 between
 *            messages
 * @received: bytes of @message that have arrived
 * @message: the message being received
 */
struct wire {
	int fd;
	int timeout;
	int64_t deadline;
	size_t received;
	struct message message;
};

void wire_open(struct wire *wire, int fd, int timeout);
void wire_close(struct wire *wire);
int wire_receive(struct wire *wire);
void wire_next(struct wire *wire);
int wire_reply(struct wire *wire, uint32_t request, const void *payload, uint32_t size);
const char *wire_error(int error);

#endif /* WIRE_H */
