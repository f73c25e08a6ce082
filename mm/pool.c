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
 * Invariants
 *  I1  a section holds the frame pfn iff pages[pfn & 1023].kind != HOLE
 *  I2  pages[i].idx == i
 *  I3  nr_pages of the pool is the sum of the sections', and of a section the
 *	number of its pages that are no HOLE
 *  I4  each page's host reference count is at least the pool's own one
 *
 * Locking: none. The table is constant from init to fini; what a ta_page says
 * belongs to the layer that owns the page.
 * Context: init and fini may sleep, look-ups work anywhere.
 * Failure: a reservation that gets too little gives everything back.
 */
#include "pool.h"
#include "report.h"

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

/* Blocks on the way from the host to the table, linked through page->lru. */
struct harvest {
	struct list_head blocks;
	unsigned long nr_pages;
	unsigned long min_pfn;
	unsigned long max_pfn;
};

/* No retry storm: a pool that is too large must not make the host kill. */
static struct page *take_block(unsigned int order)
{
	return alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, order);
}

static void add_block(struct harvest *h, struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	/* The order travels in page->private, the pool's until it is split. */
	set_page_private(page, order);
	list_add_tail(&page->lru, &h->blocks);
	h->nr_pages += 1UL << order;
	h->min_pfn = min(h->min_pfn, pfn);
	h->max_pfn = max(h->max_pfn, pfn + (1UL << order) - 1);
}

/*
 * Take the largest blocks that fit into what is still wanted. Where the host
 * has none of that order, half of it is tried, never the larger one again.
 */
static void take_blocks(struct harvest *h, unsigned long nr_pages)
{
	unsigned int order = TA_MAX_ORDER;

	while (h->nr_pages < nr_pages) {
		struct page *page;

		order = min_t(unsigned int, order,
			      ilog2(nr_pages - h->nr_pages));
		page = take_block(order);
		if (page)
			add_block(h, page, order);
		else if (order)
			order--;
		else
			return;
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

static struct ta_section *make_section(struct ta_pool *pool,
				       unsigned long pfn)
{
	unsigned long i = (pfn >> TA_SECTION_SHIFT) - pool->first_section;
	struct ta_section *sec = pool->table[i];
	unsigned int n;

	if (sec)
		return sec;
	sec = kvzalloc(sizeof(*sec), GFP_KERNEL);
	if (!sec)
		return NULL;
	sec->first = pfn_to_page(ALIGN_DOWN(pfn, TA_SECTION_PAGES));
	for (n = 0; n < TA_SECTION_PAGES; n++)
		sec->pages[n].idx = n;
	pool->table[i] = sec;
	pool->nr_sections++;
	return sec;
}

static int make_table(struct ta_pool *pool, struct harvest *h)
{
	struct page *page;

	pool->first_section = h->min_pfn >> TA_SECTION_SHIFT;
	pool->nr_table = (h->max_pfn >> TA_SECTION_SHIFT) -
			 pool->first_section + 1;
	pool->table = kvcalloc(pool->nr_table, sizeof(*pool->table),
			       GFP_KERNEL);
	if (!pool->table)
		return -ENOMEM;
	list_for_each_entry(page, &h->blocks, lru)
		if (!make_section(pool, page_to_pfn(page)))
			return -ENOMEM;
	return 0;
}

static void free_table(struct ta_pool *pool)
{
	struct ta_section *sec;
	unsigned long i;

	if (!pool->table)
		return;
	ta_for_each_section(pool, i, sec)
		kvfree(sec);
	kvfree(pool->table);
}

/* Move a block into its section: single pages with a reference each. */
static void settle_block(struct ta_pool *pool, struct page *page)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned int order = page_private(page);
	struct ta_section *sec = make_section(pool, pfn);
	struct ta_page *tp = &sec->pages[pfn & (TA_SECTION_PAGES - 1)];
	unsigned int i;

	set_page_private(page, 0);
	if (order)
		split_page(page, order);
	for (i = 0; i < 1U << order; i++)
		tp[i].kind = TA_KIND_TAIL;
	sec->nr_pages += 1UL << order;
	pool->nr_pages += 1UL << order;
}

static void settle_blocks(struct ta_pool *pool, struct harvest *h)
{
	struct page *page, *next;
	struct ta_section *sec;
	unsigned long i, frame = 0;

	list_for_each_entry_safe(page, next, &h->blocks, lru) {
		list_del(&page->lru);
		settle_block(pool, page);
	}
	/* Whole sections each, so that a frame's low bits are its pfn's. */
	ta_for_each_section(pool, i, sec) {
		sec->frame = frame;
		frame += TA_SECTION_PAGES;
	}
}

/**
 * ta_pool_init() - take pages from the host
 * @pool: what to set up
 * @nr_pages: how many are wanted, any number
 * @min_pages: how many are enough
 *
 * All pages are TAILs afterwards: ta_buddy_init() makes free blocks of them.
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL for no pages at all; -ENOMEM if the host gave fewer than
 * @min_pages, which it then has back.
 */
int ta_pool_init(struct ta_pool *pool, unsigned long nr_pages,
		 unsigned long min_pages)
{
	struct harvest h = {
		.blocks = LIST_HEAD_INIT(h.blocks),
		.min_pfn = ULONG_MAX,
	};
	int err;

	memset(pool, 0, sizeof(*pool));
	if (!nr_pages)
		return -EINVAL;
	err = ta_vmstat_init(&pool->vmstat);
	if (err)
		return err;
	take_blocks(&h, nr_pages);
	if (h.nr_pages < nr_pages)
		pr_warn("got %lu of %lu pages from the host%s\n", h.nr_pages,
			nr_pages, h.nr_pages < min_pages ?
			", too few: all given back" : "");
	err = -ENOMEM;
	if (!h.nr_pages || h.nr_pages < min_pages)
		goto give_back;
	err = make_table(pool, &h);
	if (err)
		goto free_sections;
	settle_blocks(pool, &h);
	return 0;

free_sections:
	free_table(pool);
give_back:
	return_blocks(&h);
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
 * with that reference.
 *
 * Context: process, may sleep.
 */
void ta_pool_fini(struct ta_pool *pool)
{
	struct ta_section *sec;
	struct ta_page *tp;
	unsigned long i;

	ta_for_each_section(pool, i, sec)
		ta_for_each_page(sec, tp)
			__free_page(ta_page_host(tp));
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
 * Context: process; the pool may be in use.
 * Return: whether they hold. What does not is reported.
 */
bool ta_pool_validate(struct ta_pool *pool)
{
	struct ta_section *sec;
	unsigned long i, nr = 0;
	bool ok = true;

	ta_for_each_section(pool, i, sec) {
		ok &= validate_section(sec);
		nr += sec->nr_pages;
	}
	return ok & ta_check(nr == pool->nr_pages, "pool I3", pool);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pool_validate);
