// SPDX-License-Identifier: GPL-2.0
/*
 * The slab layer for people to read: slabinfo as in /proc, and a folder for each
 * cache with the files that SLUB has in /sys/kernel/slab/NAME/ (and in debugfs,
 * the traces).
 *
 * A cache's folder is there as long as the cache is. All files of a folder are
 * rows of one table; what a row shows is a function of the cache.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "debugfs_slab.h"
#include "alias.h"
#include "slab_look.h"

#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static struct dentry *caches_dir;

/* --- slabinfo ---------------------------------------------------------- */

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

/* --- a cache's numbers ------------------------------------------------- */

static void show_layout(struct seq_file *m, struct ta_kmem_cache *cache,
			unsigned int value)
{
	seq_printf(m, "%u\n", value);
}

#define SHOW_LAYOUT(name, member)					\
static void show_##name(struct seq_file *m, struct ta_kmem_cache *cache)	\
{									\
	show_layout(m, cache, cache->set.layout.member);		\
}

SHOW_LAYOUT(object_size, size)
SHOW_LAYOUT(slab_size, stride)
SHOW_LAYOUT(objs_per_slab, nr)
SHOW_LAYOUT(order, order)
SHOW_LAYOUT(align, align)

static void show_flag(struct seq_file *m, bool flag)
{
	seq_printf(m, "%d\n", flag);
}

#define SHOW_FLAG(name, flag)						\
static void show_##name(struct seq_file *m, struct ta_kmem_cache *cache)	\
{									\
	show_flag(m, cache->flags & (flag));				\
}

/* What may be copied to and from users: offset and size. */
static void show_useroffset(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_layout(m, cache, cache->useroffset);
}

static void show_usersize(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_layout(m, cache, cache->usersize);
}

SHOW_FLAG(hwcache_align, SLAB_HWCACHE_ALIGN)
SHOW_FLAG(reclaim_account, SLAB_RECLAIM_ACCOUNT)
SHOW_FLAG(destroy_by_rcu, SLAB_TYPESAFE_BY_RCU)
SHOW_FLAG(red_zone, SLAB_RED_ZONE)
SHOW_FLAG(poison, SLAB_POISON)
SHOW_FLAG(store_user, SLAB_STORE_USER)

/* Those that can be changed while the cache is in use are the layout's. */
static void show_sanity_checks(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_flag(m, READ_ONCE(cache->set.layout.flags) &
		     SLAB_CONSISTENCY_CHECKS);
}

static void show_trace(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_flag(m, READ_ONCE(cache->set.layout.flags) & SLAB_TRACE);
}

#define SHOW_COUNT(name, member)					\
static void show_##name(struct seq_file *m, struct ta_kmem_cache *cache)	\
{									\
	struct ta_slab_counts counts;					\
									\
	ta_slab_count(cache, &counts);					\
	seq_printf(m, "%lu\n", counts.member);				\
}

SHOW_COUNT(slabs, slabs)
SHOW_COUNT(partial, partial)
SHOW_COUNT(total_objects, total)
SHOW_COUNT(objects_partial, inuse_partial)

/* What users have: neither on a freelist nor in a magazine. */
static void show_objects(struct seq_file *m, struct ta_kmem_cache *cache)
{
	unsigned long inuse = ta_slabset_nr_inuse(&cache->set);

	seq_printf(m, "%lu\n",
		   inuse - min(inuse, ta_magset_nr_cached(&cache->mags)));
}

static void show_objects_cached(struct seq_file *m, struct ta_kmem_cache *cache)
{
	seq_printf(m, "%lu\n", ta_magset_nr_cached(&cache->mags));
}

/* Objects that a CPU keeps at the most, in its two magazines. */
static void show_cpu_partial(struct seq_file *m, struct ta_kmem_cache *cache)
{
	seq_printf(m, "%u\n", 2 * cache->mags.depot.cap);
}

