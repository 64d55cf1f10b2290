// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds of a queue.
 *
 * A kick is an entry in the eventfd's wait queue, so the guest's write itself
 * runs our callback; the counter is never read. A signal is an eventfd that is
 * written; it is found under RCU, so it goes away after a grace period.
 */
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "compat.h"
#include "event.h"

struct vhuge_kick {
	struct file *file;
	wait_queue_head_t *head;
	wait_queue_entry_t entry;
	poll_table table;
	vhuge_kicked *kicked;
	void *context;
};

struct vhuge_signal {
	struct eventfd_ctx *eventfd;
	struct rcu_head rcu;
};

static int kick_wake(wait_queue_entry_t *entry, unsigned int mode, int sync,
		     void *key)
{
	struct vhuge_kick *kick = container_of(entry, struct vhuge_kick, entry);

	if (key_to_poll(key) & EPOLLIN)
		kick->kicked(kick->context);
	return 0;
}

static void kick_queue(struct file *file, wait_queue_head_t *head,
		       poll_table *table)
{
	struct vhuge_kick *kick = container_of(table, struct vhuge_kick, table);

	kick->head = head;
	add_wait_queue(head, &kick->entry);
}

/**
 * vhuge_kick_open - be told when an eventfd is written
 * @fd: eventfd of the caller
 * @kicked: what to do; done once at once when the eventfd was written before
 * @context: handed to @kicked
 *
 * Return: for vhuge_kick_close(); -EBADF when @fd is no eventfd, -ENOMEM.
 */
struct vhuge_kick *vhuge_kick_open(int fd, vhuge_kicked *kicked, void *context)
{
	struct vhuge_kick *kick;

	kick = kzalloc(sizeof(*kick), GFP_KERNEL);
	if (!kick)
		return ERR_PTR(-ENOMEM);

	kick->file = eventfd_fget(fd);
	if (IS_ERR(kick->file)) {
		kfree(kick);
		return ERR_PTR(-EBADF);
	}

	kick->kicked = kicked;
	kick->context = context;
	init_waitqueue_func_entry(&kick->entry, kick_wake);
	init_poll_funcptr(&kick->table, kick_queue);
	if (vfs_poll(kick->file, &kick->table) & EPOLLIN)
		kicked(context);
	return kick;
}

/**
 * vhuge_kick_close - no kick happens after this
 * @kick: from vhuge_kick_open(), or NULL
 */
void vhuge_kick_close(struct vhuge_kick *kick)
{
	if (!kick)
		return;

	/* waits for a callback that runs: it holds the wait queue's lock */
	remove_wait_queue(kick->head, &kick->entry);
	fput(kick->file);
	kfree(kick);
}

/**
 * vhuge_signal_open - take hold of an eventfd to write
 * @fd: eventfd of the caller
 *
 * Return: for vhuge_signal_close(); -EBADF when @fd is no eventfd, -ENOMEM.
 */
struct vhuge_signal *vhuge_signal_open(int fd)
{
	struct vhuge_signal *signal;

	signal = kzalloc(sizeof(*signal), GFP_KERNEL);
	if (!signal)
		return ERR_PTR(-ENOMEM);

	signal->eventfd = eventfd_ctx_fdget(fd);
	if (IS_ERR(signal->eventfd)) {
		kfree(signal);
		return ERR_PTR(-EBADF);
	}
	return signal;
}

static void signal_free(struct rcu_head *rcu)
{
	struct vhuge_signal *signal;

	signal = container_of(rcu, struct vhuge_signal, rcu);
	eventfd_ctx_put(signal->eventfd);
	kfree(signal);
}

/**
 * vhuge_signal_close - let go after a grace period
 * @signal: that nobody can find any more, or NULL
 *
 * The module waits for these with rcu_barrier() before it goes.
 */
void vhuge_signal_close(struct vhuge_signal *signal)
{
	if (signal)
		call_rcu(&signal->rcu, signal_free);
}

/**
 * vhuge_signal_send - write the eventfd
 * @signal: the signal
 *
 * Context: any that is not inside a wake-up of another eventfd.
 */
void vhuge_signal_send(struct vhuge_signal *signal)
{
	eventfd_signal(signal->eventfd);
}
