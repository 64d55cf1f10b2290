// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of /dev/vhuge; include/uapi/linux/vhuge.h is their contract.
 *
 * A table says how large each structure is and who handles it. The frame
 * copies the structure in, checks what all have in common, and copies it out
 * again after success as far as the caller knows it.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/nospec.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vhuge.h>
#include <net/net_namespace.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_net.h>

#include "dev.h"
#include "header.h"
#include "lookup.h"
#include "memory.h"
#include "trace.h"

/*
 * What a front-end does by itself, and offers to its guest only if the device
 * does not mind: the control queue and what goes through it, and the MTU.
 */
#define FRONT_END_FEATURES (BIT_ULL(VIRTIO_NET_F_MTU) |		\
			    BIT_ULL(VIRTIO_NET_F_CTRL_VQ) |		\
			    BIT_ULL(VIRTIO_NET_F_CTRL_RX) |		\
			    BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE) |	\
			    BIT_ULL(VIRTIO_NET_F_MQ))

#define OFFERED (BIT_ULL(VIRTIO_F_VERSION_1) |		\
		 BIT_ULL(VIRTIO_F_RING_PACKED) |	\
		 BIT_ULL(VIRTIO_F_IN_ORDER) |		\
		 BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |	\
		 BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |	\
		 BIT_ULL(VIRTIO_NET_F_MRG_RXBUF) |	\
		 VHUGE_HOST_FEATURES |			\
		 VHUGE_GUEST_FEATURES |			\
		 FRONT_END_FEATURES)

/* Any of the structures; each begins with size and flags. */
union arg {
	struct {
		u32 size;
		u32 flags;
	};
	struct vhuge_info info;
	struct vhuge_error error;
	struct vhuge_features features;
	struct vhuge_regions regions;
	struct vhuge_get_segments segments;
	struct vhuge_translate translate;
	struct vhuge_space space;
	struct vhuge_vring vring;
	struct vhuge_vring_fd vring_fd;
	struct vhuge_vring_state state;
	struct vhuge_attach attach;
	struct vhuge_detach detach;
	struct vhuge_mtu mtu;
	struct vhuge_announce announce;
};

static int get_info(struct vhuge_dev *dev, union arg *arg)
{
	struct vhuge_info *info = &arg->info;

	info->features = OFFERED;
	info->id = dev->id;
	info->max_regions = VHUGE_MAX_REGIONS;
	info->max_vrings = ARRAY_SIZE(dev->queue);
	info->max_vring_num = VHUGE_VRING_MAX_NUM;
	info->ifindex = 0;
	info->queue_pairs = 0;

	rtnl_lock();
	if (dev->guest.port) {
		info->ifindex = dev->guest.port->netdev->ifindex;
		info->queue_pairs = dev->guest.port->pairs;
	}
	rtnl_unlock();
	return 0;
}

static int get_error(struct vhuge_dev *dev, union arg *arg)
{
	struct vhuge_error *error = &arg->error;
	size_t length = strlen(dev->report.text);

	if (error->reserved)
		return -EOPNOTSUPP;
	if (!error->length)
		return -EINVAL;

	length = min_t(size_t, length, error->length - 1);
	if (copy_to_user(u64_to_user_ptr(error->text), dev->report.text,
			 length) ||
	    clear_user(u64_to_user_ptr(error->text) + length, 1))
		return -EFAULT;
	error->length = length;
	return 0;
}

static bool any_started(const struct vhuge_dev *dev)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(dev->queue); i++)
		if (dev->queue[i].started)
			return true;
	return false;
}

static int set_features(struct vhuge_dev *dev, union arg *arg)
{
	u64 features = arg->features.features;

	if (features & ~OFFERED)
		return vhuge_fail(&dev->report, -EOPNOTSUPP,
				  "feature bits 0x%llx were not offered",
				  features & ~OFFERED);
	if (features & BIT_ULL(VIRTIO_F_RING_PACKED) &&
	    !(features & BIT_ULL(VIRTIO_F_VERSION_1)))
		return vhuge_fail(&dev->report, -EINVAL,
				  "packed rings (feature bit %u) need VIRTIO_F_VERSION_1",
				  VIRTIO_F_RING_PACKED);
	if (features == dev->features)
		return 0;
	if (any_started(dev))
		return vhuge_fail(&dev->report, -EBUSY,
				  "features cannot change while a ring runs; stop the rings first");
	dev->features = features;
	return 0;
}

