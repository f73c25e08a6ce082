// SPDX-License-Identifier: GPL-2.0
/*
 * The page layer for people to read: the files of /proc that show its like.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_pages.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
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

static void vmstat_line(struct seq_file *m, const char *name, unsigned long nr)
{
	seq_printf(m, "%s %lu\n", name, nr);
}

/* What there is now, then what has happened; ta_vm_event says what each is. */
static int vmstat_show(struct seq_file *m, void *v)
{
	struct ta_pages *pages = &((struct ta_stack *)m->private)->pages;
	enum ta_vm_event event;

	vmstat_line(m, "nr_free_pages", READ_ONCE(pages->buddy.nr_free_pages));
	vmstat_line(m, "nr_free_pcp", ta_pcplists_nr_pages(&pages->pcp));
	vmstat_line(m, "nr_pinned", READ_ONCE(pages->pinned.nr_pages));
	for (event = 0; event < TA_NR_VM_EVENTS; event++)
		vmstat_line(m, ta_vmstat_name(event),
			    ta_vmstat_sum(&pages->pool.vmstat, event));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmstat);

/* As /proc/sys/vm/compact_memory: whatever is written, everything is compacted. */
static ssize_t compact_write(struct file *file, const char __user *buf,
			     size_t len, loff_t *pos)
{
	struct ta_stack *stack = file->private_data;

	ta_compaction_all(&stack->pages.compaction);
	return len;
}

static const struct file_operations compact_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= compact_write,
};

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
	debugfs_create_file("vmstat", 0444, dir, stack, &vmstat_fops);
	debugfs_create_file("compact", 0200, dir, stack, &compact_fops);
}
