// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging of objects: what surrounds and fills them, and who looks at it.
 *
 * Model: as SLUB does it. What nobody should write to is full of known bytes,
 * and looked at when an object comes and goes, when its cache is validated and
 * when its slab goes:
 *
 *	red zones	0xcc around an object in use, 0xbb around a free one
 *	a free object	0x6b, its last byte 0xa5
 *	padding		0x5a
 *
 * A debugged cache has no magazines: each allocation and free comes here, so a
 * free object lies in its slab, and a write to it is found when it is taken at
 * the latest. (An object in a magazine of another cache is looked at by nobody;
 * what is written to it is the next user's.)
 *
 * What is found is reported, mended, and kept from doing harm:
 *  - damage around an object in use: restored, its free goes on
 *  - a free object that was written to: restored, and *set aside*: nobody gets
 *    it any more, for somebody has a pointer to it
 *  - a broken freelist: made anew of the objects whose links are whole; SLUB
 *    loses them all
 *  - a free of what is none, or free already: nothing is done
 *
 * Invariants, where the flags ask for it
 *  I1  of an object on the freelist both red zones are 0xbb, and it is poison
 *  I2  of any other both are 0xcc, and it carries no link
 *  I3  padding is 0x5a
 *
 * Locking: that of the slabs is held.
 * Context: any.
 */
#include "slab_debug.h"
#include "slab_report.h"

#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/string.h>

/* --- filling ----------------------------------------------------------- */

static bool has_zones(const struct ta_slab_layout *layout)
{
	return layout->left;
}

static bool has_poison(const struct ta_slab_layout *layout)
{
	return layout->flags & SLAB_POISON;
}

/* The object's own bytes stay as they are if a constructor made them. */
static void fill_object(const struct ta_slab_layout *layout, u8 *obj, u8 zone)
{
	if (has_zones(layout)) {
		memset(obj - layout->left, zone, layout->left);
		memset(obj + layout->size, zone, layout->inuse - layout->size);
	}
	if (layout->poisoned) {
		memset(obj, POISON_FREE, layout->size - 1);
		obj[layout->size - 1] = POISON_END;
	}
}

/**
 * ta_slab_debug_fill() - make a block ready to be carved
 * @layout: how
 * @tp: first page of a block of layout->order
 *
 * Context: any.
 */
void ta_slab_debug_fill(const struct ta_slab_layout *layout,
			struct ta_page *tp)
{
	unsigned int i;

	if (has_poison(layout))
		memset(ta_page_addr(tp), POISON_INUSE,
		       PAGE_SIZE << layout->order);
	for (i = 0; i < layout->nr; i++) {
		void *obj = ta_slab_obj(layout, tp, i);

		fill_object(layout, obj, SLUB_RED_INACTIVE);
		if (layout->tracks)
			memset(obj + layout->tracks, 0,
			       TA_NR_TRACKS * sizeof(struct ta_track));
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_debug_fill);

/* --- looking ----------------------------------------------------------- */

static void restore(const struct ta_slab_place *at,
		    const struct ta_slab_damage *d)
{
	ta_slab_report_fix(at->layout, "Restoring %s 0x%p-0x%p=0x%x", d->what,
			   d->from, d->to - 1, d->value);
	memset(d->from, d->value, d->to - d->from);
}

/* Are @bytes from @from all @value? What is not is reported and restored. */
static bool check_bytes(const struct ta_slab_place *at, enum ta_fault fault,
			const char *what, u8 *from, u8 value, size_t bytes)
{
	struct ta_slab_damage d = {
		.what = what,
		.from = memchr_inv(from, value, bytes),
		.to = from + bytes,
		.value = value,
		.fault = fault,
	};

	if (!d.from)
		return true;
	while (d.to[-1] == value)
		d.to--;
	ta_slab_report_damage(at, &d);
	restore(at, &d);
	return false;
}

static bool check_zones(const struct ta_slab_place *at, u8 zone)
{
	const struct ta_slab_layout *layout = at->layout;
	u8 *obj = at->obj;

	if (has_zones(layout))
		return check_bytes(at, TA_FAULT_OVERRUN, "Left Redzone",
				   obj - layout->left, zone, layout->left) &&
		       check_bytes(at, TA_FAULT_OVERRUN, "Right Redzone",
				   obj + layout->size, zone,
				   layout->inuse - layout->size);
	return !has_poison(layout) ||
	       check_bytes(at, TA_FAULT_OVERRUN, "Alignment padding",
			   obj + layout->size, POISON_INUSE,
			   layout->inuse - layout->size);
}

static bool check_poison(const struct ta_slab_place *at)
{
	size_t last = at->layout->size - 1;
	u8 *obj = at->obj;

	return check_bytes(at, TA_FAULT_AFTER_FREE, "Poison", obj, POISON_FREE,
			   last) &&
	       check_bytes(at, TA_FAULT_AFTER_FREE, "End Poison", obj + last,
			   POISON_END, 1);
}

static bool check_padding(const struct ta_slab_place *at)
{
	const struct ta_slab_layout *layout = at->layout;

	return !has_poison(layout) ||
	       check_bytes(at, TA_FAULT_OVERRUN, "Object padding",
			   at->obj + layout->end, POISON_INUSE,
			   layout->stride - layout->left - layout->end);
}

/* As SLUB, up to the first part that is damaged. */
static bool check_object(const struct ta_slab_place *at, u8 zone)
{
	return check_zones(at, zone) &&
	       (zone == SLUB_RED_ACTIVE || !at->layout->poisoned ||
		check_poison(at)) &&
	       check_padding(at);
}

static void check_left_over(struct ta_slab_layout *layout,
			    const struct ta_page *tp)
{
	struct ta_slab_place at = { .layout = layout, .tp = tp };
	size_t used = (size_t)layout->nr * layout->stride;

	if (has_poison(layout))
		check_bytes(&at, TA_FAULT_OVERRUN, "Padding",
			    ta_page_addr(tp) + used, POISON_INUSE,
			    (PAGE_SIZE << layout->order) - used);
}

/* --- the freelist ------------------------------------------------------ */

/* Nobody gets it any more; from here on it is as one in use. */
static void set_aside(const struct ta_slab_layout *layout, void *obj)
{
	fill_object(layout, obj, SLUB_RED_ACTIVE);
	ta_slab_wipe_link(layout, obj);
}

/*
 * Link what is free anew. What carries a link is: it is wiped when the object
 * is taken, and lies where no user writes but by an overflow.
 */
static void rebuild(struct ta_slab_layout *layout, struct ta_page *tp,
		    void *lost)
{
	unsigned int i, inuse = tp->inuse;

	tp->free = TA_SLAB_END;
	tp->inuse = layout->nr;
	if (lost)
		set_aside(layout, lost);
	for (i = layout->nr; i-- > 0;) {
		void *obj = ta_slab_obj(layout, tp, i);

		if (!ta_slab_is_link(layout, obj))
			continue;
		ta_slab_set_link(layout, obj, tp->free);
		tp->free = i;
		tp->inuse--;
	}
	ta_slab_report_fix(layout, "Freelist made anew: %u objects, were %u",
			   layout->nr - tp->inuse, layout->nr - inuse);
}

/*
 * Does the freelist lead through as many objects as are free, to its end? If
 * not it is reported and mended; an object whose link is none is lost.
 */
static bool check_freelist(struct ta_slab_layout *layout, struct ta_page *tp,
			   unsigned long caller)
{
	struct ta_slab_place at = { layout, tp, NULL, caller };
	unsigned int left = layout->nr - tp->inuse;
	unsigned long next = tp->free;
	bool whole;

	for (; left && next < layout->nr; left--) {
		at.obj = ta_slab_obj(layout, tp, next);
		next = ta_slab_next(layout, at.obj);
	}
	if (!left && next == TA_SLAB_END)
		return true;
	whole = next <= TA_SLAB_END;
	ta_slab_report(&at, TA_FAULT_CORRUPT, "Freechain corrupt");
	rebuild(layout, tp, whole ? NULL : at.obj);
	return false;
}

/* --- take and put ------------------------------------------------------ */

static void track(const struct ta_slab_layout *layout, void *obj,
		  enum ta_track_item item, const struct ta_slab_user *user)
{
	struct ta_track *track = ta_slab_track(layout, obj, item);

	if (track)
		ta_track_set(track, user->caller, user->stack);
}

static void trace(const struct ta_slab_place *at, bool alloc)
{
	if (at->layout->flags & SLAB_TRACE)
		ta_slab_report_trace(at, alloc);
}

/* Off the freelist, with or without checks; a broken link is always one. */
static void *pop(struct ta_slab_layout *layout, struct ta_page *tp,
		 unsigned long caller)
{
	void *obj = ta_slab_obj(layout, tp, tp->free);
	unsigned long next = ta_slab_next(layout, obj);

	if (next >= layout->nr &&
	    !(next == TA_SLAB_END && tp->inuse + 1 == layout->nr)) {
		check_freelist(layout, tp, caller);
		return NULL;
	}
	tp->free = next;
	tp->inuse++;
	ta_slab_wipe_link(layout, obj);
	return obj;
}

/* Is it as its free left it? If not, nobody gets it. */
static bool good_to_take(const struct ta_slab_place *at)
{
	if (!(at->layout->flags & SLAB_CONSISTENCY_CHECKS) ||
	    check_object(at, SLUB_RED_INACTIVE))
		return true;
	ta_slab_report_fix(at->layout, "Object at 0x%p set aside", at->obj);
	set_aside(at->layout, at->obj);
	return false;
}

/**
 * ta_slab_debug_take() - take objects off the freelist, and look at them
 * @layout: of the slab
 * @tp: the slab
 * @nr: how many are wanted
 * @objs: filled from its start
 * @user: who asks
 *
 * Context: any.
 * Return: how many there were that could be given away.
 */
unsigned int ta_slab_debug_take(struct ta_slab_layout *layout,
				struct ta_page *tp, unsigned int nr,
				void **objs, const struct ta_slab_user *user)
{
	struct ta_slab_place at = { layout, tp, NULL, user->caller };
	unsigned int got = 0;

	if (layout->flags & SLAB_CONSISTENCY_CHECKS)
		check_left_over(layout, tp);
	while (got < nr && tp->inuse < layout->nr) {
		at.obj = pop(layout, tp, user->caller);
		if (!at.obj || !good_to_take(&at))
			continue;
		fill_object(layout, at.obj, SLUB_RED_ACTIVE);
		track(layout, at.obj, TA_TRACK_ALLOC, user);
		trace(&at, true);
		objs[got++] = at.obj;
	}
	return got;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_debug_take);

/**
 * ta_slab_debug_invalid() - report a free of what is no object
 * @layout: of the slab
 * @tp: the slab
 * @addr: an address in it
 * @caller: who tried
 *
 * Context: any.
 */
void ta_slab_debug_invalid(struct ta_slab_layout *layout,
			   const struct ta_page *tp, void *addr,
			   unsigned long caller)
{
	struct ta_slab_place at = { layout, tp, addr, caller };

	ta_slab_report(&at, TA_FAULT_INTERIOR, "Invalid object pointer");
	ta_slab_report_fix(layout, "Object at 0x%p not freed", addr);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_debug_invalid);

/**
 * ta_slab_debug_put() - look at an object, and put it on the freelist
 * @layout: of the slab
 * @tp: the slab
 * @obj: an object of it
 * @user: who frees
 *
 * Context: any.
 * Return: false if it is there already; then that is reported, and all.
 */
bool ta_slab_debug_put(struct ta_slab_layout *layout, struct ta_page *tp,
		       void *obj, const struct ta_slab_user *user)
{
	struct ta_slab_place at = { layout, tp, obj, user->caller };

	if (layout->flags & SLAB_CONSISTENCY_CHECKS)
		check_freelist(layout, tp, user->caller);
	if (ta_slab_is_free(layout, tp, obj)) {
		ta_slab_report(&at, TA_FAULT_DOUBLE_FREE, "Object already free");
		ta_slab_report_fix(layout, "Object at 0x%p not freed", obj);
		return false;
	}
	if (layout->flags & SLAB_CONSISTENCY_CHECKS)
		check_object(&at, SLUB_RED_ACTIVE);
	trace(&at, false);
	track(layout, obj, TA_TRACK_FREE, user);
	fill_object(layout, obj, SLUB_RED_INACTIVE);
	return ta_slab_put(layout, tp, obj);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_debug_put);

/**
 * ta_slab_debug_check() - look at a whole slab: I1 to I3, and the freelist
 * @layout: of the slab
 * @tp: the slab
 *
 * What is wrong is reported and mended; layout->nr_errors tells whether anything
 * was.
 *
 * Context: any.
 */
void ta_slab_debug_check(struct ta_slab_layout *layout, struct ta_page *tp)
{
	struct ta_slab_place at = { .layout = layout, .tp = tp };
	unsigned int i;

	check_left_over(layout, tp);
	check_freelist(layout, tp, 0);
	for (i = 0; i < layout->nr; i++) {
		at.obj = ta_slab_obj(layout, tp, i);
		check_object(&at, ta_slab_is_link(layout, at.obj) ?
				  SLUB_RED_INACTIVE : SLUB_RED_ACTIVE);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_debug_check);

/* --- who is debugged --------------------------------------------------- */

static slab_flags_t flag_of(char letter)
{
	switch (letter | 0x20) {
	case 'f':
		return SLAB_CONSISTENCY_CHECKS;
	case 'z':
		return SLAB_RED_ZONE;
	case 'p':
		return SLAB_POISON;
	case 'u':
		return SLAB_STORE_USER;
	case 't':
		return SLAB_TRACE;
	default:
		return 0;
	}
}

/* Everything but tracing, which is for one cache at a time. */
#define DEFAULT_FLAGS	(TA_SLAB_DEBUG & ~SLAB_TRACE)

/* The letters up to ',', ';' or the end; none at all: the usual ones. */
static slab_flags_t parse_letters(const char **spec)
{
	const char *begin = *spec;
	slab_flags_t flags = 0;

	for (; **spec && **spec != ',' && **spec != ';'; (*spec)++)
		flags |= flag_of(**spec);
	return *spec == begin ? DEFAULT_FLAGS : flags;
}

/* Does @name look like the @len letters of @glob, a star being any letters? */
static bool matches(const char *glob, size_t len, const char *name)
{
	for (; len && *glob != '*'; glob++, name++, len--)
		if (*glob != *name)
			return false;
	if (!len)
		return !*name;
	for (; !matches(glob + 1, len - 1, name); name++)
		if (!*name)
			return false;
	return true;
}

/* One glob of a list, up to ',', ';' or the end. */
static bool parse_glob(const char **spec, const char *name)
{
	const char *glob = *spec;

	*spec += strcspn(glob, ",;");
	return matches(glob, *spec - glob, name);
}

/* Whether the list behind the letters, if there is one, has @name. */
static bool parse_list(const char **spec, const char *name)
{
	bool found = **spec != ',';

	while (**spec == ',') {
		(*spec)++;
		found |= parse_glob(spec, name);
	}
	return found;
}

/**
 * ta_slab_debug_flags() - tell how a cache is to be debugged
 * @spec: as slub_debug=: letters of FZPUT, then a list of globs after commas;
 *	more of these after semicolons; NULL for nobody
 * @name: of the cache
 *
 * No letters are FZPU; "-" is none. The first block that has the cache in its
 * list, or no list, is the one that counts.
 *
 * Context: any.
 * Return: flags of TA_SLAB_DEBUG.
 */
slab_flags_t ta_slab_debug_flags(const char *spec, const char *name)
{
	while (spec && *spec) {
		slab_flags_t flags = parse_letters(&spec);

		if (parse_list(&spec, name))
			return flags;
		spec += *spec == ';';
	}
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slab_debug_flags);
