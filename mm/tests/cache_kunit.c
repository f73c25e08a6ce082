// SPDX-License-Identifier: GPL-2.0
/* Tests of caches: what their users may and may not do (hostile case H26). */
#include "helpers.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/teachalloc.h>

#define NR_PAGES	256UL
#define NR_OBJS		600

struct fixture {
	struct ta_stack *stack;
	struct ta_kmem_cache *cache;
	void *objs[NR_OBJS];
};

static struct ta_slabs *slabs_of(struct kunit *test)
{
	return &((struct fixture *)test->priv)->stack->slabs;
}

static struct ta_kmem_cache *create(struct kunit *test, size_t size)
{
	struct ta_kmem_cache *cache;

	cache = ta_cache_create(slabs_of(test), "test", size, 0, 0, NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

static int cache_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->cache = create(test, 64);
	return 0;
}

static void cache_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(f->cache));
	ta_kmem_cache_destroy(f->cache);
	ta_slabs_shrink(&f->stack->slabs);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_nr_pages(&f->stack->slabs));
	ta_test_stack_end(test, f->stack);
}

/* --- create and destroy ------------------------------------------------ */

static void create_sizes_and_alignments(struct kunit *test)
{
	static const unsigned int sizes[] = {
		1, 7, 8, 9, 63, 64, 65, 100, 700, 3000, 4095, 4096, 4097, 8192,
		32768, 32769, 200000,
	};
	unsigned int i, align;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (align = 1; align <= PAGE_SIZE; align *= 8) {
			struct ta_kmem_cache *cache;
			void *a, *b;

			cache = ta_cache_create(slabs_of(test), "sizes",
						sizes[i], align, 0, NULL, 0);
			KUNIT_ASSERT_NOT_NULL(test, cache);
			KUNIT_EXPECT_EQ(test, sizes[i],
					ta_kmem_cache_size(cache));
			a = ta_kmem_cache_alloc(cache, GFP_KERNEL);
			b = ta_kmem_cache_zalloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_TRUE(test, a && b && a != b);
			KUNIT_EXPECT_EQ(test, 0UL, (unsigned long)a % align);
			KUNIT_EXPECT_EQ(test, 0UL, (unsigned long)b % align);
			ta_fill(a, sizes[i], i);
			KUNIT_EXPECT_NULL(test, memchr_inv(b, 0, sizes[i]));
			KUNIT_EXPECT_TRUE(test, ta_filled(a, sizes[i], i));
			KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(cache));
			ta_kmem_cache_free(cache, a);
			ta_kmem_cache_free(cache, b);
			ta_kmem_cache_destroy(cache);
		}
}

static void create_largest_object(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, 2 * TA_SECTION_PAGES);
	struct ta_kmem_cache *cache;
	void *obj;

	cache = ta_cache_create(&stack->slabs, "largest", TA_SLAB_MAX_SIZE, 0,
				0, NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_destroy(cache);
	ta_test_stack_end(test, stack);
}

