// SPDX-License-Identifier: GPL-2.0
/*
 * One memory, two mappings: a vmalloc span in a user's address space.
 *
 * Model: the page table of the kernel's mapping is read, and each page entered
 * into the user's. From then on there are two ways to the same pages:
 *
 *	kernel	[ p0 | p1 | p2 |guard]	span
 *	            \    |    /
 *	pool	    [3] [4] [7]		one reference is the pool's
 *	            /    |    \
 *	user	[ p0 | p1 | p2 ]	one is the VMA's
 *
 * The user's mapping may well live longer: a page freed meanwhile waits in
 * pinned.c until it is unmapped here, too.
 *
 * Locking: the mmap_lock of the user's, held by the caller. The caller also
 * sees to it that nobody frees the span meanwhile.
 * Context: process, may sleep. Failure: -EINVAL, and nothing is mapped; or the
 * host's, and what is mapped so far goes with the VMA.
 */
#include "remap.h"

#include <linux/errno.h>
#include <linux/mm.h>

/* The first address to map, NULL if there is not so much of it. */
static const void *first_page(struct ta_vmap *vmap, const void *addr,
			      unsigned long pgoff, unsigned long nr_pages)
{
	unsigned long nr = ta_vmap_user_pages(vmap, addr);

	if (pgoff >= nr || nr_pages > nr - pgoff)
		return NULL;
	return addr + (pgoff << PAGE_SHIFT);
}

/**
 * ta_vmap_remap() - map a part of a user's span into a VMA
 * @vmap: whose addresses
 * @vma: where; all of it is filled
 * @addr: of a page of the span
 * @pgoff: how many pages from there on to leave out
 *
 * Context: process, may sleep, mmap_lock of @vma held for writing.
 * Return: 0; -EINVAL if users may not map it or there is not so much of it;
 * the host's error.
 */
int ta_vmap_remap(struct ta_vmap *vmap, struct vm_area_struct *vma,
		  const void *addr, unsigned long pgoff)
{
	unsigned long uaddr = vma->vm_start;
	int err;

	addr = first_page(vmap, addr, pgoff, vma_pages(vma));
	if (!addr)
		return -EINVAL;
	for (; uaddr < vma->vm_end; uaddr += PAGE_SIZE, addr += PAGE_SIZE) {
		err = vm_insert_page(vma, uaddr, ta_vmap_to_page(vmap, addr));
		if (err)
			return err;
	}
	ta_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_vmap_remap);