static int set_regions(struct vhuge_dev *dev, union arg *arg)
{
	return vhuge_memory_change(dev, &arg->regions, VHUGE_SET);
}

static int add_regions(struct vhuge_dev *dev, union arg *arg)
{
	return vhuge_memory_change(dev, &arg->regions, VHUGE_ADD);
}

static int remove_regions(struct vhuge_dev *dev, union arg *arg)
{
	return vhuge_memory_change(dev, &arg->regions, VHUGE_REMOVE);
}

static int get_segments(struct vhuge_dev *dev, union arg *arg)
{
	return vhuge_lookup_segments(dev, &arg->segments);
}

static int translate(struct vhuge_dev *dev, union arg *arg)
{
	return vhuge_lookup_translate(dev, &arg->translate);
}

static int set_space(struct vhuge_dev *dev, union arg *arg)
{
	return vhuge_memory_set_space(dev, &arg->space);
}

static struct vhuge_queue *find(struct vhuge_dev *dev, u32 index)
{
	if (index < ARRAY_SIZE(dev->queue))
		return &dev->queue[index];
	return ERR_PTR(vhuge_fail(&dev->report, -ENOENT,
				  "there is no ring %u: a device has %zu",
				  index, ARRAY_SIZE(dev->queue)));
}

static int set_vring(struct vhuge_dev *dev, union arg *arg)
{
	struct vhuge_queue *queue = find(dev, arg->vring.index);

	if (IS_ERR(queue))
		return PTR_ERR(queue);
	if (arg->vring.reserved)
		return -EOPNOTSUPP;
	if (queue->started)
		return vhuge_fail(&dev->report, -EBUSY,
				  "ring %u runs; stop it first", queue->index);
	return vhuge_queue_set(queue, &arg->vring, &dev->report);
}

static int set_vring_fd(struct vhuge_dev *dev, union arg *arg)
{
	struct vhuge_vring_fd *set = &arg->vring_fd;
	struct vhuge_queue *queue = find(dev, set->index);

	if (IS_ERR(queue))
		return PTR_ERR(queue);
	if (set->reserved)
		return -EOPNOTSUPP;
	if (set->kind > VHUGE_VRING_ERR)
		return -EINVAL;
	return vhuge_queue_set_fd(queue, set->kind, set->fd, &dev->report);
}

static void refresh(struct vhuge_dev *dev, const struct vhuge_queue *queue)
{
	trace_vhuge_queue_state(dev->id, queue->index, queue->started,
				queue->enabled);
	vhuge_port_refresh(&dev->guest);
}

static int enable_vring(struct vhuge_dev *dev, union arg *arg)
{
	struct vhuge_queue *queue = find(dev, arg->state.index);

	if (IS_ERR(queue))
		return PTR_ERR(queue);
	if (arg->state.value > 1)
		return -EINVAL;

	rtnl_lock();
	WRITE_ONCE(queue->enabled, arg->state.value);
	refresh(dev, queue);
	rtnl_unlock();
	return 0;
}

static int start_vring(struct vhuge_dev *dev, union arg *arg)
{
	struct vhuge_queue *queue = find(dev, arg->state.index);
	int err;

	if (IS_ERR(queue))
		return PTR_ERR(queue);
	if (arg->state.value)
		return -EINVAL;
	if (queue->started && vhuge_queue_broken(queue))
		return vhuge_fail(&dev->report, -EBUSY,
				  "ring %u is broken (%s); stop it first",
				  queue->index, vhuge_fault_text(queue->fault));
	if (queue->started)
		return 0;

	err = vhuge_queue_build(queue, dev->features, &dev->table->map,
				&dev->report);
	if (err)
		return err;

	rtnl_lock();
	queue->started = true;
	refresh(dev, queue);
	rtnl_unlock();
	return 0;
}

