// SPDX-License-Identifier: GPL-2.0
/*
 * Overcommit: how much memory may be promised, beside what there is.
 *
 * Model: the kernel's, with the pool in the place of RAM. What counts is address
 * space that can be written to, touched or not, in all processes of all clients.
 *
 *	mode 0	a call that wants more than the whole pool is refused, unless it
 *		says MAP_NORESERVE; such memory does not count
 *	mode 1	nothing is refused
 *	mode 2	nothing is promised beyond CommitLimit; MAP_NORESERVE is no excuse
 *
 *	CommitLimit = kbytes, or ratio percent of the pool
 *	what a process may have of it: less admin_reserve, unless it is root's, and
 *	less the smaller of user_reserve and a 32nd of its address space
 *
 * The kernel keeps a sum up to date. We are not told when a VMA grows, shrinks or
 * is made writable, so the sum is made when it is asked for, of what the VMAs are
 * then. That makes mode 2 slower, and the sum never wrong.
 *
 * Who makes memory writable with mprotect(2) asks as well. Left out: fork, and
 * mremap(2) that makes a mapping grow, add to the sum, but the kernel leaves
 * nobody a way to refuse them.
 *
 * Locking: in mode 2, overcommit->lock from the check until the memory is mapped,
 * so that two do not get the same pages; heap->lock > overcommit->lock >
 * mmap_lock. The other way round it cannot be taken: an mprotect(2), which has the
 * mmap_lock, can get pages that another process is being promised just then.
 * Context: process, may sleep.
 */
#include "overcommit.h"

#include <linux/capability.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/sched.h>

/* What the kernel begins with */
#define DEFAULT_RATIO	50
#define KBYTES_SHIFT	(PAGE_SHIFT - 10)

/**
 * ta_overcommit_init() - as after boot
 * @overcommit: what to set up; what is not 0 yet stays
 *
 * The reserves are 0: a pool is small, and has no need for a root shell in it.
 *
 * Context: any.
 */
void ta_overcommit_init(struct ta_overcommit *overcommit)
{
	if (!overcommit->ratio)
		overcommit->ratio = DEFAULT_RATIO;
	mutex_init(&overcommit->lock);
}

/**
 * ta_overcommit_limit() - CommitLimit
 * @users: whose
 *
 * Context: any.
 * Return: pages.
 */
unsigned long ta_overcommit_limit(struct ta_users *users)
{
	const struct ta_overcommit *overcommit = &users->overcommit;
	unsigned long kbytes = READ_ONCE(overcommit->kbytes);

	if (kbytes)
		return kbytes >> KBYTES_SHIFT;
	return mult_frac(users->stack->pages.pool.nr_pages,
			 (unsigned long)READ_ONCE(overcommit->ratio), 100UL);
}

/**
 * ta_overcommit_committed() - Committed_AS
 * @users: whose
 *
 * Context: process, may sleep.
 * Return: pages promised.
 */
unsigned long ta_overcommit_committed(struct ta_users *users)
{
	struct ta_client *client;
	unsigned long nr = 0;

	mutex_lock(&users->lock);
	list_for_each_entry(client, &users->clients, list)
		nr += ta_client_committed(client);
	mutex_unlock(&users->lock);
	return nr;
}

/* As __vm_enough_memory() has it in this mode. */
static bool within_limit(struct ta_users *users, unsigned long nr_pages)
{
	const struct ta_overcommit *overcommit = &users->overcommit;
	unsigned long allowed = ta_overcommit_limit(users), reserve = 0;
	unsigned long committed = ta_overcommit_committed(users);

	if (!capable(CAP_SYS_ADMIN))
		reserve = READ_ONCE(overcommit->admin_reserve_kbytes) >>
			  KBYTES_SHIFT;
	reserve += min(READ_ONCE(current->mm->total_vm) / 32,
		       READ_ONCE(overcommit->user_reserve_kbytes) >>
		       KBYTES_SHIFT);
	return allowed > reserve && committed <= allowed - reserve &&
	       nr_pages <= allowed - reserve - committed;
}

static bool may_promise(struct ta_users *users, unsigned int mode,
			unsigned long nr_pages)
{
	switch (mode) {
	case TA_OVERCOMMIT_GUESS:
		return nr_pages <= READ_ONCE(users->stack->pages.pool.nr_pages);
	case TA_OVERCOMMIT_NEVER:
		return within_limit(users, nr_pages);
	default:
		return true;
	}
}

/**
 * ta_overcommit_begin() - ask whether memory may be promised
 * @client: who promises
 * @nr_pages: how much, writable
 * @noreserve: it is not to count, if the mode allows that
 * @counted: for ta_overcommit_end(); if set, it counts, whatever @noreserve says
 *
 * Context: process, may sleep.
 * Return: whether it may; then the caller maps it and calls
 * ta_overcommit_end().
 */
bool ta_overcommit_begin(struct ta_client *client, unsigned long nr_pages,
			 bool noreserve, bool *counted)
{
	struct ta_users *users = client->users;
	unsigned int mode = READ_ONCE(users->overcommit.mode);

	*counted = false;
	if (likely(mode != TA_OVERCOMMIT_NEVER))
		return noreserve || may_promise(users, mode, nr_pages);
	mutex_lock(&users->overcommit.lock);
	*counted = may_promise(users, mode, nr_pages);
	if (!*counted)
		mutex_unlock(&users->overcommit.lock);
	return *counted;
}

/**
 * ta_overcommit_protect() - vm_operations_struct.mprotect of heap and mappings
 * @vma: a part of it is to get other rights
 * @start: where that begins
 * @end: where that ends
 * @newflags: the rights
 *
 * Context: process, may sleep; mmap_lock held for writing.
 * Return: 0; -ENOMEM if it may not become writable.
 */
int ta_overcommit_protect(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, unsigned long newflags)
{
	struct ta_region *region = vma->vm_private_data;
	struct ta_client *client = ta_region_client(region);
	struct ta_users *users = client->users;
	unsigned long nr_pages = (end - start) >> PAGE_SHIFT;
	bool may;

	if (!(newflags & VM_WRITE) || (vma->vm_flags & VM_WRITE))
		return 0;
	may = ta_client_may_map(client, nr_pages);
	if (may && !(vma->vm_flags & VM_NORESERVE))
		may = may_promise(users, READ_ONCE(users->overcommit.mode),
				  nr_pages);
	return may ? 0 : -ENOMEM;
}

/**
 * ta_overcommit_end() - the memory is mapped, or is not going to be
 * @client: as of ta_overcommit_begin()
 * @counted: likewise
 *
 * Context: process.
 */
void ta_overcommit_end(struct ta_client *client, bool counted)
{
	if (counted)
		mutex_unlock(&client->users->overcommit.lock);
}
