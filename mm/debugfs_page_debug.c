// SPDX-License-Identifier: GPL-2.0
/*
 * Single pages for people to read, and the switches of their debugging.
 *
 *	page_owner		each block that is allocated: by whom, since
 *				when; tools/vm/page_owner_sort reads it
 *	free_blocks		each block that is free: where, how large
 *	page_debug/poison	1 turns it on, 0 off
 *	page_debug/owner
 *	page_debug/guard
 *
 * Page frame numbers are root's to see.
 *
 * Context: process. Failure: as in the directory's file, none but no files.
 */
#include "callstack.h"
#include "debugfs_page_debug.h"
#include "page_report.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>

/* --- page_owner -------------------------------------------------------- */

static struct ta_page_notes *notes_of(struct seq_file *m)
{
	return &((struct ta_stack *)m->private)->pages.debug.notes;
}

/* The first block from page frame *@pos on, which is moved to it. */
static void *owner_at(struct seq_file *m, loff_t *pos)
{
	unsigned long pfn = *pos;
	struct ta_page_note note;
	struct ta_page *tp = ta_page_owner_next(notes_of(m), &pfn, &note);

	if (tp)
		*pos = pfn - 1;
	return tp;
}

static void *owner_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return owner_at(m, pos);
}

static void nothing_to_stop(struct seq_file *m, void *v)
{
}

static void show_stack_entries(struct seq_file *m, u32 stack)
{
	unsigned long *entries;
	unsigned int i, nr = ta_callstack_fetch(stack, &entries);

	for (i = 0; i < nr; i++)
		seq_printf(m, " %pS\n", (void *)entries[i]);
}

static int owner_show(struct seq_file *m, void *v)
{
	struct ta_page *tp = v;
	struct page *page = ta_page_host(tp);
	unsigned long pfn = page_to_pfn(page), next = pfn;
	struct ta_page_note note;

	/* Freed since it was found. */
	if (ta_page_owner_next(notes_of(m), &next, &note) != tp)
		return SEQ_SKIP;
	seq_printf(m, "Page allocated via order %u, mask %#x(%pGg), pid %d, tgid %d (%s), ts %llu ns, free_ts %llu ns\n",
		   note.order, (__force unsigned int)note.gfp, &note.gfp,
		   note.pid, note.tgid, note.comm, note.ts_nsec,
		   note.free_ts_nsec);
	seq_printf(m, "PFN %lu type %s Block %lu type %s Flags %pGp\n", pfn,
		   ta_migratetype_name(ta_gfp_type(note.gfp)),
		   pfn >> TA_PAGEBLOCK_ORDER,
		   ta_migratetype_name(ta_page_type(tp)), &page->flags);
	show_stack_entries(m, note.alloc_stack);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations page_owner_sops = {
	.start = owner_at,
	.next = owner_next,
	.stop = nothing_to_stop,
	.show = owner_show,
};

DEFINE_SEQ_ATTRIBUTE(page_owner);

/* --- free_blocks ------------------------------------------------------- */

static bool is_free(const struct ta_page *tp)
{
	u8 kind = READ_ONCE(tp->kind);

	return kind == TA_KIND_FREE || kind == TA_KIND_PCP;
}

/* The first free block from page frame *@pos on, which is moved to it. */
static void *free_at(struct seq_file *m, loff_t *pos)
{
	struct ta_pool *pool = &((struct ta_stack *)m->private)->pages.pool;
	struct ta_section *sec;
	unsigned long i;

	ta_for_each_section(pool, i, sec) {
		loff_t first = page_to_pfn(sec->first);

		for (*pos = max(*pos, first); *pos < first + TA_SECTION_PAGES;
		     ++*pos)
			if (is_free(&sec->pages[*pos - first]))
				return &sec->pages[*pos - first];
	}
	return NULL;
}

static void *free_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return free_at(m, pos);
}

/* What changes hands meanwhile is shown as it was, or not at all. */
static int free_show(struct seq_file *m, void *v)
{
	struct ta_page *tp = v;
	u8 kind = READ_ONCE(tp->kind);

	if (kind != TA_KIND_FREE && kind != TA_KIND_PCP)
		return SEQ_SKIP;
	seq_printf(m, "frame %lu pfn %lu order %u type %s on %s\n",
		   ta_page_frame(tp), page_to_pfn(ta_page_host(tp)),
		   READ_ONCE(tp->order), ta_migratetype_name(ta_page_type(tp)),
		   kind == TA_KIND_FREE ? "buddy" : "pcp");
	return 0;
}

static const struct seq_operations free_blocks_sops = {
	.start = free_at,
	.next = free_next,
	.stop = nothing_to_stop,
	.show = free_show,
};

DEFINE_SEQ_ATTRIBUTE(free_blocks);

/* --- page_debug/ ------------------------------------------------------- */

struct page_switch {
	const char *name;
	enum ta_page_debug_switch what;
	struct ta_page_debug *debug;
};

static struct page_switch switches[] = {
	{ "poison", TA_PAGE_DEBUG_POISON },
	{ "owner", TA_PAGE_DEBUG_OWNER },
	{ "guard", TA_PAGE_DEBUG_GUARD },
};

static_assert(ARRAY_SIZE(switches) == TA_NR_PAGE_DEBUGS);

static int switch_get(void *data, u64 *on)
{
	struct page_switch *sw = data;

	*on = ta_page_debug_is_on(sw->debug, sw->what);
	return 0;
}

static int switch_set(void *data, u64 on)
{
	struct page_switch *sw = data;

	if (on > 1)
		return -EINVAL;
	return ta_page_debug_set(sw->debug, sw->what, on);
}

DEFINE_DEBUGFS_ATTRIBUTE(page_switch_fops, switch_get, switch_set, "%llu\n");

/**
 * ta_debugfs_page_debug_init() - make the files of page debugging
 * @dir: where
 * @stack: what they show
 *
 * Context: process, may sleep.
 */
void ta_debugfs_page_debug_init(struct dentry *dir, struct ta_stack *stack)
{
	struct dentry *sub = debugfs_create_dir("page_debug", dir);
	unsigned int i;

	debugfs_create_file("page_owner", 0400, dir, stack, &page_owner_fops);
	debugfs_create_file("free_blocks", 0400, dir, stack,
			    &free_blocks_fops);
	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		switches[i].debug = &stack->pages.debug;
		debugfs_create_file_unsafe(switches[i].name, 0600, sub,
					   &switches[i], &page_switch_fops);
	}
}
