// SPDX-License-Identifier: GPL-2.0
/*
 * Watching pages: what is written to them when nobody may, and by whom.
 *
 * Model: three switches, all off until somebody turns one on.
 *
 *	poison	a block is filled with 0xaa when it is freed; before it is
 *		handed out again each page is looked through. Another byte was
 *		written while nobody had the page.
 *	owner	who allocated and who freed, in page_owner.c.
 *	guard	a block of order o is the lower half of one of order o + 1. The
 *		first page of the upper half is filled with 0xaa, and looked at
 *		when the block is freed. Another byte was written behind the end.
 *
 *		[ block of order o ][ 0xaa |  unused  ]
 *		  ALLOC               GUARD
 *
 * A page of the linear map cannot be unmapped by a module (neither
 * set_memory_np() nor set_direct_map_invalid_noflush() is exported), so a guard
 * does not stop a write, it shows it afterwards. It doubles what an allocation
 * takes. Blocks of the highest order have none, nor have those for which no
 * block of twice the size is free.
 *
 * While a switch of any pool is on the key is too, and every allocation and free
 * goes the slow way. The key comes on before the switch and goes off after it,
 * so a page that the notes call poisoned is always handed out by who looks.
 *
 * Invariants
 *  I1  a page whose note says so is poisoned, or was written to
 *  I2  a GUARD is the upper half of a block whose lower half is owned
 *
 * Locking: debug->lock for the switches. A guard is taken by whoever changes its
 * kind first: who frees its block or who turns guards off.
 * Context: any, but for set and fini, which may sleep.
 * Failure: without memory for the notes a switch stays off.
 */
#include "callstack.h"
#include "page_debug.h"
#include "report.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

DEFINE_STATIC_KEY_FALSE(ta_page_debug_key);

/* How much of what was found is shown. */
#define SHOW_BYTES	64UL

static bool is_on(const struct ta_page_debug *debug,
		  enum ta_page_debug_switch what)
{
	return READ_ONCE(debug->on) & BIT(what);
}

/* Report the first byte of a page that is not poison, if there is one. */
static void check_poison(struct ta_page_debug *debug, struct ta_page *tp,
			 enum ta_fault fault, unsigned long caller)
{
	u8 *start = ta_page_addr(tp), *end = start + PAGE_SIZE;
	u8 *first = memchr_inv(start, TA_PAGE_POISON, PAGE_SIZE);
	u8 *last = end;

	if (likely(!first))
		return;
	while (last[-1] == TA_PAGE_POISON)
		last--;
	if (!ta_report(fault, first, caller,
		       "frame %lu: %#04x in place of %#04x at offset %zu, last at %zu%s",
		       ta_page_frame(tp), *first, TA_PAGE_POISON,
		       (size_t)(first - start), (size_t)(last - start) - 1,
		       first + 1 == last && is_power_of_2(*first ^ TA_PAGE_POISON) ?
		       ", a single bit" : ""))
		return;
	ta_report_bytes("", first, min_t(size_t, (end - first), SHOW_BYTES));
	ta_page_owner_report(&debug->notes, tp);
}

/* --- poison ------------------------------------------------------------ */

static void poison(struct ta_page_debug *debug, struct ta_page *tp,
		   unsigned int order)
{
	memset(ta_page_addr(tp), TA_PAGE_POISON, PAGE_SIZE << order);
	ta_page_poison_set(&debug->notes, tp, order);
}

static void unpoison(struct ta_page_debug *debug, struct ta_page *tp,
		     unsigned int order, unsigned long caller)
{
	struct ta_page *end = tp + (1UL << order);

	for (; tp < end; tp++)
		if (ta_page_poison_clear(&debug->notes, tp))
			check_poison(debug, tp, TA_FAULT_AFTER_FREE, caller);
}

/* --- guards ------------------------------------------------------------ */

/*
 * The guard behind a block, or NULL. The lowest bit in a guard's number is its
 * order, so one that is found here is of this block.
 */
static struct ta_page *guard_of(struct ta_page *tp, unsigned int order)
{
	struct ta_page *guard = tp + (1UL << order);

	if (order >= TA_MAX_ORDER || tp->idx & BIT(order))
		return NULL;
	return READ_ONCE(guard->kind) == TA_KIND_GUARD ? guard : NULL;
}

