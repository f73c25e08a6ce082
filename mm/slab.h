/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SLAB_H
#define _TA_SLAB_H

#include "pool.h"

#include <linux/bitops.h>

/* An object is at most what the page layer can hand out at once. */
#define TA_SLAB_MAX_SIZE	(PAGE_SIZE << TA_MAX_ORDER)

/**
 * struct ta_slab_layout - how objects of one kind lie in a slab
 * @name: for reports
 * @ctor: run on each object when its slab is made, or NULL
 * @size: bytes of an object that its user may write
 * @stride: bytes from one object to the next
 * @link: where a free object keeps its link, bytes from its start
 * @order: a slab is 2^order pages
 * @nr: objects of a slab
 * @mask: bytes of a slab, minus one
 * @inverse: of the odd part of @stride, modulo 2^32
 * @shift: the power of two in @stride
 * @secret: mixed into every link
 *
 * Constant once it is set up.
 */
struct ta_slab_layout {
	unsigned int mask;
	u32 inverse;
	unsigned int shift;
	unsigned int nr;
	unsigned int stride;
	unsigned int size;
	unsigned int link;
	unsigned int order;
	unsigned long secret;
	void (*ctor)(void *obj);
	const char *name;
};

int ta_slab_layout_init(struct ta_slab_layout *layout, const char *name,
			size_t size, size_t align, void (*ctor)(void *obj));
void ta_slab_carve(const struct ta_slab_layout *layout, struct ta_page *tp);
unsigned int ta_slab_take(const struct ta_slab_layout *layout,
			  struct ta_page *tp, unsigned int nr, void **objs);
bool ta_slab_put(const struct ta_slab_layout *layout, struct ta_page *tp,
		 void *obj);
bool ta_slab_is_free(const struct ta_slab_layout *layout,
		     const struct ta_page *tp, void *obj);
bool ta_slab_validate(const struct ta_slab_layout *layout, struct ta_page *tp);

/**
 * ta_slab_index() - number an address in its slab
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
static __always_inline u32 ta_slab_index(const struct ta_slab_layout *layout,
					 const void *addr)
{
	u32 offset = (unsigned long)addr & layout->mask;

	return ror32(offset * layout->inverse, layout->shift);
}

/* The address of the slab that an object of it lies in. */
static inline void *ta_slab_start(const struct ta_slab_layout *layout,
				  const void *obj)
{
	return (void *)((unsigned long)obj & ~(unsigned long)layout->mask);
}

#endif /* _TA_SLAB_H */
