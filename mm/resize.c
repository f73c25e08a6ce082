// SPDX-License-Identifier: GPL-2.0
/*
 * A pool that grows, shrinks and starts afresh while it is in use.
 *
 * Model: what the host gives becomes free blocks. To shrink, free pages are
 * taken out of the buddy allocator, as anybody would allocate them, until there
 * are enough; only then do they go to the host. If there are not enough, they
 * all go back to where they were:
 *
 *	sections	[ 1024 ]  [ 1024 ]  [ 700 used ]  [ 256 ]
 *	shrink by 1500	    ^         ^                      ^
 *	                  220       1024                    256
 *
 * First come whole sections, the last ones first; what is still wanted then is
 * less than a section, and comes out of one or more of those that are left. A
 * section is whole when all its pages are free: not on a CPU's list (those are
 * drained before), nor pinned, nor anybody's.
 *
 * To start afresh, all free pages are taken, and freed in the order in which
 * they were when the pool was new.
 *
 * Locking: the pool's lock, held all the time, so that there is one change of
 * size at a time and nobody counts meanwhile. The pages themselves are safe as
 * in any allocation.
 * Context: process, may sleep.
 * Failure: nothing has changed.
 */
#include "resize.h"

#include <linux/log2.h>
#include <linux/sched.h>

static void free_blocks(struct ta_pages *pages, struct list_head *blocks)
{
	struct ta_page *tp, *next;

	list_for_each_entry_safe(tp, next, blocks, lru) {
		list_del(&tp->lru);
		ta_buddy_free(&pages->buddy, tp, tp->order);
	}
}

static void release_blocks(struct ta_pages *pages, struct list_head *blocks)
{
	struct ta_page *tp, *next;

	list_for_each_entry_safe(tp, next, blocks, lru) {
		list_del(&tp->lru);
		if (ta_page_debug_active())
			ta_page_debug_left(&pages->debug, tp, tp->order);
		ta_pool_release(&pages->pool, tp, tp->order);
		cond_resched();
	}
}

/*
 * Take up to @want free pages of a section: all pages from its start on if they
 * are to be @whole, else those that are there.
 */
static unsigned long take_pages(struct ta_pages *pages, struct ta_section *sec,
				unsigned long want, bool whole,
				struct list_head *blocks)
{
	struct ta_page *tp = sec->pages;
	unsigned long got = 0;

	while (got < want && (tp = ta_section_page(sec, tp))) {
		int order = ta_buddy_take_free(&pages->buddy, tp,
					       ilog2(want - got));

		if (order < 0) {
			if (whole)
				break;
			tp++;
			continue;
		}
		tp->order = order;
		list_add_tail(&tp->lru, blocks);
		got += 1UL << order;
		tp += 1UL << order;
	}
	return got;
}

/* Take all pages of a section, or none. */
static unsigned long take_section(struct ta_pages *pages,
				  struct ta_section *sec,
				  struct list_head *blocks)
{
	LIST_HEAD(taken);

	if (take_pages(pages, sec, sec->nr_pages, true, &taken) <
	    sec->nr_pages) {
		free_blocks(pages, &taken);
		return 0;
	}
	list_splice_tail(&taken, blocks);
	return sec->nr_pages;
}

/* Take free pages where the host may have them back; as many as there are. */
static unsigned long take_for_host(struct ta_pages *pages,
				   unsigned long nr_pages, bool whole,
				   struct list_head *blocks)
{
	struct ta_pool *pool = &pages->pool;
	unsigned long i = pool->nr_table, left = nr_pages;

	while (left && i--) {
		struct ta_section *sec = ta_pool_table(pool, i);

		if (!sec || sec->fixed || !sec->nr_pages)
			continue;
		if (!whole)
			left -= take_pages(pages, sec, left, false, blocks);
		else if (sec->nr_pages <= left)
			left -= take_section(pages, sec, blocks);
		cond_resched();
	}
	return nr_pages - left;
}

/*
 * Whether as many pages are free at all. If not, none are taken: others would
 * find the pool empty until they are back, and that for nothing.
 */
static bool has_free(struct ta_pages *pages, unsigned long nr_pages)
{
	ta_pages_drain(pages);
	return READ_ONCE(pages->buddy.nr_free_pages) >= nr_pages;
}

