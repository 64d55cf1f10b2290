/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that knows kernel versions. The sources are written to the
 * newest interfaces; older kernels are mapped up to these here. The floor is
 * Linux 6.1, of which 6.1.8 was the first whose GRO leaves alone what a guest
 * has marked for segmentation.
 */
#ifndef VHUGE_COMPAT_H
#define VHUGE_COMPAT_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/netdevice.h>
#include <linux/pagemap.h>
#include <linux/skbuff.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <uapi/linux/virtio_net.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 8)
#error Linux 6.1.8 or later is needed
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
static inline void vhuge_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}

#define eventfd_signal(ctx) vhuge_eventfd_signal(ctx)
#endif

/* Who may join a multicast group was a flag of another name before 6.1.69. */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
#endif

/* 6.7 made fragments a property of the call instead of the pool. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define VHUGE_POOL_FLAGS PP_FLAG_PAGE_FRAG
#else
#define VHUGE_POOL_FLAGS 0
#endif

/* 6.10 gave the operation a structure of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
struct ubuf_info_ops {
	void (*complete)(struct sk_buff *skb, struct ubuf_info *ubuf,
			 bool success);
};

static inline void vhuge_ubuf_init(struct ubuf_info *ubuf,
				   const struct ubuf_info_ops *ops)
{
	ubuf->callback = ops->complete;
}
#else
static inline void vhuge_ubuf_init(struct ubuf_info *ubuf,
				   const struct ubuf_info_ops *ops)
{
	ubuf->ops = ops;
}
#endif

/* 6.10 allocates the devices that NAPI instances without one of their own need. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
static inline struct net_device *vhuge_alloc_netdev_dummy(int priv)
{
	struct net_device *netdev = kzalloc(sizeof(*netdev) + priv, GFP_KERNEL);

	if (netdev)
		init_dummy_netdev(netdev);
	return netdev;
}

#define alloc_netdev_dummy vhuge_alloc_netdev_dummy
#define free_netdev_dummy kfree
#else
#define free_netdev_dummy free_netdev
#endif

/* 6.2 taught virtio-net, and the helpers for its header, to segment UDP. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define VHUGE_HAS_USO 0
#define VIRTIO_NET_F_GUEST_USO4 54
#define VIRTIO_NET_F_GUEST_USO6 55
#define VIRTIO_NET_F_HOST_USO 56
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#else
#define VHUGE_HAS_USO 1
#endif

/*
 * The folio that @file has at @offset, for folio_put(); NULL in a hole. 6.7
 * changed the index of hugetlb folios from their own size to PAGE_SIZE.
 */
static inline struct folio *vhuge_file_folio(struct file *file, loff_t offset)
{
	struct folio *folio;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	folio = filemap_get_folio(file->f_mapping,
				  offset >> file_inode(file)->i_blkbits);
#else
	folio = filemap_get_folio(file->f_mapping, offset >> PAGE_SHIFT);
#endif
	return IS_ERR(folio) ? NULL : folio;
}

