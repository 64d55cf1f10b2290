// SPDX-License-Identifier: GPL-2.0
/*
 * A queue pair of a port: who looks at the guest's rings, and when.
 *
 * One NAPI instance takes what the guest sends. It has a thread, which goes on
 * until there is no more. To wake a thread takes longer than to receive a packet, so
 * where guest and host talk to each other (a question, an answer), a second
 * instance is quicker: it is a softirq where the guest kicked. It takes the first
 * few packets in the name of the other instance, as busy polling sockets do, and
 * leaves the rest to the thread.
 */
#include <linux/netdevice.h>
#include <linux/sched/clock.h>
#include <linux/sizes.h>

#include "compat.h"
#include "port.h"

/* Pages a pool keeps for a queue pair. */
#define POOL_SIZE 1024

/* A talk: no more packets at once, and no more bytes: who fills segments streams. */
#define FEW 8
#define LITTLE SZ_1K

static bool has_thread(const struct vhuge_pair *pair)
{
	return test_bit(NAPI_STATE_THREADED, &pair->napi.state);
}

/*
 * Have both sides said something since the last rest ended, and neither of them
 * much? Who sends in one direction is better off with a thread: the guest goes on
 * meanwhile, without kicks.
 */
static bool is_talk(const struct vhuge_pair *pair)
{
	u64 heard = READ_ONCE(pair->from_guest.stats.bytes) -
		    READ_ONCE(pair->heard);
	u64 told = READ_ONCE(pair->to_guest.stats.bytes) -
		   READ_ONCE(pair->told);

	return READ_ONCE(pair->taken) <= FEW && heard <= LITTLE && told &&
	       told <= LITTLE;
}

static void wake(struct vhuge_pair *pair, bool at_once)
{
	/* A thread is woken wherever this is. A softirq that was raised in
	 * somebody's write would wait for the next interrupt, so there is one.
	 */
	if (has_thread(pair) && !at_once)
		napi_schedule(&pair->napi);
	else
		irq_work_queue(&pair->softirq);
}

static void enter_softirq(struct irq_work *work)
{
	struct vhuge_pair *pair = container_of(work, struct vhuge_pair, softirq);

	napi_schedule(has_thread(pair) ? &pair->early : &pair->napi);
}

static void from_guest_kicked(struct vhuge_lane *lane)
{
	struct vhuge_pair *pair = container_of(lane, struct vhuge_pair,
					       from_guest);

	wake(pair, READ_ONCE(pair->port->adaptive) && is_talk(pair));
}

static void to_guest_kicked(struct vhuge_lane *lane)
{
	wake(container_of(lane, struct vhuge_pair, to_guest), false);
}

static void wake_if_kicked(struct vhuge_pair *pair)
{
	struct netdev_queue *txq;

	if (!test_and_clear_bit(0, &pair->to_guest.kicked))
		return;
	txq = netdev_get_tx_queue(pair->port->netdev, pair->index);
	if (netif_tx_queue_stopped(txq))
		netif_tx_wake_queue(txq);
}

/* Is it too early to ask for kicks, as the administrator wants it? */
static bool goes_on(struct vhuge_pair *pair, int done)
{
	u32 usecs = READ_ONCE(pair->port->poll_usecs);
	u64 now;

	if (!usecs)
		return false;
	now = local_clock();
	if (done)
		pair->worked = now;
	/* the clocks of two processors may differ */
	return now - pair->worked < usecs * (u64)NSEC_PER_USEC;
}

/*
 * Take up to @budget packets. The rest ends with the first one, and what counts of
 * the answers is what they were before: who gets the packet may be quicker.
 */
static int take(struct vhuge_pair *pair, int budget, struct vhuge_queue **call)
{
	u64 heard = pair->from_guest.stats.bytes;
	u64 told = READ_ONCE(pair->to_guest.stats.bytes);
	int done = vhuge_rx(pair, budget, call);

	if (done && pair->rests) {
		pair->rests = false;
		WRITE_ONCE(pair->taken, 0);
		WRITE_ONCE(pair->heard, heard);
		WRITE_ONCE(pair->told, told);
	}
	WRITE_ONCE(pair->taken, pair->taken + done);
	return done;
}

/* As below; who gets packets from GRO does so in here, too. */
static int take_and_rest(struct vhuge_pair *pair, int budget,
			 struct vhuge_queue **call)
{
	int done = take(pair, budget, call);

