// SPDX-License-Identifier: GPL-2.0
/*
 * Advice: memory whose contents nobody needs any more.
 *
 * Model: madvise(2) takes the mappings of our pages away and keeps the pages,
 * which for the kernel are a file's. Here the pages go, too (forget.c).
 *
 * MADV_FREE may free at once, and does.
 *
 * Locking: mmap_lock for reading, as madvise(2); see region.c.
 * Context: process, may sleep.
 * Failure: as of madvise(2): what comes before the part that is refused is done;
 * what is not mapped is passed over.
 */
#include "advise.h"
#include "brk.h"
#include "forget.h"
#include "mmap.h"

#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

static bool is_the_service(const struct vm_area_struct *vma)
{
	return vma->vm_file && (vma->vm_file->f_op == &ta_heap_fops ||
				vma->vm_file->f_op == &ta_map_fops);
}

static int advise_vma(struct vm_area_struct *vma, unsigned long start,
		      unsigned long end, unsigned int advice)
{
	struct ta_region *region;
	unsigned long first;

	if (!is_the_service(vma) ||
	    ((vma->vm_flags & VM_LOCKED) && advice != MADV_DONTNEED_LOCKED))
		return -EINVAL;
	region = vma->vm_private_data;
	first = linear_page_index(vma, start) - region->base;
	ta_forget(region, first, first + ((end - start) >> PAGE_SHIFT) - 1);
	return 0;
}

/*
 * What is refused begins where the last VMA that was done ends, or at the first
 * hole, so that madvise(2) of just that gives the error of the whole range.
 */
static int advise_range(unsigned long *start, unsigned long *end,
			unsigned int advice)
{
	unsigned long at = *start, hole = ULONG_MAX;
	struct vm_area_struct *vma;
	int err;

	while (at < *end) {
		vma = find_vma(current->mm, at);
		if (hole == ULONG_MAX && (!vma || vma->vm_start > at))
			hole = at;
		if (!vma || vma->vm_start >= *end)
			break;
		err = advise_vma(vma, max(at, vma->vm_start),
				 min(*end, vma->vm_end), advice);
		if (err) {
			*start = min(hole, at);
			*end = min(*end, vma->vm_end);
			return err;
		}
		at = vma->vm_end;
	}
	return hole == ULONG_MAX ? 0 : -ENOMEM;
}

static bool is_known(unsigned int advice)
{
	return advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED ||
	       advice == MADV_FREE;
}

/**
 * ta_advise() - forget what is in a range of the current process
 * @addr: where it begins; set to where what was refused begins, if a part was
 * @len: bytes; set likewise
 * @advice: MADV_DONTNEED, MADV_DONTNEED_LOCKED or MADV_FREE
 *
 * Whose memory it is: any client's, since the process could unmap it as well.
 *
 * Context: process, may sleep; no lock held.
 * Return: 0 or an error as of madvise(2); -EINVAL for what is not the service's.
 */
int ta_advise(u64 *addr, u64 *len, unsigned int advice)
{
	unsigned long start = *addr, end = start + PAGE_ALIGN(*len);
	int err;

	if (!is_known(advice) || !PAGE_ALIGNED(start) ||
	    (*len && !PAGE_ALIGN(*len)) || end < start)
		return -EINVAL;
	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	err = advise_range(&start, &end, advice);
	mmap_read_unlock(current->mm);
	if (err == -EINVAL) {
		*addr = start;
		*len = end - start;
	}
	return err;
}
