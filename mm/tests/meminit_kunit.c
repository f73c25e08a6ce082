// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what memory holds when one gets it: zeroes, if those were asked for,
 * what a constructor made, or what a reader under RCU saw.
 *
 * Every way to allocate, on memory that was full of something else before. So that
 * a test which finds zeroes means something, it is also seen that the same memory
 * comes back as it was left where nobody asked for them.
 */
#include "helpers.h"

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/teachalloc.h>

#define NR_PAGES	512UL
#define NR_OBJS		64
#define DIRT		0xa5
#define MADE		0x3c

struct fixture {
	struct ta_stack *stack;
	struct ta_slabs *slabs;
	void *objs[NR_OBJS];
	unsigned int nr_dirty;
};

static int meminit_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->slabs = &f->stack->slabs;
	return 0;
}

static void meminit_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	ta_test_stack_end(test, f->stack);
}

/* The last word is left out: a free object's link may have been there. */
static void note_dirt(struct kunit *test, const u8 *p, size_t bytes)
{
	struct fixture *f = test->priv;

	f->nr_dirty += bytes > 2 * sizeof(long) && p[sizeof(long)] == DIRT;
}

static void pages_of_every_order(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	unsigned int order;

	for (order = 0; order <= 8; order++) {
		size_t bytes = PAGE_SIZE << order;
		struct page *page;

		page = ta_pages_alloc(pages, GFP_KERNEL, order, 0);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memset(page_address(page), DIRT, bytes);
		ta_pages_free(pages, page, order, 0);
		page = ta_pages_alloc(pages, GFP_KERNEL, order, 0);
		KUNIT_ASSERT_NOT_NULL(test, page);
		note_dirt(test, page_address(page), bytes);
		ta_pages_free(pages, page, order, 0);
		page = ta_pages_alloc(pages, GFP_KERNEL | __GFP_ZERO, order, 0);
		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 0, bytes));
		ta_pages_free(pages, page, order, 0);
	}
	KUNIT_EXPECT_NE(test, 0U, f->nr_dirty);
}

static void kmalloc_of_every_class(struct kunit *test)
{
	static const gfp_t modes[] = { GFP_KERNEL, GFP_ATOMIC,
				       GFP_KERNEL | __GFP_RECLAIMABLE };
	struct fixture *f = test->priv;
	unsigned int mode;
	size_t size;

	for (mode = 0; mode < ARRAY_SIZE(modes); mode++)
		for (size = 1; size <= 100000; size += 1 + size / 2) {
			gfp_t gfp = modes[mode];
			u8 *p = ta_slabs_kmalloc(f->slabs, size, gfp, 0);
			size_t bytes = ta_slabs_ksize(f->slabs, p, 0);

			KUNIT_ASSERT_NOT_NULL(test, p);
			memset(p, DIRT, bytes);
			ta_slabs_kfree(f->slabs, p, 0);
			p = ta_slabs_kmalloc(f->slabs, size, gfp, 0);
			KUNIT_ASSERT_NOT_NULL(test, p);
			note_dirt(test, p, bytes);
			ta_slabs_kfree(f->slabs, p, 0);
			p = ta_slabs_kmalloc(f->slabs, size, gfp | __GFP_ZERO, 0);
			KUNIT_ASSERT_NOT_NULL(test, p);
			/* All that may be used, not only what was asked for. */
			KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, bytes));
			ta_slabs_kfree(f->slabs, p, 0);
		}
	KUNIT_EXPECT_NE(test, 0U, f->nr_dirty);
}

/* By its pages: in user space nothing is mapped. */
static void each_page(struct kunit *test, void *area, size_t size, bool zero)
{
	struct fixture *f = test->priv;
	size_t at;

	for (at = 0; at < size; at += PAGE_SIZE) {
		struct page *page = ta_vmap_to_page(&f->stack->vmap, area + at);

		KUNIT_ASSERT_NOT_NULL(test, page);
		if (zero)
			KUNIT_EXPECT_NULL(test, memchr_inv(page_address(page), 0,
							   PAGE_SIZE));
		memset(page_address(page), DIRT, PAGE_SIZE);
	}
}

static void vmalloc_of_some_sizes(struct kunit *test)
{
	struct fixture *f = test->priv;
	size_t size;

	for (size = 1; size <= 40 * PAGE_SIZE; size = 3 * size + 1) {
		void *p = ta_vmap_alloc(&f->stack->vmap, size, GFP_KERNEL,
					PAGE_KERNEL, 0);

		KUNIT_ASSERT_NOT_NULL(test, p);
		each_page(test, p, size, false);
		ta_vmap_free(&f->stack->vmap, p, 0);
		p = ta_vmap_alloc(&f->stack->vmap, size,
				  GFP_KERNEL | __GFP_ZERO, PAGE_KERNEL, 0);
		KUNIT_ASSERT_NOT_NULL(test, p);
		each_page(test, p, size, true);
		ta_vmap_free(&f->stack->vmap, p, 0);
	}
}

/* --- caches: each size with each kind of objects ------------------------ */

