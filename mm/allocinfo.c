// SPDX-License-Identifier: GPL-2.0
/*
 * Who has how much: allocations by call site, as /proc/allocinfo.
 *
 * Model: the tracepoints of the slab layer tell of each allocation and free;
 * this listens to them. While nobody does, their static keys are off and it
 * costs nothing: there is no hook of its own anywhere.
 *
 *	ta_kmalloc, ta_kmem_cache_alloc	-> a record by the address -> its site
 *	ta_kfree, ta_kmem_cache_free	-> the record goes, the site has less
 *
 * Both tables are of a fixed size and made before the first event, since a
 * tracepoint may be anywhere: what finds no room is counted as missed. What was
 * allocated before is not known, and its free does nothing.
 *
 * Invariants, under the lock
 *  I1  a site's nr, bytes and room are those of the records that name it
 *
 * Locking: info->lock, a raw one, for a tracepoint has preemption off.
 * Context: add and del anywhere but in an NMI; the others in a process.
 */
#include "allocinfo.h"
#include "trace.h"

#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#define BUCKET_BITS	12

struct record {
	struct record *next;
	const void *ptr;
	struct ta_alloc_site *site;
	size_t bytes;
	size_t room;
};

/**
 * struct ta_allocinfo - all sites and what they have
 * @lock: protects all below
 * @nr_sites: length of @sites
 * @nr_missed: allocations that found no record or no site
 * @records: all of them
 * @free: records without an allocation
 * @buckets: those with one, by its address
 * @sites: an open hash by their address
 */
struct ta_allocinfo {
	raw_spinlock_t lock;	/* of all below */
	unsigned int nr_sites;
	unsigned long nr_missed;
	struct record *free;
	struct record *buckets[1 << BUCKET_BITS];
	struct record *records;
	struct ta_alloc_site *sites;
};

/**
 * ta_allocinfo_make() - make the tables, empty
 * @nr_sites: places there is room for
 * @nr_records: allocations there is room for
 *
 * Context: process, may sleep.
 * Return: them, for ta_allocinfo_free(), or NULL without memory.
 */
struct ta_allocinfo *ta_allocinfo_make(unsigned int nr_sites,
				       unsigned int nr_records)
{
	struct ta_allocinfo *info = kvzalloc(sizeof(*info), GFP_KERNEL);
	unsigned int i;

	if (!info)
		return NULL;
	raw_spin_lock_init(&info->lock);
	info->nr_sites = nr_sites;
	info->sites = kvcalloc(nr_sites, sizeof(*info->sites), GFP_KERNEL);
	info->records = kvcalloc(nr_records, sizeof(*info->records),
				 GFP_KERNEL);
	if (!info->sites || !info->records) {
		ta_allocinfo_free(info);
		return NULL;
	}
	for (i = 0; i < nr_records; i++) {
		info->records[i].next = info->free;
		info->free = &info->records[i];
	}
	return info;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_make);

/**
 * ta_allocinfo_free() - forget all
 * @info: to which nobody listens any more
 *
 * Context: process, may sleep.
 */
void ta_allocinfo_free(struct ta_allocinfo *info)
{
	kvfree(info->sites);
	kvfree(info->records);
	kvfree(info);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_free);

/* --- sites and records ------------------------------------------------- */

static bool same_name(const struct ta_alloc_site *site, const char *name)
{
	return !strncmp(site->name, name, sizeof(site->name) - 1);
}

/* The site of @addr and @name, a new one if need be; NULL without room. */
static struct ta_alloc_site *site_of(struct ta_allocinfo *info,
				     unsigned long addr, const char *name)
{
	unsigned int i, at = hash_long(addr, 32) % info->nr_sites;

	for (i = 0; i < info->nr_sites; i++) {
		struct ta_alloc_site *site;

		site = &info->sites[(at + i) % info->nr_sites];
		if (!site->addr) {
			site->addr = addr;
			strscpy(site->name, name, sizeof(site->name));
			site->min_size = SIZE_MAX;
			return site;
		}
		if (site->addr == addr && same_name(site, name))
			return site;
	}
	return NULL;
}

static struct record **bucket_of(struct ta_allocinfo *info, const void *ptr)
{
	return &info->buckets[hash_long((unsigned long)ptr, BUCKET_BITS)];
}

/* The allocation at @ptr is gone, if it was known. */
static void del_locked(struct ta_allocinfo *info, const void *ptr)
{
	struct record **at = bucket_of(info, ptr), *r;

	while (*at && (*at)->ptr != ptr)
		at = &(*at)->next;
	r = *at;
	if (!r)
		return;
	r->site->nr--;
	r->site->bytes -= r->bytes;
	r->site->room -= r->room;
	*at = r->next;
	r->next = info->free;
	info->free = r;
}

