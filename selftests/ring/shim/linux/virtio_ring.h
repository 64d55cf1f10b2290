/* SPDX-License-Identifier: GPL-2.0 */
/* In the kernel this brings the types with it. */
#include <linux/types.h>
#include_next <linux/virtio_ring.h>
