// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of when an address is free: memory given back in an interrupt, with the
 * flush put off or at once; and random runs, on one CPU against a shadow, and on all.
 */
#include "backends.h"
#include "helpers.h"
#include "vmalloc_fixture.h"

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define NR_SLOTS	24
#define NR_RANDOM	600
#define NR_STRESS	400

struct to_free {
	struct ta_vmap *vmap;
	void *addr;
	void *mapped;
};

static void free_both(void *arg)
{
	struct to_free *t = arg;

	ta_vmap_free(t->vmap, t->addr, CALLER);
	ta_vmap_unmap(t->vmap, t->mapped, CALLER);
}

static void free_in_interrupt(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	unsigned long before = ta_vmap_test_nr_free(f);
	int cpu;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "every lock sleeps");
	for_each_online_cpu(cpu) {
		struct to_free t = { .vmap = &f->vmap };
		struct page *page[2];

		t.addr = ta_vmap_test_get(test, 40 * PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, t.addr);
		page[0] = ta_vmap_to_page(&f->vmap, t.addr);
		page[1] = page[0];
		t.mapped = ta_vmap_map_pages(&f->vmap, page, 2, VM_MAP,
					     PAGE_KERNEL, CALLER);
		KUNIT_ASSERT_NOT_NULL(test, t.mapped);
		smp_call_function_single(cpu, free_both, &t, 1);
		KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).used);
	}
	flush_work(&f->vmap.work);
	KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
}

static void vmalloc_free_in_interrupt(struct kunit *test)
{
	free_in_interrupt(test);
}

static void vmalloc_eager_free_in_interrupt(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;

	f->vmap.eager = true;
	free_in_interrupt(test);
}

/* A ptmap that takes its time, as one that sleeps may. */
static struct completion withdrawing;

static void slow_withdraw(struct ta_ptmap *map, unsigned long first,
			  unsigned int nr)
{
	complete(&withdrawing);
	msleep(100);
}

static int run_work(void *data)
{
	struct ta_vmap *vmap = data;

	vmap->work.func(&vmap->work);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* What a work item is just emptying is no less freed than what waits for it. */
static void vmalloc_purge_waits_for_deferred(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct ta_ptmap_ops slow = ta_ptmap_soft;
	struct task_struct *task;
	struct ta_vmap_stats stats;
	struct ta_vmap *vmap;
	struct ta_span *span;
	void *addr;

	if (f->readable)
		kunit_skip(test, "once is enough");
	slow.withdraw = slow_withdraw;
	f->options.ops = &slow;
	vmap = ta_vmap_test_another(test, &f->options);
	addr = ta_vmap_alloc(vmap, 3 * PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL,
			     CALLER);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	/* As an interrupt does that must not sleep. */
	span = ta_spans_claim(&vmap->spans, addr, TA_SPAN_VMALLOC, CALLER);
	llist_add(&span->lazy, &vmap->deferred);

	init_completion(&withdrawing);
	task = kthread_run(run_work, vmap, "ta_work");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&withdrawing);
	ta_vmap_purge(vmap);
	ta_vmap_stats(vmap, &stats);
	KUNIT_EXPECT_EQ(test, 0UL, stats.lazy);
	KUNIT_EXPECT_EQ(test, 3UL, stats.cached);
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(vmap));
}

/* Every CPU has read the memory before it is freed, so may remember it. */
static void touch(void *arg)
{
	READ_ONCE(*(u8 *)arg);
}

static void vmalloc_eager_use_after_free_faults(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct ta_vmap *vmap;
	u8 *addr, value;

	f->options.eager = true;
	vmap = ta_vmap_test_another(test, &f->options);
	addr = ta_vmap_alloc(vmap, 70 * PAGE_SIZE, GFP_KERNEL, PAGE_KERNEL,
			     CALLER);
	KUNIT_ASSERT_NOT_NULL(test, addr);
	if (f->vmap.map.ops == &ta_ptmap_window) {
		on_each_cpu(touch, addr, 1);
		on_each_cpu(touch, addr + 69 * PAGE_SIZE, 1);
	}
	ta_vmap_free(vmap, addr, CALLER);
	KUNIT_EXPECT_NE(test, 0L, copy_from_kernel_nofault(&value, addr, 1));
	KUNIT_EXPECT_NE(test, 0L,
			copy_from_kernel_nofault(&value, addr +
						 69 * PAGE_SIZE, 1));
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(vmap));
}

/**
 * struct slot - a span that the shadow knows
 * @addr: its address, NULL if the slot is empty
 * @size: bytes asked for
 * @seed: what it is filled with
 */
