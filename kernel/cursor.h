/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A place in a chain of the guest's that is read, or written, from its start to
 * its end.
 */
#ifndef VHUGE_CURSOR_H
#define VHUGE_CURSOR_H

#include <linux/string.h>

#include "vring.h"

/**
 * struct vhuge_cursor - where it goes on
 * @piece: in this piece of the chain
 * @at: at this byte of it, or at the start of the next piece if there is none
 */
struct vhuge_cursor {
	const struct vhuge_piece *piece;
	u32 at;
};

/**
 * vhuge_cursor_ahead - bytes that follow in one piece, at least one
 * @from: the cursor, not at the end of the chain
 */
static inline u32 vhuge_cursor_ahead(struct vhuge_cursor *from)
{
	if (from->at == from->piece->length) {
		from->piece++;
		from->at = 0;
	}
	return from->piece->length - from->at;
}

/* Slow paths of the following three: bytes of several pieces. */
void vhuge_cursor_skip_any(struct vhuge_cursor *from, u32 length);
void vhuge_cursor_copy_any(struct vhuge_cursor *from, void *to, u32 length);
void vhuge_cursor_write_any(struct vhuge_cursor *to, const void *from,
			    u32 length);

/**
 * vhuge_cursor_skip - go on behind some bytes
 * @from: the cursor
 * @length: bytes, which the chain has
 */
static inline void vhuge_cursor_skip(struct vhuge_cursor *from, u32 length)
{
	if (unlikely(length > from->piece->length - from->at))
		vhuge_cursor_skip_any(from, length);
	else
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
	if (unlikely(length > from->piece->length - from->at)) {
		vhuge_cursor_copy_any(from, to, length);
		return;
	}
	memcpy(to, from->piece->addr + from->at, length);
	from->at += length;
}

/**
 * vhuge_cursor_write - write bytes, and go on behind them
 * @to: the cursor
 * @from: the bytes
 * @length: how many, for which the chain has room
 */
static inline void vhuge_cursor_write(struct vhuge_cursor *to,
				      const void *from, u32 length)
{
	if (unlikely(length > to->piece->length - to->at)) {
		vhuge_cursor_write_any(to, from, length);
		return;
	}
	memcpy(to->piece->addr + to->at, from, length);
	to->at += length;
}

#endif /* VHUGE_CURSOR_H */
