// SPDX-License-Identifier: GPL-2.0
/*
 * The drawing people make by hand: four columns, a box for each region in each of
 * the first three, in the order that column's addresses have, and the segments of
 * physical memory in the fourth. A box is as high as it is long, but high enough
 * for two lines; what is too low for a line becomes one box with its neighbours.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "layout.h"

/* All in units of the drawing. */
#define MARGIN 20
#define TOP 110
#define BOX 190
#define GAP 70
#define HEIGHT 640
#define LOWEST 44
#define LINE 16
#define HOLE 36
#define APART 6
#define WIDTH (2 * MARGIN + 4 * BOX + 3 * GAP)

enum column { GUEST, USER, FILES, SEGMENTS };

struct drawing {
	FILE *out;
	const struct layout *l;
	/* Of each item: how high it is, and where it begins in each column. */
	double *height;
	double *top[SEGMENTS + 1];
	/* Items in the order of user addresses. */
	size_t *by_user;
	double bottom;
};

static int left(enum column c)
{
	return MARGIN + c * (BOX + GAP);
}

static const char *color(size_t item)
{
	static const char * const colors[] = {
		"#9ec5e8", "#f6c28b", "#a8d5a2", "#d7b5e0", "#f2a9a4", "#c9c3a0",
	};

	return colors[item % (sizeof(colors) / sizeof(*colors))];
}

