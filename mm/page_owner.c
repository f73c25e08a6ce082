// SPDX-License-Identifier: GPL-2.0
/*
 * Notes on pages: who allocated each block, who freed it, when and from where.
 *
 * Model: a note for each page of the pool, in an array beside each section that
 * is there only while somebody wants it (1.4 % of the pool). What is noted of a
 * block is in its first page's; it stays when the block is free, merged or
 * split, until a block that starts at the same page is allocated. So for any
 * page the newest note of a block that covers it is the truth:
 *
 *	notes	[ A: order 2 ][ ][ B: order 0, newer ][ ]
 *	pages	   A, then A'      B                   A'	B was split off
 *
 * Invariants
 *  I1  a section has notes only while there are users
 *  I2  a note that is known starts at a multiple of its block's size
 *
 * Locking: notes->lock, interrupts off. Call stacks are taken before it.
 * Context: any, but for get and put, which may sleep.
 * Failure: without memory for the notes nobody gets them; a section without
 * notes is passed over.
 */
#include "callstack.h"
#include "page_owner.h"
#include "report.h"

#include <linux/mm.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/string.h>

/* The depot may not sleep: a free may come from anywhere. */
#define STACK_GFP	(GFP_NOWAIT | __GFP_NOWARN)

/* The note on a page, or NULL. */
static struct ta_page_note *note_on(struct ta_page_notes *notes,
				    const struct ta_page *tp)
{
	struct ta_section *sec = ta_page_section(tp);

	lockdep_assert_held(&notes->lock);
	return sec->notes ? &sec->notes[tp->idx] : NULL;
}

/**
 * ta_page_notes_init() - set up, without any notes
 * @notes: what to set up
 * @pool: the pages that they will be on
 *
 * Context: any.
 */
void ta_page_notes_init(struct ta_page_notes *notes, struct ta_pool *pool)
{
	notes->pool = pool;
	notes->nr_users = 0;
	spin_lock_init(&notes->lock);
}

static void set_notes(struct ta_page_notes *notes, struct ta_section *sec,
		      struct ta_page_note *array)
{
	unsigned long flags;

	spin_lock_irqsave(&notes->lock, flags);
	swap(sec->notes, array);
	spin_unlock_irqrestore(&notes->lock, flags);
	kvfree(array);
}

static void free_notes(struct ta_page_notes *notes)
{
	struct ta_section *sec;
	unsigned long i;

	ta_for_each_section(notes->pool, i, sec)
		set_notes(notes, sec, NULL);
}

/**
 * ta_page_notes_extend() - have notes on every section
 * @notes: whose
 *
 * Context: process, may sleep; one of extend, get and put at a time.
 * Return: 0; -ENOMEM, then some have none.
 */
int ta_page_notes_extend(struct ta_page_notes *notes)
{
	struct ta_page_note *array;
	struct ta_section *sec;
	unsigned long i;

	ta_for_each_section(notes->pool, i, sec) {
		if (sec->notes)
			continue;
		array = kvcalloc(TA_SECTION_PAGES, sizeof(*array), GFP_KERNEL);
		if (!array)
			return -ENOMEM;
		set_notes(notes, sec, array);
	}
	return 0;
}

/**
 * ta_page_notes_get() - want notes
 * @notes: whose
 *
 * Context: process, may sleep; one of extend, get and put at a time.
 * Return: 0 or -ENOMEM.
 */
int ta_page_notes_get(struct ta_page_notes *notes)
{
	int err = ta_page_notes_extend(notes);

	if (!err)
		notes->nr_users++;
	else if (!notes->nr_users)
		free_notes(notes);
	return err;
}

/**
 * ta_page_notes_put() - want them no more
 * @notes: whose
 *
 * Context: process, may sleep; one of extend, get and put at a time.
 */
void ta_page_notes_put(struct ta_page_notes *notes)
{
	if (!--notes->nr_users)
		free_notes(notes);
}

typedef void (*note_change)(struct ta_page_note *note);

/* Do something to every note that there is. */
static void change_notes(struct ta_page_notes *notes, note_change change)
{
	unsigned long i, idx, flags;
	struct ta_section *sec;

	ta_for_each_section(notes->pool, i, sec) {
		spin_lock_irqsave(&notes->lock, flags);
		for (idx = 0; sec->notes && idx < TA_SECTION_PAGES; idx++)
			change(&sec->notes[idx]);
		spin_unlock_irqrestore(&notes->lock, flags);
	}
}

