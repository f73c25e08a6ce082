// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults of the service: the zero page at a read, a page at the first
 * write, a copy at the first write to a shared one.
 *
 * Model: the kernel calls ta_fault() where nothing is mapped. What is mapped
 * and read-only it asks about before it becomes writable: ta_pfn_mkwrite() for
 * the zero page, ta_page_mkwrite() for all others.
 *
 *	no page, read   -> the zero page; in memory that is locked, a zeroed one
 *	no page, write  -> a zeroed one, or a batch of them (insert.c)
 *	page, read      -> map it read-only
 *	page, write     -> ours alone: map it; shared: copy, map the copy
 *	lost, or beyond -> SIGBUS
 *
 * What becomes writable is mapped here if possible; else the page is handed
 * over to the kernel, which asks ta_page_mkwrite() and then maps it. A page is
 * locked from when it is found until it is mapped: so it cannot be replaced or
 * moved in between (region I4).
 *
 * A fork marks the parent's pages as shared and takes his mappings away, so
 * that both sides fault at the next access. It is a cut through time: what the
 * parent's threads wrote before their mapping of a page went is the child's
 * too; after that they wait for the fork to end. Two pages that a thread
 * writes one after the other can therefore not reach the child in the wrong
 * order.
 *
 * Failure: if the pool is empty, after reclaim, somebody is killed and the fault
 * tries again (oom.c); if there is nobody, or it would go beyond the client's
 * quota, or the host has no memory for the table, it gives SIGBUS. VM_FAULT_OOM
 * would only bring it back, for ever, while the host has memory.
 *
 * Context: process; mmap_lock held for reading, or only the VMA's lock, where there
 * is one. Either keeps fork, munmap and brk away from the VMA. With the second,
 * other VMAs of the region may come and go meanwhile, and a fork may have begun
 * that has not come to this one: it marks what it shares when it does.
 */
#include "fault.h"
#include "cow.h"
#include "insert.h"
#include "oom.h"
#include "trace.h"
#include "uspace.h"
#include "zero.h"

#include <linux/highmem.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/sched/coredump.h>

static struct page *make_page(struct ta_region *region, unsigned long idx,
			      gfp_t gfp)
{
	struct page *page = ta_region_make(region, idx, gfp | __GFP_NOWARN |
							__GFP_ZERO);

	if (unlikely(page == ERR_PTR(-EBUSY))) {
		/* Another thread was first, or it was only not mapped. */
		WRITE_ONCE(region->revisited, true);
		return ERR_PTR(-EAGAIN);
	}
	/* Another address of the offset may show the zero page (zero Z1). */
	if (unlikely(ta_region_has_moved(region)) && !IS_ERR(page))
		unmap_mapping_pages(region->mapping, region->base + idx, 1,
				    false);
	return page;
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

/* Whether to try again after an error. */
static noinline bool may_retry(struct ta_region *region, long err)
{
	return err == -EAGAIN || (err == -ENOMEM && ta_oom(region));
}

static struct page *find_page(struct ta_region *region, unsigned long idx,
			      bool write)
{
	struct page *page;

	do {
		page = ta_region_lock_page(region, idx);
		if (!page)
			page = make_page(region, idx, GFP_HIGHUSER_MOVABLE);
		else if (!IS_ERR(page) && write && must_copy(region, page))
			page = copy_page_at(region, idx, page);
	} while (IS_ERR(page) && may_retry(region, PTR_ERR(page)));
	return page;
}

/*
 * Where nothing is mapped is mostly no page either, until there was one once
 * (after a fork, say): so a page to write to is made without looking, if it can
 * be had at once, and whether there was one shows when it is added.
 */
static struct page *find_page_to_write(struct ta_region *region,
				       unsigned long idx)
{
	struct page *page;

	if (likely(!READ_ONCE(region->revisited))) {
		page = make_page(region, idx, GFP_HIGHUSER_MOVABLE &
					      ~__GFP_DIRECT_RECLAIM);
		if (!IS_ERR(page))
			return page;
	}
	return find_page(region, idx, true);
}

static void release_page(struct page *page)
{
	unlock_page(page);
	put_page(page);
}

/*
 * Who locks his memory is promised that he will not fault any more; so he gets
 * a page that he can write to, unless he may not write.
 */
static bool wants_zero_page(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_LOCKED | VM_WRITE)) !=
	       (VM_LOCKED | VM_WRITE);
}

