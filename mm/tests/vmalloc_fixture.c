// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests of vmalloc stand on: a pool with slabs, and an allocator on it, which
 * maps in the way that the case's parameter says.
 */
#include "helpers.h"
#include "vmalloc_fixture.h"

#include <linux/errno.h>
#include <linux/mm.h>

/**
 * ta_vmap_test_init() - set a fixture up for a case
 * @test: the case; its parameter says how pages are mapped
 *
 * Context: process, may sleep.
 * Return: 0; the case is skipped if this machine cannot map so.
 */
int ta_vmap_test_init(struct kunit *test)
{
	const struct ta_ptmap_ops *const *ops = test->param_value;
	struct ta_vmap_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int err;

	test->priv = NULL;
	KUNIT_ASSERT_NOT_NULL(test, f);
	ta_test_pages(test, &f->pages, NR_POOL);
	KUNIT_ASSERT_EQ(test, 0, ta_slabs_init(&f->slabs, &f->pages,
					       &(struct ta_slab_options){}));
	f->options.ops = *ops;
	f->options.nr_pages = NR_WINDOW;
	err = ta_vmap_init(&f->vmap, &f->pages, &f->slabs, &f->options);
	if (err) {
		KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_fini(&f->slabs));
		KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&f->pages));
	}
	if (err == -EOPNOTSUPP)
		kunit_skip(test, "not on this machine");
	KUNIT_ASSERT_EQ(test, 0, err);
	f->readable = *ops != &ta_ptmap_soft;
	test->priv = f;
	return 0;
}

/**
 * ta_vmap_test_exit() - check that a case left nothing
 * @test: the case
 *
 * Context: process, may sleep.
 */
void ta_vmap_test_exit(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;

	if (!f)
		return;
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_fini(&f->slabs));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(&f->pages));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&f->pages));
}

/**
 * ta_vmap_test_get() - allocate, and check the allocator
 * @test: the case
 * @size: bytes
 * @gfp: as for ta_vmap_alloc()
 *
 * Context: process, may sleep.
 * Return: the address, or NULL.
 */
void *ta_vmap_test_get(struct kunit *test, unsigned long size, gfp_t gfp)
{
	struct ta_vmap_fixture *f = test->priv;
	void *addr = ta_vmap_alloc(&f->vmap, size, gfp | __GFP_NOWARN,
				   PAGE_KERNEL, CALLER);

	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	return addr;
}

/**
 * ta_vmap_test_put() - free, and check the allocator
 * @test: the case
 * @addr: of ta_vmap_test_get()
 *
 * Context: process, may sleep.
 */
void ta_vmap_test_put(struct kunit *test, void *addr)
{
	struct ta_vmap_fixture *f = test->priv;

	ta_vmap_free(&f->vmap, addr, CALLER);
	KUNIT_ASSERT_TRUE(test, ta_vmap_validate(&f->vmap));
}

/**
 * ta_vmap_test_stats() - the counters of a fixture
 * @f: whose
 *
 * Context: process, may sleep.
 * Return: a copy.
 */
struct ta_vmap_stats ta_vmap_test_stats(struct ta_vmap_fixture *f)
{
	struct ta_vmap_stats stats;

	ta_vmap_stats(&f->vmap, &stats);
	return stats;
}

/**
 * ta_vmap_test_nr_free() - count the free pages of the pool
 * @f: whose
 *
 * All that vmalloc and slabs hold back is given up first.
 *
 * Context: process, may sleep.
 * Return: pages.
 */
unsigned long ta_vmap_test_nr_free(struct ta_vmap_fixture *f)
{
	ta_vmap_purge(&f->vmap);
	f->vmap.reclaimer.reclaim(&f->vmap.reclaimer);
	f->slabs.reclaimer.reclaim(&f->slabs.reclaimer);
	return ta_pages_nr_free(&f->pages);
}

/**
 * ta_vmap_test_refused() - expect a free to be one report, and change nothing
 * @test: the case
 * @addr: what is to be freed
 * @fault: what is wrong with that
 *
 * Context: process, may sleep.
 */
void ta_vmap_test_refused(struct kunit *test, const void *addr,
			  enum ta_fault fault)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long used = ta_vmap_test_stats(f).used;
	unsigned long before = ta_report_count(fault);

	ta_vmap_free(&f->vmap, addr, CALLER);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(fault));
	KUNIT_EXPECT_EQ(test, used, ta_vmap_test_stats(f).used);
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
}

/**
 * ta_vmap_test_another() - set one more allocator up on the fixture's pool
 * @test: the case
 * @options: of it
 *
 * Context: process, may sleep.
 * Return: it; the case ends it.
 */
struct ta_vmap *ta_vmap_test_another(struct kunit *test,
				     const struct ta_vmap_options *options)
{
	struct ta_vmap_fixture *f = test->priv;
	struct ta_vmap *vmap = kunit_kzalloc(test, sizeof(*vmap), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vmap);
	KUNIT_ASSERT_EQ(test, 0, ta_vmap_init(vmap, &f->pages, &f->slabs,
					      options));
	return vmap;
}
