// SPDX-License-Identifier: GPL-2.0
/*
 * What may be copied to a user or from him: the kernel's hardened usercopy, for
 * objects of ours.
 *
 *	object	[ secret | what users may be given | secret ]
 *		  0	   useroffset		     useroffset + usersize
 *
 * Model: copy_to_user() asks the kernel's allocator, which knows its own pages by
 * a flag in struct page and then looks into structures that no module can see:
 * the slab's, for its cache, for the two numbers above. Pages of ours have not
 * the flag, so it lets everything pass. To set it would not do: the kernel would
 * take the rest of struct page for one of its slabs, and its kfree() an object of
 * ours for one of its own. So the question is asked here, by who is about to copy:
 * ta_copy_to_user() and ta_copy_from_user() do.
 *
 * What is not the pool's is none of our business: the kernel's check comes next.
 *
 * Locking: none; who copies has the object. Context: any.
 * Failure: a refusal is reported. Left out: what lies in the vmalloc window, which
 * the kernel takes for one area.
 */
#include "userpart.h"
#include "report.h"

#include <linux/mm.h>

static bool refuse(const void *ptr, size_t bytes, bool to_user,
		   const char *what, unsigned long caller)
{
	ta_report(TA_FAULT_BAD_ARG, ptr, caller, "%zu bytes %s: not of %s",
		  bytes, to_user ? "to a user" : "from a user", what);
	return false;
}

/* In an object, and there in the part that is for users. */
static bool in_user_part(const struct ta_kmem_cache *cache, const void *ptr,
			 size_t bytes)
{
	const struct ta_slab_layout *layout = &cache->set.layout;
	size_t offset = ((unsigned long)ptr & layout->mask) - layout->left;

	if (offset / layout->stride >= layout->nr)
		return false;
	offset = offset % layout->stride - cache->useroffset;
	return offset <= cache->usersize && bytes <= cache->usersize - offset;
}

/**
 * ta_slabs_may_copy() - tell whether users may be given some memory
 * @slabs: the instance
 * @ptr: where it begins; any address
 * @bytes: how much
 * @to_user: to read it, or to write it
 * @caller: return address of who copies, for reports
 *
 * Of an object it must be within the part that its cache has for them, of a block
 * within the block. Anything of a free page is refused.
 *
 * Context: any.
 * Return: whether they may. If not, it is reported.
 */
bool ta_slabs_may_copy(struct ta_slabs *slabs, const void *ptr, size_t bytes,
		       bool to_user, unsigned long caller)
{
	const struct ta_kmem_cache *cache;
	const struct ta_page *tp;
	const void *block;

	if (!bytes)
		return true;
	if (unlikely(ZERO_OR_NULL_PTR(ptr) ||
		     (unsigned long)ptr + bytes - 1 < (unsigned long)ptr))
		return refuse(ptr, bytes, to_user, "no address", caller);
	cache = ta_slabs_cache_of(slabs, ptr);
	if (cache)
		return in_user_part(cache, ptr, bytes) ||
		       refuse(ptr, bytes, to_user, cache->set.layout.name,
			      caller);
	block = ta_slabs_block_around(slabs, ptr);
	if (block)
		return bytes <= ta_slabs_ksize(slabs, block, caller) -
				(ptr - block) ||
		       refuse(ptr, bytes, to_user, "a block", caller);
	tp = ta_pool_addr(&slabs->pages->pool, ptr);
	switch (tp ? READ_ONCE(tp->kind) : TA_KIND_HOLE) {
	case TA_KIND_FREE:
	case TA_KIND_PCP:
	case TA_KIND_PINNED:
	case TA_KIND_GUARD:
		return refuse(ptr, bytes, to_user, "a free page", caller);
	default:
		return true;
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_may_copy);
