// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon: a vhost-user back-end that hands the memory and rings of guests
 * to the kernel module, and keeps out of the way from then on.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "device.h"
#include "hint.h"
#include "options.h"
#include "port.h"
#include "server.h"
#include "systemd.h"

/* Written by each thread that has nothing left to serve. */
static int finished;

static void *run(void *argument)
{
	struct server *server = argument;
	const uint64_t one = 1;

	while (server_step(server))
		;
	if (write(finished, &one, sizeof(one)) < 0)
		log_line(LOG_ERR, "cannot report the end of a socket: %s", strerror(errno));
	return NULL;
}

/* What would turn every front-end away is found out before there is one. */
static int check_device(void)
{
	int device = device_open();

	if (device < 0) {
		log_line(LOG_ERR, "%s: %s%s", DEVICE_PATH, strerror(-device),
			 hint_open(-device));
		return device;
	}
	device_close(device);
	return 0;
}

static int check_port(const struct endpoint *e)
{
	char cause[256], hint[LOG_LINE / 2];
	unsigned int ifindex;
	int ret;

	ret = port_ensure(e->port, e->queues, &ifindex, cause, sizeof(cause));
	if (ret < 0) {
		hint_for(-ret, cause, hint, sizeof(hint));
		log_line(LOG_ERR, "%s: port %s: %s%s", e->name, e->port, cause, hint);
		return ret;
	}
	if (ret)
		log_line(LOG_NOTICE, "%s: " PORT_CREATED, e->name, e->port, e->port);
	return 0;
}

/* A message may bring 32 descriptors at once, on each socket. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_all(struct server *servers, const struct options *o)
{
	size_t i;

	if (check_device())
		return -1;
	for (i = 0; i < o->count; i++) {
		if (check_port(&o->endpoints[i]))
			return -1;
	}
	for (i = 0; i < o->count; i++) {
		if (server_open(&servers[i], &o->endpoints[i])) {
			while (i--)
				server_close(&servers[i]);
			return -1;
		}
		log_line(LOG_INFO, "%s: serving port %s", o->endpoints[i].name,
			 o->endpoints[i].port);
	}
	return 0;
}

static int start_all(struct server *servers, size_t count)
{
	pthread_t thread;
	size_t i;
	int err;

	for (i = 0; i < count; i++) {
		err = pthread_create(&thread, NULL, run, &servers[i]);
		if (err) {
			log_line(LOG_ERR, "cannot start a thread: %s", strerror(err));
			return -1;
		}
		pthread_detach(thread);
	}
	return 0;
}

/* Until a signal asks for the end, or there is nothing left to serve. */
static void wait_for_end(int signals, size_t servers)
{
	struct pollfd p[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = finished, .events = POLLIN },
	};
	uint64_t count;

	while (servers) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents)
			return;
		if (read(finished, &count, sizeof(count)) == sizeof(count))
			servers -= count;
	}
}

/*
 * Threads are not waited for, since one may be held by its front-end. The
 * kernel releases their devices when the process ends, as it would if the
 * process were killed.
 */
static void end_all(const struct options *o)
{
	size_t i;

	systemd_notify("STOPPING=1");
	for (i = 0; i < o->count; i++) {
		if (o->endpoints[i].path)
			unlink(o->endpoints[i].path);
	}
	log_line(LOG_INFO, "ended");
}

static int serve(const struct options *o)
{
	struct server *servers = calloc(o->count, sizeof(*servers));
	sigset_t wanted;
	int signals, err;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	finished = eventfd(0, EFD_CLOEXEC);
	if (!servers || signals < 0 || finished < 0) {
		log_line(LOG_ERR, "cannot start: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	raise_descriptor_limit();
	if (open_all(servers, o))
		return EXIT_FAILURE;
	err = start_all(servers, o->count);
	if (!err) {
		systemd_notify("READY=1");
		wait_for_end(signals, o->count);
	}
	end_all(o);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct options options;
	int missing, status;

	missing = options_parse(&options, argc, argv);
	if (missing == OPTIONS_DONE)
		return EXIT_SUCCESS;
	if (missing < 0)
		return 2;
	if (options_inherit(&options, SYSTEMD_FIRST_FD, missing ? systemd_sockets() : 0))
		return 2;
	log_setup();
	status = serve(&options);
	/* Not exit(): what the threads use must stay until they are gone. */
	_exit(status);
}
