// SPDX-License-Identifier: GPL-2.0
/*
 * The break: a heap that grows and shrinks at its top.
 *
 * Model: the heap of a process is [start, page-aligned brk). start is chosen at
 * the first use, well above the process's own heap, so that both have room.
 * Growing maps the pages between the old and the new end through the client's
 * heap file, at the file offset (address - start); since neighbours in address
 * are neighbours in offset, and the VMA has no close function, the kernel makes
 * one VMA of it. Shrinking unmaps the top and frees its pages.
 *
 * Since there is no close, pages of a hole that the process itself made with
 * munmap(2) stay until the break moves again or the process is gone. And a part
 * that it moved away with mremap(2) keeps its offsets: what grows in its place
 * begins behind all offsets in use, and is a VMA of its own.
 *
 * Invariants
 *  I1  page-aligned @brk is where the heap's last mapping ends, but for a call
 *	in progress, and for holes the process made itself
 *  I2  a growing heap finds no page at its new offsets: the new pages are zero
 *
 * Locking: heap->lock > mmap_lock. It is not taken in faults or forks; a fork
 * in the middle of a call finds out from the VMAs how far the call has come.
 * Context: process, may sleep.
 */
#include "brk.h"
#include "fault.h"
#include "mapping.h"
#include "overcommit.h"
#include "trace.h"

#include <linux/mman.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/**
 * struct ta_heap - the view of the heap
 * @view: its pages; first, so that kfree() of the view frees the heap
 * @lock: held by a call from beginning to end
 * @start: where it begins (constant)
 * @brk: the break in force
 * @next: what a call in progress is about to make it; else the same as @brk
 * @shift: what is to be added to (address - @start) for the offset, in pages;
 *	0 unless a part was moved away. Changes under @lock.
 *
 * @brk and @next change under @lock. A fork reads them without.
 */
struct ta_heap {
	struct ta_view view;
	struct mutex lock;	/* held by a call that moves the break */
	unsigned long start;
	unsigned long brk;
	unsigned long next;
	unsigned long shift;
};

static struct ta_heap *view_heap(struct ta_view *view)
{
	return container_of(view, struct ta_heap, view);
}

static struct ta_region *heap_region(struct ta_heap *heap)
{
	return &heap->view.region;
}

static unsigned long heap_idx(struct ta_heap *heap, unsigned long addr)
{
	return ((addr - heap->start) >> PAGE_SHIFT) + heap->shift;
}

/* Free what no VMA shows any more; under the mmap_lock. */
static void trim(struct ta_heap *heap)
{
	ta_region_trim(heap_region(heap), 0, TA_AREA_PAGES - 1);
}

static struct ta_heap *alloc_heap(unsigned long start, unsigned long brk,
				  gfp_t gfp)
{
	struct ta_heap *heap = kzalloc(sizeof(*heap), gfp);

	if (!heap)
		return NULL;
	mutex_init(&heap->lock);
	heap->start = start;
	heap->brk = brk;
	heap->next = brk;
	return heap;
}

static struct ta_heap *find_heap_locked(struct ta_client *client,
					struct mm_struct *mm)
{
	struct ta_view *view = ta_view_find(&client->heap, mm);

	return view ? view_heap(view) : NULL;
}

static struct ta_heap *find_heap(struct ta_client *client, struct mm_struct *mm)
{
	struct ta_heap *heap;

	mutex_lock(&client->lock);
	heap = find_heap_locked(client, mm);
	mutex_unlock(&client->lock);
	return heap;
}

/* Make @heap the one of @mm, unless there is one; returns which it is. */
static struct ta_heap *add_heap(struct ta_client *client, struct mm_struct *mm,
				struct ta_heap *heap)
{
	struct ta_heap *first;

	mutex_lock(&client->lock);
	first = find_heap_locked(client, mm);
	if (!first)
		ta_view_init(&heap->view, &client->heap, mm);
	mutex_unlock(&client->lock);
	if (!first)
		return heap;
	kfree(heap);
	return first;
}

/* Fork */

