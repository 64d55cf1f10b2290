/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an administrator can change when the kernel refuses: the part of an
 * error line that follows the cause.
 */
#ifndef HINT_H
#define HINT_H

#include <stddef.h>

void hint_for(int error, const char *cause, char *text, size_t size);
const char *hint_open(int error);

#endif /* HINT_H */
