/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_SLAB_REPORT_H
#define _TA_SLAB_REPORT_H

#include "slab.h"
#include "report.h"
#include "track.h"

/**
 * struct ta_slab_place - what a report is about
 * @layout: of the slab; the report is counted there
 * @tp: the slab
 * @obj: the object in it; with NULL the report is about the slab
 * @caller: return address of who noticed, or 0
 */
struct ta_slab_place {
	struct ta_slab_layout *layout;
	const struct ta_page *tp;
	void *obj;
	unsigned long caller;
};

/**
 * struct ta_slab_damage - bytes that are not as they were left
 * @what: which part of the slot they are in
 * @from: the first wrong one
 * @to: behind the last wrong one
 * @value: what they should be
 * @fault: the kind of mistake that does this
 */
struct ta_slab_damage {
	const char *what;
	u8 *from;
	u8 *to;
	u8 value;
	enum ta_fault fault;
};

void ta_slab_report(const struct ta_slab_place *at, enum ta_fault fault,
		    const char *reason);
void ta_slab_report_damage(const struct ta_slab_place *at,
			   const struct ta_slab_damage *damage);
__printf(2, 3)
void ta_slab_report_fix(struct ta_slab_layout *layout, const char *fmt, ...);
void ta_slab_report_trace(const struct ta_slab_place *at, bool alloc);
void ta_slab_report_tracks(const struct ta_slab_layout *layout, void *obj);

/* A track of an object, or NULL if its layout has no place for any. */
static inline struct ta_track *ta_slab_track(const struct ta_slab_layout *layout,
					     void *obj, enum ta_track_item item)
{
	struct ta_track *tracks = obj + layout->tracks;

	return layout->tracks ? tracks + item : NULL;
}

#endif /* _TA_SLAB_REPORT_H */
