// SPDX-License-Identifier: GPL-2.0
/*
 * The page layer: what every layer above allocates from.
 *
 * Model: a request goes to this CPU's list (small orders) or to the buddy
 * allocator, as long as more pages are free there than the low mark says.
 * If neither helps, more is tried; reclaim.c says what.
 *
 *	alloc -> pcplist -> buddy -> reclaim -> NULL
 *	free  -> checks -> pcplist | buddy | pinned
 *
 * Invariants
 *  I1  free pages (buddy, per-CPU lists, pinned) and pages of blocks that
 *	belong to somebody add up to the pool
 *  I2  a block that belongs to somebody is of kind ALLOC or a later one, and
 *	its order is in its first page
 *
 * Bad frees: a page that is not the pool's, not the first of an ALLOC block,
 * or freed with another order is reported and left alone.
 *
 * Locking: that of the parts.
 * Context: alloc and free anywhere, hard interrupts included; the allocation
 * sleeps only with __GFP_DIRECT_RECLAIM.
 */
#include "page_report.h"
#include "pages.h"
#include "report.h"
#include "trace.h"

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mutex.h>

/* This CPU's list was empty, or busy, or there is none. */
static struct ta_page *take(struct ta_pages *pages, gfp_t gfp,
			    unsigned int order)
{
	return ta_pcplists_refill(&pages->pcp, order, ta_gfp_type(gfp),
				  READ_ONCE(pages->buddy.marks.low));
}

/**
 * ta_pages_resized() - adapt what depends on the size of the pool
 * @pages: whose pool has changed its size; its lock is held
 *
 * Context: process, may sleep.
 */
void ta_pages_resized(struct ta_pages *pages)
{
	struct ta_pcp_tuning tuning;

	ta_buddy_resized(&pages->buddy);
	ta_pcplists_tuning(&pages->pcp, &tuning, false);
	ta_pcplists_tune(&pages->pcp, &tuning);
}

/**
 * ta_pages_set_min() - say how many pages ordinary requests leave free
 * @pages: whose
 * @min: in pages; -1: what fits the pool
 *
 * Context: process, may sleep.
 * Return: 0, or -EINVAL if that is more than half of the pool.
 */
int ta_pages_set_min(struct ta_pages *pages, long min)
{
	int err;

	mutex_lock(&pages->pool.lock);
	err = ta_watermarks_tune(&pages->buddy.marks, pages->pool.nr_pages, min);
	mutex_unlock(&pages->pool.lock);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_set_min);

static noinline struct ta_page *take_slow(struct ta_pages *pages, gfp_t gfp,
					  unsigned int order,
					  unsigned long caller)
{
	struct ta_page *tp = ta_reclaim_alloc(&pages->reclaim, gfp, order);

	if (!tp) {
		ta_vmstat_inc(&pages->pool.vmstat, TA_VM_ALLOC_FAIL);
		ta_page_report_failure(&pages->pcp, &pages->pinned, gfp, order,
				       caller);
	}
	return tp;
}

static void zero(struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1U << order; i++)
		clear_highpage(page + i);
}

static bool can_be_had(gfp_t gfp, unsigned int order, unsigned long caller)
{
	if (order > TA_MAX_ORDER)
		ta_report(TA_FAULT_BAD_SIZE, NULL, caller,
			  "order %u is above %u", order, TA_MAX_ORDER);
	else if (gfp & TA_GFP_REFUSED)
		ta_report(TA_FAULT_BAD_ARG, NULL, caller,
			  "mode %#x asks for a zone or a compound page",
			  (__force unsigned int)gfp);
	else if (ta_gfp_type(gfp) >= TA_NR_PCP_TYPES)
		ta_report(TA_FAULT_BAD_ARG, NULL, caller,
			  "mode %#x is both movable and reclaimable",
			  (__force unsigned int)gfp);
	else if ((gfp & __GFP_NOFAIL) && !gfpflags_allow_blocking(gfp))
		ta_report(TA_FAULT_BAD_ARG, NULL, caller,
			  "mode %#x may neither fail nor wait",
			  (__force unsigned int)gfp);
	else
		return true;
	return false;
}

/* A block with a guard behind it in place of @tp, if there is one. */
static struct ta_page *take_guarded(struct ta_pages *pages, struct ta_page *tp,
				    gfp_t gfp, unsigned int order)
{
	struct ta_page *twice;

	twice = order < TA_MAX_ORDER ? take(pages, gfp, order + 1) : NULL;
	if (!twice)
		return tp;
	if (tp)
		ta_pcplists_free(&pages->pcp, tp, order);
	ta_page_guard_set(&pages->debug, twice, order);
	return twice;
}

