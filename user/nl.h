/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A netlink request and its answers, with the kernel's explanation of what it
 * refuses (extended acknowledgment).
 */
#ifndef NL_H
#define NL_H

#include <stddef.h>

#include <libmnl/libmnl.h>

/* Room for a request, and for the largest answer to one. */
#define NL_REQUEST 1024
#define NL_ANSWER 32768

/**
 * struct nl - a netlink socket
 * @socket: libmnl's
 * @sequence: number of the last request
 * @text: why the kernel refused the last request; empty when it did not say
 */
struct nl {
	struct mnl_socket *socket;
	unsigned int sequence;
	char text[256];
};

int nl_open(struct nl *nl, int protocol);
void nl_close(struct nl *nl);
int nl_talk(struct nl *nl, struct nlmsghdr *request, mnl_cb_t answer, void *context);

#endif /* NL_H */
