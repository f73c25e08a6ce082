// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of compaction.c: a pool in pieces is made whole, what cannot move stays,
 * nothing is lost; against a shadow of what each page holds.
 */
#include "movable.h"
#include "vmstat.h"

#include <linux/mm.h>

#define NR_BLOCKS	8U
#define NR_PAGES	(NR_BLOCKS * TA_PAGEBLOCK_PAGES)

/**
 * struct fixture - a pool and who has its pages
 * @stack: the pool
 * @m: pages that can be moved
 */
struct fixture {
	struct ta_stack *stack;
	struct ta_movable m;
};

static int compaction_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	ta_movable_init(test, &f->m, &f->stack->pages);
	return 0;
}

static void compaction_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_movable_end(&f->m);
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
	ta_test_stack_end(test, f->stack);
}

static struct ta_pages *pages_of(struct fixture *f)
{
	return &f->stack->pages;
}

static struct page *get(struct fixture *f, gfp_t gfp, unsigned int order)
{
	return ta_pages_alloc(pages_of(f), gfp | __GFP_NOWARN, order, _RET_IP_);
}

static void put(struct fixture *f, struct page *page, unsigned int order)
{
	ta_pages_free(pages_of(f), page, order, _RET_IP_);
}

/* Whether there is a block of @order at this moment, without any effort. */
static bool has_block(struct fixture *f, unsigned int order)
{
	struct page *page;

	ta_pages_drain(pages_of(f));
	page = get(f, GFP_NOWAIT, order);
	if (page)
		put(f, page, order);
	ta_pages_drain(pages_of(f));
	return page;
}

static unsigned long counted(struct fixture *f, enum ta_vm_event event)
{
	return ta_vmstat_sum(&pages_of(f)->pool.vmstat, event);
}

static bool all_valid(struct fixture *f)
{
	return ta_pages_validate(pages_of(f)) & ta_movable_intact(&f->m);
}

/* Every other page free: half of the pool, and no two of them neighbours. */
static void fragment(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_pages_drain(pages_of(f));
	KUNIT_ASSERT_EQ(test, NR_PAGES, ta_movable_fill(&f->m));
	ta_movable_del_every(&f->m, 2);
	KUNIT_ASSERT_EQ(test, NR_PAGES / 2, ta_pages_nr_free(pages_of(f)));
	KUNIT_ASSERT_FALSE(test, has_block(f, 1));
}

static void compaction_all_makes_half_whole(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *block[NR_BLOCKS / 2];
	unsigned int i;

	fragment(test);
	/* a quarter goes from the lower half to the upper one */
	KUNIT_EXPECT_EQ(test, NR_PAGES / 4,
			ta_compaction_all(&pages_of(f)->compaction));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	for (i = 0; i < ARRAY_SIZE(block); i++) {
		block[i] = get(f, GFP_NOWAIT, 9);
		KUNIT_ASSERT_NOT_NULL(test, block[i]);
	}
	KUNIT_EXPECT_FALSE(test, has_block(f, 0));
	for (i = 0; i < ARRAY_SIZE(block); i++)
		put(f, block[i], 9);
	KUNIT_EXPECT_EQ(test, NR_PAGES / 4, f->m.nr_moved);
	KUNIT_EXPECT_EQ(test, NR_PAGES / 4,
			counted(f, TA_VM_MIGRATE_SUCCESS));
	KUNIT_EXPECT_EQ(test, NR_PAGES, f->m.nr);
}

/* It moves no more than it must, and goes on where it stopped. */
static void compaction_try_every_order(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int order;

	for (order = 1; order <= TA_MAX_ORDER; order++) {
		fragment(test);
		f->m.nr_moved = 0;
		KUNIT_EXPECT_EQ(test, TA_COMPACT_SUCCESS,
				ta_compaction_try(&pages_of(f)->compaction,
						  order));
		KUNIT_EXPECT_TRUE(test, has_block(f, order));
		KUNIT_EXPECT_GE(test, (1UL << order) / 2, f->m.nr_moved);
		KUNIT_EXPECT_TRUE(test, all_valid(f));
		ta_movable_del_every(&f->m, 1);
	}
	KUNIT_EXPECT_EQ(test, (unsigned long)TA_MAX_ORDER,
			counted(f, TA_VM_COMPACT_SUCCESS));
	KUNIT_EXPECT_EQ(test, 0UL, counted(f, TA_VM_COMPACT_FAIL));
}