static void create_bad_arguments_null(struct kunit *test)
{
	static const struct {
		const char *name;
		size_t size, align;
		slab_flags_t flags;
		enum ta_fault fault;
	} bad[] = {
		{ NULL, 64, 0, 0, TA_FAULT_BAD_ARG },
		{ "flags", 64, 0, SLAB_HWCACHE_ALIGN |
		  (__force slab_flags_t)1, TA_FAULT_BAD_ARG },
		{ "flags", 64, 0, ~SLAB_PANIC, TA_FAULT_BAD_ARG },
		{ "size", 0, 0, 0, TA_FAULT_BAD_SIZE },
		{ "size", TA_SLAB_MAX_SIZE + 1, 0, 0, TA_FAULT_BAD_SIZE },
		{ "size", SIZE_MAX, 0, 0, TA_FAULT_BAD_SIZE },
		{ "size", SIZE_MAX - 6, 0, 0, TA_FAULT_BAD_SIZE },
		{ "align", 64, 3, 0, TA_FAULT_BAD_SIZE },
		{ "align", 64, SIZE_MAX, 0, TA_FAULT_BAD_SIZE },
		{ "align", 64, 2 * TA_SLAB_MAX_SIZE, 0, TA_FAULT_BAD_SIZE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned long before = ta_report_count(bad[i].fault);

		KUNIT_EXPECT_NULL(test,
				  ta_cache_create(slabs_of(test), bad[i].name,
						  bad[i].size, bad[i].align,
						  bad[i].flags, NULL, 0));
		KUNIT_EXPECT_EQ(test, before + 1,
				ta_report_count(bad[i].fault));
	}
}

static void create_hwcache_align_fits_line(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 17, 33, 65, 200 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ta_kmem_cache *cache;
		unsigned long line = cache_line_size(), start, last;
		void *obj;

		cache = ta_cache_create(slabs_of(test), "aligned", sizes[i], 0,
					SLAB_HWCACHE_ALIGN, NULL, 0);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);
		start = (unsigned long)obj;
		last = start + sizes[i] - 1;
		if (sizes[i] <= line)
			KUNIT_EXPECT_EQ(test, start / line, last / line);
		else
			KUNIT_EXPECT_EQ(test, 0UL, start % line);
		ta_kmem_cache_free(cache, obj);
		ta_kmem_cache_destroy(cache);
	}
}

/* Each flag is taken; one that debugs leaves no magazine in between. */
static void create_each_flag(struct kunit *test)
{
	static const struct {
		slab_flags_t flag;
		bool debug;
	} flags[] = {
		{ SLAB_CONSISTENCY_CHECKS, true }, { SLAB_RED_ZONE, true },
		{ SLAB_POISON, true }, { SLAB_STORE_USER, true },
		{ SLAB_PANIC, false }, { SLAB_RECLAIM_ACCOUNT, false },
		{ SLAB_TYPESAFE_BY_RCU, false }, { SLAB_NO_MERGE, false },
		{ SLAB_ACCOUNT, false }, { SLAB_NOLEAKTRACE, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct ta_kmem_cache *cache;
		void *obj;

		cache = ta_cache_create(slabs_of(test), "flagged", 60, 0,
					flags[i].flag, NULL, 0);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		KUNIT_EXPECT_EQ(test, flags[i].debug, cache->debugged);
		obj = ta_kmem_cache_zalloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, 60));
		ta_kmem_cache_free(cache, obj);
		if (flags[i].debug)
			KUNIT_EXPECT_EQ(test, 0UL,
					ta_slabset_nr_inuse(&cache->set));
		KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(cache));
		ta_kmem_cache_destroy(cache);
	}
}

static void destroy_busy_is_refused(struct kunit *test)
{
	struct ta_kmem_cache *cache = create(test, 96);
	void *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL), *other;
	unsigned long before = ta_report_count(TA_FAULT_BUSY);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	ta_fill(obj, 96, 1);
	ta_kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BUSY));

	other = ta_kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, other && other != obj);
	KUNIT_EXPECT_TRUE(test, ta_filled(obj, 96, 1));
	KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(cache));
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_free(cache, other);
	ta_kmem_cache_destroy(cache);
	ta_kmem_cache_destroy(NULL);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BUSY));
}

static void fini_reports_leaks(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, NR_PAGES);
	unsigned long before = ta_report_count(TA_FAULT_LEAK);
	struct ta_kmem_cache *cache;

	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(&stack->vmap));
	cache = ta_cache_create(&stack->slabs, "leaky", 700, 0, 0, NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NOT_NULL(test, ta_kmem_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_NOT_NULL(test, ta_kmem_cache_alloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 2UL, ta_slabs_fini(&stack->slabs));
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_LEAK));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&stack->pages));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&stack->pages));
}

/* --- objects ----------------------------------------------------------- */

static unsigned int nr_made;

static void count_and_fill(void *obj)
{
	nr_made++;
	ta_fill(obj, 100, 42);
}

