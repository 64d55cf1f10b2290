/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches what the device does to memory of the guest. The device gets
 * addresses where nothing can be read or written, so that an access that is
 * not behind the hooks ends the program; the hooks go to the real memory.
 */
#ifndef WATCH_H
#define WATCH_H

#include "bed.h"

enum watch_what {
	WATCH_READ,
	WATCH_WROTE,
	WATCH_RMB,
	WATCH_WMB,
	WATCH_MB,
};

/*
 * @before, @after: each access and barrier, at its real address
 * @lazy: what is written shows at the next full barrier or watch_settle() only,
 *        as with a processor that keeps it in a buffer
 */
struct watch {
	void (*before)(enum watch_what what, void *real, size_t size);
	void (*after)(enum watch_what what, void *real, size_t size);
	bool lazy;
};

extern struct watch watch;

/* Where the device finds @real: behind what was hidden last, if @real is. */
void *watch_hide(void *real, size_t size);
void *watch_real(const void *hidden, size_t size);
void watch_forget(void);
void watch_settle(void);

/* Hide the areas of a bed's ring, or its memory: the map is the device's. */
void watch_ring(struct bed *bed);
struct vhuge_segmap *watch_memory(const struct guest *guest);

#endif /* WATCH_H */
