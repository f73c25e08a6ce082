// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of a client: which page of the pool is at which offset.
 *
 * Model: the heap and every mapping of a client is an *area*, a range of page
 * offsets in a file of the client's own. Each address space that sees the area
 * (the process that made it, and its children) has a *region* of it: a table
 * from offset to page. Before a fork one region holds a page; afterwards two
 * regions hold the same page until one of them writes (cow.c).
 *
 *	process ── VMA ──┐
 *	                 ├── region ── offset ─┬─> page, share 2
 *	process ── VMA ──┘     region ── offset ┘
 *
 * Two VMAs of one process can cover the same offset for a while (mremap(2)
 * moves a mapping by making the new one first) or for good (mremap() with an
 * old length of 0). And a VMA changes its bounds without telling anybody. So
 * when a range is unmapped, the file's own tree of VMAs says which offsets
 * nobody covers any more; only their pages go.
 *
 * Invariants
 *  I1  an entry is a page of kind USER that its client owns, or LOST
 *  I2  a page's share is the number of entries that hold it, all in regions of
 *	one client and at one offset of its file, which the page says as well
 *  I3  a page with share above 1 is mapped read-only wherever it is mapped
 *  I4  the table entry at an offset and the page mapped there differ only
 *	while the one who changed the entry has not yet unmapped the old page
 *
 * Locking: an entry changes under its table's lock and, if a page is replaced,
 * under that page's lock as well. A fault keeps the page locked until it is
 * mapped, so whoever replaces it (holding the lock) and then unmaps the offset
 * leaves no mapping of the old page behind. A page that is only known from a
 * table, and not locked, can be moved (migrate.c) or freed any time: what it
 * says counts under the table's lock, where the entry keeps it.
 * Page lock > mapping->i_mmap_rwsem > table's lock. No page of the pool is
 * allocated under any of them.
 * Context: process, may sleep.
 */
#include "region.h"
#include "report.h"

#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/interval_tree_generic.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

/*
 * The kernel's own functions on the tree of a file's VMAs are not exported;
 * these are the same, made from the same template.
 */
