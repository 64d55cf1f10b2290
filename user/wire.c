// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "wire.h"

/**
 * wire_open() - begin to receive from a connected socket
 * @wire: connection to set up
 * @fd: the socket; belongs to @wire from here on
 * @timeout: milliseconds that a message may take to arrive
 */
void wire_open(struct wire *wire, int fd, int timeout)
{
	memset(wire, 0, sizeof(*wire));
	wire->fd = fd;
	wire->timeout = timeout;
}

void wire_close(struct wire *wire)
{
	wire_next(wire);
	close(wire->fd);
	wire->fd = -1;
}

/**
 * wire_next() - done with the message, make room for the next one
 * @wire: connection
 *
 * Closes the descriptors of the message: the kernel module keeps references
 * of its own to those it was given.
 */
void wire_next(struct wire *wire)
{
	struct message *m = &wire->message;

	while (m->fd_count)
		close(m->fds[--m->fd_count]);
	memset(m, 0, sizeof(*m));
	wire->received = 0;
	wire->deadline = 0;
}

/*
 * Every descriptor that was installed gets an owner here, those of a truncated
 * message as well.
 */
static int collect_fds(struct message *m, struct msghdr *header)
{
	bool lost = header->msg_flags & MSG_CTRUNC;
	struct cmsghdr *c;
	size_t i, count;
	int fd;

	for (c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (m->fd_count < VU_MAX_FDS) {
				m->fds[m->fd_count++] = fd;
			} else {
				close(fd);
				lost = true;
			}
		}
	}
	return lost ? -E2BIG : 0;
}

/* Returns bytes received, 0 when there are none at the moment. */
static ssize_t receive_bytes(struct wire *wire, void *to, size_t length)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * VU_MAX_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = to, .iov_len = length };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got;
	int err;

	do {
		got = recvmsg(wire->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	err = collect_fds(&wire->message, &header);
	if (err)
		return err;
	if (!got)
		return wire->received ? -ECONNABORTED : -EPIPE;
	return got;
}

static int check_header(const struct vu_header *header)
{
	if ((header->flags & VU_VERSION_MASK) != VU_VERSION)
		return -EPROTO;
	if (header->flags & VU_REPLY)
		return -EPROTO;
	if (header->size > sizeof(union vu_payload))
		return -EMSGSIZE;
	return 0;
}

/*
 * Never asks for a byte more than the message has: descriptors come with the
 * bytes they were sent with, and must not end up with the message before.
 */
static ssize_t receive_part(struct wire *wire)
{
	const size_t head = sizeof(wire->message.header);
	struct message *m = &wire->message;
	ssize_t got;
	int err;

	if (wire->received >= head)
		return receive_bytes(wire, (char *)&m->payload + wire->received - head,
				     head + m->header.size - wire->received);

	got = receive_bytes(wire, (char *)&m->header + wire->received, head - wire->received);
	if (got <= 0 || wire->received + got < head)
		return got;
	err = check_header(&m->header);
	return err ? err : got;
}

static bool complete(const struct wire *wire)
{
	const size_t head = sizeof(wire->message.header);

	return wire->received >= head &&
	       wire->received == head + wire->message.header.size;
}

/**
 * wire_receive() - take what has arrived
 * @wire: connection
 *
 * Returns: 1 when wire->message is complete, to be handled and then given
 * back with wire_next(); 0 when more has to come; a negative error that
 * wire_error() explains, after which the connection can only be closed.
 */
int wire_receive(struct wire *wire)
{
	ssize_t got;

	do {
		got = receive_part(wire);
		if (got < 0)
			return got;
		if (!got)
			return 0;
		if (!wire->received)
			wire->deadline = clock_ms() + wire->timeout;
		wire->received += got;
	} while (!complete(wire));
	return 1;
}

/**
 * wire_reply() - answer a request
 * @wire: connection
 * @request: the request answered
 * @payload: what to send after the header
 * @size: bytes of it
 *
 * Front-ends wait for each reply before they ask again. One that lets its
 * socket fill up does not read at all: waiting for it would be its way to
 * hold us.
 *
 * Returns: 0 or a negative error that wire_error() explains.
 */
int wire_reply(struct wire *wire, uint32_t request, const void *payload, uint32_t size)
{
	struct vu_header header = {
		.request = request,
		.flags = VU_VERSION | VU_REPLY,
		.size = size,
	};
	struct iovec parts[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)payload, .iov_len = size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t sent;

	do {
		sent = sendmsg(wire->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return sent == (ssize_t)(sizeof(header) + size) ? 0 : -EAGAIN;
}

/**
 * wire_error() - an error of this file in words
 * @error: positive error number
 */
const char *wire_error(int error)
{
	switch (error) {
	case EPIPE:
	case ECONNRESET:
		return "the front-end closed the connection";
	case ECONNABORTED:
		return "the front-end closed the connection within a message";
	case EPROTO:
		return "not a vhost-user request: version or reply bit of the header";
	case EMSGSIZE:
		return "message longer than any vhost-user request with 32 regions";
	case E2BIG:
		return "file descriptors lost: more than 32, or no free one (LimitNOFILE=)";
	case EAGAIN:
		return "the front-end does not read its replies";
	case ETIMEDOUT:
		return "the rest of a message did not arrive in time";
	default:
		return strerror(error);
	}
}
