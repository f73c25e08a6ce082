// SPDX-License-Identifier: GPL-2.0
/*
 * The module's tracepoints, for one process and a step at a time.
 *
 * Model: an instance of tracefs is a buffer of its own, which disturbs nobody
 * else's tracing. Ours takes the events of the system teachalloc that this process
 * causes. Its clock is that of the CPU, the finest there is.
 *
 * An instance outlives who made it. So it is removed at the end, also if that is a
 * signal.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "follow.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* For the signal's handler */
static char instance[96];

static bool put(const struct follow *follow, const char *name, const char *value)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", follow->dir, name);
	return file_put(path, value);
}

static const char *find_tracefs(void)
{
	static const char * const places[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};

	for (int i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/instances", places[i]);
		if (!access(path, F_OK))
			return places[i];
	}
	return NULL;
}

/* A reader that has seen enough, and a touch for which there is no page, too */
static const int deadly[] = {
	SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGBUS, SIGSEGV,
};

static void on_signal(int sig)
{
	rmdir(instance);
	signal(sig, SIG_DFL);
	raise(sig);
}

static bool set_up(struct follow *follow)
{
	char filter[64];

	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	/* Without the CPU's own clock, the one there is */
	put(follow, "trace_clock", "x86-tsc");
	return put(follow, "events/teachalloc/filter", filter);
}

/**
 * follow_open() - get ready to trace this process
 * @follow: filled in
 *
 * Return: whether that is possible; if not, @follow says why.
 */
bool follow_open(struct follow *follow)
{
	const char *tracefs = find_tracefs();

	*follow = (struct follow){ .nr = 0 };
	if (geteuid())
		follow->why = "tracing is for root";
	else if (!tracefs)
		follow->why = "tracefs is not mounted";
	if (follow->why)
		return false;
	snprintf(follow->dir, sizeof(follow->dir), "%s/instances/teachalloc-%d",
		 tracefs, getpid());
	if (mkdir(follow->dir, 0700)) {
		follow->why = "tracefs makes no instance";
		follow->dir[0] = '\0';
		return false;
	}
	strcpy(instance, follow->dir);
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		signal(deadly[i], on_signal);
	if (set_up(follow))
		return true;
	follow_close(follow);
	follow->why = "the kernel has no tracepoints of the module's";
	return false;
}

/**
 * follow_close() - trace no more
 * @follow: from follow_open()
 */
void follow_close(struct follow *follow)
{
	if (follow->dir[0])
		rmdir(follow->dir);
	follow->dir[0] = '\0';
	free(follow->events);
	follow->events = NULL;
	follow->nr = 0;
}

/**
 * follow_start() - begin a step
 * @follow: from follow_open(), also if it could not
 */
void follow_start(struct follow *follow)
{
	follow->nr = 0;
	if (!follow->dir[0])
		return;
	put(follow, "trace", "");
	put(follow, "events/teachalloc/enable", "1");
}

/**
 * event_parse() - read a line of a trace
 * @line: it
 * @event: filled in
 *
 * Return: whether it is an event of the module's.
 */
bool event_parse(const char *line, struct event *event)
{
	const char *colon = strstr(line, ": ta_"), *stamp = colon, *op;
	unsigned long whole, part = 0;
	int at;

	if (!colon)
		return false;
	while (stamp > line && stamp[-1] != ' ')
		stamp--;
	/* Seconds and microseconds, or a count */
	if (sscanf(stamp, "%lu.%lu", &whole, &part) == 2)
		event->ticks = whole * 1000000000UL + part * 1000;
	else
		event->ticks = whole;
	if (sscanf(colon, ": %31[^:]: %n", event->name, &at) != 1)
		return false;
	snprintf(event->fields, sizeof(event->fields), "%.*s",
		 (int)strcspn(colon + at, "\n"), colon + at);
	op = strstr(event->fields, "op=");
	event->op = op ? strtoull(op + 3, NULL, 10) : 0;
	return true;
}

static bool add(struct follow *follow, const struct event *event)
{
	struct event *more;

	/* Twice as much room whenever the number is a power of two */
	if (!(follow->nr & (follow->nr - 1))) {
		size_t room = follow->nr ? 2 * follow->nr : 1;

		more = realloc(follow->events, room * sizeof(*more));
		if (!more)
			return false;
		follow->events = more;
	}
	follow->events[follow->nr++] = *event;
	return true;
}

/**
 * follow_stop() - end a step, and read what happened in it
 * @follow: where follow_start() was called
 *
 * Return: whether there is something.
 */
bool follow_stop(struct follow *follow)
{
	struct event event;
	char path[128], line[512];
	FILE *file;

	if (!follow->dir[0])
		return false;
	put(follow, "events/teachalloc/enable", "0");
	snprintf(path, sizeof(path), "%s/trace", follow->dir);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (event_parse(line, &event) && !add(follow, &event))
			break;
	if (file)
		fclose(file);
	return follow->nr;
}

static const char *find_field(const struct event *event, const char *field)
{
	size_t len = strlen(field);
	const char *at = event->fields;

	for (; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
		if (!strncmp(at, field, len) && at[len] == '=')
			return at + len + 1;
	return NULL;
}

/**
 * event_number() - get a field of an event
 * @event: which
 * @field: its name
 * @value: set to it
 *
 * Return: whether it has one.
 */
bool event_number(const struct event *event, const char *field,
		  uint64_t *value)
{
	const char *at = find_field(event, field);

	if (at)
		*value = strtoull(at, NULL, 0);
	return at;
}

/**
 * event_word() - get a field of an event, as it is written
 * @event: which
 * @field: its name
 * @word: filled in
 * @size: of @word
 *
 * Return: whether it has one.
 */
bool event_word(const struct event *event, const char *field, char *word,
		size_t size)
{
	const char *at = find_field(event, field);

	if (at)
		snprintf(word, size, "%.*s", (int)strcspn(at, " "), at);
	return at;
}
