/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_COW_H
#define _TA_COW_H

#include "region.h"

int ta_cow_share(struct ta_region *child, struct ta_region *parent,
		 unsigned long first, unsigned long last);
bool ta_cow_must_copy(struct ta_page *tp);
void ta_cow_copy_pinned(struct ta_region *child, unsigned long first,
			unsigned long last);
struct page *ta_cow_break(struct ta_region *region, unsigned long idx,
			  struct page *old, bool *was_mapped);

#endif /* _TA_COW_H */
