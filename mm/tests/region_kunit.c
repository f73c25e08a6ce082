// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of usage.c, region.c and mapping.c: what a client holds, tables of pages, and
 * which of them an unmap frees. The VMAs are made up: only what the file's tree shows
 * of one matters.
 */
#include "forget.h"
#include "helpers.h"
#include "mapping.h"
#include "report.h"

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#define NR_PAGES	256UL
#define NR_IDX		BIT(36)
#define BASE		(3 * NR_IDX)

/**
 * struct fixture - a region with nothing around it
 * @stack: where its pages come from
 * @usage: its client
 * @mapping: its file
 * @region: the region
 * @mm: stands for its address space; only the address counts
 * @other_mm: stands for another one
 */
struct fixture {
	struct ta_stack *stack;
	struct ta_usage usage;
	struct address_space mapping;
	struct ta_region region;
	char mm;
	char other_mm;
};

static struct mm_struct *own_mm(struct fixture *f)
{
	return (struct mm_struct *)&f->mm;
}

static struct mm_struct *other_mm(struct fixture *f)
{
	return (struct mm_struct *)&f->other_mm;
}

static int region_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	ta_usage_init(&f->usage, &f->stack->pages);
	address_space_init_once(&f->mapping);
	ta_region_init(&f->region, &f->usage, &f->mapping, BASE, NR_IDX,
		       own_mm(f));
	return 0;
}

static void region_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_region_erase(&f->region, 0, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, 0UL, ta_usage_resident(&f->usage));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
	ta_test_stack_end(test, f->stack);
}

static int put_page_at(struct fixture *f, unsigned long idx)
{
	struct page *page = ta_region_make(&f->region, idx,
					   GFP_KERNEL | __GFP_NOWARN);

	if (IS_ERR(page))
		return PTR_ERR(page);
	unlock_page(page);
	put_page(page);
	return 0;
}

static bool has_page_at(struct fixture *f, unsigned long idx)
{
	struct page *page = ta_region_lock_page(&f->region, idx);

	if (!page)
		return false;
	unlock_page(page);
	put_page(page);
	return true;
}

static bool is_valid(struct fixture *f, unsigned long expected)
{
	unsigned long nr = 0;

	return ta_region_validate(&f->region, &nr) && nr == expected &&
	       ta_region_nr_pages(&f->region) == expected &&
	       ta_usage_resident(&f->usage) == expected;
}

static void region_add_once(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *page;

	KUNIT_EXPECT_NULL(test, ta_region_lock_page(&f->region, 5));
	KUNIT_ASSERT_EQ(test, 0, put_page_at(f, 5));
	KUNIT_EXPECT_EQ(test, -EBUSY, put_page_at(f, 5));
	KUNIT_EXPECT_TRUE(test, is_valid(f, 1));

	page = ta_region_lock_page(&f->region, 5);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_TRUE(test, PageLocked(page));
	KUNIT_EXPECT_EQ(test, 2, page_ref_count(page));
	KUNIT_EXPECT_FALSE(test, ta_page_is_shared(ta_usage_page(&f->usage,
								 page)));
	unlock_page(page);
	put_page(page);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 1,
			ta_pages_nr_free(&f->stack->pages));
}

static void region_limits(struct kunit *test)
{
	struct fixture *f = test->priv;
	static const unsigned long idx[] = { 0, 1, NR_IDX - 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		KUNIT_EXPECT_TRUE(test, ta_region_has(&f->region, idx[i]));
		KUNIT_EXPECT_EQ(test, 0, put_page_at(f, idx[i]));
	}
	KUNIT_EXPECT_FALSE(test, ta_region_has(&f->region, NR_IDX));
	KUNIT_EXPECT_FALSE(test, ta_region_has(&f->region, -1UL));
	KUNIT_EXPECT_TRUE(test, is_valid(f, 3));
	WRITE_ONCE(f->region.lost, true);
	KUNIT_EXPECT_FALSE(test, ta_region_has(&f->region, 0));
}

