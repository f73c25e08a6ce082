// SPDX-License-Identifier: GPL-2.0
/*
 * The ten cases of the kernel's own test of vmalloc, on ours.
 *
 * Names, parameters and numbers are those of lib/test_vmalloc.c, so that who
 * knows that knows this, and figures can be laid side by side. It is stricter:
 * every allocation must succeed, and must still hold what was written to it
 * when it is freed. One case asks for alignments that nobody has; it passes if
 * these are refused. Runs while it is loaded; loading fails if a case does.
 *
 * Model: nr_threads threads wait for each other, then each does every case
 * that run_test_mask allows, in an order of its own.
 *
 * Locking: a completion starts them all. Context: process, but for callbacks
 * of RCU, which free in a soft interrupt.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/teachalloc.h>

static int nr_threads;
module_param(nr_threads, int, 0444);
MODULE_PARM_DESC(nr_threads, "threads that do the cases at once (1)");

static bool sequential_test_order;
module_param(sequential_test_order, bool, 0444);
MODULE_PARM_DESC(sequential_test_order, "do the cases in the order of their numbers");

static int test_repeat_count = 1;
module_param(test_repeat_count, int, 0444);
MODULE_PARM_DESC(test_repeat_count, "how often to do each case");

static int test_loop_count = 1000000;
module_param(test_loop_count, int, 0444);
MODULE_PARM_DESC(test_loop_count, "rounds of a case");

static int nr_pages;
module_param(nr_pages, int, 0444);
MODULE_PARM_DESC(nr_pages, "pages of fix_size_alloc_test (1)");

static int run_test_mask = INT_MAX;
module_param(run_test_mask, int, 0444);
MODULE_PARM_DESC(run_test_mask, "sum of the cases' ids: 1 fix_size, 2 full_fit, 4 long_busy_list, 8 random_size, 16 fix_align, 32 random_size_align, 64 align_shift, 128 pcpu, 256 and 512 kvfree_rcu");

static int max_areas = INT_MAX;
module_param(max_areas, int, 0444);
MODULE_PARM_DESC(max_areas, "areas held at once, where the pool is small");

/* An area, marked at both ends. */

static void *mark(void *area, unsigned long size)
{
	u8 *p = area;

	if (p) {
		p[0] = size >> PAGE_SHIFT;
		p[size - 1] = ~p[0];
	}
	return area;
}

/* Returns whether it was one, and as it was. */
static bool drop(void *area, unsigned long size)
{
	u8 *p = area;
	bool ok = p && p[0] == (u8)(size >> PAGE_SHIFT) &&
		  p[size - 1] == (u8)~p[0];

	ta_vfree(area);
	return ok;
}

static bool once(unsigned long size)
{
	return drop(mark(ta_vmalloc(size), size), size);
}

static bool once_aligned(unsigned long size, unsigned long align)
{
	u8 *area = ta_vmalloc_prot(size, align, GFP_KERNEL | __GFP_ZERO,
				   PAGE_KERNEL);
	bool ok = area && IS_ALIGNED((unsigned long)area, align) &&
		  !area[0] && !area[size - 1];

	return drop(mark(area, size), size) && ok;
}

/* Many areas of a page at once. */

static void **make_areas(unsigned int nr)
{
	void **areas = ta_vmalloc(nr * sizeof(*areas));
	unsigned int i;

	for (i = 0; areas && i < nr; i++)
		areas[i] = mark(ta_vmalloc(PAGE_SIZE), PAGE_SIZE);
	return areas;
}

static bool drop_areas(void **areas, unsigned int nr)
{
	unsigned int i;
	bool ok = areas;

	for (i = 0; areas && i < nr; i++)
		ok &= drop(areas[i], PAGE_SIZE);
	ta_vfree(areas);
	return ok;
}

static unsigned int at_most(unsigned int nr)
{
	return clamp(max_areas, 1, (int)nr);
}

/* The cases */

static bool fix_size_alloc_test(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < test_loop_count; i++)
		ok &= once(max(nr_pages, 1) * PAGE_SIZE);
	return ok;
}

