/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_KMALLOC_H
#define _TA_KMALLOC_H

#include "cachelist.h"
#include "trace.h"

#include <linux/overflow.h>

/* What blocks of pages are called where others have their cache's name. */
#define TA_KMALLOC_LARGE_NAME	"kmalloc-large"

/* What the fast way does not do. */
#define TA_KMALLOC_RARE		(__GFP_ZERO | __GFP_RECLAIMABLE | TA_GFP_REFUSED)

extern const u8 ta_kmalloc_classes[TA_KMALLOC_MAX_CLASS / 8];

/* The class of a size from 1 to TA_KMALLOC_MAX_CLASS. */
static __always_inline unsigned int ta_kmalloc_class(size_t size)
{
	return ta_kmalloc_classes[(size - 1) / 8];
}

int ta_slabs_init(struct ta_slabs *slabs, struct ta_pages *pages,
		  const struct ta_slab_options *options);
unsigned long ta_slabs_fini(struct ta_slabs *slabs);
void *ta_slabs_kmalloc(struct ta_slabs *slabs, size_t size, gfp_t gfp,
		       unsigned long caller);
void ta_slabs_kfree(struct ta_slabs *slabs, const void *ptr,
		    unsigned long caller);
void *ta_slabs_block_around(struct ta_slabs *slabs, const void *addr);
size_t ta_slabs_ksize(struct ta_slabs *slabs, const void *ptr,
		      unsigned long caller);
void *ta_kmalloc_large(struct ta_slabs *slabs, size_t size, gfp_t gfp,
		       unsigned long caller);
void *ta_kmalloc_loaded(struct ta_kmem_cache *cache, size_t size, gfp_t gfp,
			unsigned long caller);
void *ta_kmalloc_rest(struct ta_kmem_cache *cache, void *obj, size_t size,
		      gfp_t gfp, unsigned long caller);
void ta_kfree_loaded(struct ta_kmem_cache *cache, void *obj,
		     unsigned long caller);
void ta_kfree_rest(struct ta_slabs *slabs, const void *ptr,
		   unsigned long caller);

/*
 * Those that the exported functions are made of, inline so that those are not a
 * call longer. Each is to be inlined once only into a function that others
 * call: the caller's address is that function's.
 */

/* A size from 1 on that has a class, from its class's cache. */
static __always_inline void *ta_kmalloc_from(struct ta_kmem_cache *cache,
					     size_t size, gfp_t gfp)
{
	void *obj;

	if (ta_inject_fail_slab(gfp))
		return NULL;
	if (unlikely(!ta_magset_pop_hot(&cache->mags, &obj)))
		return ta_kmalloc_loaded(cache, size, gfp, ta_cold_ret_ip());
	if (unlikely(gfp & TA_KMALLOC_RARE) || trace_ta_kmalloc_enabled())
		return ta_kmalloc_rest(cache, obj, size, gfp,
				       ta_cold_ret_ip());
	return obj;
}

/* As ta_slabs_kmalloc(). */
static __always_inline void *ta_slabs_kmalloc_inline(struct ta_slabs *slabs,
						     size_t size, gfp_t gfp)
{
	ta_cache_might_alloc(gfp);
	if (unlikely(size - 1 >= TA_KMALLOC_MAX_CLASS))
		return ta_kmalloc_large(slabs, size, gfp, ta_cold_ret_ip());
	return ta_kmalloc_from(slabs->kmalloc[ta_kmalloc_class(size)], size,
			       gfp);
}

/* The cache of the slab that an address lies in, or NULL. */
static __always_inline struct ta_kmem_cache *
ta_slabs_cache_of(struct ta_slabs *slabs, const void *ptr)
{
	const struct ta_page *tp;
	struct ta_slabset *set;
	u8 kind;

	if (!ta_pool_map_addr(&slabs->map, ptr, &tp))
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
						  const void *ptr)
{
	struct ta_kmem_cache *cache = ta_slabs_cache_of(slabs, ptr);

	if (unlikely(!cache) || trace_ta_kfree_enabled() ||
	    unlikely(!ta_slab_is_start(&cache->set.layout, ptr)))
		ta_kfree_rest(slabs, ptr, ta_cold_ret_ip());
	else if (unlikely(!ta_magset_push_hot(&cache->mags, (void *)ptr)))
		ta_kfree_loaded(cache, (void *)ptr, ta_cold_ret_ip());
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
