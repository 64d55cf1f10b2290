/* SPDX-License-Identifier: GPL-2.0 */
/*
 * With SHIM_HOOKS each access of the ring code to memory of the guest, and each
 * barrier, goes through these functions, which the test program defines.
 */
#ifndef SHIM_HOOKS_H
#define SHIM_HOOKS_H

#include <stddef.h>

enum shim_barrier {
	SHIM_RMB,
	SHIM_WMB,
	SHIM_MB,
};

void shim_read(void *to, const void *guest, size_t size);
void shim_write(void *guest, const void *from, size_t size);
void shim_copy(void *to, const void *guest, size_t size);
void shim_barrier(enum shim_barrier which);

#endif /* SHIM_HOOKS_H */
