// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"

int device_open(void)
{
	int fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int device_call(int dev, unsigned long command, void *arg)
{
	return ioctl(dev, command, arg) < 0 ? -errno : 0;
}

int device_info(int dev, struct vhuge_info *info)
{
	*info = (struct vhuge_info) { .size = sizeof(*info) };
	return device_call(dev, VHUGE_GET_INFO, info);
}

const char *device_error(int dev)
{
	static char text[1024];
	struct vhuge_error error = {
		.size = sizeof(error),
		.length = sizeof(text),
		.text = (uintptr_t)text,
	};

	if (device_call(dev, VHUGE_GET_ERROR, &error))
		return "(VHUGE_GET_ERROR failed)";
	return text;
}

int device_features(int dev, uint64_t features)
{
	struct vhuge_features set = { .size = sizeof(set), .features = features };

	return device_call(dev, VHUGE_SET_FEATURES, &set);
}

static int regions_call(int dev, unsigned long command, const struct vhuge_region *regions,
			unsigned int count)
{
	struct vhuge_regions table = {
		.size = sizeof(table),
		.count = count,
		.entry_size = sizeof(*regions),
		.regions = (uintptr_t)regions,
	};

	return device_call(dev, command, &table);
}

int device_set_regions(int dev, const struct vhuge_region *regions, unsigned int count)
{
	return regions_call(dev, VHUGE_SET_REGIONS, regions, count);
}

int device_add_regions(int dev, const struct vhuge_region *regions, unsigned int count)
{
	return regions_call(dev, VHUGE_ADD_REGIONS, regions, count);
}

int device_remove_regions(int dev, const struct vhuge_region *regions, unsigned int count)
{
	return regions_call(dev, VHUGE_REMOVE_REGIONS, regions, count);
}

int device_segments(int dev, struct vhuge_get_segments *get, struct vhuge_segment *segments,
		    unsigned int first, unsigned int count)
{
	*get = (struct vhuge_get_segments) {
		.size = sizeof(*get),
		.first = first,
		.count = count,
		.entry_size = sizeof(*segments),
		.segments = (uintptr_t)segments,
	};
	return device_call(dev, VHUGE_GET_SEGMENTS, get);
}

int device_translate(int dev, unsigned int flags, struct vhuge_translation *entries,
		     unsigned int count)
{
	struct vhuge_translate translate = {
		.size = sizeof(translate),
		.flags = flags,
		.count = count,
		.entry_size = sizeof(*entries),
		.entries = (uintptr_t)entries,
	};

	return device_call(dev, VHUGE_TRANSLATE, &translate);
}

int device_space(int dev, unsigned int kind, const struct vhuge_space *pci)
{
	struct vhuge_space space = { 0 };

	if (pci)
		space = *pci;
	space.size = sizeof(space);
	space.kind = kind;
	return device_call(dev, VHUGE_SET_SPACE, &space);
}

int device_vring(int dev, const struct vhuge_vring *set)
{
	struct vhuge_vring vring = *set;

	vring.size = sizeof(vring);
	return device_call(dev, VHUGE_SET_VRING, &vring);
}

int device_vring_fd(int dev, unsigned int index, unsigned int kind, int fd)
{
	struct vhuge_vring_fd set = {
		.size = sizeof(set),
		.index = index,
		.kind = kind,
		.fd = fd,
	};

	return device_call(dev, VHUGE_SET_VRING_FD, &set);
}

int device_enable(int dev, unsigned int index, unsigned int value)
{
	struct vhuge_vring_state state = {
		.size = sizeof(state),
		.index = index,
		.value = value,
	};

	return device_call(dev, VHUGE_ENABLE_VRING, &state);
}

int device_start(int dev, unsigned int index)
{
	struct vhuge_vring_state state = { .size = sizeof(state), .index = index };

	return device_call(dev, VHUGE_START_VRING, &state);
}

int64_t device_stop(int dev, unsigned int index)
{
	struct vhuge_vring_state state = { .size = sizeof(state), .index = index };
	int err = device_call(dev, VHUGE_STOP_VRING, &state);

	return err ? err : (int64_t)state.value;
}

int device_attach(int dev, unsigned int ifindex)
{
	struct vhuge_attach attach = { .size = sizeof(attach), .ifindex = ifindex };

	return device_call(dev, VHUGE_ATTACH, &attach);
}

int device_detach(int dev)
{
	struct vhuge_detach detach = { .size = sizeof(detach) };

	return device_call(dev, VHUGE_DETACH, &detach);
}

int device_set_mtu(int dev, unsigned int mtu)
{
	struct vhuge_mtu arg = { .size = sizeof(arg), .mtu = mtu };

	return device_call(dev, VHUGE_SET_MTU, &arg);
}

int device_announce(int dev, const unsigned char mac[6])
{
	struct vhuge_announce arg = { .size = sizeof(arg) };

	memcpy(arg.mac, mac, sizeof(arg.mac));
	return device_call(dev, VHUGE_ANNOUNCE, &arg);
}
