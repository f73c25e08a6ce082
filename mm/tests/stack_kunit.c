// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of several pools side by side: each is a stack of its own, and what is
 * of one is foreign to the other.
 */
#include "families.h"
#include "helpers.h"
#include "report.h"
#include "resize.h"

#include <linux/mm.h>

#define NR_PAGES	256UL

struct pair {
	struct ta_stack *a;
	struct ta_stack *b;
};

static int stack_test_init(struct kunit *test)
{
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);

	if (!pair)
		return -ENOMEM;
	pair->a = ta_test_stack(test, NR_PAGES);
	pair->b = ta_test_stack(test, NR_PAGES);
	test->priv = pair;
	return 0;
}

static void stack_test_exit(struct kunit *test)
{
	struct pair *pair = test->priv;

	ta_test_stack_end(test, pair->a);
	ta_test_stack_end(test, pair->b);
}

static void expect_free(struct kunit *test, struct ta_stack *stack,
			unsigned long nr)
{
	KUNIT_EXPECT_EQ(test, nr, ta_pages_nr_free(&stack->pages));
	KUNIT_EXPECT_TRUE(test, ta_stack_validate(stack));
}

/* Each can hand out all it has, and no page is in both. */
static void stack_two_share_no_page(struct kunit *test)
{
	struct page **array = kunit_kcalloc(test, 2 * NR_PAGES, sizeof(*array),
					    GFP_KERNEL);
	struct pair *pair = test->priv;
	unsigned long i;

	KUNIT_ASSERT_NOT_NULL(test, array);
	KUNIT_ASSERT_EQ(test, NR_PAGES,
			ta_pages_alloc_bulk(&pair->a->pages, GFP_KERNEL,
					    NR_PAGES, array, _RET_IP_));
	expect_free(test, pair->b, NR_PAGES);
	KUNIT_ASSERT_EQ(test, NR_PAGES,
			ta_pages_alloc_bulk(&pair->b->pages, GFP_KERNEL,
					    NR_PAGES, array + NR_PAGES,
					    _RET_IP_));
	for (i = 0; i < 2 * NR_PAGES; i++)
		*(unsigned long *)page_address(array[i]) = i;
	for (i = 0; i < 2 * NR_PAGES; i++) {
		struct ta_pool *other = i < NR_PAGES ? &pair->b->pages.pool :
						       &pair->a->pages.pool;

		KUNIT_EXPECT_EQ(test, i,
				*(unsigned long *)page_address(array[i]));
		KUNIT_EXPECT_NULL(test, ta_pool_page(other, array[i]));
	}
	ta_pages_free_bulk(&pair->a->pages, NR_PAGES, array, _RET_IP_);
	ta_pages_free_bulk(&pair->b->pages, NR_PAGES, array + NR_PAGES,
			   _RET_IP_);
}

static void stack_free_to_other_is_foreign(struct kunit *test)
{
	unsigned long n = ta_report_count(TA_FAULT_FOREIGN);
	struct pair *pair = test->priv;
	struct ta_pages *a = &pair->a->pages, *b = &pair->b->pages;
	struct page *page = ta_pages_alloc(a, GFP_KERNEL, 2, _RET_IP_);
	void *exact = ta_pages_alloc_exact(a, 5 * PAGE_SIZE, GFP_KERNEL,
					   _RET_IP_);
	void *small = ta_slabs_kmalloc(&pair->a->slabs, 100, GFP_KERNEL,
				       _RET_IP_);
	void *large = ta_slabs_kmalloc(&pair->a->slabs, 9 * PAGE_SIZE,
				       GFP_KERNEL, _RET_IP_);
	unsigned long nr_free;

	KUNIT_ASSERT_TRUE(test, page && exact && small && large);
	nr_free = ta_pages_nr_free(a);
	ta_pages_free(b, page, 2, _RET_IP_);
	ta_pages_free_addr(b, page_address(page), 2, _RET_IP_);
	ta_pages_free_bulk(b, 1, &page, _RET_IP_);
	ta_pages_split(b, page, 2, _RET_IP_);
	ta_pages_free_exact(b, exact, 5 * PAGE_SIZE, _RET_IP_);
	ta_slabs_kfree(&pair->b->slabs, small, _RET_IP_);
	ta_slabs_kfree(&pair->b->slabs, large, _RET_IP_);
	KUNIT_EXPECT_EQ(test, n + 7, ta_report_count(TA_FAULT_FOREIGN));
	expect_free(test, pair->a, nr_free);
	expect_free(test, pair->b, NR_PAGES);

	ta_pages_free(a, page, 2, _RET_IP_);
	ta_pages_free_exact(a, exact, 5 * PAGE_SIZE, _RET_IP_);
	ta_slabs_kfree(&pair->a->slabs, small, _RET_IP_);
	ta_slabs_kfree(&pair->a->slabs, large, _RET_IP_);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_reset(a));
	expect_free(test, pair->a, NR_PAGES);
}

