// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of vmalloc; each case runs on every way to map pages. The soft one
 * cannot be read or written but reports reuse of an address before the flush.
 */
#include "backends.h"
#include "helpers.h"
#include "report.h"
#include "vmalloc.h"

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define NR_POOL		512UL
#define NR_WINDOW	1000UL
#define NR_SLOTS	24
#define NR_RANDOM	600
#define NR_STRESS	400
#define CALLER		_THIS_IP_

struct fixture {
	struct ta_pages pages;
	struct ta_slabs slabs;
	struct ta_vmap vmap;
	struct ta_vmap_options options;
	bool readable;
	u8 *span[NR_POOL];
	struct page **held;
};

static int vmalloc_test_init(struct kunit *test)
{
	const struct ta_ptmap_ops *const *ops = test->param_value;
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int err;

	test->priv = NULL;
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, 0, ta_pages_init(&f->pages, NR_POOL, NR_POOL));
	KUNIT_ASSERT_EQ(test, 0, ta_slabs_init(&f->slabs, &f->pages,
					       &(struct ta_slab_options){}));
	f->options.ops = *ops;
	f->options.nr_pages = NR_WINDOW;
	err = ta_vmap_init(&f->vmap, &f->pages, &f->slabs, &f->options);
	if (err) {
		KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_fini(&f->slabs));
		KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&f->pages));
	}
	if (err == -EOPNOTSUPP)
		kunit_skip(test, "not on this machine");
	KUNIT_ASSERT_EQ(test, 0, err);
	f->readable = *ops != &ta_ptmap_soft;
	test->priv = f;
	return 0;
}

static void vmalloc_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f)
		return;
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_fini(&f->slabs));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(&f->pages));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&f->pages));
}

static void *get(struct kunit *test, unsigned long size, gfp_t gfp)
{
	struct fixture *f = test->priv;
	void *addr = ta_vmap_alloc(&f->vmap, size, gfp | __GFP_NOWARN,
				   PAGE_KERNEL, CALLER);

	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	return addr;
}

static void put(struct kunit *test, void *addr)
{
	struct fixture *f = test->priv;

	ta_vmap_free(&f->vmap, addr, CALLER);
	KUNIT_ASSERT_TRUE(test, ta_vmap_validate(&f->vmap));
}

static struct ta_vmap_stats stats_of(struct fixture *f)
{
	struct ta_vmap_stats stats;

	ta_vmap_stats(&f->vmap, &stats);
	return stats;
}

/* All that the vmalloc layer holds back is given up first. */
static unsigned long nr_free(struct fixture *f)
{
	ta_vmap_purge(&f->vmap);
	f->vmap.reclaimer.reclaim(&f->vmap.reclaimer);
	f->slabs.reclaimer.reclaim(&f->slabs.reclaimer);
	return ta_pages_nr_free(&f->pages);
}

static void vmalloc_sizes_rounded_to_pages(struct kunit *test)
{
	static const unsigned long sizes[] = {
		1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 31 * PAGE_SIZE,
		32 * PAGE_SIZE, 33 * PAGE_SIZE, 100 * PAGE_SIZE + 7,
	};
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long nr_pages = DIV_ROUND_UP(sizes[i], PAGE_SIZE);
		u8 *addr = get(test, sizes[i], GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_EQ(test, 0UL, offset_in_page(addr));
		KUNIT_EXPECT_EQ(test, nr_pages, stats_of(f).used);
		KUNIT_EXPECT_TRUE(test, ta_vmap_is_addr(&f->vmap, addr));
		KUNIT_EXPECT_NOT_NULL(test, ta_vmap_to_page(&f->vmap, addr +
							    sizes[i] - 1));
		KUNIT_EXPECT_NULL(test, ta_vmap_to_page(&f->vmap, addr +
							nr_pages * PAGE_SIZE));
		put(test, addr);
		KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).used);
	}
}

static void vmalloc_memory_holds_what_is_written(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	if (!f->readable)
		kunit_skip(test, "no hardware reads it");
	for (i = 0; i < 20; i++) {
		f->span[i] = get(test, (i + 1) * 1000, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->span[i]);
		ta_fill(f->span[i], (i + 1) * 1000, i);
	}
	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_TRUE(test, ta_filled(f->span[i], (i + 1) * 1000,
						  i));
		put(test, f->span[i]);
	}
}

