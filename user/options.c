// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <linux/if.h>

#include "options.h"

#define MESSAGE_TIMEOUT_MS	5000
#define MAX_QUEUES		128

static const char usage[] =
"usage: vhuged --socket-path=PATH --port=NAME [OPTIONS] [--socket-path=PATH --port=NAME ...]\n"
"Serve vhost-user front-ends (QEMU, DPDK virtio-user) as guests of vhuge ports.\n"
"\n"
"A socket and its port make a group; repeating one of --socket-path, --fd and\n"
"--port begins the next group. The other options belong to their group.\n"
"  --socket-path=PATH    make a socket at PATH\n"
"  --fd=N                take descriptor N, a listening or connected socket\n"
"  --port=NAME           network interface of kind vhuge; created when missing\n"
"  --queues=N            queue pairs the port must have (a new one has 1)\n"
"  --queue-unit=UNIT     what GET_QUEUE_NUM counts: pairs (QEMU, DPDK; default),\n"
"                        rings (crosvm, cloud-hypervisor)\n"
"  --socket-mode=OCTAL   permissions of the socket (0600)\n"
"  --socket-group=NAME   group of the socket\n"
"A group without a socket takes the next one of systemd's socket activation.\n"
"\n"
"  --print-capabilities  print what vhost-user launchers ask for, and exit\n"
"  --version             print the version, and exit\n"
"  --help                print this, and exit\n"
"See vhuged(8).\n";

enum {
	OPT_SOCKET_PATH = 1,
	OPT_FD,
	OPT_PORT,
	OPT_QUEUES,
	OPT_QUEUE_UNIT,
	OPT_SOCKET_MODE,
	OPT_SOCKET_GROUP,
	OPT_PRINT_CAPABILITIES,
	OPT_VERSION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "socket-path", required_argument, NULL, OPT_SOCKET_PATH },
	{ "fd", required_argument, NULL, OPT_FD },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "queues", required_argument, NULL, OPT_QUEUES },
	{ "queue-unit", required_argument, NULL, OPT_QUEUE_UNIT },
	{ "socket-mode", required_argument, NULL, OPT_SOCKET_MODE },
	{ "socket-group", required_argument, NULL, OPT_SOCKET_GROUP },
	{ "print-capabilities", no_argument, NULL, OPT_PRINT_CAPABILITIES },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ }
};

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "vhuged: %s%s%s\n", what, value ? ": " : "", value ? value : "");
	return OPTIONS_WRONG;
}

static bool number(const char *text, int base, unsigned long max, unsigned long *value)
{
	char *end;

	*value = strtoul(text, &end, base);
	return *text >= '0' && *text <= '9' && !*end && *value <= max;
}

static struct endpoint *add_endpoint(struct options *o)
{
	struct endpoint *e;

	e = realloc(o->endpoints, (o->count + 1) * sizeof(*e));
	if (!e) {
		perror("vhuged");
		exit(1);
	}
	o->endpoints = e;
	e += o->count++;
	*e = (struct endpoint){
		.fd = -1,
		.mode = 0600,
		.group = (gid_t)-1,
		.timeout = MESSAGE_TIMEOUT_MS,
	};
	return e;
}

/* The group an option belongs to, a new one when it has that option already. */
static struct endpoint *group_for(struct options *o, int option)
{
	struct endpoint *e = o->count ? &o->endpoints[o->count - 1] : NULL;
	bool has_socket = e && (e->path || e->fd >= 0);

	if (!e)
		return add_endpoint(o);
	if ((option == OPT_SOCKET_PATH || option == OPT_FD) && has_socket)
		return add_endpoint(o);
	if (option == OPT_PORT && e->port)
		return add_endpoint(o);
	return e;
}

static int set_path(struct endpoint *e, const char *path)
{
	struct sockaddr_un address;

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return wrong("--socket-path must have 1 to 107 bytes", path);
	e->path = path;
	snprintf(e->name, sizeof(e->name), "%s", path);
	return 0;
}

static int set_port(struct endpoint *e, const char *port)
{
	if (!*port || strlen(port) >= IFNAMSIZ || strpbrk(port, "/: \t\n") ||
	    !strcmp(port, ".") || !strcmp(port, ".."))
		return wrong("--port is not a name for a network interface (1 to 15 bytes)", port);
	e->port = port;
	return 0;
}

