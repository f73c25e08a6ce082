// SPDX-License-Identifier: GPL-2.0
/* Tests of one slab: its layout, its freelist, and what damages that. */
#include "helpers.h"
#include "report.h"

#include <linux/mm.h>

#define NR_PAGES	64UL
#define MAX_OBJS	512

struct fixture {
	struct ta_stack *stack;
	struct ta_slab_layout layout;
	struct page *page;
	struct ta_page *tp;
	void *objs[MAX_OBJS];
};

static int slab_test_init(struct kunit *test)
{
	ta_test_fixture(test, sizeof(struct fixture), NR_PAGES);
	return 0;
}

static void free_block(struct fixture *f)
{
	if (f->page)
		ta_pages_free(&f->stack->pages, f->page, f->layout.order, 0);
	f->page = NULL;
}

static void slab_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	free_block(f);
	ta_test_stack_end(test, f->stack);
}

/* A slab of free objects; the page layer takes it for an ordinary block. */
static void make_slab(struct kunit *test, size_t size, void (*ctor)(void *))
{
	struct fixture *f = test->priv;

	free_block(f);
	KUNIT_ASSERT_EQ(test, 0, ta_slab_layout_init(&f->layout, "slab", size,
						     1, 0, ctor));
	KUNIT_ASSERT_LE(test, f->layout.nr, (unsigned int)MAX_OBJS);
	f->page = ta_pages_alloc(&f->stack->pages, GFP_KERNEL, f->layout.order,
				 0);
	KUNIT_ASSERT_NOT_NULL(test, f->page);
	f->tp = ta_pool_page(&f->stack->pages.pool, f->page);
	ta_slab_carve(&f->layout, f->tp);
}

static bool valid(struct fixture *f)
{
	return ta_slab_validate(&f->layout, f->tp);
}

static void nothing(void *obj)
{
}

/* --- layout ------------------------------------------------------------ */

static void layout_init_limits(struct kunit *test)
{
	const size_t max = TA_SLAB_MAX_SIZE;
	struct ta_slab_layout l;

	KUNIT_EXPECT_EQ(test, 0, ta_slab_layout_init(&l, "l", 1, 1, 0, NULL));
	KUNIT_EXPECT_EQ(test, (unsigned int)sizeof(long), l.stride);
	KUNIT_EXPECT_EQ(test, 0, ta_slab_layout_init(&l, "l", max, 1, 0, NULL));
	KUNIT_EXPECT_EQ(test, 1U, l.nr);
	KUNIT_EXPECT_EQ(test, 0, ta_slab_layout_init(&l, "l", 1, max, 0, NULL));
	KUNIT_EXPECT_EQ(test, 0, ta_slab_layout_init(&l, "l",
						     max - sizeof(long), 1,
						     0, nothing));
	KUNIT_EXPECT_NE(test, 0, ta_slab_layout_init(&l, "l", 0, 1, 0, NULL));
	KUNIT_EXPECT_NE(test, 0, ta_slab_layout_init(&l, "l", max + 1, 1,
						     0, NULL));
	KUNIT_EXPECT_NE(test, 0, ta_slab_layout_init(&l, "l", SIZE_MAX, 1,
						     0, NULL));
	KUNIT_EXPECT_NE(test, 0, ta_slab_layout_init(&l, "l", max, 1,
						     0, nothing));
	KUNIT_EXPECT_NE(test, 0, ta_slab_layout_init(&l, "l", 8, 0, 0, NULL));
	KUNIT_EXPECT_NE(test, 0, ta_slab_layout_init(&l, "l", 8, 24, 0, NULL));
	KUNIT_EXPECT_NE(test, 0, ta_slab_layout_init(&l, "l", 8, 2 * max,
						     0, NULL));
}

/* An address has an index below nr exactly if an object starts there. */
static void layout_index_is_exact(struct kunit *test)
{
	static const size_t sizes[] = {
		8, 16, 24, 40, 64, 96, 104, 192, 704, 1000, 3000, 4096, 5000,
		8192, 40000,
	};
	unsigned int i, offset, wrong = 0;
	struct ta_slab_layout l;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_ASSERT_EQ(test, 0, ta_slab_layout_init(&l, "l", sizes[i],
							     1, 0, NULL));
		for (offset = 0; offset <= l.mask; offset++) {
			void *addr = (void *)(~0UL - l.mask + offset);
			u32 index = ta_slab_number(&l, addr);
			unsigned int wanted = offset / l.stride;
			bool start = !(offset % l.stride) && wanted < l.nr;

			wrong += start ? index != wanted : index < l.nr;
			wrong += ta_slab_is_start(&l, addr) != start;
		}
		KUNIT_EXPECT_EQ_MSG(test, 0U, wrong, "size %zu", sizes[i]);
	}
}

