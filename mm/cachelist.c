// SPDX-License-Identifier: GPL-2.0
/*
 * All caches of an instance: its beginning and end, reclaim, and what is told
 * about them.
 *
 * Model: a list in the order of creation. The caches that magazines come from
 * are first, and the last to shrink and to go: whatever another cache gives
 * back empties theirs. Every few seconds the depots give back what was not used
 * since (depot.c).
 *
 * Invariants
 *  I1  a cache on the list belongs to this instance, and somebody has it
 *  I2  the pool has as many slabs as all caches together
 *
 * Locking: slabs->lock, held while a cache is shrunk, described or checked, and
 * while the caches take what a CPU had that is gone.
 * Context: process, all may sleep. The page layer calls reclaim, under its own
 * lock; nothing here asks it for more than it has at hand.
 */
#include "cachelist.h"
#include "alias.h"
#include "report.h"

#include <linux/rcupdate.h>
#include <linux/string.h>

/* As long as a burst of work may pause. */
#define INTERVAL	(5 * HZ)

/* --- reclaim ----------------------------------------------------------- */

/* Magazines last: what comes back from the others empties theirs. */
static void shrink_locked(struct ta_slabs *slabs)
{
	struct ta_kmem_cache *cache;

	lockdep_assert_held(&slabs->lock);
	list_for_each_entry_reverse(cache, &slabs->caches, list)
		ta_kmem_cache_shrink(cache);
}

/**
 * ta_slabs_shrink() - give back what no cache needs
 * @slabs: the instance
 *
 * Context: process, may sleep.
 */
