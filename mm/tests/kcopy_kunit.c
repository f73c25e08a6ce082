// SPDX-License-Identifier: GPL-2.0
/* Tests of memory with what is in it: resized, copied, wiped. */
#include "helpers.h"
#include "kcopy.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/string.h>

#define NR_PAGES	512UL
#define MAX_SIZE	(PAGE_SIZE << TA_MAX_ORDER)

struct fixture {
	struct ta_stack *stack;
	struct ta_slabs *slabs;
};

static int kcopy_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->slabs = &f->stack->slabs;
	return 0;
}

static void kcopy_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_slabs_shrink(f->slabs);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_nr_pages(f->slabs));
	ta_test_stack_end(test, f->stack);
}

static void *alloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct fixture *f = test->priv;

	return ta_slabs_kmalloc(f->slabs, size, gfp, 0);
}

static void release(struct kunit *test, const void *ptr)
{
	struct fixture *f = test->priv;

	ta_slabs_kfree(f->slabs, ptr, 0);
}

static size_t usable(struct kunit *test, const void *ptr)
{
	struct fixture *f = test->priv;

	return ta_slabs_ksize(f->slabs, ptr, 0);
}

/* --- resized ----------------------------------------------------------- */

static void realloc_keeps_contents(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 60, 96, 500, 8192, 8193, 70000 };
	struct fixture *f = test->priv;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			u8 *p = alloc(test, sizes[i], GFP_KERNEL), *q;
			size_t had = usable(test, p);

			KUNIT_ASSERT_NOT_NULL(test, p);
			ta_fill(p, sizes[i], i);
			q = ta_slabs_krealloc(f->slabs, p, sizes[j], GFP_KERNEL,
					      0);
			KUNIT_ASSERT_NOT_NULL(test, q);
			KUNIT_EXPECT_TRUE(test, ta_filled(q, min(sizes[i],
								 sizes[j]), i));
			KUNIT_EXPECT_GE(test, usable(test, q), sizes[j]);
			if (sizes[j] <= had)
				KUNIT_EXPECT_PTR_EQ(test, p, q);
			else
				KUNIT_EXPECT_PTR_NE(test, p, q);
			release(test, q);
		}
}

static void realloc_edges(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_INTERIOR);
	struct fixture *f = test->priv;
	void *p = ta_slabs_krealloc(f->slabs, NULL, 10, GFP_KERNEL, 0);

	KUNIT_ASSERT_NOT_NULL(test, p);
	ta_fill(p, 10, 3);
	/* Too large: as it was. Not an allocation's start: refused. */
	KUNIT_EXPECT_NULL(test, ta_slabs_krealloc(f->slabs, p, MAX_SIZE,
						  GFP_KERNEL | __GFP_NOWARN,
						  0));
	KUNIT_EXPECT_TRUE(test, ta_filled(p, 10, 3));
	KUNIT_EXPECT_NULL(test, ta_slabs_krealloc(f->slabs, p + 1, 100,
						  GFP_KERNEL, 0));
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_INTERIOR));
	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR,
			    ta_slabs_krealloc(f->slabs, p, 0, GFP_KERNEL, 0));
	p = ta_slabs_krealloc(f->slabs, ZERO_SIZE_PTR, 10, GFP_KERNEL, 0);
	KUNIT_EXPECT_FALSE(test, ZERO_OR_NULL_PTR(p));
	release(test, p);
}

/*
 * Whatever it shrinks to and grows into: zero behind what was written. The
 * objects were full of something else before.
 */
static void realloc_zero_from_the_start_on(struct kunit *test)
{
	static const size_t sizes[] = { 100, 20, 128, 129, 3, 8192, 5000, 9000,
					40000, 8200, 30000, 60, 64 };
	struct fixture *f = test->priv;
	size_t kept = sizes[0];
	unsigned int i;
	u8 *p, *dirty;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		dirty = alloc(test, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, dirty);
		memset(dirty, 0xa5, usable(test, dirty));
		release(test, dirty);
	}
	p = alloc(test, sizes[0], GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 0x11, kept);
	for (i = 1; i < ARRAY_SIZE(sizes); i++) {
		p = ta_slabs_krealloc(f->slabs, p, sizes[i],
				      GFP_KERNEL | __GFP_ZERO, 0);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kept = min(kept, sizes[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x11, kept));
		KUNIT_EXPECT_NULL(test, memchr_inv(p + kept, 0,
						   usable(test, p) - kept));
	}
	release(test, p);
}

