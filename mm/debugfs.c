// SPDX-License-Identifier: GPL-2.0
/*
 * What a person reads while the module runs: /sys/kernel/debug/teachalloc/.
 *
 * Each file has the text of its model in /proc, so that the tools and the eyes
 * that know those know these. A file only reads; it takes a layer's lock for
 * as long as that layer's walk does. What spans the layers is here; each layer
 * has its files in a file of its own.
 *
 * Context: process. Failure: without debugfs there are no files, nothing else.
 */
#include "debugfs.h"
#include "debugfs_allocinfo.h"
#include "debugfs_clients.h"
#include "debugfs_map.h"
#include "debugfs_page_debug.h"
#include "debugfs_pages.h"
#include "debugfs_slab.h"
#include "debugfs_tuning.h"
#include "debugfs_vmalloc.h"
#include "debugfs_who.h"
#include "inject.h"
#include "overcommit.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

static struct dentry *dir;
static struct ta_users *clients;

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
	show_kb(m, "MemAvailable:", ta_pages_nr_available(&stack->pages));
	show_kb(m, "Slab:", ta_slabs_nr_pages(&stack->slabs));
	show_kb(m, "CommitLimit:", ta_overcommit_limit(clients));
	show_kb(m, "Committed_AS:", ta_overcommit_committed(clients));
	show_kb(m, "VmallocTotal:", vmap.total);
	show_kb(m, "VmallocUsed:", vmap.used);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(meminfo);

/**
 * ta_debugfs_init() - make the files
 * @stack: what they show
 * @users: its clients, of whom some files tell
 *
 * Context: process, may sleep.
 */
void ta_debugfs_init(struct ta_stack *stack, struct ta_users *users)
{
	clients = users;
	dir = debugfs_create_dir("teachalloc", NULL);
	debugfs_create_file("meminfo", 0444, dir, stack, &meminfo_fops);
	ta_debugfs_clients_init(dir);
	ta_debugfs_pages_init(dir, stack);
	ta_debugfs_page_debug_init(dir, stack);
	ta_debugfs_tuning_init(dir, stack);
	ta_debugfs_slab_init(dir, stack);
	ta_debugfs_allocinfo_init(dir, stack);
	ta_debugfs_vmalloc_init(dir, stack);
	ta_debugfs_map_init(dir, users);
	ta_debugfs_who_init(dir, users);
	ta_inject_debugfs(dir);
}

/**
 * ta_debugfs_fini() - remove them; waits for their readers
 * @stack: what they showed
 *
 * Context: process, may sleep.
 */
void ta_debugfs_fini(struct ta_stack *stack)
{
	ta_debugfs_clients_fini();
	debugfs_remove_recursive(dir);
	ta_debugfs_allocinfo_fini();
	ta_debugfs_slab_fini(stack);
}
