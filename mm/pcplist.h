/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PCPLIST_H
#define _TA_PCPLIST_H

#include "buddy.h"

#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#define TA_NR_PCP_ORDERS	4

/**
 * struct ta_pcp_list - free blocks of one order on one CPU
 * @head: the one freed last, linked by ta_page.next
 * @nr: how many
 * @high: how many at the most (constant)
 */
struct ta_pcp_list {
	struct ta_page *head;
	unsigned int nr;
	unsigned int high;
};

/**
 * struct ta_pcp - one CPU's lists
 * @busy: the CPU is inside; an interrupt that finds it set goes elsewhere
 * @lists: one for each order
 * @drained: what an interrupt of the drainer took from @lists
 */
struct ta_pcp {
	int busy;
	struct ta_pcp_list lists[TA_NR_PCP_ORDERS];
	struct ta_page *drained[TA_NR_PCP_ORDERS];
};

/**
 * struct ta_pcplists - the lists of all CPUs
 * @cpu: each CPU's
 * @buddy: where they are filled from and emptied to
 * @lock: one drainer at a time; protects every ta_pcp.drained
 */
struct ta_pcplists {
	struct ta_pcp __percpu *cpu;
	struct ta_buddy *buddy;
	struct mutex lock;	/* of every ta_pcp.drained */
};

int ta_pcplists_init(struct ta_pcplists *lists, struct ta_buddy *buddy);
void ta_pcplists_fini(struct ta_pcplists *lists);
struct ta_page *ta_pcplists_refill(struct ta_pcplists *lists,
				   unsigned int order);
void ta_pcplists_spill(struct ta_pcplists *lists, struct ta_page *tp,
		       unsigned int order);
unsigned int ta_pcplists_take(struct ta_pcplists *lists, unsigned int order,
			      unsigned int nr, struct ta_page **list);
void ta_pcplists_give(struct ta_pcplists *lists, unsigned int order,
		      unsigned int nr, struct ta_page *first,
		      struct ta_page *last);
void ta_pcplists_drain(struct ta_pcplists *lists, bool wait);
unsigned long ta_pcplists_nr_pages(struct ta_pcplists *lists);
bool ta_pcplists_validate(struct ta_pcplists *lists);

/*
 * Enter this CPU's lists, *@pcp. False if an interrupted user is inside
 * already; then it was not entered.
 */
static __always_inline bool ta_pcp_enter(struct ta_pcplists *lists,
					 struct ta_pcp **pcp)
{
	preempt_disable();
	*pcp = this_cpu_ptr(lists->cpu);
	if (unlikely((*pcp)->busy)) {
		preempt_enable();
		return false;
	}
	(*pcp)->busy = 1;
	barrier();
	return true;
}

static __always_inline void ta_pcp_leave(struct ta_pcp *pcp)
{
	barrier();
	pcp->busy = 0;
	preempt_enable();
}

/* @nr: the list's length, which the caller has looked at already */
static __always_inline void ta_pcp_push(struct ta_pcp_list *list,
					unsigned int nr, struct ta_page *tp)
{
	tp->next = list->head;
	list->head = tp;
	WRITE_ONCE(list->nr, nr + 1);
}

/**
 * ta_pcplists_pop() - take a block of a small order if this CPU has one
 * @lists: where from
 * @order: less than TA_NR_PCP_ORDERS; not checked
 *
 * Inline: a call costs a fifth of what a page does.
 *
 * Context: any.
 * Return: its first page, of kind PCP for the caller to change, or NULL.
 */
static __always_inline struct ta_page *
ta_pcplists_pop(struct ta_pcplists *lists, unsigned int order)
{
	struct ta_pcp_list *list;
	struct ta_page *tp;
	struct ta_pcp *pcp;

	if (unlikely(!ta_pcp_enter(lists, &pcp)))
		return NULL;
	list = &pcp->lists[order];
	tp = list->head;
	if (unlikely(!tp)) {
		ta_pcp_leave(pcp);
		return NULL;
	}
	list->head = tp->next;
	WRITE_ONCE(list->nr, list->nr - 1);
	ta_pcp_leave(pcp);
	return tp;
}

/**
 * ta_pcplists_alloc() - take a block of a small order
 * @lists: where from
 * @order: less than TA_NR_PCP_ORDERS; not checked
 *
 * Context: any.
 * Return: its first page, of kind PCP for the caller to change, or NULL.
 */
static inline struct ta_page *ta_pcplists_alloc(struct ta_pcplists *lists,
						unsigned int order)
{
	struct ta_page *tp = ta_pcplists_pop(lists, order);

	return likely(tp) ? tp : ta_pcplists_refill(lists, order);
}

/**
 * ta_pcplists_push() - give a block of a small order back if there is room
 * @lists: where to
 * @tp: its first page, on no list
 * @order: less than TA_NR_PCP_ORDERS; not checked
 *
 * Context: any.
 * Return: whether it is on this CPU's list now.
 */
static __always_inline bool ta_pcplists_push(struct ta_pcplists *lists,
					     struct ta_page *tp,
					     unsigned int order)
{
	struct ta_pcp_list *list;
	struct ta_pcp *pcp;
	unsigned int nr;

	if (unlikely(!ta_pcp_enter(lists, &pcp)))
		return false;
	list = &pcp->lists[order];
	nr = list->nr;
	if (unlikely(nr >= list->high)) {
		ta_pcp_leave(pcp);
		return false;
	}
	ta_page_set_kind(tp, TA_KIND_PCP);
	ta_pcp_push(list, nr, tp);
	ta_pcp_leave(pcp);
	return true;
}

/**
 * ta_pcplists_free() - give a block of a small order back
 * @lists: where to
 * @tp: its first page, on no list
 * @order: less than TA_NR_PCP_ORDERS; not checked
 *
 * Context: any.
 */
static inline void ta_pcplists_free(struct ta_pcplists *lists,
				    struct ta_page *tp, unsigned int order)
{
	if (unlikely(!ta_pcplists_push(lists, tp, order)))
		ta_pcplists_spill(lists, tp, order);
}

#endif /* _TA_PCPLIST_H */
