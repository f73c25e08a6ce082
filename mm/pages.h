/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PAGES_H
#define _TA_PAGES_H

#include "buddy.h"
#include "inject.h"
#include "page_debug.h"
#include "pcplist.h"
#include "pinned.h"
#include "reclaim.h"
#include "trace.h"

#include <linux/gfp.h>
#include <linux/sched/mm.h>

/**
 * struct ta_pages - the page layer: what every layer above allocates from
 * @pool: pages taken from the host
 * @buddy: the free ones
 * @pcp: per-CPU lists of small blocks in front of it
 * @pinned: pages freed while somebody held a reference
 * @debug: how they are watched, and what is known of their owners
 * @compaction: what brings free pages together, and who can move pages for it
 * @reclaim: what is tried when there is no block
 */
struct ta_pages {
	struct ta_pool pool;
	struct ta_buddy buddy;
	struct ta_pcplists pcp;
	struct ta_pinned pinned;
	struct ta_page_debug debug;
	struct ta_compaction compaction;
	struct ta_reclaim reclaim;
};

/**
 * ta_pages_set_kind() - make an allocated page into a layer's own, or back
 * @pages: the page layer it was allocated from
 * @page: first page of the block
 * @kind: what it is from now on; ALLOC before it is freed
 *
 * Return: what is known of it.
 */
static inline struct ta_page *ta_pages_set_kind(struct ta_pages *pages,
						struct page *page,
						enum ta_page_kind kind)
{
	struct ta_page *tp = ta_pool_page(&pages->pool, page);

	ta_page_set_kind(tp, kind);
	return tp;
}

int ta_pages_init(struct ta_pages *pages, unsigned long nr_pages,
		  unsigned long min_pages);
unsigned long ta_pages_fini(struct ta_pages *pages);

struct page *ta_pages_alloc_slow(struct ta_pages *pages, struct ta_page *tp,
				 gfp_t gfp, unsigned int order,
				 unsigned long caller);
void ta_pages_free_slow(struct ta_pages *pages, struct ta_page *tp,
			const void *what, unsigned int order,
			unsigned long caller);
struct page *ta_pages_alloc(struct ta_pages *pages, gfp_t gfp,
			    unsigned int order, unsigned long caller);
void ta_pages_free(struct ta_pages *pages, struct page *page,
		   unsigned int order, unsigned long caller);
void ta_pages_free_addr(struct ta_pages *pages, const void *addr,
			unsigned int order, unsigned long caller);
unsigned long ta_pages_alloc_bulk(struct ta_pages *pages, gfp_t gfp,
				  unsigned long nr, struct page **array,
				  unsigned long caller);
void ta_pages_free_bulk(struct ta_pages *pages, unsigned long nr,
			struct page **array, unsigned long caller);
unsigned long ta_pages_nr_free(struct ta_pages *pages);
unsigned long ta_pages_nr_available(struct ta_pages *pages);
void ta_pages_free_blocks(struct ta_pages *pages,
			  unsigned long nr[TA_NR_PAGE_ORDERS]);
void ta_pages_drain(struct ta_pages *pages);
void ta_pages_resized(struct ta_pages *pages);
int ta_pages_set_min(struct ta_pages *pages, long min);
bool ta_pages_validate(struct ta_pages *pages);

/*
 * The ordinary way between a CPU's list and the caller, inline so that the
 * exported functions are not a call longer. There is no call in it, so the
 * compiler need not save anything on the stack; what is rare ends in a _slow().
 */

/*
 * What is asked for with these would not be what is got: the pool has no zones,
 * and its pages stay single. Refused rather than ignored.
 */
#define TA_GFP_REFUSED	(__GFP_DMA | __GFP_DMA32 | __GFP_COMP)

/* Make a block of a per-CPU list the caller's. */
static __always_inline struct page *ta_pages_hand_out(struct ta_page *tp,
						      unsigned long caller)
{
	struct page *page = tp->host;

	tp->caller = caller;
	ta_page_set_kind(tp, TA_KIND_ALLOC);
	return page;
}

/* As ta_pages_alloc(). */
static __always_inline struct page *
ta_pages_alloc_inline(struct ta_pages *pages, gfp_t gfp, unsigned int order,
		      unsigned long caller)
{
	struct ta_page *tp = NULL;

	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		might_alloc(gfp);
	if (ta_inject_fail_pages(gfp))
		return NULL;
	if (likely(ta_pcplists_have(order)))
		tp = ta_pcplists_pop(&pages->pcp, order, ta_gfp_type(gfp));
	if (unlikely(!tp || (gfp & (__GFP_ZERO | TA_GFP_REFUSED))) ||
	    trace_ta_mm_page_alloc_enabled() || ta_page_debug_active())
		return ta_pages_alloc_slow(pages, tp, gfp, order, caller);
	return ta_pages_hand_out(tp, caller);
}

/* Whether a page is what may be freed with @order. */
static __always_inline bool ta_pages_may_free(const struct ta_page *tp,
					      unsigned int order)
{
	return likely(READ_ONCE(tp->kind) == TA_KIND_ALLOC &&
		      tp->order == order);
}

/*
 * Free a block if it is ordinary. If not, it is for ta_pages_free_slow(), with
 * what *@tp is set to.
 */
static __always_inline bool ta_pages_free_fast(struct ta_pages *pages,
					       struct page *page,
					       unsigned int order,
					       struct ta_page **tp)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned long idx = pfn & (TA_SECTION_PAGES - 1);
	struct ta_section *sec = ta_pool_section_or_holes(&pages->pool, pfn);

	*tp = NULL;
	if (unlikely(!sec))
		return false;
	*tp = &sec->pages[idx];
	return likely(ta_pages_may_free(*tp, order) &&
		      page_ref_count(page) == 1) &&
	       !trace_ta_mm_page_free_enabled() && !ta_page_debug_active() &&
	       likely(ta_pcplists_push(&pages->pcp, *tp, page, order,
				       ta_section_type(sec, idx)));
}

/* As ta_pages_free(). */
static __always_inline void ta_pages_free_inline(struct ta_pages *pages,
						 struct page *page,
						 unsigned int order,
						 unsigned long caller)
{
	struct ta_page *tp;

	if (unlikely(!ta_pages_free_fast(pages, page, order, &tp)))
		ta_pages_free_slow(pages, tp, page, order, caller);
}

#endif /* _TA_PAGES_H */
