// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of cow.c: regions that share pages, without processes. A fork shares
 * and copies what is pinned; a write makes, reuses or copies.
 */
#include "cow.h"
#include "helpers.h"

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#define NR_PAGES	256UL
#define NR_IDX		64UL
#define NR_REGIONS	4U

/**
 * struct fixture - the regions of one area in some address spaces
 * @stack: where their pages come from
 * @usage: their client
 * @mapping: the area's file
 * @region: of each address space
 */
struct fixture {
	struct ta_stack *stack;
	struct ta_usage usage;
	struct address_space mapping;
	struct ta_region region[NR_REGIONS];
};

static int cow_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);
	unsigned int i;

	ta_usage_init(&f->usage, &f->stack->pages);
	address_space_init_once(&f->mapping);
	for (i = 0; i < NR_REGIONS; i++)
		ta_region_init(&f->region[i], &f->usage, &f->mapping, 0, NR_IDX,
			       (struct mm_struct *)&f->region[i]);
	return 0;
}

static void cow_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < NR_REGIONS; i++)
		ta_region_erase(&f->region[i], 0, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, 0UL, ta_usage_resident(&f->usage));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
	ta_test_stack_end(test, f->stack);
}

static void drop(struct page *page)
{
	unlock_page(page);
	put_page(page);
}

/* What a write fault does. */
static int write_byte(struct ta_region *region, unsigned long idx, u8 byte)
{
	struct page *page = ta_region_lock_page(region, idx), *old;
	struct ta_usage *usage = region->usage;
	bool was_mapped = true;

	if (!page) {
		page = ta_region_make(region, idx, GFP_KERNEL | __GFP_NOWARN |
						   __GFP_ZERO);
	} else if (!IS_ERR(page) &&
		   ta_page_is_shared(ta_usage_page(usage, page))) {
		old = page;
		unlock_page(old);
		page = ta_cow_break(region, idx, old, &was_mapped);
		put_page(old);
		if (!IS_ERR(page))
			ta_usage_put(usage, ta_usage_page(usage, old));
	}
	if (IS_ERR(page))
		return PTR_ERR(page);
	memset(page_address(page), byte, PAGE_SIZE);
	drop(page);
	return 0;
}

/* The byte of a page, 0 of none, or an error. */
static int read_byte(struct ta_region *region, unsigned long idx)
{
	struct page *page = ta_region_lock_page(region, idx);
	int byte;

	if (IS_ERR_OR_NULL(page))
		return PTR_ERR(page);
	byte = *(u8 *)page_address(page);
	if (memchr_inv(page_address(page), byte, PAGE_SIZE))
		byte = -EUCLEAN;
	drop(page);
	return byte;
}

static int fork_region(struct ta_region *child, struct ta_region *parent)
{
	int err = ta_cow_share(child, parent, 0, NR_IDX - 1);

	if (!err)
		ta_cow_copy_pinned(child, 0, NR_IDX - 1);
	return err;
}

static int share_of(struct ta_region *region, unsigned long idx)
{
	struct ta_page *tp = xa_load(&region->pages, idx);

	return atomic_read(&tp->share);
}

static bool all_valid(struct fixture *f)
{
	unsigned long nr = 0;
	bool ok = true;
	unsigned int i;

	for (i = 0; i < NR_REGIONS; i++)
		ok &= ta_region_validate(&f->region[i], &nr);
	return ok && nr == atomic_long_read(&f->usage.added) -
			   atomic_long_read(&f->usage.removed);
}

