/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_CACHELIST_H
#define _TA_CACHELIST_H

#include "create.h"

/**
 * struct ta_slabinfo - a cache's line of slabinfo, version 2.1
 * @name: of the cache
 * @active_objs: objects that its users have
 * @num_objs: objects in its slabs
 * @objsize: bytes from one to the next
 * @objperslab: objects of a slab
 * @pagesperslab: pages of a slab
 * @limit: objects that a CPU keeps at the most
 * @batchcount: objects taken from the slabs at a time
 * @shared: objects that the depot keeps at the most
 * @active_slabs: slabs with objects that are not on the slab's freelist
 * @num_slabs: slabs
 * @sharedavail: objects in the depot
 */
struct ta_slabinfo {
	const char *name;
	unsigned long active_objs;
	unsigned long num_objs;
	unsigned int objsize;
	unsigned int objperslab;
	unsigned int pagesperslab;
	unsigned int limit;
	unsigned int batchcount;
	unsigned int shared;
	unsigned long active_slabs;
	unsigned long num_slabs;
	unsigned long sharedavail;
};

int ta_caches_init(struct ta_slabs *slabs, struct ta_pages *pages,
		   const struct ta_slab_options *options);
unsigned long ta_caches_fini(struct ta_slabs *slabs);
void ta_slabs_listen(struct ta_slabs *slabs,
		     const struct ta_cache_listener *listener);
void ta_slabs_shrink(struct ta_slabs *slabs);
void ta_slabs_age(struct ta_slabs *slabs);
void ta_slabs_walk(struct ta_slabs *slabs,
		   void (*fn)(const struct ta_slabinfo *info, void *arg),
		   void *arg);
unsigned long ta_slabs_nr_pages(struct ta_slabs *slabs);
bool ta_slabs_validate(struct ta_slabs *slabs);

#endif /* _TA_CACHELIST_H */
