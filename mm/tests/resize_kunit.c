// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of a pool that changes its size: what comes, what goes, what must not
 * (hostile cases H44 and H56).
 */
#include "helpers.h"
#include "report.h"
#include "resize.h"

#include <linux/mm.h>
#include <linux/slab.h>

#define NR_PAGES	64UL

static int resize_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

static void resize_test_exit(struct kunit *test)
{
	ta_test_stack_end(test, test->priv);
}

static struct ta_pages *pages_of(struct kunit *test)
{
	return &((struct ta_stack *)test->priv)->pages;
}

static int grow(struct kunit *test, unsigned long nr)
{
	return ta_pages_grow(pages_of(test), nr);
}

static int shrink(struct kunit *test, unsigned long nr)
{
	return ta_pages_shrink(pages_of(test), nr);
}

static struct page *alloc_block(struct kunit *test, unsigned int order)
{
	return ta_pages_alloc(pages_of(test), GFP_KERNEL | __GFP_NOWARN, order,
			      _RET_IP_);
}

static void free_block(struct kunit *test, struct page *page,
		       unsigned int order)
{
	ta_pages_free(pages_of(test), page, order, _RET_IP_);
}

/* The pool has so many pages, and so many of them are free. */
static void expect_pages(struct kunit *test, unsigned long nr,
			 unsigned long nr_free)
{
	struct ta_pages *pages = pages_of(test);

	KUNIT_EXPECT_EQ(test, nr, pages->pool.nr_pages);
	KUNIT_EXPECT_EQ(test, nr_free, ta_pages_nr_free(pages));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
}

/* One page, nearly a section, a little more, some sections and a piece. */
static unsigned long sizes[] = { 1, 255, 1023, 1024, 1025, 5000 };

static void describe_size(unsigned long *nr_pages, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%lu pages", *nr_pages);
}

KUNIT_ARRAY_PARAM(size, sizes, describe_size);

/* Every page that came can be had; then all go again. */
static void resize_grow_and_shrink_any_size(struct kunit *test)
{
	unsigned long nr = *(const unsigned long *)test->param_value;
	unsigned long i, all = NR_PAGES + nr;
	struct page **array = kunit_kcalloc(test, all, sizeof(*array),
					    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, array);
	KUNIT_ASSERT_EQ(test, 0, grow(test, nr));
	expect_pages(test, all, all);
	KUNIT_EXPECT_EQ(test, all,
			ta_pages_alloc_bulk(pages_of(test), GFP_KERNEL, all,
					    array, _RET_IP_));
	for (i = 0; i < all; i++)
		*(unsigned long *)page_address(array[i]) = i;
	for (i = 0; i < all; i++)
		KUNIT_EXPECT_EQ(test, i,
				*(unsigned long *)page_address(array[i]));
	expect_pages(test, all, 0);
	ta_pages_free_bulk(pages_of(test), all, array, _RET_IP_);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, nr));
	expect_pages(test, NR_PAGES, NR_PAGES);
}

/* A piece of a section only, and another one back in. */
static void resize_shrink_part_of_section(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, grow(test, 2048));
	KUNIT_EXPECT_EQ(test, 0, shrink(test, 700));
	expect_pages(test, NR_PAGES + 1348, NR_PAGES + 1348);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, 1));
	KUNIT_EXPECT_EQ(test, 0, shrink(test, 1300));
	expect_pages(test, NR_PAGES + 47, NR_PAGES + 47);
	KUNIT_EXPECT_EQ(test, 0, grow(test, 700));
	expect_pages(test, NR_PAGES + 747, NR_PAGES + 747);
}

static void resize_nonsense_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, grow(test, 0));
	KUNIT_EXPECT_EQ(test, 0, shrink(test, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, shrink(test, NR_PAGES));
	KUNIT_EXPECT_EQ(test, -EINVAL, shrink(test, NR_PAGES + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, shrink(test, ULONG_MAX));
	expect_pages(test, NR_PAGES, NR_PAGES);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, NR_PAGES - 1));
	expect_pages(test, 1, 1);
}

