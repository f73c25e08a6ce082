/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_REGION_H
#define _TA_REGION_H

#include "pages.h"

#include <linux/xarray.h>

struct address_space;
struct mm_struct;

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

/**
 * struct ta_region - the pages of one area as one address space sees them
 * @usage: its client's (constant)
 * @mapping: of the file that the area is mapped through (constant)
 * @base: the area's first page offset in that file (constant)
 * @nr_idx: page offsets the area has (constant)
 * @mm: whose address space (constant)
 * @pages: struct ta_page of each offset from @base on that was touched
 * @lost: a fork could not copy it: every access fails
 * @moved: an offset may be at two addresses, see zero.c; stays set
 * @revisited: a page was there where nothing was mapped; stays set, a hint
 *
 * @pages is protected by its own lock; see the head of the .c file.
 */
struct ta_region {
	struct ta_usage *usage;
	struct address_space *mapping;
	unsigned long base;
	unsigned long nr_idx;
	struct mm_struct *mm;
	struct xarray pages;
	bool lost;
	bool moved;
	bool revisited;
};

/* What stands for a page that a fork could not copy. */
#define TA_LOST_PAGE	xa_mk_value(0)

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

void ta_region_init(struct ta_region *region, struct ta_usage *usage,
		    struct address_space *mapping, unsigned long base,
		    unsigned long nr_idx, struct mm_struct *mm);
int ta_region_add(struct ta_region *region, unsigned long idx,
		  struct ta_page *tp);
struct page *ta_region_make(struct ta_region *region, unsigned long idx,
			    gfp_t gfp);
int ta_region_add_run(struct ta_region *region, unsigned long first,
		      struct page **pages, unsigned long nr);
void ta_region_replace(struct ta_region *region, unsigned long idx, void *entry);
struct ta_page *ta_region_hold(struct ta_region *region, unsigned long *idx,
			       unsigned long last);
bool ta_region_trylock(struct ta_region *region, unsigned long idx,
		       struct ta_page *tp);
bool ta_region_move(struct ta_region *region, unsigned long idx,
		    struct ta_page *from, struct ta_page *to);
struct page *ta_region_lock_page(struct ta_region *region, unsigned long idx);
struct page *ta_region_take(struct ta_region *region, unsigned long idx);
struct page *ta_region_trytake(struct ta_region *region, unsigned long idx);
void ta_region_erase(struct ta_region *region, unsigned long first,
		     unsigned long last);
void ta_region_trim(struct ta_region *region, unsigned long first,
		    unsigned long last);
unsigned long ta_region_room(struct ta_region *region, unsigned long first,
			     unsigned long nr);
unsigned long ta_mapping_nr_pages(struct address_space *mapping,
				  struct mm_struct *mm);
unsigned long ta_mapping_nr_data(struct address_space *mapping,
				 struct mm_struct *mm);
unsigned long ta_mapping_nr_committed(struct address_space *mapping);
unsigned long ta_region_nr_pages(struct ta_region *region);
bool ta_region_validate(struct ta_region *region, unsigned long *nr_entries);

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

/* The page offsets of a region that can have a page. */
static inline bool ta_region_has(const struct ta_region *region,
				 unsigned long idx)
{
	return likely(idx < region->nr_idx && !READ_ONCE(region->lost));
}

/* Whether an offset that has just been given a page may be at other addresses, too. */
static inline bool ta_region_has_moved(const struct ta_region *region)
{
	/* The page comes first: whoever makes a VMA after this look finds it. */
	smp_mb__after_atomic();
	return READ_ONCE(region->moved);
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

#endif /* _TA_REGION_H */
