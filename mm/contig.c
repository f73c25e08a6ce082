// SPDX-License-Identifier: GPL-2.0
/*
 * Contiguous ranges of any number of pages, also larger than a section.
 *
 * Model: a range of frames in which every page is free or can be moved away is
 * looked for from the low end of the pool. Its pageblocks are isolated, so that
 * what is free or becomes free in them stays so; what can move is moved out;
 * then the range is taken from the buddy allocator, block by block:
 *
 *	      |   pageblock   |   pageblock   |
 *	      [ . u . . u . . . . . u . . K . ]	u can move, K cannot
 *	        [------ range -------]		isolate both, move three
 *	      [ . C C C C C C C C C C . . K . ]	what is left over stays free
 *
 * Invariants
 *  I1  a range of n pages is n pages of kind CONTIG and order 0; the owner of
 *	the first is n, of the others NULL
 *
 * Locking: the compaction's lock: nobody else isolates or moves meanwhile.
 * Context: alloc in a process that may sleep; free anywhere.
 * Failure: a page that does not move gives the range up, and the next one is
 * looked for behind it; in the end NULL. Nothing is reported for that: whether
 * there is a range depends on what others hold.
 */
#include "contig.h"
#include "report.h"
#include "trace.h"

#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* A page that somebody has in his hands for a moment may move the next time. */
#define MAX_TRIES	4

/**
 * struct contig - a range that is to be made contiguous
 * @pages: of which page layer
 * @first: page frame number of the first page
 * @nr: pages
 * @types: what the pageblocks were before they were isolated
 */
struct contig {
	struct ta_pages *pages;
	unsigned long first;
	unsigned long nr;
	u8 *types;
};

static struct ta_page *page_at(struct ta_pages *pages, unsigned long pfn)
{
	return ta_pool_pfn(&pages->pool, pfn);
}

/* --- looking ------------------------------------------------------------- */

/* Whether a block is free or may be moved away; *@nr is set to its pages. */
static bool is_usable(const struct ta_page *tp, unsigned long *nr)
{
	unsigned int kind = READ_ONCE(tp->kind);
	unsigned int order = min_t(unsigned int, READ_ONCE(tp->order),
				   TA_MAX_ORDER);

	*nr = 1;
	if (kind == TA_KIND_USER)
		return !order;
	if (kind != TA_KIND_FREE && kind != TA_KIND_PCP)
		return false;
	*nr = min(1UL << order, TA_SECTION_PAGES - tp->idx);
	return true;
}

/* Go on to the end of a section, or to where the range is long enough. */
static unsigned long find_in(struct contig *contig, struct ta_section *sec,
			     unsigned long pfn)
{
	unsigned long end = ALIGN(pfn + 1, TA_SECTION_PAGES), nr;

	while (pfn < end && pfn - contig->first < contig->nr) {
		bool usable = is_usable(ta_section_at(sec, pfn), &nr);

		pfn += nr;
		if (!usable)
			contig->first = pfn;
	}
	return pfn;
}

/* Set the range to the next one from @pfn on that may do. */
static bool find(struct contig *contig, unsigned long pfn)
{
	struct ta_pool *pool = &contig->pages->pool;
	unsigned long end = (pool->first_section + pool->nr_table)
			    << TA_SECTION_SHIFT;
	struct ta_section *sec;

	contig->first = pfn;
	while (pfn < end) {
		sec = ta_pool_section_of(pool, pfn);
		if (sec) {
			pfn = find_in(contig, sec, pfn);
		} else {
			pfn = ALIGN(pfn + 1, TA_SECTION_PAGES);
			contig->first = pfn;
		}
		if (pfn - contig->first >= contig->nr)
			return true;
		cond_resched();
	}
	return false;
}

/* --- making it free ------------------------------------------------------ */

#define for_each_pageblock(contig, pfn, i)				\
	for ((i) = 0, (pfn) = ALIGN_DOWN((contig)->first, TA_PAGEBLOCK_PAGES); \
	     (pfn) < (contig)->first + (contig)->nr;			\
	     (i)++, (pfn) += TA_PAGEBLOCK_PAGES)

