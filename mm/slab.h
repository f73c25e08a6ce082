/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SLAB_H
#define _TA_SLAB_H

#include "layout.h"

void ta_slab_carve(const struct ta_slab_layout *layout, struct ta_page *tp);
unsigned int ta_slab_take(const struct ta_slab_layout *layout,
			  struct ta_page *tp, unsigned int nr, void **objs);
bool ta_slab_put(const struct ta_slab_layout *layout, struct ta_page *tp,
		 void *obj);
bool ta_slab_is_free(const struct ta_slab_layout *layout,
		     const struct ta_page *tp, void *obj);
bool ta_slab_validate(const struct ta_slab_layout *layout, struct ta_page *tp);

#endif /* _TA_SLAB_H */
