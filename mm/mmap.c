// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings: private anonymous memory from the pool, anywhere.
 *
 * Model: each mapping is an area of its own, so that two that happen to be
 * neighbours are never merged: the offsets of two areas are far apart. What a
 * process then does to its VMAs (munmap, mprotect, mremap, fork) is the
 * kernel's business; open and close tell us when VMAs come and go:
 *
 *	split, mremap	open with the same address space: one more VMA
 *	fork		open with the child's: a view for the child
 *	munmap, exit	close: pages that no other VMA covers are freed
 *
 * The calls of a mapping that moves come as open(new), close(old), both with
 * the same offsets; a split that fails closes a VMA of no size.
 *
 * Locking: open, close and mmap are called under the mmap_lock; close of an
 * munmap(2) holds it for reading only.
 * Context: process, may sleep.
 */
#include "mmap.h"
#include "fault.h"
#include "mapping.h"
#include "overcommit.h"
#include "trace.h"
#include "zero.h"

#include <linux/bitmap.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

static void hold_view(struct ta_view *view)
{
	struct ta_client *client = view->area->client;

	mutex_lock(&client->lock);
	view->nr_holds++;
	mutex_unlock(&client->lock);
}

static struct ta_view *find_and_hold(struct ta_area *area, struct mm_struct *mm)
{
	struct ta_view *view;

	lockdep_assert_held(&area->client->lock);
	view = ta_view_find(area, mm);
	if (view)
		view->nr_holds++;
	return view;
}

/* Find or make a child's view, and hold it for one more VMA. */
static struct ta_view *child_view(struct ta_view *parent, struct mm_struct *mm)
{
	struct ta_client *client = parent->area->client;
	struct ta_view *view;

	mutex_lock(&client->lock);
	view = find_and_hold(parent->area, mm);
	mutex_unlock(&client->lock);
	if (view)
		return view;
	/* A fork cannot be refused here, and this is small. */
	view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	/* Nobody else makes one: the child has one thread, which is not born. */
	mutex_lock(&client->lock);
	ta_view_init(view, parent->area, mm);
	view->mapped = true;
	mutex_unlock(&client->lock);
	return view;
}

static void map_open(struct vm_area_struct *vma)
{
	struct ta_region *parent = vma->vm_private_data;
	struct ta_view *view;
	unsigned long first;

	if (parent->mm == vma->vm_mm) {
		hold_view(ta_region_view(parent));
		return;
	}
	view = child_view(ta_region_view(parent), vma->vm_mm);
	vma->vm_private_data = &view->region;
	first = vma->vm_pgoff - parent->base;
	ta_fault_fork(&view->region, parent, first, first + vma_pages(vma) - 1);
}

static void map_close(struct vm_area_struct *vma)
{
	struct ta_region *region = vma->vm_private_data;
	unsigned long first = vma->vm_pgoff - region->base;

	if (vma_pages(vma))
		ta_region_trim(region, first, first + vma_pages(vma) - 1);
	ta_view_put(ta_region_view(region));
}

static const struct vm_operations_struct map_vm_ops = {
	.open		= map_open,
	.close		= map_close,
	.map_pages	= ta_fault_around,
	.fault		= ta_fault,
	.page_mkwrite	= ta_page_mkwrite,
	.pfn_mkwrite	= ta_pfn_mkwrite,
	.mremap		= ta_fault_moved,
	.mprotect	= ta_overcommit_protect,
	.name		= ta_fault_name,
};

/* The view of the current process that a range of offsets belongs to. */
static struct ta_view *hold_view_at(struct ta_client *client,
				    struct vm_area_struct *vma)
{
	struct ta_view *view = NULL;
	struct ta_area *area;

	mutex_lock(&client->lock);
	area = ta_area_find(client, vma->vm_pgoff);
	if (area && vma->vm_pgoff - area->base + vma_pages(vma) <= TA_AREA_PAGES)
		view = find_and_hold(area, vma->vm_mm);
	if (view) {
		if (view->mapped)
			WRITE_ONCE(view->region.moved, true);
		view->mapped = true;
	}
	mutex_unlock(&client->lock);
	return view;
}

