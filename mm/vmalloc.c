// SPDX-License-Identifier: GPL-2.0
/*
 * vmalloc: memory in a row of addresses, from single pages of the pool.
 *
 * Model: a span gives the addresses (span.c), the page layer gives the pages,
 * a ptmap brings them together. The pages come in the largest blocks that are
 * free without any effort: 64 pages that lie side by side cost little more than
 * one. Where no block is free, any single pages will do:
 *
 *	addresses	[ p0 | p1 | p2 |guard]	span, 3 pages
 *	                   |    |    |
 *	ptmap              v    v    v
 *	pool		... [3   4] . [7] ...	two blocks of kind VMALLOC
 *
 * The span has its blocks on a list, and each block knows its span. Which page
 * is at which address is in the page table alone.
 *
 * Freed pages go back to the pool at once, freed addresses only after the next
 * purge. In between a CPU may still see the page at its old address; only who
 * uses what he has freed can tell. For who looks for such a bug there is the
 * eager mode: no page goes back before every CPU has forgotten its address.
 *
 * Invariants, besides those of span.c
 *  I1  every page of a LIVE span is mapped, its guard page is not
 *  I2  what is mapped in a LIVE vmalloc span is one block after the other, of
 *	kind VMALLOC and owned by the span
 *  I3  nothing is mapped in a LAZY or CACHED span
 *
 * Locking: spans.lock inside of span.c only, and deferred_lock around those who
 * empty what was freed in interrupts: a purge waits for them. The pages and the
 * page table entries of a span belong to the one who fills or empties it.
 * Context: in the window, allocation sleeps only as its gfp flags say and free
 * works anywhere; the purge, which interrupts every CPU, is left to process
 * context. With a ptmap that sleeps, allocation has to be allowed to, and what
 * is freed in an interrupt is emptied by a work item.
 * Failure: NULL, and everything taken so far is given back. Sizes that cannot
 * be and addresses that are not a span's are reported.
 */
#include "vmalloc.h"
#include "families.h"
#include "report.h"
#include "trace.h"

#include <linux/interrupt.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/vmalloc.h>

/*
 * Single pages on their way between pool and page table: they stand on the
 * stack. A kernel that clears what stands there need not do so, they are
 * written first.
 */
#define NR_BATCH	32U

/* Emptying */

static bool cannot_sleep(void)
{
	return in_interrupt() || irqs_disabled();
}

/* Has anybody a reference to a page of a block, but for the first one? */
static bool is_held(struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 1; i < 1U << order; i++)
		if (unlikely(page_ref_count(page + i) != 1))
			return true;
	return false;
}

/* Make a block into single pages: one that is held does not hold the others. */
static noinline void free_singly(struct ta_vmap *vmap, struct page *page,
				 unsigned int order, unsigned long caller)
{
	unsigned int i;

	ta_pages_split(vmap->pages, page, order, caller);
	for (i = 0; i < 1U << order; i++)
		ta_pages_free(vmap->pages, page + i, 0, caller);
}

static void free_block(struct ta_vmap *vmap, struct ta_page *tp,
		       unsigned long caller)
{
	struct page *page = ta_page_host(tp);
	unsigned int order = tp->order;

	ta_page_set_kind(tp, TA_KIND_ALLOC);
	if (unlikely(order && is_held(page, order)))
		free_singly(vmap, page, order, caller);
	else
		ta_pages_free_inline(vmap->pages, page, order, caller);
}

/* The list goes away block by block, single pages in batches. */
static noinline void free_list(struct ta_vmap *vmap, struct ta_page *tp,
			       unsigned long caller)
{
	struct page *batch[NR_BATCH] __uninitialized;
	struct ta_page *next;
	unsigned int nr = 0;

	for (; tp; tp = next) {
		next = tp->next;
		if (tp->order) {
			free_block(vmap, tp, caller);
			continue;
		}
		ta_page_set_kind(tp, TA_KIND_ALLOC);
		batch[nr++] = ta_page_host(tp);
		if (nr == NR_BATCH || !next) {
			ta_pages_free_bulk(vmap->pages, nr, batch, caller);
			nr = 0;
		}
	}
	if (nr)
		ta_pages_free_bulk(vmap->pages, nr, batch, caller);
}

/* Unmap a span's pages, and free those that are its own. */
static void empty(struct ta_vmap *vmap, struct ta_span *span)
{
	struct ta_page *blocks = span->blocks;

	if (likely(span->entries))
		ta_ptmap_clear_entries(span->entries, span->nr_pages);
	else
		ta_ptmap_unmap(&vmap->map, span->va.start, span->nr_pages);
	/* Without: it was never handed out, so nobody looks there. */
	if (unlikely(vmap->eager) && !cannot_sleep())
		ta_ptmap_flush(&vmap->map);
	if (unlikely(!blocks))
		return;
	if (likely(!blocks->next))
		free_block(vmap, blocks, span->caller);
	else
		free_list(vmap, blocks, span->caller);
}

