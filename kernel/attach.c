// SPDX-License-Identifier: GPL-2.0
/*
 * What connects a port and its guest: which lane serves which queue, and what
 * the interface shows of it. All of it changes under RTNL.
 */
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "header.h"
#include "port.h"
#include "zerocopy.h"

static void connect(struct vhuge_pair *pair, struct vhuge_lane *lane,
		    struct vhuge_queue *queue)
{
	rcu_assign_pointer(lane->queue, queue);
	rcu_assign_pointer(queue->lane, lane);
	vhuge_zerocopy_connect(queue->zerocopy, &pair->napi);
}

static bool disconnect(struct vhuge_lane *lane)
{
	struct vhuge_queue *queue = rtnl_dereference(lane->queue);

	if (!queue)
		return false;
	RCU_INIT_POINTER(lane->queue, NULL);
	RCU_INIT_POINTER(queue->lane, NULL);
	vhuge_zerocopy_connect(queue->zerocopy, NULL);
	return true;
}

static bool can_serve(const struct vhuge_queue *queue)
{
	return queue->started && !queue->moving &&
	       vhuge_queue_has_memory(queue);
}

/* What @lane shall serve of @guest, which may be NULL. */
static struct vhuge_queue *wanted(struct vhuge_guest *guest, u32 index)
{
	struct vhuge_queue *queue;

	if (!guest || index >= guest->queues)
		return NULL;

	queue = &guest->queue[index];
	if (!can_serve(queue))
		return NULL;
	/* A disabled transmit queue is served, to discard what comes. */
	return index & 1 || queue->enabled ? queue : NULL;
}

/*
 * Take away what is not wanted any more. Return whether something was; it is
 * used no more only after a grace period.
 */
static bool take_away(struct vhuge_port *port, struct vhuge_guest *guest)
{
	bool taken = false;
	u32 i;

	for (i = 0; i < port->pairs; i++) {
		struct vhuge_pair *pair = &port->pair[i];

		if (!wanted(guest, 2 * i))
			taken |= disconnect(&pair->to_guest);
		if (!wanted(guest, 2 * i + 1))
			taken |= disconnect(&pair->from_guest);
	}
	return taken;
}

/*
 * Show what was used of the rings that were taken away: what somebody had yet to
 * show, and what was lent, for a ring that stops has nothing in flight, whatever
 * the stack still has.
 */
static void settle(struct vhuge_port *port)
{
	u32 i;

	for (i = 0; port->guest && i < 2 * port->pairs; i++) {
		struct vhuge_queue *queue = &port->guest->queue[i];
		struct vhuge_pair *pair = &port->pair[i / 2];

		if (!queue->zerocopy || rcu_access_pointer(queue->lane) ||
		    !vhuge_queue_has_memory(queue))
			continue;
		vhuge_zerocopy_settle(queue->zerocopy, &queue->ring);
		rcu_read_lock_bh();
		vhuge_queue_flush(queue, i & 1 ? &pair->from_guest :
						 &pair->to_guest);
		rcu_read_unlock_bh();
	}
}

/* Serve what is wanted. Queues that are served already get a look as well. */
static void give(struct vhuge_port *port, struct vhuge_guest *guest)
{
	u32 i;

	for (i = 0; i < port->pairs; i++) {
		struct vhuge_pair *pair = &port->pair[i];
		struct vhuge_queue *to = wanted(guest, 2 * i);
		struct vhuge_queue *from = wanted(guest, 2 * i + 1);

		if (to && !rtnl_dereference(pair->to_guest.queue)) {
			vhuge_ring_kick_off(&to->ring);
			connect(pair, &pair->to_guest, to);
			set_bit(0, &pair->to_guest.kicked);
		}
		if (from && !rtnl_dereference(pair->from_guest.queue))
			connect(pair, &pair->from_guest, from);
		if (to || from) {
			local_bh_disable();
			napi_schedule(&pair->napi);
			local_bh_enable();
		}
	}
}

static bool pair_is_live(struct vhuge_guest *guest, u32 index)
{
	return wanted(guest, 2 * index) && wanted(guest, 2 * index + 1) &&
	       guest->queue[2 * index + 1].enabled;
}

/*
 * Interface queues follow the pairs the guest uses; carrier says if any. What was
 * learned of one guest's flows does not hold for the next.
 */