struct slot {
	u8 *addr;
	unsigned long size;
	u32 seed;
};

static bool make_slot(struct ta_vmap_fixture *f, struct ta_rng *rng,
		      struct slot *slot)
{
	slot->size = 1 + ta_rng_below(rng, 40 * PAGE_SIZE);
	slot->seed = ta_rng_next(rng);
	slot->addr = ta_vmap_alloc(&f->vmap, slot->size,
				   GFP_KERNEL | __GFP_NOWARN, PAGE_KERNEL,
				   CALLER);
	if (slot->addr && f->readable)
		ta_fill(slot->addr, min(slot->size, 300UL), slot->seed);
	return slot->addr;
}

static bool drop_slot(struct ta_vmap_fixture *f, struct slot *slot)
{
	bool ok = !f->readable ||
		  ta_filled(slot->addr, min(slot->size, 300UL), slot->seed);

	ta_vmap_free(&f->vmap, slot->addr, CALLER);
	slot->addr = NULL;
	return ok;
}

static unsigned long sum_pages(const struct slot *slots)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++)
		if (slots[i].addr)
			sum += DIV_ROUND_UP(slots[i].size, PAGE_SIZE);
	return sum;
}

static void vmalloc_random_matches_shadow(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct slot slots[NR_SLOTS] = {};
	unsigned int n, i, nr_failed = 0;
	struct ta_rng rng;

	ta_rng_init(test, &rng);
	for (n = 0; n < NR_RANDOM; n++) {
		i = ta_rng_below(&rng, NR_SLOTS);
		if (slots[i].addr)
			KUNIT_EXPECT_TRUE(test, drop_slot(f, &slots[i]));
		else if (!make_slot(f, &rng, &slots[i]))
			nr_failed++;
		KUNIT_ASSERT_EQ(test, sum_pages(slots),
				ta_vmap_test_stats(f).used);
		KUNIT_ASSERT_TRUE(test, ta_vmap_validate(&f->vmap));
	}
	KUNIT_EXPECT_LT(test, nr_failed, NR_RANDOM / 2);
	for (i = 0; i < NR_SLOTS; i++)
		if (slots[i].addr)
			KUNIT_EXPECT_TRUE(test, drop_slot(f, &slots[i]));
}

struct stress {
	struct ta_vmap_fixture *f;
	atomic_t nr_wrong;
	atomic_t nr_made;
};

/* Two live spans a thread; now and then everything is purged in between. */
static void stress_round(void *data, struct ta_rng *rng)
{
	struct stress *s = data;
	struct slot slots[2] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slots); i++)
		if (make_slot(s->f, rng, &slots[i]))
			atomic_inc(&s->nr_made);
	if (!ta_rng_below(rng, 16))
		s->f->vmap.reclaimer.reclaim(&s->f->vmap.reclaimer);
	for (i = 0; i < ARRAY_SIZE(slots); i++)
		if (slots[i].addr && !drop_slot(s->f, &slots[i]))
			atomic_inc(&s->nr_wrong);
}

static void vmalloc_stress_on_every_cpu(struct kunit *test)
{
	struct ta_vmap_fixture *f = test->priv;
	struct stress s = { .f = f };
	struct ta_stress stress = {
		.work = stress_round,
		.data = &s,
		.nr_rounds = NR_STRESS,
	};
	unsigned long before = ta_vmap_test_nr_free(f);

	ta_stress_run(test, &stress);
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&s.nr_wrong));
	KUNIT_EXPECT_GT(test, atomic_read(&s.nr_made), NR_STRESS);
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_test_stats(f).used);
	KUNIT_EXPECT_EQ(test, before, ta_vmap_test_nr_free(f));
}

static struct kunit_case vmalloc_free_test_cases[] = {
	TA_BACKENDS_CASE(vmalloc_free_in_interrupt),
	TA_BACKENDS_CASE(vmalloc_eager_free_in_interrupt),
	TA_BACKENDS_CASE(vmalloc_purge_waits_for_deferred),
	TA_BACKENDS_CASE(vmalloc_eager_use_after_free_faults),
	TA_BACKENDS_CASE(vmalloc_random_matches_shadow),
	TA_BACKENDS_CASE(vmalloc_stress_on_every_cpu),
	{}
};

static struct kunit_suite vmalloc_free_test_suite = {
	.name = "teachalloc_vmalloc_free",
	.init = ta_vmap_test_init,
	.exit = ta_vmap_test_exit,
	.test_cases = vmalloc_free_test_cases,
};

kunit_test_suite(vmalloc_free_test_suite);