/**
 * ta_pages_alloc_slow() - finish an allocation that is not the ordinary one
 * @pages: where from
 * @tp: a block that this CPU's list had, or NULL
 * @gfp: as ta_pages_alloc()
 * @order: any number
 * @caller: return address of who asks
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the first page, of kind ALLOC, or NULL.
 */
struct page *ta_pages_alloc_slow(struct ta_pages *pages, struct ta_page *tp,
				 gfp_t gfp, unsigned int order,
				 unsigned long caller)
{
	struct page *page;

	if (!can_be_had(gfp, order, caller)) {
		if (tp)
			ta_pcplists_free(&pages->pcp, tp, order);
		return NULL;
	}
	if (ta_page_debug_is_on(&pages->debug, TA_PAGE_DEBUG_GUARD))
		tp = take_guarded(pages, tp, gfp, order);
	if (!tp)
		tp = take(pages, gfp, order);
	if (unlikely(!tp)) {
		tp = take_slow(pages, gfp, order, caller);
		if (!tp)
			return NULL;
	}
	ta_page_set_order(tp, order);
	if (ta_page_debug_active())
		ta_page_debug_taken(&pages->debug, tp, order, gfp, caller);
	tp->host = ta_page_host(tp);
	page = ta_pages_hand_out(tp, caller);
	if (gfp & __GFP_ZERO)
		zero(page, order);
	trace_ta_mm_page_alloc(page, ta_page_frame(tp), order, gfp,
			       ta_gfp_type(gfp), caller);
	return page;
}

/**
 * ta_pages_alloc() - allocate 2^order contiguous pages
 * @pages: where from
 * @gfp: as for alloc_pages(): how far reclaim.c goes, which reserves may be used
 *	(watermark.c), the migrate type, __GFP_ZERO and __GFP_NOWARN are in it;
 *	with __GFP_DMA, __GFP_DMA32 or __GFP_COMP, or if it may neither fail nor
 *	wait, it is refused
 * @order: 0 to TA_MAX_ORDER
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the first page, of kind ALLOC, or NULL.
 */
