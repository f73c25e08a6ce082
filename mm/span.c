// SPDX-License-Identifier: GPL-2.0
/*
 * Spans: who has which addresses of a ptmap, and when they can be had again.
 *
 * Model: a span is a range of page numbers, the last of which is never mapped:
 * whoever runs over the end faults there. Freed addresses are of no use before
 * every CPU's TLB has been flushed, and a flush interrupts every CPU; so freed
 * spans wait on a list until one flush serves many:
 *
 *	  take         publish       claim         retire
 *	--------> NEW --------> LIVE -----> DYING --------> LAZY
 *	   ^                                                 | purge: one flush
 *	   +------------- CACHED <------- small --------------+
 *	                    | drain        large              |
 *	                    +-------> free addresses <--------+
 *
 * A small span is not taken apart after the flush but kept for the next request
 * of its size, which then costs neither a search nor a struct. If addresses run
 * out, these are given up too.
 *
 * Invariants
 *  I1  at[i] is the span in the tree that starts with page i, else NULL
 *  I2  a span has nr_pages + 1 numbers in the tree (see also va.c)
 *  I3  nr_spans, nr_pages, nr_lazy and nr_cached are the sums over the tree
 *  I4  cached[n] has the CACHED spans of n pages, and all of them
 *
 * Locking: spans->lock, see the struct. A state changes under the lock, except
 * by the one who has the span while it is NEW or DYING.
 * Context: take sleeps if its gfp flags allow it, and purges only then; purge
 * sleeps; everything else works anywhere.
 * Failure: no addresses or no struct: NULL. A bad address is reported.
 */
#include "span.h"
#include "report.h"
#include "trace.h"

#include <linux/mm.h>
#include <linux/slab.h>

/* How much to do under the lock at once when many spans are given up. */
#define NR_BATCH	64

/*
 * So many freed pages share a flush, which costs every CPU an interrupt and its
 * TLB: a thousandth of that is little beside what a page costs otherwise. More
 * would spread the spans in use over more cache lines and page tables.
 */
#define MAX_LAZY_PAGES	1024UL

static struct ta_span *to_span(struct ta_va *va)
{
	return va ? container_of(va, struct ta_span, va) : NULL;
}

/* States */

/* Written once, as it is also read without the lock. */
static void add_lazy_locked(struct ta_spans *spans, long nr_pages)
{
	lockdep_assert_held(&spans->lock);
	WRITE_ONCE(spans->nr_lazy, spans->nr_lazy + nr_pages);
}

static struct ta_span *pop_locked(struct ta_spans *spans, unsigned int nr_pages)
{
	struct ta_span *span = spans->cached[nr_pages];

	lockdep_assert_held(&spans->lock);
	if (likely(span)) {
		spans->cached[nr_pages] = span->next;
		spans->nr_cached -= nr_pages;
		spans->nr_pages += nr_pages;
		span->state = TA_SPAN_NEW;
	}
	return span;
}

static void push_locked(struct ta_spans *spans, struct ta_span *span)
{
	lockdep_assert_held(&spans->lock);
	span->state = TA_SPAN_CACHED;
	span->next = spans->cached[span->nr_pages];
	spans->cached[span->nr_pages] = span;
	spans->nr_cached += span->nr_pages;
}

static bool link_locked(struct ta_spans *spans, struct ta_span *span,
			unsigned long align)
{
	unsigned long size = span->nr_pages + 1UL, start;

	lockdep_assert_held(&spans->lock);
	if (!ta_va_find_gap(&spans->tree, size, align, &start))
		return false;
	span->va.start = start;
	span->va.end = start + size;
	if (ta_va_insert(&spans->tree, &span->va))
		return false;
	span->state = TA_SPAN_NEW;
	spans->at[start] = span;
	spans->nr_spans++;
	spans->nr_pages += span->nr_pages;
	return true;
}

static void unlink_locked(struct ta_spans *spans, struct ta_span *span)
{
	lockdep_assert_held(&spans->lock);
	ta_va_remove(&spans->tree, &span->va);
	spans->at[span->va.start] = NULL;
	spans->nr_spans--;
}

