/* SPDX-License-Identifier: GPL-2.0 */
/* Long random runs against one layer; torture.c says how. */
#ifndef _TA_TESTS_TORTURE_H
#define _TA_TESTS_TORTURE_H

#include "report.h"
#include "rng.h"

#include <linux/atomic.h>
#include <linux/completion.h>

struct task_struct;
struct ta_torture;

/**
 * struct ta_torture_thread - one who does steps: a thread, or a CPU's interrupt
 * @run: the run that it belongs to
 * @rng: its chance
 * @nr: its number, from 0; interrupts come after the threads
 * @step: steps it has done
 * @nr_none: allocations that found nothing, for the layer to count
 * @expected: misuses it has made on purpose, by kind
 * @data: what it has: the layer's own, zeroed at the start
 * @max: how much that may be
 * @task: the thread; NULL for an interrupt
 * @done: the thread has
 */
struct ta_torture_thread {
	struct ta_torture *run;
	struct ta_rng rng;
	unsigned int nr;
	u64 step;
	unsigned long nr_none;
	unsigned long expected[TA_NR_FAULTS];
	void *data;
	unsigned int max;
	struct task_struct *task;
	struct completion done;
};

/**
 * struct ta_torture_layer - what there is to torture
 * @name: as the parameter "what" has it
 * @data_bytes: size of a thread's data
 * @max: of what a thread may have
 * @max_irq: the same of an interrupt
 * @init: make a private instance of the layer
 * @step: one operation
 * @interrupt: one operation in a hard interrupt, or NULL
 * @check: everybody stands still: whether all adds up
 * @release: give back what a thread, or an interrupt, has
 * @drain: everything was given back: whether nothing is lost
 * @fini: end the instance; its end says what is lost, too
 *
 * What is wrong is told by ta_torture_fail(), which ends the run.
 */
struct ta_torture_layer {
	const char *name;
	size_t data_bytes;
	unsigned int max;
	unsigned int max_irq;
	int (*init)(struct ta_torture *run);
	void (*step)(struct ta_torture_thread *t);
	void (*interrupt)(struct ta_torture_thread *t);
	void (*check)(struct ta_torture *run);
	void (*release)(struct ta_torture_thread *t);
	void (*drain)(struct ta_torture *run);
	void (*fini)(struct ta_torture *run);
};

/**
 * struct ta_torture - a run
 * @layer: what is tortured
 * @seed: of all chance in it
 * @nr_threads: threads, each on a CPU of its own
 * @nr_steps: steps of all threads together
 * @thread: the threads, then as many interrupts
 * @data: the layer's own
 * @failed: something is wrong: everybody stops
 * @nr_resting: threads that wait for the others
 * @nr_rests: times that all stood still
 * @reports: misuses reported before the run, by kind
 */
struct ta_torture {
	const struct ta_torture_layer *layer;
	u32 seed;
	unsigned int nr_threads;
	u64 nr_steps;
	struct ta_torture_thread *thread;
	void *data;
	bool failed;
	atomic_t nr_resting;
	unsigned int nr_rests;
	unsigned long reports[TA_NR_FAULTS];
};

int ta_torture_run(struct ta_torture *run);
__printf(2, 3)
void ta_torture_fail(struct ta_torture_thread *t, const char *fmt, ...);

/**
 * ta_torture_interrupts() - let interrupts come, or not
 * @run: whose
 * @on: whether they come from now on; if not, none is under way any more
 *
 * Of the program around, as a user-space program has none.
 */
void ta_torture_interrupts(struct ta_torture *run, bool on);

/* The interrupt of the CPU that a thread is on. */
static inline struct ta_torture_thread *
ta_torture_interrupt_of(struct ta_torture *run, unsigned int thread)
{
	return &run->thread[run->nr_threads + thread];
}

/* What a thread does wrong on purpose is counted before it is done. */
static inline void ta_torture_expect(struct ta_torture_thread *t,
				     enum ta_fault fault)
{
	t->expected[fault]++;
}

extern const struct ta_torture_layer ta_torture_pages;
extern const struct ta_torture_layer ta_torture_slab;
extern const struct ta_torture_layer ta_torture_vmalloc;

#endif /* _TA_TESTS_TORTURE_H */
