// SPDX-License-Identifier: GPL-2.0
/* Tests of a set of slabs: which are made, kept and given back. */
#include "helpers.h"
#include "report.h"

#include <linux/mm.h>

#define NR_PAGES	128UL
#define NR_OBJS		1024

struct fixture {
	struct ta_stack *stack;
	struct ta_slabset set;
	void *objs[NR_OBJS];
};

static int slabset_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&f->set, &f->stack->pages,
						 "set", 512, 1, 0, NULL));
	return 0;
}

static void slabset_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_fini(&f->set));
	ta_test_stack_end(test, f->stack);
}

static unsigned int get(struct kunit *test, unsigned int nr, void **objs)
{
	struct fixture *f = test->priv;

	return ta_slabset_get(&f->set, GFP_KERNEL | __GFP_NOWARN, nr, objs, 0);
}

static void put(struct kunit *test, unsigned int nr, void **objs)
{
	struct fixture *f = test->priv;

	ta_slabset_put(&f->set, nr, objs, 0);
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
}

static void get_fills_up_slabs(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int nr = f->set.layout.nr;

	KUNIT_EXPECT_EQ(test, 0U, get(test, 0, f->objs));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_slabs(&f->set));
	/* A slab is made only if there is no object at all. */
	KUNIT_EXPECT_EQ(test, nr, get(test, nr + 3, f->objs));
	KUNIT_EXPECT_EQ(test, 1UL, f->set.nr_slabs[TA_SLAB_FULL]);
	KUNIT_EXPECT_EQ(test, 3U, get(test, 3, f->objs + nr));
	KUNIT_EXPECT_EQ(test, 1UL, f->set.nr_slabs[TA_SLAB_PARTIAL]);
	KUNIT_EXPECT_EQ(test, nr + 3UL, ta_slabset_nr_inuse(&f->set));
	put(test, nr + 3, f->objs);
	KUNIT_EXPECT_EQ(test, 2UL, f->set.nr_slabs[TA_SLAB_EMPTY]);
	KUNIT_EXPECT_EQ(test, 2UL, ta_slabset_shrink(&f->set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_shrink(&f->set));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
}

/* What was full is filled first, so that the others can run empty. */
static void get_prefers_the_fullest(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int nr = f->set.layout.nr;
	void *obj;

	get(test, nr, f->objs);
	get(test, nr, f->objs + nr);
	put(test, nr - 1, f->objs);
	put(test, 1, f->objs + nr);
	KUNIT_EXPECT_EQ(test, 1U, get(test, 1, &obj));
	KUNIT_EXPECT_PTR_EQ(test, f->objs[nr], obj);
	put(test, nr + 1, f->objs + nr - 1);
}

static void put_keeps_few_empty_slabs(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int nr = 0;

	while (nr < 40 * f->set.layout.nr)
		nr += get(test, 1, f->objs + nr);
	put(test, nr, f->objs);
	KUNIT_EXPECT_NE(test, 0UL, f->set.nr_slabs[TA_SLAB_EMPTY]);
	KUNIT_EXPECT_GE(test, 8UL, f->set.nr_slabs[TA_SLAB_EMPTY]);
	KUNIT_EXPECT_LE(test, NR_PAGES - 8,
			ta_pages_nr_free(&f->stack->pages));
}

static void get_until_no_page_is_left(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int nr = 0, got;

	while (nr < NR_OBJS && (got = get(test, 7, f->objs + nr)))
		nr += got;
	KUNIT_EXPECT_EQ(test, (unsigned int)NR_OBJS, nr);
	KUNIT_EXPECT_EQ(test, 0U, get(test, 1, f->objs));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_nr_free(&f->stack->pages));
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
	put(test, nr, f->objs);
	ta_slabset_shrink(&f->set);
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
}

