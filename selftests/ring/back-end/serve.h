/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames between rings and buffers of one's own, a burst at a time.
 */
#ifndef BACK_END_SERVE_H
#define BACK_END_SERVE_H

#include "session.h"

#define BURST 32U
#define BUFFER_SIZE 2176U
#define HEADER_SIZE 12U

struct frame {
	unsigned char *data;
	u32 length;
};

/*
 * Take up to BURST frames that the guest sends, copied into the buffers of @frame;
 * give the guest up to @count frames. Both return how many, or a negated enum
 * vhuge_fault.
 */
int serve_receive(struct session *session, struct frame *frame);
int serve_send(struct session *session, const struct frame *frame, u32 count);

#endif /* BACK_END_SERVE_H */
