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
 *	mmap	private, anonymous, nothing special	TA_IOC_MMAP
 *	brk	from the first question on		TA_IOC_BRK
 *	madvise	DONTNEED, DONTNEED_LOCKED, FREE		TA_IOC_ADVISE
 *	mremap	of length 0, MREMAP_DONTUNMAP		refused, if it is ours
 *	close, close_range, dup2, dup3			pass our descriptor by
 *
 * The kernel's break and the service's are two. A program that asks where its
 * break is gets the service's; one that sets it without asking was told by the
 * kernel before we were there, and stays with it.
 *
 * Failure: what the service refuses for want of memory (ENOMEM) the kernel serves,
 * unless TEACHALLOC_STRICT; without a device the kernel serves everything.
 *
 * Context: any, see redirect.h.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include <linux/close_range.h>
#include <linux/teachalloc.h>

#include "client.h"
#include "count.h"
#include "raw.h"
#include "redirect.h"
#include "settings.h"

#define PAGE_SIZE	4096UL

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE	0x100000
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif

/* mmap */

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

static long do_mmap(long addr, long len, long prot, long flags, long fd,
		    long offset)
{
	struct ta_ioc_mmap arg = {
		.size = sizeof(arg),
		.addr = addr,
		.len = len,
		.prot = prot,
		.map_flags = flags & SERVED_FLAGS,
	};
	long ret = -ENODEV;

	if (is_served(prot, flags, offset))
		ret = ta_client_ioctl(TA_IOC_MMAP, &arg);
	if (!ret) {
		ta_count_redirected(TA_REDIRECT_MMAP, len);
		return arg.addr;
	}
	if (ret == -ENOMEM && !ta_settings()->strict)
		ta_count_fallback(TA_REDIRECT_MMAP);
	else if (ret == -ENODEV)
		ta_count_passed(TA_REDIRECT_MMAP);
	else
		return ret;
	return ta_raw6(SYS_mmap, addr, len, prot, flags, fd, offset);
}

/* brk */

/*
 * The service's break as it was last told, 0 if it was never, and whose it is:
 * another client would have another heap.
 */
static unsigned long known_break;
static unsigned int break_generation;

static long kernel_brk(long addr)
{
	ta_count_passed(TA_REDIRECT_BRK);
	return ta_raw1(SYS_brk, addr);
}

static long do_brk(long addr)
{
	struct ta_ioc_brk arg = { .size = sizeof(arg), .addr = addr };
	unsigned long known = __atomic_load_n(&known_break, __ATOMIC_ACQUIRE);
	unsigned long grown = 0;
	long ret;

	if (!known && addr)
		return kernel_brk(addr);
	ta_client_get();
	/* A heap whose client is lost can neither grow nor shrink. */
	if (known && break_generation != ta_client_generation())
		return known;
	ret = ta_client_ioctl(TA_IOC_BRK, &arg);
	if ((ret && ret != -ENOMEM) || !arg.addr)
		return known ? (long)known : kernel_brk(addr);
	if (known && arg.addr > known)
		grown = arg.addr - known;
	ta_count_redirected(TA_REDIRECT_BRK, grown);
	break_generation = ta_client_generation();
	__atomic_store_n(&known_break, arg.addr, __ATOMIC_RELEASE);
	return arg.addr;
}

/* madvise */

static bool gives_back(long advice)
{
	return advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED ||
	       advice == MADV_FREE;
}

static long kernel_madvise(unsigned long addr, unsigned long len, long advice)
{
	ta_count_passed(TA_REDIRECT_MADVISE);
	return ta_raw3(SYS_madvise, addr, len, advice);
}

/*
 * The service does what is its own up to the first part that is not, and says
 * which that is. The kernel does that part, and says what is wrong with the
 * range if the part is all of it.
 */
static long do_madvise(unsigned long addr, unsigned long len, long advice)
{
	unsigned long end = addr + ((len + PAGE_SIZE - 1) & -PAGE_SIZE);
	long ret, hole = 0;

	if (!gives_back(advice))
		return kernel_madvise(addr, len, advice);
	do {
		struct ta_ioc_advise arg = {
			.size = sizeof(arg),
			.addr = addr,
			.len = end - addr,
			.advice = advice,
		};

		ret = ta_client_ioctl(TA_IOC_ADVISE, &arg);
		/* Zeroes were promised: better none done than half. */
		if (ret == -ENODEV && ta_client_generation())
			return -EAGAIN;
		if (ret != -EINVAL && ret != -ENODEV) {
			ta_count_redirected(TA_REDIRECT_MADVISE, end - addr);
			return ret ? ret : hole;
		}
		if (arg.addr > addr)
			ta_count_redirected(TA_REDIRECT_MADVISE, arg.addr - addr);
		ret = kernel_madvise(arg.addr, arg.len, advice);
		if (ret && ret != -ENOMEM)
			return ret;
		if (ret)
			hole = ret;
		addr = arg.addr + arg.len;
	} while (addr < end);
	return hole;
}

/* mremap */

static bool is_ours(unsigned long addr)
{
	struct ta_page_info info = { .state = TA_PAGE_FOREIGN };
	struct ta_ioc_pages arg = {
		.size = sizeof(arg),
		.addr = addr,
		.nr_pages = 1,
		.pages = (unsigned long)&info,
	};

	return !ta_client_ioctl(TA_IOC_PAGES, &arg) &&
	       info.state != TA_PAGE_FOREIGN;
}

/* Of a shared mapping these two would make a second view. */
static long do_mremap(unsigned long old, unsigned long old_len,
		      unsigned long len, long flags, unsigned long to)
{
	if ((!old_len || (flags & MREMAP_DONTUNMAP)) && is_ours(old)) {
		ta_count_redirected(TA_REDIRECT_MREMAP, 0);
		return -EINVAL;
	}
	ta_count_passed(TA_REDIRECT_MREMAP);
	return ta_raw6(SYS_mremap, old, old_len, len, flags, to, 0);
}

/* Our descriptor, which is not there for the program */

static long do_close(long fd)
{
	return ta_client_is(fd) ? -EBADF : ta_raw1(SYS_close, fd);
}

static long do_close_range(unsigned int first, unsigned int last, long flags)
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

static long do_dup(long nr, long from, long to, long flags)
{
	if (from != to && ta_client_is(to))
		ta_client_move(to);
	return ta_raw3(nr, from, to, flags);
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
	       nr == SYS_mremap || nr == SYS_close || nr == SYS_close_range ||
	       nr == SYS_dup2 || nr == SYS_dup3;
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
		return do_mmap(a, b, c, d, e, f);
	case SYS_brk:
		return do_brk(a);
	case SYS_madvise:
		return do_madvise(a, b, (int)c);
	case SYS_mremap:
		return do_mremap(a, b, c, d, e);
	case SYS_close:
		return do_close((int)a);
	case SYS_close_range:
		return do_close_range(a, b, c);
	case SYS_dup2:
	case SYS_dup3:
		return do_dup(nr, (int)a, (int)b, c);
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

/**
 * ta_redirect_has_break() - tell whose break a program sees
 *
 * Return: whether it is the service's, else the kernel's.
 */
bool ta_redirect_has_break(void)
{
	return __atomic_load_n(&known_break, __ATOMIC_ACQUIRE);
}
