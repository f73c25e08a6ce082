/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PTMAP_H
#define _TA_PTMAP_H

#include "internal.h"
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#define TA_PTMAP_NONE	ULONG_MAX

struct ta_ptmap;

/**
 * struct ta_ptmap_ops - one way to make pages appear in a row
 * @name: for people to read
 * @sleeps: @publish and @withdraw may sleep; without, both are absent
 * @init: reserve room for so many pages; may sleep
 * @fini: give it back; everything is unmapped; may sleep
 * @map: let pages appear at @first and above; nothing has been mapped there
 *	since the last flush. Maps all or, for want of memory, none
 * @map_run: the same with pages that lie side by side in memory, too
 * @unmap: let nothing appear there, mapped or not. A CPU may still see the
 *	pages until the next flush
 * @publish: make what was mapped accessible; after the last @map of a span
 * @withdraw: undo @publish; before the first @unmap of a span
 * @lookup: the page mapped, or NULL
 * @flush: return only when no CPU can see what is not mapped; may sleep
 * @addr: address of the first page of a published span; absent if page n lies
 *	n pages above ta_ptmap.start
 * @index: the opposite, of any published address; absent likewise
 * @entries: the words that map @nr pages from @first on, if they stand side by
 *	side, else NULL; absent where what maps a page is no such word
 *
 * Nothing is locked here: the caller sees to it that no two calls have the
 * same page at the same time.
 */
struct ta_ptmap_ops {
	const char *name;
	bool sleeps;
	int (*init)(struct ta_ptmap *map);
	void (*fini)(struct ta_ptmap *map);
	int (*map)(struct ta_ptmap *map, unsigned long first, unsigned int nr,
		   struct page **pages, pgprot_t prot, gfp_t gfp);
	int (*map_run)(struct ta_ptmap *map, unsigned long first,
		       unsigned int nr, struct page *page, pgprot_t prot,
		       gfp_t gfp);
	void (*unmap)(struct ta_ptmap *map, unsigned long first,
		      unsigned int nr);
	int (*publish)(struct ta_ptmap *map, unsigned long first,
		       unsigned int nr, pgprot_t prot, gfp_t gfp);
	void (*withdraw)(struct ta_ptmap *map, unsigned long first,
			 unsigned int nr);
	struct page *(*lookup)(struct ta_ptmap *map, unsigned long idx);
	void (*flush)(struct ta_ptmap *map);
	void *(*addr)(struct ta_ptmap *map, unsigned long first);
	unsigned long (*index)(struct ta_ptmap *map, const void *addr);
	unsigned long *(*entries)(struct ta_ptmap *map, unsigned long first,
				  unsigned int nr);
};

/**
 * struct ta_ptmap - room for pages to appear in, counted in pages from 0
 * @ops: how
 * @nr_pages: how many
 * @start: address of page 0, where they lie in a row
 * @prot_mask: of a protection, what goes into an entry
 * @priv: the back end's own
 *
 * Constant from init to fini.
 */
struct ta_ptmap {
	const struct ta_ptmap_ops *ops;
	unsigned long nr_pages;
	unsigned long start;
	unsigned long prot_mask;
	void *priv;
};

extern const struct ta_ptmap_ops ta_ptmap_soft;
extern const struct ta_ptmap_ops ta_ptmap_window;
extern const struct ta_ptmap_ops ta_ptmap_vmap;

const struct ta_ptmap_ops *ta_ptmap_default(void);
int ta_ptmap_init(struct ta_ptmap *map, const struct ta_ptmap_ops *ops,
		  unsigned long nr_pages);
void ta_ptmap_fini(struct ta_ptmap *map);
void ta_ptmap_flush(struct ta_ptmap *map);

static inline bool ta_ptmap_has(const struct ta_ptmap *map,
				unsigned long first, unsigned int nr)
{
	return first < map->nr_pages && nr <= map->nr_pages - first;
}

/* Map pages; -EINVAL outside the room, -ENOMEM for want of tables. */
static inline int ta_ptmap_map(struct ta_ptmap *map, unsigned long first,
			       unsigned int nr, struct page **pages,
			       pgprot_t prot, gfp_t gfp)
{
	if (unlikely(!ta_ptmap_has(map, first, nr)))
		return -EINVAL;
	return map->ops->map(map, first, nr, pages, prot, gfp);
}

