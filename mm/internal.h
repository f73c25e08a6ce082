/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every file of the module may use: constants, and the lock order.
 *
 * LOCK ORDER, outermost first. A lock may be taken while holding any that
 * stands above it, never one below.
 *
 *	ta_heap.lock			a call that moves the break
 *	ta_overcommit.lock		a promise of memory that is counted
 *	mmap_lock of a process		(the host's)
 *	ta_oom.lock			looking for a victim; only tried
 *	ta_compaction.lock		moving pages, emptying pageblocks
 *	ta_reclaim.lock			reclaim: asking the layers above for pages
 *	ta_pool.lock			pages that come from the host, or go back
 *	CPUs				(the host's: cpus_read_lock())
 *	ta_pcplists.lock		draining the per-CPU lists
 *	ta_page_debug.lock		turning the debugging of pages on and off
 *	ta_users.lock			the list of clients
 *	ta_client.lock			a client's areas and views
 *	lock of a user page		(the host's; under the two above only tried)
 *	i_mmap_rwsem, page tables	(the host's)
 *	ta_slabs.lock			the list of caches
 *	ta_vmap.deferred_lock		emptying what was freed in interrupts
 *	ta_spans.purge_lock		one purge of addresses at a time
 *	ta_spans.lock			vmalloc's addresses
 *	ta_depot.lock			full and empty magazines of a cache
 *	ta_slabset.lock			slabs of a cache
 *	ta_pinned.lock			freed pages that somebody still holds
 *	ta_buddy.lock			free blocks
 *	ta_page_notes.lock		notes on pages, for debugging
 *
 * A reclaimer runs under ta_reclaim.lock and takes the locks of its layer, and so
 * does a mover under ta_compaction.lock: so nobody asks for pages with a gfp
 * that reclaims while holding any lock of this list but the first four. What is
 * needed under a lock is taken before it. Those from ta_spans.lock on are
 * spinlocks, taken with interrupts off. Per-CPU magazines, page lists and spans
 * have no lock but a busy flag, and no lock is taken while it is set.
 */
#ifndef _TA_INTERNAL_H
#define _TA_INTERNAL_H

#ifndef pr_fmt
#define pr_fmt(fmt) "teachalloc: " fmt
#endif

#include "compat.h"
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/cpu.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define TA_MAX_ORDER		10
#define TA_NR_PAGE_ORDERS	(TA_MAX_ORDER + 1)

/* A section: what the pool takes from the host at once, 4 MiB of 4 KiB pages */
#define TA_SECTION_SHIFT	TA_MAX_ORDER
#define TA_SECTION_PAGES	BIT(TA_SECTION_SHIFT)

/*
 * _RET_IP_ where it is used in cold code only: as it is, the compiler would load
 * it ahead of the hot code, too.
 */
#define ta_cold_ret_ip() ({				\
	asm volatile("" : : : "memory");		\
	_RET_IP_; })

/**
 * ta_hold_cpus() - keep CPUs from coming and going
 * @wait: wait for a change that is in progress; never in reclaim, where the
 *	caller may be who it waits for
 *
 * Return: whether they are held; release them with cpus_read_unlock().
 */
static inline bool ta_hold_cpus(bool wait)
{
	if (!wait)
		return cpus_read_trylock();
	cpus_read_lock();
	return true;
}

#endif /* _TA_INTERNAL_H */
