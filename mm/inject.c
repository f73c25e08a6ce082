// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail on demand, in kernels that have fault injection.
 *
 * Model: two places ask here before they give anything out. They are named as the
 * kernel's own two, and turned on in the same ways (fault-injection.rst):
 *
 *	fail_page_alloc	 pages: a block, a bulk of single ones, a contiguous range
 *	failslab	 an object of a cache, a bulk of them, ta_kmalloc()
 *
 *	debugfs teachalloc/{fail_page_alloc,failslab}/	by chance, every so often
 *	/proc/PID/fail-nth				the nth that a task asks for,
 *							the kernel's own counted as well
 *
 * What may not fail (__GFP_NOFAIL) does not, and is not counted. An allocation that
 * fails here has not been tried: no reclaim, no report, nothing counted in vmstat.
 *
 * Locking: none; the settings are the host's, and racy as his.
 * Context: any.
 */
#include "inject.h"

#include <linux/fault-inject.h>

static DECLARE_FAULT_ATTR(fail_pages);
static DECLARE_FAULT_ATTR(fail_slab);

/**
 * ta_inject_fail_pages() - tell whether a request for pages is to fail
 * @gfp: as it was asked for
 *
 * Context: any.
 * Return: whether.
 */
bool ta_inject_fail_pages(gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) && should_fail(&fail_pages, 1);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_inject_fail_pages);

/**
 * ta_inject_fail_slab() - tell whether a request for an object is to fail
 * @gfp: as it was asked for
 *
 * Context: any.
 * Return: whether.
 */
bool ta_inject_fail_slab(gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) && should_fail(&fail_slab, 1);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_inject_fail_slab);

/**
 * ta_inject_debugfs() - make the files that say what is to fail
 * @dir: where; who removes it removes them
 *
 * Context: process, may sleep.
 */
void ta_inject_debugfs(struct dentry *dir)
{
	fault_create_debugfs_attr("fail_page_alloc", dir, &fail_pages);
	fault_create_debugfs_attr("failslab", dir, &fail_slab);
}
