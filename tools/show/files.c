// SPDX-License-Identifier: GPL-2.0
/*
 * The small files of /proc, debugfs and tracefs: read as a whole, written in one
 * go; and the lines of a trace, which are found by event and word.
 *
 * Context: root, for most of them. Failure: errno is what the kernel gave.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "files.h"

#define TRACEFS	"/sys/kernel/tracing"
#define EVENTS	TRACEFS "/events/teachalloc/"

/**
 * file_put() - write a file that is there: a switch that the kernel has not is not made
 * @path: its name
 * @text: what
 *
 * Return: whether all was taken.
 */
bool file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t len = strlen(text);
	bool ok = fd >= 0 && write(fd, text, len) == len;

	return fd >= 0 && !close(fd) && ok;
}

/**
 * file_get() - read a file
 * @path: its name
 *
 * Return: all of it, to be freed, or NULL.
 */
char *file_get(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	/* No file that is read here has this byte. */
	if (getdelim(&text, &size, '\377', f) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(f);
	return text;
}

/**
 * file_number() - read a file that is a number
 * @path: its name
 *
 * Return: the number, or -1.
 */
long file_number(const char *path)
{
	char *text = file_get(path);
	long number = text ? strtol(text, NULL, 0) : -1;

	free(text);
	return number;
}

/**
 * trace_start() - record the events of the module, from none on
 *
 * Return: whether; not on a kernel without tracing.
 */
bool trace_start(void)
{
	if (access(EVENTS, F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	return file_put(EVENTS "enable", "0") &&
	       file_put(TRACEFS "/trace", "") && file_put(EVENTS "enable", "1");
}

/**
 * trace_stop() - stop recording
 *
 * Return: what was recorded, a line an event, to be freed, or NULL.
 */
char *trace_stop(void)
{
	if (!file_put(EVENTS "enable", "0"))
		return NULL;
	return file_get(TRACEFS "/trace");
}

/**
 * trace_find() - find the next event of a kind
 * @from: in a trace, or NULL
 * @event: its name
 * @word: what its line must have; with a newline at the end: end with
 *
 * Return: the line's beginning, or NULL.
 */
char *trace_find(char *from, const char *event, const char *word)
{
	char want[64], *line, *end;

	snprintf(want, sizeof(want), " %s: ", event);
	for (line = from; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			break;
		if (memmem(line, end - line, want, strlen(want)) &&
		    memmem(line, end - line + 1, word, strlen(word)))
			return line;
	}
	return NULL;
}

/**
 * trace_value() - read a field of an event
 * @line: where it begins, or NULL
 * @name: of the field
 *
 * Return: the number, or -1.
 */
long trace_value(const char *line, const char *name)
{
	char want[32];
	const char *at, *end = line ? strchr(line, '\n') : NULL;

	snprintf(want, sizeof(want), " %s=", name);
	at = end ? memmem(line, end - line, want, strlen(want)) : NULL;
	return at ? strtol(at + strlen(want), NULL, 0) : -1;
}
