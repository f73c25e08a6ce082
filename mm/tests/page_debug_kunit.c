// SPDX-License-Identifier: GPL-2.0
/* Tests of page debugging: poison, owners, guards; what is said, and how often. */
#include "callstack.h"
#include "families.h"
#include "helpers.h"
#include "report.h"
#include "resize.h"

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#define NR_PAGES	512UL

static int page_debug_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

static struct ta_pages *pages_of(struct kunit *test)
{
	return &((struct ta_stack *)test->priv)->pages;
}

static void switch_to(struct kunit *test, enum ta_page_debug_switch what, bool on)
{
	KUNIT_ASSERT_EQ(test, 0, ta_page_debug_set(&pages_of(test)->debug, what, on));
}

/* Whatever was on: all is free and whole in the end, and there are no notes. */
static void page_debug_test_exit(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct ta_section *sec;
	unsigned int what;
	unsigned long i;

	for (what = 0; what < TA_NR_PAGE_DEBUGS; what++)
		switch_to(test, what, false);
	ta_for_each_section(&pages->pool, i, sec)
		KUNIT_EXPECT_NULL(test, sec->notes);
	ta_pages_drain(pages);
	KUNIT_EXPECT_EQ(test, NR_PAGES, pages->buddy.nr_free_pages);
	ta_test_stack_end(test, test->priv);
}

static struct page *alloc_block(struct kunit *test, unsigned int order)
{
	return ta_pages_alloc(pages_of(test), GFP_KERNEL | __GFP_NOWARN, order,
			      _RET_IP_);
}

static void free_block(struct kunit *test, struct page *page, unsigned int order)
{
	ta_pages_free(pages_of(test), page, order, _RET_IP_);
}

/* Use every page once: what is wrong with a free one shows. */
static void use_all(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page **array = kunit_kcalloc(test, NR_PAGES, sizeof(*array),
					    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, array);
	KUNIT_EXPECT_EQ(test, NR_PAGES,
			ta_pages_alloc_bulk(pages, GFP_KERNEL, NR_PAGES, array,
					    _RET_IP_));
	ta_pages_free_bulk(pages, NR_PAGES, array, _RET_IP_);
}

static unsigned long nr_overwritten(void)
{
	return ta_report_count(TA_FAULT_AFTER_FREE);
}

static unsigned long nr_overrun(void)
{
	return ta_report_count(TA_FAULT_OVERRUN);
}

/* --- what is said ------------------------------------------------------ */

#define MAX_SAID	8192

static char said[MAX_SAID];
static size_t said_len;

static void listen(const char *line)
{
	said_len += scnprintf(said + said_len, MAX_SAID - said_len, "%s\n", line);
}

static void start_listening(void)
{
	said_len = 0;
	said[0] = '\0';
	ta_report_set_sink(listen);
}

static unsigned int nr_said(const char *what)
{
	unsigned int nr = 0;
	const char *at;

	for (at = said; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

/* A report of who allocated a page, and of who freed it if anybody did. */
static void expect_both_stacks(struct kunit *test, bool freed)
{
	ta_report_set_sink(NULL);
	KUNIT_EXPECT_EQ(test, 1U, nr_said("page tracked as "));
	KUNIT_EXPECT_EQ(test, 1U, nr_said(freed ? "page tracked as free" :
					  "page tracked as allocated"));
	KUNIT_EXPECT_EQ(test, 1U, nr_said("page last allocated by:\n "));
	KUNIT_EXPECT_EQ(test, 1U, nr_said(freed ? "page last freed by:\n " :
					  "page last freed by: not known\n"));
}

/* --- poison ------------------------------------------------------------ */

static void poison_untouched_is_silent(struct kunit *test)
{
	unsigned long bad = nr_overwritten();
	unsigned int order;
	struct page *page;

	switch_to(test, TA_PAGE_DEBUG_POISON, true);
	for (order = 0; order <= 9; order++) {
		page = alloc_block(test, order);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memset(page_address(page), order, PAGE_SIZE << order);
		free_block(test, page, order);
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page),
						   TA_PAGE_POISON,
						   PAGE_SIZE << order));
		KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages_of(test)));
	}
	use_all(test);
	use_all(test);
	KUNIT_EXPECT_EQ(test, bad, nr_overwritten());
}

