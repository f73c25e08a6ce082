// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of what happens to pages: the file vmstat.
 *
 * Model: each CPU adds to its own counters, whoever reads adds them all up. A
 * sum is exact once nobody counts; meanwhile it may lag, never by more than
 * what is happening at that moment.
 *
 * Nothing is counted where the ordinary allocation and free go: an instruction
 * there is a hundredth of what they cost. What is counted is what happens to a
 * batch (pages that come to or leave the per-CPU lists), what is slow in any
 * case (reclaim, compaction, stealing), and what goes wrong. Allocations one by
 * one are the tracepoints' to tell.
 *
 * Locking: none. Context: counting works anywhere, hard interrupts included.
 */
#include "vmstat.h"

static const char * const event_names[] = {
	[TA_VM_PCP_REFILL]		= "pcp_refill",
	[TA_VM_PCP_DRAIN]		= "pcp_drain",
	[TA_VM_PIN]			= "pgpin",
	[TA_VM_ALLOC_STALL]		= "allocstall",
	[TA_VM_BACKGROUND]		= "pageoutrun",
	[TA_VM_ALLOC_FAIL]		= "alloc_fail",
	[TA_VM_OOM_KILL]		= "oom_kill",
	[TA_VM_BAD_FREE]		= "bad_free",
	[TA_VM_EXTFRAG]			= "extfrag",
	[TA_VM_EXTFRAG_STEAL]		= "extfrag_steal",
	[TA_VM_MIGRATE_SUCCESS]		= "pgmigrate_success",
	[TA_VM_MIGRATE_FAIL]		= "pgmigrate_fail",
	[TA_VM_COMPACT_MIGRATE_SCANNED]	= "compact_migrate_scanned",
	[TA_VM_COMPACT_FREE_SCANNED]	= "compact_free_scanned",
	[TA_VM_COMPACT_ISOLATED]	= "compact_isolated",
	[TA_VM_COMPACT_STALL]		= "compact_stall",
	[TA_VM_COMPACT_FAIL]		= "compact_fail",
	[TA_VM_COMPACT_SUCCESS]		= "compact_success",
};

static_assert(ARRAY_SIZE(event_names) == TA_NR_VM_EVENTS);

/**
 * ta_vmstat_init() - set up counters at 0
 * @vmstat: what to set up
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_vmstat_init(struct ta_vmstat *vmstat)
{
	vmstat->cpu = alloc_percpu(struct ta_vmstat_cpu);
	return vmstat->cpu ? 0 : -ENOMEM;
}

/**
 * ta_vmstat_fini() - free the counters
 * @vmstat: which nobody counts on any more
 *
 * Context: process, may sleep.
 */
void ta_vmstat_fini(struct ta_vmstat *vmstat)
{
	free_percpu(vmstat->cpu);
	vmstat->cpu = NULL;
}

/**
 * ta_vmstat_sum() - how often something happened
 * @vmstat: whose counters
 * @event: what
 *
 * Context: any.
 * Return: the sum over all CPUs.
 */
unsigned long ta_vmstat_sum(const struct ta_vmstat *vmstat,
			    enum ta_vm_event event)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(vmstat->cpu, cpu)->nr[event]);
	return sum;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmstat_sum);

/**
 * ta_vmstat_name() - what an event is called in the file
 * @event: which
 *
 * Context: any.
 * Return: its name.
 */
const char *ta_vmstat_name(enum ta_vm_event event)
{
	return event_names[event];
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmstat_name);
