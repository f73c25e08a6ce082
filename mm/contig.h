/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_CONTIG_H
#define _TA_CONTIG_H

#include "pages.h"

struct page *ta_contig_alloc(struct ta_pages *pages, unsigned long nr_pages,
			     gfp_t gfp, unsigned long caller);
void ta_contig_free(struct ta_pages *pages, struct page *page,
		    unsigned long nr_pages, unsigned long caller);

#endif /* _TA_CONTIG_H */
