// SPDX-License-Identifier: GPL-2.0
/*
 * Call stacks: each that is seen is kept once, under a number.
 *
 * Model: the kernel's stack depot, where it has one (Debian's kernels do). Where
 * it has none, a table of our own: a stack goes into the first free slot of the
 * PROBES ones that its hash leads to, and is found there again. The table does
 * not grow and forgets nothing: a stack that finds no slot has the number 0,
 * which stands for no stack at all.
 *
 * Invariants of the table
 *  I1  a slot's contents are constant from when its nr is set
 *  I2  no two slots hold the same stack
 *
 * Locking: table_lock, to put a stack in; looking one up takes none.
 * Context: any but NMI, ta_callstack_init() in a process.
 * Failure: without memory for a stack, or without a slot, its number is 0.
 */
#include "callstack.h"

#include <linux/jhash.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

/* This file's own frame, and that of the hook which asks. */
#define SKIP_FRAMES	2

static const bool has_depot = IS_ENABLED(CONFIG_STACKDEPOT);

struct slot {
	unsigned int nr;
	unsigned long entries[TA_CALLSTACK_FRAMES];
};

/* A module's worth of places to allocate from; 70 KB where there is no depot. */
#define NR_SLOTS	(IS_ENABLED(CONFIG_STACKDEPOT) ? 1 : 512)
#define PROBES		8

static struct slot table[NR_SLOTS];
static DEFINE_SPINLOCK(table_lock);	/* of free slots of table */

static bool is_same(const struct slot *slot, const unsigned long *entries,
		    unsigned int nr)
{
	return slot->nr == nr &&
	       !memcmp(slot->entries, entries, nr * sizeof(*entries));
}

static void fill(struct slot *slot, const unsigned long *entries,
		 unsigned int nr)
{
	memcpy(slot->entries, entries, nr * sizeof(*entries));
	/* Pairs with the load in look_up(). */
	smp_store_release(&slot->nr, nr);
}

/* The number of a slot that holds the stack, or that it may be put in, or 0. */
static u32 look_up(const unsigned long *entries, unsigned int nr, u32 hash)
{
	unsigned int i;

	for (i = 0; i < PROBES; i++) {
		u32 at = (hash + i) % NR_SLOTS;

		/* Pairs with the store in fill(). */
		if (!smp_load_acquire(&table[at].nr) ||
		    is_same(&table[at], entries, nr))
			return at + 1;
	}
	return 0;
}

static u32 keep(const unsigned long *entries, unsigned int nr)
{
	u32 hash = jhash(entries, nr * sizeof(*entries), 0);
	u32 stack = look_up(entries, nr, hash);
	unsigned long flags;

	/* Known already, or no slot: as look_up() has seen it. */
	if (!stack || READ_ONCE(table[stack - 1].nr))
		return stack;
	spin_lock_irqsave(&table_lock, flags);
	stack = look_up(entries, nr, hash);
	if (stack && !table[stack - 1].nr)
		fill(&table[stack - 1], entries, nr);
	spin_unlock_irqrestore(&table_lock, flags);
	return stack;
}

/**
 * ta_callstack_init() - get ready to keep stacks
 *
 * Any number of times. What is kept stays as long as the kernel's depot does.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_callstack_init(void)
{
	return has_depot ? stack_depot_init() : 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_callstack_init);

/**
 * ta_callstack_forget() - empty the table
 *
 * For tests, which fill it. The kernel's depot stays as it is.
 *
 * Context: any; nobody may have a number, or be saving a stack.
 */
void ta_callstack_forget(void)
{
	memset(table, 0, sizeof(table));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_callstack_forget);

/**
 * ta_callstack_save() - keep the stack of here
 * @caller: all that is kept in a kernel that cannot walk a stack
 * @gfp: how the depot may get memory for one that it does not know
 *
 * Context: any in which @gfp may be used, after ta_callstack_init().
 * Return: its number, or 0.
 */
noinline u32 ta_callstack_save(unsigned long caller, gfp_t gfp)
{
	unsigned long entries[TA_CALLSTACK_FRAMES];
	unsigned int nr = stack_trace_save(entries, TA_CALLSTACK_FRAMES,
					   SKIP_FRAMES);

	if (!nr)
		entries[nr++] = caller;
	return has_depot ? stack_depot_save(entries, nr, gfp) :
			   keep(entries, nr);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_callstack_save);

/**
 * ta_callstack_fetch() - look at a stack
 * @stack: its number, or 0
 * @entries: set to its return addresses, the innermost first
 *
 * Context: any.
 * Return: how many there are; 0 for number 0.
 */
unsigned int ta_callstack_fetch(u32 stack, unsigned long **entries)
{
	*entries = NULL;
	if (!stack)
		return 0;
	if (has_depot)
		return stack_depot_fetch(stack, entries);
	if (stack > NR_SLOTS)
		return 0;
	*entries = table[stack - 1].entries;
	/* Pairs with the store in fill(). */
	return smp_load_acquire(&table[stack - 1].nr);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_callstack_fetch);
