// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of any size with what is in it: kept, copied, or wiped.
 *
 * Model: each is ta_slabs_kmalloc(), a copy, ta_slabs_kfree(), in this order or
 * a part of it. How much there is to keep or to wipe is what may be used, all of
 * ta_slabs_ksize(): nobody knows how much was.
 *
 * Bad input: an address that is no allocation's start is reported once and left
 * alone; NULL and ZERO_SIZE_PTR hold nothing.
 *
 * Locking: none. Context: as the allocation's and the free's.
 * Failure: NULL; what was to be copied is as it was.
 */
#include "kcopy.h"

#include <linux/mm.h>
#include <linux/string.h>

/* --- kept -------------------------------------------------------------- */

/**
 * ta_slabs_krealloc() - change the size of an allocation
 * @slabs: the instance
 * @ptr: from ta_slabs_kmalloc(); NULL allocates
 * @size: in bytes; 0 frees
 * @gfp: as for kmalloc()
 * @caller: return address of who asks, for reports
 *
 * Stays where it is as long as ta_slabs_ksize() is enough. With __GFP_ZERO all
 * that is usable behind @size is zeroed then: who asks for zeroes from the first
 * allocation on has them in all that he ever grows into.
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the memory with the old contents; ZERO_SIZE_PTR for no bytes at all;
 * NULL if there is none, then @ptr is as it was.
 */
void *ta_slabs_krealloc(struct ta_slabs *slabs, const void *ptr, size_t size,
			gfp_t gfp, unsigned long caller)
{
	size_t old;
	void *new;

	if (!size) {
		ta_slabs_kfree(slabs, ptr, caller);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(ptr))
		return ta_slabs_kmalloc(slabs, size, gfp, caller);
	old = ta_slabs_ksize(slabs, ptr, caller);
	if (!old)
		return NULL;
	if (size <= old) {
		if (gfp & __GFP_ZERO)
			memset((void *)ptr + size, 0, old - size);
		return (void *)ptr;
	}
	new = ta_slabs_kmalloc(slabs, size, gfp, caller);
	if (new) {
		memcpy(new, ptr, old);
		ta_slabs_kfree(slabs, ptr, caller);
	}
	return new;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_krealloc);

/* --- copied ------------------------------------------------------------ */

/**
 * ta_slabs_kmemdup() - make a copy of some memory
 * @slabs: the instance
 * @src: what to copy
 * @bytes: how much
 * @gfp: as for kmalloc()
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the copy, ZERO_SIZE_PTR for no bytes at all, or NULL.
 */
void *ta_slabs_kmemdup(struct ta_slabs *slabs, const void *src, size_t bytes,
		       gfp_t gfp, unsigned long caller)
{
	void *p = ta_slabs_kmalloc(slabs, bytes, gfp, caller);

	return ZERO_OR_NULL_PTR(p) ? p : memcpy(p, src, bytes);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_kmemdup);

/**
 * ta_slabs_kmemdup_nul() - make a word of some memory
 * @slabs: the instance
 * @src: its letters
 * @len: how many
 * @gfp: as for kmalloc()
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: the copy with a NUL behind it, or NULL.
 */
char *ta_slabs_kmemdup_nul(struct ta_slabs *slabs, const char *src, size_t len,
			   gfp_t gfp, unsigned long caller)
{
	size_t bytes;
	char *p;

	if (unlikely(check_add_overflow(len, (size_t)1, &bytes)))
		return NULL;
	p = ta_slabs_kmalloc(slabs, bytes, gfp, caller);
	if (!p)
		return NULL;
	memcpy(p, src, len);
	p[len] = '\0';
	return p;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_kmemdup_nul);

/* --- wiped ------------------------------------------------------------- */

/**
 * ta_slabs_kfree_sensitive() - free memory, and leave nothing in it
 * @slabs: the instance
 * @ptr: from ta_slabs_kmalloc() or any cache; NULL and ZERO_SIZE_PTR do nothing
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
void ta_slabs_kfree_sensitive(struct ta_slabs *slabs, const void *ptr,
			      unsigned long caller)
{
	size_t bytes = ta_slabs_ksize(slabs, ptr, caller);

	if (!bytes)
		return;
	memzero_explicit((void *)ptr, bytes);
	ta_slabs_kfree(slabs, ptr, caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_kfree_sensitive);