static void resize_shrink_used_busy(struct kunit *test)
{
	struct page *page[2];

	KUNIT_ASSERT_EQ(test, 0, grow(test, 2048 - NR_PAGES));
	page[0] = alloc_block(test, 9);
	page[1] = alloc_block(test, 9);
	KUNIT_ASSERT_TRUE(test, page[0] && page[1]);
	ta_fill(page_address(page[0]), PAGE_SIZE << 9, 1);
	ta_fill(page_address(page[1]), PAGE_SIZE << 9, 2);
	KUNIT_EXPECT_EQ(test, -EBUSY, shrink(test, 2047));
	KUNIT_EXPECT_EQ(test, -EBUSY, shrink(test, 1025));
	expect_pages(test, 2048, 1024);
	KUNIT_EXPECT_TRUE(test, ta_filled(page_address(page[0]),
					  PAGE_SIZE << 9, 1));
	KUNIT_EXPECT_TRUE(test, ta_filled(page_address(page[1]),
					  PAGE_SIZE << 9, 2));
	free_block(test, page[0], 9);
	free_block(test, page[1], 9);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, 1025));
	expect_pages(test, 1023, 1023);
}

static void resize_shrink_pinned_busy(struct kunit *test)
{
	struct page *page = alloc_block(test, 3);

	KUNIT_ASSERT_NOT_NULL(test, page);
	get_page(page);
	free_block(test, page, 3);
	KUNIT_EXPECT_EQ(test, -EBUSY, shrink(test, NR_PAGES - 1));
	expect_pages(test, NR_PAGES, NR_PAGES - 8);
	put_page(page);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, NR_PAGES - 1));
	expect_pages(test, 1, 1);
}

/* What the layers above and the CPUs keep for later does not stand in the way. */
static void resize_shrink_reclaims_first(struct kunit *test)
{
	struct ta_stack *stack = test->priv;
	struct page *page[32];
	void *p[64];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, grow(test, 1024));
	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = ta_slabs_kmalloc(&stack->slabs, 200, GFP_KERNEL,
					_RET_IP_);
	for (i = 0; i < ARRAY_SIZE(page); i++)
		page[i] = alloc_block(test, 0);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		ta_slabs_kfree(&stack->slabs, p[i], _RET_IP_);
	for (i = 0; i < ARRAY_SIZE(page); i++)
		free_block(test, page[i], 0);
	ta_vmap_free(&stack->vmap, ta_vmap_alloc(&stack->vmap, 9 * PAGE_SIZE,
						 GFP_KERNEL, PAGE_KERNEL,
						 _RET_IP_), _RET_IP_);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, 1024 + NR_PAGES - 1));
	expect_pages(test, 1, 1);
}

static void resize_page_given_back_is_foreign(struct kunit *test)
{
	unsigned long n = ta_report_count(TA_FAULT_FOREIGN);
	struct page *page;

	KUNIT_ASSERT_EQ(test, 0, grow(test, 1024));
	page = alloc_block(test, 9);
	KUNIT_ASSERT_NOT_NULL(test, page);
	free_block(test, page, 9);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, 1024 + NR_PAGES - 1));
	free_block(test, page + 1, 0);
	ta_pages_free_addr(pages_of(test), page_address(page + 2), 0, _RET_IP_);
	KUNIT_EXPECT_EQ(test, n + 2, ta_report_count(TA_FAULT_FOREIGN));
	expect_pages(test, 1, 1);
}

static void resize_grow_each_allocation_fails(struct kunit *test)
{
	int err = -ENOMEM;
	long nr;

	if (!ta_host_refuses_after(-1))
		kunit_skip(test, "a kernel's allocations cannot fail at will");
	for (nr = 0; err && nr < 64; nr++) {
		ta_host_refuses_after(nr);
		err = grow(test, 3000);
		ta_host_refuses_after(-1);
		if (!err)
			break;
		KUNIT_EXPECT_EQ(test, -ENOMEM, err);
		expect_pages(test, NR_PAGES, NR_PAGES);
	}
	KUNIT_EXPECT_GT(test, nr, 4L);
	expect_pages(test, NR_PAGES + 3000, NR_PAGES + 3000);
}

/* A block that the test has plays the memory that was set aside. */
static void resize_added_pages_stay(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN,
					TA_MAX_ORDER);
	struct ta_stack *stack;
	struct ta_pages *pages;
	unsigned long i;

	if (!page)
		kunit_skip(test, "the host has no block of 4 MiB");
	split_page(page, TA_MAX_ORDER);
	stack = ta_test_stack(test, 256);
	pages = &stack->pages;
	KUNIT_EXPECT_EQ(test, 0,
			ta_pages_add(pages, page_to_pfn(page), 1024));
	KUNIT_EXPECT_EQ(test, 1280UL, ta_pages_nr_free(pages));
	KUNIT_EXPECT_EQ(test, -EINVAL, ta_pages_shrink(pages, 257));
	KUNIT_EXPECT_EQ(test, 0, ta_pages_shrink(pages, 256));
	KUNIT_EXPECT_EQ(test, 1024UL, ta_pages_nr_free(pages));
	KUNIT_EXPECT_PTR_EQ(test, page,
			    ta_pages_alloc(pages, GFP_KERNEL, TA_MAX_ORDER,
					   _RET_IP_));
	ta_fill(page_address(page), PAGE_SIZE << TA_MAX_ORDER, 3);
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(pages));
	ta_pages_free(pages, page, TA_MAX_ORDER, _RET_IP_);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_reset(pages));
	ta_test_stack_end(test, stack);
	for (i = 0; i < 1024; i++)
		__free_page(page + i);
}

