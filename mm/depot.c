// SPDX-License-Identifier: GPL-2.0
/*
 * The depot: magazines of free objects on their way between CPUs and slabs.
 *
 * Model (Bonwick and Adams 2001): a magazine is a stack of pointers to free
 * objects, an empty one a place for them. CPUs bring and fetch whole magazines,
 * so that a lock is taken once in a magazine's worth of operations. Beyond a
 * limit the objects go back to their slabs.
 *
 *	CPUs		   |      ^  a magazine at a time
 *			   v      |
 *	depot	filled [oooooo] [oooooo] [oo....]   empty [......]
 *			   |      ^  objects, a batch at a time
 *			   v      |
 *	slabs	[ooo.o.o.][oooooooo]
 *
 * How many are kept follows the work. An overflow and then a want of objects
 * say that the limit cut through what is in use: what went to the slabs was
 * fetched again. It is doubled then, up to a share of the pool. And time is cut
 * into intervals: what was there through all of one, the fewest magazines that
 * there were (Bonwick and Adams: all but the working set), was not needed, and
 * goes back at its end.
 *
 *	filled	 8 |  xx      xx
 *		 4 |xxxxxx  xxxxxx
 *		 2 |xxxxxxxxxxxxxx  min: these two go
 *		   +--------------> an interval
 *
 * Magazines come from a slabset that has none itself, so nothing recurs:
 *
 *	ta_depot_get
 *	  ta_depot_get_empty
 *	    ta_slabset_get(store)	slabs only, no magazines below this
 *
 * Invariants, under the lock
 *  I1  an object in a magazine is one of the set, and on no slab's freelist
 *  I2  0 < n <= cap in the filled list, n == 0 in the empty one; objs[0] is NULL
 *  I3  nr of both lists is their length, nr_objs the sum of n in filled
 *  I4  min <= nr of both lists; base <= limit
 *
 * Locking: depot->lock, interrupts off. Slabs are asked outside it.
 * Context: any, hard interrupts included.
 * Failure: without memory there is no magazine; its users do without.
 */
#include "depot.h"
#include "report.h"

#include <linux/gfp.h>
#include <linux/string.h>

/*
 * Kept are at least as many bytes of objects, and a few magazines: enough for
 * the working set of a burst, little beside any pool. What is needed elsewhere
 * is drained. At the most it is a share of the pool.
 */
#define KEEP_BYTES	(256UL << 10)
#define KEEP_MIN	4U
#define KEEP_SHARE	8

static struct ta_magazine *take(struct ta_depot *depot, struct ta_maglist *list)
{
	struct ta_magazine *mag;
	unsigned long flags;

	if (!READ_ONCE(list->nr))
		return NULL;
	spin_lock_irqsave(&depot->lock, flags);
	mag = list->first;
	if (mag) {
		list->first = mag->next;
		WRITE_ONCE(list->nr, list->nr - 1);
		list->min = min(list->min, list->nr);
		WRITE_ONCE(depot->nr_objs, depot->nr_objs - mag->n);
	}
	spin_unlock_irqrestore(&depot->lock, flags);
	return mag;
}

static bool stash(struct ta_depot *depot, struct ta_maglist *list,
		  struct ta_magazine *mag)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&depot->lock, flags);
	room = list->nr < depot->limit;
	if (room) {
		mag->next = list->first;
		list->first = mag;
		WRITE_ONCE(list->nr, list->nr + 1);
		WRITE_ONCE(depot->nr_objs, depot->nr_objs + mag->n);
	} else if (list == &depot->filled) {
		WRITE_ONCE(depot->overflowed, true);
	}
	spin_unlock_irqrestore(&depot->lock, flags);
	return room;
}

static unsigned int largest_limit(const struct ta_depot *depot)
{
	size_t bytes = READ_ONCE(depot->set->pages->pool.nr_pages) * PAGE_SIZE;

	return bytes / KEEP_SHARE /
	       ((size_t)depot->cap * depot->set->layout.stride);
}

/* There is none with objects; if there was no room before, there is more now. */
static void note_want(struct ta_depot *depot)
{
	unsigned int largest;
	unsigned long flags;

	if (likely(!READ_ONCE(depot->overflowed)))
		return;
	largest = largest_limit(depot);
	spin_lock_irqsave(&depot->lock, flags);
	if (depot->overflowed && depot->limit < largest)
		WRITE_ONCE(depot->limit, min(2 * depot->limit, largest));
	WRITE_ONCE(depot->overflowed, false);
	spin_unlock_irqrestore(&depot->lock, flags);
}

