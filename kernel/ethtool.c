// SPDX-License-Identifier: GPL-2.0
/*
 * ethtool: statistics per lane, channels, ring sizes, the length from which packets are not
 * copied, how long rings are polled before kicks are asked for.
 */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/stringify.h>

#include "port.h"

/* A member of struct vhuge_lane_stats and its name. */
struct counter {
	const char *name;
	size_t offset;
};

#define COUNTER(label, member) \
	{ .name = label, .offset = offsetof(struct vhuge_lane_stats, member) }

static const struct counter counters[] = {
	COUNTER("packets", packets),
	COUNTER("bytes", bytes),
	COUNTER("gso", gso),
	COUNTER("zerocopy", zerocopy),
	COUNTER("copied", copied),
	COUNTER("orphaned", orphaned),
	COUNTER("drop_no_guest", drop[VHUGE_DROP_NO_GUEST]),
	COUNTER("drop_down", drop[VHUGE_DROP_DOWN]),
	COUNTER("drop_disabled", drop[VHUGE_DROP_DISABLED]),
	COUNTER("drop_short", drop[VHUGE_DROP_SHORT]),
	COUNTER("drop_long", drop[VHUGE_DROP_LONG]),
	COUNTER("drop_header", drop[VHUGE_DROP_HEADER]),
	COUNTER("drop_memory", drop[VHUGE_DROP_MEMORY]),
	COUNTER("drop_room", drop[VHUGE_DROP_ROOM]),
	COUNTER("drop_mtu", drop[VHUGE_DROP_MTU]),
	COUNTER("drop_offload", drop[VHUGE_DROP_OFFLOAD]),
	COUNTER("drop_full", drop[VHUGE_DROP_FULL]),
	COUNTER("drop_xdp", drop[VHUGE_DROP_XDP]),
	COUNTER("kicks", kicks),
	COUNTER("calls", calls),
	COUNTER("calls_suppressed", calls_suppressed),
	COUNTER("polls", polls),
	COUNTER("early", early),
	COUNTER("stops", stops),
	COUNTER("faults", faults),
	COUNTER("xdp_drop", xdp_drop),
	COUNTER("xdp_tx", xdp_tx),
	COUNTER("xdp_redirect", xdp_redirect),
	COUNTER("xdp_generic", xdp_generic),
	COUNTER("xdp_xmit", xdp_xmit),
};

#define COUNTERS ARRAY_SIZE(counters)

static int get_sset_count(struct net_device *netdev, int set)
{
	const struct vhuge_port *port = netdev_priv(netdev);

	return set == ETH_SS_STATS ? port->pairs * 2 * COUNTERS : -EOPNOTSUPP;
}

static void get_strings(struct net_device *netdev, u32 set, u8 *data)
{
	const struct vhuge_port *port = netdev_priv(netdev);
	u32 i, k;

	if (set != ETH_SS_STATS)
		return;

	for (i = 0; i < port->pairs; i++) {
		for (k = 0; k < COUNTERS; k++)
			ethtool_sprintf(&data, "rx%u_%s", i, counters[k].name);
		for (k = 0; k < COUNTERS; k++)
			ethtool_sprintf(&data, "tx%u_%s", i, counters[k].name);
	}
}

static u64 *read_lane(const struct vhuge_lane *lane, u64 *data)
{
	const void *stats = &lane->stats;
	u32 k;

	for (k = 0; k < COUNTERS; k++)
		*data++ = READ_ONCE(*(const u64 *)(stats + counters[k].offset));
	return data;
}

static void get_stats(struct net_device *netdev,
		      struct ethtool_stats *unused, u64 *data)
{
	const struct vhuge_port *port = netdev_priv(netdev);
	u32 i;

	for (i = 0; i < port->pairs; i++) {
		data = read_lane(&port->pair[i].from_guest, data);
		data = read_lane(&port->pair[i].to_guest, data);
	}
}

static void get_channels(struct net_device *netdev,
			 struct ethtool_channels *channels)
{
	const struct vhuge_port *port = netdev_priv(netdev);

	channels->max_combined = port->pairs;
	channels->combined_count = netdev->real_num_tx_queues;
}

/* Sizes of the guest's first rings, as long as they are served; under RTNL. */
static void get_ringparam(struct net_device *netdev,
			  struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kernel_ring,
			  struct netlink_ext_ack *extack)
{
	const struct vhuge_port *port = netdev_priv(netdev);
	const struct vhuge_queue *rx, *tx;

	rx = rtnl_dereference(port->pair[0].from_guest.queue);
	tx = rtnl_dereference(port->pair[0].to_guest.queue);
	ring->rx_max_pending = VHUGE_VRING_MAX_NUM;
	ring->tx_max_pending = VHUGE_VRING_MAX_NUM;
	ring->rx_pending = rx ? rx->num : 0;
	ring->tx_pending = tx ? tx->num : 0;
}

/* To a port a kick is what an interrupt is to a card. */
static int get_coalesce(struct net_device *netdev,
			struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *kernel_coalesce,
			struct netlink_ext_ack *extack)
{
	const struct vhuge_port *port = netdev_priv(netdev);

	coalesce->rx_coalesce_usecs = READ_ONCE(port->poll_usecs);
	coalesce->use_adaptive_rx_coalesce = READ_ONCE(port->adaptive);
	return 0;
}

static int set_coalesce(struct net_device *netdev,
			struct ethtool_coalesce *coalesce,
			struct kernel_ethtool_coalesce *kernel_coalesce,
			struct netlink_ext_ack *extack)
{
	struct vhuge_port *port = netdev_priv(netdev);

	if (coalesce->rx_coalesce_usecs > VHUGE_MAX_POLL_USECS) {
		NL_SET_ERR_MSG(extack,
			       "A pair polls for " __stringify(VHUGE_MAX_POLL_USECS)
			       " microseconds at most");
		return -EINVAL;
	}
	WRITE_ONCE(port->poll_usecs, coalesce->rx_coalesce_usecs);
	WRITE_ONCE(port->adaptive, coalesce->use_adaptive_rx_coalesce);
	return 0;
}

static int get_tunable(struct net_device *netdev,
		       const struct ethtool_tunable *tunable, void *data)
{
	const struct vhuge_port *port = netdev_priv(netdev);

	if (tunable->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	*(u32 *)data = READ_ONCE(port->copybreak);
	return 0;
}

static int set_tunable(struct net_device *netdev,
		       const struct ethtool_tunable *tunable, const void *data)
{
	struct vhuge_port *port = netdev_priv(netdev);

	if (tunable->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	WRITE_ONCE(port->copybreak, *(const u32 *)data);
	return 0;
}

static void get_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
}

const struct ethtool_ops vhuge_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_RX_USECS |
				     ETHTOOL_COALESCE_USE_ADAPTIVE_RX,
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
	.get_channels = get_channels,
	.get_ringparam = get_ringparam,
	.get_coalesce = get_coalesce,
	.set_coalesce = set_coalesce,
	.get_tunable = get_tunable,
	.set_tunable = set_tunable,
};
