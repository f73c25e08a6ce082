// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of vmalloc: what an allocation gets, and what its end gives back. Each case
 * runs on every way to map pages.
 */
#include "backends.h"
#include "helpers.h"
#include "report.h"
#include "vmalloc_fixture.h"

#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

static void vmalloc_sizes_rounded_to_pages(struct kunit *test)
{
	static const unsigned long sizes[] = {
		1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 31 * PAGE_SIZE,
		32 * PAGE_SIZE, 33 * PAGE_SIZE, 100 * PAGE_SIZE + 7,
	};
	struct ta_vmap_fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long nr_pages = DIV_ROUND_UP(sizes[i], PAGE_SIZE);
		u8 *addr = ta_vmap_test_get(test, sizes[i], GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_EQ(test, 0UL, offset_in_page(addr));
		KUNIT_EXPECT_EQ(test, nr_pages, ta_vmap_test_stats(f).used);
		KUNIT_EXPECT_TRUE(test, ta_vmap_is_addr(&f->vmap, addr));
		KUNIT_EXPECT_NOT_NULL(test, ta_vmap_to_page(&f->vmap, addr +
							    sizes[i] - 1));
		KUNIT_EXPECT_NULL(test, ta_vmap_to_page(&f->vmap, addr +
							nr_pages * PAGE_SIZE));
		ta_vmap_test_put(test, addr);
		KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).used);
	}
}

static void vmalloc_memory_holds_what_is_written(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned int i;

	if (!f->readable)
		kunit_skip(test, "no hardware reads it");
	for (i = 0; i < 20; i++) {
		f->span[i] = ta_vmap_test_get(test, (i + 1) * 1000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->span[i]);
		ta_fill(f->span[i], (i + 1) * 1000, i);
	}
	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_TRUE(test, ta_filled(f->span[i], (i + 1) * 1000,
						  i));
		ta_vmap_test_put(test, f->span[i]);
	}
}

/* H70: who asks for zeroes does not see what was in the page before. */
static void vmalloc_zeroed_after_reuse(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long bytes = (NR_POOL - 100) << PAGE_SHIFT;
	u8 *addr;

	if (!f->readable)
		kunit_skip(test, "no hardware reads it");
	addr = ta_vmap_test_get(test, bytes, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	memset(addr, 0xa5, bytes);
	ta_vmap_test_put(test, addr);
	addr = ta_vmap_test_get(test, bytes, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_NULL(test, memchr_inv(addr, 0, bytes));
	ta_vmap_test_put(test, addr);
}

static void vmalloc_impossible_sizes_refused(struct kunit *test)
{
	static const unsigned long reported[] = {
		0, ULONG_MAX, ULONG_MAX - PAGE_SIZE, LONG_MAX + 1UL,
	};
	static const unsigned long quiet[] = {
		LONG_MAX, (NR_POOL << PAGE_SHIFT) + 1, NR_WINDOW << PAGE_SHIFT,
		(NR_WINDOW << PAGE_SHIFT) + 1, 1UL << 44,
	};
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_BAD_SIZE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reported); i++)
		KUNIT_EXPECT_NULL(test, ta_vmap_test_get(test, reported[i],
							 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + i, ta_report_count(TA_FAULT_BAD_SIZE));
	for (i = 0; i < ARRAY_SIZE(quiet); i++)
		KUNIT_EXPECT_NULL(test,
				  ta_vmap_test_get(test, quiet[i], GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + ARRAY_SIZE(reported),
			ta_report_count(TA_FAULT_BAD_SIZE));
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).nr_spans);
}

