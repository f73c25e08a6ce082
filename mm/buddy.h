/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_BUDDY_H
#define _TA_BUDDY_H

#include "pool.h"
#include "watermark.h"

#include <linux/gfp.h>

/**
 * struct ta_buddy - free blocks of a pool
 * @pool: whose pages they are (constant)
 * @one_type: the pool is too small to keep types apart
 * @marks: how many pages stay free, and for whom; who takes pages looks at them
 * @lock: protects all below, the types of pageblocks, and kind, order and lru
 *	of the pages in FREE blocks; taken with interrupts off, innermost of all
 * @free: blocks of each order, by the type of their pageblock
 * @nr_free: how many
 * @nonempty: for each type, bit o is set if free[o] has a block of it
 * @nr_free_pages: pages in all of them
 * @nr_isolated_pages: of these in isolated pageblocks
 */
struct ta_buddy {
	struct ta_pool *pool;
	bool one_type;
	struct ta_watermarks marks;
	spinlock_t lock;	/* of all below */
	struct list_head free[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES];
	unsigned long nr_free[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES];
	unsigned long nonempty[TA_NR_MIGRATE_TYPES];
	unsigned long nr_free_pages;
	unsigned long nr_isolated_pages;
};

static_assert(TA_NR_PCP_TYPES == 3);

/*
 * The type that a request is for. With both bits, which nobody may ask for, it
 * is ISOLATE: of that there is never a block, which ends in the slow path.
 */
static __always_inline enum ta_migratetype ta_gfp_type(gfp_t gfp)
{
	static_assert((__force unsigned int)__GFP_RECLAIMABLE ==
		      2 * (__force unsigned int)__GFP_MOVABLE);
	return ((__force unsigned int)(gfp & (__GFP_MOVABLE |
					      __GFP_RECLAIMABLE))) /
	       (__force unsigned int)__GFP_MOVABLE;
}

/* Whether a type has a block that is large enough; it may change any time. */
static inline bool ta_buddy_has(const struct ta_buddy *buddy,
				unsigned int order, enum ta_migratetype type)
{
	/* Pairs with add_block() and del_block(). */
	return READ_ONCE(buddy->nonempty[type]) >> order;
}

/* Free pages that can be had; or could be a moment ago. */
static inline unsigned long ta_buddy_nr_usable(const struct ta_buddy *buddy)
{
	unsigned long isolated = READ_ONCE(buddy->nr_isolated_pages);
	unsigned long nr = READ_ONCE(buddy->nr_free_pages);

	return nr > isolated ? nr - isolated : 0;
}

/* How many blocks of an order can be taken so that @mark pages stay free. */
static inline unsigned long ta_buddy_room(const struct ta_buddy *buddy,
					  unsigned int order,
					  unsigned long mark)
{
	unsigned long nr = ta_buddy_nr_usable(buddy);

	return nr > mark ? (nr - mark) >> order : 0;
}

/* The type that blocks have which are taken for @type, if all goes well. */
static inline enum ta_migratetype ta_buddy_type(const struct ta_buddy *buddy,
						enum ta_migratetype type)
{
	return unlikely(READ_ONCE(buddy->one_type)) ? TA_MIGRATE_MOVABLE : type;
}

void ta_buddy_init(struct ta_buddy *buddy, struct ta_pool *pool);
void ta_buddy_resized(struct ta_buddy *buddy);
unsigned int ta_buddy_alloc_bulk(struct ta_buddy *buddy, unsigned int order,
				 enum ta_migratetype type, unsigned int nr,
				 struct ta_page **list);
void ta_buddy_free(struct ta_buddy *buddy, struct ta_page *tp,
		   unsigned int order);
void ta_buddy_free_list(struct ta_buddy *buddy, struct ta_page *list,
			unsigned int order);
int ta_buddy_take_free(struct ta_buddy *buddy, struct ta_page *tp,
		       unsigned int max_order);
enum ta_migratetype ta_buddy_set_block_type(struct ta_buddy *buddy,
					    struct ta_page *tp,
					    enum ta_migratetype type);
bool ta_buddy_is_free(struct ta_buddy *buddy, struct ta_page *tp);
unsigned long ta_buddy_nr_free(const struct ta_buddy *buddy,
			       unsigned int order);
void ta_buddy_count(struct ta_buddy *buddy,
		    unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES]);
bool ta_buddy_validate(struct ta_buddy *buddy);

/* Take one block; its first page, of kind PCP for the caller to set, or NULL. */
static inline struct ta_page *ta_buddy_alloc(struct ta_buddy *buddy,
					     unsigned int order,
					     enum ta_migratetype type)
{
	struct ta_page *tp;

	ta_buddy_alloc_bulk(buddy, order, type, 1, &tp);
	return tp;
}

#endif /* _TA_BUDDY_H */
