// SPDX-License-Identifier: GPL-2.0
/*
 * Caches: what the users of the slab layer see.
 *
 * Model: a cache is slabs and the magazines before them:
 *
 *	ta_kmem_cache_alloc -> magazine (this CPU) -> depot -> slabs -> pages
 *	ta_kmem_cache_free  -> is it ours? -> magazine -> depot -> slabs
 *
 * Magazines are objects of caches too, of the few at the start of the list;
 * those have no magazines themselves. The structs that describe a cache come
 * from the host, so that none of this needs itself.
 *
 * Invariants
 *  those of the slabs (slab.c, slabset.c) and magazines (magazine.c, depot.c)
 *
 * Bad input: a free looks at the address before it does anything: it must be in
 * the pool, in a slab of this cache, at the start of an object. What is not is
 * reported and left alone.
 *
 * Locking: slabs->lock to get on the list of caches and off it. Alloc and free
 * take none but the depot's and the slabs'.
 * Context: alloc, free and their bulk forms anywhere, hard interrupts included;
 * alloc sleeps only with __GFP_DIRECT_RECLAIM. Everything else may sleep.
 * Failure: alloc gives NULL if the page layer has nothing left after reclaim.
 */
#include "cache.h"
#include "report.h"
#include "trace.h"

#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/teachalloc.h>

/*
 * Small objects come in large magazines: a magazine's worth is 16 KiB or less
 * of objects up to 128 bytes, and 32 to 64 KiB of the others. What is larger
 * than 8 pages is too rare to be kept by each CPU.
 */
static const struct {
	const char *name;
	unsigned int max_size;
	unsigned int bytes;
} magazine_sizes[] = {
	{ "magazine-1024", 128, 1024 },
	{ "magazine-512", 512, 512 },
	{ "magazine-256", 2048, 256 },
	{ "magazine-128", 8192, 128 },
	{ "magazine-64", 32768, 64 },
};

static_assert(ARRAY_SIZE(magazine_sizes) == TA_NR_MAGAZINE_SIZES);

/* --- create and destroy ------------------------------------------------ */

/* At most a cache line, but not more than lets small objects share one. */
static size_t full_align(size_t size, size_t align, slab_flags_t flags)
{
	size_t line = cache_line_size();

	if (!align)
		align = 1;
	if (!(flags & SLAB_HWCACHE_ALIGN))
		return align;
	while (size && size <= line / 2)
		line /= 2;
	return max(align, line);
}

static int init_mags(struct ta_kmem_cache *cache, bool magazines)
{
	struct ta_slabs *slabs = cache->slabs;
	unsigned int i;

	for (i = 0; magazines && i < ARRAY_SIZE(magazine_sizes); i++)
		if (cache->set.layout.stride <= magazine_sizes[i].max_size)
			return ta_magset_init(&cache->mags, &cache->set,
					      &slabs->magazines[i]->set,
					      magazine_sizes[i].bytes);
	return ta_magset_init(&cache->mags, &cache->set, NULL, 0);
}

static void free_cache(struct ta_kmem_cache *cache)
{
	const char *name = cache->set.layout.name;

	ta_magset_fini(&cache->mags);
	ta_slabset_fini(&cache->set);
	kfree(name);
	kfree(cache);
}

/* Of a slab's links, and of its objects when it is new. */
static void set_order(struct ta_slab_layout *layout,
		      const struct ta_slab_options *options)
{
	layout->shuffled = !options->plain;
	if (options->plain)
		layout->secret = 0;
}