/* Whether this is who takes a guard; it is a TAIL then. */
static bool claim(struct ta_page *guard)
{
	return cmpxchg(&guard->kind, TA_KIND_GUARD, TA_KIND_TAIL) ==
	       TA_KIND_GUARD;
}

/**
 * ta_page_guard_set() - make a guard of a block's upper half
 * @debug: whose pages
 * @tp: first page of a block of order @order + 1 that nobody has
 * @order: of what is handed out
 *
 * If guards were turned off meanwhile the upper half is just freed.
 *
 * Context: any.
 */
void ta_page_guard_set(struct ta_page_debug *debug, struct ta_page *tp,
		       unsigned int order)
{
	struct ta_page *guard = tp + (1UL << order);
	bool on;

	tp->order = order;
	guard->order = order;
	/* Pairs with free_guards(): it does not miss one. */
	rcu_read_lock();
	on = is_on(debug, TA_PAGE_DEBUG_GUARD);
	if (on) {
		memset(ta_page_addr(guard), TA_PAGE_POISON, PAGE_SIZE);
		ta_page_set_kind(guard, TA_KIND_GUARD);
	}
	rcu_read_unlock();
	if (!on)
		ta_buddy_free(debug->buddy, guard, order);
}

/**
 * ta_page_guard_take() - check and take off the guard behind a block, if any
 * @debug: whose pages
 * @tp: the block's first page
 * @order: its order
 * @caller: return address of who frees it, for reports
 *
 * Context: any.
 * Return: whether there was one: the block is one of order @order + 1 now.
 */
bool ta_page_guard_take(struct ta_page_debug *debug, struct ta_page *tp,
			unsigned int order, unsigned long caller)
{
	struct ta_page *guard = guard_of(tp, order);
	u8 *first;

	if (!guard || !claim(guard))
		return false;
	first = memchr_inv(ta_page_addr(guard), TA_PAGE_POISON, PAGE_SIZE);
	if (first && ta_report(TA_FAULT_OVERRUN, first, caller,
			       "frame %lu, order %u: %#04x written %zu bytes behind its end",
			       ta_page_frame(tp), order, *first,
			       (size_t)(first - (u8 *)ta_page_addr(guard)))) {
		ta_report_bytes("", first, SHOW_BYTES -
				((unsigned long)first & (SHOW_BYTES - 1)));
		ta_page_owner_report(&debug->notes, tp);
	}
	return true;
}

/* Guards are off: none is set any more. Free those that there are. */
static void free_guards(struct ta_page_debug *debug)
{
	struct ta_section *sec;
	struct ta_page *tp;
	unsigned long i;

	synchronize_rcu();
	ta_for_each_section(debug->notes.pool, i, sec)
		ta_for_each_page(sec, tp)
			if (READ_ONCE(tp->kind) == TA_KIND_GUARD && claim(tp))
				ta_buddy_free(debug->buddy, tp, tp->order);
}

/* --- what happens to a block ------------------------------------------- */

/**
 * ta_page_debug_taken() - a block is about to be handed out
 * @debug: whose pages
 * @tp: its first page
 * @order: its order
 * @gfp: as it was asked for
 * @caller: return address of who asked
 *
 * Context: any.
 */
void ta_page_debug_taken(struct ta_page_debug *debug, struct ta_page *tp,
			 unsigned int order, gfp_t gfp, unsigned long caller)
{
	if (is_on(debug, TA_PAGE_DEBUG_POISON))
		unpoison(debug, tp, order, caller);
	if (is_on(debug, TA_PAGE_DEBUG_OWNER))
		ta_page_owner_alloc(&debug->notes, tp, order, gfp, caller);
}

/**
 * ta_page_debug_freed() - a block is about to become free
 * @debug: whose pages
 * @tp: its first page
 * @order: its order
 * @pinned: somebody still reads it
 * @caller: return address of who frees
 *
 * Context: any.
 */
void ta_page_debug_freed(struct ta_page_debug *debug, struct ta_page *tp,
			 unsigned int order, bool pinned, unsigned long caller)
{
	if (is_on(debug, TA_PAGE_DEBUG_OWNER))
		ta_page_owner_free(&debug->notes, tp, order, caller);
	if (!pinned && is_on(debug, TA_PAGE_DEBUG_POISON))
		poison(debug, tp, order);
}

