// SPDX-License-Identifier: GPL-2.0
/* Tests of the magazines and the depot: who has an object, and how it moves. */
#include "helpers.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/preempt.h>

#define NR_PAGES	256UL
#define NR_OBJS		800
#define MAG_BYTES	128

struct fixture {
	struct ta_stack *stack;
	struct ta_slabset set;
	struct ta_slabset store;
	struct ta_magset ms;
	void *objs[NR_OBJS];
};

static int magazine_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);
	struct ta_pages *pages;

	pages = &f->stack->pages;
	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&f->set, pages, "objects",
						 1024, 1, 0, NULL));
	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&f->store, pages, "magazines",
						 MAG_BYTES, 1, 0, NULL));
	KUNIT_ASSERT_EQ(test, 0, ta_magset_init(&f->ms, &f->set, &f->store,
						MAG_BYTES));
	return 0;
}

static void magazine_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, ta_magset_validate(&f->ms));
	ta_magset_fini(&f->ms);
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_fini(&f->set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_fini(&f->store));
	ta_test_stack_end(test, f->stack);
}

static void *get(struct ta_magset *ms)
{
	void *obj = ta_magset_pop(ms);

	return obj ? obj : ta_magset_get_slow(ms, GFP_ATOMIC | __GFP_NOWARN, 0);
}

static void put(struct ta_magset *ms, void *obj)
{
	if (!ta_magset_push(ms, obj))
		ta_magset_put_slow(ms, obj, 0);
}

/* What is in magazines and what is in use is what the slabs have given. */
static void check(struct kunit *test, unsigned long inuse)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, ta_magset_validate(&f->ms));
	KUNIT_EXPECT_EQ(test, ta_slabset_nr_inuse(&f->set),
			inuse + ta_magset_nr_cached(&f->ms));
}

static void init_capacity_from_bytes(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_depot *depot = &f->ms.depot;

	KUNIT_EXPECT_EQ(test, (size_t)MAG_BYTES,
			offsetof(struct ta_magazine, objs[1]) +
			depot->cap * sizeof(void *));
	KUNIT_EXPECT_TRUE(test, depot->batch && depot->batch <= depot->cap);
	KUNIT_EXPECT_NE(test, 0U, depot->limit);
	check(test, 0);
}

static void pair_last_put_first_got(struct kunit *test)
{
	struct fixture *f = test->priv;
	void *a, *b, *hot, *again;

	preempt_disable();
	a = get(&f->ms);
	b = get(&f->ms);
	put(&f->ms, a);
	hot = get(&f->ms);
	put(&f->ms, b);
	put(&f->ms, hot);
	again = get(&f->ms);
	put(&f->ms, again);
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, a && b && a != b);
	KUNIT_EXPECT_PTR_EQ(test, a, hot);
	KUNIT_EXPECT_PTR_EQ(test, b, again);
	check(test, 0);
}

/* An interrupt that comes in the middle finds busy set and goes round. */
static void busy_goes_to_depot_and_slabs(struct kunit *test)
{
	struct fixture *f = test->priv;
	void *obj, *other, *top, **before;
	struct ta_mag_cpu *mc;
	bool same;

	obj = get(&f->ms);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	preempt_disable();
	put(&f->ms, obj);
	obj = get(&f->ms);
	mc = this_cpu_ptr(f->ms.cpu);
	mc->busy = 1;
	before = mc->top;
	top = *mc->top;
	other = get(&f->ms);
	put(&f->ms, obj);
	same = mc->top == before && *mc->top == top;
	mc->busy = 0;
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, same);
	KUNIT_EXPECT_NOT_NULL(test, other);
	KUNIT_EXPECT_PTR_NE(test, other, top);
	KUNIT_EXPECT_PTR_NE(test, other, obj);
	check(test, 1);
	put(&f->ms, other);
}

static unsigned int nr_in_depot(struct fixture *f)
{
	return f->ms.depot.filled.nr + f->ms.depot.empty.nr;
}

