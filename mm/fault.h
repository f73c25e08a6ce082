/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_FAULT_H
#define _TA_FAULT_H

#include "compat.h"

struct ta_region;

void ta_fault_fork(struct ta_region *child, struct ta_region *parent,
		   unsigned long first, unsigned long last);
vm_fault_t ta_fault_around(struct vm_fault *vmf, pgoff_t start, pgoff_t end);
vm_fault_t ta_fault(struct vm_fault *vmf);
vm_fault_t ta_page_mkwrite(struct vm_fault *vmf);
vm_fault_t ta_pfn_mkwrite(struct vm_fault *vmf);
int ta_fault_moved(struct vm_area_struct *vma);
const char *ta_fault_name(struct vm_area_struct *vma);

#endif /* _TA_FAULT_H */
