/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vhuge: serve the virtqueues of a guest with pinned hugepages as queues of a
 * Linux network interface.
 *
 * Copyright (C) 2026 vhuge developers
 */
#ifndef _UAPI_LINUX_VHUGE_H
#define _UAPI_LINUX_VHUGE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * An open file of /dev/vhuge is one guest device. Everything the device holds
 * (pinned pages, rings, its place at a port) is released when the last
 * descriptor of that file is closed, however the process ended.
 *
 * Every ioctl takes a pointer to a structure that begins with
 *
 *  - @size: the size of the structure the caller was built with, in bytes,
 *  - @flags: must hold no bit this header does not name.
 *
 * A structure may grow at its end. A kernel that knows fewer members accepts
 * a longer structure when the members it does not know are zero; a kernel
 * that knows more members reads the missing ones as zero. Reserved members
 * must be zero. Members marked "out" are written on success only.
 *
 * All calls need a process context and may sleep. Calls on one file are
 * carried out one after the other. An ioctl that fails has changed nothing.
 *
 * Every ioctl answers errors by one contract:
 *
 *  - ENOTTY: the ioctl number is not known.
 *  - EFAULT: a pointer of the caller cannot be read or written. (Memory that is
 *    taken away while the call is carried out does not undo it.)
 *  - E2BIG: a member this kernel does not know is not zero.
 *  - EINVAL: @size is too small, or a value is out of its range or alignment.
 *  - EOPNOTSUPP: a flag, a reserved member or a feature bit is not supported.
 *  - EPERM: the caller lacks a capability that the call names.
 *  - EBADF: a file descriptor is not open, or not of the kind needed.
 *  - EMEDIUMTYPE: the memory is not of a kind that can be pinned (hugetlb).
 *  - EACCES: the file was not opened for reading and writing.
 *  - EEXIST: a region overlaps another one.
 *  - ENOENT: the region, ring or port named does not exist.
 *  - EBUSY: the state forbids it: a ring runs, a port, a PCI device or an IOVA
 *    is taken.
 *  - ENODEV: there is no such PCI device, or it was unplugged.
 *  - ENXIO: no IOMMU translates for the PCI device.
 *  - EADDRNOTAVAIL: the IOMMU cannot translate these addresses.
 *  - ERANGE: an address or length is not covered by the memory handed in.
 *  - ENOMEM: no free hugepage to fill a hole of the file, or no memory.
 *  - ENOSPC: a table of the device is full.
 *  - EDQUOT: a limit on pinned memory is reached.
 *  - EMSGSIZE: a guest's packets would be longer than its port allows.
 *  - ENETDOWN: the port is down.
 *  - EINTR: a signal came in on the way; nothing has changed.
 *
 * What exactly was wrong, and what helps, can be read as text with
 * VHUGE_GET_ERROR.
 */
#define VHUGE_IOC_TYPE 0xB9

enum {
	VHUGE_CMD_GET_INFO = 0x00,
	VHUGE_CMD_GET_ERROR,
	VHUGE_CMD_SET_FEATURES,
	VHUGE_CMD_SET_REGIONS,
	VHUGE_CMD_ADD_REGIONS,
	VHUGE_CMD_REMOVE_REGIONS,
	VHUGE_CMD_GET_SEGMENTS,
	VHUGE_CMD_SET_VRING,
	VHUGE_CMD_SET_VRING_FD,
	VHUGE_CMD_ENABLE_VRING,
	VHUGE_CMD_START_VRING,
	VHUGE_CMD_STOP_VRING,
	VHUGE_CMD_ATTACH,
	VHUGE_CMD_DETACH,
	VHUGE_CMD_TRANSLATE,
	VHUGE_CMD_SET_MTU,
	VHUGE_CMD_ANNOUNCE,
	VHUGE_CMD_SET_SPACE,
};