/* On no list yet. */
static struct ta_kmem_cache *make_cache(struct ta_slabs *slabs,
					const char *name, size_t size,
					size_t align, slab_flags_t flags,
					void (*ctor)(void *obj),
					bool magazines)
{
	struct ta_kmem_cache *cache;

	cache = kzalloc(sizeof(*cache), GFP_KERNEL);
	if (!cache)
		return NULL;
	cache->slabs = slabs;
	flags |= ta_slab_debug_flags(slabs->options.debug, name);
	cache->flags = flags;
	cache->debugged = flags & TA_SLAB_DEBUG;
	name = kstrdup(name, GFP_KERNEL);
	if (!name)
		goto free_cache;
	if (ta_slabset_init(&cache->set, slabs->pages, name, size,
			    full_align(size, align, flags), flags, ctor))
		goto free_name;
	set_order(&cache->set.layout, &slabs->options);
	if (init_mags(cache, magazines && !cache->debugged))
		goto free_name;
	return cache;

free_name:
	kfree(name);
free_cache:
	kfree(cache);
	return NULL;
}

static bool check_args(const char *name, size_t size, size_t align,
		       slab_flags_t flags, unsigned long caller)
{
	if (!name || (flags & ~TA_CACHE_FLAGS)) {
		ta_report(TA_FAULT_BAD_ARG, NULL, caller,
			  "cache %s: no name, or flags %#x beyond %#x", name,
			  (__force unsigned int)flags,
			  (__force unsigned int)TA_CACHE_FLAGS);
		return false;
	}
	if (!size || size > TA_SLAB_MAX_SIZE || align > TA_SLAB_MAX_SIZE ||
	    (align & (align - 1))) {
		ta_report(TA_FAULT_BAD_SIZE, NULL, caller,
			  "cache %s: no objects of size %zu, alignment %zu",
			  name, size, align);
		return false;
	}
	return true;
}

static struct ta_kmem_cache *create(struct ta_slabs *slabs, const char *name,
				    size_t size, size_t align,
				    slab_flags_t flags,
				    void (*ctor)(void *obj),
				    unsigned long caller)
{
	struct ta_kmem_cache *cache;

	if (!check_args(name, size, align, flags, caller))
		return NULL;
	cache = make_cache(slabs, name, size, align,
			   flags & TA_CACHE_OWN_FLAGS, ctor, true);
	if (!cache)
		return NULL;
	mutex_lock(&slabs->lock);
	list_add_tail(&cache->list, &slabs->caches);
	mutex_unlock(&slabs->lock);
	if (slabs->listener)
		slabs->listener->created(cache);
	return cache;
}

/**
 * ta_cache_create() - make a cache
 * @slabs: the instance it will belong to
 * @name: for people; copied
 * @size: of an object, 1 to TA_SLAB_MAX_SIZE
 * @align: of an object: a power of two, or 0 for a word's
 * @flags: of TA_CACHE_FLAGS
 * @ctor: run on each object when its slab is made, or NULL
 * @caller: return address of who asks, for reports
 *
 * Context: process, may sleep.
 * Return: the cache; NULL without memory or, reported, for a bad argument.
 * Then with SLAB_PANIC it does not return: it is for those who cannot go on.
 */
struct ta_kmem_cache *ta_cache_create(struct ta_slabs *slabs, const char *name,
				      size_t size, size_t align,
				      slab_flags_t flags,
				      void (*ctor)(void *obj),
				      unsigned long caller)
{
	struct ta_kmem_cache *cache = create(slabs, name, size, align, flags,
					     ctor, caller);

	if (!cache && (flags & SLAB_PANIC))
		panic("teachalloc: cannot create cache %s", name);
	return cache;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_create);

/**
 * ta_kmem_cache_destroy() - destroy a cache
 * @cache: whose objects are all freed; NULL does nothing
 *
 * A cache with objects in use is reported and stays as it is.
 *
 * Context: process, may sleep.
 */
void ta_kmem_cache_destroy(struct ta_kmem_cache *cache)
{
	unsigned long inuse;
	struct ta_slabs *slabs;

	if (!cache)
		return;
	slabs = cache->slabs;
	/* Before the lock: reclaim takes that, and may not wait for CPUs. */
	ta_magset_drain(&cache->mags, true);
	mutex_lock(&slabs->lock);
	inuse = ta_slabset_nr_inuse(&cache->set);
	if (!inuse)
		list_del(&cache->list);
	mutex_unlock(&slabs->lock);

	if (inuse) {
		if (ta_report(TA_FAULT_BUSY, cache, _RET_IP_,
			      "cache %s: %lu objects in use",
			      cache->set.layout.name, inuse))
			ta_slabset_report_objects(&cache->set);
		return;
	}
	if (slabs->listener)
		slabs->listener->destroyed(cache);
	free_cache(cache);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_destroy);

