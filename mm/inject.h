/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_INJECT_H
#define _TA_INJECT_H

#include "internal.h"

#include <linux/gfp.h>

struct dentry;

#ifdef CONFIG_FAULT_INJECTION
bool ta_inject_fail_pages(gfp_t gfp);
bool ta_inject_fail_slab(gfp_t gfp);
void ta_inject_debugfs(struct dentry *dir);
#else
static __always_inline bool ta_inject_fail_pages(gfp_t gfp)
{
	return false;
}

static __always_inline bool ta_inject_fail_slab(gfp_t gfp)
{
	return false;
}

static inline void ta_inject_debugfs(struct dentry *dir)
{
}
#endif

#endif /* _TA_INJECT_H */
