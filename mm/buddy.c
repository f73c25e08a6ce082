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
 * Sections are blocks of the highest order, so a buddy is always in the same
 * section and is found by its index alone. HOLE pages never merge.
 *
 * Invariants, under the lock
 *  I1  a page is FREE iff it is the first of a block on free[its order]
 *  I2  a FREE block starts at a multiple of its size, its other pages are TAIL
 *  I3  no two buddies of the same order are both FREE
 *  I4  nr_free[o] is the length of free[o]; bit o of nonempty: nr_free[o] != 0
 *  I5  nr_free_pages is the sum of nr_free[o] << o
 *
 * Locking: buddy->lock, interrupts off. Calls nothing while holding it.
 * Context: any, hard interrupts included.
 * Failure: no block that is large enough gives NULL; nothing else can fail.
 */
#include "buddy.h"
#include "report.h"

#include <linux/bitops.h>
#include <linux/lockdep.h>

static void add_block(struct ta_buddy *buddy, struct ta_page *tp,
		      unsigned int order)
{
	ta_page_set_kind(tp, TA_KIND_FREE);
	tp->order = order;
	list_add(&tp->lru, &buddy->free[order]);
	if (!buddy->nr_free[order]++)
		buddy->nonempty |= 1UL << order;
}

static void del_block(struct ta_buddy *buddy, struct ta_page *tp,
		      unsigned int order)
{
	ta_page_set_kind(tp, TA_KIND_TAIL);
	list_del(&tp->lru);
	if (!--buddy->nr_free[order])
		buddy->nonempty &= ~(1UL << order);
}

/* The upper half of what is too large becomes a free block, down to @order. */
static void split(struct ta_buddy *buddy, struct ta_page *tp,
		  unsigned int from, unsigned int order)
{
	while (from > order) {
		from--;
		add_block(buddy, tp + (1UL << from), from);
	}
}

static struct ta_page *alloc_locked(struct ta_buddy *buddy, unsigned int order)
{
	unsigned long fits = buddy->nonempty >> order;
	struct ta_page *tp;
	unsigned int from;

	lockdep_assert_held(&buddy->lock);
	if (!fits)
		return NULL;
	from = order + __ffs(fits);
	tp = list_first_entry(&buddy->free[from], struct ta_page, lru);
	del_block(buddy, tp, from);
	split(buddy, tp, from, order);
	buddy->nr_free_pages -= 1UL << order;
	return tp;
}

/* The buddy of @tp if it is free as a whole, else NULL. */
static struct ta_page *free_buddy(struct ta_page *tp, unsigned int order)
{
	struct ta_page *other = tp - tp->idx + (tp->idx ^ (1U << order));

	/*
	 * Pairs with ta_page_set_kind(): the owner of a block that is not FREE
	 * changes its kind without the lock, but never from or to FREE.
	 */
	if (READ_ONCE(other->kind) == TA_KIND_FREE && other->order == order)
		return other;
	return NULL;
}

static void free_locked(struct ta_buddy *buddy, struct ta_page *tp,
			unsigned int order)
{
	struct ta_page *other;

	lockdep_assert_held(&buddy->lock);
	buddy->nr_free_pages += 1UL << order;
	while (order < TA_MAX_ORDER && (other = free_buddy(tp, order))) {
		del_block(buddy, other, order);
		ta_page_set_kind(tp, TA_KIND_TAIL);
		tp = min(tp, other);
		order++;
	}
	add_block(buddy, tp, order);
}