/* At the edge of a magazine the second one spares the way to the depot. */
static void edge_stays_off_the_depot(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, round, cap = f->ms.depot.cap, moved = 0;
	struct ta_magazine *a, *b;
	struct ta_mag_cpu *mc;

	preempt_disable();
	mc = this_cpu_ptr(f->ms.cpu);
	for (i = 0; i < 2 * cap; i++)
		f->objs[i] = get(&f->ms);
	for (i = 0; i < cap + 2; i++)
		put(&f->ms, f->objs[i]);
	a = mc->loaded;
	b = mc->prev;
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 5; i++)
			f->objs[i] = get(&f->ms);
		moved += mc->loaded != b || mc->prev != a;
		for (i = 0; i < 5; i++)
			put(&f->ms, f->objs[i]);
		moved += mc->loaded != a || mc->prev != b;
	}
	preempt_enable();
	KUNIT_EXPECT_TRUE(test, a && b);
	KUNIT_EXPECT_EQ(test, 0U, moved);
	check(test, cap - 2);
	for (i = cap + 2; i < 2 * cap; i++)
		put(&f->ms, f->objs[i]);
	check(test, 0);
}

static void depot_keeps_its_limit(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_depot *depot = &f->ms.depot;
	unsigned int i, nr;

	/* As many as a depot of fewer magazines could not keep. */
	depot->base = 4;
	depot->limit = 4;
	nr = (4 + 8) * depot->cap;
	KUNIT_ASSERT_LE(test, nr, (unsigned int)NR_OBJS);
	for (i = 0; i < nr; i++) {
		f->objs[i] = get(&f->ms);
		KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
	}
	check(test, nr);
	for (i = 0; i < nr; i++)
		put(&f->ms, f->objs[i]);
	KUNIT_EXPECT_EQ(test, 4U, depot->filled.nr);
	KUNIT_EXPECT_GE(test, 4U, depot->empty.nr);
	KUNIT_EXPECT_GT(test, (unsigned long)nr, ta_slabset_nr_inuse(&f->set));
	check(test, 0);
}

/* @nr magazines' worth of objects, there and back. */
static void use_magazines(struct kunit *test, unsigned int nr)
{
	struct fixture *f = test->priv;
	unsigned int i;

	nr *= f->ms.depot.cap;
	KUNIT_ASSERT_LE(test, nr, (unsigned int)NR_OBJS);
	for (i = 0; i < nr; i++) {
		f->objs[i] = get(&f->ms);
		KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
	}
	for (i = 0; i < nr; i++)
		put(&f->ms, f->objs[i]);
}

/* A CPU that wants more than there is room for finds room the next times. */
static void depot_grows_with_the_work(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_depot *depot = &f->ms.depot;
	unsigned int i, nr = 8;

	depot->base = 2;
	depot->limit = 2;
	preempt_disable();
	for (i = 0; i < 5; i++)
		use_magazines(test, nr);
	preempt_enable();
	KUNIT_EXPECT_GE(test, depot->limit, nr - 2);
	KUNIT_EXPECT_GE(test, depot->filled.nr, nr - 3);
	KUNIT_EXPECT_FALSE(test, depot->overflowed);
	check(test, 0);
	/* Not beyond its share: an 8th of 256 pages has so many magazines. */
	ta_depot_drain(depot);
	depot->limit = 4;
	nr = NR_PAGES * PAGE_SIZE / 8 / (depot->cap * 1024);
	preempt_disable();
	for (i = 0; i < 20; i++) {
		depot->overflowed = true;
		KUNIT_EXPECT_NULL(test, ta_depot_get_filled(depot));
	}
	preempt_enable();
	KUNIT_EXPECT_EQ(test, nr, depot->limit);
}

/* What an interval did not need goes, and after an idle one all. */
static void depot_ages(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_depot *depot = &f->ms.depot;
	unsigned int nr;

	depot->limit = 16;
	preempt_disable();
	use_magazines(test, 14);
	nr = depot->filled.nr;
	preempt_enable();
	KUNIT_EXPECT_GE(test, nr, 11U);
	/* There was none at its beginning. */
	ta_depot_age(depot);
	KUNIT_EXPECT_EQ(test, nr, depot->filled.nr);
	preempt_disable();
	use_magazines(test, 6);
	preempt_enable();
	nr -= depot->filled.min;
	ta_depot_age(depot);
	check(test, 0);
	KUNIT_EXPECT_EQ(test, nr, depot->filled.nr);
	KUNIT_EXPECT_GE(test, nr, 4U);
	KUNIT_EXPECT_LE(test, nr, 7U);
	ta_depot_age(depot);
	KUNIT_EXPECT_EQ(test, 0U, depot->filled.nr);
	KUNIT_EXPECT_EQ(test, 0U, depot->empty.nr);
	KUNIT_EXPECT_EQ(test, 0UL, depot->nr_objs);
	KUNIT_EXPECT_EQ(test, depot->base, depot->limit);
	check(test, 0);
}

