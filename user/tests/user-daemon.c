// SPDX-License-Identifier: GPL-2.0
/*
 * The program as its callers see it: arguments, exit status, sockets, signals,
 * the service manager. It is the daemon with the device of tests/fake.c.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define MAX_ARGS 12

static char folder[32];
static char path[2][64];
static char option[2][80];
static char notify_path[64];
static char program[PATH_MAX];
static char output[8192];
static int output_fd;
static int notify_fd;

static struct sockaddr_un address(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", name);
	return a;
}

static int connect_to(const char *name)
{
	struct sockaddr_un to = address(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(!connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return fd;
}

static int listen_at(const char *name, int type)
{
	struct sockaddr_un at = address(name);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	CHECK(!bind(fd, (struct sockaddr *)&at, sizeof(at)));
	if (type == SOCK_STREAM)
		CHECK(!listen(fd, 4));
	return fd;
}

/* The child gets @socket as descriptor 3, if there is one. */
static void become(char **argv, int socket, int out)
{
	char pid[16];

	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	setenv("NOTIFY_SOCKET", notify_path, 1);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	if (socket >= 0) {
		dup2(socket, 3);
		close(socket == 3 ? -1 : socket);
	}
	execv(argv[0], argv);
	_exit(127);
}

static pid_t start(const char *name, const char * const *args, int socket)
{
	char *argv[MAX_ARGS + 2] = { (char *)name };
	int ends[2], i;
	pid_t pid;

	for (i = 0; args[i]; i++)
		argv[i + 1] = (char *)args[i];
	CHECK(!pipe2(ends, O_CLOEXEC));
	pid = fork();
	if (!pid)
		become(argv, socket, ends[1]);
	close(ends[1]);
	output_fd = ends[0];
	return pid;
}

