// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define LIMIT_WINDOW_MS	10000
#define LIMIT_LINES	30

static bool journal;

/* stderr is the journal when JOURNAL_STREAM names its device and inode. */
void log_setup(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st))
		return;
	if (sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return;
	journal = device == st.st_dev && inode == st.st_ino;
}

/* One write for the whole line: threads do not mix theirs. */
static void emit(int priority, const char *format, va_list args)
{
	char line[LOG_LINE];
	int length, more;

	if (journal)
		length = snprintf(line, sizeof(line), "<%d>", priority);
	else
		length = snprintf(line, sizeof(line), "vhuged: ");
	more = vsnprintf(line + length, sizeof(line) - length, format, args);
	if (more < 0)
		return;
	length += more;
	if (length > (int)sizeof(line) - 1)
		length = sizeof(line) - 1;
	line[length++] = '\n';
	/* There is nobody left to tell when the log itself cannot be written. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}

void log_line(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(priority, format, args);
	va_end(args);
}

/**
 * log_limited() - write a line unless this socket wrote too many lately
 * @limit: the counter of the socket
 * @priority: as for syslog(3)
 * @format: as for printf(3), without a newline
 */
void log_limited(struct log_limit *limit, int priority, const char *format, ...)
{
	int64_t now = clock_ms();
	va_list args;

	if (!limit->window || now - limit->window >= LIMIT_WINDOW_MS) {
		if (limit->dropped)
			log_line(LOG_WARNING, "%u lines of one socket left out",
				 limit->dropped);
		limit->window = now;
		limit->lines = 0;
		limit->dropped = 0;
	}
	if (limit->lines >= LIMIT_LINES) {
		limit->dropped++;
		return;
	}
	limit->lines++;
	va_start(args, format);
	emit(priority, format, args);
	va_end(args);
}