/* Free [first, end) of a section as the largest aligned blocks it has. */
static void free_run(struct ta_buddy *buddy, struct ta_page *first,
		     struct ta_page *end)
{
	while (first < end) {
		unsigned int order = min_t(unsigned int, TA_MAX_ORDER,
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
	unsigned int order;

	memset(buddy, 0, sizeof(*buddy));
	buddy->pool = pool;
	spin_lock_init(&buddy->lock);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		INIT_LIST_HEAD(&buddy->free[order]);
	spin_lock_irqsave(&buddy->lock, flags);
	ta_for_each_section(pool, i, sec)
		free_section(buddy, sec);
	spin_unlock_irqrestore(&buddy->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_init);

/**
 * ta_buddy_alloc() - take a block
 * @buddy: where from
 * @order: 0 to TA_MAX_ORDER; not checked
 *
 * Context: any.
 * Return: its first page, of kind TAIL for the caller to set, or NULL.
 */
struct ta_page *ta_buddy_alloc(struct ta_buddy *buddy, unsigned int order)
{
	struct ta_page *tp;
	unsigned long flags;

	spin_lock_irqsave(&buddy->lock, flags);
	tp = alloc_locked(buddy, order);
	spin_unlock_irqrestore(&buddy->lock, flags);
	return tp;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_alloc);

/*
 * Give back [used, end) of a block that starts at @tp. Each piece is as large
 * as its start is aligned, so no two of them are buddies of one another, and
 * none has a free buddy: that would be what is used.
 */
static void free_rest(struct ta_buddy *buddy, struct ta_page *tp,
		      unsigned int used, unsigned int end)
{
	while (used < end) {
		unsigned int order = __ffs(used);

		add_block(buddy, tp + used, order);
		used += 1U << order;
	}
}

/*
 * Cut up to @nr blocks off the smallest one that is large enough, all at once:
 * the same blocks as one by one, without the lists in between.
 */
static unsigned int cut_locked(struct ta_buddy *buddy, unsigned int order,
			       unsigned int nr, struct ta_page **list)
{
	unsigned long fits = buddy->nonempty >> order;
	unsigned int from, i;
	struct ta_page *tp;

	lockdep_assert_held(&buddy->lock);
	if (!fits)
		return 0;
	from = order + __ffs(fits);
	tp = list_first_entry(&buddy->free[from], struct ta_page, lru);
	del_block(buddy, tp, from);
	nr = min(nr, 1U << (from - order));
	free_rest(buddy, tp, nr << order, 1U << from);
	for (i = 0; i < nr; i++, tp += 1U << order) {
		ta_page_set_kind(tp, TA_KIND_PCP);
		tp->order = order;
		tp->next = *list;
		*list = tp;
	}
	buddy->nr_free_pages -= (unsigned long)nr << order;
	return nr;
}

/**
 * ta_buddy_alloc_bulk() - take several blocks under one lock
 * @buddy: where from
 * @order: of each
 * @nr: how many are wanted
 * @list: set to the first; they are linked by ta_page.next and of kind PCP
 *
 * Context: any.
 * Return: how many there were.
 */
unsigned int ta_buddy_alloc_bulk(struct ta_buddy *buddy, unsigned int order,
				 unsigned int nr, struct ta_page **list)
{
	unsigned int got = 0, more;
	unsigned long flags;

	*list = NULL;
	spin_lock_irqsave(&buddy->lock, flags);
	do {
		more = cut_locked(buddy, order, nr - got, list);
		got += more;
	} while (more && got < nr);
	spin_unlock_irqrestore(&buddy->lock, flags);
	return got;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_alloc_bulk);

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
	while (list) {
		struct ta_page *tp = list;

		list = tp->next;
		free_locked(buddy, tp, order);
	}
	spin_unlock_irqrestore(&buddy->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_free_list);

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
		     unsigned int from, struct ta_page *tp, unsigned int order)
{
	while (from > order) {
		struct ta_page *half = first + (1UL << --from);

		if (tp < half) {
			add_block(buddy, half, from);
		} else {
			add_block(buddy, first, from);
			first = half;
		}
	}
}

/**
 * ta_buddy_take_free() - take the free pages at a certain place
 * @buddy: where from
 * @tp: the first of them
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
		unsigned int from = first->order;

		order = min(max_order, from);
		if (tp->idx)
			order = min_t(int, order, __ffs(tp->idx));
		del_block(buddy, first, from);
		split_at(buddy, first, from, tp, order);
		buddy->nr_free_pages -= 1UL << order;
	}
	spin_unlock_irqrestore(&buddy->lock, flags);
	return order;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_take_free);

static bool validate_block(struct ta_page *tp, unsigned int order)
{
	bool ok = ta_check(tp->kind == TA_KIND_FREE && tp->order == order,
			   "buddy I1", tp);
	unsigned int i;

	ok &= ta_check(!(tp->idx & ((1U << order) - 1)), "buddy I2", tp);
	for (i = 1; i < 1U << order; i++)
		ok &= ta_check(tp[i].kind == TA_KIND_TAIL, "buddy I2", tp + i);
	if (order < TA_MAX_ORDER)
		ok &= ta_check(!free_buddy(tp, order), "buddy I3", tp);
	return ok;
}

static bool validate_list(struct ta_buddy *buddy, unsigned int order)
{
	unsigned long nr = 0;
	struct ta_page *tp;
	bool ok = true;

	list_for_each_entry(tp, &buddy->free[order], lru) {
		nr++;
		ok &= validate_block(tp, order);
	}
	ok &= ta_check(nr == buddy->nr_free[order], "buddy I4", buddy);
	return ok & ta_check(!nr == !(buddy->nonempty & (1UL << order)),
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
 * ta_buddy_validate() - check I1 to I5
 * @buddy: a buddy allocator, in use or not
 *
 * Context: any; holds the lock for the whole walk.
 * Return: whether they hold. What does not is reported.
 */
bool ta_buddy_validate(struct ta_buddy *buddy)
{
	unsigned long flags, nr_blocks = 0, nr_pages = 0;
	unsigned int order;
	bool ok = true;

	spin_lock_irqsave(&buddy->lock, flags);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++) {
		ok &= validate_list(buddy, order);
		nr_blocks += buddy->nr_free[order];
		nr_pages += buddy->nr_free[order] << order;
	}
	ok &= ta_check(nr_pages == buddy->nr_free_pages, "buddy I5", buddy);
	ok &= ta_check(nr_blocks == count_free(buddy->pool), "buddy I1",
		       buddy);
	spin_unlock_irqrestore(&buddy->lock, flags);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_buddy_validate);