/* Each page once, however much of it, whatever block it lies in then. */
static void poison_write_after_free_reported(struct kunit *test)
{
	unsigned long bad = nr_overwritten();
	struct page *page, *large;
	u8 *p;

	switch_to(test, TA_PAGE_DEBUG_POISON, true);
	page = alloc_block(test, 2);
	large = alloc_block(test, 6);
	KUNIT_ASSERT_TRUE(test, page && large);
	free_block(test, page, 2);
	free_block(test, large, 6);
	p = page_address(page);
	p[2 * PAGE_SIZE + 100] = 0;
	p[2 * PAGE_SIZE + 200] = 0;
	p[3 * PAGE_SIZE] = 0;
	p = page_address(large);
	p[(PAGE_SIZE << 6) - 1] ^= 1;
	start_listening();
	use_all(test);
	ta_report_set_sink(NULL);
	KUNIT_EXPECT_EQ(test, bad + 3, nr_overwritten());
	/* Four lines of sixteen bytes, but for the one at the page's end. */
	KUNIT_EXPECT_EQ(test, 9U, nr_said(": "));
	use_all(test);
	KUNIT_EXPECT_EQ(test, bad + 3, nr_overwritten());
}

static void poison_report_has_stacks(struct kunit *test)
{
	struct page *page;

	switch_to(test, TA_PAGE_DEBUG_POISON, true);
	switch_to(test, TA_PAGE_DEBUG_OWNER, true);
	page = alloc_block(test, 4);
	KUNIT_ASSERT_NOT_NULL(test, page);
	free_block(test, page, 4);
	((u8 *)page_address(page))[5 * PAGE_SIZE] = 1;
	ta_pages_drain(pages_of(test));
	start_listening();
	page = alloc_block(test, 9);
	expect_both_stacks(test, true);
	KUNIT_EXPECT_EQ(test, 1U, nr_said("order 4, "));
	KUNIT_ASSERT_NOT_NULL(test, page);
	free_block(test, page, 9);
}

/* Off and on again: what was written meanwhile was nobody's business. */
static void poison_switched_forgets(struct kunit *test)
{
	unsigned long bad = nr_overwritten();
	struct page *page;

	switch_to(test, TA_PAGE_DEBUG_POISON, true);
	/* So that the notes outlive the switch. */
	switch_to(test, TA_PAGE_DEBUG_OWNER, true);
	use_all(test);
	switch_to(test, TA_PAGE_DEBUG_POISON, false);
	page = alloc_block(test, 0);
	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page_address(page), 1, PAGE_SIZE);
	free_block(test, page, 0);
	switch_to(test, TA_PAGE_DEBUG_POISON, true);
	use_all(test);
	KUNIT_EXPECT_EQ(test, bad, nr_overwritten());
}

/* Who holds a freed page may still read it: it is not filled. */
static void poison_spares_pinned(struct kunit *test)
{
	unsigned long bad = nr_overwritten();
	struct page *page;

	switch_to(test, TA_PAGE_DEBUG_POISON, true);
	page = alloc_block(test, 0);
	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page_address(page), 7, PAGE_SIZE);
	get_page(page);
	free_block(test, page, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 7, PAGE_SIZE));
	put_page(page);
	ta_pages_drain(pages_of(test));
	use_all(test);
	KUNIT_EXPECT_EQ(test, bad, nr_overwritten());
}

/* Pages that went to the host and came back have other contents. */
static void poison_forgets_what_left(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	unsigned long bad = nr_overwritten();
	struct ta_page_note note;
	unsigned long pfn = 0;
	struct page *page;

	switch_to(test, TA_PAGE_DEBUG_POISON, true);
	switch_to(test, TA_PAGE_DEBUG_OWNER, true);
	use_all(test);
	KUNIT_ASSERT_EQ(test, 0, ta_pages_shrink(pages, NR_PAGES / 2));
	KUNIT_ASSERT_EQ(test, 0, ta_pages_grow(pages, NR_PAGES / 2));
	use_all(test);
	KUNIT_EXPECT_EQ(test, bad, nr_overwritten());
	/* A section that is new is watched too. */
	KUNIT_ASSERT_EQ(test, 0, ta_pages_grow(pages, 4 * NR_PAGES));
	page = alloc_block(test, 10);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NOT_NULL(test, ta_page_owner_next(&pages->debug.notes,
						       &pfn, &note));
	free_block(test, page, 10);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_shrink(pages, 4 * NR_PAGES));
}

/* --- owners ------------------------------------------------------------ */

static bool find(struct kunit *test, struct page *page,
		 struct ta_page_note *note)
{
	struct ta_pages *pages = pages_of(test);

	return ta_page_owner_find(&pages->debug.notes,
				  ta_pool_page(&pages->pool, page), note);
}

