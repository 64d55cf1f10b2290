// SPDX-License-Identifier: GPL-2.0
/*
 * vhuge memory: drawings of made-up memory, compared with what they looked like
 * when somebody looked at them (tests/golden). With GOLDEN_WRITE in the environment
 * they are written anew, to be looked at again.
 */
#include <errno.h>
#include <stdlib.h>

#include "../layout.h"
#include "tap.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define USER 0x7f6771200000ULL
#define MOST 600

static struct port ports[1];
static struct device devices[2];
static struct region regions[MOST];
static struct segment segments[MOST];
static struct inventory inventory;

/* Two devices, of which the second one has all that a test adds, and a port. */
static void begin(void)
{
	ports[0] = (struct port){ .present = 1U << VHUGE_PORT_ATTR_DEVICE, .device = 7,
				  .name = "vm<0>" };
	devices[0] = (struct device){ .id = 3, .comm = "other" };
	devices[1] = (struct device){ .present = 1U << VHUGE_DEVICE_ATTR_IFINDEX, .id = 7,
				      .pid = 191, .comm = "a&b\n<c>" };
	inventory = (struct inventory){
		.ports = { ports, 1, sizeof(*ports) },
		.devices = { devices, 2, sizeof(*devices) },
		.regions = { regions, 0, sizeof(*regions) },
		.segments = { segments, 0, sizeof(*segments) },
	};
}

static void add_region(uint64_t guest, uint64_t user, uint64_t offset, uint64_t length,
		       uint64_t page)
{
	regions[inventory.regions.count] = (struct region){
		.device = 7, .index = inventory.regions.count, .guest_addr = guest,
		.user_addr = user, .offset = offset, .length = length, .page_size = page,
	};
	inventory.regions.count++;
}

/* The next segment of the region last added. */
static void add_segment(uint64_t at, uint64_t length)
{
	const struct region *r = &regions[inventory.regions.count - 1];

	segments[inventory.segments.count++] = (struct segment){
		.device = 7, .region = r->index, .guest_addr = r->guest_addr + at,
		.user_addr = r->user_addr + at, .offset = r->offset + at, .length = length,
		.page_size = r->page_size, .node = 0,
	};
}

/* A guest over the hole below 4 GiB, of one file, as QEMU hands it in. */
static void two_regions(void)
{
	unsigned int i;

	begin();
	add_region(0, USER, 0, 128 * MIB, 2 * MIB);
	add_segment(0, 96 * MIB);
	add_segment(96 * MIB, 32 * MIB);
	add_region(4 * GIB, USER + 128 * MIB, 128 * MIB, 384 * MIB, 2 * MIB);
	add_segment(0, 64 * MIB);
	for (i = 0; i < 40; i++)
		add_segment((64 + 4 * i) * MIB, 4 * MIB);
	add_segment(224 * MIB, 160 * MIB);
}

/* Its DIMMs, at user addresses that have nothing to do with those of the guest. */
static void with_dimms(void)
{
	unsigned int i;

	two_regions();
	add_region(5 * GIB, USER - 4 * GIB, 0, GIB, GIB);
	add_segment(0, GIB);
	for (i = 0; i < 30; i++) {
		add_region(6 * GIB + i * 4 * MIB, USER - (8 + 4 * i) * MIB, 0, 2 * MIB, 2 * MIB);
		add_segment(0, 2 * MIB);
	}
}

/* One page in each file, as DPDK keeps its memory. */
static void many_regions(void)
{
	unsigned int i;

	begin();
	for (i = 0; i < 509; i++) {
		add_region(i * 2 * MIB, USER + i * 2 * MIB, 0, 2 * MIB, 2 * MIB);
		add_segment(0, 2 * MIB);
	}
}

typedef void layout_print(FILE *out, const struct layout *l);

static void print_text(FILE *out, const struct layout *l)
{
	layout_text(out, l, false);
}

/* What is printed of the inventory; to be freed. */
static char *drawn(layout_print *print, bool all)
{
	struct layout l;
	char *text;
	size_t size;
	FILE *out;

	if (!EQUAL(layout_make(&l, &inventory, "7", all), 0))
		return NULL;
	out = open_memstream(&text, &size);
	print(out, &l);
	fclose(out);
	layout_free(&l);
	return text;
}

static char *golden(const char *name)
{
	FILE *file, *out;
	char path[512], *text;
	size_t size;
	int c;

	snprintf(path, sizeof(path), GOLDEN "/%s", name);
	file = fopen(path, "re");
	out = open_memstream(&text, &size);
	while (file && (c = fgetc(file)) != EOF)
		fputc(c, out);
	if (file)
		fclose(file);
	fclose(out);
	return text;
}

