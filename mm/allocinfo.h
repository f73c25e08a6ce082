/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_ALLOCINFO_H
#define _TA_ALLOCINFO_H

#include "internal.h"

#define TA_ALLOCINFO_NAME	24

/**
 * struct ta_alloc_site - a place that allocates, and what it has
 * @addr: the return address; 0 in an entry that is free
 * @name: of the cache, or the class of sizes, that it allocates from
 * @nr: allocations that are not freed yet
 * @bytes: asked for by these
 * @room: what these take
 * @calls: allocations since it was switched on
 * @min_size: the smallest that was asked for
 * @max_size: the largest
 */
struct ta_alloc_site {
	unsigned long addr;
	char name[TA_ALLOCINFO_NAME];
	unsigned long nr;
	size_t bytes;
	size_t room;
	unsigned long calls;
	size_t min_size;
	size_t max_size;
};

/**
 * struct ta_alloc_sum - all allocations of one kind
 * @nr: how many there are
 * @bytes: asked for by these
 * @room: what these take
 */
struct ta_alloc_sum {
	unsigned long nr;
	size_t bytes;
	size_t room;
};

struct ta_allocinfo;

struct ta_allocinfo *ta_allocinfo_make(unsigned int nr_sites,
				       unsigned int nr_records);
void ta_allocinfo_free(struct ta_allocinfo *info);
void ta_allocinfo_add(struct ta_allocinfo *info, unsigned long addr,
		      const void *ptr, const char *name, size_t bytes,
		      size_t room);
void ta_allocinfo_sum(struct ta_allocinfo *info, const char *name,
		      struct ta_alloc_sum *sum);
void ta_allocinfo_del(struct ta_allocinfo *info, const void *ptr);
unsigned int ta_allocinfo_sites(struct ta_allocinfo *info,
				struct ta_alloc_site *sites, unsigned int max,
				unsigned long *nr_missed);
int ta_allocinfo_start(struct ta_allocinfo *info);
void ta_allocinfo_stop(struct ta_allocinfo *info);

#endif /* _TA_ALLOCINFO_H */
