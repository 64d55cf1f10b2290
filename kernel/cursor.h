/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A place in a chain of the guest's that is read from its start to its end.
 */
#ifndef VHUGE_CURSOR_H
#define VHUGE_CURSOR_H

#include <linux/minmax.h>
#include <linux/string.h>

#include "vring.h"

/**
 * struct vhuge_cursor - where reading goes on
 * @piece: in this piece of the chain
 * @at: at this byte of it
 */
struct vhuge_cursor {
	const struct vhuge_piece *piece;
	u32 at;
};

/**
 * vhuge_cursor_skip - go on behind some bytes
 * @from: the cursor
 * @length: bytes, which the chain has
 */
static inline void vhuge_cursor_skip(struct vhuge_cursor *from, u32 length)
{
	while (length >= from->piece->length - from->at) {
		length -= from->piece->length - from->at;
		from->piece++;
		from->at = 0;
		if (!length)
			return;
	}
	from->at += length;
}

/**
 * vhuge_cursor_copy - copy bytes, and go on behind them
 * @from: the cursor
 * @to: receives them
 * @length: bytes, which the chain has
 */
static inline void vhuge_cursor_copy(struct vhuge_cursor *from, void *to,
				     u32 length)
{
	while (length) {
		u32 n = min(length, from->piece->length - from->at);

		memcpy(to, from->piece->addr + from->at, n);
		vhuge_cursor_skip(from, n);
		to += n;
		length -= n;
	}
}

#endif /* VHUGE_CURSOR_H */
