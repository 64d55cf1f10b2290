// SPDX-License-Identifier: GPL-2.0
#include "format.h"
#include "json.h"
#include "show.h"

static void port_json(struct json *j, const struct port *p)
{
	json_open(j, NULL, '{');
	json_string(j, "name", p->name);
	json_u64(j, "ifindex", p->ifindex);
	json_u64(j, "queue_pairs", p->queue_pairs);
	json_bool(j, "carrier", p->carrier);
	if (INVENTORY_HAS(p, VHUGE_PORT_ATTR_DEVICE))
		json_u64(j, "device", p->device);
	json_close(j, '}');
}

static void features_json(struct json *j, uint64_t features)
{
	unsigned int bit;

	json_hex(j, "feature_bits", features);
	json_open(j, "features", '[');
	for (bit = 0; bit < 64; bit++) {
		if (features >> bit & 1 && format_feature(bit))
			json_string(j, NULL, format_feature(bit));
	}
	json_close(j, ']');
}

static void vring_json(struct json *j, const struct vring *v)
{
	json_open(j, NULL, '{');
	json_u64(j, "index", v->index);
	json_string(j, "direction", v->index & 1 ? "tx" : "rx");
	json_u64(j, "num", v->num);
	json_bool(j, "started", v->state & VHUGE_VRING_STATE_STARTED);
	json_bool(j, "enabled", v->state & VHUGE_VRING_STATE_ENABLED);
	json_bool(j, "broken", v->state & VHUGE_VRING_STATE_BROKEN);
	if (INVENTORY_HAS(v, VHUGE_VRING_ATTR_FAULT))
		json_string(j, "fault", v->fault);
	if (INVENTORY_HAS(v, VHUGE_VRING_ATTR_PACKETS)) {
		json_u64(j, "packets", v->packets);
		json_u64(j, "bytes", v->bytes);
		json_u64(j, "drops", v->drops);
		json_u64(j, "kicks", v->kicks);
		json_u64(j, "calls", v->calls);
	}
	json_close(j, '}');
}

static void region_json(struct json *j, const struct region *r)
{
	json_open(j, NULL, '{');
	json_u64(j, "index", r->index);
	json_hex(j, "guest_addr", r->guest_addr);
	json_hex(j, "user_addr", r->user_addr);
	json_u64(j, "length", r->length);
	json_u64(j, "offset", r->offset);
	json_u64(j, "page_size", r->page_size);
	json_u64(j, "pages", r->pages);
	json_u64(j, "segments", r->segments);
	json_close(j, '}');
}

static void segment_json(struct json *j, const struct segment *s)
{
	json_open(j, NULL, '{');
	json_u64(j, "region", s->region);
	json_hex(j, "guest_addr", s->guest_addr);
	json_hex(j, "user_addr", s->user_addr);
	json_u64(j, "length", s->length);
	json_u64(j, "offset", s->offset);
	json_u64(j, "page_size", s->page_size);
	json_s64(j, "node", s->node);
	json_close(j, '}');
}

static void parts_json(struct json *j, const struct inventory *i, uint32_t device,
		       unsigned int what)
{
	const struct segment *s;
	const struct region *r;
	const struct vring *v;

	if (what & SHOW_QUEUES) {
		json_open(j, "vrings", '[');
		for (v = list_first(&i->vrings); v; v = list_next(&i->vrings, v))
			if (v->device == device)
				vring_json(j, v);
		json_close(j, ']');
	}
	if (what & SHOW_REGIONS) {
		json_open(j, "regions", '[');
		for (r = list_first(&i->regions); r; r = list_next(&i->regions, r))
			if (r->device == device)
				region_json(j, r);
		json_close(j, ']');
	}
	if (what & SHOW_SEGMENTS) {
		json_open(j, "segments", '[');
		for (s = list_first(&i->segments); s; s = list_next(&i->segments, s))
			if (s->device == device)
				segment_json(j, s);
		json_close(j, ']');
	}
}

static void device_json(struct json *j, const struct inventory *i, const struct device *d,
			unsigned int what)
{
	const struct port *p = inventory_port(i, d);

	json_open(j, NULL, '{');
	json_u64(j, "id", d->id);
	if (what & SHOW_DEVICES) {
		json_u64(j, "pid", d->pid);
		json_string(j, "comm", d->comm);
		if (p)
			json_string(j, "port", p->name);
		features_json(j, d->features);
		json_u64(j, "pinned", d->pinned);
		json_u64(j, "generation", d->generation);
		json_u64(j, "fresh", d->fresh);
		if (INVENTORY_HAS(d, VHUGE_DEVICE_ATTR_LOCK_LIMIT))
			json_u64(j, "lock_limit", d->lock_limit);
		json_u64(j, "iova_space", d->space);
		json_u64(j, "region_count", d->regions);
		json_u64(j, "segment_count", d->segments);
	}
	parts_json(j, i, d->id, what);
	json_close(j, '}');
}

static void limits_json(struct json *j, const struct limits *l)
{
	json_open(j, "memory", '{');
	json_u64(j, "pinned", l->pinned);
	if (INVENTORY_HAS(l, VHUGE_LIMITS_ATTR_LIMIT))
		json_u64(j, "limit", l->limit);
	if (INVENTORY_HAS(l, VHUGE_LIMITS_ATTR_USER_LIMIT))
		json_u64(j, "user_limit", l->user_limit);
	json_close(j, '}');
}

/**
 * show_json() - print for programs, in the shape that vhuge(8) describes
 * @inventory: what there is
 * @what: SHOW_* bits
 */
void show_json(const struct inventory *inventory, unsigned int what)
{
	struct json j = { .out = stdout, .first = true };
	const struct limits *l = list_first(&inventory->limits);
	const struct device *d;
	const struct port *p;

	json_open(&j, NULL, '{');
	if (what & SHOW_PORTS) {
		json_open(&j, "ports", '[');
		for (p = list_first(&inventory->ports); p; p = list_next(&inventory->ports, p))
			port_json(&j, p);
		json_close(&j, ']');
	}
	if (what & ~SHOW_PORTS) {
		json_open(&j, "devices", '[');
		for (d = list_first(&inventory->devices); d; d = list_next(&inventory->devices, d))
			device_json(&j, inventory, d, what);
		json_close(&j, ']');
	}
	if (what & SHOW_DEVICES && l)
		limits_json(&j, l);
	json_close(&j, '}');
}
