/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_USAGE_H
#define _TA_USAGE_H

#include "pages.h"

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
unsigned long ta_usage_allowed(struct ta_usage *usage);

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

#endif /* _TA_USAGE_H */
