// SPDX-License-Identifier: GPL-2.0
/*
 * Compaction: pages that can be moved make room for large blocks.
 *
 * Model (Gorman 2010): half of the pool may be free, and yet no two free pages
 * are neighbours. Two scanners walk towards one another. From the low end the
 * migrate scanner looks for pages that can be moved (the clients' user pages),
 * from the high end the free scanner collects free pages for them:
 *
 *	[ u . u . | u . K . | . u . u | u . u . ]	u can move, K cannot
 *	  migrate scanner >                < free scanner
 *
 *	[ . . . . | u . K . | u u u u | u u u u ]
 *	 a free block   ^ not worth it: it would stay in pieces
 *
 * Where they meet, a run ends; before that as soon as there is a block of the
 * order wanted. The pool is looked at in chunks of that order: a chunk with a
 * page in it that cannot be moved is left as it is.
 *
 * A position is a page's number counted from the start of the pool's table,
 * sections that are not there included. The next run goes on where the last one
 * stopped, and pageblocks in which it found nothing are skipped. When the
 * scanners have met, both begin anew with the run after.
 *
 * A compaction that failed is deferred: the next requests for blocks as large
 * are told so at once, first two, then four, up to 64 of them.
 *
 * Free pages are taken away from everybody while they wait to be filled. Who
 * finds the pool empty meanwhile waits for the end of the run.
 *
 * Locking: c->lock, one run at a time. The mover takes the locks of its layer.
 * Kinds and orders of pages are read without any: what they say is tried.
 * Context: process, may sleep.
 * Failure: a page that does not move stays; nothing is lost.
 */
#include "compaction.h"
#include "report.h"
#include "trace.h"
#include "vmstat.h"

#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

/* What the trigger asks for: everything, whatever comes out. */
#define WHOLE_POOL	(-1)

/* Free pages collected at a time */
#define CLUSTER_ORDER	5U
#define CLUSTER_PAGES	BIT(CLUSTER_ORDER)

/* At most 2^this requests are turned away before the next try. */
#define MAX_DEFER_SHIFT	6U

/**
 * struct run - one run of the two scanners
 * @c: whose
 * @order: of the block wanted, or WHOLE_POOL
 * @chunk_order: what is emptied at once
 * @migrate_at: position of the migrate scanner
 * @free_at: position that the free scanner has come down to
 * @in_block: the free scanner's next page, counted from @free_at; or a
 *	pageblock's number of pages if it has looked at all
 * @found: it took a page from there
 * @targets: free pages, linked by ta_page.next
 * @nr_targets: how many
 * @nr_moved: pages
 * @nr_failed: pages that did not
 */
struct run {
	struct ta_compaction *c;
	int order;
	unsigned int chunk_order;
	unsigned long migrate_at;
	unsigned long free_at;
	unsigned long in_block;
	bool found;
	struct ta_page *targets;
	unsigned int nr_targets;
	unsigned long nr_moved;
	unsigned long nr_failed;
};

/* --- positions ----------------------------------------------------------- */

static struct ta_pool *pool_of(const struct ta_compaction *c)
{
	return c->buddy->pool;
}

static unsigned long end_of(const struct ta_compaction *c)
{
	return pool_of(c)->nr_table << TA_SECTION_SHIFT;
}

static struct ta_section *section_at(const struct ta_compaction *c,
				     unsigned long at)
{
	return ta_pool_table(pool_of(c), at >> TA_SECTION_SHIFT);
}

/* For people: frames, as everywhere. */
static unsigned long frame_at(const struct ta_compaction *c, unsigned long at)
{
	struct ta_section *sec = NULL;

	if (at < end_of(c))
		sec = section_at(c, at);
	return sec ? sec->frame + at % TA_SECTION_PAGES : pool_of(c)->nr_pages;
}

static bool *skip_hint(struct ta_section *sec, unsigned long at)
{
	return &sec->skip[at % TA_SECTION_PAGES >> TA_PAGEBLOCK_ORDER];
}

/* Count events of the pool. */
static void count(const struct ta_compaction *c, enum ta_vm_event event,
		  unsigned long nr)
{
	ta_vmstat_add(&pool_of(c)->vmstat, event, nr);
}

