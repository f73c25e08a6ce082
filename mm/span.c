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
 * out, these are given up too. Each CPU has some of them, and of the LAZY ones:
 * see spancpu.c. So the common way from take to retire needs no lock: a span
 * is one CPU's while it is NEW or DYING, and which one may claim it is settled
 * by one word of at[].
 *
 * Invariants
 *  I1  at[i] is the span in the tree that starts with page i, else 0; it has
 *	TA_SPAN_AT_LIVE only while the span is LIVE
 *  I2  a span has nr_pages + 1 numbers in the tree (see also va.c)
 *  I3  nr_spans is the number of spans in the tree
 *  I4  cached[n] has CACHED spans of n pages; nr_cached is the sum of their
 *	pages
 *
 * Locking: spans->lock, see the struct. The state goes up without it, in the
 * order of the enum as far as LAZY; back to CACHED and NEW only under it, or
 * from CACHED to NEW by the CPU that has the span. So under the lock a state
 * that is the same before and after a look was the same in between.
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

/* A CPU keeps a small part of those to itself: others wait for them, too. */
#define MAX_LAZY_BATCH	64UL

/* Pages of spans that a CPU gets at once; of the largest ones it is one span. */
#define READY_PAGES	32U

static struct ta_span *to_span(struct ta_va *va)
{
	return va ? container_of(va, struct ta_span, va) : NULL;
}

static struct ta_span *span_at(const struct ta_spans *spans, unsigned long idx)
{
	return (void *)(READ_ONCE(spans->at[idx]) & ~TA_SPAN_AT_FLAGS);
}

static u8 state_of(const struct ta_span *span)
{
	/* Pairs with smp_store_release() in publish and retire. */
	return smp_load_acquire(&span->state);
}

static unsigned long nr_lazy(struct ta_spans *spans)
{
	return max(atomic_long_read(&spans->cpus.nr_lazy), 0L);
}

/* States */

static struct ta_span *pop_locked(struct ta_spans *spans, unsigned int nr_pages)
{
	struct ta_span *span = spans->cached[nr_pages];

	lockdep_assert_held(&spans->lock);
	if (span) {
		spans->cached[nr_pages] = span->next;
		spans->nr_cached -= nr_pages;
	}
	return span;
}

static void push_locked(struct ta_spans *spans, struct ta_span *span)
{
	lockdep_assert_held(&spans->lock);
	WRITE_ONCE(span->state, TA_SPAN_CACHED);
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
	span->entries = ta_ptmap_entries(spans->map, start, span->nr_pages);
	span->state = TA_SPAN_NEW;
	WRITE_ONCE(spans->at[start], (unsigned long)span);
	spans->nr_spans++;
	return true;
}

static void unlink_locked(struct ta_spans *spans, struct ta_span *span)
{
	lockdep_assert_held(&spans->lock);
	ta_va_remove(&spans->tree, &span->va);
	WRITE_ONCE(spans->at[span->va.start], 0);
	spans->nr_spans--;
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
		unlink_locked(spans, span);
		span->next = dead;
		dead = span;
	}
	spin_unlock_irqrestore(&spans->lock, flags);
	free_structs(spans, dead);
	return dead;
}

/**
 * ta_spans_drain() - give up the addresses of all spans that no CPU has
 * @spans: whose
 *
 * After a purge of all, no CPU has any.
 *
 * Context: any.
 */
void ta_spans_drain(struct ta_spans *spans)
{
	while (drain_batch(spans))
		;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_drain);

/* Put spans that are CACHED back where everybody finds them. */
static void put_ready(struct ta_spans *spans, struct ta_span *list)
{
	unsigned long flags;

	spin_lock_irqsave(&spans->lock, flags);
	while (list) {
		struct ta_span *span = list;

		list = span->next;
		push_locked(spans, span);
	}
	spin_unlock_irqrestore(&spans->lock, flags);
}

struct purged {
	unsigned long start;
	unsigned long end;
	unsigned long nr_spans;
	unsigned long nr_pages;
};

static void count_purged(struct purged *purged, const struct ta_span *span)
{
	purged->start = min(purged->start, span->va.start);
	purged->end = max(purged->end, span->va.end);
	purged->nr_spans++;
	purged->nr_pages += span->nr_pages;
}

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
		count_purged(purged, span);
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

