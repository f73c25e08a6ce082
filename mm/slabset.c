// SPDX-License-Identifier: GPL-2.0
/*
 * The slabs of one kind of objects: which one serves, which one goes.
 *
 * Model: three lists, by what a slab's freelist holds.
 *
 *	PARTIAL	some: objects come from the first of these
 *	EMPTY	all: a few are kept, the others' pages go back
 *	FULL	none
 *
 * A slab that was FULL becomes the first of the PARTIAL ones. So the fullest
 * are filled up, and the others have time to run empty and go.
 *
 * Invariants, under the lock
 *  I1  a slab is on the list that its inuse says: 0 EMPTY, nr FULL, else PARTIAL
 *  I2  pages of a slab are SLAB (the first) and SLAB_TAIL, and all of them know
 *	the order and the set; of no other page slabset is this set
 *  I3  nr_slabs[s] is the length of slabs[s]; nr_free is the sum of nr - inuse
 *
 * Of objects that readers under RCU may look at, a slab that goes is nobody's for
 * a grace period: only then its pages may become something else. The end of such a
 * set waits for all of them, so that the page layer outlives them.
 *
 * Locking: set->lock, interrupts off; pages are allocated and freed outside it.
 * Context: any, hard interrupts included. get sleeps only with
 * __GFP_DIRECT_RECLAIM.
 * Failure: get returns fewer objects, or none, when there is no page.
 */
#include "slabset.h"
#include "report.h"
#include "slab_report.h"
#include "trace.h"

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

static struct ta_page *slab_of(const struct ta_slabset *set, const void *obj)
{
	return ta_pool_addr(&set->pages->pool,
			    ta_slab_start(&set->layout, obj));
}

/* --- states ------------------------------------------------------------ */

static enum ta_slab_state state_of(const struct ta_slabset *set,
				   unsigned int inuse)
{
	if (!inuse)
		return TA_SLAB_EMPTY;
	return inuse == set->layout.nr ? TA_SLAB_FULL : TA_SLAB_PARTIAL;
}

/* Counted under the lock, looked at without. */
static void add_count(struct ta_slabset *set, enum ta_slab_state state, long nr)
{
	WRITE_ONCE(set->nr_slabs[state], set->nr_slabs[state] + nr);
}

static void add_slab(struct ta_slabset *set, struct ta_page *tp)
{
	enum ta_slab_state state = state_of(set, tp->inuse);

	list_add(&tp->lru, &set->slabs[state]);
	add_count(set, state, 1);
	set->nr_free += set->layout.nr - tp->inuse;
}

static void del_slab(struct ta_slabset *set, struct ta_page *tp)
{
	enum ta_slab_state state = state_of(set, tp->inuse);

	list_del(&tp->lru);
	add_count(set, state, -1);
	set->nr_free -= set->layout.nr - tp->inuse;
}

/* Counts and lists follow inuse, which was @was. */
static void update_slab(struct ta_slabset *set, struct ta_page *tp,
			unsigned int was)
{
	enum ta_slab_state from = state_of(set, was);
	enum ta_slab_state to = state_of(set, tp->inuse);

	set->nr_free += was;
	set->nr_free -= tp->inuse;
	if (from == to)
		return;
	list_move(&tp->lru, &set->slabs[to]);
	add_count(set, from, -1);
	add_count(set, to, 1);
}

static struct ta_page *first_slab(struct ta_slabset *set,
				  enum ta_slab_state state)
{
	return list_first_entry_or_null(&set->slabs[state], struct ta_page,
					lru);
}

/* --- making and discarding slabs --------------------------------------- */

static void mark_pages(struct ta_slabset *set, struct ta_page *tp)
{
	unsigned int i;

	for (i = 0; i < 1U << set->layout.order; i++) {
		ta_page_set_order(&tp[i], set->layout.order);
		WRITE_ONCE(tp[i].slabset, set);
		/* Pairs with ta_slabs_cache_of(). */
		smp_wmb();
		ta_page_set_kind(tp + i, i ? TA_KIND_SLAB_TAIL : TA_KIND_SLAB);
	}
}

static void unmark_pages(struct ta_slabset *set, struct ta_page *tp)
{
	unsigned int i;

	for (i = 0; i < 1U << set->layout.order; i++) {
		WRITE_ONCE(tp[i].slabset, NULL);
		ta_page_set_kind(tp + i, i ? TA_KIND_TAIL : TA_KIND_ALLOC);
	}
}