struct page *ta_pages_alloc(struct ta_pages *pages, gfp_t gfp,
			    unsigned int order, unsigned long caller)
{
	return ta_pages_alloc_inline(pages, gfp, order, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_alloc);

/* Say what is wrong with a free. Return whether it was printed. */
static bool report_bad_free(struct ta_pages *pages, struct ta_page *tp,
			    const void *page, unsigned int order,
			    unsigned long caller)
{
	/* Once: who frees what is not his may find it change hands. */
	u8 kind = READ_ONCE(tp->kind);

	/* What was freed and has merged with what is before it */
	if (kind == TA_KIND_TAIL && ta_buddy_is_free(&pages->buddy, tp))
		kind = TA_KIND_FREE;
	switch (kind) {
	case TA_KIND_FREE:
	case TA_KIND_PCP:
	case TA_KIND_PINNED:
		return ta_report(TA_FAULT_DOUBLE_FREE, page, caller,
				 "frame %lu is free", ta_page_frame(tp));
	case TA_KIND_TAIL:
	case TA_KIND_SLAB_TAIL:
		return ta_report(TA_FAULT_INTERIOR, page, caller,
				 "frame %lu is inside a block",
				 ta_page_frame(tp));
	case TA_KIND_ALLOC:
		return ta_report(TA_FAULT_WRONG_ORDER, page, caller,
				 "frame %lu: order %u freed, %u allocated by %pS",
				 ta_page_frame(tp), order, tp->order,
				 (void *)tp->caller);
	default:
		return ta_report(TA_FAULT_WRONG_OWNER, page, caller,
				 "frame %lu belongs to another layer",
				 ta_page_frame(tp));
	}
}

/* With page_owner on, also who allocated and who freed it. */
static void bad_free(struct ta_pages *pages, struct ta_page *tp,
		     const void *page, unsigned int order, unsigned long caller)
{
	ta_vmstat_inc(&pages->pool.vmstat, TA_VM_BAD_FREE);
	if (!tp || READ_ONCE(tp->kind) == TA_KIND_HOLE)
		ta_report(TA_FAULT_FOREIGN, page, caller,
			  "page is not the pool's");
	else if (report_bad_free(pages, tp, page, order, caller))
		ta_page_owner_report(&pages->debug.notes, tp);
}

/*
 * What debugging does to a block on its way back. Return its order, which is
 * one more with the guard behind it.
 */
static noinline unsigned int free_watched(struct ta_pages *pages,
					  struct ta_page *tp,
					  unsigned int order, bool pinned,
					  unsigned long caller)
{
	ta_page_debug_freed(&pages->debug, tp, order, pinned, caller);
	if (!ta_page_guard_take(&pages->debug, tp, order, caller))
		return order;
	if (pinned)
		ta_buddy_free(&pages->buddy, tp + (1UL << order), order);
	else
		tp->order = ++order;
	return order;
}

/**
 * ta_pages_free_slow() - finish a free that is not the ordinary one
 * @pages: where to
 * @tp: what is known of the page, or NULL
 * @what: what was freed, for reports
 * @order: any number
 * @caller: return address of who frees
 *
 * Context: any.
 */
void ta_pages_free_slow(struct ta_pages *pages, struct ta_page *tp,
			const void *what, unsigned int order,
			unsigned long caller)
{
	bool pinned;

	if (!tp || !ta_pages_may_free(tp, order)) {
		bad_free(pages, tp, what, order, caller);
		return;
	}
	trace_ta_mm_page_free(ta_page_host(tp), ta_page_frame(tp), order,
			      caller);
	pinned = page_ref_count(ta_page_host(tp)) != 1;
	if (ta_page_debug_active())
		order = free_watched(pages, tp, order, pinned, caller);
	if (pinned)
		ta_pinned_add(&pages->pinned, tp);
	else if (ta_pcplists_have(order))
		ta_pcplists_free(&pages->pcp, tp, order);
	else
		ta_buddy_free(&pages->buddy, tp, order);
}

/**
 * ta_pages_free() - free what ta_pages_alloc() returned
 * @pages: where it came from
 * @page: the first page
 * @order: as it was allocated
 * @caller: return address of who frees, for reports
 *
 * If somebody else holds a reference to the first page, the block is reused
 * only when he has let go. A bad free is reported and does nothing.
 *
 * Context: any.
 */
void ta_pages_free(struct ta_pages *pages, struct page *page,
		   unsigned int order, unsigned long caller)
{
	ta_pages_free_inline(pages, page, order, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_free);

/**
 * ta_pages_free_addr() - free a block by its address in the linear map
 * @pages: where it came from
 * @addr: of the first byte
 * @order: as it was allocated
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
void ta_pages_free_addr(struct ta_pages *pages, const void *addr,
			unsigned int order, unsigned long caller)
{
	if (unlikely(offset_in_page(addr))) {
		ta_report(TA_FAULT_INTERIOR, addr, caller,
			  "not the start of a page");
		return;
	}
	ta_pages_free_slow(pages, ta_pool_addr(&pages->pool, addr), addr, order, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_free_addr);

/*
 * From how many pages on it pays to move them as a chain, and how many at a
 * time: what is fewer is better served by the list that a single page is
 * taken from.
 */
#define CHAIN_MIN	8UL
#define CHAIN_MAX	64UL

/* Take up to @nr pages at once, without reclaim. */
static unsigned long alloc_chain(struct ta_pages *pages, gfp_t gfp,
				 unsigned long nr, struct page **array,
				 unsigned long caller)
{
	struct ta_page *tp, *next;
	unsigned long i;

	nr = ta_pcplists_take(&pages->pcp, 0, ta_gfp_type(gfp),
			      min(nr, CHAIN_MAX),
			      READ_ONCE(pages->buddy.marks.low), &tp);
	for (i = 0; i < nr; i++, tp = next) {
		next = tp->next;
		array[i] = ta_pages_hand_out(tp, caller);
		if (gfp & __GFP_ZERO)
			zero(array[i], 0);
		trace_ta_mm_page_alloc(array[i], ta_page_frame(tp), 0, gfp,
				       ta_gfp_type(gfp), caller);
	}
	return nr;
}

/**
 * ta_pages_alloc_bulk() - allocate single pages into an array
 * @pages: where from
 * @gfp: as ta_pages_alloc()
 * @nr: length of @array
 * @array: filled from its start
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: how many pages there were; those are the caller's.
 */
unsigned long ta_pages_alloc_bulk(struct ta_pages *pages, gfp_t gfp,
				  unsigned long nr, struct page **array,
				  unsigned long caller)
{
	unsigned long done = 0, got = 1;

	/* ta_pages_alloc() reports and refuses what cannot be had. */
	if ((gfp & TA_GFP_REFUSED) || ta_gfp_type(gfp) >= TA_NR_PCP_TYPES)
		got = 0;
	else if (ta_inject_fail_pages(gfp))
		return 0;
	while (got && nr - done >= CHAIN_MIN && !ta_page_debug_active()) {
		got = alloc_chain(pages, gfp, nr - done, array + done, caller);
		done += got;
	}
	/* What is left, or what is only there after reclaim. */
	for (; done < nr; done++) {
		array[done] = ta_pages_alloc(pages, gfp, 0, caller);
		if (!array[done])
			break;
	}
	return done;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_alloc_bulk);

/* Free up to CHAIN_MAX pages at once; those that need more one by one. */
static void free_chain(struct ta_pages *pages, unsigned long nr,
		       struct page **array, unsigned long caller)
{
	struct ta_page *tp, *first = NULL;
	unsigned long i;

	for (i = 0; i < nr; i++) {
		tp = ta_pool_page(&pages->pool, array[i]);
		if (unlikely(!tp || !ta_pages_may_free(tp, 0) ||
			     page_ref_count(array[i]) != 1)) {
			ta_pages_free_slow(pages, tp, array[i], 0, caller);
			continue;
		}
		trace_ta_mm_page_free(array[i], ta_page_frame(tp), 0, caller);
		ta_page_set_kind(tp, TA_KIND_PCP);
		tp->host = array[i];
		tp->next = first;
		first = tp;
	}
	ta_pcplists_give(&pages->pcp, 0, first);
}

/**
 * ta_pages_free_bulk() - free single pages
 * @pages: where they came from
 * @nr: length of @array
 * @array: pages; what it holds is of no use afterwards
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
void ta_pages_free_bulk(struct ta_pages *pages, unsigned long nr,
			struct page **array, unsigned long caller)
{
	unsigned long done = 0, more;

	for (; nr - done >= CHAIN_MIN && !ta_page_debug_active();
	     done += more) {
		more = min(nr - done, CHAIN_MAX);
		free_chain(pages, more, array + done, caller);
	}
	for (; done < nr; done++)
		ta_pages_free(pages, array[done], 0, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_free_bulk);

/**
 * ta_pages_drain() - move all free pages to the buddy allocator
 * @pages: whose
 *
 * Context: process, may sleep.
 */
void ta_pages_drain(struct ta_pages *pages)
{
	ta_pinned_collect(&pages->pinned);
	ta_pcplists_drain(&pages->pcp, true);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_drain);

/**
 * ta_pages_nr_free() - count the free pages
 * @pages: whose
 *
 * Pinned pages that were let go are freed first.
 *
 * Context: any.
 * Return: pages in the buddy allocator and on the per-CPU lists; approximate
 * while others allocate.
 */
unsigned long ta_pages_nr_free(struct ta_pages *pages)
{
	ta_pinned_collect(&pages->pinned);
	return READ_ONCE(pages->buddy.nr_free_pages) +
	       ta_pcplists_nr_pages(&pages->pcp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_nr_free);

/**
 * ta_pages_nr_available() - count the free pages above the reserve
 * @pages: whose
 *
 * Context: any.
 * Return: pages that ordinary requests may still get; approximate while others
 * allocate.
 */
unsigned long ta_pages_nr_available(struct ta_pages *pages)
{
	unsigned long nr = ta_pages_nr_free(pages);
	unsigned long min = READ_ONCE(pages->buddy.marks.min);

	return nr > min ? nr - min : 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_nr_available);

/**
 * ta_pages_free_blocks() - count the free blocks of each order
 * @pages: whose
 * @nr: filled in; blocks on per-CPU lists are not in it, as in /proc/buddyinfo
 *
 * Context: any.
 */
void ta_pages_free_blocks(struct ta_pages *pages,
			  unsigned long nr[TA_NR_PAGE_ORDERS])
{
	unsigned long by_type[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES];
	unsigned int order, type;

	ta_buddy_count(&pages->buddy, by_type);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++) {
		nr[order] = 0;
		for (type = 0; type < TA_NR_MIGRATE_TYPES; type++)
			nr[order] += by_type[order][type];
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_free_blocks);

/**
 * ta_pages_init() - set up a pool with all its pages free
 * @pages: what to set up
 * @nr_pages: how many are wanted
 * @min_pages: how many are enough
 *
 * Context: process, may sleep.
 * Return: 0, -EINVAL or -ENOMEM, see ta_pool_init().
 */
int ta_pages_init(struct ta_pages *pages, unsigned long nr_pages,
		  unsigned long min_pages)
{
	int err = ta_pool_init(&pages->pool, nr_pages, min_pages);

	if (err)
		return err;
	ta_buddy_init(&pages->buddy, &pages->pool);
	ta_pinned_init(&pages->pinned, &pages->buddy);
	ta_page_debug_init(&pages->debug, &pages->buddy);
	ta_compaction_init(&pages->compaction, &pages->buddy, &pages->pcp,
			   &pages->pinned, &pages->debug);
	ta_reclaim_init(&pages->reclaim, &pages->pcp, &pages->pinned,
			&pages->compaction);
	err = ta_pcplists_init(&pages->pcp, &pages->buddy);
	if (err)
		ta_pool_fini(&pages->pool);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_init);

static bool knows_caller(const struct ta_page *tp)
{
	return tp->kind != TA_KIND_SLAB && tp->kind != TA_KIND_USER;
}

static unsigned long report_leaks(struct ta_pages *pages)
{
	unsigned long i, nr_pages = 0;
	struct ta_section *sec;
	struct ta_page *tp;

	ta_for_each_section(&pages->pool, i, sec)
		ta_for_each_page(sec, tp) {
			if (tp->kind < TA_KIND_ALLOC ||
			    tp->kind == TA_KIND_SLAB_TAIL)
				continue;
			nr_pages += 1UL << tp->order;
			if (ta_report(TA_FAULT_LEAK, ta_page_host(tp),
				      knows_caller(tp) ? tp->caller : 0,
				      "frame %lu, order %u", ta_page_frame(tp),
				      tp->order))
				ta_page_owner_report(&pages->debug.notes, tp);
		}
	return nr_pages;
}

/**
 * ta_pages_fini() - give every page back to the host
 * @pages: whose users are all gone
 *
 * What is still allocated is reported with its owner and given back as well.
 *
 * Context: process, may sleep.
 * Return: the number of pages that were not free.
 */
unsigned long ta_pages_fini(struct ta_pages *pages)
{
	unsigned long nr_leaked;

	ta_reclaim_fini(&pages->reclaim);
	/* A guard is no leak of its own. */
	ta_page_debug_set(&pages->debug, TA_PAGE_DEBUG_GUARD, false);
	ta_pages_drain(pages);
	ta_pcplists_fini(&pages->pcp);
	nr_leaked = report_leaks(pages);
	ta_page_debug_fini(&pages->debug);
	ta_pool_fini(&pages->pool);
	return nr_leaked;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_fini);

/* Pages of blocks that belong to somebody, tails included. */
static unsigned long count_owned(struct ta_pool *pool)
{
	unsigned long i, nr = 0;
	struct ta_section *sec;
	struct ta_page *tp;

	ta_for_each_section(pool, i, sec)
		ta_for_each_page(sec, tp) {
			u8 kind = READ_ONCE(tp->kind);

			if (kind >= TA_KIND_ALLOC && kind != TA_KIND_SLAB_TAIL)
				nr += 1UL << tp->order;
		}
	return nr;
}

static long nr_missing(struct ta_pages *pages)
{
	return pages->pool.nr_pages - count_owned(&pages->pool) -
	       READ_ONCE(pages->pinned.nr_pages) -
	       READ_ONCE(pages->buddy.nr_free_pages) -
	       ta_pcplists_nr_pages(&pages->pcp);
}

/*
 * Whether all pages are accounted for. Pages that change hands during a count
 * can be missed or counted twice, another number each time; what is really
 * missing is missing every time. Whoever has pages in his hands may be off his
 * CPU, a drainer with all that was on the lists, and the CPU of a virtual machine
 * may stand still: so each wait is longer, up to half a second.
 */
static bool adds_up(struct ta_pages *pages)
{
	long missing, before = 0;
	unsigned int tries, same = 0;

	for (tries = 0; tries < 10; tries++) {
		missing = nr_missing(pages);
		if (!missing)
			return true;
		same = missing == before ? same + 1 : 0;
		before = missing;
		msleep(1U << tries);
	}
	return same < 6;
}

/**
 * ta_pages_validate() - check every invariant of the page layer
 * @pages: whose; it may be in use
 *
 * Context: process, may sleep.
 * Return: whether they hold. What does not is reported.
 */
bool ta_pages_validate(struct ta_pages *pages)
{
	bool ok;

	mutex_lock(&pages->pool.lock);
	ok = ta_pool_validate(&pages->pool);
	ok &= ta_pcplists_validate(&pages->pcp);
	ok &= ta_buddy_validate(&pages->buddy);
	ok &= ta_pinned_validate(&pages->pinned);
	ok &= ta_check(adds_up(pages), "pages I1", pages);
	mutex_unlock(&pages->pool.lock);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_validate);
