/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct endpoint - a socket and the port behind it, as the command line says
 * @name: the socket in log lines
 * @path: where to bind, NULL when the socket was handed in
 * @fd: the socket handed in, listening or connected; -1 for none
 * @port: name of the network interface
 * @queues: queue pairs the port must have; 0: any, 1 for one that is created
 * @count_rings: GET_QUEUE_NUM counts rings instead of queue pairs
 * @mode: permissions of the socket file
 * @group: group of the socket file, -1 to leave it
 * @timeout: milliseconds a message may take from its first byte to its last
 */
struct endpoint {
	char name[112];
	const char *path;
	int fd;
	const char *port;
	unsigned int queues;
	bool count_rings;
	mode_t mode;
	gid_t group;
	int timeout;
};

#endif /* ENDPOINT_H */