/* Once an object, and what it made is there at each allocation. */
static void ctor_runs_once_an_object(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache;
	unsigned int i, round;

	nr_made = 0;
	cache = ta_cache_create(&f->stack->slabs, "ctor", 100, 0, 0,
				count_and_fill, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 100; i++) {
			f->objs[i] = ta_kmem_cache_alloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
			KUNIT_EXPECT_TRUE(test, ta_filled(f->objs[i], 100, 42));
		}
		for (i = 0; i < 100; i++)
			ta_kmem_cache_free(cache, f->objs[i]);
		KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(cache));
		ta_magset_drain(&cache->mags, true);
	}
	KUNIT_EXPECT_LE(test, 100U, nr_made);
	KUNIT_EXPECT_GE(test, 100 + cache->set.layout.nr, nr_made);
	ta_kmem_cache_destroy(cache);
}

static void ctor_and_zero_is_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_BAD_ARG);
	struct ta_kmem_cache *cache;

	cache = ta_cache_create(&f->stack->slabs, "ctor", 100, 0, 0,
				count_and_fill, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NULL(test, ta_kmem_cache_zalloc(cache, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, 0, ta_kmem_cache_alloc_bulk(cache, GFP_KERNEL |
							  __GFP_ZERO, 3,
							  f->objs));
	KUNIT_EXPECT_EQ(test, before + 2, ta_report_count(TA_FAULT_BAD_ARG));
	/* Nothing is left in use. */
	before = ta_report_count(TA_FAULT_BUSY);
	ta_kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, before, ta_report_count(TA_FAULT_BUSY));
}

/* Each way to ask for zeroes gives them on memory that was written before. */
static void zeroed_after_use(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;
	int nr;

	for (i = 0; i < NR_OBJS; i++) {
		f->objs[i] = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
		memset(f->objs[i], 0xa5, 64);
	}
	ta_kmem_cache_free_bulk(f->cache, NR_OBJS, f->objs);
	for (i = 0; i < NR_OBJS / 2; i++) {
		gfp_t gfp = i % 2 ? GFP_KERNEL : GFP_ATOMIC;

		f->objs[i] = i % 3 ? ta_kmem_cache_zalloc(f->cache, gfp) :
			ta_kmem_cache_alloc(f->cache, gfp | __GFP_ZERO);
	}
	nr = ta_kmem_cache_alloc_bulk(f->cache, GFP_KERNEL | __GFP_ZERO,
				      NR_OBJS / 2, f->objs + NR_OBJS / 2);
	KUNIT_ASSERT_EQ(test, NR_OBJS / 2, nr);
	for (i = 0; i < NR_OBJS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(f->objs[i], 0, 64));
	}
	ta_kmem_cache_free_bulk(f->cache, NR_OBJS, f->objs);
}

static void bulk_all_or_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache = create(test, 4096);
	unsigned long free, before = ta_report_count(TA_FAULT_BAD_ARG);

	KUNIT_EXPECT_EQ(test, 0, ta_kmem_cache_alloc_bulk(cache, GFP_KERNEL, 0,
							  f->objs));
	KUNIT_EXPECT_EQ(test, 0, ta_kmem_cache_alloc_bulk(cache, GFP_KERNEL,
							  SIZE_MAX, f->objs));
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BAD_ARG));
	KUNIT_EXPECT_EQ(test, 100, ta_kmem_cache_alloc_bulk(cache, GFP_KERNEL,
							    100, f->objs));
	/* There are not so many pages. */
	KUNIT_EXPECT_EQ(test, 0,
			ta_kmem_cache_alloc_bulk(cache,
						 GFP_KERNEL | __GFP_NOWARN,
						 300, f->objs + 100));
	ta_kmem_cache_free_bulk(cache, 100, f->objs);
	ta_kmem_cache_free_bulk(cache, 0, NULL);
	ta_slabs_shrink(&f->stack->slabs);
	ta_pages_drain(&f->stack->pages);
	free = ta_pages_nr_free(&f->stack->pages);
	KUNIT_EXPECT_EQ(test, NR_PAGES, free);
	ta_kmem_cache_destroy(cache);
}

