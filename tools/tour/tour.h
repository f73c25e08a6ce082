/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOUR_H
#define TOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "teachalloc.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MAX_LINES	8

/* One moment, as the process can see it by itself, without privilege. */
struct view {
	char line[MAX_LINES][96];	/* of /proc/self/maps, ours only */
	unsigned int nr_lines;
	unsigned long mapped_kib;	/* what those lines span */
	unsigned long rss_kib;		/* what of it is resident */
	unsigned long process_kib;	/* resident in the whole process */
	struct ta_ioc_info pool;
};

int watch(int fd, struct view *view);
unsigned long pages_used(const struct view *view, const struct view *start);

/* How a piece of text is meant; screen.c knows the colours. */
enum tone { PLAIN, TITLE, LABEL, NEWS, GOOD, BAD, NR_TONES };

void screen_init(bool colour);
void say(enum tone tone, const char *fmt, ...);
void heading(const char *text);
void labelled(const char *label, const char *text);
void show_blocks(const struct view *view, const struct view *old);
void show(const char *label, const struct view *view, const struct view *old);

#endif /* TOUR_H */
