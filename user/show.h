/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhuge show: what there is at the moment, for people and for programs.
 */
#ifndef SHOW_H
#define SHOW_H

#include "inventory.h"

/* What is to be shown */
#define SHOW_DEVICES	(1U << 0)
#define SHOW_PORTS	(1U << 1)
#define SHOW_QUEUES	(1U << 2)
#define SHOW_REGIONS	(1U << 3)
#define SHOW_SEGMENTS	(1U << 4)
#define SHOW_ALL	0x1fU

int show_command(int argc, char **argv);

void show_text(const struct inventory *inventory, unsigned int what);
void show_json(const struct inventory *inventory, unsigned int what);

#endif /* SHOW_H */
