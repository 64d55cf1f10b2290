// SPDX-License-Identifier: GPL-2.0
/*
 * The input is what a front-end says: messages of any shape with descriptors of
 * any kind, cut into pieces anywhere. The device is the recording one. After
 * each session all descriptors are closed and no device is open.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "fake.h"

struct input {
	const uint8_t *at;
	size_t left;
};

/* The name the fuzzer looks for. */
int fuzz(const uint8_t *data, size_t size) __asm__("LLVMFuzzerTestOneInput");

static unsigned int take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static void take(struct input *in, void *to, size_t length)
{
	const size_t have = in->left < length ? in->left : length;

	memcpy(to, in->at, have);
	in->at += have;
	in->left -= have;
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static void add_files(struct input *in, struct packet *p)
{
	unsigned int form = take8(in), count = form % 5 == 4 ? form >> 2 : form % 5;

	while (count-- && p->fd_count < CLIENT_MAX_FDS - 1) {
		if (form & 8)
			packet_add_eventfd(p, 1);
		else
			packet_add_memory(p, 4096);
	}
}

/* A table whose parts agree, which chance does not find. */
static void add_regions(struct input *in, struct packet *p)
{
	unsigned int count = take8(in) % 4;

	p->payload.table.count = count;
	p->header.size = VU_MEM_TABLE_SIZE(count);
	while (count--)
		packet_add_memory(p, 4096);
}

/* Mostly the size that is said, and mostly a request there is. */
static struct packet take_packet(struct input *in)
{
	static const uint16_t sizes[] = { 0, 8, 8, 40, 40, 72, 1032, 1033 };
	struct packet p = { };
	unsigned int form = take8(in);

	p.header.request = form & 1 ? take8(in) : take8(in) % VU_REQUESTS;
	p.header.flags = form & 2 ? take8(in) : VU_VERSION | (form & 4 ? VU_NEED_REPLY : 0);
	p.header.size = form & 8 ? take8(in) : sizes[form >> 4 & 7];
	take(in, p.bytes, p.header.size);
	if (p.header.request == VU_SET_MEM_TABLE && form & 128)
		add_regions(in, &p);
	else
		add_files(in, &p);
	return p;
}

static void drain(int client)
{
	char bytes[4096];

	while (recv(client, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

/* Returns false when the connection is over. */
static bool say(struct session *s, struct input *in)
{
	struct packet p = take_packet(in);
	size_t size = packet_size(&p), at = 0, piece;
	bool lives = true;

	while (lives && at < size) {
		piece = take8(in);
		if (!piece || piece > size - at)
			piece = size - at;
		if (packet_send(s->client, &p, at, at + piece) != (ssize_t)piece)
			break;
		at += piece;
		lives = !frontend_serve(&s->frontend);
	}
	packet_release(&p);
	drain(s->client);
	return lives;
}

int fuzz(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct session s;
	unsigned int files;

	files = open_files();
	session_open(&s);
	if (take8(&in) & 1)
		s.frontend.protocol = VU_P_REPLY_ACK | VU_P_CONFIGURE_MEM_SLOTS;
	while (in.left && say(&s, &in))
		;
	session_close(&s);
	if (open_files() != files || fake_devices())
		abort();
	return 0;
}
