// SPDX-License-Identifier: GPL-2.0
/*
 * Moving a page of a client to another frame while its processes run.
 *
 * Model: a page says whose it is and at which offset of the client's file. That
 * is only a hint; the tables of the client's regions decide. The page's users
 * see nothing of the move but a fault that takes longer:
 *
 *	lock the old page	a fault at its offset waits from here on
 *	unmap it everywhere	nobody reads or writes it any more
 *	count references	somebody has one: it stays where it is
 *	copy
 *	replace the entries	in each region that has it
 *	unlock			whoever waited finds the new one
 *
 * No write is lost and nobody goes on with the old page, because when the
 * references were counted, under its lock,
 *  - no page table shows it: a fault maps a page only while it has it locked,
 *	and looks it up in the table once more when it has got the lock; a
 *	mapping that mremap(2) or fork moves along or copies is in the file's
 *	tree behind the one it comes from, so the unmap finds it there
 *  - no TLB has it: the unmap flushed, and whoever else took a mapping away
 *	(munmap, MADV_DONTNEED) keeps the page's reference until he has flushed
 *  - no one walks page tables towards it: get_user_pages_fast() takes its
 *	reference first and then looks whether the mapping is still there; we
 *	took the mapping away first, and then count. One of the two sees the
 *	other. Everybody else takes references under the page table's lock
 *  - a page held by a pipe, a device or a debugger has a reference more
 * A fault that found the old page in the table and waits for its lock has a
 * reference too, for a moment: then the page stays this time.
 *
 * Meanwhile a region can lose the page (munmap, exit) or give it to a child
 * (fork). Each entry is replaced under its table's lock and only if it is still
 * the old page. A region that has just come to share the old page keeps it, and
 * both have the same contents and a page of their own.
 *
 * What stays: pinned pages; pages of mlock(2)ed memory, which promises to cause
 * no faults; pages the machine reported as broken.
 *
 * Locking: users->lock keeps the client from going, client->lock its areas and
 * views; under them the page's lock is only tried. users->lock > client->lock >
 * page lock > mapping->i_mmap_rwsem > table's lock.
 * Context: process, may sleep, where a reclaimer could run.
 * Failure: what cannot be moved now stays as it is; it may have been unmapped.
 */
#include "migrate.h"

#include <linux/highmem.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>

/* Where a page is found */
struct place {
	struct ta_area *area;
	unsigned long idx;
};

static struct ta_client *find_client(struct ta_users *users, const void *usage)
{
	struct ta_client *client;

	list_for_each_entry(client, &users->clients, list)
		if (&client->usage == usage)
			return client;
	return NULL;
}

static bool trylock_in(struct ta_area *area, unsigned long idx,
		       struct ta_page *tp)
{
	struct ta_view *view;

	list_for_each_entry(view, &area->views, list)
		if (ta_region_trylock(&view->region, idx, tp))
			return true;
	return false;
}

/* Find, lock and hold a page. Heaps and mappings have the same offsets. */
static bool trylock_and_hold(struct ta_client *client, struct ta_page *tp,
			     struct place *place)
{
	unsigned long offset = READ_ONCE(tp->offset);

	place->idx = offset & (TA_AREA_PAGES - 1);
	place->area = ta_area_find(client, offset);
	if (place->area && trylock_in(place->area, place->idx, tp))
		return true;
	place->area = &client->heap;
	return offset < TA_AREA_PAGES &&
	       trylock_in(place->area, place->idx, tp);
}

static int nr_entries(const struct place *place, const struct ta_page *tp)
{
	struct ta_view *view;
	int nr = 0;

	list_for_each_entry(view, &place->area->views, list)
		nr += xa_load(&view->region.pages, place->idx) == tp;
	return nr;
}

/* Whether a move would free it; before anything is done. */
static bool may_move(const struct place *place, struct ta_page *tp)
{
	struct page *page = ta_page_host(tp);

	/* The pool's reference and those of page tables (_mapcount + 1) */
	if (page_ref_count(page) > 2 + atomic_read(&page->_mapcount))
		return false;
	if (PageHWPoison(page) || folio_test_mlocked(page_folio(page)))
		return false;
	/* Our own hold; more than that: it is being shared, or freed. */
	return atomic_read(&tp->share) == nr_entries(place, tp) + 1;
}

/* Take away all mappings; returns whether no reference but the pool's is left. */
static bool isolate(const struct place *place, struct page *page)
{
	unmap_mapping_pages(place->area->mapping,
			    place->area->base + place->idx, 1, false);
	/* Pairs with the atomic operation of get_user_pages_fast(). */
	smp_mb();
	return page_ref_count(page) == 1;
}

/* Put a copy in the place of a page that is locked and isolated. */
static void replace(const struct place *place, struct ta_page *from,
		    struct ta_page *to)
{
	struct ta_usage *usage = &place->area->client->usage;
	struct page *old = ta_page_host(from);
	struct page *new = ta_usage_adopt(usage, to);
	struct ta_view *view;

	copy_highpage(new, old);
	if (folio_test_dirty(page_folio(old)))
		folio_set_dirty(page_folio(new));
	/* Nobody has a reference that he kept; from now on he could. */
	WRITE_ONCE(to->was_shared, atomic_read(&from->share) > 2);
	WRITE_ONCE(to->offset, from->offset);
	list_for_each_entry(view, &place->area->views, list)
		if (ta_region_move(&view->region, place->idx, from, to))
			ta_usage_put(usage, from);
	unlock_page(new);
	put_page(new);
	/* The regions have their holds; if all of them lost it, it is freed. */
	ta_usage_put(usage, to);
}

static int move_held(const struct place *place, struct ta_page *from,
		     struct ta_page *to)
{
	struct page *old = ta_page_host(from);

	if (!may_move(place, from) || !isolate(place, old))
		return -EBUSY;
	replace(place, from, to);
	return 0;
}

static int move_of_client(struct ta_client *client, struct ta_page *from,
			  struct ta_page *to)
{
	struct place place;
	int err = -EAGAIN;

	mutex_lock(&client->lock);
	if (trylock_and_hold(client, from, &place)) {
		err = move_held(&place, from, to);
		unlock_page(ta_page_host(from));
		ta_usage_put(&client->usage, from);
	}
	mutex_unlock(&client->lock);
	return err;
}

/**
 * ta_migrate_page() - move a client's page to another frame
 * @users: all clients of the pool
 * @from: any page of the pool
 * @to: an allocated one of order 0
 *
 * On success @to is used in place of @from, which is free, or will be when the
 * last who had it in his hands lets go. On failure @to is still the caller's.
 *
 * Context: process, may sleep; no lock held that a reclaimer takes.
 * Return: 0; -EAGAIN if @from is no client's page or in use at the moment; or
 * -EBUSY if it has to stay.
 */
int ta_migrate_page(struct ta_users *users, struct ta_page *from,
		    struct ta_page *to)
{
	struct ta_client *client;
	int err = -EAGAIN;

	if (READ_ONCE(from->kind) != TA_KIND_USER)
		return err;
	mutex_lock(&users->lock);
	client = find_client(users, READ_ONCE(from->owner));
	if (client)
		err = move_of_client(client, from, to);
	mutex_unlock(&users->lock);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_migrate_page);
