// SPDX-License-Identifier: GPL-2.0
/* Tests of the buddy allocator; its validator runs after every operation. */
#include "helpers.h"
#include "report.h"

#define NR_PAGES	(2 * TA_SECTION_PAGES)

struct fixture {
	struct ta_pool pool;
	struct ta_buddy buddy;
	struct ta_page *block[NR_PAGES];
};

static int setup(struct kunit *test, unsigned long nr_pages)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, 0, ta_pool_init(&f->pool, nr_pages, nr_pages));
	ta_buddy_init(&f->buddy, &f->pool);
	KUNIT_EXPECT_TRUE(test, ta_buddy_validate(&f->buddy));
	KUNIT_EXPECT_EQ(test, nr_pages, f->buddy.nr_free_pages);
	test->priv = f;
	return 0;
}

static int buddy_test_init(struct kunit *test)
{
	return setup(test, NR_PAGES);
}

static void buddy_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, ta_buddy_validate(&f->buddy));
	KUNIT_EXPECT_EQ(test, f->pool.nr_pages, f->buddy.nr_free_pages);
	ta_pool_fini(&f->pool);
}

static struct ta_page *alloc(struct kunit *test, unsigned int order)
{
	struct fixture *f = test->priv;
	struct ta_page *tp = ta_buddy_alloc(&f->buddy, order, TA_MIGRATE_MOVABLE);

	if (tp)
		KUNIT_EXPECT_EQ(test, 0, tp->idx & ((1 << order) - 1));
	return tp;
}

static unsigned int bulk(struct fixture *f, unsigned int order, unsigned int nr,
			 struct ta_page **list)
{
	return ta_buddy_alloc_bulk(&f->buddy, order, TA_MIGRATE_MOVABLE, nr,
				   list);
}

static void check(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_TRUE(test, ta_buddy_validate(&f->buddy));
}

/* One block of each order fits in a fresh section, and leaves one page. */
static void buddy_alloc_each_order_optimistic(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int order;

	for (order = 0; order <= TA_MAX_ORDER; order++) {
		f->block[order] = alloc(test, order);
		KUNIT_ASSERT_NOT_NULL(test, f->block[order]);
		check(test);
	}
	KUNIT_EXPECT_EQ(test, 1UL, f->buddy.nr_free_pages);
	for (order = 0; order <= TA_MAX_ORDER; order++) {
		ta_buddy_free(&f->buddy, f->block[order], order);
		check(test);
	}
	KUNIT_EXPECT_EQ(test, 2UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
}

/* Full of single pages; every pair freed makes one block of the next order. */
static void buddy_free_upwards_pessimistic(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long nr, i;
	unsigned int order;

	for (nr = 0; (f->block[nr] = alloc(test, 0)); )
		if (++nr == NR_PAGES)
			break;
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_PAGES, nr);
	KUNIT_EXPECT_NULL(test, alloc(test, 0));
	for (i = 0; i < nr; i++)
		ta_buddy_free(&f->buddy, f->block[i], 0);
	for (order = 0; order < TA_MAX_ORDER; order++)
		KUNIT_EXPECT_EQ(test, 0UL, ta_buddy_nr_free(&f->buddy, order));
	check(test);
}

