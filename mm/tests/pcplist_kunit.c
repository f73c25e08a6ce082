// SPDX-License-Identifier: GPL-2.0
/* Tests of the per-CPU lists: what stays on them, and who may not touch them. */
#include "helpers.h"

#include <linux/kthread.h>
#include <linux/completion.h>
#include <linux/preempt.h>

#define NR_PAGES	TA_SECTION_PAGES
/* Orders 0 to this - 1 have lists in a pool of this size. */
#define NR_LISTED	3

struct fixture {
	struct ta_pool pool;
	struct ta_buddy buddy;
	struct ta_pcplists lists;
	struct ta_page *block[NR_PAGES];
};

static int pcplist_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&f->pool, NR_PAGES, NR_PAGES));
	ta_buddy_init(&f->buddy, &f->pool);
	KUNIT_ASSERT_EQ(test, 0, ta_pcplists_init(&f->lists, &f->buddy));
	test->priv = f;
	return 0;
}

static void pcplist_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, ta_pcplists_validate(&f->lists));
	ta_pcplists_fini(&f->lists);
	KUNIT_EXPECT_TRUE(test, ta_buddy_validate(&f->buddy));
	KUNIT_EXPECT_EQ(test, 1UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
	ta_pool_fini(&f->pool);
}

static void pcplist_pair_last_freed_first(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *tp;
	unsigned int order;

	preempt_disable();
	for (order = 0; order < NR_LISTED; order++) {
		tp = ta_pcplists_alloc(&f->lists, order, TA_MIGRATE_UNMOVABLE);
		KUNIT_EXPECT_NOT_NULL(test, tp);
		if (!tp)
			break;
		ta_pcplists_free(&f->lists, tp, order);
		KUNIT_EXPECT_PTR_EQ(test, tp,
				    ta_pcplists_alloc(&f->lists, order, TA_MIGRATE_UNMOVABLE));
		ta_pcplists_free(&f->lists, tp, order);
	}
	preempt_enable();
}

/* Everything can be had by one CPU, and is there again afterwards. */
static void pcplist_alloc_all_and_free(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long nr = 0;

	while ((f->block[nr] = ta_pcplists_alloc(&f->lists, 0, TA_MIGRATE_UNMOVABLE)))
		if (++nr == NR_PAGES)
			break;
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_PAGES, nr);
	KUNIT_EXPECT_NULL(test, ta_pcplists_alloc(&f->lists, 0, TA_MIGRATE_UNMOVABLE));
	while (nr--)
		ta_pcplists_free(&f->lists, f->block[nr], 0);
	KUNIT_EXPECT_TRUE(test, ta_pcplists_validate(&f->lists));
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_PAGES,
			f->buddy.nr_free_pages +
			ta_pcplists_nr_pages(&f->lists));
}

/* An interrupt that comes in the middle finds busy set and goes round. */
static void pcplist_busy_goes_to_buddy(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *tp, *other;
	unsigned long nr_listed;
	struct ta_pcp *pcp;

	tp = ta_pcplists_alloc(&f->lists, 1, TA_MIGRATE_UNMOVABLE);
	KUNIT_ASSERT_NOT_NULL(test, tp);
	preempt_disable();
	pcp = this_cpu_ptr(f->lists.cpu);
	nr_listed = ta_pcplists_nr_pages(&f->lists);
	pcp->busy = 1;
	other = ta_pcplists_alloc(&f->lists, 1, TA_MIGRATE_UNMOVABLE);
	KUNIT_EXPECT_EQ(test, nr_listed, ta_pcplists_nr_pages(&f->lists));
	ta_pcplists_free(&f->lists, tp, 1);
	KUNIT_EXPECT_EQ(test, nr_listed, ta_pcplists_nr_pages(&f->lists));
	pcp->busy = 0;
	preempt_enable();
	KUNIT_ASSERT_NOT_NULL(test, other);
	ta_pcplists_free(&f->lists, other, 1);
}