static unsigned long nr_free_pages(const struct ta_compaction *c)
{
	return READ_ONCE(c->buddy->nr_free_pages) + ta_pcplists_nr_pages(c->pcp);
}

static bool has_block(const struct ta_compaction *c, unsigned int order)
{
	for (; order < TA_NR_PAGE_ORDERS; order++)
		if (ta_buddy_nr_free(c->buddy, order))
			return true;
	return false;
}

/* --- the free scanner ---------------------------------------------------- */

static void add_targets(struct run *run, struct ta_page *tp, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1U << order; i++) {
		if (ta_page_debug_active())
			ta_page_debug_taken(run->c->debug, &tp[i], 0,
					    __GFP_MOVABLE, _RET_IP_);
		ta_page_set_order(&tp[i], 0);
		tp[i].caller = _RET_IP_;
		ta_page_set_kind(&tp[i], TA_KIND_ALLOC);
		tp[i].next = run->targets;
		run->targets = &tp[i];
	}
	run->nr_targets += 1U << order;
	run->found = true;
	count(run->c, TA_VM_COMPACT_ISOLATED, 1UL << order);
}

/* Collect from the pageblock where the scanner is. */
static void scan_block(struct run *run, struct ta_page *block)
{
	struct ta_buddy *buddy = run->c->buddy;
	unsigned long i = run->in_block;
	int order;

	while (i < TA_PAGEBLOCK_PAGES && run->nr_targets < CLUSTER_PAGES) {
		order = -1;
		if (READ_ONCE(block[i].kind) == TA_KIND_FREE)
			order = ta_buddy_take_free(buddy, block + i,
						   CLUSTER_ORDER);
		if (order >= 0)
			add_targets(run, block + i, order);
		i += order < 0 ? 1 : 1UL << order;
	}
	count(run->c, TA_VM_COMPACT_FREE_SCANNED, i - run->in_block);
	run->in_block = i;
}

/* Whether pages may be moved to a pageblock; not if it is free as a whole. */
static bool is_target(struct run *run, struct ta_page *block)
{
	enum ta_migratetype type = ta_page_type(block);

	if (READ_ONCE(block->kind) == TA_KIND_FREE &&
	    READ_ONCE(block->order) >= TA_PAGEBLOCK_ORDER)
		return false;
	return type == TA_MIGRATE_MOVABLE || run->c->buddy->one_type;
}

/* One pageblock further down; false if the scanners would meet. */
static bool next_block(struct run *run)
{
	if (run->free_at < TA_PAGEBLOCK_PAGES ||
	    run->free_at - TA_PAGEBLOCK_PAGES <
	    run->migrate_at + (1UL << run->chunk_order))
		return false;
	run->free_at -= TA_PAGEBLOCK_PAGES;
	run->in_block = 0;
	run->found = false;
	return true;
}

/* Leave a pageblock that has been looked through. */
static void end_block(struct run *run, struct ta_section *sec)
{
	if (run->in_block == TA_PAGEBLOCK_PAGES && !run->found)
		*skip_hint(sec, run->free_at) = true;
}

/* Have free pages at hand; false if there are none above the other scanner. */
static bool collect_targets(struct run *run)
{
	while (run->nr_targets < CLUSTER_PAGES) {
		struct ta_section *sec;
		struct ta_page *block;

		if (run->in_block == TA_PAGEBLOCK_PAGES && !next_block(run))
			break;
		sec = section_at(run->c, run->free_at);
		if (!sec || (*skip_hint(sec, run->free_at) &&
			     run->order != WHOLE_POOL)) {
			run->in_block = TA_PAGEBLOCK_PAGES;
			continue;
		}
		block = &sec->pages[run->free_at % TA_SECTION_PAGES];
		if (is_target(run, block)) {
			scan_block(run, block);
			end_block(run, sec);
		} else {
			run->in_block = TA_PAGEBLOCK_PAGES;
		}
		cond_resched();
	}
	return run->nr_targets;
}

static struct ta_page *take_target(struct run *run)
{
	struct ta_page *tp = run->targets;

	run->targets = tp->next;
	run->nr_targets--;
	return tp;
}

