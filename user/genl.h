/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dumps of a generic netlink family.
 */
#ifndef GENL_H
#define GENL_H

#include <stddef.h>
#include <stdint.h>

#include "nl.h"

/**
 * struct genl - a family
 * @name: its name
 * @id: its number, from genl_find()
 * @text: why the kernel refused the last request, or empty
 */
struct genl {
	const char *name;
	uint16_t id;
	char text[256];
};

int genl_find(struct genl *genl, const char *name);
int genl_dump(struct genl *genl, uint8_t command, uint8_t version,
	      mnl_cb_t object, void *context);

#endif /* GENL_H */