/* H70: who asks for zeroes does not see what was in the page before. */
static void vmalloc_zeroed_after_reuse(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long bytes = (NR_POOL - 100) << PAGE_SHIFT;
	u8 *addr;

	if (!f->readable)
		kunit_skip(test, "no hardware reads it");
	addr = get(test, bytes, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	memset(addr, 0xa5, bytes);
	put(test, addr);
	addr = get(test, bytes, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_NULL(test, memchr_inv(addr, 0, bytes));
	put(test, addr);
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
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_BAD_SIZE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reported); i++)
		KUNIT_EXPECT_NULL(test, get(test, reported[i], GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + i, ta_report_count(TA_FAULT_BAD_SIZE));
	for (i = 0; i < ARRAY_SIZE(quiet); i++)
		KUNIT_EXPECT_NULL(test, get(test, quiet[i], GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before + ARRAY_SIZE(reported),
			ta_report_count(TA_FAULT_BAD_SIZE));
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).nr_spans);
}

/* What a large request has taken before it failed is there again. */
static void vmalloc_pool_exhausted_gives_back(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = nr_free(f), n;

	KUNIT_EXPECT_NULL(test, get(test, NR_POOL << PAGE_SHIFT, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, before, nr_free(f));
	for (n = 0; n < NR_POOL; n++) {
		f->span[n] = get(test, 7 * PAGE_SIZE, GFP_KERNEL);
		if (!f->span[n])
			break;
	}
	KUNIT_EXPECT_GT(test, n, before / 7 - 8);
	KUNIT_EXPECT_NULL(test, get(test, 8 * PAGE_SIZE, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, 7 * n, stats_of(f).used);
	while (n--)
		put(test, f->span[n]);
	KUNIT_EXPECT_EQ(test, before, nr_free(f));
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).nr_spans);
}

/* All pages but @nr, which are single ones, no two side by side. */
static unsigned long leave_singles(struct kunit *test, unsigned long nr)
{
	struct fixture *f = test->priv;
	struct page **page = kunit_kcalloc(test, NR_POOL, sizeof(*page),
					   GFP_KERNEL);
	unsigned long i, got;

	KUNIT_ASSERT_NOT_NULL(test, page);
	nr_free(f);
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

static void free_held(struct fixture *f, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (f->held[i])
			ta_pages_free(&f->pages, f->held[i], 0, CALLER);
}

/* What is missing is found, whichever page it is, and all is given back. */
static void vmalloc_fails_at_each_page(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long n, got, before = nr_free(f);
	void *addr;

	for (n = 0; n < 14; n++) {
		got = leave_singles(test, n);
		addr = get(test, 9 * PAGE_SIZE, GFP_KERNEL);
		/* A page for the slab of the struct. */
		if (n < 9)
			KUNIT_EXPECT_NULL(test, addr);
		if (n > 10)
			KUNIT_EXPECT_NOT_NULL(test, addr);
		put(test, addr);
		KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).used);
		free_held(f, got);
		KUNIT_EXPECT_EQ(test, before, nr_free(f));
	}
}

/* An area of single pages and one of blocks hold what is written alike. */
static void vmalloc_from_a_pool_in_pieces(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long got = leave_singles(test, 110);
	u8 *addr = get(test, 100 * PAGE_SIZE, GFP_KERNEL);
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
	put(test, addr);
	free_held(f, got);
}

/* Somebody holds a page in the middle of a block: only that one waits. */
static void vmalloc_held_page_alone_stays(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = nr_free(f);
	u8 *addr = get(test, 64 * PAGE_SIZE, GFP_KERNEL);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	page = ta_vmap_to_page(&f->vmap, addr + 37 * PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, page + 1,
			    ta_vmap_to_page(&f->vmap, addr + 38 * PAGE_SIZE));
	get_page(page);
	put(test, addr);
	KUNIT_EXPECT_EQ(test, before - 1, nr_free(f));
	put_page(page);
	KUNIT_EXPECT_EQ(test, before, nr_free(f));
}

/* The set-up, a fill and an emptying, whichever memory of the host is short. */
static void vmalloc_fails_at_each_of_the_hosts(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_vmap *vmap = kunit_kzalloc(test, sizeof(*vmap), GFP_KERNEL);
	unsigned long before = nr_free(f);
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
		KUNIT_EXPECT_EQ(test, before, nr_free(f));
	}
	KUNIT_EXPECT_NOT_NULL(test, addr);
	KUNIT_EXPECT_GT(test, n, 3L);
}

/* Many times the window passes through: only a purge can make that possible. */
static void vmalloc_addresses_come_back(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = stats_of(f).nr_purges;
	unsigned int i, nr_pages;

	for (i = 0; i < 300; i++) {
		nr_pages = 1 + i % 60;
		f->span[0] = get(test, nr_pages << PAGE_SHIFT, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->span[0]);
		put(test, f->span[0]);
	}
	KUNIT_EXPECT_GT(test, stats_of(f).nr_purges, before);
	ta_vmap_purge(&f->vmap);
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).lazy);
	ta_spans_drain(&f->vmap.spans);
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).cached);
	KUNIT_EXPECT_EQ(test, NR_WINDOW + 1, stats_of(f).largest_gap);
}

