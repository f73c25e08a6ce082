// SPDX-License-Identifier: GPL-2.0
/*
 * The pool: pages taken from the host, and what is known of each.
 *
 * Model: the host hands out blocks of up to 4 MiB. Each lies within one
 * 4 MiB-aligned section of the physical address space; the section has a
 * struct ta_page for each of its 1024 frames, HOLE where the frame is not
 * ours. A table indexed by pfn >> 10 leads from a frame to its section:
 *
 *	pfn ---------------------------+------------+
 *	table  [ . | sec | . | . | sec ]  >> 10     | & 1023
 *	               +--> pages [ 0 1 2 ... 1023 ] <
 *
 * Pages come and go while others look frames up without a lock. So the table
 * has a place for every section that the machine has, and once there is a
 * section, it stays to the end, full of HOLEs when its pages are gone; it serves
 * again when one comes back. That costs 8 bytes for each 4 MiB of the machine:
 * with the 36 KiB (0.88 %) of a section less than 1.6 % of the pool as long as
 * the machine is no more than 3700 times as large.
 *
 * A second source are frames that were set aside when the machine booted, and
 * that the host knows only as reserved. They come as whole sections, which are
 * fixed: they are not given to the host, for it never had them.
 *
 * Invariants
 *  I1  a section holds the frame pfn iff pages[pfn & 1023].kind != HOLE
 *  I2  pages[i].idx == i
 *  I3  under the lock, nr_pages of the pool is the sum of the sections', and of
 *	a section the number of its pages that are no HOLE; nr_fixed is the
 *	sum of the fixed sections'
 *  I4  each page's host reference count is at least the pool's own one
 *
 * Locking: pool->lock is held by who changes or adds up what the pool has; it
 * is not needed to look a frame up. What a ta_page says belongs to the layer
 * that owns the page.
 * Context: all may sleep, but look-ups, which work anywhere.
 * Failure: a reservation that gets too little gives everything back.
 */
#include "pool.h"
#include "report.h"

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* --- sections ------------------------------------------------------------ */

/*
 * In one piece, so that a look-up misses the TLB less often; of the next power
 * of two, which is nearly twice as much, the rest goes back. Else in pages.
 */
static struct ta_section *alloc_section(void)
{
	size_t size = sizeof(struct ta_section);
	void *p = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO |
				    __GFP_NOWARN | __GFP_NORETRY);

	return p ?: vzalloc(size);
}

static void free_section(struct ta_section *sec)
{
	if (is_vmalloc_addr(sec))
		vfree(sec);
	else
		free_pages_exact(sec, sizeof(*sec));
}

/* Until number_sections() gives it one */
#define NO_FRAME	ULONG_MAX

/* The section that a frame of the table's lies in, made if there is none. */
static struct ta_section *make_section(struct ta_pool *pool, unsigned long pfn)
{
	unsigned long i = (pfn >> TA_SECTION_SHIFT) - pool->first_section;
	struct ta_section *sec = ta_pool_table(pool, i);
	unsigned int n;

	lockdep_assert_held(&pool->lock);
	if (sec)
		return sec;
	sec = alloc_section();
	if (!sec)
		return NULL;
	sec->first = pfn_to_page(ALIGN_DOWN(pfn, TA_SECTION_PAGES));
	sec->frame = NO_FRAME;
	/* Others steal from those that can be moved, not these from them. */
	memset(sec->type, TA_MIGRATE_MOVABLE, sizeof(sec->type));
	for (n = 0; n < TA_SECTION_PAGES; n++)
		sec->pages[n].idx = n;
	/* Pairs with the address that ta_pool_table() returns. */
	smp_store_release(&pool->table[i], sec);
	return sec;
}

/*
 * Number the new sections in the order of their frames. Each has as many
 * numbers as a whole one, so that the low bits are those of the frame.
 */
static void number_sections(struct ta_pool *pool)
{
	struct ta_section *sec;
	unsigned long i;

	ta_for_each_section(pool, i, sec)
		if (sec->frame == NO_FRAME)
			sec->frame = pool->nr_sections++ << TA_SECTION_SHIFT;
}