static bool add_locked(struct ta_allocinfo *info, unsigned long addr,
		       const void *ptr, const char *name, size_t bytes,
		       size_t room)
{
	struct record **bucket = bucket_of(info, ptr), *r = info->free;
	struct ta_alloc_site *site = r ? site_of(info, addr, name) : NULL;

	if (!site)
		return false;
	info->free = r->next;
	*r = (struct record){ *bucket, ptr, site, bytes, room };
	*bucket = r;
	site->nr++;
	site->bytes += bytes;
	site->room += room;
	site->calls++;
	site->min_size = min(site->min_size, bytes);
	site->max_size = max(site->max_size, bytes);
	return true;
}

/**
 * ta_allocinfo_add() - an allocation was made
 * @info: where to note it
 * @addr: by whom
 * @ptr: its address; NULL is none
 * @name: of what it was made from; copied
 * @bytes: asked for
 * @room: what it takes
 *
 * One that is noted at this address already was freed unseen.
 *
 * Context: any but NMI.
 */
void ta_allocinfo_add(struct ta_allocinfo *info, unsigned long addr,
		      const void *ptr, const char *name, size_t bytes,
		      size_t room)
{
	unsigned long flags;

	if (ZERO_OR_NULL_PTR(ptr))
		return;
	raw_spin_lock_irqsave(&info->lock, flags);
	del_locked(info, ptr);
	if (!add_locked(info, addr, ptr, name, bytes, room))
		info->nr_missed++;
	raw_spin_unlock_irqrestore(&info->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_add);

/**
 * ta_allocinfo_del() - an allocation was freed
 * @info: where it may be noted
 * @ptr: its address
 *
 * Context: any but NMI.
 */
void ta_allocinfo_del(struct ta_allocinfo *info, const void *ptr)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&info->lock, flags);
	del_locked(info, ptr);
	raw_spin_unlock_irqrestore(&info->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_del);

/**
 * ta_allocinfo_sites() - tell who has what
 * @info: of what was noted
 * @sites: filled in, in no order
 * @max: its length
 * @nr_missed: allocations that found no room in the tables
 *
 * Context: process.
 * Return: how many there are.
 */
unsigned int ta_allocinfo_sites(struct ta_allocinfo *info,
				struct ta_alloc_site *sites, unsigned int max,
				unsigned long *nr_missed)
{
	unsigned int i, nr = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&info->lock, flags);
	for (i = 0; i < info->nr_sites && nr < max; i++)
		if (info->sites[i].addr)
			sites[nr++] = info->sites[i];
	*nr_missed = info->nr_missed;
	raw_spin_unlock_irqrestore(&info->lock, flags);
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_sites);

/**
 * ta_allocinfo_sum() - tell what there is of one kind, whoever has it
 * @info: of what was noted
 * @name: of the cache, or the class of sizes
 * @sum: filled in
 *
 * Context: process.
 */
void ta_allocinfo_sum(struct ta_allocinfo *info, const char *name,
		      struct ta_alloc_sum *sum)
{
	const struct ta_alloc_site *site;
	unsigned long flags;

	*sum = (struct ta_alloc_sum){ };
	raw_spin_lock_irqsave(&info->lock, flags);
	for (site = info->sites; site < info->sites + info->nr_sites; site++) {
		if (!site->addr || !same_name(site, name))
			continue;
		sum->nr += site->nr;
		sum->bytes += site->bytes;
		sum->room += site->room;
	}
	raw_spin_unlock_irqrestore(&info->lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_sum);

/* --- listening --------------------------------------------------------- */

static void on_alloc(void *info, unsigned long call_site, const void *ptr,
		     const char *name, size_t bytes_req, size_t bytes_alloc,
		     gfp_t gfp)
{
	ta_allocinfo_add(info, call_site, ptr, name, bytes_req, bytes_alloc);
}

static void on_free(void *info, unsigned long call_site, const void *ptr,
		    const char *name)
{
	ta_allocinfo_del(info, ptr);
}

/**
 * ta_allocinfo_stop() - listen no more
 * @info: who did
 *
 * Context: process, may sleep.
 */
void ta_allocinfo_stop(struct ta_allocinfo *info)
{
	unregister_trace_ta_kfree(on_free, info);
	unregister_trace_ta_kmem_cache_free(on_free, info);
	unregister_trace_ta_kmalloc(on_alloc, info);
	unregister_trace_ta_kmem_cache_alloc(on_alloc, info);
	tracepoint_synchronize_unregister();
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_stop);

/**
 * ta_allocinfo_start() - listen to what the slab layer does
 * @info: who is to
 *
 * Frees first: whose allocation is seen, his free is seen too.
 *
 * Context: process, may sleep.
 * Return: 0, or an error in a kernel without tracepoints.
 */
int ta_allocinfo_start(struct ta_allocinfo *info)
{
	int err = register_trace_ta_kfree(on_free, info);

	if (!err)
		err = register_trace_ta_kmem_cache_free(on_free, info);
	if (!err)
		err = register_trace_ta_kmalloc(on_alloc, info);
	if (!err)
		err = register_trace_ta_kmem_cache_alloc(on_alloc, info);
	if (err)
		ta_allocinfo_stop(info);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_allocinfo_start);
