/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waiting for something to become true. The limit only keeps a test that
 * failed from hanging; no result depends on how long something took.
 */
#ifndef SELFTESTS_WAIT_H
#define SELFTESTS_WAIT_H

#include <stdbool.h>

/* Asks again and again. Returns the last answer. */
bool wait_until(bool (*probe)(void *arg), void *arg);

/* Waits until poll() reports one of @events on @fd. Returns revents, 0: limit. */
short wait_for_event(int fd, short events);

#endif