/* Somebody wants the last page: what was freed and kept is given up for it. */
static void vmalloc_purged_when_pages_run_out(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page **page = kunit_kcalloc(test, NR_POOL, sizeof(*page),
					   GFP_KERNEL);
	unsigned long before = nr_free(f), i, n;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < 2; i++) {
		for (n = 0; n < 100; n++)
			f->span[n] = get(test, PAGE_SIZE, GFP_KERNEL);
		while (n--)
			put(test, f->span[n]);
		/* First they are flushed and kept, then freed once more. */
		if (!i)
			ta_vmap_purge(&f->vmap);
	}
	KUNIT_EXPECT_NE(test, 0UL, stats_of(f).nr_spans);
	KUNIT_EXPECT_NE(test, 0UL, stats_of(f).lazy);
	for (n = 0; n < NR_POOL; n++) {
		page[n] = ta_pages_alloc(&f->pages, GFP_KERNEL | __GFP_NOWARN,
					 0, CALLER);
		if (!page[n])
			break;
	}
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).lazy);
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).nr_spans);
	while (n--)
		ta_pages_free(&f->pages, page[n], 0, CALLER);
	KUNIT_EXPECT_EQ(test, before, nr_free(f));
}

static void vmalloc_freed_address_waits_for_purge(struct kunit *test)
{
	struct fixture *f = test->priv;
	void *first, *second;

	if (f->vmap.map.ops->sleeps)
		kunit_skip(test, "the host chooses the address");
	first = get(test, PAGE_SIZE, GFP_KERNEL);
	put(test, first);
	KUNIT_EXPECT_EQ(test, 1UL, stats_of(f).lazy);
	second = get(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, first, second);
	ta_vmap_purge(&f->vmap);
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).lazy);
	KUNIT_EXPECT_EQ(test, 1UL, stats_of(f).cached);
	KUNIT_EXPECT_PTR_EQ(test, first, get(test, PAGE_SIZE, GFP_KERNEL));
	put(test, first);
	put(test, second);
}

static void vmalloc_guard_page_faults(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *addr = get(test, 3 * PAGE_SIZE, GFP_KERNEL), value = 0;
	u8 *next = get(test, PAGE_SIZE, GFP_KERNEL);

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
	put(test, addr);
	put(test, next);
}

/* Each misuse is one report of its kind, and changes nothing. */
static void expect_refused(struct kunit *test, const void *addr,
			   enum ta_fault fault)
{
	struct fixture *f = test->priv;
	unsigned long used = stats_of(f).used;
	unsigned long before = ta_report_count(fault);

	ta_vmap_free(&f->vmap, addr, CALLER);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(fault));
	KUNIT_EXPECT_EQ(test, used, stats_of(f).used);
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
}

static void vmalloc_free_of_wrong_address_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	bool sleeps = f->vmap.map.ops->sleeps;
	u8 *addr = get(test, 3 * PAGE_SIZE, GFP_KERNEL);
	struct page *page = ta_vmap_to_page(&f->vmap, addr);

	ta_vmap_free(&f->vmap, NULL, CALLER);
	expect_refused(test, test, TA_FAULT_FOREIGN);
	expect_refused(test, &addr, TA_FAULT_FOREIGN);
	expect_refused(test, (void *)ULONG_MAX, TA_FAULT_FOREIGN);
	expect_refused(test, (void *)PAGE_SIZE, TA_FAULT_FOREIGN);
	expect_refused(test, page_address(page), TA_FAULT_FOREIGN);
	expect_refused(test, addr + 8, TA_FAULT_INTERIOR);
	expect_refused(test, addr + PAGE_SIZE, TA_FAULT_INTERIOR);
	expect_refused(test, addr + 2 * PAGE_SIZE + 1, TA_FAULT_INTERIOR);
	if (!sleeps)
		expect_refused(test, addr + 3 * PAGE_SIZE, TA_FAULT_INTERIOR);
	expect_refused(test, addr + (NR_WINDOW << PAGE_SHIFT),
		       TA_FAULT_FOREIGN);
	put(test, addr);
	/* The host has taken its address back: it is anybody's. */
	expect_refused(test, addr, sleeps ? TA_FAULT_FOREIGN :
					    TA_FAULT_DOUBLE_FREE);
	ta_vmap_purge(&f->vmap);
	expect_refused(test, addr, sleeps ? TA_FAULT_FOREIGN :
					    TA_FAULT_DOUBLE_FREE);
	ta_spans_drain(&f->vmap.spans);
	expect_refused(test, addr, TA_FAULT_FOREIGN);
}