static void exhaust_and_recover(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache = create(test, 2048);
	unsigned int nr = 0, again = 0;

	while (nr < NR_OBJS &&
	       (f->objs[nr] = ta_kmem_cache_alloc(cache, GFP_ATOMIC |
						  __GFP_NOWARN)))
		nr++;
	/* All but the magazines' and what per-CPU lists of other orders hold. */
	KUNIT_EXPECT_GE(test, nr, (unsigned int)(NR_PAGES - 48) * 2);
	KUNIT_EXPECT_LT(test, nr, (unsigned int)NR_OBJS);
	KUNIT_EXPECT_TRUE(test, ta_slabs_validate(&f->stack->slabs));
	while (again < nr)
		ta_kmem_cache_free(cache, f->objs[again++]);
	KUNIT_EXPECT_TRUE(test, ta_slabs_validate(&f->stack->slabs));
	f->objs[0] = ta_kmem_cache_alloc(cache, GFP_ATOMIC);
	KUNIT_EXPECT_NOT_NULL(test, f->objs[0]);
	ta_kmem_cache_free(cache, f->objs[0]);
	ta_kmem_cache_destroy(cache);
}

/* What magazines and empty slabs keep is had when pages run out. */
static void reclaim_gives_idle_objects(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	unsigned int nr = 0;
	struct page *page;

	while (nr < NR_OBJS &&
	       (f->objs[nr] = ta_kmem_cache_alloc(f->cache, GFP_KERNEL)))
		nr++;
	ta_kmem_cache_free_bulk(f->cache, nr, f->objs);
	KUNIT_EXPECT_NE(test, 0UL, ta_slabs_nr_pages(&f->stack->slabs));
	page = ta_pages_alloc(pages, GFP_KERNEL, 8, 0);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_nr_pages(&f->stack->slabs));
	if (page)
		ta_pages_free(pages, page, 8, 0);
}

/* --- misuse ------------------------------------------------------------ */

static void free_bad_pointers_reported(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *other = create(test, 64);
	u8 *obj = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);
	u8 *odd = ta_kmem_cache_alloc(other, GFP_KERNEL);
	struct page *page = ta_pages_alloc(&f->stack->pages, GFP_KERNEL, 1, 0);
	unsigned long n[TA_NR_FAULTS];
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, obj && odd && page);
	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);

	ta_kmem_cache_free(f->cache, NULL);
	ta_kmem_cache_free(f->cache, (void *)8);
	ta_kmem_cache_free(f->cache, (void *)0x400000);
	ta_kmem_cache_free(f->cache, (void *)ULONG_MAX);
	ta_kmem_cache_free(f->cache, &n);
	ta_kmem_cache_free(f->cache, f);
	n[TA_FAULT_FOREIGN] += 5;
	ta_kmem_cache_free(f->cache, obj + 1);
	ta_kmem_cache_free(f->cache, obj + 8);
	ta_kmem_cache_free(f->cache, obj + 63);
	n[TA_FAULT_INTERIOR] += 3;
	ta_kmem_cache_free(f->cache, odd);
	ta_kmem_cache_free(f->cache, page_address(page));
	n[TA_FAULT_WRONG_OWNER] += 2;
	ta_kmem_cache_free(f->cache, page_address(page) + PAGE_SIZE);
	n[TA_FAULT_INTERIOR]++;
	ta_pages_free(&f->stack->pages, page, 1, 0);
	ta_kmem_cache_free(f->cache, page_address(page));
	n[TA_FAULT_DOUBLE_FREE]++;

	for (i = 0; i < TA_NR_FAULTS; i++)
		KUNIT_EXPECT_EQ_MSG(test, n[i], ta_report_count(i),
				    "fault %u", i);
	KUNIT_EXPECT_TRUE(test, ta_slabs_validate(&f->stack->slabs));
	ta_kmem_cache_free(f->cache, obj);
	ta_kmem_cache_free(other, odd);
	ta_kmem_cache_destroy(other);
}

