/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel API of teachalloc, for other modules.
 *
 * Every function has the semantics of the Linux function of the same name
 * without ta_, gfp flags included, on the pool that the module reserved when
 * it was loaded. A bad argument is reported once, counted and survived. All
 * are exported GPL-only.
 */
#ifndef _LINUX_TEACHALLOC_H
#define _LINUX_TEACHALLOC_H

#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/types.h>
#include <linux/uaccess.h>

struct vm_area_struct;

/* --- pages ------------------------------------------------------------- */

struct page *ta_alloc_pages(gfp_t gfp, unsigned int order);
void ta_free_pages(struct page *page, unsigned int order);
unsigned long ta_get_free_pages(gfp_t gfp, unsigned int order);
unsigned long ta_get_zeroed_page(gfp_t gfp);
void ta_free_pages_addr(unsigned long addr, unsigned int order);
unsigned long ta_alloc_pages_bulk(gfp_t gfp, unsigned long nr,
				  struct page **pages);
void ta_free_pages_bulk(unsigned long nr, struct page **pages);
void ta_split_page(struct page *page, unsigned int order);
void *ta_alloc_pages_exact(size_t size, gfp_t gfp);
void ta_free_pages_exact(void *addr, size_t size);
struct page *ta_alloc_contig(unsigned long nr_pages, gfp_t gfp);
void ta_free_contig(struct page *page, unsigned long nr_pages);

/* --- caches ------------------------------------------------------------ */

struct ta_kmem_cache;

struct ta_kmem_cache *ta_kmem_cache_create(const char *name, unsigned int size,
					   unsigned int align,
					   slab_flags_t flags,
					   void (*ctor)(void *obj));
struct ta_kmem_cache *
ta_kmem_cache_create_usercopy(const char *name, unsigned int size,
			      unsigned int align, slab_flags_t flags,
			      unsigned int useroffset, unsigned int usersize,
			      void (*ctor)(void *obj));
void ta_kmem_cache_destroy(struct ta_kmem_cache *cache);
void *ta_kmem_cache_alloc(struct ta_kmem_cache *cache, gfp_t gfp);
void *ta_kmem_cache_zalloc(struct ta_kmem_cache *cache, gfp_t gfp);
void ta_kmem_cache_free(struct ta_kmem_cache *cache, void *obj);
int ta_kmem_cache_alloc_bulk(struct ta_kmem_cache *cache, gfp_t gfp, size_t nr,
			     void **objs);
void ta_kmem_cache_free_bulk(struct ta_kmem_cache *cache, size_t nr,
			     void **objs);
int ta_kmem_cache_shrink(struct ta_kmem_cache *cache);
unsigned int ta_kmem_cache_size(struct ta_kmem_cache *cache);
bool ta_kmem_cache_validate(struct ta_kmem_cache *cache);

/* --- memory of any size ------------------------------------------------ */

/* The largest size that has a class; larger ones are whole blocks of pages. */
#define TA_KMALLOC_MAX_CLASS	8192

#define TA_NR_KMALLOC		13

void *ta_kmalloc_any(size_t size, gfp_t gfp);
void *ta_kmalloc_const(unsigned int class, size_t size, gfp_t gfp);
void *ta_kzalloc(size_t size, gfp_t gfp);

/* The class of a constant size from 1 to TA_KMALLOC_MAX_CLASS. */
static __always_inline unsigned int ta_kmalloc_const_class(size_t size)
{
	if (size > 64 && size <= 96)
		return 4;
	if (size > 128 && size <= 192)
		return 6;
	if (size <= 8)
		return 0;
	/* 16, 32, 64; then 128; then 256 to 8192: 96 and 192 lie between. */
	return ilog2(size - 1) - 2 + (size > 96) + (size > 192);
}

/**
 * ta_kmalloc() - allocate memory of any size
 * @size: in bytes
 * @gfp: as for kmalloc()
 *
 * The class of a constant size is found when the caller is compiled.
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the memory, ZERO_SIZE_PTR for no bytes at all, or NULL.
 */
static __always_inline void *ta_kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size && size <= TA_KMALLOC_MAX_CLASS)
		return ta_kmalloc_const(ta_kmalloc_const_class(size), size,
					gfp);
	return ta_kmalloc_any(size, gfp);
}