static void pcplist_drain_empties_all(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *tp = ta_pcplists_alloc(&f->lists, 3, TA_MIGRATE_UNMOVABLE);

	KUNIT_ASSERT_NOT_NULL(test, tp);
	ta_pcplists_free(&f->lists, tp, 3);
	KUNIT_EXPECT_NE(test, 0UL, ta_pcplists_nr_pages(&f->lists));
	ta_pcplists_drain(&f->lists, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pcplists_nr_pages(&f->lists));
	KUNIT_EXPECT_EQ(test, 1UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
}

/* What a CPU has that goes is in the buddy allocator when it is gone. */
static void pcplist_dead_cpu_drained(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int cpu = num_online_cpus() - 1;
	struct ta_pcp *pcp = per_cpu_ptr(f->lists.cpu, cpu);
	struct ta_page *tp;

	/* As if that CPU had freed it. */
	tp = ta_buddy_alloc(&f->buddy, 2, TA_MIGRATE_UNMOVABLE);
	KUNIT_ASSERT_NOT_NULL(test, tp);
	tp->order = 2;
	tp->next = NULL;
	ta_page_set_kind(tp, TA_KIND_PCP);
	pcp->lists[ta_pcp_place(2, TA_MIGRATE_MOVABLE)].head = tp;
	pcp->lists[ta_pcp_place(2, TA_MIGRATE_MOVABLE)].nr = 1;
	KUNIT_EXPECT_EQ(test, 4UL, ta_pcplists_nr_pages(&f->lists));
	KUNIT_EXPECT_TRUE(test, ta_test_cpu_down(&f->lists.hotplug, cpu));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pcplists_nr_pages(&f->lists));
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_PAGES, f->buddy.nr_free_pages);
	ta_test_cpu_up(cpu);
}

/* Off: nothing stays on a list. Short: no more than that. And back again. */
static void pcplist_tune_off_short_and_default(struct kunit *test)
{
	struct ta_pcp_tuning tuning = { .off = true }, was, now;
	struct fixture *f = test->priv;
	struct ta_page *tp = ta_pcplists_alloc(&f->lists, 0, TA_MIGRATE_MOVABLE);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, tp);
	ta_pcplists_tuning(&f->lists, &was, true);
	KUNIT_EXPECT_FALSE(test, was.off);
	KUNIT_EXPECT_NE(test, 0U, was.high_pages);
	ta_pcplists_tune(&f->lists, &tuning);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pcplists_nr_pages(&f->lists));
	ta_pcplists_free(&f->lists, tp, 0);
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_PAGES, f->buddy.nr_free_pages);
	KUNIT_EXPECT_TRUE(test, ta_pcplists_validate(&f->lists));

	tuning = (struct ta_pcp_tuning){ .high_pages = 6, .batch_pages = 2 };
	ta_pcplists_tune(&f->lists, &tuning);
	preempt_disable();
	for (i = 0; i < 20; i++)
		f->block[i] = ta_pcplists_alloc(&f->lists, 0, TA_MIGRATE_MOVABLE);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pcplists_nr_pages(&f->lists));
	for (i = 0; i < 20; i++) {
		ta_pcplists_free(&f->lists, f->block[i], 0);
		KUNIT_EXPECT_LE(test, ta_pcplists_nr_pages(&f->lists), 6UL);
	}
	/* 6 there, then one too many takes 2 along, 3 more fit, and so on */
	KUNIT_EXPECT_EQ(test, 5UL, ta_pcplists_nr_pages(&f->lists));
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, ta_pcplists_validate(&f->lists));

	tuning = (struct ta_pcp_tuning){};
	ta_pcplists_tune(&f->lists, &tuning);
	ta_pcplists_tuning(&f->lists, &now, true);
	KUNIT_EXPECT_EQ(test, was.high_pages, now.high_pages);
	KUNIT_EXPECT_EQ(test, was.batch_pages, now.batch_pages);
}

static struct ta_pcp_list *my_list(struct ta_pcplists *lists)
{
	return &raw_cpu_ptr(lists->cpu)->lists[ta_pcp_place(0, TA_MIGRATE_MOVABLE)];
}

static struct ta_page *take_one(struct ta_pcplists *lists)
{
	return ta_pcplists_alloc(lists, 0, TA_MIGRATE_MOVABLE);
}

#define NR_TAKEN	1000

