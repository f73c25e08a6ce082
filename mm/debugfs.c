// SPDX-License-Identifier: GPL-2.0
/*
 * What a person reads while the module runs: /sys/kernel/debug/teachalloc/.
 *
 * Each file has the text of its model in /proc, so that the tools and the eyes
 * that know those know these. A file only reads; it takes a layer's lock for
 * as long as that layer's walk does.
 *
 * Context: process. Failure: without debugfs there are no files, nothing else.
 */
#include "debugfs.h"
#include "stack.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

static struct dentry *dir;

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

static void show_kb(struct seq_file *m, const char *name, unsigned long pages)
{
	seq_printf(m, "%-15s %8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

static int meminfo_show(struct seq_file *m, void *v)
{
	struct ta_stack *stack = m->private;
	struct ta_vmap_stats vmap;

	ta_vmap_stats(&stack->vmap, &vmap);
	show_kb(m, "MemTotal:", stack->pages.pool.nr_pages);
	show_kb(m, "MemFree:", ta_pages_nr_free(&stack->pages));
	show_kb(m, "Slab:", ta_slabs_nr_pages(&stack->slabs));
	show_kb(m, "VmallocTotal:", vmap.total);
	show_kb(m, "VmallocUsed:", vmap.used);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(meminfo);

/**
 * ta_debugfs_init() - make the files
 * @stack: what they show
 *
 * Context: process, may sleep.
 */
void ta_debugfs_init(struct ta_stack *stack)
{
	dir = debugfs_create_dir("teachalloc", NULL);
	debugfs_create_file("buddyinfo", 0444, dir, stack, &buddyinfo_fops);
	debugfs_create_file("slabinfo", 0444, dir, stack, &slabinfo_fops);
	debugfs_create_file("vmallocinfo", 0400, dir, stack, &vmallocinfo_fops);
	debugfs_create_file("meminfo", 0444, dir, stack, &meminfo_fops);
}

/**
 * ta_debugfs_fini() - remove them; waits for their readers
 *
 * Context: process, may sleep.
 */
void ta_debugfs_fini(void)
{
	debugfs_remove_recursive(dir);
}
