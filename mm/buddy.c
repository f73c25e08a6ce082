// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy allocator: free blocks of 2^order pages, split and merged.
 *
 * Model (Knowlton 1965): a free block of order o starts at a frame that is a
 * multiple of 2^o. Its buddy, the other half of the block of order o + 1, is
 * at frame ^ 2^o. A request takes the smallest block that is large enough and
 * puts the halves it does not need back; a free merges with the buddy for as
 * long as that is free as a whole:
 *
 *	order 3	[               0               ]
 *	order 2	[       0       ][       4      ]	alloc(0): split thrice,
 *	order 1	[   0   ][  2   ]			4, 2 and 1 become free
 *	order 0	[ 0 ][ 1]				blocks
 *
 * What became free last is used first, as it is in the caches; but if the free
 * of one more block would merge twice, the one here goes to the end of the list,
 * to be free still when that happens.
 *
 * Sections are blocks of the highest order, so a buddy is always in the same
 * section and is found by its index alone. HOLE pages never merge.
 *
 * Types (Gorman 2007): one page that cannot be moved spoils a large block for
 * good. So each pageblock of 512 pages has a type, and a request takes from
 * pageblocks of its own. Where those have nothing left, it takes the largest
 * block of another type, and if that is a good part of its pageblock, the whole
 * pageblock changes its type (is stolen): the next such requests go there too,
 * and not into a third one.
 *
 *	unmovable, wants order 0   [U U U U] [M . . .] [M M M .]
 *	no U is free                          U U U U  stolen
 *
 * In a pool of few pageblocks all are movable, whatever they are used for.
 * ISOLATE is for who is about to empty a pageblock: what is freed in it stays,
 * and only ta_buddy_take_free() gets it.
 *
 * Invariants, under the lock
 *  I1  a page is FREE iff it is the first of a block on free[its order]
 *  I2  a FREE block starts at a multiple of its size, its other pages are TAIL
 *  I3  no two buddies of the same order are both FREE, but pageblocks of which
 *	one is isolated
 *  I4  nr_free[o][t] is the length of free[o][t]; bit o of nonempty[t]:
 *	nr_free[o][t] != 0
 *  I5  nr_free_pages is the sum of nr_free[o] << o, nr_isolated_pages that of
 *	the blocks of type ISOLATE
 *  I6  a FREE block on free[o][t] lies in pageblocks of type t
 *
 * Locking: buddy->lock, interrupts off. Calls nothing while holding it, but a
 * tracepoint.
 * Context: any, hard interrupts included.
 * Failure: no block that is large enough gives NULL; nothing else can fail.
 */
#include "buddy.h"
#include "report.h"
#include "trace.h"

#include <linux/bitops.h>
#include <linux/lockdep.h>

static void add_block(struct ta_buddy *buddy, struct ta_page *tp,
		      unsigned int order, enum ta_migratetype type)
{
	ta_page_set_kind(tp, TA_KIND_FREE);
	ta_page_set_order(tp, order);
	list_add(&tp->lru, &buddy->free[order][type]);
	buddy->nr_free[order][type]++;
	/* Pairs with ta_buddy_has(). */
	WRITE_ONCE(buddy->nonempty[type],
		   buddy->nonempty[type] | 1UL << order);
}

static void del_block(struct ta_buddy *buddy, struct ta_page *tp,
		      unsigned int order, enum ta_migratetype type)
{
	ta_page_set_kind(tp, TA_KIND_TAIL);
	/* Not list_del(): who takes the block overwrites the poison at once. */
	__list_del_entry(&tp->lru);
	if (!--buddy->nr_free[order][type])
		WRITE_ONCE(buddy->nonempty[type],
			   buddy->nonempty[type] & ~(1UL << order));
}

/* Pages become free, or are no longer. */
static void account(struct ta_buddy *buddy, long nr_pages,
		    enum ta_migratetype type)
{
	WRITE_ONCE(buddy->nr_free_pages, buddy->nr_free_pages + nr_pages);
	if (unlikely(type == TA_MIGRATE_ISOLATE))
		WRITE_ONCE(buddy->nr_isolated_pages,
			   buddy->nr_isolated_pages + nr_pages);
}

/* --- merging ------------------------------------------------------------- */

