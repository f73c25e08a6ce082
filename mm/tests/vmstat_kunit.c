// SPDX-License-Identifier: GPL-2.0
/* Tests of the counters: they tell what happened, no more and no less. */
#include "helpers.h"

#define NR_PAGES	256UL

static int vmstat_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

static void vmstat_test_exit(struct kunit *test)
{
	ta_test_stack_end(test, test->priv);
}

static struct ta_pages *pages_of(struct kunit *test)
{
	return &((struct ta_stack *)test->priv)->pages;
}

static unsigned long sum(struct kunit *test, enum ta_vm_event event)
{
	return ta_vmstat_sum(&pages_of(test)->pool.vmstat, event);
}

/* No two of the same name, and none that a script would split. */
static void vmstat_names_differ(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < TA_NR_VM_EVENTS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, ta_vmstat_name(i));
		KUNIT_EXPECT_NULL(test, strchr(ta_vmstat_name(i), ' '));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, 0, strcmp(ta_vmstat_name(i),
							ta_vmstat_name(j)));
	}
}

static void count_one(void *data, struct ta_rng *rng)
{
	ta_vmstat_inc(data, TA_VM_COMPACT_STALL);
	ta_vmstat_add(data, TA_VM_COMPACT_ISOLATED, 3);
}

static void vmstat_all_cpus_nothing_lost(struct kunit *test)
{
	struct ta_stress stress = {
		.work = count_one,
		.data = &pages_of(test)->pool.vmstat,
		.nr_rounds = 1000,
	};
	unsigned long stalls;

	ta_stress_run(test, &stress);
	stalls = sum(test, TA_VM_COMPACT_STALL);
	KUNIT_EXPECT_EQ(test, 1000UL * num_online_cpus(), stalls);
	KUNIT_EXPECT_EQ(test, 3 * stalls, sum(test, TA_VM_COMPACT_ISOLATED));
}

static void vmstat_failures_counted(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *page;

	KUNIT_EXPECT_NULL(test, ta_pages_alloc(pages, GFP_NOWAIT | __GFP_NOWARN,
					       9, _RET_IP_));
	KUNIT_EXPECT_EQ(test, 0UL, sum(test, TA_VM_ALLOC_STALL));
	KUNIT_EXPECT_EQ(test, 1UL, sum(test, TA_VM_ALLOC_FAIL));
	KUNIT_EXPECT_NULL(test, ta_pages_alloc(pages, GFP_KERNEL | __GFP_NOWARN,
					       9, _RET_IP_));
	KUNIT_EXPECT_EQ(test, 1UL, sum(test, TA_VM_ALLOC_STALL));
	KUNIT_EXPECT_EQ(test, 2UL, sum(test, TA_VM_ALLOC_FAIL));

	page = ta_pages_alloc(pages, GFP_KERNEL, 5, _RET_IP_);
	KUNIT_ASSERT_NOT_NULL(test, page);
	ta_pages_free(pages, page, 6, _RET_IP_);
	get_page(page);
	ta_pages_free(pages, page, 5, _RET_IP_);
	ta_pages_free(pages, page, 5, _RET_IP_);
	KUNIT_EXPECT_EQ(test, 2UL, sum(test, TA_VM_BAD_FREE));
	KUNIT_EXPECT_EQ(test, 1UL, sum(test, TA_VM_PIN));
	put_page(page);
}

/* What went to the lists came back from them or is there. */
static void vmstat_lists_add_up(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page **page = kunit_kcalloc(test, NR_PAGES, sizeof(*page),
					   GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < NR_PAGES; i++)
		page[i] = ta_pages_alloc(pages, GFP_KERNEL, 0, _RET_IP_);
	KUNIT_EXPECT_EQ(test, NR_PAGES, sum(test, TA_VM_PCP_REFILL) -
			sum(test, TA_VM_PCP_DRAIN));
	for (i = 0; i < NR_PAGES; i++)
		ta_pages_free(pages, page[i], 0, _RET_IP_);
	KUNIT_EXPECT_EQ(test, ta_pcplists_nr_pages(&pages->pcp),
			sum(test, TA_VM_PCP_REFILL) -
			sum(test, TA_VM_PCP_DRAIN));
	ta_pages_drain(pages);
	KUNIT_EXPECT_EQ(test, sum(test, TA_VM_PCP_REFILL),
			sum(test, TA_VM_PCP_DRAIN));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(vmstat_names_differ),
	KUNIT_CASE(vmstat_all_cpus_nothing_lost),
	KUNIT_CASE(vmstat_failures_counted),
	KUNIT_CASE(vmstat_lists_add_up),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_vmstat",
	.init = vmstat_test_init,
	.exit = vmstat_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
