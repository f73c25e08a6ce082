/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SLAB_DEBUG_H
#define _TA_SLAB_DEBUG_H

#include "slab.h"
#include "track.h"

/**
 * struct ta_slab_user - who takes or puts objects
 * @caller: his return address
 * @stack: his call trace, or 0
 */
struct ta_slab_user {
	unsigned long caller;
	u32 stack;
};

void ta_slab_debug_fill(const struct ta_slab_layout *layout,
			struct ta_page *tp);
unsigned int ta_slab_debug_take(struct ta_slab_layout *layout,
				struct ta_page *tp, unsigned int nr,
				void **objs, const struct ta_slab_user *user);
bool ta_slab_debug_put(struct ta_slab_layout *layout, struct ta_page *tp,
		       void *obj, const struct ta_slab_user *user);
void ta_slab_debug_invalid(struct ta_slab_layout *layout,
			   const struct ta_page *tp, void *addr,
			   unsigned long caller);
void ta_slab_debug_check(struct ta_slab_layout *layout, struct ta_page *tp);
slab_flags_t ta_slab_debug_flags(const char *spec, const char *name);

#endif /* _TA_SLAB_DEBUG_H */
