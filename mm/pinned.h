/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PINNED_H
#define _TA_PINNED_H

#include "buddy.h"

/**
 * struct ta_pinned - freed blocks that are not free yet
 * @buddy: where they go in the end
 * @lock: protects @list and @nr_pages, and the lru of the blocks on it
 * @list: blocks of kind PINNED
 * @nr_pages: pages in them
 */
struct ta_pinned {
	struct ta_buddy *buddy;
	spinlock_t lock;	/* of all below */
	struct list_head list;
	unsigned long nr_pages;
};

void ta_pinned_init(struct ta_pinned *pinned, struct ta_buddy *buddy);
void ta_pinned_add(struct ta_pinned *pinned, struct ta_page *tp);
unsigned long ta_pinned_collect(struct ta_pinned *pinned);
bool ta_pinned_validate(struct ta_pinned *pinned);

#endif /* _TA_PINNED_H */