static void cow_write_copies_once(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_region *parent = &f->region[0], *child = &f->region[1];

	KUNIT_ASSERT_EQ(test, 0, write_byte(parent, 7, 1));
	KUNIT_ASSERT_EQ(test, 0, fork_region(child, parent));
	KUNIT_EXPECT_PTR_EQ(test, xa_load(&parent->pages, 7),
			    xa_load(&child->pages, 7));
	KUNIT_EXPECT_EQ(test, 2, share_of(parent, 7));
	KUNIT_EXPECT_EQ(test, 1UL, ta_usage_resident(&f->usage));

	KUNIT_EXPECT_EQ(test, 0, write_byte(child, 7, 2));
	KUNIT_EXPECT_EQ(test, 1, read_byte(parent, 7));
	KUNIT_EXPECT_EQ(test, 2, read_byte(child, 7));
	KUNIT_EXPECT_EQ(test, 1, share_of(parent, 7));
	KUNIT_EXPECT_EQ(test, 2UL, ta_usage_resident(&f->usage));

	/* the last one keeps the page */
	KUNIT_EXPECT_EQ(test, 0, write_byte(parent, 7, 3));
	KUNIT_EXPECT_EQ(test, 1L, atomic_long_read(&f->usage.cow_copies));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

static void cow_break_unshared_again(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_region *region = &f->region[0];
	struct page *page;
	bool was_mapped;

	KUNIT_ASSERT_EQ(test, 0, write_byte(region, 0, 1));
	page = ta_region_lock_page(region, 0);
	unlock_page(page);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EAGAIN),
			    ta_cow_break(region, 0, page, &was_mapped));
	KUNIT_EXPECT_FALSE(test, was_mapped);
	put_page(page);
	KUNIT_EXPECT_EQ(test, 1UL, ta_usage_resident(&f->usage));
	KUNIT_EXPECT_EQ(test, 1, read_byte(region, 0));
}

/* Two VMAs over the same offsets are opened one after the other. */
static void cow_share_twice_counts_once(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, 0, write_byte(&f->region[0], 0, 1));
	KUNIT_ASSERT_EQ(test, 0, fork_region(&f->region[1], &f->region[0]));
	KUNIT_ASSERT_EQ(test, 0, fork_region(&f->region[1], &f->region[0]));
	KUNIT_EXPECT_EQ(test, 2, share_of(&f->region[0], 0));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

/* P -> C -> G, then each writes, in all orders (hostile case H45). */
static void cow_chain_in_all_orders(struct kunit *test)
{
	static const u8 orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct fixture *f = test->priv;
	unsigned int o, i, k;

	for (o = 0; o < ARRAY_SIZE(orders); o++) {
		KUNIT_ASSERT_EQ(test, 0, write_byte(&f->region[0], 3, 9));
		fork_region(&f->region[1], &f->region[0]);
		fork_region(&f->region[2], &f->region[1]);
		KUNIT_EXPECT_EQ(test, 3, share_of(&f->region[0], 3));
		for (i = 0; i < 3; i++) {
			KUNIT_EXPECT_EQ(test, 0,
					write_byte(&f->region[orders[o][i]], 3,
						   10 + i));
			for (k = i + 1; k < 3; k++)
				KUNIT_EXPECT_EQ(test, 9,
						read_byte(&f->region[orders[o][k]],
							  3));
		}
		for (i = 0; i < 3; i++)
			KUNIT_EXPECT_EQ(test, 10 + i,
					read_byte(&f->region[orders[o][i]], 3));
		KUNIT_EXPECT_EQ(test, 3UL, ta_usage_resident(&f->usage));
		KUNIT_EXPECT_TRUE(test, all_valid(f));
		for (i = 0; i < 3; i++)
			ta_region_erase(&f->region[i], 0, NR_IDX);
	}
}

/* Take what the pool still has. */
static unsigned long drain_pool(struct fixture *f)
{
	struct page *page;
	unsigned long nr;

	for (nr = 0;; nr++) {
		page = ta_region_make(&f->region[3], nr,
				      GFP_KERNEL | __GFP_NOWARN | __GFP_ZERO);
		if (IS_ERR(page))
			return nr;
		drop(page);
	}
}

