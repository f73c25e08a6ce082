// SPDX-License-Identifier: GPL-2.0
/* Tests of what RCU promises: frees that wait, and objects that stay objects. */
#include "helpers.h"
#include "kfree_rcu.h"
#include "report.h"

#include <linux/atomic.h>
#include <linux/mm.h>

#define NR_PAGES	256UL
#define NR_OBJS		128

struct fixture {
	struct ta_stack *stack;
	struct ta_slabs *slabs;
	void *objs[NR_OBJS];
};

/* Whose objects free_later() frees: the head alone does not tell. */
static struct ta_slabs *freeing;

static void free_later(struct rcu_head *head)
{
	ta_slabs_kfree_head(freeing, head);
}

static int kfree_rcu_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	f->slabs = &f->stack->slabs;
	freeing = f->slabs;
	return 0;
}

static void kfree_rcu_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	rcu_barrier();
	ta_slabs_shrink(f->slabs);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_nr_pages(f->slabs));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
	ta_test_stack_end(test, f->stack);
}

static void free_rcu(struct kunit *test, void *ptr, size_t offset)
{
	struct fixture *f = test->priv;

	ta_slabs_kfree_rcu(f->slabs, ptr, offset, free_later, 0);
}

/* --- frees that wait --------------------------------------------------- */

/* With the head at its start, in the middle, or at its very end. */
static void free_waits_for_readers(struct kunit *test)
{
	static const size_t sizes[] = { 16, 96, 192, 1024, 8192, 20000, 70000 };
	struct fixture *f = test->priv;
	unsigned int i, at;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (at = 0; at < 3; at++) {
			size_t size = sizes[i], last = size - sizeof(struct rcu_head);
			size_t offset = round_down(last * at / 2, sizeof(long));
			unsigned long free;
			u8 *p, *q;

			p = ta_slabs_kmalloc(f->slabs, size, GFP_KERNEL, 0);
			KUNIT_ASSERT_NOT_NULL(test, p);
			memset(p, 0x11, size);
			rcu_read_lock();
			free = ta_pages_nr_free(&f->stack->pages);
			free_rcu(test, p, offset);
			KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x11, offset));
			KUNIT_EXPECT_EQ(test, free,
					ta_pages_nr_free(&f->stack->pages));
			q = ta_slabs_kmalloc(f->slabs, size, GFP_NOWAIT, 0);
			KUNIT_EXPECT_PTR_NE(test, p, q);
			ta_slabs_kfree(f->slabs, q, 0);
			rcu_read_unlock();
			rcu_barrier();
			/* It is free: to free it again is one time too many. */
			KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x11, offset));
		}
}

static void free_happens_in_the_end(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache;
	unsigned int i;

	cache = ta_cache_create(f->slabs, "rcu", 72, 0, 0, NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR_OBJS; i++) {
		f->objs[i] = ta_kmem_cache_zalloc(cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->objs[i]);
	}
	for (i = 0; i < NR_OBJS; i++)
		free_rcu(test, f->objs[i], 56);
	rcu_barrier();
	ta_magset_drain(&cache->mags, true);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&cache->set));
	ta_kmem_cache_destroy(cache);
}

static void free_twice_reported(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_DOUBLE_FREE);
	struct fixture *f = test->priv;
	void *p = ta_slabs_kmalloc(f->slabs, 64, GFP_KERNEL, 0), *q;

	KUNIT_ASSERT_NOT_NULL(test, p);
	rcu_read_lock();
	free_rcu(test, p, 8);
	free_rcu(test, p, 8);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_DOUBLE_FREE));
	rcu_read_unlock();
	rcu_barrier();
	/* The next owner's free is not the second one. */
	q = ta_slabs_kmalloc(f->slabs, 64, GFP_KERNEL, 0);
	KUNIT_ASSERT_NOT_NULL(test, q);
	free_rcu(test, q, 8);
	KUNIT_EXPECT_EQ(test, before + 1, ta_report_count(TA_FAULT_DOUBLE_FREE));
}