#define NR_FIRST	8

/* The first blocks that a pool hands out: which they are is its secret. */
static void first_blocks(struct kunit *test, struct page **first)
{
	unsigned int i;

	for (i = 0; i < NR_FIRST; i++) {
		first[i] = alloc_block(test, 6 + i % 2);
		KUNIT_ASSERT_NOT_NULL(test, first[i]);
	}
	for (i = 0; i < NR_FIRST; i++)
		free_block(test, first[i], 6 + i % 2);
}

static void mess_up(struct kunit *test, struct ta_rng *rng)
{
	struct ta_stack *stack = test->priv;
	struct page *page[16];
	unsigned int i, order[16];
	void *p;

	for (i = 0; i < 16; i++) {
		order[i] = ta_rng_below(rng, 10);
		page[i] = alloc_block(test, order[i]);
	}
	p = ta_slabs_kmalloc(&stack->slabs, 3000, GFP_KERNEL, _RET_IP_);
	for (i = 0; i < 16; i++)
		if (page[i])
			free_block(test, page[i], order[i]);
	ta_slabs_kfree(&stack->slabs, p, _RET_IP_);
}

static void resize_reset_as_new(struct kunit *test)
{
	struct page *before[NR_FIRST], *after[NR_FIRST];
	struct ta_rng rng;
	unsigned int i;

	ta_rng_init(test, &rng);
	KUNIT_ASSERT_EQ(test, 0, grow(test, 4096));
	KUNIT_EXPECT_EQ(test, 0, ta_pages_reset(pages_of(test)));
	first_blocks(test, before);
	for (i = 0; i < 20; i++)
		mess_up(test, &rng);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_reset(pages_of(test)));
	expect_pages(test, NR_PAGES + 4096, NR_PAGES + 4096);
	KUNIT_EXPECT_EQ(test, NR_PAGES + 4096,
			pages_of(test)->buddy.nr_free_pages);
	first_blocks(test, after);
	KUNIT_EXPECT_EQ(test, 0, memcmp(before, after, sizeof(before)));
}

static void resize_reset_used_busy(struct kunit *test)
{
	struct page *page = alloc_block(test, 3);

	KUNIT_ASSERT_NOT_NULL(test, page);
	ta_fill(page_address(page), PAGE_SIZE << 3, 1);
	KUNIT_EXPECT_EQ(test, -EBUSY, ta_pages_reset(pages_of(test)));
	expect_pages(test, NR_PAGES, NR_PAGES - 8);
	KUNIT_EXPECT_TRUE(test, ta_filled(page_address(page), PAGE_SIZE << 3, 1));
	get_page(page);
	free_block(test, page, 3);
	KUNIT_EXPECT_EQ(test, -EBUSY, ta_pages_reset(pages_of(test)));
	put_page(page);
	KUNIT_EXPECT_EQ(test, 0, ta_pages_reset(pages_of(test)));
	expect_pages(test, NR_PAGES, NR_PAGES);
}

/* What the model knows: blocks in use, and the size that the pool must have. */
struct model {
	unsigned long nr_pages;
	unsigned long nr_used;
	struct page *page[64];
	unsigned int order[64];
};

static void model_block(struct kunit *test, struct model *m, unsigned int i,
			struct ta_rng *rng)
{
	struct page **page = &m->page[i];

	if (*page) {
		KUNIT_EXPECT_TRUE(test, ta_filled(page_address(*page), 256, i));
		free_block(test, *page, m->order[i]);
		m->nr_used -= 1UL << m->order[i];
		*page = NULL;
		return;
	}
	m->order[i] = ta_rng_below(rng, 9);
	*page = alloc_block(test, m->order[i]);
	if (*page) {
		ta_fill(page_address(*page), 256, i);
		m->nr_used += 1UL << m->order[i];
	}
}