	if (done == budget || goes_on(pair, done))
		return budget;

	/* Rearm first: a kick between here and the end is not lost, since
	 * scheduling an instance that runs makes it run once more.
	 */
	if (vhuge_rx_rearm(pair))
		return budget;
	pair->rests = true;
	napi_complete_done(&pair->napi, done);
	return done;
}

/*
 * The owner of @pair->napi takes up to @budget packets. Return fewer when it is
 * not the owner any more.
 *
 * What is answered meanwhile is shown to the guest at the end, and it is called
 * then: a guest that is called for each ring, and for each packet, runs too early,
 * and finds and acknowledges them one by one.
 */
static int serve(struct vhuge_pair *pair, int budget)
{
	struct vhuge_queue *call = NULL;
	int done;

	wake_if_kicked(pair);
	if (!budget)
		return 0; /* netpoll, which takes nothing */

	vhuge_tx_hold();
	done = take_and_rest(pair, budget, &call);
	vhuge_tx_show();
	if (call)
		vhuge_queue_call(call);
	return done;
}

static int poll(struct napi_struct *napi, int budget)
{
	return serve(container_of(napi, struct vhuge_pair, napi), budget);
}

/* If somebody else is the owner already, he has been told to look once more. */
static int poll_early(struct napi_struct *early, int budget)
{
	struct vhuge_pair *pair = container_of(early, struct vhuge_pair, early);
	int done = 0;

	if (napi_schedule_prep(&pair->napi)) {
		vhuge_count(&pair->from_guest.stats.early, 1);
		done = serve(pair, FEW);
		if (done == FEW)
			__napi_schedule(&pair->napi);
	}
	napi_complete_done(early, done);
	return done;
}

static struct page_pool *pool_create(void)
{
	struct page_pool_params params = {
		.flags = VHUGE_POOL_FLAGS,
		.pool_size = POOL_SIZE,
		.nid = NUMA_NO_NODE,
	};

	return page_pool_create(&params);
}

static int init_pair(struct vhuge_pair *pair)
{
	struct vhuge_port *port = pair->port;
	struct page_pool *pool = pool_create();

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	pair->pool = pool;
	pair->rests = true;
	INIT_LIST_HEAD(&pair->held);
	pair->from_guest.wake = from_guest_kicked;
	pair->to_guest.wake = to_guest_kicked;
	pair->softirq = IRQ_WORK_INIT_HARD(enter_softirq);
	netif_napi_add(port->netdev, &pair->napi, poll);
	/* not for sockets to poll: for them there is the other one */
	netif_napi_add_tx(port->threadless, &pair->early, poll_early);
	napi_enable(&pair->napi);
	napi_enable(&pair->early);
	return vhuge_xdp_init(pair);
}

static void uninit_pair(struct vhuge_pair *pair)
{
	irq_work_sync(&pair->softirq);
	napi_disable(&pair->early);
	napi_disable(&pair->napi);
	__netif_napi_del(&pair->early);
	netif_napi_del(&pair->napi); /* waits until nobody finds either */
	vhuge_xdp_uninit(pair);
	page_pool_destroy(pair->pool);
	pair->pool = NULL;
}

/**
 * vhuge_pairs_init - make the queue pairs of a port ready to be served
 * @port: with room for @port->pairs of them
 *
 * Context: RTNL. Return: 0, or a negative error; vhuge_pairs_uninit() is needed
 * in either case.
 */
int vhuge_pairs_init(struct vhuge_port *port)
{
	int err;
	u32 i;

	port->threadless = alloc_netdev_dummy(0);
	if (!port->threadless)
		return -ENOMEM;

	for (i = 0; i < port->pairs; i++) {
		struct vhuge_pair *pair = &port->pair[i];

		pair->port = port;
		pair->index = i;
		err = init_pair(pair);
		if (err)
			return err;
	}
	/* Threads, until somebody writes 0 to /sys/class/net/NAME/threaded */
	return dev_set_threaded(port->netdev, true);
}

/**
 * vhuge_pairs_uninit - counterpart of vhuge_pairs_init()
 * @port: that serves nobody
 */
void vhuge_pairs_uninit(struct vhuge_port *port)
{
	u32 i;

	for (i = 0; i < port->pairs && port->pair[i].pool; i++)
		uninit_pair(&port->pair[i]);
	if (port->threadless)
		free_netdev_dummy(port->threadless);
	port->threadless = NULL;
}
