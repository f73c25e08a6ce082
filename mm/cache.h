/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_CACHE_H
#define _TA_CACHE_H

#include "hotplug.h"
#include "magazine.h"

#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/teachalloc.h>
#include <linux/workqueue.h>

#define TA_NR_MAGAZINE_SIZES	5

/* Flags that mean something here. */
#define TA_CACHE_OWN_FLAGS	(TA_SLAB_DEBUG | SLAB_HWCACHE_ALIGN | \
				 SLAB_PANIC | SLAB_RECLAIM_ACCOUNT | \
				 SLAB_TYPESAFE_BY_RCU | SLAB_NO_MERGE)

/* Flags that a cache can be created with; those not of the above do nothing. */
#define TA_CACHE_FLAGS		(TA_CACHE_OWN_FLAGS | SLAB_ACCOUNT | \
				 SLAB_NOLEAKTRACE | SLAB_KASAN | \
				 SLAB_NO_USER_FLAGS)

/**
 * struct ta_slab_options - what is chosen when an instance is made
 * @debug: which caches are debugged and how: see ta_slab_debug_flags()
 * @plain: links can be read, and a new slab's objects follow each other
 * @merge: who wants the same as another gets the same cache: see alias.c
 */
struct ta_slab_options {
	const char *debug;
	bool plain;
	bool merge;
};

struct ta_alias;

/**
 * struct ta_cache_listener - who is told of caches
 * @created: of each, when it is there for everybody
 * @aliased: of a further name of one, which stays as long as the cache
 * @destroyed: of each, when nobody uses it any more
 *
 * Called without a lock; both may sleep.
 */
struct ta_cache_listener {
	void (*created)(struct ta_kmem_cache *cache);
	void (*aliased)(struct ta_kmem_cache *cache, struct ta_alias *alias);
	void (*destroyed)(struct ta_kmem_cache *cache);
};

/**
 * struct ta_cache_want - what a new cache is to be like
 * @name: for people; copied
 * @size: of an object, 1 to TA_SLAB_MAX_SIZE
 * @align: of an object: a power of two, or 0 for a word's
 * @flags: of TA_CACHE_FLAGS
 * @ctor: run on each object when its slab is made, or NULL
 * @useroffset: where in an object what users may be given begins
 * @usersize: how many bytes of it that are; 0: nothing
 */
struct ta_cache_want {
	const char *name;
	size_t size;
	size_t align;
	slab_flags_t flags;
	void (*ctor)(void *obj);
	size_t useroffset;
	size_t usersize;
};

/**
 * struct ta_kmem_cache - objects of one kind
 * @set: the slabs behind; first, so that its address is the cache's
 * @mags: what its users take from and put to
 * @slabs: the instance it belongs to (C)
 * @flags: it was created with (C)
 * @useroffset: where in an object what users may be given begins (C)
 * @usersize: how many bytes of it that are (C)
 * @debugged: any of TA_SLAB_DEBUG: no magazines, so that the slabs see
 *	each allocation and free, and by whom (C)
 * @list: of ta_slabs.caches, under ta_slabs.lock
 * @refs: how many have created it and not destroyed it, under ta_slabs.lock
 * @going: the last of them is destroying it, so nobody may come to share it; likewise
 * @aliases: its further names, under ta_slabs.lock
 * @shown: the listener's own
 *
 * (C): constant from create to destroy.
 */
struct ta_kmem_cache {
	struct ta_slabset set;
	struct ta_magset mags;
	struct ta_slabs *slabs;
	slab_flags_t flags;
	unsigned int useroffset;
	unsigned int usersize;
	bool debugged;
	struct list_head list;
	unsigned int refs;
	bool going;
	struct list_head aliases;
	void *shown;
};

/**
 * struct ta_slabs - the slab layer: all caches on one page layer
 * @pages: where slabs come from (C)
 * @map: of their pool, to look objects up (C)
 * @magazines: caches that the other caches' magazines come from (C)
 * @kmalloc: the size classes, made by the kmalloc layer (C)
 * @kmalloc_rcl: the same, for what can be got back under pressure (C)
 * @options: what was chosen (C)
 * @listener: who is told of caches, or NULL (C)
 * @uses_rcu: there was a free that waits for readers; once set, it stays
 * @reclaimer: shrinks all caches when the page layer runs dry
 * @hotplug: takes what a CPU had that is gone
 * @ageing: gives back what the depots did not need
 * @lock: protects @caches
 * @caches: all of them; @magazines are first
 */
struct ta_slabs {
	struct ta_pages *pages;
	struct ta_pool_map map;
	struct ta_kmem_cache *magazines[TA_NR_MAGAZINE_SIZES];
	struct ta_kmem_cache *kmalloc[TA_NR_KMALLOC];
	struct ta_kmem_cache *kmalloc_rcl[TA_NR_KMALLOC];
	struct ta_slab_options options;
	const struct ta_cache_listener *listener;
	bool uses_rcu;
	struct ta_reclaimer reclaimer;
	struct ta_hotplug hotplug;
	struct delayed_work ageing;
	struct mutex lock;	/* of @caches */
	struct list_head caches;
};

size_t ta_cache_align(const struct ta_cache_want *want);
void *ta_cache_finish_alloc(struct ta_kmem_cache *cache, void *obj, gfp_t gfp,
			    unsigned long caller);
void ta_cache_free_slow(struct ta_kmem_cache *cache, void *obj,
			unsigned long caller);

/* How many bytes of an object are its user's: more, once another shares it. */
static inline unsigned int
ta_cache_object_size(const struct ta_kmem_cache *cache)
{
	return READ_ONCE(cache->set.layout.size);
}

/*
 * Only where the kernel would find a mistake: elsewhere might_alloc() costs
 * more than the allocation, since it may be a point to give up the CPU.
 */
static __always_inline void ta_cache_might_alloc(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
}

#endif /* _TA_CACHE_H */
