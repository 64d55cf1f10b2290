// SPDX-License-Identifier: GPL-2.0
/*
 * Packets whose bytes stay in the guest's memory while the stack has them; see
 * zerocopy.h.
 *
 * Each fragment holds a reference to its hugepage, so unpinning does not wait
 * for the stack. A loan is what the stack calls when nobody looks at the bytes
 * any more: the packet was freed, or copied since it might stay for long (in a
 * socket, or a second time). It goes on a list without a lock, from where the
 * NAPI of the lane takes it and has the ring use the chain.
 */
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "compat.h"
#include "queue.h"
#include "zerocopy.h"

/* The stack may have half of a ring's chains at a time, but no more than this. */
#define MOST_LOANS 1024U

/* Packets that are copied at most before another one is tried to be lent. */
#define MOST_SKIPPED 64U

/**
 * struct loan - a chain that the stack may have
 * @ubuf: how the stack knows it
 * @node: in one of both lists, unless the stack has it
 * @zerocopy: to which it belongs
 * @ticket: of the chain
 * @lent: the ring waits for it; the lane's, or whoever has taken its ring away
 * @copied: by the stack
 */
struct loan {
	struct ubuf_info ubuf;
	struct llist_node node;
	struct vhuge_zerocopy *zerocopy;
	struct vhuge_ticket ticket;
	bool lent;
	bool copied;
};

/**
 * struct vhuge_zerocopy - the loans of a ring
 * @users: the ring, and each loan that the stack has
 * @napi: to be told of loans that are back, or NULL
 * @awake: it will look anyway
 * @back: loans that the stack has given back
 * @free: loans to be had; the lane's
 * @skip: packets to be copied before the next is lent; the lane's
 * @skipped: what @skip was last; the lane's
 * @rcu: ends it
 * @loans: entries of @loan
 * @loan: the loans
 */
struct vhuge_zerocopy {
	refcount_t users;
	struct napi_struct __rcu *napi;
	bool awake;
	struct llist_head back;
	struct llist_node *free;
	u32 skip;
	u32 skipped;
	struct rcu_head rcu;
	u32 loans;
	struct loan loan[];
};

/* Whose code the stack calls stays until the last loan is back. */
static void release(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct vhuge_zerocopy, rcu));
	module_put(THIS_MODULE);
}

static void put(struct vhuge_zerocopy *zerocopy)
{
	if (refcount_dec_and_test(&zerocopy->users))
		call_rcu(&zerocopy->rcu, release);
}

static void give_back(struct loan *loan)
{
	struct vhuge_zerocopy *zerocopy = loan->zerocopy;
	struct napi_struct *napi;

	/* A barrier: pairs with the one in vhuge_zerocopy_sleep(). */
	llist_add(&loan->node, &zerocopy->back);
	if (!READ_ONCE(zerocopy->awake)) {
		napi = rcu_dereference(zerocopy->napi);
		if (napi)
			napi_schedule(napi);
	}
	put(zerocopy);
}

/* Nobody looks at the bytes for @ubuf any more, or they were copied. */
static void returned(struct sk_buff *skb, struct ubuf_info *ubuf, bool success)
{
	struct loan *loan = container_of(ubuf, struct loan, ubuf);

	rcu_read_lock();
	if (!success)
		WRITE_ONCE(loan->copied, true);
	if (refcount_dec_and_test(&ubuf->refcnt))
		give_back(loan);
	rcu_read_unlock();
}

static const struct ubuf_info_ops ops = {
	.complete = returned,
};

static void make_free(struct vhuge_zerocopy *zerocopy, struct loan *loan)
{
	loan->node.next = zerocopy->free;
	zerocopy->free = &loan->node;
}

/* In order, a chain that is kept for long would keep all behind it. */
static u32 most_loans(const struct vhuge_ring *ring)
{
	return ring->writes || ring->in_order ? 0 : min(ring->num / 2,
							MOST_LOANS);
}

/**
 * vhuge_zerocopy_open - loans for a ring
 * @ring: the ring, whose features are known
 *
 * Context: the caller holds the module. Return: NULL without memory.
 */
struct vhuge_zerocopy *vhuge_zerocopy_open(const struct vhuge_ring *ring)
{
	u32 loans = most_loans(ring), i;
	struct vhuge_zerocopy *zerocopy;

	zerocopy = kvzalloc(struct_size(zerocopy, loan, loans), GFP_KERNEL);
	if (!zerocopy)
		return NULL;

	__module_get(THIS_MODULE);
	refcount_set(&zerocopy->users, 1);
	init_llist_head(&zerocopy->back);
	zerocopy->loans = loans;
	for (i = 0; i < loans; i++) {
		struct loan *loan = &zerocopy->loan[i];

		vhuge_ubuf_init(&loan->ubuf, &ops);
		loan->ubuf.flags = SKBFL_ZEROCOPY_FRAG;
		loan->zerocopy = zerocopy;
		make_free(zerocopy, loan);
	}
	return zerocopy;
}

/**
 * vhuge_zerocopy_close - the ring goes
 * @zerocopy: disconnected and settled, or NULL
 */
void vhuge_zerocopy_close(struct vhuge_zerocopy *zerocopy)
{
	if (zerocopy)
		put(zerocopy);
}

/**
 * vhuge_zerocopy_exit - see to it that nobody is in this code any more
 *
 * Context: exit of the module, so there are no loans.
 */
void vhuge_zerocopy_exit(void)
{
	/* release() may be on its way home, */
	rcu_barrier();
	/* as may returned(), interrupted behind its last unlock */
	synchronize_rcu_tasks();
}