/* Whether the heap has a mapping of its page at @addr. */
static bool is_mapped(struct ta_heap *heap, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(heap_region(heap)->mm, addr);

	return vma && vma->vm_start <= addr &&
	       vma->vm_private_data == heap_region(heap);
}

/*
 * The break of a process that is being forked. If one of its other threads is
 * about to move it, the first page that comes or goes tells whether it has;
 * the VMAs cannot change during the fork.
 */
static unsigned long current_brk(struct ta_heap *heap)
{
	unsigned long brk = READ_ONCE(heap->brk), next = READ_ONCE(heap->next);
	unsigned long low = min(brk, next), high = max(brk, next);

	if (PAGE_ALIGN(low) == PAGE_ALIGN(high))
		return next;
	return is_mapped(heap, PAGE_ALIGN(low)) ? high : low;
}

/* The child's heap, made when the first VMA of the parent's is copied. */
static struct ta_heap *child_heap(struct ta_heap *parent, struct mm_struct *mm)
{
	struct ta_client *client = parent->view.area->client;
	struct ta_heap *heap = find_heap(client, mm);

	if (heap)
		return heap;
	/* A fork cannot be refused here, and this is a few hundred bytes. */
	heap = alloc_heap(parent->start, current_brk(parent),
			  GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	heap->shift = READ_ONCE(parent->shift);
	return add_heap(client, mm, heap);
}

static void heap_open(struct vm_area_struct *vma)
{
	struct ta_region *parent = vma->vm_private_data;
	struct ta_users *users;
	struct ta_heap *heap;
	unsigned long first;

	/* A VMA that is split, or moved by mremap(2) */
	if (parent->mm == vma->vm_mm)
		return;
	heap = child_heap(view_heap(ta_region_view(parent)), vma->vm_mm);
	vma->vm_private_data = heap_region(heap);
	first = vma->vm_pgoff - parent->base;
	ta_fault_fork(heap_region(heap), parent, first,
		      first + vma_pages(vma) - 1);
	users = heap->view.area->client->users;
	schedule_delayed_work(&users->sweep, HZ);
}

static const struct vm_operations_struct heap_vm_ops = {
	.open		= heap_open,
	.map_pages	= ta_fault_around,
	.fault		= ta_fault,
	.page_mkwrite	= ta_page_mkwrite,
	.pfn_mkwrite	= ta_pfn_mkwrite,
	.mremap		= ta_fault_moved,
	.mprotect	= ta_overcommit_protect,
	.name		= ta_fault_name,
};

/* The heap's file */

static int heap_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ta_heap *heap = find_heap(file->private_data, vma->vm_mm);

	/* remap_file_pages(2) can come here with any offset */
	if (!heap || !(vma->vm_flags & VM_SHARED) ||
	    vma->vm_pgoff + vma_pages(vma) > TA_AREA_PAGES)
		return -EINVAL;
	if (vma->vm_pgoff != heap_idx(heap, vma->vm_start))
		WRITE_ONCE(heap_region(heap)->moved, true);
	vma->vm_private_data = heap_region(heap);
	vma->vm_ops = &heap_vm_ops;
	return 0;
}

static int heap_release(struct inode *inode, struct file *file)
{
	ta_client_heap_closed(file->private_data);
	return 0;
}

const struct file_operations ta_heap_fops = {
	.owner		= THIS_MODULE,
	.mmap		= heap_mmap,
	.release	= heap_release,
	.fsync		= noop_fsync,
};

/* Where a heap begins */

/* Kept free below a stack. The kernel's own is not exported; its default. */
#define STACK_GUARD_GAP	(256UL << PAGE_SHIFT)

/* Where @vma begins, with the room that a stack needs to grow. */
static unsigned long start_gap(struct vm_area_struct *vma)
{
	unsigned long gap = vma->vm_flags & VM_GROWSDOWN ? STACK_GUARD_GAP : 0;

	return vma->vm_start > gap ? vma->vm_start - gap : 0;
}

