// SPDX-License-Identifier: GPL-2.0
/*
 * Entering pages into a process's page table, writable at once.
 *
 * Model: a fault can hand its page to the kernel, which then asks
 * ta_page_mkwrite() whether it may become writable, looks for its place in the
 * page table, enters it and marks it dirty. For a page that was just made, or
 * that only this region has, the answer is known beforehand: here it is entered
 * in one call, and for as many pages as a client wants to have at each fault
 * (fault_order).
 *
 *	fault_order 2, a write to page 5:	4  5  6  7
 *	what had no page gets one:		   5  6  7
 *
 * The kernel's vm_insert_page() and vm_insert_pages() take the protection from a VMA and insist on
 * one that says it has mixed pages. Ours must not say so, or the heap's would
 * not be merged, and must be read-only, or ta_page_mkwrite() would not be asked.
 * So they are given a likeness of the VMA that says both; they look at no more
 * than the members set here.
 *
 * Locking: the pages are locked from before they are in the region's table until
 * they are mapped (region I4). A page that could not be mapped, because its
 * place shows the zero page, is left with none of its addresses mapped (zero
 * Z1); the next access finds it in the table.
 * Context: process, may sleep; in a fault.
 * Failure: what cannot be had for more than one page is left to the ordinary
 * fault, which needs one.
 */
#include "insert.h"

#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/userfaultfd_k.h>

/*
 * Whether the kernel has nothing else to do for a page in this VMA: lock it in
 * memory, or keep userfaultfd's marks.
 */
static bool is_plain(struct vm_area_struct *vma)
{
	return !(vma->vm_flags & VM_LOCKED) && !userfaultfd_armed(vma);
}

static __always_inline void make_likeness(struct vm_area_struct *likeness,
					  struct vm_area_struct *vma)
{
	likeness->vm_start = 0;
	likeness->vm_end = ULONG_MAX;
	likeness->vm_mm = vma->vm_mm;
	ta_vm_flags_init(likeness, VM_MIXEDMAP);
	likeness->vm_page_prot =
		ta_pgprot_mkdirty(vm_get_page_prot(vma->vm_flags));
}

/**
 * ta_insert_page() - map a page writable, unless something is mapped there
 * @vma: writable
 * @addr: where, page-aligned
 * @page: locked; this region alone has it
 *
 * Return: whether it is mapped.
 */
bool ta_insert_page(struct vm_area_struct *vma, unsigned long addr,
		    struct page *page)
{
	struct vm_area_struct likeness __uninitialized;

	if (unlikely(!is_plain(vma)))
		return false;
	make_likeness(&likeness, vma);
	return !vm_insert_page(&likeness, addr, page);
}

/* The same for some, of which perhaps not all are mapped if it fails. */
static bool insert_pages(struct vm_area_struct *vma, unsigned long addr,
			 struct page **pages, unsigned long nr)
{
	struct vm_area_struct likeness __uninitialized;

	if (unlikely(!is_plain(vma)))
		return false;
	make_likeness(&likeness, vma);
	return !vm_insert_pages(&likeness, addr, pages, &nr);
}

/* A run of offsets without pages, and the pages that they get. */
struct run {
	unsigned long first;
	unsigned long nr;
	struct page *pages[TA_MAX_FAULT_PAGES];
};

/* The offsets around @idx that have no page, in its block and in the VMA. */
static bool find_run(struct run *run, struct vm_area_struct *vma,
		     struct ta_region *region, unsigned long idx)
{
	unsigned long nr = BIT(READ_ONCE(region->usage->fault_order));
	unsigned long base = vma->vm_pgoff - region->base, last, next;

	run->first = max(idx & ~(nr - 1), base);
	last = min(idx | (nr - 1), base + vma_pages(vma) - 1);
	next = run->first;
	while (xa_find(&region->pages, &next, last, XA_PRESENT)) {
		if (next > idx) {
			last = next - 1;
			break;
		}
		run->first = ++next;
	}
	run->nr = last - run->first + 1;
	/* With a page already, there is nothing to make. */
	return run->first <= idx && run->nr > 1;
}

/* Put pages that were not needed back. */
static void discard(struct run *run, struct ta_usage *usage)
{
	while (run->nr)
		ta_usage_discard(usage, run->pages[--run->nr]);
}

static bool fill_run(struct run *run, struct ta_usage *usage)
{
	unsigned long nr = ta_usage_alloc_bulk(usage, run->nr, run->pages);
	bool all = nr == run->nr;

	run->nr = nr;
	if (!all)
		discard(run, usage);
	return all;
}

static void release(struct run *run)
{
	unsigned long i;

	for (i = 0; i < run->nr; i++) {
		unlock_page(run->pages[i]);
		put_page(run->pages[i]);
	}
}

/**
 * ta_insert_batch() - make and map the pages around one, as many as are wanted
 * @vma: writable, written to
 * @addr: where, page-aligned
 * @region: of the VMA
 * @idx: the address's offset in it
 *
 * The others are made only if the pool has them at once.
 *
 * Return: whether the page at @addr is there now, mapped if that was possible.
 */
bool ta_insert_batch(struct vm_area_struct *vma, unsigned long addr,
		     struct ta_region *region, unsigned long idx)
{
	struct run run __uninitialized;

	if (!find_run(&run, vma, region, idx) || !fill_run(&run, region->usage))
		return false;
	if (ta_region_add_run(region, run.first, run.pages, run.nr)) {
		discard(&run, region->usage);
		return false;
	}
	if (ta_region_has_moved(region) ||
	    !insert_pages(vma, addr - ((idx - run.first) << PAGE_SHIFT),
			  run.pages, run.nr))
		unmap_mapping_pages(region->mapping, region->base + run.first,
				    run.nr, false);
	release(&run);
	return true;
}
