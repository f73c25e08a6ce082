/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PCPLIST_H
#define _TA_PCPLIST_H

#include "buddy.h"
#include "hotplug.h"

#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

/**
 * struct ta_pcp_list - free blocks of one order and type on one CPU
 * @head: the one freed last, linked by ta_page.next
 * @nr: how many
 * @high: how many at the most, now; 0: none, they go to the buddy allocator
 */
struct ta_pcp_list {
	struct ta_page *head;
	unsigned int nr;
	unsigned int high;
};

/**
 * struct ta_pcp_pace - how a list was found when it had to be refilled or spilled
 * @full: it was full, not empty
 * @in_a_row: how often it was found so since its length last changed
 */
struct ta_pcp_pace {
	bool full;
	u8 in_a_row;
};

/**
 * struct ta_pcp - one CPU's lists
 * @busy: the CPU is inside; an interrupt that finds it set goes elsewhere
 * @lists: one for each order and type, by ta_pcp_place(); the type ISOLATE has
 *	@high 0 always
 * @drained: what an interrupt of the drainer took from @lists
 * @pace: what the lists' lengths follow
 */
struct ta_pcp {
	int busy;
	struct ta_pcp_list lists[TA_NR_PAGE_ORDERS * TA_NR_MIGRATE_TYPES];
	struct ta_page *drained[TA_NR_PAGE_ORDERS][TA_NR_PCP_TYPES];
	struct ta_pcp_pace pace[TA_NR_PAGE_ORDERS][TA_NR_PCP_TYPES];
};

/**
 * struct ta_pcp_tuning - how long the lists may be
 * @high_pages: pages that each list may have; 0: as few as its use allows, and
 *	no more than the size of the pool suggests
 * @batch_pages: pages moved at a time; 0: what suits the list's length
 * @off: no lists at all
 */
struct ta_pcp_tuning {
	unsigned int high_pages;
	unsigned int batch_pages;
	bool off;
};

/**
 * struct ta_pcplists - the lists of all CPUs
 * @cpu: each CPU's
 * @buddy: where they are filled from and emptied to
 * @min: blocks that a list of each order may at least have
 * @max: and at the most
 * @batch_pages: pages moved at a time; 0: what suits the list's length
 * @hotplug: tells of CPUs that are gone
 * @lock: one drainer at a time; protects every ta_pcp.drained, and what the
 *	lists follow: @min, @max, @batch_pages and @tuning
 * @tuning: what was asked for
 */
struct ta_pcplists {
	struct ta_pcp __percpu *cpu;
	struct ta_buddy *buddy;
	unsigned int min[TA_NR_PAGE_ORDERS];
	unsigned int max[TA_NR_PAGE_ORDERS];
	unsigned int batch_pages;
	struct ta_hotplug hotplug;
	struct mutex lock;	/* of all below and more */
	struct ta_pcp_tuning tuning;
};

int ta_pcplists_init(struct ta_pcplists *lists, struct ta_buddy *buddy);
void ta_pcplists_fini(struct ta_pcplists *lists);
struct ta_page *ta_pcplists_refill(struct ta_pcplists *lists,
				   unsigned int order,
				   enum ta_migratetype type,
				   unsigned long mark);
void ta_pcplists_spill(struct ta_pcplists *lists, struct ta_page *tp,
		       unsigned int order);
unsigned int ta_pcplists_take(struct ta_pcplists *lists, unsigned int order,
			      enum ta_migratetype type, unsigned int nr,
			      unsigned long mark, struct ta_page **list);
void ta_pcplists_give(struct ta_pcplists *lists, unsigned int order,
		      struct ta_page *list);
void ta_pcplists_drain(struct ta_pcplists *lists, bool wait);
void ta_pcplists_tune(struct ta_pcplists *lists,
		      const struct ta_pcp_tuning *tuning);
void ta_pcplists_tuning(struct ta_pcplists *lists,
			struct ta_pcp_tuning *tuning, bool in_use);
unsigned long ta_pcplists_nr_pages(struct ta_pcplists *lists);
bool ta_pcplists_validate(struct ta_pcplists *lists);

/* In 32 bits, which are the register's whole then: no wider index is made. */
static __always_inline unsigned int ta_pcp_place(unsigned int order,
						 enum ta_migratetype type)
{
	return order * TA_NR_MIGRATE_TYPES + type;
}

/*
 * Whether blocks of an order, any number, are kept on the lists. Only a whole
 * section is not: there it can be seen to be one.
 */