/* Flush, and settle the spans of @list. */
static unsigned long purge_list(struct ta_spans *spans, struct llist_node *list)
{
	struct purged purged = { .start = ULONG_MAX };

	lockdep_assert_held(&spans->purge_lock);
	ta_ptmap_flush(spans->map);
	while (list)
		list = settle_batch(spans, list, &purged);
	ta_span_cpus_settled(&spans->cpus, purged.nr_pages);
	WRITE_ONCE(spans->nr_purges, spans->nr_purges + 1);
	WRITE_ONCE(spans->nr_purged_spans,
		   spans->nr_purged_spans + purged.nr_spans);
	WRITE_ONCE(spans->nr_purged_pages,
		   spans->nr_purged_pages + purged.nr_pages);
	trace_ta_purge_vmap_area_lazy(ta_ptmap_number(spans->map, purged.start),
				      ta_ptmap_number(spans->map, purged.end),
				      purged.nr_spans);
	return purged.nr_pages;
}

/**
 * ta_spans_purge() - flush the TLBs and make freed addresses usable again
 * @spans: whose
 * @all: those that a CPU still keeps to itself, too; also, take from the CPUs
 *	what they have ready
 *
 * Context: process with interrupts on, may sleep; reclaims nothing.
 * Return: the number of pages whose addresses became usable.
 */
unsigned long ta_spans_purge(struct ta_spans *spans, bool all)
{
	unsigned long nr_pages = 0;
	struct llist_node *list;

	might_sleep();
	mutex_lock(&spans->purge_lock);
	if (all)
		put_ready(spans, ta_span_cpus_collect(&spans->cpus));
	list = ta_span_cpus_cut_lazy(&spans->cpus);
	if (list)
		nr_pages = purge_list(spans, list);
	mutex_unlock(&spans->purge_lock);
	return nr_pages;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_purge);

/* What it had ready is everybody's now, what it had freed waits with the rest. */
static void collect_dead(struct ta_spans *spans, unsigned int cpu)
{
	mutex_lock(&spans->purge_lock);
	put_ready(spans, ta_span_cpus_collect_dead(&spans->cpus, cpu));
	mutex_unlock(&spans->purge_lock);
}

static void cpu_dead(struct ta_hotplug *hp, unsigned int cpu)
{
	collect_dead(container_of(hp, struct ta_spans, hotplug), cpu);
}

/* Taking */

/* Take a span that is CACHED, and some more of the size for this CPU. */
static struct ta_span *refill(struct ta_spans *spans, unsigned int nr_pages,
			      unsigned long align)
{
	unsigned int n, nr = READY_PAGES / nr_pages;
	struct ta_span *span, *rest;
	unsigned long flags;

	/* A cached span lies where it lies: of no use where that matters. */
	if (nr_pages > TA_SPAN_CACHED_PAGES || align > 1)
		return NULL;
	spin_lock_irqsave(&spans->lock, flags);
	span = pop_locked(spans, nr_pages);
	rest = span;
	for (n = 1; rest && n < nr; n++) {
		rest->next = pop_locked(spans, nr_pages);
		rest = rest->next;
	}
	if (rest)
		rest->next = NULL;
	spin_unlock_irqrestore(&spans->lock, flags);
	if (!span)
		return NULL;
	rest = span->next;
	if (rest && !ta_span_cpus_keep(&spans->cpus, rest))
		put_ready(spans, rest);
	WRITE_ONCE(span->state, TA_SPAN_NEW);
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
			       unsigned long align, gfp_t gfp, bool all)
{
	if (!gfpflags_allow_blocking(gfp))
		return NULL;
	/* If it frees nothing, another one's purge may just have. */
	ta_spans_purge(spans, all);
	return refill(spans, nr_pages, align);
}

/* Make a span where there is room; where there is none, make some. */
static struct ta_span *make(struct ta_spans *spans, unsigned int nr_pages,
			    unsigned long align, gfp_t gfp)
{
	struct ta_span *span, *spare;

	spare = ta_kmem_cache_alloc(spans->cache,
				    gfp & ~(__GFP_ZERO | __GFP_HIGHMEM));
	if (!spare)
		return recycle(spans, nr_pages, align, gfp, true);
	spare->nr_pages = nr_pages;
	if (place(spans, spare, align))
		return spare;
	span = recycle(spans, nr_pages, align, gfp, true);
	if (!span) {
		ta_spans_drain(spans);
		if (place(spans, spare, align))
			return spare;
	}
	ta_kmem_cache_free(spans->cache, spare);
	return span;
}

static void trace_made(struct ta_spans *spans, const struct ta_span *span,
		       unsigned int nr_pages, unsigned long align)
{
	unsigned long first = ta_ptmap_number(spans->map, 0);
	unsigned long end = ta_ptmap_number(spans->map, spans->map->nr_pages);

	trace_ta_alloc_vmap_area(span ? ta_ptmap_number(spans->map,
							span->va.start) : end,
				 (nr_pages + 1UL) << PAGE_SHIFT,
				 align << PAGE_SHIFT, first, end, !span);
}

