// SPDX-License-Identifier: GPL-2.0
/* Tests of kmalloc: sizes and their classes, and what is freed by address. */
#include "helpers.h"
#include "kcopy.h"
#include "report.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/teachalloc.h>

#define NR_PAGES	512UL
#define NR_OBJS		200
#define MAX_SIZE	(PAGE_SIZE << TA_MAX_ORDER)

struct fixture {
	struct ta_stack *stack;
	struct ta_slabs *slabs;
	void *objs[NR_OBJS];
	size_t sizes[NR_OBJS];
};

static int kmalloc_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->slabs = &f->stack->slabs;
	return 0;
}

static void kmalloc_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_slabs_shrink(f->slabs);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_nr_pages(f->slabs));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
	ta_test_stack_end(test, f->stack);
}

static void *alloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct fixture *f = test->priv;

	return ta_slabs_kmalloc(f->slabs, size, gfp, 0);
}

static void release(struct kunit *test, const void *ptr)
{
	struct fixture *f = test->priv;

	ta_slabs_kfree(f->slabs, ptr, 0);
}

static size_t usable(struct kunit *test, const void *ptr)
{
	struct fixture *f = test->priv;

	return ta_slabs_ksize(f->slabs, ptr, 0);
}

/* What Linux gives for a size: the classes are part of what people learn. */
static size_t class_of(size_t size)
{
	if (size <= 8)
		return 8;
	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	if (size > 8192)
		return PAGE_SIZE << get_order(size);
	return roundup_pow_of_two(size);
}

static void every_size_has_its_class(struct kunit *test)
{
	size_t size;

	for (size = 1; size <= 8200; size += size < 300 ? 1 : 7) {
		void *p = alloc(test, size, GFP_KERNEL);
		size_t class = class_of(size);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, class, usable(test, p));
		KUNIT_EXPECT_EQ(test, 0UL, (unsigned long)p % sizeof(long));
		if (is_power_of_2(class))
			KUNIT_EXPECT_EQ(test, 0UL, (unsigned long)p %
					min(class, (size_t)PAGE_SIZE));
		ta_fill(p, class, size);
		KUNIT_EXPECT_TRUE(test, ta_filled(p, class, size));
		release(test, p);
	}
}

static void large_sizes_are_blocks(struct kunit *test)
{
	struct fixture *f = test->priv;
	static const size_t sizes[] = {
		8193, 12288, 12289, 65536, 100000, 1 << 20,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = alloc(test, sizes[i], GFP_KERNEL | __GFP_ZERO);
		struct ta_page *tp = ta_pool_addr(&f->stack->pages.pool, p);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_ASSERT_NOT_NULL(test, tp);
		KUNIT_EXPECT_EQ(test, TA_KIND_KMALLOC, (int)tp->kind);
		KUNIT_EXPECT_EQ(test, sizes[i], (size_t)tp->owner);
		KUNIT_EXPECT_EQ(test, class_of(sizes[i]), usable(test, p));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, sizes[i]));
		memset(p, 0xff, sizes[i]);
		KUNIT_EXPECT_TRUE(test, ta_stack_validate(f->stack));
		release(test, p);
	}
}

