// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "listener.h"
#include "server.h"
#include "wire.h"

/* How long to leave the queue alone when there is no descriptor to accept with. */
#define ACCEPT_PAUSE_MS 1000

/**
 * server_open() - open the socket of an endpoint
 * @server: to set up
 * @endpoint: what to open; must outlive @server
 *
 * Returns: 0 or a negative error, which was logged.
 */
int server_open(struct server *server, const struct endpoint *endpoint)
{
	bool listening = true;
	int fd;

	memset(server, 0, sizeof(*server));
	server->endpoint = endpoint;
	server->listener = -1;
	if (endpoint->path)
		fd = listener_bind(endpoint);
	else
		fd = listener_adopt(endpoint, &listening);
	if (fd < 0)
		return fd;
	if (listening) {
		server->listener = fd;
		return 0;
	}
	if (frontend_open(&server->frontend, endpoint, &server->limit, fd))
		return -ECONNABORTED;
	server->connected = true;
	return 0;
}

static void drop(struct server *server)
{
	frontend_close(&server->frontend);
	server->connected = false;
	log_limited(&server->limit, LOG_INFO, "%s: front-end disconnected, port %s has no guest",
		    server->endpoint->name, server->endpoint->port);
}

void server_close(struct server *server)
{
	if (server->connected)
		drop(server);
	if (server->listener >= 0) {
		close(server->listener);
		if (server->endpoint->path)
			unlink(server->endpoint->path);
	}
}

static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR);
}

/*
 * A front-end that died and its successor may be seen in one turn. Only a
 * living one keeps others away.
 */
static void accept_one(struct server *server)
{
	const char *name = server->endpoint->name;
	int fd = listener_accept(server->listener);

	if (fd == -EAGAIN)
		return;
	if (fd < 0) {
		log_limited(&server->limit, LOG_ERR, "%s: cannot accept a connection: %s%s", name,
			    strerror(-fd), fd == -EMFILE ? "; raise LimitNOFILE= (ulimit -n)" : "");
		server->accept_after = clock_ms() + ACCEPT_PAUSE_MS;
		return;
	}
	if (server->connected && hung_up(server->frontend.wire.fd))
		drop(server);
	if (server->connected) {
		log_limited(&server->limit, LOG_WARNING,
			    "%s: connection refused: it has a front-end already", name);
		close(fd);
		return;
	}
	server->connected = !frontend_open(&server->frontend, server->endpoint,
					   &server->limit, fd);
}

/* Milliseconds until something is due without an event; -1: nothing is. */
static int time_left(const struct server *server)
{
	int64_t due = INT64_MAX, left;

	if (server->accept_after)
		due = server->accept_after;
	if (server->connected && server->frontend.wire.deadline &&
	    server->frontend.wire.deadline < due)
		due = server->frontend.wire.deadline;
	if (due == INT64_MAX)
		return -1;
	left = due - clock_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void check_time(struct server *server)
{
	const int64_t now = clock_ms();

	if (server->accept_after && now >= server->accept_after)
		server->accept_after = 0;
	if (server->connected && server->frontend.wire.deadline &&
	    now >= server->frontend.wire.deadline) {
		log_limited(&server->limit, LOG_ERR, "%s: %s", server->endpoint->name,
			    wire_error(ETIMEDOUT));
		drop(server);
	}
}

static void serve(struct server *server, const struct pollfd *socket,
		  const struct pollfd *device)
{
	if (device->revents) {
		log_limited(&server->limit, LOG_WARNING,
			    "%s: port %s was deleted: connection closed, the next one creates it again",
			    server->endpoint->name, server->endpoint->port);
		drop(server);
		return;
	}
	/* Nobody is left to answer: what it still asked for does not matter. */
	if (socket->revents & (POLLHUP | POLLERR))
		drop(server);
	else if (socket->revents && frontend_serve(&server->frontend))
		drop(server);
}

/**
 * server_step() - wait for the next event and handle it
 * @server: to serve
 *
 * Returns: false when there is neither a front-end nor a way to get one.
 */
bool server_step(struct server *server)
{
	struct pollfd p[3] = {
		{ .fd = server->accept_after ? -1 : server->listener, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = -1, .events = 0 },
	};

	if (!server->connected && server->listener < 0)
		return false;
	if (server->connected) {
		p[1].fd = server->frontend.wire.fd;
		p[2].fd = server->frontend.device;
	}
	if (poll(p, 3, time_left(server)) < 0)
		return true;

	if (server->connected)
		serve(server, &p[1], &p[2]);
	if (p[0].revents)
		accept_one(server);
	check_time(server);
	return true;
}
