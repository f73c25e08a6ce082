// SPDX-License-Identifier: GPL-2.0
/*
 * What is said about a broken object: every word of it.
 *
 * Model: the layout of SLUB's reports, so that who reads those reads these:
 *
 *	=====
 *	BUG name (teachalloc): what is wrong
 *	-----
 *
 *	0x..-0x.. @offset=n. First byte 0x.. instead of 0x..
 *	Allocated in function age= cpu= pid=, and its stack
 *	Freed in the same way
 *	Slab, Object: where, how many, what the freelist says
 *	Redzone, Object, Redzone, Padding: the bytes
 *	the stack of who noticed
 *	FIX name: what was done about it
 *
 * A report is one error and a fix is one, as in SLUB, so tests know the count.
 * A report that is not printed, for there were too many, counts as well.
 * In place of the page's flags stands its frame in the pool, and no address is
 * shown but as a hash.
 *
 * Locking: that of the slabs is held, for the counter.
 * Context: any.
 */
#include "slab_report.h"

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#define MAX_REASON	100

/* The bytes of a larger object are not shown all. */
#define MAX_SHOWN	PAGE_SIZE

static size_t offset_of(const struct ta_slab_place *at, const void *addr)
{
	return addr - ta_page_addr(at->tp);
}

/* What the freelist, or the link at @index, leads to. */
static const void *pointer_to(const struct ta_slab_place *at,
			      unsigned long index)
{
	return index < at->layout->nr ?
		ta_slab_obj(at->layout, at->tp, index) : NULL;
}

/* As long as SLUB's. */
#define RULE		77
static const char rule[2][RULE + 1] = {
	{ [0 ... RULE - 1] = '=' }, { [0 ... RULE - 1] = '-' }
};

static void show_head(const struct ta_slab_place *at, const char *reason)
{
	ta_report_line("%s", rule[0]);
	ta_report_line("BUG %s (teachalloc): %s", at->layout->name, reason);
	ta_report_line("%s", rule[1]);
	ta_report_line("%s", "");
}

static void show_track(const char *what, const struct ta_track *track)
{
	unsigned long *entries = NULL;
	unsigned int i, nr;

	if (!track->addr)
		return;
	ta_report_line("%s in %pS age=%lu cpu=%u pid=%d", what,
		       (void *)track->addr, jiffies - track->when, track->cpu,
		       track->pid);
	nr = ta_track_fetch(track->stack, &entries);
	for (i = 0; i < nr; i++)
		ta_report_line(" %pS", (void *)entries[i]);
}

/**
 * ta_slab_report_tracks() - tell who had an object
 * @layout: of its slab
 * @obj: the object
 *
 * Context: any.
 */
void ta_slab_report_tracks(const struct ta_slab_layout *layout, void *obj)
{
	if (!layout->tracks)
		return;
	show_track("Allocated", ta_slab_track(layout, obj, TA_TRACK_ALLOC));
	show_track("Freed", ta_slab_track(layout, obj, TA_TRACK_FREE));
}

static void show_slab(const struct ta_slab_place *at)
{
	ta_report_line("Slab 0x%p objects=%u used=%u fp=0x%p frame=%lu",
		       at->tp, at->layout->nr, at->tp->inuse,
		       pointer_to(at, at->tp->free), ta_page_frame(at->tp));
}

static void show_bytes(const struct ta_slab_place *at)
{
	const struct ta_slab_layout *layout = at->layout;
	const u8 *obj = at->obj;
	size_t end = layout->stride - layout->left;

	if (layout->left)
		ta_report_bytes("Redzone  ", obj - layout->left, layout->left);
	else if (offset_of(at, obj) >= 16)
		ta_report_bytes("Bytes b4 ", obj - 16, 16);
	ta_report_bytes("Object   ", obj,
			min_t(size_t, layout->size, MAX_SHOWN));
	if (layout->left)
		ta_report_bytes("Redzone  ", obj + layout->size,
				layout->inuse - layout->size);
	if (end > layout->end)
		ta_report_bytes("Padding  ", obj + layout->end,
				end - layout->end);
}

static void show_object(const struct ta_slab_place *at)
{
	ta_slab_report_tracks(at->layout, at->obj);
	show_slab(at);
	ta_report_line("Object 0x%p @offset=%zu fp=0x%p", at->obj,
		       offset_of(at, at->obj),
		       pointer_to(at, ta_slab_next(at->layout, at->obj)));
	ta_report_line("%s", "");
	show_bytes(at);
	ta_report_stack();
}

/* Only an object's own slot can be shown. */
static void show_place(const struct ta_slab_place *at)
{
	if (at->obj &&
	    ta_slab_number(at->layout, at->obj) < at->layout->nr) {
		show_object(at);
		return;
	}
	show_slab(at);
	if (at->obj)
		ta_report_line("Invalid pointer 0x%p", at->obj);
	ta_report_stack();
}

/**
 * ta_slab_report() - report a mistake, or what it left behind
 * @at: where; an object, a pointer into the middle of one, or the slab
 * @fault: its kind
 * @reason: in SLUB's words, if it has any
 *
 * Context: any.
 */
void ta_slab_report(const struct ta_slab_place *at, enum ta_fault fault,
		    const char *reason)
{
	at->layout->nr_errors++;
	if (!ta_report(fault, at->obj ? at->obj : ta_page_addr(at->tp),
		       at->caller, "%s: %s", at->layout->name, reason))
		return;
	show_head(at, reason);
	show_place(at);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_report);

/**
 * ta_slab_report_damage() - report bytes that somebody wrote over
 * @at: whose slot they are in; without an object, the slab's left over bytes
 * @damage: the bytes
 *
 * Context: any.
 */
void ta_slab_report_damage(const struct ta_slab_place *at,
			   const struct ta_slab_damage *damage)
{
	char reason[MAX_REASON];

	snprintf(reason, sizeof(reason), "%s overwritten", damage->what);
	at->layout->nr_errors++;
	if (!ta_report(damage->fault, damage->from, at->caller, "%s: %s",
		       at->layout->name, reason))
		return;
	show_head(at, reason);
	ta_report_line("0x%p-0x%p @offset=%zu. First byte 0x%x instead of 0x%x",
		       damage->from, damage->to - 1,
		       offset_of(at, damage->from), damage->from[0],
		       damage->value);
	show_place(at);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_report_damage);

/**
 * ta_slab_report_fix() - tell what was done about what was reported
 * @layout: where it is counted
 * @fmt: in SLUB's words, if it has any
 *
 * Context: any.
 */
void ta_slab_report_fix(struct ta_slab_layout *layout, const char *fmt, ...)
{
	char text[MAX_REASON];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	layout->nr_errors++;
	ta_report_line("FIX %s: %s", layout->name, text);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_report_fix);

/**
 * ta_slab_report_trace() - tell of an allocation or a free, and by whom
 * @at: of what
 * @alloc: which of the two
 *
 * It is no error.
 *
 * Context: any.
 */
void ta_slab_report_trace(const struct ta_slab_place *at, bool alloc)
{
	ta_report_line("TRACE %s %s 0x%p inuse=%d fp=0x%p", at->layout->name,
		       alloc ? "alloc" : "free", at->obj, at->tp->inuse,
		       pointer_to(at, at->tp->free));
	if (!alloc)
		ta_report_bytes("Object ", at->obj,
				min_t(size_t, at->layout->size, MAX_SHOWN));
	ta_report_stack();
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_report_trace);
