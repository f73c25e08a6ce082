/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_POOL_H
#define _TA_POOL_H

#include "internal.h"
#include "vmstat.h"

#include <linux/mutex.h>

struct ta_page_note;
struct ta_slabset;

/* What a page is; kinds from ALLOC on belong to somebody. */
enum ta_page_kind {
	TA_KIND_HOLE,		/* not the pool's: the section is smaller */
	TA_KIND_TAIL,		/* inside a block, not its first page */
	TA_KIND_FREE,		/* first page of a free block in the buddy */
	TA_KIND_PCP,		/* the same, on a per-CPU list */
	TA_KIND_PINNED,		/* freed while somebody held a reference */
	TA_KIND_ALLOC,		/* first page of an allocated block */
	TA_KIND_SLAB,		/* the same, made into a slab */
	TA_KIND_SLAB_TAIL,	/* a further page of a slab */
	TA_KIND_KMALLOC,	/* a kmalloc too large for the slabs */
	TA_KIND_EXACT,		/* a page of an allocation of an exact size */
	TA_KIND_CONTIG,		/* a page of a contiguous range of any size */
	TA_KIND_VMALLOC,	/* a page of a vmalloc area */
	TA_KIND_USER,		/* a page of a client's address space */
	TA_KIND_GUARD,		/* first page of the guard behind a block */
	TA_NR_KINDS
};

/**
 * struct ta_page - what the module knows of one page of the pool
 * @kind: what it is
 * @order: of the block that it is the first page of; of a slab also in tails
 * @idx: its number in the section, by which the section is found
 * @share: USER: address spaces that hold it
 * @inuse: SLAB: objects not on the slab's own freelist
 * @free: SLAB: index of the first free object
 * @lru: FREE, PINNED: neighbours on the free list; SLAB: on the partial list
 * @rcu: ALLOC: of a slab that was one, until nobody reads in it any more
 * @next: PCP: the next page on the per-CPU list
 * @was_shared: USER: others had it, and may have kept a reference
 * @caller: ALLOC and users': who allocated it
 * @host: PCP: its struct page, so that the next owner need not look it up
 * @offset: USER: page offset in the client's file at which all who hold it do
 * @slabset: SLAB: the slabs that it is one of
 * @owner: KMALLOC: size asked for; EXACT, CONTIG: number of pages, in the first
 *	one; VMALLOC, USER: free for the layer's use; with @rcu: the page layer
 *
 * Kept outside struct page: the users of a mapped page write there.
 */
struct ta_page {
	u8 kind;
	u8 order;
	u16 idx;
	union {
		atomic_t share;
		struct {
			u16 inuse;
			u16 free;
		};
	};
	union {
		struct list_head lru;
		struct rcu_head rcu;
		struct {
			union {
				struct ta_page *next;
				bool was_shared;
			};
			union {
				unsigned long caller;
				unsigned long offset;
				struct page *host;
			};
		};
	};
	union {
		struct ta_slabset *slabset;
		void *owner;
	};
};

static_assert(sizeof(struct ta_page) <= 40);

/*
 * What the pages of a pageblock are for, so that those that can be moved or
 * got back stand together. The values are those of the gfp bits, shifted; see
 * ta_gfp_type().
 */
enum ta_migratetype {
	TA_MIGRATE_UNMOVABLE,
	TA_MIGRATE_MOVABLE,
	TA_MIGRATE_RECLAIMABLE,
	TA_NR_PCP_TYPES,	/* those that per-CPU lists have */
	TA_MIGRATE_ISOLATE = TA_NR_PCP_TYPES, /* nobody allocates from it */
	TA_NR_MIGRATE_TYPES
};

/* A pageblock: the pages that have one type together */
#define TA_PAGEBLOCK_ORDER	9
#define TA_PAGEBLOCK_PAGES	BIT(TA_PAGEBLOCK_ORDER)
#define TA_SECTION_BLOCKS	(TA_SECTION_PAGES / TA_PAGEBLOCK_PAGES)

/**
 * struct ta_section - 4 MiB of the physical address space
 * @first: its first struct page, the pool's or not
 * @frame: number of its first page in the pool, for people to read (constant)
 * @nr_pages: pages in it that are the pool's; the pool's lock
 * @fixed: they were added, not taken from the host: they stay; the pool's lock
 * @notes: what debugging knows of each page, or NULL; of page_owner.c
 * @type: of each pageblock, an enum ta_migratetype; the buddy allocator's
 * @skip: of each pageblock, whether compaction found nothing to do there
 * @pages: one each, HOLE where the page is not the pool's
 */
struct ta_section {
	struct page *first;
	unsigned long frame;
	unsigned long nr_pages;
	bool fixed;
	struct ta_page_note *notes;
	u8 type[TA_SECTION_BLOCKS];
	bool skip[TA_SECTION_BLOCKS];
	struct ta_page pages[TA_SECTION_PAGES];
};

