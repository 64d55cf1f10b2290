/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two agreements with a service manager: telling it that the daemon is
 * ready, and sockets that it opened for the daemon.
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#define SYSTEMD_FIRST_FD 3

void systemd_notify(const char *state);
int systemd_sockets(void);

#endif /* SYSTEMD_H */
