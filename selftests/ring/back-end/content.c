// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "content.h"

/* To and from addresses of nobody; a type for local experiments. */
static const unsigned char ethernet[14] = {
	0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x11, 0x88, 0xb5
};

void content_mark(struct frame *frame, u64 number, u32 length)
{
	memcpy(frame->data, ethernet, sizeof(ethernet));
	memcpy(frame->data + sizeof(ethernet), &number, sizeof(number));
	frame->length = length;
}

static unsigned char byte(u64 number, u32 at)
{
	return number * 13 + at * 7 + (at >> 8);
}

void content_make(struct frame *frame, u64 number)
{
	u32 i, length = 60 + number * 7919 % (1515 - 60);

	content_mark(frame, number, length);
	for (i = sizeof(ethernet) + sizeof(number); i < length; i++)
		frame->data[i] = byte(number, i);
}

bool content_check(const struct frame *frame, u64 number)
{
	static unsigned char bytes[BUFFER_SIZE];
	struct frame want = { .data = bytes };
	u32 i;

	content_make(&want, number);
	if (frame->length != want.length) {
		fprintf(stderr, "frame %llu has %u bytes instead of %u\n",
			number, frame->length, want.length);
		return false;
	}
	for (i = 0; i < want.length; i++) {
		if (frame->data[i] != want.data[i]) {
			fprintf(stderr, "frame %llu of %u bytes differs at byte %u\n",
				number, want.length, i);
			return false;
		}
	}
	return true;
}
