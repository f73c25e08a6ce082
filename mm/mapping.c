// SPDX-License-Identifier: GPL-2.0
/*
 * What is mapped through a client's file, by whom.
 *
 * Model: a VMA changes its bounds without telling anybody: a part of it is unmapped,
 * it is split, merged, moved. But the kernel keeps the VMAs of a file in a tree by
 * page offset, where their bounds are right at any time. So whoever has to know
 * which offsets an address space covers, or how much it maps, asks that tree, and
 * nothing is counted that could go wrong.
 *
 * Locking: mapping->i_mmap_rwsem for reading, taken here; the lock of a region's
 * table inside it.
 * Context: process, may sleep.
 */
#include "mapping.h"

#include <linux/fs.h>
#include <linux/sched.h>

/**
 * ta_region_trim() - drop the pages that nothing can reach any more
 * @region: where
 * @first: the first offset to look at
 * @last: the last one
 *
 * Which offsets the address space still covers is read from the file's tree,
 * where the bounds are right at any time. VMAs of other address spaces at the
 * same offsets are none of this region's.
 *
 * Context: process, may sleep; the region's mmap_lock held at least for
 * reading, or its address space going away.
 */
void ta_region_trim(struct ta_region *region, unsigned long first,
		    unsigned long last)
{
	unsigned long base = region->base, pos = first;
	struct vm_area_struct *vma;

	if (xa_empty(&region->pages))
		return;
	i_mmap_lock_read(region->mapping);
	for (vma = ta_file_vma_iter_first(&region->mapping->i_mmap, base + first,
					  base + last);
	     vma && pos <= last;
	     vma = ta_file_vma_iter_next(vma, base + first, base + last)) {
		cond_resched();
		if (vma->vm_mm != region->mm)
			continue;
		if (ta_vma_first(vma) > base + pos)
			ta_region_erase(region, pos,
					ta_vma_first(vma) - base - 1);
		pos = max(pos, ta_vma_last(vma) - base + 1);
	}
	if (pos <= last)
		ta_region_erase(region, pos, last);
	i_mmap_unlock_read(region->mapping);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_trim);

/**
 * ta_region_room() - find offsets that the address space does not see yet
 * @region: where
 * @first: where they would be wanted
 * @nr: how many
 *
 * Context: process, may sleep.
 * Return: @first if no VMA covers one of the @nr from there on; else the first
 * above all VMAs.
 */
unsigned long ta_region_room(struct ta_region *region, unsigned long first,
			     unsigned long nr)
{
	unsigned long base = region->base, top = first;
	unsigned long from = base + first, to = base + first + nr - 1;
	struct vm_area_struct *vma;

	i_mmap_lock_read(region->mapping);
	for (vma = ta_file_vma_iter_first(&region->mapping->i_mmap, from, to);
	     vma; vma = ta_file_vma_iter_next(vma, from, to)) {
		cond_resched();
		if (vma->vm_mm != region->mm)
			continue;
		top = max(top, ta_vma_last(vma) - base + 1);
		/* One is in the way: from now on all are looked at. */
		to = ULONG_MAX;
	}
	i_mmap_unlock_read(region->mapping);
	return top;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_region_room);

/* Counted afresh, since a VMA can grow and shrink without telling us. */
static unsigned long count_pages(struct address_space *mapping,
				 struct mm_struct *mm, unsigned long mask,
				 unsigned long flags)
{
	struct vm_area_struct *vma;
	unsigned long nr = 0;

	i_mmap_lock_read(mapping);
	for (vma = ta_file_vma_iter_first(&mapping->i_mmap, 0, ULONG_MAX); vma;
	     vma = ta_file_vma_iter_next(vma, 0, ULONG_MAX)) {
		cond_resched();
		if ((!mm || vma->vm_mm == mm) && (vma->vm_flags & mask) == flags)
			nr += vma_pages(vma);
	}
	i_mmap_unlock_read(mapping);
	return nr;
}

/**
 * ta_mapping_nr_pages() - count the address space mapped through a file
 * @mapping: the file's
 * @mm: one address space only, or NULL for all
 *
 * Context: process, may sleep.
 * Return: pages.
 */
unsigned long ta_mapping_nr_pages(struct address_space *mapping,
				  struct mm_struct *mm)
{
	return count_pages(mapping, mm, 0, 0);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_mapping_nr_pages);

/**
 * ta_mapping_nr_data() - count what of a file a process can write to
 * @mapping: the file's
 * @mm: the process's address space
 *
 * Context: process, may sleep.
 * Return: pages.
 */
unsigned long ta_mapping_nr_data(struct address_space *mapping,
				 struct mm_struct *mm)
{
	return count_pages(mapping, mm, VM_WRITE, VM_WRITE);
}

/**
 * ta_mapping_nr_committed() - count what was promised through a file
 * @mapping: the file's
 *
 * Context: process, may sleep.
 * Return: pages that can be written to and are to count, in all address spaces.
 */
unsigned long ta_mapping_nr_committed(struct address_space *mapping)
{
	return count_pages(mapping, NULL, VM_WRITE | VM_NORESERVE, VM_WRITE);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_mapping_nr_committed);