static int stop_vring(struct vhuge_dev *dev, union arg *arg)
{
	struct vhuge_queue *queue = find(dev, arg->state.index);

	if (IS_ERR(queue))
		return PTR_ERR(queue);

	if (queue->started) {
		rtnl_lock();
		queue->started = false;
		refresh(dev, queue);
		rtnl_unlock();
		vhuge_queue_settle(queue);
		vhuge_queue_unbuild(queue);
	}
	vhuge_queue_forget(queue);
	arg->state.value = queue->base;
	return 0;
}

static int attach(struct vhuge_dev *dev, union arg *arg)
{
	int err;

	if (arg->attach.reserved)
		return -EOPNOTSUPP;
	err = vhuge_port_attach(&dev->guest, current->nsproxy->net_ns,
				arg->attach.ifindex, &dev->report);
	if (!err)
		WRITE_ONCE(dev->gone, false);
	return err;
}

static int detach(struct vhuge_dev *dev, union arg *arg)
{
	return vhuge_port_detach(&dev->guest);
}

static int check_mtu(struct vhuge_dev *dev, u32 mtu)
{
	struct net_device *netdev;
	int err = 0;

	rtnl_lock();
	netdev = dev->guest.port ? dev->guest.port->netdev : NULL;
	if (netdev && mtu > netdev->mtu)
		err = vhuge_fail(&dev->report, -EMSGSIZE,
				 "the guest may send packets of %u bytes, %s takes %u: ip link set %s mtu %u",
				 mtu, netdev_name(netdev), netdev->mtu,
				 netdev_name(netdev), mtu);
	rtnl_unlock();
	return err;
}

static int set_mtu(struct vhuge_dev *dev, union arg *arg)
{
	u32 mtu = arg->mtu.mtu, i;
	int err;

	if (arg->mtu.reserved)
		return -EOPNOTSUPP;
	if (mtu && (mtu < ETH_MIN_MTU || mtu > ETH_MAX_MTU))
		return vhuge_fail(&dev->report, -EINVAL,
				  "an MTU of %u is not one from %u to %u", mtu,
				  ETH_MIN_MTU, ETH_MAX_MTU);
	err = check_mtu(dev, mtu);
	if (err)
		return err;

	for (i = 0; i < ARRAY_SIZE(dev->queue); i++)
		WRITE_ONCE(dev->queue[i].longest,
			   mtu ? mtu + VLAN_ETH_HLEN : U32_MAX);
	return 0;
}

static int announce(struct vhuge_dev *dev, union arg *arg)
{
	const u8 *reserved = arg->announce.reserved;

	if (reserved[0] || reserved[1])
		return -EOPNOTSUPP;
	if (!is_valid_ether_addr(arg->announce.mac))
		return vhuge_fail(&dev->report, -EINVAL,
				  "%pM is not a unicast Ethernet address",
				  arg->announce.mac);
	return vhuge_port_announce(&dev->guest, arg->announce.mac,
				   &dev->report);
}

/**
 * struct entry - an ioctl
 * @size: of its structure
 * @min_size: the smallest that was ever valid
 * @flags: bits allowed in flags
 * @writes: the structure has members to copy out
 * @handle: does it
 */
struct entry {
	u32 size;
	u32 min_size;
	u32 flags;
	bool writes;
	int (*handle)(struct vhuge_dev *dev, union arg *arg);
};

#define ENTRY(type, last, writes_, flags_, handler)	\
	{						\
		.size = sizeof(type),			\
		.min_size = offsetofend(type, last),	\
		.flags = flags_,			\
		.writes = writes_,			\
		.handle = handler,			\
	}

#define VRING_FLAGS (VHUGE_VRING_NUM | VHUGE_VRING_ADDR | VHUGE_VRING_BASE)

