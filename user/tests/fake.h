/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands in for device.c and port.c: writes down what it is told to do, and
 * fails when a test wants it to.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>

/* What the fake device says of itself */
#define FAKE_FEATURES	0x130008000ULL
#define FAKE_REGIONS	509
#define FAKE_VRINGS	4
#define FAKE_PAIRS	2
#define FAKE_IFINDEX	7

void fake_reset(void);
const char *fake_calls(void);
int fake_devices(void);
void fake_fail(const char *call, int error, const char *text);
void fake_hang_up(void);
void fake_meanwhile(const char *call, void (*happens)(void));

#endif /* FAKE_H */