/**
 * struct ta_pool - pages taken from the host
 * @table: section of each 4 MiB that the machine has, from @first_section on;
 *	ta_no_section where there never was one
 * @first_section: page frame number >> TA_SECTION_SHIFT of table[0] (constant)
 * @nr_table: entries of @table (constant)
 * @lock: held while pages come and go, and while they are counted
 * @nr_sections: entries of @table in use
 * @nr_pages: pages in all sections
 * @nr_fixed: of these in fixed ones
 * @vmstat: counts what happens to them
 */
struct ta_pool {
	struct ta_section **table;
	unsigned long first_section;
	unsigned long nr_table;
	struct mutex lock;	/* of all below but vmstat; and of new sections */
	unsigned long nr_sections;
	unsigned long nr_pages;
	unsigned long nr_fixed;
	struct ta_vmstat vmstat;
};

extern struct ta_section ta_no_section;

int ta_pool_init(struct ta_pool *pool, unsigned long nr_pages,
		 unsigned long min_pages);
void ta_pool_fini(struct ta_pool *pool);
int ta_pool_grow(struct ta_pool *pool, unsigned long nr_pages,
		 unsigned long min_pages, struct list_head *blocks);
int ta_pool_add(struct ta_pool *pool, unsigned long pfn, unsigned long nr_pages,
		struct list_head *blocks);
void ta_pool_release(struct ta_pool *pool, struct ta_page *tp,
		     unsigned int order);
bool ta_pool_validate(struct ta_pool *pool);

static inline struct ta_section *ta_page_section(const struct ta_page *tp)
{
	return container_of(tp - tp->idx, struct ta_section, pages[0]);
}

/* The one way to change a kind: readers of a neighbour's do not lock. */
static inline void ta_page_set_kind(struct ta_page *tp, enum ta_page_kind kind)
{
	WRITE_ONCE(tp->kind, kind);
}

/* The same of an order: who looks for a place in the pool does not lock. */
static inline void ta_page_set_order(struct ta_page *tp, unsigned int order)
{
	WRITE_ONCE(tp->order, order);
}

static inline struct page *ta_page_host(const struct ta_page *tp)
{
	return ta_page_section(tp)->first + tp->idx;
}

static inline void *ta_page_addr(const struct ta_page *tp)
{
	return page_address(ta_page_host(tp));
}

static inline unsigned long ta_page_frame(const struct ta_page *tp)
{
	return ta_page_section(tp)->frame + tp->idx;
}

/* The section at a place of the table, or NULL. */
static __always_inline struct ta_section *
ta_pool_table(const struct ta_pool *pool, unsigned long i)
{
	/*
	 * An entry changes once, from no section: so to read it plainly is enough,
	 * and an instruction less. Who sees the section sees what make_section()
	 * put into it, since it gets there by the address alone.
	 */
	struct ta_section *sec = data_race(pool->table[i]);

	return likely(sec != &ta_no_section) ? sec : NULL;
}

/*
 * The section at a page frame; ta_no_section where the table has none, and NULL
 * for what is not in the table.
 */
static __always_inline struct ta_section *
ta_pool_section_or_holes(const struct ta_pool *pool, unsigned long pfn)
{
	unsigned long i = (pfn >> TA_SECTION_SHIFT) - pool->first_section;

	if (unlikely(i >= pool->nr_table))
		return NULL;
	/* As in ta_pool_table(). */
	return data_race(pool->table[i]);
}

/* The type of a section's pageblock that page @idx lies in. */
static __always_inline enum ta_migratetype
ta_section_type(const struct ta_section *sec, unsigned long idx)
{
	return READ_ONCE(sec->type[idx >> TA_PAGEBLOCK_ORDER]);
}

/* The type of the pageblock that a page lies in; it may change any time. */
static __always_inline enum ta_migratetype
ta_page_type(const struct ta_page *tp)
{
	return ta_section_type(ta_page_section(tp), tp->idx);
}

/* The section that a page frame lies in, or NULL. */
static __always_inline struct ta_section *
ta_pool_section_of(const struct ta_pool *pool, unsigned long pfn)
{
	unsigned long i = (pfn >> TA_SECTION_SHIFT) - pool->first_section;

	return likely(i < pool->nr_table) ? ta_pool_table(pool, i) : NULL;
}

/* The page of a section at a page frame; it may be a HOLE. */
static __always_inline struct ta_page *ta_section_at(struct ta_section *sec,
						     unsigned long pfn)
{
	return &sec->pages[pfn & (TA_SECTION_PAGES - 1)];
}

/**
 * ta_pool_pfn() - look up a page frame
 * @pool: the pool
 * @pfn: any number
 *
 * Context: any.
 * Return: the page, or NULL if the frame is not the pool's.
 */