/* No reclaim for a magazine: without one it works as well, only slower. */
static struct ta_magazine *make_mag(struct ta_depot *depot)
{
	struct ta_magazine *mag;
	void *obj;

	if (!depot->store ||
	    !ta_slabset_get(depot->store, GFP_NOWAIT | __GFP_NOWARN, 1, &obj,
			    _RET_IP_))
		return NULL;
	mag = obj;
	mag->n = 0;
	mag->objs[0] = NULL;
	return mag;
}

static void free_mag(struct ta_depot *depot, struct ta_magazine *mag)
{
	void *obj = mag;

	ta_slabset_put(depot->store, 1, &obj, _RET_IP_);
}

static void flush(struct ta_depot *depot, struct ta_magazine *mag,
		  unsigned long caller)
{
	ta_slabset_put(depot->set, mag->n, mag->objs + 1, caller);
	mag->n = 0;
}

/**
 * ta_depot_get_empty() - get a magazine without objects
 * @depot: where from
 *
 * Context: any.
 * Return: the magazine, or NULL.
 */
struct ta_magazine *ta_depot_get_empty(struct ta_depot *depot)
{
	struct ta_magazine *mag = take(depot, &depot->empty);

	return mag ? mag : make_mag(depot);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_get_empty);

/**
 * ta_depot_get_filled() - get a magazine with objects
 * @depot: where from
 *
 * Context: any.
 * Return: the magazine, or NULL.
 */
struct ta_magazine *ta_depot_get_filled(struct ta_depot *depot)
{
	struct ta_magazine *mag = take(depot, &depot->filled);

	if (!mag)
		note_want(depot);
	return mag;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_get_filled);

/**
 * ta_depot_get() - get a magazine, one with objects if there is any
 * @depot: where from
 *
 * Context: any.
 * Return: the magazine, or NULL.
 */
struct ta_magazine *ta_depot_get(struct ta_depot *depot)
{
	struct ta_magazine *mag = ta_depot_get_filled(depot);

	return mag ? mag : ta_depot_get_empty(depot);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_get);

/**
 * ta_depot_put() - put a magazine away
 * @depot: where to
 * @mag: the magazine, with or without objects, or NULL
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
void ta_depot_put(struct ta_depot *depot, struct ta_magazine *mag,
		  unsigned long caller)
{
	if (!mag)
		return;
	if (mag->n) {
		if (stash(depot, &depot->filled, mag))
			return;
		flush(depot, mag, caller);
	}
	if (!stash(depot, &depot->empty, mag))
		free_mag(depot, mag);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_put);

/**
 * ta_depot_free() - free magazines, their objects to the slabs
 * @depot: whose
 * @mags: magazines linked by @next, on no list of the depot
 *
 * Context: any.
 */
