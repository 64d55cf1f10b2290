// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

/* A region of less than this part of the memory is small. */
#define SMALL 16
/* More small neighbours than this are drawn as the first, the last and a rest. */
#define NEIGHBOURS 4

static const char usage[] =
"usage: vhuge memory DEVICE|PORT [--all] [--svg | --json]\n";

static const struct device *find_device(const struct inventory *inventory, const char *name)
{
	const struct device *d;
	const struct port *p;
	char *end;
	unsigned long id = strtoul(name, &end, 10);

	for (d = list_first(&inventory->devices); d; d = list_next(&inventory->devices, d)) {
		p = inventory_port(inventory, d);
		if (p && !strcmp(p->name, name))
			return d;
		if (end != name && !*end && d->id == id)
			return d;
	}
	return NULL;
}

static int by_guest_addr(const void *a, const void *b)
{
	const struct region *x = *(const struct region **)a, *y = *(const struct region **)b;

	return x->guest_addr < y->guest_addr ? -1 : x->guest_addr > y->guest_addr;
}

static int by_segment_addr(const void *a, const void *b)
{
	const struct segment *x = *(const struct segment **)a, *y = *(const struct segment **)b;

	return x->guest_addr < y->guest_addr ? -1 : x->guest_addr > y->guest_addr;
}

static int take_objects(struct layout *l, const struct inventory *i)
{
	const struct segment *s;
	const struct region *r;

	l->regions = calloc(i->regions.count + 1, sizeof(*l->regions));
	l->segments = calloc(i->segments.count + 1, sizeof(*l->segments));
	/* at most: each region is an item */
	l->items = calloc(i->regions.count + 1, sizeof(*l->items));
	if (!l->regions || !l->segments || !l->items)
		return -ENOMEM;

	for (r = list_first(&i->regions); r; r = list_next(&i->regions, r)) {
		if (r->device != l->device->id)
			continue;
		l->regions[l->region_count++] = r;
		l->length += r->length;
	}
	for (s = list_first(&i->segments); s; s = list_next(&i->segments, s))
		if (s->device == l->device->id)
			l->segments[l->segment_count++] = s;
	qsort(l->regions, l->region_count, sizeof(*l->regions), by_guest_addr);
	qsort(l->segments, l->segment_count, sizeof(*l->segments), by_segment_addr);
	return 0;
}

static bool is_small(const struct layout *l, size_t region)
{
	return l->regions[region]->length < l->length / SMALL;
}

/* Segments follow one another as the regions do they lie in. */
static struct layout_segments segments_of(const struct layout *l, size_t from, uint64_t end)
{
	size_t count = 0;

	while (from + count < l->segment_count && l->segments[from + count]->guest_addr < end)
		count++;
	return layout_segments(l, from, count);
}

static void add_item(struct layout *l, size_t first, size_t count)
{
	const struct layout_item *before = l->item_count ? &l->items[l->item_count - 1] : NULL;
	const size_t segment = before ? before->segments.first + before->segments.count : 0;
	const struct region *last = l->regions[first + count - 1];
	struct layout_item *item = &l->items[l->item_count++];
	size_t i;

	*item = (struct layout_item){ .first = first, .count = count,
				      .shortest = UINT64_MAX, .user_addr = UINT64_MAX };
	for (i = first; i < first + count; i++) {
		const struct region *r = l->regions[i];

		item->length += r->length;
		if (r->length < item->shortest)
			item->shortest = r->length;
		if (r->length > item->longest)
			item->longest = r->length;
		if (r->user_addr < item->user_addr)
			item->user_addr = r->user_addr;
		if (r->user_addr + r->length > item->user_end)
			item->user_end = r->user_addr + r->length;
	}
	item->holes = last->guest_addr + last->length - l->regions[first]->guest_addr -
		      item->length;
	item->segments = segments_of(l, segment, last->guest_addr + last->length);
}

static void make_items(struct layout *l, bool all)
{
	size_t i, end;

	for (i = 0; i < l->region_count; i = end) {
		for (end = i; end < l->region_count && is_small(l, end); end++)
			;
		if (all || end - i <= NEIGHBOURS) {
			end = i + 1;
			add_item(l, i, 1);
			continue;
		}
		add_item(l, i, 1);
		add_item(l, i + 1, end - i - 2);
		add_item(l, end - 1, 1);
	}
}

/**
 * layout_make() - put the memory of a device together
 * @l: receives it; to be released with layout_free(), before the inventory
 * @inventory: what there is
 * @name: number of the device, or name of its port
 * @all: each region is an item
 *
 * Returns: 0, -ENODEV when there is no such device, or -ENOMEM.
 */
int layout_make(struct layout *l, const struct inventory *inventory, const char *name, bool all)
{
	int err;

	*l = (struct layout){ .device = find_device(inventory, name) };
	if (!l->device)
		return -ENODEV;
	l->port = inventory_port(inventory, l->device);
	err = take_objects(l, inventory);
	if (err)
		layout_free(l);
	else
		make_items(l, all);
	return err;
}

void layout_free(struct layout *l)
{
	free(l->regions);
	free(l->segments);
	free(l->items);
	*l = (struct layout){ };
}

/* Segments as one thing. */
struct layout_segments layout_segments(const struct layout *l, size_t first, size_t count)
{
	struct layout_segments segments = { .first = first, .count = count,
					    .shortest = UINT64_MAX };
	size_t i;

	for (i = first; i < first + count; i++) {
		const uint64_t length = l->segments[i]->length;

		segments.total += length;
		if (length < segments.shortest)
			segments.shortest = length;
		if (length > segments.longest)
			segments.longest = length;
	}
	return segments;
}

/* The first region of an item. */
const struct region *layout_region(const struct layout *l, const struct layout_item *item)
{
	return l->regions[item->first];
}

/* Bytes between the guest addresses of an item and the one before, if there is one. */
uint64_t layout_hole(const struct layout *l, const struct layout_item *item)
{
	const struct region *before;

	if (!item->first)
		return 0;
	before = l->regions[item->first - 1];
	return layout_region(l, item)->guest_addr - before->guest_addr - before->length;
}

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "vhuge memory: %s%s\n%s", what, value, usage);
	return 2;
}

static int draw(const char *name, bool all, char format)
{
	struct inventory inventory;
	struct layout l;
	char cause[512];
	int err;

	if (inventory_read(&inventory, cause, sizeof(cause))) {
		fprintf(stderr, "vhuge: %s\n", cause);
		return EXIT_FAILURE;
	}
	err = layout_make(&l, &inventory, name, all || format == 'j');
	if (err) {
		fprintf(stderr, "vhuge: %s: %s\n", name, err == -ENODEV ?
			"no such device, nor a port that has one; see vhuge show" :
			strerror(-err));
	} else {
		if (format == 's')
			layout_svg(stdout, &l);
		else if (format == 'j')
			layout_json(stdout, &l);
		else
			layout_text(stdout, &l, all);
		layout_free(&l);
	}
	inventory_free(&inventory);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/**
 * layout_command() - the subcommand "memory"
 * @argc: words, the first being "memory"
 * @argv: these words
 *
 * Returns: the exit status of the program.
 */
int layout_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "svg", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	char format = 't';
	bool all = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'a':
			all = true;
			break;
		case 's':
		case 'j':
			if (format != 't' && format != option)
				return wrong("one format at a time", "");
			format = option;
			break;
		default:
			return wrong("", "unknown option");
		}
	}
	if (optind == argc)
		return wrong("whose memory? ", "");
	if (argc - optind > 1)
		return wrong("one device at a time, not also ", argv[optind + 1]);
	return draw(argv[optind], all, format);
}