static int map_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ta_view *view;

	/* remap_file_pages(2) can come here with any offset */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	view = hold_view_at(file->private_data, vma);
	if (!view)
		return -EINVAL;
	vma->vm_private_data = &view->region;
	vma->vm_ops = &map_vm_ops;
	return 0;
}

static int map_release(struct inode *inode, struct file *file)
{
	ta_client_map_closed(file->private_data);
	return 0;
}

const struct file_operations ta_map_fops = {
	.owner		= THIS_MODULE,
	.mmap		= map_mmap,
	.release	= map_release,
	.fsync		= noop_fsync,
};

/* A new area with a view for the current process, which the caller holds. */
static struct ta_view *create_view(struct ta_client *client)
{
	struct ta_view *view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	struct ta_area *area;

	if (!view)
		return NULL;
	mutex_lock(&client->lock);
	area = ta_area_create(client);
	if (area)
		ta_view_init(view, area, current->mm);
	mutex_unlock(&client->lock);
	if (!area) {
		kfree(view);
		return NULL;
	}
	return view;
}

/* As often others who want the mmap_lock get their turn */
#define POPULATE_BATCH	64

/*
 * Have all pages made. The kernel's MAP_POPULATE only reads what it takes for a
 * file, and would be shown the zero page. That it does not work out is no error.
 */
static void populate(unsigned long addr, unsigned long len)
{
	struct mm_struct *mm = current->mm;
	unsigned long end = addr + len;
	unsigned int nr;
	int err = 0;

	while (addr < end && !err) {
		mmap_read_lock(mm);
		for (nr = 0; nr < POPULATE_BATCH && addr < end && !err; nr++) {
			bool unlocked = false;

			err = fixup_user_fault(mm, addr, FAULT_FLAG_WRITE,
					       &unlocked);
			addr += PAGE_SIZE;
		}
		mmap_read_unlock(mm);
		cond_resched();
		if (fatal_signal_pending(current))
			break;
	}
}

/* The error of what is too much: mmap(2) judges a fixed address before that. */
static int refuse(unsigned long addr, unsigned long len, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	int err = -ENOMEM;

	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) ||
	    addr > TASK_SIZE - len)
		return -ENOMEM;
	if (!PAGE_ALIGNED(addr))
		return -EINVAL;
	if (flags & MAP_FIXED_NOREPLACE) {
		mmap_read_lock(mm);
		if (find_vma_intersection(mm, addr, addr + len))
			err = -EEXIST;
		mmap_read_unlock(mm);
	}
	return err;
}

/**
 * ta_mmap() - map private anonymous memory of the pool
 * @client: whose
 * @addr: where it is wanted; set to where it is
 * @len: bytes
 * @prot: PROT_READ and so on
 * @flags: MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_POPULATE, MAP_NORESERVE, MAP_LOCKED
 *
 * Context: process, may sleep; no lock held.
 * Return: 0 or an error as of mmap(2).
 */
int ta_mmap(struct ta_client *client, unsigned long *addr, unsigned long len,
	    unsigned long prot, unsigned long flags)
{
	bool make_all = (flags & MAP_POPULATE) && (prot & PROT_WRITE);
	bool noreserve = flags & MAP_NORESERVE, counted = false;
	struct ta_view *view;
	unsigned long at;

	if (make_all)
		flags &= ~MAP_POPULATE;
	if (!len)
		return -EINVAL;
	if (len > TASK_SIZE)
		return -ENOMEM;
	len = PAGE_ALIGN(len);
	if ((prot & PROT_WRITE) && !ta_client_may_map(client, len >> PAGE_SHIFT))
		return refuse(*addr, len, flags);
	view = create_view(client);
	if (!view)
		return -ENOMEM;
	if (!(prot & PROT_WRITE) ||
	    ta_overcommit_begin(client, len >> PAGE_SHIFT, noreserve, &counted))
		at = vm_mmap(client->map_file, *addr, len, prot,
			     MAP_SHARED | (counted ? flags & ~MAP_NORESERVE :
						     flags),
			     view->region.base << PAGE_SHIFT);
	else
		at = refuse(*addr, len, flags);
	ta_overcommit_end(client, counted);
	/*
	 * By moving VMAs beyond their area's offsets a process can bring the
	 * kernel to take ours for the continuation of another. Not with us.
	 */
	if (!IS_ERR_VALUE(at) && !READ_ONCE(view->mapped)) {
		vm_munmap(at, len);
		at = -ENOMEM;
	}
	ta_view_put(view);
	if (IS_ERR_VALUE(at))
		return at;
	if (make_all)
		populate(at, len);
	trace_ta_mmap(client->id, at, len);
	*addr = at;
	return 0;
}

