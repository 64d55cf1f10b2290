/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values as people read them.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* Room for any result of format_bytes(). */
#define FORMAT_BYTES 32

const char *format_bytes(char *text, uint64_t bytes);
const char *format_feature(unsigned int bit);
void format_plain(char *text);

#endif /* FORMAT_H */