/**
 * struct vhuge_info - ioctl(VHUGE_GET_INFO)
 * @size: sizeof(struct vhuge_info)
 * @flags: must be 0
 * @features: out: virtio feature bits that VHUGE_SET_FEATURES accepts
 * @id: out: number of this device in the netlink family and in "vhuge show"
 * @max_regions: out: regions a device can hold
 * @max_vrings: out: rings of a device; ring 2n is receive queue n of the
 *              guest, ring 2n + 1 its transmit queue n
 * @max_vring_num: out: largest ring, in descriptors
 * @ifindex: out: the port attached to, 0 when there is none
 * @queue_pairs: out: queue pairs of that port, 0 when there is none
 *
 * What the device can do, and where it is attached.
 */
struct vhuge_info {
	__u32 size;
	__u32 flags;
	__aligned_u64 features;
	__u32 id;
	__u32 max_regions;
	__u32 max_vrings;
	__u32 max_vring_num;
	__u32 ifindex;
	__u32 queue_pairs;
};

#define VHUGE_GET_INFO _IO(VHUGE_IOC_TYPE, VHUGE_CMD_GET_INFO)

/**
 * struct vhuge_error - ioctl(VHUGE_GET_ERROR)
 * @size: sizeof(struct vhuge_error)
 * @flags: must be 0
 * @length: in: bytes at @text; out: length of the text without the
 *          terminating zero byte, cut to what fits
 * @reserved: must be 0
 * @text: pointer to the bytes that receive the text, zero-terminated
 *
 * Why the last ioctl on this file that failed did so: cause and remedy in a
 * line of English. Empty when the errno says all there is. Calls that succeed
 * do not change it, and neither does this one. EINVAL when @length is 0.
 */
struct vhuge_error {
	__u32 size;
	__u32 flags;
	__u32 length;
	__u32 reserved;
	__aligned_u64 text;
};

#define VHUGE_GET_ERROR _IO(VHUGE_IOC_TYPE, VHUGE_CMD_GET_ERROR)

/**
 * struct vhuge_features - ioctl(VHUGE_SET_FEATURES)
 * @size: sizeof(struct vhuge_features)
 * @flags: must be 0
 * @features: the virtio feature bits the guest accepted (virtio 1.2, 2.2)
 *
 * Bits that VHUGE_GET_INFO did not offer get EOPNOTSUPP. While a ring runs
 * the bits cannot change (EBUSY); setting the same bits again is accepted.
 * Without VIRTIO_F_VERSION_1 the rings and the virtio-net header have the
 * legacy layout, little endian; VIRTIO_F_RING_PACKED needs it (EINVAL).
 */
struct vhuge_features {
	__u32 size;
	__u32 flags;
	__aligned_u64 features;
};

#define VHUGE_SET_FEATURES _IO(VHUGE_IOC_TYPE, VHUGE_CMD_SET_FEATURES)

/*
 * The memory is what the calling process has mapped at user_addr: one shared
 * mapping of hugetlb memory. fd is -1 and offset 0.
 */
#define VHUGE_REGION_MAPPED   (1U << 0)

/* The device only reads it; a descriptor open for reading is enough. */
#define VHUGE_REGION_READONLY (1U << 1)

/**
 * struct vhuge_region - a stretch of guest memory
 * @guest_addr: where descriptors address it (guest physical address)
 * @user_addr: where the front-end addresses it; ring addresses use this
 * @length: bytes, at least one page
 * @offset: where it begins in the file, in bytes
 * @fd: file the memory lies in: a memfd with MFD_HUGETLB or a hugetlbfs file,
 *      open for reading and writing. Not needed afterwards.
 *      VHUGE_REMOVE_REGIONS ignores it.
 * @flags: VHUGE_REGION_MAPPED, VHUGE_REGION_READONLY
 *
 * Addresses, length and offset are multiples of 4096. They need not be
 * multiples of the file's page size: the pages are pinned that the range
 * touches. Holes of the file are filled. A page that several regions or
 * devices use is pinned, and charged to its first user, once.
 */
struct vhuge_region {
	__aligned_u64 guest_addr;
	__aligned_u64 user_addr;
	__aligned_u64 length;
	__aligned_u64 offset;
	__s32 fd;
	__u32 flags;
};

