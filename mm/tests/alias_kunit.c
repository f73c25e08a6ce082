// SPDX-License-Identifier: GPL-2.0
/* Tests of caches that several share, and of those that nobody may. */
#include "alias.h"
#include "helpers.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/string.h>

#define NR_PAGES	256UL

struct fixture {
	struct ta_stack *stack;
	struct ta_slabs *slabs;
};

static int alias_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->slabs = &f->stack->slabs;
	f->slabs->options.merge = true;
	return 0;
}

static void alias_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_slabs_shrink(f->slabs);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_nr_pages(f->slabs));
	ta_test_stack_end(test, f->stack);
}

static struct ta_kmem_cache *create(struct kunit *test, const char *name,
				    size_t size, size_t align,
				    slab_flags_t flags)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache;

	cache = ta_cache_create(f->slabs, name, size, align, flags, NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

/* --- who shares -------------------------------------------------------- */

static void same_room_is_shared(struct kunit *test)
{
	static const struct {
		size_t size, align;
		slab_flags_t flags;
		bool shared;
	} others[] = {
		{ 200, 0, 0, true },
		{ 193, 0, 0, true },
		{ 194, 8, 0, true },
		{ 192, 0, 0, false },
		{ 201, 0, 0, false },
		{ 200, 16, 0, false },
		{ 200, 0, SLAB_HWCACHE_ALIGN, false },
		{ 200, 0, SLAB_PANIC | SLAB_ACCOUNT, true },
		{ 200, 0, SLAB_NO_MERGE, false },
		{ 200, 0, SLAB_RECLAIM_ACCOUNT, false },
		{ 200, 0, SLAB_TYPESAFE_BY_RCU, false },
		{ 200, 0, SLAB_CONSISTENCY_CHECKS, false },
		{ 200, 0, SLAB_RED_ZONE, false },
		{ 200, 0, SLAB_POISON, false },
		{ 200, 0, SLAB_STORE_USER, false },
		{ 200, 0, SLAB_TRACE, false },
	};
	struct ta_kmem_cache *first = create(test, "first", 200, 0, 0), *other;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		other = create(test, "other", others[i].size, others[i].align,
			       others[i].flags);
		KUNIT_EXPECT_EQ_MSG(test, others[i].shared, other == first,
				    "row %u", i);
		ta_kmem_cache_destroy(other);
	}
	KUNIT_EXPECT_EQ(test, 1U, first->refs);
	ta_kmem_cache_destroy(first);
}

/* Neither does anybody get what is special. */
static void special_is_not_shared(struct kunit *test)
{
	static const slab_flags_t flags[] = {
		SLAB_NO_MERGE, SLAB_TYPESAFE_BY_RCU, SLAB_RECLAIM_ACCOUNT,
		SLAB_CONSISTENCY_CHECKS,
	};
	struct ta_kmem_cache *special, *other;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		special = create(test, "special", 200, 0, flags[i]);
		other = create(test, "other", 200, 0, 0);
		KUNIT_EXPECT_PTR_NE(test, special, other);
		ta_kmem_cache_destroy(other);
		ta_kmem_cache_destroy(special);
	}
	special = create(test, "special", 200, 0, SLAB_RECLAIM_ACCOUNT);
	other = create(test, "other", 200, 0, SLAB_RECLAIM_ACCOUNT);
	KUNIT_EXPECT_PTR_EQ(test, special, other);
	ta_kmem_cache_destroy(other);
	ta_kmem_cache_destroy(special);
	/* Not with those of kmalloc's, whose objects are for users. */
	other = create(test, "other", 64, 0, 0);
	KUNIT_EXPECT_STREQ(test, "other", other->set.layout.name);
	ta_kmem_cache_destroy(other);
}

static void ctor(void *obj)
{
	memset(obj, 1, 200);
}

static void ctor_and_user_part_are_not_shared(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_cache_want want = { .name = "want", .size = 200 };
	struct ta_kmem_cache *first, *other, *plain;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		want.ctor = i ? ctor : NULL;
		want.usersize = i ? 0 : 8;
		first = ta_cache_create_want(f->slabs, &want, 0);
		other = ta_cache_create_want(f->slabs, &want, 0);
		plain = create(test, "plain", 200, 0, 0);
		KUNIT_ASSERT_TRUE(test, first && other);
		KUNIT_EXPECT_PTR_NE(test, first, other);
		KUNIT_EXPECT_PTR_NE(test, first, plain);
		KUNIT_EXPECT_PTR_NE(test, other, plain);
		ta_kmem_cache_destroy(plain);
		ta_kmem_cache_destroy(other);
		ta_kmem_cache_destroy(first);
	}
}

static void options_keep_caches_apart(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *first = create(test, "first", 200, 0, 0), *other;

	f->slabs->options.debug = "FZ,oth*";
	other = create(test, "other", 200, 0, 0);
	KUNIT_EXPECT_PTR_NE(test, first, other);
	ta_kmem_cache_destroy(other);
	f->slabs->options.debug = NULL;
	f->slabs->options.merge = false;
	other = create(test, "other", 200, 0, 0);
	KUNIT_EXPECT_PTR_NE(test, first, other);
	ta_kmem_cache_destroy(other);
	ta_kmem_cache_destroy(first);
}

/* --- what they share --------------------------------------------------- */

