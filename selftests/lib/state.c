// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "die.h"
#include "netlink.h"
#include "state.h"

void state_read(struct state *state, int dev)
{
	struct vhuge_get_segments get;
	struct object limits;

	memset(state, 0, sizeof(*state));
	if (device_segments(dev, &get, state->segments, 0, STATE_SEGMENTS))
		die("VHUGE_GET_SEGMENTS");
	if (netlink_dump(VHUGE_GENL_LIMITS_GET, &limits, 1) != 1)
		die("VHUGE_GENL_LIMITS_GET");
	state->generation = get.generation;
	state->total = get.total;
	state->pinned = object_number(&limits, VHUGE_LIMITS_ATTR_PINNED);
}

const char *state_differs(const struct state *before, const struct state *after)
{
	static char text[128];

	if (before->pinned != after->pinned)
		snprintf(text, sizeof(text), "pinned bytes: %#llx before, %#llx after",
			 (unsigned long long)before->pinned, (unsigned long long)after->pinned);
	else if (before->generation != after->generation)
		snprintf(text, sizeof(text), "generation: %llu before, %llu after",
			 (unsigned long long)before->generation,
			 (unsigned long long)after->generation);
	else if (before->total != after->total ||
		 memcmp(before->segments, after->segments, sizeof(before->segments)))
		snprintf(text, sizeof(text), "segments: %u before, %u or others after",
			 before->total, after->total);
	else
		return NULL;
	return text;
}
