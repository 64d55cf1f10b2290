/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes of a device's memory.
 */
#ifndef VHUGE_MEMORY_H
#define VHUGE_MEMORY_H

#include "dev.h"

struct vhuge_regions;
struct vhuge_space;

int vhuge_memory_change(struct vhuge_dev *dev, const struct vhuge_regions *arg,
			enum vhuge_change how);
int vhuge_memory_set_space(struct vhuge_dev *dev,
			   const struct vhuge_space *space);

#endif /* VHUGE_MEMORY_H */
