// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "slots.h"

struct slot {
	struct vhuge_region region;
	unsigned int users;
};

/* Regions are known by these members, as VHUGE_REMOVE_REGIONS knows them. */
static struct slot *find(const struct slots *slots, const struct vhuge_region *r)
{
	unsigned int i;

	for (i = 0; i < slots->count; i++) {
		struct slot *slot = &slots->slot[i];

		if (slot->region.guest_addr == r->guest_addr &&
		    slot->region.user_addr == r->user_addr &&
		    slot->region.length == r->length)
			return slot;
	}
	return NULL;
}

/**
 * slots_more() - is the region there already? Then it has one user more.
 * @slots: of the front-end
 * @region: also its offset counts: another one is another region
 */
bool slots_more(struct slots *slots, const struct vhuge_region *region)
{
	struct slot *slot = find(slots, region);

	if (!slot || slot->region.offset != region->offset)
		return false;
	slot->users++;
	return true;
}

/**
 * slots_less() - has the region another user? Then it has one user less.
 * @slots: of the front-end
 * @region: to be removed
 */
bool slots_less(struct slots *slots, const struct vhuge_region *region)
{
	struct slot *slot = find(slots, region);

	if (!slot || slot->users == 1)
		return false;
	slot->users--;
	return true;
}

/**
 * slots_reserve() - have room for more regions
 * @slots: of the front-end
 * @count: how many in all
 *
 * Returns: 0 or -ENOMEM.
 */
int slots_reserve(struct slots *slots, unsigned int count)
{
	struct slot *slot;

	if (count <= slots->room)
		return 0;
	slot = reallocarray(slots->slot, 2UL * count, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	slots->slot = slot;
	slots->room = 2 * count;
	return 0;
}

/**
 * slots_add() - the region has its first user
 * @slots: with room for it
 * @region: that was added to the device
 */
void slots_add(struct slots *slots, const struct vhuge_region *region)
{
	slots->slot[slots->count++] = (struct slot){ .region = *region, .users = 1 };
}

/**
 * slots_remove() - the region has gone
 * @slots: of the front-end
 * @region: that was removed from the device
 */
void slots_remove(struct slots *slots, const struct vhuge_region *region)
{
	struct slot *slot = find(slots, region);

	if (slot)
		*slot = slots->slot[--slots->count];
}

/**
 * slots_clear() - all regions have gone
 * @slots: of the front-end
 */
void slots_clear(struct slots *slots)
{
	slots->count = 0;
}

/**
 * slots_free() - release the memory
 * @slots: of the front-end
 */
void slots_free(struct slots *slots)
{
	free(slots->slot);
	*slots = (struct slots){};
}
