// SPDX-License-Identifier: GPL-2.0
/* Tests of the ways to map pages; each case runs on every one of them. */
#include "backends.h"
#include "helpers.h"
#include "pages.h"
#include "ptmap.h"
#include "report.h"

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* Not a multiple of a table's 512 entries, so that the last one is partial. */
#define NR_ROOM		1300U
#define NR_PAGES	64U
#define NR_POOL		(NR_PAGES + 64)

struct fixture {
	struct ta_pages pages;
	struct ta_ptmap map;
	bool readable;
	struct page *page[NR_PAGES];
};

static const struct ta_ptmap_ops *ops_of(struct kunit *test)
{
	const struct ta_ptmap_ops *const *ops = test->param_value;

	return ops ? *ops : &ta_ptmap_soft;
}

static int ptmap_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int err;

	test->priv = NULL;
	KUNIT_ASSERT_NOT_NULL(test, f);
	err = ta_ptmap_init(&f->map, ops_of(test), NR_ROOM);
	if (err == -EOPNOTSUPP)
		kunit_skip(test, "not on this machine");
	KUNIT_ASSERT_EQ(test, 0, err);
	f->readable = ops_of(test) != &ta_ptmap_soft;
	ta_test_pages(test, &f->pages, NR_POOL);
	KUNIT_ASSERT_EQ(test, (unsigned long)NR_PAGES,
			ta_pages_alloc_bulk(&f->pages, GFP_KERNEL | __GFP_ZERO,
					    NR_PAGES, f->page, _THIS_IP_));
	test->priv = f;
	return 0;
}

static void ptmap_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f)
		return;
	ta_ptmap_fini(&f->map);
	ta_pages_free_bulk(&f->pages, NR_PAGES, f->page, _THIS_IP_);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&f->pages));
}

static void map_span(struct kunit *test, unsigned long first, unsigned int nr)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, 0, ta_ptmap_map(&f->map, first, nr, f->page,
					      PAGE_KERNEL, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, ta_ptmap_publish(&f->map, first, nr,
						  PAGE_KERNEL, GFP_KERNEL));
}

static void unmap_span(struct kunit *test, unsigned long first, unsigned int nr)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_PTR_EQ(test, f->page[i],
				    ta_ptmap_lookup(&f->map, first + i));
	ta_ptmap_withdraw(&f->map, first, nr);
	KUNIT_ASSERT_TRUE(test, ta_ptmap_unmap(&f->map, first, nr));
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&f->map, first + i));
}

/* Each page answers at its address, and nothing does beside them. */
static void expect_span(struct kunit *test, unsigned long first,
			unsigned int nr)
{
	struct fixture *f = test->priv;
	u8 *addr = ta_ptmap_addr(&f->map, first);
	unsigned int i;

	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		KUNIT_EXPECT_PTR_EQ(test, f->page[i],
				    ta_ptmap_lookup(&f->map, first + i));
		KUNIT_EXPECT_EQ(test, first + i,
				ta_ptmap_index(&f->map, addr + 1));
		if (!f->readable)
			continue;
		memset(addr, i + 1, PAGE_SIZE);
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(f->page[i]),
						   i + 1, PAGE_SIZE));
	}
	KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&f->map, first - 1));
	KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&f->map, first + nr));
}

static void ptmap_map_then_unmap_leaves_nothing(struct kunit *test)
{
	static const unsigned int first[] = { 0, 1, 500, NR_ROOM - NR_PAGES };
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(first); i++) {
		map_span(test, first[i], NR_PAGES);
		expect_span(test, first[i], NR_PAGES);
		unmap_span(test, first[i], NR_PAGES);
		KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&f->map, first[i]));
		ta_ptmap_flush(&f->map);
	}
}

/* Wherever a table ends, one of these spans lies across. */
static void ptmap_map_everywhere(struct kunit *test)
{
	unsigned int first;

	for (first = 0; first + 3 <= NR_ROOM; first += 3)
		map_span(test, first, 3);
	for (first = 0; first + 3 <= NR_ROOM; first += 3)
		unmap_span(test, first, 3);
}

