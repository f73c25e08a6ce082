// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU lists of free blocks in front of the buddy allocator.
 *
 * Model: each CPU keeps a stack of free blocks for each order but the highest and
 * each migrate type. A pair of allocation and free on one CPU touches
 * nothing that another CPU does. An empty list is refilled and an overlong one
 * emptied by a batch under one buddy lock.
 *
 *	CPU 0 [ o0 | o1 | o2 | ... o9 ]	    CPU 1 [ o0 | o1 | o2 | ... o9 ]
 *		  refill  |  ^  spill		     |  ^
 *			  v  |			     v  |
 *			[         buddy allocator         ]
 *
 * The lists of the highest order and of the type ISOLATE have no blocks: they are
 * there so that the fast path need not ask. A freed block goes to the list
 * of its pageblock's type, so that the next who wants that type gets it; what a
 * refill had to take from another type is handed out all the same.
 *
 * What is on a list does not merge, and is taken before what would leave larger
 * blocks whole: long lists fragment the pool. So a list is short until it is
 * found empty, or full, several times in a row: then somebody allocates, or
 * frees, very many, and it becomes longer. Whenever the one follows the other
 * it becomes shorter again.
 *
 * A CPU's lists are guarded by preemption off and its busy flag alone: no
 * locked instruction, no interrupts off. An interrupt that comes while the
 * flag is set finds the lists unusable and goes to the buddy allocator. While
 * the flag is set no lock is taken and nothing is called, so a refill works on
 * a list of its own first; this also keeps PREEMPT_RT's sleeping locks out of
 * sections without preemption.
 *
 * Invariants, seen by a CPU that holds its flag
 *  I1  nr of a list is its length
 *  I2  every block on a list is of kind PCP and the list's order, and its host is
 *	its struct page
 *  I3  nr never exceeds high, but between a change of the tuning and the end of
 *	the drain that follows it
 *
 * Locking: lists->lock lets one drainer at a time work; it interrupts each
 * CPU to move the lists to @drained, which is the drainer's, and makes them short
 * again, which puts a new tuning into effect for good. What a CPU had
 * that is gone is taken at once, by the callback of hotplug.h.
 * Context: alloc and free anywhere, hard interrupts included; drain and tune
 * may sleep.
 * Failure: alloc gives NULL when the buddy allocator has no block either.
 */
#include "pcplist.h"
#include "report.h"
#include "trace.h"

#include <linux/sched.h>
#include <linux/smp.h>

/*
 * Pages on the longest list, of which a quarter is moved at a time: a batch of 64
 * brings the lock's share of a page down to next to nothing. Of larger blocks
 * it would be too few: then MIN_BATCH of them, or half of the list. In a small
 * pool all CPUs' lists of one order and type together have a 32nd of it: what
 * is on another CPU's list cannot be had in a hurry.
 */
#define HIGH_PAGES	256UL
#define HIGH_SHARE	32
#define MIN_BATCH	16U
/* Pages on a list that is not much used: or two small blocks, or one large one. */
#define LOW_PAGES	8U
/* Chance seldom finds a list empty, or full, as often as this. */
#define IN_A_ROW	6
/*
 * Of larger blocks a few are kept, since to split and merge one costs ten times
 * what a list does: of each order a 64th of a CPU's share of the pool.
 */
#define LARGE_SHARE	64
/* Whole pageblocks are kept if a CPU's share is one with this instead. */
#define HUGE_SHARE	16

static void count(struct ta_pcplists *lists, enum ta_vm_event event,
		  unsigned int nr_pages)
{
	ta_vmstat_add(&lists->buddy->pool->vmstat, event, nr_pages);
}

static struct ta_pcp_list *list_of(struct ta_pcp *pcp, unsigned int order,
				   enum ta_migratetype type)
{
	return &pcp->lists[ta_pcp_place(order, type)];
}