static void model_resize(struct kunit *test, struct model *m,
			 struct ta_rng *rng)
{
	unsigned long nr = ta_rng_below(rng, 2500);

	if (ta_rng_below(rng, 2) && m->nr_pages < 16000) {
		KUNIT_EXPECT_EQ(test, 0, grow(test, nr));
		m->nr_pages += nr;
	} else if (nr >= m->nr_pages) {
		KUNIT_EXPECT_EQ(test, -EINVAL, shrink(test, nr));
	} else {
		int err = shrink(test, nr);

		if (!err)
			m->nr_pages -= nr;
		else
			KUNIT_EXPECT_EQ(test, -EBUSY, err);
	}
}

static void resize_random_against_model(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct ta_rng rng;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	ta_rng_init(test, &rng);
	m->nr_pages = NR_PAGES;
	for (i = 0; i < 600; i++) {
		if (ta_rng_below(&rng, 6))
			model_block(test, m, ta_rng_below(&rng, 64), &rng);
		else
			model_resize(test, m, &rng);
		expect_pages(test, m->nr_pages, m->nr_pages - m->nr_used);
	}
	for (i = 0; i < 64; i++)
		if (m->page[i])
			model_block(test, m, i, &rng);
	expect_pages(test, m->nr_pages, m->nr_pages);
	if (m->nr_pages > NR_PAGES)
		KUNIT_EXPECT_EQ(test, 0, shrink(test, m->nr_pages - NR_PAGES));
}

struct load {
	struct ta_pages *pages;
	atomic_long_t nr_pages;
};

static void resize_round(struct load *load, struct ta_rng *rng)
{
	long nr = ta_rng_below(rng, 1500);

	if (ta_rng_below(rng, 2)) {
		if (atomic_long_read(&load->nr_pages) < 16000 &&
		    !ta_pages_grow(load->pages, nr))
			atomic_long_add(nr, &load->nr_pages);
	} else if (!ta_pages_shrink(load->pages, nr)) {
		atomic_long_sub(nr, &load->nr_pages);
	}
}

static void load_round(void *data, struct ta_rng *rng)
{
	struct load *load = data;
	struct page *page[16];
	unsigned int i, order[16];

	if (!ta_rng_below(rng, 8))
		resize_round(load, rng);
	for (i = 0; i < 16; i++) {
		order[i] = ta_rng_below(rng, 7);
		page[i] = ta_pages_alloc(load->pages, (ta_rng_below(rng, 4) ?
					 GFP_ATOMIC : GFP_KERNEL) |
					 __GFP_NOWARN, order[i], _RET_IP_);
		if (page[i])
			ta_fill(page_address(page[i]), 128,
				(unsigned long)page[i]);
	}
	for (i = 0; i < 16; i++) {
		if (!page[i])
			continue;
		WARN_ON(!ta_filled(page_address(page[i]), 128,
				   (unsigned long)page[i]));
		ta_pages_free(load->pages, page[i], order[i], _RET_IP_);
	}
}

static void resize_stress_all_cpus(struct kunit *test)
{
	struct load load = { .pages = pages_of(test) };
	struct ta_stress stress = {
		.work = load_round,
		.data = &load,
		.nr_rounds = 200,
	};
	unsigned long nr;

	KUNIT_ASSERT_EQ(test, 0, grow(test, 4000));
	atomic_long_set(&load.nr_pages, NR_PAGES + 4000);
	ta_stress_run(test, &stress);
	nr = atomic_long_read(&load.nr_pages);
	expect_pages(test, nr, nr);
	KUNIT_EXPECT_EQ(test, 0, shrink(test, nr - 1));
	expect_pages(test, 1, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(resize_grow_and_shrink_any_size, size_gen_params),
	KUNIT_CASE(resize_shrink_part_of_section),
	KUNIT_CASE(resize_nonsense_refused),
	KUNIT_CASE(resize_shrink_used_busy),
	KUNIT_CASE(resize_shrink_pinned_busy),
	KUNIT_CASE(resize_shrink_reclaims_first),
	KUNIT_CASE(resize_page_given_back_is_foreign),
	KUNIT_CASE(resize_grow_each_allocation_fails),
	KUNIT_CASE(resize_added_pages_stay),
	KUNIT_CASE(resize_reset_as_new),
	KUNIT_CASE(resize_reset_used_busy),
	KUNIT_CASE(resize_random_against_model),
	KUNIT_CASE(resize_stress_all_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_resize",
	.init = resize_test_init,
	.exit = resize_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