static vm_fault_t count_zero(struct vm_fault *vmf, struct ta_region *region)
{
	atomic_long_inc(&region->usage->zero_faults);
	trace_ta_fault_zero(ta_region_client_id(region), vmf->address);
	return VM_FAULT_NOPAGE;
}

/* Show the zero page, if the offset has no page. Returns 0: go on. */
static vm_fault_t show_zero(struct vm_fault *vmf, struct ta_region *region,
			    unsigned long idx)
{
	int err;

	if (!wants_zero_page(vmf->vma))
		return 0;
	err = ta_zero_map(vmf, region, idx);
	if (err)
		return err == -EAGAIN ? 0 :
		       err == -EFAULT ? VM_FAULT_SIGBUS : VM_FAULT_OOM;
	return count_zero(vmf, region);
}

/**
 * ta_fault_around() - vm_operations_struct.map_pages of the heap and of mappings
 * @vmf: what was read
 * @start: the first offset that may be mapped
 * @end: the last one
 *
 * The kernel asks for what can be had at once, before it comes to ta_fault(). That
 * is the zero page, where it was read and nowhere else. Kernels with per-VMA
 * locks take no mmap_lock for the faults of those who have this function.
 *
 * Context: in a fault, under rcu_read_lock().
 * Return: VM_FAULT_NOPAGE if it is mapped, 0 for ta_fault() to see.
 */
vm_fault_t ta_fault_around(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	struct ta_region *region = vmf->vma->vm_private_data;
	unsigned long idx = vmf->pgoff - region->base;

	/* An operation begins in ta_fault(). */
	if (trace_ta_touch_enabled() || unlikely(!ta_region_has(region, idx)) ||
	    unlikely(!wants_zero_page(vmf->vma)) ||
	    ta_zero_map_here(vmf, region, idx))
		return 0;
	return count_zero(vmf, region);
}

static noinline vm_fault_t make_batch_of(struct vm_fault *vmf,
					 struct ta_region *region,
					 unsigned long idx)
{
	if (!ta_insert_batch(vmf->vma, vmf->address & PAGE_MASK, region, idx))
		return 0;
	atomic_long_inc(&region->usage->faults);
	trace_ta_fault_batch(ta_region_client_id(region), vmf->address);
	return VM_FAULT_NOPAGE;
}

/* Make more pages than one, if the client wants that. Returns 0: go on. */
static vm_fault_t make_batch(struct vm_fault *vmf, struct ta_region *region,
			     unsigned long idx)
{
	if (likely(!READ_ONCE(region->usage->fault_order)))
		return 0;
	return make_batch_of(vmf, region, idx);
}

static __always_inline void trace_page(const struct vm_fault *vmf,
				       struct ta_region *region,
				       struct page *page, bool write)
{
	if (trace_ta_fault_enabled())
		trace_ta_fault(ta_region_client_id(region), vmf->address,
			       ta_page_frame(ta_usage_page(region->usage, page)),
			       write);
}