/**
 * vhuge_zerocopy_connect - whom to tell of loans that are back
 * @zerocopy: of a ring
 * @napi: who looks at least once after this; NULL: nobody after a grace period
 */
void vhuge_zerocopy_connect(struct vhuge_zerocopy *zerocopy,
			    struct napi_struct *napi)
{
	rcu_assign_pointer(zerocopy->napi, napi);
}

/**
 * vhuge_zerocopy_settle - use all chains of a ring, lent ones too
 * @zerocopy: of the ring
 * @ring: that no lane serves; it has its areas
 *
 * What the stack still has keeps its bytes, which the guest may write from here
 * on.
 */
void vhuge_zerocopy_settle(struct vhuge_zerocopy *zerocopy,
			   struct vhuge_ring *ring)
{
	u32 i;

	for (i = 0; i < zerocopy->loans; i++) {
		struct loan *loan = &zerocopy->loan[i];

		if (!loan->lent)
			continue;
		vhuge_ring_push(ring, loan->ticket, 0);
		loan->lent = false;
	}
}

/**
 * vhuge_zerocopy_ready - shall the next packet be lent?
 * @zerocopy: of the ring
 *
 * Where packets are copied by the stack in the end, lending costs more than it
 * saves: the more that happens in a row, the more are copied here.
 */
bool vhuge_zerocopy_ready(struct vhuge_zerocopy *zerocopy)
{
	if (!zerocopy->free)
		return false;
	if (!zerocopy->skip)
		return true;
	zerocopy->skip--;
	return false;
}

static void detach(struct skb_shared_info *shared)
{
	while (shared->nr_frags)
		put_page(skb_frag_page(&shared->frags[--shared->nr_frags]));
}

/**
 * vhuge_zerocopy_attach - make bytes of the guest part of a packet
 * @skb: the packet, without fragments
 * @from: the first byte
 * @length: how many
 *
 * Return: false, and nothing has changed, when there are too many pieces.
 */
bool vhuge_zerocopy_attach(struct sk_buff *skb, const struct vhuge_cursor *from,
			   u32 length)
{
	struct vhuge_cursor at = *from;
	u32 left = length;

	while (left) {
		u32 n = min(left, vhuge_cursor_ahead(&at));
		void *addr = at.piece->addr + at.at;
		struct page *page = virt_to_head_page(addr);
		u32 offset = addr - page_address(page);
		u32 i = skb_shinfo(skb)->nr_frags;

		if (i == MAX_SKB_FRAGS) {
			detach(skb_shinfo(skb));
			return false;
		}

		/* a reference keeps one hugepage */
		n = min_t(u32, n, page_size(page) - offset);
		get_page(page);
		skb_fill_page_desc_noacc(skb, i, page, offset, n);
		at.at += n;
		left -= n;
	}

	skb->len += length;
	skb->data_len += length;
	skb->truesize += length;
	return true;
}

/**
 * vhuge_zerocopy_lend - the packet goes to the stack
 * @zerocopy: of the ring, and ready
 * @skb: after vhuge_zerocopy_attach()
 * @ticket: of its chain
 */
void vhuge_zerocopy_lend(struct vhuge_zerocopy *zerocopy, struct sk_buff *skb,
			 struct vhuge_ticket ticket)
{
	struct loan *loan = llist_entry(zerocopy->free, struct loan, node);

	zerocopy->free = loan->node.next;
	loan->ticket = ticket;
	loan->lent = true;
	loan->copied = false;
	refcount_set(&loan->ubuf.refcnt, 1);
	refcount_inc(&zerocopy->users);
	skb_zcopy_init(skb, &loan->ubuf);
}

/**
 * vhuge_zerocopy_wake - vhuge_zerocopy_reap() will be called
 * @zerocopy: of the ring
 */
void vhuge_zerocopy_wake(struct vhuge_zerocopy *zerocopy)
{
	WRITE_ONCE(zerocopy->awake, true);
}

/**
 * vhuge_zerocopy_sleep - have the NAPI scheduled when a loan is back
 * @zerocopy: of the ring
 *
 * Return: whether there is one already, for which it may not be.
 */
bool vhuge_zerocopy_sleep(struct vhuge_zerocopy *zerocopy)
{
	WRITE_ONCE(zerocopy->awake, false);
	/* before the list is read; pairs with llist_add() in give_back() */
	smp_mb();
	return !llist_empty(&zerocopy->back);
}

/* Learn from what became of a packet. */
static void learn(struct vhuge_zerocopy *zerocopy, bool copied)
{
	zerocopy->skipped = copied ? min(2 * zerocopy->skipped + 1,
					 MOST_SKIPPED) : 0;
	zerocopy->skip = zerocopy->skipped;
}

/**
 * vhuge_zerocopy_reap - use the chains that are back
 * @zerocopy: of the ring
 * @ring: the ring
 * @stats: of its lane
 *
 * Return: whether there are chains to be published.
 */
bool vhuge_zerocopy_reap(struct vhuge_zerocopy *zerocopy,
			 struct vhuge_ring *ring,
			 struct vhuge_lane_stats *stats)
{
	struct llist_node *list = llist_del_all(&zerocopy->back);
	struct loan *loan, *next;
	bool any = false;

	llist_for_each_entry_safe(loan, next, llist_reverse_order(list), node) {
		bool copied = READ_ONCE(loan->copied);

		/* unless it was settled meanwhile */
		if (loan->lent)
			vhuge_ring_push(ring, loan->ticket, 0);
		any |= loan->lent;
		loan->lent = false;
		vhuge_count(&stats->orphaned, copied);
		learn(zerocopy, copied);
		make_free(zerocopy, loan);
	}
	return any;
}
