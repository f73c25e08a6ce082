// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of vmap, and of what can be asked for besides a size: alignment, rights, a
 * place, a window. Each case runs on every way to map pages.
 */
#include "backends.h"
#include "helpers.h"
#include "report.h"
#include "vmalloc_fixture.h"

#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

static void vmalloc_vmap_shows_same_pages_twice(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
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
	struct ta_vmap_fixture *f = test->priv;
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
		KUNIT_EXPECT_NULL(test, ta_vmap_test_get(test, PAGE_SIZE,
							 GFP_KERNEL));
		/* The guard page is not ours, so no area has it. */
		ta_vmap_test_refused(test, addr + (NR_WINDOW << PAGE_SHIFT),
				     TA_FAULT_FOREIGN);
		ta_vmap_unmap(&f->vmap, addr, CALLER);
	}
	ta_pages_free(&f->pages, page, 0, CALLER);
}

static void vmalloc_vmap_of_no_pages_refused(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
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
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).used);
	ta_pages_free(&f->pages, pages[0], 0, CALLER);
}

static void vmalloc_atomic_only_where_nothing_sleeps(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
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

static void *want(struct kunit *test, unsigned long size, unsigned long align,
		  gfp_t gfp, pgprot_t prot)
{
	struct ta_vmap_fixture *f = test->priv;
	const struct ta_vmap_want want = {
		.size = size, .align = align, .gfp = gfp, .prot = prot,
	};

	return ta_vmap_alloc_want(&f->vmap, &want, CALLER);
}

static void vmalloc_alignment_is_the_address(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
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
		other = ta_vmap_test_get(test, nr_pages << PAGE_SHIFT,
					 GFP_KERNEL);
		ta_vmap_test_put(test, other);
		ta_vmap_test_put(test, addr);
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
	struct ta_vmap_fixture *f = test->priv;
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
	ta_vmap_test_put(test, addr);
	/* The same addresses and pages are writable for the next one. */
	addr = ta_vmap_test_get(test, bytes, GFP_KERNEL);
	if (f->readable)
		KUNIT_EXPECT_TRUE(test, can_write(addr + 5));
	ta_vmap_test_put(test, addr);
}

/* What the page layer does not have is not had in a row of addresses either. */
static void vmalloc_gfp_reaches_the_pages(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_BAD_ARG);
	unsigned long free_before = ta_vmap_test_nr_free(f);

	KUNIT_EXPECT_NULL(test, ta_vmap_test_get(test, 3 * PAGE_SIZE,
						 GFP_KERNEL | __GFP_DMA32));
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BAD_ARG));
	KUNIT_EXPECT_EQ(test, free_before, ta_vmap_test_nr_free(f));
}

/* A kernel with lockdep sees reclaim that must not be. */
static void vmalloc_without_fs_or_io(struct kunit *test)
{
	void *addr = ta_vmap_test_get(test, 40 * PAGE_SIZE, GFP_NOFS);

	KUNIT_EXPECT_NOT_NULL(test, addr);
	ta_vmap_test_put(test, addr);
	addr = ta_vmap_test_get(test, 40 * PAGE_SIZE, GFP_NOIO);
	KUNIT_EXPECT_NOT_NULL(test, addr);
	ta_vmap_test_put(test, addr);
}

static void vmalloc_user_pages_only_of_users_spans(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	const struct ta_vmap_want user = {
		.size = 5 * PAGE_SIZE, .align = PAGE_SIZE, .gfp = GFP_KERNEL,
		.prot = PAGE_KERNEL, .user = true,
	};
	u8 *addr = ta_vmap_alloc_want(&f->vmap, &user, CALLER);
	u8 *other = ta_vmap_test_get(test, 5 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, 5U, ta_vmap_user_pages(&f->vmap, addr));
	KUNIT_EXPECT_EQ(test, 1U, ta_vmap_user_pages(&f->vmap, addr +
						     4 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr +
						     5 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr + 1));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, other));
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, test));
	ta_vmap_test_put(test, addr);
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr));
	ta_vmap_test_put(test, other);
	ta_vmap_purge(&f->vmap);
	/* The span is there again, but not the right. */
	addr = ta_vmap_test_get(test, 5 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, 0U, ta_vmap_user_pages(&f->vmap, addr));
	ta_vmap_test_put(test, addr);
}

/* Of holes of 40 and 35 pages the second is the better one for 33. */
static void vmalloc_best_fit_takes_smaller_hole(struct kunit *test)
{
	static const unsigned int sizes[] = { 40, 1, 35, 1 };
	struct ta_vmap_fixture *f = test->priv;
	struct ta_vmap *vmap;
	void *span[4], *addr;
	unsigned int i;

	if (f->vmap.map.ops->addr)
		kunit_skip(test, "the host chooses the address");
	f->options.best_fit = true;
	vmap = ta_vmap_test_another(test, &f->options);
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
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_LEAK);
	unsigned long free_before = ta_vmap_test_nr_free(f);
	struct ta_vmap *vmap = ta_vmap_test_another(test, &f->options);
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
	KUNIT_EXPECT_EQ(test, free_before, ta_vmap_test_nr_free(f));
}

static void vmalloc_init_impossible_window_refused(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct ta_vmap *vmap = kunit_kzalloc(test, sizeof(*vmap), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vmap);
	f->options.nr_pages = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_vmap_init(vmap, &f->pages, &f->slabs,
						    &f->options));
	f->options.nr_pages = ULONG_MAX;
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_vmap_init(vmap, &f->pages, &f->slabs,
						    &f->options));
}

static struct kunit_case vmap_test_cases[] = {
	TA_BACKENDS_CASE(vmalloc_vmap_shows_same_pages_twice),
	TA_BACKENDS_CASE(vmalloc_vmap_whole_window),
	TA_BACKENDS_CASE(vmalloc_vmap_of_no_pages_refused),
	TA_BACKENDS_CASE(vmalloc_atomic_only_where_nothing_sleeps),
	TA_BACKENDS_CASE(vmalloc_alignment_is_the_address),
	TA_BACKENDS_CASE(vmalloc_bad_alignment_refused),
	TA_BACKENDS_CASE(vmalloc_read_only_cannot_be_written),
	TA_BACKENDS_CASE(vmalloc_gfp_reaches_the_pages),
	TA_BACKENDS_CASE(vmalloc_without_fs_or_io),
	TA_BACKENDS_CASE(vmalloc_user_pages_only_of_users_spans),
	TA_BACKENDS_CASE(vmalloc_best_fit_takes_smaller_hole),
	TA_BACKENDS_CASE(vmalloc_leak_reported_and_returned),
	TA_BACKENDS_CASE(vmalloc_init_impossible_window_refused),
	{}
};

static struct kunit_suite vmap_test_suite = {
	.name = "teachalloc_vmap",
	.init = ta_vmap_test_init,
	.exit = ta_vmap_test_exit,
	.test_cases = vmap_test_cases,
};

kunit_test_suite(vmap_test_suite);