/* What is at an offset of a region */
static void describe_page(struct ta_region *region, unsigned long idx,
			  struct ta_page_info *info)
{
	void *entry = xa_load(&region->pages, idx);
	struct ta_page *tp = entry;

	if (!ta_region_has(region, idx) || entry == TA_LOST_PAGE) {
		info->state = TA_PAGE_LOST;
	} else if (!entry) {
		info->state = TA_PAGE_NONE;
	} else {
		/* It may go meanwhile; what is known of it stays readable. */
		info->state = ta_page_is_shared(tp) ? TA_PAGE_SHARED :
						      TA_PAGE_PRESENT;
		info->frame = ta_page_frame(tp);
	}
}

/**
 * ta_mmap_is_ours() - tell a client's memory from other memory
 * @client: the client
 * @vma: of any kind
 *
 * Context: process; mmap_lock held.
 * Return: whether it is the client's.
 */
bool ta_mmap_is_ours(const struct ta_client *client,
		     const struct vm_area_struct *vma)
{
	/* Files can be closed by now, but their mappings cannot be confused. */
	return vma->vm_file &&
	       (vma->vm_file->f_mapping == &client->heap_mapping ||
		vma->vm_file->f_mapping == &client->map_mapping);
}

/* Tell what was never touched from what was read. */
static void describe_zero(struct mm_struct *mm, unsigned long addr,
			  unsigned int nr_pages, struct ta_page_info *info)
{
	DECLARE_BITMAP(zero, TA_DESCRIBE_MAX) = {};
	unsigned int i;

	ta_zero_find(mm, addr, nr_pages, zero);
	for (i = 0; i < nr_pages; i++)
		if (info[i].state == TA_PAGE_NONE && test_bit(i, zero))
			info[i].state = TA_PAGE_ZERO;
}

/**
 * ta_describe() - say what pages of the current process have behind them
 * @client: whose memory is told from foreign
 * @addr: of the first page
 * @nr_pages: length of @info, up to TA_DESCRIBE_MAX
 * @info: filled in
 *
 * Context: process, may sleep.
 */
void ta_describe(struct ta_client *client, unsigned long addr,
		 unsigned int nr_pages, struct ta_page_info *info)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma = NULL;
	unsigned long start = addr;
	unsigned int i;

	memset(info, 0, nr_pages * sizeof(*info));
	mmap_read_lock(mm);
	for (i = 0; i < nr_pages; i++, addr += PAGE_SIZE) {
		if (!vma || addr >= vma->vm_end)
			vma = find_vma(mm, addr);
		if (!vma)
			break;
		if (addr < vma->vm_start || !ta_mmap_is_ours(client, vma))
			continue;
		describe_page(vma->vm_private_data,
			      linear_page_index(vma, addr) -
			      ((struct ta_region *)vma->vm_private_data)->base,
			      info + i);
	}
	describe_zero(mm, start, nr_pages, info);
	mmap_read_unlock(mm);
}

/**
 * ta_count_zero() - count the current process's pages that show the zero page
 * @client: whose memory it is
 *
 * Context: process, may sleep.
 * Return: pages.
 */
unsigned long ta_count_zero(struct ta_client *client)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long addr, nr = 0;

	mmap_read_lock(mm);
	for (addr = 0; (vma = find_vma(mm, addr)); addr = vma->vm_end)
		if (ta_mmap_is_ours(client, vma))
			nr += ta_zero_count(mm, vma->vm_start, vma->vm_end);
	mmap_read_unlock(mm);
	return nr;
}