/**
 * ta_spans_take_slow() - get addresses where this CPU has none ready
 * @spans: as ta_spans_take()
 * @nr_pages: likewise
 * @align: likewise
 * @gfp: likewise
 *
 * Context: any; sleeps only as @gfp says.
 * Return: a NEW span, or NULL.
 */
noinline struct ta_span *ta_spans_take_slow(struct ta_spans *spans,
					    unsigned int nr_pages,
					    unsigned long align, gfp_t gfp)
{
	struct ta_span *span = refill(spans, nr_pages, align);

	if (!span && nr_lazy(spans) > spans->lazy_max)
		span = recycle(spans, nr_pages, align, gfp, false);
	if (span)
		return span;
	span = make(spans, nr_pages, align, gfp);
	trace_made(spans, span, nr_pages, align);
	return span;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_take_slow);

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

/* A copy for people; false if the span went on to another state meanwhile. */
static bool copy_span(struct ta_span *span, struct ta_span *copy)
{
	copy->va = span->va;
	copy->nr_pages = span->nr_pages;
	copy->state = state_of(span);
	copy->kind = READ_ONCE(span->kind);
	copy->user = READ_ONCE(span->user);
	copy->size = READ_ONCE(span->size);
	copy->caller = READ_ONCE(span->caller);
	copy->pid = READ_ONCE(span->pid);
	/* Pairs with smp_wmb() in ta_span_kill(). */
	smp_rmb();
	return READ_ONCE(span->state) == copy->state;
}

/**
 * ta_spans_bad_free() - find out what is wrong with a free, and say so
 * @spans: whose
 * @addr: what was freed, from anybody
 * @caller: return address of who frees it
 *
 * Context: any.
 */
noinline void ta_spans_bad_free(struct ta_spans *spans, const void *addr,
				unsigned long caller)
{
	unsigned long idx = ta_ptmap_index(spans->map, addr), flags;
	struct ta_span copy, *span = NULL;

	spin_lock_irqsave(&spans->lock, flags);
	if (idx != TA_PTMAP_NONE)
		span = to_span(ta_va_find(&spans->tree, idx));
	if (span)
		copy_span(span, &copy);
	spin_unlock_irqrestore(&spans->lock, flags);
	if (span)
		report_span(&copy, addr,
			    copy.va.start != idx || offset_in_page(addr),
			    caller);
	else
		ta_report(TA_FAULT_FOREIGN, addr, caller,
			  "no span has this address");
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_bad_free);

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
	while (span && state_of(span) != TA_SPAN_LIVE)
		span = to_span(ta_va_next(&spans->tree, &span->va));
	if (span) {
		WRITE_ONCE(spans->at[span->va.start], (unsigned long)span);
		ta_span_cpus_use(&spans->cpus, -(long)span->nr_pages);
		ta_span_kill(span, span->caller);
	}
	spin_unlock_irqrestore(&spans->lock, flags);
	return span;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_claim_any);

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
	/* Pairs with smp_load_acquire() in state_of(). */
	smp_store_release(&span->state, TA_SPAN_LAZY);
	trace_ta_free_vmap_area_noflush(ta_ptmap_number(spans->map,
							span->va.start),
					nr_lazy(spans), spans->lazy_max);
	return ta_span_cpus_retire(&spans->cpus, span) &&
	       nr_lazy(spans) > spans->lazy_max;
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

	spin_lock_irqsave(&spans->lock, flags);
	span = to_span(ta_va_from(&spans->tree, from));
	for (; span; span = to_span(ta_va_next(&spans->tree, &span->va)))
		if (copy_span(span, copy) && (copy->state == TA_SPAN_LIVE ||
					      copy->state == TA_SPAN_LAZY))
			break;
	spin_unlock_irqrestore(&spans->lock, flags);
	return span;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_copy_next);

/**
 * ta_spans_gap_next() - look at the free addresses one gap after the other
 * @spans: whose
 * @from: page number to start from
 * @gap: the first gap that ends above @from
 *
 * Context: any.
 * Return: whether there is one.
 */
bool ta_spans_gap_next(struct ta_spans *spans, unsigned long from,
		       struct ta_va_gap *gap)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&spans->lock, flags);
	found = ta_va_gap_from(&spans->tree, from, gap);
	spin_unlock_irqrestore(&spans->lock, flags);
	return found;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_gap_next);