static void compaction_alloc_that_may_sleep_compacts(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *page;

	fragment(test);
	KUNIT_EXPECT_NULL(test, get(f, GFP_NOWAIT, 9));
	KUNIT_EXPECT_EQ(test, 0UL, counted(f, TA_VM_COMPACT_STALL));
	page = get(f, GFP_KERNEL, 9);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 1UL, counted(f, TA_VM_COMPACT_STALL));
	KUNIT_EXPECT_EQ(test, 1UL, counted(f, TA_VM_COMPACT_SUCCESS));
	KUNIT_EXPECT_LE(test, counted(f, TA_VM_MIGRATE_SUCCESS),
			counted(f, TA_VM_COMPACT_ISOLATED));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	put(f, page, 9);
}

/* One page in each pageblock that stays: no order 9, but what fits between. */
static void compaction_unmovable_in_the_way(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_compaction *c = &pages_of(f)->compaction;
	unsigned long slot;

	fragment(test);
	for (slot = 0; slot < f->m.nr; slot++)
		if (f->m.page[slot] &&
		    ta_page_frame(f->m.page[slot]) % TA_PAGEBLOCK_PAGES == 255)
			ta_page_set_kind(f->m.page[slot], TA_KIND_VMALLOC);
	KUNIT_EXPECT_EQ(test, TA_COMPACT_COMPLETE, ta_compaction_try(c, 9));
	KUNIT_EXPECT_EQ(test, 0UL, f->m.nr_moved);
	KUNIT_EXPECT_EQ(test, 1UL, counted(f, TA_VM_COMPACT_FAIL));

	/* the next two are told so at once, and larger ones too */
	KUNIT_EXPECT_EQ(test, TA_COMPACT_DEFERRED, ta_compaction_try(c, 9));
	KUNIT_EXPECT_EQ(test, TA_COMPACT_DEFERRED, ta_compaction_try(c, 10));
	KUNIT_EXPECT_EQ(test, TA_COMPACT_COMPLETE, ta_compaction_try(c, 9));
	KUNIT_EXPECT_EQ(test, 2UL, counted(f, TA_VM_COMPACT_STALL));
	/* but not smaller ones */
	KUNIT_EXPECT_EQ(test, TA_COMPACT_SUCCESS, ta_compaction_try(c, 8));
	KUNIT_EXPECT_TRUE(test, has_block(f, 8));

	for (slot = 0; slot < f->m.nr; slot++)
		if (f->m.page[slot])
			ta_page_set_kind(f->m.page[slot], TA_KIND_USER);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	/* who asks for everything, asks anew */
	ta_compaction_all(c);
	KUNIT_EXPECT_EQ(test, TA_COMPACT_SUCCESS, ta_compaction_try(c, 9));
}

static void compaction_pinned_pages_stay(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page **was;
	unsigned long slot;

	was = kunit_kcalloc(test, f->m.nr, sizeof(*was), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, was);
	fragment(test);
	memcpy(was, f->m.page, f->m.nr * sizeof(*was));
	for (slot = 0; slot < f->m.nr; slot++)
		f->m.pinned[slot] = was[slot] &&
				    !(ta_page_frame(was[slot]) % 31);
	ta_compaction_all(&pages_of(f)->compaction);
	KUNIT_EXPECT_LT(test, 0UL, f->m.nr_moved);
	KUNIT_EXPECT_LT(test, 0UL, counted(f, TA_VM_MIGRATE_FAIL));
	for (slot = 0; slot < f->m.nr; slot++)
		if (f->m.pinned[slot])
			KUNIT_EXPECT_PTR_EQ(test, was[slot], f->m.page[slot]);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

static void compaction_not_worth_trying_is_skipped(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_compaction *c = &pages_of(f)->compaction;

	KUNIT_EXPECT_FALSE(test, ta_compaction_wait(c));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_movable_fill(&f->m));
	KUNIT_EXPECT_EQ(test, TA_COMPACT_SKIPPED, ta_compaction_try(c, 1));
	ta_movable_del_every(&f->m, 2);
	ta_compaction_set_mover(c, NULL);
	KUNIT_EXPECT_EQ(test, TA_COMPACT_SKIPPED, ta_compaction_try(c, 9));
	KUNIT_EXPECT_EQ(test, 0UL, ta_compaction_all(c));
	ta_compaction_set_mover(c, &f->m.mover);
	KUNIT_EXPECT_EQ(test, 0UL, counted(f, TA_VM_COMPACT_STALL));
}

