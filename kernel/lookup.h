/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device's memory consists of, and where its bytes are.
 */
#ifndef VHUGE_LOOKUP_H
#define VHUGE_LOOKUP_H

#include "dev.h"

struct vhuge_get_segments;
struct vhuge_translate;

int vhuge_lookup_segments(struct vhuge_dev *dev,
			  struct vhuge_get_segments *get);
int vhuge_lookup_translate(struct vhuge_dev *dev,
			   struct vhuge_translate *translate);

#endif /* VHUGE_LOOKUP_H */
