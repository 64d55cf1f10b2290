/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink family of vhuge: what ports, devices, rings, regions and
 * segments there are.
 *
 * Copyright (C) 2026 vhuge developers
 */
#ifndef _UAPI_LINUX_VHUGE_NETLINK_H
#define _UAPI_LINUX_VHUGE_NETLINK_H

/**
 * DOC: Netlink family
 *
 * The family "vhuge", version 1, answers dump requests (NLM_F_DUMP) without
 * attributes. Each answer is a sequence of messages of the same command, one
 * object in each. Requests need CAP_NET_ADMIN in the initial user namespace,
 * since they tell addresses inside other processes, and the initial network
 * namespace. A dump during which objects came or went is marked
 * NLM_F_DUMP_INTR.
 */

/**
 * DOC: Netlink events
 *
 * There are two multicast groups, which take the same rights as the dumps to
 * join. VHUGE_GENL_GROUP_REGIONS tells of each region that a device gets or
 * loses: VHUGE_GENL_REGION_ADDED and VHUGE_GENL_REGION_REMOVED, with the
 * attributes that VHUGE_GENL_REGION_GET shows. A device that is closed loses
 * all its regions; a region that stays as it is makes no event; one that gets
 * other memory is removed and added. VHUGE_GENL_GROUP_FAULTS tells of rings that
 * break: VHUGE_GENL_VRING_BROKEN with the device, the index and the fault. A
 * buffer may hold several messages.
 *
 * VHUGE_REGION_ATTR_GENERATION numbers the table that a change results in.
 * These numbers grow from change to change, also when a device is closed and
 * another one gets its number. So a watcher knows all regions at all times, if it
 *
 *  1. joins the group,
 *  2. dumps the regions (again when marked NLM_F_DUMP_INTR), and notes the
 *     generation it sees for each device,
 *  3. reads events, and ignores those whose generation is not above the one it
 *     noted for their device, and removals of regions it does not know,
 *  4. goes back to 2 when reading fails with ENOBUFS: events were lost.
 */
#define VHUGE_GENL_NAME "vhuge"
#define VHUGE_GENL_VERSION 1

#define VHUGE_GENL_GROUP_REGIONS "regions"
#define VHUGE_GENL_GROUP_FAULTS "faults"

/**
 * enum vhuge_genl_cmd - commands of the family, dumps and events
 * @VHUGE_GENL_PORT_GET: network interfaces of kind "vhuge", enum vhuge_port_attr
 * @VHUGE_GENL_DEVICE_GET: open devices, enum vhuge_device_attr
 * @VHUGE_GENL_VRING_GET: rings that were set up, enum vhuge_vring_attr
 * @VHUGE_GENL_REGION_GET: regions of the devices, enum vhuge_region_attr
 * @VHUGE_GENL_SEGMENT_GET: segments they became, enum vhuge_segment_attr
 * @VHUGE_GENL_REGION_ADDED: event: a device has a region, enum
 *                           vhuge_region_attr
 * @VHUGE_GENL_REGION_REMOVED: event: it has it no more, enum vhuge_region_attr
 * @VHUGE_GENL_VRING_BROKEN: event: a ring broke, enum vhuge_vring_attr
 * @VHUGE_GENL_LIMITS_GET: what is pinned and may be, enum vhuge_limits_attr
 */
enum vhuge_genl_cmd {
	VHUGE_GENL_PORT_GET = 1,
	VHUGE_GENL_DEVICE_GET,
	VHUGE_GENL_VRING_GET,
	VHUGE_GENL_REGION_GET,
	VHUGE_GENL_SEGMENT_GET,
	VHUGE_GENL_REGION_ADDED,
	VHUGE_GENL_REGION_REMOVED,
	VHUGE_GENL_VRING_BROKEN,
	VHUGE_GENL_LIMITS_GET,
};

/**
 * enum vhuge_port_attr - a port
 * @VHUGE_PORT_ATTR_PAD: alignment of 64-bit attributes
 * @VHUGE_PORT_ATTR_IFINDEX: u32: interface index
 * @VHUGE_PORT_ATTR_IFNAME: string: interface name
 * @VHUGE_PORT_ATTR_QUEUE_PAIRS: u32: queue pairs it was created with
 * @VHUGE_PORT_ATTR_DEVICE: u32: the device attached; absent without one
 * @VHUGE_PORT_ATTR_CARRIER: u32: 1 when a guest is live
 */
enum vhuge_port_attr {
	VHUGE_PORT_ATTR_PAD = 1,
	VHUGE_PORT_ATTR_IFINDEX,
	VHUGE_PORT_ATTR_IFNAME,
	VHUGE_PORT_ATTR_QUEUE_PAIRS,
	VHUGE_PORT_ATTR_DEVICE,
	VHUGE_PORT_ATTR_CARRIER,
	/* private: */
	__VHUGE_PORT_ATTR_MAX
};

