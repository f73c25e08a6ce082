/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What calls the C library makes when a program says malloc() and free().
 *
 * A *story* is a function that allocates. It runs in a fresh process, and writes
 * down each system call for memory between calls_begin() and calls_end(), as well
 * as notes of its own. On the service's side the calls are the service's to answer:
 * an unmodified malloc, with its heap in the pool.
 */
#ifndef CALLS_H
#define CALLS_H

#include "lab.h"

#define MAX_CALLS	512

struct call {
	char note[48];		/* of the story's, and then there is no call */
	long nr;
	long arg[6];
	long ret;
};

struct calls {
	int nr_calls;
	bool on_service;
	long first_break;
	long nr_mapped;		/* pages of addresses that the service gave */
	long result[16];	/* whatever the story has to tell */
	struct call call[MAX_CALLS];
};

typedef void (*calls_story)(struct calls *calls, int which);

bool calls_child(int argc, char **argv, calls_story story);
struct calls *calls_of(struct side *side, int which);
void calls_tell(const struct calls *calls);
int calls_count(const struct calls *calls, long nr);
long calls_bytes(const struct calls *calls, long nr);

/* In a story only */
void calls_begin(struct calls *calls);
void calls_end(void);
void calls_note(const char *fmt, ...);
int calls_client(void);
long calls_rss(void);

#endif /* CALLS_H */
