// SPDX-License-Identifier: GPL-2.0
/* Tests of looking into slabs: addresses, maps, callers, counts, options. */
#include "helpers.h"
#include "report.h"
#include "slab_look.h"

#include <linux/string.h>

#define NR_PAGES	256UL

static int look_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

static void look_test_exit(struct kunit *test)
{
	ta_test_stack_end(test, test->priv);
}

static struct ta_slabs *slabs_of(struct kunit *test)
{
	return &((struct ta_stack *)test->priv)->slabs;
}

static struct ta_kmem_cache *make_cache(struct kunit *test, size_t size,
					slab_flags_t flags)
{
	struct ta_kmem_cache *cache;

	cache = ta_cache_create(slabs_of(test), "looked-at", size, 0, flags,
				NULL, _RET_IP_);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

static void who_knows_every_byte(struct kunit *test)
{
	static const slab_flags_t flags[] = {
		0, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
	};
	struct ta_place_info info;
	unsigned int i, offset;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct ta_kmem_cache *cache = make_cache(test, 100, flags[i]);
		u8 *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);

		for (offset = 0; offset < 100; offset++) {
			ta_slabs_who(slabs_of(test), obj + offset, &info);
			KUNIT_EXPECT_EQ(test, TA_PLACE_USED, info.place);
			KUNIT_EXPECT_EQ(test, (size_t)offset, info.offset);
			KUNIT_EXPECT_STREQ(test, "looked-at", info.name);
			KUNIT_EXPECT_EQ(test,
					ta_slab_number(&cache->set.layout, obj),
					info.index);
		}
		ta_slabs_who(slabs_of(test), obj + 100, &info);
		KUNIT_EXPECT_EQ(test, TA_PLACE_BESIDE, info.place);
		KUNIT_EXPECT_EQ(test, flags[i] != 0,
				info.tracks[TA_TRACK_ALLOC].addr != 0);
		ta_kmem_cache_free(cache, obj);
		ta_slabs_who(slabs_of(test), obj, &info);
		/* Magazines are what a debugged cache has none of. */
		KUNIT_EXPECT_EQ(test, flags[i] ? TA_PLACE_FREE : TA_PLACE_CACHED,
				info.place);
		ta_kmem_cache_destroy(cache);
	}
}

static void who_knows_other_places(struct kunit *test)
{
	struct ta_stack *stack = test->priv;
	struct ta_place_info info;
	struct page *page;
	void *p;

	ta_slabs_who(slabs_of(test), test, &info);
	KUNIT_EXPECT_EQ(test, TA_PLACE_OUTSIDE, info.place);
	ta_slabs_who(slabs_of(test), NULL, &info);
	KUNIT_EXPECT_EQ(test, TA_PLACE_OUTSIDE, info.place);

	p = ta_slabs_kmalloc(slabs_of(test), 3 * PAGE_SIZE, GFP_KERNEL, 0);
	ta_slabs_who(slabs_of(test), p + 5, &info);
	KUNIT_EXPECT_EQ(test, TA_PLACE_BLOCK, info.place);
	KUNIT_EXPECT_EQ(test, (size_t)5, info.offset);
	ta_slabs_kfree(slabs_of(test), p, 0);

	page = ta_pages_alloc(&stack->pages, GFP_KERNEL, 0, 0);
	ta_slabs_who(slabs_of(test), page_address(page), &info);
	KUNIT_EXPECT_EQ(test, TA_PLACE_PAGE, info.place);
	KUNIT_EXPECT_EQ(test, (u8)TA_KIND_ALLOC, info.kind);
	ta_pages_free(&stack->pages, page, 0, 0);
}

static unsigned int count_letter(const struct ta_slab_map *map, char letter)
{
	unsigned int i, nr = 0;

	for (i = 0; i < map->nr_slabs * map->nr; i++)
		nr += map->objs[i] == letter;
	return nr;
}

static void map_shows_each_object(struct kunit *test)
{
	struct ta_kmem_cache *cache = make_cache(test, 512, 0);
	struct ta_slab_map *map;
	unsigned int cached;
	void *objs[20];

	KUNIT_ASSERT_EQ(test, 20, ta_kmem_cache_alloc_bulk(cache, GFP_KERNEL,
							   20, objs));
	ta_kmem_cache_free_bulk(cache, 5, objs);
	map = ta_slab_map_make(cache, 64);
	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_EXPECT_EQ(test, cache->set.layout.nr, map->nr);
	KUNIT_EXPECT_EQ(test, ta_slabset_nr_slabs(&cache->set),
			(unsigned long)map->nr_slabs);
	KUNIT_EXPECT_EQ(test, 15U, count_letter(map, TA_MAP_USED));
	cached = map->nr_slabs * map->nr - 15 - count_letter(map, TA_MAP_FREE);
	KUNIT_EXPECT_EQ(test, ta_magset_nr_cached(&cache->mags),
			(unsigned long)cached);
	ta_slab_map_free(map);

	map = ta_slab_map_make(cache, 1);
	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_EXPECT_EQ(test, 1U, map->nr_slabs);
	KUNIT_EXPECT_EQ(test, ta_slabset_nr_slabs(&cache->set) - 1,
			(unsigned long)map->nr_more);
	ta_slab_map_free(map);
	ta_kmem_cache_free_bulk(cache, 15, objs + 5);
	ta_kmem_cache_destroy(cache);
}