static void layout_wastes_an_eighth_at_most(struct kunit *test)
{
	struct ta_slab_layout l;
	unsigned int bytes;
	size_t size;

	for (size = 1; size <= PAGE_SIZE; size += 3) {
		KUNIT_ASSERT_EQ(test, 0, ta_slab_layout_init(&l, "l", size, 1,
							     0, NULL));
		bytes = PAGE_SIZE << l.order;
		KUNIT_EXPECT_LE(test, l.order, 3U);
		KUNIT_EXPECT_LE(test, (size_t)l.nr * l.stride, (size_t)bytes);
		KUNIT_EXPECT_TRUE_MSG(test,
				      bytes - l.nr * l.stride <= bytes / 8,
				      "size %zu", size);
	}
}

/* --- freelist ---------------------------------------------------------- */

static void take_all_then_put_all(struct kunit *test)
{
	static const size_t sizes[] = { 8, 24, 64, 700, 3000, 8192, 32768 };
	struct fixture *f = test->priv;
	unsigned int i, n, nr;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		make_slab(test, sizes[i], NULL);
		nr = f->layout.nr;
		KUNIT_EXPECT_TRUE(test, valid(f));
		KUNIT_EXPECT_EQ(test, 0U, ta_slab_take(&f->layout, f->tp, 0,
						       f->objs));
		KUNIT_EXPECT_EQ(test, nr, ta_slab_take(&f->layout, f->tp,
						       nr + 1, f->objs));
		KUNIT_EXPECT_EQ(test, 0U, ta_slab_take(&f->layout, f->tp, 1,
						       f->objs));
		for (n = 0; n < nr; n++)
			ta_fill(f->objs[n], sizes[i], n);
		for (n = 0; n < nr; n++) {
			KUNIT_EXPECT_TRUE(test, ta_filled(f->objs[n], sizes[i],
							  n));
			KUNIT_EXPECT_TRUE(test, ta_slab_put(&f->layout, f->tp,
							    f->objs[n]));
		}
		KUNIT_EXPECT_EQ(test, 0, f->tp->inuse);
		KUNIT_EXPECT_TRUE(test, valid(f));
	}
}

static void put_is_taken_first(struct kunit *test)
{
	struct fixture *f = test->priv;
	void *again[2];

	make_slab(test, 128, NULL);
	ta_slab_take(&f->layout, f->tp, 4, f->objs);
	ta_slab_put(&f->layout, f->tp, f->objs[1]);
	ta_slab_put(&f->layout, f->tp, f->objs[3]);
	KUNIT_EXPECT_EQ(test, 2U, ta_slab_take(&f->layout, f->tp, 2, again));
	KUNIT_EXPECT_PTR_EQ(test, f->objs[3], again[0]);
	KUNIT_EXPECT_PTR_EQ(test, f->objs[1], again[1]);
	KUNIT_EXPECT_TRUE(test, valid(f));
}

static void put_twice_is_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	make_slab(test, 256, NULL);
	ta_slab_take(&f->layout, f->tp, f->layout.nr, f->objs);
	for (i = 0; i < f->layout.nr; i++) {
		KUNIT_EXPECT_FALSE(test, ta_slab_is_free(&f->layout, f->tp,
							 f->objs[i]));
		KUNIT_EXPECT_TRUE(test, ta_slab_put(&f->layout, f->tp,
						    f->objs[i]));
		KUNIT_EXPECT_TRUE(test, ta_slab_is_free(&f->layout, f->tp,
							f->objs[i]));
		KUNIT_EXPECT_FALSE(test, ta_slab_put(&f->layout, f->tp,
						     f->objs[i]));
		KUNIT_EXPECT_FALSE(test, ta_slab_put(&f->layout, f->tp,
						     f->objs[0]));
		KUNIT_EXPECT_TRUE(test, valid(f));
	}
}

/* A user may by accident write what a link of this object would be. */
static void put_of_what_looks_free_is_done(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long link, *word;

	make_slab(test, 64, NULL);
	ta_slab_take(&f->layout, f->tp, 2, f->objs);
	word = f->objs[0];
	ta_slab_put(&f->layout, f->tp, word);
	link = *word;
	KUNIT_EXPECT_EQ(test, 1U, ta_slab_take(&f->layout, f->tp, 1, f->objs));
	KUNIT_EXPECT_EQ(test, 0UL, *word);
	*word = link;
	KUNIT_EXPECT_FALSE(test, ta_slab_is_free(&f->layout, f->tp, word));
	KUNIT_EXPECT_TRUE(test, ta_slab_put(&f->layout, f->tp, word));
	KUNIT_EXPECT_TRUE(test, valid(f));
}

