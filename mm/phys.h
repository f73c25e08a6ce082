/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PHYS_H
#define _TA_PHYS_H

#include "internal.h"

#include <linux/err.h>
#include <linux/memremap.h>

/**
 * struct ta_phys - memory that was set aside when the machine booted
 * @pfn: its first frame
 * @nr_pages: how many there are
 * @name: in /proc/iomem; here, since it may have to outlive the module
 * @pgmap: what the host knows of it
 */
struct ta_phys {
	unsigned long pfn;
	unsigned long nr_pages;
	char name[16];
	struct dev_pagemap pgmap;
};

#ifdef CONFIG_ZONE_DEVICE
struct ta_phys *ta_phys_map(u64 start, u64 size);
unsigned long ta_phys_unmap(struct ta_phys *phys);
#else
static inline struct ta_phys *ta_phys_map(u64 start, u64 size)
{
	pr_err("pool_at: this kernel has no ZONE_DEVICE\n");
	return ERR_PTR(-EOPNOTSUPP);
}

static inline unsigned long ta_phys_unmap(struct ta_phys *phys)
{
	return 0;
}
#endif

#endif /* _TA_PHYS_H */
