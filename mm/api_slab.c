// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel API on the global stack: caches and memory of any size.
 *
 * Nothing is decided here. Each function names the layer's own and hands it
 * the stack and the caller's address.
 */
#include "kcopy.h"
#include "kfree_rcu.h"
#include "stack.h"
#include "userpart.h"

#include <linux/export.h>
#include <linux/instruction_pointer.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/teachalloc.h>

/**
 * ta_kmem_cache_create() - make a cache
 * @name: for people; copied
 * @size: of an object
 * @align: of an object: a power of two, or 0 for a word's
 * @flags: SLAB_*, as for kmem_cache_create()
 * @ctor: run on each object when its slab is made, or NULL
 *
 * Slabs after Bonwick, "The slab allocator", USENIX 1994.
 *
 * Context: process, may sleep.
 * Return: the cache; NULL without memory or, reported, for a bad argument.
 */
struct ta_kmem_cache *ta_kmem_cache_create(const char *name, unsigned int size,
					   unsigned int align,
					   slab_flags_t flags,
					   void (*ctor)(void *obj))
{
	return ta_cache_create(&ta_default_stack.slabs, name, size, align,
			       flags, ctor, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_create);

/**
 * ta_kmem_cache_create_usercopy() - make a cache with a part for users
 * @name: for people; copied
 * @size: of an object
 * @align: of an object: a power of two, or 0 for a word's
 * @flags: SLAB_*, as for kmem_cache_create()
 * @useroffset: where in an object what users may be given begins
 * @usersize: how many bytes of it that are
 * @ctor: run on each object when its slab is made, or NULL
 *
 * Obeyed by ta_check_object_size() and what calls it: the kernel's copy_to_user()
 * knows nothing of this memory. A part that is not in the object is reported, and
 * there is none then.
 *
 * Context: process, may sleep.
 * Return: the cache; NULL without memory or, reported, for a bad argument.
 */
struct ta_kmem_cache *
ta_kmem_cache_create_usercopy(const char *name, unsigned int size,
			      unsigned int align, slab_flags_t flags,
			      unsigned int useroffset, unsigned int usersize,
			      void (*ctor)(void *obj))
{
	const struct ta_cache_want want = {
		.name = name,
		.size = size,
		.align = align,
		.flags = flags,
		.ctor = ctor,
		.useroffset = useroffset,
		.usersize = usersize,
	};

	return ta_cache_create_want(&ta_default_stack.slabs, &want, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kmem_cache_create_usercopy);

/**
 * ta_check_object_size() - tell whether users may be given some memory
 * @ptr: where it begins; any address
 * @n: how much, in bytes
 * @to_user: to read it, or to write it
 *
 * Of an object it must be within the part that its cache has for them (of what
 * ta_kmalloc() returned that is all of it), of a block of pages within the block.
 * What is not the pool's is left to the kernel's own check.
 *
 * Context: any.
 * Return: whether they may. If not, it is reported.
 */
bool ta_check_object_size(const void *ptr, unsigned long n, bool to_user)
{
	return ta_slabs_may_copy(&ta_default_stack.slabs, ptr, n, to_user,
				 _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_check_object_size);

/**
 * ta_kmalloc_any() - ta_kmalloc() of a size that is no constant
 * @size: in bytes
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the memory, ZERO_SIZE_PTR for no bytes at all, or NULL.
 */
void *ta_kmalloc_any(size_t size, gfp_t gfp)
{
	return ta_slabs_kmalloc_inline(&ta_default_stack.slabs, size, gfp);
}
EXPORT_SYMBOL_GPL(ta_kmalloc_any);

/**
 * ta_kmalloc_const() - ta_kmalloc() of a constant size
 * @class: ta_kmalloc_const_class(@size)
 * @size: in bytes, 1 to TA_KMALLOC_MAX_CLASS
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the memory, or NULL.
 */
void *ta_kmalloc_const(unsigned int class, size_t size, gfp_t gfp)
{
	ta_cache_might_alloc(gfp);
	return ta_kmalloc_from(ta_default_stack.slabs.kmalloc[class], size,
			       gfp);
}
EXPORT_SYMBOL_GPL(ta_kmalloc_const);

/**
 * ta_kzalloc() - allocate memory full of zeroes
 * @size: in bytes
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the memory, ZERO_SIZE_PTR for no bytes at all, or NULL.
 */
void *ta_kzalloc(size_t size, gfp_t gfp)
{
	return ta_slabs_kmalloc(&ta_default_stack.slabs, size,
				gfp | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kzalloc);

/**
 * ta_kmalloc_array() - allocate an array
 * @n: number of elements
 * @size: of one, in bytes
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the memory, ZERO_SIZE_PTR for no bytes at all, or NULL: also where
 * the product does not fit.
 */
void *ta_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return ta_slabs_kmalloc_array(&ta_default_stack.slabs, n, size, gfp,
				      _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kmalloc_array);

/**
 * ta_kcalloc() - allocate an array full of zeroes
 * @n: number of elements
 * @size: of one, in bytes
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: as ta_kmalloc_array().
 */
void *ta_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return ta_slabs_kmalloc_array(&ta_default_stack.slabs, n, size,
				      gfp | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kcalloc);

/**
 * ta_krealloc() - change the size of an allocation
 * @ptr: from ta_kmalloc(); NULL allocates
 * @size: in bytes; 0 frees
 * @gfp: as for kmalloc()
 *
 * Stays in place as long as ta_ksize() is enough. Contents are kept up to the
 * smaller of both sizes; with __GFP_ZERO in the first allocation and in every call
 * since, what comes behind them is zero.
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the memory with the old contents; ZERO_SIZE_PTR for no bytes at all;
 * NULL if there is none, then @ptr is as it was.
 */
void *ta_krealloc(const void *ptr, size_t size, gfp_t gfp)
{
	return ta_slabs_krealloc(&ta_default_stack.slabs, ptr, size, gfp,
				 _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_krealloc);

/**
 * ta_krealloc_array() - change the size of an array
 * @ptr: from ta_kmalloc_array(); NULL allocates
 * @n: number of elements
 * @size: of one, in bytes
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: as ta_krealloc(); NULL also where the product does not fit.
 */
void *ta_krealloc_array(void *ptr, size_t n, size_t size, gfp_t gfp)
{
	return ta_slabs_krealloc_array(&ta_default_stack.slabs, ptr, n, size,
				       gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_krealloc_array);

/**
 * ta_kmemdup() - make a copy of some memory
 * @src: what to copy
 * @len: how much, in bytes
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the copy, ZERO_SIZE_PTR for no bytes at all, or NULL.
 */
void *ta_kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return ta_slabs_kmemdup(&ta_default_stack.slabs, src, len, gfp,
				_RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kmemdup);

/**
 * ta_kmemdup_nul() - make a word of some memory
 * @s: its letters
 * @len: how many
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the copy with a NUL behind it; NULL for NULL or without memory.
 */
char *ta_kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return s ? ta_slabs_kmemdup_nul(&ta_default_stack.slabs, s, len, gfp,
					_RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(ta_kmemdup_nul);

/**
 * ta_kstrdup() - make a copy of a word
 * @s: the word, or NULL
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the copy; NULL for NULL or without memory.
 */
char *ta_kstrdup(const char *s, gfp_t gfp)
{
	return s ? ta_slabs_kmemdup(&ta_default_stack.slabs, s, strlen(s) + 1,
				    gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(ta_kstrdup);

/**
 * ta_kstrndup() - make a copy of the start of a word
 * @s: the word, or NULL
 * @max: of so many letters at the most
 * @gfp: as for kmalloc()
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM in @gfp.
 * Return: the copy with a NUL behind it; NULL for NULL or without memory.
 */
char *ta_kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? ta_slabs_kmemdup_nul(&ta_default_stack.slabs, s,
					strnlen(s, max), gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(ta_kstrndup);

/**
 * ta_ksize() - tell how much of an allocation may be used
 * @ptr: from ta_kmalloc() or any cache
 *
 * Context: any.
 * Return: in bytes, at least what was asked for; 0 for NULL, ZERO_SIZE_PTR
 * and, reported, for what is no allocation's start.
 */
size_t ta_ksize(const void *ptr)
{
	return ta_slabs_ksize(&ta_default_stack.slabs, ptr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_ksize);

/**
 * ta_kfree() - free memory
 * @ptr: from ta_kmalloc() or any cache; NULL and ZERO_SIZE_PTR do nothing
 *
 * What is no allocation's start is reported and left alone.
 *
 * Context: any.
 */
void ta_kfree(const void *ptr)
{
	ta_slabs_kfree_inline(&ta_default_stack.slabs, ptr);
}
EXPORT_SYMBOL_GPL(ta_kfree);

/**
 * ta_kfree_sensitive() - free memory, and leave nothing in it
 * @ptr: from ta_kmalloc() or any cache; NULL and ZERO_SIZE_PTR do nothing
 *
 * All of it is zeroed, as much as ta_ksize() tells. What is no allocation's start
 * is reported and left alone.
 *
 * Context: any.
 */
void ta_kfree_sensitive(const void *ptr)
{
	ta_slabs_kfree_sensitive(&ta_default_stack.slabs, ptr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kfree_sensitive);

static void free_default(struct rcu_head *head)
{
	ta_slabs_kfree_head(&ta_default_stack.slabs, head);
}

/**
 * ta_kfree_rcu_at() - what ta_kfree_rcu() is made of
 * @ptr: from ta_kmalloc() or any cache; NULL and ZERO_SIZE_PTR do nothing
 * @offset: of a struct rcu_head in it, in bytes
 *
 * What is no allocation's start, waits already, or has no room for the head there,
 * is reported and left alone.
 *
 * Context: any but NMI.
 */
void ta_kfree_rcu_at(const void *ptr, size_t offset)
{
	ta_slabs_kfree_rcu(&ta_default_stack.slabs, ptr, offset, free_default,
			   _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kfree_rcu_at);

/**
 * ta_kfree_rcu_mightsleep() - wait for readers, then free memory
 * @ptr: from ta_kmalloc() or any cache; NULL and ZERO_SIZE_PTR do nothing
 *
 * For what has no room for an rcu_head.
 *
 * Context: process, may sleep.
 */
void ta_kfree_rcu_mightsleep(const void *ptr)
{
	might_sleep();
	if (ZERO_OR_NULL_PTR(ptr))
		return;
	synchronize_rcu();
	ta_slabs_kfree(&ta_default_stack.slabs, ptr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(ta_kfree_rcu_mightsleep);
