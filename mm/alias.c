// SPDX-License-Identifier: GPL-2.0
/*
 * One cache for several who want the same: SLUB's merging.
 *
 * Model: who creates a cache of objects that need as much room as those of one
 * that is there, and nothing special, gets that one, and it a further name.
 *
 *	create("a", 60) -> cache a		 refs 1
 *	create("b", 64) -> cache a, known as b	 refs 2, an object is 64 bytes
 *	destroy(a)				 refs 1
 *
 * Fewer slabs are half empty so. What it costs is that one user's mistake hits the
 * other's objects, and that nobody sees whose they are. Caches with a constructor,
 * a part for users, objects that readers under RCU look at, or debugging are not
 * shared, and none with SLAB_NO_MERGE.
 *
 * A destroy does not tell which of the names it means: they stay until the cache
 * goes, as SLUB's do.
 *
 * Invariants, under the lock
 *  I1  refs is the number of creates without a destroy; it is 1 unless shared
 *  I2  no two names of a cache are the same
 *
 * Locking: slabs->lock.
 * Context: process, may sleep.
 */
#include "alias.h"
#include "report.h"

#include <linux/string.h>

/* Flags that all who share a cache must have, or none of them. */
#define SAME_FLAGS	SLAB_RECLAIM_ACCOUNT

/* Flags of what is not shared. */
#define OWN_FLAGS	(TA_SLAB_DEBUG | SLAB_TYPESAFE_BY_RCU | SLAB_NO_MERGE)

/* From one object to the next, as the layout will have it. */
static size_t stride_of(const struct ta_cache_want *want)
{
	size_t align = max(ta_cache_align(want), TA_SLAB_LINK_SIZE);

	return ALIGN(ALIGN(want->size, TA_SLAB_LINK_SIZE), align);
}

static bool can_share(const struct ta_slabs *slabs,
		      const struct ta_cache_want *want)
{
	return slabs->options.merge && !want->ctor && !want->usersize &&
	       !(want->flags & OWN_FLAGS) &&
	       !ta_slab_debug_flags(slabs->options.debug, want->name);
}

static bool is_shared(const struct ta_kmem_cache *cache)
{
	return !cache->going && !cache->set.layout.ctor && !cache->usersize &&
	       !(cache->flags & OWN_FLAGS);
}

/**
 * ta_alias_find() - find a cache that would do
 * @slabs: the instance; its lock is held
 * @want: what is wanted
 *
 * The newest first.
 *
 * Context: process.
 * Return: a cache, or NULL.
 */
struct ta_kmem_cache *ta_alias_find(struct ta_slabs *slabs,
				    const struct ta_cache_want *want)
{
	size_t stride = stride_of(want);
	struct ta_kmem_cache *cache;

	lockdep_assert_held(&slabs->lock);
	if (!can_share(slabs, want))
		return NULL;
	list_for_each_entry_reverse(cache, &slabs->caches, list)
		if (is_shared(cache) && cache->set.layout.stride == stride &&
		    !((cache->flags ^ want->flags) & SAME_FLAGS))
			return cache;
	return NULL;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_alias_find);

/**
 * ta_alias_make() - make a name, nobody's yet
 * @name: copied
 *
 * Context: process, may sleep.
 * Return: the name, or NULL without memory.
 */
struct ta_alias *ta_alias_make(const char *name)
{
	size_t bytes = strlen(name) + 1;
	struct ta_alias *alias = kzalloc(sizeof(*alias) + bytes, GFP_KERNEL);

	if (alias)
		memcpy(alias->name, name, bytes);
	return alias;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_alias_make);

static bool has_name(const struct ta_kmem_cache *cache, const char *name)
{
	const struct ta_alias *alias;

	list_for_each_entry(alias, &cache->aliases, list)
		if (!strcmp(alias->name, name))
			return true;
	return !strcmp(cache->set.layout.name, name);
}

/**
 * ta_alias_add() - let one more use a cache
 * @cache: what ta_alias_find() found, under the same lock
 * @want: what that one wanted
 * @alias: its name
 *
 * An object is as large as the largest that anybody wanted. The others may be
 * allocating meanwhile: to them either size is right.
 *
 * Context: process.
 * Return: whether the name is the cache's now; if not, it had that name before.
 */
bool ta_alias_add(struct ta_kmem_cache *cache, const struct ta_cache_want *want,
		  struct ta_alias *alias)
{
	struct ta_slab_layout *layout = &cache->set.layout;

	lockdep_assert_held(&cache->slabs->lock);
	cache->refs++;
	/* Pairs with ta_cache_object_size(). */
	WRITE_ONCE(layout->size, max_t(size_t, layout->size, want->size));
	if (has_name(cache, alias->name))
		return false;
	list_add_tail(&alias->list, &cache->aliases);
	return true;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_alias_add);

/**
 * ta_alias_put() - let one less use a cache
 * @cache: which; its instance's lock is held
 *
 * Context: process.
 * Return: false if there is nobody else: then nothing was done.
 */
bool ta_alias_put(struct ta_kmem_cache *cache)
{
	lockdep_assert_held(&cache->slabs->lock);
	if (cache->refs == 1)
		return false;
	cache->refs--;
	return true;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_alias_put);

/**
 * ta_alias_free_all() - forget a cache's further names
 * @cache: which nobody uses any more
 *
 * Context: process.
 */
void ta_alias_free_all(struct ta_kmem_cache *cache)
{
	struct ta_alias *alias, *next;

	list_for_each_entry_safe(alias, next, &cache->aliases, list)
		kfree(alias);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_alias_free_all);
