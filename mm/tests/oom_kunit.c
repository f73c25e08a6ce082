// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the score in oom.h; who is killed by it is what selftests/oom.c looks
 * at.
 */
#include "helpers.h"
#include "oom.h"

#define TOTAL	16384UL

static void oom_exempt(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, TA_OOM_NEVER, ta_oom_badness(TOTAL, -1000, TOTAL));
	KUNIT_EXPECT_EQ(test, TA_OOM_NEVER, ta_oom_badness(0, 1000, TOTAL));
	KUNIT_EXPECT_GT(test, ta_oom_badness(1, -999, TOTAL), TA_OOM_NEVER);
}

static void oom_thousandths(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 5L, ta_oom_badness(5, 0, TOTAL));
	KUNIT_EXPECT_EQ(test, 1L + (long)TOTAL, ta_oom_badness(1, 1000, TOTAL));
	KUNIT_EXPECT_EQ(test, 1L + (long)TOTAL / 2,
			ta_oom_badness(1, 500, TOTAL));
	KUNIT_EXPECT_EQ(test, 1L - (long)TOTAL / 2,
			ta_oom_badness(1, -500, TOTAL));
	/* Also in a pool of less than a thousand pages, where Linux' are 0 */
	KUNIT_EXPECT_EQ(test, 1L + 32, ta_oom_badness(1, 500, 64));
}

static void oom_more_is_worse(struct kunit *test)
{
	unsigned long nr;
	int adj;

	for (nr = 1; nr <= TOTAL; nr *= 2)
		for (adj = -999; adj < 1000; adj++) {
			long badness = ta_oom_badness(nr, adj, TOTAL);

			KUNIT_ASSERT_LT(test, badness,
					ta_oom_badness(nr + 1, adj, TOTAL));
			KUNIT_ASSERT_LT(test, badness,
					ta_oom_badness(nr, adj + 1, TOTAL));
		}
}

static struct kunit_case oom_cases[] = {
	KUNIT_CASE(oom_exempt),
	KUNIT_CASE(oom_thousandths),
	KUNIT_CASE(oom_more_is_worse),
	{}
};

static struct kunit_suite oom_suite = {
	.name = "teachalloc_oom",
	.test_cases = oom_cases,
};

kunit_test_suites(&oom_suite);