static void object_is_as_large_as_the_largest(struct kunit *test)
{
	struct ta_kmem_cache *small = create(test, "small", 194, 0, 0), *large;
	u8 *a = ta_kmem_cache_alloc(small, GFP_KERNEL), *b;

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_EXPECT_EQ(test, 194U, ta_kmem_cache_size(small));
	memset(a, 0xa5, 200);
	large = create(test, "large", 200, 0, 0);
	KUNIT_EXPECT_PTR_EQ(test, small, large);
	KUNIT_EXPECT_EQ(test, 200U, ta_kmem_cache_size(large));
	ta_kmem_cache_free(small, a);
	/* The same one, on this CPU; all of it is zeroed. */
	b = ta_kmem_cache_zalloc(large, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_NULL(test, memchr_inv(b, 0, 200));
	ta_kmem_cache_free(large, b);
	ta_kmem_cache_destroy(large);
	KUNIT_EXPECT_EQ(test, 200U, ta_kmem_cache_size(small));
	ta_kmem_cache_destroy(small);
}

/* Only who is last can be too early. */
static void destroy_by_the_last_counts(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_BUSY);
	struct ta_kmem_cache *first = create(test, "first", 200, 0, 0);
	struct ta_kmem_cache *second = create(test, "second", 200, 0, 0);
	void *obj = ta_kmem_cache_alloc(second, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	ta_kmem_cache_destroy(first);
	KUNIT_EXPECT_EQ(test, before, ta_report_count(TA_FAULT_BUSY));
	ta_kmem_cache_destroy(second);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BUSY));
	/* It is as it was, and can be had again. */
	first = create(test, "first", 200, 0, 0);
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	ta_kmem_cache_destroy(first);
	ta_kmem_cache_free(second, obj);
	ta_kmem_cache_destroy(second);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_BUSY));
}

/* --- names ------------------------------------------------------------- */

static unsigned int nr_created, nr_destroyed;
static char names[64];

static void created(struct ta_kmem_cache *cache)
{
	nr_created++;
}

static void destroyed(struct ta_kmem_cache *cache)
{
	nr_destroyed++;
}

static void aliased(struct ta_kmem_cache *cache, struct ta_alias *alias)
{
	size_t len = strlen(names);

	snprintf(names + len, sizeof(names) - len, "%s ", alias->name);
}

static void listener_is_told_each_name_once(struct kunit *test)
{
	static const char * const all[] = { "a", "b", "a", "c", "b", "c" };
	static const struct ta_cache_listener listener = {
		.created = created,
		.aliased = aliased,
		.destroyed = destroyed,
	};
	struct ta_kmem_cache *caches[ARRAY_SIZE(all)];
	struct fixture *f = test->priv;
	unsigned int i;

	ta_slabs_listen(f->slabs, &listener);
	nr_created = 0;
	nr_destroyed = 0;
	names[0] = 0;
	for (i = 0; i < ARRAY_SIZE(all); i++)
		caches[i] = create(test, all[i], 200, 0, 0);
	KUNIT_EXPECT_STREQ(test, "b c ", names);
	KUNIT_EXPECT_EQ(test, 1U, nr_created);
	/* Who comes later is told of all there are. */
	names[0] = 0;
	ta_slabs_listen(f->slabs, &listener);
	KUNIT_EXPECT_STREQ(test, "b c ", names);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		KUNIT_EXPECT_EQ(test, 0U, nr_destroyed);
		ta_kmem_cache_destroy(caches[i]);
	}
	KUNIT_EXPECT_EQ(test, 1U, nr_destroyed);
	ta_slabs_listen(f->slabs, NULL);
}

/* --- all at once ------------------------------------------------------- */

static int create_and_destroy(void *data)
{
	struct ta_slabs *slabs = data;
	struct ta_kmem_cache *first, *second;

	first = ta_cache_create(slabs, "first", 200, 0, 0, NULL, 0);
	if (!first)
		return -ENOMEM;
	second = ta_cache_create(slabs, "second", 200, 0, 0, NULL, 0);
	if (second)
		ta_kmem_cache_destroy(second);
	ta_kmem_cache_destroy(first);
	return second ? 0 : -ENOMEM;
}

static void create_fails_at_each_allocation(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_test_each_failure(test, create_and_destroy, f->slabs);
}

static void share_for_a_while(void *data, struct ta_rng *rng)
{
	static const char * const all[] = { "a", "b", "c", "d" };
	size_t size = 193 + ta_rng_below(rng, 8);
	struct ta_kmem_cache *cache;
	u8 *obj;

	cache = ta_cache_create(data, all[ta_rng_below(rng, 4)], size, 0, 0,
				NULL, 0);
	if (!cache)
		return;
	obj = ta_kmem_cache_zalloc(cache, GFP_KERNEL);
	WARN_ON(obj && memchr_inv(obj, 0, size));
	if (obj)
		memset(obj, 0xa5, size);
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_destroy(cache);
}

static void all_cpus_share(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = share_for_a_while,
		.data = f->slabs,
		.nr_rounds = 200,
	};

	ta_stress_run(test, &stress);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(same_room_is_shared),
	KUNIT_CASE(special_is_not_shared),
	KUNIT_CASE(ctor_and_user_part_are_not_shared),
	KUNIT_CASE(options_keep_caches_apart),
	KUNIT_CASE(object_is_as_large_as_the_largest),
	KUNIT_CASE(destroy_by_the_last_counts),
	KUNIT_CASE(listener_is_told_each_name_once),
	KUNIT_CASE(create_fails_at_each_allocation),
	KUNIT_CASE(all_cpus_share),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_alias",
	.init = alias_test_init,
	.exit = alias_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
