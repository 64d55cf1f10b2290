// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "nl.h"

/**
 * nl_open() - open a netlink socket
 * @nl: to set up
 * @protocol: NETLINK_ROUTE or NETLINK_GENERIC
 *
 * Returns: 0 or a negative error.
 */
int nl_open(struct nl *nl, int protocol)
{
	int on = 1;

	memset(nl, 0, sizeof(*nl));
	nl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl->socket)
		return -errno;
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int err = -errno;

		nl_close(nl);
		return err;
	}
	/* Without these the kernel answers with numbers only. */
	mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

void nl_close(struct nl *nl)
{
	mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

/* The explanation follows the error, and the request if it was sent back. */
static void keep_text(struct nl *nl, const struct nlmsghdr *header, size_t offset)
{
	const struct nlattr *attr;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, header, offset) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(nl->text, sizeof(nl->text), "%.*s",
				 (int)mnl_attr_get_payload_len(attr),
				 mnl_attr_get_str(attr));
	}
}

static int error_message(const struct nlmsghdr *header, void *context)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);
	size_t offset = sizeof(*error);
	struct nl *nl = context;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*error)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		offset += MNL_ALIGN(error->msg.nlmsg_len - sizeof(error->msg));
	keep_text(nl, header, offset);
	errno = -error->error;
	return error->error ? MNL_CB_ERROR : MNL_CB_STOP;
}

/* A dump may end with an error, too. */
static int done_message(const struct nlmsghdr *header, void *context)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(header) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(header), sizeof(error));
	if (error >= 0)
		return MNL_CB_STOP;
	keep_text(context, header, sizeof(error));
	errno = -error;
	return MNL_CB_ERROR;
}

struct answer {
	mnl_cb_t callback;
	void *context;
	struct nl *nl;
};

static int data_message(const struct nlmsghdr *header, void *context)
{
	struct answer *answer = context;

	return answer->callback ? answer->callback(header, answer->context) : MNL_CB_OK;
}

static int error_dispatch(const struct nlmsghdr *header, void *context)
{
	return error_message(header, ((struct answer *)context)->nl);
}

static int done_dispatch(const struct nlmsghdr *header, void *context)
{
	return done_message(header, ((struct answer *)context)->nl);
}

/**
 * nl_talk() - send a request and take its answers until the last
 * @nl: the socket
 * @request: complete but for its sequence number; a dump, or with NLM_F_ACK
 * @callback: called for each answer, returns MNL_CB_OK; may be NULL
 * @context: handed to @callback
 *
 * Returns: 0 or a negative error; nl->text may say more. -EINTR: the dump is
 * not consistent, and the socket is not fit for another request.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *request, mnl_cb_t callback, void *context)
{
	mnl_cb_t control[] = {
		[NLMSG_ERROR] = error_dispatch,
		[NLMSG_DONE] = done_dispatch,
	};
	const unsigned int port = mnl_socket_get_portid(nl->socket);
	struct answer answer = { callback, context, nl };
	char buffer[NL_ANSWER];
	ssize_t got;
	int ret;

	nl->text[0] = '\0';
	request->nlmsg_seq = ++nl->sequence;
	if (mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		got = mnl_socket_recvfrom(nl->socket, buffer, sizeof(buffer));
		if (got < 0)
			return -errno;
		ret = mnl_cb_run2(buffer, got, nl->sequence, port, data_message, &answer,
				  control, MNL_ARRAY_SIZE(control));
	} while (ret > 0);
	return ret < 0 ? -errno : 0;
}
