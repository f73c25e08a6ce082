// SPDX-License-Identifier: GPL-2.0
/*
 * Clients, and who has which part of their memory: lifetimes.
 *
 * Model: an open file of /dev/teachalloc is a client. It has two files of its
 * own that nobody gets a descriptor of: heaps are mapped through one, mappings
 * through the other. Each has its own address_space, so that unmapping a page
 * looks at this client's VMAs only.
 *
 *	client ─┬─ heap file ── area "heap" ─┬─ view of process 1 ── pages
 *	        │                            └─ view of its child ── pages
 *	        └─ map file ─┬─ area 0 ── views
 *	                     └─ area 1 ── views
 *
 * A VMA keeps its file open, the file keeps the client. So a client lives
 * until the device is closed and the last VMA is gone, in whatever order.
 *
 * A mapping's view counts its VMAs and goes with the last one. A heap's VMAs
 * must have no close function, or the kernel would not merge them into one; so
 * nobody tells us when a child's heap goes with the child. Its view refers to
 * the mm_struct, and once that has no users, it is swept: when a descriptor of
 * the device is closed (a process that exits does that after its memory went),
 * when somebody asks for figures, when the pool runs short, and once a second
 * as long as there are forked heaps.
 *
 * Invariants
 *  I1  a view is on its area's list, once; a mapping's area has a view
 *  I2  a mapping's view has at least one hold
 *  I3  the pages in all regions of a client are as many as it counts, and as
 *	many as the shares of the pages that it holds
 *
 * Locking: mmap_lock > reclaim->lock > users->lock > client->lock. No page is
 * allocated under the last two, and no memory of users is touched.
 * Context: process, may sleep.
 */
#include "uspace.h"
#include "mapping.h"
#include "report.h"

#include <linux/anon_inodes.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* Views: an area in one address space */

/**
 * ta_view_find() - look for an address space's view of an area
 * @area: of which
 * @mm: whose
 *
 * Context: process; the client's lock held.
 * Return: the view or NULL.
 */
struct ta_view *ta_view_find(struct ta_area *area, struct mm_struct *mm)
{
	struct ta_view *view;

	lockdep_assert_held(&area->client->lock);
	list_for_each_entry(view, &area->views, list)
		if (view->region.mm == mm)
			return view;
	return NULL;
}

/**
 * ta_view_init() - set up a view and put it on its area's list, with one hold
 * @view: zeroed, the first member of what kfree() can free
 * @area: of which
 * @mm: whose; a heap's view keeps the mm_struct until it is freed
 *
 * Context: process; the client's lock held.
 */
void ta_view_init(struct ta_view *view, struct ta_area *area,
		  struct mm_struct *mm)
{
	struct ta_client *client = area->client;

	lockdep_assert_held(&client->lock);
	ta_region_init(&view->region, &client->usage, area->mapping,
		       area->base, TA_AREA_PAGES, mm);
	view->area = area;
	view->nr_holds = 1;
	if (area == &client->heap)
		mmgrab(mm);
	list_add(&view->list, &area->views);
}

/* Free a view that is on no list. */
static void destroy_view(struct ta_view *view)
{
	ta_region_erase(&view->region, 0, ULONG_MAX);
	if (view->area == &view->area->client->heap)
		mmdrop(view->region.mm);
	kfree(view);
}

/**
 * ta_view_put() - drop a hold on a mapping's view
 * @view: the view
 *
 * The last one frees its pages, which must not be mapped any more, and the
 * area with its last view.
 *
 * Context: process, may sleep.
 */
void ta_view_put(struct ta_view *view)
{
	struct ta_area *area = view->area;
	struct ta_client *client = area->client;
	bool last_view = false, last_hold;

	mutex_lock(&client->lock);
	last_hold = !--view->nr_holds;
	if (last_hold) {
		list_del(&view->list);
		last_view = list_empty(&area->views);
	}
	if (last_view)
		xa_erase(&client->areas, area->base >> TA_AREA_SHIFT);
	mutex_unlock(&client->lock);
	/* Not destroy_view(): the area may have gone with another view. */
	if (last_hold) {
		ta_region_erase(&view->region, 0, ULONG_MAX);
		kfree(view);
	}
	if (last_view)
		kfree(area);
}

/* Areas: ranges of offsets */

static void init_area(struct ta_area *area, struct ta_client *client,
		      struct address_space *mapping, unsigned long base)
{
	area->client = client;
	area->mapping = mapping;
	area->base = base;
	INIT_LIST_HEAD(&area->views);
}

/**
 * ta_area_create() - make an area for a mapping
 * @client: whose
 *
 * Context: process, may sleep; the client's lock held. The caller makes its
 * first view before he drops the lock.
 * Return: the area; NULL without memory or with TA_MAX_AREAS of them.
 */