static void write_golden(const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), GOLDEN "/%s", name);
	file = fopen(path, "we");
	if (CHECK(file)) {
		fputs(text, file);
		fclose(file);
	}
}

static void compare(layout_print *print, bool all, const char *name)
{
	char *seen = drawn(print, all), *expected;

	if (seen && getenv("GOLDEN_WRITE"))
		write_golden(name, seen);
	expected = golden(name);
	if (seen)
		SAME(seen, expected);
	free(seen);
	free(expected);
}

static void test_text(void)
{
	two_regions();
	compare(print_text, false, "two-regions.txt");
	with_dimms();
	compare(print_text, false, "dimms.txt");
	many_regions();
	compare(print_text, false, "many-regions.txt");
	begin();
	compare(print_text, false, "nothing.txt");
}

static void test_svg(void)
{
	two_regions();
	compare(layout_svg, false, "two-regions.svg");
	with_dimms();
	compare(layout_svg, false, "dimms.svg");
	many_regions();
	compare(layout_svg, false, "many-regions.svg");
	begin();
	compare(layout_svg, false, "nothing.svg");
}

static void test_json(void)
{
	two_regions();
	compare(layout_json, true, "two-regions.json");
}

/* Whether @script, for Python, takes @text on its standard input. */
static bool python_takes(const char *script, const char *text)
{
	char command[1024];
	FILE *pipe;

	snprintf(command, sizeof(command), "python3 -c '%s' >&2", script);
	pipe = popen(command, "w");
	fputs(text, pipe);
	return !pclose(pipe);
}

/* No line of text within an other one, and none outside of the picture. */
static const char no_overlap[] =
"import sys, xml.etree.ElementTree as E\n"
"root = E.fromstring(sys.stdin.read().encode())\n"
"ns = \"{http://www.w3.org/2000/svg}\"\n"
"found = []\n"
"for t in root.iter(ns + \"text\"):\n"
"    w = len(t.text) * 6.7\n"
"    x, y = float(t.get(\"x\")), float(t.get(\"y\"))\n"
"    if t.get(\"class\") in (\"hole\", \"column\"):\n"
"        x -= w / 2\n"
"    assert x >= 0 and x + w <= float(root.get(\"width\")), t.text\n"
"    assert y <= float(root.get(\"height\")), t.text\n"
"    for a, b, c, what in found:\n"
"        assert abs(b - y) >= 11 or x >= a + c or a >= x + w, (t.text, what)\n"
"    found.append((x, y, w, t.text))\n";

static void check_svg(bool all)
{
	char *svg = drawn(layout_svg, all);

	if (svg)
		CHECK(python_takes(no_overlap, svg));
	free(svg);
}

static void test_well_formed(void)
{
	if (!python_takes("import xml.etree.ElementTree", "")) {
		tap_skip("python3 with xml.etree is missing");
		return;
	}
	two_regions();
	check_svg(false);
	with_dimms();
	check_svg(false);
	check_svg(true);
	many_regions();
	check_svg(false);
	check_svg(true);
	begin();
	check_svg(false);
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Whatever there is, a page or two show it, unless all is asked for. */
static void test_bounded(void)
{
	char *text;

	many_regions();
	text = drawn(print_text, false);
	CHECK(text && lines(text) < 40);
	free(text);
	text = drawn(print_text, true);
	CHECK(text && lines(text) > 2 * 509);
	free(text);
}

static void test_names(void)
{
	struct layout l;

	two_regions();
	EQUAL(layout_make(&l, &inventory, "vm<0>", false), 0);
	EQUAL(l.region_count, 2);
	EQUAL(l.segment_count, 44);
	layout_free(&l);
	EQUAL(layout_make(&l, &inventory, "3", false), 0);
	EQUAL(l.region_count, 0);
	layout_free(&l);
	EQUAL(layout_make(&l, &inventory, "4", false), -ENODEV);
	EQUAL(layout_make(&l, &inventory, "7x", false), -ENODEV);
	EQUAL(layout_make(&l, &inventory, "", false), -ENODEV);
}

static const struct tap_test tests[] = {
	{ "text as it was looked at", test_text },
	{ "pictures as they were looked at", test_svg },
	{ "JSON as it was looked at", test_json },
	{ "pictures are XML, and no text in them covers other text", test_well_formed },
	{ "hundreds of regions are abbreviated", test_bounded },
	{ "devices are found by number and by port", test_names },
	{ }
};

int main(void)
{
	return tap_main(tests);
}
