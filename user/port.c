// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "nl.h"
#include "port.h"

#define KIND "vhuge"

/**
 * struct link - what rtnetlink says about an interface
 * @ifindex: its number
 * @queues: queue pairs it was created with
 * @is_port: it is of our kind
 */
struct link {
	unsigned int ifindex;
	unsigned int queues;
	bool is_port;
};

static struct nlmsghdr *link_request(void *buffer, int type, int flags, const char *name)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	return header;
}

static bool kind_is_ours(const struct nlattr *linkinfo)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, linkinfo) {
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
		    !strcmp(mnl_attr_get_str(attr), KIND))
			return true;
	}
	return false;
}

static int read_link(const struct nlmsghdr *header, void *context)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	struct link *link = context;
	const struct nlattr *attr;
	/* Kernels without RPS do not tell the first; it is made like the other. */
	unsigned int rx = UINT_MAX, tx = 0;

	link->ifindex = info->ifi_index;
	mnl_attr_for_each(attr, header, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_NUM_RX_QUEUES:
			rx = mnl_attr_get_u32(attr);
			break;
		case IFLA_NUM_TX_QUEUES:
			tx = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINKINFO:
			link->is_port = kind_is_ours(attr);
			break;
		}
	}
	link->queues = rx < tx ? rx : tx;
	return MNL_CB_OK;
}

static int find_link(struct nl *nl, const char *name, struct link *link)
{
	char buffer[NL_REQUEST];
	struct nlmsghdr *request = link_request(buffer, RTM_GETLINK, 0, name);

	memset(link, 0, sizeof(*link));
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return nl_talk(nl, request, read_link, link);
}

static int create_link(struct nl *nl, const char *name, unsigned int queues)
{
	char buffer[NL_REQUEST];
	struct nlmsghdr *request;
	struct nlattr *linkinfo;

	request = link_request(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, name);
	mnl_attr_put_u32(request, IFLA_NUM_TX_QUEUES, queues);
	mnl_attr_put_u32(request, IFLA_NUM_RX_QUEUES, queues);
	linkinfo = mnl_attr_nest_start(request, IFLA_LINKINFO);
	mnl_attr_put_str(request, IFLA_INFO_KIND, KIND);
	mnl_attr_nest_end(request, linkinfo);
	return nl_talk(nl, request, NULL, NULL);
}

struct cause {
	char *text;
	size_t size;
};

static int fail(struct cause *cause, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct cause *cause, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cause->text, cause->size, format, args);
	va_end(args);
	return err;
}

static const char *why(const struct nl *nl, int err)
{
	return nl->text[0] ? nl->text : strerror(-err);
}

static int check_link(const struct link *link, unsigned int queues, struct cause *cause)
{
	if (!link->is_port)
		return fail(cause, -EEXIST,
			    "an interface of this name exists and is not of kind %s: use another name",
			    KIND);
	if (queues && link->queues < queues)
		return fail(cause, -EINVAL,
			    "it exists with %u queue pairs and %u are asked for: delete it, or change --queues",
			    link->queues, queues);
	return 0;
}

static int ensure(struct nl *nl, const char *name, unsigned int queues,
		  struct link *link, struct cause *cause)
{
	bool created = false;
	int err;

	err = find_link(nl, name, link);
	if (err == -ENODEV) {
		err = create_link(nl, name, queues ? queues : 1);
		/* EEXIST: somebody else was faster, which is as good. */
		if (err && err != -EEXIST)
			return fail(cause, err, "cannot create it: %s%s", why(nl, err),
				    err == -EOPNOTSUPP ? "; load the module: modprobe vhuge" : "");
		created = !err;
		err = find_link(nl, name, link);
	}
	if (err)
		return fail(cause, err, "cannot look it up: %s", why(nl, err));
	err = check_link(link, queues, cause);
	return err ? err : created;
}

/**
 * port_ensure() - find a port by name, create it when there is none
 * @name: of the network interface
 * @queues: queue pairs it must have at least; 0: any, 1 for a new one
 * @ifindex: receives its number
 * @text: receives the reason of a failure
 * @size: bytes at @text
 *
 * Returns: 1 when the port was created, 0 when it was there, or a negative
 * error.
 */
int port_ensure(const char *name, unsigned int queues, unsigned int *ifindex,
		char *text, size_t size)
{
	struct cause cause = { text, size };
	struct link link;
	struct nl nl;
	int ret;

	ret = nl_open(&nl, NETLINK_ROUTE);
	if (ret)
		return fail(&cause, ret, "cannot ask the kernel: %s", strerror(-ret));
	ret = ensure(&nl, name, queues, &link, &cause);
	nl_close(&nl);
	*ifindex = link.ifindex;
	return ret;
}
