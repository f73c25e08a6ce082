// SPDX-License-Identifier: GPL-2.0
/* Tests of what is said about an allocation that fails: the reason is the true one. */
#include "helpers.h"
#include "page_report.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/string.h>

#define NR_PAGES	512UL

static int report_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

static void report_test_exit(struct kunit *test)
{
	ta_test_stack_end(test, test->priv);
}

static struct ta_pages *pages_of(struct kunit *test)
{
	return &((struct ta_stack *)test->priv)->pages;
}

#define MAX_SAID	2048

static char said[MAX_SAID];
static size_t said_len;

static void listen(const char *line)
{
	said_len += scnprintf(said + said_len, MAX_SAID - said_len, "%s\n", line);
}

/* What is said when such an allocation fails. */
static void fail(struct kunit *test, gfp_t gfp, unsigned int order)
{
	said_len = 0;
	said[0] = '\0';
	ta_report_set_sink(listen);
	KUNIT_EXPECT_NULL(test, ta_pages_alloc(pages_of(test), gfp, order,
					       _RET_IP_));
	ta_report_set_sink(NULL);
}

static unsigned int nr_said(const char *what)
{
	unsigned int nr = 0;
	const char *at;

	for (at = said; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

static void report_why_first_reason(struct kunit *test)
{
	unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES] = { };

	KUNIT_EXPECT_EQ(test, TA_SHORT_OF_PAGES, ta_page_report_why(0, nr));
	nr[3][TA_MIGRATE_MOVABLE] = 1;
	KUNIT_EXPECT_EQ(test, TA_SHORT_RESERVED, ta_page_report_why(3, nr));
	KUNIT_EXPECT_EQ(test, TA_SHORT_OF_PAGES, ta_page_report_why(4, nr));
	nr[3][TA_MIGRATE_UNMOVABLE] = 1;
	KUNIT_EXPECT_EQ(test, TA_SHORT_FRAGMENTED, ta_page_report_why(4, nr));
	KUNIT_EXPECT_EQ(test, TA_SHORT_OF_PAGES, ta_page_report_why(5, nr));
	nr[6][TA_MIGRATE_ISOLATE] = 1;
	KUNIT_EXPECT_EQ(test, TA_SHORT_ISOLATED, ta_page_report_why(5, nr));
	/* Isolated pages are no use to a smaller order either. */
	KUNIT_EXPECT_EQ(test, TA_SHORT_OF_PAGES, ta_page_report_why(7, nr));
}

static void report_too_few_pages(struct kunit *test)
{
	fail(test, GFP_NOWAIT, 10);
	KUNIT_EXPECT_EQ(test, 1U, nr_said("allocation failure: order:10, "));
	KUNIT_EXPECT_EQ(test, 1U, nr_said("order 10 wanted: too few free pages: "));
	KUNIT_EXPECT_EQ(test, 1U, nr_said("Unmovable: "));
	KUNIT_EXPECT_EQ(test, 1U, nr_said("free_pcp:"));
	KUNIT_EXPECT_EQ(test, 1U, nr_said("total:512"));
}

/* Every other page is free: plenty, and nothing that two would fit in. */
static void report_fragmented(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page **page = kunit_kcalloc(test, NR_PAGES, sizeof(*page),
					   GFP_KERNEL);
	unsigned long i, nr;

	KUNIT_ASSERT_NOT_NULL(test, page);
	nr = ta_pages_alloc_bulk(pages, GFP_ATOMIC | __GFP_NOWARN, NR_PAGES,
				 page, _RET_IP_);
	for (i = 0; i < nr; i++) {
		if (page_to_pfn(page[i]) & 1)
			continue;
		ta_pages_free(pages, page[i], 0, _RET_IP_);
		page[i] = NULL;
	}
	ta_pages_drain(pages);
	fail(test, GFP_NOWAIT, 4);
	KUNIT_EXPECT_EQ(test, 1U, nr_said("order 4 wanted: fragmented: "));
	KUNIT_EXPECT_EQ(test, 1U, nr_said("largest block order 0;"));
	for (i = 0; i < nr; i++)
		if (page[i])
			ta_pages_free(pages, page[i], 0, _RET_IP_);
}

static void report_nowarn_is_silent(struct kunit *test)
{
	fail(test, GFP_NOWAIT | __GFP_NOWARN, 10);
	KUNIT_EXPECT_EQ(test, (size_t)0, said_len);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(report_why_first_reason),
	KUNIT_CASE(report_too_few_pages),
	KUNIT_CASE(report_fragmented),
	KUNIT_CASE(report_nowarn_is_silent),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_page_report",
	.init = report_test_init,
	.exit = report_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