/* Every other area is freed: a page fits, with its guard page, in each hole. */
static bool full_fit_alloc_test(void)
{
	unsigned int nr = at_most(fls(num_online_cpus()) *
				  (SZ_32M >> PAGE_SHIFT));
	void **kept = ta_vmalloc(nr * sizeof(*kept));
	void **junk = ta_vmalloc(nr * sizeof(*junk));
	bool ok = kept && junk;
	unsigned int i;

	for (i = 0; ok && i < nr; i++) {
		kept[i] = mark(ta_vmalloc(PAGE_SIZE), PAGE_SIZE);
		junk[i] = mark(ta_vmalloc(PAGE_SIZE), PAGE_SIZE);
	}
	if (ok) {
		ok &= drop_areas(junk, nr);
		junk = NULL;
		for (i = 0; i < test_loop_count; i++)
			ok &= once(PAGE_SIZE);
		ok &= drop_areas(kept, nr);
		kept = NULL;
	}
	ta_vfree(junk);
	ta_vfree(kept);
	return ok;
}

static bool long_busy_list_alloc_test(void)
{
	unsigned int nr = at_most(15000);
	void **areas = make_areas(nr);
	bool ok = areas;
	void *large;
	int i;

	for (i = 0; i < test_loop_count; i++) {
		large = mark(ta_vmalloc(100 * PAGE_SIZE), 100 * PAGE_SIZE);
		ok &= once(PAGE_SIZE);
		ok &= drop(large, 100 * PAGE_SIZE);
	}
	return drop_areas(areas, nr) && ok;
}

static bool random_size_alloc_test(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < test_loop_count; i++)
		ok &= once((get_random_u32() % 100 + 1) * PAGE_SIZE);
	return ok;
}

static bool fix_align_alloc_test(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < test_loop_count; i++)
		ok &= once_aligned(5 * PAGE_SIZE, THREAD_ALIGN << 1);
	return ok;
}

static bool random_size_align_alloc_test(void)
{
	bool ok = true;
	u32 rnd;
	int i;

	for (i = 0; i < test_loop_count; i++) {
		rnd = get_random_u32();
		/* Up to ten pages, at multiples of up to 1024. */
		ok &= once_aligned((rnd / 32 % 10 + 1) * PAGE_SIZE,
				   1UL << rnd % 23);
	}
	return ok;
}

/* What is a multiple of no address in the window must be refused. */
static bool align_shift_alloc_test(void)
{
	unsigned int shift;
	bool ok = true;

	for (shift = 0; shift < BITS_PER_LONG; shift++) {
		unsigned long align = 1UL << shift;
		void *area = ta_vmalloc_prot(PAGE_SIZE, align,
					     GFP_KERNEL | __GFP_NOWARN,
					     PAGE_KERNEL);

		ok &= area || align > PAGE_SIZE;
		ok &= !area || shift < BITS_PER_LONG - 1;
		ok &= IS_ALIGNED((unsigned long)area, align);
		ta_vfree(area);
	}
	return ok;
}

/* What a per-CPU allocator asks for: a copy for each CPU, side by side. */
static bool pcpu_alloc_test(void)
{
	unsigned int nr = at_most(35000), i;
	unsigned long **areas = ta_vmalloc(nr * sizeof(*areas));
	bool ok = areas;

	for (i = 0; areas && i < nr; i++) {
		unsigned long size = get_random_u32() % (PAGE_SIZE / 4) + 8;
		unsigned long align = 2UL << get_random_u32() % 11;

		size = ALIGN(size, align) * num_possible_cpus();
		areas[i] = ta_vmalloc_prot(size, align, GFP_KERNEL,
					   PAGE_KERNEL);
		if (areas[i])
			*areas[i] = i;
	}
	for (i = 0; areas && i < nr; i++) {
		ok &= areas[i] && *areas[i] == i;
		ta_vfree(areas[i]);
	}
	ta_vfree(areas);
	return ok;
}

/* One argument: nothing in the object, so whoever frees waits for many. */
static bool kvfree_rcu_1_arg_vmalloc_test(void)
{
	void *waiting[64];
	unsigned int nr = 0;
	bool ok = true;
	int i;

	for (i = 0; i < test_loop_count; i++) {
		waiting[nr++] = mark(ta_vmalloc(PAGE_SIZE), PAGE_SIZE);
		if (nr < ARRAY_SIZE(waiting) && i + 1 < test_loop_count)
			continue;
		synchronize_rcu();
		while (nr)
			ok &= drop(waiting[--nr], PAGE_SIZE);
	}
	return ok;
}

struct with_rcu {
	struct rcu_head rcu;
	unsigned char array[20];
};

static void free_it(struct rcu_head *rcu)
{
	ta_vfree(container_of(rcu, struct with_rcu, rcu));
}

/* So many are on their way at the most: a million would be the whole pool. */
#define MAX_CALLBACKS	1024

