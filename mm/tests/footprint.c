// SPDX-License-Identifier: GPL-2.0
/*
 * What many objects cost in memory: ours beside the host's.
 *
 * Model: both get the same objects, a million of each size or as many as a
 * budget holds, of a cache of their own; then the same nine of ten, by chance,
 * are freed, and the cache is shrunk. Ours is a private instance, in whose pool
 * nobody else has a page.
 *
 * Counted are pages. Of ours each that is not free: the slabs with an object,
 * those without, and the magazines. Of the host's only the slabs in which there
 * is an object that we hold, found by the objects' addresses: what it keeps
 * besides cannot be told from other caches' and is in its favour.
 *
 * Output: lines "WORK<TAB>OURS<TAB>HOST" as the other benchmarks. Measures while
 * it is loaded; an allocation that fails ends that with -ENOMEM.
 */
#define pr_fmt(fmt) "bench: " fmt

#include "create.h"
#include "kmalloc.h"
#include "rng.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#define MAX_OBJS	1000000U
#define SEED		20232

static unsigned long budget_mb = 384;
module_param(budget_mb, ulong, 0444);
MODULE_PARM_DESC(budget_mb, "MiB that the objects may take, of each allocator (384)");

static const unsigned int sizes[] = { 24, 64, 100, 700, 3000 };

/**
 * struct side - one of the two allocators
 * @alloc: an object
 * @free: it
 * @shrink: give back what is not needed
 * @nr_pages: the pages that are, or nearly
 */
struct side {
	void *(*alloc)(void);
	void (*free)(void *obj);
	void (*shrink)(void);
	unsigned long (*nr_pages)(void);
};

static void **objs;
static unsigned int nr_objs;

static struct ta_pages pages;
static struct ta_slabs slabs;
static struct ta_kmem_cache *ours_cache;
static struct kmem_cache *host_cache;

static void *ours_alloc(void)
{
	return ta_kmem_cache_alloc(ours_cache, GFP_KERNEL);
}

static void ours_free(void *obj)
{
	ta_kmem_cache_free(ours_cache, obj);
}

static void ours_shrink(void)
{
	ta_slabs_shrink(&slabs);
}

static unsigned long ours_nr_pages(void)
{
	return pages.pool.nr_pages - ta_pages_nr_free(&pages);
}

static const struct side ours = {
	.alloc = ours_alloc,
	.free = ours_free,
	.shrink = ours_shrink,
	.nr_pages = ours_nr_pages,
};

static void *host_alloc(void)
{
	return kmem_cache_alloc(host_cache, GFP_KERNEL);
}

static void host_free(void *obj)
{
	kmem_cache_free(host_cache, obj);
}

static void host_shrink(void)
{
	kmem_cache_shrink(host_cache);
}

/* Of the slabs with an object that we hold. */
static unsigned long host_nr_pages(void)
{
	DEFINE_XARRAY(seen);
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < nr_objs; i++) {
		struct page *page;

		if (!(i % 1024))
			cond_resched();
		if (!objs[i])
			continue;
		page = virt_to_head_page(objs[i]);
		if (xa_load(&seen, page_to_pfn(page)))
			continue;
		xa_store(&seen, page_to_pfn(page), page, GFP_KERNEL);
		nr += 1UL << compound_order(page);
	}
	xa_destroy(&seen);
	return nr;
}

static const struct side host = {
	.alloc = host_alloc,
	.free = host_free,
	.shrink = host_shrink,
	.nr_pages = host_nr_pages,
};

static bool fill(const struct side *side)
{
	unsigned int i;

	for (i = 0; i < nr_objs; i++) {
		if (!(i % 1024))
			cond_resched();
		objs[i] = side->alloc();
		if (!objs[i])
			return false;
	}
	return true;
}

/* Each with a chance of @chance in ten; the same ones on either side. */
static void drop(const struct side *side, unsigned int chance)
{
	struct ta_rng rng;
	unsigned int i;

	ta_rng_seed(&rng, SEED, 0);
	for (i = 0; i < nr_objs; i++) {
		if (!(i % 1024))
			cond_resched();
		if (ta_rng_below(&rng, 10) >= chance || !objs[i])
			continue;
		side->free(objs[i]);
		objs[i] = NULL;
	}
}

/* Returns whether there was memory enough; all is given back in any case. */
static bool run(const struct side *side, unsigned long result[2])
{
	bool filled = fill(side);

	result[0] = side->nr_pages();
	drop(side, 9);
	side->shrink();
	result[1] = side->nr_pages();
	drop(side, 10);
	return filled;
}

static bool run_ours(unsigned int size, unsigned long result[2])
{
	/* A quarter more, for what is left over in slabs. */
	unsigned long nr = (budget_mb + budget_mb / 4) << (20 - PAGE_SHIFT);
	bool ok = false;

	if (ta_pages_init(&pages, nr, nr))
		return false;
	if (ta_slabs_init(&slabs, &pages, &(struct ta_slab_options){}))
		goto fini_pages;
	ours_cache = ta_cache_create(&slabs, "footprint", size, 0, 0, NULL,
				     _RET_IP_);
	if (ours_cache)
		ok = run(&ours, result);
	ta_kmem_cache_destroy(ours_cache);
	ta_slabs_fini(&slabs);
fini_pages:
	ta_pages_fini(&pages);
	return ok;
}

static bool run_host(unsigned int size, unsigned long result[2])
{
	bool ok;

	host_cache = kmem_cache_create("ta_footprint", size, 0, 0, NULL);
	if (!host_cache)
		return false;
	ok = run(&host, result);
	kmem_cache_destroy(host_cache);
	return ok;
}

static int measure(unsigned int size)
{
	unsigned long result[2][2];

	nr_objs = min_t(unsigned long, MAX_OBJS, (budget_mb << 20) / size);
	memset(objs, 0, nr_objs * sizeof(*objs));
	if (!run_ours(size, result[0]) || !run_host(size, result[1]))
		return -ENOMEM;
	pr_info("%u objects of %u bytes\n", nr_objs, size);
	pr_info("memory_%u\t%lu\t%lu\n", size, result[0][0], result[1][0]);
	pr_info("kept_%u\t%lu\t%lu\n", size, result[0][1], result[1][1]);
	return 0;
}

static int __init footprint_init(void)
{
	unsigned int i;
	int err = 0;

	objs = vmalloc(MAX_OBJS * sizeof(*objs));
	if (!objs)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(sizes) && !err; i++)
		err = measure(sizes[i]);
	vfree(objs);
	return err;
}

static void __exit footprint_exit(void)
{
}

module_init(footprint_init);
module_exit(footprint_exit);
MODULE_DESCRIPTION("Memory of teachalloc's objects beside the kernel's own");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(TEACHALLOC_TESTS);
