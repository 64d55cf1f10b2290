// SPDX-License-Identifier: GPL-2.0
/*
 * Say in the name of a guest where it is now.
 *
 * A guest that was moved here and does not know it has sent nothing yet, so
 * switches still deliver to where it was. They learn from any frame with its
 * address; the one for that purpose is a reverse ARP request.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/arp.h>

#include "port.h"

static int announce(struct net_device *netdev, const u8 *mac)
{
	struct sk_buff *skb;

	skb = arp_create(ARPOP_RREQUEST, ETH_P_RARP, 0, netdev, 0, NULL, mac,
			 mac);
	if (!skb)
		return -ENOMEM;
	skb->protocol = eth_type_trans(skb, netdev);
	netif_rx(skb);
	return 0;
}

/**
 * vhuge_port_announce - let a frame arrive as if the guest had sent it
 * @guest: the guest
 * @mac: its address, ETH_ALEN bytes
 * @report: receives the reason of a refusal
 *
 * Return: 0, -ENOENT, -ENETDOWN or -ENOMEM.
 */
int vhuge_port_announce(struct vhuge_guest *guest, const u8 *mac,
			struct vhuge_report *report)
{
	struct net_device *netdev;
	int err;

	rtnl_lock();
	netdev = guest->port ? guest->port->netdev : NULL;
	if (!netdev)
		err = vhuge_fail(report, -ENOENT,
				 "the device is attached to no port");
	else if (!netif_running(netdev))
		err = vhuge_fail(report, -ENETDOWN,
				 "%s is down: ip link set %s up",
				 netdev_name(netdev), netdev_name(netdev));
	else
		err = announce(netdev, mac);
	rtnl_unlock();
	return err;
}