/* Map pages that lie side by side from @page on; likewise. */
static inline int ta_ptmap_map_run(struct ta_ptmap *map, unsigned long first,
				   unsigned int nr, struct page *page,
				   pgprot_t prot, gfp_t gfp)
{
	if (unlikely(!ta_ptmap_has(map, first, nr)))
		return -EINVAL;
	return map->ops->map_run(map, first, nr, page, prot, gfp);
}

/* Unmap what is mapped; false outside the room. */
static inline bool ta_ptmap_unmap(struct ta_ptmap *map, unsigned long first,
				  unsigned int nr)
{
	if (unlikely(!ta_ptmap_has(map, first, nr)))
		return false;
	map->ops->unmap(map, first, nr);
	return true;
}

/* Where the entries of some pages stand, if that is all there is to them. */
static inline unsigned long *ta_ptmap_entries(struct ta_ptmap *map,
					      unsigned long first,
					      unsigned int nr)
{
	if (!map->ops->entries || !ta_ptmap_has(map, first, nr))
		return NULL;
	return map->ops->entries(map, first, nr);
}

/*
 * The same as map_run and unmap for who knows the entries: without a call, and
 * without looking for them.
 */
static __always_inline void ta_ptmap_set_entries(const struct ta_ptmap *map,
						 unsigned long *entry,
						 unsigned int nr,
						 struct page *page,
						 pgprot_t prot)
{
	unsigned long value = (pgprot_val(prot) & map->prot_mask) +
			      page_to_phys(page);

	do {
		WRITE_ONCE(*entry++, value);
		value += PAGE_SIZE;
	} while (--nr);
}

static __always_inline void ta_ptmap_clear_entries(unsigned long *entry,
						   unsigned int nr)
{
	do {
		WRITE_ONCE(*entry++, 0);
	} while (--nr);
}

/* Make a span accessible, all of it mapped; sleeps if the back end does. */
static inline int ta_ptmap_publish(struct ta_ptmap *map, unsigned long first,
				   unsigned int nr, pgprot_t prot, gfp_t gfp)
{
	if (likely(!map->ops->publish))
		return 0;
	if (unlikely(!ta_ptmap_has(map, first, nr)))
		return -EINVAL;
	return map->ops->publish(map, first, nr, prot, gfp);
}

/* Undo it; sleeps if the back end does. */
static inline void ta_ptmap_withdraw(struct ta_ptmap *map, unsigned long first,
				     unsigned int nr)
{
	if (unlikely(map->ops->withdraw))
		map->ops->withdraw(map, first, nr);
}

/* The page mapped at number @idx, or NULL. */
static inline struct page *ta_ptmap_lookup(struct ta_ptmap *map,
					   unsigned long idx)
{
	return idx < map->nr_pages ? map->ops->lookup(map, idx) : NULL;
}

/* Where the published span that starts with page @first is accessible. */
static inline void *ta_ptmap_addr(struct ta_ptmap *map, unsigned long first)
{
	if (unlikely(map->ops->addr))
		return map->ops->addr(map, first);
	return (void *)(map->start + (first << PAGE_SHIFT));
}

/*
 * The same as a number, for traces: of any page up to the end of the room. Where
 * the host chooses the addresses it is not one of them.
 */
static inline unsigned long ta_ptmap_number(const struct ta_ptmap *map,
					    unsigned long idx)
{
	return map->start + (idx << PAGE_SHIFT);
}

/* The number of the page that @addr lies in, or TA_PTMAP_NONE. */
static inline unsigned long ta_ptmap_index(struct ta_ptmap *map,
					   const void *addr)
{
	unsigned long idx;

	if (unlikely(map->ops->index))
		return map->ops->index(map, addr);
	idx = ((unsigned long)addr - map->start) >> PAGE_SHIFT;
	return likely(idx < map->nr_pages) ? idx : TA_PTMAP_NONE;
}

#endif /* _TA_PTMAP_H */
