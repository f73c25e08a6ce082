/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SPANCPU_H
#define _TA_SPANCPU_H

#include "va.h"

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

struct ta_page;

/* Spans of up to so many pages keep their addresses when they are freed. */
#define TA_SPAN_CACHED_PAGES	32

/* The life of a span, in this order, and from CACHED to NEW again. */
enum ta_span_state {
	TA_SPAN_NEW,		/* has addresses, being filled */
	TA_SPAN_LIVE,		/* in use */
	TA_SPAN_DYING,		/* freed, being emptied */
	TA_SPAN_LAZY,		/* empty, a TLB may still know better */
	TA_SPAN_CACHED,		/* flushed, waits for the next of its size */
	TA_NR_SPAN_STATES
};

enum ta_span_kind {
	TA_SPAN_VMALLOC,	/* its pages are the pool's, and go with it */
	TA_SPAN_VMAP,		/* its pages are somebody else's */
};

/**
 * struct ta_span - addresses with a guard page behind them
 * @lazy: LAZY: next on a list; DYING: the layer's above
 * @next: CACHED: next on a list; a list by one is a list by the other
 * @va: their numbers, the guard page's included
 * @entries: what maps its pages, NULL if that is not one array of words; see
 *	struct ta_ptmap_ops (constant)
 * @blocks: the layer's above, from NEW to DYING
 * @size: bytes asked for
 * @caller: who made it, or from DYING on, who freed it
 * @nr_pages: without the guard page
 * @pid: of the task that made it, 0 if that was an interrupt
 * @state: an enum ta_span_state
 * @kind: an enum ta_span_kind
 * @user: a user may map it, too
 */
struct ta_span {
	union {
		struct llist_node lazy;
		struct ta_span *next;
	};
	struct ta_va va;
	unsigned long *entries;
	struct ta_page *blocks;
	unsigned long size;
	unsigned long caller;
	unsigned int nr_pages;
	int pid;
	u8 state;
	u8 kind;
	bool user;
};

/**
 * struct ta_span_cpu - one CPU's spans
 * @busy: the CPU is inside; an interrupt that finds it set goes elsewhere
 * @nr_lazy: pages of @lazy
 * @nr_ready: pages of @ready
 * @lazy: LAZY spans, the one freed last first
 * @lazy_last: the last of them
 * @ready: CACHED spans by ta_span.nr_pages
 */
struct ta_span_cpu {
	int busy;
	unsigned int nr_lazy;
	unsigned int nr_ready;
	struct llist_node *lazy;
	struct llist_node *lazy_last;
	struct ta_span *ready[TA_SPAN_CACHED_PAGES + 1];
};

/**
 * struct ta_span_cpus - the spans of all CPUs
 * @cpu: each CPU's
 * @used: pages of spans made on each CPU, less those freed on it
 * @lazy_batch: LAZY pages that a CPU keeps before it hands them on (constant)
 * @lazy: LAZY spans that no CPU has; no lock
 * @nr_lazy: pages of those
 * @ready: CACHED spans taken from the CPUs by a collection; no lock
 */
struct ta_span_cpus {
	struct ta_span_cpu __percpu *cpu;
	long __percpu *used;
	unsigned int lazy_batch;
	struct llist_head lazy;
	atomic_long_t nr_lazy;
	struct llist_head ready;
};

/**
 * struct ta_span_sums - what the CPUs have, in pages; approximate
 * @used: of spans in use
 * @lazy: of LAZY spans, those that no CPU has included
 * @ready: of CACHED spans
 */
struct ta_span_sums {
	unsigned long used;
	unsigned long lazy;
	unsigned long ready;
};

int ta_span_cpus_init(struct ta_span_cpus *cpus, unsigned int lazy_batch);
void ta_span_cpus_fini(struct ta_span_cpus *cpus);
bool ta_span_cpus_keep(struct ta_span_cpus *cpus, struct ta_span *list);
void ta_span_cpus_hand_on(struct ta_span_cpus *cpus, struct llist_node *first,
			  struct llist_node *last, long nr_pages);
