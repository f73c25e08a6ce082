// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptor of /dev/teachalloc that a process has without knowing it.
 *
 * Model: one number, opened when it is first needed, beyond what the program may
 * open itself if that can be had, and closed by exec. Whatever becomes of it (the
 * program closed every descriptor it could find, put a file of its own in its place,
 * made a child with a table of its own) shows in the answer EBADF or ENOTTY to the
 * next call; then a new one is opened. Memory that the old client handed out stays
 * valid: mappings hold their client.
 *
 * Several threads, or a thread and its signal handler, may open at once: whoever
 * enters his number first wins, the others close theirs. A number is only ever
 * replaced if it is still the one that failed.
 *
 * Context: any, see redirect.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>

#include <linux/close_range.h>
#include <linux/teachalloc.h>

#include "client.h"
#include "raw.h"
#include "settings.h"
#include "translate.h"

/*
 * Of open files. A fork copies a descriptor table up to the highest number in use, so
 * none is taken that is much higher.
 */
#define USUAL_LIMIT	1024
#define BEYOND		(USUAL_LIMIT + 64)

static int client = TA_CLIENT_NONE;
static unsigned int generation;

static long check_client(int fd)
{
	struct ta_ioc_config arg = { .size = sizeof(arg) };

	return ta_raw3(SYS_ioctl, fd, TA_IOC_CONFIG, (long)&arg);
}

static bool is_client(int fd)
{
	return !check_client(fd);
}

static long limit_of(struct rlimit *limit)
{
	return ta_raw3(SYS_getrlimit, RLIMIT_NOFILE, (long)limit, 0);
}

static long with_higher_limit(int fd)
{
	struct rlimit limit, higher;
	long ret;

	if (limit_of(&limit) || limit.rlim_cur > USUAL_LIMIT ||
	    limit.rlim_max < BEYOND)
		return -EMFILE;
	higher = limit;
	higher.rlim_cur = BEYOND;
	ta_raw3(SYS_setrlimit, RLIMIT_NOFILE, (long)&higher, 0);
	ret = ta_raw3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, USUAL_LIMIT);
	ta_raw3(SYS_setrlimit, RLIMIT_NOFILE, (long)&limit, 0);
	return ret;
}

/*
 * A second descriptor, which the program's limit keeps out of its reach. Programs
 * look at every number that they may have open; one more than they know of they take
 * for one that they left open by mistake. For this the limit is another one for a
 * moment, so no handler runs in it, and of several threads one has it so.
 */
static int duplicate_beyond(int fd)
{
	static const unsigned long all = ~0UL;
	static bool busy;
	unsigned long mask;
	long ret = -EBUSY;

	ta_raw6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&mask,
		sizeof(mask), 0, 0);
	if (!__atomic_test_and_set(&busy, __ATOMIC_ACQUIRE)) {
		ret = with_higher_limit(fd);
		__atomic_clear(&busy, __ATOMIC_RELEASE);
	}
	ta_raw6(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof(mask), 0,
		0);
	return ret;
}

/* The highest that the program may have as well, or an error. */
static int duplicate_high(int fd)
{
	struct rlimit limit = { .rlim_cur = USUAL_LIMIT };
	long want, ret = -EMFILE;

	limit_of(&limit);
	want = limit.rlim_cur < USUAL_LIMIT ? limit.rlim_cur : USUAL_LIMIT;
	for (want--; want > fd && ret < 0; want -= want / 16 + 1)
		ret = ta_raw3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, want);
	return ret;
}

static int open_device(void)
{
	static const char path[] = "/dev/teachalloc";
	int high, err, fd = ta_raw6(SYS_openat, AT_FDCWD, (long)path,
				    O_RDWR | O_CLOEXEC, 0, 0, 0);

	/* At the first call: later the program may have written over them. */
	ta_settings();
	if (fd < 0)
		return fd;
	err = check_client(fd);
	if (err == -EBADF)
		return err;
	if (err) {
		ta_raw1(SYS_close, fd);
		return -ENODEV;
	}
	high = duplicate_beyond(fd);
	if (high < 0)
		high = duplicate_high(fd);
	if (high < 0)
		return fd;
	ta_raw1(SYS_close, fd);
	return high;
}

static bool is_passing(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM ||
	       err == -EINTR || err == -EBADF;
}

static void say_missing(void)
{
	static const char text[] =
		"teachalloc: no /dev/teachalloc: memory is the kernel's\n";

	if (ta_settings()->verbose)
		ta_raw3(SYS_write, 2, (long)text, sizeof(text) - 1);
}