/* Of the CPU that this is, and stays. */
static struct ta_pcp_list *this_list(struct ta_pcplists *lists,
				     unsigned int order,
				     enum ta_migratetype type)
{
	return list_of(this_cpu_ptr(lists->cpu), order, type);
}

/* Blocks on a list at the most, where nobody said another number. */
static unsigned int default_high(const struct ta_pcplists *lists,
				 unsigned int order)
{
	unsigned long nr_pages = lists->buddy->pool->nr_pages /
				 num_possible_cpus();

	if (order == TA_PAGEBLOCK_ORDER)
		return nr_pages / HUGE_SHARE >> order;
	if (order > 3)
		return nr_pages / LARGE_SHARE >> order;
	return min(nr_pages / HIGH_SHARE, HIGH_PAGES) >> order;
}

/* Blocks that come to, or leave, a list of such a length at a time. */
static unsigned int batch_of(const struct ta_pcplists *lists,
			     unsigned int order, unsigned int high)
{
	unsigned int batch_pages = READ_ONCE(lists->batch_pages);
	unsigned int batch = batch_pages >> order;

	if (!batch_pages)
		batch = max(high / 4, min(high / 2, MIN_BATCH));
	return clamp(batch, 1U, max(high, 1U));
}

/* What blocks of an order are kept by the tuning. */
static void apply_to_order(struct ta_pcplists *lists, unsigned int order)
{
	const struct ta_pcp_tuning *tuning = &lists->tuning;
	unsigned int min, max = 0, type;
	int cpu;

	if (ta_pcplists_have(order) && !tuning->off)
		max = tuning->high_pages ? tuning->high_pages >> order :
					   default_high(lists, order);
	min = tuning->high_pages ? max : min(max, max(LOW_PAGES >> order, order > 3 ? 1U : 2U));
	WRITE_ONCE(lists->min[order], min);
	WRITE_ONCE(lists->max[order], max);
	for_each_possible_cpu(cpu)
		for (type = 0; type < TA_NR_PCP_TYPES; type++)
			WRITE_ONCE(list_of(per_cpu_ptr(lists->cpu, cpu),
					   order, type)->high, min);
}

/* Put the tuning into effect; on lists that are longer a drain must follow. */
static void apply_tuning(struct ta_pcplists *lists)
{
	unsigned int order;

	WRITE_ONCE(lists->batch_pages, lists->tuning.batch_pages);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		apply_to_order(lists, order);
}

/* A list was found full, or empty: let its length follow; returns the batch. */
static unsigned int follow(struct ta_pcplists *lists, unsigned int order,
			   enum ta_migratetype type, bool full)
{
	struct ta_pcp *pcp = this_cpu_ptr(lists->cpu);
	struct ta_pcp_list *list = list_of(pcp, order, type);
	struct ta_pcp_pace *pace = &pcp->pace[order][type];
	unsigned int high = READ_ONCE(list->high);

	if (pace->full != full) {
		pace->full = full;
		pace->in_a_row = 0;
		high = max(high / 2, READ_ONCE(lists->min[order]));
	} else if (++pace->in_a_row == IN_A_ROW) {
		pace->in_a_row = 0;
		high = min(high * 2, READ_ONCE(lists->max[order]));
	}
	WRITE_ONCE(list->high, high);
	return batch_of(lists, order, high);
}

static void trace_refill(struct ta_page *tp, unsigned int order)
{
	if (!trace_ta_mm_page_pcpu_refill_enabled())
		return;
	for (; tp; tp = tp->next)
		trace_ta_mm_page_pcpu_refill(ta_page_host(tp),
					     ta_page_frame(tp), order,
					     ta_page_type(tp));
}

static void trace_drain(struct ta_page *tp, unsigned int order)
{
	if (!trace_ta_mm_page_pcpu_drain_enabled())
		return;
	for (; tp; tp = tp->next)
		trace_ta_mm_page_pcpu_drain(ta_page_host(tp), ta_page_frame(tp),
					    order, ta_page_type(tp));
}

