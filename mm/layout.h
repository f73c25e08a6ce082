/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_LAYOUT_H
#define _TA_LAYOUT_H

#include "pool.h"

#include <linux/bitops.h>
#include <linux/slab.h>

/* An object is at most what the page layer can hand out at once. */
#define TA_SLAB_MAX_SIZE	(PAGE_SIZE << TA_MAX_ORDER)

/* A link is stored and compared as one word. */
#define TA_SLAB_LINK_SIZE	sizeof(unsigned long)

/* Of a link the index is so many bits; all of them set: the last one. */
#define TA_SLAB_INDEX_BITS	16
#define TA_SLAB_END		(BIT(TA_SLAB_INDEX_BITS) - 1)

/* Objects of a slab at the most: the smallest in the largest of the usual. */
#define TA_SLAB_MAX_USUAL_ORDER	3
#define TA_SLAB_MAX_NR \
	((PAGE_SIZE << TA_SLAB_MAX_USUAL_ORDER) / TA_SLAB_LINK_SIZE)

/* Flags that make a cache a debugged one: no object of it is in a magazine. */
#define TA_SLAB_DEBUG \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | \
	 SLAB_STORE_USER | SLAB_TRACE)

/**
 * struct ta_slab_layout - how objects of one kind lie in a slab
 * @scale: 2^64 over @stride, rounded up: see ta_slab_is_start()
 * @limit: @nr times what that rounding adds; 0 with a left red zone
 * @mask: bytes of a slab, minus one
 * @inverse: of the odd part of @stride, modulo 2^32
 * @shift: the power of two in @stride
 * @nr: objects of a slab
 * @stride: bytes from one object to the next
 * @size: bytes of an object that its user may write; may become more
 * @link: where a free object keeps its link, bytes from its start
 * @order: a slab is 2^order pages
 * @left: bytes before the first object, its left red zone
 * @inuse: where the right red zone ends, bytes from the object's start
 * @tracks: where the tracks are, bytes from the object's start, or 0
 * @end: where the padding up to the next slot begins, likewise
 * @align: what an object's address is a multiple of
 * @flags: of TA_SLAB_DEBUG; those without a place of their own may change
 * @secret: mixed into every link
 * @ctor: run on each object when its slab is made, or NULL
 * @name: for reports
 * @poisoned: free objects are full of poison
 * @shuffled: a new slab's objects are handed out in any order
 * @nr_errors: what debugging found or mended; under the lock of the slabs
 *
 * Constant once it is set up, but for what says otherwise.
 */
struct ta_slab_layout {
	u64 scale;
	u64 limit;
	unsigned int mask;
	u32 inverse;
	unsigned int shift;
	unsigned int nr;
	unsigned int stride;
	unsigned int size;
	unsigned int link;
	unsigned int order;
	unsigned int left;
	unsigned int inuse;
	unsigned int tracks;
	unsigned int end;
	unsigned int align;
	slab_flags_t flags;
	unsigned long secret;
	void (*ctor)(void *obj);
	const char *name;
	bool poisoned;
	bool shuffled;
	unsigned long nr_errors;
};

int ta_slab_layout_init(struct ta_slab_layout *layout, const char *name,
			size_t size, size_t align, slab_flags_t flags,
			void (*ctor)(void *obj));

/* Whether objects of this kind are looked at and after. */
static inline bool ta_slab_debugged(const struct ta_slab_layout *layout)
{
	return READ_ONCE(layout->flags) & TA_SLAB_DEBUG;
}

/**
 * ta_slab_is_start() - tell whether an object starts at an address
 * @layout: of the slab
 * @addr: any address in it
 *
 * Tells multiples of the stride d by one multiplication (Lemire, Kaser and Kurz
 * 2019). With c = 2^64 / d rounded up past it, c * d = 2^64 + e with 0 < e <= d;
 * so an offset of q * d + r times c is, modulo 2^64, q * e + r * c. Of a slab's
 * bytes q * e stays far below c: it is less than nr * e if and only if r == 0
 * and q < nr.
 *
 * Where there is a left red zone the answer is always no: ta_slab_number() is
 * for all layouts.
 *
 * Return: whether one does, if there is no left red zone.
 */
static __always_inline bool ta_slab_is_start(const struct ta_slab_layout *layout,
					     const void *addr)
{
	u64 offset = (unsigned long)addr & layout->mask;

	return offset * layout->scale < layout->limit;
}

/**
 * ta_slab_number() - number an address in its slab
 * @layout: of the slab
 * @addr: any address in it
 *
 * Divides by the stride without a division: the offset is multiplied by the
 * inverse of the stride's odd part and rotated by its power of two. A multiple
 * of the stride gives the quotient; anything else gives more than any quotient
 * can be (Granlund and Montgomery 1994, section 9).
 *
 * Return: less than layout->nr if and only if an object starts there.
 */
static inline u32 ta_slab_number(const struct ta_slab_layout *layout,
				 const void *addr)
{
	u32 offset = ((unsigned long)addr & layout->mask) - layout->left;

	return ror32(offset * layout->inverse, layout->shift);
}

/* The address of the slab that an object of it lies in. */
static inline void *ta_slab_start(const struct ta_slab_layout *layout,
				  const void *obj)
{
	return (void *)((unsigned long)obj & ~(unsigned long)layout->mask);
}

/* The object of a number. */
static inline void *ta_slab_obj(const struct ta_slab_layout *layout,
				const struct ta_page *tp, unsigned int index)
{
	return ta_page_addr(tp) + layout->left +
	       (size_t)index * layout->stride;
}

/*
 * A link is the number of the next free object, and above it a hash of where
 * the link is and of the layout's secret; over both lies the hash again, so
 * that a link tells nothing and none can be made up. Multiplied by 2^64 (or
 * 2^32) over the golden ratio, as Knuth does.
 */
static inline unsigned long ta_slab_link_hash(const struct ta_slab_layout *layout,
					      const void *obj)
{
	const u64 golden = 0x9e3779b97f4a7c15ULL;
	unsigned long hash = ((unsigned long)obj ^ layout->secret) *
			     (unsigned long)golden;

	/* The low bits of a product are the weak ones. */
	return hash ^ (hash >> (BITS_PER_LONG / 2));
}

static inline unsigned long *ta_slab_link(const struct ta_slab_layout *layout,
					  void *obj)
{
	return obj + layout->link;
}

static inline void ta_slab_set_link(const struct ta_slab_layout *layout,
				    void *obj, unsigned int next)
{
	WRITE_ONCE(*ta_slab_link(layout, obj),
		   ta_slab_link_hash(layout, obj) ^ next);
}

/* What an object in use has in its place: no link. */
static inline void ta_slab_wipe_link(const struct ta_slab_layout *layout,
				     void *obj)
{
	WRITE_ONCE(*ta_slab_link(layout, obj), 0);
}

/* The number that a link leads to, or more than any if it is none. */
static inline unsigned long ta_slab_next(const struct ta_slab_layout *layout,
					 void *obj)
{
	return READ_ONCE(*ta_slab_link(layout, obj)) ^
	       ta_slab_link_hash(layout, obj);
}

static inline bool ta_slab_is_link(const struct ta_slab_layout *layout,
				   void *obj)
{
	return ta_slab_next(layout, obj) <= TA_SLAB_END;
}

#endif /* _TA_LAYOUT_H */
