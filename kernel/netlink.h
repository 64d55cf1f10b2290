/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family.
 */
#ifndef VHUGE_NETLINK_H
#define VHUGE_NETLINK_H

int vhuge_netlink_init(void);
void vhuge_netlink_exit(void);

#endif /* VHUGE_NETLINK_H */
