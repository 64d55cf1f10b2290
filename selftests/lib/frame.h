/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames with a transport header, as a sender makes them that leaves checksum
 * and segmentation to others, and what has to come of them.
 */
#ifndef SELFTESTS_FRAME_H
#define SELFTESTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_net.h>

/* Headers of older kernels do not have it. */
#define FRAME_GSO_UDP_L4 5

enum frame_kind { TCP4, TCP6, UDP4, UDP6, FRAME_KINDS };

#define FRAME_ALL 65550

/* Bytes before the payload. */
size_t frame_head(enum frame_kind kind);

/*
 * Frame number @number with @payload bytes of content; its checksum covers the
 * pseudo header only. Returns its length.
 */
size_t frame_make(unsigned char *frame, enum frame_kind kind, size_t payload, uint32_t number);

/* Finish the checksum of a frame of @length bytes. */
void frame_complete(unsigned char *frame, enum frame_kind kind, size_t length);

/* What asks to finish it: in segments of @size bytes, 0: in one. */
struct virtio_net_hdr frame_header(enum frame_kind kind, uint16_t size);

/* Is the checksum behind the IP header the right one? */
bool frame_is_complete(const unsigned char *frame, enum frame_kind kind, size_t length);

/* Content of a frame, from byte @at of it on. */
void frame_content(unsigned char *content, size_t at, size_t length, uint32_t number);

#endif
