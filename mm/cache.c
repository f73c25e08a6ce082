// SPDX-License-Identifier: GPL-2.0
/*
 * Caches: what the users of the slab layer see.
 *
 * Model: a cache is slabs and the magazines before them:
 *
 *	ta_kmem_cache_alloc -> magazine (this CPU) -> depot -> slabs -> pages
 *	ta_kmem_cache_free  -> is it ours? -> magazine -> depot -> slabs
 *
 * Invariants
 *  those of the slabs (slab.c, slabset.c) and magazines (magazine.c, depot.c)
 *
 * Bad input: a free looks at the address before it does anything: it must be in
 * the pool, in a slab of this cache, at the start of an object. What is not is
 * reported and left alone.
 *
 * Locking: none but the depot's and the slabs'.
 * Context: alloc, free and their bulk forms anywhere, hard interrupts included;
 * alloc sleeps only with __GFP_DIRECT_RECLAIM. Everything else may sleep.
 * Failure: alloc gives NULL if the page layer has nothing left after reclaim.
 */
#include "cache.h"
#include "report.h"
#include "trace.h"

#include <linux/cache.h>
#include <linux/string.h>
#include <linux/teachalloc.h>

/* --- what an object is like -------------------------------------------- */

/**
 * ta_cache_align() - tell what an object's address is to be a multiple of
 * @want: what the cache is to be like
 *
 * With SLAB_HWCACHE_ALIGN a cache line, but not more than lets small objects share
 * one.
 *
 * Context: any.
 * Return: a power of two.
 */
size_t ta_cache_align(const struct ta_cache_want *want)
{
	size_t line = cache_line_size(), align = want->align ?: 1;

	if (!(want->flags & SLAB_HWCACHE_ALIGN))
		return align;
	while (want->size <= line / 2)
		line /= 2;
	return max(align, line);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_align);

/* --- alloc ------------------------------------------------------------- */

static void *refuse_zero(struct ta_kmem_cache *cache, void *obj,
			 unsigned long caller)
{
	ta_report(TA_FAULT_BAD_ARG, obj, caller,
		  "cache %s: zeroing would undo its constructor",
		  cache->set.layout.name);
	ta_cache_free_slow(cache, obj, caller);
	return NULL;
}

static void *refuse_gfp(struct ta_kmem_cache *cache, void *obj, gfp_t gfp,
			unsigned long caller)
{
	ta_report(TA_FAULT_BAD_ARG, cache, caller,
		  "cache %s: mode %#x asks for a zone or a compound page",
		  cache->set.layout.name, (__force unsigned int)gfp);
	if (obj)
		ta_cache_free_slow(cache, obj, caller);
	return NULL;
}

/**
 * ta_cache_finish_alloc() - the rare rest of an allocation
 * @cache: where from
 * @obj: what ta_magset_pop() returned
 * @gfp: __GFP_ZERO is obeyed; with a constructor it is an error, and so is what
 *	the page layer refuses
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: an object, or NULL.
 */
noinline void *ta_cache_finish_alloc(struct ta_kmem_cache *cache, void *obj,
				     gfp_t gfp, unsigned long caller)
{
	if (unlikely(gfp & TA_GFP_REFUSED))
		return refuse_gfp(cache, obj, gfp, caller);
	if (!obj)
		obj = ta_magset_get_slow(&cache->mags, gfp, caller);
	if (obj && (gfp & __GFP_ZERO)) {
		if (unlikely(cache->set.layout.ctor))
			return refuse_zero(cache, obj, caller);
		memset(obj, 0, ta_cache_object_size(cache));
	}
	return obj;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_finish_alloc);

static noinline void *alloc_rest(struct ta_kmem_cache *cache, gfp_t gfp,
				 void *obj, unsigned long caller)
{
	obj = ta_cache_finish_alloc(cache, obj, gfp, caller);
	trace_ta_kmem_cache_alloc(caller, obj, cache->set.layout.name,
				  ta_cache_object_size(cache),
				  cache->set.layout.stride, gfp);
	return obj;
}