static void forget_owner(struct ta_page_note *note)
{
	bool poisoned = note->poisoned;

	memset(note, 0, sizeof(*note));
	note->poisoned = poisoned;
}

/**
 * ta_page_owner_forget() - begin anew: nobody is known to have any page
 * @notes: whose
 *
 * Context: process.
 */
void ta_page_owner_forget(struct ta_page_notes *notes)
{
	change_notes(notes, forget_owner);
}

/**
 * ta_page_owner_alloc() - note who allocates a block
 * @notes: where to
 * @tp: its first page
 * @order: its order
 * @gfp: as it was asked for
 * @caller: return address of who asked
 *
 * Context: any.
 */
void ta_page_owner_alloc(struct ta_page_notes *notes, struct ta_page *tp,
			 unsigned int order, gfp_t gfp, unsigned long caller)
{
	u32 stack = ta_callstack_save(caller, STACK_GFP);
	struct ta_page_note *note;
	unsigned long flags;

	spin_lock_irqsave(&notes->lock, flags);
	note = note_on(notes, tp);
	if (note) {
		note->ts_nsec = local_clock();
		note->gfp = gfp;
		note->pid = current->pid;
		note->tgid = current->tgid;
		note->alloc_stack = stack;
		note->order = order;
		note->known = true;
		note->allocated = true;
		strscpy(note->comm, current->comm, sizeof(note->comm));
	}
	spin_unlock_irqrestore(&notes->lock, flags);
}

/**
 * ta_page_owner_free() - note who frees a block
 * @notes: where to
 * @tp: its first page
 * @order: its order
 * @caller: return address of who frees
 *
 * Context: any.
 */
void ta_page_owner_free(struct ta_page_notes *notes, struct ta_page *tp,
			unsigned int order, unsigned long caller)
{
	u32 stack = ta_callstack_save(caller, STACK_GFP);
	struct ta_page_note *note;
	unsigned long flags;

	spin_lock_irqsave(&notes->lock, flags);
	note = note_on(notes, tp);
	if (note) {
		/* Allocated before there were notes: by whom is not known. */
		if (!note->allocated)
			forget_owner(note);
		note->free_ts_nsec = local_clock();
		note->free_stack = stack;
		note->order = order;
		note->known = true;
		note->allocated = false;
	}
	spin_unlock_irqrestore(&notes->lock, flags);
}

/**
 * ta_page_owner_split() - a block becomes single pages of the same owner
 * @notes: where to
 * @tp: its first page
 * @order: its order
 *
 * Context: any.
 */
void ta_page_owner_split(struct ta_page_notes *notes, struct ta_page *tp,
			 unsigned int order)
{
	struct ta_page_note *note;
	unsigned long i, flags;

	spin_lock_irqsave(&notes->lock, flags);
	note = note_on(notes, tp);
	if (note && note->allocated) {
		note->order = 0;
		for (i = 1; i < 1UL << order; i++)
			note[i] = *note;
	}
	spin_unlock_irqrestore(&notes->lock, flags);
}

static u64 last_change(const struct ta_page_note *note)
{
	return max(note->ts_nsec, note->free_ts_nsec);
}

/**
 * ta_page_owner_find() - look up the last owner of a page
 * @notes: where
 * @tp: any page of a block, allocated or free
 * @found: filled in
 *
 * Context: any.
 * Return: whether there is one that is known.
 */
bool ta_page_owner_find(struct ta_page_notes *notes, const struct ta_page *tp,
			struct ta_page_note *found)
{
	struct ta_page_note *note;
	unsigned long flags;
	unsigned int order;

	memset(found, 0, sizeof(*found));
	spin_lock_irqsave(&notes->lock, flags);
	for (order = 0; order <= TA_MAX_ORDER; order++) {
		note = note_on(notes, tp - (tp->idx & (BIT(order) - 1)));
		if (note && note->known && note->order >= order &&
		    last_change(note) > last_change(found))
			*found = *note;
	}
	spin_unlock_irqrestore(&notes->lock, flags);
	return found->known;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_page_owner_find);

static bool is_owned(const struct ta_page *tp)
{
	u8 kind = READ_ONCE(tp->kind);

	return kind >= TA_KIND_ALLOC && kind != TA_KIND_SLAB_TAIL;
}

