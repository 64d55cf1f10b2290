/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the test programs share on top of the kernel's kselftest harness; to be
 * included by the file with the tests only.
 *
 * Fixtures keep the pool's counters of their beginning and check them in a
 * FIXTURE_TEARDOWN_PARENT(): that runs when the process of the test is gone,
 * and with it every file it had open, so a page that is not free then is
 * pinned by nobody.
 */
#ifndef SELFTESTS_HARNESS_H
#define SELFTESTS_HARNESS_H

#include <kselftest_harness.h>

#include "device.h"
#include "hugepage.h"
#include "port.h"

/* An emulated machine with other work to do is slow: only hangs end here. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 180

/* Skips a test that finds no module or too few hugepages to work on. */
#define NEED_MODULE_AND_PAGES(pages) do {				\
	if (access(DEVICE_PATH, F_OK))					\
		SKIP(return, "no " DEVICE_PATH ": module vhuge not loaded"); \
	if (hugepages_now().free < (pages))				\
		SKIP(return, "%ld hugepages of 2 MiB free, %ld needed",	\
		     hugepages_now().free, (long)(pages));		\
} while (0)

static inline void expect_pages_back(struct __test_metadata *_metadata,
				     const struct hugepages *before)
{
	struct hugepages seen;

	EXPECT_TRUE(hugepages_wait(before, &seen))
		TH_LOG("hugepages before: %ld total, %ld free, %ld reserved, %ld surplus; "
		       "after: %ld, %ld, %ld, %ld", before->total, before->free,
		       before->reserved, before->surplus, seen.total, seen.free,
		       seen.reserved, seen.surplus);
}

/* The statistic of a port that has this name: there is one. */
static inline uint64_t named_statistic(struct __test_metadata *_metadata, const char *port,
				       const char *name)
{
	unsigned int matches;
	uint64_t value = port_statistic(port, name, &matches);

	EXPECT_EQ(1, matches) TH_LOG("statistics called %s", name);
	return value;
}

static inline void log_error_text(struct __test_metadata *_metadata, int dev)
{
	if (_metadata->trigger)
		TH_LOG("the module says: \"%s\"", device_error(dev));
}

/*
 * Compares the result of a call and shows the module's words when it differs;
 * what follows is then carried out, as after EXPECT_EQ().
 */
#define EXPECT_CALL(dev, expected, result)				\
	EXPECT_EQ(expected, result)					\
		for (log_error_text(_metadata, dev); _metadata->trigger; \
		     _metadata->trigger = 0)

#define ASSERT_CALL(dev, expected, result)				\
	ASSERT_EQ(expected, result)					\
		for (log_error_text(_metadata, dev); _metadata->trigger; \
		     _metadata->trigger = 0)

#endif