static void label(const struct drawing *d, double x, double y, const char *class,
		  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* What is printed has no markup in it. */
static void label(const struct drawing *d, double x, double y, const char *class,
		  const char *format, ...)
{
	va_list args;

	fprintf(d->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	va_start(args, format);
	vfprintf(d->out, format, args);
	va_end(args);
	fputs("</text>\n", d->out);
}

static void box(const struct drawing *d, enum column c, double y, double height,
		const char *fill, bool several)
{
	fprintf(d->out, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\"%s/>\n",
		left(c), y, BOX, height, fill, several ? " stroke-dasharray=\"5 3\"" : "");
}

/* From the right side of a column to the left side of the next. */
static void join(const struct drawing *d, enum column from, size_t item)
{
	const double x = left(from) + BOX, to = left(from + 1), middle = (x + to) / 2;
	const double y = d->top[from][item], y_to = d->top[from + 1][item];
	const double height = d->height[item];

	fprintf(d->out, "<path class=\"band\" fill=\"%s\" d=\"M%.1f %.1f", color(item), x, y);
	fprintf(d->out, " C%.1f %.1f %.1f %.1f %.1f %.1f", middle, y, middle, y_to, to, y_to);
	fprintf(d->out, " L%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f Z\"/>\n", to, y_to + height,
		middle, y_to + height, middle, y + height, x, y + height);
}

static void hole(const struct drawing *d, enum column c, double end, uint64_t bytes)
{
	char size[FORMAT_BYTES];

	if (bytes)
		label(d, left(c) + BOX / 2.0, end - HOLE / 2.0 + 4, "hole", "hole of %s",
		      format_bytes(size, bytes));
}

static void title(const struct drawing *d, const char *what, size_t count, uint64_t shortest,
		  uint64_t longest, double x, double y)
{
	char from[FORMAT_BYTES], to[FORMAT_BYTES];

	format_bytes(from, shortest);
	format_bytes(to, longest);
	if (shortest == longest)
		label(d, x, y, "size", "%zu %s of %s", count, what, from);
	else
		label(d, x, y, "size", "%zu %s, %s-%s", count, what, from, to);
}

/* Where the items are in the column of guest addresses, of files and of segments. */
static void place(struct drawing *d)
{
	const struct layout *l = d->l;
	double y = TOP, y_file = TOP;
	size_t i;

	for (i = 0; i < l->item_count; i++) {
		const double share = (double)l->items[i].length / l->length * HEIGHT;

		d->height[i] = share > LOWEST ? share : LOWEST;
		if (layout_hole(l, &l->items[i]))
			y += HOLE;
		d->top[GUEST][i] = y;
		d->top[FILES][i] = y_file;
		d->top[SEGMENTS][i] = y_file;
		y += d->height[i];
		y_file += d->height[i] + APART;
	}
	d->bottom = y > y_file ? y : y_file;
}

static int by_user_addr(const void *a, const void *b, void *items)
{
	const struct layout_item *x = (struct layout_item *)items + *(const size_t *)a;
	const struct layout_item *y = (struct layout_item *)items + *(const size_t *)b;

	return x->user_addr < y->user_addr ? -1 : x->user_addr > y->user_addr;
}

/* Bytes between the item at a place in the column of user addresses and the one above. */
static uint64_t user_hole(const struct drawing *d, size_t place)
{
	const struct layout_item *items = d->l->items;
	uint64_t end;

	if (!place)
		return 0;
	end = items[d->by_user[place - 1]].user_end;
	return items[d->by_user[place]].user_addr > end ?
		items[d->by_user[place]].user_addr - end : 0;
}

static void place_users(struct drawing *d)
{
	const struct layout *l = d->l;
	double y = TOP;
	size_t i;

	for (i = 0; i < l->item_count; i++)
		d->by_user[i] = i;
	qsort_r(d->by_user, l->item_count, sizeof(*d->by_user), by_user_addr, l->items);
	for (i = 0; i < l->item_count; i++) {
		if (user_hole(d, i))
			y += HOLE;
		d->top[USER][d->by_user[i]] = y;
		y += d->height[d->by_user[i]];
	}
	if (y > d->bottom)
		d->bottom = y;
}

static void addresses(const struct drawing *d, size_t number)
{
	const struct layout_item *item = &d->l->items[number];
	const struct region *r = layout_region(d->l, item);
	const uint64_t first[] = { r->guest_addr, item->user_addr, r->offset };
	char page[FORMAT_BYTES], size[FORMAT_BYTES];
	enum column c;

	for (c = GUEST; c <= FILES; c++) {
		const double x = left(c) + 8, y = d->top[c][number];

		box(d, c, y, d->height[number], color(number), item->count > 1);
		if (item->count > 1 && c == FILES) {
			label(d, x, y + LINE, "size", "several");
			continue;
		}
		label(d, x, y + LINE, "address", "0x%llx", (unsigned long long)first[c]);
		if (c == FILES)
			label(d, x, y + 2 * LINE, "size", "pages of %s",
			      format_bytes(page, r->page_size));
		else if (item->count > 1)
			title(d, "regions", item->count, item->shortest, item->longest, x,
			      y + 2 * LINE);
		else
			label(d, x, y + 2 * LINE, "size", "region %u: %s", r->index,
			      format_bytes(size, item->length));
	}
}

/* Segments that are low, up to the next one that is not. */
static size_t low_segments(const struct layout *l, size_t segment, size_t end, double scale)
{
	size_t i = segment;

	while (i < end && l->segments[i]->length * scale < LINE)
		i++;
	return i - segment;
}

static void segments(const struct drawing *d, size_t number)
{
	const struct layout_item *item = &d->l->items[number];
	const double scale = d->height[number] / item->segments.total;
	const size_t end = item->segments.first + item->segments.count;
	double y = d->top[SEGMENTS][number];
	size_t i, low;

	for (i = item->segments.first; i < end; i += low ? low : 1) {
		struct layout_segments these;
		char size[FORMAT_BYTES];
		double height;

		low = low_segments(d->l, i, end, scale);
		these = layout_segments(d->l, i, low ? low : 1);
		height = these.total * scale;
		box(d, SEGMENTS, y, height, color(number), these.count > 1);
		if (height >= LINE && these.count > 1)
			title(d, "segments", these.count, these.shortest, these.longest,
			      left(SEGMENTS) + 8, y + height / 2 + 4);
		else if (height >= LINE)
			label(d, left(SEGMENTS) + 8, y + height / 2 + 4, "size", "segment %zu: %s",
			      i, format_bytes(size, these.total));
		y += height;
	}
}

/* A name may hold what XML has a meaning for. */
static void plain(FILE *out, const char *name)
{
	for (; *name; name++) {
		switch (*name) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		default:
			fputc(*name, out);
		}
	}
}

static void caption(const struct drawing *d)
{
	static const char * const titles[] = {
		"guest addresses", "user addresses", "file offsets", "physical segments",
	};
	char bytes[FORMAT_BYTES], comm[sizeof(d->l->device->comm)];
	const struct layout *l = d->l;
	enum column c;

	memcpy(comm, l->device->comm, sizeof(comm));
	format_plain(comm);
	fprintf(d->out, "<text class=\"head\" x=\"%d\" y=\"32\">device %u: %s", MARGIN,
		l->device->id, l->port ? "port " : "no port");
	plain(d->out, l->port ? l->port->name : "");
	fputs(", opened by ", d->out);
	plain(d->out, comm);
	fprintf(d->out, " (process %u)</text>\n", l->device->pid);
	label(d, MARGIN, 54, "size", "%s in %zu region%s, %zu physically contiguous segment%s",
	      format_bytes(bytes, l->length), l->region_count, l->region_count == 1 ? "" : "s",
	      l->segment_count, l->segment_count == 1 ? "" : "s");
	for (c = GUEST; c <= SEGMENTS; c++)
		label(d, left(c) + BOX / 2.0, TOP - 14, "column", "%s", titles[c]);
}

static void begin(const struct drawing *d)
{
	const int height = (int)d->bottom + MARGIN;

	fprintf(d->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		WIDTH, height, WIDTH, height);
	fputs("<style>\n"
	      "text { font: 11px monospace; fill: #222 }\n"
	      ".head { font: bold 16px sans-serif }\n"
	      ".column { font: bold 13px sans-serif; text-anchor: middle }\n"
	      ".hole { font-style: italic; fill: #666; text-anchor: middle }\n"
	      ".address { font-weight: bold }\n"
	      "rect { stroke: #555; stroke-width: 1 }\n"
	      ".band { opacity: 0.3; stroke: none }\n"
	      "</style>\n", d->out);
	fprintf(d->out, "<path fill=\"#fff\" d=\"M0 0 H%d V%d H0 Z\"/>\n", WIDTH, height);
}

static void draw(const struct drawing *d)
{
	const struct layout *l = d->l;
	enum column c;
	size_t i;

	for (i = 0; i < l->item_count; i++)
		for (c = GUEST; c < SEGMENTS; c++)
			join(d, c, i);
	for (i = 0; i < l->item_count; i++) {
		hole(d, GUEST, d->top[GUEST][i], layout_hole(l, &l->items[i]));
		hole(d, USER, d->top[USER][d->by_user[i]], user_hole(d, i));
		addresses(d, i);
		segments(d, i);
	}
}

static void *array(size_t count, size_t size)
{
	void *array = calloc(count + 1, size);

	if (!array) {
		perror("vhuge");
		exit(EXIT_FAILURE);
	}
	return array;
}

/**
 * layout_svg() - draw a picture
 * @out: where to
 * @l: the memory
 */
void layout_svg(FILE *out, const struct layout *l)
{
	struct drawing d = { .out = out, .l = l };
	enum column c;

	d.height = array(l->item_count, sizeof(*d.height));
	d.by_user = array(l->item_count, sizeof(*d.by_user));
	for (c = GUEST; c <= SEGMENTS; c++)
		d.top[c] = array(l->item_count, sizeof(*d.top[c]));
	place(&d);
	place_users(&d);

	begin(&d);
	caption(&d);
	draw(&d);
	fputs("</svg>\n", out);

	for (c = GUEST; c <= SEGMENTS; c++)
		free(d.top[c]);
	free(d.by_user);
	free(d.height);
}