static void owner_notes_alloc_and_free(struct kunit *test)
{
	unsigned long *entries;
	struct ta_page_note note, later;
	struct page *before = alloc_block(test, 1), *page;

	switch_to(test, TA_PAGE_DEBUG_OWNER, true);
	page = alloc_block(test, 3);
	KUNIT_ASSERT_TRUE(test, before && page);
	KUNIT_EXPECT_FALSE(test, find(test, before, &note));

	KUNIT_EXPECT_TRUE(test, find(test, page, &note));
	KUNIT_EXPECT_EQ(test, 3, (int)note.order);
	KUNIT_EXPECT_EQ(test, (__force unsigned int)(GFP_KERNEL | __GFP_NOWARN),
			(__force unsigned int)note.gfp);
	KUNIT_EXPECT_EQ(test, current->pid, note.pid);
	KUNIT_EXPECT_EQ(test, current->tgid, note.tgid);
	KUNIT_EXPECT_STREQ(test, current->comm, note.comm);
	KUNIT_EXPECT_TRUE(test, note.allocated);
	KUNIT_EXPECT_EQ(test, 0ULL, (unsigned long long)note.free_ts_nsec);
	KUNIT_EXPECT_LE(test, 1U, ta_callstack_fetch(note.alloc_stack, &entries));
	KUNIT_EXPECT_EQ(test, 0U, note.free_stack);

	free_block(test, page, 3);
	free_block(test, before, 1);
	KUNIT_EXPECT_TRUE(test, find(test, page + 7, &later));
	KUNIT_EXPECT_FALSE(test, later.allocated);
	KUNIT_EXPECT_EQ(test, note.alloc_stack, later.alloc_stack);
	KUNIT_EXPECT_LE(test, note.ts_nsec, later.free_ts_nsec);
	KUNIT_EXPECT_LE(test, 1U, ta_callstack_fetch(later.free_stack, &entries));
	/* Only that it was freed is known of it. */
	KUNIT_EXPECT_TRUE(test, find(test, before, &later));
	KUNIT_EXPECT_EQ(test, 0U, later.alloc_stack);
}

static unsigned long count_owned_pages(struct kunit *test)
{
	struct ta_page_notes *notes = &pages_of(test)->debug.notes;
	unsigned long pfn = 0, nr = 0;
	struct ta_page_note note;

	while (ta_page_owner_next(notes, &pfn, &note))
		nr += 1UL << note.order;
	return nr;
}

/* The walk sees each page of each block that is allocated, split or not. */
static void owner_walk_is_complete(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct ta_page_note note;
	struct page *page[3];
	unsigned int i;
	void *exact;

	switch_to(test, TA_PAGE_DEBUG_OWNER, true);
	KUNIT_EXPECT_EQ(test, 0UL, count_owned_pages(test));
	for (i = 0; i < 3; i++) {
		page[i] = alloc_block(test, i + 2);
		KUNIT_ASSERT_NOT_NULL(test, page[i]);
	}
	KUNIT_EXPECT_EQ(test, 4UL + 8 + 16, count_owned_pages(test));
	ta_pages_split(pages, page[1], 3, _RET_IP_);
	free_block(test, page[1] + 3, 0);
	KUNIT_EXPECT_EQ(test, 4UL + 7 + 16, count_owned_pages(test));
	KUNIT_EXPECT_TRUE(test, find(test, page[1] + 5, &note));
	KUNIT_EXPECT_EQ(test, 0, (int)note.order);
	exact = ta_pages_alloc_exact(pages, 5 * PAGE_SIZE, GFP_KERNEL, _RET_IP_);
	KUNIT_ASSERT_NOT_NULL(test, exact);
	KUNIT_EXPECT_EQ(test, 4UL + 7 + 16 + 5, count_owned_pages(test));

	ta_pages_free_exact(pages, exact, 5 * PAGE_SIZE, _RET_IP_);
	free_block(test, page[0], 2);
	for (i = 0; i < 8; i++)
		if (i != 3)
			free_block(test, page[1] + i, 0);
	free_block(test, page[2], 4);
	KUNIT_EXPECT_EQ(test, 0UL, count_owned_pages(test));
}

