/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is in frames: each has a number, and may be all its own.
 */
#ifndef BACK_END_CONTENT_H
#define BACK_END_CONTENT_H

#include "serve.h"

/* Only the head: what measuring needs. */
void content_mark(struct frame *frame, u64 number, u32 length);

/* All bytes; lengths from 60 to 1514. */
void content_make(struct frame *frame, u64 number);

/* Is it that frame? Says what is wrong. */
bool content_check(const struct frame *frame, u64 number);

#endif /* BACK_END_CONTENT_H */
