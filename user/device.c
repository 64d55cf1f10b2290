// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"

static int call(int device, unsigned long request, void *argument)
{
	return ioctl(device, request, argument) < 0 ? -errno : 0;
}

int device_open(void)
{
	int fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Everything the device holds goes with its file. */
void device_close(int device)
{
	close(device);
}

int device_info(int device, struct vhuge_info *info)
{
	*info = (struct vhuge_info){ .size = sizeof(*info) };
	return call(device, VHUGE_GET_INFO, info);
}

/**
 * device_error() - why the last call failed, in the kernel's words
 * @device: the device
 * @text: receives the text, empty when the error number says all
 * @size: bytes at @text, at least 1
 */
void device_error(int device, char *text, size_t size)
{
	struct vhuge_error error = {
		.size = sizeof(error),
		.length = size,
		.text = (uintptr_t)text,
	};

	text[0] = '\0';
	if (call(device, VHUGE_GET_ERROR, &error))
		text[0] = '\0';
}

int device_attach(int device, unsigned int ifindex)
{
	struct vhuge_attach attach = { .size = sizeof(attach), .ifindex = ifindex };

	return call(device, VHUGE_ATTACH, &attach);
}

int device_set_mtu(int device, unsigned int mtu)
{
	struct vhuge_mtu m = { .size = sizeof(m), .mtu = mtu };

	return call(device, VHUGE_SET_MTU, &m);
}

int device_announce(int device, const uint8_t mac[6])
{
	struct vhuge_announce a = { .size = sizeof(a) };

	memcpy(a.mac, mac, sizeof(a.mac));
	return call(device, VHUGE_ANNOUNCE, &a);
}

int device_set_features(int device, uint64_t features)
{
	struct vhuge_features f = { .size = sizeof(f), .features = features };

	return call(device, VHUGE_SET_FEATURES, &f);
}

static int regions_call(int device, unsigned long request,
			struct vhuge_region *regions, unsigned int count)
{
	struct vhuge_regions r = {
		.size = sizeof(r),
		.count = count,
		.entry_size = sizeof(*regions),
		.regions = (uintptr_t)regions,
	};

	return call(device, request, &r);
}

int device_set_regions(int device, struct vhuge_region *regions, unsigned int count)
{
	return regions_call(device, VHUGE_SET_REGIONS, regions, count);
}

int device_add_region(int device, struct vhuge_region *region)
{
	return regions_call(device, VHUGE_ADD_REGIONS, region, 1);
}

int device_remove_region(int device, struct vhuge_region *region)
{
	return regions_call(device, VHUGE_REMOVE_REGIONS, region, 1);
}

/* Index, flags and the members they name are the caller's. */
int device_set_vring(int device, struct vhuge_vring *vring)
{
	vring->size = sizeof(*vring);
	return call(device, VHUGE_SET_VRING, vring);
}

int device_set_vring_fd(int device, unsigned int index, unsigned int kind, int fd)
{
	struct vhuge_vring_fd f = {
		.size = sizeof(f),
		.index = index,
		.kind = kind,
		.fd = fd,
	};

	return call(device, VHUGE_SET_VRING_FD, &f);
}

int device_enable_vring(int device, unsigned int index, bool enable)
{
	struct vhuge_vring_state state = {
		.size = sizeof(state),
		.index = index,
		.value = enable,
	};

	return call(device, VHUGE_ENABLE_VRING, &state);
}

int device_start_vring(int device, unsigned int index)
{
	struct vhuge_vring_state state = { .size = sizeof(state), .index = index };

	return call(device, VHUGE_START_VRING, &state);
}

int device_stop_vring(int device, unsigned int index, uint32_t *base)
{
	struct vhuge_vring_state state = { .size = sizeof(state), .index = index };
	int err = call(device, VHUGE_STOP_VRING, &state);

	if (!err)
		*base = state.value;
	return err;
}
