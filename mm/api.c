// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel API on the global stack: pages and ranges of addresses.
 *
 * Nothing is decided here. Each function names the layer's own and hands it
 * the stack and the caller's address.
 */
#include "contig.h"
#include "families.h"
#include "remap.h"
#include "stack.h"

#include <linux/export.h>
#include <linux/instruction_pointer.h>
#include <linux/teachalloc.h>

/**
 * ta_alloc_pages() - allocate physically contiguous pages
 * @gfp: as for alloc_pages(), but zones and compound pages cannot be had
 * @order: 2^order pages, 0 to 10
 *
 * Buddy system after Knowlton, "A fast storage allocator", CACM 8 (1965),
 * with a list of free blocks for each CPU in front of it.
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the first page, or NULL.
 */
struct page *ta_alloc_pages(gfp_t gfp, unsigned int order)
{
	return ta_pages_alloc_inline(&ta_default_stack.pages, gfp, order,
				     _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_alloc_pages);

/**
 * ta_free_pages() - free what ta_alloc_pages() returned
 * @page: the first page
 * @order: as it was allocated
 *
 * Context: any.
 */
void ta_free_pages(struct page *page, unsigned int order)
{
	struct ta_pages *pages = &ta_default_stack.pages;
	struct ta_page *tp;

	if (unlikely(!ta_pages_free_fast(pages, page, order, &tp)))
		ta_pages_free_slow(pages, tp, page, order, ta_cold_ret_ip());
}
EXPORT_SYMBOL_GPL(ta_free_pages);

/**
 * ta_get_free_pages() - allocate pages and return their address
 * @gfp: as for alloc_pages()
 * @order: 2^order pages, 0 to 10
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the address in the linear map, or 0.
 */
unsigned long ta_get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = ta_pages_alloc(&ta_default_stack.pages, gfp, order,
					   _RET_IP_);

	return page ? (unsigned long)page_address(page) : 0;
}
EXPORT_SYMBOL_GPL(ta_get_free_pages);

/**
 * ta_get_zeroed_page() - allocate one page full of zeroes
 * @gfp: as for alloc_pages()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: its address in the linear map, or 0.
 */
unsigned long ta_get_zeroed_page(gfp_t gfp)
{
	struct page *page = ta_pages_alloc(&ta_default_stack.pages,
					   gfp | __GFP_ZERO, 0, _RET_IP_);

	return page ? (unsigned long)page_address(page) : 0;
}
EXPORT_SYMBOL_GPL(ta_get_zeroed_page);

/**
 * ta_free_pages_addr() - free what ta_get_free_pages() returned
 * @addr: its address; 0 does nothing
 * @order: as it was allocated
 *
 * Context: any.
 */
