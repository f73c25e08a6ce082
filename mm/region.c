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
 * old length of 0): a page goes when its offset is at none any more (mapping.c).
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
#include <linux/pagemap.h>
#include <linux/sched.h>

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
	struct page *page = ta_usage_alloc_inline(region->usage, gfp, &tp);
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