/* Short at first, long for who takes very many, short again in turns. */
static void pcplist_length_follows_use(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, 8 * TA_SECTION_PAGES);
	struct ta_page **block = kunit_kcalloc(test, NR_TAKEN, sizeof(*block),
					       GFP_KERNEL);
	struct ta_pcplists *lists = &stack->pages.pcp;
	struct ta_pcp_list *list;
	unsigned int n, nr = 0, turn;

	KUNIT_ASSERT_NOT_NULL(test, block);
	preempt_disable();
	list = my_list(lists);
	KUNIT_EXPECT_EQ(test, lists->min[0], list->high);
	KUNIT_EXPECT_GT(test, lists->max[0], lists->min[0]);
	while (nr < NR_TAKEN && (block[nr] = take_one(lists)))
		nr++;
	KUNIT_EXPECT_EQ(test, (unsigned int)NR_TAKEN, nr);
	KUNIT_EXPECT_EQ(test, lists->max[0], list->high);
	for (turn = 0; turn < 5; turn++) {
		/* One more than there is room for, one more than there is. */
		for (n = list->high - list->nr + 1; n; n--)
			ta_pcplists_free(lists, block[--nr], 0);
		KUNIT_EXPECT_TRUE(test, ta_pcplists_validate(lists));
		for (n = list->nr + 1; n; n--)
			block[nr++] = take_one(lists);
	}
	KUNIT_EXPECT_EQ(test, lists->min[0], list->high);
	while (nr)
		ta_pcplists_free(lists, block[--nr], 0);
	KUNIT_EXPECT_EQ(test, lists->max[0], list->high);
	preempt_enable();
	ta_test_stack_end(test, stack);
}

/* A block goes to the list of its pageblock's type, an isolated one to none. */
static void pcplist_free_by_type_of_pageblock(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *tp = ta_pcplists_alloc(&f->lists, 0, TA_MIGRATE_MOVABLE);
	enum ta_migratetype type = TA_MIGRATE_RECLAIMABLE;
	struct ta_pcp *pcp;

	KUNIT_ASSERT_NOT_NULL(test, tp);
	ta_buddy_set_block_type(&f->buddy, tp, type);
	ta_pcplists_drain(&f->lists, true);
	preempt_disable();
	pcp = this_cpu_ptr(f->lists.cpu);
	ta_pcplists_free(&f->lists, tp, 0);
	KUNIT_EXPECT_PTR_EQ(test, tp, pcp->lists[ta_pcp_place(0, type)].head);
	KUNIT_EXPECT_PTR_EQ(test, tp, ta_pcplists_alloc(&f->lists, 0, type));
	preempt_enable();
	ta_pcplists_drain(&f->lists, true);
	ta_buddy_set_block_type(&f->buddy, tp, TA_MIGRATE_ISOLATE);
	ta_pcplists_free(&f->lists, tp, 0);
	KUNIT_EXPECT_EQ(test, 0UL, ta_pcplists_nr_pages(&f->lists));
	KUNIT_EXPECT_EQ(test, TA_PAGEBLOCK_PAGES, f->buddy.nr_isolated_pages);
	ta_buddy_set_block_type(&f->buddy, tp, TA_MIGRATE_MOVABLE);
}

static void stress_round(void *data, struct ta_rng *rng)
{
	struct ta_pcplists *lists = data;
	unsigned int i, order = ta_rng_below(rng, NR_LISTED);
	struct ta_page *tp[24];

	for (i = 0; i < ARRAY_SIZE(tp); i++) {
		tp[i] = ta_pcplists_alloc(lists, order,
					  ta_rng_below(rng, TA_NR_PCP_TYPES));
		if (tp[i])
			ta_fill(ta_page_addr(tp[i]), 64, (unsigned long)tp[i]);
	}
	for (i = 0; i < ARRAY_SIZE(tp); i++) {
		if (!tp[i])
			continue;
		WARN_ON(!ta_filled(ta_page_addr(tp[i]), 64,
				   (unsigned long)tp[i]));
		ta_fill(ta_page_addr(tp[i]), 64, 0);
		ta_pcplists_free(lists, tp[i], order);
	}
	if (!ta_rng_below(rng, 16))
		ta_pcplists_drain(lists, false);
}

static void pcplist_stress_with_drains(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = stress_round,
		.data = &f->lists,
		.nr_rounds = 500,
	};

	ta_stress_run(test, &stress);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pcplist_pair_last_freed_first),
	KUNIT_CASE(pcplist_alloc_all_and_free),
	KUNIT_CASE(pcplist_busy_goes_to_buddy),
	KUNIT_CASE(pcplist_drain_empties_all),
	KUNIT_CASE(pcplist_dead_cpu_drained),
	KUNIT_CASE(pcplist_tune_off_short_and_default),
	KUNIT_CASE(pcplist_length_follows_use),
	KUNIT_CASE(pcplist_free_by_type_of_pageblock),
	KUNIT_CASE(pcplist_stress_with_drains),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_pcplist",
	.init = pcplist_test_init,
	.exit = pcplist_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
