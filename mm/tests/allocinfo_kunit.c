// SPDX-License-Identifier: GPL-2.0
/* Tests of allocations by call site. */
#include "allocinfo.h"
#include "helpers.h"

#include <linux/slab.h>
#include <linux/string.h>

#define NR_SITES	8
#define NR_RECORDS	32

static int info_test_init(struct kunit *test)
{
	test->priv = ta_allocinfo_make(NR_SITES, NR_RECORDS);
	return test->priv ? 0 : -ENOMEM;
}

static void info_test_exit(struct kunit *test)
{
	ta_allocinfo_free(test->priv);
}

/* What was made from @name at @addr; all zero if nothing was. */
static struct ta_alloc_site look(struct kunit *test, unsigned long addr,
				 const char *name)
{
	struct ta_alloc_site sites[NR_SITES];
	unsigned long missed;
	unsigned int i, nr;

	nr = ta_allocinfo_sites(test->priv, sites, NR_SITES, &missed);
	for (i = 0; i < nr; i++)
		if (sites[i].addr == addr && !strcmp(sites[i].name, name))
			return sites[i];
	return (struct ta_alloc_site){};
}

static unsigned long missed(struct kunit *test)
{
	struct ta_alloc_site site;
	unsigned long nr;

	ta_allocinfo_sites(test->priv, &site, 1, &nr);
	return nr;
}

static char memory[64];

static void sums_by_site_and_kind(struct kunit *test)
{
	struct ta_alloc_site site;

	ta_allocinfo_add(test->priv, 100, memory + 1, "a", 10, 64);
	ta_allocinfo_add(test->priv, 100, memory + 2, "a", 30, 64);
	ta_allocinfo_add(test->priv, 100, memory + 3, "b", 50, 64);
	ta_allocinfo_add(test->priv, 200, memory + 4, "a", 70, 64);
	site = look(test, 100, "a");
	KUNIT_EXPECT_EQ(test, 2UL, site.nr);
	KUNIT_EXPECT_EQ(test, (size_t)40, site.bytes);
	KUNIT_EXPECT_EQ(test, (size_t)10, site.min_size);
	KUNIT_EXPECT_EQ(test, (size_t)30, site.max_size);
	KUNIT_EXPECT_EQ(test, (size_t)50, look(test, 100, "b").bytes);
	KUNIT_EXPECT_EQ(test, (size_t)70, look(test, 200, "a").bytes);

	ta_allocinfo_del(test->priv, memory + 1);
	site = look(test, 100, "a");
	KUNIT_EXPECT_EQ(test, 1UL, site.nr);
	KUNIT_EXPECT_EQ(test, 2UL, site.calls);
	KUNIT_EXPECT_EQ(test, (size_t)30, site.bytes);
}

/* By kind, whoever has it: what is asked for, and what that takes. */
static void sums_by_kind_tell_the_waste(struct kunit *test)
{
	struct ta_alloc_sum sum;

	ta_allocinfo_add(test->priv, 100, memory + 1, "a", 10, 16);
	ta_allocinfo_add(test->priv, 200, memory + 2, "a", 30, 32);
	ta_allocinfo_add(test->priv, 200, memory + 3, "b", 50, 64);
	ta_allocinfo_sum(test->priv, "a", &sum);
	KUNIT_EXPECT_EQ(test, 2UL, sum.nr);
	KUNIT_EXPECT_EQ(test, (size_t)40, sum.bytes);
	KUNIT_EXPECT_EQ(test, (size_t)48, sum.room);
	ta_allocinfo_del(test->priv, memory + 2);
	ta_allocinfo_sum(test->priv, "a", &sum);
	KUNIT_EXPECT_EQ(test, (size_t)6, sum.room - sum.bytes);
	ta_allocinfo_sum(test->priv, "c", &sum);
	KUNIT_EXPECT_EQ(test, 0UL, sum.nr);
}

static void free_of_unknown_does_nothing(struct kunit *test)
{
	ta_allocinfo_del(test->priv, memory);
	ta_allocinfo_add(test->priv, 100, NULL, "a", 10, 64);
	ta_allocinfo_add(test->priv, 100, ZERO_SIZE_PTR, "a", 0, 64);
	KUNIT_EXPECT_EQ(test, 0UL, look(test, 100, "a").addr);
}