static bool is_free(const struct ta_page *tp, unsigned int order)
{
	/*
	 * Pairs with ta_page_set_kind(): the owner of a block that is not FREE
	 * changes its kind without the lock, but never from or to FREE.
	 */
	return READ_ONCE(tp->kind) == TA_KIND_FREE && tp->order == order;
}

static struct ta_page *buddy_of(struct ta_page *tp, unsigned int order)
{
	return tp - tp->idx + (tp->idx ^ (1U << order));
}

static void set_type(struct ta_page *tp, enum ta_migratetype type)
{
	WRITE_ONCE(ta_page_section(tp)->type[tp->idx >> TA_PAGEBLOCK_ORDER],
		   type);
}

/*
 * A free pageblock and the other one of its section: they merge whatever their
 * types, and have the first one's then, unless just one of them is isolated.
 */
static noinline struct ta_page *merge_pageblocks(struct ta_buddy *buddy,
						 struct ta_page *tp,
						 struct ta_page *other)
{
	enum ta_migratetype type = ta_page_type(tp), was = ta_page_type(other);

	if (type != was) {
		if (type == TA_MIGRATE_ISOLATE || was == TA_MIGRATE_ISOLATE)
			return NULL;
		set_type(other, type);
	}
	del_block(buddy, other, TA_PAGEBLOCK_ORDER, was);
	ta_page_set_kind(tp, TA_KIND_TAIL);
	return min(tp, other);
}

/*
 * Whether the block one order larger would merge again if the buddy of this one
 * became free as well: then this one should be among the last to be used.
 */
static bool may_merge_soon(struct ta_page *tp, unsigned int order)
{
	struct ta_page *larger = tp - (tp->idx & (1U << order));

	return order < TA_PAGEBLOCK_ORDER &&
	       is_free(buddy_of(larger, order + 1), order + 1);
}

static void merge_locked(struct ta_buddy *buddy, struct ta_page *tp,
			 unsigned int order, enum ta_migratetype type)
{
	unsigned int freed = order;
	struct ta_page *other;

	while (order < TA_PAGEBLOCK_ORDER) {
		other = buddy_of(tp, order);
		if (!is_free(other, order))
			break;
		del_block(buddy, other, order, type);
		ta_page_set_kind(tp, TA_KIND_TAIL);
		tp = min(tp, other);
		order++;
	}
	if (order == TA_PAGEBLOCK_ORDER) {
		other = buddy_of(tp, order);
		other = is_free(other, order) ?
			merge_pageblocks(buddy, tp, other) : NULL;
		if (other) {
			tp = other;
			order++;
		}
	}
	add_block(buddy, tp, order, type);
	if (may_merge_soon(tp, order))
		list_move_tail(&tp->lru, &buddy->free[order][type]);
	if (order > freed)
		trace_ta_mm_page_merge(ta_page_host(tp), ta_page_frame(tp),
				       freed, order);
}

static void free_locked(struct ta_buddy *buddy, struct ta_page *tp,
			unsigned int order)
{
	enum ta_migratetype type = ta_page_type(tp);

	lockdep_assert_held(&buddy->lock);
	if (unlikely(order > TA_PAGEBLOCK_ORDER &&
		     ta_page_type(tp + TA_PAGEBLOCK_PAGES) != type)) {
		/* The type of one changed meanwhile: each for itself. */
		free_locked(buddy, tp, TA_PAGEBLOCK_ORDER);
		free_locked(buddy, tp + TA_PAGEBLOCK_PAGES, TA_PAGEBLOCK_ORDER);
		return;
	}
	account(buddy, 1L << order, type);
	merge_locked(buddy, tp, order, type);
}

/* --- setting up ---------------------------------------------------------- */

/* Free [first, end) of a section as the largest aligned blocks it has. */
static void free_run(struct ta_buddy *buddy, struct ta_page *first,
		     struct ta_page *end)
{
	while (first < end) {
		/* Of two pageblocks each counts by itself, and merges. */
		unsigned int order = min_t(unsigned int, TA_PAGEBLOCK_ORDER,
					   __fls(end - first));

		if (first->idx)
			order = min_t(unsigned int, order, __ffs(first->idx));
		free_locked(buddy, first, order);
		first += 1UL << order;
	}
}

