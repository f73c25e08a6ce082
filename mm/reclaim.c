// SPDX-License-Identifier: GPL-2.0
/*
 * What is tried when a request would go below the low mark, or finds no block.
 *
 * Model: cheapest first. How far it goes is the request's to say:
 *
 *	down to its	take a block			watermark.c says which
 *	own mark
 *	below low	wake the background reclaimer	__GFP_KSWAPD_RECLAIM
 *	no block	pinned pages that were let go	anybody
 *	no block	a round: the layers above give	__GFP_DIRECT_RECLAIM
 *			back what nobody uses, CPUs
 *			their lists; compaction
 *	no block	another round			see should_retry()
 *
 * The background reclaimer does what kswapd does: rounds without compaction,
 * until as many pages are free as the high mark says, or nothing more is had. First
 * it tells the layers above, some of which can ask others to free something.
 *
 * Linux decides by what it has reclaimed whether another round is worth while;
 * so is it here, by the pages that are free in the buddy allocator.
 *
 * Locking: rc->lock guards the list of reclaimers and is held while they
 * run; nobody asks for reclaim under a lock that a reclaimer takes. PF_MEMALLOC
 * is set meanwhile: what a reclaimer allocates, here or from the host, comes from
 * the reserves and does not reclaim once more.
 * Context: ta_reclaim_alloc() anywhere, it sleeps only with
 * __GFP_DIRECT_RECLAIM; the others in process context.
 * Failure: no block; with __GFP_NOFAIL it goes on until there is one.
 */
#include "reclaim.h"

#include <linux/delay.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

/* Rounds before a request fails that is not to fail easily; as Linux */
#define MAX_ROUNDS	16U
/* Above this order a block may never come, however much is free; as Linux */
#define COSTLY_ORDER	3U

static void ask_reclaimers(struct ta_reclaim *rc)
{
	unsigned int noreclaim = memalloc_noreclaim_save();
	struct ta_reclaimer *r;

	mutex_lock(&rc->lock);
	list_for_each_entry(r, &rc->reclaimers, list)
		r->reclaim(r);
	mutex_unlock(&rc->lock);
	memalloc_noreclaim_restore(noreclaim);
}

/**
 * ta_reclaim_now() - let the layers above and the CPUs give back what they can
 * @rc: whose
 *
 * Context: process, may sleep; no lock held that a reclaimer takes.
 */
void ta_reclaim_now(struct ta_reclaim *rc)
{
	/* Who is in the middle of freeing pages does not begin once more. */
	if (!(current->flags & PF_MEMALLOC))
		ask_reclaimers(rc);
	ta_pcplists_drain(rc->pcp, false);
	ta_pinned_collect(rc->pinned);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_reclaim_now);

static void count(struct ta_reclaim *rc, enum ta_vm_event event)
{
	ta_vmstat_inc(&rc->pcp->buddy->pool->vmstat, event);
}

static void tell_low(struct ta_reclaim *rc)
{
	struct ta_reclaimer *r;

	mutex_lock(&rc->lock);
	list_for_each_entry(r, &rc->reclaimers, list)
		if (r->low)
			r->low(r);
	mutex_unlock(&rc->lock);
}

static void reclaim_background(struct work_struct *work)
{
	struct ta_reclaim *rc = container_of(work, struct ta_reclaim,
					     background);
	struct ta_buddy *buddy = rc->pcp->buddy;
	unsigned long nr = ta_buddy_nr_usable(buddy), before;

	count(rc, TA_VM_BACKGROUND);
	if (nr < READ_ONCE(buddy->marks.low))
		tell_low(rc);
	while (nr < READ_ONCE(buddy->marks.high)) {
		before = nr;
		ta_reclaim_now(rc);
		nr = ta_buddy_nr_usable(buddy);
		if (nr <= before)
			break;
		cond_resched();
	}
}

static void wake_background(struct ta_reclaim *rc, gfp_t gfp)
{
	struct ta_buddy *buddy = rc->pcp->buddy;

	if ((gfp & __GFP_KSWAPD_RECLAIM) &&
	    ta_buddy_nr_usable(buddy) < READ_ONCE(buddy->marks.low))
		schedule_work(&rc->background);
}

static struct ta_page *take(struct ta_reclaim *rc, gfp_t gfp,
			    unsigned int order, unsigned long mark)
{
	return ta_pcplists_refill(rc->pcp, order, ta_gfp_type(gfp), mark);
}

/* Whether it makes sense to try again, since free pages came together. */
static bool can_compact(struct ta_reclaim *rc, unsigned int order)
{
	struct ta_compaction *c = rc->compaction;

	if (order && ta_compaction_try(c, order) == TA_COMPACT_SUCCESS)
		return true;
	/* Another's may have had free pages in its hands. */
	return ta_compaction_wait(c);
}

