/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's end of a port: a packet socket that sends and receives frames of
 * an Ethernet type (local experimental, IEEE 802) nobody else is interested in.
 */
#ifndef SELFTESTS_WIRE_H
#define SELFTESTS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_TYPE 0x88b5
#define WIRE_HEADER 14
#define WIRE_MAX (WIRE_HEADER + 9000)

int wire_open(unsigned int ifindex);

/* Frame number @number, of @length bytes; the number is all one needs to check it. */
void wire_fill(unsigned char *frame, size_t length, uint32_t number);

/* Where a frame differs from what wire_fill() made, @length when nowhere. */
size_t wire_compare(const unsigned char *frame, size_t length, uint32_t number);

/* Sends, or waits until it can. Returns 0 or -errno. */
int wire_send(int wire, const unsigned char *frame, size_t length);

/* Waits for a frame. Returns its length, 0 when none came. */
size_t wire_receive(int wire, unsigned char *frame);

/* Is there a frame already? */
bool wire_quiet(int wire);

#endif