/**
 * struct vhuge_regions - ioctl(VHUGE_SET_REGIONS, VHUGE_ADD_REGIONS,
 *                        VHUGE_REMOVE_REGIONS)
 * @size: sizeof(struct vhuge_regions)
 * @flags: must be 0
 * @count: entries at @regions
 * @entry_size: sizeof(struct vhuge_region)
 * @regions: pointer to an array of struct vhuge_region
 *
 * Replaces the table of regions, adds to it, or removes from it the entries
 * that have the same guest address, user address and length. All of it
 * happens or nothing. Guest addresses must not overlap (EEXIST), nor may user
 * addresses.
 *
 * Memory that stays in the table stays pinned as it is. A running ring goes
 * on when its own areas stay where they are, and when they are elsewhere in
 * the new table. A ring whose areas go away breaks; it goes on when a later
 * change of the table brings them back.
 *
 * No access to a removed region happens after the call returned.
 */
struct vhuge_regions {
	__u32 size;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 regions;
};

#define VHUGE_SET_REGIONS _IO(VHUGE_IOC_TYPE, VHUGE_CMD_SET_REGIONS)
#define VHUGE_ADD_REGIONS _IO(VHUGE_IOC_TYPE, VHUGE_CMD_ADD_REGIONS)
#define VHUGE_REMOVE_REGIONS _IO(VHUGE_IOC_TYPE, VHUGE_CMD_REMOVE_REGIONS)

#define VHUGE_IOVA_NONE (~0ULL)

/**
 * struct vhuge_segment - memory that is physically contiguous
 * @guest_addr: first guest address
 * @user_addr: first user address
 * @offset: where it begins in its region's file, in bytes
 * @iova: address for a device; VHUGE_IOVA_NONE in the IOVA space "none"
 * @length: bytes
 * @page_size: size of the pages it is made of, in bytes
 * @region: place of its region in the table, ordered by guest address
 * @node: NUMA node, -1 when unknown
 */
struct vhuge_segment {
	__aligned_u64 guest_addr;
	__aligned_u64 user_addr;
	__aligned_u64 offset;
	__aligned_u64 iova;
	__aligned_u64 length;
	__aligned_u64 page_size;
	__u32 region;
	__s32 node;
};

/**
 * struct vhuge_get_segments - ioctl(VHUGE_GET_SEGMENTS)
 * @size: sizeof(struct vhuge_get_segments)
 * @flags: must be 0
 * @first: number of the first segment wanted, from 0
 * @count: in: entries at @segments; out: entries written
 * @total: out: segments of the device
 * @entry_size: sizeof(struct vhuge_segment); the distance of the entries
 * @generation: out: grows with every change of the table of regions
 * @segments: pointer to an array of struct vhuge_segment
 *
 * The segments in the order of their guest addresses. They are physically
 * contiguous in every IOVA space; in that of a PCI device the IOVAs of segments
 * that follow each other in a region do so, too. Several calls that return the
 * same @generation describe one table.
 *
 * poll() reports EPOLLIN when the table changed since the segments were last
 * read to their end; several changes are one. So a program that waits reads all
 * segments before it waits again.
 */
struct vhuge_get_segments {
	__u32 size;
	__u32 flags;
	__u32 first;
	__u32 count;
	__u32 total;
	__u32 entry_size;
	__aligned_u64 generation;
	__aligned_u64 segments;
};

#define VHUGE_GET_SEGMENTS _IO(VHUGE_IOC_TYPE, VHUGE_CMD_GET_SEGMENTS)

/**
 * struct vhuge_translation - an address, and where it is
 * @addr: a guest address, or a user address with VHUGE_TRANSLATE_USER; of any
 *        alignment
 * @other: out: the same byte as a user address, or as a guest address
 * @iova: out: the same byte for a device; VHUGE_IOVA_NONE in the IOVA space
 *        "none"
 * @offset: out: the same byte in its region's file
 * @length: out: bytes, from this one on, that follow each other in the region
 *          and in memory, or in the IOVA space of a PCI device; 0 when @addr is
 *          in no region, and then @iova is VHUGE_IOVA_NONE and the other
 *          members are 0
 * @region: out: place of its region in the table, ordered by guest address
 * @reserved: must be 0
 */
