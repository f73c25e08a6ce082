// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of contig.c: ranges of any size, out of a pool that is in pieces, and
 * what happens when there is none.
 */
#include "contig.h"
#include "movable.h"
#include "report.h"

#include <linux/mm.h>

#define NR_PAGES	(4 * TA_SECTION_PAGES)

/**
 * struct fixture - a pool and who has its pages
 * @stack: the pool
 * @m: pages that can be moved
 */
struct fixture {
	struct ta_stack *stack;
	struct ta_movable m;
};

static int contig_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	ta_movable_init(test, &f->m, &f->stack->pages);
	return 0;
}

static void contig_test_exit(struct kunit *test)
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

static struct page *get(struct fixture *f, unsigned long nr, gfp_t gfp)
{
	return ta_contig_alloc(pages_of(f), nr, gfp, _RET_IP_);
}

static void put(struct fixture *f, struct page *page, unsigned long nr)
{
	ta_contig_free(pages_of(f), page, nr, _RET_IP_);
}

static bool all_valid(struct fixture *f)
{
	return ta_pages_validate(pages_of(f)) & ta_movable_intact(&f->m);
}

/* Whole sections that lie one behind the other. */
static unsigned long nr_adjacent(struct fixture *f)
{
	struct ta_pool *pool = &pages_of(f)->pool;
	unsigned long i, nr = 0, most = 0;
	struct ta_section *sec;

	for (i = 0; i < pool->nr_table; i++) {
		sec = ta_pool_table(pool, i);
		nr = sec && sec->nr_pages == TA_SECTION_PAGES ? nr + 1 : 0;
		most = max(most, nr);
	}
	return most;
}

static void contig_every_size(struct kunit *test)
{
	static const unsigned long sizes[] = {
		1, 2, 3, 100, 511, 512, 513, 700, 1023, 1024,
	};
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct page *page = get(f, sizes[i], GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_EXPECT_EQ(test, NR_PAGES - sizes[i],
				ta_pages_nr_free(pages_of(f)));
		KUNIT_EXPECT_TRUE(test, all_valid(f));
		memset(page_address(page), 0x5a, sizes[i] * PAGE_SIZE);
		put(f, page, sizes[i]);
		KUNIT_EXPECT_TRUE(test, all_valid(f));
	}
}

/* Larger than any block: 4 MiB and more. */
static void contig_across_sections(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long nr = nr_adjacent(f) * TA_SECTION_PAGES;
	struct page *page;

	if (nr < 2 * TA_SECTION_PAGES)
		kunit_skip(test, "the host gave no two sections in a row");
	page = get(f, nr - 10, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 0,
					   (nr - 10) * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	/* Where the host gave two rows of the same length, the other one has it. */
	if (2 * (nr - 10) > NR_PAGES)
		KUNIT_EXPECT_NULL(test, get(f, nr - 10, GFP_KERNEL));
	put(f, page, nr - 10);
	page = get(f, nr, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	put(f, page, nr);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

/* Everything in the way is moved to the other half. */
static void contig_moves_pages_away(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long nr = TA_SECTION_PAGES + 300;
	struct page *page;

	if (nr_adjacent(f) < 2)
		kunit_skip(test, "the host gave no two sections in a row");
	KUNIT_ASSERT_EQ(test, NR_PAGES, ta_movable_fill(&f->m));
	KUNIT_EXPECT_NULL(test, get(f, 2, GFP_KERNEL));
	ta_movable_del_every(&f->m, 2);
	page = get(f, nr, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, nr / 2, f->m.nr_moved);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	put(f, page, nr);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

/* The types of the pageblocks are what they were, whatever came out. */
static void contig_gives_up_cleanly(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_section *sec;
	unsigned long slot, i;
	struct page *page;

	KUNIT_ASSERT_EQ(test, NR_PAGES, ta_movable_fill(&f->m));
	ta_movable_del_every(&f->m, 2);
	for (slot = 0; slot < f->m.nr; slot++)
		f->m.pinned[slot] = f->m.page[slot] &&
			ta_page_frame(f->m.page[slot]) % 256 == 101;
	KUNIT_EXPECT_NULL(test, get(f, 256, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	ta_for_each_section(&pages_of(f)->pool, i, sec) {
		KUNIT_EXPECT_NE(test, sec->type[0], (u8)TA_MIGRATE_ISOLATE);
		KUNIT_EXPECT_NE(test, sec->type[1], (u8)TA_MIGRATE_ISOLATE);
	}
	page = get(f, 255, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 102UL,
			ta_page_frame(ta_pool_page(&pages_of(f)->pool, page)) %
			256);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	put(f, page, 255);
}

static void contig_bad_arguments_refused(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_NULL(test, get(f, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, get(f, 1, GFP_NOWAIT));
	KUNIT_EXPECT_NULL(test, get(f, 1, GFP_KERNEL | __GFP_DMA));
	KUNIT_EXPECT_NULL(test, get(f, NR_PAGES + 1, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, get(f, ULONG_MAX, GFP_KERNEL));
}

static void contig_bad_free_survived(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = pages_of(f);
	struct page *page = get(f, 700, GFP_KERNEL);
	struct page *block = ta_pages_alloc(pages, GFP_KERNEL, 0, _RET_IP_);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, block);
	put(f, page, 699);
	put(f, page + 1, 699);
	put(f, block, 1);
	ta_pages_free(pages, page, 0, _RET_IP_);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 701, ta_pages_nr_free(pages));
	put(f, page, 700);
	put(f, page, 700);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 1, ta_pages_nr_free(pages));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
	ta_pages_free(pages, block, 0, _RET_IP_);
}

static void stress_step(void *data, struct ta_rng *rng)
{
	struct fixture *f = data;
	unsigned long nr = 1 + ta_rng_below(rng, 1500);
	struct page *page;
	unsigned int i;

	switch (ta_rng_below(rng, 4)) {
	case 0:
		page = get(f, nr, GFP_KERNEL);
		if (page)
			put(f, page, nr);
		break;
	case 1:
		for (i = 0; i < 200; i++)
			ta_movable_add(&f->m, ta_rng_below(rng, f->m.nr),
				       ta_rng_next(rng));
		break;
	default:
		for (i = 0; i < 120; i++)
			ta_movable_del(&f->m, ta_rng_below(rng, f->m.nr));
	}
}

static void contig_stress(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = stress_step,
		.data = f,
		.nr_rounds = 60,
	};

	f->m.fail_every = 100;
	ta_stress_run(test, &stress);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

static struct kunit_case contig_cases[] = {
	KUNIT_CASE(contig_every_size),
	KUNIT_CASE(contig_across_sections),
	KUNIT_CASE(contig_moves_pages_away),
	KUNIT_CASE(contig_gives_up_cleanly),
	KUNIT_CASE(contig_bad_arguments_refused),
	KUNIT_CASE(contig_bad_free_survived),
	KUNIT_CASE(contig_stress),
	{}
};

static struct kunit_suite contig_suite = {
	.name = "teachalloc_contig",
	.init = contig_test_init,
	.exit = contig_test_exit,
	.test_cases = contig_cases,
};

kunit_test_suite(contig_suite);
