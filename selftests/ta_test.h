/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests share: a process of its own for each, and ways to look at
 * it and at the pool.
 *
 * Every test runs in a child that ta_begin() forks; when the child and all
 * it left behind are gone, the pool must be whole and valid, or the test has
 * failed, whatever it found itself.
 */
#ifndef TA_TEST_H
#define TA_TEST_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "teachalloc.h"

#define PAGE	((size_t)4096)
#define RW	(PROT_READ | PROT_WRITE)

/* For a child of a test: the harness knows its own process only. */
#define TA_CHILD(cond)							\
	do {								\
		if (!(cond))						\
			ta_child_failed(__FILE__, __LINE__, #cond);	\
	} while (0)

void ta_child_failed(const char *file, int line, const char *what);
void ta_skip_all(const char *why);
void ta_require_device(void);
int ta_patience(void);
void ta_begin(void);

/* One line of /proc/self/maps that is ours. */
struct ta_line {
	uintptr_t start;
	uintptr_t end;
	char perms[5];
	bool heap;
	unsigned long rss;	/* bytes */
};

int ta_lines(struct ta_line *lines, int max);
int ta_heap_lines(struct ta_line *lines, int max);
uint64_t ta_physical(const void *addr);
long ta_offset(const void *addr);
long ta_rss(void);
long ta_status_kib(const char *field);

long ta_free_pages(int fd);
long ta_available_pages(int fd);
bool ta_is_whole(int fd);
bool ta_settles(int fd, long pages);
long ta_state(int fd, const void *addr);
long ta_frame(int fd, const void *addr);

/* What happened at an access: no signal is all zeroes. */
struct ta_hit {
	int sig;
	int code;
	const void *addr;
};

struct ta_hit ta_try(void (*fn)(void *arg), void *arg);
struct ta_hit ta_read(const void *addr);
struct ta_hit ta_write(void *addr, char byte);

bool ta_all(const void *addr, size_t len, unsigned char byte);

/* Fork a child that does a part of the test and exits with its result. */
pid_t ta_fork(void (*fn)(void *arg), void *arg);
int ta_join(pid_t pid);

int ta_put(const char *path, const char *text);
void ta_reclaim(void);
void ta_shrink_caches(void);

/* A request for memory that fails: ta_fail.c */
bool ta_fail_ready(void);
void ta_fail_require(void);
void ta_fail_nth(unsigned int nth);
unsigned int ta_fail_end(void);
int ta_fail_always(const char *what, bool on);
void ta_fail_me(bool on);

/* How willing this process and its children are to be killed for memory */
bool ta_oom_adj(int adj);

/* A number that processes share, to take turns by. */
struct ta_turn;

struct ta_turn *ta_turn_new(void);
void ta_turn_set(struct ta_turn *turn, int nr);
void ta_turn_add(struct ta_turn *turn);
void ta_turn_wait(struct ta_turn *turn, int nr);

/* Random numbers that are the same for the same seed everywhere. */
struct ta_rand {
	uint64_t state;
};

struct ta_rand ta_seed(void);
uint64_t ta_random(struct ta_rand *rand, uint64_t below);

/* Ends a program of tests that needs the device. */
#define TA_TEST_MAIN							\
	static void __attribute__((constructor)) before_all(void)	\
	{								\
		struct __fixture_metadata *f;				\
		struct __test_metadata *t;				\
									\
		ta_require_device();					\
		for (f = __fixture_list; f; f = f->next)		\
			for (t = f->tests; t; t = t->next)		\
				t->timeout *= ta_patience();		\
	}								\
	TEST_HARNESS_MAIN

#endif /* TA_TEST_H */
