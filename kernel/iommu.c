// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI device that reaches guest memory through an IOMMU, and nothing else.
 *
 * DMA of the device's group is claimed as VFIO does it: no driver that uses the
 * DMA API can be bound meanwhile. Whoever programs the device sets its bus
 * mastering; it is cleared when the device is taken and when it is let go.
 *
 * A device can be unplugged at any time. It is cut off before the PCI core
 * forgets it, and from then on nothing can be mapped for it.
 *
 * Locks: the PCI core's, then iommus_lock, then the one of a device.
 */
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vhuge.h>

#include "compat.h"
#include "iommu.h"

/**
 * struct vhuge_iommu - a device and its address space
 * @link: among all of them
 * @lock: of @domain, which goes when the device is unplugged
 * @pdev: the device, a reference
 * @group: devices that the IOMMU cannot tell apart, a reference
 * @domain: what they can reach; NULL without the device
 * @reserved: addresses that the IOMMU keeps for itself
 */
struct vhuge_iommu {
	struct list_head link;
	struct mutex lock; /* see above */
	struct pci_dev *pdev;
	struct iommu_group *group;
	struct iommu_domain *domain;
	struct list_head reserved;
};

static DEFINE_MUTEX(iommus_lock);
static LIST_HEAD(iommus);

/* The device does nothing on its own from here on. */
static void stop(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
	pci_wait_for_pending_transaction(pdev);
}

/* The mappings go with the domain: detaching flushes what the IOMMU cached. */
static void cut_off(struct vhuge_iommu *iommu)
{
	lockdep_assert_held(&iommu->lock);

	if (!iommu->domain)
		return;
	stop(iommu->pdev);
	iommu_detach_group(iommu->domain, iommu->group);
	iommu_domain_free(iommu->domain);
	iommu->domain = NULL;
	iommu_group_release_dma_owner(iommu->group);
}

static int claim(struct vhuge_iommu *iommu, struct vhuge_report *report)
{
	const char *name = pci_name(iommu->pdev);
	struct device_driver *driver = READ_ONCE(iommu->pdev->dev.driver);
	int err;

	if (driver)
		return vhuge_fail(report, -EBUSY,
				  "PCI device %s has the driver %s; unbind it first",
				  name, driver->name);

	iommu->group = iommu_group_get(&iommu->pdev->dev);
	if (!iommu->group)
		return vhuge_fail(report, -ENXIO,
				  "no IOMMU translates for PCI device %s; enable it in the firmware and on the kernel command line",
				  name);
	if (!device_iommu_capable(&iommu->pdev->dev,
				  IOMMU_CAP_CACHE_COHERENCY))
		return vhuge_fail(report, -EOPNOTSUPP,
				  "DMA of PCI device %s is not coherent with the caches",
				  name);
	err = iommu_group_claim_dma_owner(iommu->group, iommu);
	if (err && err != -ENOMEM)
		return vhuge_fail(report, -EBUSY,
				  "PCI device %s, or another one of its IOMMU group, is in use by a driver, by VFIO or by another vhuge device",
				  name);
	return err;
}

static void forget_reserved(struct vhuge_iommu *iommu)
{
	struct iommu_resv_region *region, *next;

	list_for_each_entry_safe(region, next, &iommu->reserved, list)
		kfree(region);
}

/* Give the claimed group an address space without mappings. */
static int attach(struct vhuge_iommu *iommu, struct vhuge_report *report)
{
	struct iommu_domain *domain;
	int err;

	domain = iommu_paging_domain_alloc(&iommu->pdev->dev);
	if (IS_ERR(domain))
		return vhuge_fail(report, PTR_ERR(domain) == -ENOMEM ?
				  -ENOMEM : -EOPNOTSUPP,
				  "the IOMMU has no address space for PCI device %s",
				  pci_name(iommu->pdev));

	stop(iommu->pdev);
	err = iommu_attach_group(domain, iommu->group);
	if (err) {
		iommu_domain_free(domain);
		return vhuge_fail(report, err == -ENOMEM ? err : -EOPNOTSUPP,
				  "the IOMMU refuses an address space for PCI device %s (error %d)",
				  pci_name(iommu->pdev), err);
	}
	iommu->domain = domain;
	return 0;
}