static void sizes_that_cannot_be(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_BAD_SIZE);
	struct fixture *f = test->priv;

	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR, alloc(test, 0, GFP_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR,
			    ta_slabs_kmalloc_array(f->slabs, 0, SIZE_MAX,
						   GFP_KERNEL, 0));
	KUNIT_EXPECT_EQ(test, 0UL, usable(test, ZERO_SIZE_PTR));
	KUNIT_EXPECT_EQ(test, 0UL, usable(test, NULL));
	release(test, ZERO_SIZE_PTR);
	release(test, NULL);
	/* Possible, but not in this pool. */
	KUNIT_EXPECT_NULL(test, alloc(test, MAX_SIZE,
				      GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, alloc(test, MAX_SIZE + 1,
				      GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, before, ta_report_count(TA_FAULT_BAD_SIZE));
	KUNIT_EXPECT_NULL(test, alloc(test, MAX_SIZE + 1, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, alloc(test, LONG_MAX, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, alloc(test, SIZE_MAX, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, alloc(test, SIZE_MAX - 6, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + 4, ta_report_count(TA_FAULT_BAD_SIZE));
}

static void arrays_that_overflow_null(struct kunit *test)
{
	struct fixture *f = test->priv;
	static const struct {
		size_t n, size;
	} bad[] = {
		{ SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX / 8 + 1, 8 },
		{ 1UL << (BITS_PER_LONG / 2), 1UL << (BITS_PER_LONG / 2) },
		{ SIZE_MAX, SIZE_MAX },
	};
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_NULL(test,
				  ta_slabs_kmalloc_array(f->slabs, bad[i].n,
							 bad[i].size,
							 GFP_KERNEL, 0));
	p = ta_slabs_kmalloc_array(f->slabs, 25, 4, GFP_KERNEL | __GFP_ZERO, 0);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, 128UL, usable(test, p));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 100));
	release(test, p);
}

/* Zeroed, on memory of every class that was written before. */
static void zeroed_after_use(struct kunit *test)
{
	size_t size;

	for (size = 1; size <= 40000; size = size * 3 / 2 + 1) {
		void *p = alloc(test, size, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0xa5, usable(test, p));
		release(test, p);
		p = alloc(test, size, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
		release(test, p);
	}
}

/* From caches of their own, whose pages stand with others of that type. */
static void reclaimable_has_its_classes(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;
	size_t size;

	for (i = 0, size = 1; size <= TA_KMALLOC_MAX_CLASS; size += 1 + size / 3) {
		struct ta_kmem_cache *normal, *rcl;
		void *p[4];

		i = ta_kmalloc_class(size);
		normal = f->slabs->kmalloc[i];
		rcl = f->slabs->kmalloc_rcl[i];
		p[0] = alloc(test, size, GFP_KERNEL);
		p[1] = alloc(test, size, GFP_KERNEL | __GFP_RECLAIMABLE);
		release(test, p[0]);
		/* One of the other class is at hand now; it stays there. */
		p[2] = alloc(test, size, GFP_KERNEL | __GFP_RECLAIMABLE |
					 __GFP_ZERO);
		p[3] = alloc(test, size, GFP_ATOMIC);
		KUNIT_ASSERT_TRUE(test, p[1] && p[2] && p[3]);
		KUNIT_EXPECT_PTR_EQ(test, rcl, ta_slabs_cache_of(f->slabs, p[1]));
		KUNIT_EXPECT_PTR_EQ(test, rcl, ta_slabs_cache_of(f->slabs, p[2]));
		KUNIT_EXPECT_NULL(test, memchr_inv(p[2], 0, size));
		KUNIT_EXPECT_PTR_EQ(test, normal,
				    ta_slabs_cache_of(f->slabs, p[3]));
		KUNIT_EXPECT_EQ(test, usable(test, p[3]), usable(test, p[1]));
		for (i = 1; i < 4; i++)
			release(test, p[i]);
		ta_magset_drain(&normal->mags, true);
		ta_magset_drain(&rcl->mags, true);
		KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&normal->set));
		KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&rcl->set));
	}
}

static enum ta_migratetype type_of(const struct ta_stack *stack,
				   const void *addr)
{
	struct ta_page *tp = ta_pool_addr(&stack->pages.pool, addr);

	return ta_page_section(tp)->type[tp->idx / TA_PAGEBLOCK_PAGES];
}

static void reclaimable_pages_stand_together(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, 2 * TA_SECTION_PAGES);
	void *p = ta_slabs_kmalloc(&stack->slabs, 200, GFP_KERNEL, 0);
	void *q = ta_slabs_kmalloc(&stack->slabs, 200,
				   GFP_KERNEL | __GFP_RECLAIMABLE, 0);

	KUNIT_ASSERT_TRUE(test, p && q);
	KUNIT_EXPECT_EQ(test, (int)TA_MIGRATE_UNMOVABLE, (int)type_of(stack, p));
	KUNIT_EXPECT_EQ(test, (int)TA_MIGRATE_RECLAIMABLE,
			(int)type_of(stack, q));
	ta_slabs_kfree(&stack->slabs, p, 0);
	ta_slabs_kfree(&stack->slabs, q, 0);
	ta_test_stack_end(test, stack);
}

static void free_of_cache_object_works(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache;
	void *obj;

	cache = ta_cache_create(f->slabs, "freed by address", 200, 0, 0, NULL,
				0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, 200UL, usable(test, obj));
	release(test, obj);
	ta_magset_drain(&cache->mags, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&cache->set));
	ta_kmem_cache_destroy(cache);
}

