// SPDX-License-Identifier: GPL-2.0
/*
 * One slab: a block of pages cut into objects of one size.
 *
 * Model (Bonwick 1994): objects lie side by side from the start of the block,
 * what is left over is at its end. A free object holds the link to the next
 * one, so a slab needs no memory besides its struct ta_page:
 *
 *	ta_page  free = 1, inuse = 3
 *		   |
 *	slab	[ obj ][ -> 4 ][ obj ][ obj ][ end ] left over
 *		   0       1      2      3      4
 *
 * The block is aligned to its size, so one mask leads from any object to its
 * slab. Where what is in a free object must survive the link lies behind it
 * (layout.c).
 *
 * A link is the number of the next free object, of 16 bits, under a hash of its
 * own address and of the layout's secret. A link that is no number under the
 * hash was written over by somebody who used the object after its free; one
 * that is tells a double free. It is wiped when the object is taken, so that
 * what carries one is very likely free. Nobody can read from a link where the
 * next object is, or write one that leads where he wants.
 *
 * A new slab's objects follow each other in any order, if the layout says so.
 *
 * Invariants
 *  I1  inuse + length of the freelist == nr
 *  I2  each link is a number under its hash: one below nr, or END in the last
 *
 * Locking: the caller's; a slab is one set's, under its lock.
 * Context: any. Nothing here allocates.
 * Failure: a slab whose freelist was written over gives none of its free
 * objects any more. They are lost until the slab is, nothing else is.
 */
#include "slab.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/random.h>
#include <linux/string.h>

/* --- one slab ---------------------------------------------------------- */

/* Where the link of the object of number @index leads; it is known to be one. */
static unsigned int next_of(const struct ta_slab_layout *layout,
			    const struct ta_page *tp, unsigned int index)
{
	return ta_slab_next(layout, ta_slab_obj(layout, tp, index));
}

/* Each leads to the one behind it. */
static unsigned int link_in_order(const struct ta_slab_layout *layout,
				  const struct ta_page *tp)
{
	unsigned int i;

	for (i = 0; i < layout->nr; i++)
		ta_slab_set_link(layout, ta_slab_obj(layout, tp, i),
				 i + 1 < layout->nr ? i + 1 : TA_SLAB_END);
	return 0;
}

/* xorshift32 of Marsaglia, "Xorshift RNGs" (2003); @limit is at most 2^16. */
static unsigned int below(u32 *state, unsigned int limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return (*state >> 16) * limit >> 16;
}

/*
 * Sattolo, "An algorithm to generate a random cyclic permutation" (1986): each
 * link leads to its own object at first, and changes place with one below it.
 * What comes out is one ring through all of them, every ring as likely as any
 * other, and needs no memory but the links. The ring is cut where it ends.
 */
static unsigned int link_in_any_order(const struct ta_slab_layout *layout,
				      const struct ta_page *tp)
{
	u32 state = get_random_u32() | 1;
	unsigned int i, j, next;
	void *last;

	for (i = 0; i < layout->nr; i++)
		ta_slab_set_link(layout, ta_slab_obj(layout, tp, i), i);
	for (i = layout->nr - 1; i > 0; i--) {
		j = below(&state, i);
		next = next_of(layout, tp, i);
		ta_slab_set_link(layout, ta_slab_obj(layout, tp, i),
				 next_of(layout, tp, j));
		ta_slab_set_link(layout, ta_slab_obj(layout, tp, j), next);
	}
	last = ta_slab_obj(layout, tp, below(&state, layout->nr));
	next = ta_slab_next(layout, last);
	ta_slab_set_link(layout, last, TA_SLAB_END);
	return next;
}

/**
 * ta_slab_carve() - make a block into free objects
 * @layout: how
 * @tp: first page of a block of layout->order
 *
 * Context: any; the constructor's.
 */
void ta_slab_carve(const struct ta_slab_layout *layout, struct ta_page *tp)
{
	unsigned int i;

	for (i = 0; layout->ctor && i < layout->nr; i++)
		layout->ctor(ta_slab_obj(layout, tp, i));
	tp->free = layout->shuffled ? link_in_any_order(layout, tp) :
				      link_in_order(layout, tp);
	tp->inuse = 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_carve);

static bool good_next(const struct ta_slab_layout *layout, unsigned long next,
		      unsigned int inuse)
{
	return next < layout->nr ||
	       (next == TA_SLAB_END && inuse + 1 == layout->nr);
}