static void free_section(struct ta_buddy *buddy, struct ta_section *sec)
{
	struct ta_page *tp = sec->pages, *end = tp + TA_SECTION_PAGES;

	while (tp < end) {
		struct ta_page *first;

		while (tp < end && tp->kind == TA_KIND_HOLE)
			tp++;
		first = tp;
		while (tp < end && tp->kind != TA_KIND_HOLE)
			tp++;
		free_run(buddy, first, tp);
	}
}

/**
 * ta_buddy_resized() - adapt what depends on the size of the pool
 * @buddy: whose pool has changed its size
 *
 * Context: any; the pool's lock held.
 */
void ta_buddy_resized(struct ta_buddy *buddy)
{
	WRITE_ONCE(buddy->one_type, buddy->pool->nr_pages <
		   TA_NR_MIGRATE_TYPES * TA_PAGEBLOCK_PAGES);
	ta_watermarks_resize(&buddy->marks, buddy->pool->nr_pages);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_resized);

/**
 * ta_buddy_init() - make every page of a pool free
 * @buddy: what to set up
 * @pool: its pages, fresh from ta_pool_init()
 *
 * Context: process.
 */
void ta_buddy_init(struct ta_buddy *buddy, struct ta_pool *pool)
{
	struct ta_section *sec;
	unsigned long i, flags;
	unsigned int order, type;

	memset(buddy, 0, sizeof(*buddy));
	buddy->pool = pool;
	ta_watermarks_init(&buddy->marks, pool->nr_pages);
	ta_buddy_resized(buddy);
	spin_lock_init(&buddy->lock);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		for (type = 0; type < TA_NR_MIGRATE_TYPES; type++)
			INIT_LIST_HEAD(&buddy->free[order][type]);
	spin_lock_irqsave(&buddy->lock, flags);
	ta_for_each_section(pool, i, sec)
		free_section(buddy, sec);
	spin_unlock_irqrestore(&buddy->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_init);

/* --- taking -------------------------------------------------------------- */

/* The smallest block of a type that is large enough, off its list; or NULL. */
static struct ta_page *take_own(struct ta_buddy *buddy, unsigned int order,
				enum ta_migratetype type, unsigned int *from)
{
	unsigned long fits = buddy->nonempty[type] >> order;
	struct ta_page *tp;

	if (!fits)
		return NULL;
	*from = order + __ffs(fits);
	tp = list_first_entry(&buddy->free[*from][type], struct ta_page, lru);
	del_block(buddy, tp, *from, type);
	return tp;
}

/* Where a request of a type goes when its own has nothing: best first. */
static const u8 fallbacks[TA_NR_PCP_TYPES][TA_NR_PCP_TYPES - 1] = {
	[TA_MIGRATE_UNMOVABLE] = { TA_MIGRATE_RECLAIMABLE, TA_MIGRATE_MOVABLE },
	[TA_MIGRATE_MOVABLE] = { TA_MIGRATE_RECLAIMABLE, TA_MIGRATE_UNMOVABLE },
	[TA_MIGRATE_RECLAIMABLE] = { TA_MIGRATE_UNMOVABLE, TA_MIGRATE_MOVABLE },
};

/*
 * Whether to think of a whole pageblock when a block of @from is taken. What is
 * unmovable would otherwise spread; what is movable does no lasting harm, and
 * is worth a pageblock only if most of one may be free.
 */
static bool may_steal(unsigned int from, enum ta_migratetype type)
{
	return type != TA_MIGRATE_MOVABLE || from >= TA_PAGEBLOCK_ORDER / 2;
}

/*
 * Whether at least half of a pageblock is free or used by what is like @type.
 * Of the used pages it is only known which can be moved: in a pageblock for
 * movable pages the others are as much a mistake as what comes.
 */
static bool mostly_alike(const struct ta_page *block, enum ta_migratetype type,
			 enum ta_migratetype was)
{
	unsigned long nr_free = 0, nr_movable = 0, nr_alike = 0, i = 0;

	while (i < TA_PAGEBLOCK_PAGES) {
		unsigned int kind = READ_ONCE(block[i].kind);

		if (kind == TA_KIND_FREE) {
			nr_free += 1UL << block[i].order;
			i += 1UL << block[i].order;
			continue;
		}
		nr_movable += kind == TA_KIND_USER;
		i++;
	}
	if (type == TA_MIGRATE_MOVABLE)
		nr_alike = nr_movable;
	else if (was == TA_MIGRATE_MOVABLE)
		nr_alike = TA_PAGEBLOCK_PAGES - nr_free - nr_movable;
	return nr_free + nr_alike >= TA_PAGEBLOCK_PAGES / 2;
}

/* Change the type of a pageblock and the lists of its free blocks. */
static void move_block(struct ta_buddy *buddy, struct ta_page *block,
		       enum ta_migratetype was, enum ta_migratetype type)
{
	unsigned long i = 0, nr_pages = 0;

	while (i < TA_PAGEBLOCK_PAGES) {
		struct ta_page *tp = block + i;
		unsigned int order;

		if (READ_ONCE(tp->kind) != TA_KIND_FREE) {
			i++;
			continue;
		}
		order = tp->order;
		del_block(buddy, tp, order, was);
		add_block(buddy, tp, order, type);
		nr_pages += 1UL << order;
		i += 1UL << order;
	}
	account(buddy, -nr_pages, was);
	account(buddy, nr_pages, type);
	set_type(block, type);
}

static struct ta_page *pageblock_of(struct ta_page *tp)
{
	return tp - (tp->idx & (TA_PAGEBLOCK_PAGES - 1));
}

/* Give the pageblock of a free block, or both of them, to another type. */
static bool steal(struct ta_buddy *buddy, struct ta_page *tp,
		  unsigned int from, enum ta_migratetype was,
		  enum ta_migratetype type)
{
	struct ta_page *block = pageblock_of(tp);

	if (from > TA_PAGEBLOCK_ORDER) {
		del_block(buddy, tp, from, was);
		set_type(tp, type);
		set_type(tp + TA_PAGEBLOCK_PAGES, type);
		add_block(buddy, tp, from, type);
		return true;
	}
	if (!mostly_alike(block, type, was))
		return false;
	move_block(buddy, block, was, type);
	return true;
}

/*
 * Take a block of another type: the largest, so that this is seldom; or, where
 * its pageblock is not wanted as a whole, the smallest that will do.
 */
static noinline struct ta_page *fall_back(struct ta_buddy *buddy,
					  unsigned int order,
					  enum ta_migratetype *type,
					  unsigned int *from)
{
	enum ta_migratetype want = *type, was = fallbacks[want][0];
	unsigned long fits = (buddy->nonempty[was] |
			      buddy->nonempty[fallbacks[want][1]]) >> order;
	struct ta_page *tp;
	bool stolen;

	if (!fits)
		return NULL;
	*from = order + __fls(fits);
	stolen = may_steal(*from, want);
	if (!stolen)
		*from = order + __ffs(fits);
	if (!(buddy->nonempty[was] & (1UL << *from)))
		was = fallbacks[want][1];
	tp = list_first_entry(&buddy->free[*from][was], struct ta_page, lru);
	stolen = stolen && steal(buddy, tp, *from, was, want);
	trace_ta_mm_page_alloc_extfrag(ta_page_host(tp), order, *from,
				       TA_PAGEBLOCK_ORDER, want, was, stolen);
	ta_vmstat_inc(&buddy->pool->vmstat, TA_VM_EXTFRAG);
	if (stolen) {
		ta_vmstat_inc(&buddy->pool->vmstat, TA_VM_EXTFRAG_STEAL);
		return take_own(buddy, order, want, from);
	}
	del_block(buddy, tp, *from, was);
	*type = was;
	return tp;
}

/*
 * A block that is large enough, off its list; *@from is set to its order. Where
 * it is of another type, *@type is changed to that.
 */
static struct ta_page *take_locked(struct ta_buddy *buddy, unsigned int order,
				   enum ta_migratetype *type,
				   unsigned int *from)
{
	struct ta_page *tp;

	lockdep_assert_held(&buddy->lock);
	*type = ta_buddy_type(buddy, *type);
	tp = take_own(buddy, order, *type, from);
	return likely(tp) ? tp : fall_back(buddy, order, type, from);
}

/*
 * Give back [used, end) of a block that starts at @tp. Each piece is as large
 * as its start is aligned, so no two of them are buddies of one another, and
 * none has a free buddy: that would be what is used.
 */
static void free_rest(struct ta_buddy *buddy, struct ta_page *tp,
		      unsigned int used, unsigned int end,
		      enum ta_migratetype type)
{
	while (used < end) {
		unsigned int order = __ffs(used);

		add_block(buddy, tp + used, order, type);
		used += 1U << order;
	}
}

/*
 * Cut up to @nr blocks off the smallest one that is large enough, all at once:
 * the same blocks as one by one, without the lists in between.
 */
static unsigned int cut_locked(struct ta_buddy *buddy, unsigned int order,
			       enum ta_migratetype type, unsigned int nr,
			       struct ta_page **list)
{
	unsigned int from, i;
	struct ta_page *tp = take_locked(buddy, order, &type, &from);
	struct page *page;

	if (!tp)
		return 0;
	if (from > order)
		trace_ta_mm_page_split(ta_page_host(tp), ta_page_frame(tp), from,
				       order);
	nr = min(nr, 1U << (from - order));
	free_rest(buddy, tp, nr << order, 1U << from, type);
	page = ta_page_host(tp);
	for (i = 0; i < nr; i++, tp += 1U << order, page += 1U << order) {
		ta_page_set_kind(tp, TA_KIND_PCP);
		tp->host = page;
		ta_page_set_order(tp, order);
		tp->next = *list;
		*list = tp;
	}
	account(buddy, -((long)nr << order), type);
	return nr;
}

/**
 * ta_buddy_alloc_bulk() - take several blocks under one lock
 * @buddy: where from
 * @order: of each
 * @type: what they are for, less than TA_NR_PCP_TYPES; not checked
 * @nr: how many are wanted
 * @list: set to the first; they are linked by ta_page.next and of kind PCP
 *
 * Context: any.
 * Return: how many there were.
 */
unsigned int ta_buddy_alloc_bulk(struct ta_buddy *buddy, unsigned int order,
				 enum ta_migratetype type, unsigned int nr,
				 struct ta_page **list)
{
	unsigned int got = 0, more;
	unsigned long flags;

	*list = NULL;
	type = ta_buddy_type(buddy, type);
	spin_lock_irqsave(&buddy->lock, flags);
	do {
		more = cut_locked(buddy, order, type, nr - got, list);
		got += more;
		/* The first one may be of another type; no more of it. */
	} while (more && got < nr && ta_buddy_has(buddy, order, type));
	spin_unlock_irqrestore(&buddy->lock, flags);
	return got;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_alloc_bulk);

/* --- giving back --------------------------------------------------------- */

/**
 * ta_buddy_free() - give a block back
 * @buddy: where to
 * @tp: its first page, not FREE and not on any list
 * @order: the order it was taken with
 *
 * Context: any.
 */
void ta_buddy_free(struct ta_buddy *buddy, struct ta_page *tp,
		   unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&buddy->lock, flags);
	free_locked(buddy, tp, order);
	spin_unlock_irqrestore(&buddy->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_free);

/*
 * Free the first blocks of a list that stand side by side, in either direction,
 * as the largest blocks that they make up: what was freed in a row merges here
 * and not on the lists. The outcome is the same. Return the rest of the list.
 */
static struct ta_page *free_side_by_side(struct ta_buddy *buddy,
					 struct ta_page *list,
					 unsigned int order)
{
	struct ta_section *sec = ta_page_section(list);
	struct ta_page *first = list, *last = list;

	for (;;) {
		ta_page_set_kind(list, TA_KIND_TAIL);
		list = list->next;
		if (!list || ta_page_section(list) != sec)
			break;
		if (list == first - (1UL << order))
			first = list;
		else if (list == last + (1UL << order))
			last = list;
		else
			break;
	}
	if (first == last)
		free_locked(buddy, first, order);
	else
		free_run(buddy, first, last + (1UL << order));
	return list;
}

/**
 * ta_buddy_free_list() - give several blocks back under one lock
 * @buddy: where to
 * @list: blocks linked by ta_page.next
 * @order: of each
 *
 * Context: any.
 */
void ta_buddy_free_list(struct ta_buddy *buddy, struct ta_page *list,
			unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&buddy->lock, flags);
	while (list)
		list = free_side_by_side(buddy, list, order);
	spin_unlock_irqrestore(&buddy->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_free_list);

/* --- a certain block ----------------------------------------------------- */

/* The free block that a page lies in, by its first page; or NULL. */
static struct ta_page *free_block_of(struct ta_page *tp)
{
	unsigned int order;

	for (order = 0; order < TA_NR_PAGE_ORDERS; order++) {
		struct ta_page *first = tp - (tp->idx & ((1U << order) - 1));

		if (READ_ONCE(first->kind) == TA_KIND_FREE)
			return first->order >= order ? first : NULL;
	}
	return NULL;
}

/* Split a block down to @order so that one of them starts at @tp. */
static void split_at(struct ta_buddy *buddy, struct ta_page *first,
		     unsigned int from, struct ta_page *tp, unsigned int order,
		     enum ta_migratetype type)
{
	while (from > order) {
		struct ta_page *half = first + (1UL << --from);

		if (tp < half) {
			add_block(buddy, half, from, type);
		} else {
			add_block(buddy, first, from, type);
			first = half;
		}
	}
}

/**
 * ta_buddy_take_free() - take the free pages at a certain place
 * @buddy: where from
 * @tp: the first of them, in an isolated pageblock or not
 * @max_order: no more than this, 0 to TA_MAX_ORDER
 *
 * What is taken is as large a block as @tp is aligned for.
 *
 * Context: any.
 * Return: its order; its first page is of kind TAIL for the caller to set. -1
 * if @tp is not in a free block.
 */
int ta_buddy_take_free(struct ta_buddy *buddy, struct ta_page *tp,
		       unsigned int max_order)
{
	unsigned long flags;
	struct ta_page *first;
	int order = -1;

	spin_lock_irqsave(&buddy->lock, flags);
	first = free_block_of(tp);
	if (first) {
		enum ta_migratetype type = ta_page_type(first);
		unsigned int from = first->order;

		order = min(max_order, from);
		if (tp->idx)
			order = min_t(int, order, __ffs(tp->idx));
		del_block(buddy, first, from, type);
		split_at(buddy, first, from, tp, order, type);
		account(buddy, -(1L << order), type);
	}
	spin_unlock_irqrestore(&buddy->lock, flags);
	return order;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_take_free);

/**
 * ta_buddy_set_block_type() - change the type of a pageblock
 * @buddy: whose
 * @tp: any page in it
 * @type: of it from now on
 *
 * Its free blocks change their lists. What the CPUs have on theirs does not:
 * who isolates a pageblock drains them afterwards.
 *
 * Context: any.
 * Return: the type that it had.
 */
enum ta_migratetype ta_buddy_set_block_type(struct ta_buddy *buddy,
					    struct ta_page *tp,
					    enum ta_migratetype type)
{
	struct ta_page *block = pageblock_of(tp), *first = block - block->idx;
	enum ta_migratetype was;
	unsigned long flags;

	spin_lock_irqsave(&buddy->lock, flags);
	was = ta_page_type(block);
	if (was != type) {
		if (is_free(first, TA_MAX_ORDER)) {
			del_block(buddy, first, TA_MAX_ORDER, was);
			add_block(buddy, first, TA_PAGEBLOCK_ORDER, was);
			add_block(buddy, first + TA_PAGEBLOCK_PAGES,
				  TA_PAGEBLOCK_ORDER, was);
		}
		move_block(buddy, block, was, type);
		if (is_free(block, TA_PAGEBLOCK_ORDER)) {
			del_block(buddy, block, TA_PAGEBLOCK_ORDER, type);
			merge_locked(buddy, block, TA_PAGEBLOCK_ORDER, type);
		}
	}
	spin_unlock_irqrestore(&buddy->lock, flags);
	return was;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_set_block_type);

/* --- looking ------------------------------------------------------------- */

/**
 * ta_buddy_is_free() - tell whether a page is in a free block
 * @buddy: whose
 * @tp: the page
 *
 * Context: any.
 * Return: whether it is; what is on a per-CPU list is not.
 */
bool ta_buddy_is_free(struct ta_buddy *buddy, struct ta_page *tp)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&buddy->lock, flags);
	found = free_block_of(tp);
	spin_unlock_irqrestore(&buddy->lock, flags);
	return found;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_is_free);