static noinline void *alloc_here(struct ta_kmem_cache *cache)
{
	void *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);

	/* Or the caller would be somebody else. */
	barrier();
	return obj;
}

static noinline void *alloc_there(struct ta_kmem_cache *cache)
{
	void *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);

	barrier();
	return obj;
}

static void callers_are_told_apart(struct kunit *test)
{
	struct ta_kmem_cache *cache = make_cache(test, 64, SLAB_STORE_USER);
	struct ta_slab_callers *callers;
	unsigned long total = 0;
	void *objs[9];
	unsigned int i;

	for (i = 0; i < 9; i++)
		objs[i] = i < 6 ? alloc_here(cache) : alloc_there(cache);
	callers = ta_slab_callers_make(cache, TA_TRACK_ALLOC, 8);
	KUNIT_ASSERT_NOT_NULL(test, callers);
	KUNIT_EXPECT_EQ(test, 0UL, callers->nr_lost);
	KUNIT_EXPECT_LE(test, 2U, callers->nr);
	for (i = 0; i < callers->nr; i++)
		total += callers->callers[i].nr;
	KUNIT_EXPECT_EQ(test, 9UL, total);
	KUNIT_EXPECT_NE(test, 0UL, callers->callers[0].addr);
	ta_slab_callers_free(callers);

	callers = ta_slab_callers_make(cache, TA_TRACK_ALLOC, 1);
	KUNIT_ASSERT_NOT_NULL(test, callers);
	KUNIT_EXPECT_EQ(test, 1U, callers->nr);
	KUNIT_EXPECT_EQ(test, 9UL, callers->nr_lost + callers->callers[0].nr);
	ta_slab_callers_free(callers);
	ta_kmem_cache_free_bulk(cache, 9, objs);
	ta_kmem_cache_destroy(cache);
}

static void counts_add_up(struct kunit *test)
{
	struct ta_kmem_cache *cache = make_cache(test, 64, SLAB_POISON);
	struct ta_slab_counts counts;
	void *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);

	ta_slab_count(cache, &counts);
	KUNIT_EXPECT_EQ(test, 1UL, counts.slabs);
	KUNIT_EXPECT_EQ(test, 1UL, counts.partial);
	KUNIT_EXPECT_EQ(test, 1UL, counts.inuse);
	KUNIT_EXPECT_EQ(test, 1UL, counts.inuse_partial);
	KUNIT_EXPECT_EQ(test, (unsigned long)cache->set.layout.nr,
			counts.total);
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_destroy(cache);
}

/* --- options, and debugging through the whole layer -------------------- */

static void keep_nothing(const char *line)
{
}

static struct ta_stack *debugged_stack(struct kunit *test, const char *spec)
{
	struct ta_stack *stack = kunit_kzalloc(test, sizeof(*stack),
					       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stack);
	stack->slab_options.debug = spec;
	KUNIT_ASSERT_EQ(test, 0, ta_stack_init(stack, NR_PAGES, NR_PAGES));
	return stack;
}

/* Every cache, those of magazines too; kmalloc keeps its promises. */
static void debug_everything(struct kunit *test)
{
	struct ta_stack *stack = debugged_stack(test, "FZPU");
	size_t size;

	for (size = 1; size <= 8192; size += size / 3 + 1) {
		u8 *p = ta_slabs_kmalloc(&stack->slabs, size, GFP_KERNEL, 0);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_LE(test, size,
				ta_slabs_ksize(&stack->slabs, p, 0));
		memset(p, 0xff, ta_slabs_ksize(&stack->slabs, p, 0));
		ta_slabs_kfree(&stack->slabs, p, 0);
	}
	for (size = 8; size <= 8192; size *= 2) {
		void *p = ta_slabs_kmalloc(&stack->slabs, size, GFP_KERNEL, 0);

		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, size));
		ta_slabs_kfree(&stack->slabs, p, 0);
	}
	ta_test_stack_end(test, stack);
}

static void debug_one_of_all(struct kunit *test)
{
	struct ta_stack *stack = debugged_stack(test, "Z,kmalloc-64");
	struct ta_kmem_cache *cache;

	list_for_each_entry(cache, &stack->slabs.caches, list)
		KUNIT_EXPECT_EQ(test,
				!strcmp(cache->set.layout.name, "kmalloc-64"),
				ta_slab_debugged(&cache->set.layout));
	ta_test_stack_end(test, stack);
}

