// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks that are no power of two: split into pages, and of an exact size.
 *
 * Model: a block of the buddy allocator is cut into single pages, each with an
 * owner of its own. What an exact size leaves over goes back at once, in the
 * largest blocks that it has:
 *
 *	exact(5 pages)	[ E5| E | E | E | E |  1  |   2   ]	order 3
 *			  \___ the caller's __/ \___ freed __/
 *
 * Invariants
 *  I1  an exact allocation of n pages is n pages of kind EXACT and order 0; the
 *	owner of the first is n, of the others NULL
 *
 * So a free tells the first page from the others, and the right size from a
 * wrong one; and one page of it cannot be freed as if it were a block.
 *
 * Locking: none. A block's pages are its owner's alone.
 * Context: any; the allocation sleeps only with __GFP_DIRECT_RECLAIM.
 * Failure: what cannot be, is reported and left alone.
 */
#include "families.h"
#include "report.h"

#include <linux/bitops.h>
#include <linux/mm.h>

/* Say why @tp is not a block of @order. */
static void bad_split(struct ta_page *tp, const struct page *page,
		      unsigned int order, unsigned long caller)
{
	if (!tp)
		ta_report(TA_FAULT_FOREIGN, page, caller,
			  "page is not the pool's");
	else if (tp->kind == TA_KIND_TAIL || tp->kind == TA_KIND_SLAB_TAIL)
		ta_report(TA_FAULT_INTERIOR, page, caller,
			  "frame %lu is inside a block, or free",
			  ta_page_frame(tp));
	else if (tp->kind == TA_KIND_ALLOC)
		ta_report(TA_FAULT_WRONG_ORDER, page, caller,
			  "frame %lu: order %u split, %u allocated by %pS",
			  ta_page_frame(tp), order, tp->order,
			  (void *)tp->caller);
	else
		ta_report(TA_FAULT_WRONG_OWNER, page, caller,
			  "frame %lu is free or another layer's",
			  ta_page_frame(tp));
}

/* Make @nr pages from @tp on single ones of @kind. */
static void make_single(struct ta_page *tp, unsigned long nr,
			enum ta_page_kind kind, unsigned long caller)
{
	for (; nr--; tp++) {
		ta_page_set_order(tp, 0);
		tp->caller = caller;
		tp->owner = NULL;
		ta_page_set_kind(tp, kind);
	}
}

/**
 * ta_pages_split() - make single pages of a block
 * @pages: where it came from
 * @page: its first page
 * @order: as it was allocated
 * @caller: return address of who asks, for reports
 *
 * Each page is freed by itself afterwards, with order 0. What is no such block
 * is reported and left alone.
 *
 * Context: any.
 */
void ta_pages_split(struct ta_pages *pages, struct page *page,
		    unsigned int order, unsigned long caller)
{
	struct ta_page *tp = ta_pool_page(&pages->pool, page);

	if (!tp || !ta_pages_may_free(tp, order)) {
		bad_split(tp, page, order, caller);
		return;
	}
	if (ta_page_debug_active())
		ta_page_debug_split(&pages->debug, tp, order, caller);
	make_single(tp, 1UL << order, TA_KIND_ALLOC, tp->caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_split);

/* Free [used, 2^order) of a block, each piece as large as its start allows. */
static void free_rest(struct ta_pages *pages, struct ta_page *tp,
		      unsigned long used, unsigned int order,
		      unsigned long caller)
{
	while (used < 1UL << order) {
		struct ta_page *rest = tp + used;

		ta_page_set_order(rest, __ffs(used));
		rest->caller = caller;
		used += 1UL << rest->order;
		ta_page_set_kind(rest, TA_KIND_ALLOC);
		ta_pages_free(pages, ta_page_host(rest), rest->order, caller);
	}
}

/**
 * ta_pages_alloc_exact() - allocate contiguous pages, as many as are needed
 * @pages: where from
 * @size: in bytes, 1 to 4 MiB; rounded up to pages
 * @gfp: as ta_pages_alloc()
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the address in the linear map, or NULL.
 */
void *ta_pages_alloc_exact(struct ta_pages *pages, size_t size, gfp_t gfp,
			   unsigned long caller)
{
	unsigned int order = size ? get_order(size) : 0;
	struct page *page;
	struct ta_page *tp;
	unsigned long nr;

	if (unlikely(!size || order > TA_MAX_ORDER)) {
		ta_report(TA_FAULT_BAD_SIZE, NULL, caller,
			  "an exact allocation of %zu bytes", size);
		return NULL;
	}
	page = ta_pages_alloc(pages, gfp, order, caller);
	if (!page)
		return NULL;
	tp = ta_pool_page(&pages->pool, page);
	nr = DIV_ROUND_UP(size, PAGE_SIZE);
	if (ta_page_debug_active())
		ta_page_debug_split(&pages->debug, tp, order, caller);
	make_single(tp, nr, TA_KIND_EXACT, caller);
	tp->owner = (void *)nr;
	free_rest(pages, tp, nr, order, caller);
	return ta_page_addr(tp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_alloc_exact);

/* Say why @addr is no exact allocation. */
static void bad_free(struct ta_pages *pages, struct ta_page *tp,
		     const void *addr, unsigned long caller)
{
	if (tp && tp->kind == TA_KIND_ALLOC)
		ta_report(TA_FAULT_WRONG_OWNER, addr, caller,
			  "frame %lu is a block, not an exact allocation",
			  ta_page_frame(tp));
	else if (tp && tp->kind == TA_KIND_EXACT)
		ta_report(TA_FAULT_INTERIOR, addr, caller,
			  "frame %lu is inside an exact allocation",
			  ta_page_frame(tp));
	else
		ta_pages_free_slow(pages, tp, addr, 0, caller);
}

/**
 * ta_pages_free_exact() - free what ta_pages_alloc_exact() returned
 * @pages: where it came from
 * @addr: its address
 * @size: as it was allocated, to the page
 * @caller: return address of who frees, for reports
 *
 * A bad free is reported and does nothing.
 *
 * Context: any.
 */
void ta_pages_free_exact(struct ta_pages *pages, const void *addr, size_t size,
			 unsigned long caller)
{
	struct ta_page *tp = ta_pool_addr(&pages->pool, addr);
	unsigned long nr;

	if (unlikely(offset_in_page(addr))) {
		ta_report(TA_FAULT_INTERIOR, addr, caller,
			  "not the start of a page");
		return;
	}
	if (unlikely(!tp || READ_ONCE(tp->kind) != TA_KIND_EXACT ||
		     !tp->owner)) {
		bad_free(pages, tp, addr, caller);
		return;
	}
	nr = (unsigned long)tp->owner;
	if (unlikely(!size || DIV_ROUND_UP(size, PAGE_SIZE) != nr)) {
		ta_report(TA_FAULT_BAD_SIZE, addr, caller,
			  "%zu bytes freed, %lu allocated by %pS", size,
			  nr << PAGE_SHIFT, (void *)tp->caller);
		return;
	}
	for (; nr--; tp++) {
		ta_page_set_kind(tp, TA_KIND_ALLOC);
		ta_pages_free(pages, ta_page_host(tp), 0, caller);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pages_free_exact);
