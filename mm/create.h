/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_CREATE_H
#define _TA_CREATE_H

#include "cache.h"

struct ta_kmem_cache *ta_cache_create_want(struct ta_slabs *slabs,
					   const struct ta_cache_want *want,
					   unsigned long caller);
struct ta_kmem_cache *ta_cache_create(struct ta_slabs *slabs, const char *name,
				      size_t size, size_t align,
				      slab_flags_t flags,
				      void (*ctor)(void *obj),
				      unsigned long caller);
int ta_cache_make_magazines(struct ta_slabs *slabs);
unsigned long ta_cache_discard(struct ta_kmem_cache *cache);

#endif /* _TA_CREATE_H */
