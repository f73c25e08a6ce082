// SPDX-License-Identifier: GPL-2.0
/*
 * Who has an address: write one of the kernel's to the file "who", and read.
 *
 *	in a slab	which object of which cache, and in whose magazine
 *	in a page	its block, as a line of pool_map, and where in it
 *	in an area	which page of which area of vmalloc's, and the block behind it
 *
 * Where a cache keeps tracks, who allocated and freed the object follows.
 *
 * Locking: none of its own; a lookup takes what it needs, see there.
 * Context: process, may sleep. Failure: as in the directory's file, none but no
 * files.
 */
#include "debugfs_who.h"
#include "debugfs_map.h"
#include "debugfs_slab.h"
#include "slab_look.h"

#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/**
 * struct question - an open file
 * @users: of whose pool
 * @addr: what was written
 */
struct question {
	struct ta_users *users;
	unsigned long addr;
};

/* --- a page ------------------------------------------------------------ */

static void show_page(struct seq_file *m, struct question *q,
		      const struct ta_page *tp)
{
	unsigned long nr = ta_debugfs_map_block(m, q->users, tp);

	seq_printf(m, "page %lu of it, offset %lu\n", nr,
		   offset_in_page(q->addr));
}

/* --- an object --------------------------------------------------------- */

static void show_object(struct seq_file *m, const struct ta_place_info *info)
{
	seq_printf(m, "cache %s, slab at frame %lu, ", info->name, info->frame);
	if (info->place == TA_PLACE_BESIDE) {
		seq_printf(m, "beside object %u\n", info->index);
		return;
	}
	seq_printf(m, "object %u, offset %zu: ", info->index, info->offset);
	if (info->place == TA_PLACE_USED)
		seq_puts(m, "in use\n");
	else if (info->place == TA_PLACE_FREE)
		seq_puts(m, "free\n");
	else if (info->cpu < 0)
		seq_puts(m, "free, in the depot\n");
	else
		seq_printf(m, "free, in a magazine of CPU %d\n", info->cpu);
}

static void show_track(struct seq_file *m, const char *what,
		       const struct ta_track *track)
{
	if (!track->addr)
		return;
	seq_printf(m, "%s in %pS age=%lu cpu=%u pid=%d\n", what,
		   (void *)track->addr, jiffies - track->when, track->cpu,
		   track->pid);
	ta_debugfs_show_stack(m, track->stack);
}

/* --- an area ----------------------------------------------------------- */

struct area_search {
	struct seq_file *m;
	struct question *q;
	bool found;
};

static void show_page_of_area(struct seq_file *m, struct question *q,
			      unsigned long nr)
{
	struct ta_vmap *vmap = &q->users->stack->vmap;
	struct page *page = ta_vmap_to_page(vmap, (void *)q->addr);
	struct ta_page *tp = page ? ta_pool_page(&vmap->pages->pool, page) : NULL;

	seq_printf(m, "page %lu of the area, offset %lu%s\n", nr,
		   offset_in_page(q->addr), tp ? "" : ", not of the pool");
	if (tp)
		ta_debugfs_map_block(m, q->users, tp);
}

/* Of the last page of an area there are only addresses. */
static void compare(const struct ta_vmap_info *info, void *arg)
{
	struct area_search *s = arg;
	unsigned long offset = s->q->addr - (unsigned long)info->addr;

	if (s->found || info->lazy || !info->addr || offset >= info->bytes)
		return;
	s->found = true;
	seq_printf(s->m, "%s area of %lu bytes, pid %d, by %pS\n",
		   info->kind == TA_SPAN_VMALLOC ? "vmalloc" : "vmap",
		   info->size, info->pid, (void *)info->caller);
	if (offset >> PAGE_SHIFT < info->nr_pages)
		show_page_of_area(s->m, s->q, offset >> PAGE_SHIFT);
	else
		seq_puts(s->m, "the guard page behind it\n");
}

static bool show_area(struct seq_file *m, struct question *q)
{
	struct area_search s = { .m = m, .q = q };

	ta_vmap_walk(&q->users->stack->vmap, compare, &s);
	return s.found;
}

/* --- the file ---------------------------------------------------------- */

static int who_show(struct seq_file *m, void *v)
{
	struct question *q = m->private;
	struct ta_stack *stack = q->users->stack;
	struct ta_place_info info;

	ta_slabs_who(&stack->slabs, (void *)q->addr, &info);
	if (info.name[0])
		show_object(m, &info);
	else if (info.place != TA_PLACE_OUTSIDE)
		show_page(m, q, ta_pool_addr(&stack->pages.pool,
					     (void *)q->addr));
	else if (!show_area(m, q))
		seq_puts(m, "not in the pool\n");
	show_track(m, "Allocated", &info.tracks[TA_TRACK_ALLOC]);
	show_track(m, "Freed", &info.tracks[TA_TRACK_FREE]);
	return 0;
}

static int who_open(struct inode *inode, struct file *file)
{
	struct question *q = kzalloc(sizeof(*q), GFP_KERNEL);
	int err;

	if (!q)
		return -ENOMEM;
	q->users = inode->i_private;
	err = single_open(file, who_show, q);
	if (err)
		kfree(q);
	return err;
}

static ssize_t who_write(struct file *file, const char __user *buf, size_t len,
			 loff_t *pos)
{
	struct seq_file *m = file->private_data;
	struct question *q = m->private;
	int err = kstrtoul_from_user(buf, len, 0, &q->addr);

	return err ? err : len;
}

static int who_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kfree(m->private);
	return single_release(inode, file);
}

static const struct file_operations who_fops = {
	.owner = THIS_MODULE,
	.open = who_open,
	.read = seq_read,
	.write = who_write,
	.llseek = seq_lseek,
	.release = who_release,
};

/**
 * ta_debugfs_who_init() - make the file
 * @dir: where
 * @users: the clients, and by them the pool
 *
 * Context: process, may sleep.
 */
void ta_debugfs_who_init(struct dentry *dir, struct ta_users *users)
{
	debugfs_create_file("who", 0600, dir, users, &who_fops);
}
