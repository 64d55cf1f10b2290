/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI device that reaches guest memory through an IOMMU, and nothing else.
 */
#ifndef VHUGE_IOMMU_H
#define VHUGE_IOMMU_H

#include <linux/errno.h>
#include <linux/types.h>

#include "report.h"
#include "segmap.h"

struct vhuge_iommu;
struct vhuge_space;

#if IS_ENABLED(CONFIG_IOMMU_API) && IS_ENABLED(CONFIG_PCI)
struct vhuge_iommu *vhuge_iommu_open(const struct vhuge_space *space,
				     struct vhuge_report *report);
void vhuge_iommu_close(struct vhuge_iommu *iommu);
int vhuge_iommu_map(struct vhuge_iommu *iommu, u64 iova,
		    const struct vhuge_span *span, struct vhuge_report *report);
void vhuge_iommu_unmap(struct vhuge_iommu *iommu, u64 iova, u64 length);
int vhuge_iommu_init(void);
void vhuge_iommu_exit(void);
#else
static inline struct vhuge_iommu *
vhuge_iommu_open(const struct vhuge_space *space, struct vhuge_report *report)
{
	return ERR_PTR(vhuge_fail(report, -EOPNOTSUPP,
				  "this kernel has no IOMMU API or no PCI"));
}

static inline void vhuge_iommu_close(struct vhuge_iommu *iommu)
{
}

static inline int vhuge_iommu_map(struct vhuge_iommu *iommu, u64 iova,
				  const struct vhuge_span *span,
				  struct vhuge_report *report)
{
	return -EOPNOTSUPP;
}

static inline void vhuge_iommu_unmap(struct vhuge_iommu *iommu, u64 iova,
				     u64 length)
{
}

static inline int vhuge_iommu_init(void)
{
	return 0;
}

static inline void vhuge_iommu_exit(void)
{
}
#endif

#endif /* VHUGE_IOMMU_H */
