// SPDX-License-Identifier: GPL-2.0
/*
 * The vmalloc layer for people to read.
 *
 *	vmallocinfo	every area, as in /proc; what is freed comes last
 *	vmalloc_pages	the same areas: who made each, and its pages' frames
 *	vmalloc_gaps	the free addresses, and how the tree sees them
 *	vmalloc_stat	sums and counters, one a line
 *
 * The first two have addresses and are root's.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_vmalloc.h"

#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/seq_file.h>

/* A file and the layer it shows, for the walks. */
struct out {
	struct seq_file *m;
	struct ta_vmap *vmap;
};

static struct ta_vmap *vmap_of(struct seq_file *m)
{
	return &((struct ta_stack *)m->private)->vmap;
}

/* --- vmallocinfo ------------------------------------------------------- */

static unsigned int pages_on(struct ta_vmap *vmap,
			     const struct ta_vmap_info *info, int node)
{
	unsigned int i, nr = 0;

	for (i = 0; i < info->nr_pages; i++) {
		struct page *page = ta_ptmap_lookup(&vmap->map,
						    info->first + i);

		nr += page && page_to_nid(page) == node;
	}
	return nr;
}

static void show_nodes(const struct out *out, const struct ta_vmap_info *info)
{
	unsigned int nr;
	int node;

	if (!IS_ENABLED(CONFIG_NUMA))
		return;
	for_each_node_state(node, N_HIGH_MEMORY) {
		nr = pages_on(out->vmap, info, node);
		if (nr)
			seq_printf(out->m, " N%u=%u", node, nr);
	}
}

/* %pK as in /proc: who may not see addresses sees none. */
static void show_range(struct seq_file *m, const struct ta_vmap_info *info)
{
	seq_printf(m, "0x%pK-0x%pK %7lu", info->addr, info->addr + info->bytes,
		   info->bytes);
}

/* Pages that are somebody else's are not counted, there is no array of ours. */
static void show_live(const struct ta_vmap_info *info, void *arg)
{
	const struct out *out = arg;

	if (info->lazy)
		return;
	show_range(out->m, info);
	seq_printf(out->m, " %pS", (void *)info->caller);
	if (info->kind == TA_SPAN_VMALLOC)
		seq_printf(out->m, " pages=%u vmalloc", info->nr_pages);
	else
		seq_puts(out->m, " vmap");
	if (info->user)
		seq_puts(out->m, " user");
	if (info->kind == TA_SPAN_VMALLOC)
		show_nodes(out, info);
	seq_putc(out->m, '\n');
}

static void show_lazy(const struct ta_vmap_info *info, void *arg)
{
	const struct out *out = arg;

	if (!info->lazy)
		return;
	show_range(out->m, info);
	seq_puts(out->m, " unpurged vm_area\n");
}

static int vmallocinfo_show(struct seq_file *m, void *v)
{
	struct out out = { .m = m, .vmap = vmap_of(m) };

	ta_vmap_walk(out.vmap, show_live, &out);
	ta_vmap_walk(out.vmap, show_lazy, &out);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmallocinfo);

/* --- vmalloc_pages ----------------------------------------------------- */

/* The frame of a page in the pool; -1 for one that is not the pool's. */
static long frame_at(struct ta_vmap *vmap, unsigned long idx)
{
	struct page *page = ta_ptmap_lookup(&vmap->map, idx);
	struct ta_page *tp = page ? ta_pool_page(&vmap->pages->pool, page) :
				    NULL;

	return tp ? (long)ta_page_frame(tp) : -1;
}

/* How many pages from the @i-th on have frames that follow one another. */
static unsigned int run_at(struct ta_vmap *vmap,
			   const struct ta_vmap_info *info, unsigned int i,
			   long frame)
{
	unsigned int nr = 1;

	while (i + nr < info->nr_pages &&
	       frame_at(vmap, info->first + i + nr) ==
	       (frame < 0 ? frame : frame + nr))
		nr++;
	return nr;
}

static void show_pages(const struct ta_vmap_info *info, void *arg)
{
	const struct out *out = arg;
	unsigned int i, nr;

	if (info->lazy)
		return;
	seq_printf(out->m, "0x%pK %lu bytes pid %d %pS frames", info->addr,
		   info->size, info->pid, (void *)info->caller);
	for (i = 0; i < info->nr_pages; i += nr) {
		long frame = frame_at(out->vmap, info->first + i);

		nr = run_at(out->vmap, info, i, frame);
		if (frame < 0)
			seq_printf(out->m, " %ux?", nr);
		else if (nr == 1)
			seq_printf(out->m, " %ld", frame);
		else
			seq_printf(out->m, " %ld-%ld", frame, frame + nr - 1);
	}
	seq_putc(out->m, '\n');
}

static int vmalloc_pages_show(struct seq_file *m, void *v)
{
	struct out out = { .m = m, .vmap = vmap_of(m) };

	ta_vmap_walk(out.vmap, show_pages, &out);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmalloc_pages);

/* --- vmalloc_gaps ------------------------------------------------------ */

static int vmalloc_gaps_show(struct seq_file *m, void *v)
{
	struct ta_spans *spans = &vmap_of(m)->spans;
	struct ta_va_gap gap;
	unsigned long from;

	seq_puts(m, "#    start    pages  largest  depth\n");
	for (from = 0; ta_spans_gap_next(spans, from, &gap);
	     from = gap.start + gap.size)
		seq_printf(m, "%10lu %8lu %8lu %6u\n", gap.start, gap.size,
			   gap.max_gap, gap.depth);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmalloc_gaps);

/* --- vmalloc_stat ------------------------------------------------------ */

static int vmalloc_stat_show(struct seq_file *m, void *v)
{
	struct ta_vmap *vmap = vmap_of(m);
	struct ta_vmap_stats stats;

	ta_vmap_stats(vmap, &stats);
	seq_printf(m, "mapper: %s\n", vmap->map.ops->name);
	seq_printf(m, "fit: %s\n",
		   vmap->spans.tree.best_fit ? "best" : "first");
	seq_printf(m, "eager: %d\n", vmap->eager);
	seq_printf(m, "pages_total: %lu\n", stats.total);
	seq_printf(m, "pages_used: %lu\n", stats.used);
	seq_printf(m, "pages_lazy: %lu\n", stats.lazy);
	seq_printf(m, "pages_lazy_max: %lu\n", stats.lazy_max);
	seq_printf(m, "pages_cached: %lu\n", stats.cached);
	seq_printf(m, "largest_gap: %lu\n", stats.largest_gap);
	seq_printf(m, "areas: %lu\n", stats.nr_spans);
	seq_printf(m, "purges: %lu\n", stats.nr_purges);
	seq_printf(m, "purged_areas: %lu\n", stats.nr_purged_spans);
	seq_printf(m, "purged_pages: %lu\n", stats.nr_purged_pages);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmalloc_stat);

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
	debugfs_create_file("vmalloc_pages", 0400, dir, stack,
			    &vmalloc_pages_fops);
	debugfs_create_file("vmalloc_gaps", 0444, dir, stack,
			    &vmalloc_gaps_fops);
	debugfs_create_file("vmalloc_stat", 0444, dir, stack,
			    &vmalloc_stat_fops);
}