static void realloc_array_that_overflows_null(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *p = ta_slabs_krealloc_array(f->slabs, NULL, 3, 7, GFP_KERNEL, 0);
	u8 *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	ta_fill(p, 21, 1);
	KUNIT_EXPECT_NULL(test, ta_slabs_krealloc_array(f->slabs, p, SIZE_MAX / 2,
							3, GFP_KERNEL, 0));
	KUNIT_EXPECT_NULL(test, ta_slabs_krealloc_array(f->slabs, p,
							1UL << (BITS_PER_LONG / 2),
							1UL << (BITS_PER_LONG / 2),
							GFP_KERNEL, 0));
	q = ta_slabs_krealloc_array(f->slabs, p, 30, 7, GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_TRUE(test, ta_filled(q, 21, 1));
	release(test, q);
}

/* --- copied ------------------------------------------------------------ */

static void memdup_copies(struct kunit *test)
{
	static const size_t sizes[] = { 1, 8, 63, 4096, 8193, 20000 };
	struct fixture *f = test->priv;
	u8 *from = kunit_kzalloc(test, 20000, GFP_KERNEL), *p;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, from);
	ta_fill(from, 20000, 7);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = ta_slabs_kmemdup(f->slabs, from, sizes[i], GFP_KERNEL, 0);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, 0, memcmp(p, from, sizes[i]));
		release(test, p);
	}
	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR,
			    ta_slabs_kmemdup(f->slabs, from, 0, GFP_KERNEL, 0));
	KUNIT_EXPECT_NULL(test, ta_slabs_kmemdup(f->slabs, from, MAX_SIZE + 1,
						 GFP_KERNEL | __GFP_NOWARN, 0));
}

static void memdup_nul_ends_the_word(struct kunit *test)
{
	struct fixture *f = test->priv;
	char *p;

	/* What was there before does not end it. */
	p = alloc(test, 4, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 'x', usable(test, p));
	release(test, p);
	p = ta_slabs_kmemdup_nul(f->slabs, "teachalloc", 3, GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, "tea", p);
	release(test, p);
	p = ta_slabs_kmemdup_nul(f->slabs, "teachalloc", 0, GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, "", p);
	release(test, p);
	KUNIT_EXPECT_NULL(test, ta_slabs_kmemdup_nul(f->slabs, "t", SIZE_MAX,
						     GFP_KERNEL, 0));
}

/* --- wiped ------------------------------------------------------------- */

/* Freed, it is nobody's, but it can still be read: nothing of it is there. */
static void free_sensitive_wipes_all(struct kunit *test)
{
	static const size_t sizes[] = { 1, 60, 96, 5000, 8192 };
	struct fixture *f = test->priv;
	u8 *block = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = alloc(test, sizes[i], GFP_KERNEL);
		size_t bytes = usable(test, p);

		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0xa5, bytes);
		ta_slabs_kfree_sensitive(f->slabs, p, 0);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, bytes));
	}
	/* A block of pages: who gets the same gets it as it was left. */
	for (i = 0; i < 2; i++) {
		u8 *p = alloc(test, 20000, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, p);
		if (p == block)
			KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 20000));
		memset(p, 0xa5, 20000);
		block = p;
		ta_slabs_kfree_sensitive(f->slabs, p, 0);
	}
}

static void free_sensitive_bad_pointers_reported_once(struct kunit *test)
{
	unsigned long foreign = ta_report_count(TA_FAULT_FOREIGN);
	unsigned long interior = ta_report_count(TA_FAULT_INTERIOR);
	struct fixture *f = test->priv;
	u8 *p = alloc(test, 64, GFP_KERNEL);
	u8 outside[16];

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(outside, 0x5a, sizeof(outside));
	memset(p, 0x5a, 64);
	ta_slabs_kfree_sensitive(f->slabs, NULL, 0);
	ta_slabs_kfree_sensitive(f->slabs, ZERO_SIZE_PTR, 0);
	KUNIT_EXPECT_EQ(test, foreign, ta_report_count(TA_FAULT_FOREIGN));
	ta_slabs_kfree_sensitive(f->slabs, outside, 0);
	KUNIT_EXPECT_EQ(test, foreign + 1, ta_report_count(TA_FAULT_FOREIGN));
	ta_slabs_kfree_sensitive(f->slabs, p + 8, 0);
	KUNIT_EXPECT_EQ(test, interior + 1, ta_report_count(TA_FAULT_INTERIOR));
	KUNIT_EXPECT_NULL(test, memchr_inv(outside, 0x5a, sizeof(outside)));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x5a, 64));
	release(test, p);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(realloc_keeps_contents),
	KUNIT_CASE(realloc_edges),
	KUNIT_CASE(realloc_zero_from_the_start_on),
	KUNIT_CASE(realloc_array_that_overflows_null),
	KUNIT_CASE(memdup_copies),
	KUNIT_CASE(memdup_nul_ends_the_word),
	KUNIT_CASE(free_sensitive_wipes_all),
	KUNIT_CASE(free_sensitive_bad_pointers_reported_once),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_kcopy",
	.init = kcopy_test_init,
	.exit = kcopy_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
