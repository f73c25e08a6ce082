/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SLAB_LOOK_H
#define _TA_SLAB_LOOK_H

#include "kmalloc.h"

/* Where an address is, as far as the slab layer knows. */
enum ta_place {
	TA_PLACE_OUTSIDE,	/* not in the pool */
	TA_PLACE_PAGE,		/* in a page of no slab */
	TA_PLACE_BLOCK,		/* in a block that kmalloc() handed out */
	TA_PLACE_BESIDE,	/* in a slab, in no object */
	TA_PLACE_FREE,		/* in an object on its slab's freelist */
	TA_PLACE_CACHED,	/* in one in a magazine */
	TA_PLACE_USED,		/* in one that somebody has */
	TA_NR_PLACES
};

/**
 * struct ta_place_info - what is known of an address
 * @place: where it is
 * @name: of the cache; NULL outside of slabs. Copied
 * @frame: of the page, or of the slab's first one
 * @index: number of the object in its slab
 * @offset: bytes from the object's start, or the block's
 * @cpu: whose magazine it is in, or -1 for the depot
 * @kind: of the page, an enum ta_page_kind
 * @tracks: who allocated and freed it; addr 0 where that is not known
 */
struct ta_place_info {
	enum ta_place place;
	char name[40];
	unsigned long frame;
	unsigned int index;
	size_t offset;
	int cpu;
	u8 kind;
	struct ta_track tracks[TA_NR_TRACKS];
};

void ta_slabs_who(struct ta_slabs *slabs, const void *addr,
		  struct ta_place_info *info);
bool ta_slabs_cache_name(struct ta_slabs *slabs, const void *slabset,
			 char *name, size_t size);

/* How an object's state is drawn. */
#define TA_MAP_FREE		'.'
#define TA_MAP_USED		'U'
#define TA_MAP_DEPOT		'*'
#define TA_MAP_MANY_CPUS	'+'	/* of the tenth CPU or a later one */

/**
 * struct ta_slab_map - the objects of some slabs
 * @nr_slabs: how many
 * @nr_more: slabs that found no room
 * @nr: objects of each
 * @slabs: address, frame and number of objects not on the freelist, of each
 * @objs: @nr letters for each
 */
struct ta_slab_map {
	unsigned int nr_slabs;
	unsigned int nr_more;
	unsigned int nr;
	struct ta_slab_drawn {
		const void *start;
		unsigned long frame;
		unsigned int inuse;
	} *slabs;
	char *objs;
};

struct ta_slab_map *ta_slab_map_make(struct ta_kmem_cache *cache,
				     unsigned int max_slabs);
void ta_slab_map_free(struct ta_slab_map *map);

/**
 * struct ta_slab_caller - objects that one place allocated, or freed before
 * @addr: the place; 0 where it is not known
 * @stack: how it came there
 * @nr: objects
 * @min_age: in jiffies
 * @max_age: likewise
 * @sum_age: of all
 * @min_pid: of the tasks
 * @max_pid: likewise
 */
struct ta_slab_caller {
	unsigned long addr;
	u32 stack;
	unsigned long nr;
	unsigned long min_age;
	unsigned long max_age;
	u64 sum_age;
	int min_pid;
	int max_pid;
};

/**
 * struct ta_slab_callers - all such places of a cache
 * @item: which track is looked at
 * @nr: how many places
 * @max: how many there is room for
 * @nr_lost: objects of places that found no room
 * @now: in jiffies
 * @callers: the most objects first
 */
struct ta_slab_callers {
	enum ta_track_item item;
	unsigned int nr;
	unsigned int max;
	unsigned long nr_lost;
	unsigned long now;
	struct ta_slab_caller callers[];
};

struct ta_slab_callers *ta_slab_callers_make(struct ta_kmem_cache *cache,
					     enum ta_track_item item,
					     unsigned int max);
void ta_slab_callers_free(struct ta_slab_callers *callers);

/**
 * struct ta_slab_counts - objects of a cache, counted in one go
 * @slabs: all of them
 * @partial: those with objects both free and not
 * @total: objects in all slabs
 * @inuse: objects not on a freelist
 * @inuse_partial: those of them in partial slabs
 */
struct ta_slab_counts {
	unsigned long slabs;
	unsigned long partial;
	unsigned long total;
	unsigned long inuse;
	unsigned long inuse_partial;
};

void ta_slab_count(struct ta_kmem_cache *cache, struct ta_slab_counts *counts);

#endif /* _TA_SLAB_LOOK_H */
