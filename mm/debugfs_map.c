// SPDX-License-Identifier: GPL-2.0
/*
 * The whole pool, page by page, for people and for the command's picture.
 *
 *	pool_map	what each page is, whose, and where it may move
 *
 * Model: a line is a run of blocks side by side that are the same in all that it
 * says. Every page of the pool is in exactly one line, so that the lines add up
 * to the pool, whatever happens to the pages while they are read: a run is what
 * its pages were at one look. A page that was looked at while its block was being
 * split or merged is "changing".
 *
 * Locking: none for the pages. That of the clients, and that of the caches, each
 * while a name is looked up in their list; never both.
 * Context: process, may sleep. Failure: as in the directory's file, none but no
 * files.
 */
#include "debugfs_map.h"
#include "page_report.h"
#include "slab_look.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

static const char * const kinds[] = {
	[TA_KIND_HOLE]		= "hole",
	[TA_KIND_TAIL]		= "changing",
	[TA_KIND_FREE]		= "free",
	[TA_KIND_PCP]		= "pcp",
	[TA_KIND_PINNED]	= "pinned",
	[TA_KIND_ALLOC]		= "pages",
	[TA_KIND_SLAB]		= "slab",
	[TA_KIND_SLAB_TAIL]	= "changing",
	[TA_KIND_KMALLOC]	= "kmalloc",
	[TA_KIND_EXACT]		= "exact",
	[TA_KIND_CONTIG]	= "contig",
	[TA_KIND_VMALLOC]	= "vmalloc",
	[TA_KIND_USER]		= "user",
	[TA_KIND_GUARD]		= "guard",
};

static_assert(ARRAY_SIZE(kinds) == TA_NR_KINDS);

/* What is the same of all blocks of a run. */
struct block {
	u8 kind;
	u8 order;
	enum ta_migratetype type;
	unsigned long owner;	/* a slabset, a client's usage, or a caller */
};

/**
 * struct run - an open file: the line that is next
 * @users: of which pool
 * @block: what each of its blocks is
 * @frame: its first page, counted in the pool
 * @pfn: the same in the machine
 * @nr_pages: how many there are
 */
struct run {
	struct ta_users *users;
	struct block block;
	unsigned long frame;
	unsigned long pfn;
	unsigned long nr_pages;
};

static unsigned long owner_of(const struct ta_page *tp, u8 kind)
{
	if (kind < TA_KIND_ALLOC || kind == TA_KIND_GUARD)
		return 0;
	if (kind == TA_KIND_SLAB)
		return (unsigned long)READ_ONCE(tp->slabset);
	if (kind == TA_KIND_USER)
		return (unsigned long)READ_ONCE(tp->owner);
	return READ_ONCE(tp->caller);
}

static struct block look_at(const struct ta_page *tp)
{
	u8 kind = READ_ONCE(tp->kind);
	bool changing = kind == TA_KIND_TAIL || kind == TA_KIND_SLAB_TAIL;

	return (struct block){
		.kind = kind,
		.order = changing ? 0 : min_t(u8, READ_ONCE(tp->order),
					      TA_MAX_ORDER),
		.type = ta_page_type(tp),
		.owner = changing ? 0 : owner_of(tp, kind),
	};
}

static bool is_same(const struct block *a, const struct block *b)
{
	return a->kind == b->kind && a->order == b->order &&
	       a->type == b->type && a->owner == b->owner;
}

/* The run that begins with a page; it ends with the section at the latest. */
static void measure(struct run *run, struct ta_section *sec,
		    const struct ta_page *tp)
{
	unsigned long first = tp->idx, idx = first;
	struct block next = look_at(tp);

	run->block = next;
	run->frame = ta_page_frame(tp);
	run->pfn = page_to_pfn(ta_page_host(tp));
	while (idx < TA_SECTION_PAGES && next.kind != TA_KIND_HOLE &&
	       is_same(&run->block, &next)) {
		idx += BIT(next.order);
		if (idx < TA_SECTION_PAGES)
			next = look_at(&sec->pages[idx]);
	}
	run->nr_pages = min(idx, TA_SECTION_PAGES) - first;
}

