/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEPOT_H
#define _TA_DEPOT_H

#include "slabset.h"

#include <linux/llist.h>

/**
 * struct ta_magazine - a stack of free objects
 * @next: the next one on its list
 * @node: the same, for a list that is added to without a lock
 * @n: objects in it, while no CPU has it
 * @objs: [1] to [n]; [0] is NULL, so that a look at the top needs no test
 */
struct ta_magazine {
	union {
		struct ta_magazine *next;
		struct llist_node node;
	};
	unsigned long n;
	void *objs[];
};

/**
 * struct ta_maglist - magazines in the depot
 * @first: the one put there last
 * @nr: how many
 * @min: the fewest there were since the interval began
 */
struct ta_maglist {
	struct ta_magazine *first;
	unsigned int nr;
	unsigned int min;
};

/**
 * struct ta_depot - the magazines of a slabset that no CPU has
 * @set: where their objects come from (C)
 * @store: where magazines come from, or NULL: then there are none (C)
 * @cap: objects that a magazine holds (C)
 * @batch: objects taken from the slabs at a time (C)
 * @base: magazines of a kind that may be kept in any case (C)
 * @lock: protects all below
 * @limit: magazines of a kind that are kept, for now
 * @overflowed: since the interval began, or the limit was raised, objects went
 *	to the slabs because of it
 * @filled: those with objects
 * @empty: those without
 * @nr_objs: objects in all of @filled
 *
 * (C): constant from init to fini.
 */
struct ta_depot {
	struct ta_slabset *set;
	struct ta_slabset *store;
	unsigned int cap;
	unsigned int batch;
	unsigned int base;

	spinlock_t lock;	/* of all below */
	unsigned int limit;
	bool overflowed;
	struct ta_maglist filled;
	struct ta_maglist empty;
	unsigned long nr_objs;
};

void ta_depot_init(struct ta_depot *depot, struct ta_slabset *set,
		   struct ta_slabset *store, size_t bytes);
struct ta_magazine *ta_depot_get(struct ta_depot *depot);
struct ta_magazine *ta_depot_get_filled(struct ta_depot *depot);
struct ta_magazine *ta_depot_get_empty(struct ta_depot *depot);
void ta_depot_put(struct ta_depot *depot, struct ta_magazine *mag,
		  unsigned long caller);
void ta_depot_free(struct ta_depot *depot, struct ta_magazine *mags);
void ta_depot_drain(struct ta_depot *depot);
void ta_depot_age(struct ta_depot *depot);
bool ta_depot_validate_mag(struct ta_depot *depot, struct ta_magazine *mag,
			   unsigned int n);
bool ta_depot_validate(struct ta_depot *depot);

#endif /* _TA_DEPOT_H */
