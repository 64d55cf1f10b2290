// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "genl.h"
#include "inventory.h"

/* Each try sees other objects come or go when it fails. */
#define TRIES 20

enum kind { U32, U64, STRING };

/**
 * struct field - where an attribute goes
 * @attr: its number, 0 at the end of a table
 * @kind: of the attribute and of the member
 * @offset: of the member
 */
struct field {
	uint16_t attr;
	uint16_t kind;
	uint16_t offset;
};

#define FIELD(object, member, attr, kind) { attr, kind, offsetof(struct object, member) }
#define PORT(member, attr, kind) FIELD(port, member, VHUGE_PORT_ATTR_##attr, kind)
#define DEVICE(member, attr, kind) FIELD(device, member, VHUGE_DEVICE_ATTR_##attr, kind)
#define VRING(member, attr, kind) FIELD(vring, member, VHUGE_VRING_ATTR_##attr, kind)
#define REGION(member, attr, kind) FIELD(region, member, VHUGE_REGION_ATTR_##attr, kind)
#define SEGMENT(member, attr, kind) FIELD(segment, member, VHUGE_SEGMENT_ATTR_##attr, kind)
#define LIMITS(member, attr, kind) FIELD(limits, member, VHUGE_LIMITS_ATTR_##attr, kind)

static const struct field port_fields[] = {
	PORT(ifindex, IFINDEX, U32),
	PORT(name, IFNAME, STRING),
	PORT(queue_pairs, QUEUE_PAIRS, U32),
	PORT(device, DEVICE, U32),
	PORT(carrier, CARRIER, U32),
	{ }
};

static const struct field device_fields[] = {
	DEVICE(id, ID, U32),
	DEVICE(pid, PID, U32),
	DEVICE(comm, COMM, STRING),
	DEVICE(features, FEATURES, U64),
	DEVICE(ifindex, IFINDEX, U32),
	DEVICE(regions, REGIONS, U32),
	DEVICE(segments, SEGMENTS, U32),
	DEVICE(pinned, PINNED, U64),
	DEVICE(generation, GENERATION, U64),
	DEVICE(fresh, FRESH, U64),
	DEVICE(lock_limit, LOCK_LIMIT, U64),
	DEVICE(space, SPACE, U32),
	{ }
};

static const struct field vring_fields[] = {
	VRING(device, DEVICE, U32),
	VRING(index, INDEX, U32),
	VRING(state, STATE, U32),
	VRING(num, NUM, U32),
	VRING(fault, FAULT, STRING),
	VRING(packets, PACKETS, U64),
	VRING(bytes, BYTES, U64),
	VRING(drops, DROPS, U64),
	VRING(kicks, KICKS, U64),
	VRING(calls, CALLS, U64),
	{ }
};

static const struct field region_fields[] = {
	REGION(device, DEVICE, U32),
	REGION(index, INDEX, U32),
	REGION(guest_addr, GUEST_ADDR, U64),
	REGION(user_addr, USER_ADDR, U64),
	REGION(length, LENGTH, U64),
	REGION(offset, OFFSET, U64),
	REGION(page_size, PAGE_SIZE, U64),
	REGION(pages, PAGES, U64),
	REGION(segments, SEGMENTS, U32),
	{ }
};

static const struct field segment_fields[] = {
	SEGMENT(device, DEVICE, U32),
	SEGMENT(region, REGION, U32),
	SEGMENT(guest_addr, GUEST_ADDR, U64),
	SEGMENT(user_addr, USER_ADDR, U64),
	SEGMENT(length, LENGTH, U64),
	SEGMENT(offset, OFFSET, U64),
	SEGMENT(page_size, PAGE_SIZE, U64),
	SEGMENT(node, NODE, U32),
	{ }
};

static const struct field limits_fields[] = {
	LIMITS(pinned, PINNED, U64),
	LIMITS(limit, LIMIT, U64),
	LIMITS(user_limit, USER_LIMIT, U64),
	{ }
};

/* What a dump of one kind of object needs. */
struct collector {
	uint8_t command;
	const struct field *fields;
	struct list *list;
};

static void *append(struct list *list)
{
	char *objects = realloc(list->objects, (list->count + 1) * list->size);

	if (!objects) {
		perror("vhuge");
		exit(EXIT_FAILURE);
	}
	list->objects = objects;
	return memset(objects + list->count++ * list->size, 0, list->size);
}