/* What the machine has: a memory node may begin later than the one before. */
static void span_machine(unsigned long *first_pfn, unsigned long *end_pfn)
{
	int nid;

	*first_pfn = ULONG_MAX;
	*end_pfn = 0;
	for_each_online_node(nid) {
		if (node_start_pfn(nid) == node_end_pfn(nid))
			continue;
		*first_pfn = min(*first_pfn, node_start_pfn(nid));
		*end_pfn = max(*end_pfn, node_end_pfn(nid));
	}
}

static int make_table(struct ta_pool *pool)
{
	unsigned long first_pfn, end_pfn, i;

	span_machine(&first_pfn, &end_pfn);
	pool->first_section = first_pfn >> TA_SECTION_SHIFT;
	pool->nr_table = DIV_ROUND_UP(end_pfn, TA_SECTION_PAGES) -
			 pool->first_section;
	pool->table = kvmalloc_array(pool->nr_table, sizeof(*pool->table),
				     GFP_KERNEL);
	if (!pool->table)
		return -ENOMEM;
	for (i = 0; i < pool->nr_table; i++)
		pool->table[i] = &ta_no_section;
	return 0;
}

static void free_table(struct ta_pool *pool)
{
	struct ta_section *sec;
	unsigned long i;

	ta_for_each_section(pool, i, sec)
		free_section(sec);
	kvfree(pool->table);
}

/* Memory that was plugged in later has no place in the table. */
static bool in_table(const struct ta_pool *pool, unsigned long pfn)
{
	return (pfn >> TA_SECTION_SHIFT) - pool->first_section < pool->nr_table;
}

/* --- taking pages from the host ------------------------------------------ */

/*
 * All holes. Where the table has no section it has this one, so that a look-up
 * that goes on to ask for a page's owner needs no test.
 */
struct ta_section ta_no_section;
EXPORT_SYMBOL_FOR_TA_TESTS(ta_no_section);

/* Blocks on the way from the host to their sections, linked by page->lru. */
struct harvest {
	struct list_head blocks;
	unsigned long nr_pages;
};

/* No retry storm: a pool that is too large must not make the host kill. */
static struct page *take_block(struct ta_pool *pool, unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN |
					__GFP_NORETRY, order);

	if (!page || in_table(pool, page_to_pfn(page)))
		return page;
	__free_pages(page, order);
	return NULL;
}

static void add_block(struct harvest *h, struct page *page, unsigned int order)
{
	/* The order travels in page->private, the pool's until it is split. */
	set_page_private(page, order);
	list_add_tail(&page->lru, &h->blocks);
	h->nr_pages += 1UL << order;
}

/*
 * Take the largest blocks that fit into what is still wanted. Where the host
 * has none of that order, half of it is tried, never the larger one again.
 */
static void take_blocks(struct ta_pool *pool, struct harvest *h,
			unsigned long nr_pages)
{
	unsigned int order = TA_MAX_ORDER;

	while (h->nr_pages < nr_pages) {
		struct page *page;

		order = min_t(unsigned int, order,
			      ilog2(nr_pages - h->nr_pages));
		page = take_block(pool, order);
		if (page)
			add_block(h, page, order);
		else if (order)
			order--;
		else
			return;
		cond_resched();
	}
}

static void return_blocks(struct harvest *h)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &h->blocks, lru) {
		unsigned int order = page_private(page);

		list_del(&page->lru);
		set_page_private(page, 0);
		__free_pages(page, order);
	}
}

/* --- pages in their sections --------------------------------------------- */

/* From now on 2^order frames are the pool's. Their section is there. */
static void settle(struct ta_pool *pool, unsigned long pfn, unsigned int order,
		   struct list_head *blocks)
{
	struct ta_section *sec = ta_pool_section_of(pool, pfn);
	struct ta_page *tp = ta_section_at(sec, pfn);
	unsigned int i;