static void kill_locked(struct ta_spans *spans, struct ta_span *span,
			unsigned long caller)
{
	lockdep_assert_held(&spans->lock);
	span->state = TA_SPAN_DYING;
	span->caller = caller;
	spans->nr_pages -= span->nr_pages;
	add_lazy_locked(spans, span->nr_pages);
}

/* Giving up */

static void free_structs(struct ta_spans *spans, struct ta_span *list)
{
	while (list) {
		struct ta_span *span = list;

		list = span->next;
		ta_kmem_cache_free(spans->cache, span);
	}
}

static struct ta_span *first_cached_locked(struct ta_spans *spans)
{
	unsigned int n;

	for (n = 1; n <= TA_SPAN_CACHED_PAGES; n++)
		if (spans->cached[n])
			return pop_locked(spans, n);
	return NULL;
}

/* Take a batch of cached spans apart; returns whether there were any. */
static bool drain_batch(struct ta_spans *spans)
{
	struct ta_span *span, *dead = NULL;
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&spans->lock, flags);
	for (n = 0; n < NR_BATCH; n++) {
		span = first_cached_locked(spans);
		if (!span)
			break;
		spans->nr_pages -= span->nr_pages;
		unlink_locked(spans, span);
		span->next = dead;
		dead = span;
	}
	spin_unlock_irqrestore(&spans->lock, flags);
	free_structs(spans, dead);
	return dead;
}

/**
 * ta_spans_drain() - give up the addresses of all cached spans
 * @spans: whose
 *
 * Context: any.
 */
void ta_spans_drain(struct ta_spans *spans)
{
	while (drain_batch(spans))
		;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_drain);

struct purged {
	unsigned long nr_spans;
	unsigned long nr_pages;
};

/* Settle a batch of flushed spans; returns the rest of the list. */
static struct llist_node *settle_batch(struct ta_spans *spans,
				       struct llist_node *list,
				       struct purged *purged)
{
	struct ta_span *span, *dead = NULL;
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&spans->lock, flags);
	for (n = 0; list && n < NR_BATCH; n++) {
		span = llist_entry(list, struct ta_span, lazy);
		list = list->next;
		purged->nr_spans++;
		purged->nr_pages += span->nr_pages;
		add_lazy_locked(spans, -(long)span->nr_pages);
		if (span->nr_pages <= TA_SPAN_CACHED_PAGES) {
			push_locked(spans, span);
			continue;
		}
		unlink_locked(spans, span);
		span->next = dead;
		dead = span;
	}
	spin_unlock_irqrestore(&spans->lock, flags);
	free_structs(spans, dead);
	return list;
}

/**
 * ta_spans_purge() - flush the TLBs and make freed addresses usable again
 * @spans: whose
 *
 * Context: process with interrupts on, may sleep; reclaims nothing.
 * Return: the number of pages whose addresses became usable.
 */
unsigned long ta_spans_purge(struct ta_spans *spans)
{
	struct purged purged = {};
	struct llist_node *list;

	might_sleep();
	mutex_lock(&spans->purge_lock);
	list = llist_del_all(&spans->lazy);
	if (list) {
		ta_ptmap_flush(spans->map);
		WRITE_ONCE(spans->nr_purges, spans->nr_purges + 1);
		while (list)
			list = settle_batch(spans, list, &purged);
		trace_ta_vmap_purge(purged.nr_spans, purged.nr_pages);
	}
	mutex_unlock(&spans->purge_lock);
	return purged.nr_pages;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_purge);

/* Taking */

/* A cached span lies where it lies: of no use where that matters. */
static struct ta_span *pop(struct ta_spans *spans, unsigned int nr_pages,
			   unsigned long align)
{
	struct ta_span *span;
	unsigned long flags;

	if (nr_pages > TA_SPAN_CACHED_PAGES || align > 1)
		return NULL;
	spin_lock_irqsave(&spans->lock, flags);
	span = pop_locked(spans, nr_pages);
	spin_unlock_irqrestore(&spans->lock, flags);
	return span;
}