/* Cut the first @nr blocks off @list. */
static struct ta_page *cut(struct ta_pcp_list *list, unsigned int nr)
{
	struct ta_page *first = list->head, *last = first;

	WRITE_ONCE(list->nr, list->nr - nr);
	while (--nr)
		last = last->next;
	list->head = last->next;
	last->next = NULL;
	return first;
}

/* Make @rest, @nr blocks, this CPU's list, if that is empty, as it mostly is. */
static void keep_rest(struct ta_pcplists *lists, struct ta_page *rest,
		      unsigned int nr, unsigned int order,
		      enum ta_migratetype type)
{
	if (ta_pcp_enter(lists->cpu)) {
		struct ta_pcp_list *list = this_list(lists, order, type);

		if (!list->head && nr <= READ_ONCE(list->high)) {
			list->head = rest;
			WRITE_ONCE(list->nr, nr);
			rest = NULL;
		}
		ta_pcp_leave(lists->cpu);
	}
	if (rest) {
		count(lists, TA_VM_PCP_DRAIN, nr << order);
		trace_drain(rest, order);
		ta_buddy_free_list(lists->buddy, rest, order);
	}
}

/* Give all that this CPU has of a type to the buddy allocator. */
static void give_back(struct ta_pcplists *lists, enum ta_migratetype type)
{
	unsigned int order;

	for (order = 0; ta_pcplists_have(order); order++) {
		struct ta_page *tp = NULL;
		unsigned int nr = 0;

		if (ta_pcp_enter(lists->cpu)) {
			struct ta_pcp_list *list = this_list(lists, order, type);

			nr = list->nr;
			if (nr)
				tp = cut(list, nr);
			ta_pcp_leave(lists->cpu);
		}
		if (!tp)
			continue;
		count(lists, TA_VM_PCP_DRAIN, nr << order);
		trace_drain(tp, order);
		ta_buddy_free_list(lists->buddy, tp, order);
	}
}

/* How many blocks to take for a list that was empty, or busy. */
static unsigned int refill_batch(struct ta_pcplists *lists, unsigned int order,
				 enum ta_migratetype type)
{
	unsigned int nr = 1;

	if (ta_pcp_enter(lists->cpu)) {
		/* Not if another CPU's, as the thread was moved meanwhile. */
		if (!this_list(lists, order, type)->nr)
			nr = follow(lists, order, type, false);
		ta_pcp_leave(lists->cpu);
	}
	return nr;
}

/**
 * ta_pcplists_refill() - take a block from the buddy, and more for the list
 * @lists: whose list was empty, or busy
 * @order: at most TA_MAX_ORDER
 * @type: what it is for, less than TA_NR_PCP_TYPES
 * @mark: pages that stay free in the buddy allocator
 *
 * Context: any.
 * Return: the first page, of kind PCP, or NULL.
 */
struct ta_page *ta_pcplists_refill(struct ta_pcplists *lists,
				   unsigned int order,
				   enum ta_migratetype type,
				   unsigned long mark)
{
	enum ta_migratetype used = ta_buddy_type(lists->buddy, type);
	struct ta_page *tp;
	unsigned int nr;

	if (unlikely(used != type)) {
		tp = ta_pcplists_pop(lists, order, used);
		if (tp)
			return tp;
	}
	/* Rather than spoil another type's pageblock, use what is here. */
	if (unlikely(!ta_buddy_has(lists->buddy, order, used)))
		give_back(lists, used);
	nr = min_t(unsigned long, refill_batch(lists, order, used),
		   ta_buddy_room(lists->buddy, order, mark));
	if (!nr)
		return NULL;
	nr = ta_buddy_alloc_bulk(lists->buddy, order, used, nr, &tp);
	count(lists, TA_VM_PCP_REFILL, nr << order);
	trace_refill(tp, order);
	if (nr > 1)
		keep_rest(lists, tp->next, nr - 1, order, used);
	return tp;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_refill);

