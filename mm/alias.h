/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_ALIAS_H
#define _TA_ALIAS_H

#include "cache.h"

/**
 * struct ta_alias - a further name of a cache
 * @list: of ta_kmem_cache.aliases, under ta_slabs.lock
 * @shown: the listener's own
 * @name: what it is
 */
struct ta_alias {
	struct list_head list;
	void *shown;
	char name[];
};

struct ta_alias *ta_alias_make(const char *name);
struct ta_kmem_cache *ta_alias_find(struct ta_slabs *slabs,
				    const struct ta_cache_want *want);
bool ta_alias_add(struct ta_kmem_cache *cache, const struct ta_cache_want *want,
		  struct ta_alias *alias);
bool ta_alias_put(struct ta_kmem_cache *cache);
void ta_alias_free_all(struct ta_kmem_cache *cache);

#endif /* _TA_ALIAS_H */
