/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_MAPPING_H
#define _TA_MAPPING_H

#include "region.h"

#include <linux/interval_tree_generic.h>
#include <linux/mm.h>

void ta_region_trim(struct ta_region *region, unsigned long first,
		    unsigned long last);
unsigned long ta_region_room(struct ta_region *region, unsigned long first,
			     unsigned long nr);
unsigned long ta_mapping_nr_pages(struct address_space *mapping,
				  struct mm_struct *mm);
unsigned long ta_mapping_nr_data(struct address_space *mapping,
				 struct mm_struct *mm);
unsigned long ta_mapping_nr_committed(struct address_space *mapping);

/*
 * The kernel's own functions on the tree of a file's VMAs are not exported;
 * these are the same, made from the same template.
 */
static inline unsigned long ta_vma_first(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline unsigned long ta_vma_last(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long,
		     shared.rb_subtree_last, ta_vma_first, ta_vma_last,
		     static __maybe_unused, ta_file_vma)

#endif /* _TA_MAPPING_H */