/* Each kind of a bad free, with who allocated and who freed. */
static void owner_bad_frees_have_stacks(struct kunit *test)
{
	unsigned long n[TA_NR_FAULTS];
	struct ta_pages *pages = pages_of(test);
	struct page *page;
	unsigned int i;

	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);
	switch_to(test, TA_PAGE_DEBUG_OWNER, true);
	page = alloc_block(test, 2);
	KUNIT_ASSERT_NOT_NULL(test, page);

	start_listening();
	free_block(test, page, 1);
	expect_both_stacks(test, false);
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_WRONG_ORDER] + 1,
			ta_report_count(TA_FAULT_WRONG_ORDER));

	start_listening();
	free_block(test, page + 3, 0);
	expect_both_stacks(test, false);
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_INTERIOR] + 1,
			ta_report_count(TA_FAULT_INTERIOR));

	ta_pages_set_kind(pages, page, TA_KIND_VMALLOC);
	start_listening();
	free_block(test, page, 2);
	expect_both_stacks(test, false);
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_WRONG_OWNER] + 1,
			ta_report_count(TA_FAULT_WRONG_OWNER));
	ta_pages_set_kind(pages, page, TA_KIND_ALLOC);

	free_block(test, page, 2);
	start_listening();
	free_block(test, page, 2);
	expect_both_stacks(test, true);
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_DOUBLE_FREE] + 1,
			ta_report_count(TA_FAULT_DOUBLE_FREE));

	/* Merged into a larger block meanwhile: a page inside it. */
	ta_pages_drain(pages);
	start_listening();
	free_block(test, page + 1, 2);
	expect_both_stacks(test, true);
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_DOUBLE_FREE] + 2,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_EQ(test, n[TA_FAULT_CORRUPT],
			ta_report_count(TA_FAULT_CORRUPT));
}

static void owner_off_says_nothing(struct kunit *test)
{
	unsigned long n = ta_report_count(TA_FAULT_DOUBLE_FREE);
	struct page *page = alloc_block(test, 0);

	KUNIT_ASSERT_NOT_NULL(test, page);
	free_block(test, page, 0);
	start_listening();
	free_block(test, page, 0);
	ta_report_set_sink(NULL);
	KUNIT_EXPECT_EQ(test, n + 1, ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_EQ(test, (size_t)0, said_len);
}

/* --- guards ------------------------------------------------------------ */

static void guard_behind_each_order(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	unsigned long bad = nr_overrun();
	struct page *page[9];
	unsigned int order;

	switch_to(test, TA_PAGE_DEBUG_GUARD, true);
	for (order = 0; order <= 8; order++) {
		unsigned long nr_free = ta_pages_nr_free(pages);

		page[0] = alloc_block(test, order);
		KUNIT_ASSERT_NOT_NULL(test, page[0]);
		KUNIT_EXPECT_EQ(test, nr_free - (2UL << order),
				ta_pages_nr_free(pages));
		memset(page_address(page[0]), 1, PAGE_SIZE << order);
		KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
		free_block(test, page[0], order);
		KUNIT_EXPECT_EQ(test, nr_free, ta_pages_nr_free(pages));
		ta_pages_drain(pages);
	}
	/* The highest that the pool has: there is no room for one. */
	page[0] = alloc_block(test, 9);
	KUNIT_ASSERT_NOT_NULL(test, page[0]);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_nr_free(pages));
	free_block(test, page[0], 9);
	KUNIT_EXPECT_EQ(test, bad, nr_overrun());
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
}

static void guard_overrun_reported(struct kunit *test)
{
	unsigned long bad = nr_overrun();
	struct page *page;
	u8 *p;

	switch_to(test, TA_PAGE_DEBUG_GUARD, true);
	switch_to(test, TA_PAGE_DEBUG_OWNER, true);
	page = alloc_block(test, 1);
	KUNIT_ASSERT_NOT_NULL(test, page);
	p = page_address(page);
	p[2 * PAGE_SIZE + 8] = 0;
	KUNIT_EXPECT_EQ(test, bad, nr_overrun());
	start_listening();
	free_block(test, page, 1);
	expect_both_stacks(test, true);
	KUNIT_EXPECT_EQ(test, bad + 1, nr_overrun());
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages_of(test)));
}

/* Turned off under a block that has one, and under one that is held. */
static void guard_turned_off_is_freed(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *page, *held;

	switch_to(test, TA_PAGE_DEBUG_GUARD, true);
	page = alloc_block(test, 4);
	held = alloc_block(test, 0);
	KUNIT_ASSERT_TRUE(test, page && held);
	get_page(held);
	free_block(test, held, 0);
	KUNIT_EXPECT_EQ(test, 1UL, pages->pinned.nr_pages);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 32 - 1, ta_pages_nr_free(pages));
	switch_to(test, TA_PAGE_DEBUG_GUARD, false);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 16 - 1, ta_pages_nr_free(pages));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
	put_page(held);
	free_block(test, page, 4);
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(pages));
}

