// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "format.h"
#include "layout.h"

/* Of more segments than this in a region, only the first ones and the last are shown. */
#define SEGMENTS_SHOWN 8
#define SEGMENTS_FIRST 4

#define CELL 24

/* One line, in columns that are always as wide. */
struct line {
	char region[CELL];
	char guest[CELL];
	char user[CELL];
	char file[CELL];
	char length[CELL];
	char physical[4 * CELL];
};

/* The corners of a table, above and below each region. */
static void rule(FILE *out)
{
	static const int widths[] = { 6, 18, 18, 16, 10, 30 };
	size_t i;
	int n;

	for (i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		fputc('+', out);
		for (n = 0; n < widths[i] + 2; n++)
			fputc('-', out);
	}
	fputs("+\n", out);
}

static void print(FILE *out, const struct line *l)
{
	fprintf(out, "| %6s | %-18s | %-18s | %-16s | %10s | %-30s |\n", l->region, l->guest,
		l->user, l->file, l->length, l->physical);
}

static void address(char *cell, uint64_t value)
{
	snprintf(cell, CELL, "0x%llx", (unsigned long long)value);
}

static void size(char *cell, uint64_t bytes)
{
	char text[FORMAT_BYTES];

	snprintf(cell, CELL, "%.*s", CELL - 1, format_bytes(text, bytes));
}

/* Several things in the place of an address in physical memory. */
static void several(struct line *l, const char *what, size_t count, uint64_t shortest,
		    uint64_t longest)
{
	char from[FORMAT_BYTES], to[FORMAT_BYTES];

	format_bytes(from, shortest);
	format_bytes(to, longest);
	if (shortest == longest)
		snprintf(l->physical, sizeof(l->physical), "%zu %s, %s each", count, what, from);
	else
		snprintf(l->physical, sizeof(l->physical), "%zu %s, %s-%s", count, what, from, to);
}

static void segment_text(FILE *out, const struct layout *l, const struct region *r,
			 size_t number, bool first)
{
	const struct segment *s = l->segments[number];
	struct line line = { };

	if (first)
		snprintf(line.region, CELL, "%u", r->index);
	address(line.guest, s->guest_addr);
	address(line.user, s->user_addr);
	address(line.file, s->offset);
	size(line.length, s->length);
	if (s->node >= 0)
		snprintf(line.physical, sizeof(line.physical), "%zu on node %d", number, s->node);
	else
		snprintf(line.physical, sizeof(line.physical), "%zu", number);
	print(out, &line);
}

static void rest_text(FILE *out, const struct layout *l, size_t first, size_t count)
{
	const struct layout_segments rest = layout_segments(l, first, count);
	struct line line = { .guest = "...", .user = "...", .file = "..." };

	size(line.length, rest.total);
	several(&line, "segments", rest.count, rest.shortest, rest.longest);
	print(out, &line);
}

static void region_text(FILE *out, const struct layout *l, const struct layout_item *item, bool all)
{
	const struct region *r = layout_region(l, item);
	const size_t first = item->segments.first, count = item->segments.count;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!all && count > SEGMENTS_SHOWN && i == SEGMENTS_FIRST) {
			rest_text(out, l, first + i, count - i - 1);
			i = count - 1;
		}
		segment_text(out, l, r, first + i, !i);
	}
}

static void regions_text(FILE *out, const struct layout *l, const struct layout_item *item)
{
	struct line line = { .region = "...", .file = "..." };
	char bytes[FORMAT_BYTES];

	several(&line, "regions", item->count, item->shortest, item->longest);
	address(line.guest, layout_region(l, item)->guest_addr);
	address(line.user, item->user_addr);
	size(line.length, item->length);
	print(out, &line);
	line = (struct line){ };
	if (item->holes)
		snprintf(line.guest, CELL, "holes: %.15s", format_bytes(bytes, item->holes));
	several(&line, "segments", item->segments.count, item->segments.shortest,
		item->segments.longest);
	print(out, &line);
}

static void hole_text(FILE *out, uint64_t bytes)
{
	char text[FORMAT_BYTES];

	fprintf(out, "           hole of %s\n", format_bytes(text, bytes));
}

static void head_text(FILE *out, const struct layout *l)
{
	char bytes[FORMAT_BYTES], comm[sizeof(l->device->comm)];

	memcpy(comm, l->device->comm, sizeof(comm));
	format_plain(comm);
	fprintf(out, "device %u: %s%s, opened by %s (process %u)\n", l->device->id,
		l->port ? "port " : "no port", l->port ? l->port->name : "", comm,
		l->device->pid);
	fprintf(out, "%s in %zu region%s, %zu physically contiguous segment%s\n\n",
		format_bytes(bytes, l->length), l->region_count, l->region_count == 1 ? "" : "s",
		l->segment_count, l->segment_count == 1 ? "" : "s");
}

/**
 * layout_text() - draw for people at a terminal
 * @out: where to
 * @l: the memory
 * @all: leave no segment out
 */
void layout_text(FILE *out, const struct layout *l, bool all)
{
	const struct line titles = { "region", "guest address", "user address", "file offset",
				     "length", "physical segment" };
	const struct layout_item *item;

	head_text(out, l);
	rule(out);
	print(out, &titles);
	rule(out);
	for (item = l->items; item < l->items + l->item_count; item++) {
		if (layout_hole(l, item)) {
			hole_text(out, layout_hole(l, item));
			rule(out);
		}
		if (item->count == 1)
			region_text(out, l, item, all);
		else
			regions_text(out, l, item);
		rule(out);
	}
}
