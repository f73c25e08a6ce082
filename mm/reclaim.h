/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_RECLAIM_H
#define _TA_RECLAIM_H

#include "compaction.h"
#include "pcplist.h"
#include "pinned.h"

#include <linux/workqueue.h>

/**
 * struct ta_reclaimer - a layer above that can give pages back
 * @list: of ta_reclaim.reclaimers
 * @reclaim: free what it can spare; may sleep, but asks the pool for nothing
 *	with a gfp that may reclaim; runs under ta_reclaim.lock alone
 * @low: told that fewer pages are free than the low mark says, or NULL; under the
 *	same lock
 */
struct ta_reclaimer {
	struct list_head list;
	void (*reclaim)(struct ta_reclaimer *r);
	void (*low)(struct ta_reclaimer *r);
};

/**
 * struct ta_reclaim - what is tried when there is no block
 * @pcp: where blocks come from, and what other CPUs have (constant)
 * @pinned: freed pages that come back when they are let go (constant)
 * @compaction: what brings free pages together (constant)
 * @background: reclaims when fewer pages are free than the low mark says
 * @lock: protects @reclaimers; held while they run
 * @reclaimers: who else may have pages
 */
struct ta_reclaim {
	struct ta_pcplists *pcp;
	struct ta_pinned *pinned;
	struct ta_compaction *compaction;
	struct work_struct background;
	struct mutex lock;	/* of reclaimers */
	struct list_head reclaimers;
};

void ta_reclaim_init(struct ta_reclaim *rc, struct ta_pcplists *pcp,
		     struct ta_pinned *pinned,
		     struct ta_compaction *compaction);
void ta_reclaim_fini(struct ta_reclaim *rc);
void ta_reclaim_add(struct ta_reclaim *rc, struct ta_reclaimer *r);
void ta_reclaim_del(struct ta_reclaim *rc, struct ta_reclaimer *r);
void ta_reclaim_now(struct ta_reclaim *rc);
struct ta_page *ta_reclaim_alloc(struct ta_reclaim *rc, gfp_t gfp,
				 unsigned int order);

#endif /* _TA_RECLAIM_H */