struct vhuge_translation {
	__aligned_u64 addr;
	__aligned_u64 other;
	__aligned_u64 iova;
	__aligned_u64 offset;
	__aligned_u64 length;
	__u32 region;
	__u32 reserved;
};

/* Entries of a call. */
#define VHUGE_MAX_TRANSLATIONS 65536U

/* The addresses are user addresses. */
#define VHUGE_TRANSLATE_USER (1U << 0)

/**
 * struct vhuge_translate - ioctl(VHUGE_TRANSLATE)
 * @size: sizeof(struct vhuge_translate)
 * @flags: VHUGE_TRANSLATE_USER
 * @count: entries at @entries, at most VHUGE_MAX_TRANSLATIONS
 * @entry_size: sizeof(struct vhuge_translation); the distance of the entries
 * @generation: out: as of VHUGE_GET_SEGMENTS; all entries are of one table
 * @entries: pointer to an array of struct vhuge_translation
 *
 * Translates many addresses in one call. An address in no region is answered
 * with a length of 0, and the call goes on. A call that fails, with EINTR in
 * particular, may have answered entries; it can be repeated as it is.
 */
struct vhuge_translate {
	__u32 size;
	__u32 flags;
	__u32 count;
	__u32 entry_size;
	__aligned_u64 generation;
	__aligned_u64 entries;
};

#define VHUGE_TRANSLATE _IO(VHUGE_IOC_TYPE, VHUGE_CMD_TRANSLATE)

/* Kinds of IOVA spaces. */
#define VHUGE_SPACE_NONE     0
#define VHUGE_SPACE_PHYSICAL 1
#define VHUGE_SPACE_GUEST    2
#define VHUGE_SPACE_USER     3

/**
 * struct vhuge_space - ioctl(VHUGE_SET_SPACE)
 * @size: sizeof(struct vhuge_space)
 * @flags: must be 0
 * @kind: VHUGE_SPACE_NONE: there are no IOVAs, which is so at first;
 *        VHUGE_SPACE_PHYSICAL: they are physical addresses;
 *        VHUGE_SPACE_GUEST: a PCI device reaches the memory, at its guest
 *        addresses; VHUGE_SPACE_USER: at its user addresses
 * @pci_domain: domain of that PCI device; this and the following are 0 for the
 *              first two kinds
 * @pci_bus: its bus, 0 to 255
 * @pci_devfn: its slot (bits 7 to 3) and function (bits 2 to 0)
 *
 * What the IOVAs of VHUGE_GET_SEGMENTS and VHUGE_TRANSLATE mean. All kinds but
 * the first need CAP_SYS_RAWIO (EPERM). Physical addresses are shown to callers
 * with that capability only; to others, there are none. The generation changes.
 * Regions can be in the table already.
 *
 * For a PCI device the regions are mapped into an IOMMU address space of its
 * own: each is one contiguous range of IOVAs, and a read-only one can only be
 * read. The device must have no driver, nor may those that the IOMMU cannot
 * tell from it (EBUSY), and an IOMMU must translate for it (ENXIO). Its bus
 * mastering is cleared, and set by whoever programs it. Regions can be added
 * and removed while it works; what stays in the table stays mapped. When a call
 * returns the device does not reach what was removed. Other memory at an IOVA
 * that is mapped gets EBUSY: remove the region with one call, and add the new
 * one with the next. Regions outside of what the IOMMU can translate, or over
 * addresses that it keeps for itself, get EADDRNOTAVAIL.
 *
 * Setting another space, and closing the device however that happens, stops the
 * PCI device (bus mastering is cleared) and takes all memory from it before a
 * page is unpinned. The same PCI device can be set again after another kind
 * only (EBUSY). When it is unplugged nothing is mapped any more, and adding
 * regions gets ENODEV until another space is set.
 */
struct vhuge_space {
	__u32 size;
	__u32 flags;
	__u32 kind;
	__u32 pci_domain;
	__u32 pci_bus;
	__u32 pci_devfn;
};

