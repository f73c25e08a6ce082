// SPDX-License-Identifier: GPL-2.0
/*
 * Advice: memory whose contents nobody needs any more.
 *
 * Model: madvise(2) takes the mappings of our pages away and keeps the pages,
 * which for the kernel are a file's. Here the pages go, too:
 *
 *	take the page out of the region's table, under its lock
 *	unmap its offset
 *	drop the region's hold: it is freed, unless it is shared
 *
 * A fault in between finds no page in the table and makes one of zeroes; if the
 * old one is still mapped at its address, it comes back until that is gone. So
 * whoever comes after the call sees zeroes, and what he wrote.
 *
 * MADV_FREE may free at once, and does.
 *
 * Locking: mmap_lock for reading, as madvise(2); see region.c.
 * Context: process, may sleep.
 * Failure: as of madvise(2): what comes before the part that is refused is done;
 * what is not mapped is passed over.
 */
#include "advise.h"
#include "mmap.h"

#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

#define FORGET_BATCH	32

/* Take pages out, some at a time; moves *@idx behind them. */
static unsigned int take_pages(struct ta_region *region, unsigned long *idx,
			       unsigned long last, struct page **batch)
{
	unsigned int nr = 0;
	struct page *page;

	while (nr < FORGET_BATCH &&
	       xa_find(&region->pages, idx, last, XA_PRESENT)) {
		page = ta_region_take(region, (*idx)++);
		if (page)
			batch[nr++] = page;
	}
	return nr;
}

/* Also what only shows the zero page is unmapped. */
static void forget(struct ta_region *region, unsigned long first,
		   unsigned long last)
{
	struct ta_usage *usage = region->usage;
	struct page *batch[FORGET_BATCH];
	unsigned long from, idx = first;
	unsigned int i, nr;

	do {
		from = idx;
		nr = take_pages(region, &idx, last, batch);
		if (nr < FORGET_BATCH)
			idx = last + 1;
		unmap_mapping_pages(region->mapping, region->base + from,
				    idx - from, false);
		for (i = 0; i < nr; i++) {
			put_page(batch[i]);
			ta_usage_put(usage, ta_usage_page(usage, batch[i]));
		}
		cond_resched();
	} while (idx <= last);
}

static int advise_vma(struct ta_client *client, struct vm_area_struct *vma,
		      unsigned long start, unsigned long end,
		      unsigned int advice)
{
	struct ta_region *region;
	unsigned long first;

	if (!ta_mmap_is_ours(client, vma) ||
	    ((vma->vm_flags & VM_LOCKED) && advice != MADV_DONTNEED_LOCKED))
		return -EINVAL;
	region = vma->vm_private_data;
	first = linear_page_index(vma, start) - region->base;
	forget(region, first, first + ((end - start) >> PAGE_SHIFT) - 1);
	return 0;
}

static int advise_range(struct ta_client *client, unsigned long start,
			unsigned long end, unsigned int advice)
{
	struct vm_area_struct *vma;
	int err, hole = 0;

	while (start < end) {
		vma = find_vma(current->mm, start);
		if (!vma || vma->vm_start > start)
			hole = -ENOMEM;
		if (!vma || vma->vm_start >= end)
			break;
		start = max(start, vma->vm_start);
		err = advise_vma(client, vma, start, min(end, vma->vm_end),
				 advice);
		if (err)
			return err;
		start = vma->vm_end;
	}
	return hole;
}

static bool is_known(unsigned int advice)
{
	return advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED ||
	       advice == MADV_FREE;
}

/**
 * ta_advise() - forget what is in a range of the current process
 * @client: whose memory it is
 * @addr: where it begins
 * @len: bytes
 * @advice: MADV_DONTNEED, MADV_DONTNEED_LOCKED or MADV_FREE
 *
 * Context: process, may sleep; no lock held.
 * Return: 0 or an error as of madvise(2); -EINVAL for what is not the client's.
 */
int ta_advise(struct ta_client *client, unsigned long addr, unsigned long len,
	      unsigned int advice)
{
	unsigned long nr = PAGE_ALIGN(len);
	int err;

	if (!is_known(advice) || !PAGE_ALIGNED(addr) || (len && !nr) ||
	    addr + nr < addr)
		return -EINVAL;
	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	err = advise_range(client, addr, addr + nr, advice);
	mmap_read_unlock(current->mm);
	return err;
}