/* Any page of the range in a pageblock: its first ones may not be the pool's. */
static struct ta_page *page_of_block(struct contig *contig, unsigned long pfn)
{
	return page_at(contig->pages, max(pfn, contig->first));
}

static void isolate(struct contig *contig)
{
	unsigned long pfn, i;

	for_each_pageblock(contig, pfn, i)
		contig->types[i] =
			ta_buddy_set_block_type(&contig->pages->buddy,
						page_of_block(contig, pfn),
						TA_MIGRATE_ISOLATE);
	/* What the CPUs have on their lists is of the old type. */
	ta_compaction_settle(&contig->pages->compaction);
}

static void unisolate(struct contig *contig)
{
	unsigned long pfn, i;

	for_each_pageblock(contig, pfn, i)
		ta_buddy_set_block_type(&contig->pages->buddy,
					page_of_block(contig, pfn),
					contig->types[i]);
}

static int move_away(struct ta_pages *pages, struct ta_page *from)
{
	struct page *to = ta_pages_alloc(pages, GFP_NOWAIT | __GFP_MOVABLE |
						__GFP_NOWARN, 0, _RET_IP_);
	int err;

	if (!to)
		return -ENOMEM;
	err = ta_compaction_move(&pages->compaction, from,
				 ta_pool_page(&pages->pool, to));
	if (err)
		ta_pages_free(pages, to, 0, _RET_IP_);
	return err;
}

static void move_all(struct contig *contig)
{
	unsigned long i;

	for (i = 0; i < contig->nr; i++) {
		struct ta_page *tp = page_at(contig->pages, contig->first + i);

		if (READ_ONCE(tp->kind) == TA_KIND_USER)
			move_away(contig->pages, tp);
		cond_resched();
	}
	ta_compaction_settle(&contig->pages->compaction);
}

/* --- taking it ----------------------------------------------------------- */

/* Give the first @nr pages back. */
static void give_back(struct contig *contig, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		ta_buddy_free(&contig->pages->buddy,
			      page_at(contig->pages, contig->first + i), 0);
}

/* Take all pages from the buddy allocator; returns how many were there. */
static unsigned long take_all(struct contig *contig)
{
	unsigned long i = 0;

	while (i < contig->nr) {
		struct ta_page *tp = page_at(contig->pages, contig->first + i);
		int order = ta_buddy_take_free(&contig->pages->buddy, tp,
					       ilog2(contig->nr - i));

		if (order < 0)
			break;
		i += 1UL << order;
	}
	return i;
}

/*
 * Empty the range and take it. *@bad is set to the page that is in the way, if
 * it does not work.
 */
static bool claim(struct contig *contig, unsigned long *bad)
{
	unsigned long nr = 0;
	unsigned int try;

	isolate(contig);
	for (try = 0; try < MAX_TRIES; try++) {
		nr = take_all(contig);
		if (nr == contig->nr)
			break;
		give_back(contig, nr);
		move_all(contig);
	}
	unisolate(contig);
	*bad = contig->first + nr;
	return nr == contig->nr;
}

/* The first range that can be had. */
static bool find_and_claim(struct contig *contig)
{
	struct ta_pool *pool = &contig->pages->pool;
	unsigned long pfn = pool->first_section << TA_SECTION_SHIFT;

	while (find(contig, pfn)) {
		if (claim(contig, &pfn))
			return true;
		if (fatal_signal_pending(current))
			return false;
		pfn++;
	}
	return false;
}

/* Make the pages of the range the caller's. */
static void hand_out(struct contig *contig, gfp_t gfp, unsigned long caller)
{
	unsigned long i;

	for (i = 0; i < contig->nr; i++) {
		struct ta_page *tp = page_at(contig->pages, contig->first + i);

		ta_page_set_order(tp, 0);
		tp->caller = caller;
		if (ta_page_debug_active())
			ta_page_debug_taken(&contig->pages->debug, tp, 0, gfp,
					    caller);
		tp->owner = i ? NULL : (void *)contig->nr;
		ta_page_set_kind(tp, TA_KIND_CONTIG);
		if (gfp & __GFP_ZERO)
			clear_highpage(ta_page_host(tp));
		trace_ta_mm_page_alloc(ta_page_host(tp), ta_page_frame(tp),
				       0, gfp, ta_gfp_type(gfp), caller);
		cond_resched();
	}
}

