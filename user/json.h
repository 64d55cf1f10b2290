/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A printer for JSON: it knows where commas go and how strings are escaped.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct json - a document being printed
 * @out: where to
 * @depth: objects and arrays that are open
 * @first: nothing was printed yet in the innermost of them
 */
struct json {
	FILE *out;
	unsigned int depth;
	bool first;
};

/* A key of NULL is for elements of arrays and for the document itself. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_u64(struct json *j, const char *key, uint64_t value);
void json_s64(struct json *j, const char *key, int64_t value);
void json_hex(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_string(struct json *j, const char *key, const char *value);

#endif /* JSON_H */
