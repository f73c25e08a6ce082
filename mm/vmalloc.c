// SPDX-License-Identifier: GPL-2.0
/*
 * vmalloc: memory in a row of addresses, from single pages of the pool.
 *
 * Model: a span gives the addresses (span.c), the page layer gives the pages,
 * a ptmap brings them together. No list of a span's pages is kept: the page
 * table is one, and emptying a span reads it back. Each page knows its span.
 *
 *	addresses	[ p0 | p1 | p2 |guard]	span, 3 pages
 *	                   |    |    |
 *	ptmap              v    v    v
 *	pool		... [7] . [3] [4] ...	of kind VMALLOC, owner: the span
 *
 * Freed pages go back to the pool at once, freed addresses only after the next
 * purge. In between a CPU may still see the page at its old address; only who
 * uses what he has freed can tell. For who looks for such a bug there is the
 * eager mode: no page goes back before every CPU has forgotten its address.
 *
 * Invariants, besides those of span.c
 *  I1  every page of a LIVE span is mapped, its guard page is not
 *  I2  a page of a LIVE vmalloc span is of kind VMALLOC and owned by the span
 *  I3  nothing is mapped in a LAZY or CACHED span
 *
 * Locking: spans.lock inside of span.c only. The pages and the page table
 * entries of a span belong to the one who fills or empties it.
 * Context: in the window, allocation sleeps only as its gfp flags say and free
 * works anywhere; the purge, which interrupts every CPU, is left to process
 * context. With a ptmap that sleeps, allocation has to be allowed to, and what
 * is freed in an interrupt is emptied by a work item.
 * Failure: NULL, and everything taken so far is given back. Sizes that cannot
 * be and addresses that are not a span's are reported.
 */
#include "vmalloc.h"
#include "report.h"
#include "trace.h"

#include <linux/interrupt.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/vmalloc.h>

/*
 * Pages on their way between pool and page table: they stand on the stack. A
 * kernel that clears what stands there need not do so, they are written first.
 */
#define NR_BATCH	32U

/* Emptying */

static void free_batch(struct ta_vmap *vmap, struct page **batch,
		       unsigned int nr, unsigned long caller)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		ta_pages_set_kind(vmap->pages, batch[i], TA_KIND_ALLOC);
	ta_pages_free_bulk(vmap->pages, nr, batch, caller);
}

static bool cannot_sleep(void)
{
	return in_interrupt() || irqs_disabled();
}

/* Unmap the first @nr_pages of a span, and free them if they are its own. */
static void empty(struct ta_vmap *vmap, struct ta_span *span,
		  unsigned int nr_pages, bool own)
{
	struct page *batch[NR_BATCH] __uninitialized;
	unsigned int done, nr;

	for (done = 0; done < nr_pages; done += nr) {
		nr = min(nr_pages - done, NR_BATCH);
		ta_ptmap_unmap(&vmap->map, span->va.start + done, nr, batch);
		/* Without: it was never handed out, so nobody looks there. */
		if (unlikely(vmap->eager) && !cannot_sleep())
			ta_ptmap_flush(&vmap->map);
		if (own)
			free_batch(vmap, batch, nr, span->caller);
	}
}

static void retire(struct ta_vmap *vmap, struct ta_span *span)
{
	if (unlikely(ta_spans_retire(&vmap->spans, span)))
		schedule_work(&vmap->work);
}

/* May sleep if the ptmap does; if eager, wants interrupts on. */
static void dispose(struct ta_vmap *vmap, struct ta_span *span)
{
	ta_ptmap_withdraw(&vmap->map, span->va.start, span->nr_pages);
	empty(vmap, span, span->nr_pages, span->kind == TA_SPAN_VMALLOC);
	retire(vmap, span);
}

static void dispose_deferred(struct ta_vmap *vmap)
{
	struct llist_node *list = llist_del_all(&vmap->deferred);

	while (list) {
		struct ta_span *span = llist_entry(list, struct ta_span, lazy);

		list = list->next;
		dispose(vmap, span);
	}
}

static void drop(struct ta_vmap *vmap, struct ta_span *span)
{
	if (unlikely(vmap->map.ops->sleeps || vmap->eager) && cannot_sleep()) {
		llist_add(&span->lazy, &vmap->deferred);
		schedule_work(&vmap->work);
		return;
	}
	dispose(vmap, span);
}

/**
 * ta_vmap_purge() - make all freed addresses usable again
 * @vmap: whose
 *
 * Context: process with interrupts on, may sleep.
 */
