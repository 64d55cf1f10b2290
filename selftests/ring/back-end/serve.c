// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <unistd.h>

#include "serve.h"

/* Of a chain; frames here fit into one or two buffers. */
#define PIECES 4U

struct burst {
	struct vhuge_chain chain[BURST];
	struct vhuge_piece piece[BURST][PIECES];
};

static struct burst burst;

/* Have the lines in which a short frame lies on their way into the cache. */
static void prefetch(const struct vhuge_chain *chain, bool writes)
{
	const char *header = chain->piece[0].addr;

	if (writes) {
		__builtin_prefetch(header, 1);
		__builtin_prefetch(header + HEADER_SIZE, 1);
	} else {
		__builtin_prefetch(header + HEADER_SIZE);
	}
}

/* Pop up to @count chains, with room for each of @frame, if there are any. */
static int pop(struct session *session, struct queue *queue, u32 count,
	       const struct frame *frame)
{
	u32 i;
	int ret;

	for (i = 0; i < count; i++) {
		struct vhuge_chain *chain = &burst.chain[i];

		chain->piece = burst.piece[i];
		chain->room = PIECES;
		ret = vhuge_ring_pop(&queue->ring, session->memory.map, chain,
				     frame ? HEADER_SIZE + frame[i].length :
					     BUFFER_SIZE);
		if (ret < 0)
			return ret;
		if (!ret)
			break;
		if (chain->pieces)
			prefetch(chain, frame);
	}
	return i;
}

static void publish(struct queue *queue)
{
	const u64 one = 1;
	bool published;

	if (vhuge_ring_publish(&queue->ring, &published) && queue->call >= 0 &&
	    write(queue->call, &one, sizeof(one)) != sizeof(one))
		queue->call = -1;
}

static void copy_out(const struct vhuge_chain *chain, struct frame *frame)
{
	u32 i, skip = HEADER_SIZE;

	frame->length = 0;
	for (i = 0; i < chain->pieces; i++) {
		const struct vhuge_piece *piece = &chain->piece[i];

		if (skip >= piece->length) {
			skip -= piece->length;
			continue;
		}
		memcpy(frame->data + frame->length, (char *)piece->addr + skip,
		       piece->length - skip);
		frame->length += piece->length - skip;
		skip = 0;
	}
}

int serve_receive(struct session *session, struct frame *frame)
{
	struct queue *queue = &session->queue[SENDS];
	int i, count = pop(session, queue, BURST, NULL);

	for (i = 0; i < count; i++) {
		copy_out(&burst.chain[i], &frame[i]);
		vhuge_ring_push(&queue->ring, burst.chain[i].ticket, 0);
	}
	if (count > 0)
		publish(queue);
	return count;
}

static void copy_in(const struct vhuge_chain *chain, const struct frame *frame)
{
	static const unsigned char header[HEADER_SIZE] = { [10] = 1 };
	const struct vhuge_piece *piece = chain->piece;
	u32 i, at = 0;

	/* Nearly always it is one piece. */
	if (chain->pieces == 1) {
		memcpy(piece->addr, header, HEADER_SIZE);
		memcpy((char *)piece->addr + HEADER_SIZE, frame->data,
		       piece->length - HEADER_SIZE);
		return;
	}
	for (i = 0; i < chain->length; i++, at++) {
		while (at == piece->length) {
			piece++;
			at = 0;
		}
		((unsigned char *)piece->addr)[at] = i < HEADER_SIZE ?
			header[i] : frame->data[i - HEADER_SIZE];
	}
}

int serve_send(struct session *session, const struct frame *frame, u32 count)
{
	struct queue *queue = &session->queue[RECEIVES];
	int i, got = pop(session, queue, count, frame);

	for (i = 0; i < got; i++) {
		u32 want = HEADER_SIZE + frame[i].length;

		if (burst.chain[i].length != want)
			return -VHUGE_FAULT_EMPTY;
		copy_in(&burst.chain[i], &frame[i]);
		vhuge_ring_push(&queue->ring, burst.chain[i].ticket, want);
	}
	if (got > 0)
		publish(queue);
	return got;
}
