// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family; include/uapi/linux/vhuge_netlink.h is its
 * contract.
 *
 * All commands are dumps over the list of devices, or of ports, under RCU. A
 * place in a dump is the number of a device and an index within it. The state
 * of a queue is read without its lock: each value is one that it had.
 */
#include <linux/rtnetlink.h>
#include <linux/vhuge_netlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "dev.h"
#include "netlink.h"
#include "notice.h"

static struct genl_family family;

/* Where a dump goes on: the device last visited, the index in it, its table. */
struct place {
	unsigned long device;
	u32 index;
	u64 generation;
};

static struct place *place_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct place) > sizeof(cb->ctx));
	return (struct place *)cb->ctx;
}

static void *begin(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd)
{
	void *header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
				   cmd);

	if (header)
		genl_dump_check_consistent(cb, header);
	return header;
}

static int end(struct sk_buff *msg, void *header, int err)
{
	if (err)
		genlmsg_cancel(msg, header);
	else
		genlmsg_end(msg, header);
	return err;
}

static int put_port(struct sk_buff *msg, struct netlink_callback *cb,
		    const struct net_device *netdev)
{
	const struct vhuge_port *port = netdev_priv(netdev);
	const struct vhuge_guest *guest = READ_ONCE(port->guest);
	void *header = begin(msg, cb, VHUGE_GENL_PORT_GET);

	if (!header)
		return -EMSGSIZE;

	return end(msg, header,
		   nla_put_u32(msg, VHUGE_PORT_ATTR_IFINDEX, netdev->ifindex) ||
		   nla_put_string(msg, VHUGE_PORT_ATTR_IFNAME, netdev->name) ||
		   nla_put_u32(msg, VHUGE_PORT_ATTR_QUEUE_PAIRS, port->pairs) ||
		   nla_put_u32(msg, VHUGE_PORT_ATTR_CARRIER,
			       netif_carrier_ok(netdev)) ||
		   (guest && nla_put_u32(msg, VHUGE_PORT_ATTR_DEVICE,
					 guest->id)) ? -EMSGSIZE : 0);
}

/* Ports are few and named: RTNL keeps their names and guests. */
static int port_get(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct place *place = place_of(cb);
	struct net_device *netdev;
	u32 i = 0;

	rtnl_lock();
	cb->seq = sock_net(cb->skb->sk)->dev_base_seq;
	for_each_netdev(sock_net(cb->skb->sk), netdev) {
		if (netdev->rtnl_link_ops != &vhuge_link_ops ||
		    i++ < place->index)
			continue;
		if (put_port(msg, cb, netdev))
			break;
		place->index++;
	}
	rtnl_unlock();
	return msg->len;
}

/*
 * Put objects of one device, from place->index on. Return -EMSGSIZE when the
 * message is full, 0 when all are in it.
 */
typedef int put_objects(struct sk_buff *msg, struct netlink_callback *cb,
			struct vhuge_dev *dev, struct place *place);

static int dump_devices(struct sk_buff *msg, struct netlink_callback *cb,
			put_objects *put)
{
	struct place *place = place_of(cb);
	unsigned long id = place->device;
	struct vhuge_dev *dev;

	rcu_read_lock();
	cb->seq = vhuge_dev_changes();
	for (;;) {
		dev = vhuge_dev_next(&id);
		if (!dev || put(msg, cb, dev, place))
			break;
		place->device = id;
		place->index = 0;
	}
	rcu_read_unlock();
	return msg->len;
}

static const struct vhuge_table *table_of(struct vhuge_dev *dev)
{
	return container_of(rcu_dereference(dev->map), struct vhuge_table, map);
}

static int put_device_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, VHUGE_DEVICE_ATTR_PAD);
}

