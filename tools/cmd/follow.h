/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_FIELDS	224

/**
 * struct event - a tracepoint that was passed
 * @name: of the tracepoint
 * @fields: its text: NAME=VALUE and words
 * @ticks: of the clock, when
 * @op: the operation it belongs to, or 0
 */
struct event {
	char name[32];
	char fields[EVENT_FIELDS];
	uint64_t ticks;
	uint64_t op;
};

/**
 * struct follow - the tracing of this process alone
 * @dir: its folder, or ""
 * @why: why there is none
 * @events: of the last step
 * @nr: how many
 */
struct follow {
	char dir[96];
	const char *why;
	struct event *events;
	size_t nr;
};

bool follow_open(struct follow *follow);
void follow_close(struct follow *follow);
void follow_start(struct follow *follow);
bool follow_stop(struct follow *follow);
bool event_parse(const char *line, struct event *event);
bool event_number(const struct event *event, const char *field,
		  uint64_t *value);
bool event_word(const struct event *event, const char *field, char *word,
		size_t size);

#endif /* FOLLOW_H */
