/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffers for frames. What was put back last is got first, as from the pools of
 * poll-mode drivers.
 */
#ifndef BACK_END_POOL_H
#define BACK_END_POOL_H

#include "serve.h"

#define BUFFERS 1024U

void pool_init(void);
void pool_get(struct frame *frame, u32 count);
void pool_put(const struct frame *frame, u32 count);

#endif /* BACK_END_POOL_H */
