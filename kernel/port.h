/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A port: the network interface whose queues are a guest's virtqueues.
 *
 * Ports and guests come and go independently. What connects them, from the
 * lane to the queue and back, is written under RTNL and read under RCU.
 *
 * The host receives what the guest transmits: the words here are the guest's
 * where they name rings, and the direction where they name lanes.
 */
#ifndef VHUGE_PORT_H
#define VHUGE_PORT_H

#include <linux/irq_work.h>
#include <linux/netdevice.h>
#include <net/xdp.h>

#include "queue.h"
#include "report.h"

#define VHUGE_MAX_PAIRS 64U

/* Packets up to this length are copied, unless ethtool says otherwise. */
#define VHUGE_COPYBREAK 4096U

struct vhuge_cursor;
struct vhuge_port;
struct page_pool;
struct virtio_net_hdr;

/**
 * struct vhuge_guest - what a device shows to its port
 * @queue: its queues: 2n receive queue n of the guest, 2n + 1 transmit queue n
 * @queues: how many, even
 * @id: number of the device
 * @port: where it is attached, or NULL; under RTNL
 * @ifindex: of the port, or 0; read without a lock
 * @gone: called under RTNL when the port goes away
 */
struct vhuge_guest {
	struct vhuge_queue *queue;
	u32 queues;
	u32 id;
	struct vhuge_port *port;
	u32 ifindex;
	void (*gone)(struct vhuge_guest *guest);
};

/**
 * struct vhuge_pair - a queue pair of a port
 * @napi: its thread takes what the guest sends
 * @early: a softirq that takes the first packets of @napi, see pair.c
 * @softirq: schedules one of them where it runs at once
 * @from_guest: owned by @napi
 * @to_guest: owned by the transmit queue of the interface
 * @held: of a poll that will show the guest what it was sent; see tx.c. Under the
 *	lock of the transmit queue, as the next one
 * @unseen: packets that nobody has shown since
 * @pool: pages for what the guest sends
 * @rxq: what XDP programs see of the queue
 * @xdp_pending: what is to be done for XDP at the end of a poll
 * @hurried: there were many packets in the poll before
 * @rests: nothing was found since it was last left to the guest to kick; of the
 *	owner of @napi, as are the next ones
 * @taken: chains taken since the last rest ended
 * @heard: bytes from the guest when it ended
 * @told: bytes to the guest when it ended
 * @worked: local_clock() of the last poll that found something, of ports that
 *	go on polling
 * @port: the port
 * @index: number of the pair
 */
struct vhuge_pair {
	struct napi_struct napi;
	struct napi_struct early;
	struct irq_work softirq;
	struct vhuge_lane from_guest;
	struct vhuge_lane to_guest;
	struct list_head held;
	u32 unseen;
	struct page_pool *pool;
	struct xdp_rxq_info rxq;
	u32 xdp_pending;
	bool hurried;
	bool rests;
	u32 taken;
	u64 heard;
	u64 told;
	u64 worked;
	struct vhuge_port *port;
	u32 index;
};

/**
 * struct vhuge_port - private part of the interface
 * @netdev: the interface
 * @threadless: a device for NAPI instances that never have a thread
 * @pair: its queue pairs
 * @pairs: how many
 * @guest: who is attached, or NULL; under RTNL
 * @offloads: what the guest can finish; under RTNL
 * @steer: which flow belongs to which pair
 * @copybreak: bytes; longer packets of the guest are not copied if possible
 * @poll_usecs: how long a pair goes on polling that finds nothing, at most
 *	VHUGE_MAX_POLL_USECS
 * @adaptive: softirqs take what is part of a talk
 * @xdp_prog: sees what the guests send, or NULL; under RTNL
 */
struct vhuge_port {
	struct net_device *netdev;
	struct net_device *threadless;
	struct vhuge_pair *pair;
	u32 pairs;
	struct vhuge_guest *guest;
	netdev_features_t offloads;
	u32 *steer;
	u32 copybreak;
	u32 poll_usecs;
	bool adaptive;
	struct bpf_prog __rcu *xdp_prog;
};

#define VHUGE_MAX_POLL_USECS 10000

extern struct rtnl_link_ops vhuge_link_ops;
extern const struct ethtool_ops vhuge_ethtool_ops;

/* attach.c */
int vhuge_port_attach(struct vhuge_guest *guest, struct net *net, u32 ifindex,
		      struct vhuge_report *report);
int vhuge_port_detach(struct vhuge_guest *guest);
void vhuge_port_refresh(struct vhuge_guest *guest);
void vhuge_port_separate(struct vhuge_port *port);

/* pair.c */
int vhuge_pairs_init(struct vhuge_port *port);
void vhuge_pairs_uninit(struct vhuge_port *port);

/* announce.c */
int vhuge_port_announce(struct vhuge_guest *guest, const u8 *mac,
			struct vhuge_report *report);

/* rx.c and tx.c: the two directions */
int vhuge_rx(struct vhuge_pair *pair, int budget, struct vhuge_queue **call);
bool vhuge_rx_rearm(struct vhuge_pair *pair);
netdev_tx_t vhuge_tx(struct sk_buff *skb, struct net_device *netdev);
void vhuge_tx_hold(void);
void vhuge_tx_show(void);
bool vhuge_tx_xdp(struct vhuge_lane *lane, struct xdp_buff *xdp);
void vhuge_tx_flush(struct vhuge_lane *lane);

/* xdp.c */
int vhuge_xdp_init(struct vhuge_pair *pair);
void vhuge_xdp_uninit(struct vhuge_pair *pair);
int vhuge_xdp(struct net_device *netdev, struct netdev_bpf *bpf);
int vhuge_xdp_xmit(struct net_device *netdev, int count,
		   struct xdp_frame **frames, u32 flags);
bool vhuge_xdp_fits(const struct virtio_net_hdr *header, u32 length);
struct sk_buff *vhuge_xdp_run(struct vhuge_pair *pair, struct bpf_prog *prog,
			      struct vhuge_cursor *from, u32 length,
			      const struct virtio_net_hdr *header,
			      u64 features);
void vhuge_xdp_run_generic(struct vhuge_pair *pair, struct bpf_prog *prog,
			   struct sk_buff *skb, struct list_head *list);
void vhuge_xdp_flush(struct vhuge_pair *pair);

/* steer.c */
u32 *vhuge_steer_alloc(void);
void vhuge_steer_forget(struct vhuge_port *port);
u32 vhuge_steer_poll(const struct vhuge_pair *pair);
u32 vhuge_steer_learn(const struct vhuge_pair *pair, struct sk_buff *skb);
u16 vhuge_steer(struct net_device *netdev, struct sk_buff *skb,
		struct net_device *sb_dev);

static inline void vhuge_drop(struct vhuge_lane *lane, enum vhuge_drop cause)
{
	vhuge_count(&lane->stats.drop[cause], 1);
}

u64 vhuge_lane_drops(const struct vhuge_lane *lane);

#endif /* VHUGE_PORT_H */
