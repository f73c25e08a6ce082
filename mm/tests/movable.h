/* SPDX-License-Identifier: GPL-2.0 */
/* Pages of kind USER that can be moved, without a user. */
#ifndef _TA_TESTS_MOVABLE_H
#define _TA_TESTS_MOVABLE_H

#include "helpers.h"

/**
 * struct ta_movable - slots, each of which holds a page or not
 * @pages: where they come from
 * @mover: moves them
 * @lock: protects all below; no page is waited for under it
 * @nr: slots
 * @page: what each holds, or NULL
 * @value: what stands at both ends of its page
 * @pinned: its page must stay
 * @fail_every: of so many moves one fails by chance; 0: none does
 * @rng: that chance
 * @nr_moved: pages
 */
struct ta_movable {
	struct ta_pages *pages;
	struct ta_mover mover;
	struct mutex lock;	/* of all below */
	unsigned long nr;
	struct ta_page **page;
	u64 *value;
	bool *pinned;
	unsigned int fail_every;
	struct ta_rng rng;
	unsigned long nr_moved;
};

void ta_movable_init(struct kunit *test, struct ta_movable *m,
		     struct ta_pages *pages);
void ta_movable_end(struct ta_movable *m);
bool ta_movable_add(struct ta_movable *m, unsigned long slot, u64 value);
bool ta_movable_del(struct ta_movable *m, unsigned long slot);
unsigned long ta_movable_fill(struct ta_movable *m);
void ta_movable_del_every(struct ta_movable *m, unsigned int nth);
bool ta_movable_intact(struct ta_movable *m);

#endif /* _TA_TESTS_MOVABLE_H */