/* Entries are taken out in batches of 32: all numbers around that. */
static void region_erase_every_count(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long nr, i;

	for (nr = 0; nr <= 66; nr++) {
		for (i = 0; i < nr + 2; i++)
			KUNIT_ASSERT_EQ(test, 0, put_page_at(f, 100 + i * 3));
		if (nr)
			ta_region_erase(&f->region, 101, 100 + nr * 3);
		KUNIT_EXPECT_TRUE(test, is_valid(f, 2));
		KUNIT_EXPECT_TRUE(test, has_page_at(f, 100));
		KUNIT_EXPECT_TRUE(test, has_page_at(f, 100 + (nr + 1) * 3));
		ta_region_erase(&f->region, 0, ULONG_MAX);
		KUNIT_EXPECT_TRUE(test, is_valid(f, 0));
	}
}

static void region_exhaust_and_refill(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long i;
	int round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < NR_PAGES; i++)
			KUNIT_ASSERT_EQ(test, 0, put_page_at(f, i << 9));
		KUNIT_EXPECT_EQ(test, -ENOMEM, put_page_at(f, 1));
		KUNIT_EXPECT_TRUE(test, is_valid(f, NR_PAGES));
		ta_region_erase(&f->region, 0, NR_PAGES << 9);
		KUNIT_EXPECT_TRUE(test, is_valid(f, 0));
	}
}

static void region_put_pinned_waits(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *page;

	KUNIT_ASSERT_EQ(test, 0, put_page_at(f, 0));
	page = ta_region_lock_page(&f->region, 0);
	KUNIT_ASSERT_NOT_NULL(test, page);
	set_page_dirty(page);
	unlock_page(page);
	ta_region_erase(&f->region, 0, 0);
	KUNIT_EXPECT_EQ(test, 0UL, ta_usage_resident(&f->usage));
	KUNIT_EXPECT_EQ(test, NR_PAGES - 1,
			ta_pages_nr_free(&f->stack->pages));
	put_page(page);
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
	KUNIT_EXPECT_FALSE(test, PageDirty(page));
}

/* One that a fault is about to map is left alone, and known to be left. */
static void region_tryforget_spares_locked(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *page;
	unsigned long idx;

	for (idx = 0; idx < 40; idx++)
		KUNIT_ASSERT_EQ(test, 0, put_page_at(f, idx));
	xa_store(&f->region.pages, 40, TA_LOST_PAGE, GFP_KERNEL);
	page = ta_region_lock_page(&f->region, 33);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_FALSE(test, ta_tryforget(&f->region, 0, NR_IDX - 1));
	KUNIT_EXPECT_TRUE(test, is_valid(f, 1));
	unlock_page(page);
	put_page(page);
	KUNIT_EXPECT_TRUE(test, has_page_at(f, 33));
	KUNIT_EXPECT_TRUE(test, ta_tryforget(&f->region, 0, NR_IDX - 1));
	KUNIT_EXPECT_TRUE(test, is_valid(f, 0));
	KUNIT_EXPECT_TRUE(test, xa_empty(&f->region.pages));
}

static struct vm_area_struct *add_vma(struct kunit *test, struct mm_struct *mm,
				      unsigned long idx, unsigned long nr)
{
	struct fixture *f = test->priv;
	struct vm_area_struct *vma;

	vma = kunit_kzalloc(test, sizeof(*vma), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vma);
	vma->vm_mm = mm;
	vma->vm_start = 0x10000000;
	vma->vm_end = vma->vm_start + (nr << PAGE_SHIFT);
	vma->vm_pgoff = BASE + idx;
	ta_file_vma_insert(vma, &f->mapping.i_mmap);
	return vma;
}

static void del_vma(struct kunit *test, struct vm_area_struct *vma)
{
	struct fixture *f = test->priv;

	ta_file_vma_remove(vma, &f->mapping.i_mmap);
	kunit_kfree(test, vma);
}

static void fill(struct kunit *test, unsigned long first, unsigned long nr)
{
	unsigned long idx;

	for (idx = first; idx < first + nr; idx++)
		KUNIT_ASSERT_EQ(test, 0, put_page_at(test->priv, idx));
}

/* mremap(2): the new VMA has the old one's offsets. Then it goes too. */
static void region_trim_moved_keeps(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct vm_area_struct *vma;

	fill(test, 0, 8);
	vma = add_vma(test, own_mm(f), 0, 8);
	ta_region_trim(&f->region, 0, 7);
	KUNIT_EXPECT_TRUE(test, is_valid(f, 8));
	del_vma(test, vma);
	ta_region_trim(&f->region, 0, 7);
	KUNIT_EXPECT_TRUE(test, is_valid(f, 0));
}