static bool make_slab(struct ta_slabset *set, gfp_t gfp, unsigned long caller)
{
	unsigned long flags;
	struct ta_page *tp;
	struct page *page;

	gfp &= ~(__GFP_ZERO | __GFP_MOVABLE | __GFP_RECLAIMABLE);
	page = ta_pages_alloc(set->pages, gfp | set->gfp, set->layout.order,
			      caller);
	if (!page)
		return false;
	tp = ta_pool_page(&set->pages->pool, page);
	if (ta_slab_debugged(&set->layout))
		ta_slab_debug_fill(&set->layout, tp);
	ta_slab_carve(&set->layout, tp);
	spin_lock_irqsave(&set->lock, flags);
	mark_pages(set, tp);
	add_slab(set, tp);
	spin_unlock_irqrestore(&set->lock, flags);
	trace_ta_slab_new(set->layout.name, ta_page_frame(tp),
			  set->layout.order, set->layout.nr);
	return true;
}

/*
 * Look at a debugged slab, mend what is broken. What that set aside is lost;
 * so the slab may be on another list then.
 */
static void check_slab(struct ta_slabset *set, struct ta_page *tp)
{
	unsigned int was = tp->inuse;

	if (!ta_slab_debugged(&set->layout))
		return;
	ta_slab_debug_check(&set->layout, tp);
	set->nr_lost += (int)(tp->inuse - was);
	update_slab(set, tp, was);
}

/*
 * Unmarked while the lock is still held: put must not take an object freed
 * twice for one of a slab that is on its way out.
 */
static void cut_slab(struct ta_slabset *set, struct ta_page *tp,
		     struct list_head *list)
{
	/* Who wrote to a free object of it is not found later. */
	check_slab(set, tp);
	del_slab(set, tp);
	unmark_pages(set, tp);
	list_add(&tp->lru, list);
}

/* Move what is EMPTY beyond @keep to @list; the longest unused are last. */
static void cut_empty(struct ta_slabset *set, unsigned long keep,
		      struct list_head *list)
{
	struct list_head *empty = &set->slabs[TA_SLAB_EMPTY];

	while (set->nr_slabs[TA_SLAB_EMPTY] > keep)
		cut_slab(set, list_last_entry(empty, struct ta_page, lru),
			 list);
}

static void free_after_readers(struct rcu_head *rcu)
{
	struct ta_page *tp = container_of(rcu, struct ta_page, rcu);
	struct ta_pages *pages = tp->owner;

	tp->owner = NULL;
	ta_pages_free(pages, ta_page_host(tp), tp->order, _RET_IP_);
}

static void free_slab(struct ta_slabset *set, struct ta_page *tp,
		      unsigned long caller)
{
	if (likely(!(set->layout.flags & SLAB_TYPESAFE_BY_RCU))) {
		ta_pages_free(set->pages, ta_page_host(tp), tp->order, caller);
		return;
	}
	tp->owner = set->pages;
	call_rcu(&tp->rcu, free_after_readers);
}

static unsigned long discard_list(struct ta_slabset *set,
				  struct list_head *list, unsigned long caller)
{
	struct ta_page *tp, *next;
	unsigned long nr = 0;

	list_for_each_entry_safe(tp, next, list, lru) {
		trace_ta_slab_discard(set->layout.name, ta_page_frame(tp),
				      set->layout.order, set->layout.nr);
		free_slab(set, tp, caller);
		nr++;
	}
	return nr;
}

/* --- get and put ------------------------------------------------------- */

/* Before any lock: a stack may need memory. */
static struct ta_slab_user user_of(const struct ta_slabset *set, gfp_t gfp,
				   unsigned long caller)
{
	struct ta_slab_user user = { .caller = caller };

	if (unlikely(set->layout.tracks))
		user.stack = ta_track_stack(gfp);
	return user;
}

static unsigned int take(struct ta_slabset *set, struct ta_page *tp,
			 unsigned int nr, void **objs,
			 const struct ta_slab_user *user)
{
	if (unlikely(ta_slab_debugged(&set->layout)))
		return ta_slab_debug_take(&set->layout, tp, nr, objs, user);
	return ta_slab_take(&set->layout, tp, nr, objs);
}

