// SPDX-License-Identifier: GPL-2.0
/* Tests of the address tree; its validator runs after every operation. */
#include "helpers.h"
#include "report.h"
#include "va.h"

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#define START		100UL
#define NR		200UL
#define END		(START + NR)
#define NR_RANDOM	3000

/**
 * struct fixture - a tree and its shadow
 * @tree: of [START, END)
 * @range: that may be in it
 * @owner: number of the range that has each address, -1 if none
 */
struct fixture {
	struct ta_va_tree tree;
	struct ta_va range[NR];
	int owner[NR];
};

static int va_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	ta_va_init(&f->tree, START, END);
	memset(f->owner, -1, sizeof(f->owner));
	test->priv = f;
	return 0;
}

static void check(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_TRUE(test, ta_va_validate(&f->tree));
}

static int insert(struct kunit *test, unsigned int i, unsigned long start,
		  unsigned long end)
{
	struct fixture *f = test->priv;
	int err;

	f->range[i].start = start;
	f->range[i].end = end;
	err = ta_va_insert(&f->tree, &f->range[i]);
	if (!err)
		for (; start < end; start++)
			f->owner[start - START] = i;
	check(test);
	return err;
}

static void drop(struct kunit *test, unsigned int i)
{
	struct fixture *f = test->priv;
	unsigned long addr;

	for (addr = f->range[i].start; addr < f->range[i].end; addr++)
		f->owner[addr - START] = -1;
	ta_va_remove(&f->tree, &f->range[i]);
	check(test);
}

static unsigned long align_up(struct fixture *f, unsigned long n,
			      unsigned long align)
{
	return ALIGN(n + f->tree.phase, align) - f->tree.phase;
}

/* The shadow's answer: the first gap in which @room fits wherever it starts. */
static unsigned long slow_find(struct fixture *f, unsigned long size,
			       unsigned long align, unsigned long room)
{
	unsigned long low, high, start;

	for (low = 0; low < NR; low = high + 1) {
		for (high = low; high < NR && f->owner[high] < 0; high++)
			;
		start = align_up(f, START + low, align);
		if (high - low >= room && start + size <= START + high)
			return start;
	}
	return 0;
}

/* The same for best fit: the lowest of the smallest gaps that are enough. */
static unsigned long slow_best(struct fixture *f, unsigned long size,
			       unsigned long align)
{
	unsigned long low, high, start, best = 0, smallest = ULONG_MAX;

	for (low = 0; low < NR; low = high + 1) {
		for (high = low; high < NR && f->owner[high] < 0; high++)
			;
		start = align_up(f, START + low, align);
		if (start + size <= START + high && high - low < smallest) {
			smallest = high - low;
			best = start;
		}
	}
	return best;
}

static unsigned long find_gap(struct kunit *test, unsigned long size,
			      unsigned long align)
{
	struct fixture *f = test->priv;
	unsigned long start = 0, expected;
	bool found = ta_va_find_gap(&f->tree, size, align, &start);

	if (f->tree.best_fit)
		expected = slow_best(f, size, align);
	else
		expected = slow_find(f, size, align, size + align - 1) ?:
			   slow_find(f, size, align, size);
	KUNIT_EXPECT_EQ(test, !!expected, found);
	KUNIT_EXPECT_EQ(test, expected, start);
	return start;
}

static void va_find_gap_empty_is_lowest(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, START, find_gap(test, 1, 1));
	KUNIT_EXPECT_EQ(test, START, find_gap(test, NR, 1));
	KUNIT_EXPECT_EQ(test, 0UL, find_gap(test, NR + 1, 1));
	KUNIT_EXPECT_EQ(test, 128UL, find_gap(test, 1, 64));
	KUNIT_EXPECT_EQ(test, 256UL, find_gap(test, 1, 256));
	KUNIT_EXPECT_EQ(test, 0UL, find_gap(test, 1, 512));
}

