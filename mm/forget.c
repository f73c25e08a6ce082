// SPDX-License-Identifier: GPL-2.0
/*
 * Giving pages back that are mapped, while their process goes on touching them.
 *
 * Model: page by page
 *
 *	take the page out of the region's table, under its lock
 *	unmap its offset
 *	drop the region's hold: it is freed, unless it is shared
 *
 * A fault in between finds no page in the table and makes one of zeroes; if the
 * old one is still mapped at its address, it comes back until that is gone. So
 * whoever comes after the call sees zeroes, and what he wrote.
 *
 * Locking: the page's lock keeps a fault that maps it away (region I4); nothing
 * else need be held.
 * Context: process, may sleep. Failure: none.
 */
#include "forget.h"

#include <linux/pagemap.h>
#include <linux/sched.h>

#define BATCH	32

/* What is taken at once, to be unmapped by one call */
struct batch {
	struct page *pages[BATCH];
	unsigned int nr;
	bool some_stay;
};

/* Take pages out, some at a time; returns where to go on. */
static unsigned long take_pages(struct batch *batch, struct ta_region *region,
				unsigned long idx, unsigned long last,
				bool wait)
{
	struct page *page;

	batch->nr = 0;
	while (xa_find(&region->pages, &idx, last, XA_PRESENT)) {
		page = wait ? ta_region_take(region, idx) :
			      ta_region_trytake(region, idx);
		idx++;
		if (IS_ERR(page))
			batch->some_stay = true;
		else if (page)
			batch->pages[batch->nr++] = page;
		if (batch->nr == BATCH)
			return idx;
	}
	return last + 1;
}

static void drop(struct batch *batch, struct ta_usage *usage)
{
	struct page *page;

	while (batch->nr) {
		page = batch->pages[--batch->nr];
		put_page(page);
		ta_usage_put(usage, ta_usage_page(usage, page));
	}
}

/* Also what only shows the zero page is unmapped. */
static bool forget(struct ta_region *region, unsigned long first,
		   unsigned long last, bool wait)
{
	struct batch batch = { .some_stay = false };
	unsigned long idx;

	do {
		idx = take_pages(&batch, region, first, last, wait);
		unmap_mapping_pages(region->mapping, region->base + first,
				    idx - first, false);
		drop(&batch, region->usage);
		cond_resched();
		first = idx;
	} while (first <= last);
	return !batch.some_stay;
}

/**
 * ta_forget() - give the pages of a range back
 * @region: whose
 * @first: the first offset
 * @last: the last one
 *
 * Context: process, may sleep; no page's lock nor a lower one held.
 */
void ta_forget(struct ta_region *region, unsigned long first,
	       unsigned long last)
{
	forget(region, first, last, true);
}

/**
 * ta_tryforget() - the same, but for pages that somebody has locked
 * @region: whose
 * @first: the first offset
 * @last: the last one
 *
 * Context: process, may sleep; the client's lock may be held.
 * Return: whether none was locked.
 */
bool ta_tryforget(struct ta_region *region, unsigned long first,
		  unsigned long last)
{
	return forget(region, first, last, false);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_tryforget);