/* Without a hot object. Apart, so that the code for one needs no register more. */
static noinline void *alloc_loaded(struct ta_kmem_cache *cache, gfp_t gfp,
				   unsigned long caller)
{
	void *obj = ta_magset_pop_loaded(&cache->mags);

	if (unlikely(!obj) || unlikely(gfp & (__GFP_ZERO | TA_GFP_REFUSED)) ||
	    trace_ta_kmem_cache_alloc_enabled())
		return alloc_rest(cache, gfp, obj, caller);
	return obj;
}

static __always_inline void *alloc(struct ta_kmem_cache *cache, gfp_t gfp)
{
	void *obj;

	ta_cache_might_alloc(gfp);
	if (ta_inject_fail_slab(gfp))
		return NULL;
	if (unlikely(!ta_magset_pop_hot(&cache->mags, &obj)))
		return alloc_loaded(cache, gfp, ta_cold_ret_ip());
	if (unlikely(gfp & (__GFP_ZERO | TA_GFP_REFUSED)) ||
	    trace_ta_kmem_cache_alloc_enabled())
		return alloc_rest(cache, gfp, obj, ta_cold_ret_ip());
	return obj;
}

/**
 * ta_kmem_cache_alloc() - allocate an object
 * @cache: where from
 * @gfp: as for kmem_cache_alloc()
 *
 * Magazines after Bonwick and Adams, "Magazines and vmem", USENIX 2001.
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: an object, or NULL.
 */
void *ta_kmem_cache_alloc(struct ta_kmem_cache *cache, gfp_t gfp)
{
	return alloc(cache, gfp);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_alloc);

/**
 * ta_kmem_cache_zalloc() - allocate an object full of zeroes
 * @cache: where from; one without a constructor
 * @gfp: as for kmem_cache_alloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: an object, or NULL.
 */
void *ta_kmem_cache_zalloc(struct ta_kmem_cache *cache, gfp_t gfp)
{
	return alloc(cache, gfp | __GFP_ZERO);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_zalloc);

static void free_bulk(struct ta_kmem_cache *cache, size_t nr, void **objs,
		      unsigned long caller)
{
	while (nr) {
		unsigned int done;

		done = ta_magset_put_bulk(&cache->mags,
					  min_t(size_t, nr, INT_MAX), objs,
					  caller);
		nr -= done;
		objs += done;
		if (!nr)
			break;
		ta_cache_free_slow(cache, *objs++, caller);
		nr--;
	}
}

/* Who traces, or counts by call site, sees each as if it were alone. */
static noinline void tell_allocs(struct ta_kmem_cache *cache, gfp_t gfp,
				 size_t nr, void **objs, unsigned long caller)
{
	while (nr--)
		trace_ta_kmem_cache_alloc(caller, *objs++,
					  cache->set.layout.name,
					  ta_cache_object_size(cache),
					  cache->set.layout.stride, gfp);
}

static noinline void tell_frees(struct ta_kmem_cache *cache, size_t nr,
				void **objs, unsigned long caller)
{
	while (nr--)
		trace_ta_kmem_cache_free(caller, *objs++,
					 cache->set.layout.name);
}

/**
 * ta_kmem_cache_alloc_bulk() - allocate many objects, or none
 * @cache: where from
 * @gfp: as for kmem_cache_alloc()
 * @nr: how many
 * @objs: filled
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: @nr, or 0 if there were not so many.
 */
int ta_kmem_cache_alloc_bulk(struct ta_kmem_cache *cache, gfp_t gfp, size_t nr,
			     void **objs)
{
	size_t got, i;

	ta_cache_might_alloc(gfp);
	if (unlikely(gfp & TA_GFP_REFUSED)) {
		refuse_gfp(cache, NULL, gfp, _RET_IP_);
		return 0;
	}
	if (unlikely(nr > INT_MAX || ((gfp & __GFP_ZERO) && cache->set.layout.ctor))) {
		ta_report(TA_FAULT_BAD_ARG, cache, _RET_IP_,
			  "cache %s: %zu objects, or zeroed in spite of a constructor",
			  cache->set.layout.name, nr);
		return 0;
	}
	if (ta_inject_fail_slab(gfp))
		return 0;
	got = ta_magset_get_bulk(&cache->mags, gfp, nr, objs, _RET_IP_);
	if (unlikely(got < nr)) {
		free_bulk(cache, got, objs, _RET_IP_);
		return 0;
	}
	for (i = 0; unlikely(gfp & __GFP_ZERO) && i < nr; i++)
		memset(objs[i], 0, ta_cache_object_size(cache));
	if (trace_ta_kmem_cache_alloc_enabled())
		tell_allocs(cache, gfp, nr, objs, _RET_IP_);
	return nr;
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_alloc_bulk);