static void retire(struct ta_vmap *vmap, struct ta_span *span)
{
	if (unlikely(ta_spans_retire(&vmap->spans, span)))
		schedule_work(&vmap->work);
}

/* May sleep if the ptmap does; if eager, wants interrupts on. */
static void withdraw_and_empty(struct ta_vmap *vmap, struct ta_span *span)
{
	ta_ptmap_withdraw(&vmap->map, span->va.start, span->nr_pages);
	empty(vmap, span);
}

static void dispose(struct ta_vmap *vmap, struct ta_span *span)
{
	withdraw_and_empty(vmap, span);
	retire(vmap, span);
}

/* Whoever calls this purges next. */
static void dispose_deferred(struct ta_vmap *vmap)
{
	struct llist_node *list;

	mutex_lock(&vmap->deferred_lock);
	list = llist_del_all(&vmap->deferred);
	while (list) {
		struct ta_span *span = llist_entry(list, struct ta_span, lazy);

		list = list->next;
		withdraw_and_empty(vmap, span);
		ta_spans_retire(&vmap->spans, span);
	}
	mutex_unlock(&vmap->deferred_lock);
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
	ta_spans_purge(&vmap->spans, true);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_purge);

/* What CPUs keep to themselves is not worth an interrupt to each. */
static void purge_work(struct work_struct *work)
{
	struct ta_vmap *vmap = container_of(work, struct ta_vmap, work);

	dispose_deferred(vmap);
	ta_spans_purge(&vmap->spans, false);
}

/* Addresses are no pages, but their structs and deferred spans' pages are. */
static void reclaim(struct ta_reclaimer *r)
{
	struct ta_vmap *vmap = container_of(r, struct ta_vmap, reclaimer);

	ta_vmap_purge(vmap);
	ta_spans_drain(&vmap->spans);
}

/* Filling */

/* Put a block on the span's list. */
static void own(struct ta_span *span, struct ta_page *tp)
{
	tp->owner = span;
	tp->next = span->blocks;
	span->blocks = tp;
	ta_page_set_kind(tp, TA_KIND_VMALLOC);
}

/*
 * Map a block behind the first @done pages. If it is more than a page, it is
 * taken only if that costs nobody anything. Returns the pages mapped.
 */
static __always_inline unsigned int
fill_block(struct ta_vmap *vmap, struct ta_span *span, unsigned int done,
	   unsigned int order, const struct ta_vmap_want *want,
	   unsigned long caller)
{
	gfp_t gfp = want->gfp;
	struct page *page;

	if (order)
		gfp = (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL)) |
		      __GFP_NOWARN | __GFP_NORETRY;
	page = ta_pages_alloc_inline(vmap->pages, gfp, order, caller);
	if (unlikely(!page))
		return 0;
	own(span, ta_pool_page(&vmap->pages->pool, page));
	if (likely(span->entries))
		ta_ptmap_set_entries(&vmap->map, span->entries + done,
				     1U << order, page, want->prot);
	else if (ta_ptmap_map_run(&vmap->map, span->va.start + done,
				  1U << order, page, want->prot,
				  want->gfp & ~__GFP_ZERO))
		return 0;
	return 1U << order;
}

/* Map as many single pages as there are, up to a batch. */
static noinline unsigned int
fill_singles(struct ta_vmap *vmap, struct ta_span *span, unsigned int done,
	     const struct ta_vmap_want *want, unsigned long caller)
{
	unsigned int i, got, nr = min(span->nr_pages - done, NR_BATCH);
	struct page *batch[NR_BATCH] __uninitialized;

	got = ta_pages_alloc_bulk(vmap->pages, want->gfp, nr, batch, caller);
	for (i = 0; i < got; i++)
		own(span, ta_pool_page(&vmap->pages->pool, batch[i]));
	if (!got || ta_ptmap_map(&vmap->map, span->va.start + done, got, batch,
				 want->prot, want->gfp & ~__GFP_ZERO))
		return 0;
	return got;
}

/* Map all pages; on failure some, and all that was taken is on the list. */
static bool fill_all(struct ta_vmap *vmap, struct ta_span *span,
		     const struct ta_vmap_want *want, unsigned long caller)
{
	unsigned int done = 0, order, left, got;

	/* What is refused is refused, and reported, once. */
	order = want->gfp & TA_GFP_REFUSED ? 0 : TA_MAX_ORDER;
	while (done < span->nr_pages) {
		left = span->nr_pages - done;
		order = min_t(unsigned int, order, __fls(left));
		if (unlikely(!order && left > 1))
			got = fill_singles(vmap, span, done, want, caller);
		else
			got = fill_block(vmap, span, done, order, want, caller);
		done += got;
		if (likely(got))
			continue;
		if (!order)
			return false;
		order--;
	}
	return true;
}

