/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls without a C library: no errno, no thread-local storage, no
 * cancellation, nothing that must have been initialised.
 *
 * Everything in the redirect core goes through here, so that it works in a
 * signal handler, in the child of a vfork, and before the C library's own first
 * instruction. x86-64.
 */
#ifndef TA_RAW_H
#define TA_RAW_H

#include <sys/syscall.h>

#ifndef __x86_64__
#error "the system calls are written for x86-64"
#endif

/**
 * ta_raw6() - make a system call
 * @nr: its number
 * @a: its first argument, and so on
 *
 * Return: what the kernel says: -1 to -4095 is an error number, negated.
 */
static inline long ta_raw6(long nr, long a, long b, long c, long d, long e,
			   long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a" (ret)
			 : "a" (nr), "D" (a), "S" (b), "d" (c),
			   "r" (r10), "r" (r8), "r" (r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long ta_raw3(long nr, long a, long b, long c)
{
	return ta_raw6(nr, a, b, c, 0, 0, 0);
}

static inline long ta_raw1(long nr, long a)
{
	return ta_raw6(nr, a, 0, 0, 0, 0, 0);
}

#endif /* TA_RAW_H */
