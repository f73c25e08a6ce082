// SPDX-License-Identifier: GPL-2.0
/*
 * A whole stack of allocators: a pool and what feeds from it.
 *
 * Tests make one of their own; main.c makes the one everybody else uses.
 */
#include "stack.h"
#include "resize.h"

#include <linux/mm.h>

/*
 * Addresses are cheap, a page of them takes 16 bytes: four times the pool, so
 * that neither guard pages nor holes between areas make them scarce. The host
 * maps at once no more pages than it has.
 */
static unsigned long window_pages(const struct ta_pages *pages)
{
	return min(4 * pages->pool.nr_pages, totalram_pages() / 2);
}

/**
 * ta_stack_init() - set up all layers on a fresh pool
 * @stack: what to set up; all zero but for its options
 * @nr_pages: pages wanted from the host for the pool; 0 if some are added
 * @min_pages: how many are enough
 *
 * Context: process, may sleep.
 * Return: 0 or the first layer's error; then everything is given back.
 */
int ta_stack_init(struct ta_stack *stack, unsigned long nr_pages,
		  unsigned long min_pages)
{
	struct ta_vmap_options *options = &stack->vmap_options;
	int err = ta_pages_init(&stack->pages, nr_pages, min_pages);

	if (err)
		return err;
	if (stack->nr_added)
		err = ta_pages_add(&stack->pages, stack->added_pfn,
				   stack->nr_added);
	if (err)
		goto fini_pages;
	err = ta_slabs_init(&stack->slabs, &stack->pages,
			    &stack->slab_options);
	if (err)
		goto fini_pages;
	if (!options->nr_pages)
		options->nr_pages = window_pages(&stack->pages);
	err = ta_vmap_init(&stack->vmap, &stack->pages, &stack->slabs, options);
	if (err)
		goto fini_slabs;
	return 0;

fini_slabs:
	ta_slabs_fini(&stack->slabs);
fini_pages:
	ta_pages_fini(&stack->pages);
	return err;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_stack_init);

/**
 * ta_stack_fini() - tear all layers down and give the pool back
 * @stack: whose users are all gone
 *
 * Context: process, may sleep.
 * Return: the number of pages and objects that were still in use; the pages
 * and each cache that has such objects are reported.
 */
unsigned long ta_stack_fini(struct ta_stack *stack)
{
	unsigned long nr_left = ta_vmap_fini(&stack->vmap);

	nr_left += ta_slabs_fini(&stack->slabs);
	return nr_left + ta_pages_fini(&stack->pages);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_stack_fini);

/**
 * ta_stack_validate() - check every invariant of every layer
 * @stack: which nobody may be using meanwhile
 *
 * Context: process, may sleep.
 * Return: whether they hold. What does not is reported.
 */
bool ta_stack_validate(struct ta_stack *stack)
{
	bool ok = ta_pages_validate(&stack->pages);

	ok &= ta_slabs_validate(&stack->slabs);
	return ok & ta_vmap_validate(&stack->vmap);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_stack_validate);