/* Slabs that are kept though all of their objects are free. */
static void show_min_partial(struct seq_file *m, struct ta_kmem_cache *cache)
{
	seq_printf(m, "%u\n", TA_SLABSET_KEEP_EMPTY);
}

/* No CPU has a slab of its own here: it has magazines. */
static void show_cpu_slabs(struct seq_file *m, struct ta_kmem_cache *cache)
{
	seq_puts(m, "0\n");
}

/* Those who share it, besides the first. */
static void show_aliases(struct seq_file *m, struct ta_kmem_cache *cache)
{
	seq_printf(m, "%u\n", READ_ONCE(cache->refs) - 1);
}

static void show_ctor(struct seq_file *m, struct ta_kmem_cache *cache)
{
	if (cache->set.layout.ctor)
		seq_printf(m, "%pS\n", cache->set.layout.ctor);
}

static void show_errors(struct seq_file *m, struct ta_kmem_cache *cache)
{
	seq_printf(m, "%lu\n", ta_slabset_nr_errors(&cache->set));
}

/* Of a slab: what is left over, and what goes for alignment and debugging. */
static void show_waste(struct seq_file *m, struct ta_kmem_cache *cache)
{
	const struct ta_slab_layout *layout = &cache->set.layout;
	unsigned int bytes = layout->mask + 1;
	unsigned int used = layout->nr * layout->size;

	seq_printf(m, "%u of %u bytes, %u.%u %%: %u left over, %u an object\n",
		   bytes - used, bytes, (bytes - used) * 100 / bytes,
		   (bytes - used) * 1000 / bytes % 10,
		   bytes - layout->nr * layout->stride,
		   layout->stride - layout->size);
}

/* --- maps and traces --------------------------------------------------- */

/* As many slabs as a person looks at. */
#define MAP_SLABS	128

static void show_map(struct seq_file *m, struct ta_kmem_cache *cache)
{
	struct ta_slab_map *map = ta_slab_map_make(cache, MAP_SLABS);
	unsigned int i;

	if (!map)
		return;
	seq_puts(m, "# . free, U used, 0-9 in a magazine of that CPU (+ a later one), * in the depot\n");
	for (i = 0; i < map->nr_slabs; i++)
		seq_printf(m, "%6lu %4u/%u %.*s\n", map->slabs[i].frame,
			   map->slabs[i].inuse, map->nr, (int)map->nr,
			   map->objs + (size_t)i * map->nr);
	if (map->nr_more)
		seq_printf(m, "# and %u slabs more\n", map->nr_more);
	ta_slab_map_free(map);
}

#define MAX_CALLERS	512

static void show_caller(struct seq_file *m, const struct ta_slab_caller *c)
{
	seq_printf(m, "%7lu ", c->nr);
	if (c->addr)
		seq_printf(m, "%pS", (void *)c->addr);
	else
		seq_puts(m, "<not-available>");
	if (c->min_age != c->max_age)
		seq_printf(m, " age=%lu/%llu/%lu", c->min_age,
			   div64_u64(c->sum_age, c->nr), c->max_age);
	else
		seq_printf(m, " age=%lu", c->min_age);
	if (c->min_pid != c->max_pid)
		seq_printf(m, " pid=%d-%d", c->min_pid, c->max_pid);
	else
		seq_printf(m, " pid=%d", c->min_pid);
	seq_putc(m, '\n');
}

/**
 * ta_debugfs_show_stack() - print the stack of a track
 * @m: where to
 * @stack: its number
 *
 * Context: process.
 */
void ta_debugfs_show_stack(struct seq_file *m, u32 stack)
{
	unsigned long *entries;
	unsigned int i, nr = ta_track_fetch(stack, &entries);

	for (i = 0; i < nr; i++)
		seq_printf(m, "        %pS\n", (void *)entries[i]);
	seq_putc(m, '\n');
}