static void region_trim_other_mm_frees(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct vm_area_struct *vma = add_vma(test, other_mm(f), 0, 8);

	fill(test, 0, 8);
	KUNIT_EXPECT_EQ(test, 8UL, ta_mapping_nr_pages(&f->mapping, NULL));
	KUNIT_EXPECT_EQ(test, 0UL, ta_mapping_nr_pages(&f->mapping, own_mm(f)));
	ta_region_trim(&f->region, 0, 7);
	KUNIT_EXPECT_TRUE(test, is_valid(f, 0));
	del_vma(test, vma);
}

static void region_trim_outside_stays(struct kunit *test)
{
	struct fixture *f = test->priv;

	fill(test, 0, 16);
	ta_region_trim(&f->region, 4, 11);
	KUNIT_EXPECT_TRUE(test, is_valid(f, 8));
	KUNIT_EXPECT_TRUE(test, has_page_at(f, 3));
	KUNIT_EXPECT_FALSE(test, has_page_at(f, 4));
	KUNIT_EXPECT_FALSE(test, has_page_at(f, 11));
	KUNIT_EXPECT_TRUE(test, has_page_at(f, 12));
}

static void region_room_above_all(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct vm_area_struct *low = add_vma(test, own_mm(f), 0, 8);
	struct vm_area_struct *high = add_vma(test, own_mm(f), 100, 10);
	struct vm_area_struct *other = add_vma(test, other_mm(f), 8, 200);

	KUNIT_EXPECT_EQ(test, 8UL, ta_region_room(&f->region, 8, 92));
	KUNIT_EXPECT_EQ(test, 110UL, ta_region_room(&f->region, 8, 93));
	KUNIT_EXPECT_EQ(test, 110UL, ta_region_room(&f->region, 7, 1));
	KUNIT_EXPECT_EQ(test, 110UL, ta_region_room(&f->region, 109, 1));
	KUNIT_EXPECT_EQ(test, 110UL, ta_region_room(&f->region, 110, 1));
	del_vma(test, low);
	KUNIT_EXPECT_EQ(test, 0UL, ta_region_room(&f->region, 0, 100));
	KUNIT_EXPECT_EQ(test, 110UL, ta_region_room(&f->region, 0, 101));
	del_vma(test, high);
	del_vma(test, other);
}

#define SPAN	64U

static void random_vmas(struct kunit *test, struct ta_rng *rng,
			struct vm_area_struct **vmas, unsigned int nr,
			bool *covered)
{
	struct fixture *f = test->priv;
	unsigned int i, idx, len;
	bool own;

	for (i = 0; i < nr; i++) {
		idx = ta_rng_below(rng, SPAN);
		len = 1 + ta_rng_below(rng, SPAN - idx);
		own = ta_rng_below(rng, 4);
		len = min(len, 12U);
		vmas[i] = add_vma(test, own ? own_mm(f) : other_mm(f), idx, len);
		if (own)
			memset(covered + idx, true, len);
	}
}

/* Against the plainest of models: a flag for each offset. */
static void region_trim_random(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct vm_area_struct *vmas[6];
	unsigned int round, i, first, last, nr;
	bool covered[SPAN];
	struct ta_rng rng;

	ta_rng_init(test, &rng);
	for (round = 0; round < 300; round++) {
		memset(covered, false, sizeof(covered));
		nr = ta_rng_below(&rng, ARRAY_SIZE(vmas) + 1);
		random_vmas(test, &rng, vmas, nr, covered);
		fill(test, 0, SPAN);
		first = ta_rng_below(&rng, SPAN);
		last = first + ta_rng_below(&rng, SPAN - first);
		ta_region_trim(&f->region, first, last);
		for (i = 0; i < SPAN; i++)
			KUNIT_ASSERT_EQ(test, covered[i] || i < first || i > last,
					has_page_at(f, i));
		ta_region_erase(&f->region, 0, SPAN - 1);
		for (i = 0; i < nr; i++)
			del_vma(test, vmas[i]);
	}
}

