// SPDX-License-Identifier: GPL-2.0
/*
 * The loop of a socket: who may connect, who is sent away, what happens when
 * somebody dies.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../server.h"
#include "client.h"
#include "fake.h"
#include "tap.h"

static char folder[32];
static char path[64];
static struct endpoint endpoint;
static struct server server;

static struct endpoint configure(void)
{
	struct endpoint e = {
		.path = path,
		.fd = -1,
		.port = "vm0",
		.mode = 0640,
		.group = -1,
		.timeout = 60000,
	};

	snprintf(e.name, sizeof(e.name), "%s", path);
	return e;
}

static void begin(void)
{
	fake_reset();
	endpoint = configure();
	EQUAL(server_open(&server, &endpoint), 0);
}

static void end(void)
{
	server_close(&server);
	EQUAL(access(path, F_OK), -1);
	EQUAL(fake_devices(), 0);
}

static int try_connect(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The other side closed: there is nothing to read and never will be. */
static bool closed(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

static bool answers(int fd)
{
	struct packet p = packet(VU_GET_FEATURES, "", 0);
	char bytes[20];

	packet_send(fd, &p, 0, packet_size(&p));
	server_step(&server);
	return recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) == sizeof(bytes);
}

static void test_reconnect(void)
{
	int i, fd;

	begin();
	for (i = 0; i < 1000; i++) {
		fd = try_connect();
		CHECK(server_step(&server));
		EQUAL(fake_devices(), 1);
		if (i % 2)
			CHECK(answers(fd));
		close(fd);
		CHECK(server_step(&server));
		EQUAL(fake_devices(), 0);
		fake_reset();
	}
	end();
}

static void test_one_at_a_time(void)
{
	int first, second;

	begin();
	first = try_connect();
	server_step(&server);
	second = try_connect();
	server_step(&server);
	CHECK(closed(second));
	CHECK(!closed(first));
	CHECK(answers(first));
	EQUAL(fake_devices(), 1);
	close(second);

	/* The first dies and another comes before either was looked at. */
	close(first);
	second = try_connect();
	server_step(&server);
	CHECK(server.connected);
	CHECK(answers(second));
	EQUAL(fake_devices(), 1);
	close(second);
	end();
}

static int dying;

static void die(void)
{
	close(dying);
}

/* The first dies while its last message is handled; another waits already. */
static void test_successor(void)
{
	struct packet p = packet_u64(VU_SET_FEATURES, 0);
	int next;

	begin();
	dying = try_connect();
	server_step(&server);
	next = try_connect();
	packet_send(dying, &p, 0, packet_size(&p));
	fake_meanwhile("features", die);
	server_step(&server);
	CHECK(!closed(next));
	CHECK(answers(next));
	EQUAL(fake_devices(), 1);
	close(next);
	end();
}

static void test_port_deleted(void)
{
	int fd;

	begin();
	fd = try_connect();
	server_step(&server);
	fake_hang_up();
	server_step(&server);
	CHECK(closed(fd));
	EQUAL(fake_devices(), 0);
	close(fd);
	fake_reset();
	fd = try_connect();
	server_step(&server);
	SAME(fake_calls(), "open\nport vm0 0\nattach 7\ninfo\n");
	CHECK(answers(fd));
	close(fd);
	end();
}

static void test_slow(void)
{
	struct packet p = packet(VU_GET_FEATURES, "", 0);
	int fd;

	begin();
	endpoint.timeout = 20;
	fd = try_connect();
	server_step(&server);
	packet_send(fd, &p, 0, 5);
	while (server.connected)
		server_step(&server);
	CHECK(closed(fd));
	close(fd);
	fd = try_connect();
	server_step(&server);
	CHECK(answers(fd));
	close(fd);
	end();
}

static void turned_away(const char *call, int error)
{
	int fd;

	fake_fail(call, error, "made up");
	fd = try_connect();
	server_step(&server);
	CHECK(!server.connected);
	CHECK(closed(fd));
	EQUAL(fake_devices(), 0);
	close(fd);
	fd = try_connect();
	server_step(&server);
	CHECK(answers(fd));
	close(fd);
	server_step(&server);
	EQUAL(fake_devices(), 0);
}