static unsigned int get_locked(struct ta_slabset *set, unsigned int nr,
			       void **objs, const struct ta_slab_user *user)
{
	unsigned int got = 0, was, taken;
	struct ta_page *tp;

	lockdep_assert_held(&set->lock);
	while (got < nr) {
		tp = first_slab(set, TA_SLAB_PARTIAL);
		if (!tp)
			tp = first_slab(set, TA_SLAB_EMPTY);
		if (!tp)
			break;
		was = tp->inuse;
		taken = take(set, tp, nr - got, objs + got, user);
		got += taken;
		set->nr_lost += tp->inuse - was - taken;
		update_slab(set, tp, was);
	}
	return got;
}

/**
 * ta_slabset_get() - take objects off the slabs' freelists
 * @set: whose
 * @gfp: for a new slab, made only if there is no free object at all
 * @nr: how many are wanted
 * @objs: filled from its start
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: how many there were: 0 only if there was no page for a slab either.
 */
unsigned int ta_slabset_get(struct ta_slabset *set, gfp_t gfp, unsigned int nr,
			    void **objs, unsigned long caller)
{
	struct ta_slab_user user = user_of(set, gfp, caller);
	unsigned long flags;
	unsigned int got;

	do {
		spin_lock_irqsave(&set->lock, flags);
		got = get_locked(set, nr, objs, &user);
		spin_unlock_irqrestore(&set->lock, flags);
	} while (!got && nr && make_slab(set, gfp, caller));
	return got;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_get);

static bool put(struct ta_slabset *set, struct ta_page *tp, void *obj,
		const struct ta_slab_user *user)
{
	unsigned int was = tp->inuse;
	bool done;

	if (likely(!ta_slab_debugged(&set->layout)))
		return ta_slab_put(&set->layout, tp, obj);
	done = ta_slab_debug_put(&set->layout, tp, obj, user);
	set->nr_lost += (int)(tp->inuse + done - was);
	return true;
}

static void put_locked(struct ta_slabset *set, void *obj,
		       const struct ta_slab_user *user)
{
	struct ta_page *tp = slab_of(set, obj);
	unsigned int was = tp->inuse;

	lockdep_assert_held(&set->lock);
	/* Freed twice, its slab may have gone between the two. */
	if (likely(tp->slabset == set) && put(set, tp, obj, user))
		update_slab(set, tp, was);
	else
		ta_report(TA_FAULT_DOUBLE_FREE, obj, user->caller,
			  "%s: free already", set->layout.name);
}

/**
 * ta_slabset_put() - put objects on their slabs' freelists
 * @set: whose
 * @nr: length of @objs
 * @objs: objects of this set, ta_slabset_owns() each
 * @caller: return address of who frees, for reports
 *
 * One that is on its freelist already is reported and left alone.
 *
 * Context: any.
 */
void ta_slabset_put(struct ta_slabset *set, unsigned int nr, void **objs,
		    unsigned long caller)
{
	struct ta_slab_user user = user_of(set, GFP_NOWAIT | __GFP_NOWARN,
					   caller);
	LIST_HEAD(excess);
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&set->lock, flags);
	for (i = 0; i < nr; i++)
		put_locked(set, objs[i], &user);
	cut_empty(set, TA_SLABSET_KEEP_EMPTY, &excess);
	spin_unlock_irqrestore(&set->lock, flags);
	discard_list(set, &excess, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_put);

/**
 * ta_slabset_shrink() - give all empty slabs back
 * @set: whose
 *
 * Context: any.
 * Return: how many slabs that were.
 */
unsigned long ta_slabset_shrink(struct ta_slabset *set)
{
	LIST_HEAD(excess);
	unsigned long flags;

	spin_lock_irqsave(&set->lock, flags);
	cut_empty(set, 0, &excess);
	spin_unlock_irqrestore(&set->lock, flags);
	return discard_list(set, &excess, _RET_IP_);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_shrink);

/* --- begin and end ----------------------------------------------------- */