static void vmalloc_vunmap_and_vfree_not_mixed(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_WRONG_OWNER);
	void *addr = get(test, PAGE_SIZE, GFP_KERNEL), *mapped;
	struct page *page = ta_vmap_to_page(&f->vmap, addr);

	ta_vmap_unmap(&f->vmap, addr, CALLER);
	KUNIT_EXPECT_EQ(test, before + 1,
			ta_report_count(TA_FAULT_WRONG_OWNER));
	mapped = ta_vmap_map_pages(&f->vmap, &page, 1, VM_MAP, PAGE_KERNEL,
				   CALLER);
	KUNIT_ASSERT_NOT_NULL(test, mapped);
	expect_refused(test, mapped, TA_FAULT_WRONG_OWNER);
	ta_vmap_unmap(&f->vmap, NULL, CALLER);
	ta_vmap_unmap(&f->vmap, mapped, CALLER);
	KUNIT_EXPECT_PTR_EQ(test, page, ta_vmap_to_page(&f->vmap, addr));
	put(test, addr);
}

static void vmalloc_vmap_shows_same_pages_twice(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *page[4];
	u8 *once, *twice;

	KUNIT_ASSERT_EQ(test, 4UL,
			ta_pages_alloc_bulk(&f->pages, GFP_KERNEL, 4, page,
					    CALLER));
	once = ta_vmap_map_pages(&f->vmap, page, 4, VM_MAP, PAGE_KERNEL,
				 CALLER);
	twice = ta_vmap_map_pages(&f->vmap, page, 4, VM_MAP, PAGE_KERNEL,
				  CALLER);
	KUNIT_ASSERT_NOT_NULL(test, once);
	KUNIT_ASSERT_NOT_NULL(test, twice);
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	KUNIT_EXPECT_PTR_EQ(test, page[3], ta_vmap_to_page(&f->vmap, twice +
							   3 * PAGE_SIZE));
	if (f->readable) {
		ta_fill(once, 4 * PAGE_SIZE, 5);
		KUNIT_EXPECT_TRUE(test, ta_filled(twice, 4 * PAGE_SIZE, 5));
	}
	ta_vmap_unmap(&f->vmap, once, CALLER);
	ta_vmap_unmap(&f->vmap, twice, CALLER);
	ta_pages_free_bulk(&f->pages, 4, page, CALLER);
}

/* As many as there is room for; the guard page may lie behind the room. */
static void vmalloc_vmap_whole_window(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page **pages = kunit_kcalloc(test, NR_WINDOW + 1,
					    sizeof(*pages), GFP_KERNEL);
	struct page *page = ta_pages_alloc(&f->pages, GFP_KERNEL, 0, CALLER);
	unsigned long i;
	void *addr;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i <= NR_WINDOW; i++)
		pages[i] = page;
	KUNIT_EXPECT_NULL(test, ta_vmap_map_pages(&f->vmap, pages,
						  NR_WINDOW + 1, VM_MAP,
						  PAGE_KERNEL, CALLER));
	for (i = 0; i < 3; i++) {
		addr = ta_vmap_map_pages(&f->vmap, pages, NR_WINDOW,
					 VM_MAP, PAGE_KERNEL, CALLER);
		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
		KUNIT_EXPECT_NULL(test, get(test, PAGE_SIZE, GFP_KERNEL));
		/* The guard page is not ours, so no area has it. */
		expect_refused(test, addr + (NR_WINDOW << PAGE_SHIFT),
			       TA_FAULT_FOREIGN);
		ta_vmap_unmap(&f->vmap, addr, CALLER);
	}
	ta_pages_free(&f->pages, page, 0, CALLER);
}

static void vmalloc_vmap_of_no_pages_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *pages[2] = { NULL, NULL };
	unsigned long bad_size = ta_report_count(TA_FAULT_BAD_SIZE);
	unsigned long foreign = ta_report_count(TA_FAULT_FOREIGN);

	pages[0] = ta_pages_alloc(&f->pages, GFP_KERNEL, 0, CALLER);
	KUNIT_EXPECT_NULL(test, ta_vmap_map_pages(&f->vmap, pages, 0,
						  VM_MAP, PAGE_KERNEL, CALLER));
	KUNIT_EXPECT_EQ(test, bad_size + 1, ta_report_count(TA_FAULT_BAD_SIZE));
	KUNIT_EXPECT_NULL(test, ta_vmap_map_pages(&f->vmap, pages, 2,
						  VM_MAP, PAGE_KERNEL, CALLER));
	KUNIT_EXPECT_EQ(test, foreign + 1, ta_report_count(TA_FAULT_FOREIGN));
	KUNIT_EXPECT_NULL(test, ta_vmap_map_pages(&f->vmap, pages, UINT_MAX,
						  VM_MAP, PAGE_KERNEL, CALLER));
	KUNIT_EXPECT_NULL(test, ta_vmap_map_pages(&f->vmap, pages, 1,
						  VM_MAP_PUT_PAGES, PAGE_KERNEL,
						  CALLER));
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).used);
	ta_pages_free(&f->pages, pages[0], 0, CALLER);
}