/* Also where what somebody has looks free. */
static void free_objects_are_those_on_the_list(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slab_bits is_free;
	unsigned int i, wrong = 0;
	unsigned long link;

	make_slab(test, 64, NULL);
	link = *(unsigned long *)ta_slab_obj(&f->layout, f->tp, 0);
	ta_slab_take(&f->layout, f->tp, f->layout.nr, f->objs);
	*(unsigned long *)ta_slab_obj(&f->layout, f->tp, 0) = link;
	for (i = 0; i < f->layout.nr; i++)
		if (ta_slab_number(&f->layout, f->objs[i]) % 3 == 2)
			ta_slab_put(&f->layout, f->tp, f->objs[i]);
	ta_slab_free_objects(&f->layout, f->tp, &is_free);
	for (i = 0; i < f->layout.nr; i++)
		wrong += ta_slab_bit(&is_free, i) != (i % 3 == 2);
	KUNIT_EXPECT_EQ(test, 0U, wrong);
}

static void write_ones(void *obj)
{
	memset(obj, 0x11, 100);
}

static void ctor_survives_the_freelist(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int round, i;

	make_slab(test, 100, write_ones);
	KUNIT_EXPECT_GE(test, f->layout.link, 100U);
	for (round = 0; round < 2; round++) {
		ta_slab_take(&f->layout, f->tp, f->layout.nr, f->objs);
		for (i = 0; i < f->layout.nr; i++) {
			KUNIT_EXPECT_NULL(test, memchr_inv(f->objs[i], 0x11,
							   100));
			ta_slab_put(&f->layout, f->tp, f->objs[i]);
		}
		KUNIT_EXPECT_TRUE(test, valid(f));
	}
}

/* --- damage ------------------------------------------------------------ */

/* Nobody gets an object by way of a link that somebody wrote over. */
static void damaged(struct kunit *test, unsigned long *at, unsigned long value)
{
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);
	struct fixture *f = test->priv;
	unsigned int got;

	*at = value;
	KUNIT_EXPECT_FALSE(test, valid(f));
	got = ta_slab_take(&f->layout, f->tp, MAX_OBJS, f->objs + 4);
	KUNIT_EXPECT_EQ(test, before + 2, ta_report_count(TA_FAULT_CORRUPT));
	KUNIT_EXPECT_EQ(test, 1U, got);
	KUNIT_EXPECT_EQ(test, 0U, ta_slab_take(&f->layout, f->tp, 1,
					       f->objs + 5));
	/* What is in use can still be put, and taken again. */
	KUNIT_EXPECT_TRUE(test, valid(f));
	KUNIT_EXPECT_TRUE(test, ta_slab_put(&f->layout, f->tp, f->objs[0]));
	KUNIT_EXPECT_TRUE(test, valid(f));
	KUNIT_EXPECT_EQ(test, 1U, ta_slab_take(&f->layout, f->tp, 2,
					       f->objs + 5));
	KUNIT_EXPECT_EQ(test, before + 2, ta_report_count(TA_FAULT_CORRUPT));
}

/* The freelist is objs[3], objs[2], and the rest. */
static unsigned long *second_free(struct kunit *test)
{
	struct fixture *f = test->priv;

	make_slab(test, 512, NULL);
	ta_slab_take(&f->layout, f->tp, 4, f->objs);
	ta_slab_put(&f->layout, f->tp, f->objs[2]);
	ta_slab_put(&f->layout, f->tp, f->objs[3]);
	return f->objs[2];
}

static void take_after_overwrite_contained(struct kunit *test)
{
	damaged(test, second_free(test), 0x4141414141414141UL);
}

static void take_after_one_byte_contained(struct kunit *test)
{
	unsigned long *at = second_free(test);

	damaged(test, at, *at ^ 0x100000000UL);
}

static void take_after_copied_link_contained(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long *at = second_free(test);

	damaged(test, at, *(unsigned long *)f->objs[3]);
}

/* The hash is right, the index behind the last object. */
static void take_after_index_too_large_contained(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);
	struct fixture *f = test->priv;
	unsigned long *at = second_free(test);

	ta_slab_set_link(&f->layout, at, f->layout.nr);
	KUNIT_EXPECT_FALSE(test, valid(f));
	KUNIT_EXPECT_EQ(test, 1U, ta_slab_take(&f->layout, f->tp, MAX_OBJS,
					       f->objs + 4));
	KUNIT_EXPECT_EQ(test, before + 2, ta_report_count(TA_FAULT_CORRUPT));
	KUNIT_EXPECT_TRUE(test, valid(f));
}

