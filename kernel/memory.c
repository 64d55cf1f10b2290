// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of a device's memory. A change builds the new table and all that
 * rings need of it, then publishes both; from there on nothing fails.
 */
#include <linux/poll.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vhuge.h>

#include "memory.h"
#include "notice.h"
#include "trace.h"

/* Entries copied in one call; more than a table can hold is refused later. */
#define MAX_ENTRIES (2 * VHUGE_MAX_REGIONS)

#define REGION_FLAGS (VHUGE_REGION_MAPPED | VHUGE_REGION_READONLY)

static struct vhuge_region *copy_regions(const struct vhuge_regions *arg)
{
	struct vhuge_region *regions;
	u32 i;
	int err;

	regions = kvcalloc(arg->count ?: 1, sizeof(*regions), GFP_KERNEL);
	if (!regions)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < arg->count; i++) {
		err = copy_struct_from_user(&regions[i], sizeof(regions[i]),
					    u64_to_user_ptr(arg->regions) +
					    (size_t)i * arg->entry_size,
					    arg->entry_size);
		if (!err && regions[i].flags & ~REGION_FLAGS)
			err = -EOPNOTSUPP;
		if (err) {
			kvfree(regions);
			return ERR_PTR(err);
		}
	}
	return regions;
}

static void unmove_queues(struct vhuge_dev *dev)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(dev->queue); i++)
		if (dev->queue[i].moving)
			vhuge_queue_unmove(&dev->queue[i]);
}

/* Prepare the queues whose areas are elsewhere in @map. */
static int move_queues(struct vhuge_dev *dev, const struct vhuge_segmap *map)
{
	u32 i;
	int err;

	for (i = 0; i < ARRAY_SIZE(dev->queue); i++) {
		struct vhuge_queue *queue = &dev->queue[i];

		if (!queue->started || vhuge_queue_stays(queue, map))
			continue;
		err = vhuge_queue_move(queue, map);
		if (err) {
			unmove_queues(dev);
			return err;
		}
	}
	return 0;
}

static void queues_moved(struct vhuge_dev *dev)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(dev->queue); i++)
		if (dev->queue[i].moving)
			vhuge_queue_moved(&dev->queue[i]);
}

/*
 * Nothing in here fails, and neither a ring nor a PCI device uses what
 * @removes when it returns.
 */
static void publish(struct vhuge_dev *dev, struct vhuge_table *table,
		    bool removes, struct sk_buff_head *notice)
{
	struct vhuge_table *old = dev->table;

	rtnl_lock();
	vhuge_port_refresh(&dev->guest); /* no lane keeps a queue that moves */

	rcu_assign_pointer(dev->map, &table->map);
	dev->table = table;
	dev->fresh += table->fresh;
	if (removes)
		synchronize_net();

	queues_moved(dev);
	vhuge_port_refresh(&dev->guest);
	rtnl_unlock();
	if (removes)
		vhuge_iova_unmap(&dev->iova, &old->map, &table->map);

	vhuge_notice_send(notice);
	WRITE_ONCE(dev->changed, true);
	wake_up_interruptible_poll(&dev->wait, EPOLLIN);
	trace_vhuge_table(dev->id, table->map.generation, table->map.nspans,
			  table->segments, table->pinned);
	vhuge_table_free(old);
}

/**
 * vhuge_memory_change - have another table
 * @dev: the device, locked
 * @arg: as for VHUGE_SET_REGIONS
 * @how: what is done with the regions
 */
int vhuge_memory_change(struct vhuge_dev *dev, const struct vhuge_regions *arg,
			enum vhuge_change how)
{
	struct vhuge_region *regions;
	struct sk_buff_head notice;
	struct vhuge_table *table;
	bool removes;
	int err;

	if (arg->entry_size < sizeof(struct vhuge_region) ||
	    arg->entry_size > PAGE_SIZE)
		return -EINVAL;
	if (arg->count > MAX_ENTRIES)
		return vhuge_fail(&dev->report, -ENOSPC,
				  "%u regions, but a device holds at most %u",
				  arg->count, VHUGE_MAX_REGIONS);

	regions = copy_regions(arg);
	if (IS_ERR(regions))
		return PTR_ERR(regions);

	table = vhuge_table_change(dev->table, how, regions, arg->count,
				   dev->account, &dev->report);
	kvfree(regions);
	if (IS_ERR(table))
		return PTR_ERR(table);

	err = vhuge_notice_write(&notice, dev->id, &dev->table->map,
				 &table->map);
	if (err)
		goto free_table;
	err = vhuge_iova_map(&dev->iova, &dev->table->map, &table->map,
			     &dev->report);
	if (err)
		goto purge_notice;
	err = move_queues(dev, &table->map);
	if (err)
		goto unmap;
	removes = how != VHUGE_ADD && dev->table->map.nspans;
	publish(dev, table, removes, &notice);
	return 0;

unmap:
	vhuge_iova_unmap(&dev->iova, &table->map, &dev->table->map);
purge_notice:
	__skb_queue_purge(&notice);
free_table:
	vhuge_table_free(table);
	return err;
}

/**
 * vhuge_memory_set_space - have another IOVA space
 * @dev: the device, locked
 * @space: as for VHUGE_SET_SPACE
 *
 * The table gets a successor that differs in the space only, so who reads a
 * generation reads the IOVAs of one space.
 */
int vhuge_memory_set_space(struct vhuge_dev *dev,
			   const struct vhuge_space *space)
{
	static const struct vhuge_segmap nothing;
	struct sk_buff_head none;
	struct vhuge_table *table;
	struct vhuge_iova iova;
	int err;

	err = vhuge_iova_open(&iova, space, &dev->report);
	if (err)
		return err;

	table = vhuge_table_change(dev->table, VHUGE_ADD, NULL, 0,
				   dev->account, &dev->report);
	err = PTR_ERR_OR_ZERO(table);
	if (err)
		goto close;
	err = vhuge_iova_map(&iova, &nothing, &table->map, &dev->report);
	if (err)
		goto free_table;

	table->space = iova.kind;
	__skb_queue_head_init(&none);
	publish(dev, table, false, &none);
	swap(dev->iova, iova);
	vhuge_iova_close(&iova);
	return 0;

free_table:
	vhuge_table_free(table);
close:
	vhuge_iova_close(&iova);
	return err;
}
