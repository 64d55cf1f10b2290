/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/vhuge: one function for each ioctl. All return 0 or -errno.
 */
#ifndef SELFTESTS_DEVICE_H
#define SELFTESTS_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/vhuge.h>

#define DEVICE_PATH "/dev/vhuge"

/* An open device or -errno. */
int device_open(void);

int device_call(int dev, unsigned long command, void *arg);

int device_info(int dev, struct vhuge_info *info);

/* The text of VHUGE_GET_ERROR; valid until the next call. */
const char *device_error(int dev);

int device_features(int dev, uint64_t features);

int device_set_regions(int dev, const struct vhuge_region *regions, unsigned int count);
int device_add_regions(int dev, const struct vhuge_region *regions, unsigned int count);
int device_remove_regions(int dev, const struct vhuge_region *regions, unsigned int count);

/* A part of the table of segments. @get returns count, total and generation. */
int device_segments(int dev, struct vhuge_get_segments *get, struct vhuge_segment *segments,
		    unsigned int first, unsigned int count);

int device_translate(int dev, unsigned int flags, struct vhuge_translation *entries,
		     unsigned int count);

/* @pci: names a PCI device, or NULL. */
int device_space(int dev, unsigned int kind, const struct vhuge_space *pci);

int device_vring(int dev, const struct vhuge_vring *set);
int device_vring_fd(int dev, unsigned int index, unsigned int kind, int fd);
int device_enable(int dev, unsigned int index, unsigned int value);
int device_start(int dev, unsigned int index);

/* The base, which is not negative, or -errno. */
int64_t device_stop(int dev, unsigned int index);

int device_attach(int dev, unsigned int ifindex);
int device_detach(int dev);

int device_set_mtu(int dev, unsigned int mtu);
int device_announce(int dev, const unsigned char mac[6]);

#endif
