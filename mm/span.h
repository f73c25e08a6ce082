/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SPAN_H
#define _TA_SPAN_H

#include "create.h"
#include "hotplug.h"
#include "ptmap.h"
#include "spancpu.h"

#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>

/*
 * What ta_spans.at says of a page's number besides the address of the span
 * that starts there, in that address' lowest bits. In one word, so that one
 * instruction looks a span up and takes it from everybody else.
 */
#define TA_SPAN_AT_LIVE		BIT(0)	/* published and not claimed yet */
#define TA_SPAN_AT_VMAP		BIT(1)	/* if so, of that kind */
#define TA_SPAN_AT_FLAGS	(TA_SPAN_AT_LIVE | TA_SPAN_AT_VMAP)

/**
 * struct ta_spans - all spans of a ptmap
 * @map: where they are mapped (constant)
 * @cache: of struct ta_span (constant)
 * @at: the span that starts with each page, and TA_SPAN_AT_FLAGS, or 0; the
 *	flags change without a lock
 * @lazy_max: LAZY pages from which on a purge is due (constant)
 * @cpus: what each CPU has
 * @hotplug: is told of CPUs that go
 * @lock: protects @tree to @nr_cached, and which spans @at has; taken with
 *	interrupts off
 * @tree: every span, of any state
 * @cached: CACHED spans that no CPU has, by ta_span.nr_pages
 * @nr_spans: spans in @tree
 * @nr_cached: pages of @cached
 * @purge_lock: one purge or collection at a time, so that who comes second finds what the
 *	first has freed; protects @nr_purges to @nr_purged_pages
 * @nr_purges: flushes so far
 * @nr_purged_spans: spans made usable by those
 * @nr_purged_pages: their pages
 */
struct ta_spans {
	struct ta_ptmap *map;
	struct ta_kmem_cache *cache;
	unsigned long *at;
	unsigned long lazy_max;
	struct ta_span_cpus cpus;
	struct ta_hotplug hotplug;

	spinlock_t lock;		/* of the next four */
	struct ta_va_tree tree;
	struct ta_span *cached[TA_SPAN_CACHED_PAGES + 1];
	unsigned long nr_spans;
	unsigned long nr_cached;

	struct mutex purge_lock;	/* of the next three */
	unsigned long nr_purges;
	unsigned long nr_purged_spans;
	unsigned long nr_purged_pages;
};

/**
 * typedef ta_span_check_fn - look whether what the layer above knows holds
 * @span: a span
 * @state: LIVE, LAZY or CACHED, or was a moment ago
 * @arg: as ta_spans_validate() was given it
 *
 * Return: NULL, or the invariant that does not hold.
 */
typedef const char *ta_span_check_fn(struct ta_span *span, u8 state, void *arg);

int ta_spans_init(struct ta_spans *spans, struct ta_ptmap *map,
		  struct ta_slabs *slabs, bool best_fit);
void ta_spans_fini(struct ta_spans *spans);
struct ta_span *ta_spans_take_slow(struct ta_spans *spans,
				   unsigned int nr_pages, unsigned long align,
				   gfp_t gfp);
void ta_spans_bad_free(struct ta_spans *spans, const void *addr,
		       unsigned long caller);
struct ta_span *ta_spans_claim_any(struct ta_spans *spans);
bool ta_spans_retire(struct ta_spans *spans, struct ta_span *span);
unsigned long ta_spans_purge(struct ta_spans *spans, bool all);
void ta_spans_drain(struct ta_spans *spans);
bool ta_spans_copy_next(struct ta_spans *spans, unsigned long from,
			struct ta_span *copy);
bool ta_spans_gap_next(struct ta_spans *spans, unsigned long from,
		       struct ta_va_gap *gap);
bool ta_spans_validate(struct ta_spans *spans, ta_span_check_fn *check,
		       void *arg);