static void put_twice_reported(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_DOUBLE_FREE);
	struct fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, 2U, get(test, 2, f->objs));
	f->objs[2] = f->objs[0];
	put(test, 3, f->objs);
	put(test, 1, f->objs + 1);
	KUNIT_EXPECT_EQ(test, before + 2,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	/* The same when the slab is gone. */
	ta_slabset_shrink(&f->set);
	put(test, 1, f->objs);
	KUNIT_EXPECT_EQ(test, before + 3,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
}

/* Its page may even be a slab again, another set's. */
static void put_after_slab_is_anothers_reported(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_DOUBLE_FREE);
	struct fixture *f = test->priv;
	struct ta_slabset other;
	unsigned int nr = 0;
	void *obj;

	KUNIT_ASSERT_EQ(test, 1U, get(test, 1, &obj));
	put(test, 1, &obj);
	ta_slabset_shrink(&f->set);
	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&other, &f->stack->pages,
						 "other", 512, 1, 0, NULL));
	while (!ta_slabset_owns(&other, obj) && nr < NR_OBJS)
		nr += ta_slabset_get(&other, GFP_KERNEL, 1, f->objs + nr, 0);
	KUNIT_EXPECT_TRUE(test, ta_slabset_owns(&other, obj));
	put(test, 1, &obj);
	KUNIT_EXPECT_EQ(test, before + 1,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&other));
	ta_slabset_put(&other, nr, f->objs, 0);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_fini(&other));
}

static void owns_objects_and_nothing_else(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slabset other;
	unsigned int i;
	void *obj;

	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&other, &f->stack->pages,
						 "other", 512, 1, 0, NULL));
	KUNIT_ASSERT_EQ(test, 1U, ta_slabset_get(&other, GFP_KERNEL, 1, &obj,
						 0));
	KUNIT_ASSERT_EQ(test, 3U, get(test, 3, f->objs));
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, ta_slabset_owns(&f->set, f->objs[i]));
		KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set,
							 f->objs[i] + 1));
		KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set,
							 f->objs[i] + 256));
		KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&other, f->objs[i]));
	}
	KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set, obj));
	KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set, NULL));
	KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set, &f->set));
	KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set, &other));
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set,
							 (void *)BIT(i)));
	put(test, 3, f->objs);
	ta_slabset_shrink(&f->set);
	KUNIT_EXPECT_FALSE(test, ta_slabset_owns(&f->set, f->objs[0]));
	ta_slabset_put(&other, 1, &obj, 0);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_fini(&other));
}

/* Nothing is allocated by way of a slab that somebody wrote over. */
static void damaged_slab_is_contained(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);
	struct fixture *f = test->priv;
	unsigned int nr = f->set.layout.nr;
	struct ta_slabset set;

	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&set, &f->stack->pages,
						 "damaged", 512, 1, 0, NULL));
	KUNIT_ASSERT_EQ(test, 2U, ta_slabset_get(&set, GFP_KERNEL, 2, f->objs,
						 0));
	ta_slabset_put(&set, 1, f->objs, 0);
	memset(f->objs[0], 0x55, 512);
	KUNIT_EXPECT_EQ(test, 1U, ta_slabset_get(&set, GFP_KERNEL, 1,
						 f->objs + 2, 0));
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_CORRUPT));
	KUNIT_EXPECT_PTR_NE(test, ta_slab_start(&set.layout, f->objs[1]),
			    ta_slab_start(&set.layout, f->objs[2]));
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&set));
	ta_slabset_put(&set, 2, f->objs + 1, 0);
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&set));
	/* What was lost is not in use: it does not keep the set from going. */
	KUNIT_EXPECT_EQ(test, nr - 1UL, set.nr_lost);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_fini(&set));
}

static void fini_gives_used_slabs_back(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slabset set;

	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&set, &f->stack->pages,
						 "used", 3000, 1, 0, NULL));
	KUNIT_ASSERT_EQ(test, 5U, ta_slabset_get(&set, GFP_KERNEL, 5, f->objs,
						 0));
	KUNIT_EXPECT_EQ(test, 5UL, ta_slabset_fini(&set));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
}

