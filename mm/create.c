// SPDX-License-Identifier: GPL-2.0
/*
 * Caches begin and end here: their arguments, their layout, their magazines.
 *
 * Model: the structs that describe a cache come from the host. Magazines are
 * objects of caches too, of the few at the start of the list; those have no
 * magazines themselves. So none of this needs itself.
 *
 * Invariants: those of the list (cachelist.c)
 *
 * Bad input: a bad argument and the destruction of a cache that is in use are
 * reported; there is no new cache then, and the old one stays as it is.
 *
 * Locking: slabs->lock to get on the list of caches and off it.
 * Context: process, may sleep.
 */
#include "create.h"
#include "alias.h"
#include "report.h"

#include <linux/rcupdate.h>
#include <linux/string.h>

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
	ta_alias_free_all(cache);
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
					const struct ta_cache_want *want,
					bool magazines)
{
	slab_flags_t flags = want->flags & TA_CACHE_OWN_FLAGS;
	struct ta_kmem_cache *cache;
	const char *name;

	cache = kzalloc(sizeof(*cache), GFP_KERNEL);
	if (!cache)
		return NULL;
	cache->slabs = slabs;
	cache->refs = 1;
	INIT_LIST_HEAD(&cache->aliases);
	flags |= ta_slab_debug_flags(slabs->options.debug, want->name);
	cache->flags = flags;
	cache->debugged = flags & TA_SLAB_DEBUG;
	cache->useroffset = want->useroffset;
	cache->usersize = want->usersize;
	name = kstrdup(want->name, GFP_KERNEL);
	if (!name)
		goto free_cache;
	if (ta_slabset_init(&cache->set, slabs->pages, name, want->size,
			    ta_cache_align(want), flags, want->ctor))
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

static bool check_want(const struct ta_cache_want *want, unsigned long caller)
{
	if (!want->name || (want->flags & ~TA_CACHE_FLAGS)) {
		ta_report(TA_FAULT_BAD_ARG, NULL, caller,
			  "cache %s: no name, or flags %#x beyond %#x",
			  want->name, (__force unsigned int)want->flags,
			  (__force unsigned int)TA_CACHE_FLAGS);
		return false;
	}
	if (!want->size || want->size > TA_SLAB_MAX_SIZE ||
	    want->align > TA_SLAB_MAX_SIZE ||
	    (want->align & (want->align - 1))) {
		ta_report(TA_FAULT_BAD_SIZE, NULL, caller,
			  "cache %s: no objects of size %zu, alignment %zu",
			  want->name, want->size, want->align);
		return false;
	}
	return true;
}

/* What is no part of an object is no part at all: nothing for users, then. */
static void check_user_part(struct ta_cache_want *want, unsigned long caller)
{
	size_t offset = want->useroffset, size = want->usersize;

	if (!size && !offset)
		return;
	if (size && size <= want->size && offset <= want->size - size)
		return;
	ta_report(TA_FAULT_BAD_SIZE, NULL, caller,
		  "cache %s: of %zu bytes no %zu for users at %zu", want->name,
		  want->size, size, offset);
	want->useroffset = 0;
	want->usersize = 0;
}

/* One that is there, if it will do; *@err is set if that cannot be told. */
static struct ta_kmem_cache *share(struct ta_slabs *slabs,
				   const struct ta_cache_want *want, int *err)
{
	struct ta_kmem_cache *cache;
	struct ta_alias *alias;
	bool added = false;

	*err = 0;
	if (!slabs->options.merge)
		return NULL;
	alias = ta_alias_make(want->name);
	if (!alias) {
		*err = -ENOMEM;
		return NULL;
	}
	mutex_lock(&slabs->lock);
	cache = ta_alias_find(slabs, want);
	if (cache)
		added = ta_alias_add(cache, want, alias);
	mutex_unlock(&slabs->lock);
	if (!added)
		kfree(alias);
	else if (slabs->listener)
		slabs->listener->aliased(cache, alias);
	return cache;
}

static struct ta_kmem_cache *create(struct ta_slabs *slabs,
				    const struct ta_cache_want *wanted,
				    unsigned long caller)
{
	struct ta_cache_want want = *wanted;
	struct ta_kmem_cache *cache;
	int err;

	if (!check_want(&want, caller))
		return NULL;
	check_user_part(&want, caller);
	cache = share(slabs, &want, &err);
	if (cache || err)
		return cache;
	cache = make_cache(slabs, &want, true);
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
 * ta_cache_create_want() - make a cache
 * @slabs: the instance it will belong to
 * @want: what it is to be like
 * @caller: return address of who asks, for reports
 *
 * A part for users that is not in an object is reported, and there is none then.
 * Others may have the same cache, if the instance's options say so: see alias.c.
 *
 * Context: process, may sleep.
 * Return: the cache; NULL without memory or, reported, for a bad argument.
 * Then with SLAB_PANIC it does not return: it is for those who cannot go on.
 */
struct ta_kmem_cache *ta_cache_create_want(struct ta_slabs *slabs,
					   const struct ta_cache_want *want,
					   unsigned long caller)
{
	struct ta_kmem_cache *cache = create(slabs, want, caller);

	if (!cache && (want->flags & SLAB_PANIC))
		panic("teachalloc: cannot create cache %s", want->name);
	return cache;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_create_want);

/**
 * ta_cache_create() - make a cache of whose objects users are given nothing
 * @slabs: the instance it will belong to
 * @name: for people; copied
 * @size: of an object, 1 to TA_SLAB_MAX_SIZE
 * @align: of an object: a power of two, or 0 for a word's
 * @flags: of TA_CACHE_FLAGS
 * @ctor: run on each object when its slab is made, or NULL
 * @caller: return address of who asks, for reports
 *
 * Context: process, may sleep.
 * Return: as ta_cache_create_want().
 */
struct ta_kmem_cache *ta_cache_create(struct ta_slabs *slabs, const char *name,
				      size_t size, size_t align,
				      slab_flags_t flags,
				      void (*ctor)(void *obj),
				      unsigned long caller)
{
	const struct ta_cache_want want = {
		.name = name,
		.size = size,
		.align = align,
		.flags = flags,
		.ctor = ctor,
	};

	return ta_cache_create_want(slabs, &want, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_create);

/*
 * Empty the magazines, and say how many objects users have. What they freed by
 * ta_kfree_rcu() comes back with the end of a grace period; that is waited for
 * only if there is something to wait for.
 */
static unsigned long drain(struct ta_kmem_cache *cache)
{
	unsigned long inuse;

	ta_magset_drain(&cache->mags, true);
	inuse = ta_slabset_nr_inuse(&cache->set);
	if (!inuse || !READ_ONCE(cache->slabs->uses_rcu))
		return inuse;
	rcu_barrier();
	ta_magset_drain(&cache->mags, true);
	return ta_slabset_nr_inuse(&cache->set);
}

/**
 * ta_kmem_cache_destroy() - destroy a cache
 * @cache: whose objects are all freed; NULL does nothing
 *
 * Waits for objects that are freed by ta_kfree_rcu(). A cache with objects in use
 * is reported and stays as it is; one that others have, too, loses a user. With
 * SLAB_TYPESAFE_BY_RCU it waits for those who still read objects.
 *
 * Context: process, may sleep.
 */
void ta_kmem_cache_destroy(struct ta_kmem_cache *cache)
{
	struct ta_slabs *slabs;
	unsigned long inuse;
	bool shared;

	if (!cache)
		return;
	slabs = cache->slabs;
	mutex_lock(&slabs->lock);
	shared = ta_alias_put(cache);
	cache->going = !shared;
	mutex_unlock(&slabs->lock);
	if (shared)
		return;
	/* Without the lock: reclaim takes that, and may not wait for CPUs. */
	drain(cache);
	mutex_lock(&slabs->lock);
	inuse = ta_slabset_nr_inuse(&cache->set);
	if (!inuse)
		list_del(&cache->list);
	cache->going = false;
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
		const struct ta_cache_want want = {
			.name = magazine_sizes[i].name,
			.size = magazine_sizes[i].bytes,
			.flags = SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE,
		};
		struct ta_kmem_cache *cache = make_cache(slabs, &want, false);

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
	unsigned long leaked = drain(cache);

	if (leaked)
		ta_report(TA_FAULT_LEAK, cache, 0,
			  "cache %s: %lu objects never freed",
			  cache->set.layout.name, leaked);
	list_del(&cache->list);
	free_cache(cache);
	return leaked;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cache_discard);
