// SPDX-License-Identifier: GPL-2.0
/*
 * kmalloc: objects of any size, from a cache for each size class.
 *
 * Model: a size up to 8192 is rounded up to its class by one look into a table,
 * and comes from that class's cache. A larger one is a block of pages.
 *
 *	size	1..8 9..16 .. 65..96 97..128 129..192 .. 4097..8192   larger
 *		  |    |        |       |        |           |          |
 *		  8   16       96      128      192         8k     2^order pages
 *
 * What __GFP_RECLAIMABLE asks for, since it can be got back under pressure, has the
 * same classes once more (kmalloc-rcl-8 to -8k), so that its pages stand together.
 * It is rare: the usual class is looked at first, and what was taken there put back.
 *
 * The free has only the address: the page that it lies in leads to the slab's
 * cache, or says that it is a block.
 *
 * Invariants
 *  I1  kmalloc[i] and kmalloc_rcl[i] hold objects of the i-th class's size; a power of two is
 *	also their alignment, for a slab is aligned to its own size
 *  I2  a block is of kind KMALLOC, its ta_page.owner is the size asked for
 *
 * Bad input: what is neither NULL, ZERO_SIZE_PTR, an object's nor a block's
 * start is reported and left alone; a size above the largest block gives NULL,
 * reported unless __GFP_NOWARN.
 *
 * Locking: none of its own.
 * Context: any, hard interrupts included; sleeps only with
 * __GFP_DIRECT_RECLAIM. ta_slabs_init() and _fini() may sleep.
 */
#include "kmalloc.h"
#include "report.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/string.h>

static const struct {
	const char *name;
	const char *rcl_name;
	unsigned int size;
} classes[] = {
	{ "kmalloc-8", "kmalloc-rcl-8", 8 },
	{ "kmalloc-16", "kmalloc-rcl-16", 16 },
	{ "kmalloc-32", "kmalloc-rcl-32", 32 },
	{ "kmalloc-64", "kmalloc-rcl-64", 64 },
	{ "kmalloc-96", "kmalloc-rcl-96", 96 },
	{ "kmalloc-128", "kmalloc-rcl-128", 128 },
	{ "kmalloc-192", "kmalloc-rcl-192", 192 },
	{ "kmalloc-256", "kmalloc-rcl-256", 256 },
	{ "kmalloc-512", "kmalloc-rcl-512", 512 },
	{ "kmalloc-1k", "kmalloc-rcl-1k", 1024 },
	{ "kmalloc-2k", "kmalloc-rcl-2k", 2048 },
	{ "kmalloc-4k", "kmalloc-rcl-4k", 4096 },
	{ "kmalloc-8k", "kmalloc-rcl-8k", 8192 },
};

static_assert(ARRAY_SIZE(classes) == TA_NR_KMALLOC);

#define STEP(size)	((size) / 8)

/* Class of each size, by STEP(size - 1). */
const u8 ta_kmalloc_classes[STEP(TA_KMALLOC_MAX_CLASS)] = {
	[STEP(0) ... STEP(8) - 1] = 0,
	[STEP(8) ... STEP(16) - 1] = 1,
	[STEP(16) ... STEP(32) - 1] = 2,
	[STEP(32) ... STEP(64) - 1] = 3,
	[STEP(64) ... STEP(96) - 1] = 4,
	[STEP(96) ... STEP(128) - 1] = 5,
	[STEP(128) ... STEP(192) - 1] = 6,
	[STEP(192) ... STEP(256) - 1] = 7,
	[STEP(256) ... STEP(512) - 1] = 8,
	[STEP(512) ... STEP(1024) - 1] = 9,
	[STEP(1024) ... STEP(2048) - 1] = 10,
	[STEP(2048) ... STEP(4096) - 1] = 11,
	[STEP(4096) ... STEP(8192) - 1] = 12,
};
EXPORT_SYMBOL_FOR_TA_TESTS(ta_kmalloc_classes);

/* --- blocks of pages --------------------------------------------------- */

static void *alloc_large(struct ta_slabs *slabs, size_t size, gfp_t gfp,
			 unsigned long caller)
{
	struct ta_page *tp;
	struct page *page;

	if (size > PAGE_SIZE << TA_MAX_ORDER) {
		if (!(gfp & __GFP_NOWARN))
			ta_report(TA_FAULT_BAD_SIZE, NULL, caller,
				  "kmalloc of %zu bytes", size);
		return NULL;
	}
	page = ta_pages_alloc(slabs->pages, gfp, get_order(size), caller);
	if (!page)
		return NULL;
	tp = ta_pages_set_kind(slabs->pages, page, TA_KIND_KMALLOC);
	tp->owner = (void *)size;
	return ta_page_addr(tp);
}

static bool is_large(const struct ta_page *tp, const void *ptr)
{
	return tp && READ_ONCE(tp->kind) == TA_KIND_KMALLOC &&
	       !offset_in_page(ptr);
}