static void misuse_by_kfree_counted(struct kunit *test)
{
	struct ta_stack *stack = debugged_stack(test, "FZPU");
	struct ta_kmem_cache *other;
	struct ta_slabset *set;
	u8 *p = ta_slabs_kmalloc(&stack->slabs, 60, GFP_KERNEL, 0);

	ta_report_set_sink(keep_nothing);
	set = &stack->slabs.kmalloc[3]->set;
	other = stack->slabs.kmalloc[4];
	ta_slabs_kfree(&stack->slabs, p + 8, 0);
	KUNIT_EXPECT_EQ(test, 2UL, ta_slabset_nr_errors(set));
	ta_kmem_cache_free(other, p);
	KUNIT_EXPECT_EQ(test, 4UL, ta_slabset_nr_errors(set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_errors(&other->set));
	p[64] = 1;
	ta_slabs_kfree(&stack->slabs, p, 0);
	KUNIT_EXPECT_EQ(test, 6UL, ta_slabset_nr_errors(set));
	ta_slabs_kfree(&stack->slabs, p, 0);
	KUNIT_EXPECT_EQ(test, 8UL, ta_slabset_nr_errors(set));
	ta_report_set_sink(NULL);
	ta_test_stack_end(test, stack);
}

/* Nothing is hidden: the number of the next object can be read in a link. */
static void plain_can_be_followed(struct kunit *test)
{
	struct ta_stack *stack = kunit_kzalloc(test, sizeof(*stack),
					       GFP_KERNEL);
	struct ta_kmem_cache *cache;
	void *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, stack);
	stack->slab_options.plain = true;
	KUNIT_ASSERT_EQ(test, 0, ta_stack_init(stack, NR_PAGES, NR_PAGES));
	cache = ta_cache_create(&stack->slabs, "plain", 64, 0, SLAB_POISON,
				NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, 0UL, cache->set.layout.secret);
	a = ta_kmem_cache_alloc(cache, GFP_KERNEL);
	b = ta_kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, a + cache->set.layout.stride, b);
	ta_kmem_cache_free(cache, a);
	ta_kmem_cache_free(cache, b);
	ta_kmem_cache_destroy(cache);
	ta_test_stack_end(test, stack);
}

#define STRESS_OBJS	8U

static void stress_work(void *data, struct ta_rng *rng)
{
	unsigned int i, n = ta_rng_below(rng, STRESS_OBJS) + 1;
	struct ta_kmem_cache *cache = data;
	struct ta_place_info info;
	void *objs[STRESS_OBJS];

	for (i = 0; i < n; i++) {
		objs[i] = ta_kmem_cache_alloc(cache, GFP_KERNEL);
		if (objs[i])
			ta_fill(objs[i], 100, (unsigned long)objs[i]);
	}
	if (!ta_rng_below(rng, 64))
		ta_slabs_who(cache->slabs, objs[0], &info);
	if (!ta_rng_below(rng, 64))
		ta_slab_map_free(ta_slab_map_make(cache, 4));
	while (n-- > 0) {
		if (objs[n] &&
		    !ta_filled(objs[n], 100, (unsigned long)objs[n]))
			cache->set.layout.nr_errors++;
		ta_kmem_cache_free(cache, objs[n]);
	}
}

/* On every CPU, with somebody looking: nothing is found, for nothing is wrong. */
static void debugged_stress_on_every_cpu(struct kunit *test)
{
	struct ta_kmem_cache *cache = make_cache(test, 100, TA_SLAB_DEBUG &
						 ~SLAB_TRACE);
	const struct ta_stress stress = {
		.work = stress_work, .data = cache, .nr_rounds = 1000,
	};

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_errors(&cache->set));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&cache->set));
	KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(cache));
	ta_kmem_cache_destroy(cache);
}

static struct kunit_case look_cases[] = {
	KUNIT_CASE(who_knows_every_byte),
	KUNIT_CASE(who_knows_other_places),
	KUNIT_CASE(map_shows_each_object),
	KUNIT_CASE(callers_are_told_apart),
	KUNIT_CASE(counts_add_up),
	KUNIT_CASE(debug_everything),
	KUNIT_CASE(debug_one_of_all),
	KUNIT_CASE(misuse_by_kfree_counted),
	KUNIT_CASE(plain_can_be_followed),
	KUNIT_CASE(debugged_stress_on_every_cpu),
	{}
};

static struct kunit_suite look_suite = {
	.name = "teachalloc_slab_look",
	.init = look_test_init,
	.exit = look_test_exit,
	.test_cases = look_cases,
};

kunit_test_suite(look_suite);
