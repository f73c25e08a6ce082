// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults of the service: a page at the first touch, a copy at the first
 * write to a shared one.
 *
 * Model: the kernel asks twice. ta_fault() finds or makes the page at an
 * offset that has no mapping; ta_page_mkwrite() is asked before a page becomes
 * writable, right after ta_fault() or when a read-only mapping is written to.
 *
 *	no page         -> a zeroed one
 *	page, read      -> map it read-only
 *	page, write     -> ours alone: map it; shared: copy, map the copy
 *	lost, or beyond -> SIGBUS
 *
 * Both hand the page over locked, and the kernel unlocks it when it is mapped:
 * so it cannot be replaced or moved in between (region I4).
 *
 * A fork marks the parent's pages as shared and takes his mappings away, so
 * that both sides fault at the next access. It is a cut through time: what the
 * parent's threads wrote before their mapping of a page went is the child's
 * too; after that they wait for the fork to end. Two pages that a thread
 * writes one after the other can therefore not reach the child in the wrong
 * order.
 *
 * Failure: an empty pool, after reclaim, gives SIGBUS. VM_FAULT_OOM would only
 * bring the fault back, for ever, while the host has memory.
 *
 * Context: process; mmap_lock held for reading. That keeps fork, munmap and
 * brk away from the fault's address space. Kernels with per-VMA locks come
 * here with mmap_lock too, because there is no map_pages in the vm_ops.
 */
#include "fault.h"
#include "cow.h"
#include "trace.h"
#include "uspace.h"

#include <linux/highmem.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>

static struct page *make_page(struct ta_region *region, unsigned long idx)
{
	struct ta_usage *usage = region->usage;
	struct page *page;
	int err;

	page = ta_usage_alloc(usage, GFP_HIGHUSER_MOVABLE | __GFP_NOWARN |
				     __GFP_ZERO);
	if (unlikely(!page))
		return ERR_PTR(-ENOMEM);
	err = ta_region_add(region, idx, ta_usage_page(usage, page));
	if (likely(!err))
		return page;
	ta_usage_discard(usage, page);
	/* Another thread was first. */
	return ERR_PTR(err == -EBUSY ? -EAGAIN : err);
}

/* Copy a shared page and leave nobody a mapping of the old one. */
static struct page *break_cow(struct ta_region *region, unsigned long idx,
			      struct page *old)
{
	bool was_mapped;
	struct page *new = ta_cow_break(region, idx, old, &was_mapped);

	if (IS_ERR(new))
		return new;
	/*
	 * Mostly nobody maps it: the fork took the mappings away. But one that
	 * another thread is taking away (MADV_DONTNEED) can still be in a TLB:
	 * then unmapping once more waits for the flush.
	 */
	if (was_mapped || mm_tlb_flush_pending(region->mm))
		unmap_mapping_pages(region->mapping, region->base + idx, 1,
				    false);
	ta_usage_put(region->usage, ta_usage_page(region->usage, old));
	return new;
}

static bool must_copy(struct ta_region *region, struct page *page)
{
	return ta_cow_must_copy(ta_usage_page(region->usage, page));
}

static struct page *copy_page_at(struct ta_region *region, unsigned long idx,
				 struct page *old)
{
	struct page *new;

	unlock_page(old);
	new = break_cow(region, idx, old);
	put_page(old);
	return new;
}

static struct page *find_page(struct ta_region *region, unsigned long idx,
			      bool write)
{
	struct page *page;

	do {
		page = ta_region_lock_page(region, idx);
		if (!page)
			page = make_page(region, idx);
		else if (!IS_ERR(page) && write && must_copy(region, page))
			page = copy_page_at(region, idx, page);
	} while (page == ERR_PTR(-EAGAIN));
	return page;
}

/**
 * ta_fault() - vm_operations_struct.fault of the heap and of mappings
 * @vmf: what was touched
 *
 * Return: VM_FAULT_LOCKED with the page, VM_FAULT_SIGBUS, or VM_FAULT_HWPOISON
 * for a page that the machine lost.
 */
vm_fault_t ta_fault(struct vm_fault *vmf)
{
	struct ta_region *region = vmf->vma->vm_private_data;
	unsigned long idx = vmf->pgoff - region->base;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	struct page *page;

	if (unlikely(!ta_region_has(region, idx)))
		return VM_FAULT_SIGBUS;
	page = find_page(region, idx, write);
	if (IS_ERR(page))
		return VM_FAULT_SIGBUS;
	/* The kernel would look for its users through page->mapping. */
	if (unlikely(PageHWPoison(page))) {
		unlock_page(page);
		put_page(page);
		return VM_FAULT_HWPOISON;
	}
	atomic_long_inc(&region->usage->faults);
	trace_ta_fault(ta_region_client_id(region), vmf->address,
		       ta_page_frame(ta_usage_page(region->usage, page)),
		       write);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

/**
 * ta_page_mkwrite() - vm_operations_struct.page_mkwrite of the same
 * @vmf: a page that is to become writable
 *
 * Return: VM_FAULT_LOCKED if it may; VM_FAULT_NOPAGE if it was replaced by a
 * copy and unmapped, so that the access faults again; or VM_FAULT_SIGBUS.
 */
vm_fault_t ta_page_mkwrite(struct vm_fault *vmf)
{
	struct ta_region *region = vmf->vma->vm_private_data;
	unsigned long idx = vmf->pgoff - region->base;
	struct page *page = vmf->page, *new;
	struct ta_page *tp;
	bool is_there;

	if (unlikely(!ta_region_has(region, idx)))
		return VM_FAULT_SIGBUS;
	tp = ta_usage_page(region->usage, page);
	lock_page(page);
	is_there = xa_load(&region->pages, idx) == tp;
	if (likely(is_there && !ta_cow_must_copy(tp)))
		return VM_FAULT_LOCKED;
	unlock_page(page);
	/* It was replaced or moved, and unmapped: fault again. */
	if (!is_there)
		return VM_FAULT_NOPAGE;

	new = break_cow(region, idx, page);
	if (new == ERR_PTR(-EAGAIN))
		return VM_FAULT_NOPAGE;
	if (IS_ERR(new))
		return VM_FAULT_SIGBUS;
	unlock_page(new);
	put_page(new);
	return VM_FAULT_NOPAGE;
}

/**
 * ta_fault_fork() - give a child its parent's pages of a range
 * @child: the child's region
 * @parent: the parent's
 * @first: the first offset
 * @last: the last one
 *
 * Context: process, may sleep; in fork, with the mmap_lock of both held for
 * writing.
 */
void ta_fault_fork(struct ta_region *child, struct ta_region *parent,
		   unsigned long first, unsigned long last)
{
	int err = -EIO;

	if (!READ_ONCE(parent->lost)) {
		if (xa_empty(&parent->pages))
			return;
		err = ta_cow_share(child, parent, first, last);
	}
	if (err)
		WRITE_ONCE(child->lost, true);

	/*
	 * Only now, when all are marked as shared, and also after an error:
	 * from here on the parent's writes fault and find them marked.
	 */
	unmap_mapping_pages(parent->mapping, parent->base + first,
			    last - first + 1, false);
	/* What a lost child shares would only make the parent copy it. */
	if (err)
		ta_region_erase(child, 0, ULONG_MAX);
	else
		ta_cow_copy_pinned(child, first, last);
}
