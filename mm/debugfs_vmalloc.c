// SPDX-License-Identifier: GPL-2.0
/*
 * The vmalloc layer for people to read: vmallocinfo as in /proc.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_vmalloc.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

/* %pK as /proc/vmallocinfo: who may not see addresses sees none. */
static void vmallocinfo_line(const struct ta_vmap_info *info, void *arg)
{
	struct seq_file *m = arg;

	seq_printf(m, "0x%pK-0x%pK %7lu", info->addr, info->addr + info->bytes,
		   info->bytes);
	if (info->lazy) {
		seq_puts(m, " unpurged vm_area\n");
		return;
	}
	seq_printf(m, " %pS pages=%u %s\n", (void *)info->caller,
		   info->nr_pages,
		   info->kind == TA_SPAN_VMAP ? "vmap" : "vmalloc");
}

static int vmallocinfo_show(struct seq_file *m, void *v)
{
	struct ta_stack *stack = m->private;

	ta_vmap_walk(&stack->vmap, vmallocinfo_line, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmallocinfo);

/**
 * ta_debugfs_vmalloc_init() - make the files of the vmalloc layer
 * @dir: where
 * @stack: what they show
 *
 * Context: process, may sleep.
 */
void ta_debugfs_vmalloc_init(struct dentry *dir, struct ta_stack *stack)
{
	debugfs_create_file("vmallocinfo", 0400, dir, stack, &vmallocinfo_fops);
}