/* Take as much off a full list that there is room for a batch. */
static unsigned int make_room(struct ta_pcplists *lists, unsigned int order,
			      enum ta_migratetype type, struct ta_page **first)
{
	struct ta_pcp_list *list = this_list(lists, order, type);
	unsigned int batch, keep, nr = 0;

	if (!list->nr)
		return 0;
	batch = follow(lists, order, type, true);
	keep = READ_ONCE(list->high) - batch;
	if (list->nr > keep) {
		nr = list->nr - keep;
		*first = cut(list, nr);
	}
	return nr;
}

/**
 * ta_pcplists_spill() - free a block whose list was full, or busy
 * @lists: whose; some of its blocks go to the buddy too
 * @tp: the block's first page
 * @order: at most TA_MAX_ORDER
 *
 * Context: any.
 */
void ta_pcplists_spill(struct ta_pcplists *lists, struct ta_page *tp,
		       unsigned int order)
{
	enum ta_migratetype type = ta_page_type(tp);
	unsigned int nr = 1;

	ta_page_set_kind(tp, TA_KIND_PCP);
	tp->next = NULL;
	if (ta_pcp_enter(lists->cpu)) {
		nr += make_room(lists, order, type, &tp->next);
		ta_pcp_leave(lists->cpu);
	}
	count(lists, TA_VM_PCP_DRAIN, nr << order);
	trace_drain(tp, order);
	if (nr == 1)
		ta_buddy_free(lists->buddy, tp, order);
	else
		ta_buddy_free_list(lists->buddy, tp, order);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_spill);

/**
 * ta_pcplists_take() - take several blocks at once
 * @lists: where from
 * @order: at most TA_MAX_ORDER; not checked
 * @type: what they are for, less than TA_NR_PCP_TYPES; not checked
 * @nr: how many are wanted, more than 0
 * @mark: pages that stay free in the buddy allocator
 * @list: set to the first; they are linked by ta_page.next and of kind PCP
 *
 * All from this CPU's list, or all from the buddy allocator.
 *
 * Context: any.
 * Return: how many there were.
 */
unsigned int ta_pcplists_take(struct ta_pcplists *lists, unsigned int order,
			      enum ta_migratetype type, unsigned int nr,
			      unsigned long mark, struct ta_page **list)
{
	type = ta_buddy_type(lists->buddy, type);
	*list = NULL;
	if (ta_pcp_enter(lists->cpu)) {
		struct ta_pcp_list *from = this_list(lists, order, type);

		if (from->nr >= nr)
			*list = cut(from, nr);
		ta_pcp_leave(lists->cpu);
	}
	if (*list)
		return nr;
	nr = min_t(unsigned long, nr,
		   ta_buddy_room(lists->buddy, order, mark));
	return nr ? ta_buddy_alloc_bulk(lists->buddy, order, type, nr, list) : 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_take);

/* Move what there is room for to this CPU's lists; return the rest. */
static struct ta_page *push_list(struct ta_pcp *pcp, unsigned int order,
				 struct ta_page *list)
{
	struct ta_page *tp, *rest = NULL;

	while ((tp = list)) {
		struct ta_pcp_list *to = list_of(pcp, order, ta_page_type(tp));

		list = tp->next;
		if (likely(to->nr < READ_ONCE(to->high))) {
			tp->next = to->head;
			to->head = tp;
			WRITE_ONCE(to->nr, to->nr + 1);
		} else {
			tp->next = rest;
			rest = tp;
		}
	}
	return rest;
}

/**
 * ta_pcplists_give() - give several blocks back at once
 * @lists: where to
 * @order: at most TA_MAX_ORDER; not checked
 * @list: the first; they are linked by ta_page.next and of kind PCP
 *
 * Context: any.
 */
void ta_pcplists_give(struct ta_pcplists *lists, unsigned int order,
		      struct ta_page *list)
{
	if (ta_pcp_enter(lists->cpu)) {
		list = push_list(this_cpu_ptr(lists->cpu), order, list);
		ta_pcp_leave(lists->cpu);
	}
	if (list)
		ta_buddy_free_list(lists->buddy, list, order);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_give);

