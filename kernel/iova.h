/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IOVA spaces: by what address a device reaches a byte of the guest.
 */
#ifndef VHUGE_IOVA_H
#define VHUGE_IOVA_H

#include "report.h"
#include "segmap.h"

struct vhuge_iommu;
struct vhuge_space;

/**
 * struct vhuge_iova - the space of a device
 * @kind: VHUGE_SPACE_*
 * @iommu: the PCI device, for those kinds that have one
 */
struct vhuge_iova {
	u32 kind;
	struct vhuge_iommu *iommu;
};

int vhuge_iova_open(struct vhuge_iova *iova, const struct vhuge_space *space,
		    struct vhuge_report *report);
void vhuge_iova_close(struct vhuge_iova *iova);
int vhuge_iova_map(const struct vhuge_iova *iova,
		   const struct vhuge_segmap *old,
		   const struct vhuge_segmap *map, struct vhuge_report *report);
void vhuge_iova_unmap(const struct vhuge_iova *iova,
		      const struct vhuge_segmap *map,
		      const struct vhuge_segmap *other);
u64 vhuge_iova_run(u32 kind, const struct vhuge_span *span, u64 at,
		   const void *addr, u64 *length);

#endif /* VHUGE_IOVA_H */