void ta_free_pages_addr(unsigned long addr, unsigned int order)
{
	if (addr)
		ta_pages_free_addr(&ta_default_stack.pages, (void *)addr,
				   order, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_free_pages_addr);

/**
 * ta_alloc_pages_bulk() - allocate single pages into an array
 * @gfp: as for alloc_pages()
 * @nr: length of @pages
 * @pages: filled from its start
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: how many there were.
 */
unsigned long ta_alloc_pages_bulk(gfp_t gfp, unsigned long nr,
				  struct page **pages)
{
	return ta_pages_alloc_bulk(&ta_default_stack.pages, gfp, nr, pages,
				   _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_alloc_pages_bulk);

/**
 * ta_free_pages_bulk() - free an array of single pages
 * @nr: length of @pages
 * @pages: what ta_alloc_pages_bulk() filled in
 *
 * Context: any.
 */
void ta_free_pages_bulk(unsigned long nr, struct page **pages)
{
	ta_pages_free_bulk(&ta_default_stack.pages, nr, pages, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_free_pages_bulk);

/**
 * ta_split_page() - make single pages of a block
 * @page: its first page
 * @order: as it was allocated
 *
 * Each page is then freed by itself, with order 0.
 *
 * Context: any.
 */
void ta_split_page(struct page *page, unsigned int order)
{
	ta_pages_split(&ta_default_stack.pages, page, order, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_split_page);

/**
 * ta_alloc_pages_exact() - allocate contiguous pages, as many as are needed
 * @size: in bytes, 1 to 4 MiB; rounded up to pages, not to a power of two
 * @gfp: as for alloc_pages()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the address in the linear map, or NULL.
 */
void *ta_alloc_pages_exact(size_t size, gfp_t gfp)
{
	return ta_pages_alloc_exact(&ta_default_stack.pages, size, gfp,
				    _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_alloc_pages_exact);

/**
 * ta_free_pages_exact() - free what ta_alloc_pages_exact() returned
 * @addr: its address; NULL does nothing
 * @size: as it was allocated, to the page
 *
 * Context: any.
 */
void ta_free_pages_exact(void *addr, size_t size)
{
	if (addr)
		ta_pages_free_exact(&ta_default_stack.pages, addr, size,
				    _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_free_pages_exact);

/**
 * ta_alloc_contig() - allocate contiguous pages, any number
 * @nr_pages: how many; also more than 4 MiB
 * @gfp: must allow to sleep; __GFP_ZERO is looked at
 *
 * User pages that are in the way are moved. The range begins at any frame.
 *
 * Context: process, may sleep.
 * Return: the first page, or NULL.
 */
struct page *ta_alloc_contig(unsigned long nr_pages, gfp_t gfp)
{
	return ta_contig_alloc(&ta_default_stack.pages, nr_pages, gfp,
			       _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_alloc_contig);

/**
 * ta_free_contig() - free what ta_alloc_contig() returned
 * @page: the first page; NULL does nothing
 * @nr_pages: as they were allocated
 *
 * Context: any.
 */
void ta_free_contig(struct page *page, unsigned long nr_pages)
{
	if (page)
		ta_contig_free(&ta_default_stack.pages, page, nr_pages,
			       _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_free_contig);

/**
 * ta_vmalloc() - allocate memory in a row of addresses
 * @size: in bytes
 *
 * From single pages, so it succeeds where no large block is free.
 *
 * Context: process, may sleep.
 * Return: its address, page-aligned, or NULL.
 */
void *ta_vmalloc(unsigned long size)
{
	return ta_vmap_alloc(&ta_default_stack.vmap, size, GFP_KERNEL,
			     PAGE_KERNEL, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_vmalloc);

/**
 * ta_vzalloc() - as ta_vmalloc(), full of zeroes
 * @size: in bytes
 *
 * Context: process, may sleep.
 * Return: its address, page-aligned, or NULL.
 */
void *ta_vzalloc(unsigned long size)
{
	return ta_vmap_alloc(&ta_default_stack.vmap, size,
			     GFP_KERNEL | __GFP_ZERO, PAGE_KERNEL, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_vzalloc);

/**
 * ta_vmalloc_user() - allocate memory that a user may map, too
 * @size: in bytes
 *
 * Full of zeroes, so that the user sees nothing that is not his.
 *
 * Context: process, may sleep.
 * Return: its address, page-aligned, or NULL.
 */
void *ta_vmalloc_user(unsigned long size)
{
	const struct ta_vmap_want want = {
		.size = size,
		.align = PAGE_SIZE,
		.gfp = GFP_KERNEL | __GFP_ZERO,
		.prot = PAGE_KERNEL,
		.user = true,
	};

	return ta_vmap_alloc_want(&ta_default_stack.vmap, &want, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_vmalloc_user);

/**
 * ta_vmalloc_prot() - allocate memory in a row of addresses, with a choice
 * @size: in bytes
 * @align: a power of two that the address is to be a multiple of
 * @gfp: as for __vmalloc(); holds for pages, structs and tables
 * @prot: how it may be used; PAGE_KERNEL_RO: read only, that is the pages'
 *	contents come by their addresses in the linear map, or are zero
 *
 * Context: process; any with a @gfp that does not sleep, where the module has a
 * window of its own.
 * Return: its address, or NULL; without a window, also for an alignment of
 * more than a page.
 */
void *ta_vmalloc_prot(unsigned long size, unsigned long align, gfp_t gfp,
		      pgprot_t prot)
{
	const struct ta_vmap_want want = {
		.size = size,
		.align = align,
		.gfp = gfp,
		.prot = prot,
	};

	return ta_vmap_alloc_want(&ta_default_stack.vmap, &want, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_vmalloc_prot);

/**
 * ta_remap_vmalloc_range() - let a user see what ta_vmalloc_user() returned
 * @vma: where; all of it is filled
 * @addr: the memory's address, or of any page in it
 * @pgoff: how many pages of it to leave out
 *
 * For use in a mmap handler. If the memory is freed while it is mapped, its
 * pages are nobody else's before the user has let go of them.
 *
 * Context: process, mmap_lock of @vma held for writing.
 * Return: 0; -EINVAL if that is not a user's memory or not so much of it.
 */
int ta_remap_vmalloc_range(struct vm_area_struct *vma, void *addr,
			   unsigned long pgoff)
{
	return ta_vmap_remap(&ta_default_stack.vmap, vma, addr, pgoff);
}
EXPORT_SYMBOL_GPL(ta_remap_vmalloc_range);

/**
 * ta_vfree() - free what ta_vmalloc() returned
 * @addr: its address; NULL does nothing
 *
 * What is no such address is reported and left alone.
 *
 * Context: any but NMI.
 */
void ta_vfree(const void *addr)
{
	ta_vmap_free(&ta_default_stack.vmap, addr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_vfree);

/**
 * ta_vmap() - map pages in a row of addresses
 * @pages: the pages; they stay the caller's
 * @count: how many
 * @flags: VM_MAP
 * @prot: how they may be used, PAGE_KERNEL
 *
 * Context: process, may sleep.
 * Return: the first address, or NULL.
 */
void *ta_vmap(struct page **pages, unsigned int count, unsigned long flags,
	      pgprot_t prot)
{
	return ta_vmap_map_pages(&ta_default_stack.vmap, pages, count, flags,
				 prot, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_vmap);

/**
 * ta_vunmap() - undo ta_vmap()
 * @addr: what it returned; NULL does nothing
 *
 * Context: any but NMI.
 */
void ta_vunmap(const void *addr)
{
	ta_vmap_unmap(&ta_default_stack.vmap, addr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_vunmap);

/**
 * ta_vmalloc_to_page() - look up the page behind an address
 * @addr: any address in what ta_vmalloc() or ta_vmap() returned
 *
 * Context: any.
 * Return: the page; NULL if nothing is mapped there.
 */
struct page *ta_vmalloc_to_page(const void *addr)
{
	return ta_vmap_to_page(&ta_default_stack.vmap, addr);
}
EXPORT_SYMBOL_GPL(ta_vmalloc_to_page);

/**
 * ta_is_vmalloc_addr() - tell whether an address is of the vmalloc layer's
 * @addr: any
 *
 * Context: any.
 * Return: whether it is, mapped or not.
 */
bool ta_is_vmalloc_addr(const void *addr)
{
	return ta_vmap_is_addr(&ta_default_stack.vmap, addr);
}
EXPORT_SYMBOL_GPL(ta_is_vmalloc_addr);

/**
 * ta_kvmalloc() - allocate memory, physically contiguous if that is easy
 * @size: in bytes
 * @gfp: as for kvmalloc()
 *
 * Context: process, may sleep.
 * Return: its address, or NULL.
 */
void *ta_kvmalloc(size_t size, gfp_t gfp)
{
	return ta_vmap_kvmalloc(&ta_default_stack.vmap, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kvmalloc);

/**
 * ta_kvzalloc() - as ta_kvmalloc(), full of zeroes
 * @size: in bytes
 * @gfp: as for kvmalloc()
 *
 * Context: process, may sleep.
 * Return: its address, or NULL.
 */
void *ta_kvzalloc(size_t size, gfp_t gfp)
{
	return ta_vmap_kvmalloc(&ta_default_stack.vmap, size, gfp | __GFP_ZERO,
				_RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kvzalloc);

/**
 * ta_kvfree() - free what ta_kvmalloc() returned
 * @addr: its address; NULL does nothing
 *
 * Context: any but NMI.
 */
void ta_kvfree(const void *addr)
{
	ta_vmap_kvfree(&ta_default_stack.vmap, addr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kvfree);