/* Every other page kept: half is free, and not two pages together. */
static void buddy_alloc_fragmented_pathological(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long i;

	for (i = 0; i < NR_PAGES; i++)
		f->block[i] = alloc(test, 0);
	for (i = 0; i < NR_PAGES; i++)
		if (f->block[i]->idx & 1)
			ta_buddy_free(&f->buddy, f->block[i], 0);
	check(test);
	KUNIT_EXPECT_EQ(test, NR_PAGES / 2, f->buddy.nr_free_pages);
	KUNIT_EXPECT_NULL(test, alloc(test, 1));
	for (i = 0; i < NR_PAGES; i++)
		if (!(f->block[i]->idx & 1))
			ta_buddy_free(&f->buddy, f->block[i], 0);
	KUNIT_EXPECT_EQ(test, 2UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
}

/* Blocks of the highest order are gone at once; a split is undone by a free. */
static void buddy_alloc_max_order_exhausts(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->block[0] = alloc(test, TA_MAX_ORDER);
	f->block[1] = alloc(test, TA_MAX_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, f->block[0]);
	KUNIT_ASSERT_NOT_NULL(test, f->block[1]);
	KUNIT_EXPECT_NULL(test, alloc(test, 0));
	ta_buddy_free(&f->buddy, f->block[0], TA_MAX_ORDER);
	f->block[0] = alloc(test, 0);
	KUNIT_EXPECT_NULL(test, alloc(test, TA_MAX_ORDER));
	KUNIT_EXPECT_NOT_NULL(test, f->block[0]);
	check(test);
	ta_buddy_free(&f->buddy, f->block[0], 0);
	ta_buddy_free(&f->buddy, f->block[1], TA_MAX_ORDER);
}

static void buddy_bulk_linked_and_counted(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *list, *tp;
	unsigned int nr = 0;

	KUNIT_EXPECT_EQ(test, 100U, bulk(f, 2, 100, &list));
	for (tp = list; tp; tp = tp->next, nr++) {
		KUNIT_EXPECT_EQ(test, (int)tp->kind, (int)TA_KIND_PCP);
		KUNIT_EXPECT_EQ(test, (int)tp->order, 2);
	}
	KUNIT_EXPECT_EQ(test, 100U, nr);
	check(test);
	ta_buddy_free_list(&f->buddy, list, 2);
	KUNIT_EXPECT_EQ(test, 2U, bulk(f, TA_MAX_ORDER, 3, &list));
	KUNIT_EXPECT_EQ(test, 0U, bulk(f, 0, 1, &tp));
	KUNIT_EXPECT_NULL(test, tp);
	ta_buddy_free_list(&f->buddy, list, TA_MAX_ORDER);
}

/* What is left of a block that a bulk was cut from is as large as can be. */
static void buddy_bulk_leaves_largest_rest(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int order, nr;
	struct ta_page *list;

	for (order = 0; order <= 3; order++)
		for (nr = 1; nr <= 70; nr++) {
			unsigned long rest = TA_SECTION_PAGES - (nr << order);
			unsigned int o;

			KUNIT_ASSERT_EQ(test, nr,
					bulk(f, order, nr, &list));
			check(test);
			for (o = 0; o < TA_MAX_ORDER; o++)
				KUNIT_EXPECT_EQ(test, rest >> o & 1,
						ta_buddy_nr_free(&f->buddy, o));
			ta_buddy_free_list(&f->buddy, list, order);
			check(test);
		}
}

/* Sections smaller than 4 MiB: their ends never merge with what is not ours. */
/* Of two free pages the one that could bring a larger merge is used last. */
static void buddy_merges_are_waited_for(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *list, *first;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, (unsigned int)NR_PAGES,
			bulk(f, 0, NR_PAGES, &list));
	for (i = 0; list; list = list->next)
		f->block[i++] = list;
	first = f->block[0] - f->block[0]->idx;
	/* 6 and 7 are free as one: 4 and 5 would make four with them. */
	ta_buddy_free(&f->buddy, first + 6, 0);
	ta_buddy_free(&f->buddy, first + 7, 0);
	ta_buddy_free(&f->buddy, first + 100, 0);
	ta_buddy_free(&f->buddy, first + 4, 0);
	check(test);
	KUNIT_EXPECT_PTR_EQ(test, first + 100, alloc(test, 0));
	KUNIT_EXPECT_PTR_EQ(test, first + 4, alloc(test, 0));
	KUNIT_EXPECT_PTR_EQ(test, first + 6, alloc(test, 1));
	while (i--)
		ta_buddy_free(&f->buddy, f->block[i], 0);
}

static void buddy_init_odd_sizes(struct kunit *test)
{
	static const unsigned long sizes[] = { 1, 3, 7, 500, 1023, 1500 };
	struct fixture *f = test->priv;
	struct ta_page *tp;
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		buddy_test_exit(test);
		setup(test, sizes[i]);
		f = test->priv;
		for (nr = 0; (tp = alloc(test, 0)); nr++)
			f->block[nr] = tp;
		KUNIT_EXPECT_EQ(test, sizes[i], (unsigned long)nr);
		while (nr--)
			ta_buddy_free(&f->buddy, f->block[nr], 0);
		check(test);
	}
}

