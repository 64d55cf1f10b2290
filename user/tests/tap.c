// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static bool failed;
static const char *skipped;

void tap_skip(const char *reason)
{
	skipped = reason;
}

bool tap_check(bool good, const char *what, const char *file, int line)
{
	if (!good) {
		failed = true;
		printf("# %s:%d: not so: %s\n", file, line, what);
	}
	return good;
}

bool tap_equal(long long seen, long long expected, const char *what, const char *file, int line)
{
	if (seen != expected) {
		failed = true;
		printf("# %s:%d: %s is %lld (%#llx), expected %lld (%#llx)\n", file, line,
		       what, seen, seen, expected, expected);
	}
	return seen == expected;
}

static void print_lines(const char *title, const char *text)
{
	const char *end;

	printf("# %s:\n", title);
	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		printf("#   %.*s\n", (int)(end - text), text);
	}
}

bool tap_same(const char *seen, const char *expected, const char *file, int line)
{
	if (!strcmp(seen, expected))
		return true;
	failed = true;
	printf("# %s:%d:\n", file, line);
	print_lines("seen", seen);
	print_lines("expected", expected);
	return false;
}

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	if (!dir) {
		perror("# /proc/self/fd");
		exit(EXIT_FAILURE);
	}
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void list_fds(void)
{
	char path[64], target[256];
	ssize_t length;
	int fd;

	for (fd = 0; fd < 1024; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof(target));
		if (length > 0)
			printf("#   %d -> %.*s\n", fd, (int)length, target);
	}
}

/**
 * tap_main() - run tests and report them
 * @tests: ends with an entry without a name
 *
 * Returns: the exit status of the program.
 */
int tap_main(const struct tap_test *tests)
{
	bool all_good = true;
	int i, count, before;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(TAP_ALARM);
	for (count = 0; tests[count].name; count++)
		;
	printf("TAP version 13\n1..%d\n", count);
	for (i = 0; i < count; i++) {
		failed = false;
		skipped = NULL;
		before = open_fds();
		tests[i].run();
		if (!EQUAL(open_fds(), before))
			list_fds();
		printf("%sok %d - %s%s%s\n", failed ? "not " : "", i + 1, tests[i].name,
		       skipped && !failed ? " # SKIP " : "",
		       skipped && !failed ? skipped : "");
		all_good &= !failed;
	}
	return all_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
