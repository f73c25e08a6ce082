/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_INSERT_H
#define _TA_INSERT_H

#include "region.h"

#include <linux/mm_types.h>
#include <uapi/linux/teachalloc.h>

#define TA_MAX_FAULT_PAGES	BIT(TA_MAX_FAULT_ORDER)

bool ta_insert_page(struct vm_area_struct *vma, unsigned long addr,
		    struct page *page);
bool ta_insert_batch(struct vm_area_struct *vma, unsigned long addr,
		     struct ta_region *region, unsigned long idx);

#endif /* _TA_INSERT_H */
