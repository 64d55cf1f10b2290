/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel module as the daemon sees it: an open file of /dev/vhuge per
 * guest. All functions return 0 (or a descriptor) or a negative error of the
 * contract in <linux/vhuge.h>. Tests replace this file by a recorder.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vhuge.h>

#define DEVICE_PATH "/dev/vhuge"

int device_open(void);
void device_close(int device);
int device_info(int device, struct vhuge_info *info);
void device_error(int device, char *text, size_t size);
int device_attach(int device, unsigned int ifindex);
int device_set_mtu(int device, unsigned int mtu);
int device_announce(int device, const uint8_t mac[6]);
int device_set_features(int device, uint64_t features);
int device_set_regions(int device, struct vhuge_region *regions, unsigned int count);
int device_add_region(int device, struct vhuge_region *region);
int device_remove_region(int device, struct vhuge_region *region);
int device_set_vring(int device, struct vhuge_vring *vring);
int device_set_vring_fd(int device, unsigned int index, unsigned int kind, int fd);
int device_enable_vring(int device, unsigned int index, bool enable);
int device_start_vring(int device, unsigned int index);
int device_stop_vring(int device, unsigned int index, uint32_t *base);

#endif /* DEVICE_H */