/* The lowest address from @addr on, below @end, with @size free bytes, or 0. */
static unsigned long find_gap(struct mm_struct *mm, unsigned long addr,
			      unsigned long end, unsigned long size)
{
	struct vm_area_struct *vma;

	while (addr < end && end - addr >= size) {
		vma = find_vma(mm, addr);
		if (!vma || (start_gap(vma) > addr &&
			     start_gap(vma) - addr >= size))
			return addr;
		addr = vma->vm_end;
	}
	return 0;
}

/*
 * As much room as there is below the stack, but not right behind the process's
 * own heap, which wants to grow too: twice the room away from it. Not above
 * the stack, where only programs that ask for it want addresses.
 */
static unsigned long choose_start(struct mm_struct *mm)
{
	unsigned long end = min(mm->start_stack, TASK_SIZE) & PAGE_MASK;
	unsigned long room, start = 0;

	mmap_read_lock(mm);
	for (room = PAGE_ALIGN(end >> 6); room > PAGE_SIZE && !start;
	     room = PAGE_ALIGN(room >> 1))
		start = find_gap(mm, PAGE_ALIGN(mm->brk) + 2 * room, end, room);
	mmap_read_unlock(mm);
	/* @room is half of what was found: the start may be anywhere there. */
	if (start && (current->flags & PF_RANDOMIZE))
		start += (get_random_long() % room) & PAGE_MASK;
	return start;
}

/* The current process's heap, made at its first use. */
static struct ta_heap *get_heap(struct ta_client *client)
{
	struct mm_struct *mm = current->mm;
	struct ta_heap *heap = find_heap(client, mm);
	unsigned long start;

	if (heap)
		return heap;
	start = choose_start(mm);
	if (!start)
		return NULL;
	heap = alloc_heap(start, start, GFP_KERNEL_ACCOUNT);
	/* Another thread may have been first. */
	return heap ? add_heap(client, mm, heap) : NULL;
}

/* Moving the break */

/* As brk(2): the heap and the program's own data together. */
static bool within_rlimit(struct ta_client *client, struct ta_heap *heap,
			  unsigned long new)
{
	unsigned long limit = rlimit(RLIMIT_DATA), data;
	struct mm_struct *mm = current->mm;

	if (limit == RLIM_INFINITY)
		return true;
	data = mm->end_data - mm->start_data;
	return new - heap->start <= limit &&
	       data <= limit - (new - heap->start) &&
	       (new <= heap->brk ||
		ta_client_may_map(client, (PAGE_ALIGN(new) -
					   PAGE_ALIGN(heap->brk)) >> PAGE_SHIFT));
}

/* The next page's offset is the one behind the last page's, if that is free. */
static bool choose_offset(struct ta_heap *heap, unsigned long from,
			  unsigned long to)
{
	unsigned long nr = (to - from) >> PAGE_SHIFT, idx;
	struct ta_region *region = heap_region(heap);

	if (from == heap->start)
		heap->shift = 0;
	idx = heap_idx(heap, from);
	/* Where nothing ever moved, what has the offset has the address. */
	if (READ_ONCE(region->moved))
		idx = ta_region_room(region, idx, nr);
	heap->shift += idx - heap_idx(heap, from);
	return idx + nr <= TA_AREA_PAGES;
}

/*
 * Whether nothing is anywhere near and no page was ever touched, as it mostly is: that
 * shows without the mmap_lock, which would not keep it so until the heap has grown.
 */
static bool is_plain_growth(struct ta_heap *heap, unsigned long from,
			    unsigned long to)
{
	return xa_empty(&heap_region(heap)->pages) &&
	       !READ_ONCE(heap_region(heap)->moved) &&
	       !mt_find(&current->mm->mm_mt, &from, to + STACK_GUARD_GAP);
}

/*
 * Make sure that nothing is in the way, a page's distance included as with
 * brk(2), and that the offsets have no pages (I2).
 */
