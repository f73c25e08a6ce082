// SPDX-License-Identifier: GPL-2.0
/*
 * Load and unload: the parameters, the one global stack, its beginning and end.
 */
#include "chardev.h"
#include "debugfs.h"
#include "hotplug.h"
#include "phys.h"
#include "resize.h"
#include "stack.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>

static char *pool_at;
module_param(pool_at, charp, 0444);
MODULE_PARM_DESC(pool_at, "memory set aside with memmap=64M$0x10000000 to use, as 64M@0x10000000");

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

static bool slab_nomerge;
module_param(slab_nomerge, bool, 0444);
MODULE_PARM_DESC(slab_nomerge, "let nobody share a cache: each create makes one of its own");

static bool page_poison;
module_param(page_poison, bool, 0444);
MODULE_PARM_DESC(page_poison, "fill free pages, and look at them before their next use");

static bool page_owner;
module_param(page_owner, bool, 0444);
MODULE_PARM_DESC(page_owner, "note who allocates and frees each page");

static bool page_guard;
module_param(page_guard, bool, 0444);
MODULE_PARM_DESC(page_guard, "put a poisoned page behind each block of pages");

struct ta_stack ta_default_stack;
static struct ta_users default_users = { .oom.dump_tasks = true };

/* As the files of the same names in /proc/sys/vm */
static int set_mode(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, TA_OVERCOMMIT_GUESS,
				     TA_OVERCOMMIT_NEVER);
}

static const struct kernel_param_ops mode_ops = {
	.set = set_mode,
	.get = param_get_uint,
};
module_param_cb(overcommit_memory, &mode_ops, &default_users.overcommit.mode,
		0644);
MODULE_PARM_DESC(overcommit_memory, "0: no call gets more than the pool, 1: anything, 2: CommitLimit for all");

module_param_named(overcommit_ratio, default_users.overcommit.ratio, uint, 0644);
MODULE_PARM_DESC(overcommit_ratio, "CommitLimit in percent of the pool (50)");

module_param_named(overcommit_kbytes, default_users.overcommit.kbytes, ulong,
		   0644);
MODULE_PARM_DESC(overcommit_kbytes, "CommitLimit in KiB, instead of the ratio (0: not)");

module_param_named(admin_reserve_kbytes,
		   default_users.overcommit.admin_reserve_kbytes, ulong, 0644);
MODULE_PARM_DESC(admin_reserve_kbytes, "of CommitLimit, KiB that only root gets (0)");

module_param_named(user_reserve_kbytes,
		   default_users.overcommit.user_reserve_kbytes, ulong, 0644);
MODULE_PARM_DESC(user_reserve_kbytes, "KiB of CommitLimit that each process leaves (0)");

module_param_named(oom_kill_allocating_task,
		   default_users.oom.kill_allocating_task, bool, 0644);
MODULE_PARM_DESC(oom_kill_allocating_task, "when the pool is empty, kill who wants a page (N)");

module_param_named(oom_dump_tasks, default_users.oom.dump_tasks, bool, 0644);
MODULE_PARM_DESC(oom_dump_tasks, "list who has pages before one of them is killed (Y)");

module_param_named(quota_mb, default_users.quota_mb, ulong, 0644);
MODULE_PARM_DESC(quota_mb, "MiB of the pool that a client opened from now on may have (0: all)");

static struct ta_phys *phys;

/* The size of the pool, and whether there is one */

#define MIB_SHIFT	(20 - PAGE_SHIFT)

static DEFINE_MUTEX(life);	/* protects all of these */
static unsigned long pool_mb = 64;
static bool pool_mb_given;
static bool alive;

/* More than the host has to spare is refused before any of it is taken. */
static int check_spare(unsigned long mb, unsigned long nr_pages)
{
	unsigned long available = si_mem_available();

	if (nr_pages <= available)
		return 0;
	pr_err("pool_mb=%lu: the host has %lu MiB to spare\n", mb,
	       available >> MIB_SHIFT);
	return -ENOMEM;
}

/* As many pages; none are enough where others were set aside. */
static int pool_pages(unsigned long mb, unsigned long *nr_pages)
{
	if ((!mb && !phys) || mb > ULONG_MAX >> 20) {
		pr_err("pool_mb=%lu: not a size\n", mb);
		return -EINVAL;
	}
	*nr_pages = mb << MIB_SHIFT;
	return 0;
}

static unsigned long pages_of_host(void)
{
	const struct ta_pool *pool = &ta_default_stack.pages.pool;

	return READ_ONCE(pool->nr_pages) - pool->nr_fixed;
}

static int resize(unsigned long mb)
{
	struct ta_pages *pages = &ta_default_stack.pages;
	unsigned long want, have = pages_of_host();
	int err = pool_pages(mb, &want);

	if (err)
		return err;
	if (want > have)
		err = check_spare(mb, want - have) ?:
		      ta_pages_grow(pages, want - have);
	else
		err = ta_pages_shrink(pages, have - want);
	if (!err)
		pr_info("pool of %lu pages\n", pages->pool.nr_pages);
	return err;
}