static void give_target(struct run *run, struct ta_page *tp)
{
	tp->next = run->targets;
	run->targets = tp;
	run->nr_targets++;
}

static void release_targets(struct run *run)
{
	struct ta_page *tp, *list = run->targets;

	for (tp = list; tp; tp = tp->next) {
		if (ta_page_debug_active())
			ta_page_debug_freed(run->c->debug, tp, 0, false,
					    _RET_IP_);
		ta_page_set_kind(tp, TA_KIND_PCP);
	}
	ta_buddy_free_list(run->c->buddy, list, 0);
	run->targets = NULL;
	run->nr_targets = 0;
}

/* --- the migrate scanner ------------------------------------------------- */

/*
 * Pages of @chunk that can be moved; 0 if there is one that cannot, so that it
 * is not worth while. The whole pool is compacted whatever is in the way.
 */
static unsigned int nr_movable(struct run *run, struct ta_page *chunk,
			       unsigned long nr_pages)
{
	unsigned long i = 0;
	unsigned int nr = 0;

	while (i < nr_pages) {
		struct ta_page *tp = chunk + i;
		unsigned int kind = READ_ONCE(tp->kind);
		unsigned int order = READ_ONCE(tp->order);

		if (kind == TA_KIND_USER && !order) {
			nr++;
			i++;
		} else if (kind == TA_KIND_FREE || kind == TA_KIND_PCP) {
			i += 1UL << min_t(unsigned int, order, TA_MAX_ORDER);
		} else if (run->order == WHOLE_POOL) {
			i++;
		} else {
			return 0;
		}
	}
	return nr;
}

/* Move what is in a chunk; false when there are no free pages for it. */
static bool move_pages(struct run *run, struct ta_page *chunk,
		       unsigned long nr_pages)
{
	unsigned long i, moved = 0, failed = 0;
	bool has_room = true;

	for (i = 0; i < nr_pages; i++) {
		struct ta_page *to;

		if (READ_ONCE(chunk[i].kind) != TA_KIND_USER)
			continue;
		has_room = run->targets || collect_targets(run);
		if (!has_room)
			break;
		to = take_target(run);
		if (!ta_compaction_move(run->c, chunk + i, to)) {
			moved++;
			continue;
		}
		give_target(run, to);
		failed++;
		/* One that stays is enough: it would be in pieces anyway. */
		if (run->order != WHOLE_POOL)
			break;
		cond_resched();
	}
	trace_ta_mm_compaction_migratepages(moved, failed);
	run->nr_moved += moved;
	run->nr_failed += failed;
	return has_room;
}

/* Empty the chunk where the migrate scanner is, if that is worth while. */
static bool empty_chunk(struct run *run, struct ta_section *sec)
{
	unsigned long nr_pages = 1UL << run->chunk_order, before = run->nr_moved;
	struct ta_page *chunk;
	bool has_room = true;

	if (*skip_hint(sec, run->migrate_at) && run->order != WHOLE_POOL)
		return true;
	chunk = &sec->pages[run->migrate_at % TA_SECTION_PAGES];
	count(run->c, TA_VM_COMPACT_MIGRATE_SCANNED, nr_pages);
	if (ta_page_type(chunk) != TA_MIGRATE_ISOLATE &&
	    nr_movable(run, chunk, nr_pages))
		has_room = move_pages(run, chunk, nr_pages);
	if (run->nr_moved != before)
		ta_compaction_settle(run->c);
	else if (nr_pages >= TA_PAGEBLOCK_PAGES)
		*skip_hint(sec, run->migrate_at) = true;
	cond_resched();
	return has_room;
}

/* --- a run --------------------------------------------------------------- */

static void start(struct run *run, struct ta_compaction *c, int order,
		  bool from_ends)
{
	memset(run, 0, sizeof(*run));
	run->c = c;
	run->order = order;
	run->chunk_order = order < 0 ? TA_PAGEBLOCK_ORDER : order;
	run->in_block = TA_PAGEBLOCK_PAGES;
	run->migrate_at = from_ends ? 0 : ALIGN_DOWN(c->migrate_at,
						     1UL << run->chunk_order);
	run->free_at = from_ends ? end_of(c) : min(c->free_at, end_of(c));
}

