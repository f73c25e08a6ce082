// SPDX-License-Identifier: GPL-2.0
/*
 * Requests for memory that fail, in kernels with fault injection.
 *
 * Model: the kernel counts what a task asks for, the kernel's slabs and pages and
 * the module's, and its copies from and to user memory, and refuses the nth:
 *
 *	ta_fail_nth(n)	 1: the next one
 *	a call, or an access
 *	ta_fail_end()	 0: there was an nth
 *
 * With n from 1 on, until there is none, all that can fail has failed in turn. So
 * between the two there must be nothing but what is meant. Or all that one task
 * asks for fails, for as long as it says so: ta_fail_always(), ta_fail_me().
 *
 * Context: not for threads.
 */
#include <fcntl.h>
#include <sys/mount.h>

#include "ta_test.h"

#define DEBUG	"/sys/kernel/debug/"
#define OURS	DEBUG "teachalloc/"
#define NTH	"/proc/thread-self/fail-nth"

static int nth_file;

/*
 * What the kernel spares at first; and what it says each time: a line, so that a
 * log shows what it was that failed, but no trace.
 */
static const char * const settings[][2] = {
	{ DEBUG "failslab/ignore-gfp-wait", "N" },
	{ DEBUG "failslab/verbose", "1" },
	{ DEBUG "fail_page_alloc/ignore-gfp-wait", "N" },
	{ DEBUG "fail_page_alloc/min-order", "0" },
	{ DEBUG "fail_page_alloc/verbose", "1" },
	{ DEBUG "fail_usercopy/verbose", "1" },
	{ OURS "failslab/verbose", "1" },
	{ OURS "fail_page_alloc/verbose", "1" },
};

/**
 * ta_fail_ready() - have everything fail that is to fail
 *
 * Return: false if the kernel has no fault injection, or this is not root.
 */
bool ta_fail_ready(void)
{
	int nr = sizeof(settings) / sizeof(*settings);

	if (geteuid() || access(NTH, W_OK))
		return false;
	mount("debugfs", DEBUG, "debugfs", 0, NULL);
	/* Ours are not there while the module is not. */
	for (int i = 0; i < nr; i++)
		if (ta_put(settings[i][0], settings[i][1]) &&
		    !strstr(settings[i][0], OURS))
			return false;
	return true;
}

/**
 * ta_fail_require() - skip the whole program where nothing can be made to fail
 */
void ta_fail_require(void)
{
	if (!ta_fail_ready())
		ta_skip_all("needs root and a kernel with fault injection");
}

/**
 * ta_fail_nth() - let a request of this task fail
 * @nth: the next is 1; 0: none
 */
void ta_fail_nth(unsigned int nth)
{
	char text[12];
	int len = snprintf(text, sizeof(text), "%u", nth);

	nth_file = open(NTH, O_RDWR | O_CLOEXEC);
	if (write(nth_file, text, len) == len)
		return;
	perror("# " NTH);
	_exit(1);
}

/**
 * ta_fail_end() - stop counting
 *
 * To ask for the count and to set it are copies too: the nth may be one of those.
 *
 * Return: how far it is to the nth; 0: it has failed, before this call.
 */
unsigned int ta_fail_end(void)
{
	char text[12] = "";
	bool asked = pread(nth_file, text, sizeof(text) - 1, 0) > 0;

	while (write(nth_file, "0", 1) != 1)
		;
	close(nth_file);
	return asked ? strtoul(text, NULL, 10) : 1;
}

/**
 * ta_fail_always() - let all requests of one kind fail, or not any more
 * @what: the folder in debugfs
 * @on: whether
 *
 * Only those of tasks that have said ta_fail_me().
 *
 * Return: 0 or the error.
 */
int ta_fail_always(const char *what, bool on)
{
	const char * const values[][2] = {
		{ "task-filter", "Y" }, { "times", "-1" },
		{ "verbose", on ? "0" : "1" },
		{ "probability", on ? "100" : "0" },
	};
	char path[128];
	int err = 0;

	for (int i = 0; i < 4 && !err; i++) {
		snprintf(path, sizeof(path), DEBUG "%s/%s", what, values[i][0]);
		err = ta_put(path, values[i][1]);
	}
	return err;
}

/**
 * ta_fail_me() - be one of those whose requests fail, or not any more
 * @on: whether
 */
void ta_fail_me(bool on)
{
	static int file = -1;

	/* Later on, to open it could fail. */
	if (file < 0)
		file = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	if (write(file, on ? "1" : "0", 1) != 1)
		_exit(1);
}
