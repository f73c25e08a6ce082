/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_REGION_H
#define _TA_REGION_H

#include "usage.h"

#include <linux/xarray.h>

struct address_space;
struct mm_struct;

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
unsigned long ta_region_nr_pages(struct ta_region *region);
bool ta_region_validate(struct ta_region *region, unsigned long *nr_entries);

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

#endif /* _TA_REGION_H */
