/* SPDX-License-Identifier: GPL-2.0 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH	8

/**
 * struct json - a JSON text that is being written
 * @file: where to
 * @depth: how many objects and arrays are open
 * @closing: the bracket that ends each of them
 * @empty: whether nothing is in it yet
 */
struct json {
	FILE *file;
	unsigned int depth;
	char closing[JSON_DEPTH];
	bool empty[JSON_DEPTH];
};

void json_begin(struct json *j, FILE *file);
void json_finish(struct json *j);
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);
void json_end(struct json *j);
void json_number(struct json *j, const char *name, uint64_t value);
void json_signed(struct json *j, const char *name, int64_t value);
void json_address(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_string(struct json *j, const char *name, const char *value);

#endif /* JSON_H */
