// SPDX-License-Identifier: GPL-2.0
/*
 * How an allocator fragments: ours beside the host's, after the same long run.
 *
 * Model: both get the same budget of empty 4 MiB blocks and the same sequences
 * of allocations and frees: the same seeds, the same choices, whatever either
 * answers. Slots are filled and emptied at random, three quarters are full in
 * the end; most are movable, as in a kernel, some unmovable or reclaimable.
 * Then the movable ones are freed, as when programs end.
 *
 * The budget of the host's allocator: everything it has is taken from it, and
 * as many 4 MiB blocks as our pool has are given back. What the kernel itself
 * allocates meanwhile comes out of these too, and counts as free: that is in
 * the host's favour. Blocks it finds outside of them are counted.
 *
 * Both are measured from outside, by the same rule: a bit for each page of the
 * budget that we hold. The unusable index for order 9 is the share of the free
 * pages that are not in a whole aligned block of order 9, in thousandths, as
 * in Documentation/admin-guide/mm (extfrag's unusable_index).
 *
 * Output: lines "WORK<TAB>OURS<TAB>HOST" as the other benchmarks, and what a
 * page of our pool costs to keep, in bytes, beside the host's struct page.
 * Measures while it is loaded; an allocation of its own that fails ends that
 * with -ENOMEM.
 */
#define pr_fmt(fmt) "bench: " fmt

#include "pages.h"
#include "rng.h"

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define NR_BLOCKS	16
#define NR_PAGES	(NR_BLOCKS * TA_SECTION_PAGES)
#define ORDER		9

/*
 * A slot has 3 pages on average and is full three quarters of the time: this
 * many keep the budget three quarters full, and leave the kernel the rest.
 */
#define NR_SLOTS	5400
#define NR_STEPS	1000000
#define SEED		20231
/* What one run leaves is chance to a block or two: so the mean of some. */
#define NR_RUNS		16

/**
 * struct side - one of the two allocators, and what is to be seen of it
 * @alloc: as alloc_pages()
 * @free: as __free_pages()
 * @pfn: the first frame of each block of the budget
 * @owned: a bit for each page of it that we hold
 * @nr_outside: pages that we hold elsewhere
 * @nr_failed: allocations that failed
 */
struct side {
	struct page *(*alloc)(gfp_t gfp, unsigned int order);
	void (*free)(struct page *page, unsigned int order);
	unsigned long pfn[NR_BLOCKS];
	DECLARE_BITMAP(owned, NR_PAGES);
	unsigned long nr_outside;
	unsigned long nr_failed;
};

struct slot {
	struct page *page;
	unsigned int order;
};

static struct ta_pages pool;
static struct slot *slots;
static unsigned int bytes_a_page;

static struct page *ours_alloc(gfp_t gfp, unsigned int order)
{
	return ta_pages_alloc(&pool, gfp, order, _RET_IP_);
}

static void ours_free(struct page *page, unsigned int order)
{
	ta_pages_free(&pool, page, order, _RET_IP_);
}

static struct page *host_alloc(gfp_t gfp, unsigned int order)
{
	return alloc_pages(gfp, order);
}

static void host_free(struct page *page, unsigned int order)
{
	__free_pages(page, order);
}

static struct side ours = { .alloc = ours_alloc, .free = ours_free };
static struct side host = { .alloc = host_alloc, .free = host_free };

/* Mark a block as held, or not any more. */
static void mark(struct side *side, struct page *page, unsigned int order,
		 bool held)
{
	unsigned long pfn = page_to_pfn(page), nr = 1UL << order;
	unsigned int i;

	for (i = 0; i < NR_BLOCKS; i++) {
		unsigned long at = pfn - side->pfn[i];

		if (at >= TA_SECTION_PAGES)
			continue;
		if (held)
			bitmap_set(side->owned, i * TA_SECTION_PAGES + at, nr);
		else
			bitmap_clear(side->owned, i * TA_SECTION_PAGES + at, nr);
		return;
	}
	side->nr_outside += held ? nr : -nr;
}

/* A slot's kind is its number's: two in ten unmovable, one reclaimable. */
static gfp_t type_of(unsigned int slot)
{
	switch (slot % 10) {
	case 0:
	case 1:
		return 0;
	case 2:
		return __GFP_RECLAIMABLE;
	default:
		return __GFP_MOVABLE;
	}
}

/* Small ones, each order half as often; a huge page now and then. */
static unsigned int order_of(unsigned int slot, u32 rnd)
{
	if (type_of(slot) == __GFP_MOVABLE && !(rnd >> 20 & 1023))
		return ORDER;
	return min_t(unsigned int, __ffs(rnd | 1UL << 4), 4);
}

static void fill(struct side *side, unsigned int i, u32 rnd)
{
	struct slot *slot = &slots[i];

	slot->order = order_of(i, rnd);
	slot->page = side->alloc(GFP_NOWAIT | __GFP_NOWARN | type_of(i),
				 slot->order);
	if (slot->page)
		mark(side, slot->page, slot->order, true);
	else
		side->nr_failed++;
}

static void empty(struct side *side, unsigned int i)
{
	struct slot *slot = &slots[i];

	if (!slot->page)
		return;
	mark(side, slot->page, slot->order, false);
	side->free(slot->page, slot->order);
	slot->page = NULL;
}

