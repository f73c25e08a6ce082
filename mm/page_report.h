/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PAGE_REPORT_H
#define _TA_PAGE_REPORT_H

#include "pcplist.h"
#include "pinned.h"

/* Why there is no block: the first that is true. */
enum ta_shortage {
	TA_SHORT_OF_PAGES,	/* fewer pages are free than it takes */
	TA_SHORT_FRAGMENTED,	/* enough, but not in one block */
	TA_SHORT_ISOLATED,	/* the blocks of its order are isolated */
	TA_SHORT_RESERVED,	/* there are blocks, below the watermark */
	TA_NR_SHORTAGES
};

enum ta_shortage
ta_page_report_why(unsigned int order,
		   unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES]);
void ta_page_report_failure(struct ta_pcplists *pcp, struct ta_pinned *pinned,
			    gfp_t gfp, unsigned int order,
			    unsigned long caller);
const char *ta_migratetype_name(enum ta_migratetype type);

#endif /* _TA_PAGE_REPORT_H */
