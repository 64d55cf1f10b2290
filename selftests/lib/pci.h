/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI devices, as sysfs shows them.
 */
#ifndef SELFTESTS_PCI_H
#define SELFTESTS_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vhuge.h>

/* The first device with these numbers, as VHUGE_SET_SPACE names it. */
bool pci_find(struct vhuge_space *pci, unsigned int vendor, unsigned int device);

bool pci_exists(const struct vhuge_space *pci);

/* Bits of the command register. */
#define PCI_MEMORY 2U
#define PCI_MASTER 4U

unsigned int pci_command(const struct vhuge_space *pci);
void pci_set_command(const struct vhuge_space *pci, unsigned int command);

/* Maps @size bytes of the device's first BAR. */
void *pci_map(const struct vhuge_space *pci, size_t size);

/* As if somebody pulled it out, and plugged it in again. */
void pci_unplug(const struct vhuge_space *pci);
void pci_rescan(void);

#endif