static void drain_leaves_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < 100; i++)
		f->objs[i] = get(&f->ms);
	for (i = 0; i < 100; i++)
		put(&f->ms, f->objs[i]);
	KUNIT_EXPECT_NE(test, 0UL, ta_magset_nr_cached(&f->ms));
	ta_magset_drain(&f->ms, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_magset_nr_cached(&f->ms));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->store));
	KUNIT_EXPECT_EQ(test, 0U, nr_in_depot(f));
	check(test, 0);
}

static void without_store_straight_to_slabs(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_magset ms;
	void *obj;

	KUNIT_ASSERT_EQ(test, 0, ta_magset_init(&ms, &f->set, NULL, 0));
	obj = get(&ms);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, 1UL, ta_slabset_nr_inuse(&f->set));
	KUNIT_EXPECT_TRUE(test, ta_magset_validate(&ms));
	put(&ms, obj);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_magset_nr_cached(&ms));
	ta_magset_drain(&ms, true);
	ta_magset_fini(&ms);
}

/* With no page for a magazine objects are still had and freed. */
static void without_memory_for_magazines(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	unsigned long nr = 0, i;
	struct page **page;
	void *obj;

	page = kunit_kcalloc(test, NR_PAGES, sizeof(*page), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	/* One slab of objects, and no page besides. */
	KUNIT_ASSERT_EQ(test, 1U, ta_slabset_get(&f->set, GFP_KERNEL, 1, &obj,
						 0));
	while (nr < NR_PAGES &&
	       (page[nr] = ta_pages_alloc(pages, GFP_KERNEL | __GFP_NOWARN, 0,
					  0)))
		nr++;
	for (i = 1; i < f->set.layout.nr; i++) {
		f->objs[i] = get(&f->ms);
		KUNIT_EXPECT_NOT_NULL(test, f->objs[i]);
	}
	KUNIT_EXPECT_NULL(test, get(&f->ms));
	put(&f->ms, obj);
	for (i = 1; i < f->set.layout.nr; i++)
		put(&f->ms, f->objs[i]);
	/* All but one hot object on each CPU that this ran on. */
	KUNIT_EXPECT_EQ(test, ta_slabset_nr_inuse(&f->set),
			ta_magset_nr_cached(&f->ms));
	ta_magset_drain(&f->ms, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->set));
	while (nr--)
		ta_pages_free(pages, page[nr], 0, 0);
	check(test, 0);
}

/* The hot object is known when it comes again, by whichever way. */
static void hot_put_twice_is_reported(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_DOUBLE_FREE);
	struct fixture *f = test->priv;
	unsigned int done = 0;
	void *a, *b;

	preempt_disable();
	a = get(&f->ms);
	b = get(&f->ms);
	put(&f->ms, a);
	put(&f->ms, a);
	put(&f->ms, b);
	put(&f->ms, a);
	done = ta_magset_push_bulk(&f->ms, 1, &a);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, before + 2,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_EQ(test, 0U, done);
	check(test, 0);
}

