/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's PCI device "edu": a DMA engine with a buffer of its own, driven through
 * its first BAR.
 */
#ifndef SELFTESTS_EDU_H
#define SELFTESTS_EDU_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vhuge.h>

/* The most bytes that are copied at once. */
#define EDU_MOST 2048U

struct edu {
	struct vhuge_space pci;
	unsigned char *registers;
};

/* Finds and maps it. False when the machine has none. */
bool edu_open(struct edu *edu);

/* Lets it do DMA, or not. */
void edu_master(const struct edu *edu, bool on);
bool edu_is_master(const struct edu *edu);

/* From memory into the buffer, and back. Both return when it is done. */
void edu_read(const struct edu *edu, uint64_t iova, unsigned int bytes);
void edu_write(const struct edu *edu, uint64_t iova, unsigned int bytes);

/* What the IOMMU complains of from now on, and whether it did. */
int iommu_faults_open(void);
bool iommu_faulted(int faults);

#endif