static bool fill(struct ta_vmap *vmap, struct ta_span *span,
		 const struct ta_vmap_want *want, unsigned long caller)
{
	bool ok;

	span->blocks = NULL;
	if (likely(span->nr_pages == 1))
		ok = fill_block(vmap, span, 0, 0, want, caller);
	else
		ok = fill_all(vmap, span, want, caller);
	if (likely(ok) &&
	    likely(!ta_ptmap_publish(&vmap->map, span->va.start, span->nr_pages,
				     want->prot, want->gfp)))
		return true;
	ta_span_kill(span, caller);
	empty(vmap, span);
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
	WRITE_ONCE(span->user, want->user);
	ta_spans_publish(&vmap->spans, span, TA_SPAN_VMALLOC, size, caller);
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
	void *addr;

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
	span->blocks = NULL;
	if (ta_ptmap_map(&vmap->map, span->va.start, nr_pages, pages, prot,
			 GFP_KERNEL) ||
	    ta_ptmap_publish(&vmap->map, span->va.start, nr_pages, prot,
			     GFP_KERNEL))
		goto abandon;
	addr = ta_ptmap_addr(&vmap->map, span->va.start);
	WRITE_ONCE(span->user, false);
	ta_spans_publish(&vmap->spans, span, TA_SPAN_VMAP, size, caller);
	trace_ta_vmap(caller, addr, nr_pages);
	return addr;

abandon:
	ta_span_kill(span, caller);
	empty(vmap, span);
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
	if (!span)
		return;
	trace_ta_vunmap(caller, addr, span->nr_pages);
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
			.first = copy.va.start,
			.addr = ta_ptmap_addr(&vmap->map, copy.va.start),
			.bytes = (copy.va.end - copy.va.start) << PAGE_SHIFT,
			.size = copy.size,
			.caller = copy.caller,
			.pid = copy.pid,
			.nr_pages = copy.nr_pages,
			.kind = copy.kind,
			.user = copy.user,
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
	struct ta_span_sums sums;
	unsigned long flags;

	ta_span_cpus_sums(&spans->cpus, &sums);
	stats->total = vmap->map.nr_pages;
	stats->used = sums.used;
	stats->lazy = sums.lazy;
	stats->lazy_max = spans->lazy_max;
	stats->nr_purges = READ_ONCE(spans->nr_purges);
	stats->nr_purged_spans = READ_ONCE(spans->nr_purged_spans);
	stats->nr_purged_pages = READ_ONCE(spans->nr_purged_pages);
	spin_lock_irqsave(&spans->lock, flags);
	stats->cached = spans->nr_cached + sums.ready;
	stats->largest_gap = ta_va_largest_gap(&spans->tree);
	stats->nr_spans = spans->nr_spans;
	spin_unlock_irqrestore(&spans->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_stats);

/**
 * struct check_state - where a look at what is mapped in a span has come to
 * @vmap: whose
 * @span: the span
 * @last: page looked at last
 * @left: pages that follow it in its block
 */
struct check_state {
	struct ta_vmap *vmap;
	struct ta_span *span;
	struct page *last;
	unsigned int left;
};

static const char *check_page(struct check_state *at, struct page *page)
{
	struct ta_page *tp;
	bool follows = at->left && page == at->last + 1;

	at->last = page;
	if (at->left) {
		at->left--;
		return follows ? NULL : "vmalloc I2";
	}
	tp = ta_pool_page(&at->vmap->pages->pool, page);
	if (!tp || READ_ONCE(tp->kind) != TA_KIND_VMALLOC ||
	    READ_ONCE(tp->owner) != at->span)
		return "vmalloc I2";
	at->left = (1U << tp->order) - 1;
	return NULL;
}

static const char *check_span(struct ta_span *span, u8 state, void *arg)
{
	struct check_state at = { .vmap = arg, .span = span };
	bool live = state == TA_SPAN_LIVE;
	const char *fault = NULL;
	unsigned int i;

	for (i = 0; !fault && i < span->nr_pages; i++) {
		struct page *page = ta_ptmap_lookup(&at.vmap->map,
						    span->va.start + i);

		if (!page == live)
			fault = live ? "vmalloc I1" : "vmalloc I3";
		else if (live && span->kind == TA_SPAN_VMALLOC)
			fault = check_page(&at, page);
	}
	if (fault)
		return fault;
	if (at.left)
		return "vmalloc I2";
	return ta_ptmap_lookup(&at.vmap->map, span->va.start + i) ?
		"vmalloc I1" : NULL;
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
	mutex_init(&vmap->deferred_lock);
	init_llist_head(&vmap->deferred);
	INIT_WORK(&vmap->work, purge_work);
	vmap->reclaimer.reclaim = reclaim;
	ta_reclaim_add(&pages->reclaim, &vmap->reclaimer);
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

	ta_reclaim_del(&vmap->pages->reclaim, &vmap->reclaimer);
	ta_vmap_purge(vmap);
	nr_leaked = dispose_leaks(vmap);
	/* Nobody is left who could queue it once more. */
	cancel_work_sync(&vmap->work);
	ta_spans_fini(&vmap->spans);
	ta_ptmap_fini(&vmap->map);
	return nr_leaked;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_fini);