/* Single pages have none behind each, and leave none behind. */
static void guard_split_is_freed(struct kunit *test)
{
	struct ta_pages *pages = pages_of(test);
	struct page *page;
	unsigned int i;
	void *exact;

	switch_to(test, TA_PAGE_DEBUG_GUARD, true);
	page = alloc_block(test, 3);
	KUNIT_ASSERT_NOT_NULL(test, page);
	ta_pages_split(pages, page, 3, _RET_IP_);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 8, ta_pages_nr_free(pages));
	exact = ta_pages_alloc_exact(pages, 3 * PAGE_SIZE, GFP_KERNEL, _RET_IP_);
	KUNIT_ASSERT_NOT_NULL(test, exact);
	KUNIT_EXPECT_EQ(test, NR_PAGES - 8 - 3, ta_pages_nr_free(pages));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
	for (i = 0; i < 8; i++)
		free_block(test, page + i, 0);
	ta_pages_free_exact(pages, exact, 3 * PAGE_SIZE, _RET_IP_);
}

/* --- all at once ------------------------------------------------------- */

/*
 * QEMU before 8.1 translates code without a lock on its page: a CPU that comes
 * to code while another patches it may keep a translation of the breakpoint
 * that is there for a moment, and meet it when nobody expects one any more. So
 * a guest's CPUs stand aside while a static key is switched; the blocks that
 * they have live through it. On the host a key is a variable, and they go on.
 */
#ifdef __KERNEL__
static DECLARE_RWSEM(text);
#define begin_use()	down_read(&text)
#define end_use()	up_read(&text)
#define begin_switch()	down_write(&text)
#define end_switch()	up_write(&text)
#else
#define begin_use()	do { } while (0)
#define end_use()	do { } while (0)
#define begin_switch()	do { } while (0)
#define end_switch()	do { } while (0)
#endif

static void use_some(struct ta_pages *pages, struct ta_rng *rng)
{
	unsigned long i, nr = ta_rng_below(rng, 24);
	unsigned int order = ta_rng_below(rng, 5);
	struct page *page, *array[24];

	begin_use();
	page = ta_pages_alloc(pages, GFP_ATOMIC | __GFP_NOWARN, order, _RET_IP_);
	nr = ta_pages_alloc_bulk(pages, GFP_ATOMIC | __GFP_NOWARN, nr, array,
				 _RET_IP_);
	end_use();
	if (page)
		memset(page_address(page), 1, PAGE_SIZE << order);
	for (i = 0; i < nr; i++)
		memset(page_address(array[i]), 2, PAGE_SIZE);
	begin_use();
	ta_pages_free_bulk(pages, nr, array, _RET_IP_);
	if (page)
		ta_pages_free(pages, page, order, _RET_IP_);
	end_use();
}

static void use_or_switch(void *data, struct ta_rng *rng)
{
	struct ta_pages *pages = data;

	if (ta_rng_below(rng, 16)) {
		use_some(pages, rng);
		return;
	}
	begin_switch();
	WARN_ON(ta_page_debug_set(&pages->debug,
				  ta_rng_below(rng, TA_NR_PAGE_DEBUGS),
				  ta_rng_below(rng, 2)));
	end_switch();
}

/* Switched while all CPUs allocate and free: nothing is seen that was not. */
static void page_debug_stress_switching(struct kunit *test)
{
	struct ta_stress stress = {
		.work = use_or_switch,
		.data = pages_of(test),
		.nr_rounds = 300,
	};
	unsigned long n[TA_NR_FAULTS];
	unsigned int i;

	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);
	ta_stress_run(test, &stress);
	for (i = 0; i < TA_NR_FAULTS; i++)
		KUNIT_EXPECT_EQ(test, n[i], ta_report_count(i));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(poison_untouched_is_silent),
	KUNIT_CASE(poison_write_after_free_reported),
	KUNIT_CASE(poison_report_has_stacks),
	KUNIT_CASE(poison_switched_forgets),
	KUNIT_CASE(poison_spares_pinned),
	KUNIT_CASE(poison_forgets_what_left),
	KUNIT_CASE(owner_notes_alloc_and_free),
	KUNIT_CASE(owner_walk_is_complete),
	KUNIT_CASE(owner_bad_frees_have_stacks),
	KUNIT_CASE(owner_off_says_nothing),
	KUNIT_CASE(guard_behind_each_order),
	KUNIT_CASE(guard_overrun_reported),
	KUNIT_CASE(guard_turned_off_is_freed),
	KUNIT_CASE(guard_split_is_freed),
	KUNIT_CASE(page_debug_stress_switching),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_page_debug",
	.init = page_debug_test_init,
	.exit = page_debug_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
