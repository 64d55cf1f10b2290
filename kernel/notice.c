// SPDX-License-Identifier: GPL-2.0
/*
 * What listeners of the netlink family are told without asking; see notice.h.
 */
#include <linux/vhuge_netlink.h>
#include <net/genetlink.h>

#include "compat.h"
#include "notice.h"

/* Set before there is a device, and valid as long as there is one. */
static const struct genl_family *family;

/**
 * vhuge_notice_init - have a family to speak for
 * @genl: registered
 */
void vhuge_notice_init(const struct genl_family *genl)
{
	family = genl;
}

static u32 segments_of(const struct vhuge_span *span)
{
	u64 at, length;
	u32 n = 0;

	for (at = 0; at < span->length; at += length, n++) {
		length = span->length - at;
		vhuge_span_bytes(span, at, &length);
	}
	return n;
}

static u64 pages_of(const struct vhuge_span *span)
{
	return ((span->skew + span->length - 1) >> span->page_shift) + 1;
}

static int put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, VHUGE_REGION_ATTR_PAD);
}

/**
 * vhuge_notice_region - describe a region
 * @msg: receives the attributes
 * @device: number of the device
 * @generation: of the table that has the region, or has it no more
 * @index: its place in the table
 * @span: the region
 *
 * Return: 0, or not when @msg is full.
 */
int vhuge_notice_region(struct sk_buff *msg, u32 device, u64 generation,
			u32 index, const struct vhuge_span *span)
{
	return nla_put_u32(msg, VHUGE_REGION_ATTR_DEVICE, device) ||
	       nla_put_u32(msg, VHUGE_REGION_ATTR_INDEX, index) ||
	       put_u64(msg, VHUGE_REGION_ATTR_GUEST_ADDR, span->guest_addr) ||
	       put_u64(msg, VHUGE_REGION_ATTR_USER_ADDR, span->user_addr) ||
	       put_u64(msg, VHUGE_REGION_ATTR_LENGTH, span->length) ||
	       put_u64(msg, VHUGE_REGION_ATTR_OFFSET, span->offset) ||
	       put_u64(msg, VHUGE_REGION_ATTR_PAGE_SIZE,
		       1ULL << span->page_shift) ||
	       put_u64(msg, VHUGE_REGION_ATTR_PAGES, pages_of(span)) ||
	       nla_put_u32(msg, VHUGE_REGION_ATTR_SEGMENTS,
			   segments_of(span)) ||
	       put_u64(msg, VHUGE_REGION_ATTR_GENERATION, generation);
}

static int put(struct sk_buff *msg, u8 cmd, u32 device, u64 generation,
	       u32 index, const struct vhuge_span *span)
{
	void *header = genlmsg_put(msg, 0, 0, family, 0, cmd);

	if (!header)
		return -EMSGSIZE;
	if (vhuge_notice_region(msg, device, generation, index, span)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

/* Several messages travel in one buffer. */
static int write_one(struct sk_buff_head *notice, u8 cmd, u32 device,
		     u64 generation, u32 index, const struct vhuge_span *span)
{
	struct sk_buff *msg = skb_peek_tail(notice);

	if (msg && !put(msg, cmd, device, generation, index, span))
		return 0;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	__skb_queue_tail(notice, msg);
	return put(msg, cmd, device, generation, index, span);
}

/* Has @map this region, with the same memory? */
static bool has(const struct vhuge_segmap *map, const struct vhuge_span *span)
{
	const struct vhuge_span *other = vhuge_segmap_find(map,
							   span->guest_addr);

	return other && other->guest_addr == span->guest_addr &&
	       other->user_addr == span->user_addr &&
	       other->offset == span->offset && vhuge_span_same(other, span);
}

static int write_missing(struct sk_buff_head *notice, u8 cmd, u32 device,
			 u64 generation, const struct vhuge_segmap *map,
			 const struct vhuge_segmap *other)
{
	u32 i;
	int err;

	for (i = 0; i < map->nspans; i++) {
		if (has(other, &map->span[i]))
			continue;
		err = write_one(notice, cmd, device, generation, i,
				&map->span[i]);
		if (err)
			return err;
	}
	return 0;
}

/**
 * vhuge_notice_write - write down what a change does
 * @notice: receives the messages
 * @device: number of the device
 * @old: the memory as it is
 * @map: as it will be
 *
 * Return: 0 or -ENOMEM, and then @notice is empty.
 */
int vhuge_notice_write(struct sk_buff_head *notice, u32 device,
		       const struct vhuge_segmap *old,
		       const struct vhuge_segmap *map)
{
	int err;

	__skb_queue_head_init(notice);
	err = write_missing(notice, VHUGE_GENL_REGION_REMOVED, device,
			    map->generation, old, map);
	if (!err)
		err = write_missing(notice, VHUGE_GENL_REGION_ADDED, device,
				    map->generation, map, old);
	if (err)
		__skb_queue_purge(notice);
	return err;
}

/**
 * vhuge_notice_send - tell it
 * @notice: empty when this returns
 */
void vhuge_notice_send(struct sk_buff_head *notice)
{
	struct sk_buff *msg;

	while ((msg = __skb_dequeue(notice)))
		genlmsg_multicast_netns(family, &init_net, msg, 0,
					VHUGE_GROUP_REGIONS, GFP_KERNEL);
}

/**
 * vhuge_notice_close - tell that a device goes, with all its regions
 * @device: its number, which no other device has yet
 * @map: its memory
 * @generation: newer than @map
 *
 * Without memory for it the listeners learn that they missed something.
 */
void vhuge_notice_close(u32 device, const struct vhuge_segmap *map,
			u64 generation)
{
	const struct vhuge_segmap nothing = { .generation = generation };
	struct sk_buff_head notice;

	if (vhuge_notice_write(&notice, device, map, &nothing))
		genl_set_err(family, &init_net, 0, VHUGE_GROUP_REGIONS,
			     -ENOBUFS);
	else
		vhuge_notice_send(&notice);
}

/**
 * vhuge_notice_fault - tell that a ring broke
 * @device: number of the device
 * @index: of the ring
 * @fault: why
 */
void vhuge_notice_fault(u32 device, u32 index, enum vhuge_fault fault)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	void *header;

	if (!msg)
		goto lost;
	header = genlmsg_put(msg, 0, 0, family, 0, VHUGE_GENL_VRING_BROKEN);
	if (!header ||
	    nla_put_u32(msg, VHUGE_VRING_ATTR_DEVICE, device) ||
	    nla_put_u32(msg, VHUGE_VRING_ATTR_INDEX, index) ||
	    nla_put_string(msg, VHUGE_VRING_ATTR_FAULT,
			   vhuge_fault_text(fault)))
		goto free;
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(family, &init_net, msg, 0, VHUGE_GROUP_FAULTS,
				GFP_ATOMIC);
	return;

free:
	nlmsg_free(msg);
lost:
	genl_set_err(family, &init_net, 0, VHUGE_GROUP_FAULTS, -ENOBUFS);
}