static void ptmap_outside_the_room_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long bad[][2] = {
		{ NR_ROOM, 1 }, { NR_ROOM - 1, 2 }, { ULONG_MAX, 1 },
		{ ULONG_MAX - 1, 3 }, { 0, NR_ROOM + 1 }, { 1, UINT_MAX },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				ta_ptmap_map(&f->map, bad[i][0], bad[i][1],
					     f->page, PAGE_KERNEL, GFP_KERNEL));
		if (f->map.ops->publish)
			KUNIT_EXPECT_EQ(test, -EINVAL,
					ta_ptmap_publish(&f->map, bad[i][0],
							 bad[i][1], PAGE_KERNEL,
							 GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				ta_ptmap_map_run(&f->map, bad[i][0], bad[i][1],
						 f->page[0], PAGE_KERNEL,
						 GFP_KERNEL));
		KUNIT_EXPECT_FALSE(test, ta_ptmap_unmap(&f->map, bad[i][0],
							bad[i][1]));
	}
	KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&f->map, NR_ROOM));
	KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&f->map, TA_PTMAP_NONE));
}

static void ptmap_index_of_foreign_address_is_none(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *addr;

	map_span(test, 7, 3);
	addr = ta_ptmap_addr(&f->map, 7);
	KUNIT_EXPECT_EQ(test, 9UL, ta_ptmap_index(&f->map, addr +
						  3 * PAGE_SIZE - 1));
	KUNIT_EXPECT_EQ(test, TA_PTMAP_NONE, ta_ptmap_index(&f->map, NULL));
	KUNIT_EXPECT_EQ(test, TA_PTMAP_NONE, ta_ptmap_index(&f->map, test));
	KUNIT_EXPECT_EQ(test, TA_PTMAP_NONE, ta_ptmap_index(&f->map, &addr));
	KUNIT_EXPECT_EQ(test, TA_PTMAP_NONE,
			ta_ptmap_index(&f->map, (void *)ULONG_MAX));
	KUNIT_EXPECT_EQ(test, TA_PTMAP_NONE,
			ta_ptmap_index(&f->map,
				       addr + NR_ROOM * PAGE_SIZE));
	unmap_span(test, 7, 3);
}

static void ptmap_unmap_of_nothing_does_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;

	map_span(test, 480, 8);
	KUNIT_EXPECT_TRUE(test, ta_ptmap_unmap(&f->map, 490, NR_PAGES));
	unmap_span(test, 480, 8);
	ta_ptmap_flush(&f->map);
	map_span(test, 490, NR_PAGES);
	unmap_span(test, 490, NR_PAGES);
}

/* Wherever a table ends: a run of pages is what its pages are one by one. */
static void ptmap_map_run_is_page_after_page(struct kunit *test)
{
	static const unsigned int first[] = { 0, 505, 1020, NR_ROOM - 8 };
	struct fixture *f = test->priv;
	struct page *run = ta_pages_alloc(&f->pages, GFP_KERNEL, 3, _THIS_IP_);
	struct page *old[8];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, run);
	memcpy(old, f->page, sizeof(old));
	for (i = 0; i < 8; i++)
		f->page[i] = run + i;
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		KUNIT_ASSERT_EQ(test, 0,
				ta_ptmap_map_run(&f->map, first[i], 8, run,
						 PAGE_KERNEL, GFP_KERNEL));
		KUNIT_ASSERT_EQ(test, 0,
				ta_ptmap_publish(&f->map, first[i], 8,
						 PAGE_KERNEL, GFP_KERNEL));
		expect_span(test, first[i], 8);
		unmap_span(test, first[i], 8);
	}
	memcpy(f->page, old, sizeof(old));
	ta_pages_free(&f->pages, run, 3, _THIS_IP_);
}

struct peek {
	const u32 *addr;
	u32 expected;
	atomic_t nr_wrong;
};

static void peek_cpu(void *arg)
{
	struct peek *peek = arg;

	if (READ_ONCE(*peek->addr) != peek->expected)
		atomic_inc(&peek->nr_wrong);
}

/* Another page at the same address: no CPU may still see the first. */
static void ptmap_flush_reaches_every_cpu(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct peek peek = {};
	unsigned int i;

	if (!f->readable)
		kunit_skip(test, "no hardware reads it");
	for (i = 0; i < NR_PAGES; i++)
		*(u32 *)page_address(f->page[i]) = i;
	for (i = 0; i < NR_PAGES; i++) {
		KUNIT_ASSERT_EQ(test, 0,
				ta_ptmap_map(&f->map, 600, 1, &f->page[i],
					     PAGE_KERNEL, GFP_KERNEL));
		KUNIT_ASSERT_EQ(test, 0, ta_ptmap_publish(&f->map, 600, 1,
							  PAGE_KERNEL,
							  GFP_KERNEL));
		peek.addr = ta_ptmap_addr(&f->map, 600);
		peek.expected = i;
		on_each_cpu(peek_cpu, &peek, 1);
		ta_ptmap_withdraw(&f->map, 600, 1);
		ta_ptmap_unmap(&f->map, 600, 1);
		ta_ptmap_flush(&f->map);
	}
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&peek.nr_wrong));
}