/* A validator that nothing can upset is worth nothing. */
static void region_validate_sees(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long nr = 0, before = ta_report_count(TA_FAULT_CORRUPT);
	struct ta_page *tp;

	KUNIT_ASSERT_EQ(test, 0, put_page_at(f, 1));
	tp = xa_load(&f->region.pages, 1);
	tp->owner = NULL;
	KUNIT_EXPECT_FALSE(test, ta_region_validate(&f->region, &nr));
	tp->owner = &f->usage;
	ta_page_set_kind(tp, TA_KIND_VMALLOC);
	KUNIT_EXPECT_FALSE(test, ta_region_validate(&f->region, &nr));
	ta_page_set_kind(tp, TA_KIND_USER);
	atomic_set(&tp->share, 0);
	KUNIT_EXPECT_FALSE(test, ta_region_validate(&f->region, &nr));
	atomic_set(&tp->share, 1);
	KUNIT_EXPECT_EQ(test, before + 3, ta_report_count(TA_FAULT_CORRUPT));
	KUNIT_EXPECT_TRUE(test, is_valid(f, 1));
}

/* Touch, as a fault does, and unmap, all at once on few offsets. */
static void touch_or_erase(void *data, struct ta_rng *rng)
{
	struct fixture *f = data;
	unsigned long idx = ta_rng_below(rng, 16);
	struct page *page;

	if (!ta_rng_below(rng, 8)) {
		ta_region_erase(&f->region, idx, idx + ta_rng_below(rng, 4));
		return;
	}
	page = ta_region_lock_page(&f->region, idx);
	if (page) {
		*(u8 *)page_address(page) = idx;
		unlock_page(page);
		put_page(page);
	} else {
		put_page_at(f, idx);
	}
}

static void region_stress(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = touch_or_erase,
		.data = f,
		.nr_rounds = 2000,
	};
	unsigned long nr = 0;

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_TRUE(test, ta_region_validate(&f->region, &nr));
	KUNIT_EXPECT_EQ(test, nr, ta_usage_resident(&f->usage));
}

/* Alone in the table, at both ends of a node, at the last offset, and lost. */
static void region_counts(struct kunit *test)
{
	static const unsigned long idx[] = { 0, 63, 64, 4095, NR_IDX - 1 };
	struct fixture *f = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 0UL, ta_region_nr_pages(&f->region));
	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		KUNIT_ASSERT_EQ(test, 0, put_page_at(f, idx[i]));
		KUNIT_EXPECT_EQ(test, i + 1UL, ta_region_nr_pages(&f->region));
	}
	xa_store(&f->region.pages, 65, TA_LOST_PAGE, GFP_KERNEL);
	xa_store(&f->region.pages, 1UL << 20, TA_LOST_PAGE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(idx), ta_region_nr_pages(&f->region));
	ta_region_erase(&f->region, 0, ULONG_MAX);
	xa_store(&f->region.pages, 0, TA_LOST_PAGE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, 0UL, ta_region_nr_pages(&f->region));
}

#define NR_RUN	16

static void discard_pages(struct fixture *f, struct page **pages,
			  unsigned long nr)
{
	while (nr)
		ta_usage_discard(&f->usage, pages[--nr]);
}

static void release_pages_of(struct page **pages, unsigned long nr)
{
	while (nr--) {
		unlock_page(pages[nr]);
		put_page(pages[nr]);
	}
}

/* A run at @first, with a page in its way @at or, if that is NR_RUN, none. */
static void try_run(struct kunit *test, unsigned long first, unsigned long at)
{
	struct fixture *f = test->priv;
	bool in_the_way = at < NR_RUN;
	struct page *pages[NR_RUN];
	int err;

	if (in_the_way)
		KUNIT_ASSERT_EQ(test, 0, put_page_at(f, first + at));
	KUNIT_ASSERT_EQ(test, (unsigned long)NR_RUN,
			ta_usage_alloc_bulk(&f->usage, NR_RUN, pages));
	err = ta_region_add_run(&f->region, first, pages, NR_RUN);
	KUNIT_EXPECT_EQ(test, in_the_way ? -EBUSY : 0, err);
	if (err)
		discard_pages(f, pages, NR_RUN);
	else
		release_pages_of(pages, NR_RUN);
	KUNIT_EXPECT_TRUE(test, is_valid(f, in_the_way ? 1 : NR_RUN));
	ta_region_erase(&f->region, 0, ULONG_MAX);
}

/* All or none, wherever in the tree's nodes it begins and what is in its way. */
static void region_add_run_all_or_none(struct kunit *test)
{
	unsigned long i, at;

	for (i = 0; i <= NR_RUN; i++)
		for (at = 0; at <= NR_RUN; at++)
			try_run(test, XA_CHUNK_SIZE - i, at);
	/* The first pages of a region, and of a higher tree */
	try_run(test, 0, NR_RUN);
	try_run(test, XA_CHUNK_SIZE * XA_CHUNK_SIZE - 3, NR_RUN);
}

