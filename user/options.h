/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>

#include "endpoint.h"

/**
 * struct options - the command line of the daemon
 * @endpoints: what to serve
 * @count: entries at @endpoints
 */
struct options {
	struct endpoint *endpoints;
	size_t count;
};

/* What options_parse() returns instead of a count of sockets to be inherited */
#define OPTIONS_DONE	(-1)
#define OPTIONS_WRONG	(-2)

int options_parse(struct options *options, int argc, char **argv);
int options_inherit(struct options *options, int first, int available);

#endif /* OPTIONS_H */
