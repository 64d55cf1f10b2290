/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module has at the moment: ports, devices, rings, regions, segments,
 * and what may be pinned, as read from its netlink family.
 */
#ifndef INVENTORY_H
#define INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vhuge_netlink.h>

/* Room for any string, longer ones are cut. */
#define INVENTORY_TEXT 128

/*
 * Every object begins with a bit for each attribute the kernel sent: it leaves
 * out what does not apply.
 */
#define INVENTORY_HAS(object, attr) ((object)->present & (1U << (attr)))

struct port {
	uint32_t present;
	uint32_t ifindex;
	char name[INVENTORY_TEXT];
	uint32_t queue_pairs;
	uint32_t device;
	uint32_t carrier;
};

struct device {
	uint32_t present;
	uint32_t id;
	uint32_t pid;
	char comm[INVENTORY_TEXT];
	uint64_t features;
	uint32_t ifindex;
	uint32_t regions;
	uint32_t segments;
	uint64_t pinned;
	uint64_t generation;
	uint64_t fresh;
	uint64_t lock_limit;
	uint32_t space;
};

struct limits {
	uint32_t present;
	uint64_t pinned;
	uint64_t limit;
	uint64_t user_limit;
};

struct vring {
	uint32_t present;
	uint32_t device;
	uint32_t index;
	uint32_t state;
	uint32_t num;
	char fault[INVENTORY_TEXT];
	uint64_t packets;
	uint64_t bytes;
	uint64_t drops;
	uint64_t kicks;
	uint64_t calls;
};

struct region {
	uint32_t present;
	uint32_t device;
	uint32_t index;
	uint64_t guest_addr;
	uint64_t user_addr;
	uint64_t length;
	uint64_t offset;
	uint64_t page_size;
	uint64_t pages;
	uint32_t segments;
};

struct segment {
	uint32_t present;
	uint32_t device;
	uint32_t region;
	uint64_t guest_addr;
	uint64_t user_addr;
	uint64_t length;
	uint64_t offset;
	uint64_t page_size;
	int32_t node;
};

/* Objects of one kind, each @size bytes long, as they came. */
struct list {
	void *objects;
	size_t count;
	size_t size;
};

struct inventory {
	struct list ports;
	struct list devices;
	struct list vrings;
	struct list regions;
	struct list segments;
	/* One. */
	struct list limits;
};

static inline void *list_next(const struct list *list, const void *object)
{
	char *next = (char *)object + list->size;

	return next < (char *)list->objects + list->count * list->size ? next : NULL;
}

static inline void *list_first(const struct list *list)
{
	return list->count ? list->objects : NULL;
}

int inventory_read(struct inventory *inventory, char *cause, size_t size);
void inventory_free(struct inventory *inventory);
const struct port *inventory_port(const struct inventory *inventory, const struct device *d);

#endif /* INVENTORY_H */