/* A model of the pool by frame: no block overlaps another, none is lost. */
static void buddy_random_against_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *owned = kunit_kzalloc(test, 2 * NR_PAGES, GFP_KERNEL);
	unsigned int nr = 0, i, j, order, round;
	unsigned long nr_owned = 0;
	struct ta_rng rng;

	KUNIT_ASSERT_NOT_NULL(test, owned);
	ta_rng_init(test, &rng);
	for (round = 0; round < 2500; round++) {
		if (nr < 400 && ta_rng_below(&rng, 5) < 3) {
			order = ta_rng_below(&rng, 8);
			f->block[nr] = alloc(test, order);
			if (!f->block[nr])
				continue;
			f->block[nr]->order = order;
			for (j = 0; j < 1U << order; j++)
				KUNIT_ASSERT_EQ(test, 1, ++owned[ta_page_frame(f->block[nr]) + j]);
			nr++;
			nr_owned += 1UL << order;
		} else if (nr) {
			struct ta_page *tp;

			i = ta_rng_below(&rng, nr);
			tp = f->block[i];
			f->block[i] = f->block[--nr];
			order = tp->order;
			for (j = 0; j < 1U << order; j++)
				owned[ta_page_frame(tp) + j]--;
			ta_buddy_free(&f->buddy, tp, order);
			nr_owned -= 1UL << order;
		}
		KUNIT_ASSERT_EQ(test, NR_PAGES - nr_owned, f->buddy.nr_free_pages);
		check(test);
	}
	while (nr--)
		ta_buddy_free(&f->buddy, f->block[nr], f->block[nr]->order);
	KUNIT_EXPECT_EQ(test, 2UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
}

/* Another type's request takes the whole section at once, type and all. */
static void buddy_fallback_steals_large_blocks(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *tp = ta_buddy_alloc(&f->buddy, 0, TA_MIGRATE_UNMOVABLE);

	KUNIT_ASSERT_NOT_NULL(test, tp);
	check(test);
	KUNIT_EXPECT_EQ(test, (int)ta_page_type(tp), (int)TA_MIGRATE_UNMOVABLE);
	KUNIT_EXPECT_EQ(test, 0x3ffUL, f->buddy.nonempty[TA_MIGRATE_UNMOVABLE]);
	KUNIT_EXPECT_EQ(test, 1UL << TA_MAX_ORDER,
			f->buddy.nonempty[TA_MIGRATE_MOVABLE]);
	/* The next one goes to the same pageblock, a movable one does not. */
	f->block[0] = ta_buddy_alloc(&f->buddy, 3, TA_MIGRATE_UNMOVABLE);
	f->block[1] = ta_buddy_alloc(&f->buddy, 3, TA_MIGRATE_MOVABLE);
	KUNIT_EXPECT_PTR_EQ(test, ta_page_section(tp),
			    ta_page_section(f->block[0]));
	KUNIT_EXPECT_PTR_NE(test, ta_page_section(tp),
			    ta_page_section(f->block[1]));
	check(test);
	ta_buddy_free(&f->buddy, tp, 0);
	ta_buddy_free(&f->buddy, f->block[0], 3);
	ta_buddy_free(&f->buddy, f->block[1], 3);
}

static void fill(struct kunit *test, enum ta_page_kind kind)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		f->block[i] = alloc(test, 0);
		KUNIT_ASSERT_NOT_NULL(test, f->block[i]);
		ta_page_set_kind(f->block[i], kind);
	}
	check(test);
}

/* Free every other page of the first one's pageblock, @nr of them. */
static void free_some(struct kunit *test, unsigned int nr)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; nr; i++) {
		struct ta_page *tp = f->block[i];

		if (ta_page_frame(tp) / TA_PAGEBLOCK_PAGES !=
		    ta_page_frame(f->block[0]) / TA_PAGEBLOCK_PAGES ||
		    !(tp->idx & 1))
			continue;
		ta_buddy_free(&f->buddy, tp, 0);
		f->block[i] = NULL;
		nr--;
	}
	check(test);
}

static void free_all(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		if (f->block[i])
			ta_buddy_free(&f->buddy, f->block[i], 0);
	check(test);
}

/*
 * Of the pageblock of a small block: free pages count for stealing it, and used
 * ones that are like what comes. Half of the block is the least.
 */
