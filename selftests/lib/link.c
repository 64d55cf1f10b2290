// SPDX-License-Identifier: GPL-2.0
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "die.h"
#include "link.h"

#define REQUEST 512

static struct ifinfomsg *put_link(struct nlmsghdr *message, uint16_t type, uint16_t flags)
{
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
}

int link_ask(struct nlmsghdr *message)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);
	char answer[8192];
	ssize_t length;
	int err = 0;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		die("rtnetlink");
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		die("asking rtnetlink");
	length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (length < 0)
		die("the answer of rtnetlink");
	if (mnl_cb_run(answer, length, 0, mnl_socket_get_portid(socket), NULL, NULL) < 0)
		err = -errno;
	mnl_socket_close(socket);
	return err;
}

static int ask(struct nlmsghdr *message, const char *name)
{
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	return link_ask(message);
}

int link_add(const char *name, unsigned int queues)
{
	char buffer[REQUEST];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nlattr *info;

	put_link(message, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	mnl_attr_put_u32(message, IFLA_NUM_TX_QUEUES, queues);
	mnl_attr_put_u32(message, IFLA_NUM_RX_QUEUES, queues);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "vhuge");
	mnl_attr_nest_end(message, info);
	return ask(message, name);
}

int link_delete(const char *name)
{
	char buffer[REQUEST];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	put_link(message, RTM_DELLINK, 0);
	return ask(message, name);
}

int link_set_up(const char *name, bool up)
{
	char buffer[REQUEST];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link = put_link(message, RTM_NEWLINK, 0);

	link->ifi_change = IFF_UP;
	link->ifi_flags = up ? IFF_UP : 0;
	return ask(message, name);
}

int link_set_mtu(const char *name, unsigned int mtu)
{
	char buffer[REQUEST];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	put_link(message, RTM_NEWLINK, 0);
	mnl_attr_put_u32(message, IFLA_MTU, mtu);
	return ask(message, name);
}
