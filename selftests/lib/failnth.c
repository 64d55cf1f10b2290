// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "failnth.h"
#include "process.h"

#define DEBUGFS "/sys/kernel/debug/"
/* No call needs nearly as many; one that never ends is found. */
#define MOST 5000

static int thread_file = -1;

static bool set(const char *file, const char *value)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, value, 1) == 1;
	close(fd);
	return done;
}

static void take(const char *path)
{
	if (thread_file >= 0)
		close(thread_file);
	thread_file = open(path, O_RDWR | O_CLOEXEC);
	if (thread_file < 0)
		die("%s", path);
}

/* Also what may sleep, and single pages; and no word about each in the log. */
bool failnth_prepare(void)
{
	if (!set(DEBUGFS "failslab/ignore-gfp-wait", "N") ||
	    !set(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N") ||
	    !set(DEBUGFS "fail_page_alloc/min-order", "0"))
		return false;
	if (!set(DEBUGFS "failslab/verbose", "0") || !set(DEBUGFS "fail_page_alloc/verbose", "0") ||
	    !set(DEBUGFS "fail_usercopy/verbose", "0"))
		die("silencing failures");
	take("/proc/thread-self/fail-nth");
	return true;
}

bool failnth_thread(const char *name)
{
	char path[64];
	pid_t pid;

	if (!process_threads(name, &pid, 1))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	take(path);
	return true;
}

void failnth_arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(thread_file, text, length, 0) != length)
		die("fail-nth");
}

/*
 * Reading and writing copy, too, and so count: what is left of the number may
 * strike here.
 */
bool failnth_struck(void)
{
	char text[16] = "";
	ssize_t length = pread(thread_file, text, sizeof(text) - 1, 0);

	if (length < 0 && errno == EFAULT)
		return false;
	if (length < 0)
		die("fail-nth");
	if (pwrite(thread_file, "0", 1, 0) < 0 && errno != EFAULT)
		die("fail-nth");
	return !atoi(text);
}

static bool allowed(int err)
{
	return err == -ENOMEM || err == -EFAULT || err == -ENOBUFS || err == -ENFILE;
}

/* After a failure; the call is carried out, and undone, in the end. */
static const char *after_failure(struct failnth *failnth)
{
	const char *wrong = failnth->unchanged(failnth->arg);

	failnth->failures++;
	if (wrong)
		return wrong;
	if (!allowed(failnth->err))
		return "an error of another kind";
	return failnth->call(failnth->arg) ? "the next try failed" : NULL;
}

const char *failnth_each(struct failnth *failnth)
{
	unsigned int step = failnth->step ? failnth->step : 1;
	const char *wrong = NULL;
	bool struck = true;

	failnth->failures = 0;
	for (failnth->nth = 1; struck && !wrong; failnth->nth += step) {
		if (failnth->nth > MOST)
			return "there is no end of what can fail";
		failnth_arm(failnth->nth);
		failnth->err = failnth->call(failnth->arg);
		struck = failnth_struck();
		if (failnth->err)
			wrong = struck ? after_failure(failnth) : "an error without a cause";
		if (!wrong)
			wrong = failnth->done(failnth->arg);
		if (!wrong)
			failnth->undo(failnth->arg);
	}
	failnth->nth -= step;
	return wrong;
}