/**
 * ta_slabset_init() - set up a set without slabs
 * @set: what to set up
 * @pages: where its slabs will come from
 * @name: for reports; must stay
 * @size: of an object, 1 to TA_SLAB_MAX_SIZE
 * @align: of an object, a power of two; at least that of a word is used
 * @flags: as for ta_slab_layout_init()
 * @ctor: run on each object when its slab is made, or NULL
 *
 * Context: any.
 * Return: 0, or -EINVAL for a size or an alignment that cannot be.
 */
int ta_slabset_init(struct ta_slabset *set, struct ta_pages *pages,
		    const char *name, size_t size, size_t align,
		    slab_flags_t flags, void (*ctor)(void *obj))
{
	unsigned int s;

	memset(set, 0, sizeof(*set));
	set->pages = pages;
	set->map = ta_pool_map(&pages->pool);
	set->gfp = flags & SLAB_RECLAIM_ACCOUNT ? __GFP_RECLAIMABLE : 0;
	spin_lock_init(&set->lock);
	for (s = 0; s < TA_NR_SLAB_STATES; s++)
		INIT_LIST_HEAD(&set->slabs[s]);
	if (flags & SLAB_STORE_USER)
		ta_track_init();
	return ta_slab_layout_init(&set->layout, name, size, align, flags,
				   ctor);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_init);

/**
 * ta_slabset_fini() - give all slabs back, used or not
 * @set: which nobody uses any more
 *
 * Context: any; process, may sleep, with SLAB_TYPESAFE_BY_RCU.
 * Return: how many objects had not been put back.
 */
unsigned long ta_slabset_fini(struct ta_slabset *set)
{
	unsigned long flags, leaked = ta_slabset_nr_inuse(set);
	struct ta_page *tp;
	LIST_HEAD(list);
	unsigned int s;

	spin_lock_irqsave(&set->lock, flags);
	for (s = 0; s < TA_NR_SLAB_STATES; s++)
		while ((tp = first_slab(set, s)))
			cut_slab(set, tp, &list);
	spin_unlock_irqrestore(&set->lock, flags);
	discard_list(set, &list, _RET_IP_);
	if (set->layout.flags & SLAB_TYPESAFE_BY_RCU)
		rcu_barrier();
	return leaked;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_fini);

/* --- looking ----------------------------------------------------------- */

/**
 * ta_slabset_nr_slabs() - count the slabs
 * @set: whose
 *
 * Context: any.
 * Return: the number; approximate while others use the set.
 */
unsigned long ta_slabset_nr_slabs(const struct ta_slabset *set)
{
	return READ_ONCE(set->nr_slabs[TA_SLAB_PARTIAL]) +
	       READ_ONCE(set->nr_slabs[TA_SLAB_EMPTY]) +
	       READ_ONCE(set->nr_slabs[TA_SLAB_FULL]);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_nr_slabs);

/**
 * ta_slabset_nr_inuse() - count the objects that somebody has
 * @set: whose
 *
 * Context: any.
 * Return: the number, exact at the time of the call.
 */
unsigned long ta_slabset_nr_inuse(struct ta_slabset *set)
{
	unsigned long flags, nr;

	spin_lock_irqsave(&set->lock, flags);
	nr = ta_slabset_nr_slabs(set) * set->layout.nr - set->nr_free;
	/* Some of the lost may have been freed once more. */
	nr -= min(nr, set->nr_lost);
	spin_unlock_irqrestore(&set->lock, flags);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_nr_inuse);

/**
 * ta_slabset_nr_errors() - count what debugging found
 * @set: whose
 *
 * As SLUB's tests do: a report is one, and what was done about it is one.
 *
 * Context: any.
 * Return: the number since the set was made.
 */
unsigned long ta_slabset_nr_errors(struct ta_slabset *set)
{
	unsigned long flags, nr;

	spin_lock_irqsave(&set->lock, flags);
	nr = set->layout.nr_errors;
	spin_unlock_irqrestore(&set->lock, flags);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_nr_errors);

/**
 * ta_slabset_change_flag() - look closer at objects, or less close
 * @set: a set that is debugged
 * @flag: SLAB_CONSISTENCY_CHECKS or SLAB_TRACE: the others need room
 * @on: whether it is wanted
 *
 * Context: any.
 */