static void address_again_replaces(struct kunit *test)
{
	ta_allocinfo_add(test->priv, 100, memory, "a", 10, 64);
	ta_allocinfo_add(test->priv, 200, memory, "b", 20, 64);
	KUNIT_EXPECT_EQ(test, 0UL, look(test, 100, "a").nr);
	KUNIT_EXPECT_EQ(test, (size_t)0, look(test, 100, "a").bytes);
	KUNIT_EXPECT_EQ(test, 1UL, look(test, 200, "b").nr);
}

static void full_tables_count_what_is_missed(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < NR_SITES + 2; i++)
		ta_allocinfo_add(test->priv, 100 + i, memory + i, "a", 1, 64);
	KUNIT_EXPECT_EQ(test, 2UL, missed(test));
	for (i = 0; i < NR_RECORDS + 3; i++)
		ta_allocinfo_add(test->priv, 100, memory + i, "a", 1, 64);
	KUNIT_EXPECT_EQ(test, 5UL, missed(test));
	for (i = 0; i < NR_RECORDS + 3; i++)
		ta_allocinfo_del(test->priv, memory + i);
	KUNIT_EXPECT_EQ(test, 0UL, look(test, 100, "a").nr);
	ta_allocinfo_add(test->priv, 100, memory, "a", 1, 64);
	KUNIT_EXPECT_EQ(test, 5UL, missed(test));
}

/* Through the layer's own tracepoints, where the kernel has them. */
static void tracepoints_are_heard(struct kunit *test)
{
	struct ta_stack *stack;
	struct ta_alloc_site site;
	void *p;

	if (ta_allocinfo_start(test->priv))
		kunit_skip(test, "a kernel without tracepoints");
	stack = ta_test_stack(test, 64);
	p = ta_slabs_kmalloc(&stack->slabs, 100, GFP_KERNEL, 4711);
	site = look(test, 4711, "kmalloc-128");
	KUNIT_EXPECT_EQ(test, 1UL, site.nr);
	KUNIT_EXPECT_EQ(test, (size_t)100, site.bytes);
	ta_slabs_kfree(&stack->slabs, p, 4712);
	KUNIT_EXPECT_EQ(test, 0UL, look(test, 4711, "kmalloc-128").nr);
	ta_allocinfo_stop(test->priv);
	p = ta_slabs_kmalloc(&stack->slabs, 100, GFP_KERNEL, 4711);
	KUNIT_EXPECT_EQ(test, 1UL, look(test, 4711, "kmalloc-128").calls);
	ta_slabs_kfree(&stack->slabs, p, 4712);
	ta_test_stack_end(test, stack);
}

/* All in one call: each counts. */
static void bulk_is_heard(struct kunit *test)
{
	struct ta_kmem_cache *cache;
	struct ta_stack *stack;
	struct ta_alloc_sum sum;
	void *objs[20];

	if (ta_allocinfo_start(test->priv))
		kunit_skip(test, "a kernel without tracepoints");
	stack = ta_test_stack(test, 64);
	cache = ta_cache_create(&stack->slabs, "bulk", 60, 0, 0, NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, 20, ta_kmem_cache_alloc_bulk(cache, GFP_KERNEL,
							   20, objs));
	ta_allocinfo_sum(test->priv, "bulk", &sum);
	KUNIT_EXPECT_EQ(test, 20UL, sum.nr);
	KUNIT_EXPECT_EQ(test, (size_t)(20 * 60), sum.bytes);
	KUNIT_EXPECT_EQ(test, (size_t)(20 * 64), sum.room);
	ta_kmem_cache_free_bulk(cache, 15, objs);
	ta_allocinfo_sum(test->priv, "bulk", &sum);
	KUNIT_EXPECT_EQ(test, 5UL, sum.nr);
	ta_kmem_cache_free_bulk(cache, 5, objs + 15);
	ta_allocinfo_stop(test->priv);
	ta_kmem_cache_destroy(cache);
	ta_test_stack_end(test, stack);
}

static struct kunit_case info_cases[] = {
	KUNIT_CASE(sums_by_site_and_kind),
	KUNIT_CASE(sums_by_kind_tell_the_waste),
	KUNIT_CASE(free_of_unknown_does_nothing),
	KUNIT_CASE(address_again_replaces),
	KUNIT_CASE(full_tables_count_what_is_missed),
	KUNIT_CASE(tracepoints_are_heard),
	KUNIT_CASE(bulk_is_heard),
	{}
};

static struct kunit_suite info_suite = {
	.name = "teachalloc_allocinfo",
	.init = info_test_init,
	.exit = info_test_exit,
	.test_cases = info_cases,
};

kunit_test_suite(info_suite);
