// SPDX-License-Identifier: GPL-2.0
/*
 * A port: the network interface whose queues are a guest's virtqueues; see
 * port.h.
 *
 * The interface is made with "ip link add NAME type vhuge" and stays when
 * guests go. Its NAPI instances run as long as it exists: what a guest sends
 * while the interface is down is taken and dropped, as a cable would.
 */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>

#include "compat.h"
#include "header.h"
#include "port.h"

static void destructor(struct net_device *netdev)
{
	struct vhuge_port *port = netdev_priv(netdev);

	kvfree(port->pair);
	port->pair = NULL;
	kvfree(port->steer);
	port->steer = NULL;
}

static int ndo_init(struct net_device *netdev)
{
	struct vhuge_port *port = netdev_priv(netdev);
	int err = -ENOMEM;

	port->netdev = netdev;
	port->pairs = min(netdev->num_tx_queues, netdev->num_rx_queues);
	port->pair = kvcalloc(port->pairs, sizeof(*port->pair), GFP_KERNEL);
	port->steer = vhuge_steer_alloc();
	if (!port->pair || !port->steer)
		goto free;

	err = vhuge_pairs_init(port);
	if (err)
		goto uninit;
	port->offloads = VHUGE_OFFLOADS;
	port->copybreak = VHUGE_COPYBREAK;
	port->adaptive = true;
	netif_carrier_off(netdev);
	return netif_set_real_num_queues(netdev, 1, 1);

uninit:
	vhuge_pairs_uninit(port);
free:
	destructor(netdev);
	return err;
}

static void ndo_uninit(struct net_device *netdev)
{
	struct vhuge_port *port = netdev_priv(netdev);
	struct vhuge_guest *guest = port->guest;

	vhuge_port_separate(port);
	if (guest)
		guest->gone(guest);
	vhuge_pairs_uninit(port);
}

u64 vhuge_lane_drops(const struct vhuge_lane *lane)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < VHUGE_DROPS; i++)
		sum += READ_ONCE(lane->stats.drop[i]);
	return sum;
}

static void ndo_get_stats64(struct net_device *netdev,
			    struct rtnl_link_stats64 *stats)
{
	const struct vhuge_port *port = netdev_priv(netdev);
	u32 i;

	for (i = 0; i < port->pairs; i++) {
		const struct vhuge_lane *rx = &port->pair[i].from_guest;
		const struct vhuge_lane *tx = &port->pair[i].to_guest;

		stats->rx_packets += READ_ONCE(rx->stats.packets);
		stats->rx_bytes += READ_ONCE(rx->stats.bytes);
		stats->rx_dropped += vhuge_lane_drops(rx);
		stats->rx_length_errors +=
			READ_ONCE(rx->stats.drop[VHUGE_DROP_SHORT]) +
			READ_ONCE(rx->stats.drop[VHUGE_DROP_LONG]);
		stats->tx_packets += READ_ONCE(tx->stats.packets);
		stats->tx_bytes += READ_ONCE(tx->stats.bytes);
		stats->tx_dropped += vhuge_lane_drops(tx);
	}
	stats->rx_errors = stats->rx_length_errors;
}

static int ndo_open(struct net_device *netdev)
{
	netif_tx_start_all_queues(netdev);
	return 0;
}

static int ndo_stop(struct net_device *netdev)
{
	netif_tx_stop_all_queues(netdev);
	return 0;
}

static netdev_features_t ndo_fix_features(struct net_device *netdev,
					  netdev_features_t features)
{
	const struct vhuge_port *port = netdev_priv(netdev);

	return features & (port->offloads | ~VHUGE_OFFLOADS);
}

static const struct net_device_ops netdev_ops = {
	.ndo_init = ndo_init,
	.ndo_uninit = ndo_uninit,
	.ndo_open = ndo_open,
	.ndo_stop = ndo_stop,
	.ndo_start_xmit = vhuge_tx,
	.ndo_select_queue = vhuge_steer,
	.ndo_fix_features = ndo_fix_features,
	.ndo_get_stats64 = ndo_get_stats64,
	.ndo_bpf = vhuge_xdp,
	.ndo_xdp_xmit = vhuge_xdp_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void setup(struct net_device *netdev)
{
	ether_setup(netdev);
	netdev->netdev_ops = &netdev_ops;
	netdev->ethtool_ops = &vhuge_ethtool_ops;
	netdev->needs_free_netdev = true;
	netdev->priv_destructor = destructor;
	netdev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	netdev->max_mtu = ETH_MAX_MTU;
	netdev->hw_features = VHUGE_OFFLOADS | NETIF_F_SG | NETIF_F_FRAGLIST;
	netdev->vlan_features = netdev->hw_features;
	netdev->features |= netdev->hw_features;
	vhuge_set_xdp_features(netdev);
	eth_hw_addr_random(netdev);
}

static int validate(struct nlattr *tb[], struct nlattr *data[],
		    struct netlink_ext_ack *extack)
{
	static const int count[] = { IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES };
	int i;

	if (tb[IFLA_ADDRESS] &&
	    (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN ||
	     !is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS])))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "Not a unicast Ethernet address");
		return -EADDRNOTAVAIL;
	}

	for (i = 0; i < ARRAY_SIZE(count); i++) {
		if (tb[count[i]] &&
		    nla_get_u32(tb[count[i]]) > VHUGE_MAX_PAIRS) {
			NL_SET_ERR_MSG_ATTR(extack, tb[count[i]],
					    "A port has at most 64 queues in each direction");
			return -EINVAL;
		}
	}
	return 0;
}

/*
 * Kind of the interface. There is no module alias for it on purpose: whoever
 * owns a user namespace could have the module loaded.
 */
struct rtnl_link_ops vhuge_link_ops = {
	.kind = KBUILD_MODNAME,
	.priv_size = sizeof(struct vhuge_port),
	.setup = setup,
	.validate = validate,
};