/* The scanners meet where no whole chunk is left between them. */
static bool have_met(const struct run *run)
{
	return run->migrate_at + (1UL << run->chunk_order) > run->free_at;
}

static enum ta_compact_result scan(struct run *run)
{
	while (!have_met(run)) {
		struct ta_section *sec = section_at(run->c, run->migrate_at);

		if (fatal_signal_pending(current))
			return TA_COMPACT_CONTENDED;
		if (!sec) {
			run->migrate_at = ALIGN(run->migrate_at + 1,
						TA_SECTION_PAGES);
			continue;
		}
		if (!empty_chunk(run, sec))
			return TA_COMPACT_COMPLETE;
		run->migrate_at += 1UL << run->chunk_order;
		if (run->order >= 0 && has_block(run->c, run->order))
			return TA_COMPACT_SUCCESS;
	}
	return TA_COMPACT_COMPLETE;
}

static void clear_hints(struct ta_compaction *c)
{
	struct ta_section *sec;
	unsigned long i;

	ta_for_each_section(pool_of(c), i, sec)
		memset(sec->skip, 0, sizeof(sec->skip));
}

static void begin_of(const struct run *run)
{
	trace_ta_mm_compaction_begin(0, frame_at(run->c, run->migrate_at),
				     frame_at(run->c, run->free_at),
				     pool_of(run->c)->nr_pages, true,
				     TA_COMPACT_RUNNING);
}

static void end_with(const struct run *run, enum ta_compact_result result)
{
	trace_ta_mm_compaction_end(0, frame_at(run->c, run->migrate_at),
				   frame_at(run->c, run->free_at),
				   pool_of(run->c)->nr_pages, true, result);
}

/* Run from where the last one stopped, or from the pool's ends. */
static enum ta_compact_result compact(struct ta_compaction *c, int order,
				      bool from_ends, unsigned long *nr_moved)
{
	enum ta_compact_result result;
	struct run run;

	lockdep_assert_held(&c->lock);
	if (from_ends)
		clear_hints(c);
	start(&run, c, order, from_ends);
	begin_of(&run);
	result = scan(&run);
	release_targets(&run);
	end_with(&run, result);
	c->migrate_at = run.migrate_at;
	/* The pageblock that it is in is looked at once more. */
	c->free_at = run.free_at;
	if (run.in_block < TA_PAGEBLOCK_PAGES)
		c->free_at += TA_PAGEBLOCK_PAGES;
	c->flush = result == TA_COMPACT_COMPLETE;
	*nr_moved += run.nr_moved;
	return result;
}

/* --- deferral ------------------------------------------------------------ */

static bool is_deferred(struct ta_compaction *c, unsigned int order)
{
	if (order < c->failed_order)
		return false;
	return c->nr_deferred++ < 1U << c->defer_shift;
}

static void defer(struct ta_compaction *c, unsigned int order)
{
	c->failed_order = min(c->failed_order, order);
	c->nr_deferred = 0;
	c->defer_shift = min(c->defer_shift + 1, MAX_DEFER_SHIFT);
}

static void undefer(struct ta_compaction *c, unsigned int order)
{
	c->failed_order = max(c->failed_order, order + 1);
	c->nr_deferred = 0;
	c->defer_shift = 0;
}

/* --- what others use ----------------------------------------------------- */

static enum ta_compact_result try_locked(struct ta_compaction *c,
					 unsigned int order)
{
	enum ta_compact_result result;
	unsigned long nr_moved = 0;
	bool from_ends = c->flush;

	if (!c->mover || nr_free_pages(c) < 1UL << order)
		return TA_COMPACT_SKIPPED;
	if (is_deferred(c, order))
		return TA_COMPACT_DEFERRED;
	count(c, TA_VM_COMPACT_STALL, 1);
	ta_compaction_settle(c);
	result = has_block(c, order) ? TA_COMPACT_SUCCESS :
		 compact(c, order, from_ends, &nr_moved);
	/* What was passed over lately may be worth a look now. */
	if (result == TA_COMPACT_COMPLETE && !from_ends)
		result = compact(c, order, true, &nr_moved);
	if (has_block(c, order)) {
		undefer(c, order);
		count(c, TA_VM_COMPACT_SUCCESS, 1);
		return TA_COMPACT_SUCCESS;
	}
	count(c, TA_VM_COMPACT_FAIL, 1);
	if (result == TA_COMPACT_COMPLETE)
		defer(c, order);
	return result;
}

