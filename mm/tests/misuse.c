// SPDX-License-Identifier: GPL-2.0
/*
 * What vmalloc's guard pages and its eager mode are there for: a thread that
 * makes the mistake that the parameter names, and is killed for it.
 *
 * For a machine of its own: the kernel is not sound afterwards.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/teachalloc.h>

#define SIZE	(3 * PAGE_SIZE)

static char *how = "";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "the mistake: overrun, use_after_free, or none");

/* The last byte may be written, the next one not. */
static noinline int overrun(void *unused)
{
	u8 *p = ta_vmalloc(SIZE);

	if (!p)
		return -ENOMEM;
	WRITE_ONCE(p[SIZE - 1], 1);
	pr_info("about to %s\n", how);
	WRITE_ONCE(p[SIZE], 1);
	pr_info("nobody has seen it\n");
	ta_vfree(p);
	return 0;
}

/* This CPU has used the memory, so knows where it was. */
static noinline int use_after_free(void *unused)
{
	u8 *p = ta_vmalloc(SIZE);

	if (!p)
		return -ENOMEM;
	WRITE_ONCE(p[0], 1);
	ta_vfree(p);
	pr_info("about to %s\n", how);
	WRITE_ONCE(p[0], 2);
	pr_info("nobody has seen it\n");
	return 0;
}

static int none(void *unused)
{
	u8 *p = ta_vmalloc(SIZE);

	if (!p)
		return -ENOMEM;
	WRITE_ONCE(p[SIZE - 1], 1);
	ta_vfree(p);
	pr_info("no mistake\n");
	return 0;
}

static int __init misuse_init(void)
{
	int (*fn)(void *unused);

	if (!strcmp(how, "overrun"))
		fn = overrun;
	else if (!strcmp(how, "use_after_free"))
		fn = use_after_free;
	else if (!strcmp(how, "none"))
		fn = none;
	else
		return -EINVAL;
	return PTR_ERR_OR_ZERO(kthread_run(fn, NULL, "ta_%s", how));
}

static void __exit misuse_exit(void)
{
}

module_init(misuse_init);
module_exit(misuse_exit);
MODULE_DESCRIPTION("Mistakes with vmalloc, to see them caught");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
