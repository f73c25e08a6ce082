// SPDX-License-Identifier: GPL-2.0
/*
 * The page layer for people to read: the files of /proc that show its like.
 *
 *	buddyinfo		free blocks of each order
 *	pagetypeinfo		the same by migrate type, and pageblocks of each
 *	zoneinfo		watermarks, sizes, the per-CPU lists
 *	vmstat			what there is, and what has happened
 *	extfrag/unusable_index	how much of the free memory is of no use for an
 *				order: 0 none of it, 1 all
 *	extfrag/extfrag_index	why an order cannot be had: towards 0 for lack
 *				of memory, towards 1 for fragmentation, -1: it
 *				can
 *
 * The pool is shown as the zone Pool of node 0.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_pages.h"
#include "page_report.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static struct ta_pages *pages_of(struct seq_file *m)
{
	return &((struct ta_stack *)m->private)->pages;
}

static int buddyinfo_show(struct seq_file *m, void *v)
{
	unsigned long nr[TA_NR_PAGE_ORDERS];
	unsigned int order;

	ta_pages_free_blocks(pages_of(m), nr);
	seq_printf(m, "Node %d, zone %8s ", 0, "Pool");
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6lu ", nr[order]);
	seq_putc(m, '\n');
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buddyinfo);

/* --- pagetypeinfo ------------------------------------------------------ */

static void show_free_by_type(struct seq_file *m)
{
	unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES];
	unsigned int order, type;

	ta_buddy_count(&pages_of(m)->buddy, nr);
	seq_printf(m, "%-43s ", "Free pages count per migrate type at order");
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6d ", order);
	seq_putc(m, '\n');
	for (type = 0; type < TA_NR_MIGRATE_TYPES; type++) {
		seq_printf(m, "Node %4d, zone %8s, type %12s ", 0, "Pool",
			   ta_migratetype_name(type));
		for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
			seq_printf(m, "%6lu ", nr[order][type]);
		seq_putc(m, '\n');
	}
}

static void count_pageblocks(struct ta_pool *pool,
			     unsigned long nr[TA_NR_MIGRATE_TYPES])
{
	struct ta_section *sec;
	unsigned long i, block;

	ta_for_each_section(pool, i, sec)
		for (block = 0; block < TA_SECTION_BLOCKS; block++) {
			struct ta_page *tp = sec->pages +
					     block * TA_PAGEBLOCK_PAGES;

			if (READ_ONCE(tp->kind) != TA_KIND_HOLE)
				nr[ta_page_type(tp)]++;
		}
}

static void show_pageblocks(struct seq_file *m)
{
	unsigned long nr[TA_NR_MIGRATE_TYPES] = { };
	unsigned int type;

	count_pageblocks(&pages_of(m)->pool, nr);
	seq_printf(m, "\n%-23s", "Number of blocks type ");
	for (type = 0; type < TA_NR_MIGRATE_TYPES; type++)
		seq_printf(m, "%12s ", ta_migratetype_name(type));
	seq_printf(m, "\nNode %d, zone %8s ", 0, "Pool");
	for (type = 0; type < TA_NR_MIGRATE_TYPES; type++)
		seq_printf(m, "%12lu ", nr[type]);
	seq_putc(m, '\n');
}

static int pagetypeinfo_show(struct seq_file *m, void *v)
{
	seq_printf(m, "Page block order: %d\n", TA_PAGEBLOCK_ORDER);
	seq_printf(m, "Pages per block:  %lu\n\n", TA_PAGEBLOCK_PAGES);
	show_free_by_type(m);
	show_pageblocks(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pagetypeinfo);

/* --- extfrag/ ---------------------------------------------------------- */

/* Free memory as an order sees it. */
struct free_info {
	unsigned long nr_pages;
	unsigned long nr_blocks;
	unsigned long nr_usable;
};

static void fill_info(struct free_info *info, unsigned int wanted,
		      const unsigned long nr[TA_NR_PAGE_ORDERS])
{
	unsigned int order;

	memset(info, 0, sizeof(*info));
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++) {
		info->nr_blocks += nr[order];
		info->nr_pages += nr[order] << order;
		if (order >= wanted)
			info->nr_usable += nr[order] << order;
	}
}

/* In thousandths. With no free page at all, all of it is of no use. */
static int unusable(const struct free_info *info, unsigned int order)
{
	if (!info->nr_pages)
		return 1000;
	return (info->nr_pages - info->nr_usable) * 1000 / info->nr_pages;
}

/* In thousandths; the kernel's __fragmentation_index(). */
static int fragmentation(const struct free_info *info, unsigned int order)
{
	if (!info->nr_blocks)
		return 0;
	if (info->nr_usable)
		return -1000;
	return 1000 - (int)((1000 + (info->nr_pages * 1000 >> order)) /
			    info->nr_blocks);
}

static void show_index(struct seq_file *m, int width,
		       int (*index)(const struct free_info *info,
				    unsigned int order))
{
	unsigned long nr[TA_NR_PAGE_ORDERS];
	struct free_info info;
	unsigned int order;

	ta_pages_free_blocks(pages_of(m), nr);
	seq_printf(m, "Node %d, zone %8s ", 0, "Pool");
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++) {
		int value;

		fill_info(&info, order, nr);
		value = index(&info, order);
		seq_printf(m, "%*d.%03d ", width, value / 1000, value % 1000);
	}
	seq_putc(m, '\n');
}

