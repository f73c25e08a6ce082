// SPDX-License-Identifier: GPL-2.0
/*
 * The module around the long random runs: parameters, and interrupts.
 *
 * Runs while it is loaded; loading fails if a run does. An hour of it:
 *
 *	insmod teachalloc_torture.ko what=pages ops=1000000000
 *
 * Interrupts are those of a timer on each CPU, which come at any instruction,
 * also of the allocator. On PREEMPT_RT, where hard interrupts may not allocate,
 * the same timer is a soft one.
 */
#define pr_fmt(fmt) "torture: " fmt

#include "torture.h"

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/smp.h>
#include <linux/string.h>

static char *what = "";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "the layer: pages, slab, vmalloc (all, one after another)");

static unsigned long ops = 10000000;
module_param(ops, ulong, 0444);
MODULE_PARM_DESC(ops, "operations of all threads together (10000000)");

static uint seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "repeats the choices of a run that printed it (one by chance)");

static uint cpus;
module_param(cpus, uint, 0444);
MODULE_PARM_DESC(cpus, "threads, a CPU each (as many as there are)");

static uint irq_us = 500;
module_param(irq_us, uint, 0444);
MODULE_PARM_DESC(irq_us, "microseconds from one interrupt to the next (500; 0: none)");

/* One CPU's timer, and whose steps it does. */
struct interrupt {
	struct hrtimer timer;
	struct ta_torture_thread *t;
};

static DEFINE_PER_CPU(struct interrupt, interrupts);

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	struct interrupt *irq = container_of(timer, struct interrupt, timer);

	if (READ_ONCE(irq->t->run->failed))
		return HRTIMER_NORESTART;
	irq->t->run->layer->interrupt(irq->t);
	WRITE_ONCE(irq->t->step, irq->t->step + 1);
	/* From now, not from then: a slow machine must get on. */
	hrtimer_forward_now(timer, ns_to_ktime((u64)irq_us * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void start_timer(void *t)
{
	struct interrupt *irq = this_cpu_ptr(&interrupts);

	irq->t = t;
	ta_hrtimer_setup(&irq->timer, fire, CLOCK_MONOTONIC,
			 HRTIMER_MODE_REL_PINNED);
	hrtimer_start(&irq->timer, ns_to_ktime((u64)irq_us * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_PINNED);
}

void ta_torture_interrupts(struct ta_torture *run, bool on)
{
	unsigned int nr = 0;
	int cpu;

	if (!irq_us || !run->layer->interrupt)
		return;
	for_each_online_cpu(cpu) {
		if (nr == run->nr_threads)
			break;
		if (on)
			smp_call_function_single(cpu, start_timer,
						 ta_torture_interrupt_of(run, nr), 1);
		else
			hrtimer_cancel(&per_cpu_ptr(&interrupts, cpu)->timer);
		nr++;
	}
}

static const struct ta_torture_layer * const layers[] = {
	&ta_torture_pages,
	&ta_torture_slab,
	&ta_torture_vmalloc,
};

static int torture(const struct ta_torture_layer *layer)
{
	struct ta_torture run = {
		.layer = layer,
		.seed = seed ?: get_random_u32(),
		.nr_threads = cpus ? min(cpus, num_online_cpus()) :
				     num_online_cpus(),
		.nr_steps = ops,
	};

	return ta_torture_run(&run);
}

static int __init torture_init(void)
{
	unsigned int i, nr = 0;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(layers) && !err; i++)
		if (!*what || sysfs_streq(what, layers[i]->name)) {
			err = torture(layers[i]);
			nr++;
		}
	return nr ? err : -EINVAL;
}

static void __exit torture_exit(void)
{
}

module_init(torture_init);
module_exit(torture_exit);
MODULE_DESCRIPTION("Long random runs against the layers of teachalloc");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(TEACHALLOC_TESTS);
