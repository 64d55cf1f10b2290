/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Eventfds of a queue: those the guest writes, and those written for it.
 */
#ifndef VHUGE_EVENT_H
#define VHUGE_EVENT_H

struct vhuge_kick;
struct vhuge_signal;

/**
 * typedef vhuge_kicked - what a kick does
 * @context: as handed to vhuge_kick_open()
 *
 * Called under the eventfd's lock with interrupts off: it may schedule work
 * and nothing else.
 */
typedef void vhuge_kicked(void *context);

struct vhuge_kick *vhuge_kick_open(int fd, vhuge_kicked *kicked, void *context);
void vhuge_kick_close(struct vhuge_kick *kick);

struct vhuge_signal *vhuge_signal_open(int fd);
void vhuge_signal_close(struct vhuge_signal *signal);
void vhuge_signal_send(struct vhuge_signal *signal);

#endif /* VHUGE_EVENT_H */
