// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include "die.h"
#include "wait.h"
#include "wire.h"

int wire_open(unsigned int ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(WIRE_TYPE),
		.sll_ifindex = ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Room for all frames a test has under way, so that none is lost here. */
	int room = 64 << 20;

	if (fd < 0)
		die("packet socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
		die("room of the packet socket");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("binding to interface %u", ifindex);
	return fd;
}

static unsigned char byte_of(uint32_t number, size_t at)
{
	static const unsigned char header[WIRE_HEADER] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1,
		WIRE_TYPE >> 8, WIRE_TYPE & 0xff,
	};
	uint32_t mixed = (number + 1) * 2654435761U + at * 2246822519U;

	return at < WIRE_HEADER ? header[at] : (mixed ^ mixed >> 15) >> 8;
}

void wire_fill(unsigned char *frame, size_t length, uint32_t number)
{
	size_t at;

	for (at = 0; at < length; at++)
		frame[at] = byte_of(number, at);
}

size_t wire_compare(const unsigned char *frame, size_t length, uint32_t number)
{
	size_t at;

	for (at = 0; at < length && frame[at] == byte_of(number, at); at++)
		;
	return at;
}

int wire_send(int wire, const unsigned char *frame, size_t length)
{
	for (;;) {
		if (send(wire, frame, length, 0) == (ssize_t)length)
			return 0;
		if (errno != EAGAIN)
			return -errno;
		if (!wait_for_event(wire, POLLOUT))
			return -ETIMEDOUT;
	}
}

size_t wire_receive(int wire, unsigned char *frame)
{
	ssize_t length = recv(wire, frame, WIRE_MAX, MSG_TRUNC);

	if (length < 0 && errno == EAGAIN) {
		if (!wait_for_event(wire, POLLIN))
			return 0;
		length = recv(wire, frame, WIRE_MAX, MSG_TRUNC);
	}
	if (length < 0)
		die("receiving from the packet socket");
	return length;
}

bool wire_quiet(int wire)
{
	struct pollfd pollfd = { .fd = wire, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 0;
}
