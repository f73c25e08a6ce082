/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "teachalloc.h"

#define MAX_LINES	8

/* Which lines of /proc/self/maps: those with a name, or of a range of addresses. */
struct watched {
	const char *name;
	uintptr_t start;
	uintptr_t end;
};

/* One moment, as the process can see it by itself, without privilege. */
struct view {
	char line[MAX_LINES][96];	/* of /proc/self/maps */
	unsigned int nr_lines;
	unsigned long mapped_kib;	/* what those lines span */
	unsigned long rss_kib;		/* what of it is resident */
	unsigned long process_kib;	/* resident in the whole process */
	struct ta_ioc_info pool;	/* all 0 if it was not asked for */
};

int watch_lines(const struct watched *what, struct view *view);
int watch(int fd, struct view *view);
unsigned long pages_used(const struct view *view, const struct view *start);

#endif /* WATCH_H */
