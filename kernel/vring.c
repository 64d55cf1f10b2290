// SPDX-License-Identifier: GPL-2.0
/*
 * What split and packed rings share; see vring.h.
 */
#include "vring.h"

static const char *const text[VHUGE_FAULTS] = {
	[VHUGE_FAULT_NONE] = "none",
	[VHUGE_FAULT_AVAIL] = "more available than fits",
	[VHUGE_FAULT_HEAD] = "head out of range",
	[VHUGE_FAULT_NEXT] = "next descriptor out of range",
	[VHUGE_FAULT_LOOP] = "chain too long or looping",
	[VHUGE_FAULT_INDIRECT] = "bad indirect table",
	[VHUGE_FAULT_DIRECTION] = "buffer of the wrong direction",
	[VHUGE_FAULT_MEMORY] = "address outside of guest memory",
	[VHUGE_FAULT_READONLY] = "receive buffer in read-only memory",
	[VHUGE_FAULT_EMPTY] = "receive buffers without room",
	[VHUGE_FAULT_REMOVED] = "memory of the ring removed",
};

/**
 * vhuge_fault_text - a fault in words
 * @fault: the fault
 */
const char *vhuge_fault_text(enum vhuge_fault fault)
{
	return fault < VHUGE_FAULTS ? text[fault] : "unknown";
}

/**
 * vhuge_ring_use - where the ring's areas are
 * @ring: the ring, whether started or not
 * @desc: descriptor table, or descriptor ring
 * @avail: available ring, or driver event suppression
 * @used: used ring, or device event suppression
 */
void vhuge_ring_use(struct vhuge_ring *ring, void *desc, void *avail,
		    void *used)
{
	if (ring->is_packed) {
		ring->packed.desc = desc;
		ring->packed.driver = avail;
		ring->packed.device = used;
	} else {
		ring->split.desc = desc;
		ring->split.avail = avail;
		ring->split.used = used;
	}
}

/**
 * vhuge_ring_start - take over a ring where it was left
 * @ring: with the areas, the queue size and the features set
 * @base: of vhuge_ring_base(), by whoever had it before
 *
 * Return: false when that is no base of such a ring.
 */
bool vhuge_ring_start(struct vhuge_ring *ring, u32 base)
{
	if (ring->is_packed)
		return vhuge_packed_start(ring, base);
	if (base > 0xffff)
		return false;
	vhuge_split_start(ring);
	return true;
}

/**
 * vhuge_ring_base - where somebody else can go on
 * @ring: the ring, with all used chains published
 */
u32 vhuge_ring_base(const struct vhuge_ring *ring)
{
	if (ring->is_packed)
		return (u32)ring->packed.used_next << 16 |
		       ring->packed.used_next;
	return ring->split.used_next;
}