/* --- draining ------------------------------------------------------------ */

struct drain {
	struct ta_pcplists *lists;
	atomic_t missed;
};

static void detach(struct ta_pcplists *lists, struct ta_pcp *pcp)
{
	unsigned int order, type;

	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		for (type = 0; type < TA_NR_PCP_TYPES; type++) {
			struct ta_pcp_list *list = list_of(pcp, order, type);

			count(lists, TA_VM_PCP_DRAIN, list->nr << order);
			pcp->drained[order][type] = list->head;
			list->head = NULL;
			WRITE_ONCE(list->nr, 0);
			/* follow() may have written what was before a tuning. */
			WRITE_ONCE(list->high, READ_ONCE(lists->min[order]));
		}
}

/* On each CPU, as an interrupt. */
static void detach_this_cpu(void *arg)
{
	struct drain *drain = arg;
	struct ta_pcp *pcp = this_cpu_ptr(drain->lists->cpu);

	if (READ_ONCE(pcp->busy))
		atomic_inc(&drain->missed);
	else
		detach(drain->lists, pcp);
}

static void free_drained(struct ta_pcplists *lists, struct ta_pcp *pcp)
{
	unsigned int order, type;

	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		for (type = 0; type < TA_NR_PCP_TYPES; type++) {
			struct ta_page *list = pcp->drained[order][type];

			trace_drain(list, order);
			if (list)
				ta_buddy_free_list(lists->buddy, list, order);
			pcp->drained[order][type] = NULL;
		}
}

/*
 * A CPU that is off has no user who could be inside, and its lists were taken
 * when it went. An interrupt-time free of the very last moment may be left.
 */
static void detach_offline_cpus(struct ta_pcplists *lists)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			detach(lists, per_cpu_ptr(lists->cpu, cpu));
}

static void drain_locked(struct ta_pcplists *lists, bool cpus_held)
{
	struct drain drain = { .lists = lists };
	int cpu;

	lockdep_assert_held(&lists->lock);
	do {
		atomic_set(&drain.missed, 0);
		on_each_cpu(detach_this_cpu, &drain, 1);
		if (cpus_held)
			detach_offline_cpus(lists);
		for_each_possible_cpu(cpu)
			free_drained(lists, per_cpu_ptr(lists->cpu, cpu));
	} while (atomic_read(&drain.missed));
}

/**
 * ta_pcplists_drain() - move every CPU's blocks to the buddy allocator
 * @lists: whose
 * @wait: also while a CPU is coming or going; see ta_hold_cpus()
 *
 * What is freed meanwhile may stay, and without @wait what a CPU has that is
 * going.
 *
 * Context: process, may sleep.
 */
void ta_pcplists_drain(struct ta_pcplists *lists, bool wait)
{
	bool held = ta_hold_cpus(wait);

	might_sleep();
	mutex_lock(&lists->lock);
	drain_locked(lists, held);
	mutex_unlock(&lists->lock);
	if (held)
		cpus_read_unlock();
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_drain);

static void cpu_dead(struct ta_hotplug *hp, unsigned int cpu)
{
	struct ta_pcplists *lists = container_of(hp, struct ta_pcplists,
						 hotplug);
	struct ta_pcp *pcp = per_cpu_ptr(lists->cpu, cpu);

	mutex_lock(&lists->lock);
	detach(lists, pcp);
	free_drained(lists, pcp);
	mutex_unlock(&lists->lock);
}

/* --- tuning -------------------------------------------------------------- */

/**
 * ta_pcplists_tune() - change how long the lists may be, or switch them off
 * @lists: whose
 * @tuning: what is wanted; also after the pool has changed its size
 *
 * Context: process, may sleep.
 */