/* A freelist that leads nowhere: nobody gets what is still on it. */
static void abandon(const struct ta_slab_layout *layout, struct ta_page *tp,
		    void *obj, unsigned int inuse)
{
	ta_report(TA_FAULT_CORRUPT, obj, 0,
		  "%s: written to after its free, %u objects of its slab lost",
		  layout->name, layout->nr - inuse);
	tp->free = TA_SLAB_END;
	tp->inuse = layout->nr;
}

/**
 * ta_slab_take() - take objects off the freelist
 * @layout: of the slab
 * @tp: the slab
 * @nr: how many are wanted
 * @objs: filled from its start
 *
 * Context: any.
 * Return: how many there were.
 */
unsigned int ta_slab_take(const struct ta_slab_layout *layout,
			  struct ta_page *tp, unsigned int nr, void **objs)
{
	unsigned int inuse = tp->inuse, index = tp->free, got = 0;

	nr = min(nr, layout->nr - inuse);
	while (got < nr) {
		void *obj = ta_slab_obj(layout, tp, index);
		unsigned long next = ta_slab_next(layout, obj);

		if (unlikely(!good_next(layout, next, inuse))) {
			abandon(layout, tp, obj, inuse);
			return got;
		}
		index = next;
		ta_slab_wipe_link(layout, obj);
		objs[got++] = obj;
		inuse++;
	}
	tp->free = index;
	tp->inuse = inuse;
	return got;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_take);

static bool on_freelist(const struct ta_slab_layout *layout,
			const struct ta_page *tp, unsigned int wanted)
{
	unsigned int index = tp->free, steps;

	for (steps = tp->inuse; steps < layout->nr; steps++) {
		if (index >= layout->nr)
			return false;
		if (index == wanted)
			return true;
		index = next_of(layout, tp, index);
	}
	return false;
}

/**
 * ta_slab_is_free() - tell whether an object is on the freelist
 * @layout: of the slab
 * @tp: the slab
 * @obj: an object of it
 *
 * A link that carries the hash may be an accident of what the user wrote, so
 * it is looked for. One that does not is taken for an object in use. So this is
 * for one that nobody writes to: who has it is the caller, or nobody.
 *
 * Context: any.
 */
bool ta_slab_is_free(const struct ta_slab_layout *layout,
		     const struct ta_page *tp, void *obj)
{
	if (!tp->inuse)
		return true;
	return unlikely(ta_slab_is_link(layout, obj)) &&
	       on_freelist(layout, tp, ta_slab_number(layout, obj));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_is_free);

/**
 * ta_slab_free_objects() - tell which objects are on the freelist
 * @layout: of the slab
 * @tp: the slab
 * @is_free: set to a bit for each
 *
 * Looks at no object that somebody has, who may be writing to it.
 *
 * Context: any.
 */
void ta_slab_free_objects(const struct ta_slab_layout *layout,
			  const struct ta_page *tp, struct ta_slab_bits *is_free)
{
	unsigned int index = tp->free, left;

	memset(is_free, 0, sizeof(*is_free));
	for (left = layout->nr - tp->inuse; left && index < layout->nr;
	     left--) {
		is_free->word[index / BITS_PER_LONG] |=
			1UL << index % BITS_PER_LONG;
		index = next_of(layout, tp, index);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_free_objects);

/**
 * ta_slab_put() - put an object on the freelist
 * @layout: of the slab
 * @tp: the slab
 * @obj: an object of it
 *
 * Context: any.
 * Return: false if it is there already; then nothing was done.
 */
bool ta_slab_put(const struct ta_slab_layout *layout, struct ta_page *tp,
		 void *obj)
{
	if (unlikely(ta_slab_is_free(layout, tp, obj)))
		return false;
	ta_slab_set_link(layout, obj, tp->free);
	tp->free = ta_slab_number(layout, obj);
	tp->inuse--;
	return true;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_put);

/**
 * ta_slab_validate() - check I1 and I2
 * @layout: of the slab
 * @tp: the slab
 *
 * Context: any.
 * Return: whether they hold. What does not is reported.
 */
bool ta_slab_validate(const struct ta_slab_layout *layout, struct ta_page *tp)
{
	unsigned int index = tp->free, left;

	if (!ta_check(tp->inuse <= layout->nr, "slab I1", tp))
		return false;
	for (left = layout->nr - tp->inuse; left && index < layout->nr;
	     left--) {
		void *obj = ta_slab_obj(layout, tp, index);

		if (!ta_check(ta_slab_is_link(layout, obj), "slab I2", obj))
			return false;
		index = ta_slab_next(layout, obj);
	}
	return ta_check(!left, "slab I1", tp) &&
	       ta_check(index == TA_SLAB_END, "slab I2", tp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_validate);
