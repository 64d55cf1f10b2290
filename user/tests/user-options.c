// SPDX-License-Identifier: GPL-2.0
/*
 * Which options belong to which socket; how values are printed.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format.h"
#include "../json.h"
#include "../options.h"
#include "tap.h"

static struct options options;

/* A string of words; they stay with the options. */
static int parse(const char *line)
{
	static char words[512];
	static char *argv[32];
	int argc = 1;
	char *word;

	argv[0] = "vhuged";
	snprintf(words, sizeof(words), "%s", line);
	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	optind = 0;
	free(options.endpoints);
	return options_parse(&options, argc, argv);
}

static void test_groups(void)
{
	EQUAL(parse("--socket-path=/a --port=p --queues=2 --socket-mode=0660 --fd=8 --port=q"), 0);
	EQUAL(options.count, 2);
	SAME(options.endpoints[0].path, "/a");
	SAME(options.endpoints[0].name, "/a");
	SAME(options.endpoints[0].port, "p");
	EQUAL(options.endpoints[0].queues, 2);
	EQUAL(options.endpoints[0].mode, 0660);
	EQUAL(options.endpoints[0].count_rings, false);
	EQUAL(options.endpoints[1].fd, 8);
	SAME(options.endpoints[1].port, "q");
	EQUAL(options.endpoints[1].queues, 0);
	EQUAL(options.endpoints[1].mode, 0600);

	EQUAL(parse("--port=p --socket-path=/a --port=q --fd=9 --queue-unit=rings"), 0);
	EQUAL(options.endpoints[1].count_rings, true);
	EQUAL(options.count, 2);
	SAME(options.endpoints[0].path, "/a");
	EQUAL(options.endpoints[1].fd, 9);
	SAME(options.endpoints[1].name, "fd 9");
}

static void test_inherited(void)
{
	EQUAL(parse("--port=p --port=q --socket-path=/b --port=r"), 2);
	EQUAL(options.count, 3);
	EQUAL(options_inherit(&options, 3, 2), 0);
	EQUAL(options.endpoints[0].fd, 3);
	SAME(options.endpoints[1].path, "/b");
	EQUAL(options.endpoints[1].fd, -1);
	EQUAL(options.endpoints[2].fd, 4);

	EQUAL(parse("--port=p --port=q"), 2);
	EQUAL(options_inherit(&options, 3, 1), OPTIONS_WRONG);
	EQUAL(parse("--port=p"), 1);
	EQUAL(options_inherit(&options, 3, 2), OPTIONS_WRONG);
}

static void test_bytes(void)
{
	char text[FORMAT_BYTES];

	SAME(format_bytes(text, 0), "0 bytes");
	SAME(format_bytes(text, 4095), "4095 bytes");
	SAME(format_bytes(text, 4096), "4 KiB");
	SAME(format_bytes(text, 2 << 20), "2 MiB");
	SAME(format_bytes(text, (2 << 20) + 4096), "2052 KiB");
	SAME(format_bytes(text, 1ULL << 40), "1 TiB");
	SAME(format_bytes(text, 1ULL << 52), "4096 TiB");
	SAME(format_bytes(text, UINT64_MAX), "18446744073709551615 bytes");
}

static void test_json(void)
{
	char *text = NULL;
	size_t size;
	struct json j = { .out = open_memstream(&text, &size), .first = true };

	json_open(&j, NULL, '{');
	json_string(&j, "a\"b", "x\\y\n\x80\x7f");
	json_open(&j, "list", '[');
	json_u64(&j, NULL, UINT64_MAX);
	json_s64(&j, NULL, -1);
	json_hex(&j, NULL, 0x7f0000000000);
	json_close(&j, ']');
	json_open(&j, "empty", '[');
	json_close(&j, ']');
	json_bool(&j, "yes", true);
	json_close(&j, '}');
	fclose(j.out);
	SAME(text,
	     "{\n  \"a\\\"b\": \"x\\\\y\\u000a\\u0080\\u007f\",\n"
	     "  \"list\": [\n    18446744073709551615,\n    -1,\n    \"0x7f0000000000\"\n  ],\n"
	     "  \"empty\": [],\n  \"yes\": true\n}\n");
	free(text);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "groups of options", test_groups },
		{ "sockets that are handed in", test_inherited },
		{ "sizes", test_bytes },
		{ "JSON", test_json },
		{ }
	};
	int status = tap_main(tests);

	free(options.endpoints);
	return status;
}
