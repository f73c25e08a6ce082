// SPDX-License-Identifier: GPL-2.0
/*
 * The counts of a process: its own, not those of the one it was forked from.
 *
 * Model: they fill a page that the kernel wipes for the child of a fork; so
 * nobody has to be told of forks. A vfork's child, which uses its parent's memory,
 * adds to its parent's counts; it is known by its PID, which is not the one that
 * stands in the page.
 *
 * Context: any, see redirect.h.
 */
#include <stdalign.h>
#include <stddef.h>
#include <sys/mman.h>

#include "count.h"
#include "raw.h"

#define PAGE_SIZE	4096

static alignas(PAGE_SIZE) union {
	struct {
		struct ta_redirect_count kinds[TA_REDIRECT_KINDS];
		int pid;	/* whose they are; 0: nothing is counted yet */
	};
	char page[PAGE_SIZE];
} counts;

static void begin(void)
{
	ta_raw3(SYS_madvise, (long)&counts, sizeof(counts), MADV_WIPEONFORK);
	__atomic_store_n(&counts.pid, ta_raw1(SYS_getpid, 0), __ATOMIC_RELEASE);
}

static struct ta_redirect_count *counted(enum ta_redirect_kind kind)
{
	if (!__atomic_load_n(&counts.pid, __ATOMIC_ACQUIRE))
		begin();
	return &counts.kinds[kind];
}

static void add(unsigned long *count, unsigned long nr)
{
	__atomic_add_fetch(count, nr, __ATOMIC_RELAXED);
}

/**
 * ta_count_redirected() - count a call that the service answered
 * @kind: of which kind
 * @bytes: what it was about
 */
void ta_count_redirected(enum ta_redirect_kind kind, unsigned long bytes)
{
	struct ta_redirect_count *count = counted(kind);

	add(&count->redirected, 1);
	add(&count->bytes, bytes);
}

/**
 * ta_count_passed() - count a call that the kernel was to answer
 * @kind: of which kind
 */
void ta_count_passed(enum ta_redirect_kind kind)
{
	add(&counted(kind)->passed, 1);
}

/**
 * ta_count_fallback() - count a call that the service refused
 * @kind: of which kind
 */
void ta_count_fallback(enum ta_redirect_kind kind)
{
	add(&counted(kind)->fell_back, 1);
}

/**
 * ta_count_is_mine() - tell a process from the child that borrows its memory
 *
 * Return: whether the counts are the calling process's.
 */
bool ta_count_is_mine(void)
{
	int pid = __atomic_load_n(&counts.pid, __ATOMIC_ACQUIRE);

	return !pid || pid == ta_raw1(SYS_getpid, 0);
}

/**
 * ta_redirect_counted() - tell what became of the calls so far
 * @kind: which
 *
 * Return: the counts of this process.
 */
struct ta_redirect_count ta_redirect_counted(enum ta_redirect_kind kind)
{
	return counts.kinds[kind];
}
