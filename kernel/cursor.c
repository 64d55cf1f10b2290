// SPDX-License-Identifier: GPL-2.0
/*
 * A place in a chain; see cursor.h.
 */
#include <linux/minmax.h>

#include "cursor.h"

/**
 * vhuge_cursor_skip_any - go on behind some bytes, wherever they end
 * @from: the cursor
 * @length: bytes, which the chain has
 */
void vhuge_cursor_skip_any(struct vhuge_cursor *from, u32 length)
{
	while (length) {
		u32 n = min(length, vhuge_cursor_ahead(from));

		from->at += n;
		length -= n;
	}
}

/**
 * vhuge_cursor_copy_any - copy bytes, and go on behind them, wherever they end
 * @from: the cursor
 * @to: receives them
 * @length: bytes, which the chain has
 */
void vhuge_cursor_copy_any(struct vhuge_cursor *from, void *to, u32 length)
{
	while (length) {
		u32 n = min(length, vhuge_cursor_ahead(from));

		memcpy(to, from->piece->addr + from->at, n);
		from->at += n;
		to += n;
		length -= n;
	}
}

/**
 * vhuge_cursor_write_any - write bytes, and go on behind them, wherever they end
 * @to: the cursor
 * @from: the bytes
 * @length: how many, for which the chain has room
 */
void vhuge_cursor_write_any(struct vhuge_cursor *to, const void *from,
			    u32 length)
{
	while (length) {
		u32 n = min(length, vhuge_cursor_ahead(to));

		memcpy(to->piece->addr + to->at, from, n);
		to->at += n;
		from += n;
		length -= n;
	}
}