static void validate_sees_damage(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slabset *set = &f->set;
	struct ta_page *tp;

	KUNIT_ASSERT_EQ(test, 2U, get(test, 2, f->objs));
	tp = ta_pool_addr(&f->stack->pages.pool, f->objs[0]);
	set->nr_free++;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(set));
	set->nr_free--;
	set->nr_slabs[TA_SLAB_FULL]++;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(set));
	set->nr_slabs[TA_SLAB_FULL]--;
	tp->slabset = NULL;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(set));
	tp->slabset = set;
	list_move(&tp->lru, &set->slabs[TA_SLAB_EMPTY]);
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(set));
	list_move(&tp->lru, &set->slabs[TA_SLAB_PARTIAL]);
	put(test, 2, f->objs);
}

static void random_against_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, n, inuse = 0;
	struct ta_rng rng;

	ta_rng_init(test, &rng);
	for (i = 0; i < 2000; i++) {
		n = ta_rng_below(&rng, 24);
		if (ta_rng_below(&rng, 2)) {
			n = get(test, min(n, NR_OBJS - inuse), f->objs + inuse);
			for (; n; n--, inuse++)
				ta_fill(f->objs[inuse], 512,
					(unsigned long)f->objs[inuse]);
		} else {
			for (n = min(n, inuse); n; n--) {
				unsigned int at = ta_rng_below(&rng, inuse--);
				void *obj = f->objs[at];

				KUNIT_EXPECT_TRUE(test,
						  ta_filled(obj, 512,
							    (unsigned long)obj));
				f->objs[at] = f->objs[inuse];
				ta_slabset_put(&f->set, 1, &obj, 0);
			}
		}
		KUNIT_ASSERT_EQ(test, (unsigned long)inuse,
				ta_slabset_nr_inuse(&f->set));
		if (!(i % 100))
			KUNIT_ASSERT_TRUE(test, ta_slabset_validate(&f->set));
	}
	put(test, inuse, f->objs);
}

static void stress_round(void *data, struct ta_rng *rng)
{
	struct ta_slabset *set = data;
	unsigned int i, got;
	void *objs[24];

	got = ta_slabset_get(set, GFP_KERNEL | __GFP_NOWARN,
			     ta_rng_below(rng, ARRAY_SIZE(objs)), objs, 0);
	for (i = 0; i < got; i++)
		ta_fill(objs[i], 512, (unsigned long)objs[i] ^ rng->state);
	for (i = 0; i < got; i++)
		WARN_ON(!ta_filled(objs[i], 512,
				   (unsigned long)objs[i] ^ rng->state));
	ta_slabset_put(set, got, objs, 0);
	if (!ta_rng_below(rng, 32))
		ta_slabset_shrink(set);
	if (!ta_rng_below(rng, 128))
		WARN_ON(!ta_slabset_validate(set));
}

static void stress_all_cpus(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = stress_round,
		.data = &f->set,
		.nr_rounds = 1000,
	};

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->set));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(get_fills_up_slabs),
	KUNIT_CASE(get_prefers_the_fullest),
	KUNIT_CASE(put_keeps_few_empty_slabs),
	KUNIT_CASE(get_until_no_page_is_left),
	KUNIT_CASE(put_twice_reported),
	KUNIT_CASE(put_after_slab_is_anothers_reported),
	KUNIT_CASE(owns_objects_and_nothing_else),
	KUNIT_CASE(damaged_slab_is_contained),
	KUNIT_CASE(fini_gives_used_slabs_back),
	KUNIT_CASE(validate_sees_damage),
	KUNIT_CASE(random_against_model),
	KUNIT_CASE(stress_all_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_slabset",
	.init = slabset_test_init,
	.exit = slabset_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