static void free_bad_pointers_reported(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	u8 *small = alloc(test, 64, GFP_KERNEL);
	u8 *large = alloc(test, 20000, GFP_KERNEL);
	struct page *page = ta_pages_alloc(pages, GFP_KERNEL, 0, 0);
	unsigned long n[TA_NR_FAULTS];
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, small && large && page);
	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);

	release(test, (void *)0x1000);
	release(test, (void *)ULONG_MAX);
	release(test, f);
	KUNIT_EXPECT_EQ(test, 0UL, usable(test, f));
	n[TA_FAULT_FOREIGN] += 4;
	release(test, small + 8);
	release(test, large + 8);
	release(test, large + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0UL, usable(test, large + 8));
	n[TA_FAULT_INTERIOR] += 4;
	release(test, page_address(page));
	n[TA_FAULT_WRONG_OWNER]++;
	/* A block of kmalloc's is not for the page layer to free. */
	ta_pages_free_addr(pages, large, 3, 0);
	n[TA_FAULT_WRONG_OWNER]++;
	release(test, large);
	release(test, large);
	n[TA_FAULT_DOUBLE_FREE]++;

	for (i = 0; i < TA_NR_FAULTS; i++)
		KUNIT_EXPECT_EQ_MSG(test, n[i], ta_report_count(i),
				    "fault %u", i);
	KUNIT_EXPECT_TRUE(test, ta_stack_validate(f->stack));
	release(test, small);
	ta_pages_free(pages, page, 0, 0);
}

static size_t random_size(struct ta_rng *rng)
{
	return 1 + ta_rng_below(rng, 1U << (3 + ta_rng_below(rng, 12)));
}

static void random_against_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_rng rng;
	unsigned int i, j;

	ta_rng_init(test, &rng);
	for (i = 0; i < 6000; i++) {
		void **p;

		j = ta_rng_below(&rng, NR_OBJS);
		p = &f->objs[j];
		if (*p && ta_rng_below(&rng, 4)) {
			KUNIT_EXPECT_TRUE(test, ta_filled(*p, f->sizes[j], j));
			release(test, *p);
			*p = NULL;
		} else {
			size_t size = random_size(&rng);
			void *q = ta_slabs_krealloc(f->slabs, *p, size,
						    GFP_KERNEL | __GFP_NOWARN,
						    0);

			if (!q)
				continue;
			if (*p)
				KUNIT_EXPECT_TRUE(test,
						  ta_filled(q,
							    min(size,
								f->sizes[j]),
							    j));
			*p = q;
			f->sizes[j] = size;
			ta_fill(q, size, j);
		}
		if (!(i % 500))
			KUNIT_ASSERT_TRUE(test, ta_stack_validate(f->stack));
	}
	for (j = 0; j < NR_OBJS; j++)
		release(test, f->objs[j]);
}

static void stress_round(void *data, struct ta_rng *rng)
{
	struct ta_slabs *slabs = data;
	size_t sizes[12];
	unsigned int i;
	void *p[12];

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		sizes[i] = random_size(rng);
		p[i] = ta_slabs_kmalloc(slabs, sizes[i],
					GFP_KERNEL | __GFP_NOWARN, 0);
		if (p[i])
			ta_fill(p[i], sizes[i], (unsigned long)p[i]);
	}
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		WARN_ON(p[i] && !ta_filled(p[i], sizes[i],
					   (unsigned long)p[i]));
		ta_slabs_kfree(slabs, p[i], 0);
	}
	if (!ta_rng_below(rng, 200))
		ta_slabs_shrink(slabs);
}

static void stress_all_cpus(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = stress_round,
		.data = f->slabs,
		.nr_rounds = 500,
	};

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_TRUE(test, ta_stack_validate(f->stack));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_size_has_its_class),
	KUNIT_CASE(large_sizes_are_blocks),
	KUNIT_CASE(sizes_that_cannot_be),
	KUNIT_CASE(arrays_that_overflow_null),
	KUNIT_CASE(zeroed_after_use),
	KUNIT_CASE(reclaimable_has_its_classes),
	KUNIT_CASE(reclaimable_pages_stand_together),
	KUNIT_CASE(free_of_cache_object_works),
	KUNIT_CASE(free_bad_pointers_reported),
	KUNIT_CASE(random_against_model),
	KUNIT_CASE(stress_all_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_kmalloc",
	.init = kmalloc_test_init,
	.exit = kmalloc_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