/* What a large request has taken before it failed is there again. */
static void vmalloc_pool_exhausted_gives_back(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_vmap_test_nr_free(f), n;

	KUNIT_EXPECT_NULL(test, ta_vmap_test_get(test, NR_POOL << PAGE_SHIFT,
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
	for (n = 0; n < NR_POOL; n++) {
		f->span[n] = ta_vmap_test_get(test, 7 * PAGE_SIZE, GFP_KERNEL);
		if (!f->span[n])
			break;
	}
	KUNIT_EXPECT_GT(test, n, before / 7 - 8);
	KUNIT_EXPECT_NULL(test,
			  ta_vmap_test_get(test, 8 * PAGE_SIZE, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, 7 * n, ta_vmap_test_stats(f).used);
	while (n--)
		ta_vmap_test_put(test, f->span[n]);
	KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).nr_spans);
}

/* All pages but @nr, which are single ones, no two side by side. */
static unsigned long leave_singles(struct kunit *test, unsigned long nr)
{
	struct ta_vmap_fixture *f = test->priv;
	struct page **page = kunit_kcalloc(test, NR_POOL, sizeof(*page),
					   GFP_KERNEL);
	unsigned long i, got;

	KUNIT_ASSERT_NOT_NULL(test, page);
	ta_vmap_test_nr_free(f);
	got = ta_pages_alloc_bulk(&f->pages, GFP_KERNEL | __GFP_NOWARN, NR_POOL,
				  page, CALLER);
	KUNIT_ASSERT_GE(test, got, 2 * nr);
	/* Bulk fills from large blocks: what is even in its place is apart. */
	for (i = 0; i < nr; i++) {
		ta_pages_free(&f->pages, page[2 * i], 0, CALLER);
		page[2 * i] = NULL;
	}
	f->held = page;
	return got;
}

static void free_held(struct ta_vmap_fixture *f, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (f->held[i])
			ta_pages_free(&f->pages, f->held[i], 0, CALLER);
}

/* What is missing is found, whichever page it is, and all is given back. */
static void vmalloc_fails_at_each_page(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long n, got, before = ta_vmap_test_nr_free(f);
	void *addr;

	for (n = 0; n < 14; n++) {
		got = leave_singles(test, n);
		addr = ta_vmap_test_get(test, 9 * PAGE_SIZE, GFP_KERNEL);
		/* A page for the slab of the struct. */
		if (n < 9)
			KUNIT_EXPECT_NULL(test, addr);
		if (n > 10)
			KUNIT_EXPECT_NOT_NULL(test, addr);
		ta_vmap_test_put(test, addr);
		KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).used);
		free_held(f, got);
		KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
	}
}

/* An area of single pages and one of blocks hold what is written alike. */
static void vmalloc_from_a_pool_in_pieces(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long got = leave_singles(test, 110);
	u8 *addr = ta_vmap_test_get(test, 100 * PAGE_SIZE, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	for (i = 0; i + 1 < 100; i++)
		KUNIT_EXPECT_PTR_NE(test,
				    ta_vmap_to_page(&f->vmap,
						    addr + i * PAGE_SIZE) + 1,
				    ta_vmap_to_page(&f->vmap,
						    addr + (i + 1) * PAGE_SIZE));
	if (f->readable) {
		ta_fill(addr, 100 * PAGE_SIZE, 3);
		KUNIT_EXPECT_TRUE(test, ta_filled(addr, 100 * PAGE_SIZE, 3));
	}
	ta_vmap_test_put(test, addr);
	free_held(f, got);
}

/* Somebody holds a page in the middle of a block: only that one waits. */
static void vmalloc_held_page_alone_stays(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_vmap_test_nr_free(f);
	u8 *addr = ta_vmap_test_get(test, 64 * PAGE_SIZE, GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	page = ta_vmap_to_page(&f->vmap, addr + 37 * PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, page + 1,
			    ta_vmap_to_page(&f->vmap, addr + 38 * PAGE_SIZE));
	get_page(page);
	ta_vmap_test_put(test, addr);
	KUNIT_EXPECT_EQ(test, before - 1, ta_vmap_test_nr_free(f));
	put_page(page);
	KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
}

/* The set-up, a fill and an emptying, whichever memory of the host is short. */
static void vmalloc_fails_at_each_of_the_hosts(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct ta_vmap *vmap = kunit_kzalloc(test, sizeof(*vmap), GFP_KERNEL);
	unsigned long before = ta_vmap_test_nr_free(f);
	void *addr = NULL;
	long n;

	KUNIT_ASSERT_NOT_NULL(test, vmap);
	for (n = 0; n < 100 && !addr; n++) {
		if (!ta_host_refuses_after(n))
			kunit_skip(test, "the host always has memory");
		if (!ta_vmap_init(vmap, &f->pages, &f->slabs, &f->options)) {
			addr = ta_vmap_alloc(vmap, 600 * PAGE_SIZE / 2,
					     GFP_KERNEL | __GFP_NOWARN,
					     PAGE_KERNEL, CALLER);
			ta_host_refuses_after(-1);
			KUNIT_EXPECT_TRUE(test, ta_vmap_validate(vmap));
			ta_vmap_free(vmap, addr, CALLER);
			KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(vmap));
		}
		ta_host_refuses_after(-1);
		KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
	}
	KUNIT_EXPECT_NOT_NULL(test, addr);
	KUNIT_EXPECT_GT(test, n, 3L);
}

/* Many times the window passes through: only a purge can make that possible. */
static void vmalloc_addresses_come_back(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_vmap_test_stats(f).nr_purges;
	unsigned int i, nr_pages;

	for (i = 0; i < 300; i++) {
		nr_pages = 1 + i % 60;
		f->span[0] = ta_vmap_test_get(test, nr_pages << PAGE_SHIFT,
					      GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->span[0]);
		ta_vmap_test_put(test, f->span[0]);
	}
	KUNIT_EXPECT_GT(test, ta_vmap_test_stats(f).nr_purges, before);
	ta_vmap_purge(&f->vmap);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).lazy);
	ta_spans_drain(&f->vmap.spans);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).cached);
	KUNIT_EXPECT_EQ(test, NR_WINDOW + 1, ta_vmap_test_stats(f).largest_gap);
}

