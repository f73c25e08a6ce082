// SPDX-License-Identifier: GPL-2.0
/*
 * Each CPU's spans: those it may take at once, and those it has freed.
 *
 * Model: a CPU takes small spans from stacks of its own, one for each size, and
 * collects what it has freed on a list of its own. Both are exchanged with
 * span.c in batches, so that its lock and its counters are rarely needed:
 *
 *	     take                            free
 *	      ^                               |
 *	CPU 0 | ready[1] ready[2] ...         v  lazy (some pages at the most)
 *	      ^                               |
 *	      | a batch of one size           | the whole list
 *	  flushed spans, span.c           all CPUs' freed spans, no lock
 *	      ^                               |
 *	      +----------- one flush <--------+
 *
 * A freed span cannot go back to a stack without a flush of all CPUs' TLBs, so
 * the stacks are filled from span.c only.
 *
 * As with the per-CPU page lists (pcplist.c) preemption off and a busy flag
 * are all that guards them. An interrupt that finds the flag set takes a span
 * from span.c, and puts one on the list that all CPUs share.
 *
 * Invariants, seen by a CPU that holds its flag
 *  I1  ready[n] has CACHED spans of n pages; nr_ready is the sum of their pages
 *  I2  lazy has LAZY spans; nr_lazy is the sum of their pages; lazy_last is the
 *	last of them
 *
 * Locking: none. What a CPU had that is gone is taken by who is told of it, see
 * span.c. Context: any; a collection interrupts every CPU and sleeps.
 * Failure: of the set-up only.
 */
#include "spancpu.h"
#include "report.h"

#include <linux/errno.h>
#include <linux/smp.h>

static_assert(offsetof(struct ta_span, next) == 0 &&
	      offsetof(struct ta_span, lazy.next) == 0);

static struct ta_span *to_span(struct llist_node *node)
{
	return (struct ta_span *)node;
}

/**
 * ta_span_cpus_keep() - fill a stack of this CPU
 * @cpus: whose
 * @list: CACHED spans of one size, linked by @next
 *
 * Context: any.
 * Return: whether it was empty, and has them now.
 */
bool ta_span_cpus_keep(struct ta_span_cpus *cpus, struct ta_span *list)
{
	unsigned int nr_pages = list->nr_pages, nr = 0;
	struct ta_span_cpu *cpu;
	struct ta_span *span;
	bool room;

	for (span = list; span; span = span->next)
		nr += nr_pages;
	if (!ta_span_cpu_enter(cpus, &cpu))
		return false;
	room = !cpu->ready[nr_pages];
	if (room) {
		cpu->ready[nr_pages] = list;
		WRITE_ONCE(cpu->nr_ready, cpu->nr_ready + nr);
	}
	ta_span_cpu_leave(cpu);
	return room;
}

/**
 * ta_span_cpus_hand_on() - give LAZY spans to who purges
 * @cpus: whose
 * @first: the first; they are linked by @lazy
 * @last: the last
 * @nr_pages: pages of all
 *
 * Context: any.
 */
void ta_span_cpus_hand_on(struct ta_span_cpus *cpus, struct llist_node *first,
			  struct llist_node *last, long nr_pages)
{
	/* First the sum, so that it is never less than what is there. */
	atomic_long_add(nr_pages, &cpus->nr_lazy);
	llist_add_batch(first, last, &cpus->lazy);
}

/**
 * ta_span_cpus_cut_lazy() - take all freed spans that no CPU has
 * @cpus: whose
 *
 * Context: any.
 * Return: LAZY spans, linked by @lazy, the caller's.
 */
struct llist_node *ta_span_cpus_cut_lazy(struct ta_span_cpus *cpus)
{
	return llist_del_all(&cpus->lazy);
}

/**
 * ta_span_cpus_settled() - say that cut spans are LAZY no more
 * @cpus: whose
 * @nr_pages: pages of those
 *
 * Context: any.
 */
void ta_span_cpus_settled(struct ta_span_cpus *cpus, unsigned long nr_pages)
{
	atomic_long_sub(nr_pages, &cpus->nr_lazy);
}

struct collect {
	struct ta_span_cpus *cpus;
	atomic_t missed;
};

static void detach_ready(struct ta_span_cpus *cpus, struct ta_span_cpu *cpu)
{
	unsigned int n;

	for (n = 1; n <= TA_SPAN_CACHED_PAGES; n++)
		while (cpu->ready[n]) {
			struct ta_span *span = cpu->ready[n];

			cpu->ready[n] = span->next;
			llist_add(&span->lazy, &cpus->ready);
		}
	WRITE_ONCE(cpu->nr_ready, 0);
}

static void detach(struct ta_span_cpus *cpus, struct ta_span_cpu *cpu)
{
	detach_ready(cpus, cpu);
	if (!cpu->lazy)
		return;
	ta_span_cpus_hand_on(cpus, cpu->lazy, cpu->lazy_last, cpu->nr_lazy);
	cpu->lazy = NULL;
	WRITE_ONCE(cpu->nr_lazy, 0);
}

