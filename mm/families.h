/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_FAMILIES_H
#define _TA_FAMILIES_H

#include "pages.h"

void ta_pages_split(struct ta_pages *pages, struct page *page,
		    unsigned int order, unsigned long caller);
void *ta_pages_alloc_exact(struct ta_pages *pages, size_t size, gfp_t gfp,
			   unsigned long caller);
void ta_pages_free_exact(struct ta_pages *pages, const void *addr, size_t size,
			 unsigned long caller);

#endif /* _TA_FAMILIES_H */
