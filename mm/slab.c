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
 * slab. With a constructor the link lies behind the object: what the
 * constructor made must survive while the object is free.
 *
 * A link is the index of the next free object in its low 16 bits, and above it
 * a hash of its own address and of the layout's secret. A link that does not
 * carry the hash was written over by somebody who used the object after its
 * free; one that does is how a double free is recognised. It is wiped when the
 * object is taken, so that what carries it is very likely free.
 *
 * Invariants
 *  I1  inuse + length of the freelist == nr
 *  I2  each link carries its hash; its index is below nr, or END in the last
 *
 * Locking: the caller's; a slab is one set's, under its lock.
 * Context: any. Nothing here allocates.
 * Failure: a slab whose freelist was written over gives none of its free
 * objects any more. They are lost until the slab is, nothing else is.
 */
#include "slab.h"
#include "report.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/string.h>

#define INDEX_BITS	16
#define INDEX_MASK	(BIT(INDEX_BITS) - 1)
#define END		INDEX_MASK

/* What a link needs: it is stored and compared as one word. */
#define LINK_SIZE	sizeof(unsigned long)

/*
 * Larger slabs are only made for objects that need them. 8 pages hold the
 * waste of every size up to a page below 1/8, and are still on the page
 * layer's per-CPU lists.
 */
#define MAX_USUAL_ORDER	3

/* The smallest objects in the largest usual slab must be below END. */
static_assert((PAGE_SIZE << MAX_USUAL_ORDER) / LINK_SIZE < END);

/* With fewer, the work on the lists of slabs is the cost of an allocation. */
#define MIN_OBJECTS	4

/* --- links ------------------------------------------------------------- */

static unsigned long *link_of(const struct ta_slab_layout *layout, void *obj)
{
	return obj + layout->link;
}

/* Multiplied by 2^64 (or 2^32) over the golden ratio, as Knuth does. */
static unsigned long hash(const struct ta_slab_layout *layout, const void *obj)
{
	const u64 golden = 0x9e3779b97f4a7c15ULL;

	return ((unsigned long)obj ^ layout->secret) * (unsigned long)golden &
	       ~INDEX_MASK;
}

static bool is_link(const struct ta_slab_layout *layout, void *obj)
{
	return (READ_ONCE(*link_of(layout, obj)) & ~INDEX_MASK) ==
	       hash(layout, obj);
}

static void set_link(const struct ta_slab_layout *layout, void *obj,
		     unsigned int next)
{
	WRITE_ONCE(*link_of(layout, obj), hash(layout, obj) | next);
}

static unsigned int link_next(const struct ta_slab_layout *layout, void *obj)
{
	return READ_ONCE(*link_of(layout, obj)) & INDEX_MASK;
}

static void *obj_at(const struct ta_slab_layout *layout,
		    const struct ta_page *tp, unsigned int index)
{
	return ta_page_addr(tp) + (size_t)index * layout->stride;
}

/* --- layout ------------------------------------------------------------ */

/* At most 1/2^@shift of the slab left over, and objects enough in it. */
static bool fits_well(unsigned int stride, unsigned int order,
		      unsigned int shift)
{
	unsigned int bytes = PAGE_SIZE << order;

	return bytes / stride >= MIN_OBJECTS &&
	       bytes % stride <= bytes >> shift;
}

/* The smallest that wastes 1/16; else 1/8; else what holds an object at all. */
static unsigned int choose_order(unsigned int stride)
{
	unsigned int order, shift;

	for (shift = 4; shift >= 3; shift--)
		for (order = 0; order <= MAX_USUAL_ORDER; order++)
			if (fits_well(stride, order, shift))
				return order;
	return max_t(unsigned int, MAX_USUAL_ORDER, get_order(stride));
}

/* Newton's iteration: each step doubles the bits that are right, 3 at first. */
static u32 inverse_of(u32 odd)
{
	u32 inverse = odd;
	unsigned int bits;

	for (bits = 3; bits < 32; bits *= 2)
		inverse *= 2 - odd * inverse;
	return inverse;
}