/* Somebody wants the last page: what was freed and kept is given up for it. */
static void vmalloc_purged_when_pages_run_out(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct page **page = kunit_kcalloc(test, NR_POOL, sizeof(*page),
					   GFP_KERNEL);
	unsigned long before = ta_vmap_test_nr_free(f), i, n;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < 2; i++) {
		for (n = 0; n < 100; n++)
			f->span[n] =
				ta_vmap_test_get(test, PAGE_SIZE, GFP_KERNEL);
		while (n--)
			ta_vmap_test_put(test, f->span[n]);
		/* First they are flushed and kept, then freed once more. */
		if (!i)
			ta_vmap_purge(&f->vmap);
	}
	KUNIT_EXPECT_NE(test, 0UL, ta_vmap_test_stats(f).nr_spans);
	KUNIT_EXPECT_NE(test, 0UL, ta_vmap_test_stats(f).lazy);
	for (n = 0; n < NR_POOL; n++) {
		page[n] = ta_pages_alloc(&f->pages, GFP_KERNEL | __GFP_NOWARN,
					 0, CALLER);
		if (!page[n])
			break;
	}
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).lazy);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).nr_spans);
	while (n--)
		ta_pages_free(&f->pages, page[n], 0, CALLER);
	KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
}

static void vmalloc_freed_address_waits_for_purge(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	void *first, *second;

	if (f->vmap.map.ops->sleeps)
		kunit_skip(test, "the host chooses the address");
	first = ta_vmap_test_get(test, PAGE_SIZE, GFP_KERNEL);
	ta_vmap_test_put(test, first);
	KUNIT_EXPECT_EQ(test, 1UL, ta_vmap_test_stats(f).lazy);
	second = ta_vmap_test_get(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, first, second);
	ta_vmap_purge(&f->vmap);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).lazy);
	KUNIT_EXPECT_EQ(test, 1UL, ta_vmap_test_stats(f).cached);
	KUNIT_EXPECT_PTR_EQ(test, first,
			    ta_vmap_test_get(test, PAGE_SIZE, GFP_KERNEL));
	ta_vmap_test_put(test, first);
	ta_vmap_test_put(test, second);
}