/* Whether at[] may say what it says of a span that is in @state. */
static bool validate_at_of(struct ta_spans *spans, struct ta_span *span,
			   u8 state)
{
	unsigned long at = READ_ONCE(spans->at[span->va.start]);

	return (at & ~TA_SPAN_AT_FLAGS) == (unsigned long)span &&
	       (!(at & TA_SPAN_AT_FLAGS) ||
		(state == TA_SPAN_LIVE && at == ta_span_at_live(span,
								span->kind)));
}

static const char *find_fault(struct ta_spans *spans, struct ta_span *span,
			      u8 state, ta_span_check_fn *check, void *arg)
{
	if (!validate_at_of(spans, span, state))
		return "span I1";
	if (span->va.end - span->va.start != span->nr_pages + 1UL)
		return "span I2";
	if (state == TA_SPAN_NEW || state == TA_SPAN_DYING)
		return NULL;
	return check(span, state, arg);
}

/* What was found counts only if the span is still in the state it had. */
static bool validate_span(struct ta_spans *spans, struct ta_span *span,
			  ta_span_check_fn *check, void *arg)
{
	u8 state = state_of(span);
	const char *fault = find_fault(spans, span, state, check, arg);

	/* What find_fault() read was read before the state is again. */
	smp_rmb();
	return !fault || READ_ONCE(span->state) != state ||
	       ta_check(false, fault, span);
}

static bool validate_at(struct ta_spans *spans)
{
	unsigned long i, nr = 0;

	for (i = 0; i < spans->map->nr_pages; i++)
		nr += !!span_at(spans, i);
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
 * @arg: its third argument
 *
 * Context: any; holds the lock for the whole walk.
 * Return: whether they hold. What does not is reported.
 */
bool ta_spans_validate(struct ta_spans *spans, ta_span_check_fn *check,
		       void *arg)
{
	unsigned long nr_spans = 0, flags;
	struct ta_span *span;
	bool ok;

	spin_lock_irqsave(&spans->lock, flags);
	ok = ta_va_validate(&spans->tree);
	span = to_span(ta_va_from(&spans->tree, 0));
	for (; span; span = to_span(ta_va_next(&spans->tree, &span->va))) {
		ok &= validate_span(spans, span, check, arg);
		nr_spans++;
	}
	ok &= ta_check(nr_spans == spans->nr_spans, "span I3", spans);
	ok &= validate_at(spans);
	ok &= validate_cached(spans);
	spin_unlock_irqrestore(&spans->lock, flags);
	return ok & ta_span_cpus_validate(&spans->cpus);
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
 * Return: 0, -ENOMEM, or an error of ta_hotplug_add().
 */
int ta_spans_init(struct ta_spans *spans, struct ta_ptmap *map,
		  struct ta_slabs *slabs, bool best_fit)
{
	int err;

	memset(spans, 0, sizeof(*spans));
	spans->map = map;
	spans->lazy_max = min(map->nr_pages / 4, MAX_LAZY_PAGES);
	spin_lock_init(&spans->lock);
	mutex_init(&spans->purge_lock);
	ta_va_init(&spans->tree, 0, map->nr_pages + 1);
	spans->tree.phase = map->start >> PAGE_SHIFT;
	spans->tree.best_fit = best_fit;
	err = ta_span_cpus_init(&spans->cpus,
				min(spans->lazy_max / 4, MAX_LAZY_BATCH));
	if (err)
		return err;
	err = -ENOMEM;
	spans->at = kvcalloc(map->nr_pages, sizeof(*spans->at), GFP_KERNEL);
	if (!spans->at)
		goto fini_cpus;
	spans->cache = ta_cache_create(slabs, "vmap_span",
				       sizeof(struct ta_span), 0,
				       SLAB_NO_MERGE, NULL, _THIS_IP_);
	if (!spans->cache)
		goto free_at;
	spans->hotplug.dead = cpu_dead;
	err = ta_hotplug_add(&spans->hotplug);
	if (!err)
		return 0;
	ta_kmem_cache_destroy(spans->cache);
free_at:
	kvfree(spans->at);
fini_cpus:
	ta_span_cpus_fini(&spans->cpus);
	return err;
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
	unsigned int cpu;

	ta_hotplug_del(&spans->hotplug);
	/* No CPU has a user, whether it is on or off. */
	for_each_possible_cpu(cpu)
		collect_dead(spans, cpu);
	ta_spans_purge(spans, false);
	ta_spans_drain(spans);
	WARN_ON_ONCE(spans->nr_spans);
	ta_kmem_cache_destroy(spans->cache);
	kvfree(spans->at);
	ta_span_cpus_fini(&spans->cpus);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_spans_fini);
