/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_OOM_H
#define _TA_OOM_H

#include "uspace.h"

#include <linux/oom.h>

/* Of who must not be killed */
#define TA_OOM_NEVER	LONG_MIN

/**
 * ta_oom_badness() - how well a victim a process would make
 * @nr_pages: what it has of the pool
 * @adj: its oom_score_adj
 * @total: pages of the pool
 *
 * The kernel's rule: its pages, and for each of the thousand points a
 * thousandth of the pool more or less.
 *
 * Return: the more, the better; TA_OOM_NEVER if it must not be killed, or that
 * would bring nothing.
 */
static inline long ta_oom_badness(unsigned long nr_pages, int adj,
				  unsigned long total)
{
	if (!nr_pages || adj == OOM_SCORE_ADJ_MIN)
		return TA_OOM_NEVER;
	return (long)nr_pages + (long)total * adj / OOM_SCORE_ADJ_MAX;
}

void ta_oom_init(struct ta_oom *oom);
void ta_oom_fini(struct ta_oom *oom);
bool ta_oom(struct ta_region *region);

#endif /* _TA_OOM_H */