/**
 * ta_compaction_try() - make a free block of an order
 * @c: whose
 * @order: 1 to TA_MAX_ORDER
 *
 * Context: process, may sleep; no lock held that a reclaimer takes.
 * Return: how it ended; only with SUCCESS it makes sense to allocate again.
 */
enum ta_compact_result ta_compaction_try(struct ta_compaction *c,
					 unsigned int order)
{
	enum ta_compact_result result;

	mutex_lock(&c->lock);
	result = try_locked(c, order);
	mutex_unlock(&c->lock);
	return result;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_compaction_try);

/**
 * ta_compaction_all() - bring together what can be, from one end to the other
 * @c: whose
 *
 * Context: process, may sleep; no lock held that a reclaimer takes.
 * Return: the number of pages that were moved.
 */
unsigned long ta_compaction_all(struct ta_compaction *c)
{
	unsigned long nr_moved = 0;

	mutex_lock(&c->lock);
	ta_compaction_settle(c);
	if (c->mover)
		compact(c, WHOLE_POOL, true, &nr_moved);
	undefer(c, TA_MAX_ORDER);
	mutex_unlock(&c->lock);
	return nr_moved;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_compaction_all);

/**
 * ta_compaction_wait() - let a run end that has free pages in its hands
 * @c: whose
 *
 * Context: process, may sleep; no lock held that a reclaimer takes.
 * Return: whether there was one, so that it makes sense to allocate again.
 */
bool ta_compaction_wait(struct ta_compaction *c)
{
	if (!mutex_is_locked(&c->lock))
		return false;
	mutex_lock(&c->lock);
	mutex_unlock(&c->lock);
	return true;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_compaction_wait);

/**
 * ta_compaction_settle() - let pages that became free merge
 * @c: whose
 *
 * Context: process, may sleep.
 */
void ta_compaction_settle(struct ta_compaction *c)
{
	ta_pinned_collect(c->pinned);
	ta_pcplists_drain(c->pcp, false);
}

/**
 * ta_compaction_move() - have a page moved
 * @c: whose
 * @from: the page
 * @to: an allocated page of order 0, the mover's if it succeeds
 *
 * Context: process, may sleep; c->lock held.
 * Return: 0 or an error of ta_mover.move(); -ENODEV without a mover.
 */
int ta_compaction_move(struct ta_compaction *c, struct ta_page *from,
		       struct ta_page *to)
{
	int err;

	lockdep_assert_held(&c->lock);
	if (!c->mover)
		return -ENODEV;
	err = c->mover->move(c->mover, from, to);
	count(c, err ? TA_VM_MIGRATE_FAIL : TA_VM_MIGRATE_SUCCESS, 1);
	return err;
}

/**
 * ta_compaction_set_mover() - say who moves pages of kind USER
 * @c: whose
 * @mover: the layer's, or NULL: the last one runs no more
 *
 * Context: process, may sleep.
 */
void ta_compaction_set_mover(struct ta_compaction *c, struct ta_mover *mover)
{
	mutex_lock(&c->lock);
	c->mover = mover;
	mutex_unlock(&c->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_compaction_set_mover);

/**
 * ta_compaction_init() - set up a compaction that has nobody's pages to move
 * @c: what to set up
 * @buddy: whose free blocks
 * @pcp: the lists in front of it
 * @pinned: freed pages that come back when they are let go
 * @debug: how pages are watched
 *
 * Context: process.
 */
void ta_compaction_init(struct ta_compaction *c, struct ta_buddy *buddy,
			struct ta_pcplists *pcp, struct ta_pinned *pinned,
			struct ta_page_debug *debug)
{
	memset(c, 0, sizeof(*c));
	c->buddy = buddy;
	c->pcp = pcp;
	c->pinned = pinned;
	c->debug = debug;
	mutex_init(&c->lock);
	c->flush = true;
	c->failed_order = TA_NR_PAGE_ORDERS;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_compaction_init);