static void vmalloc_atomic_only_where_nothing_sleeps(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long flags;
	void *addr;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "every lock sleeps");
	local_irq_save(flags);
	addr = ta_vmap_alloc(&f->vmap, 3 * PAGE_SIZE, GFP_ATOMIC, PAGE_KERNEL,
			     CALLER);
	ta_vmap_free(&f->vmap, addr, CALLER);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, f->vmap.map.ops->sleeps, !addr);
}

/* One more struct vmap, set up as @options say; on the fixture's pool. */
static struct ta_vmap *another(struct kunit *test,
			       const struct ta_vmap_options *options)
{
	struct fixture *f = test->priv;
	struct ta_vmap *vmap = kunit_kzalloc(test, sizeof(*vmap), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vmap);
	KUNIT_ASSERT_EQ(test, 0, ta_vmap_init(vmap, &f->pages, &f->slabs,
					      options));
	return vmap;
}

static void *want(struct kunit *test, unsigned long size, unsigned long align,
		  gfp_t gfp, pgprot_t prot)
{
	struct fixture *f = test->priv;
	const struct ta_vmap_want want = {
		.size = size, .align = align, .gfp = gfp, .prot = prot,
	};

	return ta_vmap_alloc_want(&f->vmap, &want, CALLER);
}

static void vmalloc_alignment_is_the_address(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long align, nr_pages;
	void *addr, *other;

	for (align = 1; align <= 256 * PAGE_SIZE; align <<= 1) {
		nr_pages = 1 + (align >> PAGE_SHIFT) % 37;
		addr = want(test, nr_pages << PAGE_SHIFT, align, GFP_KERNEL,
			    PAGE_KERNEL);
		if (f->vmap.map.ops->addr && align > PAGE_SIZE) {
			KUNIT_EXPECT_NULL(test, addr);
			continue;
		}
		KUNIT_ASSERT_NOT_NULL(test, addr);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)addr, align));
		/* What is freed and cached lies elsewhere. */
		other = get(test, nr_pages << PAGE_SHIFT, GFP_KERNEL);
		put(test, other);
		put(test, addr);
		ta_vmap_purge(&f->vmap);
	}
	KUNIT_EXPECT_NULL(test, want(test, PAGE_SIZE, BIT(BITS_PER_LONG - 1),
				     GFP_KERNEL, PAGE_KERNEL));
}

static void vmalloc_bad_alignment_refused(struct kunit *test)
{
	static const unsigned long bad[] = { 0, 3, PAGE_SIZE + 1, ULONG_MAX };
	unsigned long before = ta_report_count(TA_FAULT_BAD_ARG);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_NULL(test, want(test, PAGE_SIZE, bad[i],
					     GFP_KERNEL, PAGE_KERNEL));
	KUNIT_EXPECT_EQ(test, before + i, ta_report_count(TA_FAULT_BAD_ARG));
}

/* A write that may fault; the function of the host for it is not exported. */
static bool can_write(u8 *addr)
{
	u8 one = 1;

	pagefault_disable();
	__put_kernel_nofault(addr, &one, u8, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}

static void vmalloc_read_only_cannot_be_written(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long bytes = 3 * PAGE_SIZE;
	u8 *addr = want(test, bytes, PAGE_SIZE, GFP_KERNEL | __GFP_ZERO,
			PAGE_KERNEL_RO);
	u8 *linear;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	if (f->readable) {
		KUNIT_EXPECT_NULL(test, memchr_inv(addr, 0, bytes));
		KUNIT_EXPECT_FALSE(test, can_write(addr + 5));
		linear = page_address(ta_vmap_to_page(&f->vmap, addr));
		linear[5] = 42;
		KUNIT_EXPECT_EQ(test, 42, (int)addr[5]);
	}
	put(test, addr);
	/* The same addresses and pages are writable for the next one. */
	addr = get(test, bytes, GFP_KERNEL);
	if (f->readable)
		KUNIT_EXPECT_TRUE(test, can_write(addr + 5));
	put(test, addr);
}

/* What the page layer does not have is not had in a row of addresses either. */
static void vmalloc_gfp_reaches_the_pages(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_BAD_ARG);
	unsigned long free_before = nr_free(f);

	KUNIT_EXPECT_NULL(test, get(test, 3 * PAGE_SIZE,
				    GFP_KERNEL | __GFP_DMA32));
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BAD_ARG));
	KUNIT_EXPECT_EQ(test, free_before, nr_free(f));
}

/* A kernel with lockdep sees reclaim that must not be. */
static void vmalloc_without_fs_or_io(struct kunit *test)
{
	void *addr = get(test, 40 * PAGE_SIZE, GFP_NOFS);

	KUNIT_EXPECT_NOT_NULL(test, addr);
	put(test, addr);
	addr = get(test, 40 * PAGE_SIZE, GFP_NOIO);
	KUNIT_EXPECT_NOT_NULL(test, addr);
	put(test, addr);
}

