// SPDX-License-Identifier: GPL-2.0
/* Tests of what users may be given of an object, and what not. */
#include "helpers.h"
#include "report.h"
#include "userpart.h"

#include <linux/mm.h>

#define NR_PAGES	256UL

struct fixture {
	struct ta_stack *stack;
	struct ta_slabs *slabs;
};

static int userpart_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->slabs = &f->stack->slabs;
	return 0;
}

static void userpart_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_test_stack_end(test, f->stack);
}

/* Both ways; what is refused is reported each time. */
static bool may_copy(struct kunit *test, const void *ptr, size_t bytes)
{
	unsigned long before = ta_report_count(TA_FAULT_BAD_ARG);
	struct fixture *f = test->priv;
	bool out = ta_slabs_may_copy(f->slabs, ptr, bytes, true, 0);
	bool in = ta_slabs_may_copy(f->slabs, ptr, bytes, false, 0);

	KUNIT_EXPECT_EQ(test, out, in);
	KUNIT_EXPECT_EQ(test, before + (out ? 0 : 2),
			ta_report_count(TA_FAULT_BAD_ARG));
	return out;
}

static struct ta_kmem_cache *create(struct kunit *test, size_t size,
				    slab_flags_t flags, size_t useroffset,
				    size_t usersize)
{
	struct fixture *f = test->priv;
	const struct ta_cache_want want = {
		.name = "user part",
		.size = size,
		.flags = flags,
		.useroffset = useroffset,
		.usersize = usersize,
	};
	struct ta_kmem_cache *cache;

	cache = ta_cache_create_want(f->slabs, &want, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

/* Every offset and length in an object, and beyond its end. */
static void object_part_only(struct kunit *test)
{
	static const slab_flags_t flags[] = { 0, SLAB_RED_ZONE,
					      SLAB_TYPESAFE_BY_RCU };
	unsigned int i, offset, bytes;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct ta_kmem_cache *cache = create(test, 24, flags[i], 5, 10);
		u8 *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, obj);
		for (offset = 0; offset < 24; offset++)
			for (bytes = 1; bytes < 32; bytes++)
				KUNIT_EXPECT_EQ(test,
						offset >= 5 && offset + bytes <= 15,
						may_copy(test, obj + offset,
							 bytes));
		KUNIT_EXPECT_FALSE(test, may_copy(test, obj + 5, SIZE_MAX / 2));
		ta_kmem_cache_free(cache, obj);
		ta_kmem_cache_destroy(cache);
	}
}

static void object_without_part_nothing(struct kunit *test)
{
	struct ta_kmem_cache *cache = create(test, 24, 0, 0, 0);
	u8 *obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_TRUE(test, may_copy(test, obj, 0));
	KUNIT_EXPECT_FALSE(test, may_copy(test, obj, 1));
	KUNIT_EXPECT_FALSE(test, may_copy(test, obj + 23, 1));
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_destroy(cache);
}

/* As the kernel: fail closed. */
static void create_with_part_outside_has_none(struct kunit *test)
{
	static const size_t parts[][2] = {
		{ 0, 25 }, { 1, 24 }, { 24, 1 }, { 5, 0 }, { SIZE_MAX, 2 },
		{ 2, SIZE_MAX }, { 23, 2 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		unsigned long before = ta_report_count(TA_FAULT_BAD_SIZE);
		struct ta_kmem_cache *cache;

		cache = create(test, 24, 0, parts[i][0], parts[i][1]);
		KUNIT_EXPECT_EQ(test, before + 1,
				ta_report_count(TA_FAULT_BAD_SIZE));
		KUNIT_EXPECT_EQ(test, 0U, cache->usersize);
		KUNIT_EXPECT_EQ(test, 0U, cache->useroffset);
		ta_kmem_cache_destroy(cache);
	}
	ta_kmem_cache_destroy(create(test, 24, 0, 23, 1));
}

static void kmalloc_all_but_no_more(struct kunit *test)
{
	static const size_t sizes[] = { 1, 96, 192, 8192, 9000, 40000 };
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = ta_slabs_kmalloc(f->slabs, sizes[i], GFP_KERNEL, 0);
		size_t bytes = ta_slabs_ksize(f->slabs, p, 0);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, may_copy(test, p, bytes));
		KUNIT_EXPECT_TRUE(test, may_copy(test, p + bytes - 1, 1));
		KUNIT_EXPECT_FALSE(test, may_copy(test, p, bytes + 1));
		KUNIT_EXPECT_FALSE(test, may_copy(test, p + bytes - 1, 2));
		ta_slabs_kfree(f->slabs, p, 0);
	}
}

static void other_memory(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	struct page *page = ta_pages_alloc(pages, GFP_KERNEL, 0, 0);
	u8 *addr;

	KUNIT_ASSERT_NOT_NULL(test, page);
	addr = page_address(page);
	/* The kernel's to check; pages; nowhere. */
	KUNIT_EXPECT_TRUE(test, may_copy(test, f, sizeof(*f)));
	KUNIT_EXPECT_TRUE(test, may_copy(test, addr, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, may_copy(test, NULL, 1));
	KUNIT_EXPECT_FALSE(test, may_copy(test, ZERO_SIZE_PTR, 1));
	KUNIT_EXPECT_FALSE(test, may_copy(test, addr, SIZE_MAX));
	ta_pages_free(pages, page, 0, 0);
	KUNIT_EXPECT_FALSE(test, may_copy(test, addr, 1));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(object_part_only),
	KUNIT_CASE(object_without_part_nothing),
	KUNIT_CASE(create_with_part_outside_has_none),
	KUNIT_CASE(kmalloc_all_but_no_more),
	KUNIT_CASE(other_memory),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_userpart",
	.init = userpart_test_init,
	.exit = userpart_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
