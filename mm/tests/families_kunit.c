// SPDX-License-Identifier: GPL-2.0
/* Tests of blocks that are split, and of allocations of an exact size. */
#include "families.h"
#include "helpers.h"
#include "report.h"

#include <linux/mm.h>

#define NR_PAGES	1024UL

static int families_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

/* What was cut up merges again. */
static void families_test_exit(struct kunit *test)
{
	struct ta_stack *stack = test->priv;

	ta_pages_drain(&stack->pages);
	KUNIT_EXPECT_EQ(test, NR_PAGES, stack->pages.buddy.nr_free_pages);
	ta_test_stack_end(test, stack);
}

static struct ta_pages *pages_of(struct kunit *test)
{
	return &((struct ta_stack *)test->priv)->pages;
}

static void *alloc_exact(struct kunit *test, size_t size, gfp_t gfp)
{
	return ta_pages_alloc_exact(pages_of(test), size, gfp, _RET_IP_);
}

static void free_exact(struct kunit *test, const void *p, size_t size)
{
	ta_pages_free_exact(pages_of(test), p, size, _RET_IP_);
}

static void expect_free(struct kunit *test, unsigned long nr_pages)
{
	KUNIT_EXPECT_EQ(test, nr_pages, ta_pages_nr_free(pages_of(test)));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages_of(test)));
}

static size_t sizes[] = {
	1, PAGE_SIZE, PAGE_SIZE + 1, 3 * PAGE_SIZE, 5 * PAGE_SIZE - 7,
	31 * PAGE_SIZE, 64 * PAGE_SIZE, 65 * PAGE_SIZE, 513 * PAGE_SIZE, 1000 * PAGE_SIZE,
};

static void describe_size(size_t *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu bytes",
		 (unsigned long)*size);
}

KUNIT_ARRAY_PARAM(size, sizes, describe_size);

/* Not a page more than needed, and all of it may be written. */
static void exact_alloc_takes_no_more(struct kunit *test)
{
	size_t size = *(const size_t *)test->param_value;
	unsigned long nr = DIV_ROUND_UP(size, PAGE_SIZE);
	void *p = alloc_exact(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	expect_free(test, NR_PAGES - nr);
	ta_fill(p, nr << PAGE_SHIFT, size);
	KUNIT_EXPECT_TRUE(test, ta_filled(p, nr << PAGE_SHIFT, size));
	free_exact(test, p, nr << PAGE_SHIFT);
	expect_free(test, NR_PAGES);
}

static void exact_alloc_zeroed(struct kunit *test)
{
	size_t size = 7 * PAGE_SIZE;
	u8 *p = alloc_exact(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0xff, size);
	free_exact(test, p, size);
	p = alloc_exact(test, size, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	free_exact(test, p, size);
}

static void exact_alloc_bad_size_reported(struct kunit *test)
{
	static const size_t bad[] = {
		0, (PAGE_SIZE << TA_MAX_ORDER) + 1, SIZE_MAX,
		SIZE_MAX - PAGE_SIZE, 1UL << 63, 1UL << 32,
	};
	unsigned long n = ta_report_count(TA_FAULT_BAD_SIZE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_NULL(test, alloc_exact(test, bad[i], GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, n + ARRAY_SIZE(bad),
			ta_report_count(TA_FAULT_BAD_SIZE));
	expect_free(test, NR_PAGES);
}

static void exact_alloc_no_room_null(struct kunit *test)
{
	size_t all = NR_PAGES << PAGE_SHIFT;
	void *p = alloc_exact(test, 600 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, alloc_exact(test, 300 * PAGE_SIZE,
					    GFP_KERNEL | __GFP_NOWARN));
	expect_free(test, NR_PAGES - 600);
	free_exact(test, p, 600 * PAGE_SIZE);
	p = alloc_exact(test, all, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	if (p)
		free_exact(test, p, all);
}

static void exact_free_bad_reported(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *block = ta_pages_alloc(pages, GFP_KERNEL, 3, _RET_IP_);
	void *p = alloc_exact(test, 5 * PAGE_SIZE, GFP_KERNEL);
	struct page *foreign = alloc_page(GFP_KERNEL);
	unsigned long n[TA_NR_FAULTS];
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, block && p && foreign);
	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);
	/* size */
	free_exact(test, p, 0);
	free_exact(test, p, 4 * PAGE_SIZE);
	free_exact(test, p, 5 * PAGE_SIZE + 1);
	free_exact(test, p, SIZE_MAX);
	/* place */
	free_exact(test, p + PAGE_SIZE, 4 * PAGE_SIZE);
	free_exact(test, p + 8, 5 * PAGE_SIZE);
	/* owner: the other family's, in both directions */
	free_exact(test, page_address(block), PAGE_SIZE << 3);
	ta_pages_free_addr(pages, p, 3, _RET_IP_);
	ta_pages_free_addr(pages, p, 0, _RET_IP_);
	ta_pages_split(pages, virt_to_page(p), 0, _RET_IP_);
	free_exact(test, page_address(foreign), PAGE_SIZE);
	expect_free(test, NR_PAGES - 13);
	free_exact(test, p, 5 * PAGE_SIZE);
	free_exact(test, p, 5 * PAGE_SIZE);
	ta_pages_free(pages, block, 3, _RET_IP_);

	KUNIT_EXPECT_EQ(test, n[TA_FAULT_BAD_SIZE] + 4,
			ta_report_count(TA_FAULT_BAD_SIZE));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_INTERIOR] + 2,
			ta_report_count(TA_FAULT_INTERIOR));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_WRONG_OWNER] + 4,
			ta_report_count(TA_FAULT_WRONG_OWNER));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_FOREIGN] + 1,
			ta_report_count(TA_FAULT_FOREIGN));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_DOUBLE_FREE] + 1,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	expect_free(test, NR_PAGES);
	__free_page(foreign);
}