#define VHUGE_PORT_ATTR_MAX (__VHUGE_PORT_ATTR_MAX - 1)

/**
 * enum vhuge_device_attr - a device
 * @VHUGE_DEVICE_ATTR_PAD: alignment of 64-bit attributes
 * @VHUGE_DEVICE_ATTR_ID: u32: number of the device
 * @VHUGE_DEVICE_ATTR_PID: u32: process that opened it
 * @VHUGE_DEVICE_ATTR_COMM: string: name of that process
 * @VHUGE_DEVICE_ATTR_FEATURES: u64: feature bits the guest accepted
 * @VHUGE_DEVICE_ATTR_IFINDEX: u32: port attached to; absent without one
 * @VHUGE_DEVICE_ATTR_REGIONS: u32: regions
 * @VHUGE_DEVICE_ATTR_SEGMENTS: u32: segments they became
 * @VHUGE_DEVICE_ATTR_PINNED: u64: bytes pinned
 * @VHUGE_DEVICE_ATTR_GENERATION: u64: grows with every change of the table of
 *                                regions
 * @VHUGE_DEVICE_ATTR_FRESH: u64: bytes that were pinned for it since it was
 *                           opened; what was pinned already is not counted
 * @VHUGE_DEVICE_ATTR_LOCK_LIMIT: u64: bytes its opener's user may have locked,
 *                                by RLIMIT_MEMLOCK; absent without a limit and
 *                                with CAP_IPC_LOCK
 * @VHUGE_DEVICE_ATTR_SPACE: u32: kind of its IOVA space, VHUGE_SPACE_*
 */
enum vhuge_device_attr {
	VHUGE_DEVICE_ATTR_PAD = 1,
	VHUGE_DEVICE_ATTR_ID,
	VHUGE_DEVICE_ATTR_PID,
	VHUGE_DEVICE_ATTR_COMM,
	VHUGE_DEVICE_ATTR_FEATURES,
	VHUGE_DEVICE_ATTR_IFINDEX,
	VHUGE_DEVICE_ATTR_REGIONS,
	VHUGE_DEVICE_ATTR_SEGMENTS,
	VHUGE_DEVICE_ATTR_PINNED,
	VHUGE_DEVICE_ATTR_GENERATION,
	VHUGE_DEVICE_ATTR_FRESH,
	VHUGE_DEVICE_ATTR_LOCK_LIMIT,
	VHUGE_DEVICE_ATTR_SPACE,
	/* private: */
	__VHUGE_DEVICE_ATTR_MAX
};

#define VHUGE_DEVICE_ATTR_MAX (__VHUGE_DEVICE_ATTR_MAX - 1)

/* Bits of VHUGE_VRING_ATTR_STATE. */
#define VHUGE_VRING_STATE_STARTED (1U << 0)
#define VHUGE_VRING_STATE_ENABLED (1U << 1)
#define VHUGE_VRING_STATE_BROKEN  (1U << 2)

/**
 * enum vhuge_vring_attr - a ring
 * @VHUGE_VRING_ATTR_PAD: alignment of 64-bit attributes
 * @VHUGE_VRING_ATTR_DEVICE: u32: number of its device
 * @VHUGE_VRING_ATTR_INDEX: u32: 2n: receive queue n of the guest, 2n + 1: its
 *                          transmit queue n
 * @VHUGE_VRING_ATTR_STATE: u32: VHUGE_VRING_STATE_* bits
 * @VHUGE_VRING_ATTR_NUM: u32: size in descriptors
 * @VHUGE_VRING_ATTR_FAULT: string: why it is broken; absent when it is not
 * @VHUGE_VRING_ATTR_PACKETS: u64: packets since the port was created; this
 *                            and the following only while attached
 * @VHUGE_VRING_ATTR_BYTES: u64: bytes of these
 * @VHUGE_VRING_ATTR_DROPS: u64: packets dropped, for all causes
 * @VHUGE_VRING_ATTR_KICKS: u64: times the guest wrote the kick eventfd
 * @VHUGE_VRING_ATTR_CALLS: u64: times the call eventfd was written
 */
enum vhuge_vring_attr {
	VHUGE_VRING_ATTR_PAD = 1,
	VHUGE_VRING_ATTR_DEVICE,
	VHUGE_VRING_ATTR_INDEX,
	VHUGE_VRING_ATTR_STATE,
	VHUGE_VRING_ATTR_NUM,
	VHUGE_VRING_ATTR_FAULT,
	VHUGE_VRING_ATTR_PACKETS,
	VHUGE_VRING_ATTR_BYTES,
	VHUGE_VRING_ATTR_DROPS,
	VHUGE_VRING_ATTR_KICKS,
	VHUGE_VRING_ATTR_CALLS,
	/* private: */
	__VHUGE_VRING_ATTR_MAX
};

#define VHUGE_VRING_ATTR_MAX (__VHUGE_VRING_ATTR_MAX - 1)