static void free_bad_pointers_reported(struct kunit *test)
{
	struct fixture *f = test->priv;
	void *p = ta_slabs_kmalloc(f->slabs, 64, GFP_KERNEL, 0);
	void *tiny = ta_slabs_kmalloc(f->slabs, 8, GFP_KERNEL, 0);
	struct rcu_head outside = { };
	unsigned long n[TA_NR_FAULTS];
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, p && tiny);
	for (i = 0; i < TA_NR_FAULTS; i++)
		n[i] = ta_report_count(i);
	free_rcu(test, NULL, 0);
	free_rcu(test, ZERO_SIZE_PTR, 0);
	free_rcu(test, &outside, 0);
	n[TA_FAULT_FOREIGN]++;
	free_rcu(test, p + 8, 0);
	n[TA_FAULT_INTERIOR]++;
	free_rcu(test, p, 56);
	free_rcu(test, p, 64);
	free_rcu(test, p, -16);
	free_rcu(test, p, 12);
	free_rcu(test, tiny, 0);
	n[TA_FAULT_BAD_ARG] += 5;
	for (i = 0; i < TA_NR_FAULTS; i++)
		KUNIT_EXPECT_EQ_MSG(test, n[i], ta_report_count(i),
				    "fault %u", i);
	ta_slabs_kfree(f->slabs, tiny, 0);
	ta_slabs_kfree(f->slabs, p, 0);
}

/* What is on its way is not in use: the cache goes when it has come. */
static void destroy_waits_for_frees(struct kunit *test)
{
	unsigned long before = ta_report_count(TA_FAULT_BUSY);
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache;
	unsigned int i;

	cache = ta_cache_create(f->slabs, "rcu", 72, 0, 0, NULL, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR_OBJS; i++) {
		void *obj = ta_kmem_cache_zalloc(cache, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, obj);
		free_rcu(test, obj, 0);
	}
	ta_kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, before, ta_report_count(TA_FAULT_BUSY));
}

static void end_waits_for_frees(struct kunit *test)
{
	struct ta_stack *stack = ta_test_stack(test, NR_PAGES);
	static const size_t sizes[] = { 64, 8192, 30000 };
	unsigned int i;

	freeing = &stack->slabs;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct rcu_head *p = ta_slabs_kmalloc(&stack->slabs, sizes[i],
						      GFP_KERNEL | __GFP_ZERO,
						      0);

		KUNIT_ASSERT_NOT_NULL(test, p);
		ta_slabs_kfree_rcu(&stack->slabs, p, 0, free_later, 0);
	}
	/* Nothing is reported as left. */
	KUNIT_EXPECT_EQ(test, 0UL, ta_stack_fini(stack));
}

/* --- objects that stay objects ----------------------------------------- */

#define MAGIC	0x7ea5a5e7a110cULL

struct typed {
	u64 magic;
	unsigned long key;
	unsigned long rest[6];
};

/* Several CPUs may be making slabs. */
static atomic_t nr_made;

static void make_typed(void *obj)
{
	struct typed *t = obj;

	t->magic = MAGIC;
	atomic_inc(&nr_made);
}

/*
 * A reader has found objects; they are freed, their slabs shrunk, and all that
 * is left of the pool is written full. No page of theirs was among it.
 */
static void typesafe_slab_stays_for_readers(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	unsigned long free = ta_pages_nr_free(pages), slabs, nr = 0, i;
	struct page *page, *taken = NULL;
	struct ta_slabset set;

	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&set, pages, "typed",
						 sizeof(struct typed), 1,
						 SLAB_TYPESAFE_BY_RCU,
						 make_typed));
	for (i = 0; i < NR_OBJS; i++)
		KUNIT_ASSERT_EQ(test, 1U, ta_slabset_get(&set, GFP_KERNEL, 1,
							 &f->objs[i], 0));
	slabs = ta_slabset_nr_slabs(&set) << set.layout.order;
	rcu_read_lock();
	ta_slabset_put(&set, NR_OBJS, f->objs, 0);
	ta_slabset_shrink(&set);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_slabs(&set));
	KUNIT_EXPECT_EQ(test, free - slabs, ta_pages_nr_free(pages));
	while ((page = ta_pages_alloc(pages, GFP_NOWAIT | __GFP_NOWARN, 0, 0))) {
		memset(page_address(page), 0xa5, PAGE_SIZE);
		*(struct page **)page_address(page) = taken;
		taken = page;
		nr++;
	}
	KUNIT_EXPECT_EQ(test, free - slabs, nr);
	for (i = 0; i < NR_OBJS; i++)
		KUNIT_EXPECT_EQ(test, MAGIC, ((struct typed *)f->objs[i])->magic);
	rcu_read_unlock();
	/* Waits for them. */
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_fini(&set));
	KUNIT_EXPECT_EQ(test, slabs, ta_pages_nr_free(pages));
	while (taken) {
		page = taken;
		taken = *(struct page **)page_address(page);
		ta_pages_free(pages, page, 0, 0);
	}
}

