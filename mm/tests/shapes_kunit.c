// SPDX-License-Identifier: GPL-2.0
/*
 * The best and the worst that can happen to a buddy allocator, and to the pages
 * in front of it. The validator runs after every step.
 */
#include "helpers.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/slab.h>

#define NR_PAGES	TA_SECTION_PAGES

/* One section, and the blocks that are taken from it. */
struct fixture {
	struct ta_pool pool;
	struct ta_buddy buddy;
	struct ta_page *block[NR_PAGES];
	u8 order[NR_PAGES];
	unsigned int nr;
	struct ta_page *hole[NR_PAGES];
	unsigned int nr_holes;
};

static struct fixture *fixture_of(struct kunit *test)
{
	return test->priv;
}

static void check(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, ta_buddy_validate(&fixture_of(test)->buddy));
}

static void make_pool(struct kunit *test, unsigned long nr_pages)
{
	struct fixture *f = fixture_of(test);

	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&f->pool, nr_pages, nr_pages));
	ta_buddy_init(&f->buddy, &f->pool);
	check(test);
}

static int shapes_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fixture), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return 0;
}

/* All that was taken is free again, and in as large blocks as can be. */
static void end_pool(struct kunit *test)
{
	struct fixture *f = fixture_of(test);

	KUNIT_EXPECT_EQ(test, f->pool.nr_pages, f->buddy.nr_free_pages);
	KUNIT_EXPECT_EQ(test, f->pool.nr_pages >> TA_MAX_ORDER,
			ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
	ta_pool_fini(&f->pool);
}

static struct ta_page *take(struct kunit *test, unsigned int order)
{
	struct ta_page *tp = ta_buddy_alloc(&fixture_of(test)->buddy, order,
					     TA_MIGRATE_MOVABLE);

	check(test);
	return tp;
}

static void give(struct kunit *test, struct ta_page *tp, unsigned int order)
{
	ta_buddy_free(&fixture_of(test)->buddy, tp, order);
	check(test);
}

/* One more block, which must be there. */
static void keep(struct kunit *test, unsigned int order)
{
	struct fixture *f = fixture_of(test);
	struct ta_page *tp = take(test, order);

	KUNIT_ASSERT_NOT_NULL(test, tp);
	f->block[f->nr] = tp;
	f->order[f->nr++] = order;
}

static void give_all(struct kunit *test)
{
	struct fixture *f = fixture_of(test);

	while (f->nr) {
		f->nr--;
		give(test, f->block[f->nr], f->order[f->nr]);
	}
}

/* A pool of 2^order pages is one block of that order, and no other. */
static void shapes_limits_whole_pool(struct kunit *test)
{
	unsigned int order, other;

	for (order = 0; order <= TA_MAX_ORDER; order++) {
		make_pool(test, 1UL << order);
		for (other = order + 1; other <= TA_MAX_ORDER; other++)
			KUNIT_EXPECT_NULL(test, take(test, other));
		keep(test, order);
		for (other = 0; other <= TA_MAX_ORDER; other++)
			KUNIT_EXPECT_NULL(test, take(test, other));
		give_all(test);
		end_pool(test);
	}
}

/*
 * A page less than a power of two: a block of each lower order, whatever order
 * they are asked for in.
 */
static void shapes_limits_page_less(struct kunit *test)
{
	unsigned int order, other;

	for (order = 1; order <= TA_MAX_ORDER; order++) {
		make_pool(test, (1UL << order) - 1);
		KUNIT_EXPECT_NULL(test, take(test, order));
		for (other = 0; other < order; other++)
			keep(test, other);
		KUNIT_EXPECT_NULL(test, take(test, 0));
		give_all(test);
		for (other = order; other--; )
			keep(test, other);
		KUNIT_EXPECT_NULL(test, take(test, 0));
		give_all(test);
		end_pool(test);
	}
}

/*
 * The smallest blocks come back first: each free makes the next order possible,
 * and not one order more.
 */
static void shapes_pessimistic_each_free_enables_next(struct kunit *test)
{
	struct fixture *f = fixture_of(test);
	struct ta_page *tp;
	unsigned int order;

	make_pool(test, NR_PAGES);
	keep(test, 0);
	for (order = 0; order < TA_MAX_ORDER; order++)
		keep(test, order);
	KUNIT_EXPECT_NULL(test, take(test, 0));
	give(test, f->block[0], 0);
	for (order = 0; order < TA_MAX_ORDER; order++) {
		KUNIT_EXPECT_NULL(test, take(test, order + 1));
		give(test, f->block[order + 1], order);
		tp = take(test, order + 1);
		KUNIT_ASSERT_NOT_NULL(test, tp);
		KUNIT_EXPECT_NULL(test, take(test, 0));
		give(test, tp, order + 1);
	}
	end_pool(test);
}

/* Every block of an order becomes one of each lower order, and a hole. */
static void whittle(struct kunit *test, unsigned int top)
{
	struct fixture *f = fixture_of(test);
	unsigned int i, order, nr = f->nr;

	for (i = 0; i < nr; i++) {
		if (f->order[i] != top)
			continue;
		give(test, f->block[i], top);
		f->block[i] = take(test, top - 1);
		f->order[i] = top - 1;
		KUNIT_ASSERT_NOT_NULL(test, f->block[i]);
		for (order = top - 1; order--; )
			keep(test, order);
		f->hole[f->nr_holes] = take(test, 0);
		KUNIT_ASSERT_NOT_NULL(test, f->hole[f->nr_holes++]);
		KUNIT_ASSERT_NULL(test, take(test, 0));
	}
}

/* Whittled down until exactly half is free, and no two pages together. */
static void shapes_pathological_half_is_holes(struct kunit *test)
{
	struct fixture *f = fixture_of(test);
	unsigned int top, order;

	make_pool(test, NR_PAGES);
	keep(test, TA_MAX_ORDER);
	for (top = TA_MAX_ORDER; top; top--)
		whittle(test, top);
	KUNIT_EXPECT_EQ(test, NR_PAGES / 2, (unsigned long)f->nr);
	KUNIT_EXPECT_EQ(test, NR_PAGES / 2, (unsigned long)f->nr_holes);
	while (f->nr_holes)
		give(test, f->hole[--f->nr_holes], 0);
	KUNIT_EXPECT_EQ(test, NR_PAGES / 2, f->buddy.nr_free_pages);
	KUNIT_EXPECT_EQ(test, NR_PAGES / 2, ta_buddy_nr_free(&f->buddy, 0));
	for (order = 1; order <= TA_MAX_ORDER; order++)
		KUNIT_EXPECT_NULL(test, take(test, order));
	give_all(test);
	end_pool(test);
}

/* Free every third page, from @first on by address. */
static void give_third(struct kunit *test, unsigned int first)
{
	struct fixture *f = fixture_of(test);
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		if (f->block[i]->idx % 3 == first)
			give(test, f->block[i], 0);
}

/* How many blocks of an order there are, all taken and given back. */
static unsigned int nr_there(struct kunit *test, unsigned int order)
{
	struct fixture *f = fixture_of(test);
	unsigned int nr = 0;

	while ((f->hole[nr] = take(test, order)))
		nr++;
	for (; f->nr_holes < nr; f->nr_holes++)
		give(test, f->hole[f->nr_holes], order);
	f->nr_holes = 0;
	return nr;
}

/*
 * Pages on three lists in turn, as neighbours in memory. One list is no two
 * pages together; two lists are pairs, of which those that begin at an even
 * page are blocks; all three are everything.
 */
static void shapes_contiguous_in_alternating_lists(struct kunit *test)
{
	unsigned int i;

	make_pool(test, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++)
		keep(test, 0);
	give_third(test, 1);
	KUNIT_EXPECT_EQ(test, 0U, nr_there(test, 1));
	give_third(test, 2);
	/* 4, 10, 16, ..., 1018: one page in six begins such a pair. */
	KUNIT_EXPECT_EQ(test, 170U, nr_there(test, 1));
	KUNIT_EXPECT_EQ(test, 0U, nr_there(test, 2));
	give_third(test, 0);
	KUNIT_EXPECT_EQ(test, 1U, nr_there(test, TA_MAX_ORDER));
	end_pool(test);
}

/* The set-up of each layer, with each of its allocations failing in turn. */

static int make_and_end_pool(void *data)
{
	unsigned long *nr_pages = data;
	struct ta_pool pool;
	int err = ta_pool_init(&pool, *nr_pages, *nr_pages);

	if (!err)
		ta_pool_fini(&pool);
	return err;
}

static void shapes_pool_each_allocation_fails(struct kunit *test)
{
	/* Two sections and a bit, of which the host gives four blocks. */
	unsigned long nr_pages = 2 * TA_SECTION_PAGES + 5;

	ta_test_each_failure(test, make_and_end_pool, &nr_pages);
}

static int make_and_end_stack(void *data)
{
	struct ta_stack *stack = data;
	int err;

	memset(stack, 0, sizeof(*stack));
	err = ta_stack_init(stack, 256, 256);
	if (!err && ta_stack_fini(stack))
		err = -EIO;
	return err;
}

static void shapes_stack_each_allocation_fails(struct kunit *test)
{
	struct ta_stack *stack = kunit_kzalloc(test, sizeof(*stack),
					       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stack);
	ta_test_each_failure(test, make_and_end_stack, stack);
}

/* Blocks that change hands between the CPUs before they are freed. */

#define NR_SHELF	32

struct shelf {
	struct ta_pages *pages;
	struct page *block[NR_SHELF];
};

/* The order is in the block, as its owner's mark. */
static void free_marked(struct shelf *shelf, struct page *page)
{
	unsigned long *mark = page_address(page);
	unsigned int order = *mark & 15;

	WARN_ON(*mark >> 4 != page_to_pfn(page));
	*mark = 0;
	ta_pages_free(shelf->pages, page, order, _RET_IP_);
}

static void swap_round(void *data, struct ta_rng *rng)
{
	unsigned int order = ta_rng_below(rng, 6);
	struct shelf *shelf = data;
	struct page *page = ta_pages_alloc(shelf->pages,
					   GFP_ATOMIC | __GFP_NOWARN, order,
					   _RET_IP_);

	if (page)
		*(unsigned long *)page_address(page) =
			page_to_pfn(page) << 4 | order;
	page = xchg(&shelf->block[ta_rng_below(rng, NR_SHELF)], page);
	if (page)
		free_marked(shelf, page);
}

static void shapes_remote_frees_all_cpus(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, NR_PAGES);
	struct shelf *shelf = kunit_kzalloc(test, sizeof(*shelf), GFP_KERNEL);
	struct ta_stress stress = {
		.work = swap_round,
		.data = shelf,
		.nr_rounds = 3000,
	};
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, shelf);
	shelf->pages = &stack->pages;
	ta_stress_run(test, &stress);
	for (i = 0; i < NR_SHELF; i++)
		if (shelf->block[i])
			free_marked(shelf, shelf->block[i]);
	ta_pages_drain(&stack->pages);
	KUNIT_EXPECT_EQ(test, 1UL,
			ta_buddy_nr_free(&stack->pages.buddy, TA_MAX_ORDER));
	ta_test_stack_end(test, stack);
}

