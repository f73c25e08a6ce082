// SPDX-License-Identifier: GPL-2.0
/* Tests of the page layer: what callers may and may not do (hostile case H26). */
#include "helpers.h"
#include "report.h"

#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#define NR_PAGES	256UL

static int pages_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

static void pages_test_exit(struct kunit *test)
{
	ta_test_stack_end(test, test->priv);
}

static struct ta_pages *pages_of(struct kunit *test)
{
	return &((struct ta_stack *)test->priv)->pages;
}

static struct page *alloc_block(struct kunit *test, gfp_t gfp, unsigned int order)
{
	return ta_pages_alloc(pages_of(test), gfp, order, _RET_IP_);
}

static void free_block(struct kunit *test, struct page *page, unsigned int order)
{
	ta_pages_free(pages_of(test), page, order, _RET_IP_);
}

static void pages_alloc_every_order(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	unsigned int order;

	for (order = 0; order <= 8; order++) {
		struct page *page = alloc_block(test, GFP_KERNEL, order);

		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_EXPECT_EQ(test, 0UL, page_to_pfn(page) & ((1 << order) - 1));
		ta_fill(page_address(page), PAGE_SIZE << order, order);
		KUNIT_EXPECT_EQ(test, NR_PAGES - (1UL << order),
				ta_pages_nr_free(pages));
		KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
		free_block(test, page, order);
		ta_pages_drain(pages);
	}
}

static void pages_alloc_beyond_pool_null(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	unsigned long bad = ta_report_count(TA_FAULT_BAD_SIZE);

	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | __GFP_NOWARN, 9));
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_ATOMIC | __GFP_NOWARN, 10));
	KUNIT_EXPECT_EQ(test, bad, ta_report_count(TA_FAULT_BAD_SIZE));
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL, 11));
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL, 63));
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL, -1U));
	KUNIT_EXPECT_EQ(test, bad + 3, ta_report_count(TA_FAULT_BAD_SIZE));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
}

static void pages_alloc_zone_or_compound_refused(struct kunit *test)
{
	static const gfp_t bad[] = { __GFP_DMA, __GFP_DMA32, __GFP_COMP };
	unsigned long n = ta_report_count(TA_FAULT_BAD_ARG);
	struct page *array[16];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | bad[i], 0));
		KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | bad[i], 5));
		KUNIT_EXPECT_EQ(test, 0UL,
				ta_pages_alloc_bulk(pages_of(test),
						    GFP_KERNEL | bad[i], 16,
						    array, _RET_IP_));
	}
	KUNIT_EXPECT_EQ(test, n + 9, ta_report_count(TA_FAULT_BAD_ARG));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages_of(test)));
}

static void pages_alloc_zeroed(struct kunit *test)
{
	struct page *page = alloc_block(test, GFP_KERNEL, 2);
	u8 *p = page_address(page);
	unsigned long i;

	memset(p, 0xff, PAGE_SIZE << 2);
	free_block(test, page, 2);
	page = alloc_block(test, GFP_KERNEL | __GFP_ZERO, 2);
	KUNIT_ASSERT_NOT_NULL(test, page);
	p = page_address(page);
	for (i = 0; i < PAGE_SIZE << 2 && !p[i]; i++)
		;
	KUNIT_EXPECT_EQ(test, PAGE_SIZE << 2, i);
	free_block(test, page, 2);
}

/* Blocks on the lists of the CPUs do not make a large request fail. */
static void pages_alloc_drains_lists_first(struct kunit *test)
{
	struct page *page[64];
	unsigned int i;

	for (i = 0; i < 64; i++)
		page[i] = alloc_block(test, GFP_KERNEL, 0);
	for (i = 0; i < 64; i++)
		free_block(test, page[i], 0);
	page[0] = alloc_block(test, GFP_KERNEL, 8);
	KUNIT_EXPECT_NOT_NULL(test, page[0]);
	if (page[0])
		free_block(test, page[0], 8);
}

static void pages_bulk_stops_at_the_end(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page **array = kunit_kcalloc(test, NR_PAGES + 8, sizeof(*array),
					    GFP_KERNEL);
	unsigned long nr;

	KUNIT_ASSERT_NOT_NULL(test, array);
	nr = ta_pages_alloc_bulk(pages, GFP_KERNEL | __GFP_NOWARN, NR_PAGES + 8,
				 array, _RET_IP_);
	KUNIT_EXPECT_EQ(test, NR_PAGES, nr);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_nr_free(pages));
	ta_pages_free_bulk(pages, nr, array, _RET_IP_);
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_alloc_bulk(pages, GFP_KERNEL, 0,
						       array, _RET_IP_));
}

