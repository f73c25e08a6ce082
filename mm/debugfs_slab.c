// SPDX-License-Identifier: GPL-2.0
/*
 * The slab layer for people to read: slabinfo as in /proc.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_slab.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

static void slabinfo_line(const struct ta_slabinfo *info, void *arg)
{
	struct seq_file *m = arg;

	seq_printf(m, "%-17s %6lu %6lu %6u %4u %4u", info->name,
		   info->active_objs, info->num_objs, info->objsize,
		   info->objperslab, info->pagesperslab);
	seq_printf(m, " : tunables %4u %4u %4u", info->limit, info->batchcount,
		   info->shared);
	seq_printf(m, " : slabdata %6lu %6lu %6lu\n", info->active_slabs,
		   info->num_slabs, info->sharedavail);
}

static int slabinfo_show(struct seq_file *m, void *v)
{
	struct ta_stack *stack = m->private;

	seq_puts(m, "slabinfo - version: 2.1\n");
	seq_puts(m, "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>");
	seq_puts(m, " : tunables <limit> <batchcount> <sharedfactor>");
	seq_puts(m, " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	ta_slabs_walk(&stack->slabs, slabinfo_line, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(slabinfo);

/**
 * ta_debugfs_slab_init() - make the files of the slab layer
 * @dir: where
 * @stack: what they show
 *
 * Context: process, may sleep.
 */
void ta_debugfs_slab_init(struct dentry *dir, struct ta_stack *stack)
{
	debugfs_create_file("slabinfo", 0444, dir, stack, &slabinfo_fops);
}
