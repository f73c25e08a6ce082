// SPDX-License-Identifier: GPL-2.0
/*
 * The preloaded library: the C library's functions for memory, made to go through
 * the redirect core.
 *
 * Model: with LD_PRELOAD the dynamic linker finds these before the C library's,
 * for the program and for every library of it, which may call them before any
 * constructor has run. A function turns its arguments into those of the system
 * call, and the answer into errno. What the core would pass on anyway has no
 * function here: munmap, mprotect, mlock, fork.
 *
 * What cannot be reached this way are calls within the C library: its own malloc,
 * stacks of threads, stdio. (The dispatcher reaches them.)
 *
 * The C library's sbrk() remembers the kernel's break in __curbrk. If it is the
 * kernel's break that moves here, because there is no device, the variable must
 * follow, or the C library's malloc would hand out what others were given.
 *
 * Context: as of the functions that are replaced; no C library function but
 * __errno_location() and __close() is called, and no lock taken.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "preload.h"
#include "raw.h"
#include "redirect.h"

#define EXPORT	__attribute__((visibility("default")))

/* Another name of a function of this file */
#define ALSO_AS(name, function)	\
	__asm__(".globl " name "\n.set " name ", " function)

/* A failed call's answer, as C functions give it. */
long ta_preload_error(long ret)
{
	errno = -ret;
	return -1;
}

static long answer(long ret)
{
	return ret < 0 && ret >= -4095 ? ta_preload_error(ret) : ret;
}

/* Mappings */

EXPORT void *mmap(void *addr, size_t len, int prot, int flags, int fd,
		  off_t offset)
{
	return (void *)answer(ta_redirect(SYS_mmap, (long)addr, len, prot,
					  flags, fd, offset));
}

ALSO_AS("mmap64", "mmap");

EXPORT void *mremap(void *old, size_t old_len, size_t len, int flags, ...)
{
	void *to = NULL;
	va_list rest;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		va_start(rest, flags);
		to = va_arg(rest, void *);
		va_end(rest);
	}
	return (void *)answer(ta_redirect(SYS_mremap, (long)old, old_len, len,
					  flags, (long)to, 0));
}

EXPORT int madvise(void *addr, size_t len, int advice)
{
	return answer(ta_redirect(SYS_madvise, (long)addr, len, advice, 0, 0,
				  0));
}

EXPORT int mincore(void *addr, size_t len, unsigned char *vec)
{
	return answer(ta_redirect(SYS_mincore, (long)addr, len, (long)vec, 0,
				  0, 0));
}

/* The break */

static uintptr_t move_break(uintptr_t addr)
{
	uintptr_t brk = ta_redirect(SYS_brk, addr, 0, 0, 0, 0, 0);

	if (&__curbrk && !ta_redirect_has_break())
		__curbrk = (void *)brk;
	return brk;
}

EXPORT int brk(void *addr)
{
	return move_break((uintptr_t)addr) < (uintptr_t)addr ?
		       ta_preload_error(-ENOMEM) : 0;
}

EXPORT void *sbrk(intptr_t increment)
{
	uintptr_t old = move_break(0), new = old + increment;

	if (!increment)
		return (void *)old;
	/* Round the end of the address space, or as far as there is room */
	if (increment > 0 ? new < old : new > old)
		return (void *)ta_preload_error(-ENOMEM);
	return move_break(new) == new ? (void *)old :
					(void *)ta_preload_error(-ENOMEM);
}

ALSO_AS("__sbrk", "sbrk");

/* The descriptor that the program does not know of */

/* close() may be the end of a thread (a cancellation point): the real one is. */
EXPORT int close(int fd)
{
	if (&__close && !ta_client_is(fd))
		return __close(fd);
	return answer(ta_redirect(SYS_close, fd, 0, 0, 0, 0, 0));
}

EXPORT int close_range(unsigned int first, unsigned int last, int flags)
{
	return answer(ta_redirect(SYS_close_range, first, last, flags, 0, 0,
				  0));
}

EXPORT int dup2(int from, int to)
{
	return answer(ta_redirect(SYS_dup2, from, to, 0, 0, 0, 0));
}

EXPORT int dup3(int from, int to, int flags)
{
	return answer(ta_redirect(SYS_dup3, from, to, flags, 0, 0, 0));
}

/* Calls by number, see syscall.S */

long ta_preload_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_brk)
		return move_break(a);
	return answer(ta_redirect(nr, a, b, c, d, e, f));
}

/* The end */

EXPORT void _exit(int status)
{
	ta_redirect_summary();
	for (;;)
		ta_raw1(SYS_exit_group, status);
}

ALSO_AS("_Exit", "_exit");

static void __attribute__((destructor)) at_exit(void)
{
	ta_redirect_summary();
}
