// SPDX-License-Identifier: GPL-2.0
#include "json.h"
#include "layout.h"

static void segment_json(struct json *j, const struct segment *s, size_t number)
{
	json_open(j, NULL, '{');
	json_u64(j, "index", number);
	json_hex(j, "guest_addr", s->guest_addr);
	json_hex(j, "user_addr", s->user_addr);
	json_u64(j, "offset", s->offset);
	json_u64(j, "length", s->length);
	json_s64(j, "node", s->node);
	json_close(j, '}');
}

static void region_json(struct json *j, const struct layout *l, const struct layout_item *item)
{
	const struct region *r = layout_region(l, item);
	size_t i;

	json_open(j, NULL, '{');
	json_u64(j, "index", r->index);
	json_u64(j, "hole_before", layout_hole(l, item));
	json_hex(j, "guest_addr", r->guest_addr);
	json_hex(j, "user_addr", r->user_addr);
	json_u64(j, "offset", r->offset);
	json_u64(j, "length", r->length);
	json_u64(j, "page_size", r->page_size);
	json_open(j, "segments", '[');
	for (i = item->segments.first; i < item->segments.first + item->segments.count; i++)
		segment_json(j, l->segments[i], i);
	json_close(j, ']');
	json_close(j, '}');
}

/**
 * layout_json() - print for programs, in the shape that vhuge(8) describes
 * @out: where to
 * @l: the memory, each region an item of its own
 */
void layout_json(FILE *out, const struct layout *l)
{
	struct json j = { .out = out, .first = true };
	const struct layout_item *item;

	json_open(&j, NULL, '{');
	json_u64(&j, "device", l->device->id);
	if (l->port)
		json_string(&j, "port", l->port->name);
	json_u64(&j, "length", l->length);
	json_open(&j, "regions", '[');
	for (item = l->items; item < l->items + l->item_count; item++)
		region_json(&j, l, item);
	json_close(&j, ']');
	json_close(&j, '}');
}