void ta_slabs_shrink(struct ta_slabs *slabs)
{
	mutex_lock(&slabs->lock);
	shrink_locked(slabs);
	mutex_unlock(&slabs->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_shrink);

static void reclaim(struct ta_reclaimer *r)
{
	ta_slabs_shrink(container_of(r, struct ta_slabs, reclaimer));
}

/**
 * ta_slabs_age() - end an interval of all depots
 * @slabs: the instance
 *
 * Context: process, may sleep.
 */
void ta_slabs_age(struct ta_slabs *slabs)
{
	struct ta_kmem_cache *cache;

	mutex_lock(&slabs->lock);
	list_for_each_entry_reverse(cache, &slabs->caches, list)
		ta_depot_age(&cache->mags.depot);
	mutex_unlock(&slabs->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_age);

/* Nobody wakes an idle CPU for this. */
static void age(struct work_struct *work)
{
	struct ta_slabs *slabs = container_of(to_delayed_work(work),
					      struct ta_slabs, ageing);

	ta_slabs_age(slabs);
	schedule_delayed_work(&slabs->ageing, INTERVAL);
}

static void cpu_dead(struct ta_hotplug *hp, unsigned int cpu)
{
	struct ta_slabs *slabs = container_of(hp, struct ta_slabs, hotplug);
	struct ta_kmem_cache *cache;

	mutex_lock(&slabs->lock);
	list_for_each_entry(cache, &slabs->caches, list)
		ta_magset_cpu_dead(&cache->mags, cpu);
	mutex_unlock(&slabs->lock);
}

/* --- looking ----------------------------------------------------------- */

static void fill_info(struct ta_kmem_cache *cache, struct ta_slabinfo *info)
{
	struct ta_slabset *set = &cache->set;
	struct ta_magset *ms = &cache->mags;
	unsigned long inuse = ta_slabset_nr_inuse(set);

	info->name = set->layout.name;
	info->num_slabs = ta_slabset_nr_slabs(set);
	info->active_slabs = info->num_slabs -
			     READ_ONCE(set->nr_slabs[TA_SLAB_EMPTY]);
	info->num_objs = info->num_slabs * set->layout.nr;
	/* The three are read one after the other: never below nothing. */
	info->active_objs = inuse - min(inuse, ta_magset_nr_cached(ms));
	info->objsize = set->layout.stride;
	info->objperslab = set->layout.nr;
	info->pagesperslab = 1U << set->layout.order;
	info->limit = 2 * ms->depot.cap;
	info->batchcount = ms->depot.batch;
	info->shared = READ_ONCE(ms->depot.limit) * ms->depot.cap;
	info->sharedavail = READ_ONCE(ms->depot.nr_objs);
}

/**
 * ta_slabs_walk() - describe every cache
 * @slabs: the instance
 * @fn: called for each; must not create or destroy caches
 * @arg: handed to @fn
 *
 * Figures are approximate while the caches are in use.
 *
 * Context: process, may sleep.
 */
void ta_slabs_walk(struct ta_slabs *slabs,
		   void (*fn)(const struct ta_slabinfo *info, void *arg),
		   void *arg)
{
	struct ta_kmem_cache *cache;
	struct ta_slabinfo info;

	mutex_lock(&slabs->lock);
	list_for_each_entry(cache, &slabs->caches, list) {
		fill_info(cache, &info);
		fn(&info, arg);
	}
	mutex_unlock(&slabs->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_walk);

/**
 * ta_slabs_listen() - be told of caches that come and go
 * @slabs: the instance; nobody may make or destroy a cache meanwhile
 * @listener: who is told, also of those that are there; NULL: nobody any more
 *
 * Context: process, may sleep.
 */
void ta_slabs_listen(struct ta_slabs *slabs,
		     const struct ta_cache_listener *listener)
{
	struct ta_kmem_cache *cache;
	struct ta_alias *alias;

	slabs->listener = listener;
	if (!listener)
		return;
	list_for_each_entry(cache, &slabs->caches, list) {
		listener->created(cache);
		list_for_each_entry(alias, &cache->aliases, list)
			listener->aliased(cache, alias);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_listen);

/**
 * ta_slabs_nr_pages() - count the pages in slabs
 * @slabs: the instance
 *
 * Context: process, may sleep.
 */
unsigned long ta_slabs_nr_pages(struct ta_slabs *slabs)
{
	struct ta_kmem_cache *cache;
	unsigned long nr = 0;

	mutex_lock(&slabs->lock);
	list_for_each_entry(cache, &slabs->caches, list)
		nr += ta_slabset_nr_slabs(&cache->set) << cache->set.layout.order;
	mutex_unlock(&slabs->lock);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_nr_pages);

static unsigned long count_slabs(struct ta_pool *pool)
{
	struct ta_section *sec;
	struct ta_page *tp;
	unsigned long i, nr = 0;

	ta_for_each_section(pool, i, sec)
		ta_for_each_page(sec, tp)
			nr += READ_ONCE(tp->kind) == TA_KIND_SLAB;
	return nr;
}

/**
 * ta_slabs_validate() - check every invariant of every cache
 * @slabs: the instance; nobody may be using it meanwhile
 *
 * Context: process, may sleep.
 * Return: whether they hold. What does not is reported.
 */
bool ta_slabs_validate(struct ta_slabs *slabs)
{
	struct ta_kmem_cache *cache;
	unsigned long nr = 0;
	bool ok = true;

	mutex_lock(&slabs->lock);
	list_for_each_entry(cache, &slabs->caches, list) {
		ok &= ta_check(cache->slabs == slabs && cache->refs,
			       "cachelist I1", cache);
		ok &= ta_kmem_cache_validate(cache);
		nr += ta_slabset_nr_slabs(&cache->set);
	}
	ok &= ta_check(nr == count_slabs(&slabs->pages->pool), "cachelist I2",
		       slabs);
	mutex_unlock(&slabs->lock);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_validate);

/* --- begin and end ----------------------------------------------------- */

/* Last made, first gone: the caches of magazines must outlive the others. */
static unsigned long destroy_all(struct ta_slabs *slabs)
{
	struct ta_kmem_cache *cache, *prev;
	unsigned long leaked = 0;

	list_for_each_entry_safe_reverse(cache, prev, &slabs->caches, list)
		leaked += ta_cache_discard(cache);
	return leaked;
}

/**
 * ta_caches_init() - set up an instance with the caches of magazines
 * @slabs: what to set up
 * @pages: where slabs will come from
 * @options: copied; its words must stay
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_caches_init(struct ta_slabs *slabs, struct ta_pages *pages,
		   const struct ta_slab_options *options)
{
	int err;

	memset(slabs, 0, sizeof(*slabs));
	slabs->pages = pages;
	slabs->options = *options;
	slabs->map = ta_pool_map(&pages->pool);
	mutex_init(&slabs->lock);
	INIT_LIST_HEAD(&slabs->caches);
	slabs->hotplug.dead = cpu_dead;
	err = ta_hotplug_add(&slabs->hotplug);
	if (err)
		return err;
	err = ta_cache_make_magazines(slabs);
	if (err) {
		ta_hotplug_del(&slabs->hotplug);
		destroy_all(slabs);
		return err;
	}
	slabs->reclaimer.reclaim = reclaim;
	ta_reclaim_add(&pages->reclaim, &slabs->reclaimer);
	INIT_DEFERRABLE_WORK(&slabs->ageing, age);
	schedule_delayed_work(&slabs->ageing, INTERVAL);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_caches_init);

/**
 * ta_caches_fini() - destroy every cache and give every page back
 * @slabs: whose users are all gone
 *
 * Waits for what is still to be freed at the end of a grace period.
 *
 * Context: process, may sleep.
 * Return: the number of objects that were never freed; each cache that has
 * any is reported.
 */
unsigned long ta_caches_fini(struct ta_slabs *slabs)
{
	cancel_delayed_work_sync(&slabs->ageing);
	ta_reclaim_del(&slabs->pages->reclaim, &slabs->reclaimer);
	ta_hotplug_del(&slabs->hotplug);
	if (slabs->uses_rcu)
		rcu_barrier();
	return destroy_all(slabs);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_caches_fini);
