// SPDX-License-Identifier: GPL-2.0
/*
 * A writer of JSON: one value on one line, whatever is written into it.
 *
 * Model: a stack of what is open. Each value knows from the top of it whether a
 * comma goes before it. In an object every value has a name, in an array none
 * has (NULL). Strings are bytes: what is no printable ASCII is written as the
 * escape of its number, so the text is valid whatever a process calls itself.
 *
 * Numbers are written as they are; who reads them into a double keeps them exact
 * up to 2^53. Addresses go beyond that, and are strings in hexadecimal.
 */
#include <assert.h>

#include "json.h"

static void write_string(struct json *j, const char *s)
{
	fputc('"', j->file);
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			fprintf(j->file, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(j->file, "\\u%04x", c);
		else
			fputc(c, j->file);
	}
	fputc('"', j->file);
}

static void before_value(struct json *j, const char *name)
{
	if (!j->depth)
		return;
	if (!j->empty[j->depth - 1])
		fputs(", ", j->file);
	j->empty[j->depth - 1] = false;
	if (!name)
		return;
	write_string(j, name);
	fputs(": ", j->file);
}

static void open_bracket(struct json *j, const char *name, char opening,
			 char closing)
{
	assert(j->depth < JSON_DEPTH);
	before_value(j, name);
	fputc(opening, j->file);
	j->closing[j->depth] = closing;
	j->empty[j->depth] = true;
	j->depth++;
}

/**
 * json_begin() - begin a text, which is an object
 * @j: the writer
 * @file: where to
 */
void json_begin(struct json *j, FILE *file)
{
	*j = (struct json){ .file = file };
	json_object(j, NULL);
}

/**
 * json_finish() - end all that is open, and the line
 * @j: the writer
 */
void json_finish(struct json *j)
{
	while (j->depth)
		json_end(j);
	fputc('\n', j->file);
}

/**
 * json_object() - begin an object
 * @j: the writer
 * @name: its name in the object around it, or NULL
 */
void json_object(struct json *j, const char *name)
{
	open_bracket(j, name, '{', '}');
}

/**
 * json_array() - begin an array
 * @j: the writer
 * @name: its name in the object around it, or NULL
 */
void json_array(struct json *j, const char *name)
{
	open_bracket(j, name, '[', ']');
}

/**
 * json_end() - end the object or array that was begun last
 * @j: the writer
 */
void json_end(struct json *j)
{
	fputc(j->closing[--j->depth], j->file);
}

/**
 * json_number() - write a number
 * @j: the writer
 * @name: its name, or NULL
 * @value: any
 */
void json_number(struct json *j, const char *name, uint64_t value)
{
	before_value(j, name);
	fprintf(j->file, "%llu", (unsigned long long)value);
}

/**
 * json_signed() - write a number that may be negative
 * @j: the writer
 * @name: its name, or NULL
 * @value: any
 */
void json_signed(struct json *j, const char *name, int64_t value)
{
	before_value(j, name);
	fprintf(j->file, "%lld", (long long)value);
}

/**
 * json_address() - write an address, as a string
 * @j: the writer
 * @name: its name, or NULL
 * @value: any
 */
void json_address(struct json *j, const char *name, uint64_t value)
{
	before_value(j, name);
	fprintf(j->file, "\"%#llx\"", (unsigned long long)value);
}

/**
 * json_bool() - write true or false
 * @j: the writer
 * @name: its name, or NULL
 * @value: which
 */
void json_bool(struct json *j, const char *name, bool value)
{
	before_value(j, name);
	fputs(value ? "true" : "false", j->file);
}

/**
 * json_string() - write a string
 * @j: the writer
 * @name: its name, or NULL
 * @value: any bytes
 */
void json_string(struct json *j, const char *name, const char *value)
{
	before_value(j, name);
	write_string(j, value);
}