/**
 * enum vhuge_region_attr - a region
 * @VHUGE_REGION_ATTR_PAD: alignment of 64-bit attributes
 * @VHUGE_REGION_ATTR_DEVICE: u32: number of its device
 * @VHUGE_REGION_ATTR_INDEX: u32: place in the table, by guest address
 * @VHUGE_REGION_ATTR_GUEST_ADDR: u64: first guest address
 * @VHUGE_REGION_ATTR_USER_ADDR: u64: first user address
 * @VHUGE_REGION_ATTR_LENGTH: u64: bytes
 * @VHUGE_REGION_ATTR_OFFSET: u64: where it begins in its file, in bytes
 * @VHUGE_REGION_ATTR_PAGE_SIZE: u64: size of its pages, in bytes
 * @VHUGE_REGION_ATTR_PAGES: u64: pages pinned for it
 * @VHUGE_REGION_ATTR_SEGMENTS: u32: segments it became
 * @VHUGE_REGION_ATTR_GENERATION: u64: of the table of regions
 */
enum vhuge_region_attr {
	VHUGE_REGION_ATTR_PAD = 1,
	VHUGE_REGION_ATTR_DEVICE,
	VHUGE_REGION_ATTR_INDEX,
	VHUGE_REGION_ATTR_GUEST_ADDR,
	VHUGE_REGION_ATTR_USER_ADDR,
	VHUGE_REGION_ATTR_LENGTH,
	VHUGE_REGION_ATTR_OFFSET,
	VHUGE_REGION_ATTR_PAGE_SIZE,
	VHUGE_REGION_ATTR_PAGES,
	VHUGE_REGION_ATTR_SEGMENTS,
	VHUGE_REGION_ATTR_GENERATION,
	/* private: */
	__VHUGE_REGION_ATTR_MAX
};

#define VHUGE_REGION_ATTR_MAX (__VHUGE_REGION_ATTR_MAX - 1)

/**
 * enum vhuge_segment_attr - a segment
 * @VHUGE_SEGMENT_ATTR_PAD: alignment of 64-bit attributes
 * @VHUGE_SEGMENT_ATTR_DEVICE: u32: number of its device
 * @VHUGE_SEGMENT_ATTR_REGION: u32: place of its region in the table
 * @VHUGE_SEGMENT_ATTR_GUEST_ADDR: u64: first guest address
 * @VHUGE_SEGMENT_ATTR_USER_ADDR: u64: first user address
 * @VHUGE_SEGMENT_ATTR_LENGTH: u64: bytes
 * @VHUGE_SEGMENT_ATTR_OFFSET: u64: where it begins in its file, in bytes
 * @VHUGE_SEGMENT_ATTR_PAGE_SIZE: u64: size of its pages, in bytes
 * @VHUGE_SEGMENT_ATTR_NODE: s32: NUMA node, -1 when unknown
 */
enum vhuge_segment_attr {
	VHUGE_SEGMENT_ATTR_PAD = 1,
	VHUGE_SEGMENT_ATTR_DEVICE,
	VHUGE_SEGMENT_ATTR_REGION,
	VHUGE_SEGMENT_ATTR_GUEST_ADDR,
	VHUGE_SEGMENT_ATTR_USER_ADDR,
	VHUGE_SEGMENT_ATTR_LENGTH,
	VHUGE_SEGMENT_ATTR_OFFSET,
	VHUGE_SEGMENT_ATTR_PAGE_SIZE,
	VHUGE_SEGMENT_ATTR_NODE,
	/* private: */
	__VHUGE_SEGMENT_ATTR_MAX
};

#define VHUGE_SEGMENT_ATTR_MAX (__VHUGE_SEGMENT_ATTR_MAX - 1)

/**
 * enum vhuge_limits_attr - pinned memory of the whole module
 * @VHUGE_LIMITS_ATTR_PAD: alignment of 64-bit attributes
 * @VHUGE_LIMITS_ATTR_PINNED: u64: bytes pinned; shared ones count once
 * @VHUGE_LIMITS_ATTR_LIMIT: u64: bytes that may be (limit_mib); absent without
 * @VHUGE_LIMITS_ATTR_USER_LIMIT: u64: bytes that each user may have pinned
 *                                (user_limit_mib); absent without
 */
enum vhuge_limits_attr {
	VHUGE_LIMITS_ATTR_PAD = 1,
	VHUGE_LIMITS_ATTR_PINNED,
	VHUGE_LIMITS_ATTR_LIMIT,
	VHUGE_LIMITS_ATTR_USER_LIMIT,
	/* private: */
	__VHUGE_LIMITS_ATTR_MAX
};

#define VHUGE_LIMITS_ATTR_MAX (__VHUGE_LIMITS_ATTR_MAX - 1)

#endif /* _UAPI_LINUX_VHUGE_NETLINK_H */