#define VHUGE_SET_SPACE _IO(VHUGE_IOC_TYPE, VHUGE_CMD_SET_SPACE)

/* Which members of struct vhuge_vring are meant. */
#define VHUGE_VRING_NUM  (1U << 0)
#define VHUGE_VRING_ADDR (1U << 1)
#define VHUGE_VRING_BASE (1U << 2)

/**
 * struct vhuge_vring - ioctl(VHUGE_SET_VRING)
 * @size: sizeof(struct vhuge_vring)
 * @flags: VHUGE_VRING_NUM, _ADDR, _BASE: the members to take over
 * @index: number of the ring
 * @num: descriptors: 1 to max_vring_num; of a split ring a power of two
 * @base: where to go on, as VHUGE_STOP_VRING returned it
 * @reserved: must be 0
 * @desc: user address of the descriptor table, a multiple of 16
 * @avail: user address of the available ring, a multiple of 2
 * @used: user address of the used ring, a multiple of 4
 *
 * Stores the set-up of a ring that does not run (EBUSY). What depends on the
 * features, and whether the addresses are in the regions, is looked at when
 * the ring is started (EINVAL, ERANGE), so the order of set-up calls does not
 * matter. The areas may cross pages that are not adjacent.
 *
 * Chains are used in the order in which they became available.
 *
 * Split rings: @base is the available index, 16 bits. The ring goes on from the
 * used index in its memory, and @base is what VHUGE_STOP_VRING returns until it
 * ran. A front-end that took over from a device that died between the two loses
 * nothing.
 *
 * Packed rings (VIRTIO_F_RING_PACKED): @desc is the descriptor ring, @avail the
 * driver event suppression structure, a multiple of 4, and @used that of the
 * device. In @base bits 0 to 14 are the place of the next available descriptor
 * and bit 15 is its wrap counter; bits 16 to 31 are the same for the next used
 * descriptor, and equal to the lower half or 0. The memory of the ring does not
 * say where to go on: it goes on at @base, or begins at 0x80008000 when that
 * was never set.
 */
struct vhuge_vring {
	__u32 size;
	__u32 flags;
	__u32 index;
	__u32 num;
	__u32 base;
	__u32 reserved;
	__aligned_u64 desc;
	__aligned_u64 avail;
	__aligned_u64 used;
};

#define VHUGE_SET_VRING _IO(VHUGE_IOC_TYPE, VHUGE_CMD_SET_VRING)

/* Kinds of eventfd of a ring. */
#define VHUGE_VRING_KICK 0
#define VHUGE_VRING_CALL 1
#define VHUGE_VRING_ERR  2

/**
 * struct vhuge_vring_fd - ioctl(VHUGE_SET_VRING_FD)
 * @size: sizeof(struct vhuge_vring_fd)
 * @flags: must be 0
 * @index: number of the ring
 * @kind: VHUGE_VRING_KICK: written by the guest when it made descriptors
 *        available; VHUGE_VRING_CALL: written for the guest when descriptors
 *        were used; VHUGE_VRING_ERR: written when the ring is broken
 * @fd: an eventfd, or -1 for none
 * @reserved: must be 0
 *
 * May be called while the ring runs; the new eventfd then takes the place of
 * the old one without a gap. A ring without a kick eventfd is not polled: it
 * is served when it is started and enabled, and when its port has traffic.
 */
struct vhuge_vring_fd {
	__u32 size;
	__u32 flags;
	__u32 index;
	__u32 kind;
	__s32 fd;
	__u32 reserved;
};

#define VHUGE_SET_VRING_FD _IO(VHUGE_IOC_TYPE, VHUGE_CMD_SET_VRING_FD)