static void show_callers(struct seq_file *m, struct ta_kmem_cache *cache,
			 enum ta_track_item item, bool stacks)
{
	struct ta_slab_callers *all;
	unsigned int i;

	all = ta_slab_callers_make(cache, item, MAX_CALLERS);
	if (!all)
		return;
	for (i = 0; i < all->nr; i++) {
		show_caller(m, &all->callers[i]);
		if (stacks)
			ta_debugfs_show_stack(m, all->callers[i].stack);
	}
	if (!all->nr)
		seq_puts(m, "No data\n");
	if (all->nr_lost)
		seq_printf(m, "%7lu of other places\n", all->nr_lost);
	ta_slab_callers_free(all);
}

static void show_alloc_calls(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_callers(m, cache, TA_TRACK_ALLOC, false);
}

static void show_free_calls(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_callers(m, cache, TA_TRACK_FREE, false);
}

static void show_alloc_traces(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_callers(m, cache, TA_TRACK_ALLOC, true);
}

static void show_free_traces(struct seq_file *m, struct ta_kmem_cache *cache)
{
	show_callers(m, cache, TA_TRACK_FREE, true);
}

/* --- what can be written ----------------------------------------------- */

static int store_shrink(struct ta_kmem_cache *cache, bool on)
{
	if (!on)
		return -EINVAL;
	ta_kmem_cache_shrink(cache);
	return 0;
}

/* As SLUB: what was wrong is in the log, and mended if it could be. */
static int store_validate(struct ta_kmem_cache *cache, bool on)
{
	if (!on || !cache->debugged)
		return -EINVAL;
	ta_kmem_cache_validate(cache);
	return 0;
}

/* What needs no room in the objects can change, if anybody looks at them. */
static int change_flag(struct ta_kmem_cache *cache, slab_flags_t flag, bool on)
{
	if (!cache->debugged)
		return -EINVAL;
	ta_slabset_change_flag(&cache->set, flag, on);
	return 0;
}

static int store_sanity_checks(struct ta_kmem_cache *cache, bool on)
{
	return change_flag(cache, SLAB_CONSISTENCY_CHECKS, on);
}

static int store_trace(struct ta_kmem_cache *cache, bool on)
{
	return change_flag(cache, SLAB_TRACE, on);
}

/* --- the folder of a cache --------------------------------------------- */

struct attr {
	const char *name;
	void (*show)(struct seq_file *m, struct ta_kmem_cache *cache);
	int (*store)(struct ta_kmem_cache *cache, bool on);
};

#define RO(name)	{ #name, show_##name, NULL }
#define RW(name)	{ #name, show_##name, store_##name }
#define WO(name)	{ #name, NULL, store_##name }

static const struct attr attrs[] = {
	RO(object_size), RO(slab_size), RO(objs_per_slab), RO(order),
	RO(align), RO(useroffset), RO(usersize), RO(min_partial),
	RO(cpu_partial), RO(aliases), RO(ctor),
	RO(objects), RO(objects_cached), RO(objects_partial),
	RO(total_objects), RO(slabs), RO(partial), RO(cpu_slabs),
	RO(hwcache_align), RO(reclaim_account), RO(destroy_by_rcu),
	RO(red_zone), RO(poison), RO(store_user), RW(sanity_checks),
	RW(trace), WO(shrink), WO(validate), RO(errors), RO(waste),
	RO(map), RO(alloc_calls), RO(free_calls), RO(alloc_traces),
	RO(free_traces),
};

/* A file's row is found by its name: its data is the cache. */
static const struct attr *attr_of(const struct file *file)
{
	const char *name = file->f_path.dentry->d_name.name;
	const struct attr *attr = attrs;

	while (strcmp(attr->name, name))
		attr++;
	return attr;
}

static int attr_show(struct seq_file *m, void *v)
{
	const struct attr *attr = attr_of(m->file);

	if (attr->show)
		attr->show(m, m->private);
	return 0;
}

