// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "tap.h"

/* What one test may print about checks that failed. */
#define MOST_LINES 10

static struct tap_test *first, **last = &first;
static unsigned int failures;

void tap_add(struct tap_test *test)
{
	*last = test;
	last = &test->next;
}

static bool failed(void)
{
	failures++;
	if (failures == MOST_LINES + 1)
		printf("# ... and more\n");
	return failures <= MOST_LINES;
}

bool tap_check(bool ok, const char *file, int line, const char *what,
	       const char *format, ...)
{
	va_list args;

	if (ok || !failed())
		return ok;

	printf("# %s:%d: not so: %s: ", file, line, what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	return false;
}

bool tap_equal(long long got, long long want, const char *file, int line,
	       const char *what)
{
	return tap_check(got == want, file, line, what, "is %lld, not %lld",
			 got, want);
}

void tap_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

int main(void)
{
	const struct tap_test *test;
	unsigned int number = 0, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (test = first; test; test = test->next)
		number++;
	printf("TAP version 13\n1..%u\n", number);

	number = 0;
	for (test = first; test; test = test->next) {
		failures = 0;
		test->run();
		bad += failures > 0;
		printf("%sok %u %s\n", failures ? "not " : "", ++number,
		       test->text);
	}
	return bad > 0;
}