/**
 * ta_buddy_nr_free() - count the free blocks of an order, of every type
 * @buddy: whose
 * @order: 0 to TA_MAX_ORDER
 *
 * Context: any; without the lock a snapshot.
 * Return: the number.
 */
unsigned long ta_buddy_nr_free(const struct ta_buddy *buddy, unsigned int order)
{
	unsigned long nr = 0;
	unsigned int type;

	for (type = 0; type < TA_NR_MIGRATE_TYPES; type++)
		nr += READ_ONCE(buddy->nr_free[order][type]);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_nr_free);

/**
 * ta_buddy_count() - count the free blocks by order and type
 * @buddy: whose
 * @nr: filled in, all at one moment
 *
 * Context: any.
 */
void ta_buddy_count(struct ta_buddy *buddy,
		    unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES])
{
	unsigned long flags;

	spin_lock_irqsave(&buddy->lock, flags);
	memcpy(nr, buddy->nr_free, sizeof(buddy->nr_free));
	spin_unlock_irqrestore(&buddy->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_count);

static bool merges(struct ta_page *tp, unsigned int order)
{
	struct ta_page *other = buddy_of(tp, order);

	if (!is_free(other, order))
		return false;
	return ta_page_type(tp) == ta_page_type(other) ||
	       (ta_page_type(tp) != TA_MIGRATE_ISOLATE &&
		ta_page_type(other) != TA_MIGRATE_ISOLATE);
}

static bool validate_block(struct ta_page *tp, unsigned int order,
			   enum ta_migratetype type)
{
	bool ok = ta_check(is_free(tp, order), "buddy I1", tp);
	unsigned int i;

	ok &= ta_check(!(tp->idx & ((1U << order) - 1)), "buddy I2", tp);
	for (i = 1; i < 1U << order; i++)
		ok &= ta_check(tp[i].kind == TA_KIND_TAIL, "buddy I2", tp + i);
	if (order < TA_MAX_ORDER)
		ok &= ta_check(!merges(tp, order), "buddy I3", tp);
	for (i = 0; i < 1U << order; i += TA_PAGEBLOCK_PAGES)
		ok &= ta_check(ta_page_type(tp + i) == type, "buddy I6", tp);
	return ok;
}

static bool validate_list(struct ta_buddy *buddy, unsigned int order,
			  enum ta_migratetype type)
{
	unsigned long nr = 0;
	struct ta_page *tp;
	bool ok = true;

	list_for_each_entry(tp, &buddy->free[order][type], lru) {
		nr++;
		ok &= validate_block(tp, order, type);
	}
	ok &= ta_check(nr == buddy->nr_free[order][type], "buddy I4", buddy);
	return ok & ta_check(!nr == !(buddy->nonempty[type] & (1UL << order)),
			     "buddy I4", buddy);
}

/* I1 the other way round: what is FREE is on a list, so the numbers agree. */
static unsigned long count_free(struct ta_pool *pool)
{
	struct ta_section *sec;
	struct ta_page *tp;
	unsigned long i, nr = 0;

	ta_for_each_section(pool, i, sec)
		ta_for_each_page(sec, tp)
			nr += READ_ONCE(tp->kind) == TA_KIND_FREE;
	return nr;
}

/**
 * ta_buddy_validate() - check I1 to I6
 * @buddy: a buddy allocator, in use or not
 *
 * Context: any; holds the lock for the whole walk.
 * Return: whether they hold. What does not is reported.
 */
bool ta_buddy_validate(struct ta_buddy *buddy)
{
	unsigned long flags, nr_blocks = 0, nr_pages[TA_NR_MIGRATE_TYPES] = {};
	unsigned int order, type;
	bool ok = true;

	spin_lock_irqsave(&buddy->lock, flags);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		for (type = 0; type < TA_NR_MIGRATE_TYPES; type++) {
			ok &= validate_list(buddy, order, type);
			nr_blocks += buddy->nr_free[order][type];
			nr_pages[type] += buddy->nr_free[order][type] << order;
		}
	ok &= ta_check(nr_pages[TA_MIGRATE_ISOLATE] == buddy->nr_isolated_pages,
		       "buddy I5", buddy);
	for (type = 1; type < TA_NR_MIGRATE_TYPES; type++)
		nr_pages[0] += nr_pages[type];
	ok &= ta_check(nr_pages[0] == buddy->nr_free_pages, "buddy I5", buddy);
	ok &= ta_check(nr_blocks == count_free(buddy->pool), "buddy I1",
		       buddy);
	spin_unlock_irqrestore(&buddy->lock, flags);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_validate);