/* Any number, at once and one by one: all different, all zeroed, all back. */
static void pages_bulk_any_number(struct kunit *test)
{
	static const unsigned long sizes[] = { 1, 7, 8, 9, 63, 64, 65, 72, 200 };
	struct ta_pages *pages = pages_of(test);
	struct page **array = kunit_kcalloc(test, NR_PAGES, sizeof(*array),
					    GFP_KERNEL);
	unsigned int i, j;

	KUNIT_ASSERT_NOT_NULL(test, array);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_ASSERT_EQ(test, sizes[i],
				ta_pages_alloc_bulk(pages,
						    GFP_ATOMIC | __GFP_ZERO,
						    sizes[i], array, _RET_IP_));
		for (j = 0; j < sizes[i]; j++) {
			unsigned long *p = page_address(array[j]);

			KUNIT_EXPECT_EQ(test, 0UL, *p);
			*p = j + 1;
		}
		for (j = 0; j < sizes[i]; j++)
			KUNIT_EXPECT_EQ(test, j + 1UL,
					*(unsigned long *)page_address(array[j]));
		KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
		ta_pages_free_bulk(pages, sizes[i], array, _RET_IP_);
		KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
		KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
	}
}

/* In the middle of an array: a page twice, one that is held, a foreign one. */
static void pages_bulk_free_bad_reported(struct kunit *test)
{
	unsigned long twice = ta_report_count(TA_FAULT_DOUBLE_FREE);
	unsigned long foreign = ta_report_count(TA_FAULT_FOREIGN);
	struct page *not_ours = alloc_page(GFP_KERNEL);
	struct ta_pages *pages = pages_of(test);
	struct page *array[16], *held;

	KUNIT_ASSERT_NOT_NULL(test, not_ours);
	KUNIT_ASSERT_EQ(test, 16UL, ta_pages_alloc_bulk(pages, GFP_KERNEL, 16,
							array, _RET_IP_));
	free_block(test, array[3], 0);
	array[3] = array[2];
	free_block(test, array[5], 0);
	array[5] = not_ours;
	held = array[9];
	get_page(held);
	ta_pages_free_bulk(pages, 16, array, _RET_IP_);
	KUNIT_EXPECT_EQ(test, twice + 1, ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_EQ(test, foreign + 1, ta_report_count(TA_FAULT_FOREIGN));
	KUNIT_EXPECT_EQ(test, NR_PAGES - 1, ta_pages_nr_free(pages));
	put_page(held);
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
	__free_page(not_ours);
}

/* Each bad free is recognised as what it is, and changes nothing. */
static void pages_free_bad_reported(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *foreign = alloc_page(GFP_KERNEL);
	struct page *page = alloc_block(test, GFP_KERNEL, 2);
	struct page *large = alloc_block(test, GFP_KERNEL, 5);
	unsigned long n[TA_NR_FAULTS];
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, foreign && page && large);
	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);

	free_block(test, foreign, 0);
	ta_pages_free_addr(pages, &n, 0, _RET_IP_);
	free_block(test, page, 1);
	free_block(test, page, 3);
	free_block(test, page, 63);
	free_block(test, page + 1, 0);
	ta_pages_free_addr(pages, page_address(page) + 8, 2, _RET_IP_);
	ta_pages_set_kind(pages, page, TA_KIND_VMALLOC);
	free_block(test, page, 2);
	ta_pages_set_kind(pages, page, TA_KIND_ALLOC);
	free_block(test, page, 2);
	free_block(test, page, 2);
	free_block(test, large, 5);
	free_block(test, large, 5);

	KUNIT_EXPECT_EQ(test, n[TA_FAULT_FOREIGN] + 1 +
			!offset_in_page(&n), ta_report_count(TA_FAULT_FOREIGN));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_WRONG_ORDER] + 3,
			ta_report_count(TA_FAULT_WRONG_ORDER));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_INTERIOR] + 2 + !!offset_in_page(&n),
			ta_report_count(TA_FAULT_INTERIOR));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_WRONG_OWNER] + 1,
			ta_report_count(TA_FAULT_WRONG_OWNER));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_CORRUPT],
			ta_report_count(TA_FAULT_CORRUPT));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_DOUBLE_FREE] + 2,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
	__free_page(foreign);
}

