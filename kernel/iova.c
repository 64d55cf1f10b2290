// SPDX-License-Identifier: GPL-2.0
/*
 * IOVA spaces; see iova.h.
 *
 * A span of a device's space is mapped for as long as a table that has it is in
 * force. It is mapped before the table is published and unmapped when the old
 * one is, so what two tables have in common stays mapped without a gap.
 *
 * Context: process, under the lock of the guest device.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/vhuge.h>

#include "iommu.h"
#include "iova.h"

static bool has_device(u32 kind)
{
	return kind == VHUGE_SPACE_GUEST || kind == VHUGE_SPACE_USER;
}

static u64 base_of(u32 kind, const struct vhuge_span *span)
{
	return kind == VHUGE_SPACE_USER ? span->user_addr : span->guest_addr;
}

/**
 * vhuge_iova_open - have a space, without any memory in it
 * @iova: receives it
 * @space: as for VHUGE_SET_SPACE
 * @report: receives the reason of a refusal
 */
int vhuge_iova_open(struct vhuge_iova *iova, const struct vhuge_space *space,
		    struct vhuge_report *report)
{
	if (space->kind > VHUGE_SPACE_USER || space->pci_bus > U8_MAX ||
	    space->pci_devfn > U8_MAX ||
	    (!has_device(space->kind) &&
	     (space->pci_domain || space->pci_bus || space->pci_devfn)))
		return -EINVAL;
	if (space->kind != VHUGE_SPACE_NONE && !capable(CAP_SYS_RAWIO))
		return vhuge_fail(report, -EPERM,
				  "IOVA spaces other than \"none\" need CAP_SYS_RAWIO");

	*iova = (struct vhuge_iova) { .kind = space->kind };
	if (!has_device(space->kind))
		return 0;
	iova->iommu = vhuge_iommu_open(space, report);
	return PTR_ERR_OR_ZERO(iova->iommu);
}

/**
 * vhuge_iova_close - the space goes, with all that is mapped in it
 * @iova: from vhuge_iova_open(), or zeroed
 */
void vhuge_iova_close(struct vhuge_iova *iova)
{
	if (iova->iommu)
		vhuge_iommu_close(iova->iommu);
	*iova = (struct vhuge_iova) {};
}

/* Has @map the same memory at the same IOVA? */
static bool has(u32 kind, const struct vhuge_segmap *map,
		const struct vhuge_span *span)
{
	u64 base = base_of(kind, span);
	u32 i;

	for (i = 0; i < map->nspans; i++)
		if (base_of(kind, &map->span[i]) == base)
			return vhuge_span_same(&map->span[i], span);
	return false;
}

/* What is mapped at an IOVA stays there until the change is made. */
static int check_free(u32 kind, const struct vhuge_segmap *old,
		      const struct vhuge_span *span,
		      struct vhuge_report *report)
{
	u64 a = base_of(kind, span), b;
	u32 i;

	for (i = 0; i < old->nspans; i++) {
		b = base_of(kind, &old->span[i]);
		if (a < b ? b - a >= span->length :
		    a - b >= old->span[i].length)
			continue;
		return vhuge_fail(report, -EBUSY,
				  "other memory is mapped for the device at IOVA 0x%llx, length 0x%llx; remove that region first, then add the new one",
				  b, old->span[i].length);
	}
	return 0;
}

static void unmap_first(const struct vhuge_iova *iova,
			const struct vhuge_segmap *map, u32 count,
			const struct vhuge_segmap *other)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (!has(iova->kind, other, &map->span[i]))
			vhuge_iommu_unmap(iova->iommu,
					  base_of(iova->kind, &map->span[i]),
					  map->span[i].length);
}

/**
 * vhuge_iova_map - prepare for other memory
 * @iova: the space
 * @old: what is mapped, and stays so
 * @map: what is to be mapped as well
 * @report: receives the reason of a refusal
 *
 * Return: 0; -EBUSY, or an error of vhuge_iommu_map(), and then only @old is
 * mapped.
 */
int vhuge_iova_map(const struct vhuge_iova *iova,
		   const struct vhuge_segmap *old,
		   const struct vhuge_segmap *map, struct vhuge_report *report)
{
	const struct vhuge_span *span;
	int err;
	u32 i;

	if (!has_device(iova->kind))
		return 0;

	for (i = 0; i < map->nspans; i++) {
		span = &map->span[i];
		if (has(iova->kind, old, span))
			continue;
		err = check_free(iova->kind, old, span, report);
		if (!err)
			err = vhuge_iommu_map(iova->iommu,
					      base_of(iova->kind, span), span,
					      report);
		if (err) {
			unmap_first(iova, map, i, old);
			return err;
		}
	}
	return 0;
}

/**
 * vhuge_iova_unmap - the device reaches no memory that only one map has
 * @iova: the space
 * @map: this one
 * @other: what stays mapped
 */
void vhuge_iova_unmap(const struct vhuge_iova *iova,
		      const struct vhuge_segmap *map,
		      const struct vhuge_segmap *other)
{
	if (has_device(iova->kind))
		unmap_first(iova, map, map->nspans, other);
}

/**
 * vhuge_iova_run - the address for a device
 * @kind: of the space
 * @span: where the byte is
 * @at: its offset in @span
 * @addr: the byte
 * @length: in: bytes from there on that are contiguous in memory; out: that
 *          are contiguous for the device
 *
 * Return: VHUGE_IOVA_NONE in the space "none", and where physical addresses
 * are not for the caller.
 */
u64 vhuge_iova_run(u32 kind, const struct vhuge_span *span, u64 at,
		   const void *addr, u64 *length)
{
	if (has_device(kind)) {
		*length = span->length - at;
		return base_of(kind, span) + at;
	}
	if (kind == VHUGE_SPACE_PHYSICAL && capable(CAP_SYS_RAWIO))
		return virt_to_phys((void *)addr);
	return VHUGE_IOVA_NONE;
}
