// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks that were freed while somebody still held a reference to them.
 *
 * Model: a page that was mapped to a user can be held after its last unmap by
 * a pipe (vmsplice), a device (O_DIRECT, io_uring) or a debugger. If it were
 * handed out again, the holder would read or write the next owner's bytes. So
 * a block whose reference count is above the pool's own waits here until the
 * holder lets go. Nobody tells us when that is: the list is looked through
 * when the pool runs short and when somebody counts free pages.
 *
 * Invariants, under the lock
 *  I1  every block on the list is of kind PINNED
 *  I2  nr_pages is the sum of their sizes
 *
 * Locking: pinned->lock, interrupts off; ta_buddy.lock is taken under it.
 * Context: any.
 */
#include "pinned.h"
#include "report.h"

#include <linux/page_ref.h>

/**
 * ta_pinned_init() - set up an empty list
 * @pinned: what to set up
 * @buddy: where the blocks go when they are let go
 *
 * Context: process.
 */
void ta_pinned_init(struct ta_pinned *pinned, struct ta_buddy *buddy)
{
	pinned->buddy = buddy;
	spin_lock_init(&pinned->lock);
	INIT_LIST_HEAD(&pinned->list);
	pinned->nr_pages = 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pinned_init);

/**
 * ta_pinned_add() - keep a block until it is let go
 * @pinned: where to
 * @tp: its first page, with its order set, on no list
 *
 * Context: any.
 */
void ta_pinned_add(struct ta_pinned *pinned, struct ta_page *tp)
{
	unsigned long flags;

	spin_lock_irqsave(&pinned->lock, flags);
	ta_page_set_kind(tp, TA_KIND_PINNED);
	list_add_tail(&tp->lru, &pinned->list);
	WRITE_ONCE(pinned->nr_pages, pinned->nr_pages + (1UL << tp->order));
	spin_unlock_irqrestore(&pinned->lock, flags);
	ta_vmstat_inc(&pinned->buddy->pool->vmstat, TA_VM_PIN);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pinned_add);

/* Look at one block: free it, or put it behind the others. */
static unsigned long collect_first(struct ta_pinned *pinned)
{
	struct ta_page *tp = list_first_entry(&pinned->list, struct ta_page,
					      lru);
	unsigned int order = tp->order;

	lockdep_assert_held(&pinned->lock);
	if (page_ref_count(ta_page_host(tp)) != 1) {
		list_move_tail(&tp->lru, &pinned->list);
		return 0;
	}
	list_del(&tp->lru);
	WRITE_ONCE(pinned->nr_pages, pinned->nr_pages - (1UL << order));
	ta_buddy_free(pinned->buddy, tp, order);
	return 1UL << order;
}

/* Blocks looked at under one lock: interrupts are off meanwhile. */
#define COLLECT_BATCH	64

/**
 * ta_pinned_collect() - free the blocks that were let go
 * @pinned: whose
 *
 * Context: any.
 * Return: the number of pages freed.
 */
unsigned long ta_pinned_collect(struct ta_pinned *pinned)
{
	/* There are at most as many blocks as pages. */
	unsigned long left = READ_ONCE(pinned->nr_pages), freed = 0, flags;
	unsigned int nr;

	if (!left)
		return 0;
	do {
		spin_lock_irqsave(&pinned->lock, flags);
		for (nr = 0; nr < COLLECT_BATCH && left &&
		     !list_empty(&pinned->list); nr++, left--)
			freed += collect_first(pinned);
		spin_unlock_irqrestore(&pinned->lock, flags);
	} while (nr == COLLECT_BATCH);
	return freed;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pinned_collect);

/**
 * ta_pinned_validate() - check I1 and I2
 * @pinned: whose
 *
 * Context: any.
 * Return: whether they hold. What does not is reported.
 */
bool ta_pinned_validate(struct ta_pinned *pinned)
{
	unsigned long flags, nr_pages = 0;
	struct ta_page *tp;
	bool ok = true;

	spin_lock_irqsave(&pinned->lock, flags);
	list_for_each_entry(tp, &pinned->list, lru) {
		nr_pages += 1UL << tp->order;
		ok &= ta_check(tp->kind == TA_KIND_PINNED, "pinned I1", tp);
	}
	ok &= ta_check(nr_pages == pinned->nr_pages, "pinned I2", pinned);
	spin_unlock_irqrestore(&pinned->lock, flags);
	return ok;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_pinned_validate);