/* A cycle with right hashes: the count says where it must end. */
static void cycle_is_seen_and_left(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_CORRUPT);
	struct fixture *f = test->priv;
	unsigned long *at = second_free(test);

	ta_slab_set_link(&f->layout, at,
			 ta_slab_number(&f->layout, f->objs[3]));
	KUNIT_EXPECT_FALSE(test, valid(f));
	KUNIT_EXPECT_FALSE(test, ta_slab_is_free(&f->layout, f->tp,
						 f->objs[0]));
	/* objs[3]'s link is wiped when it is taken, so it ends there. */
	KUNIT_EXPECT_EQ(test, 2U, ta_slab_take(&f->layout, f->tp, MAX_OBJS,
					       f->objs + 4));
	KUNIT_EXPECT_EQ(test, before + 2, ta_report_count(TA_FAULT_CORRUPT));
	KUNIT_EXPECT_TRUE(test, valid(f));
}

/* Each of the slab's objects once, and in no order that is known before. */
static void shuffled_gives_each_once(struct kunit *test)
{
	static const size_t sizes[] = { 8, 64, 700, 3000, 32768 };
	struct fixture *f = test->priv;
	unsigned int i, n, in_order = 0;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		make_slab(test, sizes[i], NULL);
		f->layout.shuffled = true;
		ta_slab_carve(&f->layout, f->tp);
		KUNIT_EXPECT_TRUE(test, valid(f));
		n = ta_slab_take(&f->layout, f->tp, MAX_OBJS, f->objs);
		KUNIT_EXPECT_EQ(test, f->layout.nr, n);
		while (n-- > 1)
			in_order += f->objs[n] > f->objs[n - 1];
	}
	/* Of 642 pairs half are in order, give or take: 13 is a deviation. */
	KUNIT_EXPECT_LT(test, in_order, 450U);
}

/* Neither the number of the next object nor anything of the address is in it. */
static void link_tells_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, plain = 0;

	make_slab(test, 8, NULL);
	for (i = 0; i + 1 < f->layout.nr; i++) {
		unsigned long link = *(unsigned long *)ta_slab_obj(&f->layout,
								   f->tp, i);

		plain += (link & 0xffff) == i + 1;
	}
	KUNIT_EXPECT_LT(test, plain, 16U);
}

static void random_against_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, n, inuse = 0;
	struct ta_rng rng;

	ta_rng_init(test, &rng);
	make_slab(test, 40, NULL);
	for (i = 0; i < 4000; i++) {
		if (ta_rng_below(&rng, 2)) {
			n = ta_rng_below(&rng, 8);
			n = ta_slab_take(&f->layout, f->tp, n, f->objs + inuse);
			for (; n; n--, inuse++)
				ta_fill(f->objs[inuse], 40,
					(unsigned long)f->objs[inuse]);
		} else if (inuse) {
			void *obj;

			n = ta_rng_below(&rng, inuse--);
			obj = f->objs[n];
			f->objs[n] = f->objs[inuse];
			KUNIT_EXPECT_TRUE(test, ta_filled(obj, 40,
							  (unsigned long)obj));
			KUNIT_EXPECT_TRUE(test, ta_slab_put(&f->layout, f->tp,
							    obj));
		}
		KUNIT_ASSERT_EQ(test, inuse, (unsigned int)f->tp->inuse);
		if (!(i % 64))
			KUNIT_ASSERT_TRUE(test, valid(f));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(layout_init_limits),
	KUNIT_CASE(layout_index_is_exact),
	KUNIT_CASE(layout_wastes_an_eighth_at_most),
	KUNIT_CASE(take_all_then_put_all),
	KUNIT_CASE(put_is_taken_first),
	KUNIT_CASE(put_twice_is_refused),
	KUNIT_CASE(put_of_what_looks_free_is_done),
	KUNIT_CASE(free_objects_are_those_on_the_list),
	KUNIT_CASE(ctor_survives_the_freelist),
	KUNIT_CASE(take_after_overwrite_contained),
	KUNIT_CASE(take_after_one_byte_contained),
	KUNIT_CASE(take_after_copied_link_contained),
	KUNIT_CASE(take_after_index_too_large_contained),
	KUNIT_CASE(cycle_is_seen_and_left),
	KUNIT_CASE(shuffled_gives_each_once),
	KUNIT_CASE(link_tells_nothing),
	KUNIT_CASE(random_against_model),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_slab",
	.init = slab_test_init,
	.exit = slab_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
