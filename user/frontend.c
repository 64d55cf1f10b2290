// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "frontend.h"
#include "hint.h"
#include "messages.h"
#include "port.h"

/* Gets a guest device of its own onto the port, which may have to be made. */
static int attach(struct frontend *f)
{
	const char *port = f->endpoint->port;
	unsigned int ifindex;
	int err;

	err = port_ensure(port, f->endpoint->queues, &ifindex, f->cause, sizeof(f->cause));
	if (err < 0)
		return err;
	if (err > 0)
		log_limited(f->limit, LOG_NOTICE, "%s: " PORT_CREATED, f->endpoint->name,
			    port, port);
	err = frontend_check(f, device_attach(f->device, ifindex));
	if (err)
		return err;
	return frontend_check(f, device_info(f->device, &f->info));
}

/**
 * frontend_open() - a front-end connected: give it a guest device
 * @f: to set up
 * @endpoint: where it connected; must outlive @f
 * @limit: of log lines; must outlive @f
 * @socket: the connection; belongs to @f from here on, closed on failure
 *
 * Returns: 0 or a negative error, which was logged.
 */
int frontend_open(struct frontend *f, const struct endpoint *endpoint,
		  struct log_limit *limit, int socket)
{
	char hint[LOG_LINE / 2];
	int err;

	memset(f, 0, sizeof(*f));
	f->endpoint = endpoint;
	f->limit = limit;
	f->device = device_open();
	if (f->device < 0) {
		err = f->device;
		log_limited(limit, LOG_ERR, "%s: front-end turned away: %s: %s%s", endpoint->name,
			    DEVICE_PATH, strerror(-err), hint_open(-err));
		close(socket);
		return err;
	}
	err = attach(f);
	if (err) {
		hint_for(-err, f->cause, hint, sizeof(hint));
		log_limited(limit, LOG_ERR, "%s: front-end turned away: port %s: %s%s",
			    endpoint->name, endpoint->port, f->cause, hint);
		device_close(f->device);
		close(socket);
		return err;
	}
	wire_open(&f->wire, socket, endpoint->timeout);
	log_limited(limit, LOG_INFO, "%s: front-end connected, device %u on port %s",
		    endpoint->name, f->info.id, endpoint->port);
	return 0;
}

/* The memory is unpinned and the port lost its guest when this returns. */
void frontend_close(struct frontend *f)
{
	device_close(f->device);
	slots_free(&f->slots);
	wire_close(&f->wire);
}

/**
 * frontend_serve() - handle the next message, if it is complete
 * @f: a front-end whose socket is readable
 *
 * One message at most, so that the rest of the loop gets its turn.
 *
 * Returns: 0, or a negative error when the connection is to be closed, which
 * was logged.
 */
int frontend_serve(struct frontend *f)
{
	int ret = wire_receive(&f->wire);

	if (ret < 0) {
		log_limited(f->limit, ret == -EPIPE ? LOG_INFO : LOG_ERR, "%s: %s",
			    f->endpoint->name, wire_error(-ret));
		return ret;
	}
	if (!ret)
		return 0;
	ret = message_handle(f, &f->wire.message);
	wire_next(&f->wire);
	return ret;
}

/**
 * frontend_refuse() - note why a message is refused
 * @f: the front-end
 * @error: positive error number
 * @format: the cause
 *
 * Returns: the negative @error, for the handler to return.
 */
int frontend_refuse(struct frontend *f, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->cause, sizeof(f->cause), format, args);
	va_end(args);
	return -error;
}

/**
 * frontend_check() - note why a call to the device failed, if it did
 * @f: the front-end
 * @err: what the call returned
 *
 * Must follow the call at once: the device remembers its last failure only.
 *
 * Returns: @err
 */
int frontend_check(struct frontend *f, int err)
{
	if (err >= 0)
		return err;
	device_error(f->device, f->cause, sizeof(f->cause));
	if (!f->cause[0])
		snprintf(f->cause, sizeof(f->cause), "%s", strerror(-err));
	return err;
}
