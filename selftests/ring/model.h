/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device has to do, in the slowest and plainest way: indices are
 * counted, memory is looked up byte by byte, events are looked for one by one.
 * The ring code is compared with it.
 */
#ifndef MODEL_H
#define MODEL_H

#include "driver.h"
#include "guest.h"

/*
 * @popped, @used, @shown: chains so far, of each kind; @shown to the driver. In
 *                         a packed ring descriptors, counted as drivers do.
 * @seen: available index as last read; where a packed ring was last found empty
 * @flags: used flags of a split ring
 * @work: descriptors of the chain popped last, but for the first of each table
 */
struct model {
	const struct guest *guest;
	const struct driver *driver;
	bool indirect;
	bool event_idx;
	bool writes;
	u64 popped;
	u64 used;
	u64 shown;
	u64 seen;
	u16 flags;
	u32 work;
};

void model_start(struct model *model);
int model_pop(struct model *model, struct vhuge_chain *chain, u32 limit);
void model_push(struct model *model, struct vhuge_ticket ticket);
bool model_publish(struct model *model, bool *published);
void model_kick_off(struct model *model);
bool model_kick_on(struct model *model);

/* Are these the same bytes in the same order? */
bool model_same_bytes(const struct vhuge_chain *a, const struct vhuge_chain *b);

#endif /* MODEL_H */
