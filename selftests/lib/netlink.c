// SPDX-License-Identifier: GPL-2.0
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "die.h"
#include "netlink.h"

struct dump {
	struct object *objects;
	unsigned int most;
	unsigned int count;
};

static int keep_attribute(const struct nlattr *attr, void *data)
{
	unsigned int type = mnl_attr_get_type(attr);
	struct object *object = data;
	struct attribute *to;

	if (type >= OBJECT_ATTRS || mnl_attr_get_payload_len(attr) >= sizeof(to->bytes)) {
		errno = EMSGSIZE;
		die("attribute %u of %u bytes", type, mnl_attr_get_payload_len(attr));
	}
	to = &object->attr[type];
	to->length = mnl_attr_get_payload_len(attr);
	memcpy(to->bytes, mnl_attr_get_payload(attr), to->length);
	return MNL_CB_OK;
}

static int keep_object(const struct nlmsghdr *message, void *data)
{
	struct dump *dump = data;

	if (dump->count < dump->most) {
		struct object *object = &dump->objects[dump->count];

		memset(object->attr, 0, sizeof(object->attr));
		mnl_attr_parse(message, sizeof(struct genlmsghdr), keep_attribute, object);
	}
	dump->count++;
	return MNL_CB_OK;
}

static int talk(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t object, void *data)
{
	char buffer[32768];
	ssize_t length;
	int more = MNL_CB_OK;

	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more == MNL_CB_OK) {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return -errno;
		more = mnl_cb_run(buffer, length, request->nlmsg_seq,
				  mnl_socket_get_portid(socket), object, data);
	}
	return more < 0 ? -errno : 0;
}

/* Sends a request and hands every answer to @object. Returns 0 or -errno. */
static int ask(struct nlmsghdr *request, mnl_cb_t object, void *data)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_GENERIC);
	int err;

	if (!socket)
		return -errno;
	err = talk(socket, request, object, data);
	mnl_socket_close(socket);
	return err;
}

static struct nlmsghdr *request(char *buffer, uint16_t type, uint8_t command, uint8_t version,
				uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = 1;
	generic = mnl_nlmsg_put_extra_header(message, sizeof(*generic));
	generic->cmd = command;
	generic->version = version;
	return message;
}

/* What is looked for in the description of the family. */
struct family {
	int number;
	const char *group_name;
	int group;
};

static void keep_group(const struct nlattr *nest, struct family *family)
{
	const char *name = "";
	struct nlattr *attr;
	int group = 0;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			group = mnl_attr_get_u32(attr);
	}
	if (family->group_name && !strcmp(name, family->group_name))
		family->group = group;
}

static int keep_family(const struct nlmsghdr *message, void *data)
{
	struct nlattr *attr, *nest;

	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			((struct family *)data)->number = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			mnl_attr_for_each_nested(nest, attr)
				keep_group(nest, data);
	}
	return MNL_CB_OK;
}

/* Returns 0 or -errno. */
static int find_family(struct family *family)
{
	char buffer[512];
	struct nlmsghdr *message = request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, VHUGE_GENL_NAME);
	return ask(message, keep_family, family);
}

int netlink_dump(uint8_t command, struct object *objects, unsigned int most)
{
	struct dump dump = { .objects = objects, .most = most };
	struct family family = { 0 };
	char buffer[512];
	int err;

	err = find_family(&family);
	if (!err)
		err = ask(request(buffer, family.number, command, VHUGE_GENL_VERSION, NLM_F_DUMP),
			  keep_object, &dump);
	return err ? err : (int)dump.count;
}

int netlink_group(const char *name)
{
	struct family family = { .group_name = name };
	int err = find_family(&family);

	return err ? err : family.group;
}

int netlink_listen(int group, int buffer)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)))
		die("a socket for events");
	/* The second is for those who may not exceed what is usual. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)))
		die("room for events");
	if (!setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return fd;
	group = -errno;
	close(fd);
	return group;
}

static int keep_event(const struct nlmsghdr *message, void *data)
{
	const struct genlmsghdr *generic = mnl_nlmsg_get_payload(message);
	struct dump *dump = data;

	if (dump->count < dump->most)
		dump->objects[dump->count].command = generic->cmd;
	return keep_object(message, data);
}

int netlink_events(int fd, struct object *objects, unsigned int most)
{
	struct dump dump = { .objects = objects, .most = most };
	static char buffer[65536];
	ssize_t length = recv(fd, buffer, sizeof(buffer), 0);

	if (length < 0)
		return -errno;
	if (mnl_cb_run(buffer, length, 0, 0, keep_event, &dump) < 0)
		die("reading events");
	return dump.count;
}

bool object_has(const struct object *object, unsigned int attr)
{
	return object->attr[attr].length;
}

uint64_t object_number(const struct object *object, unsigned int attr)
{
	const struct attribute *from = &object->attr[attr];
	uint64_t number = 0;

	if (from->length != 4 && from->length != 8)
		return UINT64_MAX;
	memcpy(&number, from->bytes, from->length);
	return number;
}

const char *object_text(const struct object *object, unsigned int attr)
{
	return (const char *)object->attr[attr].bytes;
}