void ta_vmap_purge(struct ta_vmap *vmap)
{
	dispose_deferred(vmap);
	ta_spans_purge(&vmap->spans);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_purge);

static void purge_work(struct work_struct *work)
{
	ta_vmap_purge(container_of(work, struct ta_vmap, work));
}

/* Addresses are no pages, but their structs and deferred spans' pages are. */
static void reclaim(struct ta_reclaimer *r)
{
	struct ta_vmap *vmap = container_of(r, struct ta_vmap, reclaimer);

	ta_vmap_purge(vmap);
	ta_spans_drain(&vmap->spans);
}

/* Filling */

/* Map as many pages of the pool as it gives for the next @nr of a span. */
static unsigned int fill_batch(struct ta_vmap *vmap, struct ta_span *span,
			       unsigned int done, unsigned int nr, gfp_t gfp,
			       pgprot_t prot, unsigned long caller)
{
	struct page *batch[NR_BATCH] __uninitialized;
	unsigned int got, i;

	got = ta_pages_alloc_bulk(vmap->pages, gfp, nr, batch, caller);
	for (i = 0; i < got; i++)
		ta_pages_set_kind(vmap->pages, batch[i],
				  TA_KIND_VMALLOC)->owner = span;
	if (likely(got) &&
	    unlikely(ta_ptmap_map(&vmap->map, span->va.start + done, got,
				  batch, prot, gfp & ~__GFP_ZERO))) {
		free_batch(vmap, batch, got, caller);
		return 0;
	}
	return got;
}

static bool fill(struct ta_vmap *vmap, struct ta_span *span,
		 const struct ta_vmap_want *want, unsigned long caller)
{
	unsigned int done = 0, nr, got;
	pgprot_t prot = want->prot;
	gfp_t gfp = want->gfp;

	do {
		nr = min(span->nr_pages - done, NR_BATCH);
		got = fill_batch(vmap, span, done, nr, gfp, prot, caller);
		done += got;
		if (unlikely(got < nr))
			goto undo;
	} while (done < span->nr_pages);
	if (likely(!ta_ptmap_publish(&vmap->map, span->va.start, done, prot,
				     gfp)))
		return true;
undo:
	ta_spans_abandon(&vmap->spans, span, caller);
	empty(vmap, span, done, true);
	retire(vmap, span);
	return false;
}

static noinline void *bad_size(unsigned long size, unsigned long caller)
{
	ta_report(TA_FAULT_BAD_SIZE, NULL, caller, "no span of %lu bytes",
		  size);
	return NULL;
}

static noinline void *bad_align(unsigned long align, unsigned long caller)
{
	ta_report(TA_FAULT_BAD_ARG, NULL, caller,
		  "alignment of %lu is no power of two", align);
	return NULL;
}

/* A back end that lets the host choose the address cannot align it. */
static bool can_have(struct ta_vmap *vmap, unsigned long nr_pages,
		     unsigned long align, gfp_t gfp)
{
	if (nr_pages > vmap->map.nr_pages)
		return false;
	if (vmap->map.ops->addr && align > PAGE_SIZE)
		return false;
	return !vmap->map.ops->sleeps || gfpflags_allow_blocking(gfp);
}

/**
 * ta_vmap_alloc_want() - allocate memory in a row of addresses
 * @vmap: where from
 * @want: what
 * @caller: return address of who asks
 *
 * Context: with GFP_KERNEL, process; any with a ptmap that does not sleep.
 * Return: the first address, or NULL: also where the host chooses the address
 * and more than a page's alignment is wanted.
 */
void *ta_vmap_alloc_want(struct ta_vmap *vmap, const struct ta_vmap_want *want,
			 unsigned long caller)
{
	unsigned long size = want->size;
	unsigned long nr_pages = (size >> PAGE_SHIFT) + !!offset_in_page(size);
	struct ta_span *span;
	void *addr;

	might_alloc(want->gfp);
	if (unlikely(!size || size > LONG_MAX))
		return bad_size(size, caller);
	if (unlikely(!is_power_of_2(want->align)))
		return bad_align(want->align, caller);
	if (unlikely(!can_have(vmap, nr_pages, want->align, want->gfp) ||
		     nr_pages > vmap->pages->pool.nr_pages))
		return NULL;
	span = ta_spans_take(&vmap->spans, nr_pages,
			     max(want->align >> PAGE_SHIFT, 1UL), want->gfp);
	if (unlikely(!span || !fill(vmap, span, want, caller)))
		return NULL;
	addr = ta_ptmap_addr(&vmap->map, span->va.start);
	span->user = want->user;
	ta_spans_publish(span, TA_SPAN_VMALLOC, size, caller);
	trace_ta_vmalloc(caller, addr, size, nr_pages);
	return addr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_alloc_want);

