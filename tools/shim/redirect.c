// SPDX-License-Identifier: GPL-2.0
/*
 * The redirect core: which calls are the service's business, and how it is asked.
 *
 * Model: as little state as possible. The kernel's munmap, mprotect, mlock and
 * mremap work on the service's memory as on any; so it need not be known what
 * belongs to whom, and there is no table that a fork, a signal or a thread could
 * find half written. Only calls that *make* memory, or mean something else on a
 * shared mapping than on anonymous memory, are translated:
 *
 *	mmap		private, anonymous, nothing special: TA_IOC_MMAP
 *	brk		break.c
 *	madvise, mremap, mincore			range.c
 *	close, close_range, dup2, dup3: client.c, the descriptor stays
 *
 * Failure: a mapping that the service refuses for want of memory (ENOMEM) is made by
 * the kernel, unless TEACHALLOC_STRICT says that it is not; without a device the kernel
 * makes everything.
 *
 * Context: any, see redirect.h.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <linux/teachalloc.h>

#include "client.h"
#include "count.h"
#include "raw.h"
#include "redirect.h"
#include "settings.h"
#include "translate.h"

#define PAGE_SIZE	4096UL

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE	0x100000
#endif
/* Flags that the service knows, and flags that mean nothing any more. */
#define SERVED_FLAGS	(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_POPULATE | \
			 MAP_NORESERVE | MAP_LOCKED)
#define EMPTY_FLAGS	(MAP_DENYWRITE | MAP_EXECUTABLE)

static bool is_served(long prot, long flags, unsigned long offset)
{
	return !(prot & ~(PROT_READ | PROT_WRITE)) &&
	       (flags & ~(SERVED_FLAGS | EMPTY_FLAGS)) ==
		       (MAP_PRIVATE | MAP_ANONYMOUS) &&
	       !(offset % PAGE_SIZE);
}

/*
 * A process with a limit must not get as much again from the kernel, and whether it
 * was the limit that the service found exceeded is not told.
 */
static bool may_fall_back(void)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };

	if (ta_settings()->strict)
		return false;
	ta_raw3(SYS_getrlimit, RLIMIT_DATA, (long)&limit, 0);
	return limit.rlim_cur == RLIM_INFINITY;
}

static long translate_mmap(long addr, long len, long prot, long flags,
			   long fd, long offset)
{
	struct ta_ioc_mmap arg = {
		.size = sizeof(arg),
		.addr = addr,
		.len = len,
		.prot = prot,
		.map_flags = flags & SERVED_FLAGS,
	};
	long mapped, ret = -ENODEV;

	if (is_served(prot, flags, offset))
		ret = ta_client_ioctl(TA_IOC_MMAP, &arg);
	if (!ret) {
		ta_count_redirected(TA_REDIRECT_MMAP, len);
		return arg.addr;
	}
	if (ret == -ENODEV)
		ta_count_passed(TA_REDIRECT_MMAP);
	else if (ret != -ENOMEM || !may_fall_back())
		return ret;
	mapped = ta_raw6(SYS_mmap, addr, len, prot, flags, fd, offset);
	/* What is too much for either was not served by the other. */
	if (ret == -ENOMEM && mapped != -ENOMEM)
		ta_count_fallback(TA_REDIRECT_MMAP);
	return mapped;
}

/* The two functions of a front end */

/**
 * ta_redirect_wants() - tell which system calls the core is for
 * @nr: a system call's number
 *
 * Return: whether it is to be handed to ta_redirect().
 */
bool ta_redirect_wants(long nr)
{
	return nr == SYS_mmap || nr == SYS_brk || nr == SYS_madvise ||
	       nr == SYS_mremap || nr == SYS_mincore || nr == SYS_close ||
	       nr == SYS_close_range || nr == SYS_dup2 || nr == SYS_dup3;
}

/**
 * ta_redirect() - make a system call, by the service if it is its business
 * @nr: the system call's number; any, also one that is not wanted
 * @a: its first argument, and so on
 *
 * Context: any, see redirect.h.
 * Return: what the kernel would: -1 to -4095 is an error number, negated.
 */
long ta_redirect(long nr, long a, long b, long c, long d, long e, long f)
{
	switch (nr) {
	case SYS_mmap:
		return translate_mmap(a, b, c, d, e, f);
	case SYS_brk:
		return ta_translate_brk(a);
	case SYS_madvise:
		return ta_translate_madvise(a, b, c);
	case SYS_mremap:
		return ta_translate_mremap(a, b, c, d, e);
	case SYS_mincore:
		return ta_translate_mincore(a, b, (unsigned char *)c);
	case SYS_close:
		return ta_translate_close(a);
	case SYS_close_range:
		return ta_translate_close_range(a, b, c);
	case SYS_dup2:
	case SYS_dup3:
		return ta_translate_dup(nr, a, b, c);
	default:
		return ta_raw6(nr, a, b, c, d, e, f);
	}
}

/**
 * ta_redirect_client() - tell the descriptor behind it all
 *
 * Return: the process's client, opened if need be, or a negative number if there
 * is no device.
 */
int ta_redirect_client(void)
{
	return ta_client_get();
}