static void buddy_fallback_steals_what_is_alike(struct kunit *test)
{
	static const struct {
		enum ta_page_kind kind;		/* of the used pages */
		enum ta_migratetype was, type;	/* of the block, and wanted */
		unsigned int nr_free;
		bool stolen;
	} cases[] = {
		/* used pages can be moved: no reason to take it */
		{ TA_KIND_USER, TA_MIGRATE_MOVABLE, TA_MIGRATE_UNMOVABLE, 255, false },
		{ TA_KIND_USER, TA_MIGRATE_MOVABLE, TA_MIGRATE_UNMOVABLE, 256, true },
		/* they cannot: it is spoilt anyway */
		{ TA_KIND_ALLOC, TA_MIGRATE_MOVABLE, TA_MIGRATE_UNMOVABLE, 1, true },
		/* between these two nothing is known of the used pages */
		{ TA_KIND_ALLOC, TA_MIGRATE_RECLAIMABLE, TA_MIGRATE_UNMOVABLE, 255, false },
		{ TA_KIND_ALLOC, TA_MIGRATE_UNMOVABLE, TA_MIGRATE_RECLAIMABLE, 256, true },
		/* movable ones steal no small block, whatever is in it */
		{ TA_KIND_USER, TA_MIGRATE_UNMOVABLE, TA_MIGRATE_MOVABLE, 256, false },
	};
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ta_page *tp;

		fill(test, cases[i].kind);
		ta_buddy_set_block_type(&f->buddy, f->block[0], cases[i].was);
		free_some(test, cases[i].nr_free);
		tp = ta_buddy_alloc(&f->buddy, 0, cases[i].type);
		check(test);
		KUNIT_ASSERT_NOT_NULL(test, tp);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].stolen,
				    ta_page_type(tp) == cases[i].type,
				    "case %u", i);
		ta_buddy_free(&f->buddy, tp, 0);
		free_all(test);
		ta_buddy_set_block_type(&f->buddy, tp, TA_MIGRATE_MOVABLE);
	}
}

/* With blocks of two other types the one that does less harm is taken. */
static void buddy_fallback_order_of_types(struct kunit *test)
{
	static const u8 first[TA_NR_PCP_TYPES] = {
		[TA_MIGRATE_UNMOVABLE] = TA_MIGRATE_RECLAIMABLE,
		[TA_MIGRATE_MOVABLE] = TA_MIGRATE_RECLAIMABLE,
		[TA_MIGRATE_RECLAIMABLE] = TA_MIGRATE_UNMOVABLE,
	};
	struct fixture *f = test->priv;
	struct ta_page *pages[4];
	unsigned int type, i;

	for (type = 0; type < TA_NR_PCP_TYPES; type++) {
		struct ta_page *tp;

		/* Four pageblocks, two of each of the other types. */
		for (i = 0; i < 4; i++) {
			pages[i] = alloc(test, TA_PAGEBLOCK_ORDER);
			KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		}
		for (i = 0; i < 4; i++)
			ta_buddy_set_block_type(&f->buddy, pages[i],
						(type + 1 + (i & 1)) % 3);
		ta_buddy_free(&f->buddy, pages[0], TA_PAGEBLOCK_ORDER);
		ta_buddy_free(&f->buddy, pages[3], TA_PAGEBLOCK_ORDER);
		check(test);
		tp = ta_buddy_alloc(&f->buddy, TA_PAGEBLOCK_ORDER, type);
		KUNIT_ASSERT_NOT_NULL(test, tp);
		KUNIT_EXPECT_PTR_EQ(test, tp, pages[first[type] == (type + 1) % 3 ?
						    0 : 3]);
		check(test);
		ta_buddy_free(&f->buddy, tp, TA_PAGEBLOCK_ORDER);
		ta_buddy_free(&f->buddy, pages[1], TA_PAGEBLOCK_ORDER);
		ta_buddy_free(&f->buddy, pages[2], TA_PAGEBLOCK_ORDER);
		for (i = 0; i < 4; i++)
			ta_buddy_set_block_type(&f->buddy, pages[i],
						TA_MIGRATE_MOVABLE);
		check(test);
	}
}