/* Nothing is unplugged meanwhile. */
static int take(struct vhuge_iommu *iommu, const struct vhuge_space *space,
		struct vhuge_report *report)
{
	int err;

	iommu->pdev = pci_get_domain_bus_and_slot(space->pci_domain,
						  space->pci_bus,
						  space->pci_devfn);
	if (!iommu->pdev)
		return vhuge_fail(report, -ENODEV,
				  "there is no PCI device %04x:%02x:%02x.%u",
				  space->pci_domain, space->pci_bus,
				  PCI_SLOT(space->pci_devfn),
				  PCI_FUNC(space->pci_devfn));

	err = claim(iommu, report);
	if (err)
		return err;

	err = iommu_get_group_resv_regions(iommu->group, &iommu->reserved);
	if (!err)
		err = attach(iommu, report);
	if (err) {
		iommu_group_release_dma_owner(iommu->group);
		return err;
	}

	mutex_lock(&iommus_lock);
	list_add(&iommu->link, &iommus);
	mutex_unlock(&iommus_lock);
	return 0;
}

static void iommu_free(struct vhuge_iommu *iommu)
{
	forget_reserved(iommu);
	iommu_group_put(iommu->group);
	pci_dev_put(iommu->pdev);
	kfree(iommu);
}

/**
 * vhuge_iommu_open - take a PCI device
 * @space: names it
 * @report: receives the reason of a refusal
 *
 * Return: a device that can reach nothing yet; -ENODEV, -EBUSY, -ENXIO,
 * -EOPNOTSUPP or -ENOMEM.
 */
struct vhuge_iommu *vhuge_iommu_open(const struct vhuge_space *space,
				     struct vhuge_report *report)
{
	struct vhuge_iommu *iommu;
	int err;

	iommu = kzalloc(sizeof(*iommu), GFP_KERNEL);
	if (!iommu)
		return ERR_PTR(-ENOMEM);
	mutex_init(&iommu->lock);
	INIT_LIST_HEAD(&iommu->reserved);

	pci_lock_rescan_remove();
	err = take(iommu, space, report);
	pci_unlock_rescan_remove();
	if (!err)
		return iommu;

	iommu_free(iommu);
	return ERR_PTR(err);
}

/**
 * vhuge_iommu_close - stop the device and let it go
 * @iommu: from vhuge_iommu_open()
 *
 * The device reaches no memory when this returns, whatever was mapped.
 */
void vhuge_iommu_close(struct vhuge_iommu *iommu)
{
	/* first cut off, then unlisted: unplugging relies on one of us */
	mutex_lock(&iommus_lock);
	mutex_lock(&iommu->lock);
	cut_off(iommu);
	mutex_unlock(&iommu->lock);
	list_del(&iommu->link);
	mutex_unlock(&iommus_lock);
	iommu_free(iommu);
}

static bool is_reserved(const struct vhuge_iommu *iommu, u64 iova, u64 length)
{
	const struct iommu_resv_region *region;

	list_for_each_entry(region, &iommu->reserved, list)
		if (region->type != IOMMU_RESV_DIRECT_RELAXABLE &&
		    (iova < region->start ? region->start - iova < length :
		     iova - region->start < region->length))
			return true;
	return false;
}

static int check(const struct vhuge_iommu *iommu, u64 iova,
		 const struct vhuge_span *span, struct vhuge_report *report)
{
	const struct iommu_domain_geometry *geometry;
	u64 last = iova + span->length - 1;
	u64 grain;

	if (!iommu->domain)
		return vhuge_fail(report, -ENODEV,
				  "PCI device %s was unplugged; set another IOVA space",
				  pci_name(iommu->pdev));

	grain = 1ULL << __ffs(iommu->domain->pgsize_bitmap);
	if ((iova | span->length | span->skew) & (grain - 1))
		return vhuge_fail(report, -EINVAL,
				  "IOVA 0x%llx, length 0x%llx and the offset in the file must be multiples of the IOMMU's pages of %llu bytes",
				  iova, span->length, grain);

	geometry = &iommu->domain->geometry;
	if (iova < geometry->aperture_start || last > geometry->aperture_end)
		return vhuge_fail(report, -EADDRNOTAVAIL,
				  "IOVA 0x%llx, length 0x%llx is not within what the IOMMU translates: 0x%llx to 0x%llx",
				  iova, span->length, geometry->aperture_start,
				  geometry->aperture_end);
	if (is_reserved(iommu, iova, span->length))
		return vhuge_fail(report, -EADDRNOTAVAIL,
				  "IOVA 0x%llx, length 0x%llx holds addresses that the IOMMU keeps for itself: /sys/bus/pci/devices/%s/iommu_group/reserved_regions",
				  iova, span->length, pci_name(iommu->pdev));
	return 0;
}

