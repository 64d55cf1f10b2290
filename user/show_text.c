// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "show.h"

/* More segments than this of one region are only counted, unless asked for. */
#define SEGMENTS_SHOWN 8

static void port_text(const struct port *p)
{
	printf("port %s: carrier %s, %u queue pair%s", p->name, p->carrier ? "up" : "down",
	       p->queue_pairs, p->queue_pairs == 1 ? "" : "s");
	if (INVENTORY_HAS(p, VHUGE_PORT_ATTR_DEVICE))
		printf(", device %u\n", p->device);
	else
		puts(", no guest");
}

static void features_text(uint64_t features)
{
	unsigned int bit;

	printf("  features %#llx:", (unsigned long long)features);
	for (bit = 0; bit < 64; bit++) {
		if (!(features >> bit & 1))
			continue;
		if (format_feature(bit))
			printf(" %s", format_feature(bit));
		else
			printf(" bit%u", bit);
	}
	putchar('\n');
}

static void memory_text(const struct device *d)
{
	static const char *const spaces[] = {
		"none", "physical addresses", "guest addresses (PCI device)",
		"user addresses (PCI device)",
	};
	char bytes[FORMAT_BYTES];

	printf("  memory: %s pinned anew so far, ", format_bytes(bytes, d->fresh));
	if (!INVENTORY_HAS(d, VHUGE_DEVICE_ATTR_LOCK_LIMIT))
		fputs("no limit on locked memory", stdout);
	else
		printf("%s may be locked", format_bytes(bytes, d->lock_limit));
	printf(", IOVAs: %s\n", d->space < sizeof(spaces) / sizeof(*spaces) ?
	       spaces[d->space] : "unknown");
}

static void device_text(const struct inventory *i, const struct device *d)
{
	char bytes[FORMAT_BYTES], comm[sizeof(d->comm)];
	const struct port *p = inventory_port(i, d);

	memcpy(comm, d->comm, sizeof(comm));
	format_plain(comm);
	printf("device %u: %s%s, opened by %s (process %u), %s pinned, ", d->id,
	       p ? "port " : "no port", p ? p->name : "", comm, d->pid,
	       format_bytes(bytes, d->pinned));
	printf("%u region%s in %u segment%s\n", d->regions, d->regions == 1 ? "" : "s",
	       d->segments, d->segments == 1 ? "" : "s");
	features_text(d->features);
	memory_text(d);
}

static void counter(const char *before, uint64_t value)
{
	printf("%s%llu", before, (unsigned long long)value);
}

static void counters_text(const struct vring *v)
{
	counter("    packets ", v->packets);
	counter(", bytes ", v->bytes);
	counter(", drops ", v->drops);
	counter(", kicks ", v->kicks);
	counter(", calls ", v->calls);
	putchar('\n');
}

static void vring_text(const struct vring *v)
{
	printf("  ring %u %s: %u descriptors, %s, %s\n", v->index, v->index & 1 ? "tx" : "rx",
	       v->num, v->state & VHUGE_VRING_STATE_STARTED ? "started" : "stopped",
	       v->state & VHUGE_VRING_STATE_ENABLED ? "enabled" : "disabled");
	if (v->state & VHUGE_VRING_STATE_BROKEN)
		printf("    broken: %s\n", v->fault);
	if (INVENTORY_HAS(v, VHUGE_VRING_ATTR_PACKETS))
		counters_text(v);
}

static void place_text(uint64_t guest, uint64_t user, uint64_t offset)
{
	printf(" at guest %#llx, user %#llx, file offset %#llx", (unsigned long long)guest,
	       (unsigned long long)user, (unsigned long long)offset);
}

static void segment_text(const struct segment *s)
{
	char length[FORMAT_BYTES], page[FORMAT_BYTES];

	fputs("    segment", stdout);
	place_text(s->guest_addr, s->user_addr, s->offset);
	printf(": %s of %s pages", format_bytes(length, s->length),
	       format_bytes(page, s->page_size));
	if (s->node >= 0)
		printf(", NUMA node %d", s->node);
	putchar('\n');
}

static void segments_text(const struct inventory *i, const struct region *r, size_t limit)
{
	const struct segment *s;
	size_t shown = 0;

	for (s = list_first(&i->segments); s; s = list_next(&i->segments, s)) {
		if (s->device != r->device || s->region != r->index)
			continue;
		if (shown++ < limit)
			segment_text(s);
	}
	if (shown > limit)
		printf("    %zu more: vhuge show segments\n", shown - limit);
}

static void region_text(const struct region *r)
{
	char length[FORMAT_BYTES], page[FORMAT_BYTES];

	printf("  region %u", r->index);
	place_text(r->guest_addr, r->user_addr, r->offset);
	printf(": %s in %llu page%s of %s, %u segment%s\n", format_bytes(length, r->length),
	       (unsigned long long)r->pages, r->pages == 1 ? "" : "s",
	       format_bytes(page, r->page_size), r->segments, r->segments == 1 ? "" : "s");
}

static void parts_text(const struct inventory *i, uint32_t device, unsigned int what)
{
	const struct region *r;
	const struct vring *v;

	if (what & SHOW_QUEUES) {
		for (v = list_first(&i->vrings); v; v = list_next(&i->vrings, v))
			if (v->device == device)
				vring_text(v);
	}
	if (!(what & (SHOW_REGIONS | SHOW_SEGMENTS)))
		return;
	for (r = list_first(&i->regions); r; r = list_next(&i->regions, r)) {
		if (r->device != device)
			continue;
		region_text(r);
		if (what & SHOW_SEGMENTS)
			segments_text(i, r, what == SHOW_SEGMENTS ? SIZE_MAX : SEGMENTS_SHOWN);
	}
}

static void limit_text(const char *before, bool present, uint64_t limit)
{
	char bytes[FORMAT_BYTES];

	printf("%s%s", before, present ? format_bytes(bytes, limit) : "no limit");
}

static void limits_text(const struct limits *l)
{
	limit_text("; limits: all users ", INVENTORY_HAS(l, VHUGE_LIMITS_ATTR_LIMIT), l->limit);
	limit_text(", each user ", INVENTORY_HAS(l, VHUGE_LIMITS_ATTR_USER_LIMIT),
		   l->user_limit);
}

/**
 * show_text() - print for people
 * @inventory: what there is
 * @what: SHOW_* bits
 */
void show_text(const struct inventory *inventory, unsigned int what)
{
	const struct device *d;
	const struct limits *l = list_first(&inventory->limits);
	const struct port *p;
	char bytes[FORMAT_BYTES];

	if (what & SHOW_PORTS) {
		for (p = list_first(&inventory->ports); p; p = list_next(&inventory->ports, p))
			port_text(p);
	}
	if (what == SHOW_PORTS)
		return;
	for (d = list_first(&inventory->devices); d; d = list_next(&inventory->devices, d)) {
		device_text(inventory, d);
		parts_text(inventory, d->id, what);
	}
	printf("%zu port%s, %zu device%s, %s pinned",
	       inventory->ports.count, inventory->ports.count == 1 ? "" : "s",
	       inventory->devices.count, inventory->devices.count == 1 ? "" : "s",
	       format_bytes(bytes, l ? l->pinned : 0));
	if (l)
		limits_text(l);
	putchar('\n');
}
