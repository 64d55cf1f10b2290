// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

static const char usage[] =
"usage: vhuge show [devices|ports|queues|regions|segments] [--json]\n";

static const struct {
	const char *name;
	unsigned int what;
} objects[] = {
	{ "devices", SHOW_DEVICES },
	{ "ports", SHOW_PORTS },
	{ "queues", SHOW_QUEUES },
	{ "regions", SHOW_REGIONS },
	{ "segments", SHOW_SEGMENTS },
	{ }
};

static unsigned int find_object(const char *name)
{
	unsigned int i;

	for (i = 0; objects[i].name; i++) {
		if (!strcmp(objects[i].name, name))
			return objects[i].what;
	}
	return 0;
}

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "vhuge show: %s%s\n%s", what, value, usage);
	return 2;
}

/**
 * show_command() - the subcommand "show"
 * @argc: words, the first being "show"
 * @argv: these words
 *
 * Returns: the exit status of the program.
 */
int show_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	unsigned int what = SHOW_ALL;
	struct inventory inventory;
	bool json = false;
	char cause[512];
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		}
		if (option != 'j')
			return wrong("", "unknown option");
		json = true;
	}
	if (argc - optind > 1)
		return wrong("one kind of object at a time, not also ", argv[optind + 1]);
	if (optind < argc)
		what = find_object(argv[optind]);
	if (!what)
		return wrong("unknown kind of object: ", argv[optind]);

	if (inventory_read(&inventory, cause, sizeof(cause))) {
		fprintf(stderr, "vhuge: %s\n", cause);
		return EXIT_FAILURE;
	}
	(json ? show_json : show_text)(&inventory, what);
	inventory_free(&inventory);
	return EXIT_SUCCESS;
}
