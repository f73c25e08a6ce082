// SPDX-License-Identifier: GPL-2.0
/*
 * The page layer for people to read: the files of /proc that show its like.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_pages.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

static int buddyinfo_show(struct seq_file *m, void *v)
{
	struct ta_stack *stack = m->private;
	unsigned long nr[TA_NR_PAGE_ORDERS];
	unsigned int order;

	ta_pages_free_blocks(&stack->pages, nr);
	seq_printf(m, "Node %d, zone %8s ", 0, "Pool");
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6lu ", nr[order]);
	seq_putc(m, '\n');
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buddyinfo);

/**
 * ta_debugfs_pages_init() - make the files of the page layer
 * @dir: where
 * @stack: what they show
 *
 * Context: process, may sleep.
 */
void ta_debugfs_pages_init(struct dentry *dir, struct ta_stack *stack)
{
	debugfs_create_file("buddyinfo", 0444, dir, stack, &buddyinfo_fops);
}
