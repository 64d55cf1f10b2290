/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports: network interfaces of kind "vhuge", found and created through
 * rtnetlink. Tests replace this file.
 */
#ifndef PORT_H
#define PORT_H

#include <stddef.h>

/* For the log, with the name of the port twice. */
#define PORT_CREATED "created port %s; bring it up with: ip link set %s up"

int port_ensure(const char *name, unsigned int queues, unsigned int *ifindex,
		char *cause, size_t size);

#endif /* PORT_H */