	lockdep_assert_held(&pool->lock);
	for (i = 0; i < 1U << order; i++)
		ta_page_set_kind(tp + i, TA_KIND_TAIL);
	tp->order = order;
	list_add_tail(&tp->lru, blocks);
	sec->nr_pages += 1UL << order;
	WRITE_ONCE(pool->nr_pages, pool->nr_pages + (1UL << order));
}

/* Make single pages with a reference each of what the host gave. */
static void settle_blocks(struct ta_pool *pool, struct harvest *h,
			  struct list_head *blocks)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &h->blocks, lru) {
		unsigned int order = page_private(page);

		list_del(&page->lru);
		set_page_private(page, 0);
		if (order)
			split_page(page, order);
		settle(pool, page_to_pfn(page), order, blocks);
	}
}

static int make_sections(struct ta_pool *pool, struct harvest *h)
{
	struct page *page;

	list_for_each_entry(page, &h->blocks, lru)
		if (!make_section(pool, page_to_pfn(page)))
			return -ENOMEM;
	return 0;
}

/**
 * ta_pool_grow() - take more pages from the host
 * @pool: where to
 * @nr_pages: how many are wanted, any number
 * @min_pages: how many are enough
 * @blocks: what is new is added to it, linked by ta_page.lru: blocks of their
 *	order, of kind TAIL, which are nobody's yet
 *
 * Context: process, may sleep; the pool's lock held.
 * Return: 0, or -ENOMEM if there are fewer than @min_pages; then nothing has
 * changed.
 */
int ta_pool_grow(struct ta_pool *pool, unsigned long nr_pages,
		 unsigned long min_pages, struct list_head *blocks)
{
	struct harvest h = { .blocks = LIST_HEAD_INIT(h.blocks) };
	int err = -ENOMEM;

	lockdep_assert_held(&pool->lock);
	take_blocks(pool, &h, nr_pages);
	if (h.nr_pages < nr_pages)
		pr_warn("got %lu of %lu pages from the host%s\n", h.nr_pages,
			nr_pages, h.nr_pages < min_pages ?
			", too few: all given back" : "");
	if (h.nr_pages >= min_pages)
		err = make_sections(pool, &h);
	number_sections(pool);
	if (err)
		return_blocks(&h);
	else
		settle_blocks(pool, &h, blocks);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pool_grow);

/**
 * ta_pool_add() - add frames that the host does not use
 * @pool: where to
 * @pfn: the first frame, of a section
 * @nr_pages: how many: whole sections
 * @blocks: as for ta_pool_grow()
 *
 * Each has a struct page with a reference, which is the pool's from now on,
 * and an address in the linear map.
 *
 * Context: process, may sleep; the pool's lock held.
 * Return: 0; -EINVAL for frames that are no whole sections, not the machine's,
 * or in sections that the pool has already; -ENOMEM. Then nothing has changed.
 */
int ta_pool_add(struct ta_pool *pool, unsigned long pfn, unsigned long nr_pages,
		struct list_head *blocks)
{
	unsigned long end = pfn + nr_pages, at;
	struct ta_section *sec;
	int err = 0;

	lockdep_assert_held(&pool->lock);
	if (!nr_pages || (pfn | nr_pages) & (TA_SECTION_PAGES - 1) ||
	    end < pfn || !in_table(pool, pfn) || !in_table(pool, end - 1))
		return -EINVAL;
	for (at = pfn; at < end && !err; at += TA_SECTION_PAGES) {
		sec = make_section(pool, at);
		if (!sec)
			err = -ENOMEM;
		else if (sec->nr_pages)
			err = -EINVAL;
	}
	number_sections(pool);
	for (at = pfn; at < end && !err; at += TA_SECTION_PAGES) {
		settle(pool, at, TA_SECTION_SHIFT, blocks);
		ta_pool_section_of(pool, at)->fixed = true;
		pool->nr_fixed += TA_SECTION_PAGES;
	}
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pool_add);

/**
 * ta_pool_release() - give a block back to the host
 * @pool: whose
 * @tp: its first page, of a section that is not fixed, and nobody's
 * @order: of the block
 *
 * A page on which somebody still has a reference of his own goes to the host
 * with that reference.
 *
 * Context: process, may sleep; the pool's lock held.
 */