/* The space behind the last object of a slab is nobody's. */
static void free_behind_last_object_reported(struct kunit *test)
{
	struct ta_kmem_cache *cache = create(test, 720);
	struct ta_slab_layout *layout = &cache->set.layout;
	unsigned long before = ta_report_count(TA_FAULT_INTERIOR);
	void *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);
	u8 *start = ta_slab_start(layout, obj);

	KUNIT_ASSERT_NE(test, 0U, (layout->mask + 1) % layout->stride);
	ta_kmem_cache_free(cache, start + layout->nr * layout->stride);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_INTERIOR));
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_destroy(cache);
}

static void free_twice_at_once_reported(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_DOUBLE_FREE);
	void *a, *b;

	preempt_disable();
	a = ta_kmem_cache_alloc(f->cache, GFP_ATOMIC);
	ta_kmem_cache_free(f->cache, a);
	ta_kmem_cache_free(f->cache, a);
	f->objs[0] = a;
	f->objs[1] = a;
	ta_kmem_cache_free_bulk(f->cache, 2, f->objs);
	a = ta_kmem_cache_alloc(f->cache, GFP_ATOMIC);
	b = ta_kmem_cache_alloc(f->cache, GFP_ATOMIC);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, before + 3,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_PTR_NE(test, a, b);
	ta_kmem_cache_free(f->cache, a);
	ta_kmem_cache_free(f->cache, b);
}

/* With another in between: recognised when they come to the slabs. */
static void free_twice_later_reported(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_DOUBLE_FREE);
	void *a = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);
	void *b = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, a && b);
	ta_kmem_cache_free(f->cache, a);
	ta_kmem_cache_free(f->cache, b);
	ta_kmem_cache_free(f->cache, a);
	ta_magset_drain(&f->cache->mags, true);
	KUNIT_EXPECT_EQ(test, before + 1,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(f->cache));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->cache->set));
}

static void bulk_free_skips_bad_ones(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long foreign = ta_report_count(TA_FAULT_FOREIGN);
	unsigned long interior = ta_report_count(TA_FAULT_INTERIOR);
	void *objs[7];
	int nr;

	nr = ta_kmem_cache_alloc_bulk(f->cache, GFP_KERNEL, 4, objs);
	KUNIT_ASSERT_EQ(test, 4, nr);
	objs[6] = objs[3];
	objs[5] = NULL;
	objs[4] = objs[2];
	objs[3] = objs[1] + 8;
	objs[2] = f;
	ta_kmem_cache_free_bulk(f->cache, 7, objs);
	KUNIT_EXPECT_EQ(test, foreign + 1, ta_report_count(TA_FAULT_FOREIGN));
	KUNIT_EXPECT_EQ(test, interior + 1, ta_report_count(TA_FAULT_INTERIOR));
	ta_magset_drain(&f->cache->mags, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->cache->set));
}

/*
 * A NULL, or what is nearly one, at the head of a bulk whose magazine is not
 * empty: it is skipped or reported, never taken for an object.
 */
/* No number of the first page is taken for an object, whatever the stride. */
static void bulk_free_small_numbers(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_FOREIGN);
	struct fixture *f = test->priv;
	unsigned long i;

	ta_kmem_cache_free(f->cache, ta_kmem_cache_alloc(f->cache, GFP_KERNEL));
	for (i = 1; i < PAGE_SIZE; i++) {
		f->objs[0] = (void *)i;
		ta_kmem_cache_free_bulk(f->cache, 1, f->objs);
	}
	KUNIT_EXPECT_EQ(test, before + PAGE_SIZE - 1,
			ta_report_count(TA_FAULT_FOREIGN));
}

static void bulk_free_null_first(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long foreign = ta_report_count(TA_FAULT_FOREIGN);
	void *objs[8], *bulk[2];
	int nr, i;

	nr = ta_kmem_cache_alloc_bulk(f->cache, GFP_KERNEL, 8, objs);
	KUNIT_ASSERT_EQ(test, 8, nr);
	for (i = 0; i < 4; i++)
		ta_kmem_cache_free(f->cache, objs[i]);
	bulk[0] = NULL;
	bulk[1] = objs[4];
	ta_kmem_cache_free_bulk(f->cache, 2, bulk);
	bulk[0] = ZERO_SIZE_PTR;
	bulk[1] = objs[5];
	ta_kmem_cache_free_bulk(f->cache, 2, bulk);
	bulk[0] = f;
	bulk[1] = NULL;
	ta_kmem_cache_free_bulk(f->cache, 2, bulk);
	ta_kmem_cache_free(f->cache, objs[6]);
	ta_kmem_cache_free(f->cache, objs[7]);
	KUNIT_EXPECT_EQ(test, foreign + 2, ta_report_count(TA_FAULT_FOREIGN));
	ta_magset_drain(&f->cache->mags, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->cache->set));
}

