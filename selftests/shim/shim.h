/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the shim share. Each runs with the preloaded library in front of its
 * own C library, or caught by the dispatcher if TA_PRELOAD names that; the kernel's
 * answer to the same call is had by one that neither sees.
 */
#ifndef SHIM_H
#define SHIM_H

#include "raw.h"
#include "ta_test.h"

#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

bool is_dispatched(void);
bool is_ours(const void *addr);
int count_clients(void);
int client_fd(void);
char *map(size_t len);
bool works(char *p);
void preload(char **argv);

long uncaught6(long nr, long a, long b, long c, long d, long e, long f);

static inline long uncaught3(long nr, long a, long b, long c)
{
	return uncaught6(nr, a, b, c, 0, 0, 0);
}

/**
 * struct role - what a program does instead of its tests
 * @name: what TA_ROLE is then
 * @play: does it; its answer is the exit status
 *
 * For what must be seen from a process's first call on. A role opens no client of its
 * own, so that there is none but the shim's.
 */
struct role {
	const char *name;
	int (*play)(void);
};

void play_role(const struct role *roles);
void become(void *role);
int run_role(const char *role);

/* Of preload_process.c: called by the dynamic linker, first of all */
void map_early(int argc, char **argv, char **envp);

#define SHIM_TEST_MAIN							\
	static void __attribute__((constructor)) begin(int argc, char **argv)	\
	{								\
		if (argc)						\
			preload(argv);					\
		ta_require_device();					\
	}								\
	TEST_HARNESS_MAIN

#endif /* SHIM_H */