static size_t made_size;

static void make(void *obj)
{
	memset(obj, MADE, made_size);
}

static const slab_flags_t kinds[] = {
	0, SLAB_TYPESAFE_BY_RCU, SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT,
	SLAB_RED_ZONE, SLAB_POISON, SLAB_STORE_USER,
	SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_CONSISTENCY_CHECKS,
};

/* Everything by @fn, once for each row of the matrix. */
static void each_cache(struct kunit *test, void (*ctor)(void *obj),
		       void (*fn)(struct kunit *test,
				  struct ta_kmem_cache *cache, size_t size))
{
	static const size_t sizes[] = { 1, 8, 13, 24, 64, 100, 256, 700, 3000,
					4096, 9000 };
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache;
	unsigned int i, kind;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
			made_size = sizes[i];
			cache = ta_cache_create(f->slabs, "meminit", sizes[i],
						0, kinds[kind], ctor, 0);
			KUNIT_ASSERT_NOT_NULL(test, cache);
			fn(test, cache, sizes[i]);
			ta_kmem_cache_destroy(cache);
		}
}

static void zero_one(struct kunit *test, struct ta_kmem_cache *cache,
		     size_t size)
{
	void *obj;
	int i;

	for (i = 0; i < 6; i++) {
		obj = i % 3 ? ta_kmem_cache_zalloc(cache, GFP_KERNEL) :
			      ta_kmem_cache_alloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		if (i % 3)
			KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, size));
		else if (i)
			note_dirt(test, obj, size);
		memset(obj, DIRT, size);
		ta_kmem_cache_free(cache, obj);
	}
}

static void cache_zeroes_an_object(struct kunit *test)
{
	struct fixture *f = test->priv;

	each_cache(test, NULL, zero_one);
	KUNIT_EXPECT_NE(test, 0U, f->nr_dirty);
}

static void zero_many(struct kunit *test, struct ta_kmem_cache *cache,
		      size_t size)
{
	struct fixture *f = test->priv;
	gfp_t gfp = GFP_KERNEL;
	int round, i;

	for (round = 0; round < 3; round++, gfp |= __GFP_ZERO) {
		KUNIT_ASSERT_EQ(test, NR_OBJS,
				ta_kmem_cache_alloc_bulk(cache, gfp, NR_OBJS,
							 f->objs));
		for (i = 0; i < NR_OBJS; i++) {
			if (round)
				KUNIT_EXPECT_NULL(test, memchr_inv(f->objs[i],
								   0, size));
			memset(f->objs[i], DIRT, size);
		}
		ta_kmem_cache_free_bulk(cache, NR_OBJS, f->objs);
	}
}

static void cache_zeroes_many_objects(struct kunit *test)
{
	each_cache(test, NULL, zero_many);
}

/* What was made stays made, as long as its users leave it like that. */
static void keep_made(struct kunit *test, struct ta_kmem_cache *cache,
		      size_t size)
{
	struct fixture *f = test->priv;
	int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 8; i++) {
			f->objs[i] = ta_kmem_cache_alloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
			KUNIT_EXPECT_NULL(test, memchr_inv(f->objs[i], MADE,
							   size));
		}
		for (i = 0; i < 8; i++)
			ta_kmem_cache_free(cache, f->objs[i]);
	}
}

static void cache_keeps_what_was_constructed(struct kunit *test)
{
	each_cache(test, make, keep_made);
}

/* Its user left something in it; who still reads it reads just that. */
static void cache_keeps_objects_for_readers(struct kunit *test)
{
	static const size_t sizes[] = { 8, 24, 100, 700, 3000 };
	struct fixture *f = test->priv;
	unsigned int i, debug;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (debug = 0; debug < 2; debug++) {
			slab_flags_t flags = SLAB_TYPESAFE_BY_RCU |
					     (debug ? TA_SLAB_DEBUG &
						      ~SLAB_TRACE : 0);
			struct ta_kmem_cache *cache;
			void *obj;

			cache = ta_cache_create(f->slabs, "meminit", sizes[i],
						0, flags, NULL, 0);
			KUNIT_ASSERT_NOT_NULL(test, cache);
			obj = ta_kmem_cache_alloc(cache, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, obj);
			memset(obj, MADE, sizes[i]);
			rcu_read_lock();
			ta_kmem_cache_free(cache, obj);
			ta_slabset_shrink(&cache->set);
			KUNIT_EXPECT_NULL(test, memchr_inv(obj, MADE, sizes[i]));
			rcu_read_unlock();
			ta_kmem_cache_destroy(cache);
		}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_of_every_order),
	KUNIT_CASE(kmalloc_of_every_class),
	KUNIT_CASE(vmalloc_of_some_sizes),
	KUNIT_CASE(cache_zeroes_an_object),
	KUNIT_CASE(cache_zeroes_many_objects),
	KUNIT_CASE(cache_keeps_what_was_constructed),
	KUNIT_CASE(cache_keeps_objects_for_readers),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_meminit",
	.init = meminit_test_init,
	.exit = meminit_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