/* Whether or not there is an object at hand. */
static void alloc_zone_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long n = ta_report_count(TA_FAULT_BAD_ARG);
	void *obj = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	ta_kmem_cache_free(f->cache, obj);
	KUNIT_EXPECT_NULL(test, ta_kmem_cache_alloc(f->cache, GFP_KERNEL |
						    __GFP_DMA));
	KUNIT_EXPECT_EQ(test, 0, ta_kmem_cache_alloc_bulk(f->cache, GFP_KERNEL |
							  __GFP_DMA32, 1, &obj));
	KUNIT_EXPECT_EQ(test, n + 2, ta_report_count(TA_FAULT_BAD_ARG));
	ta_magset_drain(&f->cache->mags, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->cache->set));
}

/* --- looking ----------------------------------------------------------- */

static void find_info(const struct ta_slabinfo *info, void *arg)
{
	struct ta_slabinfo *found = arg;

	if (!strcmp(info->name, found->name))
		*found = *info;
}

static void walk_counts_are_exact_when_idle(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slab_layout *layout = &f->cache->set.layout;
	struct ta_slabinfo info = { .name = "test" };
	unsigned int i;

	for (i = 0; i < 300; i++)
		f->objs[i] = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);
	ta_slabs_walk(&f->stack->slabs, find_info, &info);
	KUNIT_EXPECT_EQ(test, 300UL, info.active_objs);
	KUNIT_EXPECT_EQ(test, layout->nr, info.objperslab);
	KUNIT_EXPECT_EQ(test, 1U << layout->order, info.pagesperslab);
	KUNIT_EXPECT_EQ(test, info.num_slabs * layout->nr, info.num_objs);
	KUNIT_EXPECT_EQ(test, 64U, info.objsize);
	KUNIT_EXPECT_GE(test, ta_slabs_nr_pages(&f->stack->slabs),
			info.num_slabs * info.pagesperslab);
	ta_kmem_cache_free_bulk(f->cache, 300, f->objs);
	ta_slabs_walk(&f->stack->slabs, find_info, &info);
	KUNIT_EXPECT_EQ(test, 0UL, info.active_objs);
	KUNIT_EXPECT_EQ(test, 0, ta_kmem_cache_shrink(f->cache));
	ta_slabs_walk(&f->stack->slabs, find_info, &info);
	KUNIT_EXPECT_EQ(test, 0UL, info.num_slabs);
}

static void shrink_with_objects_keeps_them(struct kunit *test)
{
	struct fixture *f = test->priv;
	void *obj = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	ta_fill(obj, 64, 7);
	KUNIT_EXPECT_EQ(test, 1, ta_kmem_cache_shrink(f->cache));
	KUNIT_EXPECT_EQ(test, 1UL, ta_slabset_nr_inuse(&f->cache->set));
	KUNIT_EXPECT_TRUE(test, ta_filled(obj, 64, 7));
	ta_kmem_cache_free(f->cache, obj);
}

/* --- chance and many CPUs ---------------------------------------------- */

static void free_one(struct kunit *test, struct ta_kmem_cache *cache,
		     void **obj)
{
	KUNIT_EXPECT_TRUE(test, ta_filled(*obj, cache->set.layout.size,
					  (unsigned long)*obj));
	ta_kmem_cache_free(cache, *obj);
	*obj = NULL;
}

static void alloc_one(struct ta_kmem_cache *cache, void **obj)
{
	*obj = ta_kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
	if (*obj)
		ta_fill(*obj, cache->set.layout.size, (unsigned long)*obj);
}

