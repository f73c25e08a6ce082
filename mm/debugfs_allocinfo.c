// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations for people to read: who has them, and what goes to waste.
 *
 * Both files show what was noted while "allocinfo" was on: only then anybody
 * knows how much was asked for. Written 1, it listens; written 0, it forgets.
 *
 * Locking: allocinfo_lock around all.
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_allocinfo.h"
#include "allocinfo.h"

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

/* --- by call site ------------------------------------------------------ */

/* Room for a machine's worth of places and a test's worth of allocations. */
#define NR_SITES	1024
#define NR_RECORDS	65536

static struct ta_allocinfo *allocinfo;
static DEFINE_MUTEX(allocinfo_lock);	/* of allocinfo, and its start and stop */

static int more_bytes(const void *a, const void *b)
{
	const struct ta_alloc_site *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

static void show_sites(struct seq_file *m, struct ta_alloc_site *sites)
{
	unsigned long missed;
	unsigned int i, nr;

	nr = ta_allocinfo_sites(allocinfo, sites, NR_SITES, &missed);
	sort(sites, nr, sizeof(*sites), more_bytes, NULL);
	for (i = 0; i < nr; i++)
		seq_printf(m, "%12zu %8lu %pS kind:%s calls:%lu sizes:%zu-%zu\n",
			   sites[i].bytes, sites[i].nr, (void *)sites[i].addr,
			   sites[i].name, sites[i].calls, sites[i].min_size,
			   sites[i].max_size);
	if (missed)
		seq_printf(m, "# %lu allocations missed\n", missed);
}

static int allocinfo_show(struct seq_file *m, void *v)
{
	struct ta_alloc_site *sites;

	seq_puts(m, "allocinfo - version: 1.0\n");
	seq_puts(m, "#     <size>  <calls> <tag info>\n");
	sites = kvcalloc(NR_SITES, sizeof(*sites), GFP_KERNEL);
	if (!sites)
		return -ENOMEM;
	mutex_lock(&allocinfo_lock);
	if (allocinfo)
		show_sites(m, sites);
	else
		seq_puts(m, "# off: write 1\n");
	mutex_unlock(&allocinfo_lock);
	kvfree(sites);
	return 0;
}

static int allocinfo_on(void)
{
	struct ta_allocinfo *info;
	int err;

	if (allocinfo)
		return 0;
	info = ta_allocinfo_make(NR_SITES, NR_RECORDS);
	if (!info)
		return -ENOMEM;
	err = ta_allocinfo_start(info);
	if (err)
		ta_allocinfo_free(info);
	else
		allocinfo = info;
	return err;
}

static void allocinfo_off(void)
{
	if (!allocinfo)
		return;
	ta_allocinfo_stop(allocinfo);
	ta_allocinfo_free(allocinfo);
	allocinfo = NULL;
}

static ssize_t allocinfo_write(struct file *file, const char __user *buf,
			       size_t len, loff_t *pos)
{
	bool on;
	int err = kstrtobool_from_user(buf, len, &on);

	if (err)
		return err;
	mutex_lock(&allocinfo_lock);
	if (on)
		err = allocinfo_on();
	else
		allocinfo_off();
	mutex_unlock(&allocinfo_lock);
	return err ? err : len;
}

static int allocinfo_open(struct inode *inode, struct file *file)
{
	return single_open(file, allocinfo_show, inode->i_private);
}

static const struct file_operations allocinfo_fops = {
	.owner = THIS_MODULE,
	.open = allocinfo_open,
	.read = seq_read,
	.write = allocinfo_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* --- by size class ----------------------------------------------------- */

static void show_waste(struct seq_file *m, const char *name, size_t size,
		       unsigned long objects)
{
	struct ta_alloc_sum sum = { };
	size_t waste;

	if (allocinfo)
		ta_allocinfo_sum(allocinfo, name, &sum);
	waste = sum.room - sum.bytes;
	seq_printf(m, "%-17s %6zu %8lu %8lu %12zu %12zu %3zu.%zu\n", name, size,
		   objects, sum.nr, sum.bytes, waste,
		   sum.room ? waste * 100 / sum.room : 0,
		   sum.room ? waste * 1000 / sum.room % 10 : 0);
}

static void show_class(struct seq_file *m, struct ta_kmem_cache *cache)
{
	unsigned long inuse = ta_slabset_nr_inuse(&cache->set);

	show_waste(m, cache->set.layout.name, ta_cache_object_size(cache),
		   inuse - min(inuse, ta_magset_nr_cached(&cache->mags)));
}

/* Objects in use are the slabs'; the rest is of those that were noted. */
static int kmalloc_waste_show(struct seq_file *m, void *v)
{
	struct ta_stack *stack = m->private;
	unsigned int i;

	seq_puts(m, "# class            <size> <objects>  <noted>  <requested>     <wasted>   <%>\n");
	mutex_lock(&allocinfo_lock);
	if (!allocinfo)
		seq_puts(m, "# none noted: write 1 to allocinfo\n");
	for (i = 0; i < TA_NR_KMALLOC; i++)
		show_class(m, stack->slabs.kmalloc[i]);
	for (i = 0; i < TA_NR_KMALLOC; i++)
		show_class(m, stack->slabs.kmalloc_rcl[i]);
	show_waste(m, TA_KMALLOC_LARGE_NAME, 0, 0);
	mutex_unlock(&allocinfo_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kmalloc_waste);

/**
 * ta_debugfs_allocinfo_init() - make the files
 * @dir: where
 * @stack: what they show
 *
 * Context: process, may sleep.
 */
void ta_debugfs_allocinfo_init(struct dentry *dir, struct ta_stack *stack)
{
	debugfs_create_file("allocinfo", 0600, dir, stack, &allocinfo_fops);
	debugfs_create_file("kmalloc_waste", 0400, dir, stack,
			    &kmalloc_waste_fops);
}

/**
 * ta_debugfs_allocinfo_fini() - listen no more
 *
 * Context: process, may sleep; when the files are removed.
 */
void ta_debugfs_allocinfo_fini(void)
{
	allocinfo_off();
}