static int attr_open(struct inode *inode, struct file *file)
{
	return single_open(file, attr_show, inode->i_private);
}

static ssize_t attr_write(struct file *file, const char __user *buf,
			  size_t len, loff_t *pos)
{
	struct ta_kmem_cache *cache = file_inode(file)->i_private;
	const struct attr *attr = attr_of(file);
	bool on;
	int err = kstrtobool_from_user(buf, len, &on);

	/* No mode keeps root from opening a file. */
	if (!attr->store)
		err = -EIO;
	if (!err)
		err = attr->store(cache, on);
	return err ? err : len;
}

static const struct file_operations attr_fops = {
	.owner = THIS_MODULE,
	.open = attr_open,
	.read = seq_read,
	.write = attr_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static umode_t mode_of(const struct attr *attr)
{
	return (attr->show ? 0400 : 0) | (attr->store ? 0200 : 0);
}

#define NAME_BYTES	64

/* A slash would be a folder's. There is room for a number behind it. */
static void escape(char path[NAME_BYTES], const char *name)
{
	snprintf(path, NAME_BYTES, "%.56s", name);
	strreplace(path, '/', '!');
}

/* A name that is there already gets a number. */
static struct dentry *make_dir(const char *name)
{
	struct dentry *dir = ERR_PTR(-EEXIST);
	char path[NAME_BYTES];
	size_t len;
	unsigned int i;

	escape(path, name);
	len = strlen(path);
	for (i = 0; dir == ERR_PTR(-EEXIST) && i < 100; i++) {
		if (i)
			snprintf(path + len, sizeof(path) - len, ":%u", i);
		dir = debugfs_create_dir(path, caches_dir);
	}
	return dir;
}

static void cache_created(struct ta_kmem_cache *cache)
{
	struct dentry *dir = make_dir(cache->set.layout.name);
	unsigned int i;

	cache->shown = dir;
	if (IS_ERR(dir))
		return;
	for (i = 0; i < ARRAY_SIZE(attrs); i++)
		debugfs_create_file(attrs[i].name, mode_of(&attrs[i]), dir,
				    cache, &attr_fops);
}

/* Waits for its readers. */
static void cache_destroyed(struct ta_kmem_cache *cache)
{
	struct ta_alias *alias;

	list_for_each_entry(alias, &cache->aliases, list)
		debugfs_remove(alias->shown);
	debugfs_remove_recursive(cache->shown);
}

/* As in /sys/kernel/slab: a link of that name to the cache's folder. */
static void cache_aliased(struct ta_kmem_cache *cache, struct ta_alias *alias)
{
	struct dentry *dir = cache->shown;
	char name[NAME_BYTES];

	if (IS_ERR_OR_NULL(dir))
		return;
	escape(name, alias->name);
	alias->shown = debugfs_create_symlink(name, caches_dir,
					      dir->d_name.name);
}

static const struct ta_cache_listener listener = {
	.created = cache_created,
	.aliased = cache_aliased,
	.destroyed = cache_destroyed,
};

/**
 * ta_debugfs_slab_init() - make the files of the slab layer
 * @dir: where
 * @stack: what they show
 *
 * Context: process, may sleep; nobody else uses the stack yet.
 */
void ta_debugfs_slab_init(struct dentry *dir, struct ta_stack *stack)
{
	debugfs_create_file("slabinfo", 0444, dir, stack, &slabinfo_fops);
	caches_dir = debugfs_create_dir("slab", dir);
	ta_slabs_listen(&stack->slabs, &listener);
}

/**
 * ta_debugfs_slab_fini() - let caches be unseen again
 * @stack: what was shown
 *
 * Context: process, may sleep; when the files are removed.
 */
void ta_debugfs_slab_fini(struct ta_stack *stack)
{
	ta_slabs_listen(&stack->slabs, NULL);
}