void ta_pcplists_tune(struct ta_pcplists *lists,
		      const struct ta_pcp_tuning *tuning)
{
	cpus_read_lock();
	mutex_lock(&lists->lock);
	lists->tuning = *tuning;
	apply_tuning(lists);
	drain_locked(lists, true);
	mutex_unlock(&lists->lock);
	cpus_read_unlock();
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_tune);

/**
 * ta_pcplists_tuning() - tell how the lists are tuned
 * @lists: whose
 * @tuning: filled in
 * @in_use: say the numbers that single pages have; else what was asked for
 *
 * Context: process, may sleep.
 */
void ta_pcplists_tuning(struct ta_pcplists *lists,
			struct ta_pcp_tuning *tuning, bool in_use)
{
	mutex_lock(&lists->lock);
	*tuning = lists->tuning;
	if (in_use) {
		tuning->high_pages = lists->max[0];
		tuning->batch_pages = batch_of(lists, 0, lists->max[0]);
	}
	mutex_unlock(&lists->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_tuning);

/**
 * ta_pcplists_init() - set up empty lists
 * @lists: what to set up
 * @buddy: where they are filled from
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_pcplists_init(struct ta_pcplists *lists, struct ta_buddy *buddy)
{
	int err;

	lists->buddy = buddy;
	lists->tuning = (struct ta_pcp_tuning){};
	mutex_init(&lists->lock);
	lists->cpu = alloc_percpu(struct ta_pcp);
	if (!lists->cpu)
		return -ENOMEM;
	apply_tuning(lists);
	lists->hotplug.dead = cpu_dead;
	err = ta_hotplug_add(&lists->hotplug);
	if (err)
		free_percpu(lists->cpu);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_init);

/**
 * ta_pcplists_fini() - drain and free the lists
 * @lists: whose users are all gone
 *
 * Context: process, may sleep.
 */
void ta_pcplists_fini(struct ta_pcplists *lists)
{
	ta_hotplug_del(&lists->hotplug);
	ta_pcplists_drain(lists, true);
	free_percpu(lists->cpu);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_fini);

/* --- looking ------------------------------------------------------------- */

/**
 * ta_pcplists_nr_pages() - count the pages on all lists
 * @lists: whose
 *
 * Context: any.
 * Return: the number; approximate while others allocate.
 */
unsigned long ta_pcplists_nr_pages(struct ta_pcplists *lists)
{
	unsigned int order, type;
	unsigned long nr = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ta_pcp *pcp = per_cpu_ptr(lists->cpu, cpu);

		for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
			for (type = 0; type < TA_NR_PCP_TYPES; type++)
				nr += (unsigned long)
				      READ_ONCE(list_of(pcp, order, type)->nr)
				      << order;
	}
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_nr_pages);

static bool validate_list(struct ta_pcp_list *list, unsigned int order)
{
	struct ta_page *tp = list->head;
	unsigned int nr;
	bool ok = true;

	for (nr = 0; tp && nr <= list->high; nr++, tp = tp->next)
		ok &= ta_check(tp->kind == TA_KIND_PCP && tp->order == order &&
			       tp->host == ta_page_host(tp),
			       "pcplist I2", tp);
	ok &= ta_check(nr == list->nr, "pcplist I1", list);
	return ok & ta_check(nr <= list->high, "pcplist I3", list);
}

/**
 * ta_pcplists_validate() - check I1 to I3 on this CPU's lists
 * @lists: whose; nobody may be tuning them
 *
 * Context: any.
 * Return: whether they hold. What does not is reported.
 */
bool ta_pcplists_validate(struct ta_pcplists *lists)
{
	unsigned int order, type;
	struct ta_pcp *pcp;
	bool ok = true;

	if (!ta_pcp_enter(lists->cpu))
		return true;
	pcp = this_cpu_ptr(lists->cpu);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		for (type = 0; type < TA_NR_MIGRATE_TYPES; type++)
			ok &= validate_list(list_of(pcp, order, type), order);
	ta_pcp_leave(lists->cpu);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_validate);
