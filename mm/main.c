// SPDX-License-Identifier: GPL-2.0
/*
 * Load and unload: the parameters, the one global stack, its beginning and end.
 */
#include "chardev.h"
#include "debugfs.h"
#include "stack.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

static unsigned long pool_mb = 64;
module_param(pool_mb, ulong, 0444);
MODULE_PARM_DESC(pool_mb, "size of the pool in MiB (64)");

static unsigned long vmalloc_mb;
module_param(vmalloc_mb, ulong, 0444);
MODULE_PARM_DESC(vmalloc_mb, "room for vmalloc's addresses in MiB (four times the pool)");

static char *vmalloc_map = "window";
module_param(vmalloc_map, charp, 0444);
MODULE_PARM_DESC(vmalloc_map, "how vmalloc maps: window, or vmap (the only one but on x86-64)");

static char *vmalloc_fit = "first";
module_param(vmalloc_fit, charp, 0444);
MODULE_PARM_DESC(vmalloc_fit, "which gap vmalloc takes: first or best");

static bool vmalloc_eager;
module_param(vmalloc_eager, bool, 0444);
MODULE_PARM_DESC(vmalloc_eager, "let each use after vfree fault at once, slowly");

static char *slab_debug;
module_param(slab_debug, charp, 0444);
MODULE_PARM_DESC(slab_debug, "which caches are debugged, as slub_debug=: FZPUT,name*,name;...");

static bool slab_plain;
module_param(slab_plain, bool, 0444);
MODULE_PARM_DESC(slab_plain, "do not hide the links of free objects, nor shuffle a new slab's");

struct ta_stack ta_default_stack;
static struct ta_users default_users;

/* More than the host has to spare is refused before any of it is taken. */
static int pool_pages(unsigned long *nr_pages)
{
	unsigned long available = si_mem_available();

	if (!pool_mb || pool_mb > ULONG_MAX >> 20) {
		pr_err("pool_mb=%lu: not a size\n", pool_mb);
		return -EINVAL;
	}
	*nr_pages = pool_mb << (20 - PAGE_SHIFT);
	if (*nr_pages > available) {
		pr_err("pool_mb=%lu: the host has %lu MiB to spare\n", pool_mb,
		       available >> (20 - PAGE_SHIFT));
		return -ENOMEM;
	}
	return 0;
}

/* Which of the words, told of by its number; -1: none. */
static int word_of(const char *name, const char *value, const char *zero,
		   const char *one)
{
	if (sysfs_streq(value, zero))
		return 0;
	if (sysfs_streq(value, one))
		return 1;
	pr_err("%s=%s: neither %s nor %s\n", name, value, zero, one);
	return -1;
}

static int vmap_options(struct ta_vmap_options *options)
{
	int map = word_of("vmalloc_map", vmalloc_map, "window", "vmap");
	int fit = word_of("vmalloc_fit", vmalloc_fit, "first", "best");

	if (map < 0 || fit < 0)
		return -EINVAL;
	/* The host does not map more pages at once than it has. */
	if (vmalloc_mb > totalram_pages() >> (20 - PAGE_SHIFT)) {
		pr_err("vmalloc_mb=%lu: the host has %lu MiB\n", vmalloc_mb,
		       totalram_pages() >> (20 - PAGE_SHIFT));
		return -EINVAL;
	}
	options->ops = map ? &ta_ptmap_vmap : NULL;
	options->nr_pages = vmalloc_mb << (20 - PAGE_SHIFT);
	options->best_fit = fit;
	options->eager = vmalloc_eager;
	return 0;
}

static int __init teachalloc_init(void)
{
	struct ta_stack *stack = &ta_default_stack;
	unsigned long nr_pages;
	int err;

	err = pool_pages(&nr_pages);
	if (!err)
		err = vmap_options(&stack->vmap_options);
	if (err)
		return err;
	stack->slab_options.debug = slab_debug;
	stack->slab_options.plain = slab_plain;
	/* Half of what was asked for is still worth having. */
	err = ta_stack_init(stack, nr_pages, DIV_ROUND_UP(nr_pages, 2));
	if (err)
		return err;
	ta_debugfs_init(stack);
	err = ta_users_init(&default_users, &stack->pages);
	if (err)
		goto fini_stack;
	pr_info("pool of %lu pages in %lu sections\n",
		stack->pages.pool.nr_pages, stack->pages.pool.nr_sections);
	return 0;

fini_stack:
	ta_debugfs_fini(&ta_default_stack);
	ta_stack_fini(stack);
	return err;
}

static void __exit teachalloc_exit(void)
{
	ta_users_fini(&default_users);
	ta_debugfs_fini(&ta_default_stack);
	pr_info("pool returned, %lu pages missing\n",
		ta_stack_fini(&ta_default_stack));
}

module_init(teachalloc_init);
module_exit(teachalloc_exit);
MODULE_DESCRIPTION("A memory-management stack to learn, teach and experiment with");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