/* The first run from page frame *@pos on, which is moved to it. */
static void *map_at(struct seq_file *m, loff_t *pos)
{
	struct run *run = m->private;
	struct ta_section *sec;
	struct ta_page *tp;
	unsigned long i;

	ta_for_each_section(&run->users->stack->pages.pool, i, sec) {
		loff_t first = page_to_pfn(sec->first);

		if (*pos >= first + TA_SECTION_PAGES)
			continue;
		tp = ta_section_page(sec, sec->pages + max(*pos, first) - first);
		if (!tp)
			continue;
		measure(run, sec, tp);
		*pos = run->pfn;
		return run;
	}
	return NULL;
}

static void *map_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct run *run = v;

	*pos = run->pfn + run->nr_pages;
	return map_at(m, pos);
}

static void nothing_to_stop(struct seq_file *m, void *v)
{
}

static void show_client(struct seq_file *m, struct ta_users *users,
			const void *usage)
{
	struct ta_client *client;

	mutex_lock(&users->lock);
	list_for_each_entry(client, &users->clients, list)
		if (&client->usage == usage)
			seq_printf(m, "%d-%u", pid_nr(client->opener),
				   client->id);
	mutex_unlock(&users->lock);
}

static void show_cache(struct seq_file *m, struct ta_slabs *slabs,
		       const void *slabset)
{
	char name[sizeof_field(struct ta_place_info, name)];

	if (ta_slabs_cache_name(slabs, slabset, name, sizeof(name)))
		seq_puts(m, name);
}

/* Who has gone since the look has no name any more. */
static void show_owner(struct seq_file *m, const struct run *run)
{
	const struct block *block = &run->block;

	if (!block->owner)
		return;
	seq_putc(m, ' ');
	if (block->kind == TA_KIND_USER)
		show_client(m, run->users, (void *)block->owner);
	else if (block->kind == TA_KIND_SLAB)
		show_cache(m, &run->users->stack->slabs, (void *)block->owner);
	else
		seq_printf(m, "%ps", (void *)block->owner);
}

static int map_show(struct seq_file *m, void *v)
{
	const struct run *run = v;

	seq_printf(m, "frame %lu pfn %lu pages %lu order %u type %s is %s",
		   run->frame, run->pfn, run->nr_pages, run->block.order,
		   ta_migratetype_name(run->block.type),
		   kinds[run->block.kind]);
	show_owner(m, run);
	seq_putc(m, '\n');
	return 0;
}

/* The first page of the block that a page is in, or itself. */
static const struct ta_page *head_of(const struct ta_page *tp)
{
	unsigned int order;

	for (order = 0; order <= TA_MAX_ORDER; order++) {
		const struct ta_page *head = tp - (tp->idx & (BIT(order) - 1));
		u8 kind = READ_ONCE(head->kind);

		if (kind != TA_KIND_TAIL && kind != TA_KIND_SLAB_TAIL &&
		    READ_ONCE(head->order) >= order)
			return head;
	}
	return tp;
}

/**
 * ta_debugfs_map_block() - print the block that a page is in, as pool_map does
 * @m: where to
 * @users: of whose pool
 * @tp: any page of the pool
 *
 * Context: process, may sleep.
 * Return: which page of the block it is.
 */
unsigned long ta_debugfs_map_block(struct seq_file *m, struct ta_users *users,
				   const struct ta_page *tp)
{
	const struct ta_page *head = head_of(tp);
	struct run run = {
		.users = users,
		.block = look_at(head),
		.frame = ta_page_frame(head),
		.pfn = page_to_pfn(ta_page_host(head)),
	};

	run.nr_pages = BIT(run.block.order);
	map_show(m, &run);
	return tp - head;
}

static const struct seq_operations map_sops = {
	.start = map_at,
	.next = map_next,
	.stop = nothing_to_stop,
	.show = map_show,
};

static int map_open(struct inode *inode, struct file *file)
{
	struct run *run = __seq_open_private(file, &map_sops, sizeof(*run));

	if (!run)
		return -ENOMEM;
	run->users = inode->i_private;
	return 0;
}

static const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.open = map_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/**
 * ta_debugfs_map_init() - make the file
 * @dir: where
 * @users: the clients, and by them the pool that it shows
 *
 * Context: process, may sleep.
 */
void ta_debugfs_map_init(struct dentry *dir, struct ta_users *users)
{
	debugfs_create_file("pool_map", 0400, dir, users, &map_fops);
}