static void vmalloc_guard_page_faults(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	u8 *addr = ta_vmap_test_get(test, 3 * PAGE_SIZE, GFP_KERNEL), value = 0;
	u8 *next = ta_vmap_test_get(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_TRUE(test, next >= addr + 4 * PAGE_SIZE ||
			  next + 2 * PAGE_SIZE <= addr);
	if (f->vmap.map.ops == &ta_ptmap_window) {
		KUNIT_EXPECT_EQ(test, 4 * (long)PAGE_SIZE, next - addr);
		addr += 3 * PAGE_SIZE;
		KUNIT_EXPECT_EQ(test, 0L,
				copy_from_kernel_nofault(&value, addr - 1, 1));
		KUNIT_EXPECT_NE(test, 0L,
				copy_from_kernel_nofault(&value, addr, 1));
		addr -= 3 * PAGE_SIZE;
	}
	ta_vmap_test_put(test, addr);
	ta_vmap_test_put(test, next);
}

static void vmalloc_free_of_wrong_address_refused(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	bool sleeps = f->vmap.map.ops->sleeps;
	u8 *addr = ta_vmap_test_get(test, 3 * PAGE_SIZE, GFP_KERNEL);
	struct page *page = ta_vmap_to_page(&f->vmap, addr);

	ta_vmap_free(&f->vmap, NULL, CALLER);
	ta_vmap_test_refused(test, test, TA_FAULT_FOREIGN);
	ta_vmap_test_refused(test, &addr, TA_FAULT_FOREIGN);
	ta_vmap_test_refused(test, (void *)ULONG_MAX, TA_FAULT_FOREIGN);
	ta_vmap_test_refused(test, (void *)PAGE_SIZE, TA_FAULT_FOREIGN);
	ta_vmap_test_refused(test, page_address(page), TA_FAULT_FOREIGN);
	ta_vmap_test_refused(test, addr + 8, TA_FAULT_INTERIOR);
	ta_vmap_test_refused(test, addr + PAGE_SIZE, TA_FAULT_INTERIOR);
	ta_vmap_test_refused(test, addr + 2 * PAGE_SIZE + 1, TA_FAULT_INTERIOR);
	if (!sleeps)
		ta_vmap_test_refused(test, addr + 3 * PAGE_SIZE,
				     TA_FAULT_INTERIOR);
	ta_vmap_test_refused(test, addr + (NR_WINDOW << PAGE_SHIFT),
			     TA_FAULT_FOREIGN);
	ta_vmap_test_put(test, addr);
	/* The host has taken its address back: it is anybody's. */
	ta_vmap_test_refused(test, addr,
			     sleeps ? TA_FAULT_FOREIGN : TA_FAULT_DOUBLE_FREE);
	ta_vmap_purge(&f->vmap);
	ta_vmap_test_refused(test, addr,
			     sleeps ? TA_FAULT_FOREIGN : TA_FAULT_DOUBLE_FREE);
	ta_spans_drain(&f->vmap.spans);
	ta_vmap_test_refused(test, addr, TA_FAULT_FOREIGN);
}

static void vmalloc_vunmap_and_vfree_not_mixed(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_WRONG_OWNER);
	void *addr = ta_vmap_test_get(test, PAGE_SIZE, GFP_KERNEL), *mapped;
	struct page *page = ta_vmap_to_page(&f->vmap, addr);

	ta_vmap_unmap(&f->vmap, addr, CALLER);
	KUNIT_EXPECT_EQ(test, before + 1,
			ta_report_count(TA_FAULT_WRONG_OWNER));
	mapped = ta_vmap_map_pages(&f->vmap, &page, 1, VM_MAP, PAGE_KERNEL,
				   CALLER);
	KUNIT_ASSERT_NOT_NULL(test, mapped);
	ta_vmap_test_refused(test, mapped, TA_FAULT_WRONG_OWNER);
	ta_vmap_unmap(&f->vmap, NULL, CALLER);
	ta_vmap_unmap(&f->vmap, mapped, CALLER);
	KUNIT_EXPECT_PTR_EQ(test, page, ta_vmap_to_page(&f->vmap, addr));
	ta_vmap_test_put(test, addr);
}

struct seen {
	struct kunit *test;
	unsigned int nr;
	const void *last;
};

static void see(const struct ta_vmap_info *info, void *arg)
{
	struct seen *seen = arg;
	struct kunit *test = seen->test;

	seen->nr++;
	if (info->lazy)
		return;
	KUNIT_EXPECT_EQ(test, seen->nr * PAGE_SIZE - 1, info->size);
	KUNIT_EXPECT_EQ(test, seen->nr, info->nr_pages);
	KUNIT_EXPECT_EQ(test, (seen->nr + 1) * PAGE_SIZE, info->bytes);
	KUNIT_EXPECT_EQ(test, (int)TA_SPAN_VMALLOC, (int)info->kind);
	KUNIT_EXPECT_NE(test, 0UL, info->caller);
	KUNIT_EXPECT_NOT_NULL(test, info->addr);
	seen->last = info->addr;
}