/* Each object carries its own pattern: no two are ever the same memory. */
/* Leave what fills both magazines, and a hot object, on this CPU. */
static void fill_magazines(void *arg)
{
	struct fixture *f = arg;
	unsigned int i, nr = 2 * f->cache->mags.depot.cap + 1;

	for (i = 0; i < nr; i++)
		f->objs[i] = ta_kmem_cache_alloc(f->cache, GFP_KERNEL);
	for (i = nr; i-- > 0;)
		ta_kmem_cache_free(f->cache, f->objs[i]);
}

static bool has_none(struct ta_kmem_cache *cache, unsigned int cpu)
{
	struct ta_mag_cpu *mc = per_cpu_ptr(cache->mags.cpu, cpu);

	return !mc->hot && !mc->loaded && !mc->prev && !mc->prev_n &&
	       !mc->drained;
}

/* A CPU goes: its magazines are in the depot, for the others. And it comes. */
static void dead_cpu_gives_back(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_depot *depot = &f->cache->mags.depot;
	unsigned int cpu = num_online_cpus() - 1;
	unsigned long nr;

	KUNIT_ASSERT_LE(test, 2 * depot->cap + 1, (unsigned int)NR_OBJS);
	ta_test_run_on(test, cpu, fill_magazines, f);
	KUNIT_EXPECT_FALSE(test, has_none(f->cache, cpu));
	nr = ta_magset_nr_cached(&f->cache->mags);
	KUNIT_EXPECT_GT(test, nr, depot->nr_objs);

	KUNIT_EXPECT_TRUE(test, ta_test_cpu_down(&slabs_of(test)->hotplug, cpu));
	KUNIT_EXPECT_TRUE(test, has_none(f->cache, cpu));
	KUNIT_EXPECT_EQ(test, nr - 1, depot->nr_objs);
	KUNIT_EXPECT_EQ(test, nr - 1, ta_slabset_nr_inuse(&f->cache->set));
	KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(f->cache));
	/* Who needs no CPU that is off gives all of it back. */
	ta_kmem_cache_shrink(f->cache);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->cache->set));

	ta_test_cpu_up(cpu);
	ta_test_run_on(test, cpu, fill_magazines, f);
	KUNIT_EXPECT_FALSE(test, has_none(f->cache, cpu));
}

