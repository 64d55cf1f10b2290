// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "fake.h"
#include "tap.h"

static int must(int result, const char *what)
{
	if (result < 0) {
		printf("Bail out! %s: %s\n", what, strerror(errno));
		exit(EXIT_FAILURE);
	}
	return result;
}

/* What the daemon logs of the mistakes made on purpose is of no interest. */
void client_quiet(void)
{
	int null = must(open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null");

	if (!getenv("VERBOSE"))
		must(dup2(null, STDERR_FILENO), "dup2");
	close(null);
}

struct packet packet(uint32_t request, const void *payload, size_t size)
{
	struct packet p = { .header = { request, VU_VERSION, size } };

	memcpy(p.bytes, payload, size);
	return p;
}

struct packet packet_u64(uint32_t request, uint64_t value)
{
	return packet(request, &value, sizeof(value));
}

struct packet packet_state(uint32_t request, uint32_t index, uint32_t num)
{
	struct vu_vring_state state = { index, num };

	return packet(request, &state, sizeof(state));
}

static void add_fd(struct packet *p, int fd)
{
	p->fds[p->fd_count++] = fd;
}

void packet_add_memory(struct packet *p, size_t size)
{
	int fd = must(memfd_create("test", MFD_CLOEXEC), "memfd_create");

	must(ftruncate(fd, size), "ftruncate");
	add_fd(p, fd);
}

void packet_add_eventfd(struct packet *p, unsigned int count)
{
	add_fd(p, must(eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
}

void packet_release(struct packet *p)
{
	while (p->fd_count)
		close(p->fds[--p->fd_count]);
}

size_t packet_size(const struct packet *p)
{
	return sizeof(p->header) + p->header.size;
}

/* Sends bytes @from to @to; the descriptors go with the first byte. */
int packet_send(int client, const struct packet *p, size_t from, size_t to)
{
	char bytes[sizeof(p->header) + sizeof(p->bytes)];
	char control[CMSG_SPACE(sizeof(p->fds))] = { };
	struct iovec part = { bytes + from, to - from };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	const size_t length = p->fd_count * sizeof(int);
	struct cmsghdr *c;

	memcpy(bytes, &p->header, sizeof(p->header));
	memcpy(bytes + sizeof(p->header), p->bytes, sizeof(p->bytes));
	if (!from && p->fd_count) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(length);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(length);
		memcpy(CMSG_DATA(c), p->fds, length);
	}
	return sendmsg(client, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void session_open(struct session *s)
{
	int ends[2];

	fake_reset();
	memset(s, 0, sizeof(*s));
	s->endpoint = (struct endpoint){
		.name = "test",
		.fd = -1,
		.port = "vm0",
		.timeout = 60000,
	};
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
	s->client = ends[0];
	EQUAL(frontend_open(&s->frontend, &s->endpoint, &s->limit, ends[1]), 0);
	SAME(fake_calls(), "open\nport vm0 0\nattach 7\ninfo\n");
}

void session_close(struct session *s)
{
	frontend_close(&s->frontend);
	close(s->client);
	EQUAL(fake_devices(), 0);
}

/* Sends a message and has it served. Returns what frontend_serve() returned. */
int session_do(struct session *s, struct packet p)
{
	EQUAL(packet_send(s->client, &p, 0, packet_size(&p)), packet_size(&p));
	packet_release(&p);
	return frontend_serve(&s->frontend);
}

/* Returns 1 when there was a reply, 0 when there is none. */
int session_reply(struct session *s, struct packet *reply)
{
	memset(reply, 0, sizeof(*reply));
	if (recv(s->client, &reply->header, sizeof(reply->header), MSG_DONTWAIT) !=
	    sizeof(reply->header))
		return 0;
	EQUAL(reply->header.flags, VU_VERSION | VU_REPLY);
	EQUAL(recv(s->client, reply->bytes, reply->header.size, MSG_DONTWAIT),
	      reply->header.size);
	return 1;
}
