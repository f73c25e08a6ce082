/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_REMAP_H
#define _TA_REMAP_H

#include "vmalloc.h"

int ta_vmap_remap(struct ta_vmap *vmap, struct vm_area_struct *vma,
		  const void *addr, unsigned long pgoff);

#endif /* _TA_REMAP_H */