/* --- free -------------------------------------------------------------- */

/**
 * ta_cache_free_slow() - free what is not as simple as that
 * @cache: where to
 * @obj: any address
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
noinline void ta_cache_free_slow(struct ta_kmem_cache *cache, void *obj,
				 unsigned long caller)
{
	if (unlikely(!obj))
		return;
	if (unlikely(!ta_slabset_has(&cache->set, obj))) {
		ta_slabset_report_bad(&cache->slabs->pages->pool, &cache->set,
				      obj, caller);
		return;
	}
	/* Not hot: then bulk's would not be seen to be the one put there last. */
	if (!ta_magset_push_loaded(&cache->mags, obj))
		ta_magset_put_slow(&cache->mags, obj, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_free_slow);

static noinline void free_rest(struct ta_kmem_cache *cache, void *obj,
			       unsigned long caller)
{
	trace_ta_kmem_cache_free(caller, obj, cache->set.layout.name);
	ta_cache_free_slow(cache, obj, caller);
}

/* With a hot object already, which may be this one. */
static noinline void free_loaded(struct ta_kmem_cache *cache, void *obj,
				 unsigned long caller)
{
	if (unlikely(!ta_magset_push_loaded(&cache->mags, obj)))
		ta_magset_put_slow(&cache->mags, obj, caller);
}

/**
 * ta_kmem_cache_free() - free an object
 * @cache: which it was allocated from
 * @obj: the object; NULL does nothing
 *
 * What is no object of @cache is reported and left alone.
 *
 * Context: any.
 */
void ta_kmem_cache_free(struct ta_kmem_cache *cache, void *obj)
{
	if (trace_ta_kmem_cache_free_enabled() ||
	    unlikely(!ta_slabset_owns(&cache->set, obj)))
		free_rest(cache, obj, ta_cold_ret_ip());
	else if (unlikely(!ta_magset_push_hot(&cache->mags, obj)))
		free_loaded(cache, obj, ta_cold_ret_ip());
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_free);

/**
 * ta_kmem_cache_free_bulk() - free many objects
 * @cache: which they were allocated from
 * @nr: length of @objs
 * @objs: the objects
 *
 * Context: any.
 */
void ta_kmem_cache_free_bulk(struct ta_kmem_cache *cache, size_t nr,
			     void **objs)
{
	if (trace_ta_kmem_cache_free_enabled())
		tell_frees(cache, nr, objs, _RET_IP_);
	free_bulk(cache, nr, objs, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_free_bulk);

/* --- looking and shrinking --------------------------------------------- */

/**
 * ta_kmem_cache_size() - tell the size of an object
 * @cache: of which
 *
 * Context: any.
 * Return: as it was created with; more, if somebody shares it who wanted more.
 */
unsigned int ta_kmem_cache_size(struct ta_kmem_cache *cache)
{
	return ta_cache_object_size(cache);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_size);

/**
 * ta_kmem_cache_shrink() - give back what a cache does not need
 * @cache: which
 *
 * Context: process, may sleep.
 * Return: 0 if no slab is left, else 1.
 */
int ta_kmem_cache_shrink(struct ta_kmem_cache *cache)
{
	ta_magset_drain(&cache->mags, false);
	ta_slabset_shrink(&cache->set);
	return !!ta_slabset_nr_slabs(&cache->set);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_shrink);

/**
 * ta_kmem_cache_validate() - check a cache's invariants
 * @cache: which; it may be in use
 *
 * Context: process, may sleep.
 * Return: whether they hold. What does not is reported.
 */
bool ta_kmem_cache_validate(struct ta_kmem_cache *cache)
{
	bool ok = ta_slabset_validate(&cache->set);

	return ta_magset_validate(&cache->mags) && ok;
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_validate);