/* A page that somebody holds is not handed out again until he lets go. */
static void pages_free_pinned_waits(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *page = alloc_block(test, GFP_KERNEL, 0);

	KUNIT_ASSERT_NOT_NULL(test, page);
	get_page(page);
	free_block(test, page, 0);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 1, ta_pages_nr_free(pages));
	KUNIT_EXPECT_EQ(test, 1UL, pages->pinned.nr_pages);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | __GFP_NOWARN, 8));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
	put_page(page);
	page = alloc_block(test, GFP_KERNEL, 8);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 0UL, pages->pinned.nr_pages);
	if (page)
		free_block(test, page, 8);
}

struct hoard {
	struct ta_reclaimer reclaimer;
	struct ta_pages *pages;
	struct page *page;
	unsigned int nr_calls;
	unsigned int nr_low;
};

static void hear_of_low(struct ta_reclaimer *r)
{
	container_of(r, struct hoard, reclaimer)->nr_low++;
}

static void give_up_hoard(struct ta_reclaimer *r)
{
	struct hoard *hoard = container_of(r, struct hoard, reclaimer);

	hoard->nr_calls++;
	if (hoard->page)
		ta_pages_free(hoard->pages, hoard->page, 8, _RET_IP_);
	hoard->page = NULL;
}

/* A layer that can give pages back is asked; an atomic caller does not wait. */
static void pages_alloc_asks_reclaimers(struct kunit *test)
{
	struct hoard hoard = {
		.reclaimer.reclaim = give_up_hoard,
		.pages = pages_of(test),
		.page = alloc_block(test, GFP_KERNEL, 8),
	};
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, hoard.page);
	ta_reclaim_add(&hoard.pages->reclaim, &hoard.reclaimer);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_ATOMIC | __GFP_NOWARN, 0));
	KUNIT_EXPECT_EQ(test, 0U, hoard.nr_calls);
	page = alloc_block(test, GFP_KERNEL, 0);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 1U, hoard.nr_calls);
	if (page)
		free_block(test, page, 0);
	ta_reclaim_del(&hoard.pages->reclaim, &hoard.reclaimer);
}

/* Take single pages till there are none for such a request; free in @array. */
static unsigned long take_all(struct ta_pages *pages, gfp_t gfp,
			      struct page **array, unsigned long nr)
{
	while ((array[nr] = ta_pages_alloc(pages, gfp | __GFP_NOWARN, 0,
					   _RET_IP_)))
		nr++;
	return nr;
}

/*
 * Each kind of request digs as deep as it may: ever less stays free. Without
 * per-CPU lists, as pages on the list of a CPU that the test has left count as free.
 */
static void pages_marks_by_gfp(struct kunit *test)
{
	static const struct ta_pcp_tuning no_lists = { .off = true };
	const unsigned long nr_pages = 4096;
	struct ta_stack *stack = ta_test_stack(test, nr_pages);
	struct ta_watermarks *marks = &stack->pages.buddy.marks;
	struct page **array = kunit_kcalloc(test, nr_pages + 1, sizeof(*array),
					    GFP_KERNEL);
	struct {
		gfp_t gfp;
		unsigned long left;
	} steps[6];
	unsigned long nr = 0;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, array);
	mutex_lock(&stack->pages.pool.lock);
	ta_pcplists_tune(&stack->pages.pcp, &no_lists);
	mutex_unlock(&stack->pages.pool.lock);
	KUNIT_ASSERT_EQ(test, 0, ta_pages_set_min(&stack->pages, -1));
	KUNIT_EXPECT_EQ(test, 128UL, marks->min);
	KUNIT_EXPECT_EQ(test, 160UL, marks->low);
	KUNIT_EXPECT_EQ(test, 192UL, marks->high);
	steps[0].gfp = GFP_NOWAIT;
	steps[0].left = 128;
	steps[1].gfp = GFP_KERNEL;
	steps[1].left = 128;
	steps[2].gfp = GFP_KERNEL | __GFP_HIGH;
	steps[2].left = 64;
	steps[3].gfp = GFP_ATOMIC;
	steps[3].left = 48;
	steps[4].gfp = GFP_NOWAIT | __GFP_MEMALLOC | __GFP_NOMEMALLOC;
	steps[4].left = 48;
	steps[5].gfp = GFP_NOWAIT | __GFP_MEMALLOC;
	steps[5].left = 0;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		nr = take_all(&stack->pages, steps[i].gfp, array, nr);
		KUNIT_EXPECT_EQ_MSG(test, steps[i].left,
				    ta_pages_nr_free(&stack->pages),
				    "step %u", i);
	}
	KUNIT_EXPECT_EQ(test, nr_pages, nr);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_nr_available(&stack->pages));
	while (nr--)
		ta_pages_free(&stack->pages, array[nr], 0, _RET_IP_);
	KUNIT_EXPECT_EQ(test, nr_pages - 128,
			ta_pages_nr_available(&stack->pages));
	ta_test_stack_end(test, stack);
}