void ta_depot_free(struct ta_depot *depot, struct ta_magazine *mags)
{
	while (mags) {
		struct ta_magazine *next = mags->next;

		flush(depot, mags, _RET_IP_);
		free_mag(depot, mags);
		mags = next;
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_free);

static struct ta_magazine *cut_list(struct ta_maglist *list)
{
	struct ta_magazine *mags = list->first;

	list->first = NULL;
	WRITE_ONCE(list->nr, 0);
	list->min = 0;
	return mags;
}

/**
 * ta_depot_drain() - free all magazines in the depot
 * @depot: which
 *
 * Context: any.
 */
void ta_depot_drain(struct ta_depot *depot)
{
	struct ta_magazine *filled, *empty;
	unsigned long flags;

	spin_lock_irqsave(&depot->lock, flags);
	filled = cut_list(&depot->filled);
	empty = cut_list(&depot->empty);
	WRITE_ONCE(depot->nr_objs, 0);
	spin_unlock_irqrestore(&depot->lock, flags);
	ta_depot_free(depot, filled);
	ta_depot_free(depot, empty);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_drain);

/* Cut off what was not needed in the interval: those longest there. */
static struct ta_magazine *cut_unused(struct ta_depot *depot,
				      struct ta_maglist *list)
{
	struct ta_magazine **end = &list->first, *mags, *mag;
	unsigned int i;

	for (i = list->min; i < list->nr; i++)
		end = &(*end)->next;
	mags = *end;
	*end = NULL;
	for (mag = mags; mag; mag = mag->next)
		WRITE_ONCE(depot->nr_objs, depot->nr_objs - mag->n);
	WRITE_ONCE(list->nr, list->nr - list->min);
	list->min = list->nr;
	return mags;
}

/**
 * ta_depot_age() - end an interval
 * @depot: which
 *
 * Frees the magazines that were there through all of it. The limit follows,
 * unless it was in the way.
 *
 * Context: any.
 */
void ta_depot_age(struct ta_depot *depot)
{
	struct ta_magazine *filled, *empty;
	unsigned long flags;

	spin_lock_irqsave(&depot->lock, flags);
	filled = cut_unused(depot, &depot->filled);
	empty = cut_unused(depot, &depot->empty);
	if (!depot->overflowed)
		WRITE_ONCE(depot->limit, max(depot->base, depot->filled.nr));
	WRITE_ONCE(depot->overflowed, false);
	spin_unlock_irqrestore(&depot->lock, flags);
	ta_depot_free(depot, filled);
	ta_depot_free(depot, empty);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_age);

/**
 * ta_depot_init() - set up a depot without magazines
 * @depot: what to set up
 * @set: where objects come from
 * @store: where magazines come from; NULL for none at all
 * @bytes: size of a magazine, that of @store's objects
 *
 * It ends with ta_depot_drain().
 *
 * Context: any.
 */
void ta_depot_init(struct ta_depot *depot, struct ta_slabset *set,
		   struct ta_slabset *store, size_t bytes)
{
	memset(depot, 0, sizeof(*depot));
	depot->set = set;
	depot->store = store;
	spin_lock_init(&depot->lock);
	if (!store)
		return;
	depot->cap = (bytes - offsetof(struct ta_magazine, objs[1])) /
		     sizeof(void *);
	depot->batch = DIV_ROUND_UP(depot->cap, 2);
	depot->base = KEEP_BYTES / ((size_t)depot->cap * set->layout.stride);
	depot->base = max(depot->base, KEEP_MIN);
	depot->limit = depot->base;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_init);

/**
 * ta_depot_validate_mag() - check what can be told of a magazine without a lock
 * @depot: whose
 * @mag: the magazine
 * @n: objects in it
 *
 * Context: any.
 * Return: whether I1 and I2 hold, but for the freelists.
 */
bool ta_depot_validate_mag(struct ta_depot *depot, struct ta_magazine *mag,
			   unsigned int n)
{
	bool ok = ta_check(n <= depot->cap && !mag->objs[0], "depot I2", mag);
	unsigned int i;

	for (i = 1; ok && i <= n; i++)
		ok = ta_check(ta_slabset_owns(depot->set, mag->objs[i]),
			      "depot I1", mag->objs[i]);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_validate_mag);

static bool validate_filled(struct ta_depot *depot, struct ta_magazine *mag)
{
	bool ok = ta_depot_validate_mag(depot, mag, mag->n);
	unsigned int i;

	for (i = 1; ok && i <= mag->n; i++)
		ok = ta_check(!ta_slabset_is_free(depot->set, mag->objs[i]),
			      "depot I1", mag->objs[i]);
	return ok && ta_check(mag->n, "depot I2", mag);
}

/**
 * ta_depot_validate() - check I1 to I4
 * @depot: which; it may be in use
 *
 * Context: any; holds the lock for the whole walk.
 * Return: whether they hold. What does not is reported.
 */
bool ta_depot_validate(struct ta_depot *depot)
{
	unsigned int nr_filled = 0, nr_empty = 0;
	unsigned long nr_objs = 0, flags;
	struct ta_magazine *mag;
	bool ok = true;

	spin_lock_irqsave(&depot->lock, flags);
	for (mag = depot->filled.first; mag; mag = mag->next) {
		ok &= validate_filled(depot, mag);
		nr_objs += mag->n;
		nr_filled++;
	}
	for (mag = depot->empty.first; mag; mag = mag->next) {
		ok &= ta_check(!mag->n && !mag->objs[0], "depot I2", mag);
		nr_empty++;
	}
	ok &= ta_check(nr_filled == depot->filled.nr &&
		       nr_empty == depot->empty.nr &&
		       nr_objs == depot->nr_objs, "depot I3", depot);
	ok &= ta_check(depot->filled.min <= nr_filled &&
		       depot->empty.min <= nr_empty &&
		       depot->base <= depot->limit, "depot I4", depot);
	spin_unlock_irqrestore(&depot->lock, flags);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_depot_validate);