static void cow_pool_empty_changes_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, 0, write_byte(&f->region[0], 0, 1));
	KUNIT_ASSERT_EQ(test, 0, fork_region(&f->region[1], &f->region[0]));
	KUNIT_ASSERT_EQ(test, NR_PAGES - 1, drain_pool(f));
	KUNIT_EXPECT_EQ(test, -ENOMEM, write_byte(&f->region[1], 0, 2));
	KUNIT_EXPECT_EQ(test, 1, read_byte(&f->region[0], 0));
	KUNIT_EXPECT_EQ(test, 1, read_byte(&f->region[1], 0));
	KUNIT_EXPECT_EQ(test, 2, share_of(&f->region[0], 0));
	ta_region_erase(&f->region[3], 0, NR_PAGES);
	KUNIT_EXPECT_EQ(test, 0, write_byte(&f->region[1], 0, 2));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

/* A device that writes on after the fork writes to the parent (H52, H55). */
static void cow_pinned_stays_the_parents(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *page;

	KUNIT_ASSERT_EQ(test, 0, write_byte(&f->region[0], 0, 1));
	page = ta_region_lock_page(&f->region[0], 0);
	unlock_page(page);
	KUNIT_ASSERT_EQ(test, 0, fork_region(&f->region[1], &f->region[0]));
	memset(page_address(page), 5, PAGE_SIZE);
	put_page(page);
	KUNIT_EXPECT_EQ(test, 5, read_byte(&f->region[0], 0));
	KUNIT_EXPECT_EQ(test, 1, read_byte(&f->region[1], 0));
	KUNIT_EXPECT_EQ(test, 1, share_of(&f->region[0], 0));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

/* Without a page for the copy, the child's is lost, and its child's. */
static void cow_pinned_pool_empty_lost(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct page *page;

	KUNIT_ASSERT_EQ(test, 0, write_byte(&f->region[0], 0, 1));
	KUNIT_ASSERT_EQ(test, NR_PAGES - 1, drain_pool(f));
	page = ta_region_lock_page(&f->region[0], 0);
	unlock_page(page);
	KUNIT_ASSERT_EQ(test, 0, fork_region(&f->region[1], &f->region[0]));
	put_page(page);
	KUNIT_EXPECT_EQ(test, -EIO, read_byte(&f->region[1], 0));
	KUNIT_EXPECT_EQ(test, -EIO, write_byte(&f->region[1], 0, 2));
	KUNIT_ASSERT_EQ(test, 0, fork_region(&f->region[2], &f->region[1]));
	KUNIT_EXPECT_EQ(test, -EIO, read_byte(&f->region[2], 0));
	KUNIT_EXPECT_EQ(test, 1, read_byte(&f->region[0], 0));
	KUNIT_EXPECT_EQ(test, 1, share_of(&f->region[0], 0));
	ta_region_erase(&f->region[3], 0, NR_PAGES);
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

#define MODEL_IDX	16U

/* Pages in use if each region's bytes were copied only when they had to be. */
struct model {
	int byte[NR_REGIONS][MODEL_IDX];	/* -1: no page */
	int page[NR_REGIONS][MODEL_IDX];	/* which one, by number */
	int next;
};

static unsigned long model_pages(const struct model *m)
{
	unsigned long nr = 0;
	unsigned int r, i, k;

	for (i = 0; i < MODEL_IDX; i++)
		for (r = 0; r < NR_REGIONS; r++) {
			for (k = 0; k < r; k++)
				if (m->page[k][i] == m->page[r][i])
					break;
			nr += k == r && m->byte[r][i] >= 0;
		}
	return nr;
}

static void model_write(struct model *m, unsigned int r, unsigned int i, u8 byte)
{
	unsigned int k;
	bool shared = false;

	for (k = 0; k < NR_REGIONS; k++)
		shared |= k != r && m->byte[k][i] >= 0 &&
			  m->page[k][i] == m->page[r][i];
	if (m->byte[r][i] < 0 || shared)
		m->page[r][i] = m->next++;
	m->byte[r][i] = byte;
}

static void model_erase(struct model *m, unsigned int r)
{
	unsigned int i;

	for (i = 0; i < MODEL_IDX; i++) {
		m->byte[r][i] = -1;
		m->page[r][i] = m->next++;
	}
}

static void random_step(struct kunit *test, struct model *m, struct ta_rng *rng)
{
	struct fixture *f = test->priv;
	unsigned int r = ta_rng_below(rng, NR_REGIONS);
	unsigned int k = ta_rng_below(rng, NR_REGIONS);
	unsigned int i = ta_rng_below(rng, MODEL_IDX);
	u8 byte = ta_rng_next(rng);

	if (ta_rng_below(rng, 8)) {
		KUNIT_ASSERT_EQ(test, 0, write_byte(&f->region[r], i, byte));
		model_write(m, r, i, byte);
		return;
	}
	if (r == k)
		return;
	/* The child exits, and another is forked in its place. */
	ta_region_erase(&f->region[k], 0, NR_IDX);
	KUNIT_ASSERT_EQ(test, 0, fork_region(&f->region[k], &f->region[r]));
	memcpy(m->byte[k], m->byte[r], sizeof(m->byte[k]));
	memcpy(m->page[k], m->page[r], sizeof(m->page[k]));
}

static void cow_random(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int round, r, i;
	struct ta_rng rng;
	struct model *m;

	m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	ta_rng_init(test, &rng);
	for (r = 0; r < NR_REGIONS; r++)
		model_erase(m, r);
	for (round = 0; round < 1500; round++) {
		random_step(test, m, &rng);
		KUNIT_ASSERT_EQ(test, model_pages(m),
				ta_usage_resident(&f->usage));
		KUNIT_ASSERT_TRUE(test, all_valid(f));
	}
	for (r = 0; r < NR_REGIONS; r++)
		for (i = 0; i < MODEL_IDX; i++)
			KUNIT_EXPECT_EQ(test, max(m->byte[r][i], 0),
					read_byte(&f->region[r], i));
}

/* A processor each writes to its own region of shared pages (H34). */
static void write_own(void *data, struct ta_rng *rng)
{
	struct fixture *f = data;
	unsigned int r = raw_smp_processor_id() % NR_REGIONS;

	write_byte(&f->region[r], ta_rng_below(rng, NR_IDX), r + 1);
}

static void cow_stress(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = write_own,
		.data = f,
		.nr_rounds = 200,
	};
	unsigned int round, r, i;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < NR_IDX; i++)
			KUNIT_ASSERT_EQ(test, 0,
					write_byte(&f->region[0], i, 1));
		for (r = 1; r < NR_REGIONS; r++)
			KUNIT_ASSERT_EQ(test, 0,
					fork_region(&f->region[r], &f->region[0]));
		ta_stress_run(test, &stress);
		KUNIT_EXPECT_TRUE(test, all_valid(f));
		for (r = 0; r < NR_REGIONS; r++)
			for (i = 0; i < NR_IDX; i++) {
				int byte = read_byte(&f->region[r], i);

				KUNIT_EXPECT_TRUE(test, byte == 1 ||
						  byte == r + 1);
			}
		for (r = 0; r < NR_REGIONS; r++)
			ta_region_erase(&f->region[r], 0, NR_IDX);
		KUNIT_EXPECT_EQ(test, 0UL, ta_usage_resident(&f->usage));
	}
}

static struct kunit_case cow_cases[] = {
	KUNIT_CASE(cow_write_copies_once),
	KUNIT_CASE(cow_break_unshared_again),
	KUNIT_CASE(cow_share_twice_counts_once),
	KUNIT_CASE(cow_chain_in_all_orders),
	KUNIT_CASE(cow_pool_empty_changes_nothing),
	KUNIT_CASE(cow_pinned_stays_the_parents),
	KUNIT_CASE(cow_pinned_pool_empty_lost),
	KUNIT_CASE(cow_random),
	KUNIT_CASE(cow_stress),
	{}
};

static struct kunit_suite cow_suite = {
	.name = "teachalloc_cow",
	.init = cow_test_init,
	.exit = cow_test_exit,
	.test_cases = cow_cases,
};

kunit_test_suites(&cow_suite);
