/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests that print TAP. A program is a list of TEST()s, run in the order in
 * which they are written, after a plan; a check that fails says what was seen
 * and the test goes on.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

struct tap_test {
	const char *text;
	void (*run)(void);
	struct tap_test *next;
};

void tap_add(struct tap_test *test);
bool tap_check(bool ok, const char *file, int line, const char *what,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));
bool tap_equal(long long got, long long want, const char *file, int line,
	       const char *what);
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define TEST(name, what)						\
	static void name(void);						\
	static void __attribute__((constructor)) add_##name(void)	\
	{								\
		static struct tap_test test = { what, name, NULL };	\
		tap_add(&test);						\
	}								\
	static void name(void)

/* Both return whether it was so. */
#define CHECK(ok, ...) tap_check(ok, __FILE__, __LINE__, #ok, __VA_ARGS__)
#define EQUAL(got, want) tap_equal(got, want, __FILE__, __LINE__, #got)

#endif /* TAP_H */