/* Before the module is initialised, what to begin with; then, what to be. */
static int set_pool_mb(const char *val, const struct kernel_param *kp)
{
	unsigned long mb;
	int err = kstrtoul(val, 0, &mb);

	if (err)
		return err;
	mutex_lock(&life);
	if (alive) {
		err = resize(mb);
	} else {
		pool_mb = mb;
		pool_mb_given = true;
	}
	mutex_unlock(&life);
	return err;
}

static int get_pool_mb(char *buffer, const struct kernel_param *kp)
{
	unsigned long mb;

	mutex_lock(&life);
	mb = alive ? pages_of_host() >> MIB_SHIFT : pool_mb;
	mutex_unlock(&life);
	return sysfs_emit(buffer, "%lu\n", mb);
}

static const struct kernel_param_ops pool_mb_ops = {
	.set = set_pool_mb,
	.get = get_pool_mb,
};
module_param_cb(pool_mb, &pool_mb_ops, NULL, 0644);
MODULE_PARM_DESC(pool_mb, "size of the pool in MiB (64; none with pool_at); may be written");

/* Everything as it was when the module was loaded, but the size. */
static int set_reset(const char *val, const struct kernel_param *kp)
{
	bool yes;
	int err = kstrtobool(val, &yes);

	if (err)
		return err;
	mutex_lock(&life);
	if (!alive || !yes)
		err = -EINVAL;
	else if (!ta_users_idle(&default_users))
		err = -EBUSY;
	else
		err = ta_pages_reset(&ta_default_stack.pages);
	mutex_unlock(&life);
	return err;
}

static const struct kernel_param_ops reset_ops = {
	.set = set_reset,
};
module_param_cb(reset, &reset_ops, NULL, 0200);
MODULE_PARM_DESC(reset, "write 1 to start afresh; refused while anybody has pages");

static int map_set_aside(struct ta_stack *stack)
{
	struct ta_phys *got;
	u64 start, size;
	char *at;

	if (!pool_at)
		return 0;
	size = memparse(pool_at, &at);
	if (*at++ != '@')
		goto bad;
	start = memparse(at, &at);
	if (*at && *at != '\n')
		goto bad;
	got = ta_phys_map(start, size);
	if (IS_ERR(got))
		return PTR_ERR(got);
	phys = got;
	stack->added_pfn = phys->pfn;
	stack->nr_added = phys->nr_pages;
	if (!pool_mb_given)
		pool_mb = 0;
	return 0;

bad:
	pr_err("pool_at=%s: not as 64M@0x10000000\n", pool_at);
	return -EINVAL;
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

static int make_pool(struct ta_stack *stack)
{
	unsigned long nr_pages;
	int err = pool_pages(pool_mb, &nr_pages) ?:
		  check_spare(pool_mb, nr_pages);

	/* Half of what was asked for is still worth having. */
	return err ?: ta_stack_init(stack, nr_pages,
				    DIV_ROUND_UP(nr_pages, 2));
}

static void set_alive(bool is)
{
	mutex_lock(&life);
	alive = is;
	mutex_unlock(&life);
}

static int debug_pages(struct ta_page_debug *debug)
{
	int err = ta_page_debug_set(debug, TA_PAGE_DEBUG_POISON, page_poison);

	if (!err)
		err = ta_page_debug_set(debug, TA_PAGE_DEBUG_OWNER, page_owner);
	if (!err)
		err = ta_page_debug_set(debug, TA_PAGE_DEBUG_GUARD, page_guard);
	return err;
}

static int __init teachalloc_init(void)
{
	struct ta_stack *stack = &ta_default_stack;
	int err;

	err = vmap_options(&stack->vmap_options);
	if (!err)
		err = map_set_aside(stack);
	if (err)
		return err;
	stack->slab_options.debug = slab_debug;
	stack->slab_options.plain = slab_plain;
	stack->slab_options.merge = !slab_nomerge;
	err = ta_hotplug_init();
	if (err)
		goto unmap_set_aside;
	err = make_pool(stack);
	if (err)
		goto fini_hotplug;
	err = debug_pages(&stack->pages.debug);
	if (err)
		goto fini_stack;
	err = ta_users_init(&default_users, stack);
	if (err)
		goto fini_stack;
	ta_debugfs_init(stack, &default_users);
	set_alive(true);
	pr_info("pool of %lu pages in %lu sections\n",
		stack->pages.pool.nr_pages, stack->pages.pool.nr_sections);
	return 0;

fini_stack:
	ta_stack_fini(stack);
fini_hotplug:
	ta_hotplug_fini();
unmap_set_aside:
	ta_phys_unmap(phys);
	return err;
}

static void __exit teachalloc_exit(void)
{
	/* The files of the parameters stay longer than this. */
	set_alive(false);
	ta_users_fini(&default_users);
	ta_debugfs_fini(&ta_default_stack);
	pr_info("pool returned, %lu pages missing\n",
		ta_stack_fini(&ta_default_stack));
	ta_hotplug_fini();
	ta_phys_unmap(phys);
}

module_init(teachalloc_init);
module_exit(teachalloc_exit);
MODULE_DESCRIPTION("A memory-management stack to learn, teach and experiment with");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
