// SPDX-License-Identifier: GPL-2.0
/*
 * Long random runs against one layer.
 *
 * Model: threads, each on a CPU of its own, do random steps on a private
 * instance of a layer, while interrupts do so on the same CPUs. A step is one
 * call of the allocator, mostly a right one. Now and then all stand still and
 * what is there is counted; at the end everything is given back.
 *
 *	CPU 0	-step-step-step-[irq]-step-|rest|-step-step ... |release|
 *	CPU 1	-step-step-[irq]-step-step-|rest|-step-step ... |release|
 *					     check		  drain
 *
 * On a private instance rather than on the exported functions: nobody else
 * uses it, so every count is exact and its end tells what is lost; a small
 * pool is short of memory all the time; and the same file runs as a user-space
 * program. Both are inline around the same code.
 *
 * Invariants
 *  I1  a misuse is reported exactly as often as it was made
 *  I2  no invariant of a layer is found broken
 *
 * The first thing that is wrong ends the run, with the seed and the step of
 * who saw it. Then nothing is torn down: what is broken is left as it is.
 *
 * Locking: none. A thread's state is its own; who rests last checks, while the
 * others wait.
 * Context: process, may sleep for minutes.
 */
#define pr_fmt(fmt) "torture: " fmt

#include "torture.h"

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* Times that all stand still in a run. */
#define NR_RESTS	64

/* Seconds from one word of progress to the next. */
#define PROGRESS	5

/**
 * ta_torture_fail() - say what is wrong, and end the run
 * @t: who saw it
 * @fmt: what
 *
 * Context: any.
 */
void ta_torture_fail(struct ta_torture_thread *t, const char *fmt, ...)
{
	char text[128];
	va_list args;

	WRITE_ONCE(t->run->failed, true);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	pr_err("%s FAILED: seed %u, thread %u, step %llu: %s\n",
	       t->run->layer->name, t->run->seed, t->nr, t->step, text);
}

static void check_reports(struct ta_torture *run)
{
	enum ta_fault fault;
	unsigned int i;

	for (fault = 0; fault < TA_NR_FAULTS; fault++) {
		unsigned long made = 0;

		for (i = 0; i < 2 * run->nr_threads; i++)
			made += run->thread[i].expected[fault];
		if (ta_report_count(fault) - run->reports[fault] != made)
			ta_torture_fail(&run->thread[0],
					"misuse of kind %u made %lu times, reported %lu",
					fault, made, ta_report_count(fault) -
					run->reports[fault]);
	}
}

/* Everybody stands still. */
static void check(struct ta_torture *run)
{
	ta_torture_interrupts(run, false);
	run->layer->check(run);
	check_reports(run);
	if (!run->failed)
		ta_torture_interrupts(run, true);
}

/* Wait until all are here; the last one checks. */
static void rest(struct ta_torture_thread *t)
{
	struct ta_torture *run = t->run;
	unsigned int nr = run->nr_rests;

	if (atomic_inc_return(&run->nr_resting) == run->nr_threads) {
		check(run);
		atomic_set(&run->nr_resting, 0);
		/* Pairs with the load below: all see what the check has done. */
		smp_store_release(&run->nr_rests, nr + 1);
		return;
	}
	/* Pairs with the store above. */
	while (smp_load_acquire(&run->nr_rests) == nr &&
	       !READ_ONCE(run->failed))
		schedule_timeout_interruptible(1);
}

