/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/vhuge: an open file is a guest device.
 *
 * Locks, in the order in which they are taken:
 *
 *	device->lock	all set-up of one device; held while pages are pinned
 *	RTNL		what connects devices and ports
 *
 * A port that goes away holds RTNL and takes no device's lock. Those of the
 * files with pinned pages (backing.c) and of PCI devices (iommu.c) are inside
 * the device's lock and outside of RTNL. Readers of the
 * published table, and of the list of devices, are under RCU.
 */
#ifndef VHUGE_DEV_H
#define VHUGE_DEV_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "account.h"
#include "iova.h"
#include "port.h"
#include "queue.h"
#include "region.h"
#include "report.h"

/**
 * struct vhuge_dev - a guest device
 * @lock: serialises the ioctls
 * @map: the memory, as published; always that of @table
 * @table: the regions
 * @iova: the space @table is in
 * @account: who pays for pinned pages
 * @fresh: pages of PAGE_SIZE pinned for it since it was opened
 * @features: the guest accepted
 * @guest: as the port sees it
 * @gone: the port was deleted; under RTNL
 * @changed: the table, since its segments were read to their end
 * @wait: for poll()
 * @report: why the last ioctl failed
 * @rcu: the list of devices is read without a lock
 * @id: number of the device
 * @pid: process that opened it, in the initial namespace
 * @comm: its name
 * @queue: all queues
 */
struct vhuge_dev {
	struct mutex lock; /* see above */
	struct vhuge_segmap __rcu *map;
	struct vhuge_table *table;
	struct vhuge_iova iova;
	struct vhuge_account *account;
	u64 fresh;
	u64 features;
	struct vhuge_guest guest;
	bool gone;
	bool changed;
	wait_queue_head_t wait;
	struct vhuge_report report;
	struct rcu_head rcu;
	u32 id;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	struct vhuge_queue queue[2 * VHUGE_MAX_PAIRS];
};

struct vhuge_dev *vhuge_dev_next(unsigned long *id);
u32 vhuge_dev_changes(void);
int vhuge_dev_init(void);
void vhuge_dev_exit(void);

/* ioctl.c: what is behind the table of ioctls, under the device's lock */
long vhuge_dev_ioctl(struct vhuge_dev *dev, unsigned int cmd,
		     void __user *arg);

#endif /* VHUGE_DEV_H */
