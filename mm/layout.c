// SPDX-License-Identifier: GPL-2.0
/*
 * How objects lie in a slab.
 *
 * Model: a slab is slots of one size, an object in each:
 *
 *	plain	| object, or the link | object ...
 *	link apart  | object | link | object | link | ...
 *	debugged | left red zone | object | right | link | tracks | padding | ...
 *		 ^ slot		 ^ obj	  ^ size  ^ inuse	  ^ end
 *
 * A free object holds its link to the next free one, unless what is in it must
 * survive: what a constructor made, what a reader under RCU may still look at,
 * or the poison.
 *
 * With red zones there is at least a word of them on either side: where the
 * object's size is no multiple of a word, the right one begins right behind its
 * last byte. A debugged slot ends in a word of padding, so that what runs over
 * the tracks is seen too.
 *
 * Invariants
 *  I1  left + nr * stride - what follows the last object <= bytes of a slab;
 *	that is, nr * stride <= bytes of a slab
 *  I2  size <= inuse <= link or 0 == link; left and stride are multiples of
 *	align; so is an object's address
 *
 * Context: any.
 */
#include "layout.h"
#include "track.h"

#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/string.h>

/*
 * Slabs above the largest usual order are only made for objects that need them.
 * 8 pages hold the waste of every size up to a page below 1/8, and are still on
 * the page layer's per-CPU lists.
 */
static_assert(TA_SLAB_MAX_NR < TA_SLAB_END);

/* With fewer, the work on the lists of slabs is the cost of an allocation. */
#define MIN_OBJECTS	4

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
		for (order = 0; order <= TA_SLAB_MAX_USUAL_ORDER; order++)
			if (fits_well(stride, order, shift))
				return order;
	return max_t(unsigned int, TA_SLAB_MAX_USUAL_ORDER, get_order(stride));
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

static void set_geometry(struct ta_slab_layout *layout)
{
	unsigned int stride = layout->stride;

	layout->order = choose_order(stride);
	layout->mask = (PAGE_SIZE << layout->order) - 1;
	layout->nr = (PAGE_SIZE << layout->order) / stride;
	layout->shift = __ffs(stride);
	layout->inverse = inverse_of(stride >> layout->shift);
	layout->scale = div_u64(-(u64)stride, stride) + 2;
	if (!layout->left)
		layout->limit = layout->nr * (layout->scale * stride);
}

/* What is in a free object must stay as it is. */
static bool link_apart(slab_flags_t flags, void (*ctor)(void *obj))
{
	return ctor || (flags & (TA_SLAB_DEBUG | SLAB_TYPESAFE_BY_RCU));
}

/* Zones, link, tracks and padding; what it comes to may be too much. */
static size_t place_parts(struct ta_slab_layout *layout, size_t size)
{
	size_t end = ALIGN(size, TA_SLAB_LINK_SIZE);

	if (layout->flags & SLAB_RED_ZONE) {
		layout->left = ALIGN(TA_SLAB_LINK_SIZE, layout->align);
		if (end == size)
			end += TA_SLAB_LINK_SIZE;
	}
	layout->inuse = end;
	if (link_apart(layout->flags, layout->ctor)) {
		layout->link = end;
		end += TA_SLAB_LINK_SIZE;
	}
	if (layout->flags & SLAB_STORE_USER) {
		layout->tracks = end;
		end += TA_NR_TRACKS * sizeof(struct ta_track);
	}
	layout->end = end;
	if (layout->flags & TA_SLAB_DEBUG)
		end += TA_SLAB_LINK_SIZE;
	return layout->left + end;
}

/**
 * ta_slab_layout_init() - lay objects out
 * @layout: what to set up
 * @name: for reports; must stay
 * @size: of an object, 1 to TA_SLAB_MAX_SIZE
 * @align: of an object, a power of two; at least that of a word is used
 * @flags: of TA_SLAB_DEBUG, and SLAB_TYPESAFE_BY_RCU; others do not matter
 * @ctor: run on each object when its slab is made, or NULL
 *
 * Context: any.
 * Return: 0, or -EINVAL for a size or an alignment that cannot be.
 */
int ta_slab_layout_init(struct ta_slab_layout *layout, const char *name,
			size_t size, size_t align, slab_flags_t flags,
			void (*ctor)(void *obj))
{
	size_t stride;

	if (!size || size > TA_SLAB_MAX_SIZE || align > TA_SLAB_MAX_SIZE ||
	    !is_power_of_2(align))
		return -EINVAL;
	memset(layout, 0, sizeof(*layout));
	layout->name = name;
	layout->ctor = ctor;
	layout->size = size;
	layout->align = max(align, TA_SLAB_LINK_SIZE);
	layout->flags = flags & (TA_SLAB_DEBUG | SLAB_TYPESAFE_BY_RCU);
	layout->poisoned = (flags & SLAB_POISON) && !ctor &&
			   !(flags & SLAB_TYPESAFE_BY_RCU);
	layout->secret = get_random_long();
	stride = ALIGN(place_parts(layout, size), layout->align);
	if (stride > TA_SLAB_MAX_SIZE)
		return -EINVAL;
	layout->stride = stride;
	set_geometry(layout);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_layout_init);
