/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the memory of a region comes from.
 */
#ifndef VHUGE_SOURCE_H
#define VHUGE_SOURCE_H

#include "report.h"

struct file;
struct vhuge_region;

struct file *vhuge_source(struct vhuge_region *region,
			  struct vhuge_report *report);

#endif /* VHUGE_SOURCE_H */
