// SPDX-License-Identifier: GPL-2.0
/*
 * What one client holds of the pool, all its regions together.
 *
 * Model: a page that a process is shown belongs to a client, not to a process: its
 * owner is the client's usage, its share the number of regions that hold it
 * (region.c). Here a page comes out of the pool for a client, within its quota, and
 * goes back with its last share.
 *
 * Invariants: region I1 and I2 have a page's owner and share, uspace I3 the counters.
 * The quota is kept but for what faults on other CPUs take at the same moment.
 *
 * Locking: the counters and a page's share are atomic; a page comes locked, so that
 * nobody moves it before it is in a table.
 * Context: process, may sleep, unless said otherwise.
 */
#include "usage.h"

/**
 * ta_usage_init() - set up the counters of a client
 * @usage: what to set up
 * @pages: where its pages come from
 *
 * Context: any.
 */
void ta_usage_init(struct ta_usage *usage, struct ta_pages *pages)
{
	memset(usage, 0, sizeof(*usage));
	usage->pages = pages;
	usage->quota = ULONG_MAX;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_init);

/**
 * ta_usage_set_quota() - say how much a client may have
 * @usage: the client's
 * @nr_pages: as much; ULONG_MAX: as there is
 *
 * Context: any.
 */
void ta_usage_set_quota(struct ta_usage *usage, unsigned long nr_pages)
{
	WRITE_ONCE(usage->quota, nr_pages);
	WRITE_ONCE(usage->margin, nr_pages == ULONG_MAX ? 0 : nr_pages / 8);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_set_quota);

/**
 * ta_usage_check_margin() - tell the client if it gets tight
 * @usage: the client's
 * @allowed: pages that it may still have
 *
 * Context: process; does not sleep.
 */
void ta_usage_check_margin(struct ta_usage *usage, unsigned long allowed)
{
	unsigned long margin = READ_ONCE(usage->margin);

	if (margin && allowed <= margin && usage->near_quota)
		usage->near_quota(usage);
}

/**
 * ta_usage_adopt() - make an allocated page a client's
 * @usage: the client's
 * @tp: the page, of kind ALLOC and order 0
 *
 * Context: process, may sleep; no other page locked that anybody maps.
 * Return: the page, of share 1, locked, with a reference for its mapping.
 */
struct page *ta_usage_adopt(struct ta_usage *usage, struct ta_page *tp)
{
	struct page *page = ta_page_host(tp);

	ta_usage_adopt_inline(usage, tp, page);
	atomic_long_inc(&usage->made);
	return page;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_adopt);

/**
 * ta_usage_alloc() - take a page of the pool for a client
 * @usage: the client's
 * @gfp: with __GFP_ZERO unless the caller fills the whole page
 *
 * Context: process, may sleep; no lock of a region or page held.
 * Return: a page of share 1, locked, with a reference for its mapping; NULL if
 * there is none, or the client has had its quota.
 */
struct page *ta_usage_alloc(struct ta_usage *usage, gfp_t gfp)
{
	struct ta_page *tp;

	return ta_usage_alloc_inline(usage, gfp, &tp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_alloc);

/**
 * ta_usage_alloc_bulk() - take zeroed pages of the pool, if they are free
 * @usage: the client's
 * @nr: how many
 * @pages: filled from its start
 *
 * Context: process, may sleep; no lock of a region or page held.
 * Return: how many there were; each as of ta_usage_alloc().
 */
unsigned long ta_usage_alloc_bulk(struct ta_usage *usage, unsigned long nr,
				  struct page **pages)
{
	gfp_t gfp = (GFP_HIGHUSER_MOVABLE & ~__GFP_DIRECT_RECLAIM) |
		    __GFP_NOWARN | __GFP_ZERO;
	unsigned long allowed = ta_usage_allowed(usage), i;

	nr = min(nr, allowed);
	if (unlikely(allowed - nr <= READ_ONCE(usage->margin)))
		ta_usage_check_margin(usage, allowed - nr);
	nr = ta_pages_alloc_bulk(usage->pages, gfp, nr, pages, _RET_IP_);
	for (i = 0; i < nr; i++)
		ta_usage_adopt_inline(usage, ta_usage_page(usage, pages[i]),
				      pages[i]);
	atomic_long_add(nr, &usage->made);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_alloc_bulk);

/**
 * ta_usage_put() - drop one region's hold on a page
 * @usage: the client's
 * @tp: the page, no longer in that region's table and unmapped there
 *
 * The last hold frees it. What its users left in its flags means nothing to
 * the next one. A page that the machine reported as broken has none: it is
 * given a reference that nobody drops, as if it were pinned for ever.
 *
 * Context: any.
 */
void ta_usage_put(struct ta_usage *usage, struct ta_page *tp)
{
	struct page *page = ta_page_host(tp);

	if (!atomic_dec_and_test(&tp->share))
		return;
	folio_clear_dirty(page_folio(page));
	folio_clear_referenced(page_folio(page));
	if (unlikely(PageHWPoison(page)))
		get_page(page);
	ta_page_set_kind(tp, TA_KIND_ALLOC);
	ta_pages_free(usage->pages, page, 0, _RET_IP_);
	atomic_long_inc(&usage->freed);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_put);

/**
 * ta_usage_discard() - give a page back that did not get into a table
 * @usage: the client's
 * @page: what ta_usage_alloc() returned
 *
 * Context: process.
 */
void ta_usage_discard(struct ta_usage *usage, struct page *page)
{
	unlock_page(page);
	put_page(page);
	ta_usage_put(usage, ta_usage_page(usage, page));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_discard);

/**
 * ta_usage_resident() - count the pages a client holds
 * @usage: the client's
 *
 * Context: any.
 * Return: pages, a shared one counted once.
 */
unsigned long ta_usage_resident(struct ta_usage *usage)
{
	long resident = atomic_long_read(&usage->made) -
			atomic_long_read(&usage->freed);

	/* The second may have been read much later than the first. */
	return max(resident, 0L);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_resident);