static const struct entry entries[] = {
	[VHUGE_CMD_GET_INFO] =
		ENTRY(struct vhuge_info, queue_pairs, true, 0,
		      get_info),
	[VHUGE_CMD_GET_ERROR] =
		ENTRY(struct vhuge_error, text, true, 0,
		      get_error),
	[VHUGE_CMD_SET_FEATURES] =
		ENTRY(struct vhuge_features, features, false, 0,
		      set_features),
	[VHUGE_CMD_SET_REGIONS] =
		ENTRY(struct vhuge_regions, regions, false, 0,
		      set_regions),
	[VHUGE_CMD_ADD_REGIONS] =
		ENTRY(struct vhuge_regions, regions, false, 0,
		      add_regions),
	[VHUGE_CMD_REMOVE_REGIONS] =
		ENTRY(struct vhuge_regions, regions, false, 0,
		      remove_regions),
	[VHUGE_CMD_GET_SEGMENTS] =
		ENTRY(struct vhuge_get_segments, segments, true, 0,
		      get_segments),
	[VHUGE_CMD_SET_VRING] =
		ENTRY(struct vhuge_vring, used, false, VRING_FLAGS,
		      set_vring),
	[VHUGE_CMD_SET_VRING_FD] =
		ENTRY(struct vhuge_vring_fd, reserved, false, 0,
		      set_vring_fd),
	[VHUGE_CMD_ENABLE_VRING] =
		ENTRY(struct vhuge_vring_state, value, false, 0,
		      enable_vring),
	[VHUGE_CMD_START_VRING] =
		ENTRY(struct vhuge_vring_state, value, false, 0,
		      start_vring),
	[VHUGE_CMD_STOP_VRING] =
		ENTRY(struct vhuge_vring_state, value, true, 0,
		      stop_vring),
	[VHUGE_CMD_ATTACH] =
		ENTRY(struct vhuge_attach, reserved, false, 0,
		      attach),
	[VHUGE_CMD_DETACH] =
		ENTRY(struct vhuge_detach, flags, false, 0,
		      detach),
	[VHUGE_CMD_TRANSLATE] =
		ENTRY(struct vhuge_translate, entries, true,
		      VHUGE_TRANSLATE_USER, translate),
	[VHUGE_CMD_SET_MTU] =
		ENTRY(struct vhuge_mtu, reserved, false, 0,
		      set_mtu),
	[VHUGE_CMD_ANNOUNCE] =
		ENTRY(struct vhuge_announce, reserved, false, 0,
		      announce),
	[VHUGE_CMD_SET_SPACE] =
		ENTRY(struct vhuge_space, pci_devfn, false, 0,
		      set_space),
};

static int copy_in(const struct entry *entry, union arg *arg,
		   void __user *from)
{
	u32 size;
	int err;

	if (get_user(size, (u32 __user *)from))
		return -EFAULT;
	if (size < entry->min_size)
		return -EINVAL;
	err = copy_struct_from_user(arg, entry->size, from, size);
	arg->size = size; /* as first read */
	return err;
}

static int copy_out(const struct entry *entry, const union arg *arg,
		    void __user *to)
{
	if (entry->writes && copy_to_user(to, arg, min(arg->size, entry->size)))
		return -EFAULT;
	return 0;
}

static const struct entry *lookup(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (nr >= ARRAY_SIZE(entries) || cmd != _IO(VHUGE_IOC_TYPE, nr))
		return NULL;
	return &entries[array_index_nospec(nr, ARRAY_SIZE(entries))];
}

/**
 * vhuge_dev_ioctl - carry out an ioctl
 * @dev: the device, locked
 * @cmd: number of the ioctl
 * @user: its structure
 */
long vhuge_dev_ioctl(struct vhuge_dev *dev, unsigned int cmd, void __user *user)
{
	const struct entry *entry = lookup(cmd);
	union arg arg = {};
	int err;

	lockdep_assert_held(&dev->lock);

	if (!entry)
		return -ENOTTY;

	dev->report.said = false;
	err = copy_in(entry, &arg, user);
	if (!err && arg.flags & ~entry->flags)
		err = -EOPNOTSUPP;
	if (!err) /* an answer nobody can be told is no reason to do anything */
		err = copy_out(entry, &arg, user);
	if (!err)
		err = entry->handle(dev, &arg);
	if (!err)
		err = copy_out(entry, &arg, user);
	if (err && !dev->report.said && entry->handle != get_error)
		dev->report.text[0] = '\0';
	return err;
}
