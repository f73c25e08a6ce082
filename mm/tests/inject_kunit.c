// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of inject.c: each way to ask for memory can be made to fail, once, and
 * works again afterwards; what may not fail does not.
 */
#include "contig.h"
#include "create.h"
#include "helpers.h"

#define NR_PAGES	256UL
#define NR_BULK		16

struct fixture {
	struct ta_stack *stack;
	struct ta_kmem_cache *cache;
	gfp_t gfp;
};

static int inject_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->cache = ta_cache_create(&f->stack->slabs, "inject", 64, 0, 0, NULL,
				   0);
	KUNIT_ASSERT_NOT_NULL(test, f->cache);
	f->gfp = GFP_KERNEL;
	return 0;
}

static void inject_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_kmem_cache_destroy(f->cache);
	ta_test_stack_end(test, f->stack);
}

/* Each of these asks, gives back what it got, and tells whether it was all. */

static bool ask_page(struct fixture *f)
{
	struct page *page = ta_pages_alloc(&f->stack->pages, f->gfp, 0, 0);

	if (page)
		ta_pages_free(&f->stack->pages, page, 0, 0);
	return page;
}

static bool ask_block(struct fixture *f)
{
	struct page *page = ta_pages_alloc(&f->stack->pages, f->gfp, 5, 0);

	if (page)
		ta_pages_free(&f->stack->pages, page, 5, 0);
	return page;
}

static bool ask_pages(struct fixture *f)
{
	struct page *pages[NR_BULK];
	unsigned long nr = ta_pages_alloc_bulk(&f->stack->pages, f->gfp,
					       NR_BULK, pages, 0);

	ta_pages_free_bulk(&f->stack->pages, nr, pages, 0);
	return nr == NR_BULK;
}

static bool ask_range(struct fixture *f)
{
	struct page *page = ta_contig_alloc(&f->stack->pages, 3, f->gfp, 0);

	if (page)
		ta_contig_free(&f->stack->pages, page, 3, 0);
	return page;
}

static bool ask_object(struct fixture *f)
{
	void *obj = ta_kmem_cache_alloc(f->cache, f->gfp);

	if (obj)
		ta_kmem_cache_free(f->cache, obj);
	return obj;
}

static bool ask_objects(struct fixture *f)
{
	void *objs[NR_BULK];
	int nr = ta_kmem_cache_alloc_bulk(f->cache, f->gfp, NR_BULK, objs);

	ta_kmem_cache_free_bulk(f->cache, nr, objs);
	return nr == NR_BULK;
}

static bool ask_bytes(struct fixture *f)
{
	void *p = ta_slabs_kmalloc(&f->stack->slabs, 100, f->gfp, 0);

	ta_slabs_kfree(&f->stack->slabs, p, 0);
	return p;
}

static bool ask_many_bytes(struct fixture *f)
{
	void *p = ta_slabs_kmalloc(&f->stack->slabs, 5 * PAGE_SIZE, f->gfp, 0);

	ta_slabs_kfree(&f->stack->slabs, p, 0);
	return p;
}

static bool (*const ways[])(struct fixture *f) = {
	ask_page, ask_block, ask_pages, ask_range, ask_object, ask_objects,
	ask_bytes, ask_many_bytes,
};

static void inject_each_way_to_ask_fails_once(struct kunit *test)
{
	unsigned int i, left;
	bool got;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		/* The first one may ask for more: a magazine, say. */
		KUNIT_EXPECT_TRUE_MSG(test, ways[i](test->priv), "way %u", i);
		ta_test_fail_nth(1);
		got = ways[i](test->priv);
		left = ta_test_fail_nth_left();
		ta_test_fail_nth(0);
		KUNIT_EXPECT_FALSE_MSG(test, got, "way %u", i);
		KUNIT_EXPECT_EQ_MSG(test, 0U, left, "way %u", i);
		KUNIT_EXPECT_TRUE_MSG(test, ways[i](test->priv), "way %u", i);
	}
}

static void inject_what_may_not_fail_is_not_counted(struct kunit *test)
{
	static bool (*const single[])(struct fixture *f) = {
		ask_page, ask_object, ask_bytes,
	};
	struct fixture *f = test->priv;
	unsigned int i, left;
	bool got;

	f->gfp |= __GFP_NOFAIL;
	for (i = 0; i < ARRAY_SIZE(single); i++) {
		KUNIT_EXPECT_TRUE_MSG(test, single[i](f), "way %u", i);
		ta_test_fail_nth(1);
		got = single[i](f);
		left = ta_test_fail_nth_left();
		ta_test_fail_nth(0);
		KUNIT_EXPECT_TRUE_MSG(test, got, "way %u", i);
		KUNIT_EXPECT_EQ_MSG(test, 1U, left, "way %u", i);
	}
}

/* An area is made of several things; some of them can be done without. */
static int make_area(void *data)
{
	struct fixture *f = data;
	void *p = ta_vmap_alloc(&f->stack->vmap, 20 * PAGE_SIZE, f->gfp,
				PAGE_KERNEL, 0);

	ta_vmap_free(&f->stack->vmap, p, 0);
	return p ? 0 : -ENOMEM;
}

static void inject_each_part_of_an_area_fails(struct kunit *test)
{
	ta_test_each_failure(test, make_area, test->priv);
}

static struct kunit_case inject_cases[] = {
	KUNIT_CASE(inject_each_way_to_ask_fails_once),
	KUNIT_CASE(inject_what_may_not_fail_is_not_counted),
	KUNIT_CASE(inject_each_part_of_an_area_fails),
	{}
};

static struct kunit_suite inject_suite = {
	.name = "teachalloc_inject",
	.init = inject_test_init,
	.exit = inject_test_exit,
	.test_cases = inject_cases,
};

kunit_test_suite(inject_suite);