static bool can_be_had(unsigned long nr_pages, gfp_t gfp, unsigned long caller)
{
	if (!nr_pages)
		ta_report(TA_FAULT_BAD_SIZE, NULL, caller,
			  "a contiguous range of no pages");
	else if ((gfp & TA_GFP_REFUSED) || !gfpflags_allow_blocking(gfp))
		ta_report(TA_FAULT_BAD_ARG, NULL, caller,
			  "mode %#x: a contiguous range needs to sleep, and has no zone",
			  (__force unsigned int)gfp);
	else
		return true;
	return false;
}

/**
 * ta_contig_alloc() - allocate contiguous pages, any number
 * @pages: where from
 * @nr_pages: how many
 * @gfp: __GFP_ZERO is looked at; it must allow to sleep
 * @caller: return address of who asks, for reports
 *
 * The first page is at any frame. Pages of clients are moved out of the way.
 *
 * Context: process, may sleep; no lock held that a reclaimer takes.
 * Return: the first page, or NULL.
 */
struct page *ta_contig_alloc(struct ta_pages *pages, unsigned long nr_pages,
			     gfp_t gfp, unsigned long caller)
{
	struct contig contig = { .pages = pages, .nr = nr_pages };
	bool claimed;

	if (!can_be_had(nr_pages, gfp, caller) ||
	    nr_pages > pages->pool.nr_pages || ta_inject_fail_pages(gfp))
		return NULL;
	/* It may begin and end in the middle of a pageblock. */
	contig.types = kvmalloc_array(nr_pages / TA_PAGEBLOCK_PAGES + 2,
				      sizeof(*contig.types), GFP_KERNEL);
	if (!contig.types)
		return NULL;
	mutex_lock(&pages->compaction.lock);
	claimed = find_and_claim(&contig);
	mutex_unlock(&pages->compaction.lock);
	kvfree(contig.types);
	if (!claimed)
		return NULL;
	hand_out(&contig, gfp, caller);
	return pfn_to_page(contig.first);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_contig_alloc);

/* Say why @page is no range of @nr_pages; false if it is one. */
static bool is_bad_free(struct ta_pages *pages, struct page *page,
			unsigned long nr_pages, unsigned long caller)
{
	struct ta_page *tp = ta_pool_page(&pages->pool, page);

	if (!tp || READ_ONCE(tp->kind) < TA_KIND_ALLOC)
		ta_pages_free_slow(pages, tp, page, 0, caller);
	else if (READ_ONCE(tp->kind) != TA_KIND_CONTIG)
		ta_report(TA_FAULT_WRONG_OWNER, page, caller,
			  "frame %lu is not a contiguous range's",
			  ta_page_frame(tp));
	else if (!tp->owner)
		ta_report(TA_FAULT_INTERIOR, page, caller,
			  "frame %lu is inside a contiguous range",
			  ta_page_frame(tp));
	else if ((unsigned long)tp->owner != nr_pages)
		ta_report(TA_FAULT_BAD_SIZE, page, caller,
			  "%lu pages freed, %lu allocated by %pS", nr_pages,
			  (unsigned long)tp->owner, (void *)tp->caller);
	else
		return false;
	return true;
}

/**
 * ta_contig_free() - free what ta_contig_alloc() returned
 * @pages: where it came from
 * @page: the first page
 * @nr_pages: as it was allocated
 * @caller: return address of who frees, for reports
 *
 * A bad free is reported and does nothing.
 *
 * Context: any.
 */
void ta_contig_free(struct ta_pages *pages, struct page *page,
		    unsigned long nr_pages, unsigned long caller)
{
	unsigned long pfn = page_to_pfn(page), end = pfn + nr_pages;

	if (unlikely(is_bad_free(pages, page, nr_pages, caller)))
		return;
	for (; pfn < end; pfn++) {
		ta_pages_set_kind(pages, pfn_to_page(pfn), TA_KIND_ALLOC);
		ta_pages_free(pages, pfn_to_page(pfn), 0, caller);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_contig_free);