static void va_find_gap_impossible_sizes_refused(struct kunit *test)
{
	static const unsigned long sizes[] = {
		0, NR + 1, LONG_MAX, ULONG_MAX - 1, ULONG_MAX,
	};
	struct fixture *f = test->priv;
	unsigned long start, align;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (align = 1; align; align <<= 1)
			KUNIT_EXPECT_FALSE(test,
					   ta_va_find_gap(&f->tree, sizes[i],
							  align, &start));
}

static void va_insert_outside_or_empty_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -EINVAL, insert(test, 0, START, START));
	KUNIT_EXPECT_EQ(test, -EINVAL, insert(test, 0, START + 2, START + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, insert(test, 0, START - 1, START + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, insert(test, 0, END - 1, END + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, insert(test, 0, END, END + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, insert(test, 0, 0, ULONG_MAX));
	KUNIT_EXPECT_EQ(test, 0, insert(test, 0, START, END));
	KUNIT_EXPECT_EQ(test, 0UL, find_gap(test, 1, 1));
}

static void va_insert_overlap_refused(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, insert(test, 0, 120, 140));
	KUNIT_EXPECT_EQ(test, -EEXIST, insert(test, 1, 120, 140));
	KUNIT_EXPECT_EQ(test, -EEXIST, insert(test, 1, 110, 121));
	KUNIT_EXPECT_EQ(test, -EEXIST, insert(test, 1, 139, 150));
	KUNIT_EXPECT_EQ(test, -EEXIST, insert(test, 1, 125, 130));
	KUNIT_EXPECT_EQ(test, -EEXIST, insert(test, 1, 110, 150));
	KUNIT_EXPECT_EQ(test, 0, insert(test, 1, 110, 120));
	KUNIT_EXPECT_EQ(test, 0, insert(test, 2, 140, 150));
}

static void va_remove_joins_gaps(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < 10; i++)
		KUNIT_ASSERT_EQ(test, 0, insert(test, i, START + 20 * i,
						START + 20 * i + 20));
	KUNIT_EXPECT_EQ(test, 0UL, ta_va_largest_gap(&f->tree));
	drop(test, 4);
	drop(test, 6);
	KUNIT_EXPECT_EQ(test, 20UL, ta_va_largest_gap(&f->tree));
	drop(test, 5);
	KUNIT_EXPECT_EQ(test, 60UL, ta_va_largest_gap(&f->tree));
	drop(test, 9);
	drop(test, 0);
	KUNIT_EXPECT_EQ(test, START, find_gap(test, 20, 1));
	KUNIT_EXPECT_EQ(test, 180UL, find_gap(test, 21, 1));
	for (i = 1; i < 9; i++)
		if (i < 4 || i > 6)
			drop(test, i);
	KUNIT_EXPECT_EQ(test, NR, ta_va_largest_gap(&f->tree));
}

/* Gaps of eight and nine. */
static void va_find_gap_aligned_without_slack(struct kunit *test)
{
	unsigned long start;
	unsigned int i = 0;

	for (start = START; start + 10 <= 280; start += 10)
		KUNIT_ASSERT_EQ(test, 0, insert(test, i++, start, start + 1));
	KUNIT_ASSERT_EQ(test, 0, insert(test, i++, 280, 288));
	KUNIT_ASSERT_EQ(test, 0, insert(test, i++, 296, END));
	KUNIT_EXPECT_EQ(test, 112UL, find_gap(test, 8, 8));
	KUNIT_EXPECT_EQ(test, 104UL, find_gap(test, 2, 8));
	KUNIT_EXPECT_EQ(test, 192UL, find_gap(test, 8, 32));
	KUNIT_EXPECT_EQ(test, 0UL, find_gap(test, 9, 8));
}

/* The number 100 stands for 103, so 1 and 9 and not 0 and 8 are aligned. */
static void va_find_gap_aligned_in_phase(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->tree.phase = 3;
	KUNIT_EXPECT_EQ(test, START, find_gap(test, 1, 1));
	KUNIT_EXPECT_EQ(test, 101UL, find_gap(test, 1, 8));
	KUNIT_EXPECT_EQ(test, 125UL, find_gap(test, 10, 128));
	KUNIT_EXPECT_EQ(test, 253UL, find_gap(test, 47, 256));
	KUNIT_EXPECT_EQ(test, 0UL, find_gap(test, 48, 256));
}

/* Gaps of 30, 6, 10 and 6, and 20 at the end. */
static void va_find_gap_best_is_smallest(struct kunit *test)
{
	static const unsigned long range[][2] = {
		{ 130, 140 }, { 146, 150 }, { 160, 170 }, { 176, 280 },
	};
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(range); i++)
		KUNIT_ASSERT_EQ(test, 0, insert(test, i, range[i][0],
						range[i][1]));
	KUNIT_EXPECT_EQ(test, START, find_gap(test, 6, 1));
	f->tree.best_fit = true;
	KUNIT_EXPECT_EQ(test, 140UL, find_gap(test, 6, 1));
	KUNIT_EXPECT_EQ(test, 150UL, find_gap(test, 7, 1));
	KUNIT_EXPECT_EQ(test, 280UL, find_gap(test, 11, 1));
	KUNIT_EXPECT_EQ(test, START, find_gap(test, 21, 1));
	KUNIT_EXPECT_EQ(test, 0UL, find_gap(test, 31, 1));
	KUNIT_EXPECT_EQ(test, 144UL, find_gap(test, 2, 16));
	KUNIT_EXPECT_EQ(test, 288UL, find_gap(test, 5, 16));
}