struct llist_node *ta_span_cpus_cut_lazy(struct ta_span_cpus *cpus);
void ta_span_cpus_settled(struct ta_span_cpus *cpus, unsigned long nr_pages);
struct ta_span *ta_span_cpus_collect(struct ta_span_cpus *cpus);
struct ta_span *ta_span_cpus_collect_dead(struct ta_span_cpus *cpus,
					  unsigned int cpu);
void ta_span_cpus_sums(struct ta_span_cpus *cpus, struct ta_span_sums *sums);
bool ta_span_cpus_validate(struct ta_span_cpus *cpus);

/*
 * Enter this CPU's lists, *@cpu. False if an interrupted user is inside
 * already; then it was not entered.
 */
static __always_inline bool ta_span_cpu_enter(struct ta_span_cpus *cpus,
					      struct ta_span_cpu **cpu)
{
	preempt_disable();
	*cpu = this_cpu_ptr(cpus->cpu);
	if (unlikely((*cpu)->busy)) {
		preempt_enable();
		return false;
	}
	(*cpu)->busy = 1;
	barrier();
	return true;
}

static __always_inline void ta_span_cpu_leave(struct ta_span_cpu *cpu)
{
	barrier();
	cpu->busy = 0;
	preempt_enable();
}

/**
 * ta_span_cpus_pop() - take a flushed span of this CPU
 * @cpus: whose
 * @nr_pages: how large, up to TA_SPAN_CACHED_PAGES; not checked
 *
 * Context: any.
 * Return: the span, still CACHED, or NULL.
 */
static __always_inline struct ta_span *
ta_span_cpus_pop(struct ta_span_cpus *cpus, unsigned int nr_pages)
{
	struct ta_span_cpu *cpu;
	struct ta_span *span;

	if (unlikely(!ta_span_cpu_enter(cpus, &cpu)))
		return NULL;
	span = cpu->ready[nr_pages];
	if (likely(span)) {
		cpu->ready[nr_pages] = span->next;
		WRITE_ONCE(cpu->nr_ready, cpu->nr_ready - nr_pages);
	}
	ta_span_cpu_leave(cpu);
	return span;
}

/**
 * ta_span_cpus_retire() - put a span on this CPU's list of freed ones
 * @cpus: whose
 * @span: LAZY
 *
 * Context: any.
 * Return: whether the list was handed on.
 */
static __always_inline bool ta_span_cpus_retire(struct ta_span_cpus *cpus,
						struct ta_span *span)
{
	struct llist_node *node = &span->lazy, *last = node;
	unsigned int nr_pages = span->nr_pages;
	struct ta_span_cpu *cpu;

	if (unlikely(!ta_span_cpu_enter(cpus, &cpu)))
		goto hand_on;
	node->next = cpu->lazy;
	if (unlikely(!node->next))
		cpu->lazy_last = node;
	nr_pages += cpu->nr_lazy;
	if (likely(nr_pages < cpus->lazy_batch)) {
		cpu->lazy = node;
		WRITE_ONCE(cpu->nr_lazy, nr_pages);
		ta_span_cpu_leave(cpu);
		return false;
	}
	last = cpu->lazy_last;
	cpu->lazy = NULL;
	WRITE_ONCE(cpu->nr_lazy, 0);
	ta_span_cpu_leave(cpu);
hand_on:
	ta_span_cpus_hand_on(cpus, node, last, nr_pages);
	return true;
}

/* Count pages that are used from now on, or if negative, no longer. */
static __always_inline void ta_span_cpus_use(struct ta_span_cpus *cpus,
					     long nr_pages)
{
	this_cpu_add(*cpus->used, nr_pages);
}

#endif /* _TA_SPANCPU_H */
