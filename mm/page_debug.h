/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PAGE_DEBUG_H
#define _TA_PAGE_DEBUG_H

#include "buddy.h"
#include "page_owner.h"

#include <linux/jump_label.h>

/* What a free page is filled with: the kernel's own pattern for it */
#define TA_PAGE_POISON	0xaa

/* What can be switched on. */
enum ta_page_debug_switch {
	TA_PAGE_DEBUG_POISON,	/* fill free pages, look before their next use */
	TA_PAGE_DEBUG_OWNER,	/* note who allocates and frees */
	TA_PAGE_DEBUG_GUARD,	/* put a poisoned page behind each block */
	TA_NR_PAGE_DEBUGS
};

/**
 * struct ta_page_debug - how the pages of a pool are watched
 * @buddy: their buddy allocator
 * @notes: what is known of each
 * @on: bit for each switch that is on
 * @lock: protects @on, one switch at a time
 */
struct ta_page_debug {
	struct ta_buddy *buddy;
	struct ta_page_notes notes;
	unsigned long on;
	struct mutex lock;	/* of on */
};

/* Something is on, in any pool: the ordinary way is not the one to go. */
DECLARE_STATIC_KEY_FALSE(ta_page_debug_key);

void ta_page_debug_init(struct ta_page_debug *debug, struct ta_buddy *buddy);
void ta_page_debug_fini(struct ta_page_debug *debug);
int ta_page_debug_set(struct ta_page_debug *debug,
		      enum ta_page_debug_switch what, bool on);

void ta_page_debug_taken(struct ta_page_debug *debug, struct ta_page *tp,
			 unsigned int order, gfp_t gfp, unsigned long caller);
void ta_page_debug_freed(struct ta_page_debug *debug, struct ta_page *tp,
			 unsigned int order, bool pinned, unsigned long caller);
void ta_page_debug_left(struct ta_page_debug *debug, struct ta_page *tp,
			unsigned int order);
void ta_page_debug_grown(struct ta_page_debug *debug);
void ta_page_debug_split(struct ta_page_debug *debug, struct ta_page *tp,
			 unsigned int order, unsigned long caller);

void ta_page_guard_set(struct ta_page_debug *debug, struct ta_page *tp,
		       unsigned int order);
bool ta_page_guard_take(struct ta_page_debug *debug, struct ta_page *tp,
			unsigned int order, unsigned long caller);

static inline bool ta_page_debug_active(void)
{
	return static_branch_unlikely(&ta_page_debug_key);
}

static inline bool ta_page_debug_is_on(const struct ta_page_debug *debug,
				       enum ta_page_debug_switch what)
{
	return ta_page_debug_active() && READ_ONCE(debug->on) & BIT(what);
}

#endif /* _TA_PAGE_DEBUG_H */
