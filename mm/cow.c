// SPDX-License-Identifier: GPL-2.0
/*
 * Copy-on-write out of the pool: sharing pages at a fork, copying at a write.
 *
 * Model: the kernel's own copy-on-write would copy into the kernel's anonymous
 * memory. So the service's mappings are shared ones for the kernel, and what
 * makes them private is here. A fork gives the child's region the parent's
 * entries, with each page's share one higher. A write to a page replaces it by
 * a copy, as long as others share it; the last one keeps it.
 *
 *	      fork             write by P            write by C
 *	P ─> a (1)    P ─┬> a (2)    P ──> a' (1)    P ──> a' (1)
 *	              C ─┘           C ──> a  (1)    C ──> a  (1)
 *
 * What is mapped is the caller's business: he takes the parent's mappings away
 * after the sharing, and those of a page that was replaced.
 *
 * A page that a device writes to while its owner forks (O_DIRECT, io_uring)
 * stays the owner's: the child gets a copy at once. Without that, the owner's
 * next write would move him to a copy and leave the device's data to the child.
 *
 * The other way round, one who shared a page may have kept a reference to it
 * (vmsplice) when he gave up his share. The one who is left must not write to
 * that page as if it were his alone: he gets a copy as well, while there is such
 * a reference. A page that was never shared is written to in place, whoever
 * refers to it, or a device's data would be lost to its owner.
 *
 * Failure: what could not be shared for want of memory is lost to the child
 * (TA_LOST_PAGE, or the whole region): it never sees anything else in its
 * place. The parent is not affected.
 *
 * Locking: in a fork, neither of the two has faults, since both mmap_locks are
 * held for writing; others that share the pages may, and a page can be moved
 * (migrate.c). So what is shared is first held. See region.c.
 * Context: process, may sleep.
 */
#include "cow.h"

#include <linux/highmem.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

/*
 * Whether anybody but the pool, page tables (_mapcount + 1), and the caller with
 * @nr references, refers to it.
 */
static bool is_pinned(struct page *page, int nr)
{
	return page_ref_count(page) > 2 + nr + atomic_read(&page->_mapcount);
}

/**
 * ta_cow_share() - let a child share its parent's pages
 * @child: the child's region; what it has in the range already stays
 * @parent: the parent's region of the same area
 * @first: the first offset
 * @last: the last one
 *
 * On return the pages are marked as shared but still mapped by the parent,
 * perhaps for writing.
 *
 * Context: process, may sleep; in fork, see Locking above.
 * Return: 0, or an error if @child is not complete.
 */
int ta_cow_share(struct ta_region *child, struct ta_region *parent,
		 unsigned long first, unsigned long last)
{
	struct ta_page *tp;
	unsigned long idx;
	int err;

	for (idx = first; idx <= last; idx++) {
		tp = ta_region_hold(parent, &idx, last);
		if (!tp)
			break;
		if (tp == TA_LOST_PAGE) {
			err = xa_insert(&child->pages, idx, tp, GFP_KERNEL);
		} else {
			err = ta_region_add(child, idx, tp);
			if (err)
				ta_usage_put(parent->usage, tp);
		}
		/* Two VMAs over one offset: shared with the first already. */
		if (err && err != -EBUSY)
			return err;
		cond_resched();
	}
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cow_share);

/* To be called with the entry's table locked, or the page. */
static void mark_shared(struct ta_page *tp)
{
	if (ta_page_is_shared(tp))
		WRITE_ONCE(tp->was_shared, true);
}

/* What was shared before this fork was not written to. */
static bool may_be_written(struct ta_page *tp)
{
	return !READ_ONCE(tp->was_shared) && is_pinned(ta_page_host(tp), 0);
}

/*
 * Give the child a page of its own, @new, or none if there is none, in place of
 * one that is locked. Returns whether it was necessary.
 */
static bool copy_locked(struct ta_region *child, unsigned long idx,
			struct page *old, struct page *new)
{
	struct ta_usage *usage = child->usage;
	struct ta_page *tp = ta_usage_page(usage, old);

	/* We have a reference as well. */
	if (READ_ONCE(tp->was_shared) || atomic_read(&tp->share) != 2 ||
	    !is_pinned(old, 1)) {
		mark_shared(tp);
		return false;
	}
	if (new) {
		copy_highpage(new, old);
		ta_region_replace(child, idx, ta_usage_page(usage, new));
		atomic_long_inc(&usage->cow_copies);
	} else {
		ta_region_replace(child, idx, TA_LOST_PAGE);
	}
	return true;
}

