// SPDX-License-Identifier: GPL-2.0
/*
 * Where the memory of a region comes from: a descriptor, or what the caller
 * has mapped. A shared mapping leads to its file, so both are the same from
 * here on, and memory that arrives by both ways is known as one.
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/hugetlb.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/vhuge.h>

#include "source.h"

static bool is_hugetlb(const struct file *file)
{
	return file_inode(file)->i_sb->s_magic == HUGETLBFS_MAGIC &&
	       S_ISREG(file_inode(file)->i_mode);
}

/* Who sealed a file against writing must not see a guest write to it. */
static bool is_sealed(const struct file *file)
{
	return HUGETLBFS_I(file_inode(file))->seals &
	       (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
}

static int check_file(const struct file *file, bool readonly, int fd,
		      struct vhuge_report *report)
{
	fmode_t needed = FMODE_READ | (readonly ? 0 : FMODE_WRITE);

	if (!is_hugetlb(file))
		return vhuge_fail(report, -EMEDIUMTYPE,
				  "descriptor %d is not hugetlb memory (it is on %s); use shared hugepages: memfd with MFD_HUGETLB or a file on hugetlbfs",
				  fd, file_inode(file)->i_sb->s_type->name);
	if ((file->f_mode & needed) != needed || (!readonly && is_sealed(file)))
		return vhuge_fail(report, -EACCES,
				  "descriptor %d is not open for reading and writing, or its file is sealed",
				  fd);
	return 0;
}

static struct file *from_fd(const struct vhuge_region *region,
			    struct vhuge_report *report)
{
	struct file *file = fget(region->fd);
	int err;

	if (!file)
		return ERR_PTR(vhuge_fail(report, -EBADF,
					  "descriptor %d is not open",
					  region->fd));

	err = check_file(file, region->flags & VHUGE_REGION_READONLY,
			 region->fd, report);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

static int check_mapping(struct vm_area_struct *vma,
			 const struct vhuge_region *region,
			 struct vhuge_report *report)
{
	if (!vma || vma->vm_start > region->user_addr ||
	    vma->vm_end - region->user_addr < region->length)
		return vhuge_fail(report, -ERANGE,
				  "user address 0x%llx, length 0x%llx is not all within one mapping of the calling process",
				  region->user_addr, region->length);
	if (!is_vm_hugetlb_page(vma))
		return vhuge_fail(report, -EMEDIUMTYPE,
				  "memory at user address 0x%llx is not hugetlb memory; map it with MAP_HUGETLB or from hugetlbfs",
				  region->user_addr);
	if (!(vma->vm_flags & VM_SHARED))
		return vhuge_fail(report, -EMEDIUMTYPE,
				  "memory at user address 0x%llx is a private mapping; map it with MAP_SHARED",
				  region->user_addr);
	if (!(vma->vm_flags & VM_READ) ||
	    (!(region->flags & VHUGE_REGION_READONLY) &&
	     !(vma->vm_flags & VM_WRITE)))
		return vhuge_fail(report, -EACCES,
				  "memory at user address 0x%llx is not mapped for reading and writing",
				  region->user_addr);
	return 0;
}

static struct file *from_mapping(struct vhuge_region *region,
				 struct vhuge_report *report)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	struct file *file;
	int err;

	if (region->fd != -1 || region->offset)
		return ERR_PTR(vhuge_fail(report, -EINVAL,
					  "a mapped region has descriptor -1 and offset 0"));

	if (mmap_read_lock_killable(mm))
		return ERR_PTR(-EINTR);
	vma = find_vma(mm, region->user_addr);
	err = check_mapping(vma, region, report);
	if (err) {
		file = ERR_PTR(err);
	} else {
		file = get_file(vma->vm_file);
		region->offset = ((u64)vma->vm_pgoff << PAGE_SHIFT) +
				 region->user_addr - vma->vm_start;
	}
	mmap_read_unlock(mm);
	return file;
}

/**
 * vhuge_source - the file a region's memory lies in
 * @region: checked for alignment; its offset is filled in for mapped memory
 * @report: receives the reason of a refusal
 *
 * Return: the file, for fput(); -EBADF, -EMEDIUMTYPE, -EACCES, -ERANGE,
 * -EINVAL or -EINTR.
 */
struct file *vhuge_source(struct vhuge_region *region,
			  struct vhuge_report *report)
{
	return region->flags & VHUGE_REGION_MAPPED ?
	       from_mapping(region, report) : from_fd(region, report);
}