/**
 * struct vhuge_vring_state - ioctl(VHUGE_ENABLE_VRING, VHUGE_START_VRING,
 *                            VHUGE_STOP_VRING)
 * @size: sizeof(struct vhuge_vring_state)
 * @flags: must be 0
 * @index: number of the ring
 * @value: VHUGE_ENABLE_VRING: 1 to enable, 0 to disable. VHUGE_START_VRING:
 *         must be 0. VHUGE_STOP_VRING: out: the base, where the ring can go on
 *
 * VHUGE_START_VRING looks up the areas of the ring and begins to serve it; a
 * ring that runs already is left as it is, one that is broken gets EBUSY. A
 * ring that is started but not enabled has what the guest sends discarded and
 * receives nothing. Enabling does not need a started ring and outlives
 * VHUGE_STOP_VRING.
 *
 * VHUGE_STOP_VRING returns when nothing reads or writes the ring any more and
 * all its used entries are published, and forgets its kick and call eventfds.
 * Stopping a ring that does not run returns its base. A broken ring can be
 * stopped, set up and started again.
 */
struct vhuge_vring_state {
	__u32 size;
	__u32 flags;
	__u32 index;
	__u32 value;
};

#define VHUGE_ENABLE_VRING _IO(VHUGE_IOC_TYPE, VHUGE_CMD_ENABLE_VRING)
#define VHUGE_START_VRING _IO(VHUGE_IOC_TYPE, VHUGE_CMD_START_VRING)
#define VHUGE_STOP_VRING _IO(VHUGE_IOC_TYPE, VHUGE_CMD_STOP_VRING)

/**
 * struct vhuge_attach - ioctl(VHUGE_ATTACH)
 * @size: sizeof(struct vhuge_attach)
 * @flags: must be 0
 * @ifindex: a network interface of kind "vhuge" in the caller's network
 *           namespace
 * @reserved: must be 0
 *
 * Makes the device the guest of a port. Needs CAP_NET_ADMIN in the network
 * namespace (EPERM). A port has one guest at most, a device one port (EBUSY).
 * When the port is deleted the device is detached and poll() on its file
 * reports EPOLLHUP until it is attached again.
 */
struct vhuge_attach {
	__u32 size;
	__u32 flags;
	__u32 ifindex;
	__u32 reserved;
};

#define VHUGE_ATTACH _IO(VHUGE_IOC_TYPE, VHUGE_CMD_ATTACH)

/**
 * struct vhuge_detach - ioctl(VHUGE_DETACH)
 * @size: sizeof(struct vhuge_detach)
 * @flags: must be 0
 *
 * Takes the device from its port. Rings stay started, nobody serves them.
 * ENOENT when it is attached to none.
 */
struct vhuge_detach {
	__u32 size;
	__u32 flags;
};

#define VHUGE_DETACH _IO(VHUGE_IOC_TYPE, VHUGE_CMD_DETACH)

/**
 * struct vhuge_mtu - ioctl(VHUGE_SET_MTU)
 * @size: sizeof(struct vhuge_mtu)
 * @flags: must be 0
 * @mtu: bytes of the longest packet behind its Ethernet header: 68 to 65535; 0:
 *       not known, as in the beginning
 * @reserved: must be 0
 *
 * What the guest was told (VIRTIO_NET_F_MTU). Longer packets are not delivered
 * to it (virtio 1.2, 5.1.4.1). EMSGSIZE when the port the device is attached to
 * has a smaller MTU: what the guest may send would get lost behind it.
 */
struct vhuge_mtu {
	__u32 size;
	__u32 flags;
	__u32 mtu;
	__u32 reserved;
};

#define VHUGE_SET_MTU _IO(VHUGE_IOC_TYPE, VHUGE_CMD_SET_MTU)

/**
 * struct vhuge_announce - ioctl(VHUGE_ANNOUNCE)
 * @size: sizeof(struct vhuge_announce)
 * @flags: must be 0
 * @mac: address of the guest, a unicast one
 * @reserved: must be 0
 *
 * Has the port receive a reverse ARP request as if the guest had sent it, so
 * that switches learn where a guest is that moved here without knowing it.
 * ENOENT when the device is attached to no port, ENETDOWN when that is down.
 */
struct vhuge_announce {
	__u32 size;
	__u32 flags;
	__u8 mac[6];
	__u8 reserved[2];
};

#define VHUGE_ANNOUNCE _IO(VHUGE_IOC_TYPE, VHUGE_CMD_ANNOUNCE)

#endif /* _UAPI_LINUX_VHUGE_H */
