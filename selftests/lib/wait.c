// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "wait.h"

#define LIMIT_MS 30000
#define PAUSE_MS 2

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool wait_until(bool (*probe)(void *arg), void *arg)
{
	long end = now_ms() + LIMIT_MS;

	while (!probe(arg)) {
		if (now_ms() > end)
			return probe(arg);
		usleep(PAUSE_MS * 1000);
	}
	return true;
}

short wait_for_event(int fd, short events)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int ready = poll(&pollfd, 1, LIMIT_MS);

	if (ready < 0)
		die("poll");
	return ready ? pollfd.revents : 0;
}
