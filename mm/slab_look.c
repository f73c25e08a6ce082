// SPDX-License-Identifier: GPL-2.0
/*
 * Looking into slabs: which object holds an address, what each object of a
 * slab is, who allocated those of a cache.
 *
 * Model: a slab knows which of its objects are free. Of the others some lie in
 * magazines; those are looked up on each CPU, as an interrupt. The two are read
 * one after the other, so of a cache in use the answer is what was true for an
 * instant of each object, not of all at once.
 *
 * Locking: a set's lock for a walk over its slabs; slabs->lock keeps a cache.
 * Context: process, may sleep.
 * Failure: without memory for an answer there is none.
 */
#include "slab_look.h"
#include "slab_report.h"

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sort.h>
#include <linux/string.h>

/* --- an address -------------------------------------------------------- */

struct search {
	const void *obj;
	int cpu;
	bool found;
};

static void compare(int cpu, void *obj, void *arg)
{
	struct search *s = arg;

	if (obj != s->obj)
		return;
	s->cpu = cpu;
	WRITE_ONCE(s->found, true);
}

/* Under the set's lock. */
static void look_at_object(struct ta_slabset *set, const struct ta_page *tp,
			   const void *addr, struct ta_place_info *info)
{
	const struct ta_slab_layout *layout = &set->layout;
	size_t offset = addr - ta_page_addr(tp);
	struct ta_slab_bits is_free;
	void *obj;

	info->frame = ta_page_frame(tp);
	info->index = offset / layout->stride;
	info->offset = offset % layout->stride - layout->left;
	info->place = TA_PLACE_BESIDE;
	if (info->index >= layout->nr)
		return;
	obj = ta_slab_obj(layout, tp, info->index);
	if (layout->tracks)
		memcpy(info->tracks, obj + layout->tracks,
		       sizeof(info->tracks));
	if (info->offset >= layout->size)
		return;
	ta_slab_free_objects(layout, tp, &is_free);
	info->place = ta_slab_bit(&is_free, info->index) ? TA_PLACE_FREE :
							    TA_PLACE_USED;
}

static bool look_in_slab(struct ta_slabset *set, const void *addr,
			 struct ta_place_info *info)
{
	const struct ta_page *tp;
	unsigned long flags;
	bool ours;

	spin_lock_irqsave(&set->lock, flags);
	tp = ta_pool_addr(&set->pages->pool,
			  ta_slab_start(&set->layout, addr));
	ours = tp && tp->slabset == set;
	if (ours)
		look_at_object(set, tp, addr, info);
	spin_unlock_irqrestore(&set->lock, flags);
	return ours;
}

static void look_in_cache(struct ta_kmem_cache *cache, const void *addr,
			  struct ta_place_info *info)
{
	struct search s = {};

	strscpy(info->name, cache->set.layout.name, sizeof(info->name));
	if (!look_in_slab(&cache->set, addr, info) ||
	    info->place != TA_PLACE_USED)
		return;
	s.obj = addr - info->offset;
	ta_magset_walk(&cache->mags, compare, &s);
	if (READ_ONCE(s.found)) {
		info->place = TA_PLACE_CACHED;
		info->cpu = s.cpu;
	}
}

/* A block's first page, from any of its pages. */
static void look_in_page(const struct ta_page *tp, const void *addr,
			 struct ta_place_info *info)
{
	info->frame = ta_page_frame(tp);
	info->kind = READ_ONCE(tp->kind);
	info->place = TA_PLACE_PAGE;
	info->offset = offset_in_page(addr);
	if (info->kind == TA_KIND_KMALLOC)
		info->place = TA_PLACE_BLOCK;
}

/**
 * ta_slabs_who() - tell what holds an address
 * @slabs: the instance
 * @addr: any value
 * @info: filled in
 *
 * Context: process, may sleep.
 */
void ta_slabs_who(struct ta_slabs *slabs, const void *addr,
		  struct ta_place_info *info)
{
	struct ta_page *tp = ta_pool_addr(&slabs->pages->pool, addr);
	struct ta_kmem_cache *cache;