static bool prepare_growth(struct ta_heap *heap, unsigned long from,
			   unsigned long to)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	bool ok;

	if (is_plain_growth(heap, from, to))
		return choose_offset(heap, from, to);
	mmap_read_lock(mm);
	vma = find_vma(mm, from);
	ok = !vma || to + PAGE_SIZE <= start_gap(vma);
	if (ok) {
		trim(heap);
		ok = choose_offset(heap, from, to);
	}
	mmap_read_unlock(mm);
	return ok;
}

static int grow(struct ta_client *client, struct ta_heap *heap,
		unsigned long from, unsigned long to)
{
	unsigned long addr;
	bool counted;

	if (!prepare_growth(heap, from, to) ||
	    !ta_overcommit_begin(client, (to - from) >> PAGE_SHIFT, false,
				 &counted))
		return -ENOMEM;
	addr = vm_mmap(client->heap_file, from, to - from,
		       PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED_NOREPLACE,
		       heap_idx(heap, from) << PAGE_SHIFT);
	ta_overcommit_end(client, counted);
	if (addr == -EINTR)
		return -EINTR;
	/* Whatever is in the way, brk(2) says ENOMEM. */
	return IS_ERR_VALUE(addr) ? -ENOMEM : 0;
}

static int shrink(struct ta_heap *heap, unsigned long from, unsigned long to)
{
	struct mm_struct *mm = current->mm;
	unsigned long at = to;
	int err;

	/* As brk(2): what is all hole has nothing to give back. */
	if (!mtree_load(&mm->mm_mt, to) &&
	    !mt_find(&mm->mm_mt, &at, from - 1))
		return -ENOMEM;
	err = vm_munmap(to, from - to);
	if (err)
		return err == -EINTR ? err : -ENOMEM;
	if (xa_empty(&heap_region(heap)->pages))
		return 0;
	mmap_read_lock(mm);
	trim(heap);
	mmap_read_unlock(mm);
	return 0;
}

static int move_brk(struct ta_client *client, struct ta_heap *heap,
		    unsigned long new)
{
	unsigned long from = PAGE_ALIGN(heap->brk), to;
	int err = 0;

	/* The last page of the address space cannot be the heap's. */
	if (new < heap->start || new >= TASK_SIZE - PAGE_SIZE ||
	    !within_rlimit(client, heap, new))
		return -ENOMEM;
	to = PAGE_ALIGN(new);
	WRITE_ONCE(heap->next, new);
	if (to > from)
		err = grow(client, heap, from, to);
	else if (to < from)
		err = shrink(heap, from, to);
	if (err) {
		WRITE_ONCE(heap->next, heap->brk);
		return err;
	}
	trace_ta_brk(client->id, heap->brk, new);
	WRITE_ONCE(heap->brk, new);
	return 0;
}

/**
 * ta_view_brk() - tell the break of a heap
 * @view: any of a client's views
 * @start: set to where the heap begins
 * @brk: set to its break
 *
 * Context: any; the client's lock held.
 * Return: whether it is the view of a heap.
 */
bool ta_view_brk(struct ta_view *view, unsigned long *start, unsigned long *brk)
{
	struct ta_heap *heap = view_heap(view);

	if (view->area != &view->area->client->heap)
		return false;
	*start = heap->start;
	*brk = READ_ONCE(heap->brk);
	return true;
}

/**
 * ta_brk() - move or ask for the break of the current process
 * @client: whose heap
 * @addr: the break wanted, or 0 to ask
 * @brk: set to the break in force, also on failure if there is a heap
 * @start: set to where the heap begins, likewise
 *
 * Context: process, may sleep; no lock held.
 * Return: 0; -ENOMEM in every case that brk(2) refuses; -EINTR if killed.
 */
int ta_brk(struct ta_client *client, unsigned long addr, unsigned long *brk,
	   unsigned long *start)
{
	struct ta_heap *heap = get_heap(client);
	int err = 0;

	if (!heap)
		return -ENOMEM;
	if (mutex_lock_killable(&heap->lock))
		return -EINTR;
	if (addr)
		err = move_brk(client, heap, addr);
	*brk = heap->brk;
	*start = heap->start;
	mutex_unlock(&heap->lock);
	return err;
}