static void test_turned_away(void)
{
	begin();
	turned_away("open", ENOENT);
	turned_away("open", EACCES);
	turned_away("port", EPERM);
	turned_away("attach", EBUSY);
	turned_away("info", EINVAL);
	end();
}

/* Without a descriptor to accept with, the loop waits instead of spinning. */
static void test_no_free_fd(void)
{
	struct rlimit old, low;
	int fd, next;

	begin();
	fd = try_connect();
	next = dup(fd);
	close(next);
	CHECK(!getrlimit(RLIMIT_NOFILE, &old));
	low = (struct rlimit){ next, old.rlim_max };
	CHECK(!setrlimit(RLIMIT_NOFILE, &low));
	server_step(&server);
	CHECK(!server.connected);
	CHECK(server.accept_after != 0);
	/* The next event is the end of the pause, not the same connection. */
	server_step(&server);
	CHECK(!server.connected);
	EQUAL(server.accept_after, 0);
	CHECK(!setrlimit(RLIMIT_NOFILE, &old));
	server_step(&server);
	CHECK(server.connected);
	CHECK(answers(fd));
	close(fd);
	end();
}

static void test_path(void)
{
	struct server other;
	struct stat st;
	FILE *file;

	begin();
	CHECK(!stat(path, &st));
	EQUAL(st.st_mode & 07777, 0640);
	/* In use: refused, and the one that has it is not disturbed. */
	EQUAL(server_open(&other, &endpoint), -EADDRINUSE);
	server_step(&server);
	CHECK(!access(path, F_OK));
	server_step(&server);
	/* Left behind: replaced. */
	close(server.listener);
	EQUAL(server_open(&server, &endpoint), 0);
	end();
	/* Something else: left alone. */
	file = fopen(path, "we");
	fclose(file);
	EQUAL(server_open(&other, &endpoint), -EEXIST);
	CHECK(!access(path, F_OK));
	unlink(path);
	/* No such folder. */
	endpoint.path = "/nonexistent/socket";
	EQUAL(server_open(&other, &endpoint), -ENOENT);
}

static void test_handed_in(void)
{
	int ends[2];

	begin();
	endpoint.path = NULL;
	endpoint.fd = server.listener;
	EQUAL(server_open(&server, &endpoint), 0);
	EQUAL(server.listener, endpoint.fd);
	server_close(&server);
	unlink(path);

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	endpoint.fd = ends[1];
	EQUAL(server_open(&server, &endpoint), 0);
	CHECK(server.connected);
	CHECK(answers(ends[0]));
	close(ends[0]);
	CHECK(server_step(&server));
	CHECK(!server_step(&server));
	server_close(&server);
}

static void test_handed_in_wrong(void)
{
	int ends[2];

	fake_reset();
	endpoint = configure();
	endpoint.path = NULL;
	endpoint.fd = 999;
	EQUAL(server_open(&server, &endpoint), -EBADF);
	CHECK(!pipe(ends));
	endpoint.fd = ends[0];
	EQUAL(server_open(&server, &endpoint), -ENOTSOCK);
	close(ends[0]);
	close(ends[1]);
	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
	endpoint.fd = ends[0];
	EQUAL(server_open(&server, &endpoint), -EINVAL);
	close(ends[0]);
	close(ends[1]);
	SAME(fake_calls(), "");
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "connect and disconnect 1000 times", test_reconnect },
		{ "one front-end at a time", test_one_at_a_time },
		{ "the next one comes as the last one dies", test_successor },
		{ "the port is deleted in use", test_port_deleted },
		{ "a message that does not arrive in time", test_slow },
		{ "front-ends turned away", test_turned_away },
		{ "no descriptor to accept with", test_no_free_fd },
		{ "socket files: new, in use, stale, none", test_path },
		{ "sockets handed in", test_handed_in },
		{ "wrong descriptors handed in", test_handed_in_wrong },
		{ }
	};
	int status;

	snprintf(folder, sizeof(folder), "/tmp/vhuge-test.XXXXXX");
	if (!mkdtemp(folder)) {
		perror("Bail out! mkdtemp");
		return EXIT_FAILURE;
	}
	snprintf(path, sizeof(path), "%s/socket", folder);
	client_quiet();
	status = tap_main(tests);
	rmdir(folder);
	return status;
}
