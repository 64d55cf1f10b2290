// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "hint.h"

static void append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, size - length, format, args);
	va_end(args);
}

static void append_memory(char *text, size_t size)
{
	append(text, size, "; give the guest shared hugepages: QEMU: -object ");
	append(text, size, "memory-backend-memfd,id=mem,size=...,hugetlb=on,");
	append(text, size, "hugetlbsize=2M,share=on with -numa node,memdev=mem");
	append(text, size, " and the same size in -m; DPDK: no --no-huge");
}

static void append_memlock(char *text, size_t size)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		append(text, size, "; RLIMIT_MEMLOCK of vhuged is unlimited");
	else
		append(text, size, "; RLIMIT_MEMLOCK of vhuged is %llu bytes",
		       (unsigned long long)limit.rlim_cur);
	append(text, size, " (LimitMEMLOCK=infinity in its unit, or ulimit -l)");
}

/**
 * hint_for() - what helps against an error of a vhuge ioctl
 * @error: positive error number
 * @cause: what the module said
 * @text: receives the text, which begins with "; ", or nothing
 * @size: bytes at @text
 */
void hint_for(int error, const char *cause, char *text, size_t size)
{
	text[0] = '\0';
	switch (error) {
	case EMEDIUMTYPE:
		append_memory(text, size);
		break;
	case ERANGE:
		/* a front-end hands in no memory when it is not shared */
		if (strstr(cause, "within the regions"))
			append_memory(text, size);
		break;
	case EDQUOT:
		if (strstr(cause, "RLIMIT_MEMLOCK"))
			append_memlock(text, size);
		break;
	case EPERM:
		append(text, size, "; give vhuged CAP_NET_ADMIN");
		break;
	}
}

/**
 * hint_open() - what helps when /dev/vhuge cannot be opened
 * @error: positive error number
 */
const char *hint_open(int error)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "; load the module: modprobe vhuge";
	case EACCES:
	case EPERM:
		return "; add the user to group vhuge (and have udev's 50-vhuge.rules installed)";
	case EMFILE:
	case ENFILE:
		return "; raise LimitNOFILE= (ulimit -n)";
	default:
		return "";
	}
}