	memset(info, 0, sizeof(*info));
	if (!tp)
		return;
	look_in_page(tp, addr, info);
	/* On the list is where it is, as long as the lock is held. */
	mutex_lock(&slabs->lock);
	list_for_each_entry(cache, &slabs->caches, list)
		if (READ_ONCE(tp->slabset) == &cache->set)
			look_in_cache(cache, addr, info);
	mutex_unlock(&slabs->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_who);

/**
 * ta_slabs_cache_name() - name the cache that a slab is of
 * @slabs: the instance
 * @slabset: what a slab's page refers to, at any time in the past
 * @name: filled in
 * @size: of @name
 *
 * Context: process, may sleep.
 * Return: whether there still is such a cache.
 */
bool ta_slabs_cache_name(struct ta_slabs *slabs, const void *slabset,
			 char *name, size_t size)
{
	struct ta_kmem_cache *cache;
	bool found = false;

	mutex_lock(&slabs->lock);
	list_for_each_entry(cache, &slabs->caches, list) {
		if (&cache->set != slabset)
			continue;
		strscpy(name, cache->set.layout.name, size);
		found = true;
		break;
	}
	mutex_unlock(&slabs->lock);
	return found;
}

/* --- a map of slabs ---------------------------------------------------- */

struct drawing {
	struct ta_slab_map *map;
	unsigned int max_slabs;
};

static void draw_slab(const struct ta_slab_layout *layout,
		      const struct ta_page *tp, void *arg)
{
	struct drawing *d = arg;
	struct ta_slab_map *map = d->map;
	struct ta_slab_drawn *slab = &map->slabs[map->nr_slabs];
	char *objs = map->objs + (size_t)map->nr_slabs * map->nr;
	struct ta_slab_bits is_free;
	unsigned int i;

	if (map->nr_slabs == d->max_slabs) {
		map->nr_more++;
		return;
	}
	map->nr_slabs++;
	slab->start = ta_page_addr(tp);
	slab->frame = ta_page_frame(tp);
	slab->inuse = tp->inuse;
	ta_slab_free_objects(layout, tp, &is_free);
	for (i = 0; i < layout->nr; i++)
		objs[i] = ta_slab_bit(&is_free, i) ? TA_MAP_FREE : TA_MAP_USED;
}

static char letter_of(int cpu)
{
	if (cpu < 0)
		return TA_MAP_DEPOT;
	return cpu < 10 ? '0' + cpu : TA_MAP_MANY_CPUS;
}

struct marking {
	struct ta_slab_map *map;
	const struct ta_slab_layout *layout;
};

/* As an interrupt, maybe on several CPUs at once: each writes its own letters. */
static void mark_cached(int cpu, void *obj, void *arg)
{
	struct marking *m = arg;
	struct ta_slab_map *map = m->map;
	const void *start = ta_slab_start(m->layout, obj);
	unsigned int i, index = ta_slab_number(m->layout, obj);
	char *letter;

	for (i = 0; i < map->nr_slabs && map->slabs[i].start != start; i++)
		;
	if (i == map->nr_slabs || index >= map->nr)
		return;
	letter = map->objs + (size_t)i * map->nr + index;
	if (READ_ONCE(*letter) == TA_MAP_USED)
		WRITE_ONCE(*letter, letter_of(cpu));
}

/**
 * ta_slab_map_make() - draw the slabs of a cache
 * @cache: which
 * @max_slabs: as many at the most
 *
 * Context: process, may sleep.
 * Return: the map, for ta_slab_map_free(), or NULL without memory.
 */
struct ta_slab_map *ta_slab_map_make(struct ta_kmem_cache *cache,
				     unsigned int max_slabs)
{
	const struct ta_slab_layout *layout = &cache->set.layout;
	struct drawing drawing = { .max_slabs = max_slabs };
	struct marking marking = { .layout = layout };
	struct ta_slab_map *map;
	size_t bytes;

	bytes = sizeof(*map->slabs) * (max_slabs + 1) +
		(size_t)layout->nr * (max_slabs + 1);
	map = kvzalloc(sizeof(*map) + bytes, GFP_KERNEL);
	if (!map)
		return NULL;
	map->nr = layout->nr;
	map->slabs = (void *)(map + 1);
	map->objs = (void *)(map->slabs + max_slabs + 1);
	drawing.map = map;
	marking.map = map;
	ta_slabset_walk(&cache->set, draw_slab, &drawing);
	ta_magset_walk(&cache->mags, mark_cached, &marking);
	return map;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_map_make);

/**
 * ta_slab_map_free() - forget a map
 * @map: from ta_slab_map_make()
 *
 * Context: process, may sleep.
 */
void ta_slab_map_free(struct ta_slab_map *map)
{
	kvfree(map);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_map_free);

/* --- callers ----------------------------------------------------------- */

/* The caller of a track; a new one if there is room. Few are many objects'. */
static struct ta_slab_caller *caller_of(struct ta_slab_callers *all,
					const struct ta_track *track)
{
	struct ta_slab_caller *c;

	for (c = all->callers; c < all->callers + all->nr; c++)
		if (c->addr == track->addr && c->stack == track->stack)
			return c;
	if (all->nr == all->max)
		return NULL;
	all->nr++;
	*c = (struct ta_slab_caller){
		.addr = track->addr,
		.stack = track->stack,
		.min_age = ULONG_MAX,
		.min_pid = INT_MAX,
	};
	return c;
}

static void add_track(struct ta_slab_callers *all, const struct ta_track *track)
{
	struct ta_slab_caller *c = caller_of(all, track);
	unsigned long age = track->addr ? all->now - track->when : 0;

	if (!c) {
		all->nr_lost++;
		return;
	}
	c->nr++;
	c->sum_age += age;
	c->min_age = min(c->min_age, age);
	c->max_age = max(c->max_age, age);
	c->min_pid = min(c->min_pid, track->pid);
	c->max_pid = max(c->max_pid, track->pid);
}

static void add_slab(const struct ta_slab_layout *layout,
		     const struct ta_page *tp, void *arg)
{
	struct ta_slab_callers *all = arg;
	struct ta_slab_bits is_free;
	unsigned int i;

	ta_slab_free_objects(layout, tp, &is_free);
	for (i = 0; i < layout->nr; i++) {
		void *obj = ta_slab_obj(layout, tp, i);

		if (!ta_slab_bit(&is_free, i))
			add_track(all, ta_slab_track(layout, obj, all->item));
	}
}

static int more_objects(const void *a, const void *b)
{
	const struct ta_slab_caller *x = a, *y = b;

	return x->nr < y->nr ? 1 : x->nr > y->nr ? -1 : 0;
}

/**
 * ta_slab_callers_make() - tell who allocated the objects in use
 * @cache: of which
 * @item: or, who had freed them before
 * @max: places at the most
 *
 * Context: process, may sleep.
 * Return: the places, none if the cache has no tracks, for
 * ta_slab_callers_free(); NULL without memory.
 */
struct ta_slab_callers *ta_slab_callers_make(struct ta_kmem_cache *cache,
					     enum ta_track_item item,
					     unsigned int max)
{
	struct ta_slab_callers *all;

	all = kvzalloc(sizeof(*all) + max * sizeof(all->callers[0]),
		       GFP_KERNEL);
	if (!all)
		return NULL;
	all->item = item;
	all->max = max;
	all->now = jiffies;
	if (cache->set.layout.tracks)
		ta_slabset_walk(&cache->set, add_slab, all);
	sort(all->callers, all->nr, sizeof(all->callers[0]), more_objects,
	     NULL);
	return all;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_callers_make);

/**
 * ta_slab_callers_free() - forget them
 * @callers: from ta_slab_callers_make()
 *
 * Context: process, may sleep.
 */
void ta_slab_callers_free(struct ta_slab_callers *callers)
{
	kvfree(callers);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_callers_free);

/* --- counts ------------------------------------------------------------ */

static void count_slab(const struct ta_slab_layout *layout,
		       const struct ta_page *tp, void *arg)
{
	struct ta_slab_counts *c = arg;
	bool partial = tp->inuse && tp->inuse < layout->nr;

	c->slabs++;
	c->partial += partial;
	c->total += layout->nr;
	c->inuse += tp->inuse;
	c->inuse_partial += partial ? tp->inuse : 0;
}

/**
 * ta_slab_count() - count a cache's objects
 * @cache: whose
 * @counts: filled in
 *
 * Context: any.
 */
void ta_slab_count(struct ta_kmem_cache *cache, struct ta_slab_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	ta_slabset_walk(&cache->set, count_slab, counts);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_count);