static bool place(struct ta_spans *spans, struct ta_span *span,
		  unsigned long align)
{
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&spans->lock, flags);
	ok = link_locked(spans, span, align);
	spin_unlock_irqrestore(&spans->lock, flags);
	return ok;
}

/* Purge for a span of a size that is likely to be among the freed ones. */
static struct ta_span *recycle(struct ta_spans *spans, unsigned int nr_pages,
			       unsigned long align, gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		return NULL;
	/* If it frees nothing, another one's purge may just have. */
	ta_spans_purge(spans);
	return pop(spans, nr_pages, align);
}

static noinline struct ta_span *take_slow(struct ta_spans *spans,
					  unsigned int nr_pages,
					  unsigned long align, gfp_t gfp)
{
	struct ta_span *span = NULL, *spare;

	if (READ_ONCE(spans->nr_lazy) > spans->lazy_max)
		span = recycle(spans, nr_pages, align, gfp);
	if (span)
		return span;
	spare = ta_kmem_cache_alloc(spans->cache,
				    gfp & ~(__GFP_ZERO | __GFP_HIGHMEM));
	if (!spare)
		return recycle(spans, nr_pages, align, gfp);
	spare->nr_pages = nr_pages;
	if (place(spans, spare, align))
		return spare;
	span = recycle(spans, nr_pages, align, gfp);
	if (!span) {
		ta_spans_drain(spans);
		if (place(spans, spare, align))
			return spare;
	}
	ta_kmem_cache_free(spans->cache, spare);
	return span;
}

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
struct ta_span *ta_spans_take(struct ta_spans *spans, unsigned int nr_pages,
			      unsigned long align, gfp_t gfp)
{
	struct ta_span *span = pop(spans, nr_pages, align);

	return likely(span) ? span : take_slow(spans, nr_pages, align, gfp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_take);

/* Giving back */

static void report_span(struct ta_span *span, const void *addr, bool interior,
			unsigned long caller)
{
	if (span->state > TA_SPAN_LIVE)
		ta_report(TA_FAULT_DOUBLE_FREE, addr, caller,
			  "freed before by %pS", (void *)span->caller);
	else if (span->state == TA_SPAN_NEW)
		ta_report(TA_FAULT_FOREIGN, addr, caller,
			  "not handed out yet");
	else if (interior)
		ta_report(TA_FAULT_INTERIOR, addr, caller,
			  "inside a span of %lu bytes made by %pS",
			  span->size, (void *)span->caller);
	else
		ta_report(TA_FAULT_WRONG_OWNER, addr, caller,
			  "a span of %s made by %pS",
			  span->kind == TA_SPAN_VMAP ? "vmap" : "vmalloc",
			  (void *)span->caller);
}

static noinline void bad_free(struct ta_spans *spans, const void *addr,
			      unsigned long idx, unsigned long caller)
{
	struct ta_span copy, *span = NULL;
	unsigned long flags;

	spin_lock_irqsave(&spans->lock, flags);
	if (idx != TA_PTMAP_NONE)
		span = to_span(ta_va_find(&spans->tree, idx));
	if (span)
		copy = *span;
	spin_unlock_irqrestore(&spans->lock, flags);
	if (span)
		report_span(&copy, addr,
			    copy.va.start != idx || offset_in_page(addr),
			    caller);
	else
		ta_report(TA_FAULT_FOREIGN, addr, caller,
			  "no span has this address");
}

static bool is_live(struct ta_span *span)
{
	/* Pairs with smp_store_release() in publish. */
	return span && smp_load_acquire(&span->state) == TA_SPAN_LIVE;
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
struct ta_span *ta_spans_claim(struct ta_spans *spans, const void *addr,
			       enum ta_span_kind kind, unsigned long caller)
{
	unsigned long idx = ta_ptmap_index(spans->map, addr), flags;
	struct ta_span *span = NULL;
	bool ok = false;

	if (likely(idx != TA_PTMAP_NONE && !offset_in_page(addr))) {
		spin_lock_irqsave(&spans->lock, flags);
		span = spans->at[idx];
		ok = is_live(span) && span->kind == kind;
		if (likely(ok))
			kill_locked(spans, span, caller);
		spin_unlock_irqrestore(&spans->lock, flags);
	}
	if (likely(ok))
		return span;
	bad_free(spans, addr, idx, caller);
	return NULL;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_claim);

/**
 * ta_spans_claim_any() - find a span that was never freed
 * @spans: whose users are all gone
 *
 * Context: any.
 * Return: the span, DYING and the caller's, its @caller left as who made it;
 * NULL if there is none.
 */
struct ta_span *ta_spans_claim_any(struct ta_spans *spans)
{
	struct ta_span *span;
	unsigned long flags;

	spin_lock_irqsave(&spans->lock, flags);
	span = to_span(ta_va_from(&spans->tree, 0));
	while (span && !is_live(span))
		span = to_span(ta_va_next(&spans->tree, &span->va));
	if (span)
		kill_locked(spans, span, span->caller);
	spin_unlock_irqrestore(&spans->lock, flags);
	return span;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_claim_any);

/**
 * ta_spans_abandon() - free a span that was never published
 * @spans: whose
 * @span: NEW; DYING and the caller's afterwards
 * @caller: return address of who asked for it
 *
 * Context: any.
 */
void ta_spans_abandon(struct ta_spans *spans, struct ta_span *span,
		      unsigned long caller)
{
	unsigned long flags;

	spin_lock_irqsave(&spans->lock, flags);
	kill_locked(spans, span, caller);
	spin_unlock_irqrestore(&spans->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_abandon);

/**
 * ta_spans_retire() - let a span wait for the next purge
 * @spans: whose
 * @span: DYING, nothing mapped in it any more; no longer the caller's
 *
 * Context: any.
 * Return: whether so many wait that a purge is due.
 */
bool ta_spans_retire(struct ta_spans *spans, struct ta_span *span)
{
	/* Pairs with smp_load_acquire() in validate. */
	smp_store_release(&span->state, TA_SPAN_LAZY);
	llist_add(&span->lazy, &spans->lazy);
	return READ_ONCE(spans->nr_lazy) > spans->lazy_max;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_retire);

/* Looking */

/**
 * ta_spans_copy_next() - look at the spans one after the other
 * @spans: whose
 * @from: page number to start from
 * @copy: a copy of the first LIVE or LAZY span that ends above @from
 *
 * Context: any.
 * Return: whether there is one.
 */
bool ta_spans_copy_next(struct ta_spans *spans, unsigned long from,
			struct ta_span *copy)
{
	struct ta_span *span;
	unsigned long flags;
	u8 state;

	spin_lock_irqsave(&spans->lock, flags);
	span = to_span(ta_va_from(&spans->tree, from));
	for (; span; span = to_span(ta_va_next(&spans->tree, &span->va))) {
		/* Pairs with smp_store_release() in publish and retire. */
		state = smp_load_acquire(&span->state);
		if (state == TA_SPAN_LIVE || state == TA_SPAN_LAZY)
			break;
	}
	if (span) {
		*copy = *span;
		copy->state = state;
	}
	spin_unlock_irqrestore(&spans->lock, flags);
	return span;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_copy_next);

struct sums {
	unsigned long nr_spans;
	unsigned long nr_pages[TA_NR_SPAN_STATES];
};

static bool validate_span(struct ta_spans *spans, struct ta_span *span,
			  u8 state, struct sums *sums)
{
	bool ok = ta_check(spans->at[span->va.start] == span, "span I1", span);

	sums->nr_spans++;
	sums->nr_pages[state] += span->nr_pages;
	return ok & ta_check(span->va.end - span->va.start ==
			     span->nr_pages + 1UL, "span I2", span);
}

static bool validate_sums(struct ta_spans *spans, const struct sums *sums)
{
	const unsigned long *nr = sums->nr_pages;
	bool ok = ta_check(sums->nr_spans == spans->nr_spans, "span I3", spans);

	ok &= ta_check(nr[TA_SPAN_NEW] + nr[TA_SPAN_LIVE] == spans->nr_pages,
		       "span I3", spans);
	ok &= ta_check(nr[TA_SPAN_DYING] + nr[TA_SPAN_LAZY] == spans->nr_lazy,
		       "span I3", spans);
	return ok & ta_check(nr[TA_SPAN_CACHED] == spans->nr_cached, "span I3",
			     spans);
}

static bool validate_at(struct ta_spans *spans)
{
	unsigned long i, nr = 0;

	for (i = 0; i < spans->map->nr_pages; i++)
		nr += !!spans->at[i];
	return ta_check(nr == spans->nr_spans, "span I1", spans);
}

static bool validate_cached(struct ta_spans *spans)
{
	unsigned long nr_pages = 0;
	struct ta_span *span;
	unsigned int n;
	bool ok = true;

	for (n = 0; n <= TA_SPAN_CACHED_PAGES; n++)
		for (span = spans->cached[n]; span; span = span->next) {
			ok &= ta_check(span->state == TA_SPAN_CACHED &&
				       span->nr_pages == n, "span I4", span);
			nr_pages += n;
		}
	return ok & ta_check(nr_pages == spans->nr_cached, "span I4", spans);
}

/**
 * ta_spans_validate() - check I1 to I4, and what the layer above knows
 * @spans: whose; may be in use
 * @check: called for each LIVE, LAZY or CACHED span, under the lock
 * @arg: its second argument
 *
 * Context: any; holds the lock for the whole walk.
 * Return: whether they hold. What does not is reported.
 */
bool ta_spans_validate(struct ta_spans *spans,
		       bool (*check)(struct ta_span *span, void *arg),
		       void *arg)
{
	struct sums sums = {};
	struct ta_span *span;
	unsigned long flags;
	bool ok;

	spin_lock_irqsave(&spans->lock, flags);
	ok = ta_va_validate(&spans->tree);
	span = to_span(ta_va_from(&spans->tree, 0));
	for (; span; span = to_span(ta_va_next(&spans->tree, &span->va))) {
		/* Pairs with smp_store_release() in publish and retire. */
		u8 state = smp_load_acquire(&span->state);

		ok &= validate_span(spans, span, state, &sums);
		if (state != TA_SPAN_NEW && state != TA_SPAN_DYING)
			ok &= check(span, arg);
	}
	ok &= validate_sums(spans, &sums);
	ok &= validate_at(spans);
	ok &= validate_cached(spans);
	spin_unlock_irqrestore(&spans->lock, flags);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_validate);

/**
 * ta_spans_init() - let all addresses of a ptmap be free
 * @spans: what to set up
 * @map: the ptmap
 * @slabs: where the structs come from
 * @best_fit: see struct ta_va_tree
 *
 * The last span's guard page may lie behind the ptmap: nothing is there.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_spans_init(struct ta_spans *spans, struct ta_ptmap *map,
		  struct ta_slabs *slabs, bool best_fit)
{
	memset(spans, 0, sizeof(*spans));
	spans->map = map;
	spans->lazy_max = min(map->nr_pages / 4, MAX_LAZY_PAGES);
	spin_lock_init(&spans->lock);
	mutex_init(&spans->purge_lock);
	init_llist_head(&spans->lazy);
	ta_va_init(&spans->tree, 0, map->nr_pages + 1);
	spans->tree.phase = map->start >> PAGE_SHIFT;
	spans->tree.best_fit = best_fit;
	spans->at = kvcalloc(map->nr_pages, sizeof(*spans->at), GFP_KERNEL);
	if (!spans->at)
		return -ENOMEM;
	spans->cache = ta_cache_create(slabs, "vmap_span",
				       sizeof(struct ta_span), 0, 0, NULL,
				       _THIS_IP_);
	if (!spans->cache) {
		kvfree(spans->at);
		return -ENOMEM;
	}
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_init);

/**
 * ta_spans_fini() - give everything up
 * @spans: with no span in use
 *
 * Context: process, may sleep.
 */
void ta_spans_fini(struct ta_spans *spans)
{
	ta_spans_purge(spans);
	ta_spans_drain(spans);
	WARN_ON_ONCE(spans->nr_spans);
	ta_kmem_cache_destroy(spans->cache);
	kvfree(spans->at);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_fini);
