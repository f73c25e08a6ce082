/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_ZERO_H
#define _TA_ZERO_H

#include "region.h"

struct vm_fault;

int ta_zero_map_here(struct vm_fault *vmf, struct ta_region *region,
		     unsigned long idx);
int ta_zero_map(struct vm_fault *vmf, struct ta_region *region,
		unsigned long idx);
void ta_zero_find(struct mm_struct *mm, unsigned long addr,
		  unsigned long nr_pages, unsigned long *found);
unsigned long ta_zero_count(struct mm_struct *mm, unsigned long start,
			    unsigned long end);

#endif /* _TA_ZERO_H */
