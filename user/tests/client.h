/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The front-end's side of a test.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "../frontend.h"
#include "../vhost_user.h"

#define CLIENT_MAX_FDS 64

/**
 * struct packet - a message to send, as wrong as a test wants it
 * @header: what is claimed
 * @payload: header.size bytes of it are sent
 * @fds: descriptors to go with it, closed by packet_release()
 * @fd_count: how many
 */
struct packet {
	struct vu_header header;
	union {
		union vu_payload payload;
		char bytes[4096];
	};
	int fds[CLIENT_MAX_FDS];
	unsigned int fd_count;
};

/**
 * struct session - a front-end without a server around it
 * @endpoint: its configuration
 * @limit: of its log lines
 * @frontend: the back-end's side
 * @client: the socket of the front-end's side
 */
struct session {
	struct endpoint endpoint;
	struct log_limit limit;
	struct frontend frontend;
	int client;
};

void client_quiet(void);

struct packet packet(uint32_t request, const void *payload, size_t size);
struct packet packet_u64(uint32_t request, uint64_t value);
struct packet packet_state(uint32_t request, uint32_t index, uint32_t num);
void packet_add_memory(struct packet *p, size_t size);
void packet_add_eventfd(struct packet *p, unsigned int count);
void packet_release(struct packet *p);
int packet_send(int client, const struct packet *p, size_t from, size_t to);
size_t packet_size(const struct packet *p);

void session_open(struct session *s);
void session_close(struct session *s);
int session_do(struct session *s, struct packet p);
int session_reply(struct session *s, struct packet *reply);

#endif /* CLIENT_H */