/**
 * ta_page_debug_left() - a block is about to leave the pool
 * @debug: whose pages
 * @tp: its first page
 * @order: its order
 *
 * When its pages come back there will be something else in them.
 *
 * Context: any.
 */
void ta_page_debug_left(struct ta_page_debug *debug, struct ta_page *tp,
			unsigned int order)
{
	struct ta_page *end = tp + (1UL << order);

	for (; tp < end; tp++)
		ta_page_poison_clear(&debug->notes, tp);
}

/**
 * ta_page_debug_split() - a block becomes single pages of the same owner
 * @debug: whose pages
 * @tp: its first page
 * @order: its order
 * @caller: return address of who splits it, for reports
 *
 * It loses its guard: there would be none behind each page.
 *
 * Context: any.
 */
void ta_page_debug_split(struct ta_page_debug *debug, struct ta_page *tp,
			 unsigned int order, unsigned long caller)
{
	if (ta_page_guard_take(debug, tp, order, caller))
		ta_buddy_free(debug->buddy, tp + (1UL << order), order);
	if (is_on(debug, TA_PAGE_DEBUG_OWNER))
		ta_page_owner_split(&debug->notes, tp, order);
}

/* --- switches ---------------------------------------------------------- */

static int turn_on(struct ta_page_debug *debug, enum ta_page_debug_switch what)
{
	int err = ta_callstack_init();

	if (!err)
		err = ta_page_notes_get(&debug->notes);
	if (err)
		return err;
	if (what == TA_PAGE_DEBUG_POISON)
		ta_page_poison_forget(&debug->notes);
	else if (what == TA_PAGE_DEBUG_OWNER)
		ta_page_owner_forget(&debug->notes);
	static_branch_inc(&ta_page_debug_key);
	WRITE_ONCE(debug->on, debug->on | BIT(what));
	return 0;
}

static void turn_off(struct ta_page_debug *debug,
		     enum ta_page_debug_switch what)
{
	WRITE_ONCE(debug->on, debug->on & ~BIT(what));
	if (what == TA_PAGE_DEBUG_GUARD)
		free_guards(debug);
	static_branch_dec(&ta_page_debug_key);
	ta_page_notes_put(&debug->notes);
}

/**
 * ta_page_debug_set() - turn a switch
 * @debug: whose
 * @what: which
 * @on: to what
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM if there is no memory for the notes.
 */
int ta_page_debug_set(struct ta_page_debug *debug,
		      enum ta_page_debug_switch what, bool on)
{
	int err = 0;

	mutex_lock(&debug->lock);
	if (on && !is_on(debug, what))
		err = turn_on(debug, what);
	else if (!on && is_on(debug, what))
		turn_off(debug, what);
	mutex_unlock(&debug->lock);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_page_debug_set);

/**
 * ta_page_debug_grown() - the pool may have new sections
 * @debug: whose pages
 *
 * Without memory for notes on them their pages are not watched.
 *
 * Context: process, may sleep.
 */
void ta_page_debug_grown(struct ta_page_debug *debug)
{
	mutex_lock(&debug->lock);
	if (debug->on)
		ta_page_notes_extend(&debug->notes);
	mutex_unlock(&debug->lock);
}

/**
 * ta_page_debug_init() - set up, with every switch off
 * @debug: what to set up
 * @buddy: whose pages are watched
 *
 * Context: process.
 */
void ta_page_debug_init(struct ta_page_debug *debug, struct ta_buddy *buddy)
{
	debug->buddy = buddy;
	debug->on = 0;
	mutex_init(&debug->lock);
	ta_page_notes_init(&debug->notes, buddy->pool);
}

/**
 * ta_page_debug_fini() - turn everything off
 * @debug: whose pages nobody allocates or frees any more
 *
 * Context: process, may sleep.
 */
void ta_page_debug_fini(struct ta_page_debug *debug)
{
	unsigned int what;

	for (what = 0; what < TA_NR_PAGE_DEBUGS; what++)
		ta_page_debug_set(debug, what, false);
}
