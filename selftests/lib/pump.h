/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic in both directions, as much as goes.
 */
#ifndef SELFTESTS_PUMP_H
#define SELFTESTS_PUMP_H

#include "rig.h"

/* Never ends by itself, and does not mind what becomes of its frames. */
void pump(struct rig *rig) __attribute__((noreturn));

#endif
