/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_WATERMARK_H
#define _TA_WATERMARK_H

#include "internal.h"

#include <linux/gfp.h>

/**
 * struct ta_watermarks - how many pages stay free, and for whom
 * @min: an ordinary request leaves so many
 * @low: below this the background reclaimer is woken
 * @high: up to here it works
 * @tuned: what @min was set to; -1: nothing, it follows the pool's size
 *
 * Read without a lock: who sees an old mark has asked before.
 */
struct ta_watermarks {
	unsigned long min;
	unsigned long low;
	unsigned long high;
	long tuned;
};

void ta_watermarks_init(struct ta_watermarks *marks, unsigned long nr_pages);
void ta_watermarks_resize(struct ta_watermarks *marks, unsigned long nr_pages);
int ta_watermarks_tune(struct ta_watermarks *marks, unsigned long nr_pages,
		       long min);
unsigned long ta_watermark(const struct ta_watermarks *marks, gfp_t gfp,
			   bool frees);

#endif /* _TA_WATERMARK_H */
