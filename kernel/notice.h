/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What listeners of the netlink family are told without asking.
 *
 * Notices about regions are written before a table is published and sent after,
 * so a change that is made cannot fail for want of memory, and whoever joined
 * the group before it read the old table is told of the new one. What does not
 * reach a listener is an ENOBUFS on its socket.
 */
#ifndef VHUGE_NOTICE_H
#define VHUGE_NOTICE_H

#include <linux/skbuff.h>

#include "segmap.h"
#include "vring.h"

struct genl_family;

/* Places of the groups in the family. */
enum { VHUGE_GROUP_REGIONS, VHUGE_GROUP_FAULTS, VHUGE_GROUPS };

int vhuge_notice_region(struct sk_buff *msg, u32 device, u64 generation,
			u32 index, const struct vhuge_span *span);

/* Process context, under the device's lock or without anybody else. */
int vhuge_notice_write(struct sk_buff_head *notice, u32 device,
		       const struct vhuge_segmap *old,
		       const struct vhuge_segmap *map);
void vhuge_notice_send(struct sk_buff_head *notice);
void vhuge_notice_close(u32 device, const struct vhuge_segmap *map,
			u64 generation);

/* From any context but hard interrupts. */
void vhuge_notice_fault(u32 device, u32 index, enum vhuge_fault fault);

void vhuge_notice_init(const struct genl_family *family);

#endif /* VHUGE_NOTICE_H */
