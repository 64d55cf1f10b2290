// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listener.h"
#include "log.h"

static int stream_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int fail(const struct endpoint *endpoint, const char *what)
{
	int err = -errno;

	log_line(LOG_ERR, "%s: %s: %s", endpoint->name, what, strerror(-err));
	return err;
}

/*
 * Whoever is killed leaves the file of its socket behind. It is only removed
 * when it is a socket and nobody listens on it.
 */
static int remove_stale(const struct endpoint *endpoint, const struct sockaddr_un *address)
{
	struct stat st;
	int fd, err;

	if (lstat(endpoint->path, &st))
		return errno == ENOENT ? 0 : fail(endpoint, "cannot look at it");
	if (!S_ISSOCK(st.st_mode)) {
		log_line(LOG_ERR, "%s: is not a socket: remove it, or choose another path",
			 endpoint->name);
		return -EEXIST;
	}
	fd = stream_socket();
	if (fd < 0)
		return fail(endpoint, "cannot make a socket");
	err = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (err != ECONNREFUSED) {
		log_line(LOG_ERR, "%s: in use (%s): stop that program, or choose another path",
			 endpoint->name, err ? strerror(err) : "it answers");
		return -EADDRINUSE;
	}
	if (unlink(endpoint->path))
		return fail(endpoint, "cannot remove the stale socket");
	log_line(LOG_NOTICE, "%s: removed the stale socket of a program that is gone",
		 endpoint->name);
	return 0;
}

/* The file is closed to everybody until mode and group are as they should be. */
static int bind_and_listen(int fd, const struct endpoint *endpoint,
			   const struct sockaddr_un *address)
{
	mode_t mask = umask(0777);
	int ret = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	umask(mask);
	if (ret)
		return fail(endpoint, "cannot bind the socket");
	if (endpoint->group != (gid_t)-1 && chown(endpoint->path, -1, endpoint->group))
		ret = fail(endpoint, "cannot set the group of the socket");
	else if (chmod(endpoint->path, endpoint->mode))
		ret = fail(endpoint, "cannot set the mode of the socket");
	else if (listen(fd, 16))
		ret = fail(endpoint, "cannot listen");
	if (ret)
		unlink(endpoint->path);
	return ret;
}

/**
 * listener_bind() - make the socket of an endpoint with a path
 * @endpoint: what to make, its path short enough for a socket address
 *
 * Returns: a listening socket, or a negative error, which was logged. The
 * caller removes the file in the end.
 */
int listener_bind(const struct endpoint *endpoint)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err;

	memcpy(address.sun_path, endpoint->path, strlen(endpoint->path));
	err = remove_stale(endpoint, &address);
	if (err)
		return err;
	fd = stream_socket();
	if (fd < 0)
		return fail(endpoint, "cannot make a socket");
	err = bind_and_listen(fd, endpoint, &address);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int get_option(int fd, int option, int *value)
{
	socklen_t length = sizeof(*value);

	return getsockopt(fd, SOL_SOCKET, option, value, &length);
}

/**
 * listener_adopt() - check a socket that was handed in
 * @endpoint: its fd
 * @listening: receives whether front-ends connect to it, or it is one already
 *
 * Returns: the socket, or a negative error, which was logged.
 */
int listener_adopt(const struct endpoint *endpoint, bool *listening)
{
	int accepting, domain, type;
	const int fd = endpoint->fd;

	if (get_option(fd, SO_DOMAIN, &domain) || get_option(fd, SO_TYPE, &type) ||
	    get_option(fd, SO_ACCEPTCONN, &accepting))
		return fail(endpoint, "not a socket handed to this process");
	if (domain != AF_UNIX || type != SOCK_STREAM) {
		log_line(LOG_ERR, "%s: not a stream socket of the Unix domain", endpoint->name);
		return -EINVAL;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return fail(endpoint, "cannot set it up");
	*listening = accepting;
	return fd;
}

/* Returns a connection, -EAGAIN when there is none, or another negative error. */
int listener_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		return fd;
	return errno == EINTR || errno == ECONNABORTED ? -EAGAIN : -errno;
}
