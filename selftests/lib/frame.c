// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <string.h>

#include "frame.h"

#define ETHERNET 14

static bool is_v6(enum frame_kind kind)
{
	return kind == TCP6 || kind == UDP6;
}

static bool is_tcp(enum frame_kind kind)
{
	return kind == TCP4 || kind == TCP6;
}

static size_t transport(enum frame_kind kind)
{
	return ETHERNET + (is_v6(kind) ? 40 : 20);
}

static size_t checksum_at(enum frame_kind kind)
{
	return is_tcp(kind) ? 16 : 6;
}

size_t frame_head(enum frame_kind kind)
{
	return transport(kind) + (is_tcp(kind) ? 20 : 8);
}

static uint32_t sum(uint32_t start, const unsigned char *bytes, size_t length)
{
	size_t at;

	for (at = 0; at + 1 < length; at += 2)
		start += bytes[at] << 8 | bytes[at + 1];
	if (length & 1)
		start += bytes[length - 1] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

static void put16(unsigned char *to, unsigned int value)
{
	to[0] = value >> 8;
	to[1] = value;
}

/* The pseudo header: both addresses, protocol and length. */
static uint32_t pseudo(const unsigned char *frame, enum frame_kind kind, size_t length)
{
	uint32_t start = (is_tcp(kind) ? 6 : 17) + (length - transport(kind));

	return is_v6(kind) ? sum(start, frame + ETHERNET + 8, 32) :
			     sum(start, frame + ETHERNET + 12, 8);
}

static void make_v4(unsigned char *ip, enum frame_kind kind, size_t length)
{
	static const unsigned char addresses[] = { 192, 0, 2, 1, 192, 0, 2, 2 };

	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, length);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = is_tcp(kind) ? 6 : 17;
	memcpy(ip + 12, addresses, 8);
	put16(ip + 10, ~sum(0, ip, 20));
}

static void make_v6(unsigned char *ip, enum frame_kind kind, size_t length)
{
	memset(ip, 0, 40);
	ip[0] = 0x60;
	put16(ip + 4, length - 40);
	ip[6] = is_tcp(kind) ? 6 : 17;
	ip[7] = 64;
	ip[8] = 0x20;
	ip[23] = 1;
	ip[24] = 0x20;
	ip[39] = 2;
}

static void make_transport(unsigned char *to, enum frame_kind kind, size_t length)
{
	memset(to, 0, is_tcp(kind) ? 20 : 8);
	put16(to, 1234);
	put16(to + 2, 5678);
	if (is_tcp(kind)) {
		to[12] = 0x50;
		to[13] = 0x10;
		put16(to + 14, 512);
	} else {
		put16(to + 4, length);
	}
}

void frame_content(unsigned char *content, size_t at, size_t length, uint32_t number)
{
	size_t i;

	for (i = 0; i < length; i++) {
		uint32_t mixed = (number + 1) * 2654435761U + (at + i) * 2246822519U;

		content[i] = (mixed ^ mixed >> 15) >> 8;
	}
}

size_t frame_make(unsigned char *frame, enum frame_kind kind, size_t payload, uint32_t number)
{
	static const unsigned char ethernet[ETHERNET] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	size_t length = frame_head(kind) + payload;

	memcpy(frame, ethernet, sizeof(ethernet));
	put16(frame + 12, is_v6(kind) ? 0x86dd : 0x0800);
	if (is_v6(kind))
		make_v6(frame + ETHERNET, kind, length - ETHERNET);
	else
		make_v4(frame + ETHERNET, kind, length - ETHERNET);
	make_transport(frame + transport(kind), kind, length - transport(kind));
	put16(frame + transport(kind) + checksum_at(kind), pseudo(frame, kind, length));
	frame_content(frame + frame_head(kind), 0, payload, number);
	return length;
}

struct virtio_net_hdr frame_header(enum frame_kind kind, uint16_t size)
{
	static const unsigned char type[] = {
		[TCP4] = VIRTIO_NET_HDR_GSO_TCPV4, [TCP6] = VIRTIO_NET_HDR_GSO_TCPV6,
		[UDP4] = FRAME_GSO_UDP_L4, [UDP6] = FRAME_GSO_UDP_L4,
	};

	return (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = size ? type[kind] : VIRTIO_NET_HDR_GSO_NONE,
		.gso_size = size,
		.csum_start = transport(kind),
		.csum_offset = checksum_at(kind),
	};
}

void frame_complete(unsigned char *frame, enum frame_kind kind, size_t length)
{
	size_t at = transport(kind);

	put16(frame + at + checksum_at(kind), 0);
	put16(frame + at + checksum_at(kind),
	      ~sum(pseudo(frame, kind, length), frame + at, length - at));
}

bool frame_is_complete(const unsigned char *frame, enum frame_kind kind, size_t length)
{
	size_t at = transport(kind);

	return sum(pseudo(frame, kind, length), frame + at, length - at) == 0xffff;
}
