// SPDX-License-Identifier: GPL-2.0
/*
 * Who allocated and who freed: the caller, his stack, CPU, task and time.
 *
 * Model: a track has the number of a call stack, which is kept once.
 *
 * Context: any, but for ta_track_init(). A stack is taken before any lock:
 * the depot may need a page of the host's for it.
 * Failure: without memory for a stack its number is 0.
 */
#include "callstack.h"
#include "track.h"

#include <linux/gfp.h>
#include <linux/instruction_pointer.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/smp.h>

/**
 * ta_track_init() - get ready to keep stacks
 *
 * Any number of times; the depot is the kernel's, and stays.
 *
 * Context: process, may sleep.
 */
void ta_track_init(void)
{
	ta_callstack_init();
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_track_init);

/**
 * ta_track_stack() - keep the call trace of here
 * @gfp: how to get memory for one that is not known yet
 *
 * Context: any in which @gfp is right, after ta_track_init().
 * Return: its number, or 0.
 */
noinline u32 ta_track_stack(gfp_t gfp)
{
	return ta_callstack_save(_RET_IP_, gfp);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_track_stack);

/**
 * ta_track_set() - write down who does something now
 * @track: where
 * @addr: return address of the caller; 0 wipes the track
 * @stack: from ta_track_stack()
 *
 * Context: any.
 */
void ta_track_set(struct ta_track *track, unsigned long addr, u32 stack)
{
	track->addr = addr;
	track->stack = stack;
	track->cpu = raw_smp_processor_id();
	track->pid = current->pid;
	track->when = jiffies;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_track_set);

/**
 * ta_track_fetch() - look at a stack
 * @stack: its number, or 0
 * @entries: set to its return addresses, innermost first
 *
 * Context: any.
 * Return: how many there are.
 */
unsigned int ta_track_fetch(u32 stack, unsigned long **entries)
{
	return ta_callstack_fetch(stack, entries);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_track_fetch);