/* An IOMMU that does not let go must not be trusted with any memory. */
static void unmap(struct vhuge_iommu *iommu, u64 iova, u64 length)
{
	lockdep_assert_held(&iommu->lock);

	if (!length || !iommu->domain ||
	    iommu_unmap(iommu->domain, iova, length) == length)
		return;
	pr_err("PCI device %s: the IOMMU still maps IOVA 0x%llx, length 0x%llx; the device is cut off\n",
	       pci_name(iommu->pdev), iova, length);
	cut_off(iommu);
}

static int map_runs(struct vhuge_iommu *iommu, u64 iova,
		    const struct vhuge_span *span, struct vhuge_report *report)
{
	int prot = IOMMU_READ | IOMMU_CACHE;
	u64 at, length;
	void *addr;
	int err;

	if (!span->readonly)
		prot |= IOMMU_WRITE;

	for (at = 0; at < span->length; at += length) {
		length = span->length - at;
		addr = vhuge_span_bytes(span, at, &length);
		err = fatal_signal_pending(current) ? -EINTR :
		      iommu_map(iommu->domain, iova + at, virt_to_phys(addr),
				length, prot, GFP_KERNEL_ACCOUNT);
		if (err) {
			unmap(iommu, iova, at);
			break;
		}
		cond_resched();
	}
	if (!err || err == -EINTR || err == -ENOMEM)
		return err;
	return vhuge_fail(report, -EADDRNOTAVAIL,
			  "the IOMMU does not map IOVA 0x%llx, length 0x%llx (error %d); its addresses may be too short for it",
			  iova, span->length, err);
}

/**
 * vhuge_iommu_map - let the device reach a span
 * @iommu: the device
 * @iova: where; nothing is mapped there
 * @span: all of it, at one range of IOVAs
 * @report: receives the reason of a refusal
 *
 * Return: 0; -ENODEV, -EINVAL, -EADDRNOTAVAIL, -ENOMEM or -EINTR, and then
 * nothing of it is mapped.
 */
int vhuge_iommu_map(struct vhuge_iommu *iommu, u64 iova,
		    const struct vhuge_span *span, struct vhuge_report *report)
{
	int err;

	mutex_lock(&iommu->lock);
	err = check(iommu, iova, span, report);
	if (!err)
		err = map_runs(iommu, iova, span, report);
	mutex_unlock(&iommu->lock);
	return err;
}

/**
 * vhuge_iommu_unmap - the device reaches it no more when this returns
 * @iommu: the device
 * @iova: as mapped
 * @length: of the span, in bytes
 */
void vhuge_iommu_unmap(struct vhuge_iommu *iommu, u64 iova, u64 length)
{
	mutex_lock(&iommu->lock);
	unmap(iommu, iova, length);
	mutex_unlock(&iommu->lock);
}

/* Before the IOMMU's own part hears of it. */
static int bus_event(struct notifier_block *block, unsigned long event,
		     void *data)
{
	struct vhuge_iommu *iommu;
	struct device *dev = data;

	if (event != BUS_NOTIFY_DEL_DEVICE)
		return NOTIFY_DONE;

	mutex_lock(&iommus_lock);
	list_for_each_entry(iommu, &iommus, link) {
		if (&iommu->pdev->dev != dev)
			continue;
		mutex_lock(&iommu->lock);
		cut_off(iommu);
		mutex_unlock(&iommu->lock);
	}
	mutex_unlock(&iommus_lock);
	return NOTIFY_OK;
}

static struct notifier_block bus_block = { .notifier_call = bus_event };

int __init vhuge_iommu_init(void)
{
	return bus_register_notifier(&pci_bus_type, &bus_block);
}

void vhuge_iommu_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &bus_block);
}
