/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PAGE_OWNER_H
#define _TA_PAGE_OWNER_H

#include "pool.h"

#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/sched.h>

/**
 * struct ta_page_note - what debugging knows of a page
 * @ts_nsec: when a block that starts here was allocated last
 * @free_ts_nsec: when such a one was freed last, 0 for never
 * @gfp: as it was asked for
 * @pid: who asked
 * @tgid: his process
 * @alloc_stack: where he did, of ta_callstack_save()
 * @free_stack: where it was freed
 * @order: of the block
 * @known: there was such a block since the notes were begun
 * @allocated: it is allocated
 * @poisoned: the page is free and filled with TA_PAGE_POISON
 * @comm: what he ran
 */
struct ta_page_note {
	u64 ts_nsec;
	u64 free_ts_nsec;
	gfp_t gfp;
	int pid;
	int tgid;
	u32 alloc_stack;
	u32 free_stack;
	u8 order;
	bool known;
	bool allocated;
	bool poisoned;
	char comm[TASK_COMM_LEN];
};

static_assert(sizeof(struct ta_page_note) <= 64);

/**
 * struct ta_page_notes - the notes on all pages of a pool
 * @pool: whose pages
 * @nr_users: who wants them; there are none without; under the caller's mutex
 * @lock: protects every note, and ta_section.notes
 */
struct ta_page_notes {
	struct ta_pool *pool;
	unsigned int nr_users;
	spinlock_t lock;	/* of every ta_page_note */
};

void ta_page_notes_init(struct ta_page_notes *notes, struct ta_pool *pool);
int ta_page_notes_extend(struct ta_page_notes *notes);
int ta_page_notes_get(struct ta_page_notes *notes);
void ta_page_notes_put(struct ta_page_notes *notes);

void ta_page_owner_forget(struct ta_page_notes *notes);
void ta_page_owner_alloc(struct ta_page_notes *notes, struct ta_page *tp,
			 unsigned int order, gfp_t gfp, unsigned long caller);
void ta_page_owner_free(struct ta_page_notes *notes, struct ta_page *tp,
			unsigned int order, unsigned long caller);
void ta_page_owner_split(struct ta_page_notes *notes, struct ta_page *tp,
			 unsigned int order);
bool ta_page_owner_find(struct ta_page_notes *notes, const struct ta_page *tp,
			struct ta_page_note *found);
struct ta_page *ta_page_owner_next(struct ta_page_notes *notes,
				   unsigned long *pfn,
				   struct ta_page_note *found);
void ta_page_owner_report(struct ta_page_notes *notes,
			  const struct ta_page *tp);

void ta_page_poison_forget(struct ta_page_notes *notes);
void ta_page_poison_set(struct ta_page_notes *notes, struct ta_page *tp,
			unsigned int order);
bool ta_page_poison_clear(struct ta_page_notes *notes, struct ta_page *tp);

#endif /* _TA_PAGE_OWNER_H */
