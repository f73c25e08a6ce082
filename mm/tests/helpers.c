// SPDX-License-Identifier: GPL-2.0
/* What the tests of every layer share: a private stack, chance, threads. */
#include "helpers.h"

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

/*
 * Tests count pages, and on its way a thread that moves to another CPU would take
 * some for that one's lists and magazines. No test switches the first one off.
 */
static void stay_on_a_cpu(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(0)));
}

/**
 * ta_test_pages() - make a private page layer, or end the test
 * @test: which gets it
 * @pages: the layer
 * @nr_pages: size of its pool
 *
 * The test's thread stays on a CPU from here on.
 */
void ta_test_pages(struct kunit *test, struct ta_pages *pages,
		   unsigned long nr_pages)
{
	stay_on_a_cpu(test);
	KUNIT_ASSERT_EQ(test, 0, ta_pages_init(pages, nr_pages, nr_pages));
}

/**
 * ta_test_stack() - make a private stack, or end the test
 * @test: which gets it
 * @nr_pages: size of its pool
 *
 * The test's thread stays on a CPU from here on.
 *
 * Return: the stack; end it with ta_test_stack_end().
 */
struct ta_stack *ta_test_stack(struct kunit *test, unsigned long nr_pages)
{
	struct ta_stack *stack = kunit_kzalloc(test, sizeof(*stack),
					       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, stack);
	stay_on_a_cpu(test);
	KUNIT_ASSERT_EQ(test, 0, ta_stack_init(stack, nr_pages, nr_pages));
	/* Tests count pages: every one can be had. */
	ta_pages_set_min(&stack->pages, 0);
	return stack;
}

/**
 * ta_test_fixture() - make what all tests of a suite have, or end the test
 * @test: which gets it, as its priv
 * @bytes: of a struct that begins with "struct ta_stack *stack"
 * @nr_pages: size of that one's pool
 *
 * Return: it, all zero but for the stack; ta_test_stack_end() ends that.
 */