/* On each CPU, as an interrupt. */
static void detach_this_cpu(void *arg)
{
	struct collect *collect = arg;
	struct ta_span_cpu *cpu = this_cpu_ptr(collect->cpus->cpu);

	if (READ_ONCE(cpu->busy))
		atomic_inc(&collect->missed);
	else
		detach(collect->cpus, cpu);
}

/**
 * ta_span_cpus_collect() - take what the CPUs have
 * @cpus: whose
 *
 * What they have freed is handed on. One collection at a time. CPUs that are
 * off have nothing: see ta_span_cpus_collect_dead().
 *
 * Context: process, may sleep.
 * Return: the CACHED spans they had, linked by @next, the caller's.
 */
struct ta_span *ta_span_cpus_collect(struct ta_span_cpus *cpus)
{
	struct collect collect = { .cpus = cpus };

	might_sleep();
	do {
		atomic_set(&collect.missed, 0);
		on_each_cpu(detach_this_cpu, &collect, 1);
	} while (atomic_read(&collect.missed));
	return to_span(llist_del_all(&cpus->ready));
}

/**
 * ta_span_cpus_collect_dead() - take what one CPU has from another
 * @cpus: whose
 * @cpu: one that has no user who could be inside
 *
 * What it has freed is handed on. One collection at a time.
 *
 * Context: any.
 * Return: as ta_span_cpus_collect().
 */
struct ta_span *ta_span_cpus_collect_dead(struct ta_span_cpus *cpus,
					  unsigned int cpu)
{
	detach(cpus, per_cpu_ptr(cpus->cpu, cpu));
	return to_span(llist_del_all(&cpus->ready));
}

/**
 * ta_span_cpus_sums() - add up what the CPUs have
 * @cpus: whose
 * @sums: filled in
 *
 * Context: any.
 */
void ta_span_cpus_sums(struct ta_span_cpus *cpus, struct ta_span_sums *sums)
{
	long used = 0, lazy = atomic_long_read(&cpus->nr_lazy);
	unsigned long ready = 0;
	int n;

	for_each_possible_cpu(n) {
		struct ta_span_cpu *cpu = per_cpu_ptr(cpus->cpu, n);

		used += READ_ONCE(*per_cpu_ptr(cpus->used, n));
		lazy += READ_ONCE(cpu->nr_lazy);
		ready += READ_ONCE(cpu->nr_ready);
	}
	sums->used = max(used, 0L);
	sums->lazy = max(lazy, 0L);
	sums->ready = ready;
}

static bool validate_ready(struct ta_span_cpu *cpu)
{
	unsigned int n, nr_pages = 0;
	struct ta_span *span;
	bool ok = true;

	for (n = 0; n <= TA_SPAN_CACHED_PAGES; n++)
		for (span = cpu->ready[n]; span; span = span->next) {
			ok &= ta_check(span->state == TA_SPAN_CACHED &&
				       span->nr_pages == n, "spancpu I1", span);
			nr_pages += n;
		}
	return ok & ta_check(nr_pages == cpu->nr_ready, "spancpu I1", cpu);
}

static bool validate_lazy(struct ta_span_cpu *cpu)
{
	struct llist_node *node, *last = cpu->lazy_last;
	unsigned int nr_pages = 0;
	bool ok = true;

	for (node = cpu->lazy; node; last = node, node = node->next) {
		struct ta_span *span = to_span(node);

		ok &= ta_check(span->state == TA_SPAN_LAZY, "spancpu I2", span);
		nr_pages += span->nr_pages;
	}
	return ok & ta_check(nr_pages == cpu->nr_lazy && last == cpu->lazy_last,
			     "spancpu I2", cpu);
}

/**
 * ta_span_cpus_validate() - check I1 and I2 on this CPU
 * @cpus: whose
 *
 * Context: any.
 * Return: whether they hold. What does not is reported.
 */
bool ta_span_cpus_validate(struct ta_span_cpus *cpus)
{
	struct ta_span_cpu *cpu;
	bool ok;

	if (!ta_span_cpu_enter(cpus, &cpu))
		return true;
	ok = validate_ready(cpu);
	ok &= validate_lazy(cpu);
	ta_span_cpu_leave(cpu);
	return ok;
}

/**
 * ta_span_cpus_fini() - free the lists
 * @cpus: with nothing in them
 *
 * Context: process, may sleep.
 */
void ta_span_cpus_fini(struct ta_span_cpus *cpus)
{
	free_percpu(cpus->used);
	free_percpu(cpus->cpu);
}

/**
 * ta_span_cpus_init() - set up empty lists
 * @cpus: what to set up
 * @lazy_batch: freed pages that a CPU may keep
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_span_cpus_init(struct ta_span_cpus *cpus, unsigned int lazy_batch)
{
	cpus->lazy_batch = lazy_batch;
	init_llist_head(&cpus->lazy);
	init_llist_head(&cpus->ready);
	atomic_long_set(&cpus->nr_lazy, 0);
	cpus->cpu = alloc_percpu(struct ta_span_cpu);
	cpus->used = alloc_percpu(long);
	if (cpus->cpu && cpus->used)
		return 0;
	ta_span_cpus_fini(cpus);
	return -ENOMEM;
}
