/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loop of one socket: one front-end at a time, one after the other.
 *
 * Each socket has a thread of its own. Some calls take as long as a front-end
 * likes: pinning a large table, or closing a descriptor of a file system that
 * the front-end itself provides. They hold up nobody else's guest.
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"
#include "frontend.h"
#include "log.h"

/**
 * struct server - a socket and the front-end connected to it
 * @endpoint: the configuration
 * @limit: of log lines
 * @listener: socket that front-ends connect to, -1: none
 * @accept_after: do not accept before, in milliseconds of the monotonic clock
 * @connected: there is a front-end
 * @frontend: it
 */
struct server {
	const struct endpoint *endpoint;
	struct log_limit limit;
	int listener;
	int64_t accept_after;
	bool connected;
	struct frontend frontend;
};

int server_open(struct server *server, const struct endpoint *endpoint);
void server_close(struct server *server);
bool server_step(struct server *server);

#endif /* SERVER_H */
