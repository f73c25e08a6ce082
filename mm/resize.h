/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_RESIZE_H
#define _TA_RESIZE_H

#include "pages.h"

int ta_pages_grow(struct ta_pages *pages, unsigned long nr_pages);
int ta_pages_add(struct ta_pages *pages, unsigned long pfn,
		 unsigned long nr_pages);
int ta_pages_shrink(struct ta_pages *pages, unsigned long nr_pages);
int ta_pages_reset(struct ta_pages *pages);

#endif /* _TA_RESIZE_H */