/* Once for each object of a slab, not for each allocation. */
static void typesafe_ctor_runs_once_an_object(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_kmem_cache *cache;
	unsigned int i, round;

	atomic_set(&nr_made, 0);
	cache = ta_cache_create(f->slabs, "typed", sizeof(struct typed), 0,
				SLAB_TYPESAFE_BY_RCU, make_typed, 0);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 20; i++) {
			struct typed *t = ta_kmem_cache_alloc(cache, GFP_KERNEL);

			KUNIT_ASSERT_NOT_NULL(test, t);
			KUNIT_EXPECT_EQ(test, MAGIC, t->magic);
			t->key = i;
			f->objs[i] = t;
		}
		for (i = 0; i < 20; i++)
			ta_kmem_cache_free(cache, f->objs[i]);
	}
	KUNIT_EXPECT_EQ(test, ta_slabset_nr_slabs(&cache->set) *
			      cache->set.layout.nr,
			(unsigned long)atomic_read(&nr_made));
	/* As if somebody still read it. */
	rcu_read_lock();
	i = READ_ONCE(((struct typed *)f->objs[3])->magic) == MAGIC;
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, 1U, i);
	ta_kmem_cache_destroy(cache);
}

/*
 * Every CPU looks objects up that the others replace and free, and shrinks the
 * cache: whatever a reader finds is of the type.
 */
#define NR_SLOTS	16

struct shared {
	struct ta_kmem_cache *cache;
	struct typed *slots[NR_SLOTS];
	int nr_bad;
};

static void put_new(struct shared *s, unsigned int slot)
{
	struct typed *t = ta_kmem_cache_alloc(s->cache, GFP_KERNEL), *old;

	if (!t)
		return;
	WRITE_ONCE(t->key, slot);
	/* In full order: first what was constructed. */
	old = xchg(&s->slots[slot], t);
	if (old)
		ta_kmem_cache_free(s->cache, old);
}

static void read_or_replace(void *data, struct ta_rng *rng)
{
	struct shared *s = data;
	struct typed *t;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		unsigned int slot = ta_rng_below(rng, NR_SLOTS);

		if (!ta_rng_below(rng, 3))
			put_new(s, slot);
		rcu_read_lock();
		/* Pairs with put_new(). */
		t = smp_load_acquire(&s->slots[slot]);
		if (t && READ_ONCE(t->magic) != MAGIC)
			WRITE_ONCE(s->nr_bad, 1);
		rcu_read_unlock();
	}
	if (!ta_rng_below(rng, 20))
		ta_kmem_cache_shrink(s->cache);
}

static void typesafe_readers_on_all_cpus(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct shared s = { };
	struct ta_stress stress = {
		.work = read_or_replace,
		.data = &s,
		.nr_rounds = 500,
	};
	unsigned int i;

	s.cache = ta_cache_create(f->slabs, "typed", sizeof(struct typed), 0,
				  SLAB_TYPESAFE_BY_RCU, make_typed, 0);
	KUNIT_ASSERT_NOT_NULL(test, s.cache);
	ta_stress_run(test, &stress);
	KUNIT_EXPECT_EQ(test, 0, s.nr_bad);
	for (i = 0; i < NR_SLOTS; i++)
		ta_kmem_cache_free(s.cache, s.slots[i]);
	KUNIT_EXPECT_TRUE(test, ta_kmem_cache_validate(s.cache));
	ta_kmem_cache_destroy(s.cache);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(free_waits_for_readers),
	KUNIT_CASE(free_happens_in_the_end),
	KUNIT_CASE(free_twice_reported),
	KUNIT_CASE(free_bad_pointers_reported),
	KUNIT_CASE(destroy_waits_for_frees),
	KUNIT_CASE(end_waits_for_frees),
	KUNIT_CASE(typesafe_slab_stays_for_readers),
	KUNIT_CASE(typesafe_ctor_runs_once_an_object),
	KUNIT_CASE(typesafe_readers_on_all_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_kfree_rcu",
	.init = kfree_rcu_test_init,
	.exit = kfree_rcu_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
