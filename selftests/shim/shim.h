/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the shim share. Each runs with the preloaded library in front
 * of its own C library; the kernel's answer to the same call is had by a system
 * call in assembler.
 */
#ifndef SHIM_H
#define SHIM_H

#include "raw.h"
#include "ta_test.h"

#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

bool is_ours(const void *addr);
int count_clients(void);
int client_fd(void);
char *map(size_t len);
void preload(char **argv);

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
