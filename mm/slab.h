/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SLAB_H
#define _TA_SLAB_H

#include "layout.h"

/**
 * struct ta_slab_bits - a bit for each object of a slab
 * @word: the bits
 */
struct ta_slab_bits {
	unsigned long word[BITS_TO_LONGS(TA_SLAB_MAX_NR)];
};

void ta_slab_carve(const struct ta_slab_layout *layout, struct ta_page *tp);
unsigned int ta_slab_take(const struct ta_slab_layout *layout,
			  struct ta_page *tp, unsigned int nr, void **objs);
bool ta_slab_put(const struct ta_slab_layout *layout, struct ta_page *tp,
		 void *obj);
bool ta_slab_is_free(const struct ta_slab_layout *layout,
		     const struct ta_page *tp, void *obj);
void ta_slab_free_objects(const struct ta_slab_layout *layout,
			  const struct ta_page *tp, struct ta_slab_bits *is_free);
bool ta_slab_validate(const struct ta_slab_layout *layout, struct ta_page *tp);

static inline bool ta_slab_bit(const struct ta_slab_bits *bits,
			       unsigned int index)
{
	return bits->word[index / BITS_PER_LONG] >> index % BITS_PER_LONG & 1;
}

#endif /* _TA_SLAB_H */