void *ta_test_fixture(struct kunit *test, size_t bytes, unsigned long nr_pages)
{
	struct ta_stack **fixture = kunit_kzalloc(test, bytes, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	*fixture = ta_test_stack(test, nr_pages);
	test->priv = fixture;
	return fixture;
}

/**
 * ta_test_stack_end() - check that nothing is left, and tear down
 * @test: which had it
 * @stack: what ta_test_stack() returned
 */
void ta_test_stack_end(struct kunit *test, struct ta_stack *stack)
{
	KUNIT_EXPECT_TRUE(test, ta_stack_validate(stack));
	KUNIT_EXPECT_EQ(test, 0UL, ta_stack_fini(stack));
}

/**
 * ta_rng_init() - start a stream from a new seed, which is printed
 * @test: where to print
 * @rng: the stream
 */
void ta_rng_init(struct kunit *test, struct ta_rng *rng)
{
	u32 seed = get_random_u32();

	kunit_info(test, "seed %u", seed);
	rng->state = (u64)seed << 1 | 1;
}

struct stress_thread {
	const struct ta_stress *stress;
	struct task_struct *task;
	struct completion done;
	struct ta_rng rng;
};

static int stress_thread(void *data)
{
	struct stress_thread *t = data;
	unsigned int i;

	for (i = 0; i < t->stress->nr_rounds; i++) {
		t->stress->work(t->stress->data, &t->rng);
		cond_resched();
	}
	complete(&t->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void make_thread(struct kunit *test, struct stress_thread *t,
			const struct ta_stress *stress, u32 seed, int cpu)
{
	t->stress = stress;
	t->rng.state = (u64)seed << 8 | (cpu + 1);
	init_completion(&t->done);
	t->task = kthread_create(stress_thread, t, "ta_stress");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t->task));
	kthread_bind(t->task, cpu);
}

/**
 * ta_stress_run() - run a thread on every CPU and wait for all
 * @test: where the seed is printed
 * @stress: what they do
 */
void ta_stress_run(struct kunit *test, const struct ta_stress *stress)
{
	struct stress_thread *t = kunit_kcalloc(test, nr_cpu_ids, sizeof(*t),
						GFP_KERNEL);
	u32 seed = get_random_u32();
	int cpu;

	KUNIT_ASSERT_NOT_NULL(test, t);
	kunit_info(test, "seed %u", seed);
	for_each_online_cpu(cpu)
		make_thread(test, &t[cpu], stress, seed, cpu);
	for_each_online_cpu(cpu)
		wake_up_process(t[cpu].task);
	for_each_online_cpu(cpu) {
		wait_for_completion(&t[cpu].done);
		kthread_stop(t[cpu].task);
	}
}

/*
 * The kernel's fault injection counts a task's allocations, and lets one fail;
 * it is there where it is configured (kernel D), and in user space.
 */
#if IS_ENABLED(CONFIG_FAULT_INJECTION)
static bool can_fail_nth(void)
{
	return true;
}

/**
 * ta_test_fail_nth() - let one of the next allocations fail
 * @nth: the next is 1; 0: none
 */
void ta_test_fail_nth(unsigned int nth)
{
	current->fail_nth = nth;
}

/**
 * ta_test_fail_nth_left() - tell how far it is until it fails
 *
 * Return: 0 if it has failed.
 */
unsigned int ta_test_fail_nth_left(void)
{
	return current->fail_nth;
}
#else
static bool can_fail_nth(void)
{
	return false;
}

void ta_test_fail_nth(unsigned int nth)
{
}

unsigned int ta_test_fail_nth_left(void)
{
	return 0;
}
#endif

/* More allocations than this no set-up makes. */
#define MAX_FAILURES	10000

/**
 * ta_test_each_failure() - let each allocation fail in turn, the host's and ours
 * @test: which is skipped where that cannot be had
 * @fn: does something and undoes it: returns 0, or -ENOMEM with nothing done
 * @data: its argument
 *
 * Where there is another way, an allocation that failed need not be the end.
 */
void ta_test_each_failure(struct kunit *test, int (*fn)(void *data), void *data)
{
	unsigned int nth, left, nr_refused = 0;
	int err;

	if (!can_fail_nth())
		kunit_skip(test, "no fault injection");
	for (nth = 1; nth < MAX_FAILURES; nth++) {
		ta_test_fail_nth(nth);
		err = fn(data);
		left = ta_test_fail_nth_left();
		ta_test_fail_nth(0);
		/* Less than that many were made: all of them have failed. */
		if (left)
			break;
		if (err)
			KUNIT_EXPECT_EQ(test, -ENOMEM, err);
		nr_refused += !!err;
	}
	KUNIT_EXPECT_EQ(test, 0, err);
	KUNIT_EXPECT_LT(test, nth, MAX_FAILURES);
	KUNIT_EXPECT_GT(test, nr_refused, 0);
	kunit_info(test, "%u allocations failed in turn, %u could not be done without",
		   nth - 1, nr_refused);
}

/**
 * struct errand - what somebody does on a CPU
 * @fn: what
 * @arg: its argument
 * @done: it is done
 */
struct errand {
	void (*fn)(void *arg);
	void *arg;
	struct completion done;
};

static int run_errand(void *data)
{
	struct errand *errand = data;

	errand->fn(errand->arg);
	complete(&errand->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/**
 * ta_test_run_on() - do something on a CPU, as a task that may sleep
 * @test: who wants it
 * @cpu: which
 * @fn: what
 * @arg: its argument
 */
void ta_test_run_on(struct kunit *test, unsigned int cpu,
		    void (*fn)(void *arg), void *arg)
{
	struct errand errand = { .fn = fn, .arg = arg };
	struct task_struct *task;

	init_completion(&errand.done);
	task = kthread_create(run_errand, &errand, "ta_errand");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	kthread_bind(task, cpu);
	wake_up_process(task);
	wait_for_completion(&errand.done);
	kthread_stop(task);
}

/**
 * ta_test_cpu_down() - switch a CPU off, if that can be; else pretend to
 * @hp: who is told
 * @cpu: which
 *
 * Return: true; false if it should have gone and did not.
 */
bool ta_test_cpu_down(struct ta_hotplug *hp, unsigned int cpu)
{
	if (cpu && IS_ENABLED(CONFIG_HOTPLUG_CPU))
		return !remove_cpu(cpu);
	hp->dead(hp, cpu);
	return true;
}

/**
 * ta_test_cpu_up() - switch a CPU on again
 * @cpu: what ta_test_cpu_down() was given
 */
void ta_test_cpu_up(unsigned int cpu)
{
	if (cpu && IS_ENABLED(CONFIG_HOTPLUG_CPU))
		add_cpu(cpu);
}

/**
 * ta_fill() - write a pattern that tells whose bytes they are
 * @p: where
 * @bytes: how many
 * @seed: another for each owner
 */
void ta_fill(void *p, size_t bytes, u64 seed)
{
	u8 *b = p;
	size_t i;

	for (i = 0; i < bytes; i++)
		b[i] = (seed ^ (seed >> 8)) + i * 7;
}

/**
 * ta_filled() - check that a pattern is still there
 * @p: where
 * @bytes: how many
 * @seed: as for ta_fill()
 *
 * Return: whether it is.
 */
bool ta_filled(const void *p, size_t bytes, u64 seed)
{
	const u8 *b = p;
	size_t i;

	for (i = 0; i < bytes; i++)
		if (b[i] != (u8)((seed ^ (seed >> 8)) + i * 7))
			return false;
	return true;
}

MODULE_DESCRIPTION("Unit tests of teachalloc");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(TEACHALLOC_TESTS);
