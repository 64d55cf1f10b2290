// SPDX-License-Identifier: GPL-2.0
/*
 * What reaches the log: limits, lengths, priorities, hints.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../hint.h"
#include "../log.h"
#include "tap.h"

static char text[65536];
static int saved;
static int reader;

static void begin(void)
{
	int ends[2];

	CHECK(!pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
	close(ends[1]);
	reader = ends[0];
}

/* What was written since begin(). */
static const char *end(void)
{
	ssize_t got = read(reader, text, sizeof(text) - 1);

	text[got > 0 ? got : 0] = '\0';
	CHECK(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
	close(saved);
	close(reader);
	return text;
}

static int lines(const char *what)
{
	int count = 0;

	for (; *what; what++)
		count += *what == '\n';
	return count;
}

static void test_limit(void)
{
	struct log_limit limit = { };
	int i;

	begin();
	for (i = 0; i < 100; i++)
		log_limited(&limit, LOG_ERR, "line %d", i);
	EQUAL(lines(end()), 30);
	CHECK(strstr(text, "line 29\n"));
	/* When the time is over, what is missing is counted. */
	begin();
	limit.window -= 10000;
	log_limited(&limit, LOG_ERR, "line %d", i);
	SAME(end(), "vhuged: 70 lines of one socket left out\nvhuged: line 100\n");
}

static void test_long_line(void)
{
	char line[3 * LOG_LINE];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	begin();
	log_line(LOG_ERR, "%s", line);
	EQUAL(strlen(end()), LOG_LINE);
	EQUAL(lines(text), 1);
	EQUAL(text[LOG_LINE - 1], '\n');
}

static void test_journal(void)
{
	char stream[64];
	struct stat st;

	begin();
	/* Somebody else's journal. */
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_setup();
	log_line(LOG_ERR, "one");
	CHECK(!fstat(STDERR_FILENO, &st));
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_setup();
	log_line(LOG_ERR, "two");
	log_line(LOG_INFO, "three");
	unsetenv("JOURNAL_STREAM");
	SAME(end(), "vhuged: one\n<3>two\n<6>three\n");
}

static void test_hints(void)
{
	static const struct {
		int error;
		const char *cause;
		const char *says;
	} hints[] = {
		{ EMEDIUMTYPE, "", "hugetlb=on" },
		{ ERANGE, "ring 0: not all within the regions", "share=on" },
		{ EDQUOT, "raise RLIMIT_MEMLOCK", "RLIMIT_MEMLOCK of vhuged" },
		{ EPERM, "", "CAP_NET_ADMIN" },
		{ EDQUOT, "raise the module parameter limit_mib", "" },
		{ ERANGE, "behind the end of the file", "" },
		{ ENOMEM, "no free hugepage", "" },
		{ EINVAL, "", "" },
		{ }
	};
	char hint[512], all[16];
	int i;

	for (i = 0; hints[i].error; i++) {
		hint_for(hints[i].error, hints[i].cause, hint, sizeof(hint));
		if (!CHECK(strstr(hint, hints[i].says) && !hint[0] == !hints[i].says[0]))
			printf("# %s\n", hint);
		CHECK(!hint[0] || !strncmp(hint, "; ", 2));
	}
	CHECK(!hint[0]);
	/* Cut, not overrun. */
	hint_for(EMEDIUMTYPE, "", all, sizeof(all));
	EQUAL(strlen(all), sizeof(all) - 1);

	CHECK(strstr(hint_open(ENOENT), "modprobe"));
	CHECK(strstr(hint_open(EACCES), "group vhuge"));
	CHECK(!*hint_open(EIO));
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "lines of one socket are limited", test_limit },
		{ "a line that is too long is cut", test_long_line },
		{ "the journal gets priorities", test_journal },
		{ "hints", test_hints },
		{ }
	};

	return tap_main(tests);
}