static unsigned int unusable(struct side *side)
{
	unsigned long nr_free = NR_PAGES - bitmap_weight(side->owned, NR_PAGES);
	unsigned long at, nr_usable = 0;

	for (at = 0; at < NR_PAGES; at += 1UL << ORDER)
		if (find_next_bit(side->owned, NR_PAGES, at) >= at + (1UL << ORDER))
			nr_usable += 1UL << ORDER;
	return (nr_free - nr_usable) * 1000 / nr_free;
}

/* A run; what is measured at its two ends is added to @result. */
static void run(struct side *side, unsigned int seed, unsigned int result[2])
{
	struct ta_rng rng;
	unsigned int i;

	side->nr_outside = 0;
	side->nr_failed = 0;
	ta_rng_seed(&rng, seed, 0);
	for (i = 0; i < NR_STEPS; i++) {
		unsigned int slot = ta_rng_below(&rng, NR_SLOTS);
		u32 rnd = ta_rng_next(&rng);

		if (!slots[slot].page)
			fill(side, slot, rnd);
		else if (!(rnd % 3))
			empty(side, slot);
		if (!(i & 1023))
			cond_resched();
	}
	result[0] += unusable(side);
	for (i = 0; i < NR_SLOTS; i++)
		if (type_of(i) == __GFP_MOVABLE)
			empty(side, i);
	result[1] += unusable(side);
	pr_info("%s: %lu of %u pages held, %lu of them elsewhere; %lu failures\n",
		side == &ours ? "ours" : "host",
		bitmap_weight(side->owned, NR_PAGES) + side->nr_outside,
		(unsigned int)NR_PAGES, side->nr_outside, side->nr_failed);
	for (i = 0; i < NR_SLOTS; i++)
		empty(side, i);
}

/*
 * Everything that the host has, reserves and all, the largest blocks first. It
 * wakes nobody, and has given enough back before anybody else can run.
 */
static void take_all(struct list_head *taken)
{
	int order;

	for (order = TA_MAX_ORDER; order >= 0; order--) {
		struct page *page;

		/* Movable: what is given back is then as it was at boot. */
		while ((page = alloc_pages(__GFP_MEMALLOC | __GFP_NOWARN |
					   __GFP_MOVABLE, order))) {
			set_page_private(page, order);
			list_add_tail(&page->lru, taken);
		}
	}
}

/* Give blocks back: all, or the first few, which are the largest. */
static unsigned int give_back(struct list_head *taken, unsigned int max)
{
	struct page *page, *next;
	unsigned int nr = 0;

	list_for_each_entry_safe(page, next, taken, lru) {
		unsigned int order = page_private(page);

		if (nr == max)
			break;
		if (max == NR_BLOCKS)
			host.pfn[nr] = page_to_pfn(page);
		list_del(&page->lru);
		set_page_private(page, 0);
		__free_pages(page, order);
		nr++;
	}
	return nr;
}

static void run_host(unsigned int seed, unsigned int result[2])
{
	LIST_HEAD(taken);

	preempt_disable();
	take_all(&taken);
	give_back(&taken, NR_BLOCKS);
	preempt_enable();
	run(&host, seed, result);
	give_back(&taken, UINT_MAX);
}

/* All that is there because the pool is, in bytes a page of it. */
static unsigned int overhead(void)
{
	unsigned long bytes = sizeof(pool);

	bytes += pool.pool.nr_sections * PAGE_ALIGN(sizeof(struct ta_section));
	bytes += pool.pool.nr_table * sizeof(*pool.pool.table);
	bytes += num_possible_cpus() * sizeof(struct ta_pcp);
	return DIV_ROUND_UP(bytes, pool.pool.nr_pages);
}

static int run_ours(unsigned int seed, unsigned int result[2])
{
	struct ta_section *sec;
	unsigned long i;
	unsigned int nr = 0;
	int err = ta_pages_init(&pool, NR_PAGES, NR_PAGES);

	if (err)
		return err;
	ta_for_each_section(&pool.pool, i, sec)
		if (nr < NR_BLOCKS)
			ours.pfn[nr++] = page_to_pfn(sec->first);
	run(&ours, seed, result);
	bytes_a_page = overhead();
	ta_pages_fini(&pool);
	return 0;
}

static int measure(void)
{
	unsigned int result[2][2] = {}, i;
	int err;

	for (i = 0; i < NR_RUNS; i++) {
		err = run_ours(SEED + i, result[0]);
		if (err)
			return err;
		run_host(SEED + i, result[1]);
	}
	for (i = 0; i < 2; i++)
		pr_info("%s\t%u\t%u\n", i ? "fragment_kept" : "fragment_full",
			result[0][i] / NR_RUNS, result[1][i] / NR_RUNS);
	pr_info("metadata\t%u\t%zu\n", bytes_a_page, sizeof(struct page));
	return 0;
}

static int __init fragment_init(void)
{
	int err;

	slots = vzalloc(NR_SLOTS * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	err = measure();
	vfree(slots);
	return err;
}

static void __exit fragment_exit(void)
{
}

module_init(fragment_init);
module_exit(fragment_exit);
MODULE_DESCRIPTION("Fragmentation of teachalloc's pages beside the kernel's own");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(TEACHALLOC_TESTS);