void ta_slabset_change_flag(struct ta_slabset *set, slab_flags_t flag, bool on)
{
	struct ta_slab_layout *layout = &set->layout;
	unsigned long flags;

	spin_lock_irqsave(&set->lock, flags);
	WRITE_ONCE(layout->flags,
		   on ? layout->flags | flag : layout->flags & ~flag);
	spin_unlock_irqrestore(&set->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_change_flag);

/**
 * ta_slabset_walk() - look at every slab
 * @set: whose
 * @fn: called for each, under the lock: it must neither sleep nor take or put
 * @arg: handed to @fn
 *
 * Context: any.
 */
void ta_slabset_walk(struct ta_slabset *set, ta_slab_visitor fn, void *arg)
{
	struct ta_page *tp;
	unsigned long flags;
	unsigned int s;

	spin_lock_irqsave(&set->lock, flags);
	for (s = 0; s < TA_NR_SLAB_STATES; s++)
		list_for_each_entry(tp, &set->slabs[s], lru)
			fn(&set->layout, tp, arg);
	spin_unlock_irqrestore(&set->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_walk);

/* More are not worth reading. */
#define MAX_OBJECTS_TOLD	16U

static void report_inuse(const struct ta_slab_layout *layout,
			 const struct ta_page *tp, void *arg)
{
	unsigned int *told = arg, i;
	struct ta_slab_bits is_free;

	ta_slab_free_objects(layout, tp, &is_free);
	for (i = 0; i < layout->nr && *told < MAX_OBJECTS_TOLD; i++) {
		void *obj = ta_slab_obj(layout, tp, i);

		if (ta_slab_bit(&is_free, i))
			continue;
		ta_report_line("Object 0x%p @offset=%zu", obj,
			       obj - ta_page_addr(tp));
		ta_slab_report_tracks(layout, obj);
		(*told)++;
	}
}

/**
 * ta_slabset_report_objects() - tell of the objects that somebody has
 * @set: whose magazines are empty
 *
 * With tracks it is also told who they are.
 *
 * Context: any.
 */
void ta_slabset_report_objects(struct ta_slabset *set)
{
	unsigned int told = 0;

	ta_slabset_walk(set, report_inuse, &told);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_report_objects);

/**
 * ta_slabset_is_free() - tell whether an object is on its slab's freelist
 * @set: whose
 * @obj: an object of this set, ta_slabset_owns()
 *
 * Context: any.
 * Return: whether it is.
 */
bool ta_slabset_is_free(struct ta_slabset *set, void *obj)
{
	unsigned long flags;
	bool is_free;

	spin_lock_irqsave(&set->lock, flags);
	is_free = ta_slab_is_free(&set->layout, slab_of(set, obj), obj);
	spin_unlock_irqrestore(&set->lock, flags);
	return is_free;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_is_free);

static void report_wrong_cache(struct ta_slabset *owner,
			       const struct ta_page *tp, void *obj,
			       const char *name, unsigned long caller)
{
	struct ta_slab_place at = { &owner->layout, tp, obj, caller };
	char reason[80];

	snprintf(reason, sizeof(reason), "Wrong slab cache: freed to %s", name);
	ta_slab_report(&at, TA_FAULT_WRONG_OWNER, reason);
	ta_slab_report_fix(&owner->layout, "Object at 0x%p not freed", obj);
}

/* A debugged slab can tell more; what is wrong is the free, not the object. */
static void report_in_debugged(struct ta_slabset *owner, void *obj,
			       const struct ta_slabset *set,
			       unsigned long caller)
{
	unsigned long flags;
	struct ta_page *tp;

	spin_lock_irqsave(&owner->lock, flags);
	tp = slab_of(owner, obj);
	if (set && set != owner)
		report_wrong_cache(owner, tp, obj, set->layout.name, caller);
	else
		ta_slab_debug_invalid(&owner->layout, tp, obj, caller);
	spin_unlock_irqrestore(&owner->lock, flags);
}

static void report_in_slab(const struct ta_page *tp,
			   const struct ta_slabset *set, void *obj,
			   unsigned long caller)
{
	struct ta_slabset *owner = READ_ONCE(tp->slabset);

	if (owner && ta_slab_debugged(&owner->layout))
		report_in_debugged(owner, obj, set, caller);
	else if (set && owner != set)
		ta_report(TA_FAULT_WRONG_OWNER, obj, caller,
			  "%s: in a slab of another cache", set->layout.name);
	else
		ta_report(TA_FAULT_INTERIOR, obj, caller,
			  "%s: in a slab, but no object starts here",
			  set ? set->layout.name : "kfree");
}

/**
 * ta_slabset_report_bad() - say why an address cannot be freed as an object
 * @pool: whose pages the slabs are
 * @set: to which somebody tried, or NULL if to any
 * @obj: an address at which no object of @set, or none at all, starts
 * @caller: return address of who frees
 *
 * Context: any.
 */
noinline void ta_slabset_report_bad(const struct ta_pool *pool,
				    const struct ta_slabset *set,
				    const void *obj, unsigned long caller)
{
	const struct ta_page *tp = ta_pool_addr(pool, obj);
	const char *name = set ? set->layout.name : "kfree";

	if (!tp) {
		ta_report(TA_FAULT_FOREIGN, obj, caller, "%s: not in the pool",
			  name);
		return;
	}
	switch (READ_ONCE(tp->kind)) {
	case TA_KIND_FREE:
	case TA_KIND_PCP:
	case TA_KIND_PINNED:
		ta_report(TA_FAULT_DOUBLE_FREE, obj, caller,
			  "%s: its page is free", name);
		break;
	case TA_KIND_SLAB:
	case TA_KIND_SLAB_TAIL:
		report_in_slab(tp, set, (void *)obj, caller);
		break;
	case TA_KIND_TAIL:
	case TA_KIND_KMALLOC:
		ta_report(TA_FAULT_INTERIOR, obj, caller,
			  "%s: inside a block, or free", name);
		break;
	default:
		ta_report(TA_FAULT_WRONG_OWNER, obj, caller,
			  "%s: its page belongs to another layer", name);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_report_bad);

static bool validate_pages(struct ta_slabset *set, struct ta_page *tp)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < 1U << set->layout.order; i++)
		ok &= ta_check(tp[i].kind == (i ? TA_KIND_SLAB_TAIL :
						  TA_KIND_SLAB) &&
			       tp[i].order == set->layout.order &&
			       tp[i].slabset == set, "slabset I2", tp + i);
	return ok;
}

static bool validate_list(struct ta_slabset *set, enum ta_slab_state state,
			  unsigned long *nr_free)
{
	unsigned long nr = 0;
	struct ta_page *tp;
	bool ok = true;

	list_for_each_entry(tp, &set->slabs[state], lru) {
		nr++;
		*nr_free += set->layout.nr - tp->inuse;
		ok &= ta_check(state_of(set, tp->inuse) == state, "slabset I1",
			       tp);
		ok &= validate_pages(set, tp);
		ok &= ta_slab_validate(&set->layout, tp);
	}
	ok &= ta_check(nr == set->nr_slabs[state], "slabset I3", set);
	return ok;
}

/* All of a debugged set's slabs; one that was mended may change its list. */
static bool check_slabs(struct ta_slabset *set)
{
	unsigned long errors = set->layout.nr_errors;
	struct ta_page *tp, *next;
	LIST_HEAD(todo);
	unsigned int s;

	for (s = 0; s < TA_NR_SLAB_STATES; s++) {
		list_splice_init(&set->slabs[s], &todo);
		list_for_each_entry_safe(tp, next, &todo, lru) {
			list_move_tail(&tp->lru, &set->slabs[s]);
			check_slab(set, tp);
		}
	}
	return set->layout.nr_errors == errors;
}

/**
 * ta_slabset_validate() - check I1 to I3, and each slab
 * @set: a set, in use or not
 *
 * Where objects are debugged, what is found is reported in full, and mended.
 *
 * Context: any; holds the lock for the whole walk.
 * Return: whether they hold. What does not is reported.
 */
bool ta_slabset_validate(struct ta_slabset *set)
{
	unsigned long flags, nr_free = 0;
	unsigned int s;
	bool ok = true;

	spin_lock_irqsave(&set->lock, flags);
	if (ta_slab_debugged(&set->layout))
		ok = check_slabs(set);
	for (s = 0; s < TA_NR_SLAB_STATES; s++)
		ok &= validate_list(set, s, &nr_free);
	ok &= ta_check(nr_free == set->nr_free, "slabset I3", set);
	spin_unlock_irqrestore(&set->lock, flags);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabset_validate);