void *ta_kmalloc_array(size_t n, size_t size, gfp_t gfp);
void *ta_kcalloc(size_t n, size_t size, gfp_t gfp);
void *ta_krealloc(const void *ptr, size_t size, gfp_t gfp);
void *ta_krealloc_array(void *ptr, size_t n, size_t size, gfp_t gfp);
void *ta_kmemdup(const void *src, size_t len, gfp_t gfp);
char *ta_kmemdup_nul(const char *s, size_t len, gfp_t gfp);
char *ta_kstrdup(const char *s, gfp_t gfp);
char *ta_kstrndup(const char *s, size_t max, gfp_t gfp);
size_t ta_ksize(const void *ptr);
void ta_kfree(const void *ptr);
void ta_kfree_sensitive(const void *ptr);
void ta_kfree_rcu_at(const void *ptr, size_t offset);
void ta_kfree_rcu_mightsleep(const void *ptr);

/**
 * ta_kfree_rcu() - free memory when all who may read it now are done
 * @ptr: to a struct, from ta_kmalloc() or any cache; NULL does nothing
 * @rhf: its member of type struct rcu_head
 *
 * ta_kmem_cache_destroy() waits for what is on its way. An rcu_head that was
 * copied while the other one was waiting is to be cleared before its use.
 *
 * Context: any but NMI; a caller with interrupts off, too.
 */
#define ta_kfree_rcu(ptr, rhf) do {				\
	typeof(ptr) __ta_ptr = (ptr);				\
								\
	BUILD_BUG_ON(sizeof_field(typeof(*(ptr)), rhf) !=	\
		     sizeof(struct rcu_head));			\
	if (__ta_ptr)						\
		ta_kfree_rcu_at(__ta_ptr,			\
				offsetof(typeof(*__ta_ptr), rhf));	\
} while (0)

/* --- copies to and from users ------------------------------------------ */

bool ta_check_object_size(const void *ptr, unsigned long n, bool to_user);

/**
 * ta_copy_to_user() - copy_to_user() that asks ta_check_object_size() first
 * @to: where to, an address of the user's
 * @from: what, in memory from here or any other
 * @n: how much, in bytes
 *
 * Context: process, may sleep.
 * Return: how many bytes were not copied; all of them if they may not be.
 */
#define ta_copy_to_user(to, from, n) ({				\
	const void *__ta_from = (from);				\
	unsigned long __ta_n = (n);				\
								\
	ta_check_object_size(__ta_from, __ta_n, true) ?		\
		copy_to_user(to, __ta_from, __ta_n) : __ta_n;	\
})

/**
 * ta_copy_from_user() - copy_from_user() that asks ta_check_object_size() first
 * @to: where to, in memory from here or any other
 * @from: what, an address of the user's
 * @n: how much, in bytes
 *
 * Context: process, may sleep.
 * Return: how many bytes were not copied; all of them if they may not be.
 */
#define ta_copy_from_user(to, from, n) ({			\
	void *__ta_to = (to);					\
	unsigned long __ta_n = (n);				\
								\
	ta_check_object_size(__ta_to, __ta_n, false) ?		\
		copy_from_user(__ta_to, from, __ta_n) : __ta_n;	\
})

/* --- memory contiguous in addresses only ------------------------------- */

void *ta_vmalloc(unsigned long size);
void *ta_vzalloc(unsigned long size);
void *ta_vmalloc_user(unsigned long size);
void *ta_vmalloc_prot(unsigned long size, unsigned long align, gfp_t gfp,
		      pgprot_t prot);
int ta_remap_vmalloc_range(struct vm_area_struct *vma, void *addr,
			   unsigned long pgoff);
void ta_vfree(const void *addr);
void *ta_vmap(struct page **pages, unsigned int count, unsigned long flags,
	      pgprot_t prot);
void ta_vunmap(const void *addr);
struct page *ta_vmalloc_to_page(const void *addr);
bool ta_is_vmalloc_addr(const void *addr);
void *ta_kvmalloc(size_t size, gfp_t gfp);
void *ta_kvzalloc(size_t size, gfp_t gfp);
void ta_kvfree(const void *addr);

#endif /* _LINUX_TEACHALLOC_H */
