/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of what `teachalloc run` does to a program: the test is the program. It
 * starts itself anew under the command, which must be in PATH.
 */
#ifndef TA_RUN_H
#define TA_RUN_H

#include <fcntl.h>

#include "ta_test.h"

#define TA_RUN_ENV	"TA_RUN"

/* The process is as it would be without a test, but for this one variable. */
static inline void ta_run_myself(char **argv, const char *how)
{
	char *args[16] = { "teachalloc", "run", "--quiet", (char *)how, "--" };
	int nr = 5;

	if (getenv(TA_RUN_ENV))
		return;
	ta_require_device();
	setenv(TA_RUN_ENV, how, 1);
	while (*argv && nr < 15)
		args[nr++] = *argv++;
	execvp(args[0], args);
	perror("# teachalloc run");
	exit(1);
}

/* Ends a program of tests; @how is an option of teachalloc run. */
#define TA_RUN_MAIN(how)						\
	static void __attribute__((constructor))			\
	run_myself(int argc, char **argv)				\
	{								\
		(void)argc;						\
		ta_run_myself(argv, how);				\
	}								\
	TEST_HARNESS_MAIN

#endif /* TA_RUN_H */