static void random_against_model(struct kunit *test)
{
	static const unsigned int sizes[] = { 8, 24, 64, 200, 700, 3000 };
	struct ta_kmem_cache *caches[ARRAY_SIZE(sizes)];
	struct fixture *f = test->priv;
	unsigned int i, j;
	struct ta_rng rng;

	ta_rng_init(test, &rng);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		caches[i] = create(test, sizes[i]);
	for (i = 0; i < 6000; i++) {
		j = ta_rng_below(&rng, NR_OBJS);
		if (f->objs[j])
			free_one(test, caches[j % ARRAY_SIZE(sizes)],
				 &f->objs[j]);
		else
			alloc_one(caches[j % ARRAY_SIZE(sizes)], &f->objs[j]);
		if (!ta_rng_below(&rng, 500))
			ta_slabs_shrink(&f->stack->slabs);
		if (!ta_rng_below(&rng, 500))
			KUNIT_ASSERT_TRUE(test,
					  ta_slabs_validate(&f->stack->slabs));
	}
	for (j = 0; j < NR_OBJS; j++)
		if (f->objs[j])
			free_one(test, caches[j % ARRAY_SIZE(sizes)],
				 &f->objs[j]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		ta_kmem_cache_destroy(caches[i]);
}

#define NR_SHARED	64

struct shared {
	struct ta_stack *stack;
	struct ta_kmem_cache *cache;
	void *slots[NR_SHARED];
};

/* Allocated here, freed wherever it is found: a slot is exchanged atomically. */
static void exchange_slot(struct shared *s, struct ta_rng *rng, void *obj)
{
	void *old;

	if (obj)
		ta_fill(obj, 64, (unsigned long)obj);
	old = xchg(&s->slots[ta_rng_below(rng, NR_SHARED)], obj);
	if (!old)
		return;
	WARN_ON(!ta_filled(old, 64, (unsigned long)old));
	ta_kmem_cache_free(s->cache, old);
}

/* Work of an interrupt, on whatever the CPU is in the middle of. */
static void interrupt(void *data)
{
	struct shared *s = data;
	void *objs[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(objs); i++)
		objs[i] = ta_kmem_cache_alloc(s->cache,
					      GFP_ATOMIC | __GFP_NOWARN);
	for (i = 0; i < ARRAY_SIZE(objs); i++)
		ta_kmem_cache_free(s->cache, objs[i]);
}

static void own_cache(struct shared *s, struct ta_rng *rng)
{
	struct ta_kmem_cache *cache;
	void *obj;

	cache = ta_cache_create(&s->stack->slabs, "short-lived",
				1 + ta_rng_below(rng, 5000), 0, 0, NULL, 0);
	if (WARN_ON(!cache))
		return;
	obj = ta_kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_destroy(cache);
}

static void stress_round(void *data, struct ta_rng *rng)
{
	struct shared *s = data;
	void *objs[16];
	unsigned int i;

	for (i = 0; i < 32; i++)
		exchange_slot(s, rng, ta_kmem_cache_alloc(s->cache, GFP_KERNEL |
							  __GFP_NOWARN));
	if (ta_kmem_cache_alloc_bulk(s->cache, GFP_KERNEL | __GFP_NOWARN,
				     ARRAY_SIZE(objs), objs))
		ta_kmem_cache_free_bulk(s->cache, ARRAY_SIZE(objs), objs);
	switch (ta_rng_below(rng, 64)) {
	case 0:
		ta_kmem_cache_shrink(s->cache);
		break;
	case 1:
		ta_kmem_cache_validate(s->cache);
		break;
	case 2:
		own_cache(s, rng);
		break;
	case 3 ... 7:
		smp_call_function_single(ta_rng_below(rng, nr_cpu_ids),
					 interrupt, s, 1);
		break;
	}
}

static void stress_across_cpus(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct shared *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);
	struct ta_stress stress = {
		.work = stress_round,
		.data = s,
		.nr_rounds = 1000,
	};
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->stack = f->stack;
	s->cache = f->cache;
	ta_stress_run(test, &stress);
	for (i = 0; i < NR_SHARED; i++)
		ta_kmem_cache_free(s->cache, s->slots[i]);
	ta_magset_drain(&s->cache->mags, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&s->cache->set));
	KUNIT_EXPECT_EQ(test, before, ta_report_count(TA_FAULT_CORRUPT));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(create_sizes_and_alignments),
	KUNIT_CASE(create_largest_object),
	KUNIT_CASE(create_bad_arguments_null),
	KUNIT_CASE(create_hwcache_align_fits_line),
	KUNIT_CASE(create_each_flag),
	KUNIT_CASE(destroy_busy_is_refused),
	KUNIT_CASE(fini_reports_leaks),
	KUNIT_CASE(ctor_runs_once_an_object),
	KUNIT_CASE(ctor_and_zero_is_refused),
	KUNIT_CASE(zeroed_after_use),
	KUNIT_CASE(bulk_all_or_nothing),
	KUNIT_CASE(exhaust_and_recover),
	KUNIT_CASE(reclaim_gives_idle_objects),
	KUNIT_CASE(free_bad_pointers_reported),
	KUNIT_CASE(free_behind_last_object_reported),
	KUNIT_CASE(free_twice_at_once_reported),
	KUNIT_CASE(free_twice_later_reported),
	KUNIT_CASE(bulk_free_skips_bad_ones),
	KUNIT_CASE(bulk_free_small_numbers),
	KUNIT_CASE(bulk_free_null_first),
	KUNIT_CASE(alloc_zone_refused),
	KUNIT_CASE(walk_counts_are_exact_when_idle),
	KUNIT_CASE(shrink_with_objects_keeps_them),
	KUNIT_CASE(dead_cpu_gives_back),
	KUNIT_CASE(random_against_model),
	KUNIT_CASE(stress_across_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_cache",
	.init = cache_test_init,
	.exit = cache_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