static int unusable_index_show(struct seq_file *m, void *v)
{
	show_index(m, 1, unusable);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(unusable_index);

static int extfrag_index_show(struct seq_file *m, void *v)
{
	show_index(m, 2, fragmentation);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extfrag_index);

/* --- zoneinfo ---------------------------------------------------------- */

static void show_line(struct seq_file *m, const char *name, unsigned long nr)
{
	seq_printf(m, "\n      %-12s %lu", name, nr);
}

static unsigned long first_pfn(struct ta_pool *pool)
{
	unsigned long i = 0;
	struct ta_section *sec = ta_pool_section(pool, &i);
	struct ta_page *tp = sec ? ta_section_page(sec, sec->pages) : NULL;

	return tp ? page_to_pfn(ta_page_host(tp)) : 0;
}

/* What one CPU has: blocks on all its lists, as pages. */
static unsigned long pages_on_cpu(struct ta_pcplists *lists, int cpu)
{
	struct ta_pcp *pcp = per_cpu_ptr(lists->cpu, cpu);
	unsigned int order, type;
	unsigned long nr = 0;

	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		for (type = 0; type < TA_NR_PCP_TYPES; type++) {
			struct ta_pcp_list *list =
				&pcp->lists[ta_pcp_place(order, type)];

			nr += (unsigned long)READ_ONCE(list->nr) << order;
		}
	return nr;
}

/* The sizes of the list of single pages, as the kernel's are in pages. */
static void show_pagesets(struct seq_file *m)
{
	struct ta_pcplists *lists = &pages_of(m)->pcp;
	struct ta_pcp_tuning tuning;
	int cpu;

	ta_pcplists_tuning(lists, &tuning, true);
	seq_puts(m, "\n  pagesets");
	for_each_online_cpu(cpu) {
		struct ta_pcp *pcp = per_cpu_ptr(lists->cpu, cpu);

		seq_printf(m, "\n    cpu: %i", cpu);
		seq_printf(m, "\n              count: %lu",
			   pages_on_cpu(lists, cpu));
		seq_printf(m, "\n              high:  %u",
			   READ_ONCE(pcp->lists[0].high));
		seq_printf(m, "\n              batch: %u",
			   tuning.batch_pages);
		seq_puts(m, "\n  vm stats threshold: 0");
	}
}

static int zoneinfo_show(struct seq_file *m, void *v)
{
	struct ta_stack *stack = m->private;
	struct ta_pages *pages = pages_of(m);
	struct ta_pool *pool = &pages->pool;
	struct ta_watermarks *marks = &pages->buddy.marks;

	seq_printf(m, "Node %d, zone %8s", 0, "Pool");
	seq_puts(m, "\n  per-node stats");
	show_line(m, "nr_slab_unreclaimable", ta_slabs_nr_pages(&stack->slabs));
	seq_printf(m, "\n  pages free     %lu",
		   READ_ONCE(pages->buddy.nr_free_pages));
	seq_printf(m, "\n        boost    %lu", 0UL);
	seq_printf(m, "\n        min      %lu", READ_ONCE(marks->min));
	seq_printf(m, "\n        low      %lu", READ_ONCE(marks->low));
	seq_printf(m, "\n        high     %lu", READ_ONCE(marks->high));
	seq_printf(m, "\n        spanned  %lu",
		   READ_ONCE(pool->nr_sections) << TA_SECTION_SHIFT);
	seq_printf(m, "\n        present  %lu", READ_ONCE(pool->nr_pages));
	seq_printf(m, "\n        managed  %lu", READ_ONCE(pool->nr_pages));
	seq_printf(m, "\n        cma      %lu", 0UL);
	seq_puts(m, "\n        protection: (0)");
	show_line(m, "nr_free_pages", READ_ONCE(pages->buddy.nr_free_pages));
	show_line(m, "nr_free_pcp", ta_pcplists_nr_pages(&pages->pcp));
	show_line(m, "nr_pinned", READ_ONCE(pages->pinned.nr_pages));
	show_pagesets(m);
	seq_printf(m, "\n  node_unreclaimable:  %u", 0);
	seq_printf(m, "\n  start_pfn:           %lu\n", first_pfn(pool));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(zoneinfo);

/* --- vmstat ------------------------------------------------------------ */

static void vmstat_line(struct seq_file *m, const char *name, unsigned long nr)
{
	seq_printf(m, "%s %lu\n", name, nr);
}

/* What there is now, then what has happened; ta_vm_event says what each is. */
static int vmstat_show(struct seq_file *m, void *v)
{
	struct ta_pages *pages = pages_of(m);
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
	struct dentry *extfrag = debugfs_create_dir("extfrag", dir);

	debugfs_create_file("buddyinfo", 0444, dir, stack, &buddyinfo_fops);
	debugfs_create_file("pagetypeinfo", 0400, dir, stack,
			    &pagetypeinfo_fops);
	/* Unlike the kernel's not for everybody: start_pfn says where it is. */
	debugfs_create_file("zoneinfo", 0400, dir, stack, &zoneinfo_fops);
	debugfs_create_file("vmstat", 0444, dir, stack, &vmstat_fops);
	debugfs_create_file("compact", 0200, dir, stack, &compact_fops);
	debugfs_create_file("unusable_index", 0444, extfrag, stack,
			    &unusable_index_fops);
	debugfs_create_file("extfrag_index", 0444, extfrag, stack,
			    &extfrag_index_fops);
}
