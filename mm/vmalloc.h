/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_VMALLOC_H
#define _TA_VMALLOC_H

#include "span.h"
#include "kmalloc.h"
#include "pages.h"
#include "ptmap.h"

#include <linux/workqueue.h>

/**
 * struct ta_vmap_options - what can be chosen; all zero: the usual
 * @ops: how pages are mapped, NULL for ta_ptmap_default()
 * @nr_pages: room for addresses, guard pages included
 * @best_fit: see struct ta_va_tree
 * @eager: whoever uses what he has freed faults at once; this costs a flush of
 *	every CPU for each free
 */
struct ta_vmap_options {
	const struct ta_ptmap_ops *ops;
	unsigned long nr_pages;
	bool best_fit;
	bool eager;
};

/**
 * struct ta_vmap - memory that is contiguous in addresses only
 * @pages: where its pages come from
 * @slabs: where its structs come from, and small kvmallocs
 * @map: how pages appear at addresses
 * @spans: who has which addresses
 * @eager: as struct ta_vmap_options (constant)
 * @deferred_lock: one empties those spans at a time, so that who comes second
 *	finds them emptied
 * @deferred: DYING spans freed where it was impossible to sleep; no lock
 * @work: empties those, and purges
 * @reclaimer: of @pages
 */
struct ta_vmap {
	struct ta_pages *pages;
	struct ta_slabs *slabs;
	struct ta_ptmap map;
	struct ta_spans spans;
	bool eager;
	struct mutex deferred_lock;	/* of who empties deferred */
	struct llist_head deferred;
	struct work_struct work;
	struct ta_reclaimer reclaimer;
};

/**
 * struct ta_vmap_want - what somebody asks for
 * @size: bytes, rounded up to pages
 * @align: a power of two that the address is a multiple of
 * @gfp: as for ta_pages_alloc(); for pages, structs and tables
 * @prot: how it may be used, PAGE_KERNEL
 * @user: a user may map it, too: see ta_vmap_remap()
 */
struct ta_vmap_want {
	unsigned long size;
	unsigned long align;
	gfp_t gfp;
	pgprot_t prot;
	bool user;
};

/**
 * struct ta_vmap_info - a span, for people to read
 * @first: number of its first page
 * @addr: its first byte; NULL for one that waits to be purged without address
 * @bytes: of addresses, the guard page included, as /proc/vmallocinfo counts
 * @size: bytes asked for
 * @caller: who made it; if @lazy, who freed it
 * @pid: of the task that made it, 0 if that was an interrupt
 * @nr_pages: pages mapped
 * @kind: whose they are
 * @user: a user may map them, too
 * @lazy: freed, waits for a flush
 */
struct ta_vmap_info {
	unsigned long first;
	const void *addr;
	unsigned long bytes;
	unsigned long size;
	unsigned long caller;
	int pid;
	unsigned int nr_pages;
	enum ta_span_kind kind;
	bool user;
	bool lazy;
};

/**
 * struct ta_vmap_stats - the sums; in pages but for @nr_spans to @nr_purged_spans
 * @total: room for addresses
 * @used: mapped
 * @lazy: freed, waiting for a flush
 * @lazy_max: so many wait before there is one
 * @cached: flushed, kept for the next span of the size
 * @largest_gap: the largest piece free at once, without @lazy and @cached
 * @nr_spans: spans of any state
 * @nr_purges: flushes so far
 * @nr_purged_spans: spans that those made usable
 * @nr_purged_pages: their pages
 */
struct ta_vmap_stats {
	unsigned long total;
	unsigned long used;
	unsigned long lazy;
	unsigned long lazy_max;
	unsigned long cached;
	unsigned long largest_gap;
	unsigned long nr_spans;
	unsigned long nr_purges;
	unsigned long nr_purged_spans;
	unsigned long nr_purged_pages;
};

int ta_vmap_init(struct ta_vmap *vmap, struct ta_pages *pages,
		 struct ta_slabs *slabs, const struct ta_vmap_options *options);
unsigned long ta_vmap_fini(struct ta_vmap *vmap);

void *ta_vmap_alloc_want(struct ta_vmap *vmap, const struct ta_vmap_want *want,
			 unsigned long caller);
void *ta_vmap_alloc(struct ta_vmap *vmap, unsigned long size, gfp_t gfp,
		    pgprot_t prot, unsigned long caller);
void ta_vmap_free(struct ta_vmap *vmap, const void *addr,
		  unsigned long caller);
void *ta_vmap_map_pages(struct ta_vmap *vmap, struct page **pages,
			unsigned int nr_pages, unsigned long flags,
			pgprot_t prot, unsigned long caller);
void ta_vmap_unmap(struct ta_vmap *vmap, const void *addr,
		   unsigned long caller);
void *ta_vmap_kvmalloc(struct ta_vmap *vmap, size_t size, gfp_t gfp,
		       unsigned long caller);
void ta_vmap_kvfree(struct ta_vmap *vmap, const void *addr,
		    unsigned long caller);
struct page *ta_vmap_to_page(struct ta_vmap *vmap, const void *addr);
unsigned int ta_vmap_user_pages(struct ta_vmap *vmap, const void *addr);

void ta_vmap_purge(struct ta_vmap *vmap);
void ta_vmap_walk(struct ta_vmap *vmap,
		  void (*fn)(const struct ta_vmap_info *info, void *arg),
		  void *arg);
void ta_vmap_stats(struct ta_vmap *vmap, struct ta_vmap_stats *stats);
bool ta_vmap_validate(struct ta_vmap *vmap);

/**
 * ta_vmap_is_addr() - tell whether an address is one of ours
 * @vmap: whose
 * @addr: any
 *
 * Context: any.
 * Return: whether it lies in the window; without a window, in a live span.
 */
static inline bool ta_vmap_is_addr(struct ta_vmap *vmap, const void *addr)
{
	return ta_ptmap_index(&vmap->map, addr) != TA_PTMAP_NONE;
}

#endif /* _TA_VMALLOC_H */
