// SPDX-License-Identifier: GPL-2.0
/*
 * One number for all that a touch or a call causes, in the tracepoints.
 *
 * Model: a fault and an ioctl begin an operation if the event is on that says so
 * (ta_touch, ta_ioctl), and end it when they are done. All events in between that
 * come from the same task carry its number, in whichever layer:
 *
 *	ta_touch		op=17	a process wrote to an address
 *	ta_mm_page_split	op=17	... the buddy allocator split a block for it
 *	ta_mm_page_pcpu_refill	op=17	... of which pages went to this CPU's list
 *	ta_mm_page_alloc	op=17	... and this one was taken
 *	ta_fault		op=17	... and mapped
 *
 * The number is not handed down: no layer knows of it. A small table says which
 * task is in which operation, and an event, only when it is recorded, looks there.
 * So all of this costs nothing while no event is on. An access to user memory in
 * the middle of a call can fault; that is an operation within, and the outer one
 * goes on after it.
 *
 * 0 stands for no operation: kernel callers, interrupts, work that is done for
 * all; and, should more tasks than the table has room for be in operations at
 * once, for who found no room.
 *
 * Invariants
 *  I1	a task has one entry at most, and only it writes to that
 *
 * Locking: none; an entry is taken with cmpxchg().
 * Context: ta_op_begin() and ta_op_end() in process context, ta_op_current() in
 * any, as tracepoints are.
 */
#include "op.h"
#include "internal.h"

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#define TABLE_BITS	10
#define TABLE_SIZE	BIT(TABLE_BITS)
/* How far from its own place an entry may be */
#define PROBES		32

/**
 * struct entry - a task in an operation
 * @task: which, or NULL
 * @op: the number; the task's own
 */
struct entry {
	struct task_struct *task;
	u64 op;
};

static struct entry table[TABLE_SIZE];
static atomic64_t last_op;

static struct entry *entry_at(unsigned int probe)
{
	unsigned long at = hash_ptr(current, TABLE_BITS) + probe;

	return &table[at % TABLE_SIZE];
}

static struct entry *find_own(void)
{
	unsigned int i;

	for (i = 0; i < PROBES; i++)
		if (READ_ONCE(entry_at(i)->task) == current)
			return entry_at(i);
	return NULL;
}

static struct entry *take_free(void)
{
	unsigned int i;

	for (i = 0; i < PROBES; i++)
		if (!READ_ONCE(entry_at(i)->task) &&
		    !cmpxchg(&entry_at(i)->task, NULL, current))
			return entry_at(i);
	return NULL;
}

/**
 * ta_op_begin() - begin an operation of the current task
 * @before: set to what it was in, for ta_op_end()
 *
 * Context: process.
 * Return: its number, or 0 if there is no room.
 */
u64 ta_op_begin(u64 *before)
{
	struct entry *entry = find_own();

	*before = entry ? entry->op : 0;
	if (!entry)
		entry = take_free();
	if (!entry)
		return 0;
	entry->op = atomic64_inc_return(&last_op);
	return entry->op;
}

/**
 * ta_op_end() - end it
 * @before: as of ta_op_begin()
 *
 * Context: process.
 */
void ta_op_end(u64 before)
{
	struct entry *entry = find_own();

	if (!entry)
		return;
	entry->op = before;
	if (before)
		return;
	/* Pairs with cmpxchg() in take_free(): the next one's number is later. */
	smp_store_release(&entry->task, NULL);
}

/**
 * ta_op_current() - tell which operation an event belongs to
 *
 * Context: any.
 * Return: its number, or 0.
 */
u64 ta_op_current(void)
{
	struct entry *entry = in_task() ? find_own() : NULL;

	return entry ? entry->op : 0;
}