static void free_large(struct ta_slabs *slabs, struct ta_page *tp,
		       unsigned long caller)
{
	tp->owner = NULL;
	ta_page_set_kind(tp, TA_KIND_ALLOC);
	ta_pages_free(slabs->pages, ta_page_host(tp), tp->order, caller);
}

/* --- alloc ------------------------------------------------------------- */

/**
 * ta_kmalloc_large() - ta_slabs_kmalloc() of a size without a class
 * @slabs: the instance
 * @size: in bytes, 0 or more than TA_KMALLOC_MAX_CLASS
 * @gfp: as for kmalloc()
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: as ta_slabs_kmalloc().
 */
noinline void *ta_kmalloc_large(struct ta_slabs *slabs, size_t size, gfp_t gfp,
				unsigned long caller)
{
	void *ptr;

	if (!size)
		return ZERO_SIZE_PTR;
	ptr = alloc_large(slabs, size, gfp, caller);
	trace_ta_kmalloc(caller, ptr, TA_KMALLOC_LARGE_NAME, size,
			 PAGE_SIZE << get_order(size), gfp);
	return ptr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_kmalloc_large);

/* An object that this CPU had a moment ago. */
static void put_back(struct ta_kmem_cache *cache, void *obj,
		     unsigned long caller)
{
	if (obj && !ta_magset_push(&cache->mags, obj))
		ta_magset_put_slow(&cache->mags, obj, caller);
}

/**
 * ta_kmalloc_rest() - the rare rest of ta_kmalloc_from()
 * @cache: of the class of @size
 * @obj: an object of it, or NULL if there was none at hand
 * @size: in bytes
 * @gfp: as for kmalloc()
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the memory, or NULL.
 */
noinline void *ta_kmalloc_rest(struct ta_kmem_cache *cache, void *obj,
			       size_t size, gfp_t gfp, unsigned long caller)
{
	if (unlikely(gfp & __GFP_RECLAIMABLE)) {
		put_back(cache, obj, caller);
		cache = cache->slabs->kmalloc_rcl[ta_kmalloc_class(size)];
		obj = ta_magset_pop(&cache->mags);
	}
	obj = ta_cache_finish_alloc(cache, obj, gfp, caller);
	trace_ta_kmalloc(caller, obj, cache->set.layout.name, size,
			 cache->set.layout.size, gfp);
	return obj;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_kmalloc_rest);

/**
 * ta_kmalloc_loaded() - ta_kmalloc_from() without a hot object
 * @cache: of the class of @size
 * @size: in bytes
 * @gfp: as for kmalloc()
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the memory, or NULL.
 */
noinline void *ta_kmalloc_loaded(struct ta_kmem_cache *cache, size_t size,
				 gfp_t gfp, unsigned long caller)
{
	void *obj = ta_magset_pop_loaded(&cache->mags);

	if (unlikely(!obj) || unlikely(gfp & TA_KMALLOC_RARE) ||
	    trace_ta_kmalloc_enabled())
		return ta_kmalloc_rest(cache, obj, size, gfp, caller);
	return obj;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_kmalloc_loaded);

/**
 * ta_slabs_kmalloc() - allocate memory of any size
 * @slabs: the instance
 * @size: in bytes
 * @gfp: as for kmalloc()
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the memory, ZERO_SIZE_PTR for no bytes at all, or NULL.
 */