/* The first such page of a section from page @idx on, or NULL. */
static struct ta_page *next_in_section(struct ta_page_notes *notes,
				       struct ta_section *sec,
				       unsigned long idx,
				       struct ta_page_note *found)
{
	struct ta_page *tp = NULL;
	unsigned long flags;

	spin_lock_irqsave(&notes->lock, flags);
	for (; sec->notes && !tp && idx < TA_SECTION_PAGES; idx++) {
		if (!sec->notes[idx].allocated || !is_owned(&sec->pages[idx]))
			continue;
		*found = sec->notes[idx];
		tp = &sec->pages[idx];
	}
	spin_unlock_irqrestore(&notes->lock, flags);
	return tp;
}

/**
 * ta_page_owner_next() - walk the blocks whose owner is known
 * @notes: where
 * @pfn: the first frame of the machine's to look at; moved behind what is found
 * @found: filled in
 *
 * Context: process.
 * Return: the first page of an allocated block; NULL at the end.
 */
struct ta_page *ta_page_owner_next(struct ta_page_notes *notes,
				   unsigned long *pfn,
				   struct ta_page_note *found)
{
	struct ta_page *tp = NULL;
	struct ta_section *sec;
	unsigned long i;

	ta_for_each_section(notes->pool, i, sec) {
		unsigned long first = page_to_pfn(sec->first);

		if (*pfn >= first + TA_SECTION_PAGES)
			continue;
		tp = next_in_section(notes, sec, max(*pfn, first) - first,
				     found);
		if (tp) {
			*pfn = first + tp->idx + 1;
			break;
		}
	}
	return tp;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_page_owner_next);

static void report_stack(const char *what, u32 stack)
{
	unsigned long *entries;
	unsigned int i, nr = ta_callstack_fetch(stack, &entries);

	ta_report_line("%s%s", what, nr ? ":" : ": not known");
	for (i = 0; i < nr; i++)
		ta_report_line(" %pS", (void *)entries[i]);
}

/**
 * ta_page_owner_report() - add to a report who had a page
 * @notes: where that is known, or not
 * @tp: any page of a block, allocated or free
 *
 * Context: any.
 */
void ta_page_owner_report(struct ta_page_notes *notes,
			  const struct ta_page *tp)
{
	struct ta_page_note note;

	if (!ta_page_owner_find(notes, tp, &note))
		return;
	ta_report_line("page tracked as %s: order %u, mask %#x(%pGg)",
		       note.allocated ? "allocated" : "free", note.order,
		       (__force unsigned int)note.gfp, &note.gfp);
	ta_report_line("pid %d, tgid %d (%s), ts %llu ns, free_ts %llu ns",
		       note.pid, note.tgid, note.comm,
		       (unsigned long long)note.ts_nsec,
		       (unsigned long long)note.free_ts_nsec);
	report_stack("page last allocated by", note.alloc_stack);
	report_stack("page last freed by", note.free_stack);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_page_owner_report);

static void forget_poison(struct ta_page_note *note)
{
	note->poisoned = false;
}

/**
 * ta_page_poison_forget() - begin anew: no page is known to be poisoned
 * @notes: whose
 *
 * Context: process.
 */
void ta_page_poison_forget(struct ta_page_notes *notes)
{
	change_notes(notes, forget_poison);
}

/**
 * ta_page_poison_set() - note that the pages of a block were poisoned
 * @notes: where to
 * @tp: its first page
 * @order: its order
 *
 * Context: any.
 */
void ta_page_poison_set(struct ta_page_notes *notes, struct ta_page *tp,
			unsigned int order)
{
	struct ta_page_note *note;
	unsigned long i, flags;

	spin_lock_irqsave(&notes->lock, flags);
	note = note_on(notes, tp);
	for (i = 0; note && i < 1UL << order; i++)
		note[i].poisoned = true;
	spin_unlock_irqrestore(&notes->lock, flags);
}

/**
 * ta_page_poison_clear() - note that a page's contents are somebody's again
 * @notes: where to
 * @tp: the page
 *
 * Context: any.
 * Return: whether it was poisoned until now.
 */
bool ta_page_poison_clear(struct ta_page_notes *notes, struct ta_page *tp)
{
	struct ta_page_note *note;
	bool poisoned = false;
	unsigned long flags;

	spin_lock_irqsave(&notes->lock, flags);
	note = note_on(notes, tp);
	if (note)
		swap(note->poisoned, poisoned);
	spin_unlock_irqrestore(&notes->lock, flags);
	return poisoned;
}