/**
 * ta_vmap_alloc() - allocate memory in a row of addresses, as most want it
 * @vmap: where from
 * @size: bytes, rounded up to pages
 * @gfp: as for ta_pages_alloc(); for pages, structs and tables
 * @prot: how it may be used, PAGE_KERNEL
 * @caller: return address of who asks
 *
 * Context: with GFP_KERNEL, process; any with a ptmap that does not sleep.
 * Return: the first address, or NULL.
 */
void *ta_vmap_alloc(struct ta_vmap *vmap, unsigned long size, gfp_t gfp,
		    pgprot_t prot, unsigned long caller)
{
	const struct ta_vmap_want want = {
		.size = size,
		.align = PAGE_SIZE,
		.gfp = gfp,
		.prot = prot,
	};

	return ta_vmap_alloc_want(vmap, &want, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_alloc);

/**
 * ta_vmap_free() - free what ta_vmap_alloc() returned
 * @vmap: where it came from
 * @addr: its first address; NULL does nothing
 * @caller: return address of who frees
 *
 * Context: any, see the top of the file.
 */
void ta_vmap_free(struct ta_vmap *vmap, const void *addr, unsigned long caller)
{
	struct ta_span *span;

	if (!addr)
		return;
	span = ta_spans_claim(&vmap->spans, addr, TA_SPAN_VMALLOC, caller);
	if (unlikely(!span))
		return;
	trace_ta_vfree(caller, addr, span->nr_pages);
	drop(vmap, span);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_free);

/* Mapping what somebody else has */

static bool are_pages(struct page **pages, unsigned int nr_pages,
		      unsigned long caller)
{
	unsigned int i;

	for (i = 0; i < nr_pages; i++) {
		if (pages[i] && pfn_valid(page_to_pfn(pages[i])))
			continue;
		ta_report(TA_FAULT_FOREIGN, pages[i], caller,
			  "number %u is not a page", i);
		return false;
	}
	return true;
}

/**
 * ta_vmap_map_pages() - let pages appear in a row of addresses
 * @vmap: whose addresses
 * @pages: the pages, from anywhere; the caller keeps them
 * @nr_pages: how many
 * @flags: VM_MAP or 0; what the host knows besides is refused
 * @prot: how they may be used
 * @caller: return address of who asks
 *
 * Context: process, may sleep.
 * Return: the first address, or NULL.
 */
void *ta_vmap_map_pages(struct ta_vmap *vmap, struct page **pages,
			unsigned int nr_pages, unsigned long flags,
			pgprot_t prot, unsigned long caller)
{
	unsigned long size = (unsigned long)nr_pages << PAGE_SHIFT;
	struct ta_span *span;

	might_sleep();
	prot = pgprot_nx(prot);
	if (!nr_pages)
		return bad_size(0, caller);
	if ((flags & ~VM_MAP) || !can_have(vmap, nr_pages, PAGE_SIZE, GFP_KERNEL) ||
	    !are_pages(pages, nr_pages, caller))
		return NULL;
	span = ta_spans_take(&vmap->spans, nr_pages, 1, GFP_KERNEL);
	if (!span)
		return NULL;
	if (ta_ptmap_map(&vmap->map, span->va.start, nr_pages, pages, prot,
			 GFP_KERNEL))
		goto abandon;
	if (ta_ptmap_publish(&vmap->map, span->va.start, nr_pages, prot,
			     GFP_KERNEL))
		goto unmap;
	ta_spans_publish(span, TA_SPAN_VMAP, size, caller);
	return ta_ptmap_addr(&vmap->map, span->va.start);

unmap:
	empty(vmap, span, nr_pages, false);
abandon:
	ta_spans_abandon(&vmap->spans, span, caller);
	retire(vmap, span);
	return NULL;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_map_pages);

/**
 * ta_vmap_unmap() - undo ta_vmap_map_pages()
 * @vmap: whose addresses
 * @addr: the first; NULL does nothing
 * @caller: return address of who asks
 *
 * Context: any, see the top of the file.
 */
void ta_vmap_unmap(struct ta_vmap *vmap, const void *addr, unsigned long caller)
{
	struct ta_span *span;

	if (!addr)
		return;
	span = ta_spans_claim(&vmap->spans, addr, TA_SPAN_VMAP, caller);
	if (span)
		drop(vmap, span);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_unmap);

/**
 * ta_vmap_to_page() - look up the page behind an address
 * @vmap: whose addresses
 * @addr: any address in a live span
 *
 * Context: any.
 * Return: the page; NULL if nothing is mapped there.
 */
struct page *ta_vmap_to_page(struct ta_vmap *vmap, const void *addr)
{
	return ta_ptmap_lookup(&vmap->map, ta_ptmap_index(&vmap->map, addr));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_to_page);

/**
 * ta_vmap_user_pages() - find out how much a user may map from an address on
 * @vmap: whose addresses
 * @addr: of a page in a live span; whoever asks keeps it from being freed
 *
 * Context: any.
 * Return: the number of pages up to the end of the span; 0 if users may not map
 * it, or if there is none.
 */
unsigned int ta_vmap_user_pages(struct ta_vmap *vmap, const void *addr)
{
	unsigned long idx = ta_ptmap_index(&vmap->map, addr);
	struct ta_span copy;

	if (idx == TA_PTMAP_NONE || offset_in_page(addr) ||
	    !ta_spans_copy_next(&vmap->spans, idx, &copy))
		return 0;
	if (copy.va.start > idx || copy.state != TA_SPAN_LIVE ||
	    copy.kind != TA_SPAN_VMALLOC || !copy.user)
		return 0;
	return copy.va.start + copy.nr_pages - idx;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_user_pages);

/* Either way */

/**
 * ta_vmap_kvmalloc() - allocate memory, contiguous if that is easy
 * @vmap: where from
 * @size: bytes
 * @gfp: as for ta_vmap_alloc()
 * @caller: return address of who asks
 *
 * More than a page is tried as a block only as far as it costs nobody
 * anything, and then from single pages.
 *
 * Context: as ta_vmap_alloc().
 * Return: its address, or NULL.
 */
void *ta_vmap_kvmalloc(struct ta_vmap *vmap, size_t size, gfp_t gfp,
		       unsigned long caller)
{
	gfp_t easy = gfp;
	void *addr;

	if (size > INT_MAX)
		return gfp & __GFP_NOWARN ? NULL : bad_size(size, caller);
	if (size > PAGE_SIZE) {
		easy |= __GFP_NOWARN;
		if (!(gfp & __GFP_RETRY_MAYFAIL))
			easy = (easy & ~__GFP_DIRECT_RECLAIM) | __GFP_NORETRY;
	}
	if (size <= PAGE_SIZE << TA_MAX_ORDER) {
		addr = ta_slabs_kmalloc(vmap->slabs, size, easy, caller);
		if (addr || size <= PAGE_SIZE)
			return addr;
	}
	return ta_vmap_alloc(vmap, size, gfp, PAGE_KERNEL, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_kvmalloc);

/**
 * ta_vmap_kvfree() - free what ta_vmap_kvmalloc() returned
 * @vmap: where it came from
 * @addr: its address; NULL does nothing
 * @caller: return address of who frees
 *
 * Context: any, see the top of the file.
 */
void ta_vmap_kvfree(struct ta_vmap *vmap, const void *addr,
		    unsigned long caller)
{
	if (ta_vmap_is_addr(vmap, addr))
		ta_vmap_free(vmap, addr, caller);
	else
		ta_slabs_kfree(vmap->slabs, addr, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_kvfree);

/* Looking */

/**
 * ta_vmap_walk() - look at every span, in the order of their page numbers
 * @vmap: whose
 * @fn: called with no lock held; may sleep
 * @arg: its second argument
 *
 * What is made or freed meanwhile may be seen or not.
 *
 * Context: process.
 */
void ta_vmap_walk(struct ta_vmap *vmap,
		  void (*fn)(const struct ta_vmap_info *info, void *arg),
		  void *arg)
{
	unsigned long from = 0;
	struct ta_span copy;

	while (ta_spans_copy_next(&vmap->spans, from, &copy)) {
		struct ta_vmap_info info = {
			.addr = ta_ptmap_addr(&vmap->map, copy.va.start),
			.bytes = (copy.va.end - copy.va.start) << PAGE_SHIFT,
			.size = copy.size,
			.caller = copy.caller,
			.nr_pages = copy.nr_pages,
			.kind = copy.kind,
			.lazy = copy.state == TA_SPAN_LAZY,
		};

		fn(&info, arg);
		from = copy.va.end;
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_walk);

/**
 * ta_vmap_stats() - get the sums
 * @vmap: whose
 * @stats: filled in
 *
 * Context: any.
 */
void ta_vmap_stats(struct ta_vmap *vmap, struct ta_vmap_stats *stats)
{
	struct ta_spans *spans = &vmap->spans;
	unsigned long flags;

	spin_lock_irqsave(&spans->lock, flags);
	stats->total = vmap->map.nr_pages;
	stats->used = spans->nr_pages;
	stats->lazy = spans->nr_lazy;
	stats->cached = spans->nr_cached;
	stats->largest_gap = ta_va_largest_gap(&spans->tree);
	stats->nr_spans = spans->nr_spans;
	stats->nr_purges = READ_ONCE(spans->nr_purges);
	spin_unlock_irqrestore(&spans->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_stats);

static bool check_live(struct ta_vmap *vmap, struct ta_span *span,
		       struct page *page)
{
	struct ta_page *tp;

	if (!ta_check(page, "vmalloc I1", span))
		return false;
	if (span->kind != TA_SPAN_VMALLOC)
		return true;
	tp = ta_pool_page(&vmap->pages->pool, page);
	return ta_check(tp && tp->kind == TA_KIND_VMALLOC && tp->owner == span,
			"vmalloc I2", span);
}

static bool check_span(struct ta_span *span, void *arg)
{
	struct ta_vmap *vmap = arg;
	unsigned long first = span->va.start;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < span->nr_pages; i++) {
		struct page *page = ta_ptmap_lookup(&vmap->map, first + i);

		if (span->state == TA_SPAN_LIVE)
			ok &= check_live(vmap, span, page);
		else
			ok &= ta_check(!page, "vmalloc I3", span);
	}
	return ok & ta_check(!ta_ptmap_lookup(&vmap->map, first + i),
			     "vmalloc I1", span);
}

/**
 * ta_vmap_validate() - check every invariant of the vmalloc layer
 * @vmap: whose; may be in use
 *
 * Context: any; interrupts are off for the whole walk.
 * Return: whether they hold. What does not is reported.
 */
bool ta_vmap_validate(struct ta_vmap *vmap)
{
	return ta_spans_validate(&vmap->spans, check_span, vmap);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_validate);

/* Beginning and end */

/**
 * ta_vmap_init() - set up an empty vmalloc layer
 * @vmap: what to set up
 * @pages: where pages come from
 * @slabs: where structs come from
 * @options: how
 *
 * Context: process, may sleep.
 * Return: 0, or an error of ta_ptmap_init() or ta_spans_init().
 */
int ta_vmap_init(struct ta_vmap *vmap, struct ta_pages *pages,
		 struct ta_slabs *slabs, const struct ta_vmap_options *options)
{
	int err = ta_ptmap_init(&vmap->map, options->ops ?: ta_ptmap_default(),
				options->nr_pages);

	if (err)
		return err;
	err = ta_spans_init(&vmap->spans, &vmap->map, slabs, options->best_fit);
	if (err) {
		ta_ptmap_fini(&vmap->map);
		return err;
	}
	vmap->pages = pages;
	vmap->slabs = slabs;
	vmap->eager = options->eager;
	init_llist_head(&vmap->deferred);
	INIT_WORK(&vmap->work, purge_work);
	vmap->reclaimer.reclaim = reclaim;
	ta_pages_add_reclaimer(pages, &vmap->reclaimer);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_init);

static unsigned long dispose_leaks(struct ta_vmap *vmap)
{
	unsigned long nr_pages = 0;
	struct ta_span *span;

	while ((span = ta_spans_claim_any(&vmap->spans))) {
		ta_report(TA_FAULT_LEAK,
			  ta_ptmap_addr(&vmap->map, span->va.start),
			  span->caller, "%s of %lu bytes never freed",
			  span->kind == TA_SPAN_VMAP ? "vmap" : "vmalloc",
			  span->size);
		nr_pages += span->nr_pages;
		dispose(vmap, span);
	}
	return nr_pages;
}

/**
 * ta_vmap_fini() - tear the vmalloc layer down
 * @vmap: whose users are all gone
 *
 * What was never freed is reported and freed.
 *
 * Context: process, may sleep.
 * Return: the number of pages that were still mapped.
 */
unsigned long ta_vmap_fini(struct ta_vmap *vmap)
{
	unsigned long nr_leaked;

	ta_pages_del_reclaimer(vmap->pages, &vmap->reclaimer);
	ta_vmap_purge(vmap);
	nr_leaked = dispose_leaks(vmap);
	/* Nobody is left who could queue it once more. */
	cancel_work_sync(&vmap->work);
	ta_spans_fini(&vmap->spans);
	ta_ptmap_fini(&vmap->map);
	return nr_leaked;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_fini);
