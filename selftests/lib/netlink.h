/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dumps of the netlink family, as lists of objects with attributes.
 */
#ifndef SELFTESTS_NETLINK_H
#define SELFTESTS_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vhuge_netlink.h>

#define OBJECT_ATTRS 16

struct attribute {
	uint16_t length;
	unsigned char bytes[62];
};

/* @command: of an event. */
struct object {
	uint8_t command;
	struct attribute attr[OBJECT_ATTRS];
};

/* All objects of a command, @most of them kept. Returns their number or -errno. */
int netlink_dump(uint8_t command, struct object *objects, unsigned int most);

/* The number of a multicast group of the family or -errno. */
int netlink_group(const char *name);

/* A socket that is told of the group, with so many bytes of room, or -errno. */
int netlink_listen(int group, int buffer);

/* The next events, at most @most. Returns their number, or -errno: EAGAIN, ENOBUFS. */
int netlink_events(int fd, struct object *objects, unsigned int most);

bool object_has(const struct object *object, unsigned int attr);

/* Of a u32 or u64, told by its length; UINT64_MAX when it is not there. */
uint64_t object_number(const struct object *object, unsigned int attr);

/* "" when it is not there. */
const char *object_text(const struct object *object, unsigned int attr);

#endif