static inline struct ta_page *ta_pool_pfn(const struct ta_pool *pool,
					  unsigned long pfn)
{
	struct ta_section *sec = ta_pool_section_of(pool, pfn);
	struct ta_page *tp;

	if (unlikely(!sec))
		return NULL;
	tp = ta_section_at(sec, pfn);
	return likely(READ_ONCE(tp->kind) != TA_KIND_HOLE) ? tp : NULL;
}

/* Look up a struct page; NULL if it is not the pool's. */
static inline struct ta_page *ta_pool_page(const struct ta_pool *pool,
					   const struct page *page)
{
	return ta_pool_pfn(pool, page_to_pfn(page));
}

/* The frame at the start of the linear map: where memory does not begin at 0 */
#ifdef ARCH_PFN_OFFSET
#define TA_FIRST_PFN	ARCH_PFN_OFFSET
#else
#define TA_FIRST_PFN	0UL
#endif

/*
 * The frame of a linear address. Of an address outside the linear map the
 * arithmetic gives a frame that no section has.
 */
static __always_inline unsigned long ta_addr_pfn(const void *addr)
{
	return (((unsigned long)addr - PAGE_OFFSET) >> PAGE_SHIFT) +
	       TA_FIRST_PFN;
}

/**
 * struct ta_pool_map - what it takes to look a linear address up, and no more
 * @table: of the pool
 * @first: number, of 4 MiB each from address 0 on, where table[0] is
 * @nr: entries of @table
 *
 * Constant as long as the pool is. For those to whom every load counts.
 */
struct ta_pool_map {
	struct ta_section **table;
	unsigned long first;
	unsigned long nr;
};

#define TA_SECTION_ADDR_SHIFT	(TA_SECTION_SHIFT + PAGE_SHIFT)

static inline struct ta_pool_map ta_pool_map(const struct ta_pool *pool)
{
	/* The linear map starts at a multiple of 4 MiB, in frames as in bytes. */
	return (struct ta_pool_map) {
		.table = pool->table,
		.first = (PAGE_OFFSET >> TA_SECTION_ADDR_SHIFT) -
			 (TA_FIRST_PFN >> TA_SECTION_SHIFT) +
			 pool->first_section,
		.nr = pool->nr_table,
	};
}

/**
 * ta_pool_map_addr() - look up a linear address
 * @map: of a pool
 * @addr: any value
 * @tp: gets the page, which may be a HOLE
 *
 * Context: any.
 * Return: whether there is one.
 */
static __always_inline bool ta_pool_map_addr(const struct ta_pool_map *map,
					     const void *addr,
					     const struct ta_page **tp)
{
	unsigned long i = ((unsigned long)addr >> TA_SECTION_ADDR_SHIFT) -
			  map->first;
	struct ta_section *sec;

	if (unlikely(i >= map->nr))
		return false;
	/* Pairs with make_section(), by the dependency; plain: one instruction */
	sec = data_race(map->table[i]);
	/* Written so that it takes one shift, as long as the size is 2^n. */
	*tp = (void *)sec->pages +
	      sizeof(struct ta_page) * (((unsigned long)addr >> PAGE_SHIFT) &
					(TA_SECTION_PAGES - 1));
	return true;
}

/* Look up a linear address; NULL if it is not the pool's. */
static inline struct ta_page *ta_pool_addr(const struct ta_pool *pool,
					   const void *addr)
{
	return ta_pool_pfn(pool, ta_addr_pfn(addr));
}

/* The first section from table entry *@i on, which @i is moved to; or NULL. */
static inline struct ta_section *ta_pool_section(const struct ta_pool *pool,
						 unsigned long *i)
{
	while (*i < pool->nr_table && !ta_pool_table(pool, *i))
		(*i)++;
	return *i < pool->nr_table ? ta_pool_table(pool, *i) : NULL;
}

/* The first page from @tp on, in its section @sec, that is no HOLE; or NULL. */
static inline struct ta_page *ta_section_page(struct ta_section *sec,
					      struct ta_page *tp)
{
	while (tp < sec->pages + TA_SECTION_PAGES &&
	       READ_ONCE(tp->kind) == TA_KIND_HOLE)
		tp++;
	return tp < sec->pages + TA_SECTION_PAGES ? tp : NULL;
}

/* Walk the sections; @i is an unsigned long that runs over the table. */
#define ta_for_each_section(pool, i, sec) \
	for ((i) = 0; ((sec) = ta_pool_section(pool, &(i))); (i)++)

/* Walk the pages of a section that are the pool's. */
#define ta_for_each_page(sec, tp)			\
	for ((tp) = ta_section_page(sec, (sec)->pages); (tp); \
	     (tp) = ta_section_page(sec, (tp) + 1))

#endif /* _TA_POOL_H */