static void vmalloc_user_pages_only_of_users_spans(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct ta_vmap_want user = {
		.size = 5 * PAGE_SIZE, .align = PAGE_SIZE, .gfp = GFP_KERNEL,
		.prot = PAGE_KERNEL, .user = true,
	};
	u8 *addr = ta_vmap_alloc_want(&f->vmap, &user, CALLER);
	u8 *other = get(test, 5 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, 5U, ta_vmap_user_pages(&f->vmap, addr));
	KUNIT_EXPECT_EQ(test, 1U, ta_vmap_user_pages(&f->vmap, addr +
						     4 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr +
						     5 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr + 1));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, other));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, test));
	put(test, addr);
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr));
	put(test, other);
	ta_vmap_purge(&f->vmap);
	/* The span is there again, but not the right. */
	addr = get(test, 5 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr));
	put(test, addr);
}

struct to_free {
	struct ta_vmap *vmap;
	void *addr;
	void *mapped;
};

static void free_both(void *arg)
{
	struct to_free *t = arg;

	ta_vmap_free(t->vmap, t->addr, CALLER);
	ta_vmap_unmap(t->vmap, t->mapped, CALLER);
}

static void free_in_interrupt(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = nr_free(f);
	int cpu;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "every lock sleeps");
	for_each_online_cpu(cpu) {
		struct to_free t = { .vmap = &f->vmap };
		struct page *page[2];

		t.addr = get(test, 40 * PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, t.addr);
		page[0] = ta_vmap_to_page(&f->vmap, t.addr);
		page[1] = page[0];
		t.mapped = ta_vmap_map_pages(&f->vmap, page, 2, VM_MAP,
					     PAGE_KERNEL, CALLER);
		KUNIT_ASSERT_NOT_NULL(test, t.mapped);
		smp_call_function_single(cpu, free_both, &t, 1);
		KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).used);
	}
	flush_work(&f->vmap.work);
	KUNIT_EXPECT_EQ(test, before, nr_free(f));
}

static void vmalloc_free_in_interrupt(struct kunit *test)
{
	free_in_interrupt(test);
}

static void vmalloc_eager_free_in_interrupt(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->vmap.eager = true;
	free_in_interrupt(test);
}

/* A ptmap that takes its time, as one that sleeps may. */
static struct completion withdrawing;

static void slow_withdraw(struct ta_ptmap *map, unsigned long first,
			  unsigned int nr)
{
	complete(&withdrawing);
	msleep(100);
}

static int run_work(void *data)
{
	struct ta_vmap *vmap = data;

	vmap->work.func(&vmap->work);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* What a work item is just emptying is no less freed than what waits for it. */
static void vmalloc_purge_waits_for_deferred(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_ptmap_ops slow = ta_ptmap_soft;
	struct task_struct *task;
	struct ta_vmap_stats stats;
	struct ta_vmap *vmap;
	struct ta_span *span;
	void *addr;

	if (f->readable)
		kunit_skip(test, "once is enough");
	slow.withdraw = slow_withdraw;
	f->options.ops = &slow;
	vmap = another(test, &f->options);
	addr = ta_vmap_alloc(vmap, 3 * PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL,
			     CALLER);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	/* As an interrupt does that must not sleep. */
	span = ta_spans_claim(&vmap->spans, addr, TA_SPAN_VMALLOC, CALLER);
	llist_add(&span->lazy, &vmap->deferred);

	init_completion(&withdrawing);
	task = kthread_run(run_work, vmap, "ta_work");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&withdrawing);
	ta_vmap_purge(vmap);
	ta_vmap_stats(vmap, &stats);
	KUNIT_EXPECT_EQ(test, 0UL, stats.lazy);
	KUNIT_EXPECT_EQ(test, 3UL, stats.cached);
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(vmap));
}

/* Every CPU has read the memory before it is freed, so may remember it. */
static void touch(void *arg)
{
	READ_ONCE(*(u8 *)arg);
}

static void vmalloc_eager_use_after_free_faults(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_vmap *vmap;
	u8 *addr, value;

	f->options.eager = true;
	vmap = another(test, &f->options);
	addr = ta_vmap_alloc(vmap, 70 * PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL,
			     CALLER);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	if (f->vmap.map.ops == &ta_ptmap_window) {
		on_each_cpu(touch, addr, 1);
		on_each_cpu(touch, addr + 69 * PAGE_SIZE, 1);
	}
	ta_vmap_free(vmap, addr, CALLER);
	KUNIT_EXPECT_NE(test, 0L, copy_from_kernel_nofault(&value, addr, 1));
	KUNIT_EXPECT_NE(test, 0L,
			copy_from_kernel_nofault(&value, addr +
						 69 * PAGE_SIZE, 1));
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(vmap));
}