/* Nobody gets the free pages of an isolated pageblock, but who asks for them. */
static void buddy_isolated_block_is_nobodys(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *tp = alloc(test, 4), *sec, *other;
	unsigned long nr = 0;
	int type;

	KUNIT_ASSERT_NOT_NULL(test, tp);
	sec = ta_page_section(tp)->pages;
	KUNIT_EXPECT_EQ(test, (int)TA_MIGRATE_MOVABLE,
			(int)ta_buddy_set_block_type(&f->buddy, tp,
						     TA_MIGRATE_ISOLATE));
	check(test);
	ta_buddy_free(&f->buddy, tp, 4);
	check(test);
	KUNIT_EXPECT_EQ(test, TA_PAGEBLOCK_PAGES, f->buddy.nr_isolated_pages);
	for (type = 0; type < TA_NR_PCP_TYPES; type++)
		while ((other = ta_buddy_alloc(&f->buddy, 0, type))) {
			KUNIT_ASSERT_TRUE(test, ta_page_section(other) !=
					  ta_page_section(tp) ||
					  ((other->idx ^ tp->idx) &
					   TA_PAGEBLOCK_PAGES));
			f->block[nr++] = other;
		}
	KUNIT_EXPECT_EQ(test, NR_PAGES - TA_PAGEBLOCK_PAGES, nr);
	/* From the 5th page on, as large as the place is aligned: 1, 2, 8 pages */
	other = tp - (tp->idx & (TA_PAGEBLOCK_PAGES - 1)) + 5;
	KUNIT_EXPECT_EQ(test, 0, ta_buddy_take_free(&f->buddy, other, 10));
	KUNIT_EXPECT_EQ(test, 1, ta_buddy_take_free(&f->buddy, other + 1, 10));
	KUNIT_EXPECT_EQ(test, 3, ta_buddy_take_free(&f->buddy, other + 3, 10));
	check(test);
	KUNIT_EXPECT_EQ(test, -1, ta_buddy_take_free(&f->buddy, other, 10));
	KUNIT_EXPECT_EQ(test, 2, ta_buddy_take_free(&f->buddy, other + 27, 2));
	check(test);
	KUNIT_EXPECT_EQ(test, TA_PAGEBLOCK_PAGES - 15, f->buddy.nr_isolated_pages);
	ta_buddy_free(&f->buddy, other, 0);
	ta_buddy_free(&f->buddy, other + 1, 1);
	ta_buddy_free(&f->buddy, other + 3, 3);
	ta_buddy_free(&f->buddy, other + 27, 2);
	check(test);
	KUNIT_EXPECT_EQ(test, TA_PAGEBLOCK_PAGES, f->buddy.nr_isolated_pages);
	while (nr--)
		ta_buddy_free(&f->buddy, f->block[nr], 0);
	check(test);
	/* Its buddy is free as well, and stays apart until both are alike. */
	KUNIT_EXPECT_EQ(test, 2UL, ta_buddy_nr_free(&f->buddy, TA_PAGEBLOCK_ORDER));
	KUNIT_EXPECT_EQ(test, (int)TA_MIGRATE_ISOLATE,
			(int)ta_buddy_set_block_type(&f->buddy, tp,
						     TA_MIGRATE_MOVABLE));
	check(test);
	KUNIT_EXPECT_EQ(test, 2UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
	KUNIT_EXPECT_EQ(test, 10, ta_buddy_take_free(&f->buddy, sec, 10));
	ta_buddy_free(&f->buddy, sec, 10);
}

/* In a pool of few pageblocks all are alike, and nothing is stolen. */
static void buddy_small_pool_has_one_type(struct kunit *test)
{
	struct fixture *f;
	unsigned int i;

	buddy_test_exit(test);
	setup(test, 1000);
	f = test->priv;
	for (i = 0; i < 300; i++) {
		f->block[i] = ta_buddy_alloc(&f->buddy, 0, i % 3);
		KUNIT_ASSERT_NOT_NULL(test, f->block[i]);
		KUNIT_EXPECT_EQ(test, (int)TA_MIGRATE_MOVABLE,
				(int)ta_page_type(f->block[i]));
	}
	check(test);
	while (i--)
		ta_buddy_free(&f->buddy, f->block[i], 0);
}

/* Types, isolation and all: what is free is free, and comes back whole. */
static void buddy_random_types(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_section *sec[2];
	unsigned int nr = 0, round, i, s = 0;
	unsigned long nr_owned = 0, n;
	struct ta_rng rng;

	ta_for_each_section(&f->pool, n, sec[s])
		if (++s == 2)
			break;
	ta_rng_init(test, &rng);
	for (round = 0; round < 2500; round++) {
		unsigned int dice = ta_rng_below(&rng, 100), order;
		struct ta_page *tp;

		if (dice < 50 && nr < 500) {
			order = ta_rng_below(&rng, 7);
			tp = ta_buddy_alloc(&f->buddy, order,
					    ta_rng_below(&rng, 3));
			if (!tp)
				continue;
			KUNIT_ASSERT_NE(test, (int)TA_MIGRATE_ISOLATE,
					(int)ta_page_type(tp));
			tp->order = order;
			ta_page_set_kind(tp, ta_rng_below(&rng, 2) ?
					 TA_KIND_USER : TA_KIND_ALLOC);
			f->block[nr++] = tp;
			nr_owned += 1UL << order;
		} else if (dice < 95 && nr) {
			i = ta_rng_below(&rng, nr);
			tp = f->block[i];
			f->block[i] = f->block[--nr];
			nr_owned -= 1UL << tp->order;
			ta_buddy_free(&f->buddy, tp, tp->order);
		} else {
			ta_buddy_set_block_type(&f->buddy,
						sec[ta_rng_below(&rng, s)]->pages +
						ta_rng_below(&rng, TA_SECTION_PAGES),
						ta_rng_below(&rng, TA_NR_MIGRATE_TYPES));
		}
		KUNIT_ASSERT_EQ(test, NR_PAGES - nr_owned, f->buddy.nr_free_pages);
		check(test);
	}
	while (nr--)
		ta_buddy_free(&f->buddy, f->block[nr], f->block[nr]->order);
	for (i = 0; i < 4; i++)
		ta_buddy_set_block_type(&f->buddy, sec[i % s]->pages +
					i / s * TA_PAGEBLOCK_PAGES,
					TA_MIGRATE_MOVABLE);
	check(test);
	KUNIT_EXPECT_EQ(test, 2UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
}

/* The validator finds what it says it finds. */
static void buddy_validate_sees_damage(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);

	f->buddy.nr_free_pages++;
	KUNIT_EXPECT_FALSE(test, ta_buddy_validate(&f->buddy));
	f->buddy.nr_free_pages--;
	f->buddy.nonempty[0] ^= 1;
	KUNIT_EXPECT_FALSE(test, ta_buddy_validate(&f->buddy));
	f->buddy.nonempty[0] ^= 1;
	f->buddy.nr_isolated_pages++;
	KUNIT_EXPECT_FALSE(test, ta_buddy_validate(&f->buddy));
	f->buddy.nr_isolated_pages--;
	KUNIT_EXPECT_EQ(test, before + 3, ta_report_count(TA_FAULT_CORRUPT));
}

/* A block is marked as owned by writing to its pages: nobody else has them. */
static void stress_round(void *data, struct ta_rng *rng)
{
	struct ta_buddy *buddy = data;
	struct ta_page *tp[8];
	unsigned int order[8], i;

	for (i = 0; i < 8; i++) {
		order[i] = ta_rng_below(rng, 6);
		tp[i] = ta_buddy_alloc(buddy, order[i],
				       ta_rng_below(rng, TA_NR_PCP_TYPES));
		if (tp[i])
			ta_fill(ta_page_addr(tp[i]), 64, (unsigned long)tp[i]);
	}
	for (i = 0; i < 8; i++) {
		if (!tp[i])
			continue;
		WARN_ON(!ta_filled(ta_page_addr(tp[i]), 64,
				   (unsigned long)tp[i]));
		ta_fill(ta_page_addr(tp[i]), 64, 0);
		ta_buddy_free(buddy, tp[i], order[i]);
	}
}

static void buddy_stress_all_cpus(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = stress_round,
		.data = &f->buddy,
		.nr_rounds = 500,
	};

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_EQ(test, 2UL, ta_buddy_nr_free(&f->buddy, TA_MAX_ORDER));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(buddy_alloc_each_order_optimistic),
	KUNIT_CASE(buddy_free_upwards_pessimistic),
	KUNIT_CASE(buddy_alloc_fragmented_pathological),
	KUNIT_CASE(buddy_alloc_max_order_exhausts),
	KUNIT_CASE(buddy_bulk_linked_and_counted),
	KUNIT_CASE(buddy_bulk_leaves_largest_rest),
	KUNIT_CASE(buddy_merges_are_waited_for),
	KUNIT_CASE(buddy_init_odd_sizes),
	KUNIT_CASE(buddy_random_against_model),
	KUNIT_CASE(buddy_fallback_steals_large_blocks),
	KUNIT_CASE(buddy_fallback_steals_what_is_alike),
	KUNIT_CASE(buddy_fallback_order_of_types),
	KUNIT_CASE(buddy_isolated_block_is_nobodys),
	KUNIT_CASE(buddy_small_pool_has_one_type),
	KUNIT_CASE(buddy_random_types),
	KUNIT_CASE(buddy_validate_sees_damage),
	KUNIT_CASE(buddy_stress_all_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_buddy",
	.init = buddy_test_init,
	.exit = buddy_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
