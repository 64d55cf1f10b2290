// SPDX-License-Identifier: GPL-2.0
/*
 * The command line tool: finds the subcommand and sees to the exit status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "show.h"

static const char usage[] =
"usage: vhuge COMMAND [OPTIONS]\n"
"  show [devices|ports|queues|regions|segments] [--json]\n"
"                what the kernel module serves at the moment\n"
"  memory DEVICE|PORT [--all] [--svg | --json]\n"
"                draw how the memory of a device lies\n"
"  --version     print the version, and exit\n"
"  --help        print this, and exit\n"
"See vhuge(8).\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "show", show_command },
	{ "memory", layout_command },
	{ }
};

static int run(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2) {
		fputs(usage, stderr);
		return 2;
	}
	for (i = 0; commands[i].name; i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	if (!strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("vhuge " VERSION);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "vhuge: unknown command: %s\n%s", argv[1], usage);
	return 2;
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* A report that did not arrive completely is no report. */
	if (fflush(stdout) || ferror(stdout)) {
		perror("vhuge: standard output");
		return EXIT_FAILURE;
	}
	return status;
}
