/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_KMALLOC_H
#define _TA_KMALLOC_H

#include "cachelist.h"
#include "trace.h"

#include <linux/overflow.h>

/* The largest size that has a class; larger ones are whole blocks of pages. */
#define TA_KMALLOC_MAX_CLASS	8192
#define TA_KMALLOC_CLASS_STEP	8

extern const u8 ta_kmalloc_classes[TA_KMALLOC_MAX_CLASS /
				   TA_KMALLOC_CLASS_STEP];

int ta_slabs_init(struct ta_slabs *slabs, struct ta_pages *pages,
		  const struct ta_slab_options *options);
unsigned long ta_slabs_fini(struct ta_slabs *slabs);
void *ta_slabs_kmalloc(struct ta_slabs *slabs, size_t size, gfp_t gfp,
		       unsigned long caller);
void ta_slabs_kfree(struct ta_slabs *slabs, const void *ptr,
		    unsigned long caller);
size_t ta_slabs_ksize(struct ta_slabs *slabs, const void *ptr,
		      unsigned long caller);
void *ta_slabs_krealloc(struct ta_slabs *slabs, const void *ptr, size_t size,
			gfp_t gfp, unsigned long caller);
void *ta_kmalloc_rest(struct ta_slabs *slabs, struct ta_kmem_cache *cache,
		      void *obj, size_t size, gfp_t gfp, unsigned long caller);
void ta_kfree_rest(struct ta_slabs *slabs, const void *ptr,
		   unsigned long caller);

/*
 * The two that the exported functions are made of, inline so that those are
 * not a call longer.
 */

/* As ta_slabs_kmalloc(). */
static __always_inline void *ta_slabs_kmalloc_inline(struct ta_slabs *slabs,
						     size_t size, gfp_t gfp,
						     unsigned long caller)
{
	struct ta_kmem_cache *cache;
	void *obj;

	ta_cache_might_alloc(gfp);
	if (unlikely(size - 1 >= TA_KMALLOC_MAX_CLASS))
		return ta_kmalloc_rest(slabs, NULL, NULL, size, gfp, caller);
	cache = slabs->kmalloc[ta_kmalloc_classes[(size - 1) /
						  TA_KMALLOC_CLASS_STEP]];
	obj = ta_magset_pop(&cache->mags);
	if (unlikely(!obj) || unlikely(gfp & (__GFP_ZERO | TA_GFP_REFUSED)) ||
	    trace_ta_kmalloc_enabled())
		return ta_kmalloc_rest(slabs, cache, obj, size, gfp, caller);
	return obj;
}

/* The cache of the slab that an address lies in, or NULL. */
static __always_inline struct ta_kmem_cache *
ta_slabs_cache_of(struct ta_slabs *slabs, const void *ptr)
{
	const struct ta_page *tp;
	struct ta_slabset *set;
	u8 kind;

	if (!ta_slabset_page(&slabs->pages->pool, ptr, &tp))
		return NULL;
	/*
	 * Of an object that was freed before, the slab may be on its way to
	 * another owner, who has other things in that word. It was a slabset if
	 * the page was a slab's while the word stayed the same.
	 */
	set = READ_ONCE(tp->slabset);
	/* Pairs with mark_pages(): a slab's word is there before its kind. */
	smp_rmb();
	kind = READ_ONCE(tp->kind);
	/* The same way round: the word again after the kind. */
	smp_rmb();
	if (unlikely(kind != TA_KIND_SLAB && kind != TA_KIND_SLAB_TAIL) ||
	    unlikely(!set || READ_ONCE(tp->slabset) != set))
		return NULL;
	return container_of(set, struct ta_kmem_cache, set);
}

/* As ta_slabs_kfree(). */
static __always_inline void ta_slabs_kfree_inline(struct ta_slabs *slabs,
						  const void *ptr,
						  unsigned long caller)
{
	struct ta_kmem_cache *cache = ta_slabs_cache_of(slabs, ptr);

	if (unlikely(!cache) || trace_ta_kfree_enabled() ||
	    unlikely(ta_slab_index(&cache->set.layout, ptr) >=
		     cache->set.layout.nr) ||
	    unlikely(!ta_magset_push(&cache->mags, (void *)ptr)))
		ta_kfree_rest(slabs, ptr, caller);
}

/* As kmalloc_array(): NULL where the product does not fit. */
static inline void *ta_slabs_kmalloc_array(struct ta_slabs *slabs, size_t n,
					   size_t size, gfp_t gfp,
					   unsigned long caller)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return ta_slabs_kmalloc(slabs, bytes, gfp, caller);
}

#endif /* _TA_KMALLOC_H */
