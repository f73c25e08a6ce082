/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_MMAP_H
#define _TA_MMAP_H

#include "uspace.h"

#include <uapi/linux/teachalloc.h>

/* Pages described at once */
#define TA_DESCRIBE_MAX	64U

extern const struct file_operations ta_map_fops;

int ta_mmap(struct ta_client *client, unsigned long *addr, unsigned long len,
	    unsigned long prot, unsigned long flags);
bool ta_mmap_is_ours(const struct ta_client *client,
		     const struct vm_area_struct *vma);
unsigned long ta_count_zero(struct ta_client *client);
void ta_describe(struct ta_client *client, unsigned long addr,
		 unsigned int nr_pages, struct ta_page_info *info);

#endif /* _TA_MMAP_H */
