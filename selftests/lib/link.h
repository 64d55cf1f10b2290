/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "ip link" does to an interface, without starting a program: that takes
 * longer than most tests in an emulated machine. All return 0 or -errno.
 */
#ifndef SELFTESTS_LINK_H
#define SELFTESTS_LINK_H

#include <stdbool.h>

struct nlmsghdr;

int link_add(const char *name, unsigned int queues);
int link_delete(const char *name);
int link_set_up(const char *name, bool up);
int link_set_mtu(const char *name, unsigned int mtu);

/* Any request of rtnetlink that asks to be acknowledged. */
int link_ask(struct nlmsghdr *message);

#endif
