/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_USAGE_H
#define _TA_USAGE_H

#include "pages.h"

#include <linux/highmem.h>
#include <linux/pagemap.h>

/**
 * struct ta_usage - what the regions of one client hold together
 * @pages: where their pages come from (constant)
 * @added: entries ever put into a region
 * @removed: entries ever taken out; @added - @removed are in one
 * @made: pages ever taken from @pages
 * @freed: pages ever given back; @made - @freed are resident
 * @faults: faults that found or made a page, or several
 * @cow_copies: pages copied because they were shared
 * @zero_faults: faults that showed the zero page
 * @held: pages it has by handle
 * @quota: the most it may have, resident and held
 * @margin: so many pages below the quota it gets tight
 * @near_quota: called when it is, and more is wanted; or NULL. Does not sleep.
 * @fault_order: a write to what was never touched brings up to 2^this pages
 *
 * Counters only ever rise: a reader that finds @added and @removed unchanged
 * knows that nothing moved in between.
 */
struct ta_usage {
	struct ta_pages *pages;
	atomic_long_t added;
	atomic_long_t removed;
	atomic_long_t made;
	atomic_long_t freed;
	atomic_long_t faults;
	atomic_long_t cow_copies;
	atomic_long_t zero_faults;
	atomic_long_t held;
	unsigned long quota;
	unsigned long margin;
	void (*near_quota)(struct ta_usage *usage);
	unsigned int fault_order;
};

void ta_usage_init(struct ta_usage *usage, struct ta_pages *pages);
void ta_usage_set_quota(struct ta_usage *usage, unsigned long nr_pages);
void ta_usage_check_margin(struct ta_usage *usage, unsigned long allowed);
struct page *ta_usage_alloc(struct ta_usage *usage, gfp_t gfp);
unsigned long ta_usage_alloc_bulk(struct ta_usage *usage, unsigned long nr,
				  struct page **pages);
void ta_usage_discard(struct ta_usage *usage, struct page *page);
struct page *ta_usage_adopt(struct ta_usage *usage, struct ta_page *tp);
void ta_usage_put(struct ta_usage *usage, struct ta_page *tp);
unsigned long ta_usage_resident(struct ta_usage *usage);

/* Entries of all regions; those of one that is going away as well. */
static inline long ta_usage_entries(const struct ta_usage *usage)
{
	return atomic_long_read(&usage->added) -
	       atomic_long_read(&usage->removed);
}

static inline unsigned long ta_usage_faults(const struct ta_usage *usage)
{
	return atomic_long_read(&usage->faults) +
	       atomic_long_read(&usage->zero_faults);
}

/* What the pool knows of a client's page. */
static inline struct ta_page *ta_usage_page(const struct ta_usage *usage,
					    const struct page *page)
{
	return ta_pool_page(&usage->pages->pool, page);
}

static inline bool ta_page_is_shared(const struct ta_page *tp)
{
	return atomic_read(&tp->share) > 1;
}

/**
 * ta_usage_allowed() - tell how many pages more a client may have
 * @usage: the client's
 *
 * What others take at the same moment on other CPUs is not seen: each of them
 * can be a fault's pages above the quota.
 *
 * Context: any.
 * Return: pages.
 */
static inline unsigned long ta_usage_allowed(struct ta_usage *usage)
{
	unsigned long has = atomic_long_read(&usage->made) -
			    atomic_long_read(&usage->freed) +
			    atomic_long_read(&usage->held);
	unsigned long quota = READ_ONCE(usage->quota);

	return quota > has ? quota - has : 0;
}

/* As ta_usage_adopt(); uncounted. */
static __always_inline void ta_usage_adopt_inline(struct ta_usage *usage,
						  struct ta_page *tp,
						  struct page *page)
{
	atomic_set(&tp->share, 1);
	/* Whoever wants to move it reads this without a lock, as a hint. */
	WRITE_ONCE(tp->owner, usage);
	tp->was_shared = false;
	ta_page_set_kind(tp, TA_KIND_USER);
	/* Whoever looks at all pages of the host may hold the lock briefly. */
	if (unlikely(!trylock_page(page)))
		lock_page(page);
	get_page(page);
}

/* As ta_usage_alloc(); also tells what the pool knows of the page. */
static __always_inline struct page *
ta_usage_alloc_inline(struct ta_usage *usage, gfp_t gfp, struct ta_page **tp)
{
	unsigned long allowed = ta_usage_allowed(usage);
	struct page *page;

	/* Mostly the margin is 0, and this but one comparison. */
	if (unlikely(allowed <= READ_ONCE(usage->margin))) {
		ta_usage_check_margin(usage, allowed);
		if (!allowed)
			return NULL;
	}
	page = ta_pages_alloc_inline(usage->pages, gfp & ~__GFP_ZERO, 0,
				     _RET_IP_);
	if (unlikely(!page))
		return NULL;
	/* Zeroed here, as it is the ordinary thing here, and not there. */
	if (gfp & __GFP_ZERO)
		clear_highpage(page);
	*tp = ta_usage_page(usage, page);
	ta_usage_adopt_inline(usage, *tp, page);
	atomic_long_inc(&usage->made);
	return page;
}

#endif /* _TA_USAGE_H */