/**
 * ta_spans_take() - get addresses
 * @spans: where from
 * @nr_pages: how many pages; a guard page comes on top
 * @align: a power of two of pages that the first address is a multiple of
 * @gfp: for the struct; with __GFP_DIRECT_RECLAIM it may sleep and purge
 *
 * Context: any; sleeps only as @gfp says.
 * Return: a NEW span, or NULL.
 */
static __always_inline struct ta_span *ta_spans_take(struct ta_spans *spans,
						     unsigned int nr_pages,
						     unsigned long align,
						     gfp_t gfp)
{
	struct ta_span *span;

	/* A ready span lies where it lies: of no use where that matters. */
	if (likely(nr_pages <= TA_SPAN_CACHED_PAGES && align == 1)) {
		span = ta_span_cpus_pop(&spans->cpus, nr_pages);
		if (likely(span)) {
			WRITE_ONCE(span->state, TA_SPAN_NEW);
			return span;
		}
	}
	return ta_spans_take_slow(spans, nr_pages, align, gfp);
}

/* What ta_spans.at has for a LIVE span of a kind. */
static __always_inline unsigned long ta_span_at_live(const struct ta_span *span,
						     enum ta_span_kind kind)
{
	return (unsigned long)span | TA_SPAN_AT_LIVE |
	       (kind == TA_SPAN_VMAP ? TA_SPAN_AT_VMAP : 0);
}

/**
 * ta_spans_publish() - make a NEW span LIVE
 * @spans: whose
 * @span: filled
 * @kind: what its pages are
 * @size: bytes asked for
 * @caller: return address of who asked
 *
 * Context: any.
 */
static __always_inline void ta_spans_publish(struct ta_spans *spans,
					     struct ta_span *span,
					     enum ta_span_kind kind,
					     unsigned long size,
					     unsigned long caller)
{
	WRITE_ONCE(span->kind, kind);
	WRITE_ONCE(span->size, size);
	WRITE_ONCE(span->caller, caller);
	WRITE_ONCE(span->pid, in_task() ? current->pid : 0);
	ta_span_cpus_use(&spans->cpus, span->nr_pages);
	/* Pairs with smp_load_acquire() in state_of(). */
	smp_store_release(&span->state, TA_SPAN_LIVE);
	/* Pairs with cmpxchg() of who claims it. */
	smp_store_release(&spans->at[span->va.start],
			  ta_span_at_live(span, kind));
}

/* A span that is the caller's alone becomes DYING. */
static __always_inline void ta_span_kill(struct ta_span *span,
					 unsigned long caller)
{
	WRITE_ONCE(span->state, TA_SPAN_DYING);
	/* Pairs with smp_rmb() in copy_span(): no copy has the new caller. */
	smp_wmb();
	WRITE_ONCE(span->caller, caller);
}

/**
 * ta_spans_claim() - look up a LIVE span in order to free it
 * @spans: whose
 * @addr: its address, from anybody
 * @kind: what it has to be
 * @caller: return address of who frees it
 *
 * Context: any.
 * Return: the span, DYING and the caller's; NULL if @addr is anything else,
 * which is reported.
 */
static __always_inline struct ta_span *ta_spans_claim(struct ta_spans *spans,
						      const void *addr,
						      enum ta_span_kind kind,
						      unsigned long caller)
{
	unsigned long idx = ta_ptmap_index(spans->map, addr), at;
	struct ta_span *span;

	if (unlikely(idx == TA_PTMAP_NONE || offset_in_page(addr)))
		goto bad;
	at = READ_ONCE(spans->at[idx]);
	span = (struct ta_span *)(at & ~TA_SPAN_AT_FLAGS);
	if (unlikely(!span || at != ta_span_at_live(span, kind) ||
		     cmpxchg(&spans->at[idx], at, (unsigned long)span) != at))
		goto bad;
	ta_span_cpus_use(&spans->cpus, -(long)span->nr_pages);
	ta_span_kill(span, caller);
	return span;

bad:
	ta_spans_bad_free(spans, addr, caller);
	return NULL;
}

#endif /* _TA_SPAN_H */