/* A page of it that somebody holds waits alone. */
static void exact_free_pinned_page_waits(struct kunit *test)
{
	void *p = alloc_exact(test, 5 * PAGE_SIZE, GFP_KERNEL);
	struct page *held;

	KUNIT_ASSERT_NOT_NULL(test, p);
	held = virt_to_page(p + 3 * PAGE_SIZE);
	get_page(held);
	free_exact(test, p, 5 * PAGE_SIZE);
	expect_free(test, NR_PAGES - 1);
	put_page(held);
	expect_free(test, NR_PAGES);
}

static void split_every_order(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	unsigned int order, i;

	for (order = 0; order <= TA_MAX_ORDER; order++) {
		struct page *page = ta_pages_alloc(pages, GFP_KERNEL, order,
						   _RET_IP_);

		KUNIT_ASSERT_NOT_NULL(test, page);
		ta_pages_split(pages, page, order, _RET_IP_);
		expect_free(test, NR_PAGES - (1UL << order));
		/* The odd ones, then the even ones: nothing depends on it. */
		for (i = 1; i < 1U << order; i += 2)
			ta_pages_free(pages, page + i, 0, _RET_IP_);
		expect_free(test, NR_PAGES - DIV_ROUND_UP(1UL << order, 2));
		for (i = 0; i < 1U << order; i += 2)
			ta_pages_free(pages, page + i, 0, _RET_IP_);
		expect_free(test, NR_PAGES);
		ta_pages_drain(pages);
	}
}

static void split_bad_reported(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *page = ta_pages_alloc(pages, GFP_KERNEL, 3, _RET_IP_);
	struct page *foreign = alloc_page(GFP_KERNEL);
	unsigned long n[TA_NR_FAULTS];
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, page && foreign);
	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);
	ta_pages_split(pages, foreign, 0, _RET_IP_);
	ta_pages_split(pages, page, 2, _RET_IP_);
	ta_pages_split(pages, page, 63, _RET_IP_);
	ta_pages_split(pages, page + 1, 0, _RET_IP_);
	ta_pages_split(pages, page, 3, _RET_IP_);
	/* a block no more */
	ta_pages_split(pages, page, 3, _RET_IP_);
	ta_pages_free(pages, page, 3, _RET_IP_);
	for (i = 0; i < 8; i++)
		ta_pages_free(pages, page + i, 0, _RET_IP_);
	ta_pages_split(pages, page, 0, _RET_IP_);

	KUNIT_EXPECT_EQ(test, n[TA_FAULT_FOREIGN] + 1,
			ta_report_count(TA_FAULT_FOREIGN));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_WRONG_ORDER] + 4,
			ta_report_count(TA_FAULT_WRONG_ORDER));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_INTERIOR] + 1,
			ta_report_count(TA_FAULT_INTERIOR));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_WRONG_OWNER] + 1,
			ta_report_count(TA_FAULT_WRONG_OWNER));
	expect_free(test, NR_PAGES);
	__free_page(foreign);
}

static void stress_round(void *data, struct ta_rng *rng)
{
	size_t size[8];
	void *p[8];
	unsigned int i;

	for (i = 0; i < 8; i++) {
		size[i] = 1 + ta_rng_below(rng, 20 * PAGE_SIZE);
		p[i] = ta_pages_alloc_exact(data, size[i],
					    GFP_ATOMIC | __GFP_NOWARN,
					    _RET_IP_);
		if (p[i])
			ta_fill(p[i], 64, (unsigned long)p[i]);
	}
	for (i = 0; i < 8; i++) {
		if (!p[i])
			continue;
		WARN_ON(!ta_filled(p[i], 64, (unsigned long)p[i]));
		ta_pages_free_exact(data, p[i], size[i], _RET_IP_);
	}
}

static void exact_stress_all_cpus(struct kunit *test)
{
	struct ta_stress stress = {
		.work = stress_round,
		.data = pages_of(test),
		.nr_rounds = 200,
	};

	ta_stress_run(test, &stress);
	expect_free(test, NR_PAGES);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(exact_alloc_takes_no_more, size_gen_params),
	KUNIT_CASE(exact_alloc_zeroed),
	KUNIT_CASE(exact_alloc_bad_size_reported),
	KUNIT_CASE(exact_alloc_no_room_null),
	KUNIT_CASE(exact_free_bad_reported),
	KUNIT_CASE(exact_free_pinned_page_waits),
	KUNIT_CASE(split_every_order),
	KUNIT_CASE(split_bad_reported),
	KUNIT_CASE(exact_stress_all_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_families",
	.init = families_test_init,
	.exit = families_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
