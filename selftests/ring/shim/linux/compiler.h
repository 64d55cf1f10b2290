/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's header of this name, as far as the ring code needs it. */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#ifdef SHIM_HOOKS
#include "../hooks.h"

#define READ_ONCE(x) ({							\
	union { typeof(x) value; char bytes[sizeof(x)]; } once_;	\
	shim_read(once_.bytes, &(x), sizeof(x));			\
	once_.value; })

#define WRITE_ONCE(x, what) do {					\
	typeof(x) once_ = (what);					\
	shim_write(&(x), &once_, sizeof(x));				\
} while (0)

#else
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, what) __atomic_store_n(&(x), what, __ATOMIC_RELAXED)
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define noinline __attribute__((__noinline__))

#define barrier() __asm__ __volatile__("" : : : "memory")

#endif /* SHIM_LINUX_COMPILER_H */