static int shrink_locked(struct ta_pages *pages, unsigned long nr_pages)
{
	unsigned long left = nr_pages;
	LIST_HEAD(blocks);

	if (!has_free(pages, nr_pages))
		return -EBUSY;
	left -= take_for_host(pages, left, true, &blocks);
	if (left < TA_SECTION_PAGES)
		left -= take_for_host(pages, left, false, &blocks);
	if (left) {
		free_blocks(pages, &blocks);
		return -EBUSY;
	}
	release_blocks(pages, &blocks);
	return 0;
}

/**
 * ta_pages_grow() - take more pages from the host
 * @pages: whose pool
 * @nr_pages: how many, any number
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM if the host has fewer; then nothing has changed.
 */
int ta_pages_grow(struct ta_pages *pages, unsigned long nr_pages)
{
	struct ta_pool *pool = &pages->pool;
	LIST_HEAD(blocks);
	int err;

	mutex_lock(&pool->lock);
	err = ta_pool_grow(pool, nr_pages, nr_pages, &blocks);
	ta_page_debug_grown(&pages->debug);
	free_blocks(pages, &blocks);
	ta_pages_resized(pages);
	mutex_unlock(&pool->lock);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_grow);

/**
 * ta_pages_add() - add frames that the host does not use
 * @pages: whose pool
 * @pfn: the first frame, of a section
 * @nr_pages: how many: whole sections
 *
 * Context: process, may sleep.
 * Return: as ta_pool_add().
 */
int ta_pages_add(struct ta_pages *pages, unsigned long pfn,
		 unsigned long nr_pages)
{
	struct ta_pool *pool = &pages->pool;
	LIST_HEAD(blocks);
	int err;

	mutex_lock(&pool->lock);
	err = ta_pool_add(pool, pfn, nr_pages, &blocks);
	ta_page_debug_grown(&pages->debug);
	free_blocks(pages, &blocks);
	ta_pages_resized(pages);
	mutex_unlock(&pool->lock);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_add);

/**
 * ta_pages_shrink() - give pages back to the host
 * @pages: whose pool
 * @nr_pages: how many, any number
 *
 * Context: process, may sleep; no lock held, as in an allocation.
 * Return: 0; -EINVAL if they are all that it took from the host, or more, and
 * none would be left; -EBUSY if too many are in use. Then nothing has changed.
 */
int ta_pages_shrink(struct ta_pages *pages, unsigned long nr_pages)
{
	struct ta_pool *pool = &pages->pool;
	int err;

	/* Before the lock: reclaim takes that of the layers above. */
	ta_reclaim_now(&pages->reclaim);
	mutex_lock(&pool->lock);
	if (nr_pages > pool->nr_pages - pool->nr_fixed ||
	    nr_pages == pool->nr_pages)
		err = -EINVAL;
	else
		err = shrink_locked(pages, nr_pages);
	ta_pages_resized(pages);
	mutex_unlock(&pool->lock);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_shrink);

/**
 * ta_pages_reset() - start afresh, as if the pool were new
 * @pages: whose pool
 *
 * The layers above give back what nobody uses; if all pages are free then, they
 * are free in the same blocks, in the same order, as in a new pool.
 *
 * Context: process, may sleep; no lock held, as in an allocation.
 * Return: 0, or -EBUSY if somebody has pages.
 */
int ta_pages_reset(struct ta_pages *pages)
{
	struct ta_pool *pool = &pages->pool;
	struct ta_section *sec;
	unsigned long i, got = 0;
	LIST_HEAD(blocks);
	int err;

	ta_reclaim_now(&pages->reclaim);
	mutex_lock(&pool->lock);
	if (has_free(pages, pool->nr_pages))
		ta_for_each_section(pool, i, sec)
			got += take_pages(pages, sec, sec->nr_pages, false,
					  &blocks);
	err = got < pool->nr_pages ? -EBUSY : 0;
	if (!err)
		ta_for_each_section(pool, i, sec)
			memset(sec->type, TA_MIGRATE_MOVABLE, sizeof(sec->type));
	free_blocks(pages, &blocks);
	mutex_unlock(&pool->lock);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_reset);
