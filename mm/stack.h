/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_STACK_H
#define _TA_STACK_H

#include "vmalloc.h"

/**
 * struct ta_stack - a pool and everything that feeds from it
 * @pages: the page layer
 * @slabs: the slab layer
 * @slab_options: how to set it up
 * @vmap: the vmalloc layer
 * @vmap_options: how to set it up; of no pages: some times the pool
 * @added_pfn: frames to put into the pool besides, see ta_pages_add()
 * @nr_added: how many; 0: none
 */
struct ta_stack {
	struct ta_pages pages;
	struct ta_slabs slabs;
	struct ta_slab_options slab_options;
	struct ta_vmap vmap;
	struct ta_vmap_options vmap_options;
	unsigned long added_pfn;
	unsigned long nr_added;
};

int ta_stack_init(struct ta_stack *stack, unsigned long nr_pages,
		  unsigned long min_pages);
unsigned long ta_stack_fini(struct ta_stack *stack);
bool ta_stack_validate(struct ta_stack *stack);

/* The one that the exported functions and /dev/teachalloc work on. */
extern struct ta_stack ta_default_stack;

#endif /* _TA_STACK_H */
