/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_COMPACTION_H
#define _TA_COMPACTION_H

#include "buddy.h"
#include "page_debug.h"
#include "pcplist.h"
#include "pinned.h"

#include <linux/mutex.h>

/**
 * struct ta_mover - the layer above whose pages can be moved
 * @move: put page @to, allocated and of order 0, in the place of page @from,
 *	which says of itself that it is of kind USER. 0: @to is the layer's, and
 *	@from is free or will be soon. An error: @from stays where it is, and
 *	@to is still the caller's. May sleep; asks the pool for nothing. It runs
 *	under ta_compaction.lock alone.
 */
struct ta_mover {
	int (*move)(struct ta_mover *mover, struct ta_page *from,
		    struct ta_page *to);
};

/* How a compaction ended. */
enum ta_compact_result {
	TA_COMPACT_SKIPPED,	/* too few free pages, or nobody's can move */
	TA_COMPACT_DEFERRED,	/* it failed lately */
	TA_COMPACT_COMPLETE,	/* the scanners met: there is no more to get */
	TA_COMPACT_SUCCESS,	/* there is a block of the order wanted */
	TA_COMPACT_CONTENDED,	/* the caller is to die */
	TA_COMPACT_RUNNING,	/* not yet, for the event at its begin */
};

/**
 * struct ta_compaction - what brings free pages together
 * @buddy: whose free blocks (constant)
 * @pcp: the per-CPU lists in front of it (constant)
 * @pinned: freed pages that come back when they are let go (constant)
 * @debug: how pages are watched (constant)
 * @lock: one compaction at a time; protects all below
 * @mover: who moves pages of kind USER, or NULL
 * @migrate_at: where the next compaction goes on to look for pages to move, and
 * @free_at: for free pages; positions, see the .c file
 * @flush: the skip hints are old
 * @failed_order: from this order on a compaction failed
 * @nr_deferred: requests that were turned away since then
 * @defer_shift: after 2^@defer_shift of them it is tried again
 */
struct ta_compaction {
	struct ta_buddy *buddy;
	struct ta_pcplists *pcp;
	struct ta_pinned *pinned;
	struct ta_page_debug *debug;
	struct mutex lock;	/* of all below */
	struct ta_mover *mover;
	unsigned long migrate_at;
	unsigned long free_at;
	bool flush;
	unsigned int failed_order;
	unsigned int nr_deferred;
	unsigned int defer_shift;
};

void ta_compaction_init(struct ta_compaction *c, struct ta_buddy *buddy,
			struct ta_pcplists *pcp, struct ta_pinned *pinned,
			struct ta_page_debug *debug);
void ta_compaction_set_mover(struct ta_compaction *c, struct ta_mover *mover);
enum ta_compact_result ta_compaction_try(struct ta_compaction *c,
					 unsigned int order);
unsigned long ta_compaction_all(struct ta_compaction *c);
bool ta_compaction_wait(struct ta_compaction *c);
void ta_compaction_settle(struct ta_compaction *c);
int ta_compaction_move(struct ta_compaction *c, struct ta_page *from,
		       struct ta_page *to);

#endif /* _TA_COMPACTION_H */
