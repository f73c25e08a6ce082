/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_BUDDY_H
#define _TA_BUDDY_H

#include "pool.h"

/**
 * struct ta_buddy - free blocks of a pool
 * @pool: whose pages they are (constant)
 * @lock: protects all below, and kind, order and lru of the pages in FREE
 *	blocks; taken with interrupts off, innermost of all
 * @free: blocks of each order
 * @nr_free: how many
 * @nonempty: bit o is set if free[o] has a block
 * @nr_free_pages: pages in all of them
 */
struct ta_buddy {
	struct ta_pool *pool;
	spinlock_t lock;	/* of all below */
	struct list_head free[TA_NR_PAGE_ORDERS];
	unsigned long nr_free[TA_NR_PAGE_ORDERS];
	unsigned long nonempty;
	unsigned long nr_free_pages;
};

void ta_buddy_init(struct ta_buddy *buddy, struct ta_pool *pool);
struct ta_page *ta_buddy_alloc(struct ta_buddy *buddy, unsigned int order);
unsigned int ta_buddy_alloc_bulk(struct ta_buddy *buddy, unsigned int order,
				 unsigned int nr, struct ta_page **list);
void ta_buddy_free(struct ta_buddy *buddy, struct ta_page *tp,
		   unsigned int order);
void ta_buddy_free_list(struct ta_buddy *buddy, struct ta_page *list,
			unsigned int order);
int ta_buddy_take_free(struct ta_buddy *buddy, struct ta_page *tp,
		       unsigned int max_order);
bool ta_buddy_validate(struct ta_buddy *buddy);

#endif /* _TA_BUDDY_H */