/* Map a page, or hand it over. */
static vm_fault_t map_page(struct vm_fault *vmf, struct page *page, bool write)
{
	if (write && ta_insert_page(vmf->vma, vmf->address & PAGE_MASK, page)) {
		release_page(page);
		return VM_FAULT_NOPAGE;
	}
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

static vm_fault_t find_and_map(struct vm_fault *vmf, struct ta_region *region,
			       unsigned long idx, bool write)
{
	struct page *page = write ? find_page_to_write(region, idx) :
				    find_page(region, idx, false);

	if (IS_ERR(page))
		return VM_FAULT_SIGBUS;
	/* The kernel would look for its users through page->mapping. */
	if (unlikely(PageHWPoison(page))) {
		release_page(page);
		return VM_FAULT_HWPOISON;
	}
	atomic_long_inc(&region->usage->faults);
	trace_page(vmf, region, page, write);
	return map_page(vmf, page, write);
}

/* Have all events of a fault say that they belong to it. */
static noinline vm_fault_t trace_fault(struct vm_fault *vmf,
				       vm_fault_t (*handle)(struct vm_fault *))
{
	vm_fault_t done;
	u64 before;

	ta_op_begin(&before);
	trace_ta_touch(ta_region_client_id(vmf->vma->vm_private_data),
		       vmf->address, vmf->flags & FAULT_FLAG_WRITE);
	done = handle(vmf);
	ta_op_end(before);
	return done;
}

static __always_inline vm_fault_t fault(struct vm_fault *vmf)
{
	struct ta_region *region = vmf->vma->vm_private_data;
	unsigned long idx = vmf->pgoff - region->base;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	vm_fault_t done;

	if (unlikely(!ta_region_has(region, idx)))
		return VM_FAULT_SIGBUS;
	done = write ? make_batch(vmf, region, idx) :
		       show_zero(vmf, region, idx);
	return done ?: find_and_map(vmf, region, idx, write);
}

/**
 * ta_fault() - vm_operations_struct.fault of the heap and of mappings
 * @vmf: what was touched
 *
 * Return: VM_FAULT_NOPAGE if it is mapped; VM_FAULT_LOCKED with the page to be
 * mapped; VM_FAULT_SIGBUS; VM_FAULT_HWPOISON for a page that the machine lost;
 * VM_FAULT_OOM if the host has no page for a page table.
 */
vm_fault_t ta_fault(struct vm_fault *vmf)
{
	if (trace_ta_touch_enabled())
		return trace_fault(vmf, fault);
	return fault(vmf);
}

static __always_inline vm_fault_t page_mkwrite(struct vm_fault *vmf)
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
	if (IS_ERR(new))
		return may_retry(region, PTR_ERR(new)) ? VM_FAULT_NOPAGE :
							 VM_FAULT_SIGBUS;
	release_page(new);
	return VM_FAULT_NOPAGE;
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
	if (trace_ta_touch_enabled())
		return trace_fault(vmf, page_mkwrite);
	return page_mkwrite(vmf);
}

static __always_inline vm_fault_t pfn_mkwrite(struct vm_fault *vmf)
{
	struct ta_region *region = vmf->vma->vm_private_data;
	unsigned long idx = vmf->pgoff - region->base;
	struct page *page;

	if (unlikely(!ta_region_has(region, idx)))
		return VM_FAULT_SIGBUS;
	page = find_page(region, idx, true);
	if (IS_ERR(page))
		return VM_FAULT_SIGBUS;
	unmap_mapping_pages(region->mapping, vmf->pgoff, 1, false);
	atomic_long_inc(&region->usage->faults);
	trace_page(vmf, region, page, true);
	/* If it cannot be mapped here, the access faults again. */
	if (!PageHWPoison(page))
		ta_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);
	release_page(page);
	return VM_FAULT_NOPAGE;
}

/**
 * ta_pfn_mkwrite() - vm_operations_struct.pfn_mkwrite of the same
 * @vmf: where the zero page is mapped, and to become writable
 *
 * Return: VM_FAULT_NOPAGE: a page of its own is there now, or mapped already; or
 * VM_FAULT_SIGBUS.
 */
vm_fault_t ta_pfn_mkwrite(struct vm_fault *vmf)
{
	if (trace_ta_touch_enabled())
		return trace_fault(vmf, pfn_mkwrite);
	return pfn_mkwrite(vmf);
}

/**
 * ta_fault_moved() - vm_operations_struct.mremap of the same
 * @vma: has the offsets of another one, which need not go
 *
 * Context: process; mmap_lock held for writing.
 * Return: 0
 */
int ta_fault_moved(struct vm_area_struct *vma)
{
	struct ta_region *region = vma->vm_private_data;

	WRITE_ONCE(region->moved, true);
	return 0;
}

/* Times the pool's size: up to this a mapping is worth looking at page by page */
#define DUMPED_POOLS	16

/**
 * ta_fault_name() - vm_operations_struct.name of the same
 * @vma: one of ours
 *
 * What has a name is in a core dump; the kernel shows the file's all the same.
 * So there is a name for what would be dumped as anonymous private memory.
 *
 * Context: process; mmap_lock held.
 * Return: the name, or NULL.
 */
const char *ta_fault_name(struct vm_area_struct *vma)
{
	struct ta_region *region = vma->vm_private_data;
	unsigned long most = DUMPED_POOLS *
			     READ_ONCE(region->usage->pages->pool.nr_pages);

	if ((vma->vm_flags & VM_DONTDUMP) || vma_pages(vma) > most ||
	    !test_bit(MMF_DUMP_ANON_PRIVATE, &vma->vm_mm->flags))
		return NULL;
	return "[teachalloc]";
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

	/* What is at two addresses here is so there. */
	if (READ_ONCE(parent->moved))
		WRITE_ONCE(child->moved, true);
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