/* The same in the linear map. */
static inline void *vhuge_file_page(struct file *file, loff_t offset)
{
	struct folio *folio = vhuge_file_folio(file, offset);
	void *addr;

	if (!folio)
		return NULL;

	addr = folio_address(folio);
	folio_put(folio);
	return addr;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
/* Is it the page of @file at @offset, and not what somebody mapped instead? */
static inline bool vhuge_page_is(struct page *page, struct file *file,
				 loff_t offset)
{
	struct folio *folio = page_folio(page);
	unsigned int shift = file_inode(file)->i_blkbits;

	if (!PageHuge(page) || folio_size(folio) != 1UL << shift ||
	    READ_ONCE(folio->mapping) != file->f_mapping)
		return false;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return folio->index == offset >> shift;
#else
	return folio->index == offset >> PAGE_SHIFT;
#endif
}

/* Pin the page of @file from @offset on, which the caller has mapped at @addr. */
static inline long vhuge_pin_mapped(unsigned long addr, struct file *file,
				    loff_t offset, struct folio **folio)
{
	unsigned int write = file->f_mode & FMODE_WRITE ? FOLL_WRITE : 0;
	struct page *page;
	long ret;

	ret = pin_user_pages_fast(addr, 1, write | FOLL_LONGTERM, &page);
	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;
	if (!vhuge_page_is(page, file, offset)) {
		unpin_user_page(page);
		return -EFAULT;
	}
	*folio = page_folio(page);
	return 1;
}

/* Pin a page by mapping it into the caller for a moment. */
static inline long vhuge_pin_by_mapping(struct file *file, loff_t offset,
					struct folio **folio)
{
	unsigned long size = 1UL << file_inode(file)->i_blkbits;
	int write = file->f_mode & FMODE_WRITE ? PROT_WRITE : 0;
	unsigned long addr;
	long ret;

	addr = vm_mmap(file, 0, size, PROT_READ | write, MAP_SHARED, offset);
	if (IS_ERR_VALUE(addr))
		return addr;

	ret = vhuge_pin_mapped(addr, file, offset, folio);
	vm_munmap(addr, size);
	return ret;
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline atomic_t *vhuge_pincount(struct folio *folio)
{
	return folio_pincount_ptr(folio);
}
#else
static inline atomic_t *vhuge_pincount(struct folio *folio)
{
	return &folio->_pincount;
}
#endif

/*
 * Pin a page that the file has, with the count that unpin_user_page() takes
 * back from large folios. NULL for those that only a mapping gets at: holes, and
 * pages that have to move before they stay for long.
 */
static inline struct folio *vhuge_pin_present(struct file *file, loff_t offset)
{
	struct folio *folio = vhuge_file_folio(file, offset);

	if (!folio)
		return NULL;
	if (!folio_is_longterm_pinnable(folio) || folio_test_hwpoison(folio)) {
		folio_put(folio);
		return NULL;
	}

	atomic_inc(vhuge_pincount(folio));
	mod_node_page_state(folio_pgdat(folio), NR_FOLL_PIN_ACQUIRED, 1);
	return folio;
}

/*
 * Stands in for memfd_pin_folios() of 6.11, for hugetlb files. Page by page, the
 * rare one that needs it is mapped; no mapping exists when this returns.
 */
static inline long vhuge_memfd_pin_folios(struct file *file, loff_t start,
					  loff_t end, struct folio **folios,
					  unsigned int max_folios,
					  pgoff_t *offset)
{
	unsigned int shift = file_inode(file)->i_blkbits, count, i;
	loff_t first = round_down(start, 1UL << shift);
	long ret = 1;

	count = min_t(u64, (end - first) >> shift, max_folios - 1) + 1;
	*offset = start - first;

	for (i = 0; i < count && ret == 1; i++) {
		loff_t at = first + ((loff_t)i << shift);

		folios[i] = vhuge_pin_present(file, at);
		if (!folios[i])
			ret = vhuge_pin_by_mapping(file, at, &folios[i]);
	}
	if (ret == 1)
		return count;

	for (i--; i--;)
		unpin_user_page(&folios[i]->page);
	return ret;
}

#define memfd_pin_folios vhuge_memfd_pin_folios
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline int vhuge_compat_iommu_map(struct iommu_domain *domain,
					 unsigned long iova, phys_addr_t phys,
					 size_t size, int prot, gfp_t gfp)
{
	return iommu_map(domain, iova, phys, size, prot);
}

#define iommu_map vhuge_compat_iommu_map
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
static inline struct iommu_domain *
vhuge_compat_domain_alloc(struct device *dev)
{
	return iommu_domain_alloc(dev->bus) ?: ERR_PTR(-ENODEV);
}

#define iommu_paging_domain_alloc vhuge_compat_domain_alloc
#endif

/* What XDP can do is told since 6.3. */
static inline void vhuge_set_xdp_features(struct net_device *netdev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	netdev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT |
			       NETDEV_XDP_ACT_NDO_XMIT |
			       NETDEV_XDP_ACT_NDO_XMIT_SG;
#endif
}

/* 6.9 may put another skb in the place of the one that is given. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
static inline int vhuge_do_xdp_generic(struct bpf_prog *prog,
				       struct sk_buff **skb)
{
	return do_xdp_generic(prog, *skb);
}

#define do_xdp_generic vhuge_do_xdp_generic
#endif

#endif /* VHUGE_COMPAT_H */