void *ta_slabs_kmalloc(struct ta_slabs *slabs, size_t size, gfp_t gfp,
		       unsigned long caller)
{
	struct ta_kmem_cache *cache;
	void *obj;

	ta_cache_might_alloc(gfp);
	if (unlikely(size - 1 >= TA_KMALLOC_MAX_CLASS))
		return ta_kmalloc_large(slabs, size, gfp, caller);
	if (ta_inject_fail_slab(gfp))
		return NULL;
	cache = slabs->kmalloc[ta_kmalloc_class(size)];
	if (likely(ta_magset_pop_hot(&cache->mags, &obj)))
		return ta_kmalloc_rest(cache, obj, size, gfp, caller);
	return ta_kmalloc_loaded(cache, size, gfp, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_kmalloc);

/* --- free -------------------------------------------------------------- */

/**
 * ta_kfree_loaded() - ta_slabs_kfree() with a hot object already
 * @cache: whose object it is
 * @obj: the object, which may be the hot one
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
noinline void ta_kfree_loaded(struct ta_kmem_cache *cache, void *obj,
			      unsigned long caller)
{
	if (unlikely(!ta_magset_push_loaded(&cache->mags, obj)))
		ta_magset_put_slow(&cache->mags, obj, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_kfree_loaded);

/**
 * ta_kfree_rest() - the rare rest of ta_slabs_kfree()
 * @slabs: the instance
 * @ptr: any address
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
noinline void ta_kfree_rest(struct ta_slabs *slabs, const void *ptr,
			    unsigned long caller)
{
	struct ta_kmem_cache *cache;
	struct ta_page *tp;

	if (ZERO_OR_NULL_PTR(ptr))
		return;
	cache = ta_slabs_cache_of(slabs, ptr);
	if (cache) {
		trace_ta_kfree(caller, ptr, cache->set.layout.name);
		ta_cache_free_slow(cache, (void *)ptr, caller);
		return;
	}
	tp = ta_pool_addr(&slabs->pages->pool, ptr);
	if (is_large(tp, ptr)) {
		trace_ta_kfree(caller, ptr, TA_KMALLOC_LARGE_NAME);
		free_large(slabs, tp, caller);
		return;
	}
	ta_slabset_report_bad(&slabs->pages->pool, NULL, ptr, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_kfree_rest);

/**
 * ta_slabs_kfree() - free memory
 * @slabs: the instance
 * @ptr: from ta_slabs_kmalloc() or any cache; NULL and ZERO_SIZE_PTR do nothing
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
void ta_slabs_kfree(struct ta_slabs *slabs, const void *ptr,
		    unsigned long caller)
{
	struct ta_kmem_cache *cache = ta_slabs_cache_of(slabs, ptr);

	if (unlikely(!cache) || trace_ta_kfree_enabled() ||
	    unlikely(!ta_slab_is_start(&cache->set.layout, ptr)) ||
	    unlikely(!ta_magset_push(&cache->mags, (void *)ptr)))
		ta_kfree_rest(slabs, ptr, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_kfree);

/* --- sizes ------------------------------------------------------------- */

/**
 * ta_slabs_block_around() - find the block that an address lies in
 * @slabs: the instance
 * @addr: any address
 *
 * A block lies at a multiple of its size.
 *
 * Context: any.
 * Return: its start; NULL if that is no address in a block of kmalloc's.
 */
void *ta_slabs_block_around(struct ta_slabs *slabs, const void *addr)
{
	struct ta_page *tp = ta_pool_addr(&slabs->pages->pool, addr), *first;
	unsigned int order;

	for (order = 0; tp && order <= TA_MAX_ORDER; order++) {
		first = tp - (tp->idx & (BIT(order) - 1));
		if (READ_ONCE(first->kind) == TA_KIND_KMALLOC &&
		    READ_ONCE(first->order) >= order)
			return ta_page_addr(first);
	}
	return NULL;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_block_around);

/**
 * ta_slabs_ksize() - tell how much of an allocation may be used
 * @slabs: the instance
 * @ptr: from ta_slabs_kmalloc() or any cache
 * @caller: return address of who asks, for reports
 *
 * Context: any.
 * Return: in bytes, at least what was asked for; 0 for NULL, ZERO_SIZE_PTR
 * and, reported, for what is no allocation's start.
 */
size_t ta_slabs_ksize(struct ta_slabs *slabs, const void *ptr,
		      unsigned long caller)
{
	struct ta_kmem_cache *cache;
	struct ta_page *tp;

	if (ZERO_OR_NULL_PTR(ptr))
		return 0;
	cache = ta_slabs_cache_of(slabs, ptr);
	if (cache && ta_slab_number(&cache->set.layout, ptr) < cache->set.layout.nr)
		return ta_cache_object_size(cache);
	tp = ta_pool_addr(&slabs->pages->pool, ptr);
	if (is_large(tp, ptr))
		return PAGE_SIZE << tp->order;
	ta_slabset_report_bad(&slabs->pages->pool, NULL, ptr, caller);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_ksize);

/* --- the instance ------------------------------------------------------ */

static struct ta_kmem_cache *make_class(struct ta_slabs *slabs,
					const char *name, size_t size,
					slab_flags_t flags)
{
	const struct ta_cache_want want = {
		.name = name,
		.size = size,
		/* Also with red zones between the objects. */
		.align = is_power_of_2(size) ? size : 0,
		.flags = flags,
		.usersize = size,
	};

	return ta_cache_create_want(slabs, &want, _RET_IP_);
}

static int make_classes(struct ta_slabs *slabs)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		slabs->kmalloc[i] = make_class(slabs, classes[i].name,
					       classes[i].size, 0);
		if (!slabs->kmalloc[i])
			return -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		slabs->kmalloc_rcl[i] = make_class(slabs, classes[i].rcl_name,
						   classes[i].size,
						   SLAB_RECLAIM_ACCOUNT);
		if (!slabs->kmalloc_rcl[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * ta_slabs_init() - set up the slab layer
 * @slabs: what to set up
 * @pages: where slabs and blocks will come from
 * @options: copied; its words must stay
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_slabs_init(struct ta_slabs *slabs, struct ta_pages *pages,
		  const struct ta_slab_options *options)
{
	int err = ta_caches_init(slabs, pages, options);

	if (err)
		return err;
	err = make_classes(slabs);
	if (err)
		ta_caches_fini(slabs);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_init);

/**
 * ta_slabs_fini() - tear the slab layer down
 * @slabs: whose users are all gone
 *
 * Every page of a slab goes back. Blocks of pages that were never freed are
 * left to the page layer, which reports them.
 *
 * Context: process, may sleep.
 * Return: the number of objects that were never freed; each cache that has
 * any is reported.
 */
unsigned long ta_slabs_fini(struct ta_slabs *slabs)
{
	return ta_caches_fini(slabs);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_fini);
