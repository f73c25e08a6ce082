/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The redirect core: what becomes of a system call that a program made for
 * memory, however it was caught.
 *
 * A front end (the preloaded library, the system call dispatcher) catches calls,
 * asks ta_redirect_wants() about the number, and hands the ones that are wanted
 * to ta_redirect(). All others it makes itself, unchanged.
 *
 * Context: any. Nothing here needs the C library, its thread-local storage or its
 * initialisation, nothing allocates or takes a lock: the functions may be called in
 * a signal handler (SIGSYS, or one that interrupts them), by any thread, in the
 * child of a fork or a vfork, and before the program's first instruction.
 */
#ifndef TA_REDIRECT_H
#define TA_REDIRECT_H

#include <stdbool.h>

/**
 * enum ta_redirect_kind - the calls that are counted
 * @TA_REDIRECT_MMAP: mmap
 * @TA_REDIRECT_BRK: brk
 * @TA_REDIRECT_MADVISE: madvise that gives memory back
 * @TA_REDIRECT_MREMAP: mremap
 * @TA_REDIRECT_KINDS: how many there are
 */
enum ta_redirect_kind {
	TA_REDIRECT_MMAP,
	TA_REDIRECT_BRK,
	TA_REDIRECT_MADVISE,
	TA_REDIRECT_MREMAP,
	TA_REDIRECT_KINDS,
};

/**
 * struct ta_redirect_count - what became of the calls of one kind
 * @redirected: calls that the service answered
 * @passed: calls that were none of its business, or that found no device
 * @fell_back: calls that the service refused and the kernel then served
 * @bytes: what the redirected ones were about
 */
struct ta_redirect_count {
	unsigned long redirected;
	unsigned long passed;
	unsigned long fell_back;
	unsigned long bytes;
};

bool ta_redirect_wants(long nr);
long ta_redirect(long nr, long a, long b, long c, long d, long e, long f);

int ta_redirect_client(void);
bool ta_redirect_has_break(void);
struct ta_redirect_count ta_redirect_counted(enum ta_redirect_kind kind);
void ta_redirect_summary(void);

#endif /* TA_REDIRECT_H */
