/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a call failed, in words. The errno goes the usual way; the words wait
 * here until VHUGE_GET_ERROR asks for them.
 */
#ifndef VHUGE_REPORT_H
#define VHUGE_REPORT_H

#include <linux/kernel.h>
#include <linux/stdarg.h>

/**
 * struct vhuge_report - the words
 * @said: there are some for the call that is going on
 * @text: of the last call that failed; empty when it had none
 */
struct vhuge_report {
	bool said;
	char text[256];
};

/**
 * vhuge_fail - note why, and return the error
 * @report: receives the text
 * @err: negative errno
 * @fmt: cause and remedy, a line without newline
 */
static inline __printf(3, 4)
int vhuge_fail(struct vhuge_report *report, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(report->text, sizeof(report->text), fmt, args);
	va_end(args);
	report->said = true;
	return err;
}

#endif /* VHUGE_REPORT_H */
