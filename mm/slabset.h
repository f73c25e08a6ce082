/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SLABSET_H
#define _TA_SLABSET_H

#include "pages.h"
#include "slab_debug.h"

/* Empty slabs kept, so that a user at the edge of one makes none each time. */
#define TA_SLABSET_KEEP_EMPTY	4

/* Which list a slab is on: how many of its objects are on its freelist. */
enum ta_slab_state {
	TA_SLAB_PARTIAL,	/* some */
	TA_SLAB_EMPTY,		/* all */
	TA_SLAB_FULL,		/* none */
	TA_NR_SLAB_STATES
};

/**
 * struct ta_slabset - the slabs that hold objects of one kind
 * @pages: where slabs come from (C)
 * @map: of the pool, to look objects up (C)
 * @layout: how objects lie in them (C)
 * @gfp: added to what a slab is asked for with (C)
 * @lock: protects all below, and lru, inuse and free of the slabs' pages
 * @slabs: by state
 * @nr_slabs: length of each list
 * @nr_free: objects on all freelists
 * @nr_lost: objects of freelists that somebody wrote over; nobody gets them
 *
 * (C): constant from init to fini.
 */
struct ta_slabset {
	struct ta_pages *pages;
	struct ta_pool_map map;
	struct ta_slab_layout layout;
	gfp_t gfp;

	spinlock_t lock;	/* of all below */
	struct list_head slabs[TA_NR_SLAB_STATES];
	unsigned long nr_slabs[TA_NR_SLAB_STATES];
	unsigned long nr_free;
	unsigned long nr_lost;
};

int ta_slabset_init(struct ta_slabset *set, struct ta_pages *pages,
		    const char *name, size_t size, size_t align,
		    slab_flags_t flags, void (*ctor)(void *obj));
unsigned long ta_slabset_fini(struct ta_slabset *set);
unsigned int ta_slabset_get(struct ta_slabset *set, gfp_t gfp, unsigned int nr,
			    void **objs, unsigned long caller);
void ta_slabset_put(struct ta_slabset *set, unsigned int nr, void **objs,
		    unsigned long caller);
unsigned long ta_slabset_shrink(struct ta_slabset *set);
/* Called with the set's lock held. */
typedef void (*ta_slab_visitor)(const struct ta_slab_layout *layout,
				const struct ta_page *tp, void *arg);

void ta_slabset_change_flag(struct ta_slabset *set, slab_flags_t flag,
			    bool on);
void ta_slabset_walk(struct ta_slabset *set, ta_slab_visitor fn, void *arg);
unsigned long ta_slabset_nr_errors(struct ta_slabset *set);
void ta_slabset_report_objects(struct ta_slabset *set);
unsigned long ta_slabset_nr_slabs(const struct ta_slabset *set);
unsigned long ta_slabset_nr_inuse(struct ta_slabset *set);
bool ta_slabset_is_free(struct ta_slabset *set, void *obj);
void ta_slabset_report_bad(const struct ta_pool *pool,
			   const struct ta_slabset *set, const void *obj,
			   unsigned long caller);
bool ta_slabset_validate(struct ta_slabset *set);

/* As ta_slabset_owns(), also where objects are debugged; slower. */
static inline bool ta_slabset_has(const struct ta_slabset *set,
				  const void *addr)
{
	const struct ta_page *tp;

	return ta_pool_map_addr(&set->map, addr, &tp) &&
	       READ_ONCE(tp->slabset) == set &&
	       ta_slab_number(&set->layout, addr) < set->layout.nr;
}

/**
 * ta_slabset_owns() - tell whether an object of this set starts at an address
 * @set: the set
 * @addr: any value
 *
 * Compares with ta_page.slabset without a look at the kind: the other users of
 * that word never keep the address of a slabset there, and a slab clears it.
 *
 * Of a set with left red zones it says no: ta_slabset_has() is for those.
 *
 * Context: any.
 * Return: whether one does, in use or not.
 */
static __always_inline bool ta_slabset_owns(const struct ta_slabset *set,
					    const void *addr)
{
	const struct ta_page *tp;

	return ta_pool_map_addr(&set->map, addr, &tp) &&
	       /* Told by one load: plain, so that it is the comparison, too. */
	       likely(data_race(tp->slabset) == set) &&
	       likely(ta_slab_is_start(&set->layout, addr));
}

#endif /* _TA_SLABSET_H */