static void va_find_gap_at_end_of_numbers(struct kunit *test)
{
	struct ta_va_tree tree;
	struct ta_va va = { .start = ULONG_MAX - 10, .end = ULONG_MAX - 5 };
	unsigned long start;

	ta_va_init(&tree, ULONG_MAX - 100, ULONG_MAX);
	KUNIT_EXPECT_TRUE(test, ta_va_find_gap(&tree, 100, 1, &start));
	KUNIT_EXPECT_FALSE(test, ta_va_find_gap(&tree, 1, 128, &start));
	KUNIT_ASSERT_EQ(test, 0, ta_va_insert(&tree, &va));
	KUNIT_EXPECT_TRUE(test, ta_va_find_gap(&tree, 90, 1, &start));
	KUNIT_EXPECT_EQ(test, ULONG_MAX - 100, start);
	KUNIT_EXPECT_FALSE(test, ta_va_find_gap(&tree, 91, 1, &start));
	KUNIT_EXPECT_TRUE(test, ta_va_validate(&tree));
}

static void va_lookups_find_range_or_next(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_va *first = &f->range[0], *second = &f->range[1];

	KUNIT_EXPECT_NULL(test, ta_va_from(&f->tree, 0));
	KUNIT_ASSERT_EQ(test, 0, insert(test, 0, 110, 120));
	KUNIT_ASSERT_EQ(test, 0, insert(test, 1, 120, 130));
	KUNIT_EXPECT_PTR_EQ(test, first, ta_va_from(&f->tree, 0));
	KUNIT_EXPECT_PTR_EQ(test, first, ta_va_from(&f->tree, 119));
	KUNIT_EXPECT_PTR_EQ(test, second, ta_va_from(&f->tree, 120));
	KUNIT_EXPECT_NULL(test, ta_va_from(&f->tree, 130));
	KUNIT_EXPECT_NULL(test, ta_va_from(&f->tree, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, ta_va_find(&f->tree, 109));
	KUNIT_EXPECT_PTR_EQ(test, first, ta_va_find(&f->tree, 110));
	KUNIT_EXPECT_PTR_EQ(test, second, ta_va_find(&f->tree, 129));
	KUNIT_EXPECT_NULL(test, ta_va_find(&f->tree, 130));
	KUNIT_EXPECT_NULL(test, ta_va_find(&f->tree, END));
	KUNIT_EXPECT_PTR_EQ(test, second, ta_va_next(&f->tree, first));
	KUNIT_EXPECT_NULL(test, ta_va_next(&f->tree, second));
}

static void add_random(struct kunit *test, struct ta_rng *rng, unsigned int i,
		       bool *used)
{
	unsigned long size = 1 + ta_rng_below(rng, 12);
	unsigned long start = find_gap(test, size,
				       1UL << ta_rng_below(rng, 5));

	if (!start)
		return;
	KUNIT_ASSERT_EQ(test, 0, insert(test, i, start, start + size));
	used[i] = true;
}

static void random_rounds(struct kunit *test)
{
	struct fixture *f = test->priv;
	bool used[60] = {};
	struct ta_rng rng;
	unsigned int n;

	ta_rng_init(test, &rng);
	for (n = 0; n < NR_RANDOM; n++) {
		unsigned int i = ta_rng_below(&rng, ARRAY_SIZE(used));
		unsigned long addr = START + ta_rng_below(&rng, NR);
		int owner = f->owner[addr - START];

		KUNIT_ASSERT_PTR_EQ(test, ta_va_find(&f->tree, addr),
				    owner < 0 ? NULL : &f->range[owner]);
		if (!used[i]) {
			add_random(test, &rng, i, used);
		} else {
			drop(test, i);
			used[i] = false;
		}
	}
}

static void va_random_matches_shadow(struct kunit *test)
{
	random_rounds(test);
}

static void va_random_best_fit_matches_shadow(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->tree.best_fit = true;
	f->tree.phase = 5;
	random_rounds(test);
}

/* The other ways in which the shadow would not find a broken tree. */
static void va_validate_sees_damage(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);
	unsigned long old;

	KUNIT_ASSERT_EQ(test, 0, insert(test, 0, 110, 120));
	KUNIT_ASSERT_EQ(test, 0, insert(test, 1, 130, 140));
	old = f->range[1].gap;
	f->range[1].gap++;
	KUNIT_EXPECT_FALSE(test, ta_va_validate(&f->tree));
	f->range[1].gap = old;
	old = f->range[0].end;
	f->range[0].end = 131;
	KUNIT_EXPECT_FALSE(test, ta_va_validate(&f->tree));
	f->range[0].end = old;
	old = f->range[0].max_gap;
	f->range[0].max_gap = NR;
	KUNIT_EXPECT_FALSE(test, ta_va_validate(&f->tree));
	f->range[0].max_gap = old;
	KUNIT_EXPECT_GE(test, ta_report_count(TA_FAULT_CORRUPT), before + 3);
	check(test);
}

static struct kunit_case va_test_cases[] = {
	KUNIT_CASE(va_find_gap_empty_is_lowest),
	KUNIT_CASE(va_find_gap_impossible_sizes_refused),
	KUNIT_CASE(va_insert_outside_or_empty_refused),
	KUNIT_CASE(va_insert_overlap_refused),
	KUNIT_CASE(va_remove_joins_gaps),
	KUNIT_CASE(va_find_gap_aligned_without_slack),
	KUNIT_CASE(va_find_gap_aligned_in_phase),
	KUNIT_CASE(va_find_gap_best_is_smallest),
	KUNIT_CASE(va_find_gap_at_end_of_numbers),
	KUNIT_CASE(va_lookups_find_range_or_next),
	KUNIT_CASE(va_random_matches_shadow),
	KUNIT_CASE(va_random_best_fit_matches_shadow),
	KUNIT_CASE(va_validate_sees_damage),
	{}
};

static struct kunit_suite va_test_suite = {
	.name = "teachalloc_va",
	.init = va_test_init,
	.test_cases = va_test_cases,
};

kunit_test_suite(va_test_suite);
