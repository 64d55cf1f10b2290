// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vhuge: the life of an open file; see dev.h.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "dev.h"
#include "event.h"
#include "notice.h"

static DEFINE_XARRAY_ALLOC1(devices);

/* Devices that came or went; tells a dump that the list changed under it. */
static atomic_t changes = ATOMIC_INIT(1);

/**
 * vhuge_dev_changes - a number that changes when devices come and go
 */
u32 vhuge_dev_changes(void)
{
	return atomic_read(&changes) ?: 1;
}

/**
 * vhuge_dev_next - step through the open devices
 * @id: number of the last one seen, 0 to begin with; receives the next one's
 *
 * Context: RCU read side, to which the result belongs. Return: NULL at the end.
 */
struct vhuge_dev *vhuge_dev_next(unsigned long *id)
{
	return xa_find_after(&devices, id, ULONG_MAX, XA_PRESENT);
}

/* The port was deleted. RTNL is held. */
static void port_gone(struct vhuge_guest *guest)
{
	struct vhuge_dev *dev = container_of(guest, struct vhuge_dev, guest);

	WRITE_ONCE(dev->gone, true);
	wake_up_interruptible_poll(&dev->wait, EPOLLHUP);
}

static struct vhuge_dev *dev_alloc(void)
{
	struct vhuge_dev *dev;
	u32 i;

	dev = kvzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return NULL;

	dev->account = vhuge_account_open();
	if (!dev->account)
		goto free;
	dev->table = vhuge_table_empty();
	if (IS_ERR(dev->table))
		goto close_account;
	rcu_assign_pointer(dev->map, &dev->table->map);

	mutex_init(&dev->lock);
	init_waitqueue_head(&dev->wait);
	dev->pid = task_tgid_nr(current);
	get_task_comm(dev->comm, current->group_leader);
	dev->guest.queue = dev->queue;
	dev->guest.queues = ARRAY_SIZE(dev->queue);
	dev->guest.gone = port_gone;
	for (i = 0; i < ARRAY_SIZE(dev->queue); i++)
		vhuge_queue_init(&dev->queue[i], i, &dev->map);
	return dev;

close_account:
	vhuge_account_put(dev->account);
free:
	kvfree(dev);
	return NULL;
}

/* No PCI device reaches memory that is unpinned here. */
static void dev_free(struct vhuge_dev *dev)
{
	vhuge_iova_close(&dev->iova);
	vhuge_table_free(dev->table);
	vhuge_account_put(dev->account);
	kvfree_rcu(dev, rcu);
}

static int file_open(struct inode *inode, struct file *file)
{
	struct vhuge_dev *dev = dev_alloc();
	u32 i, id;
	int err;

	if (!dev)
		return -ENOMEM;

	err = xa_alloc(&devices, &id, NULL, xa_limit_31b, GFP_KERNEL);
	if (err) {
		dev_free(dev);
		return err;
	}

	dev->id = id;
	dev->guest.id = id;
	for (i = 0; i < ARRAY_SIZE(dev->queue); i++)
		dev->queue[i].device = id;
	file->private_data = dev;
	/* the entry is reserved: this does not allocate */
	xa_store(&devices, id, dev, GFP_KERNEL);
	atomic_inc(&changes);
	return 0;
}

static void release_queue(struct vhuge_queue *queue)
{
	if (queue->started) {
		queue->started = false;
		vhuge_queue_unbuild(queue);
	}
	vhuge_queue_forget(queue);
	vhuge_signal_close(rcu_replace_pointer(queue->err, NULL, true));
}

static int file_release(struct inode *inode, struct file *file)
{
	struct vhuge_dev *dev = file->private_data;
	u32 i;

	/* the number stays taken until all is told about this device */
	xa_store(&devices, dev->id, NULL, GFP_KERNEL);
	atomic_inc(&changes);
	vhuge_port_detach(&dev->guest);
	for (i = 0; i < ARRAY_SIZE(dev->queue); i++)
		release_queue(&dev->queue[i]);
	vhuge_notice_close(dev->id, &dev->table->map, vhuge_table_generation());
	xa_erase(&devices, dev->id);
	dev_free(dev);
	return 0;
}

static __poll_t file_poll(struct file *file, poll_table *table)
{
	struct vhuge_dev *dev = file->private_data;

	poll_wait(file, &dev->wait, table);
	return (READ_ONCE(dev->gone) ? EPOLLHUP : 0) |
	       (READ_ONCE(dev->changed) ? EPOLLIN : 0);
}

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vhuge_dev *dev = file->private_data;
	long ret;

	if (mutex_lock_killable(&dev->lock))
		return -EINTR;
	ret = vhuge_dev_ioctl(dev, cmd, (void __user *)arg);
	mutex_unlock(&dev->lock);
	return ret;
}

static const struct file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.poll = file_poll,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice dev_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &file_ops,
	.mode = 0660,
};

int __init vhuge_dev_init(void)
{
	return misc_register(&dev_misc);
}

void vhuge_dev_exit(void)
{
	misc_deregister(&dev_misc);
	xa_destroy(&devices);
}
