// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU lists of free blocks in front of the buddy allocator.
 *
 * Model: each CPU keeps a stack of free blocks for each small order. A pair of
 * allocation and free on one CPU touches nothing that another CPU does. An
 * empty list is refilled and an overlong one emptied by a batch under one
 * buddy lock.
 *
 *	CPU 0 [ o0 | o1 | o2 | o3 ]	CPU 1 [ o0 | o1 | o2 | o3 ]
 *		  refill  |  ^  drain		 |  ^
 *			  v  |			 v  |
 *			[       buddy allocator       ]
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
 *  I2  every block on lists[o] is of kind PCP and order o
 *  I3  nr never exceeds high
 *
 * Locking: lists->lock lets one drainer at a time work; it interrupts each
 * CPU to move the lists to @drained, which is the drainer's.
 * Context: alloc and free anywhere, hard interrupts included; drain may sleep.
 * Failure: alloc gives NULL when the buddy allocator has no block either.
 */
#include "pcplist.h"
#include "report.h"

#include <linux/sched.h>
#include <linux/smp.h>

/*
 * Pages moved at a time, and pages kept at the most. A batch of 32 brings the
 * lock's share of a page down to a thirtieth; high leaves room for one batch
 * to come and one to go before the next trip to the buddy allocator.
 */
#define BATCH_PAGES	32U
#define HIGH_PAGES	128U

static void count(struct ta_pcplists *lists, enum ta_vm_event event,
		  unsigned int nr_pages)
{
	ta_vmstat_add(&lists->buddy->pool->vmstat, event, nr_pages);
}