static int set_group(struct endpoint *e, const char *name)
{
	struct group *group = getgrnam(name);
	unsigned long value;

	if (group)
		e->group = group->gr_gid;
	else if (number(name, 10, 0xfffffffe, &value))
		e->group = value;
	else
		return wrong("--socket-group: no such group", name);
	return 0;
}

static int set_option(struct endpoint *e, int option, const char *text)
{
	unsigned long value;

	switch (option) {
	case OPT_SOCKET_PATH:
		return set_path(e, text);
	case OPT_PORT:
		return set_port(e, text);
	case OPT_SOCKET_GROUP:
		return set_group(e, text);
	case OPT_FD:
		if (!number(text, 10, 0x7fffffff, &value))
			return wrong("--fd wants the number of a descriptor", text);
		e->fd = value;
		snprintf(e->name, sizeof(e->name), "fd %d", e->fd);
		return 0;
	case OPT_QUEUES:
		if (!number(text, 10, MAX_QUEUES, &value) || !value)
			return wrong("--queues wants a number from 1 to 128", text);
		e->queues = value;
		return 0;
	case OPT_SOCKET_MODE:
		if (!number(text, 8, 0777, &value))
			return wrong("--socket-mode wants octal permissions like 0660", text);
		e->mode = value;
		return 0;
	case OPT_QUEUE_UNIT:
		e->count_rings = !strcmp(text, "rings");
		if (!e->count_rings && strcmp(text, "pairs"))
			return wrong("--queue-unit is neither pairs nor rings", text);
		return 0;
	}
	return OPTIONS_WRONG;
}

static int print(const char *text)
{
	fputs(text, stdout);
	if (fflush(stdout)) {
		perror("vhuged: standard output");
		exit(1);
	}
	return OPTIONS_DONE;
}

static int check(const struct options *o)
{
	const struct endpoint *e, *other;
	int inherited = 0;

	if (!o->count)
		return wrong("nothing to serve: --socket-path or --fd and --port are needed", NULL);
	for (e = o->endpoints; e < o->endpoints + o->count; e++) {
		if (!e->port)
			return wrong("no --port for this socket", e->name);
		inherited += !e->path && e->fd < 0;
		for (other = o->endpoints; other < e; other++) {
			if (!strcmp(other->port, e->port))
				return wrong("two sockets cannot have the same port", e->port);
			if (e->path && other->path && !strcmp(other->path, e->path))
				return wrong("two ports cannot have the same socket", e->path);
			if (e->fd >= 0 && other->fd == e->fd)
				return wrong("two ports cannot have the same socket", e->name);
		}
	}
	return inherited;
}

/**
 * options_parse() - read the command line of the daemon
 * @o: receives what it says
 * @argc: as for main()
 * @argv: as for main(); must outlive @o
 *
 * Returns: the number of groups that need a socket from options_inherit();
 * OPTIONS_DONE when all there was to do was to print; OPTIONS_WRONG after an
 * explanation on stderr.
 */
int options_parse(struct options *o, int argc, char **argv)
{
	int option, ret;

	*o = (struct options){ };
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case '?':
			fputs("vhuged: try --help\n", stderr);
			return OPTIONS_WRONG;
		case OPT_PRINT_CAPABILITIES:
			return print("{\n  \"type\": \"net\"\n}\n");
		case OPT_VERSION:
			return print("vhuged " VERSION "\n");
		case OPT_HELP:
			return print(usage);
		}
		ret = set_option(group_for(o, option), option, optarg);
		if (ret)
			return ret;
	}
	if (optind < argc)
		return wrong("no argument is expected here", argv[optind]);
	return check(o);
}

/**
 * options_inherit() - hand out the sockets that the service manager opened
 * @o: from options_parse()
 * @first: descriptor of the first socket
 * @available: how many there are
 *
 * Returns: 0, or OPTIONS_WRONG after an explanation on stderr.
 */
int options_inherit(struct options *o, int first, int available)
{
	struct endpoint *e;
	int used = 0;

	for (e = o->endpoints; e < o->endpoints + o->count; e++) {
		if (e->path || e->fd >= 0)
			continue;
		if (used == available)
			return wrong("no socket for this port: give --socket-path or --fd",
				     e->port);
		e->fd = first + used++;
		snprintf(e->name, sizeof(e->name), "fd %d", e->fd);
	}
	if (used < available)
		return wrong("more sockets from the service manager than ports without one", NULL);
	return 0;
}