static void bulk_stops_where_it_must(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, cap = f->ms.depot.cap, done[7];
	void **objs = f->objs, *foreign = f, *second;

	for (i = 0; i < cap; i++)
		objs[i] = get(&f->ms);
	ta_magset_drain(&f->ms, true);

	preempt_disable();
	/* Nothing loaded: neither objects nor room. */
	done[0] = ta_magset_pop_bulk(&f->ms, 1, objs + cap);
	done[1] = ta_magset_push_bulk(&f->ms, 1, objs);
	ta_magset_put_slow(&f->ms, objs[0], 0);
	/* A magazine full to the brim. */
	done[2] = ta_magset_push_bulk(&f->ms, cap - 1, objs + 1);
	done[3] = ta_magset_push_bulk(&f->ms, 1, &foreign);
	done[4] = ta_magset_pop_bulk(&f->ms, NR_OBJS, objs);
	/* Once more the one put last; not an object at all. */
	second = objs[1];
	objs[1] = objs[0];
	done[5] = ta_magset_push_bulk(&f->ms, cap, objs);
	objs[1] = foreign;
	done[6] = ta_magset_push_bulk(&f->ms, cap - 1, objs + 1);
	objs[1] = second;
	preempt_enable();

	KUNIT_EXPECT_EQ(test, 0U, done[0]);
	KUNIT_EXPECT_EQ(test, 0U, done[1]);
	KUNIT_EXPECT_EQ(test, cap - 1, done[2]);
	KUNIT_EXPECT_EQ(test, 0U, done[3]);
	KUNIT_EXPECT_EQ(test, cap, done[4]);
	KUNIT_EXPECT_EQ(test, 1U, done[5]);
	KUNIT_EXPECT_EQ(test, 0U, done[6]);
	check(test, cap - 1);
	for (i = 1; i < cap; i++)
		put(&f->ms, objs[i]);
}

static unsigned int get_bulk(struct ta_magset *ms, unsigned int nr, void **objs)
{
	return ta_magset_get_bulk(ms, GFP_ATOMIC | __GFP_NOWARN, nr, objs, 0);
}

/* More than a CPU has; those put last come first, so all come in reverse. */
static void bulk_of_many_magazines(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, round, nr = 3 * f->ms.depot.cap + 2, wrong = 0;
	void **objs = f->objs, **again = f->objs + NR_OBJS / 2;

	KUNIT_ASSERT_LE(test, nr, (unsigned int)NR_OBJS / 2);
	for (round = 0; round < 20; round++) {
		KUNIT_EXPECT_EQ(test, nr, get_bulk(&f->ms, nr, objs));
		check(test, nr);
		KUNIT_EXPECT_EQ(test, nr, ta_magset_put_bulk(&f->ms, nr, objs,
							     0));
		check(test, 0);
		preempt_disable();
		get_bulk(&f->ms, nr, objs);
		ta_magset_put_bulk(&f->ms, nr, objs, 0);
		get_bulk(&f->ms, nr, again);
		ta_magset_put_bulk(&f->ms, nr, again, 0);
		preempt_enable();
		for (i = 0; i < nr; i++)
			wrong += again[i] != objs[nr - 1 - i];
	}
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	KUNIT_EXPECT_EQ(test, 0U, get_bulk(&f->ms, 0, objs));
}

/* Also where the two are in different magazines, or the first one is hot. */
static void bulk_put_twice_stops(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, cap = f->ms.depot.cap, nr = 4 * cap, at, done;
	void **objs = f->objs, *hot;

	KUNIT_ASSERT_EQ(test, nr, get_bulk(&f->ms, nr, objs));
	for (at = 1; at < nr; at++) {
		void *obj = objs[at];

		objs[at] = objs[at - 1];
		preempt_disable();
		done = ta_magset_put_bulk(&f->ms, nr, objs, 0);
		get_bulk(&f->ms, done, objs);
		preempt_enable();
		KUNIT_EXPECT_EQ(test, at, done);
		for (i = 0; i < at / 2; i++)
			swap(objs[i], objs[at - 1 - i]);
		objs[at] = obj;
	}
	/* Both magazines full, and one is hot. */
	preempt_disable();
	hot = get(&f->ms);
	done = ta_magset_put_bulk(&f->ms, nr, objs, 0);
	put(&f->ms, hot);
	i = ta_magset_put_bulk(&f->ms, 1, &hot, 0);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, nr, done);
	KUNIT_EXPECT_EQ(test, 0U, i);
	check(test, 0);
}

static void put_twice_at_once_reported(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_DOUBLE_FREE);
	struct fixture *f = test->priv;
	unsigned int i, cap = f->ms.depot.cap;

	/* Also where the magazine is full to the brim. */
	for (i = 0; i < cap; i++)
		f->objs[i] = get(&f->ms);
	ta_magset_drain(&f->ms, true);
	preempt_disable();
	for (i = 0; i < cap; i++) {
		put(&f->ms, f->objs[i]);
		put(&f->ms, f->objs[i]);
	}
	preempt_enable();
	KUNIT_EXPECT_EQ(test, before + cap,
			ta_report_count(TA_FAULT_DOUBLE_FREE));
	check(test, 0);
}

