/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_VMSTAT_H
#define _TA_VMSTAT_H

#include "internal.h"

#include <linux/percpu.h>

/* What is counted, with the kernel's names where it counts the same. */
enum ta_vm_event {
	TA_VM_PCP_REFILL,	/* pages moved from the buddy to per-CPU lists */
	TA_VM_PCP_DRAIN,	/* pages moved back */
	TA_VM_PIN,		/* blocks freed while somebody held a page */
	TA_VM_ALLOC_STALL,	/* allocations that had to reclaim first */
	TA_VM_BACKGROUND,	/* runs of the background reclaimer */
	TA_VM_ALLOC_FAIL,	/* allocations that failed */
	TA_VM_OOM_KILL,		/* processes killed because there was no page */
	TA_VM_BAD_FREE,		/* frees that were refused */
	TA_VM_EXTFRAG,		/* blocks taken from another migrate type */
	TA_VM_EXTFRAG_STEAL,	/* of these, with the whole pageblock */
	TA_VM_MIGRATE_SUCCESS,	/* pages that compaction moved */
	TA_VM_MIGRATE_FAIL,	/* pages that it could not move */
	TA_VM_COMPACT_MIGRATE_SCANNED,
	TA_VM_COMPACT_FREE_SCANNED,
	TA_VM_COMPACT_ISOLATED,
	TA_VM_COMPACT_STALL,	/* allocations that had to compact first */
	TA_VM_COMPACT_FAIL,	/* of these, without a block at the end */
	TA_VM_COMPACT_SUCCESS,	/* of these, with one */
	TA_NR_VM_EVENTS
};

struct ta_vmstat_cpu {
	unsigned long nr[TA_NR_VM_EVENTS];
};

/**
 * struct ta_vmstat - counters of what happened to the pages of a pool
 * @cpu: each CPU's share of them
 */
struct ta_vmstat {
	struct ta_vmstat_cpu __percpu *cpu;
};

int ta_vmstat_init(struct ta_vmstat *vmstat);
void ta_vmstat_fini(struct ta_vmstat *vmstat);
unsigned long ta_vmstat_sum(const struct ta_vmstat *vmstat,
			    enum ta_vm_event event);
const char *ta_vmstat_name(enum ta_vm_event event);

/* Count @nr more of an event; any context, one instruction on x86. */
static inline void ta_vmstat_add(struct ta_vmstat *vmstat,
				 enum ta_vm_event event, unsigned long nr)
{
	this_cpu_add(vmstat->cpu->nr[event], nr);
}

static inline void ta_vmstat_inc(struct ta_vmstat *vmstat,
				 enum ta_vm_event event)
{
	ta_vmstat_add(vmstat, event, 1);
}

#endif /* _TA_VMSTAT_H */