static void ptmap_access_faults_after_flush(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 *addr, value = 0;

	if (!f->readable)
		kunit_skip(test, "no hardware reads it");
	*(u32 *)page_address(f->page[0]) = 4711;
	map_span(test, 5, 1);
	addr = ta_ptmap_addr(&f->map, 5);
	KUNIT_EXPECT_EQ(test, 0L, copy_from_kernel_nofault(&value, addr, 4));
	KUNIT_EXPECT_EQ(test, 4711U, value);
	KUNIT_EXPECT_NE(test, 0L, copy_from_kernel_nofault(&value, addr +
							   PAGE_SIZE / 4, 4));
	unmap_span(test, 5, 1);
	ta_ptmap_flush(&f->map);
	KUNIT_EXPECT_NE(test, 0L, copy_from_kernel_nofault(&value, addr, 4));
}

/* No room at all, too much to count, more than the host has memory. */
static void ptmap_init_impossible_room_refused(struct kunit *test)
{
	const struct ta_ptmap_ops *ops = ops_of(test);
	struct ta_ptmap map;

	KUNIT_EXPECT_EQ(test, -EINVAL, ta_ptmap_init(&map, ops, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			ta_ptmap_init(&map, ops, (unsigned long)INT_MAX + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_ptmap_init(&map, ops, ULONG_MAX));
	if (ops == &ta_ptmap_window)
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				ta_ptmap_init(&map, ops, totalram_pages() + 1));
}

static void ptmap_soft_sparse_room(struct kunit *test)
{
	static const unsigned long idx[] = {
		0, 511, 512, 262143, 262144, 134217727, 134217728, INT_MAX - 1,
	};
	struct fixture *f = test->priv;
	struct ta_ptmap map;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, ta_ptmap_init(&map, &ta_ptmap_soft, INT_MAX));
	for (i = 0; i < ARRAY_SIZE(idx); i++)
		KUNIT_EXPECT_EQ(test, 0, ta_ptmap_map(&map, idx[i], 1,
						      &f->page[i], PAGE_KERNEL,
						      GFP_KERNEL));
	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		KUNIT_EXPECT_PTR_EQ(test, f->page[i],
				    ta_ptmap_lookup(&map, idx[i]));
		ta_ptmap_unmap(&map, idx[i], 1);
		KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&map, idx[i]));
	}
	KUNIT_EXPECT_NULL(test, ta_ptmap_lookup(&map, 99999999));
	ta_ptmap_fini(&map);
}

/* The software table knows when a real one would have a stale TLB entry. */
static void ptmap_soft_reports_reuse_before_flush(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);

	map_span(test, 3, 1);
	unmap_span(test, 3, 1);
	ta_ptmap_flush(&f->map);
	map_span(test, 3, 1);
	unmap_span(test, 3, 1);
	KUNIT_EXPECT_EQ(test, before, ta_report_count(TA_FAULT_CORRUPT));
	map_span(test, 3, 1);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_CORRUPT));
	map_span(test, 3, 1);
	KUNIT_EXPECT_EQ(test, before + 2, ta_report_count(TA_FAULT_CORRUPT));
	unmap_span(test, 3, 1);
}

static struct kunit_case ptmap_test_cases[] = {
	KUNIT_CASE_PARAM(ptmap_map_then_unmap_leaves_nothing,
			 backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_map_everywhere, backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_outside_the_room_refused, backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_index_of_foreign_address_is_none,
			 backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_unmap_of_nothing_does_nothing,
			 backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_map_run_is_page_after_page, backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_flush_reaches_every_cpu, backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_access_faults_after_flush, backend_gen_params),
	KUNIT_CASE_PARAM(ptmap_init_impossible_room_refused,
			 backend_gen_params),
	KUNIT_CASE(ptmap_soft_sparse_room),
	KUNIT_CASE(ptmap_soft_reports_reuse_before_flush),
	{}
};

static struct kunit_suite ptmap_test_suite = {
	.name = "teachalloc_ptmap",
	.init = ptmap_test_init,
	.exit = ptmap_test_exit,
	.test_cases = ptmap_test_cases,
};

kunit_test_suite(ptmap_test_suite);