/* Two arguments: freed in a soft interrupt, on any CPU. */
static bool kvfree_rcu_2_arg_vmalloc_test(void)
{
	struct with_rcu *p;
	bool ok = true;
	int i;

	for (i = 0; i < test_loop_count; i++) {
		p = ta_vmalloc(PAGE_SIZE);
		ok &= !!p;
		if (p) {
			p->array[0] = 'a';
			call_rcu(&p->rcu, free_it);
		}
		if (i % MAX_CALLBACKS == MAX_CALLBACKS - 1)
			rcu_barrier();
	}
	rcu_barrier();
	return ok;
}

/* The driver */

static const struct {
	const char *name;
	bool (*test)(void);
} cases[] = {
#define CASE(fn) { #fn, fn }
	CASE(fix_size_alloc_test),
	CASE(full_fit_alloc_test),
	CASE(long_busy_list_alloc_test),
	CASE(random_size_alloc_test),
	CASE(fix_align_alloc_test),
	CASE(random_size_align_alloc_test),
	CASE(align_shift_alloc_test),
	CASE(pcpu_alloc_test),
	CASE(kvfree_rcu_1_arg_vmalloc_test),
	CASE(kvfree_rcu_2_arg_vmalloc_test),
};

/**
 * struct driver - a thread and what it found
 * @task: the thread
 * @done: it has
 * @passed: for each case, how often
 * @failed: likewise
 * @usec: time for one repetition
 */
struct driver {
	struct task_struct *task;
	struct completion done;
	unsigned int passed[ARRAY_SIZE(cases)];
	unsigned int failed[ARRAY_SIZE(cases)];
	s64 usec[ARRAY_SIZE(cases)];
};

static DECLARE_COMPLETION(start);

static void run_case(struct driver *d, unsigned int n)
{
	ktime_t begin = ktime_get();
	int i;

	for (i = 0; i < test_repeat_count; i++) {
		if (cases[n].test())
			d->passed[n]++;
		else
			d->failed[n]++;
		cond_resched();
	}
	d->usec[n] = ktime_us_delta(ktime_get(), begin) / test_repeat_count;
}

static void shuffle(unsigned int *order)
{
	unsigned int i, j;

	for (i = ARRAY_SIZE(cases) - 1; i; i--) {
		j = get_random_u32() % (i + 1);
		swap(order[i], order[j]);
	}
}

static int run_cases(void *data)
{
	unsigned int order[ARRAY_SIZE(cases)], i;
	struct driver *d = data;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		order[i] = i;
	if (!sequential_test_order)
		shuffle(order);
	wait_for_completion(&start);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (run_test_mask & BIT(order[i]))
			run_case(d, order[i]);
	complete(&d->done);
	return 0;
}

/* Returns whether all passed. */
static bool summary(const struct driver *d)
{
	bool ok = true;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		if (!(run_test_mask & BIT(n)))
			continue;
		pr_info("Summary: %s passed: %u failed: %u repeat: %d loops: %d avg: %lld usec\n",
			cases[n].name, d->passed[n], d->failed[n],
			test_repeat_count, test_loop_count, d->usec[n]);
		ok &= d->passed[n] && !d->failed[n];
	}
	return ok;
}

static bool start_driver(struct driver *d, unsigned int n)
{
	struct task_struct *task;

	init_completion(&d->done);
	task = kthread_create(run_cases, d, "vmalloc_test/%u", n);
	if (IS_ERR(task))
		return false;
	/* It must be there when its result is fetched. */
	d->task = get_task_struct(task);
	wake_up_process(task);
	return true;
}

static bool run_drivers(struct driver *drivers)
{
	bool ok = true;
	int n;

	for (n = 0; n < nr_threads; n++)
		ok &= start_driver(&drivers[n], n);
	complete_all(&start);
	for (n = 0; n < nr_threads; n++) {
		if (!drivers[n].task)
			continue;
		wait_for_completion(&drivers[n].done);
		kthread_stop(drivers[n].task);
		put_task_struct(drivers[n].task);
		ok &= summary(&drivers[n]);
	}
	return ok;
}

static int __init test_init(void)
{
	struct driver *drivers;
	bool ok;

	nr_threads = clamp(nr_threads, 1, USHRT_MAX);
	test_repeat_count = max(test_repeat_count, 1);
	test_loop_count = max(test_loop_count, 1);
	drivers = kvcalloc(nr_threads, sizeof(*drivers), GFP_KERNEL);
	if (!drivers)
		return -ENOMEM;
	ok = run_drivers(drivers);
	kvfree(drivers);
	return ok ? 0 : -EIO;
}

static void __exit test_exit(void)
{
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("Test of teachalloc's vmalloc, case by case as the kernel's own");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