static struct ta_page *take_round(struct ta_reclaim *rc, gfp_t gfp,
				  unsigned int order, unsigned long mark)
{
	struct ta_page *tp;

	count(rc, TA_VM_ALLOC_STALL);
	ta_reclaim_now(rc);
	tp = take(rc, gfp, order, mark);
	if (!tp && can_compact(rc, order))
		tp = take(rc, gfp, order, mark);
	return tp;
}

/*
 * Whether another round is worth while. A small block will be there when pages
 * come free at all; a large one may never, so it depends on how much the caller
 * wants it.
 */
static bool should_retry(gfp_t gfp, unsigned int order, unsigned int round,
			 bool progress)
{
	if (gfp & __GFP_NOFAIL)
		return true;
	if ((gfp & __GFP_NORETRY) || round >= MAX_ROUNDS)
		return false;
	if (gfp & __GFP_RETRY_MAYFAIL)
		return progress || round < MAX_ROUNDS / 4;
	return progress && order <= COSTLY_ORDER;
}

static struct ta_page *take_in_rounds(struct ta_reclaim *rc, gfp_t gfp,
				      unsigned int order, unsigned long mark)
{
	unsigned long nr, before = ta_buddy_nr_usable(rc->pcp->buddy);
	struct ta_page *tp;
	unsigned int round;

	for (round = 1; ; round++) {
		tp = take_round(rc, gfp, order, mark);
		if (tp)
			return tp;
		nr = ta_buddy_nr_usable(rc->pcp->buddy);
		if (!should_retry(gfp, order, round, nr > before))
			return NULL;
		/* Others have to free something: it is no use to hurry. */
		if (nr <= before)
			usleep_range(1000, 2000);
		/* Who cannot fail may dig ever deeper. */
		if (gfp & __GFP_NOFAIL)
			mark /= 2;
		before = nr;
	}
}

/**
 * ta_reclaim_alloc() - find a block where none can be had above the low mark
 * @rc: where from
 * @gfp: as ta_pages_alloc(); not both __GFP_NOFAIL and unable to sleep
 * @order: 0 to TA_MAX_ORDER
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the first page, of kind PCP, or NULL.
 */
struct ta_page *ta_reclaim_alloc(struct ta_reclaim *rc, gfp_t gfp,
				 unsigned int order)
{
	bool frees = in_task() && (current->flags & PF_MEMALLOC);
	unsigned long mark = ta_watermark(&rc->pcp->buddy->marks, gfp, frees);
	struct ta_page *tp;

	tp = take(rc, gfp, order, mark);
	/* Also if it is this request that goes below the low mark */
	wake_background(rc, gfp);
	if (!tp && ta_pinned_collect(rc->pinned))
		tp = take(rc, gfp, order, mark);
	/* Who frees pages waits for others only if it cannot fail. */
	if (!tp && gfpflags_allow_blocking(gfp) &&
	    (!frees || (gfp & __GFP_NOFAIL)))
		tp = take_in_rounds(rc, gfp, order, mark);
	return tp;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_reclaim_alloc);

/**
 * ta_reclaim_add() - register a layer that can give pages back
 * @rc: where it is asked
 * @r: its callback
 *
 * Context: process, may sleep.
 */
void ta_reclaim_add(struct ta_reclaim *rc, struct ta_reclaimer *r)
{
	mutex_lock(&rc->lock);
	/* Those above come later and go first: what they free falls down. */
	list_add(&r->list, &rc->reclaimers);
	mutex_unlock(&rc->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_reclaim_add);

/**
 * ta_reclaim_del() - take a reclaimer off
 * @rc: where it was asked
 * @r: what ta_reclaim_add() was given; it runs no more
 *
 * Context: process, may sleep.
 */
void ta_reclaim_del(struct ta_reclaim *rc, struct ta_reclaimer *r)
{
	mutex_lock(&rc->lock);
	list_del(&r->list);
	mutex_unlock(&rc->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_reclaim_del);

/**
 * ta_reclaim_init() - set up, with nobody above who could give pages back
 * @rc: what to set up
 * @pcp: where blocks come from
 * @pinned: freed pages that come back when they are let go
 * @compaction: what brings free pages together
 *
 * Context: process.
 */
void ta_reclaim_init(struct ta_reclaim *rc, struct ta_pcplists *pcp,
		     struct ta_pinned *pinned,
		     struct ta_compaction *compaction)
{
	rc->pcp = pcp;
	rc->pinned = pinned;
	rc->compaction = compaction;
	INIT_WORK(&rc->background, reclaim_background);
	mutex_init(&rc->lock);
	INIT_LIST_HEAD(&rc->reclaimers);
}

/**
 * ta_reclaim_fini() - stop the background reclaimer
 * @rc: which nobody asks any more
 *
 * Context: process, may sleep.
 */
void ta_reclaim_fini(struct ta_reclaim *rc)
{
	cancel_work_sync(&rc->background);
	WARN_ON_ONCE(!list_empty(&rc->reclaimers));
}
