// SPDX-License-Identifier: GPL-2.0
/* Tests of the pool: sizes of every kind, look-ups, what happens without memory. */
#include "helpers.h"

#include <linux/slab.h>

/* One page, less than a section, no power of two, more than one section. */
static unsigned long sizes[] = { 1, 2, 3, 64, 1023, 1024, 1025, 1792, 3000 };

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

static void pool_init_any_size(struct kunit *test)
{
	unsigned long nr = *(const unsigned long *)test->param_value;
	unsigned long i, seen = 0;
	struct ta_section *sec;
	struct ta_page *tp;
	struct ta_pool pool;

	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&pool, nr, nr));
	KUNIT_EXPECT_EQ(test, nr, pool.nr_pages);
	KUNIT_EXPECT_TRUE(test, ta_pool_validate(&pool));
	ta_for_each_section(&pool, i, sec)
		ta_for_each_page(sec, tp) {
			seen++;
			check_page(test, &pool, tp);
		}
	KUNIT_EXPECT_EQ(test, nr, seen);
	ta_pool_fini(&pool);
}

static void pool_init_no_pages_invalid(struct kunit *test)
{
	struct ta_pool pool;

	KUNIT_EXPECT_EQ(test, -EINVAL, ta_pool_init(&pool, 0, 0));
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

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pool_init_any_size, size_gen_params),
	KUNIT_CASE(pool_init_no_pages_invalid),
	KUNIT_CASE(pool_lookup_foreign_null),
	KUNIT_CASE(pool_init_too_few_gives_back),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_pool",
	.test_cases = cases,
};

kunit_test_suite(suite);