/* What was found full or empty is passed over until the scanners have met. */
static void compaction_hints_save_scanning(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_compaction *c = &pages_of(f)->compaction;
	unsigned long first, second;
	struct page *page;

	fragment(test);
	KUNIT_EXPECT_EQ(test, TA_COMPACT_SUCCESS, ta_compaction_try(c, 9));
	first = counted(f, TA_VM_COMPACT_MIGRATE_SCANNED);
	page = get(f, GFP_NOWAIT, 9);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, TA_COMPACT_SUCCESS, ta_compaction_try(c, 9));
	second = counted(f, TA_VM_COMPACT_MIGRATE_SCANNED) - first;
	KUNIT_EXPECT_EQ(test, TA_PAGEBLOCK_PAGES, first);
	KUNIT_EXPECT_EQ(test, TA_PAGEBLOCK_PAGES, second);
	put(f, page, 9);
}

static void random_step(struct kunit *test, struct ta_rng *rng)
{
	struct fixture *f = test->priv;
	struct ta_compaction *c = &pages_of(f)->compaction;
	unsigned long slot = ta_rng_below(rng, f->m.nr);
	unsigned int i, order = 1 + ta_rng_below(rng, TA_MAX_ORDER);

	switch (ta_rng_below(rng, 8)) {
	case 0:
		if (ta_compaction_try(c, order) == TA_COMPACT_SUCCESS)
			KUNIT_EXPECT_TRUE(test, has_block(f, order));
		break;
	case 1:
		ta_compaction_all(c);
		break;
	case 2:
		f->m.pinned[slot] = !f->m.pinned[slot];
		break;
	case 3 ... 5:
		for (i = 0; i < 600; i++)
			ta_movable_add(&f->m, ta_rng_below(rng, f->m.nr),
				       ta_rng_next(rng));
		break;
	default:
		for (i = 0; i < 800; i++)
			ta_movable_del(&f->m, ta_rng_below(rng, f->m.nr));
	}
}

static void compaction_random(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_rng rng;
	unsigned int i;

	ta_rng_init(test, &rng);
	f->m.fail_every = 50;
	for (i = 0; i < 150; i++) {
		random_step(test, &rng);
		KUNIT_ASSERT_TRUE(test, all_valid(f));
	}
	KUNIT_EXPECT_LT(test, 0UL, f->m.nr_moved);
}

static void stress_step(void *data, struct ta_rng *rng)
{
	struct fixture *f = data;
	unsigned int i, order = ta_rng_below(rng, TA_MAX_ORDER + 1);
	struct page *page;

	switch (ta_rng_below(rng, 16)) {
	case 0:
		ta_compaction_all(&pages_of(f)->compaction);
		break;
	case 1 ... 3:
		page = get(f, GFP_KERNEL, order);
		if (page)
			put(f, page, order);
		break;
	case 4 ... 9:
		for (i = 0; i < 100; i++)
			ta_movable_add(&f->m, ta_rng_below(rng, f->m.nr),
				       ta_rng_next(rng));
		break;
	default:
		for (i = 0; i < 100; i++)
			ta_movable_del(&f->m, ta_rng_below(rng, f->m.nr));
	}
}

/* All CPUs allocate, free, and compact; no page is lost or mixed up. */
static void compaction_stress(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = stress_step,
		.data = f,
		.nr_rounds = 150,
	};

	f->m.fail_every = 20;
	ta_stress_run(test, &stress);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	f->m.fail_every = 0;
	ta_movable_del_every(&f->m, 2);
	ta_compaction_all(&pages_of(f)->compaction);
	KUNIT_EXPECT_TRUE(test, has_block(f, 9));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

static struct kunit_case compaction_cases[] = {
	KUNIT_CASE(compaction_all_makes_half_whole),
	KUNIT_CASE(compaction_try_every_order),
	KUNIT_CASE(compaction_alloc_that_may_sleep_compacts),
	KUNIT_CASE(compaction_unmovable_in_the_way),
	KUNIT_CASE(compaction_pinned_pages_stay),
	KUNIT_CASE(compaction_not_worth_trying_is_skipped),
	KUNIT_CASE(compaction_hints_save_scanning),
	KUNIT_CASE(compaction_random),
	KUNIT_CASE(compaction_stress),
	{}
};

static struct kunit_suite compaction_suite = {
	.name = "teachalloc_compaction",
	.init = compaction_test_init,
	.exit = compaction_test_exit,
	.test_cases = compaction_cases,
};

kunit_test_suite(compaction_suite);