/* Large blocks leave the reserve as well, and it can be set. */
static void pages_marks_tuned(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *page;

	KUNIT_EXPECT_EQ(test, 0UL, pages->buddy.marks.min);
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_pages_set_min(pages, NR_PAGES));
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_pages_set_min(pages, -2));
	KUNIT_EXPECT_EQ(test, 0, ta_pages_set_min(pages, NR_PAGES / 2));
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | __GFP_NOWARN, 8));
	page = alloc_block(test, GFP_KERNEL, 7);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | __GFP_NOWARN, 0));
	free_block(test, page, 7);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_set_min(pages, -1));
	page = alloc_block(test, GFP_KERNEL, 8);
	KUNIT_EXPECT_NOT_NULL(test, page);
	if (page)
		free_block(test, page, 8);
}

struct late {
	struct ta_reclaimer reclaimer;
	struct ta_pages *pages;
	struct page *page;
	unsigned int nr_calls, give_at;
};

static void give_up_late(struct ta_reclaimer *r)
{
	struct late *late = container_of(r, struct late, reclaimer);

	if (++late->nr_calls >= late->give_at && late->page) {
		ta_pages_free(late->pages, late->page, 8, _RET_IP_);
		late->page = NULL;
	}
}

/* How often each kind of request has the layers above asked, at most. */
static void pages_retries_by_gfp(struct kunit *test)
{
	struct late late = {
		.reclaimer.reclaim = give_up_late,
		.pages = pages_of(test),
		.page = alloc_block(test, GFP_KERNEL, 8),
		.give_at = 25,
	};
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, late.page);
	ta_reclaim_add(&late.pages->reclaim, &late.reclaimer);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_NOWAIT | __GFP_NOWARN, 0));
	KUNIT_EXPECT_EQ(test, 0U, late.nr_calls);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | __GFP_NORETRY |
					    __GFP_NOWARN, 0));
	KUNIT_EXPECT_EQ(test, 1U, late.nr_calls);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | __GFP_NOWARN, 0));
	KUNIT_EXPECT_EQ(test, 2U, late.nr_calls);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL |
					    __GFP_RETRY_MAYFAIL | __GFP_NOWARN,
					    0));
	KUNIT_EXPECT_EQ(test, 6U, late.nr_calls);
	page = alloc_block(test, GFP_KERNEL | __GFP_NOFAIL, 0);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 25U, late.nr_calls);
	if (page)
		free_block(test, page, 0);
	ta_reclaim_del(&late.pages->reclaim, &late.reclaimer);
}

/* To wait for ever, and not to wait: that cannot be. */
static void pages_nofail_atomic_refused(struct kunit *test)
{
	unsigned long n = ta_report_count(TA_FAULT_BAD_ARG);

	/* What a CPU's list has it gets: nobody looks at the mode there. */
	ta_pages_drain(pages_of(test));
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_ATOMIC | __GFP_NOFAIL, 4));
	KUNIT_EXPECT_EQ(test, n + 1, ta_report_count(TA_FAULT_BAD_ARG));
}

