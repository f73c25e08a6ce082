// SPDX-License-Identifier: GPL-2.0
/* Tests of what other modules call: caches and memory of the global stack. */
#include <kunit/test.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/teachalloc.h>
#include <linux/uaccess.h>

struct node {
	unsigned long key;
	struct rcu_head rcu;
};

static void words_are_copied(struct kunit *test)
{
	char *a = ta_kstrdup("a word", GFP_KERNEL);
	char *b = ta_kstrndup("a word", 3, GFP_KERNEL);
	char *c = ta_kstrndup("a word", 100, GFP_KERNEL);
	char *d = ta_kmemdup_nul("a word", 4, GFP_KERNEL);
	char *e = ta_kmemdup("a word", 7, GFP_KERNEL);

	KUNIT_EXPECT_STREQ(test, "a word", a);
	KUNIT_EXPECT_STREQ(test, "a w", b);
	KUNIT_EXPECT_STREQ(test, "a word", c);
	KUNIT_EXPECT_STREQ(test, "a wo", d);
	KUNIT_EXPECT_STREQ(test, "a word", e);
	KUNIT_EXPECT_NULL(test, ta_kstrdup(NULL, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, ta_kstrndup(NULL, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, ta_kmemdup_nul(NULL, 3, GFP_KERNEL));
	ta_kfree(a);
	ta_kfree(b);
	ta_kfree(c);
	ta_kfree(d);
	ta_kfree_sensitive(e);
	ta_kfree_sensitive(NULL);
}

static void arrays_are_resized(struct kunit *test)
{
	u32 *p = ta_kcalloc(10, sizeof(*p), GFP_KERNEL), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	p[9] = 9;
	q = ta_krealloc_array(p, 1000, sizeof(*p), GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_EQ(test, 9U, q[9]);
	KUNIT_EXPECT_EQ(test, 0U, q[999]);
	KUNIT_EXPECT_NULL(test, ta_krealloc_array(q, SIZE_MAX, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, ta_kmalloc_array(SIZE_MAX, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, ta_kcalloc(SIZE_MAX, 2, GFP_KERNEL));
	ta_kfree(q);
}

/* Without and with a cache, with and without a head. */
static void frees_wait_for_readers(struct kunit *test)
{
	struct ta_kmem_cache *cache;
	struct node *a, *b, *none = NULL;

	cache = ta_kmem_cache_create("ta_api_test", sizeof(*a), 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	a = ta_kmem_cache_zalloc(cache, GFP_KERNEL);
	b = ta_kzalloc(sizeof(*b), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, a && b);
	a->key = 5;
	b->key = 6;
	rcu_read_lock();
	ta_kfree_rcu(a, rcu);
	ta_kfree_rcu(b, rcu);
	ta_kfree_rcu(none, rcu);
	KUNIT_EXPECT_EQ(test, 5UL, READ_ONCE(a->key));
	KUNIT_EXPECT_EQ(test, 6UL, READ_ONCE(b->key));
	rcu_read_unlock();
	a = ta_kmem_cache_zalloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, a);
	ta_kfree_rcu_mightsleep(a);
	ta_kfree_rcu_mightsleep(NULL);
	/* Waits for the first one. */
	ta_kmem_cache_destroy(cache);
	rcu_barrier();
}

/* A user would be at fault before anything is copied: it is refused before. */
static void users_get_their_part_only(struct kunit *test)
{
	struct ta_kmem_cache *cache;
	void __user *nowhere = NULL;
	u8 *obj;

	cache = ta_kmem_cache_create_usercopy("ta_api_test", 64, 0, 0, 16, 32,
					      NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	obj = ta_kmem_cache_zalloc(cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_TRUE(test, ta_check_object_size(obj + 16, 32, true));
	KUNIT_EXPECT_FALSE(test, ta_check_object_size(obj + 15, 32, true));
	KUNIT_EXPECT_EQ(test, 33UL, ta_copy_to_user(nowhere, obj + 16, 33));
	KUNIT_EXPECT_EQ(test, 33UL, ta_copy_from_user(obj + 16, nowhere, 33));
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_destroy(cache);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(words_are_copied),
	KUNIT_CASE(arrays_are_resized),
	KUNIT_CASE(frees_wait_for_readers),
	KUNIT_CASE(users_get_their_part_only),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_api_slab",
	.test_cases = cases,
};

kunit_test_suite(suite);