static void validate_sees_damage(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_depot *depot = &f->ms.depot;
	void *obj = get(&f->ms), *slot;
	struct ta_mag_cpu *mc;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	preempt_disable();
	put(&f->ms, obj);
	mc = this_cpu_ptr(f->ms.cpu);
	slot = *mc->top;
	*mc->top = slot + 8;
	preempt_enable();
	KUNIT_EXPECT_FALSE(test, ta_magset_validate(&f->ms));
	*mc->top = slot;
	mc->none = slot;
	KUNIT_EXPECT_FALSE(test, ta_magset_validate(&f->ms));
	mc->none = NULL;
	depot->nr_objs++;
	KUNIT_EXPECT_FALSE(test, ta_magset_validate(&f->ms));
	depot->nr_objs--;
	depot->empty.nr++;
	KUNIT_EXPECT_FALSE(test, ta_magset_validate(&f->ms));
	depot->empty.nr--;
}

static void random_against_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, inuse = 0;
	struct ta_rng rng;

	ta_rng_init(test, &rng);
	for (i = 0; i < 8000; i++) {
		unsigned int j = ta_rng_below(&rng, NR_OBJS);
		void **obj = &f->objs[j];

		if (*obj) {
			KUNIT_EXPECT_TRUE(test, ta_filled(*obj, 1024, j));
			put(&f->ms, *obj);
			*obj = NULL;
			inuse--;
		} else {
			*obj = get(&f->ms);
			KUNIT_ASSERT_NOT_NULL(test, *obj);
			ta_fill(*obj, 1024, j);
			inuse++;
		}
		if (!ta_rng_below(&rng, 1000))
			ta_magset_drain(&f->ms, true);
		if (!ta_rng_below(&rng, 200))
			check(test, inuse);
	}
	for (i = 0; i < NR_OBJS; i++)
		if (f->objs[i])
			put(&f->ms, f->objs[i]);
	check(test, 0);
}

static void stress_round(void *data, struct ta_rng *rng)
{
	struct ta_magset *ms = data;
	unsigned int i, nr = ta_rng_below(rng, 40);
	void *objs[40];

	for (i = 0; i < nr; i++) {
		objs[i] = get(ms);
		if (objs[i])
			ta_fill(objs[i], 64, (unsigned long)objs[i]);
	}
	for (i = 0; i < nr; i++) {
		if (!objs[i])
			continue;
		WARN_ON(!ta_filled(objs[i], 64, (unsigned long)objs[i]));
		ta_fill(objs[i], 64, 0);
		put(ms, objs[i]);
	}
	if (!ta_rng_below(rng, 64))
		ta_magset_drain(ms, true);
	if (!ta_rng_below(rng, 64))
		WARN_ON(!ta_magset_validate(ms));
}

static void stress_with_drains(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = stress_round,
		.data = &f->ms,
		.nr_rounds = 1000,
	};

	ta_stress_run(test, &stress);
	check(test, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(init_capacity_from_bytes),
	KUNIT_CASE(pair_last_put_first_got),
	KUNIT_CASE(busy_goes_to_depot_and_slabs),
	KUNIT_CASE(edge_stays_off_the_depot),
	KUNIT_CASE(depot_keeps_its_limit),
	KUNIT_CASE(depot_grows_with_the_work),
	KUNIT_CASE(depot_ages),
	KUNIT_CASE(drain_leaves_nothing),
	KUNIT_CASE(without_store_straight_to_slabs),
	KUNIT_CASE(without_memory_for_magazines),
	KUNIT_CASE(hot_put_twice_is_reported),
	KUNIT_CASE(bulk_stops_where_it_must),
	KUNIT_CASE(bulk_of_many_magazines),
	KUNIT_CASE(bulk_put_twice_stops),
	KUNIT_CASE(put_twice_at_once_reported),
	KUNIT_CASE(validate_sees_damage),
	KUNIT_CASE(random_against_model),
	KUNIT_CASE(stress_with_drains),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_magazine",
	.init = magazine_test_init,
	.exit = magazine_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