void ta_pool_release(struct ta_pool *pool, struct ta_page *tp,
		     unsigned int order)
{
	struct ta_section *sec = ta_page_section(tp);
	unsigned int i;

	lockdep_assert_held(&pool->lock);
	sec->nr_pages -= 1UL << order;
	WRITE_ONCE(pool->nr_pages, pool->nr_pages - (1UL << order));
	for (i = 0; i < 1U << order; i++) {
		ta_page_set_kind(tp + i, TA_KIND_HOLE);
		__free_page(ta_page_host(tp + i));
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pool_release);

/* --- beginning and end --------------------------------------------------- */

/**
 * ta_pool_init() - take pages from the host
 * @pool: what to set up
 * @nr_pages: how many are wanted, any number; none for a pool to be added to
 * @min_pages: how many are enough
 *
 * All pages are TAILs afterwards: ta_buddy_init() makes free blocks of them.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM if the host gave fewer than @min_pages, or none where some
 * were wanted; then it has them back.
 */
int ta_pool_init(struct ta_pool *pool, unsigned long nr_pages,
		 unsigned long min_pages)
{
	unsigned long enough = nr_pages ? max(min_pages, 1UL) : min_pages;
	LIST_HEAD(blocks);
	int err;

	memset(pool, 0, sizeof(*pool));
	mutex_init(&pool->lock);
	err = ta_vmstat_init(&pool->vmstat);
	if (err)
		return err;
	err = make_table(pool);
	if (err)
		goto fini_vmstat;
	mutex_lock(&pool->lock);
	err = ta_pool_grow(pool, nr_pages, enough, &blocks);
	mutex_unlock(&pool->lock);
	if (err)
		goto free_table;
	return 0;

free_table:
	free_table(pool);
fini_vmstat:
	ta_vmstat_fini(&pool->vmstat);
	memset(pool, 0, sizeof(*pool));
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pool_init);

/**
 * ta_pool_fini() - give every page back to the host
 * @pool: a pool whose pages nobody uses any more
 *
 * A page on which somebody still has a reference of his own goes to the host
 * with that reference. What was added stays with who added it.
 *
 * Context: process, may sleep.
 */
void ta_pool_fini(struct ta_pool *pool)
{
	struct ta_section *sec;
	struct ta_page *tp;
	unsigned long i;

	ta_for_each_section(pool, i, sec) {
		if (sec->fixed)
			continue;
		ta_for_each_page(sec, tp)
			__free_page(ta_page_host(tp));
	}
	free_table(pool);
	ta_vmstat_fini(&pool->vmstat);
	memset(pool, 0, sizeof(*pool));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pool_fini);

static bool validate_section(struct ta_section *sec)
{
	unsigned long nr = 0;
	struct ta_page *tp;
	bool ok = true;

	ta_for_each_page(sec, tp) {
		nr++;
		ok &= ta_check(tp->idx == tp - sec->pages, "pool I2", tp);
		ok &= ta_check(page_ref_count(ta_page_host(tp)) > 0, "pool I4",
			       tp);
	}
	return ok & ta_check(nr == sec->nr_pages, "pool I3", sec);
}

/**
 * ta_pool_validate() - check I2 to I4
 * @pool: a pool
 *
 * Context: process, may sleep; the pool's lock held, its pages may be in use.
 * Return: whether they hold. What does not is reported.
 */
bool ta_pool_validate(struct ta_pool *pool)
{
	unsigned long i, nr = 0, nr_fixed = 0;
	struct ta_section *sec;
	bool ok = true;

	lockdep_assert_held(&pool->lock);
	ta_for_each_section(pool, i, sec) {
		ok &= validate_section(sec);
		nr += sec->nr_pages;
		nr_fixed += sec->fixed ? sec->nr_pages : 0;
	}
	ok &= ta_check(nr_fixed == pool->nr_fixed, "pool I3", pool);
	return ok & ta_check(nr == pool->nr_pages, "pool I3", pool);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pool_validate);
