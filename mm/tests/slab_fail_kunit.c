// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the slab layer without memory: each thing that it asks for, the host's
 * or a page of the pool, is refused in turn. What does not work leaves nothing
 * behind, and what was there before is as it was.
 */
#include "helpers.h"
#include "kcopy.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/string.h>

#define NR_PAGES	64UL
#define NR_BULK		24

struct fixture {
	struct ta_stack *stack;
	struct ta_slabs *slabs;
	struct page *taken[NR_PAGES];
	unsigned int nr_taken;
};

static int slab_fail_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->slabs = &f->stack->slabs;
	return 0;
}

static void slab_fail_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_test_stack_end(test, f->stack);
}

/* --- the host's memory -------------------------------------------------- */

static void make_nothing(void *obj)
{
}

/* Every kind of cache, with magazines and without, with objects and without. */
static int create_use_destroy(void *data)
{
	static const slab_flags_t kinds[] = { 0, SLAB_TYPESAFE_BY_RCU,
					      SLAB_STORE_USER };
	struct fixture *f = data;
	struct ta_kmem_cache *cache;
	unsigned int i;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		cache = ta_cache_create(f->slabs, "failing", 100, 0, kinds[i],
					make_nothing, 0);
		if (!cache)
			return -ENOMEM;
		obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);
		ta_kmem_cache_free(cache, obj);
		ta_kmem_cache_destroy(cache);
		if (!obj)
			return -ENOMEM;
	}
	return 0;
}

static void create_without_the_hosts_memory(struct kunit *test)
{
	ta_test_each_failure(test, create_use_destroy, test->priv);
}

static int make_stack(void *data)
{
	struct ta_stack *stack = data;
	int err;

	memset(stack, 0, sizeof(*stack));
	err = ta_stack_init(stack, NR_PAGES, NR_PAGES);
	if (!err)
		ta_stack_fini(stack);
	return err;
}

static void begin_without_the_hosts_memory(struct kunit *test)
{
	struct ta_stack *stack = kunit_kzalloc(test, sizeof(*stack),
					       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stack);
	ta_test_each_failure(test, make_stack, stack);
}

/* --- pages of the pool -------------------------------------------------- */

/* Leave @nr pages, in whatever pieces. */
static void leave_pages(struct fixture *f, unsigned long nr)
{
	struct ta_pages *pages = &f->stack->pages;

	f->nr_taken = 0;
	while (f->nr_taken < NR_PAGES - nr) {
		struct page *page = ta_pages_alloc(pages, GFP_ATOMIC |
						   __GFP_NOWARN, 0, 0);

		if (!page)
			break;
		f->taken[f->nr_taken++] = page;
	}
}

static void give_back(struct fixture *f)
{
	ta_pages_free_bulk(&f->stack->pages, f->nr_taken, f->taken, 0);
}

/* Use @cache by each call, and say whether each had what it wanted. */
static bool use_cache(struct kunit *test, struct ta_kmem_cache *cache)
{
	void *objs[NR_BULK], *one = ta_kmem_cache_zalloc(cache, GFP_NOWAIT |
							 __GFP_NOWARN);
	int nr = ta_kmem_cache_alloc_bulk(cache, GFP_KERNEL | __GFP_NOWARN,
					  NR_BULK, objs);

	KUNIT_EXPECT_TRUE(test, nr == 0 || nr == NR_BULK);
	if (one)
		KUNIT_EXPECT_NULL(test, memchr_inv(one, 0, 700));
	ta_kmem_cache_free_bulk(cache, nr, objs);
	ta_kmem_cache_free(cache, one);
	KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(cache));
	return one && nr;
}

/* A block grows; where it cannot, it is as it was. */
static bool use_kmalloc(struct kunit *test, struct ta_slabs *slabs)
{
	void *p = ta_slabs_kmalloc(slabs, 96, GFP_KERNEL | __GFP_NOWARN, 0), *q;
	size_t size;

	if (!p)
		return false;
	ta_fill(p, 96, 1);
	for (size = 200; size < 60000; size *= 3) {
		q = ta_slabs_krealloc(slabs, p, size,
				      GFP_KERNEL | __GFP_NOWARN, 0);
		KUNIT_EXPECT_TRUE(test, ta_filled(q ?: p, 96, 1));
		if (!q)
			break;
		p = q;
	}
	ta_slabs_kfree(slabs, p, 0);
	return q;
}

/* With no page at all, with one, with two, until there are enough. */
static void use_without_pages(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	unsigned long nr, nr_failed = 0;
	bool done = false;

	for (nr = 0; nr < NR_PAGES && !done; nr++) {
		struct ta_kmem_cache *cache;
		unsigned long before = ta_report_count(TA_FAULT_BUSY);

		ta_slabs_shrink(f->slabs);
		ta_pages_drain(pages);
		leave_pages(f, nr);
		/* Needs none. */
		cache = ta_cache_create(f->slabs, "failing", 700, 0, 0, NULL,
					0);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		done = use_cache(test, cache);
		ta_kmem_cache_destroy(cache);
		KUNIT_EXPECT_EQ(test, before, ta_report_count(TA_FAULT_BUSY));
		done &= use_kmalloc(test, f->slabs);
		nr_failed += !done;
		KUNIT_EXPECT_TRUE(test, ta_slabs_validate(f->slabs));
		give_back(f);
		ta_slabs_shrink(f->slabs);
		KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
	}
	KUNIT_EXPECT_TRUE(test, done);
	KUNIT_EXPECT_LT(test, 4UL, nr_failed);
	kunit_info(test, "%lu pages are enough", nr - 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(create_without_the_hosts_memory),
	KUNIT_CASE(begin_without_the_hosts_memory),
	KUNIT_CASE(use_without_pages),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_slab_fail",
	.init = slab_fail_test_init,
	.exit = slab_fail_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
