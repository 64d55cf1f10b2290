/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log of the daemon: a line per event on stderr. Under systemd each line
 * begins with its priority in the form the journal understands.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>
#include <syslog.h>

/* Longest line, longer ones are cut. */
#define LOG_LINE 1024

/**
 * struct log_limit - how much one socket may write into the log
 * @window: when the current stretch of time began, 0 before the first line
 * @lines: lines written in it
 * @dropped: lines left out in it
 *
 * Whoever may connect to a socket can cause lines; so lines caused by a
 * front-end are counted by socket.
 */
struct log_limit {
	int64_t window;
	unsigned int lines;
	unsigned int dropped;
};

void log_setup(void);
void log_line(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_limited(struct log_limit *limit, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* LOG_H */