/**
 * ta_cache_make_magazines() - make the caches that magazines come from
 * @slabs: an instance without any cache yet
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_cache_make_magazines(struct ta_slabs *slabs)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(magazine_sizes); i++) {
		struct ta_kmem_cache *cache;

		cache = make_cache(slabs, magazine_sizes[i].name,
				   magazine_sizes[i].bytes, 0,
				   SLAB_HWCACHE_ALIGN, NULL, false);
		if (!cache)
			return -ENOMEM;
		slabs->magazines[i] = cache;
		list_add_tail(&cache->list, &slabs->caches);
	}
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_make_magazines);

/**
 * ta_cache_discard() - destroy a cache, in use or not
 * @cache: which nobody uses any more
 *
 * Context: process, may sleep.
 * Return: the number of its objects that were never freed; reported, if any.
 */
unsigned long ta_cache_discard(struct ta_kmem_cache *cache)
{
	unsigned long leaked;

	ta_magset_drain(&cache->mags, true);
	leaked = ta_slabset_nr_inuse(&cache->set);
	if (leaked)
		ta_report(TA_FAULT_LEAK, cache, 0,
			  "cache %s: %lu objects never freed",
			  cache->set.layout.name, leaked);
	list_del(&cache->list);
	free_cache(cache);
	return leaked;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_discard);

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
		memset(obj, 0, cache->set.layout.size);
	}
	return obj;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_finish_alloc);

static noinline void *alloc_rest(struct ta_kmem_cache *cache, gfp_t gfp,
				 void *obj, unsigned long caller)
{
	obj = ta_cache_finish_alloc(cache, obj, gfp, caller);
	trace_ta_kmem_cache_alloc(caller, obj, cache->set.layout.name,
				  cache->set.layout.size,
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

/* As many as there are: on this CPU, else one by the way that refills it. */
static unsigned int alloc_some(struct ta_kmem_cache *cache, gfp_t gfp,
			       unsigned int nr, void **objs,
			       unsigned long caller)
{
	unsigned int got = ta_magset_pop_bulk(&cache->mags, nr, objs);

	if (got)
		return got;
	objs[0] = ta_magset_get_slow(&cache->mags, gfp, caller);
	return objs[0] ? 1 : 0;
}

static void free_bulk(struct ta_kmem_cache *cache, size_t nr, void **objs,
		      unsigned long caller)
{
	while (nr) {
		unsigned int done;

		done = ta_magset_push_bulk(&cache->mags,
					   min_t(size_t, nr, INT_MAX), objs);
		nr -= done;
		objs += done;
		if (!nr)
			break;
		ta_cache_free_slow(cache, *objs++, caller);
		nr--;
	}
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
	size_t got = 0, i;

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
	while (got < nr) {
		unsigned int some = alloc_some(cache, gfp, nr - got, objs + got,
					       _RET_IP_);

		if (unlikely(!some)) {
			free_bulk(cache, got, objs, _RET_IP_);
			return 0;
		}
		got += some;
	}
	for (i = 0; unlikely(gfp & __GFP_ZERO) && i < nr; i++)
		memset(objs[i], 0, cache->set.layout.size);
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
	free_bulk(cache, nr, objs, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_free_bulk);

/* --- looking and shrinking --------------------------------------------- */

/**
 * ta_kmem_cache_size() - tell the size of an object
 * @cache: of which
 *
 * Context: any.
 * Return: as it was created with.
 */
unsigned int ta_kmem_cache_size(struct ta_kmem_cache *cache)
{
	return cache->set.layout.size;
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
