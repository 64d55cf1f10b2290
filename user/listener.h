/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where front-ends connect: a socket file that is made here, or a socket that
 * was handed in.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>

#include "endpoint.h"

int listener_bind(const struct endpoint *endpoint);
int listener_adopt(const struct endpoint *endpoint, bool *listening);
int listener_accept(int listener);

#endif /* LISTENER_H */