static void set_geometry(struct ta_slab_layout *layout, unsigned int stride)
{
	layout->stride = stride;
	layout->order = choose_order(stride);
	layout->mask = (PAGE_SIZE << layout->order) - 1;
	layout->nr = (PAGE_SIZE << layout->order) / stride;
	layout->shift = __ffs(stride);
	layout->inverse = inverse_of(stride >> layout->shift);
}

/**
 * ta_slab_layout_init() - lay objects out
 * @layout: what to set up
 * @name: for reports; must stay
 * @size: of an object, 1 to TA_SLAB_MAX_SIZE
 * @align: of an object, a power of two; at least that of a word is used
 * @ctor: run on each object when its slab is made, or NULL
 *
 * Context: any.
 * Return: 0, or -EINVAL for a size or an alignment that cannot be.
 */
int ta_slab_layout_init(struct ta_slab_layout *layout, const char *name,
			size_t size, size_t align, void (*ctor)(void *obj))
{
	size_t stride = size, link = 0;

	if (!size || size > TA_SLAB_MAX_SIZE || align > TA_SLAB_MAX_SIZE ||
	    !is_power_of_2(align))
		return -EINVAL;
	if (ctor) {
		link = ALIGN(size, LINK_SIZE);
		stride = link + LINK_SIZE;
	}
	stride = ALIGN(stride, max(align, LINK_SIZE));
	if (stride > TA_SLAB_MAX_SIZE)
		return -EINVAL;

	memset(layout, 0, sizeof(*layout));
	layout->name = name;
	layout->ctor = ctor;
	layout->size = size;
	layout->link = link;
	layout->secret = get_random_long();
	set_geometry(layout, stride);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_layout_init);

/* --- one slab ---------------------------------------------------------- */

/**
 * ta_slab_carve() - make a block into free objects
 * @layout: how
 * @tp: first page of a block of layout->order
 *
 * Context: any; the constructor's.
 */
void ta_slab_carve(const struct ta_slab_layout *layout, struct ta_page *tp)
{
	void *obj = ta_page_addr(tp);
	unsigned int i;

	for (i = 0; i < layout->nr; i++, obj += layout->stride) {
		if (layout->ctor)
			layout->ctor(obj);
		set_link(layout, obj, i + 1 < layout->nr ? i + 1 : END);
	}
	tp->free = 0;
	tp->inuse = 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_carve);

static bool good_link(const struct ta_slab_layout *layout, void *obj,
		      unsigned int inuse)
{
	unsigned int next = link_next(layout, obj);

	if (!is_link(layout, obj))
		return false;
	return next < layout->nr || (next == END && inuse + 1 == layout->nr);
}

/* A freelist that leads nowhere: nobody gets what is still on it. */
static void abandon(const struct ta_slab_layout *layout, struct ta_page *tp,
		    void *obj, unsigned int inuse)
{
	ta_report(TA_FAULT_CORRUPT, obj, 0,
		  "%s: written to after its free, %u objects of its slab lost",
		  layout->name, layout->nr - inuse);
	tp->free = END;
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
		void *obj = obj_at(layout, tp, index);

		if (unlikely(!good_link(layout, obj, inuse))) {
			abandon(layout, tp, obj, inuse);
			return got;
		}
		index = link_next(layout, obj);
		WRITE_ONCE(*link_of(layout, obj), 0);
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
		index = link_next(layout, obj_at(layout, tp, index));
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
 * it is looked for. One that does not is taken for an object in use.
 *
 * Context: any.
 */
bool ta_slab_is_free(const struct ta_slab_layout *layout,
		     const struct ta_page *tp, void *obj)
{
	if (!tp->inuse)
		return true;
	return unlikely(is_link(layout, obj)) &&
	       on_freelist(layout, tp, ta_slab_index(layout, obj));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_is_free);

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
	set_link(layout, obj, tp->free);
	tp->free = ta_slab_index(layout, obj);
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
		void *obj = obj_at(layout, tp, index);

		if (!ta_check(is_link(layout, obj), "slab I2", obj))
			return false;
		index = link_next(layout, obj);
	}
	return ta_check(!left, "slab I1", tp) &&
	       ta_check(index == END, "slab I2", tp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_validate);
