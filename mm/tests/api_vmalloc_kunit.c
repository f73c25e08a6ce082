// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of vmalloc as another module calls it: the exported functions, on the
 * pool that the module was inserted with. What they do in detail is tested on
 * private layers. Kernel only.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/teachalloc.h>
#include <linux/vmalloc.h>

#define BYTES	(3 * PAGE_SIZE - 100)

static void *make_prot(unsigned long size)
{
	return ta_vmalloc_prot(size, 16 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO,
			       PAGE_KERNEL);
}

static const struct way {
	const char *name;
	void *(*make)(unsigned long size);
	bool zeroed;
	unsigned long align;
} ways[] = {
	{ "ta_vmalloc", ta_vmalloc, false, PAGE_SIZE },
	{ "ta_vzalloc", ta_vzalloc, true, PAGE_SIZE },
	{ "ta_vmalloc_user", ta_vmalloc_user, true, PAGE_SIZE },
	{ "ta_vmalloc_prot", make_prot, true, 16 * PAGE_SIZE },
};

static void name_way(const struct way *way, char *desc)
{
	strscpy(desc, way->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(way, ways, name_way);

/* Dirty pages come first, so that zeroes are not there by chance. */
static void api_vmalloc_gives_memory_of_ours(struct kunit *test)
{
	const struct way *way = test->param_value;
	u8 *addr = way->make(BYTES), *linear;

	KUNIT_ASSERT_NOT_NULL(test, addr);
	memset(addr, 0xa5, BYTES);
	ta_vfree(addr);
	addr = way->make(BYTES);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)addr, way->align));
	if (way->zeroed)
		KUNIT_EXPECT_NULL(test, memchr_inv(addr, 0, BYTES));
	KUNIT_EXPECT_TRUE(test, ta_is_vmalloc_addr(addr + BYTES - 1));
	addr[PAGE_SIZE + 3] = 42;
	linear = page_address(ta_vmalloc_to_page(addr + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 42, (int)linear[3]);
	KUNIT_EXPECT_NULL(test, ta_vmalloc_to_page(addr + 3 * PAGE_SIZE));
	ta_vfree(addr);
	KUNIT_EXPECT_NULL(test, ta_vmalloc_to_page(addr));
	ta_vfree(NULL);
}

static void api_vmap_shows_pages_again(struct kunit *test)
{
	u8 *addr = ta_vzalloc(2 * PAGE_SIZE), *again;
	struct page *pages[2];

	KUNIT_ASSERT_NOT_NULL(test, addr);
	pages[0] = ta_vmalloc_to_page(addr + PAGE_SIZE);
	pages[1] = ta_vmalloc_to_page(addr);
	again = ta_vmap(pages, 2, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, again);
	again[7] = 42;
	KUNIT_EXPECT_EQ(test, 42, (int)addr[PAGE_SIZE + 7]);
	ta_vunmap(again);
	ta_vunmap(NULL);
	KUNIT_EXPECT_NULL(test, ta_vmalloc_to_page(again));
	KUNIT_EXPECT_EQ(test, 42, (int)addr[PAGE_SIZE + 7]);
	ta_vfree(addr);
}

/* More than the largest block can only be had in a row of addresses. */
static void api_kvmalloc_takes_either_way(struct kunit *test)
{
	u8 *small = ta_kvmalloc(100, GFP_KERNEL);
	u8 *large = ta_kvzalloc(SZ_4M + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, small);
	KUNIT_ASSERT_NOT_NULL(test, large);
	KUNIT_EXPECT_FALSE(test, ta_is_vmalloc_addr(small));
	KUNIT_EXPECT_TRUE(test, ta_is_vmalloc_addr(large));
	KUNIT_EXPECT_NULL(test, memchr_inv(large, 0, SZ_4M + 1));
	ta_kvfree(small);
	ta_kvfree(large);
	ta_kvfree(NULL);
}

/* How it goes where it may be mapped is in remap_kunit.c. */
static void api_remap_of_what_is_not_a_users_refused(struct kunit *test)
{
	struct vm_area_struct *vma = kunit_kzalloc(test, sizeof(*vma),
						   GFP_KERNEL);
	void *kernels = ta_vmalloc(2 * PAGE_SIZE);
	void *users = ta_vmalloc_user(2 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, vma);
	KUNIT_ASSERT_NOT_NULL(test, kernels);
	KUNIT_ASSERT_NOT_NULL(test, users);
	vma->vm_end = 2 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_remap_vmalloc_range(vma, kernels, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_remap_vmalloc_range(vma, users, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_remap_vmalloc_range(vma, vma, 0));
	ta_vfree(kernels);
	ta_vfree(users);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(api_vmalloc_gives_memory_of_ours, way_gen_params),
	KUNIT_CASE(api_vmap_shows_pages_again),
	KUNIT_CASE(api_kvmalloc_takes_either_way),
	KUNIT_CASE(api_remap_of_what_is_not_a_users_refused),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_api_vmalloc",
	.test_cases = cases,
};

kunit_test_suite(suite);