static void show(struct vhuge_port *port, struct vhuge_guest *guest)
{
	struct net_device *netdev = port->netdev;
	u32 live = 0;

	while (live < port->pairs && pair_is_live(guest, live))
		live++;

	if (live)
		netif_set_real_num_queues(netdev, live, live);
	if (live && !netif_carrier_ok(netdev)) {
		netif_carrier_on(netdev);
	} else if (!live && netif_carrier_ok(netdev)) {
		netif_carrier_off(netdev);
		vhuge_steer_forget(port);
	}
}

/*
 * Have the stack leave to the guest what it can finish. Without a guest that is
 * all, so that guests that come and go change nothing as a rule.
 */
static void follow(struct vhuge_port *port, struct vhuge_guest *guest)
{
	netdev_features_t offloads = guest ? port->offloads : VHUGE_OFFLOADS;
	u32 i;

	for (i = 0; i < port->pairs; i++) {
		struct vhuge_queue *queue = wanted(guest, 2 * i);

		if (queue)
			offloads = vhuge_header_offloads(queue->features);
	}
	if (offloads == port->offloads)
		return;
	port->offloads = offloads;
	if (port->netdev->reg_state == NETREG_REGISTERED)
		netdev_update_features(port->netdev);
}

static void refresh(struct vhuge_port *port, struct vhuge_guest *guest)
{
	ASSERT_RTNL();

	if (take_away(port, guest)) {
		synchronize_net();
		settle(port);
	}
	follow(port, guest);
	give(port, guest);
	show(port, guest);
}

/**
 * vhuge_port_refresh - serve the queues of a guest as their state says
 * @guest: attached or not
 *
 * Context: RTNL. A queue that must not be served any more is not used by
 * anybody when this returns.
 */
void vhuge_port_refresh(struct vhuge_guest *guest)
{
	if (guest->port)
		refresh(guest->port, guest);
}

/**
 * vhuge_port_separate - take its guest from a port, if it has one
 * @port: the port
 *
 * Context: RTNL. Nobody uses the guest's queues afterwards.
 */
void vhuge_port_separate(struct vhuge_port *port)
{
	struct vhuge_guest *guest = port->guest;

	if (!guest)
		return;
	refresh(port, NULL);
	port->guest = NULL;
	guest->port = NULL;
	WRITE_ONCE(guest->ifindex, 0);
}

static int attach(struct vhuge_guest *guest, struct net_device *netdev,
		  struct vhuge_report *report)
{
	struct vhuge_port *port;

	if (!netdev || netdev->rtnl_link_ops != &vhuge_link_ops ||
	    netdev->reg_state != NETREG_REGISTERED)
		return vhuge_fail(report, -ENOENT,
				  "no interface of kind vhuge has this index in the network namespace; make one: ip link add NAME type vhuge");

	port = netdev_priv(netdev);
	if (guest->port)
		return vhuge_fail(report, -EBUSY,
				  "the device is attached to %s already",
				  netdev_name(guest->port->netdev));
	if (port->guest)
		return vhuge_fail(report, -EBUSY,
				  "%s serves device %u; detach that one first",
				  netdev_name(netdev), port->guest->id);

	port->guest = guest;
	guest->port = port;
	WRITE_ONCE(guest->ifindex, netdev->ifindex);
	refresh(port, guest);
	return 0;
}

/**
 * vhuge_port_attach - give a port a guest
 * @guest: the guest
 * @net: network namespace of the port
 * @ifindex: interface index of the port
 * @report: receives the reason of a refusal
 *
 * Return: 0, -EPERM, -ENOENT or -EBUSY.
 */
int vhuge_port_attach(struct vhuge_guest *guest, struct net *net, u32 ifindex,
		      struct vhuge_report *report)
{
	int err;

	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return vhuge_fail(report, -EPERM,
				  "attaching needs CAP_NET_ADMIN in the port's network namespace");

	rtnl_lock();
	err = attach(guest, __dev_get_by_index(net, ifindex), report);
	rtnl_unlock();
	return err;
}

/**
 * vhuge_port_detach - take a guest from its port
 * @guest: the guest
 *
 * Return: 0, or -ENOENT when it has none. Nobody uses its queues afterwards.
 */
int vhuge_port_detach(struct vhuge_guest *guest)
{
	int err = -ENOENT;

	rtnl_lock();
	if (guest->port) {
		vhuge_port_separate(guest->port);
		err = 0;
	}
	rtnl_unlock();
	return err;
}
