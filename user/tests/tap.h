/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test program: a table of functions, each a TAP line. What a check saw when
 * it failed is printed before that line. A test that leaves a file descriptor
 * behind has failed.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

struct tap_test {
	const char *name;
	void (*run)(void);
};

/* Seconds after which a program that hangs is killed: a limit, no measurement. */
#define TAP_ALARM 300

int tap_main(const struct tap_test *tests);
void tap_skip(const char *reason);
bool tap_check(bool good, const char *what, const char *file, int line);
bool tap_equal(long long seen, long long expected, const char *what, const char *file, int line);
bool tap_same(const char *seen, const char *expected, const char *file, int line);

#define CHECK(condition) \
	tap_check(condition, #condition, __FILE__, __LINE__)
#define EQUAL(seen, expected) \
	tap_equal((long long)(seen), (long long)(expected), #seen, __FILE__, __LINE__)
#define SAME(seen, expected) \
	tap_same(seen, expected, __FILE__, __LINE__)

#endif /* TAP_H */
