// SPDX-License-Identifier: GPL-2.0
/* Tests of the pool: sizes of every kind, look-ups, what happens without memory. */
#include "helpers.h"

#include <linux/slab.h>

/* One page, less than a section, no power of two, more than one section. */
static unsigned long sizes[] = { 1, 2, 3, 64, 1023, 1024, 1025, 1792, 5000 };

static void describe_size(unsigned long *nr_pages, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu pages", *nr_pages);
}

KUNIT_ARRAY_PARAM(size, sizes, describe_size);

static void check_page(struct kunit *test, struct ta_pool *pool,
		       struct ta_page *tp)
{
	struct page *page = ta_page_host(tp);

	KUNIT_EXPECT_PTR_EQ(test, tp, ta_pool_page(pool, page));
	KUNIT_EXPECT_PTR_EQ(test, tp, ta_pool_addr(pool, ta_page_addr(tp)));
	KUNIT_EXPECT_EQ(test, (int)tp->kind, (int)TA_KIND_TAIL);
	KUNIT_EXPECT_EQ(test, ta_page_frame(tp) % TA_SECTION_PAGES,
			page_to_pfn(page) % TA_SECTION_PAGES);
}

static void validate(struct kunit *test, struct ta_pool *pool)
{
	mutex_lock(&pool->lock);
	KUNIT_EXPECT_TRUE(test, ta_pool_validate(pool));
	mutex_unlock(&pool->lock);
}

static void pool_init_any_size(struct kunit *test)
{
	unsigned long nr = *(const unsigned long *)test->param_value;
	unsigned long i, seen = 0;
	struct ta_section *sec;
	struct ta_page *tp;
	struct ta_pool pool;

	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&pool, nr, nr));
	KUNIT_EXPECT_EQ(test, nr, pool.nr_pages);
	validate(test, &pool);
	ta_for_each_section(&pool, i, sec)
		ta_for_each_page(sec, tp) {
			seen++;
			check_page(test, &pool, tp);
		}
	KUNIT_EXPECT_EQ(test, nr, seen);
	ta_pool_fini(&pool);
}

/* Nothing at all is a pool, too: of what is added later. */
static void pool_init_no_pages(struct kunit *test)
{
	struct ta_pool pool;

	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&pool, 0, 0));
	KUNIT_EXPECT_EQ(test, 0UL, pool.nr_pages);
	validate(test, &pool);
	ta_pool_fini(&pool);
}

#define NR_CRUMBS	40U

/*
 * A host that has only crumbs left: 1 to 8 pages at a time, with a page that
 * stays the host's between any two.
 */
static void grow_by_crumbs(struct kunit *test, struct ta_pool *pool,
			   struct page **between, struct list_head *blocks)
{
	unsigned int i;

	mutex_lock(&pool->lock);
	for (i = 0; i < NR_CRUMBS; i++) {
		unsigned long nr = 1 + i % 8;

		KUNIT_EXPECT_EQ(test, 0, ta_pool_grow(pool, nr, nr, blocks));
		between[i] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, between[i]);
	}
	mutex_unlock(&pool->lock);
}

static void pool_grow_scattered(struct kunit *test)
{
	struct page *between[NR_CRUMBS];
	struct ta_page *tp, *next;
	struct ta_pool pool;
	LIST_HEAD(blocks);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&pool, 0, 0));
	grow_by_crumbs(test, &pool, between, &blocks);
	KUNIT_EXPECT_EQ(test, NR_CRUMBS / 8 * 36UL, pool.nr_pages);
	validate(test, &pool);
	for (i = 0; i < NR_CRUMBS; i++)
		KUNIT_EXPECT_NULL(test, ta_pool_page(&pool, between[i]));
	list_for_each_entry(tp, &blocks, lru)
		check_page(test, &pool, tp);
	/* Every other block goes back; whoever looks for it finds nothing. */
	i = 0;
	list_for_each_entry_safe(tp, next, &blocks, lru) {
		struct page *page = ta_page_host(tp);
		unsigned int order = tp->order;

		if (i++ % 2)
			continue;
		mutex_lock(&pool.lock);
		ta_pool_release(&pool, tp, order);
		mutex_unlock(&pool.lock);
		KUNIT_EXPECT_NULL(test, ta_pool_page(&pool, page));
		KUNIT_EXPECT_NULL(test, ta_pool_page(&pool, page + (1 << order) - 1));
		validate(test, &pool);
	}
	ta_pool_fini(&pool);
	for (i = 0; i < NR_CRUMBS; i++)
		__free_page(between[i]);
}

/* Sections stay, and are used again. */
static void pool_release_keeps_sections(struct kunit *test)
{
	unsigned long nr_sections;
	struct ta_page *tp, *next;
	struct ta_pool pool;
	LIST_HEAD(blocks);

	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&pool, 0, 0));
	mutex_lock(&pool.lock);
	KUNIT_EXPECT_EQ(test, 0, ta_pool_grow(&pool, 1024, 1024, &blocks));
	nr_sections = pool.nr_sections;
	list_for_each_entry_safe(tp, next, &blocks, lru)
		ta_pool_release(&pool, tp, tp->order);
	KUNIT_EXPECT_EQ(test, 0UL, pool.nr_pages);
	KUNIT_EXPECT_EQ(test, nr_sections, pool.nr_sections);
	KUNIT_EXPECT_TRUE(test, ta_pool_validate(&pool));
	mutex_unlock(&pool.lock);
	ta_pool_fini(&pool);
}

