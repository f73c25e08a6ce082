// SPDX-License-Identifier: GPL-2.0
/*
 * Physical memory that was set aside when the machine booted.
 *
 * Model: with memmap=64M$0x10000000 on the kernel's command line, the host
 * leaves those addresses alone: it has no struct pages for them, and they are
 * not in the linear map. memremap_pages() makes both, for a range of "generic
 * device memory". Such pages are much like others:
 *
 *	a reference each	our own, never dropped: the pool's
 *	page->mapping, lock	free for their users, as of any page
 *	page->lru		the device's (pgmap): hands off. The pool links
 *				pages by ta_page.lru, so it does not need it
 *	in page tables		by ordinary entries: the host takes them for
 *				pages of a file, counts them, and pins them
 *
 * The one thing that must not happen to them is a count of 0, since nobody is
 * there to take them; the pool's own reference prevents it. And the struct
 * pages go when the range is unmapped: so that waits until nobody else has a
 * reference, and if that does not end, it is not done. Then the range stays
 * as it is until the machine boots again, with the bytes of who holds them.
 *
 * Which memory: what the host calls "Reserved" and nobody has claimed. The
 * linear map, of 2 MiB and more a piece, and our sections ask for whole 4 MiB.
 *
 * Locking: none; one caller.
 * Context: process, may sleep.
 * Failure: what cannot be is told in the log, by an address or a size.
 */
#include "phys.h"

#include <linux/delay.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/slab.h>

#define SECTION_BYTES	((u64)TA_SECTION_PAGES << PAGE_SHIFT)

/* Whether the host has set aside all of the range, and nothing else is there. */
static int check_range(u64 start, u64 size)
{
	const char *why = NULL;

	if (!size || (start | size) & (SECTION_BYTES - 1) ||
	    start + size <= start)
		why = "not a multiple of 4 MiB";
	else if (region_intersects(start, size, IORESOURCE_SYSTEM_RAM,
				   IORES_DESC_NONE) != REGION_DISJOINT)
		why = "the host uses it: boot with memmap=SIZE$ADDRESS";
	else if (region_intersects(start, size, IORESOURCE_MEM,
				   IORES_DESC_RESERVED) != REGION_INTERSECTS)
		why = "not set aside: boot with memmap=SIZE$ADDRESS";
	if (!why)
		return 0;
	pr_err("pool_at: %#llx bytes at %#llx: %s\n", size, start, why);
	return -EINVAL;
}

/*
 * Whether there is memory at all. All is written before any is read, or a cache
 * would answer for the first bytes.
 */
static bool is_memory(void *addr, unsigned long nr_pages)
{
	unsigned long i, *word;

	for (i = 0; i < nr_pages; i++) {
		word = addr + (i << PAGE_SHIFT);
		WRITE_ONCE(*word, ~i);
	}
	for (i = 0; i < nr_pages; i++) {
		word = addr + (i << PAGE_SHIFT);
		if (READ_ONCE(*word) != ~i)
			return false;
	}
	return true;
}

static void unmap(struct ta_phys *phys)
{
	memunmap_pages(&phys->pgmap);
	release_mem_region(PFN_PHYS(phys->pfn), PFN_PHYS(phys->nr_pages));
	kfree(phys);
}

/**
 * ta_phys_map() - take possession of memory that was set aside
 * @start: its address
 * @size: in bytes
 *
 * What is in it is lost.
 *
 * Context: process, may sleep.
 * Return: the range, each page with one reference and in the linear map; or an
 * ERR_PTR(): -EINVAL for what is not set aside, no memory, or no multiple of
 * 4 MiB; -EBUSY for what somebody has claimed; -ENOMEM.
 */
struct ta_phys *ta_phys_map(u64 start, u64 size)
{
	int err = check_range(start, size);
	struct ta_phys *phys;
	void *addr;

	if (err)
		return ERR_PTR(err);
	phys = kzalloc(sizeof(*phys), GFP_KERNEL);
	if (!phys)
		return ERR_PTR(-ENOMEM);
	phys->pfn = PHYS_PFN(start);
	phys->nr_pages = PHYS_PFN(size);
	strscpy(phys->name, KBUILD_MODNAME, sizeof(phys->name));
	phys->pgmap.type = MEMORY_DEVICE_GENERIC;
	phys->pgmap.nr_range = 1;
	phys->pgmap.range.start = start;
	phys->pgmap.range.end = start + size - 1;
	if (!request_mem_region(start, size, phys->name)) {
		pr_err("pool_at: %#llx bytes at %#llx: claimed, see /proc/iomem\n",
		       size, start);
		kfree(phys);
		return ERR_PTR(-EBUSY);
	}
	addr = memremap_pages(&phys->pgmap, NUMA_NO_NODE);
	if (IS_ERR(addr)) {
		release_mem_region(start, size);
		kfree(phys);
		return ERR_CAST(addr);
	}
	if (!is_memory(addr, phys->nr_pages)) {
		pr_err("pool_at: %#llx bytes at %#llx: no memory\n", size,
		       start);
		unmap(phys);
		return ERR_PTR(-EINVAL);
	}
	return phys;
}

static unsigned long count_held(const struct ta_phys *phys)
{
	unsigned long i, nr = 0;

	for (i = 0; i < phys->nr_pages; i++)
		nr += page_ref_count(pfn_to_page(phys->pfn + i)) != 1;
	return nr;
}

/* Who holds pages but for a moment, as a batch of mlock(2) does, lets go. */
#define UNMAP_TRIES	50

/**
 * ta_phys_unmap() - give it back
 * @phys: what ta_phys_map() returned, with each page's one reference; or NULL
 *
 * Where somebody else has a reference, the range stays as it is.
 *
 * Context: process, may sleep.
 * Return: the number of pages that are held.
 */
unsigned long ta_phys_unmap(struct ta_phys *phys)
{
	unsigned long nr_held;
	unsigned int tries;

	if (!phys)
		return 0;
	for (tries = 0; tries < UNMAP_TRIES; tries++) {
		nr_held = count_held(phys);
		if (!nr_held) {
			unmap(phys);
			return 0;
		}
		msleep(20);
	}
	pr_warn("%lu pages at %#llx are held: all stay reserved until the next boot\n",
		nr_held, (u64)PFN_PHYS(phys->pfn));
	return nr_held;
}