static inline unsigned long first_pgoff(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline unsigned long last_pgoff(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long,
		     shared.rb_subtree_last, first_pgoff, last_pgoff,
		     static __maybe_unused, file_vma)

/**
 * ta_usage_init() - set up the counters of a client
 * @usage: what to set up
 * @pages: where its pages come from
 *
 * Context: any.
 */
void ta_usage_init(struct ta_usage *usage, struct ta_pages *pages)
{
	memset(usage, 0, sizeof(*usage));
	usage->pages = pages;
	usage->quota = ULONG_MAX;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_init);

/**
 * ta_usage_set_quota() - say how much a client may have
 * @usage: the client's
 * @nr_pages: as much; ULONG_MAX: as there is
 *
 * Context: any.
 */
void ta_usage_set_quota(struct ta_usage *usage, unsigned long nr_pages)
{
	WRITE_ONCE(usage->quota, nr_pages);
	WRITE_ONCE(usage->margin, nr_pages == ULONG_MAX ? 0 : nr_pages / 8);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_set_quota);

/**
 * ta_usage_check_margin() - tell the client if it gets tight
 * @usage: the client's
 * @allowed: pages that it may still have
 *
 * Context: process; does not sleep.
 */
void ta_usage_check_margin(struct ta_usage *usage, unsigned long allowed)
{
	unsigned long margin = READ_ONCE(usage->margin);

	if (margin && allowed <= margin && usage->near_quota)
		usage->near_quota(usage);
}

static __always_inline void adopt(struct ta_usage *usage, struct ta_page *tp,
				  struct page *page)
{
	atomic_set(&tp->share, 1);
	/* Whoever wants to move it reads this without a lock, as a hint. */
	WRITE_ONCE(tp->owner, usage);
	tp->was_shared = false;
	ta_page_set_kind(tp, TA_KIND_USER);
	/* Whoever looks at all pages of the host may hold the lock briefly. */
	if (unlikely(!trylock_page(page)))
		lock_page(page);
	get_page(page);
}

/**
 * ta_usage_adopt() - make an allocated page a client's
 * @usage: the client's
 * @tp: the page, of kind ALLOC and order 0
 *
 * Context: process, may sleep; no other page locked that anybody maps.
 * Return: the page, of share 1, locked, with a reference for its mapping.
 */
struct page *ta_usage_adopt(struct ta_usage *usage, struct ta_page *tp)
{
	struct page *page = ta_page_host(tp);

	adopt(usage, tp, page);
	atomic_long_inc(&usage->made);
	return page;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_adopt);

/**
 * ta_usage_allowed() - tell how many pages more a client may have
 * @usage: the client's
 *
 * What others take at the same moment on other CPUs is not seen: each of them
 * can be a fault's pages above the quota.
 *
 * Context: any.
 * Return: pages.
 */
unsigned long ta_usage_allowed(struct ta_usage *usage)
{
	unsigned long has = atomic_long_read(&usage->made) -
			    atomic_long_read(&usage->freed) +
			    atomic_long_read(&usage->held);
	unsigned long quota = READ_ONCE(usage->quota);

	return quota > has ? quota - has : 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_allowed);

/* Zeroed here, as it is the ordinary thing here, and not there. */
static __always_inline struct page *alloc_page_of(struct ta_usage *usage,
						  gfp_t gfp,
						  struct ta_page **tp)
{
	unsigned long allowed = ta_usage_allowed(usage);
	struct page *page;

	/* Mostly the margin is 0, and this but one comparison. */
	if (unlikely(allowed <= READ_ONCE(usage->margin))) {
		ta_usage_check_margin(usage, allowed);
		if (!allowed)
			return NULL;
	}
	page = ta_pages_alloc_inline(usage->pages, gfp & ~__GFP_ZERO, 0,
				     _RET_IP_);
	if (unlikely(!page))
		return NULL;
	if (gfp & __GFP_ZERO)
		clear_highpage(page);
	*tp = ta_usage_page(usage, page);
	adopt(usage, *tp, page);
	atomic_long_inc(&usage->made);
	return page;
}

/**
 * ta_usage_alloc() - take a page of the pool for a client
 * @usage: the client's
 * @gfp: with __GFP_ZERO unless the caller fills the whole page
 *
 * Context: process, may sleep; no lock of a region or page held.
 * Return: a page of share 1, locked, with a reference for its mapping; NULL if
 * there is none, or the client has had its quota.
 */
struct page *ta_usage_alloc(struct ta_usage *usage, gfp_t gfp)
{
	struct ta_page *tp;

	return alloc_page_of(usage, gfp, &tp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_alloc);

/**
 * ta_usage_alloc_bulk() - take zeroed pages of the pool, if they are free
 * @usage: the client's
 * @nr: how many
 * @pages: filled from its start
 *
 * Context: process, may sleep; no lock of a region or page held.
 * Return: how many there were; each as of ta_usage_alloc().
 */
unsigned long ta_usage_alloc_bulk(struct ta_usage *usage, unsigned long nr,
				  struct page **pages)
{
	gfp_t gfp = (GFP_HIGHUSER_MOVABLE & ~__GFP_DIRECT_RECLAIM) |
		    __GFP_NOWARN | __GFP_ZERO;
	unsigned long allowed = ta_usage_allowed(usage), i;

	nr = min(nr, allowed);
	if (unlikely(allowed - nr <= READ_ONCE(usage->margin)))
		ta_usage_check_margin(usage, allowed - nr);
	nr = ta_pages_alloc_bulk(usage->pages, gfp, nr, pages, _RET_IP_);
	for (i = 0; i < nr; i++)
		adopt(usage, ta_usage_page(usage, pages[i]), pages[i]);
	atomic_long_add(nr, &usage->made);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_alloc_bulk);

/**
 * ta_usage_put() - drop one region's hold on a page
 * @usage: the client's
 * @tp: the page, no longer in that region's table and unmapped there
 *
 * The last hold frees it. What its users left in its flags means nothing to
 * the next one. A page that the machine reported as broken has none: it is
 * given a reference that nobody drops, as if it were pinned for ever.
 *
 * Context: any.
 */
void ta_usage_put(struct ta_usage *usage, struct ta_page *tp)
{
	struct page *page = ta_page_host(tp);

	if (!atomic_dec_and_test(&tp->share))
		return;
	folio_clear_dirty(page_folio(page));
	folio_clear_referenced(page_folio(page));
	if (unlikely(PageHWPoison(page)))
		get_page(page);
	ta_page_set_kind(tp, TA_KIND_ALLOC);
	ta_pages_free(usage->pages, page, 0, _RET_IP_);
	atomic_long_inc(&usage->freed);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_put);

/**
 * ta_usage_discard() - give a page back that did not get into a table
 * @usage: the client's
 * @page: what ta_usage_alloc() returned
 *
 * Context: process.
 */
void ta_usage_discard(struct ta_usage *usage, struct page *page)
{
	unlock_page(page);
	put_page(page);
	ta_usage_put(usage, ta_usage_page(usage, page));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_discard);

/**
 * ta_usage_resident() - count the pages a client holds
 * @usage: the client's
 *
 * Context: any.
 * Return: pages, a shared one counted once.
 */
unsigned long ta_usage_resident(struct ta_usage *usage)
{
	long resident = atomic_long_read(&usage->made) -
			atomic_long_read(&usage->freed);

	/* The second may have been read much later than the first. */
	return max(resident, 0L);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_usage_resident);

/**
 * ta_region_init() - set up a region without pages
 * @region: what to set up
 * @usage: its client's
 * @mapping: of the file that its area is mapped through
 * @base: the area's first page offset
 * @nr_idx: page offsets of the area
 * @mm: the address space that it is for
 *
 * Context: any.
 */
void ta_region_init(struct ta_region *region, struct ta_usage *usage,
		    struct address_space *mapping, unsigned long base,
		    unsigned long nr_idx, struct mm_struct *mm)
{
	region->usage = usage;
	region->mapping = mapping;
	region->base = base;
	region->nr_idx = nr_idx;
	region->mm = mm;
	region->lost = false;
	region->moved = false;
	region->revisited = false;
	xa_init_flags(&region->pages, XA_FLAGS_ACCOUNT);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_init);

/* A slot of a node that is there: all that xas_store() has to do then. */
static __always_inline void fill_slot(struct xa_node *node, unsigned int at,
				      struct ta_page *tp)
{
	rcu_assign_pointer(node->slots[at], tp);
	node->count++;
}

static __always_inline bool has_slot(const struct xa_state *xas)
{
	return !xas_top(xas->xa_node) && !xas->xa_node->shift;
}

/*
 * Store where xas_load() has just found nothing. Mostly its node is there; then
 * xas_store() would take a hundred instructions to find that out.
 */
static __always_inline void store_new(struct xa_state *xas, struct ta_page *tp)
{
	if (likely(has_slot(xas)))
		fill_slot(xas->xa_node, xas->xa_offset, tp);
	else
		xas_store(xas, tp);
}

/**
 * ta_region_add() - put a page at an offset that has none
 * @region: where
 * @idx: the offset, from the area's first on
 * @tp: the page; the caller's hold on it becomes the table's
 *
 * Context: process, may sleep.
 * Return: 0, -EBUSY if there is a page already, or -ENOMEM.
 */
int ta_region_add(struct ta_region *region, unsigned long idx,
		  struct ta_page *tp)
{
	XA_STATE(xas, &region->pages, idx);

	WRITE_ONCE(tp->offset, region->base + idx);
	do {
		xas_lock(&xas);
		if (unlikely(xas_load(&xas)))
			xas_set_err(&xas, -EBUSY);
		else
			store_new(&xas, tp);
		xas_unlock(&xas);
	} while (unlikely(xas_error(&xas)) && xas_nomem(&xas, GFP_KERNEL));
	if (unlikely(xas_error(&xas)))
		return xas_error(&xas);
	atomic_long_inc(&region->usage->added);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_add);

/**
 * ta_region_make() - take a page of the pool for an offset that has none
 * @region: where
 * @idx: the offset
 * @gfp: as for ta_usage_alloc()
 *
 * Context: process, may sleep; no lock of a region or page held.
 * Return: the page, as of ta_usage_alloc(); ERR_PTR(-EBUSY) if there is one
 * already; ERR_PTR(-ENOMEM) if there is none for the client; or ERR_PTR(-EIO) if
 * the host has no memory for the table.
 */
struct page *ta_region_make(struct ta_region *region, unsigned long idx,
			    gfp_t gfp)
{
	struct ta_page *tp;
	struct page *page = alloc_page_of(region->usage, gfp, &tp);
	int err;

	if (unlikely(!page))
		return ERR_PTR(-ENOMEM);
	err = ta_region_add(region, idx, tp);
	if (unlikely(err)) {
		ta_usage_discard(region->usage, page);
		return ERR_PTR(err == -EBUSY ? err : -EIO);
	}
	return page;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_make);

static struct ta_page *place_page(struct ta_region *region, struct page *page,
				  unsigned long idx)
{
	struct ta_page *tp = ta_usage_page(region->usage, page);

	WRITE_ONCE(tp->offset, region->base + idx);
	return tp;
}

/* Store pages behind the one just stored, while they are in the same node. */
static unsigned long store_in_node(struct ta_region *region,
				   struct xa_state *xas, struct page **pages,
				   unsigned long nr)
{
	unsigned int at = xas->xa_offset + 1;
	unsigned long i;

	if (!has_slot(xas))
		return 0;
	for (i = 0; i < nr && at + i < XA_CHUNK_SIZE; i++) {
		if (xa_entry_locked(&region->pages, xas->xa_node, at + i))
			break;
		fill_slot(xas->xa_node, at + i,
			  place_page(region, pages[i], xas->xa_index + 1 + i));
	}
	return i;
}

/* Store pages at offsets that have none; returns how many it did. */
static unsigned long store_run(struct ta_region *region, struct xa_state *xas,
			       struct page **pages, unsigned long nr)
{
	unsigned long first = xas->xa_index, done = 0;

	while (done < nr) {
		xas_set(xas, first + done);
		if (xas_load(xas)) {
			xas_set_err(xas, -EBUSY);
			break;
		}
		store_new(xas, place_page(region, pages[done], first + done));
		if (xas_error(xas))
			break;
		done++;
		done += store_in_node(region, xas, pages + done, nr - done);
	}
	return done;
}

/**
 * ta_region_add_run() - put pages at offsets that have none
 * @region: where
 * @first: the first offset
 * @pages: their pages; the caller's holds on them become the table's
 * @nr: how many
 *
 * Context: process, may sleep.
 * Return: 0, -EBUSY if there is a page already, or -ENOMEM; then none is put.
 */
int ta_region_add_run(struct ta_region *region, unsigned long first,
		      struct page **pages, unsigned long nr)
{
	XA_STATE(xas, &region->pages, first);
	unsigned long done;
	int err;

	do {
		xas_set(&xas, first);
		xas_lock(&xas);
		done = store_run(region, &xas, pages, nr);
		err = xas_error(&xas);
		while (err && done)
			__xa_erase(&region->pages, first + --done);
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	if (!err)
		atomic_long_add(nr, &region->usage->added);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_add_run);

/**
 * ta_region_replace() - put another page at an offset that has one
 * @region: where
 * @idx: the offset
 * @entry: a page, whose hold becomes the table's, or TA_LOST_PAGE
 *
 * The caller holds the old page locked, unmaps the offset afterwards and then
 * drops the old page's hold.
 *
 * Context: process.
 */
void ta_region_replace(struct ta_region *region, unsigned long idx, void *entry)
{
	XA_STATE(xas, &region->pages, idx);

	if (entry != TA_LOST_PAGE)
		WRITE_ONCE(((struct ta_page *)entry)->offset,
			   region->base + idx);
	/* An entry in place of another needs no memory, so this cannot fail. */
	xas_lock(&xas);
	xas_store(&xas, entry);
	xas_unlock(&xas);
	if (entry != TA_LOST_PAGE)
		atomic_long_inc(&region->usage->added);
	atomic_long_inc(&region->usage->removed);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_replace);

/**
 * ta_region_hold() - find the next entry, and hold its page
 * @region: where
 * @idx: where to look from; set to where it is
 * @last: the last offset to look at
 *
 * Context: process.
 * Return: the page, with a hold of the caller's; TA_LOST_PAGE; or NULL if there
 * is no entry any more.
 */
struct ta_page *ta_region_hold(struct ta_region *region, unsigned long *idx,
			       unsigned long last)
{
	XA_STATE(xas, &region->pages, *idx);
	struct ta_page *tp;

	xas_lock(&xas);
	tp = xas_find(&xas, last);
	if (tp && !xa_is_value(tp))
		atomic_inc(&tp->share);
	xas_unlock(&xas);
	*idx = xas.xa_index;
	return tp;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_hold);

/**
 * ta_region_trylock() - lock and hold a page if a region has it
 * @region: where
 * @idx: the offset
 * @tp: the page
 *
 * The hold keeps the page from being freed. A reference would as well, but
 * would look like that of a device to a fork.
 *
 * Context: process.
 * Return: whether it is there, is locked now, and the caller has a hold.
 */
bool ta_region_trylock(struct ta_region *region, unsigned long idx,
		       struct ta_page *tp)
{
	XA_STATE(xas, &region->pages, idx);
	bool locked;

	xas_lock(&xas);
	locked = xas_load(&xas) == tp && trylock_page(ta_page_host(tp));
	if (locked)
		atomic_inc(&tp->share);
	xas_unlock(&xas);
	return locked;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_trylock);

/**
 * ta_region_move() - put another page in the place of one, if it is there
 * @region: where
 * @idx: the offset
 * @from: the page, locked, of which the region's hold becomes the caller's
 * @to: a copy, locked, which the region gets a hold of
 *
 * Context: process.
 * Return: whether it was there.
 */
bool ta_region_move(struct ta_region *region, unsigned long idx,
		    struct ta_page *from, struct ta_page *to)
{
	XA_STATE(xas, &region->pages, idx);
	bool found;

	xas_lock(&xas);
	found = xas_load(&xas) == from;
	if (found) {
		atomic_inc(&to->share);
		xas_store(&xas, to);
	}
	xas_unlock(&xas);
	if (found) {
		atomic_long_inc(&region->usage->added);
		atomic_long_inc(&region->usage->removed);
	}
	return found;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_move);

/* Look an offset up and keep the page from being reused. */
static struct ta_page *get_entry(struct ta_region *region, unsigned long idx)
{
	XA_STATE(xas, &region->pages, idx);
	void *entry;

	xas_lock(&xas);
	entry = xas_load(&xas);
	if (entry && !xa_is_value(entry))
		get_page(ta_page_host(entry));
	xas_unlock(&xas);
	return entry;
}

/**
 * ta_region_lock_page() - find the page at an offset, ready to be mapped
 * @region: where
 * @idx: the offset
 *
 * Context: process, may sleep.
 * Return: the page, locked and with a reference; NULL if there is none;
 * ERR_PTR(-EIO) if a fork lost it.
 */
struct page *ta_region_lock_page(struct ta_region *region, unsigned long idx)
{
	struct ta_page *tp;
	struct page *page;

	for (;;) {
		tp = get_entry(region, idx);
		if (!tp)
			return NULL;
		if (unlikely(tp == TA_LOST_PAGE))
			return ERR_PTR(-EIO);
		page = ta_page_host(tp);
		lock_page(page);
		if (likely(xa_load(&region->pages, idx) == tp))
			return page;
		/* Another thread replaced it while we waited. */
		unlock_page(page);
		put_page(page);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_lock_page);

/**
 * ta_region_take() - take the page at an offset out, though it may be mapped
 * @region: where
 * @idx: the offset, which a VMA covers
 *
 * Afterwards the caller unmaps the offset, and then drops the reference and the
 * region's hold.
 *
 * Context: process, may sleep; no page's lock nor a lower one held.
 * Return: the page with a reference; NULL if there is none any more.
 */
struct page *ta_region_take(struct ta_region *region, unsigned long idx)
{
	struct page *page = ta_region_lock_page(region, idx);

	if (!page)
		return NULL;
	/* While it is locked nobody replaces it, maps it or copies it. */
	xa_erase(&region->pages, idx);
	if (IS_ERR(page))
		return NULL;
	atomic_long_inc(&region->usage->removed);
	unlock_page(page);
	return page;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_take);

/**
 * ta_region_trytake() - take the page at an offset out, if nobody is at it
 * @region: where
 * @idx: the offset
 *
 * As ta_region_take(), for who holds a lock that stands below a page's.
 *
 * Context: process.
 * Return: the page with a reference; NULL if there is none any more;
 * ERR_PTR(-EAGAIN) if it is locked.
 */
struct page *ta_region_trytake(struct ta_region *region, unsigned long idx)
{
	XA_STATE(xas, &region->pages, idx);
	struct page *page = NULL;
	struct ta_page *tp;

	xas_lock(&xas);
	tp = xas_load(&xas);
	if (tp && !xa_is_value(tp)) {
		page = ta_page_host(tp);
		if (trylock_page(page))
			get_page(page);
		else
			page = ERR_PTR(-EAGAIN);
	}
	if (!IS_ERR(page))
		xas_store(&xas, NULL);
	xas_unlock(&xas);
	if (!IS_ERR_OR_NULL(page)) {
		atomic_long_inc(&region->usage->removed);
		unlock_page(page);
	}
	return page;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_trytake);

#define ERASE_BATCH	32

/* Take entries out, some at a time; moves *@first behind them. */
static unsigned int take_entries(struct ta_region *region, unsigned long *first,
				 unsigned long last, struct ta_page **batch)
{
	XA_STATE(xas, &region->pages, *first);
	unsigned int nr = 0;
	void *entry;

	xas_lock(&xas);
	xas_for_each(&xas, entry, last) {
		xas_store(&xas, NULL);
		if (xa_is_value(entry))
			continue;
		batch[nr++] = entry;
		if (nr == ERASE_BATCH)
			break;
	}
	*first = xas.xa_index;
	xas_unlock(&xas);
	return nr;
}

/**
 * ta_region_erase() - drop the pages of a range of offsets
 * @region: where
 * @first: the first offset
 * @last: the last one
 *
 * They must not be mapped any more in the region's address space.
 *
 * Context: process, may sleep.
 */
void ta_region_erase(struct ta_region *region, unsigned long first,
		     unsigned long last)
{
	struct ta_page *batch[ERASE_BATCH];
	unsigned int i, nr;

	do {
		nr = take_entries(region, &first, last, batch);
		atomic_long_add(nr, &region->usage->removed);
		for (i = 0; i < nr; i++)
			ta_usage_put(region->usage, batch[i]);
		cond_resched();
	} while (nr == ERASE_BATCH);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_erase);

/**
 * ta_region_trim() - drop the pages that nothing can reach any more
 * @region: where
 * @first: the first offset to look at
 * @last: the last one
 *
 * Which offsets the address space still covers is read from the file's tree,
 * where the bounds are right at any time. VMAs of other address spaces at the
 * same offsets are none of this region's.
 *
 * Context: process, may sleep; the region's mmap_lock held at least for
 * reading, or its address space going away.
 */
void ta_region_trim(struct ta_region *region, unsigned long first,
		    unsigned long last)
{
	unsigned long base = region->base, pos = first;
	struct vm_area_struct *vma;

	if (xa_empty(&region->pages))
		return;
	i_mmap_lock_read(region->mapping);
	for (vma = file_vma_iter_first(&region->mapping->i_mmap, base + first,
				       base + last);
	     vma && pos <= last;
	     vma = file_vma_iter_next(vma, base + first, base + last)) {
		cond_resched();
		if (vma->vm_mm != region->mm)
			continue;
		if (first_pgoff(vma) > base + pos)
			ta_region_erase(region, pos,
					first_pgoff(vma) - base - 1);
		pos = max(pos, last_pgoff(vma) - base + 1);
	}
	if (pos <= last)
		ta_region_erase(region, pos, last);
	i_mmap_unlock_read(region->mapping);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_trim);

/**
 * ta_region_room() - find offsets that the address space does not see yet
 * @region: where
 * @first: where they would be wanted
 * @nr: how many
 *
 * Context: process, may sleep.
 * Return: @first if no VMA covers one of the @nr from there on; else the first
 * above all VMAs.
 */
unsigned long ta_region_room(struct ta_region *region, unsigned long first,
			     unsigned long nr)
{
	unsigned long base = region->base, top = first;
	unsigned long from = base + first, to = base + first + nr - 1;
	struct vm_area_struct *vma;

	i_mmap_lock_read(region->mapping);
	for (vma = file_vma_iter_first(&region->mapping->i_mmap, from, to);
	     vma; vma = file_vma_iter_next(vma, from, to)) {
		cond_resched();
		if (vma->vm_mm != region->mm)
			continue;
		top = max(top, last_pgoff(vma) - base + 1);
		/* One is in the way: from now on all are looked at. */
		to = ULONG_MAX;
	}
	i_mmap_unlock_read(region->mapping);
	return top;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_room);

/* Counted afresh, since a VMA can grow and shrink without telling us. */
static unsigned long count_pages(struct address_space *mapping,
				 struct mm_struct *mm, unsigned long mask,
				 unsigned long flags)
{
	struct vm_area_struct *vma;
	unsigned long nr = 0;

	i_mmap_lock_read(mapping);
	for (vma = file_vma_iter_first(&mapping->i_mmap, 0, ULONG_MAX); vma;
	     vma = file_vma_iter_next(vma, 0, ULONG_MAX)) {
		cond_resched();
		if ((!mm || vma->vm_mm == mm) && (vma->vm_flags & mask) == flags)
			nr += vma_pages(vma);
	}
	i_mmap_unlock_read(mapping);
	return nr;
}

/**
 * ta_mapping_nr_pages() - count the address space mapped through a file
 * @mapping: the file's
 * @mm: one address space only, or NULL for all
 *
 * Context: process, may sleep.
 * Return: pages.
 */
unsigned long ta_mapping_nr_pages(struct address_space *mapping,
				  struct mm_struct *mm)
{
	return count_pages(mapping, mm, 0, 0);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_mapping_nr_pages);

/**
 * ta_mapping_nr_data() - count what of a file a process can write to
 * @mapping: the file's
 * @mm: the process's address space
 *
 * Context: process, may sleep.
 * Return: pages.
 */
unsigned long ta_mapping_nr_data(struct address_space *mapping,
				 struct mm_struct *mm)
{
	return count_pages(mapping, mm, VM_WRITE, VM_WRITE);
}

/**
 * ta_mapping_nr_committed() - count what was promised through a file
 * @mapping: the file's
 *
 * Context: process, may sleep.
 * Return: pages that can be written to and are to count, in all address spaces.
 */
unsigned long ta_mapping_nr_committed(struct address_space *mapping)
{
	return count_pages(mapping, NULL, VM_WRITE | VM_NORESERVE, VM_WRITE);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_mapping_nr_committed);

/**
 * ta_region_nr_pages() - count the pages of a region
 * @region: whose
 *
 * As the nodes of the table count their entries: in a 64th of a look at each.
 *
 * Context: any.
 * Return: pages, those that are shared with others included.
 */
unsigned long ta_region_nr_pages(struct ta_region *region)
{
	XA_STATE(xas, &region->pages, 0);
	unsigned long nr = 0;
	void *entry;

	xas_lock(&xas);
	xas_for_each(&xas, entry, ULONG_MAX) {
		if (!xas.xa_node) {
			nr += !xa_is_value(entry);
			break;
		}
		nr += xas.xa_node->count - xas.xa_node->nr_values;
		if ((xas.xa_index | XA_CHUNK_MASK) == ULONG_MAX)
			break;
		/* On from the first index behind this node */
		xas_set(&xas, (xas.xa_index | XA_CHUNK_MASK) + 1);
	}
	xas_unlock(&xas);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_nr_pages);

static bool valid_entry(struct ta_region *region, unsigned long idx,
			struct ta_page *tp)
{
	struct ta_pool *pool = &region->usage->pages->pool;

	if (xa_is_value(tp))
		return ta_check(tp == TA_LOST_PAGE, "region I1: value", tp);
	/* Not to be looked into before it is known to be the pool's. */
	return ta_check(ta_pool_page(pool, ta_page_host(tp)) == tp,
			"region I1: pool", tp) &&
	       ta_check(READ_ONCE(tp->kind) == TA_KIND_USER,
			"region I1: kind", tp) &&
	       ta_check(tp->owner == region->usage, "region I1: owner", tp) &&
	       ta_check(READ_ONCE(tp->offset) == region->base + idx,
			"region I2: offset", tp) &&
	       ta_check(atomic_read(&tp->share) >= 1, "region I2: share", tp);
}

/**
 * ta_region_validate() - check the invariants that one region can break
 * @region: whose
 * @nr_entries: the number of pages it holds is added to it
 *
 * Context: process.
 * Return: whether they hold. What does not is reported.
 */
bool ta_region_validate(struct ta_region *region, unsigned long *nr_entries)
{
	XA_STATE(xas, &region->pages, 0);
	bool ok = true;
	void *entry;

	xas_lock(&xas);
	xas_for_each(&xas, entry, ULONG_MAX) {
		ok &= ta_check(xas.xa_index < region->nr_idx,
			       "region I1: offset", region);
		ok &= valid_entry(region, xas.xa_index, entry);
		*nr_entries += !xa_is_value(entry);
	}
	xas_unlock(&xas);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_validate);
