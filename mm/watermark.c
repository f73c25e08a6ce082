// SPDX-License-Identifier: GPL-2.0
/*
 * Watermarks: the last free pages are for those who cannot wait.
 *
 * Model: who may sleep can reclaim, and who may not depends on what is there.
 * So an ordinary request leaves @min pages, and others go below that the deeper,
 * the less they can do without:
 *
 *	high	 the background reclaimer stops
 *	low	 it is woken; requests go on
 *	min	 ordinary requests must reclaim, or fail
 *	1/2 min	 __GFP_HIGH goes down to here
 *	3/8 min	 and to here if it may not sleep either: GFP_ATOMIC
 *	0	 who frees pages by what it does: __GFP_MEMALLOC, PF_MEMALLOC
 *
 * The numbers are those of Linux: @min is 4 * sqrt(pool) in KiB, @low and @high
 * a quarter and a half of it above. A pool of less than 8 MiB keeps nothing back.
 *
 * The marks are looked at where pages leave the buddy allocator, not where they
 * leave a CPU's list: what is on a list was let through when the list was filled.
 * No lock is held meanwhile, so several CPUs may pass at once and together go
 * below by what each takes. That is good enough: the marks are a reserve, not an
 * account.
 *
 * Invariants
 *  I1	min <= low <= high
 *
 * Locking: the pool's lock to change them, none to read.
 * Context: any.
 */
#include "watermark.h"

#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

/* Pools below this are for tests and for who wants every page of them. */
#define SMALL_POOL	(SZ_8M >> PAGE_SHIFT)

static unsigned long default_min(unsigned long nr_pages)
{
	unsigned long kib = nr_pages << (PAGE_SHIFT - 10);

	if (nr_pages < SMALL_POOL)
		return 0;
	return int_sqrt(kib * 16) >> (PAGE_SHIFT - 10);
}

/**
 * ta_watermarks_resize() - fit the marks to the size of the pool
 * @marks: what to set
 * @nr_pages: of the pool
 *
 * Context: any; the pool's lock held, or nobody uses it yet.
 */
void ta_watermarks_resize(struct ta_watermarks *marks, unsigned long nr_pages)
{
	unsigned long min = marks->tuned >= 0 ?
			    min_t(unsigned long, marks->tuned, nr_pages / 2) :
			    default_min(nr_pages);

	WRITE_ONCE(marks->min, min);
	WRITE_ONCE(marks->low, min + min / 4);
	WRITE_ONCE(marks->high, min + min / 2);
}

/**
 * ta_watermarks_init() - set the marks of a new pool
 * @marks: what to set up
 * @nr_pages: of the pool
 *
 * Context: any.
 */
void ta_watermarks_init(struct ta_watermarks *marks, unsigned long nr_pages)
{
	marks->tuned = -1;
	ta_watermarks_resize(marks, nr_pages);
}

/**
 * ta_watermarks_tune() - say how many pages ordinary requests leave
 * @marks: what to set
 * @nr_pages: of the pool
 * @min: in pages; -1: what fits the pool
 *
 * Context: any; the pool's lock held.
 * Return: 0, or -EINVAL if that is more than half of the pool.
 */
int ta_watermarks_tune(struct ta_watermarks *marks, unsigned long nr_pages,
		       long min)
{
	if (min < -1 || (min >= 0 && min > nr_pages / 2))
		return -EINVAL;
	marks->tuned = min;
	ta_watermarks_resize(marks, nr_pages);
	return 0;
}

/**
 * ta_watermark() - tell how many pages a request leaves
 * @marks: of the pool
 * @gfp: of the request
 * @frees: the caller is in the middle of freeing pages: PF_MEMALLOC
 *
 * Context: any.
 * Return: pages that stay free.
 */
unsigned long ta_watermark(const struct ta_watermarks *marks, gfp_t gfp,
			   bool frees)
{
	unsigned long mark = READ_ONCE(marks->min);

	if (!(gfp & __GFP_NOMEMALLOC) && ((gfp & __GFP_MEMALLOC) || frees))
		return 0;
	if (gfp & __GFP_HIGH) {
		mark -= mark / 2;
		if (!gfpflags_allow_blocking(gfp))
			mark -= mark / 4;
	}
	return mark;
}