/* Put another in the place of @old, which is none, or none any more. */
static int replace(int old)
{
	int fd = -EBADF, tries;

	/* Who closes all that he finds may be quicker than who has just opened it. */
	for (tries = 0; tries < 10 && fd == -EBADF; tries++)
		fd = open_device();
	if (is_passing(fd))
		return TA_CLIENT_NONE;
	if (fd < 0)
		fd = TA_CLIENT_NEVER;
	if (__atomic_compare_exchange_n(&client, &old, fd, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (fd < 0)
			say_missing();
		else
			__atomic_add_fetch(&generation, 1, __ATOMIC_ACQ_REL);
		return fd;
	}
	if (fd >= 0)
		ta_raw1(SYS_close, fd);
	return old;
}

/**
 * ta_client_get() - tell this process's client
 *
 * Return: a descriptor, or TA_CLIENT_NONE or TA_CLIENT_NEVER.
 */
int ta_client_get(void)
{
	int fd = __atomic_load_n(&client, __ATOMIC_ACQUIRE);

	return fd == TA_CLIENT_NONE ? replace(fd) : fd;
}

static long ask(int fd, unsigned int cmd, void *arg)
{
	long ret = fd < 0 ? -ENODEV : ta_raw3(SYS_ioctl, fd, cmd, (long)arg);

	return ret == -EBADF || ret == -ENOTTY ? -ENODEV : ret;
}

/**
 * ta_client_ioctl() - ask the service
 * @cmd: one of its commands
 * @arg: the struct
 *
 * Return: what it says, or -ENODEV if there is no client.
 */
long ta_client_ioctl(unsigned int cmd, void *arg)
{
	int fd = ta_client_get(), tries;
	long ret = ask(fd, cmd, arg);

	/* Others may lose it again meanwhile, but not for ever. */
	for (tries = 0; tries < 3 && ret == -ENODEV && fd >= 0; tries++) {
		fd = replace(fd);
		ret = ask(fd, cmd, arg);
	}
	return ret;
}

/**
 * ta_client_ioctl_same() - ask the client that there is, and no other
 * @cmd: one of its commands
 * @arg: the struct
 *
 * Return: what it says, or -ENODEV if it is lost.
 */
long ta_client_ioctl_same(unsigned int cmd, void *arg)
{
	return ask(ta_client_number(), cmd, arg);
}

/**
 * ta_client_generation() - tell how many clients there have been
 *
 * Return: 0 if there never was one; another number when the client is another.
 */
unsigned int ta_client_generation(void)
{
	return __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
}

/**
 * ta_client_number() - tell the number without opening or checking anything
 *
 * Return: the descriptor's number, or less than 0.
 */
int ta_client_number(void)
{
	return __atomic_load_n(&client, __ATOMIC_ACQUIRE);
}

/**
 * ta_client_is() - tell our descriptor from the program's own
 * @fd: a descriptor's number
 *
 * Return: whether it is the client and still open as such.
 */
bool ta_client_is(long fd)
{
	return fd >= 0 && fd == ta_client_number() && is_client(fd);
}

/* For the program it is not there */

/**
 * ta_translate_close() - close(2) of any descriptor but ours
 * @fd: its number
 *
 * Return: 0 or an error, negated.
 */
long ta_translate_close(int fd)
{
	return ta_client_is(fd) ? -EBADF : ta_raw1(SYS_close, fd);
}

/**
 * ta_translate_close_range() - close_range(2), without ours
 * @first: as close_range(2)
 * @last: likewise
 * @flags: likewise
 *
 * Return: 0 or an error, negated.
 */
long ta_translate_close_range(unsigned int first, unsigned int last, int flags)
{
	unsigned int fd = ta_client_number();
	long ret = 0;

	/* Wrong arguments are for the kernel to name. */
	if (fd < first || fd > last || !ta_client_is(fd) ||
	    (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return ta_raw3(SYS_close_range, first, last, flags);
	if (first < fd)
		ret = ta_raw3(SYS_close_range, first, fd - 1, flags);
	if (!ret && fd < last)
		ret = ta_raw3(SYS_close_range, fd + 1, last, flags);
	return ret;
}

/* Make room: the program wants our number for itself. */
static void move_away(int fd)
{
	int to = ta_raw3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);

	if (to < 0)
		to = ta_raw3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd / 2);
	if (to >= 0 && !__atomic_compare_exchange_n(&client, &fd, to, false,
						    __ATOMIC_ACQ_REL,
						    __ATOMIC_ACQUIRE))
		ta_raw1(SYS_close, to);
}

/**
 * ta_translate_dup() - dup2(2) or dup3(2)
 * @nr: SYS_dup2 or SYS_dup3
 * @from: as these
 * @to: likewise
 * @flags: likewise
 *
 * Return: @to or an error, negated.
 */
long ta_translate_dup(long nr, int from, int to, int flags)
{
	if (from != to && ta_client_is(to))
		move_away(to);
	return ta_raw3(nr, from, to, flags);
}