/* What the background reclaimer finds, without anybody who waits for it. */
static void pages_background_reclaims(struct kunit *test)
{
	struct hoard hoard = {
		.reclaimer.reclaim = give_up_hoard,
		.reclaimer.low = hear_of_low,
		.pages = pages_of(test),
		.page = alloc_block(test, GFP_KERNEL, 8),
	};
	struct ta_reclaim *rc = &hoard.pages->reclaim;
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, hoard.page);
	ta_reclaim_add(rc, &hoard.reclaimer);
	/* Who does not want him woken does not wake him. */
	KUNIT_ASSERT_EQ(test, 0, ta_pages_set_min(hoard.pages, NR_PAGES / 2));
	KUNIT_EXPECT_NULL(test, alloc_block(test, __GFP_NOWARN, 0));
	flush_work(&rc->background);
	KUNIT_EXPECT_EQ(test, 0U, hoard.nr_calls);
	KUNIT_EXPECT_EQ(test, 0U, hoard.nr_low);
	page = alloc_block(test, GFP_NOWAIT | __GFP_NOWARN, 0);
	flush_work(&rc->background);
	/* With all of them free it is above the high mark. */
	KUNIT_EXPECT_EQ(test, 1U, hoard.nr_calls);
	KUNIT_EXPECT_EQ(test, 1U, hoard.nr_low);
	/* It may have been so quick that the page was there at once. */
	if (!page)
		page = alloc_block(test, GFP_NOWAIT, 0);
	KUNIT_EXPECT_NOT_NULL(test, page);
	if (page)
		free_block(test, page, 0);
	ta_reclaim_del(rc, &hoard.reclaimer);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_set_min(hoard.pages, 0));
}

/* Who frees pages by what it does gets the last ones, and does not wait. */
static void pages_memalloc_takes_the_last(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	unsigned long n = ta_vmstat_sum(&pages->pool.vmstat,
					TA_VM_ALLOC_STALL);
	unsigned int noreclaim;
	struct page *page;

	KUNIT_ASSERT_EQ(test, 0, ta_pages_set_min(pages, NR_PAGES / 2));
	noreclaim = memalloc_noreclaim_save();
	page = alloc_block(test, GFP_KERNEL, 8);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, alloc_block(test, GFP_KERNEL | __GFP_NOWARN, 0));
	memalloc_noreclaim_restore(noreclaim);
	KUNIT_EXPECT_EQ(test, n, ta_vmstat_sum(&pages->pool.vmstat,
					       TA_VM_ALLOC_STALL));
	if (page)
		free_block(test, page, 8);
}

struct giver {
	struct work_struct work;
	struct hoard hoard;
};

static void give_up_in_a_while(struct work_struct *work)
{
	struct giver *giver = container_of(work, struct giver, work);

	msleep(20);
	ta_pages_free(giver->hoard.pages, giver->hoard.page, 8, _RET_IP_);
}

/* Who cannot fail and may not reclaim waits for others. */
static void pages_nofail_waits_for_others(struct kunit *test)
{
	struct giver *giver = kunit_kzalloc(test, sizeof(*giver), GFP_KERNEL);
	struct ta_pages *pages = pages_of(test);
	unsigned int noreclaim;
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, giver);
	giver->hoard.pages = pages;
	giver->hoard.page = alloc_block(test, GFP_KERNEL, 8);
	giver->hoard.reclaimer.reclaim = give_up_hoard;
	KUNIT_ASSERT_NOT_NULL(test, giver->hoard.page);
	ta_reclaim_add(&pages->reclaim, &giver->hoard.reclaimer);
	INIT_WORK(&giver->work, give_up_in_a_while);
	schedule_work(&giver->work);
	noreclaim = memalloc_noreclaim_save();
	page = alloc_block(test, __GFP_DIRECT_RECLAIM | __GFP_NOFAIL, 0);
	memalloc_noreclaim_restore(noreclaim);
	flush_work(&giver->work);
	ta_reclaim_del(&pages->reclaim, &giver->hoard.reclaimer);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 0U, giver->hoard.nr_calls);
	if (page)
		free_block(test, page, 0);
}

static void pages_fini_reports_leaks(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, 64);
	unsigned long n = ta_report_count(TA_FAULT_LEAK);

	KUNIT_EXPECT_NOT_NULL(test, ta_pages_alloc(&stack->pages, GFP_KERNEL, 2,
						   _RET_IP_));
	KUNIT_EXPECT_NOT_NULL(test, ta_pages_alloc(&stack->pages, GFP_KERNEL, 0,
						   _RET_IP_));
	KUNIT_EXPECT_EQ(test, 5UL, ta_stack_fini(stack));
	KUNIT_EXPECT_EQ(test, n + 2, ta_report_count(TA_FAULT_LEAK));
}

