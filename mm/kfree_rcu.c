// SPDX-License-Identifier: GPL-2.0
/*
 * Frees that wait until nobody reads any more.
 *
 * Model: the object lends two words of itself, an rcu_head anywhere in it. When
 * the grace period is over the head's address is all that is known; it leads to
 * the object as any address does: to the slab's layout, and so to the start of
 * the object that it lies in, or to the block of pages.
 *
 *	ptr -> [ what readers look at   | next, func | ... ]
 *				        ^ head; func is set: it waits
 *
 * Bad input: looked at while the caller is still there to be named. It must be
 * the start of an allocation with the head in it; what is not is reported and left
 * alone. So is what waits already: its head has the function, which is taken out
 * before the free. RCU itself would lose its list over it.
 *
 * Locking: none. Context: any but NMI; nothing is allocated.
 * Failure: none.
 */
#include "kfree_rcu.h"
#include "report.h"

#include <linux/mm.h>

/* The start of the allocation that an address lies in, or NULL. */
static void *start_of(struct ta_slabs *slabs, const void *addr)
{
	struct ta_kmem_cache *cache = ta_slabs_cache_of(slabs, addr);
	const struct ta_slab_layout *layout;
	size_t offset;

	if (!cache)
		return ta_slabs_block_around(slabs, addr);
	layout = &cache->set.layout;
	offset = ((unsigned long)addr & layout->mask) - layout->left;
	return (void *)addr - offset % layout->stride;
}

/**
 * ta_slabs_kfree_rcu() - free memory when all who may read it now are done
 * @slabs: the instance
 * @ptr: from ta_slabs_kmalloc() or any cache
 * @offset: of a struct rcu_head in it, not used for anything else from now on
 * @fn: hands the head and @slabs to ta_slabs_kfree_head(); of one instance it is
 *	always the same
 * @caller: return address of who frees, for reports
 *
 * Context: any but NMI.
 */
void ta_slabs_kfree_rcu(struct ta_slabs *slabs, const void *ptr, size_t offset,
			rcu_callback_t fn, unsigned long caller)
{
	size_t bytes = ta_slabs_ksize(slabs, ptr, caller);
	struct rcu_head *head = (void *)ptr + offset;

	if (!bytes)
		return;
	if (bytes < sizeof(*head) || offset > bytes - sizeof(*head) ||
	    !IS_ALIGNED(offset, sizeof(long))) {
		ta_report(TA_FAULT_BAD_ARG, ptr, caller,
			  "kfree_rcu: %zu bytes, no head fits in at %zu",
			  bytes, offset);
		return;
	}
	if (READ_ONCE(head->func) == fn) {
		ta_report(TA_FAULT_DOUBLE_FREE, ptr, caller,
			  "kfree_rcu: waits to be freed already");
		return;
	}
	WRITE_ONCE(slabs->uses_rcu, true);
	call_rcu(head, fn);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_kfree_rcu);

/**
 * ta_slabs_kfree_head() - free what ta_slabs_kfree_rcu() was asked to
 * @slabs: the instance
 * @head: which was handed to it
 *
 * Context: any but NMI; a grace period has passed.
 */
void ta_slabs_kfree_head(struct ta_slabs *slabs, struct rcu_head *head)
{
	/* Who gets this memory next may free it like this, too. */
	WRITE_ONCE(head->func, NULL);
	ta_slabs_kfree(slabs, start_of(slabs, head), _RET_IP_);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_slabs_kfree_head);