/* An attribute of another size than this program knows is as good as none. */
static bool take(const struct field *f, const struct nlattr *attr, char *object)
{
	const size_t length = mnl_attr_get_payload_len(attr);

	if (f->kind == STRING) {
		snprintf(object + f->offset, INVENTORY_TEXT, "%.*s", (int)length,
			 mnl_attr_get_str(attr));
		return true;
	}
	if (length != (f->kind == U64 ? sizeof(uint64_t) : sizeof(uint32_t)))
		return false;
	memcpy(object + f->offset, mnl_attr_get_payload(attr), length);
	return true;
}

/* Every object begins with @present. */
static int collect(const struct nlmsghdr *header, void *context)
{
	const struct collector *c = context;
	void *object = append(c->list);
	const struct nlattr *attr;
	const struct field *f;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		for (f = c->fields; f->attr; f++) {
			if (f->attr == mnl_attr_get_type(attr) && take(f, attr, object))
				*(uint32_t *)object |= 1U << f->attr;
		}
	}
	return MNL_CB_OK;
}

static int read_all(struct genl *genl, struct inventory *i)
{
	const struct collector dumps[] = {
		{ VHUGE_GENL_PORT_GET, port_fields, &i->ports },
		{ VHUGE_GENL_DEVICE_GET, device_fields, &i->devices },
		{ VHUGE_GENL_VRING_GET, vring_fields, &i->vrings },
		{ VHUGE_GENL_REGION_GET, region_fields, &i->regions },
		{ VHUGE_GENL_SEGMENT_GET, segment_fields, &i->segments },
		{ VHUGE_GENL_LIMITS_GET, limits_fields, &i->limits },
	};
	size_t n;
	int err;

	*i = (struct inventory){
		.ports.size = sizeof(struct port),
		.devices.size = sizeof(struct device),
		.vrings.size = sizeof(struct vring),
		.regions.size = sizeof(struct region),
		.segments.size = sizeof(struct segment),
		.limits.size = sizeof(struct limits),
	};
	for (n = 0; n < MNL_ARRAY_SIZE(dumps); n++) {
		err = genl_dump(genl, dumps[n].command, VHUGE_GENL_VERSION, collect,
				(void *)&dumps[n]);
		if (err)
			return err;
	}
	return 0;
}

static int read_consistent(struct genl *genl, struct inventory *i)
{
	int tries, err;

	for (tries = 0; tries < TRIES; tries++) {
		err = read_all(genl, i);
		if (err != -EINTR)
			break;
		inventory_free(i);
	}
	return err;
}

static const char *explain(int err)
{
	switch (-err) {
	case ENOENT:
		return access("/sys/module/vhuge", F_OK) ?
			"the module is not loaded: modprobe vhuge" :
			"the module answers in the initial network namespace only";
	case EPERM:
	case EACCES:
		return "not permitted: run it as root (it needs CAP_NET_ADMIN)";
	case EINTR:
		return "ports and devices come and go too quickly to be listed: try again";
	default:
		return strerror(-err);
	}
}

/**
 * inventory_read() - read everything
 * @inventory: receives it; to be released with inventory_free()
 * @cause: receives the reason of a failure
 * @size: bytes at @cause
 *
 * Returns: 0 or a negative error.
 */
int inventory_read(struct inventory *inventory, char *cause, size_t size)
{
	struct genl genl;
	int err;

	*inventory = (struct inventory){ };
	err = genl_find(&genl, VHUGE_GENL_NAME);
	if (!err)
		err = read_consistent(&genl, inventory);
	if (!err)
		return 0;
	inventory_free(inventory);
	snprintf(cause, size, "%s%s%s", explain(err), genl.text[0] ? ": " : "", genl.text);
	return err;
}

void inventory_free(struct inventory *inventory)
{
	free(inventory->ports.objects);
	free(inventory->devices.objects);
	free(inventory->vrings.objects);
	free(inventory->regions.objects);
	free(inventory->segments.objects);
	free(inventory->limits.objects);
	*inventory = (struct inventory){ };
}

/* The port of a device, NULL when it has none. */
const struct port *inventory_port(const struct inventory *inventory, const struct device *d)
{
	const struct port *p;

	if (!INVENTORY_HAS(d, VHUGE_DEVICE_ATTR_IFINDEX))
		return NULL;
	for (p = list_first(&inventory->ports); p; p = list_next(&inventory->ports, p)) {
		if (INVENTORY_HAS(p, VHUGE_PORT_ATTR_DEVICE) && p->device == d->id)
			return p;
	}
	return NULL;
}