static int add(struct ta_pool *pool, unsigned long pfn, unsigned long nr)
{
	LIST_HEAD(blocks);
	int err;

	mutex_lock(&pool->lock);
	err = ta_pool_add(pool, pfn, nr, &blocks);
	mutex_unlock(&pool->lock);
	return err;
}

/* A block that the test has plays the memory that was set aside. */
static void pool_add_whole_sections_only(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN,
					TA_MAX_ORDER);
	unsigned long pfn, i;
	struct ta_pool pool;

	if (!page)
		kunit_skip(test, "the host has no block of 4 MiB");
	split_page(page, TA_MAX_ORDER);
	pfn = page_to_pfn(page);
	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&pool, 64, 64));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(&pool, pfn, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(&pool, pfn, 512));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(&pool, pfn + 512, 1024));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(&pool, pfn, -1024UL));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(&pool, -1024UL, 1024));
	KUNIT_EXPECT_EQ(test, -EINVAL, add(&pool, 1UL << 51, 1024));
	KUNIT_EXPECT_EQ(test, 64UL, pool.nr_pages);
	KUNIT_EXPECT_EQ(test, 0, add(&pool, pfn, 1024));
	KUNIT_EXPECT_EQ(test, 64 + 1024UL, pool.nr_pages);
	KUNIT_EXPECT_EQ(test, 1024UL, pool.nr_fixed);
	KUNIT_EXPECT_EQ(test, -EINVAL, add(&pool, pfn, 1024));
	validate(test, &pool);
	check_page(test, &pool, ta_pool_page(&pool, page + 1023));
	/* It does not go to the host, so it can be freed here. */
	ta_pool_fini(&pool);
	for (i = 0; i < 1024; i++)
		__free_page(page + i);
}

static void pool_lookup_foreign_null(struct kunit *test)
{
	void *foreign = kunit_kzalloc(test, 64, GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL);
	struct ta_pool pool;
	int on_stack;

	KUNIT_ASSERT_NOT_NULL(test, foreign);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&pool, 64, 64));
	KUNIT_EXPECT_NULL(test, ta_pool_page(&pool, page));
	KUNIT_EXPECT_NULL(test, ta_pool_addr(&pool, page_address(page)));
	KUNIT_EXPECT_NULL(test, ta_pool_addr(&pool, foreign));
	KUNIT_EXPECT_NULL(test, ta_pool_addr(&pool, &on_stack));
	KUNIT_EXPECT_NULL(test, ta_pool_addr(&pool, NULL));
	KUNIT_EXPECT_NULL(test, ta_pool_addr(&pool, (void *)~0UL));
	KUNIT_EXPECT_NULL(test, ta_pool_addr(&pool, (void *)0x1000));
	KUNIT_EXPECT_NULL(test, ta_pool_addr(&pool, (void *)(1UL << 63)));
	KUNIT_EXPECT_NULL(test, ta_pool_pfn(&pool, ~0UL));
	ta_pool_fini(&pool);
	__free_page(page);
}

/* What the host gives is never enough: the harness sees it all come back. */
static void pool_init_too_few_gives_back(struct kunit *test)
{
	struct ta_pool pool;

	KUNIT_EXPECT_EQ(test, -ENOMEM, ta_pool_init(&pool, 64, 65));
	KUNIT_EXPECT_EQ(test, 0UL, pool.nr_pages);
}

/* The harness of the host looks whether all that was taken came back. */
static void pool_init_each_allocation_fails(struct kunit *test)
{
	struct ta_pool pool;
	int err = -ENOMEM;
	long nr;

	if (!ta_host_refuses_after(-1))
		kunit_skip(test, "a kernel's allocations cannot fail at will");
	for (nr = 0; err && nr < 64; nr++) {
		ta_host_refuses_after(nr);
		err = ta_pool_init(&pool, 3000, 3000);
		ta_host_refuses_after(-1);
		KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
	}
	KUNIT_ASSERT_EQ(test, 0, err);
	KUNIT_EXPECT_GT(test, nr, 8L);
	validate(test, &pool);
	ta_pool_fini(&pool);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pool_init_any_size, size_gen_params),
	KUNIT_CASE(pool_init_no_pages),
	KUNIT_CASE(pool_lookup_foreign_null),
	KUNIT_CASE(pool_init_too_few_gives_back),
	KUNIT_CASE(pool_init_each_allocation_fails),
	KUNIT_CASE(pool_grow_scattered),
	KUNIT_CASE(pool_release_keeps_sections),
	KUNIT_CASE(pool_add_whole_sections_only),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_pool",
	.test_cases = cases,
};

kunit_test_suite(suite);
