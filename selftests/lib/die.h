/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of a test whose ground cannot be prepared. Results of the module
 * under test never end here: they are returned and compared by the test.
 */
#ifndef SELFTESTS_DIE_H
#define SELFTESTS_DIE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Exit status 1 is what the harness counts as a failed test. */
#define die(format, ...) do {						\
	fprintf(stderr, "# %s:%d: " format ": %s\n", __FILE__, __LINE__, \
		##__VA_ARGS__, strerror(errno));			\
	_exit(1);							\
} while (0)

#endif