static __always_inline bool ta_pcplists_have(unsigned int order)
{
	return likely(order < TA_MAX_ORDER);
}

/*
 * The lists are reached relative to the CPU's base register, by raw_cpu_*():
 * no address is computed and none is kept, which saves a sixth of the
 * instructions. Between enter and leave the CPU is the same.
 */

/*
 * Enter this CPU's lists. False if an interrupted user is inside already; then
 * it was not entered.
 */
static __always_inline bool ta_pcp_enter(struct ta_pcp __percpu *cpu)
{
	preempt_disable();
	if (unlikely(raw_cpu_read(cpu->busy))) {
		preempt_enable();
		return false;
	}
	raw_cpu_write(cpu->busy, 1);
	barrier();
	return true;
}

static __always_inline void ta_pcp_leave(struct ta_pcp __percpu *cpu)
{
	barrier();
	raw_cpu_write(cpu->busy, 0);
	preempt_enable();
}

/**
 * ta_pcplists_pop() - take a block if this CPU has one
 * @lists: where from
 * @order: at most TA_MAX_ORDER; not checked
 * @type: what it is for; of type ISOLATE there is none
 *
 * Inline: a call costs a fifth of what a page does.
 *
 * Context: any.
 * Return: its first page, of kind PCP for the caller to change, or NULL.
 */
static __always_inline struct ta_page *
ta_pcplists_pop(struct ta_pcplists *lists, unsigned int order,
		enum ta_migratetype type)
{
	struct ta_pcp __percpu *cpu = lists->cpu;
	struct ta_pcp_list __percpu *list =
		&cpu->lists[ta_pcp_place(order, type)];
	struct ta_page *tp;

	if (unlikely(!ta_pcp_enter(cpu)))
		return NULL;
	tp = raw_cpu_read(list->head);
	if (unlikely(!tp)) {
		ta_pcp_leave(cpu);
		return NULL;
	}
	raw_cpu_write(list->head, tp->next);
	raw_cpu_dec(list->nr);
	ta_pcp_leave(cpu);
	return tp;
}

/**
 * ta_pcplists_alloc() - take a block
 * @lists: where from
 * @order: at most TA_MAX_ORDER; not checked
 * @type: what it is for, less than TA_NR_PCP_TYPES; not checked
 *
 * Down to the last page, whatever marks there are.
 *
 * Context: any.
 * Return: its first page, of kind PCP for the caller to change, or NULL.
 */
static inline struct ta_page *ta_pcplists_alloc(struct ta_pcplists *lists,
						unsigned int order,
						enum ta_migratetype type)
{
	struct ta_page *tp = ta_pcplists_pop(lists, order, type);

	return likely(tp) ? tp : ta_pcplists_refill(lists, order, type, 0);
}

/**
 * ta_pcplists_push() - give a block back if there is room
 * @lists: where to
 * @tp: its first page, on no list
 * @page: the same, the host's
 * @order: at most TA_MAX_ORDER; not checked
 * @type: of its pageblock; for ISOLATE there is no room
 *
 * Context: any.
 * Return: whether it is on this CPU's list now.
 */
static __always_inline bool ta_pcplists_push(struct ta_pcplists *lists,
					     struct ta_page *tp,
					     struct page *page,
					     unsigned int order,
					     enum ta_migratetype type)
{
	struct ta_pcp __percpu *cpu = lists->cpu;
	struct ta_pcp_list __percpu *list =
		&cpu->lists[ta_pcp_place(order, type)];

	if (unlikely(!ta_pcp_enter(cpu)))
		return false;
	if (unlikely(raw_cpu_read(list->nr) >= raw_cpu_read(list->high))) {
		ta_pcp_leave(cpu);
		return false;
	}
	ta_page_set_kind(tp, TA_KIND_PCP);
	tp->host = page;
	tp->next = raw_cpu_read(list->head);
	raw_cpu_write(list->head, tp);
	raw_cpu_inc(list->nr);
	ta_pcp_leave(cpu);
	return true;
}

/**
 * ta_pcplists_free() - give a block back
 * @lists: where to
 * @tp: its first page, on no list
 * @order: at most TA_MAX_ORDER; not checked
 *
 * Context: any.
 */
static inline void ta_pcplists_free(struct ta_pcplists *lists,
				    struct ta_page *tp, unsigned int order)
{
	if (unlikely(!ta_pcplists_push(lists, tp, ta_page_host(tp), order,
				       ta_page_type(tp))))
		ta_pcplists_spill(lists, tp, order);
}

#endif /* _TA_PCPLIST_H */
