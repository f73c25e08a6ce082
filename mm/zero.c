// SPDX-License-Identifier: GPL-2.0
/*
 * The zero page: what a read of an untouched page is shown.
 *
 * Model: one page of zeroes, the kernel's own, stands for every page that was
 * read and never written. Its entry in a page table is a special one, read-only:
 * the kernel counts no RSS for it and keeps no reference. Nothing in a region
 * says where it is mapped; the page tables alone know, and whoever wants to
 * know looks there.
 *
 *	read:	offset without a page  -> entry of the zero page
 *	write:	entry of the zero page -> page of the pool in the region's table
 *					  -> the entry goes -> the page is mapped
 *
 * The kernel has functions that enter the zero page. The newer one refuses it
 * in writable shared mappings, for fear that a write would go unnoticed; here
 * ta_pfn_mkwrite() notices. The older one looks the page's cache attributes up
 * in the list of all memory. And neither could tell whether the offset has got
 * a page meanwhile. So the entry is written here.
 *
 * Invariants
 *  Z1	while a page table shows the zero page at an offset, the region has no
 *	page there, or one that is all zeroes, locked, and mapped nowhere
 *
 * Z1 holds because the entry is written under the page table's lock and only if
 * the region's table has no page at that moment. Whoever puts a page there
 * later, and keeps it locked, finds the entry when he maps his page at the same
 * address, under the same lock; if there can be other addresses of the offset
 * (ta_region.moved), he unmaps all of them. Only then he unlocks his page.
 *
 * Locking: mmap_lock or the VMA's lock, at least for reading; the page table's lock
 * inside.
 * Context: process, may sleep.
 */
#include "zero.h"

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/signal.h>

/* Where the zero page is to be mapped */
struct place {
	struct vm_area_struct *vma;
	struct ta_region *region;
	unsigned long idx;
};

/*
 * With the page table's lock held. The VMA's protection is without the right to
 * write, since it has a page_mkwrite().
 */
static __always_inline int enter(pte_t *pte, unsigned long addr, void *data)
{
	struct place *place = data;
	struct vm_area_struct *vma = place->vma;
	struct xarray *pages = &place->region->pages;

	/* Another thread was first. */
	if (!pte_none(ptep_get(pte)))
		return 0;
	if (!xa_empty(pages) && xa_load(pages, place->idx))
		return -EAGAIN;
	set_pte_at(vma->vm_mm, addr, pte,
		   pte_mkspecial(pfn_pte(my_zero_pfn(addr), vma->vm_page_prot)));
	return 0;
}

/* As apply_to_page_range(), for one page of which the page table is there. */
static __always_inline int enter_here(pmd_t *pmd, unsigned long addr,
				      struct place *place)
{
	spinlock_t *ptl = pte_lockptr(place->vma->vm_mm, pmd);
	int err;

	spin_lock(ptl);
	err = enter(pte_offset_kernel(pmd, addr), addr, place);
	spin_unlock(ptl);
	return err;
}

/**
 * ta_zero_map_here() - map the zero page where there is no page but a page table
 * @vmf: what was read
 * @region: of its VMA
 * @idx: the offset in it
 *
 * Who would take a page table away has locked the VMA for writing; where the kernel
 * is built to do without that, this does nothing.
 *
 * Context: any; in a fault.
 * Return: 0 if something is mapped now; -EAGAIN if the region has a page or there
 * is no page table.
 */
int ta_zero_map_here(struct vm_fault *vmf, struct ta_region *region,
		     unsigned long idx)
{
	struct place place = { .vma = vmf->vma, .region = region, .idx = idx };

	if (IS_ENABLED(CONFIG_PT_RECLAIM) || unlikely(pmd_none(*vmf->pmd)))
		return -EAGAIN;
	return enter_here(vmf->pmd, vmf->address & PAGE_MASK, &place);
}

/**
 * ta_zero_map() - map the zero page where there is no page
 * @vmf: what was read
 * @region: of its VMA
 * @idx: the offset in it
 *
 * Context: process, may sleep; in a fault.
 * Return: 0 if something is mapped now; -EAGAIN if the region has a page;
 * -ENOMEM if the host has none for a page table; -EFAULT if a core dump would
 * need one, only to find zeroes.
 */
int ta_zero_map(struct vm_fault *vmf, struct ta_region *region,
		unsigned long idx)
{
	struct place place = { .vma = vmf->vma, .region = region, .idx = idx };

	if (pmd_none(*vmf->pmd) && current->signal->core_state)
		return -EFAULT;
	return apply_to_page_range(vmf->vma->vm_mm, vmf->address & PAGE_MASK,
				   PAGE_SIZE, enter, &place);
}

static bool is_zero(pte_t pte)
{
	return pte_present(pte) && is_zero_pfn(pte_pfn(pte));
}

/* Which of some pages show the zero page */
struct marks {
	unsigned long start;
	unsigned long *found;
};

static int mark(pte_t *pte, unsigned long addr, void *data)
{
	struct marks *marks = data;

	if (is_zero(ptep_get(pte)))
		__set_bit((addr - marks->start) >> PAGE_SHIFT, marks->found);
	return 0;
}

/**
 * ta_zero_find() - tell which pages of a range show the zero page
 * @mm: whose
 * @addr: the first one's address
 * @nr_pages: how many
 * @found: a bit is set for each that does; all clear before
 *
 * Context: process; mmap_lock held.
 */
void ta_zero_find(struct mm_struct *mm, unsigned long addr,
		  unsigned long nr_pages, unsigned long *found)
{
	struct marks marks = { .start = addr, .found = found };

	apply_to_existing_page_range(mm, addr, nr_pages << PAGE_SHIFT, mark,
				     &marks);
}

static int count(pte_t *pte, unsigned long addr, void *data)
{
	*(unsigned long *)data += is_zero(ptep_get(pte));
	return 0;
}

/**
 * ta_zero_count() - count the pages of a range that show the zero page
 * @mm: whose
 * @start: its first address
 * @end: the one behind its last
 *
 * Context: process; mmap_lock held.
 * Return: the number.
 */
unsigned long ta_zero_count(struct mm_struct *mm, unsigned long start,
			    unsigned long end)
{
	unsigned long nr = 0;

	apply_to_existing_page_range(mm, start, end - start, count, &nr);
	return nr;
}