static void vmalloc_walk_sees_every_span(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct seen seen = { .test = test };
	unsigned int i;

	for (i = 0; i < 10; i++)
		f->span[i] = ta_vmap_test_get(test, (i + 1) * PAGE_SIZE - 1,
					      GFP_KERNEL);
	ta_vmap_walk(&f->vmap, see, &seen);
	KUNIT_EXPECT_EQ(test, 10U, seen.nr);
	KUNIT_EXPECT_PTR_EQ(test, seen.last, f->span[9]);
	ta_vmap_test_put(test, f->span[4]);
	seen.nr = 0;
	ta_vmap_walk(&f->vmap, see, &seen);
	KUNIT_EXPECT_EQ(test, 10U, seen.nr);
	for (i = 0; i < 10; i++)
		if (i != 4)
			ta_vmap_test_put(test, f->span[i]);
}

static void vmalloc_kvmalloc_takes_either_way(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_BAD_SIZE);
	void *small = ta_vmap_kvmalloc(&f->vmap, 100, GFP_KERNEL, CALLER);
	void *large;

	KUNIT_EXPECT_NOT_NULL(test, small);
	KUNIT_EXPECT_FALSE(test, ta_vmap_is_addr(&f->vmap, small));
	/* The largest block of the pool is smaller than this. */
	large = ta_vmap_kvmalloc(&f->vmap, 300 * PAGE_SIZE, GFP_KERNEL, CALLER);
	KUNIT_EXPECT_NOT_NULL(test, large);
	KUNIT_EXPECT_TRUE(test, ta_vmap_is_addr(&f->vmap, large));
	KUNIT_EXPECT_NULL(test, ta_vmap_kvmalloc(&f->vmap, INT_MAX + 1UL,
						 GFP_KERNEL, CALLER));
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BAD_SIZE));
	ta_vmap_kvfree(&f->vmap, NULL, CALLER);
	ta_vmap_kvfree(&f->vmap, small, CALLER);
	ta_vmap_kvfree(&f->vmap, large, CALLER);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).used);
}

static struct kunit_case vmalloc_test_cases[] = {
	TA_BACKENDS_CASE(vmalloc_sizes_rounded_to_pages),
	TA_BACKENDS_CASE(vmalloc_memory_holds_what_is_written),
	TA_BACKENDS_CASE(vmalloc_zeroed_after_reuse),
	TA_BACKENDS_CASE(vmalloc_impossible_sizes_refused),
	TA_BACKENDS_CASE(vmalloc_pool_exhausted_gives_back),
	TA_BACKENDS_CASE(vmalloc_fails_at_each_page),
	TA_BACKENDS_CASE(vmalloc_fails_at_each_of_the_hosts),
	TA_BACKENDS_CASE(vmalloc_from_a_pool_in_pieces),
	TA_BACKENDS_CASE(vmalloc_held_page_alone_stays),
	TA_BACKENDS_CASE(vmalloc_addresses_come_back),
	TA_BACKENDS_CASE(vmalloc_purged_when_pages_run_out),
	TA_BACKENDS_CASE(vmalloc_freed_address_waits_for_purge),
	TA_BACKENDS_CASE(vmalloc_guard_page_faults),
	TA_BACKENDS_CASE(vmalloc_free_of_wrong_address_refused),
	TA_BACKENDS_CASE(vmalloc_vunmap_and_vfree_not_mixed),
	TA_BACKENDS_CASE(vmalloc_walk_sees_every_span),
	TA_BACKENDS_CASE(vmalloc_kvmalloc_takes_either_way),
	{}
};

static struct kunit_suite vmalloc_test_suite = {
	.name = "teachalloc_vmalloc",
	.init = ta_vmap_test_init,
	.exit = ta_vmap_test_exit,
	.test_cases = vmalloc_test_cases,
};

kunit_test_suite(vmalloc_test_suite);
