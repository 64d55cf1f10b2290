/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's header of this name: what is copied is memory of the guest. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <string.h>

#ifdef SHIM_HOOKS
#include "../hooks.h"
#define memcpy(to, from, size) shim_copy(to, from, size)
#endif

#endif /* SHIM_LINUX_STRING_H */
