/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocations that fail, and copies from and to the caller, one at a time: on a
 * kernel that can let them (make check-debug). The kernel counts those of one
 * thread, which is the caller's own to begin with.
 */
#ifndef SELFTESTS_FAILNTH_H
#define SELFTESTS_FAILNTH_H

#include <stdbool.h>

/* Chooses what fails: all of it. Returns false when this kernel cannot. */
bool failnth_prepare(void);

/* From now on it is the last one of process_threads(). False: there is none. */
bool failnth_thread(const char *name);

/* From now on allocation or copy number @nth of the thread fails, from 1. */
void failnth_arm(unsigned int nth);

/* Nothing fails any more. Returns whether something has. */
bool failnth_struck(void);

/*
 * A call to be failed. All functions get @arg; those that return text return
 * NULL when all is well, and else what is not.
 */
struct failnth {
	void *arg;
	/* Returns 0 or -errno. Allocates nothing else: it runs armed. */
	int (*call)(void *arg);
	/* Is all as it was before the call? */
	const char *(*unchanged)(void *arg);
	/* Is the call in force? */
	const char *(*done)(void *arg);
	/* Undoes the call. */
	void (*undo)(void *arg);
	/* How far it is from one failure to the next, 0: to each. */
	unsigned int step;

	/* Out: what failed when it went wrong; how many failures there were. */
	unsigned int nth;
	int err;
	unsigned int failures;
};

/*
 * Lets the first allocation of the call fail, then the second, until none is
 * left: each time the old state is in force, and the next try works. A call
 * that makes do without what failed has to be done all the same. Returns NULL,
 * or what went wrong at failure number @nth.
 */
const char *failnth_each(struct failnth *failnth);

/* Skips a test on kernels that do not let anything fail. */
#define NEED_FAILURES() do {						\
	if (!failnth_prepare())						\
		SKIP(return, "this kernel lets no allocation fail (make check-debug)"); \
} while (0)

#endif
