/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SPAN_H
#define _TA_SPAN_H

#include "cache.h"
#include "ptmap.h"
#include "va.h"

#include <linux/gfp.h>
#include <linux/llist.h>
#include <linux/mutex.h>

/* Spans of up to so many pages keep their addresses when they are freed. */
#define TA_SPAN_CACHED_PAGES	32

/* The life of a span, in this order, and from CACHED to NEW again. */
enum ta_span_state {
	TA_SPAN_NEW,		/* has addresses, being filled */
	TA_SPAN_LIVE,		/* in use */
	TA_SPAN_DYING,		/* freed, being emptied */
	TA_SPAN_LAZY,		/* empty, a TLB may still know better */
	TA_SPAN_CACHED,		/* flushed, waits for the next of its size */
	TA_NR_SPAN_STATES
};

enum ta_span_kind {
	TA_SPAN_VMALLOC,	/* its pages are the pool's, and go with it */
	TA_SPAN_VMAP,		/* its pages are somebody else's */
};

/**
 * struct ta_span - addresses with a guard page behind them
 * @va: their numbers, the guard page's included
 * @lazy: LAZY: next on ta_spans.lazy; DYING: the layer above's
 * @next: CACHED: next on ta_spans.cached[]
 * @size: bytes asked for
 * @caller: who made it, or from DYING on, who freed it
 * @nr_pages: without the guard page
 * @state: an enum ta_span_state
 * @kind: an enum ta_span_kind
 * @user: a user may map it, too
 */
struct ta_span {
	struct ta_va va;
	union {
		struct llist_node lazy;
		struct ta_span *next;
	};
	unsigned long size;
	unsigned long caller;
	unsigned int nr_pages;
	u8 state;
	u8 kind;
	bool user;
};

/**
 * struct ta_spans - all spans of a ptmap
 * @map: where they are mapped (constant)
 * @cache: of struct ta_span (constant)
 * @lazy_max: LAZY pages from which on a purge is due (constant)
 * @lock: protects @tree to @nr_cached; taken with interrupts off
 * @tree: every span, of any state
 * @at: the span that starts with each page, or NULL
 * @cached: CACHED spans by ta_span.nr_pages
 * @nr_spans: spans in @tree
 * @nr_pages: pages of NEW and LIVE spans, guard pages not counted
 * @nr_lazy: the same of DYING and LAZY spans
 * @nr_cached: the same of CACHED spans
 * @lazy: LAZY spans; no lock
 * @purge_lock: one purge at a time, so that who comes second finds what the
 *	first has freed; protects @nr_purges
 * @nr_purges: flushes so far
 */
struct ta_spans {
	struct ta_ptmap *map;
	struct ta_kmem_cache *cache;
	unsigned long lazy_max;

	spinlock_t lock;		/* of the next seven */
	struct ta_va_tree tree;
	struct ta_span **at;
	struct ta_span *cached[TA_SPAN_CACHED_PAGES + 1];
	unsigned long nr_spans;
	unsigned long nr_pages;
	unsigned long nr_lazy;
	unsigned long nr_cached;

	struct llist_head lazy;
	struct mutex purge_lock;	/* of the next one */
	unsigned long nr_purges;
};

int ta_spans_init(struct ta_spans *spans, struct ta_ptmap *map,
		  struct ta_slabs *slabs, bool best_fit);
void ta_spans_fini(struct ta_spans *spans);
struct ta_span *ta_spans_take(struct ta_spans *spans, unsigned int nr_pages,
			      unsigned long align, gfp_t gfp);
struct ta_span *ta_spans_claim(struct ta_spans *spans, const void *addr,
			       enum ta_span_kind kind, unsigned long caller);
struct ta_span *ta_spans_claim_any(struct ta_spans *spans);
void ta_spans_abandon(struct ta_spans *spans, struct ta_span *span,
		      unsigned long caller);
bool ta_spans_retire(struct ta_spans *spans, struct ta_span *span);
unsigned long ta_spans_purge(struct ta_spans *spans);
void ta_spans_drain(struct ta_spans *spans);
bool ta_spans_copy_next(struct ta_spans *spans, unsigned long from,
			struct ta_span *copy);
bool ta_spans_validate(struct ta_spans *spans,
		       bool (*check)(struct ta_span *span, void *arg),
		       void *arg);

/**
 * ta_spans_publish() - make a NEW span LIVE
 * @span: filled
 * @kind: what its pages are
 * @size: bytes asked for
 * @caller: return address of who asked
 *
 * Context: any.
 */
static inline void ta_spans_publish(struct ta_span *span,
				    enum ta_span_kind kind,
				    unsigned long size, unsigned long caller)
{
	span->kind = kind;
	span->size = size;
	span->caller = caller;
	/* Pairs with smp_load_acquire() in ta_spans_copy_next(), validate. */
	smp_store_release(&span->state, TA_SPAN_LIVE);
}

#endif /* _TA_SPAN_H */