static int put_memory(struct sk_buff *msg, const struct vhuge_dev *dev,
		      const struct vhuge_table *table)
{
	const struct vhuge_account *account = dev->account;

	return nla_put_u32(msg, VHUGE_DEVICE_ATTR_REGIONS,
			   table->map.nspans) ||
	       nla_put_u32(msg, VHUGE_DEVICE_ATTR_SEGMENTS, table->segments) ||
	       put_device_u64(msg, VHUGE_DEVICE_ATTR_PINNED, table->pinned) ||
	       put_device_u64(msg, VHUGE_DEVICE_ATTR_GENERATION,
			      table->map.generation) ||
	       put_device_u64(msg, VHUGE_DEVICE_ATTR_FRESH,
			      READ_ONCE(dev->fresh) << PAGE_SHIFT) ||
	       (!account->unlimited &&
		put_device_u64(msg, VHUGE_DEVICE_ATTR_LOCK_LIMIT,
			       vhuge_account_lock_limit(account))) ||
	       nla_put_u32(msg, VHUGE_DEVICE_ATTR_SPACE, table->space);
}

static int put_one(struct sk_buff *msg, struct netlink_callback *cb,
		   struct vhuge_dev *dev, struct place *place)
{
	const struct vhuge_table *table = table_of(dev);
	void *header = begin(msg, cb, VHUGE_GENL_DEVICE_GET);
	u32 ifindex = READ_ONCE(dev->guest.ifindex);

	if (!header)
		return -EMSGSIZE;

	return end(msg, header,
		   nla_put_u32(msg, VHUGE_DEVICE_ATTR_ID, dev->id) ||
		   nla_put_u32(msg, VHUGE_DEVICE_ATTR_PID, dev->pid) ||
		   nla_put_string(msg, VHUGE_DEVICE_ATTR_COMM, dev->comm) ||
		   put_device_u64(msg, VHUGE_DEVICE_ATTR_FEATURES,
				  READ_ONCE(dev->features)) ||
		   (ifindex && nla_put_u32(msg, VHUGE_DEVICE_ATTR_IFINDEX,
					   ifindex)) ||
		   put_memory(msg, dev, table) ? -EMSGSIZE : 0);
}

static int put_lane(struct sk_buff *msg, const struct vhuge_lane *lane)
{
	return nla_put_u64_64bit(msg, VHUGE_VRING_ATTR_PACKETS,
				 READ_ONCE(lane->stats.packets),
				 VHUGE_VRING_ATTR_PAD) ||
	       nla_put_u64_64bit(msg, VHUGE_VRING_ATTR_BYTES,
				 READ_ONCE(lane->stats.bytes),
				 VHUGE_VRING_ATTR_PAD) ||
	       nla_put_u64_64bit(msg, VHUGE_VRING_ATTR_DROPS,
				 vhuge_lane_drops(lane),
				 VHUGE_VRING_ATTR_PAD) ||
	       nla_put_u64_64bit(msg, VHUGE_VRING_ATTR_KICKS,
				 READ_ONCE(lane->stats.kicks),
				 VHUGE_VRING_ATTR_PAD) ||
	       nla_put_u64_64bit(msg, VHUGE_VRING_ATTR_CALLS,
				 READ_ONCE(lane->stats.calls),
				 VHUGE_VRING_ATTR_PAD);
}

static u32 state_of(const struct vhuge_queue *queue)
{
	return (READ_ONCE(queue->started) ? VHUGE_VRING_STATE_STARTED : 0) |
	       (READ_ONCE(queue->enabled) ? VHUGE_VRING_STATE_ENABLED : 0) |
	       (vhuge_queue_broken(queue) ? VHUGE_VRING_STATE_BROKEN : 0);
}