static int do_steps(void *data)
{
	struct ta_torture_thread *t = data;
	struct ta_torture *run = t->run;
	u64 nr_steps = div_u64(run->nr_steps, run->nr_threads);
	u64 to_rest = max_t(u64, div_u64(nr_steps, NR_RESTS), 1);
	u64 next_rest = to_rest;

	while (t->step < nr_steps && !READ_ONCE(run->failed)) {
		run->layer->step(t);
		WRITE_ONCE(t->step, t->step + 1);
		if (t->step == next_rest) {
			rest(t);
			next_rest += to_rest;
		}
		/* What makes way costs more than a step on some kernels. */
		if (!(t->step & 63))
			cond_resched();
	}
	complete(&t->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static u64 steps_done(struct ta_torture *run, unsigned int first)
{
	u64 nr = 0;
	unsigned int i;

	for (i = first; i < first + run->nr_threads; i++)
		nr += READ_ONCE(run->thread[i].step);
	return nr;
}

static void tell_progress(struct ta_torture *run)
{
	pr_info("%s: %llu of %llu steps, and %llu in interrupts\n",
		run->layer->name, steps_done(run, 0), run->nr_steps,
		steps_done(run, run->nr_threads));
}

/* As the watchdog of hung tasks looks on, no sleep is long. */
static void wait_for(struct ta_torture *run, struct ta_torture_thread *t)
{
	unsigned int i;

	while (!completion_done(&t->done)) {
		for (i = 0; i < 10 * PROGRESS && !completion_done(&t->done); i++)
			schedule_timeout_interruptible(HZ / 10);
		tell_progress(run);
		if (signal_pending(current))
			ta_torture_fail(t, "stopped by a signal");
	}
}

static int start_threads(struct ta_torture *run)
{
	unsigned int i, nr = 0;
	int cpu;

	for_each_online_cpu(cpu) {
		struct ta_torture_thread *t = &run->thread[nr];

		if (nr == run->nr_threads)
			break;
		t->task = kthread_create(do_steps, t, "ta_torture/%u", nr);
		if (IS_ERR(t->task))
			goto stop;
		kthread_bind(t->task, cpu);
		nr++;
	}
	for (i = 0; i < nr; i++)
		wake_up_process(run->thread[i].task);
	return 0;

stop:
	while (nr--)
		kthread_stop(run->thread[nr].task);
	return -ENOMEM;
}

static int run_threads(struct ta_torture *run)
{
	unsigned int i;
	int err = start_threads(run);

	if (err)
		return err;
	ta_torture_interrupts(run, true);
	for (i = 0; i < run->nr_threads; i++) {
		wait_for(run, &run->thread[i]);
		kthread_stop(run->thread[i].task);
	}
	ta_torture_interrupts(run, false);
	return 0;
}

/* Everything goes back; what is not there then is lost. */
static void end_run(struct ta_torture *run)
{
	unsigned int i;

	if (!run->failed)
		run->layer->check(run);
	for (i = 0; i < 2 * run->nr_threads && !run->failed; i++)
		run->layer->release(&run->thread[i]);
	if (!run->failed)
		run->layer->drain(run);
	check_reports(run);
	if (!run->failed)
		run->layer->fini(run);
}

static bool init_threads(struct ta_torture *run)
{
	const struct ta_torture_layer *layer = run->layer;
	bool ok = true;
	unsigned int i;

	for (i = 0; i < 2 * run->nr_threads; i++) {
		struct ta_torture_thread *t = &run->thread[i];

		t->run = run;
		t->nr = i;
		t->max = i < run->nr_threads ? layer->max : layer->max_irq;
		t->data = kvzalloc(layer->data_bytes, GFP_KERNEL);
		ok &= !!t->data;
		ta_rng_seed(&t->rng, run->seed, i);
		init_completion(&t->done);
	}
	return ok;
}

static void free_threads(struct ta_torture *run)
{
	unsigned int i;

	for (i = 0; i < 2 * run->nr_threads; i++)
		kvfree(run->thread[i].data);
	kfree(run->thread);
}

static void tell_end(struct ta_torture *run)
{
	unsigned long nr_none = 0, nr_misuses = 0;
	unsigned int i, fault;

	for (i = 0; i < 2 * run->nr_threads; i++) {
		nr_none += run->thread[i].nr_none;
		for (fault = 0; fault < TA_NR_FAULTS; fault++)
			nr_misuses += run->thread[i].expected[fault];
	}
	pr_info("%s %s: seed %u, %llu steps, %llu in interrupts, %lu found nothing, %lu misuses, %u rests\n",
		run->layer->name, run->failed ? "failed" : "passed", run->seed,
		steps_done(run, 0), steps_done(run, run->nr_threads), nr_none,
		nr_misuses, run->nr_rests);
}

/**
 * ta_torture_run() - do a run
 * @run: with layer, seed, nr_threads (at most as many as CPUs) and nr_steps
 *	set, all else zero
 *
 * Context: process, may sleep for minutes.
 * Return: 0; -EIO if something was wrong; -ENOMEM.
 */
int ta_torture_run(struct ta_torture *run)
{
	enum ta_fault fault;
	int err = -ENOMEM;

	run->thread = kcalloc(2 * run->nr_threads, sizeof(*run->thread),
			      GFP_KERNEL);
	if (!run->thread)
		return -ENOMEM;
	if (!init_threads(run))
		goto free_threads;
	for (fault = 0; fault < TA_NR_FAULTS; fault++)
		run->reports[fault] = ta_report_count(fault);
	pr_info("%s: seed %u, %llu steps, %u threads\n", run->layer->name,
		run->seed, run->nr_steps, run->nr_threads);
	err = run->layer->init(run);
	if (err)
		goto free_threads;
	err = run_threads(run);
	if (err) {
		run->layer->fini(run);
		goto free_threads;
	}
	end_run(run);
	tell_end(run);
	if (run->failed)
		err = -EIO;
free_threads:
	free_threads(run);
	return err;
}