static unsigned int batch(unsigned int order)
{
	return BATCH_PAGES >> order;
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

/* Put @rest on this CPU's list if there is room, which there mostly is. */
static void keep_rest(struct ta_pcplists *lists, struct ta_page *rest,
		      unsigned int order)
{
	struct ta_page *tp;
	struct ta_pcp *pcp;

	if (ta_pcp_enter(lists, &pcp)) {
		struct ta_pcp_list *list = &pcp->lists[order];

		while (rest && list->nr < list->high) {
			tp = rest;
			rest = tp->next;
			ta_pcp_push(list, list->nr, tp);
		}
		ta_pcp_leave(pcp);
	}
	if (!rest)
		return;
	for (tp = rest; tp; tp = tp->next)
		count(lists, TA_VM_PCP_DRAIN, 1 << order);
	ta_buddy_free_list(lists->buddy, rest, order);
}

/**
 * ta_pcplists_refill() - take a block from the buddy, and more for the list
 * @lists: whose list was empty, or busy
 * @order: less than TA_NR_PCP_ORDERS
 *
 * Context: any.
 * Return: the first page, of kind PCP, or NULL.
 */
struct ta_page *ta_pcplists_refill(struct ta_pcplists *lists,
				   unsigned int order)
{
	struct ta_page *tp;
	unsigned int nr;

	nr = ta_buddy_alloc_bulk(lists->buddy, order, batch(order), &tp);
	if (!nr)
		return NULL;
	count(lists, TA_VM_PCP_REFILL, nr << order);
	if (tp->next)
		keep_rest(lists, tp->next, order);
	return tp;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_refill);

/**
 * ta_pcplists_spill() - free a block whose list was full, or busy
 * @lists: whose; a batch of its blocks goes to the buddy too
 * @tp: the block's first page
 * @order: less than TA_NR_PCP_ORDERS
 *
 * Context: any.
 */
void ta_pcplists_spill(struct ta_pcplists *lists, struct ta_page *tp,
		       unsigned int order)
{
	struct ta_pcp *pcp;
	unsigned int nr = 1;

	ta_page_set_kind(tp, TA_KIND_PCP);
	tp->next = NULL;
	if (ta_pcp_enter(lists, &pcp)) {
		struct ta_pcp_list *list = &pcp->lists[order];

		if (list->nr >= batch(order)) {
			tp->next = cut(list, batch(order));
			nr += batch(order);
		}
		ta_pcp_leave(pcp);
	}
	count(lists, TA_VM_PCP_DRAIN, nr << order);
	ta_buddy_free_list(lists->buddy, tp, order);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_spill);

/**
 * ta_pcplists_take() - take several blocks of a small order at once
 * @lists: where from
 * @order: less than TA_NR_PCP_ORDERS; not checked
 * @nr: how many are wanted, more than 0
 * @list: set to the first; they are linked by ta_page.next and of kind PCP
 *
 * All from this CPU's list, or all from the buddy allocator.
 *
 * Context: any.
 * Return: how many there were.
 */
unsigned int ta_pcplists_take(struct ta_pcplists *lists, unsigned int order,
			      unsigned int nr, struct ta_page **list)
{
	struct ta_pcp *pcp;

	*list = NULL;
	if (ta_pcp_enter(lists, &pcp)) {
		if (pcp->lists[order].nr >= nr)
			*list = cut(&pcp->lists[order], nr);
		ta_pcp_leave(pcp);
	}
	return *list ? nr : ta_buddy_alloc_bulk(lists->buddy, order, nr, list);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_take);

/**
 * ta_pcplists_give() - give several blocks of a small order back at once
 * @lists: where to
 * @order: less than TA_NR_PCP_ORDERS; not checked
 * @nr: how many
 * @first: the first; they are linked by ta_page.next and of kind PCP
 * @last: the last
 *
 * All to this CPU's list, or all to the buddy allocator.
 *
 * Context: any.
 */
void ta_pcplists_give(struct ta_pcplists *lists, unsigned int order,
		      unsigned int nr, struct ta_page *first,
		      struct ta_page *last)
{
	struct ta_pcp *pcp;
	bool room = false;

	if (ta_pcp_enter(lists, &pcp)) {
		struct ta_pcp_list *list = &pcp->lists[order];

		room = list->nr + nr <= list->high;
		if (room) {
			last->next = list->head;
			list->head = first;
			WRITE_ONCE(list->nr, list->nr + nr);
		}
		ta_pcp_leave(pcp);
	}
	if (!room)
		ta_buddy_free_list(lists->buddy, first, order);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_give);

struct drain {
	struct ta_pcplists *lists;
	atomic_t missed;
};

static void detach(struct ta_pcplists *lists, struct ta_pcp *pcp)
{
	unsigned int order;

	for (order = 0; order < TA_NR_PCP_ORDERS; order++) {
		count(lists, TA_VM_PCP_DRAIN, pcp->lists[order].nr << order);
		pcp->drained[order] = pcp->lists[order].head;
		pcp->lists[order].head = NULL;
		WRITE_ONCE(pcp->lists[order].nr, 0);
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
	unsigned int order;

	for (order = 0; order < TA_NR_PCP_ORDERS; order++) {
		ta_buddy_free_list(lists->buddy, pcp->drained[order], order);
		pcp->drained[order] = NULL;
	}
}

/* A CPU that is off has no user who could be inside. */
static void detach_offline_cpus(struct ta_pcplists *lists)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			detach(lists, per_cpu_ptr(lists->cpu, cpu));
}

/**
 * ta_pcplists_drain() - move every CPU's blocks to the buddy allocator
 * @lists: whose
 * @wait: also while a CPU is coming or going; see ta_hold_cpus()
 *
 * What is freed meanwhile may stay, and without @wait what a CPU has that is
 * off.
 *
 * Context: process, may sleep.
 */
void ta_pcplists_drain(struct ta_pcplists *lists, bool wait)
{
	struct drain drain = { .lists = lists };
	bool held;
	int cpu;

	might_sleep();
	mutex_lock(&lists->lock);
	do {
		atomic_set(&drain.missed, 0);
		held = ta_hold_cpus(wait);
		on_each_cpu(detach_this_cpu, &drain, 1);
		if (held) {
			detach_offline_cpus(lists);
			cpus_read_unlock();
		}
		for_each_possible_cpu(cpu)
			free_drained(lists, per_cpu_ptr(lists->cpu, cpu));
	} while (atomic_read(&drain.missed));
	mutex_unlock(&lists->lock);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_drain);

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
	unsigned int order;
	int cpu;

	lists->buddy = buddy;
	mutex_init(&lists->lock);
	lists->cpu = alloc_percpu(struct ta_pcp);
	if (!lists->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		for (order = 0; order < TA_NR_PCP_ORDERS; order++)
			per_cpu_ptr(lists->cpu, cpu)->lists[order].high =
				HIGH_PAGES >> order;
	return 0;
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
	ta_pcplists_drain(lists, true);
	free_percpu(lists->cpu);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_fini);

/**
 * ta_pcplists_nr_pages() - count the pages on all lists
 * @lists: whose
 *
 * Context: any.
 * Return: the number; approximate while others allocate.
 */
unsigned long ta_pcplists_nr_pages(struct ta_pcplists *lists)
{
	unsigned long nr = 0;
	unsigned int order;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ta_pcp *pcp = per_cpu_ptr(lists->cpu, cpu);

		for (order = 0; order < TA_NR_PCP_ORDERS; order++)
			nr += (unsigned long)READ_ONCE(pcp->lists[order].nr)
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
		ok &= ta_check(tp->kind == TA_KIND_PCP && tp->order == order,
			       "pcplist I2", tp);
	ok &= ta_check(nr == list->nr, "pcplist I1", list);
	return ok & ta_check(nr <= list->high, "pcplist I3", list);
}

/**
 * ta_pcplists_validate() - check I1 to I3 on this CPU's lists
 * @lists: whose
 *
 * Context: any.
 * Return: whether they hold. What does not is reported.
 */
bool ta_pcplists_validate(struct ta_pcplists *lists)
{
	struct ta_pcp *pcp;
	unsigned int order;
	bool ok = true;

	if (!ta_pcp_enter(lists, &pcp))
		return true;
	for (order = 0; order < TA_NR_PCP_ORDERS; order++)
		ok &= validate_list(&pcp->lists[order], order);
	ta_pcp_leave(pcp);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pcplists_validate);
