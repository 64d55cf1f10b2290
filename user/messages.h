/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The requests of vhost-user: which there are, what shape they have, who
 * handles them.
 *
 * A handler takes its arguments from the message and, when the request has a
 * reply of its own, leaves the reply there. It returns 0, or a negative error
 * after frontend_refuse() or frontend_check(). -EPROTO says that the message
 * contradicts itself; nothing after it can be trusted.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "frontend.h"
#include "wire.h"

int message_handle(struct frontend *f, struct message *m);

/* negotiate.c */
int handle_get_features(struct frontend *f, struct message *m);
int handle_set_features(struct frontend *f, struct message *m);
int handle_set_owner(struct frontend *f, struct message *m);
int handle_reset_owner(struct frontend *f, struct message *m);
int handle_reset_device(struct frontend *f, struct message *m);
int handle_get_protocol_features(struct frontend *f, struct message *m);
int handle_set_protocol_features(struct frontend *f, struct message *m);
int handle_get_queue_num(struct frontend *f, struct message *m);
int handle_set_status(struct frontend *f, struct message *m);
int handle_get_status(struct frontend *f, struct message *m);

/* memory.c */
int handle_set_mem_table(struct frontend *f, struct message *m);
int handle_get_max_mem_slots(struct frontend *f, struct message *m);
int handle_add_mem_reg(struct frontend *f, struct message *m);
int handle_rem_mem_reg(struct frontend *f, struct message *m);

/* ring.c */
int handle_set_vring_num(struct frontend *f, struct message *m);
int handle_set_vring_addr(struct frontend *f, struct message *m);
int handle_set_vring_base(struct frontend *f, struct message *m);
int handle_get_vring_base(struct frontend *f, struct message *m);
int handle_set_vring_kick(struct frontend *f, struct message *m);
int handle_set_vring_call(struct frontend *f, struct message *m);
int handle_set_vring_err(struct frontend *f, struct message *m);
int handle_set_vring_enable(struct frontend *f, struct message *m);
int ring_disable_all(struct frontend *f);
int ring_stop_all(struct frontend *f);

/* network.c */
int handle_net_set_mtu(struct frontend *f, struct message *m);
int handle_send_rarp(struct frontend *f, struct message *m);

#endif /* MESSAGES_H */
