/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's header of this name, as far as the ring code needs it. */
#ifndef SHIM_ASM_BARRIER_H
#define SHIM_ASM_BARRIER_H

#ifdef SHIM_HOOKS
#include "../hooks.h"

#define virt_rmb() shim_barrier(SHIM_RMB) /* see there */
#define virt_wmb() shim_barrier(SHIM_WMB) /* see there */
#define virt_mb() shim_barrier(SHIM_MB) /* see there */

#else
#define virt_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE) /* as strong */
#define virt_wmb() __atomic_thread_fence(__ATOMIC_RELEASE) /* as strong */
#define virt_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST) /* as strong */
#endif

#endif /* SHIM_ASM_BARRIER_H */