/* Bad frees: what each kind of page is reported as. */

static const struct bad_free {
	enum ta_page_kind kind;
	enum ta_fault fault;
} bad_frees[] = {
	{ TA_KIND_HOLE, TA_FAULT_FOREIGN },
	{ TA_KIND_TAIL, TA_FAULT_INTERIOR },
	{ TA_KIND_FREE, TA_FAULT_DOUBLE_FREE },
	{ TA_KIND_PCP, TA_FAULT_DOUBLE_FREE },
	{ TA_KIND_PINNED, TA_FAULT_DOUBLE_FREE },
	{ TA_KIND_SLAB, TA_FAULT_WRONG_OWNER },
	{ TA_KIND_SLAB_TAIL, TA_FAULT_INTERIOR },
	{ TA_KIND_KMALLOC, TA_FAULT_WRONG_OWNER },
	{ TA_KIND_VMALLOC, TA_FAULT_WRONG_OWNER },
	{ TA_KIND_USER, TA_FAULT_WRONG_OWNER },
};

/* By page, by address and among others, each is reported and left alone. */
static void shapes_bad_free_of_each_kind(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, 64);
	struct ta_pages *pages = &stack->pages;
	struct page *page = ta_pages_alloc(pages, GFP_KERNEL, 0, _RET_IP_);
	unsigned long nr_free = ta_pages_nr_free(pages);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < ARRAY_SIZE(bad_frees); i++) {
		unsigned long n = ta_report_count(bad_frees[i].fault);
		struct page *one = page;

		ta_pages_set_kind(pages, page, bad_frees[i].kind);
		ta_pages_free(pages, page, 0, _RET_IP_);
		ta_pages_free_addr(pages, page_address(page), 0, _RET_IP_);
		ta_pages_free_bulk(pages, 1, &one, _RET_IP_);
		KUNIT_EXPECT_EQ(test, n + 3,
				ta_report_count(bad_frees[i].fault));
		KUNIT_EXPECT_EQ(test, nr_free, ta_pages_nr_free(pages));
		/* Not by the look-up, which sees no page in a hole. */
		ta_page_set_kind(ta_section_at(ta_pool_section_of(&pages->pool,
								  page_to_pfn(page)),
					       page_to_pfn(page)),
				 TA_KIND_ALLOC);
		KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
	}
	ta_pages_free(pages, page, 0, _RET_IP_);
	ta_test_stack_end(test, stack);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(shapes_limits_whole_pool),
	KUNIT_CASE(shapes_limits_page_less),
	KUNIT_CASE(shapes_pessimistic_each_free_enables_next),
	KUNIT_CASE(shapes_pathological_half_is_holes),
	KUNIT_CASE(shapes_contiguous_in_alternating_lists),
	KUNIT_CASE(shapes_pool_each_allocation_fails),
	KUNIT_CASE(shapes_stack_each_allocation_fails),
	KUNIT_CASE(shapes_remote_frees_all_cpus),
	KUNIT_CASE(shapes_bad_free_of_each_kind),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_shapes",
	.init = shapes_test_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
