/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints at the borders between rooms.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vhuge

#if !defined(VHUGE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VHUGE_TRACE_H

#include <linux/tracepoint.h>

#include "vring.h"

TRACE_EVENT(vhuge_queue_break,

	TP_PROTO(u32 device, u32 index, u32 fault),

	TP_ARGS(device, index, fault),

	TP_STRUCT__entry(
		__field(u32, device)
		__field(u32, index)
		__field(u32, fault)
	),

	TP_fast_assign(
		__entry->device = device;
		__entry->index = index;
		__entry->fault = fault;
	),

	TP_printk("device=%u ring=%u fault=%u", __entry->device,
		  __entry->index, __entry->fault)
);

TRACE_EVENT(vhuge_table,

	TP_PROTO(u32 device, u64 generation, u32 regions, u32 segments,
		 u64 pinned),

	TP_ARGS(device, generation, regions, segments, pinned),

	TP_STRUCT__entry(
		__field(u32, device)
		__field(u64, generation)
		__field(u32, regions)
		__field(u32, segments)
		__field(u64, pinned)
	),

	TP_fast_assign(
		__entry->device = device;
		__entry->generation = generation;
		__entry->regions = regions;
		__entry->segments = segments;
		__entry->pinned = pinned;
	),

	TP_printk("device=%u generation=%llu regions=%u segments=%u pinned=%llu",
		  __entry->device, __entry->generation, __entry->regions,
		  __entry->segments, __entry->pinned)
);

TRACE_EVENT(vhuge_queue_state,

	TP_PROTO(u32 device, u32 index, bool started, bool enabled),

	TP_ARGS(device, index, started, enabled),

	TP_STRUCT__entry(
		__field(u32, device)
		__field(u32, index)
		__field(bool, started)
		__field(bool, enabled)
	),

	TP_fast_assign(
		__entry->device = device;
		__entry->index = index;
		__entry->started = started;
		__entry->enabled = enabled;
	),

	TP_printk("device=%u ring=%u started=%d enabled=%d", __entry->device,
		  __entry->index, __entry->started, __entry->enabled)
);

#endif /* VHUGE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