/* A page that nobody has and that is not free: its last owner forgot it. */
static void pages_validate_sees_lost_page(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	unsigned long n = ta_report_count(TA_FAULT_CORRUPT);
	struct page *page = alloc_block(test, GFP_KERNEL, 0);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
	ta_pages_set_kind(pages, page, TA_KIND_TAIL);
	KUNIT_EXPECT_FALSE(test, ta_pages_validate(pages));
	KUNIT_EXPECT_EQ(test, n + 1, ta_report_count(TA_FAULT_CORRUPT));
	ta_pages_set_kind(pages, page, TA_KIND_ALLOC);
	free_block(test, page, 0);
}

static void stress_round(void *data, struct ta_rng *rng)
{
	struct ta_pages *pages = data;
	unsigned int i, order[16];
	struct page *page[16];

	for (i = 0; i < 16; i++) {
		order[i] = ta_rng_below(rng, 6);
		page[i] = ta_pages_alloc(pages, (ta_rng_below(rng, 2) ?
					 GFP_ATOMIC : GFP_KERNEL) |
					 __GFP_NOWARN, order[i], _RET_IP_);
		if (page[i])
			ta_fill(page_address(page[i]), 128,
				(unsigned long)page[i]);
	}
	for (i = 0; i < 16; i++) {
		if (!page[i])
			continue;
		WARN_ON(!ta_filled(page_address(page[i]), 128,
				   (unsigned long)page[i]));
		ta_fill(page_address(page[i]), 128, 0);
		ta_pages_free(pages, page[i], order[i], _RET_IP_);
	}
}

static void bulk_round(void *data, struct ta_rng *rng)
{
	unsigned long i, nr = 1 + ta_rng_below(rng, 80);
	struct ta_pages *pages = data;
	struct page *page[80];

	nr = ta_pages_alloc_bulk(pages, GFP_ATOMIC | __GFP_NOWARN, nr, page,
				 _RET_IP_);
	for (i = 0; i < nr; i++)
		ta_fill(page_address(page[i]), 64, (unsigned long)page[i]);
	for (i = 0; i < nr; i++)
		WARN_ON(!ta_filled(page_address(page[i]), 64,
				   (unsigned long)page[i]));
	ta_pages_free_bulk(pages, nr, page, _RET_IP_);
	stress_round(data, rng);
}

static void pages_stress_bulk(struct kunit *test)
{
	struct ta_stress stress = {
		.work = bulk_round,
		.data = pages_of(test),
		.nr_rounds = 200,
	};

	ta_stress_run(test, &stress);
	ta_pages_drain(pages_of(test));
	KUNIT_EXPECT_EQ(test, 1UL, ta_buddy_nr_free(&pages_of(test)->buddy, 8));
}

static void pages_stress_all_cpus(struct kunit *test)
{
	struct ta_stress stress = {
		.work = stress_round,
		.data = pages_of(test),
		.nr_rounds = 300,
	};

	ta_stress_run(test, &stress);
	ta_pages_drain(pages_of(test));
	KUNIT_EXPECT_EQ(test, 1UL, ta_buddy_nr_free(&pages_of(test)->buddy, 8));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_alloc_every_order),
	KUNIT_CASE(pages_alloc_beyond_pool_null),
	KUNIT_CASE(pages_alloc_zone_or_compound_refused),
	KUNIT_CASE(pages_alloc_zeroed),
	KUNIT_CASE(pages_alloc_drains_lists_first),
	KUNIT_CASE(pages_bulk_stops_at_the_end),
	KUNIT_CASE(pages_bulk_any_number),
	KUNIT_CASE(pages_bulk_free_bad_reported),
	KUNIT_CASE(pages_free_bad_reported),
	KUNIT_CASE(pages_free_pinned_waits),
	KUNIT_CASE(pages_alloc_asks_reclaimers),
	KUNIT_CASE(pages_marks_by_gfp),
	KUNIT_CASE(pages_marks_tuned),
	KUNIT_CASE(pages_retries_by_gfp),
	KUNIT_CASE(pages_nofail_atomic_refused),
	KUNIT_CASE(pages_background_reclaims),
	KUNIT_CASE(pages_memalloc_takes_the_last),
	KUNIT_CASE(pages_nofail_waits_for_others),
	KUNIT_CASE(pages_fini_reports_leaks),
	KUNIT_CASE(pages_validate_sees_lost_page),
	KUNIT_CASE(pages_stress_all_cpus),
	KUNIT_CASE(pages_stress_bulk),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_pages",
	.init = pages_test_init,
	.exit = pages_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
