// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that wastes the host's time as fast as it can, on a port of its own,
 * until it is killed:
 *
 *   flood kicks PORT   kicks, and nothing is there
 *   flood empty PORT   descriptors without a byte, as many as the ring holds
 *   flood nobody PORT  does what "kicks" does with an eventfd that nobody listens to
 *
 * Says that it is ready when the port has a carrier.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "device.h"
#include "rig.h"

#define NUM 256

static void kick(int fd)
{
	eventfd_t unused;

	for (;;) {
		eventfd_write(fd, 1);
		eventfd_read(fd, &unused);
	}
}

static void empty(struct rig *rig)
{
	struct buffer nothing = { rig->guest.bytes, 0, false };
	uint32_t length;
	uint16_t head;

	for (;;) {
		while (ring_take(&rig->tx, &head, &length))
			;
		while (rig->tx.nfree)
			ring_offer(&rig->tx, &nothing, 1);
		ring_publish(&rig->tx);
		ring_kick(&rig->tx);
	}
}

int main(int argc, char **argv)
{
	struct rig rig;
	int error;

	if (argc != 3)
		errx(2, "usage: flood kicks|empty|nobody PORT");
	rig_make_beside(&rig, argv[2], VERSION_1, NUM, 1);
	error = rig_start(&rig);
	if (error)
		errx(1, "%s: %s: %s", rig.step, strerror(-error), device_error(rig.guest.dev));
	puts("ready");
	fflush(stdout);

	if (!strcmp(argv[1], "kicks"))
		kick(rig.tx.kick);
	if (!strcmp(argv[1], "empty"))
		empty(&rig);
	if (!strcmp(argv[1], "nobody"))
		kick(eventfd(0, EFD_NONBLOCK));
	errx(2, "there is no flood of %s", argv[1]);
}