struct ta_area *ta_area_create(struct ta_client *client)
{
	struct ta_area *area = kzalloc(sizeof(*area), GFP_KERNEL_ACCOUNT);
	u32 slot;

	lockdep_assert_held(&client->lock);
	if (!area)
		return NULL;
	if (xa_alloc(&client->areas, &slot, area,
		     XA_LIMIT(0, TA_MAX_AREAS - 1), GFP_KERNEL)) {
		kfree(area);
		return NULL;
	}
	init_area(area, client, &client->map_mapping,
		  (unsigned long)slot << TA_AREA_SHIFT);
	return area;
}

/**
 * ta_area_find() - look up the mapping's area at a page offset
 * @client: whose
 * @pgoff: any
 *
 * Context: process; the client's lock held.
 * Return: the area or NULL.
 */
struct ta_area *ta_area_find(struct ta_client *client, unsigned long pgoff)
{
	lockdep_assert_held(&client->lock);
	return xa_load(&client->areas, pgoff >> TA_AREA_SHIFT);
}

/* Clients */

static void free_client(struct kref *ref)
{
	struct ta_client *client = container_of(ref, struct ta_client, ref);
	struct ta_users *users = client->users;

	mutex_lock(&users->lock);
	list_del(&client->list);
	mutex_unlock(&users->lock);
	WARN_ON_ONCE(!xa_empty(&client->areas));
	WARN_ON_ONCE(!xa_empty(&client->handles));
	WARN_ON_ONCE(ta_usage_resident(&client->usage));
	/* Waits for those who read there. */
	debugfs_remove(client->dir);
	put_pid(client->opener);
	kfree(client);
}

static void put_client(struct ta_client *client)
{
	kref_put(&client->ref, free_client);
}

/* A file that only we map; its VMAs are found through @mapping. */
static struct file *make_file(struct ta_client *client, const char *name,
			      const struct file_operations *fops,
			      struct address_space *mapping)
{
	struct file *file = anon_inode_getfile(name, fops, client, O_RDWR);

	if (IS_ERR(file))
		return file;
	address_space_init_once(mapping);
	mapping->host = file_inode(file);
	mapping->a_ops = file->f_mapping->a_ops;
	file->f_mapping = mapping;
	kref_get(&client->ref);
	return file;
}