/* Of holes of 40 and 35 pages the second is the better one for 33. */
static void vmalloc_best_fit_takes_smaller_hole(struct kunit *test)
{
	static const unsigned int sizes[] = { 40, 1, 35, 1 };
	struct fixture *f = test->priv;
	struct ta_vmap *vmap;
	void *span[4], *addr;
	unsigned int i;

	if (f->vmap.map.ops->addr)
		kunit_skip(test, "the host chooses the address");
	f->options.best_fit = true;
	vmap = another(test, &f->options);
	for (i = 0; i < ARRAY_SIZE(span); i++)
		span[i] = ta_vmap_alloc(vmap, sizes[i] * PAGE_SIZE, GFP_KERNEL,
					PAGE_KERNEL, CALLER);
	ta_vmap_free(vmap, span[0], CALLER);
	ta_vmap_free(vmap, span[2], CALLER);
	ta_vmap_purge(vmap);
	addr = ta_vmap_alloc(vmap, 33 * PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL,
			     CALLER);
	KUNIT_EXPECT_PTR_EQ(test, span[2], addr);
	ta_vmap_free(vmap, addr, CALLER);
	ta_vmap_free(vmap, span[1], CALLER);
	ta_vmap_free(vmap, span[3], CALLER);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(vmap));
}

static void vmalloc_leak_reported_and_returned(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_LEAK);
	unsigned long free_before = nr_free(f);
	struct ta_vmap *vmap = another(test, &f->options);
	struct page *page;
	void *addr;

	addr = ta_vmap_alloc(vmap, 5 * PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL,
			     CALLER);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	page = ta_vmap_to_page(vmap, addr);
	KUNIT_EXPECT_NOT_NULL(test, ta_vmap_map_pages(vmap, &page, 1, VM_MAP,
						      PAGE_KERNEL, CALLER));
	KUNIT_EXPECT_EQ(test, 6UL, ta_vmap_fini(vmap));
	KUNIT_EXPECT_EQ(test, before + 2, ta_report_count(TA_FAULT_LEAK));
	KUNIT_EXPECT_EQ(test, free_before, nr_free(f));
}

static void vmalloc_init_impossible_window_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_vmap *vmap = kunit_kzalloc(test, sizeof(*vmap), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vmap);
	f->options.nr_pages = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_vmap_init(vmap, &f->pages, &f->slabs,
						    &f->options));
	f->options.nr_pages = ULONG_MAX;
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_vmap_init(vmap, &f->pages, &f->slabs,
						    &f->options));
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
	struct fixture *f = test->priv;
	struct seen seen = { .test = test };
	unsigned int i;

	for (i = 0; i < 10; i++)
		f->span[i] = get(test, (i + 1) * PAGE_SIZE - 1, GFP_KERNEL);
	ta_vmap_walk(&f->vmap, see, &seen);
	KUNIT_EXPECT_EQ(test, 10U, seen.nr);
	KUNIT_EXPECT_PTR_EQ(test, seen.last, f->span[9]);
	put(test, f->span[4]);
	seen.nr = 0;
	ta_vmap_walk(&f->vmap, see, &seen);
	KUNIT_EXPECT_EQ(test, 10U, seen.nr);
	for (i = 0; i < 10; i++)
		if (i != 4)
			put(test, f->span[i]);
}

static void vmalloc_kvmalloc_takes_either_way(struct kunit *test)
{
	struct fixture *f = test->priv;
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
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).used);
}

/**
 * struct slot - a span that the shadow knows
 * @addr: its address, NULL if the slot is empty
 * @size: bytes asked for
 * @seed: what it is filled with
 */
struct slot {
	u8 *addr;
	unsigned long size;
	u32 seed;
};

static bool make_slot(struct fixture *f, struct ta_rng *rng, struct slot *slot)
{
	slot->size = 1 + ta_rng_below(rng, 40 * PAGE_SIZE);
	slot->seed = ta_rng_next(rng);
	slot->addr = ta_vmap_alloc(&f->vmap, slot->size,
				   GFP_KERNEL | __GFP_NOWARN, PAGE_KERNEL,
				   CALLER);
	if (slot->addr && f->readable)
		ta_fill(slot->addr, min(slot->size, 300UL), slot->seed);
	return slot->addr;
}

static bool drop_slot(struct fixture *f, struct slot *slot)
{
	bool ok = !f->readable ||
		  ta_filled(slot->addr, min(slot->size, 300UL), slot->seed);

	ta_vmap_free(&f->vmap, slot->addr, CALLER);
	slot->addr = NULL;
	return ok;
}

static unsigned long sum_pages(const struct slot *slots)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++)
		if (slots[i].addr)
			sum += DIV_ROUND_UP(slots[i].size, PAGE_SIZE);
	return sum;
}

