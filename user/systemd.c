// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "systemd.h"

/**
 * systemd_notify() - send a state to the service manager, if there is one
 * @state: such as "READY=1"
 */
void systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length;
	int fd;

	if (!path || !*path)
		return;
	length = strlen(path);
	if (length >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, length);
	/* A name in the abstract space begins with a zero byte, written as @. */
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   offsetof(struct sockaddr_un, sun_path) + length) < 0)
		log_line(LOG_WARNING, "cannot tell the service manager %s: %s", state,
			 strerror(errno));
	close(fd);
}

/**
 * systemd_sockets() - how many sockets the service manager opened for us
 *
 * Their descriptors are SYSTEMD_FIRST_FD and the following.
 */
int systemd_sockets(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	int i, count;

	if (!pid || !fds || strtol(pid, NULL, 10) != getpid())
		return 0;
	count = strtol(fds, NULL, 10);
	for (i = 0; i < count; i++)
		fcntl(SYSTEMD_FIRST_FD + i, F_SETFD, FD_CLOEXEC);
	return count;
}