/* As many as there are at once, all zeroed. */
static void region_bulk_zeroed_until_empty(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page **pages = kunit_kcalloc(test, NR_PAGES + 1, sizeof(*pages),
					    GFP_KERNEL);
	unsigned long i, round;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (round = 0; round < 2; round++) {
		KUNIT_ASSERT_EQ(test, NR_PAGES,
				ta_usage_alloc_bulk(&f->usage, NR_PAGES + 1,
						    pages));
		for (i = 0; i < NR_PAGES; i++) {
			KUNIT_EXPECT_NULL(test, memchr_inv(page_address(pages[i]),
							   0, PAGE_SIZE));
			memset(page_address(pages[i]), 0xa5, PAGE_SIZE);
		}
		discard_pages(f, pages, NR_PAGES);
	}
}

/* A client with a quota has that many pages and no more, singly or in bulk. */
static void region_quota_holds(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *pages[8];
	unsigned long idx;

	f->usage.quota = 10;
	for (idx = 0; idx < 6; idx++)
		KUNIT_EXPECT_EQ(test, 0, put_page_at(f, idx));
	KUNIT_EXPECT_EQ(test, 4UL, ta_usage_allowed(&f->usage));
	KUNIT_ASSERT_EQ(test, 4UL, ta_usage_alloc_bulk(&f->usage, 8, pages));
	KUNIT_EXPECT_EQ(test, 0UL, ta_usage_alloc_bulk(&f->usage, 1, pages + 4));
	KUNIT_EXPECT_EQ(test, -ENOMEM, put_page_at(f, 6));
	discard_pages(f, pages, 4);
	KUNIT_EXPECT_EQ(test, 0, put_page_at(f, 6));
	/* Below what it has: no more, and what it has stays. */
	f->usage.quota = 3;
	KUNIT_EXPECT_EQ(test, 0UL, ta_usage_allowed(&f->usage));
	KUNIT_EXPECT_TRUE(test, is_valid(f, 7));
}

static unsigned int nr_tight;

static void count_tight(struct ta_usage *usage)
{
	nr_tight++;
}

/* With all but an eighth of the quota, each page more is told of. */
static void region_margin_of_quota(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long i;

	nr_tight = 0;
	f->usage.near_quota = count_tight;
	ta_usage_set_quota(&f->usage, 16);
	for (i = 0; i < 16; i++) {
		KUNIT_ASSERT_EQ(test, 0, put_page_at(f, i));
		KUNIT_EXPECT_EQ(test, i < 14 ? 0 : i - 13,
				(unsigned long)nr_tight);
	}
	KUNIT_EXPECT_EQ(test, -ENOMEM, put_page_at(f, 16));
	nr_tight = 0;
	ta_usage_set_quota(&f->usage, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, 0, put_page_at(f, 16));
	KUNIT_EXPECT_EQ(test, 0U, nr_tight);
}

static struct kunit_case region_cases[] = {
	KUNIT_CASE(region_add_once),
	KUNIT_CASE(region_limits),
	KUNIT_CASE(region_counts),
	KUNIT_CASE(region_margin_of_quota),
	KUNIT_CASE(region_erase_every_count),
	KUNIT_CASE(region_tryforget_spares_locked),
	KUNIT_CASE(region_exhaust_and_refill),
	KUNIT_CASE(region_put_pinned_waits),
	KUNIT_CASE(region_trim_moved_keeps),
	KUNIT_CASE(region_trim_other_mm_frees),
	KUNIT_CASE(region_trim_outside_stays),
	KUNIT_CASE(region_room_above_all),
	KUNIT_CASE(region_trim_random),
	KUNIT_CASE(region_validate_sees),
	KUNIT_CASE(region_add_run_all_or_none),
	KUNIT_CASE(region_bulk_zeroed_until_empty),
	KUNIT_CASE(region_quota_holds),
	KUNIT_CASE(region_stress),
	{}
};

static struct kunit_suite region_suite = {
	.name = "teachalloc_region",
	.init = region_test_init,
	.exit = region_test_exit,
	.test_cases = region_cases,
};

kunit_test_suites(&region_suite);