static void vmalloc_random_matches_shadow(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct slot slots[NR_SLOTS] = {};
	unsigned int n, i, nr_failed = 0;
	struct ta_rng rng;

	ta_rng_init(test, &rng);
	for (n = 0; n < NR_RANDOM; n++) {
		i = ta_rng_below(&rng, NR_SLOTS);
		if (slots[i].addr)
			KUNIT_EXPECT_TRUE(test, drop_slot(f, &slots[i]));
		else if (!make_slot(f, &rng, &slots[i]))
			nr_failed++;
		KUNIT_ASSERT_EQ(test, sum_pages(slots), stats_of(f).used);
		KUNIT_ASSERT_TRUE(test, ta_vmap_validate(&f->vmap));
	}
	KUNIT_EXPECT_LT(test, nr_failed, NR_RANDOM / 2);
	for (i = 0; i < NR_SLOTS; i++)
		if (slots[i].addr)
			KUNIT_EXPECT_TRUE(test, drop_slot(f, &slots[i]));
}

struct stress {
	struct fixture *f;
	atomic_t nr_wrong;
	atomic_t nr_made;
};

/* Two live spans a thread; now and then everything is purged in between. */
static void stress_round(void *data, struct ta_rng *rng)
{
	struct stress *s = data;
	struct slot slots[2] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slots); i++)
		if (make_slot(s->f, rng, &slots[i]))
			atomic_inc(&s->nr_made);
	if (!ta_rng_below(rng, 16))
		s->f->vmap.reclaimer.reclaim(&s->f->vmap.reclaimer);
	for (i = 0; i < ARRAY_SIZE(slots); i++)
		if (slots[i].addr && !drop_slot(s->f, &slots[i]))
			atomic_inc(&s->nr_wrong);
}

static void vmalloc_stress_on_every_cpu(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct stress s = { .f = f };
	struct ta_stress stress = {
		.work = stress_round,
		.data = &s,
		.nr_rounds = NR_STRESS,
	};
	unsigned long before = nr_free(f);

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&s.nr_wrong));
	KUNIT_EXPECT_GT(test, atomic_read(&s.nr_made), NR_STRESS);
	KUNIT_EXPECT_EQ(test, 0UL, stats_of(f).used);
	KUNIT_EXPECT_EQ(test, before, nr_free(f));
}

#define CASE(fn) KUNIT_CASE_PARAM(fn, backend_gen_params)

static struct kunit_case vmalloc_test_cases[] = {
	CASE(vmalloc_sizes_rounded_to_pages),
	CASE(vmalloc_memory_holds_what_is_written),
	CASE(vmalloc_zeroed_after_reuse),
	CASE(vmalloc_impossible_sizes_refused),
	CASE(vmalloc_pool_exhausted_gives_back),
	CASE(vmalloc_fails_at_each_page),
	CASE(vmalloc_fails_at_each_of_the_hosts),
	CASE(vmalloc_from_a_pool_in_pieces),
	CASE(vmalloc_held_page_alone_stays),
	CASE(vmalloc_addresses_come_back),
	CASE(vmalloc_purged_when_pages_run_out),
	CASE(vmalloc_freed_address_waits_for_purge),
	CASE(vmalloc_guard_page_faults),
	CASE(vmalloc_free_of_wrong_address_refused),
	CASE(vmalloc_vunmap_and_vfree_not_mixed),
	CASE(vmalloc_vmap_shows_same_pages_twice),
	CASE(vmalloc_vmap_whole_window),
	CASE(vmalloc_vmap_of_no_pages_refused),
	CASE(vmalloc_atomic_only_where_nothing_sleeps),
	CASE(vmalloc_alignment_is_the_address),
	CASE(vmalloc_bad_alignment_refused),
	CASE(vmalloc_read_only_cannot_be_written),
	CASE(vmalloc_gfp_reaches_the_pages),
	CASE(vmalloc_without_fs_or_io),
	CASE(vmalloc_user_pages_only_of_users_spans),
	CASE(vmalloc_free_in_interrupt),
	CASE(vmalloc_eager_free_in_interrupt),
	CASE(vmalloc_purge_waits_for_deferred),
	CASE(vmalloc_eager_use_after_free_faults),
	CASE(vmalloc_best_fit_takes_smaller_hole),
	CASE(vmalloc_leak_reported_and_returned),
	CASE(vmalloc_init_impossible_window_refused),
	CASE(vmalloc_walk_sees_every_span),
	CASE(vmalloc_kvmalloc_takes_either_way),
	CASE(vmalloc_random_matches_shadow),
	CASE(vmalloc_stress_on_every_cpu),
	{}
};

static struct kunit_suite vmalloc_test_suite = {
	.name = "teachalloc_vmalloc",
	.init = vmalloc_test_init,
	.exit = vmalloc_test_exit,
	.test_cases = vmalloc_test_cases,
};

kunit_test_suite(vmalloc_test_suite);