/* Waits for the end of the program. Returns its exit status; @output is what it said. */
static int finish(pid_t pid)
{
	size_t length = 0;
	ssize_t got;
	int status;

	while ((got = read(output_fd, output + length, sizeof(output) - 1 - length)) > 0)
		length += got;
	output[length] = '\0';
	close(output_fd);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static bool said(const char *text)
{
	if (strstr(output, text))
		return true;
	printf("# output: %s# expected in it: %s\n", output, text);
	return false;
}

static void wait_for(const char *state)
{
	char message[64] = "";

	recv(notify_fd, message, sizeof(message) - 1, 0);
	SAME(message, state);
}

/* Blocks until the answer comes, or the connection is closed. */
static bool answers(int fd)
{
	struct packet p = packet(VU_GET_FEATURES, "", 0);
	char bytes[20];

	packet_send(fd, &p, 0, packet_size(&p));
	return recv(fd, bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes);
}

static const char * const two[] = {
	option[0], "--port=vm0", "--queues=2", option[1], "--port", "vm1", NULL
};

static void test_two_sockets(void)
{
	pid_t pid = start(program, two, -1);
	int first, second;

	wait_for("READY=1");
	first = connect_to(path[0]);
	second = connect_to(path[1]);
	CHECK(answers(first));
	CHECK(answers(second));
	kill(pid, SIGTERM);
	wait_for("STOPPING=1");
	EQUAL(finish(pid), 0);
	CHECK(access(path[0], F_OK) && access(path[1], F_OK));
	close(first);
	close(second);
}

/* A guest whose memory takes for ever to pin holds up neither others nor the end. */
static void test_held(void)
{
	struct packet p = { .header = { VU_SET_MEM_TABLE, VU_VERSION, 8 } };
	int first, second, i;
	pid_t pid;

	setenv("FAKE_BLOCK", "set regions", 1);
	pid = start(program, two, -1);
	unsetenv("FAKE_BLOCK");
	wait_for("READY=1");
	first = connect_to(path[0]);
	CHECK(answers(first));
	packet_send(first, &p, 0, packet_size(&p));
	for (i = 0; i < 100; i++) {
		second = connect_to(path[1]);
		CHECK(answers(second));
		close(second);
	}
	kill(pid, SIGINT);
	wait_for("STOPPING=1");
	EQUAL(finish(pid), 0);
	close(first);
}

static void test_killed(void)
{
	pid_t pid = start(program, two, -1);

	wait_for("READY=1");
	kill(pid, SIGKILL);
	EQUAL(finish(pid), 1000 + SIGKILL);
	CHECK(!access(path[0], F_OK));
	pid = start(program, two, -1);
	wait_for("READY=1");
	kill(pid, SIGTERM);
	wait_for("STOPPING=1");
	EQUAL(finish(pid), 0);
	CHECK(said("stale"));
}

static void test_in_use(void)
{
	pid_t first = start(program, two, -1), second;
	int out = output_fd;

	wait_for("READY=1");
	second = start(program, two, -1);
	EQUAL(finish(second), 1);
	CHECK(said("in use"));
	output_fd = out;
	CHECK(!access(path[0], F_OK));
	kill(first, SIGTERM);
	wait_for("STOPPING=1");
	EQUAL(finish(first), 0);
}

static void test_activated(void)
{
	static const char * const args[] = { "--port=vm0", NULL };
	int listener = listen_at(path[0], SOCK_STREAM), client;
	pid_t pid;

	setenv("LISTEN_FDS", "1", 1);
	pid = start(program, args, listener);
	unsetenv("LISTEN_FDS");
	close(listener);
	wait_for("READY=1");
	client = connect_to(path[0]);
	CHECK(answers(client));
	kill(pid, SIGTERM);
	wait_for("STOPPING=1");
	EQUAL(finish(pid), 0);
	/* It did not make the file, and does not remove it. */
	CHECK(!unlink(path[0]));
	close(client);
	/* Without the service manager's socket there is none. */
	EQUAL(finish(start(program, args, -1)), 2);
	CHECK(said("no socket for this port"));
}

static void test_connected(void)
{
	static const char * const args[] = { "--fd=3", "--port=vm0", NULL };
	int ends[2];
	pid_t pid;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	pid = start(program, args, ends[1]);
	close(ends[1]);
	wait_for("READY=1");
	CHECK(answers(ends[0]));
	close(ends[0]);
	wait_for("STOPPING=1");
	EQUAL(finish(pid), 0);
}

static void test_arguments(void)
{
	static const struct {
		const char *args[MAX_ARGS];
		int status;
		const char *says;
	} cases[] = {
		{ { "--print-capabilities" }, 0, "{\n  \"type\": \"net\"\n}\n" },
		{ { "--version" }, 0, "vhuged " },
		{ { "--help" }, 0, "usage: vhuged" },
		{ { NULL }, 2, "nothing to serve" },
		{ { "--nonsense" }, 2, "try --help" },
		{ { "word" }, 2, "no argument" },
		{ { "--socket-path=/tmp/x" }, 2, "no --port" },
		{ { "--socket-path=", "--port=a" }, 2, "1 to 107" },
		{ { "--fd=x", "--port=a" }, 2, "--fd wants" },
		{ { "--fd=-1", "--port=a" }, 2, "--fd wants" },
		{ { "--fd=9", "--port=0123456789abcdef" }, 2, "not a name" },
		{ { "--fd=9", "--port=a/b" }, 2, "not a name" },
		{ { "--fd=9", "--port=a", "--queues=0" }, 2, "--queues wants" },
		{ { "--fd=9", "--port=a", "--queues=129" }, 2, "--queues wants" },
		{ { "--fd=9", "--port=a", "--queue-unit=x" }, 2, "neither pairs nor" },
		{ { "--fd=9", "--port=a", "--socket-mode=9" }, 2, "octal" },
		{ { "--fd=9", "--port=a", "--socket-group=no such" }, 2, "no such group" },
		{ { "--fd=9", "--port=a", "--fd=8", "--port=a" }, 2, "the same port" },
		{ { "--fd=9", "--port=a", "--fd=9", "--port=b" }, 2, "the same socket" },
		{ { "--fd=9", "--port=a" }, 1, "fd 9: not a socket" },
		{ { "--socket-path=/nonexistent/s", "--port=a" }, 1, "/nonexistent/s: " },
		{ { NULL }, -1, NULL },
	};
	int i;

	for (i = 0; cases[i].status >= 0; i++) {
		EQUAL(finish(start(program, cases[i].args, -1)), cases[i].status);
		CHECK(said(cases[i].says));
	}
}

/* The real programs: what they say where there is no module. */
static void test_no_module(void)
{
	static const char * const show[] = { "show", NULL };
	static const char * const nothing[] = { NULL };
	static const char * const unknown[] = { "unknown", NULL };
	char real[PATH_MAX + 32];

	snprintf(real, sizeof(real), "%s/../vhuge", dirname(program));
	EQUAL(finish(start(real, nothing, -1)), 2);
	EQUAL(finish(start(real, unknown, -1)), 2);
	CHECK(said("unknown command"));
	if (!access("/dev/vhuge", F_OK) || !access("/sys/module/vhuge", F_OK)) {
		tap_skip("the module is loaded");
		return;
	}
	EQUAL(finish(start(real, show, -1)), 1);
	CHECK(said("modprobe vhuge"));
	strcat(real, "d");
	EQUAL(finish(start(real, two, -1)), 1);
	CHECK(said("/dev/vhuge: No such file or directory; load the module: modprobe vhuge"));
	CHECK(access(path[0], F_OK));
}

static bool prepare(const char *self)
{
	char *copy = realpath(self, NULL);
	int i;

	snprintf(folder, sizeof(folder), "/tmp/vhuge-test.XXXXXX");
	if (!copy || !mkdtemp(folder))
		return false;
	snprintf(program, sizeof(program), "%s/../" FAKE_DAEMON, dirname(copy));
	free(copy);
	for (i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/socket%d", folder, i);
		snprintf(option[i], sizeof(option[i]), "--socket-path=%s", path[i]);
	}
	snprintf(notify_path, sizeof(notify_path), "%s/notify", folder);
	notify_fd = listen_at(notify_path, SOCK_DGRAM);
	return true;
}

int main(int argc, char **argv)
{
	static const struct tap_test tests[] = {
		{ "two sockets, and SIGTERM", test_two_sockets },
		{ "a front-end that holds its socket's thread", test_held },
		{ "SIGKILL, and started again", test_killed },
		{ "started twice", test_in_use },
		{ "a socket of the service manager", test_activated },
		{ "a socket that is connected already", test_connected },
		{ "arguments", test_arguments },
		{ "no module", test_no_module },
		{ }
	};
	int status;

	if (argc < 1 || !prepare(argv[0])) {
		perror("Bail out! prepare");
		return EXIT_FAILURE;
	}
	status = tap_main(tests);
	unlink(notify_path);
	rmdir(folder);
	return status;
}