static void init_client(struct ta_client *client, struct ta_users *users)
{
	/* Once: root may be changing it. */
	unsigned long quota_mb = READ_ONCE(users->quota_mb);

	kref_init(&client->ref);
	client->users = users;
	client->id = atomic_inc_return(&users->next_id);
	client->opener = get_task_pid(current, PIDTYPE_TGID);
	ta_usage_init(&client->usage, &users->stack->pages);
	if (quota_mb)
		ta_usage_set_quota(&client->usage,
				   quota_mb << (20 - PAGE_SHIFT));
	mutex_init(&client->lock);
	init_area(&client->heap, client, &client->heap_mapping, 0);
	xa_init_flags(&client->areas, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	xa_init_flags(&client->handles, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	mutex_lock(&users->lock);
	list_add_tail(&client->list, &users->clients);
	mutex_unlock(&users->lock);
}

/**
 * ta_client_create() - make a client for a file of the device
 * @users: whose
 * @heap_fops: of the file that heaps are mapped through; its release calls
 *	ta_client_heap_closed()
 * @map_fops: of the file that mappings are mapped through; its release calls
 *	ta_client_map_closed()
 *
 * Context: process, may sleep.
 * Return: the client or an ERR_PTR().
 */
struct ta_client *ta_client_create(struct ta_users *users,
				   const struct file_operations *heap_fops,
				   const struct file_operations *map_fops)
{
	struct ta_client *client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!client)
		return ERR_PTR(-ENOMEM);
	init_client(client, users);
	file = make_file(client, "[teachalloc-heap]", heap_fops,
			 &client->heap_mapping);
	if (IS_ERR(file))
		goto put_client;
	client->heap_file = file;
	file = make_file(client, "[teachalloc]", map_fops,
			 &client->map_mapping);
	if (IS_ERR(file))
		goto put_heap_file;
	client->map_file = file;
	return client;

put_heap_file:
	fput(client->heap_file);
put_client:
	put_client(client);
	return ERR_CAST(file);
}

/**
 * ta_client_close() - the device's file is closed
 * @client: whose; lives on as long as VMAs of it do
 *
 * Context: process, may sleep.
 */
void ta_client_close(struct ta_client *client)
{
	fput(client->heap_file);
	fput(client->map_file);
	put_client(client);
}

static void destroy_views(struct list_head *views)
{
	struct ta_view *view, *next;

	list_for_each_entry_safe(view, next, views, list)
		destroy_view(view);
}

/**
 * ta_client_heap_closed() - nobody can map or has mapped a heap any more
 * @client: whose
 *
 * Context: process, may sleep.
 */
void ta_client_heap_closed(struct ta_client *client)
{
	LIST_HEAD(views);

	mutex_lock(&client->lock);
	list_splice_init(&client->heap.views, &views);
	mutex_unlock(&client->lock);
	destroy_views(&views);
	put_client(client);
}

/**
 * ta_client_map_closed() - nobody can make or has a mapping any more
 * @client: whose
 *
 * Context: process, may sleep.
 */
void ta_client_map_closed(struct ta_client *client)
{
	put_client(client);
}

/**
 * ta_client_sweep() - free the heaps of processes that are gone
 * @client: whose
 *
 * Context: process, may sleep.
 * Return: whether there is more than one heap left, so that it makes sense to
 * come back.
 */
bool ta_client_sweep(struct ta_client *client)
{
	struct ta_view *view, *next;
	LIST_HEAD(dead);
	bool more;

	mutex_lock(&client->lock);
	list_for_each_entry_safe(view, next, &client->heap.views, list)
		/* Without users nobody can fault, fork or get in again. */
		if (!atomic_read(&view->region.mm->mm_users))
			list_move(&view->list, &dead);
	more = !list_empty(&client->heap.views) &&
	       !list_is_singular(&client->heap.views);
	mutex_unlock(&client->lock);
	destroy_views(&dead);
	return more;
}

/**
 * ta_client_walk() - call a function for each view of a client
 * @client: whose
 * @fn: the function; the client's lock is held
 * @data: for it
 *
 * Context: process, may sleep.
 */
void ta_client_walk(struct ta_client *client,
		    void (*fn)(struct ta_view *view, void *data), void *data)
{
	struct ta_view *view;
	struct ta_area *area;
	unsigned long idx;

	mutex_lock(&client->lock);
	list_for_each_entry(view, &client->heap.views, list)
		fn(view, data);
	xa_for_each(&client->areas, idx, area) {
		list_for_each_entry(view, &area->views, list)
			fn(view, data);
		cond_resched();
	}
	mutex_unlock(&client->lock);
}

/**
 * ta_client_mapped() - count the address space a client has handed out
 * @client: whose
 * @mm: to one address space, or NULL for all
 *
 * Context: process, may sleep.
 * Return: pages.
 */
unsigned long ta_client_mapped(struct ta_client *client, struct mm_struct *mm)
{
	return ta_mapping_nr_pages(&client->heap_mapping, mm) +
	       ta_mapping_nr_pages(&client->map_mapping, mm);
}

/**
 * ta_client_committed() - count what a client has promised
 * @client: whose
 *
 * Context: process, may sleep.
 * Return: pages that can be written to, in all address spaces.
 */
unsigned long ta_client_committed(struct ta_client *client)
{
	return ta_mapping_nr_committed(&client->heap_mapping) +
	       ta_mapping_nr_committed(&client->map_mapping);
}

/**
 * ta_client_may_map() - apply RLIMIT_DATA
 * @client: who hands out
 * @nr_pages: what the current process wants to write to, on top of what it can
 *
 * The kernel counts only private mappings as data, which ours are for the
 * process but not for the kernel. RLIMIT_AS the kernel applies by itself.
 *
 * Context: process, may sleep.
 * Return: whether it may.
 */
bool ta_client_may_map(struct ta_client *client, unsigned long nr_pages)
{
	unsigned long limit = rlimit(RLIMIT_DATA);
	struct mm_struct *mm = current->mm;

	if (limit == RLIM_INFINITY)
		return true;
	limit >>= PAGE_SHIFT;
	return nr_pages <= limit &&
	       READ_ONCE(mm->data_vm) +
	       ta_mapping_nr_data(&client->heap_mapping, mm) +
	       ta_mapping_nr_data(&client->map_mapping, mm) <=
			limit - nr_pages;
}

/* All clients */

/**
 * ta_users_sweep() - free the heaps of processes that are gone, of all clients
 * @users: whose
 *
 * Context: process, may sleep.
 * Return: whether it makes sense to come back.
 */
bool ta_users_sweep(struct ta_users *users)
{
	struct ta_client *client;
	bool more = false;

	mutex_lock(&users->lock);
	list_for_each_entry(client, &users->clients, list)
		more |= ta_client_sweep(client);
	mutex_unlock(&users->lock);
	return more;
}

/* What validation counted of one client, and the client's own counters. */
struct tally {
	long added, removed, made, freed;
	unsigned long nr_entries;	/* in all regions */
	struct xarray seen;		/* entries of each shared page, by pfn */
	bool complete;			/* there was memory for @seen */
};

static void read_counters(struct tally *tally, struct ta_usage *usage)
{
	tally->added = atomic_long_read(&usage->added);
	tally->removed = atomic_long_read(&usage->removed);
	tally->made = atomic_long_read(&usage->made);
	tally->freed = atomic_long_read(&usage->freed);
}

static void tally_shared(struct tally *tally, struct ta_region *region)
{
	unsigned long idx, pfn, nr;
	void *entry;

	xa_for_each(&region->pages, idx, entry) {
		if (xa_is_value(entry) || !ta_page_is_shared(entry))
			continue;
		pfn = page_to_pfn(ta_page_host(entry));
		entry = xa_load(&tally->seen, pfn);
		nr = entry ? xa_to_value(entry) : 0;
		entry = xa_store(&tally->seen, pfn, xa_mk_value(nr + 1),
				 GFP_KERNEL);
		tally->complete &= !xa_is_err(entry);
		cond_resched();
	}
}

static bool tally_area(struct tally *tally, struct ta_area *area, bool is_heap)
{
	struct ta_view *view;
	bool ok = true;

	ok &= ta_check(is_heap || !list_empty(&area->views), "uspace I1", area);
	list_for_each_entry(view, &area->views, list) {
		ok &= ta_check(view->area == area, "uspace I1", view);
		ok &= ta_check(view->nr_holds > 0, "uspace I2", view);
		ok &= ta_region_validate(&view->region, &tally->nr_entries);
		tally_shared(tally, &view->region);
	}
	return ok;
}

static bool tally_client(struct tally *tally, struct ta_client *client)
{
	struct ta_area *area;
	unsigned long idx;
	bool ok;

	memset(tally, 0, sizeof(*tally));
	tally->complete = true;
	xa_init(&tally->seen);
	read_counters(tally, &client->usage);
	mutex_lock(&client->lock);
	ok = tally_area(tally, &client->heap, true);
	xa_for_each(&client->areas, idx, area)
		ok &= tally_area(tally, area, false);
	mutex_unlock(&client->lock);
	return ok;
}

static bool adds_up(struct tally *tally, struct ta_client *client)
{
	struct ta_pool *pool = &client->usage.pages->pool;
	unsigned long pfn, nr_pages = tally->nr_entries;
	bool ok = true;
	void *entry;

	xa_for_each(&tally->seen, pfn, entry) {
		ok &= atomic_read(&ta_pool_pfn(pool, pfn)->share) ==
		      xa_to_value(entry);
		nr_pages -= xa_to_value(entry) - 1;
	}
	return ok && tally->nr_entries == tally->added - tally->removed &&
	       nr_pages == tally->made - tally->freed;
}

static bool same_counters(const struct tally *a, const struct tally *b)
{
	return a->added == b->added && a->removed == b->removed &&
	       a->made == b->made && a->freed == b->freed;
}

/*
 * The sums can only be judged if nobody was in the middle of a fault while
 * they were taken. So they are wrong only if they stay so while nothing
 * moves; a client that never rests is judged by its single pages.
 */
#define VALIDATE_TRIES		8
#define VALIDATE_PAUSE_MS	20

static bool validate_client(struct ta_client *client)
{
	struct tally tally, first;
	unsigned int try;
	bool ok, sums;

	for (try = 0; try < VALIDATE_TRIES; try++) {
		ok = tally_client(&tally, client);
		sums = !tally.complete || adds_up(&tally, client);
		xa_destroy(&tally.seen);
		if (sums || !ok)
			return ok;
		if (!try)
			first = tally;
		msleep(VALIDATE_PAUSE_MS);
	}
	return ta_check(!same_counters(&first, &tally), "uspace I3", client);
}

/**
 * ta_users_idle() - tell whether there are no clients
 * @users: whose
 *
 * Context: process, may sleep.
 * Return: whether nobody has the device open, or memory from it.
 */
bool ta_users_idle(struct ta_users *users)
{
	bool idle;

	mutex_lock(&users->lock);
	idle = list_empty(&users->clients);
	mutex_unlock(&users->lock);
	return idle;
}

/**
 * ta_users_validate() - check every invariant of the user service
 * @users: whose
 *
 * Context: process, may sleep.
 * Return: whether they hold. What does not is reported.
 */
bool ta_users_validate(struct ta_users *users)
{
	struct ta_client *client;
	bool ok = true;

	mutex_lock(&users->lock);
	list_for_each_entry(client, &users->clients, list)
		ok &= validate_client(client);
	mutex_unlock(&users->lock);
	return ok;
}