static void copy_now(struct ta_region *child, unsigned long idx)
{
	struct ta_usage *usage = child->usage;
	struct page *new = ta_usage_alloc(usage, GFP_HIGHUSER_MOVABLE |
						 __GFP_NOWARN);
	struct page *old = ta_region_lock_page(child, idx);
	bool copied = copy_locked(child, idx, old, new);

	unlock_page(old);
	put_page(old);
	if (copied)
		ta_usage_put(usage, ta_usage_page(usage, old));
	if (new && copied) {
		unlock_page(new);
		put_page(new);
	} else if (new) {
		ta_usage_discard(usage, new);
	}
}

/* Entries looked at under one lock */
#define SHARE_BATCH	64

/**
 * ta_cow_copy_pinned() - unshare what a device may be writing to
 * @child: the child's region, which has just come to share its parent's pages
 * @first: the first offset
 * @last: the last one
 *
 * The parent's mappings must be gone: then nobody can pin any more.
 *
 * Context: process, may sleep; in fork, see Locking above.
 */
void ta_cow_copy_pinned(struct ta_region *child, unsigned long first,
			unsigned long last)
{
	XA_STATE(xas, &child->pages, first);
	unsigned long idx, nr = 0;
	struct ta_page *tp;
	bool written;

	xas_lock(&xas);
	xas_for_each(&xas, tp, last) {
		idx = xas.xa_index;
		written = !xa_is_value(tp) && may_be_written(tp);
		if (!xa_is_value(tp) && !written)
			mark_shared(tp);
		if (!written && ++nr % SHARE_BATCH)
			continue;
		xas_pause(&xas);
		xas_unlock(&xas);
		if (written)
			copy_now(child, idx);
		cond_resched();
		xas_lock(&xas);
	}
	xas_unlock(&xas);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cow_copy_pinned);

/**
 * ta_cow_must_copy() - tell whether a write to a page needs a copy
 * @tp: the page, locked; the caller has one reference to it
 *
 * Context: process.
 * Return: whether others have it, or had it and still refer to it.
 */
bool ta_cow_must_copy(struct ta_page *tp)
{
	struct page *page = ta_page_host(tp);

	if (ta_page_is_shared(tp))
		return true;
	if (!READ_ONCE(tp->was_shared))
		return false;
	/* Whoever gave up his share, dropping it, had his reference before. */
	smp_rmb();
	if (is_pinned(page, 1))
		return true;
	WRITE_ONCE(tp->was_shared, false);
	return false;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cow_must_copy);

/* Make @new the page at @idx if @old, locked, still is and must be copied. */
static bool replace_shared(struct ta_region *region, unsigned long idx,
			   struct page *old, struct page *new)
{
	struct ta_page *tp = ta_usage_page(region->usage, old);

	if (xa_load(&region->pages, idx) != tp || !ta_cow_must_copy(tp))
		return false;
	copy_highpage(new, old);
	ta_region_replace(region, idx, ta_usage_page(region->usage, new));
	return true;
}

/**
 * ta_cow_break() - replace a shared page by a copy of the region's own
 * @region: where
 * @idx: the offset
 * @old: the page there, with a reference, unlocked
 * @was_mapped: set to whether anybody may have @old mapped
 *
 * On success the caller unmaps the offset if it may be mapped, and then drops
 * the region's hold on @old with ta_usage_put().
 *
 * Context: process, may sleep; in a fault.
 * Return: the copy, locked and with a reference; ERR_PTR(-ENOMEM) if the pool
 * is empty; ERR_PTR(-EAGAIN) if @old is not there or not shared any more.
 */
struct page *ta_cow_break(struct ta_region *region, unsigned long idx,
			  struct page *old, bool *was_mapped)
{
	struct ta_usage *usage = region->usage;
	struct page *new = ta_usage_alloc(usage, GFP_HIGHUSER_MOVABLE |
						 __GFP_NOWARN);
	bool replaced;

	if (!new)
		return ERR_PTR(-ENOMEM);
	lock_page(old);
	replaced = replace_shared(region, idx, old, new);
	*was_mapped = page_mapped(old);
	unlock_page(old);
	if (!replaced) {
		ta_usage_discard(usage, new);
		return ERR_PTR(-EAGAIN);
	}
	atomic_long_inc(&usage->cow_copies);
	return new;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_cow_break);