static void stack_vfree_to_other_is_foreign(struct kunit *test)
{
	unsigned long n = ta_report_count(TA_FAULT_FOREIGN);
	struct pair *pair = test->priv;
	void *p = ta_vmap_alloc(&pair->a->vmap, 3 * PAGE_SIZE, GFP_KERNEL,
				PAGE_KERNEL, _RET_IP_);

	KUNIT_ASSERT_NOT_NULL(test, p);
	ta_vmap_free(&pair->b->vmap, p, _RET_IP_);
	KUNIT_EXPECT_EQ(test, n + 1, ta_report_count(TA_FAULT_FOREIGN));
	KUNIT_EXPECT_NOT_NULL(test, ta_vmap_to_page(&pair->a->vmap, p));
	ta_vmap_free(&pair->a->vmap, p, _RET_IP_);
	KUNIT_EXPECT_EQ(test, n + 1, ta_report_count(TA_FAULT_FOREIGN));
}

/* One is full, or empty, or resized: the other one does not notice. */
static void stack_one_empty_other_works(struct kunit *test)
{
	struct pair *pair = test->priv;
	struct ta_pages *a = &pair->a->pages, *b = &pair->b->pages;
	struct page *all = ta_pages_alloc(a, GFP_KERNEL, 8, _RET_IP_);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, all);
	KUNIT_EXPECT_NULL(test, ta_pages_alloc(a, GFP_KERNEL | __GFP_NOWARN, 0,
					       _RET_IP_));
	page = ta_pages_alloc(b, GFP_KERNEL, 7, _RET_IP_);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_grow(a, 1000));
	KUNIT_EXPECT_EQ(test, -EBUSY, ta_pages_reset(b));
	expect_free(test, pair->a, 1000);
	expect_free(test, pair->b, NR_PAGES - 128);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_shrink(a, 1000));
	ta_pages_free(a, all, 8, _RET_IP_);
	if (page)
		ta_pages_free(b, page, 7, _RET_IP_);
}

/* The harness of the host looks whether all that was taken came back. */
static void stack_init_each_allocation_fails(struct kunit *test)
{
	struct ta_stack *stack;
	int err = -ENOMEM;
	long nr;

	if (!ta_host_refuses_after(-1))
		kunit_skip(test, "a kernel's allocations cannot fail at will");
	for (nr = 0; err && nr < 1000; nr++) {
		stack = kunit_kzalloc(test, sizeof(*stack), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, stack);
		ta_host_refuses_after(nr);
		err = ta_stack_init(stack, NR_PAGES, NR_PAGES);
		ta_host_refuses_after(-1);
		KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
	}
	KUNIT_ASSERT_EQ(test, 0, err);
	KUNIT_EXPECT_GT(test, nr, 10L);
	ta_test_stack_end(test, stack);
}

static void cross_round(void *data, struct ta_rng *rng)
{
	struct pair *pair = data;
	struct ta_stack *stack = ta_rng_below(rng, 2) ? pair->a : pair->b;
	unsigned int order = ta_rng_below(rng, 4);
	size_t size = 1 + ta_rng_below(rng, 5000);
	struct page *page = ta_pages_alloc(&stack->pages,
					   GFP_KERNEL | __GFP_NOWARN, order,
					   _RET_IP_);
	void *p = ta_slabs_kmalloc(&stack->slabs, size,
				   GFP_KERNEL | __GFP_NOWARN, _RET_IP_);

	if (page) {
		ta_fill(page_address(page), 64, (unsigned long)page);
		cond_resched();
		WARN_ON(!ta_filled(page_address(page), 64,
				   (unsigned long)page));
		ta_pages_free(&stack->pages, page, order, _RET_IP_);
	}
	ta_slabs_kfree(&stack->slabs, p, _RET_IP_);
}

static void stack_stress_two(struct kunit *test)
{
	struct pair *pair = test->priv;
	struct ta_stress stress = {
		.work = cross_round,
		.data = pair,
		.nr_rounds = 500,
	};

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_reset(&pair->a->pages));
	KUNIT_EXPECT_EQ(test, 0, ta_pages_reset(&pair->b->pages));
	expect_free(test, pair->a, NR_PAGES);
	expect_free(test, pair->b, NR_PAGES);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(stack_two_share_no_page),
	KUNIT_CASE(stack_free_to_other_is_foreign),
	KUNIT_CASE(stack_vfree_to_other_is_foreign),
	KUNIT_CASE(stack_one_empty_other_works),
	KUNIT_CASE(stack_init_each_allocation_fails),
	KUNIT_CASE(stack_stress_two),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_stack",
	.init = stack_test_init,
	.exit = stack_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