static int put_queue(struct sk_buff *msg, struct netlink_callback *cb,
		     const struct vhuge_dev *dev,
		     const struct vhuge_queue *queue)
{
	const struct vhuge_lane *lane = rcu_dereference(queue->lane);
	void *header = begin(msg, cb, VHUGE_GENL_VRING_GET);
	u32 fault = READ_ONCE(queue->fault);

	if (!header)
		return -EMSGSIZE;

	return end(msg, header,
		   nla_put_u32(msg, VHUGE_VRING_ATTR_DEVICE, dev->id) ||
		   nla_put_u32(msg, VHUGE_VRING_ATTR_INDEX, queue->index) ||
		   nla_put_u32(msg, VHUGE_VRING_ATTR_STATE, state_of(queue)) ||
		   nla_put_u32(msg, VHUGE_VRING_ATTR_NUM,
			       READ_ONCE(queue->num)) ||
		   (fault && nla_put_string(msg, VHUGE_VRING_ATTR_FAULT,
					    vhuge_fault_text(fault))) ||
		   (lane && put_lane(msg, lane)) ? -EMSGSIZE : 0);
}

static int put_queues(struct sk_buff *msg, struct netlink_callback *cb,
		      struct vhuge_dev *dev, struct place *place)
{
	for (; place->index < ARRAY_SIZE(dev->queue); place->index++) {
		const struct vhuge_queue *queue = &dev->queue[place->index];

		if (READ_ONCE(queue->set) && put_queue(msg, cb, dev, queue))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_region(struct sk_buff *msg, struct netlink_callback *cb,
		      const struct vhuge_dev *dev,
		      const struct vhuge_segmap *map, u32 index)
{
	void *header = begin(msg, cb, VHUGE_GENL_REGION_GET);

	if (!header)
		return -EMSGSIZE;

	return end(msg, header,
		   vhuge_notice_region(msg, dev->id, map->generation, index,
				       &map->span[index]) ? -EMSGSIZE : 0);
}

/* A device whose table changes between two parts of a dump is not read whole. */
static void check_same_table(struct netlink_callback *cb, struct place *place,
			     const struct vhuge_segmap *map)
{
	if (place->index && place->generation != map->generation)
		cb->prev_seq = cb->seq + 1;	/* which marks the next message */
	place->generation = map->generation;
}

static int put_regions(struct sk_buff *msg, struct netlink_callback *cb,
		       struct vhuge_dev *dev, struct place *place)
{
	const struct vhuge_table *table = table_of(dev);

	check_same_table(cb, place, &table->map);
	for (; place->index < table->map.nspans; place->index++)
		if (put_region(msg, cb, dev, &table->map, place->index))
			return -EMSGSIZE;
	return 0;
}

static int put_segment(struct sk_buff *msg, struct netlink_callback *cb,
		       const struct vhuge_dev *dev,
		       const struct vhuge_span *span,
		       const struct vhuge_segment_at *seg)
{
	void *header = begin(msg, cb, VHUGE_GENL_SEGMENT_GET);

	if (!header)
		return -EMSGSIZE;

	return end(msg, header,
		   nla_put_u32(msg, VHUGE_SEGMENT_ATTR_DEVICE, dev->id) ||
		   nla_put_u32(msg, VHUGE_SEGMENT_ATTR_REGION, seg->span) ||
		   nla_put_u64_64bit(msg, VHUGE_SEGMENT_ATTR_GUEST_ADDR,
				     span->guest_addr + seg->at,
				     VHUGE_SEGMENT_ATTR_PAD) ||
		   nla_put_u64_64bit(msg, VHUGE_SEGMENT_ATTR_USER_ADDR,
				     span->user_addr + seg->at,
				     VHUGE_SEGMENT_ATTR_PAD) ||
		   nla_put_u64_64bit(msg, VHUGE_SEGMENT_ATTR_LENGTH,
				     seg->length, VHUGE_SEGMENT_ATTR_PAD) ||
		   nla_put_u64_64bit(msg, VHUGE_SEGMENT_ATTR_OFFSET,
				     span->offset + seg->at,
				     VHUGE_SEGMENT_ATTR_PAD) ||
		   nla_put_u64_64bit(msg, VHUGE_SEGMENT_ATTR_PAGE_SIZE,
				     1ULL << span->page_shift,
				     VHUGE_SEGMENT_ATTR_PAD) ||
		   nla_put_s32(msg, VHUGE_SEGMENT_ATTR_NODE,
			       page_to_nid(virt_to_page(seg->addr))) ?
		   -EMSGSIZE : 0);
}

static int put_segments(struct sk_buff *msg, struct netlink_callback *cb,
			struct vhuge_dev *dev, struct place *place)
{
	const struct vhuge_table *table = table_of(dev);
	struct vhuge_segment_at seg = {};
	u32 i;

	check_same_table(cb, place, &table->map);
	for (i = 0; vhuge_segmap_next(&table->map, &seg); i++) {
		if (i < place->index)
			continue;
		if (put_segment(msg, cb, dev, &table->map.span[seg.span], &seg))
			return -EMSGSIZE;
		place->index++;
	}
	return 0;
}

static int device_get(struct sk_buff *msg, struct netlink_callback *cb)
{
	return dump_devices(msg, cb, put_one);
}

static int vring_get(struct sk_buff *msg, struct netlink_callback *cb)
{
	return dump_devices(msg, cb, put_queues);
}

static int region_get(struct sk_buff *msg, struct netlink_callback *cb)
{
	return dump_devices(msg, cb, put_regions);
}

static int segment_get(struct sk_buff *msg, struct netlink_callback *cb)
{
	return dump_devices(msg, cb, put_segments);
}

static int put_limit(struct sk_buff *msg, int attr, u64 limit)
{
	return limit ? nla_put_u64_64bit(msg, attr, limit,
					 VHUGE_LIMITS_ATTR_PAD) : 0;
}

static int limits_get(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct place *place = place_of(cb);
	struct vhuge_limits limits;
	void *header;

	if (place->index++)
		return 0;
	header = begin(msg, cb, VHUGE_GENL_LIMITS_GET);
	if (!header)
		return -EMSGSIZE;

	vhuge_account_limits(&limits);
	return end(msg, header,
		   nla_put_u64_64bit(msg, VHUGE_LIMITS_ATTR_PINNED,
				     limits.pinned, VHUGE_LIMITS_ATTR_PAD) ||
		   put_limit(msg, VHUGE_LIMITS_ATTR_LIMIT, limits.limit) ||
		   put_limit(msg, VHUGE_LIMITS_ATTR_USER_LIMIT,
			     limits.user_limit) ? -EMSGSIZE : 0) ?: msg->len;
}

#define DUMP(cmd_, dump_) {				\
	.cmd = cmd_,					\
	.dumpit = dump_,				\
	.flags = GENL_ADMIN_PERM,			\
}

static const struct genl_ops ops[] = {
	DUMP(VHUGE_GENL_PORT_GET, port_get),
	DUMP(VHUGE_GENL_DEVICE_GET, device_get),
	DUMP(VHUGE_GENL_VRING_GET, vring_get),
	DUMP(VHUGE_GENL_REGION_GET, region_get),
	DUMP(VHUGE_GENL_SEGMENT_GET, segment_get),
	DUMP(VHUGE_GENL_LIMITS_GET, limits_get),
};

/* Like the dumps, they tell addresses inside other processes. */
static const struct genl_multicast_group groups[VHUGE_GROUPS] = {
	[VHUGE_GROUP_REGIONS] = {
		.name = VHUGE_GENL_GROUP_REGIONS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[VHUGE_GROUP_FAULTS] = {
		.name = VHUGE_GENL_GROUP_FAULTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct genl_family family __ro_after_init = {
	.name = VHUGE_GENL_NAME,
	.version = VHUGE_GENL_VERSION,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init vhuge_netlink_init(void)
{
	int err = genl_register_family(&family);

	if (!err)
		vhuge_notice_init(&family);
	return err;
}

void vhuge_netlink_exit(void)
{
	genl_unregister_family(&family);
}
