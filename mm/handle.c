// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments by handle: what a kernel caller can allocate, for a program that
 * wants to see what happens.
 *
 * Model: a client has a table of things that it allocated. Their numbers are
 * all that it gets; it never sees their contents. What is left when the device
 * is closed is freed then.
 *
 *	client ── handles ─┬─ 1: 512 pages of the buddy allocator
 *	                   ├─ 2: 1500 contiguous ones
 *	                   ├─ 3: 100 bytes of a slab
 *	                   ├─ 4: 2 MiB in a row of addresses
 *	                   ├─ 5: a cache of objects of 300 bytes
 *	                   ├─ 6: an object of it ──> 5
 *	                   └─ 7: another         ──> 5
 *
 * A cache stays in the table while it has objects there. The host's memory for it is
 * charged to nobody, which is why only root can have one made.
 *
 * Locking: the table's own lock, which is that of nr_objects, too. Who takes a number
 * out of it frees the thing.
 * Context: process, may sleep.
 * Failure: what does not work leaves nothing behind.
 */
#include "handle.h"
#include "contig.h"
#include "create.h"
#include "stack.h"

#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <uapi/linux/teachalloc.h>

#define MAX_HANDLES	BIT(20)

/**
 * struct handle - a thing that a client has
 * @layer: where it is from
 * @amount: as it was asked for
 * @nr_pages: what it counts for in the client's quota
 * @nr_objects: CACHE: how many handles have an object of it, or are being made
 * @cache: OBJECT: the handle of its cache
 * @page: its first page, where it is pages
 * @addr: its address, where it is bytes
 * @kmem: CACHE: it
 */
struct handle {
	u32 layer;
	u64 amount;
	unsigned long nr_pages;
	unsigned long nr_objects;
	struct handle *cache;
	union {
		struct page *page;
		void *addr;
		struct ta_kmem_cache *kmem;
	};
};

/* A size that cannot be is the program's mistake: not for the log. */
static int check_request(const struct ta_handle_request *r)
{
	bool ok = false;

	switch (r->layer) {
	case TA_LAYER_PAGES:
		ok = r->amount <= TA_MAX_ORDER;
		break;
	case TA_LAYER_CONTIG:
		ok = r->amount && gfpflags_allow_blocking(r->gfp);
		break;
	case TA_LAYER_KMALLOC:
		ok = r->amount && r->amount <= PAGE_SIZE << TA_MAX_ORDER;
		break;
	case TA_LAYER_VMALLOC:
		ok = r->amount && r->amount <= LONG_MAX;
		break;
	case TA_LAYER_CACHE:
		ok = r->amount && r->amount <= TA_SLAB_MAX_SIZE;
		break;
	case TA_LAYER_OBJECT:
		ok = r->amount <= MAX_HANDLES;
		break;
	}
	return ok ? 0 : -EINVAL;
}

/* Of a request that was checked; what is smaller than a page counts as one. */
static unsigned long pages_of(const struct ta_handle_request *r,
			      const struct handle *cache)
{
	u64 bytes = cache ? cache->amount : r->amount;

	switch (r->layer) {
	case TA_LAYER_PAGES:
		return 1UL << r->amount;
	case TA_LAYER_CONTIG:
		return r->amount;
	case TA_LAYER_CACHE:
		return 0;
	default:
		return ((bytes - 1) >> PAGE_SHIFT) + 1;
	}
}

/* Keep a client's cache from going, for one more object. */
static struct handle *get_cache(struct ta_client *client, u32 id)
{
	struct handle *h;

	xa_lock(&client->handles);
	h = xa_load(&client->handles, id);
	if (h && h->layer == TA_LAYER_CACHE)
		h->nr_objects++;
	else
		h = NULL;
	xa_unlock(&client->handles);
	return h;
}

static void put_cache(struct ta_client *client, struct handle *cache)
{
	xa_lock(&client->handles);
	cache->nr_objects--;
	xa_unlock(&client->handles);
}

/* With a name of its own, since each has a folder in debugfs. */
static struct ta_kmem_cache *create_cache(struct ta_slabs *slabs, size_t size)
{
	static atomic_t nr;
	char name[32];

	snprintf(name, sizeof(name), "handle-%d", atomic_inc_return(&nr));
	return ta_cache_create(slabs, name, size, 0, 0, NULL, _RET_IP_);
}

static bool allocate(struct ta_stack *stack, const struct ta_handle_request *r,
		     struct handle *h)
{
	switch (r->layer) {
	case TA_LAYER_CONTIG:
		h->page = ta_contig_alloc(&stack->pages, r->amount, r->gfp,
					  _RET_IP_);
		return h->page;
	case TA_LAYER_KMALLOC:
		h->addr = ta_slabs_kmalloc(&stack->slabs, r->amount, r->gfp,
					   _RET_IP_);
		return h->addr;
	case TA_LAYER_VMALLOC:
		h->addr = ta_vmap_alloc(&stack->vmap, r->amount, r->gfp,
					PAGE_KERNEL, _RET_IP_);
		return h->addr;
	case TA_LAYER_CACHE:
		h->kmem = create_cache(&stack->slabs, r->amount);
		return h->kmem;
	case TA_LAYER_OBJECT:
		h->addr = ta_kmem_cache_alloc(h->cache->kmem, r->gfp);
		return h->addr;
	default:
		h->page = ta_pages_alloc(&stack->pages, r->gfp, r->amount,
					 _RET_IP_);
		return h->page;
	}
}

static struct page *first_page(struct ta_stack *stack, const struct handle *h)
{
	switch (h->layer) {
	case TA_LAYER_KMALLOC:
	case TA_LAYER_OBJECT:
		return virt_to_page(h->addr);
	case TA_LAYER_VMALLOC:
		return ta_vmap_to_page(&stack->vmap, h->addr);
	default:
		return h->page;
	}
}

/* A cache has no page before it has an object. */
static u64 first_frame(struct ta_stack *stack, const struct handle *h)
{
	if (h->layer == TA_LAYER_CACHE)
		return 0;
	return ta_page_frame(ta_pool_page(&stack->pages.pool,
					  first_page(stack, h)));
}

static void release(struct ta_client *client, struct handle *h)
{
	struct ta_stack *stack = client->users->stack;

	atomic_long_sub(h->nr_pages, &client->usage.held);
	switch (h->layer) {
	case TA_LAYER_CONTIG:
		ta_contig_free(&stack->pages, h->page, h->amount, _RET_IP_);
		break;
	case TA_LAYER_KMALLOC:
		ta_slabs_kfree(&stack->slabs, h->addr, _RET_IP_);
		break;
	case TA_LAYER_VMALLOC:
		ta_vmap_free(&stack->vmap, h->addr, _RET_IP_);
		break;
	case TA_LAYER_CACHE:
		ta_kmem_cache_destroy(h->kmem);
		break;
	case TA_LAYER_OBJECT:
		ta_kmem_cache_free(h->cache->kmem, h->addr);
		put_cache(client, h->cache);
		break;
	default:
		ta_pages_free(&stack->pages, h->page, h->amount, _RET_IP_);
	}
	kfree(h);
}

/* Count first and look then, so that two do not get the same pages. */
static bool charge(struct ta_usage *usage, unsigned long nr_pages)
{
	if (nr_pages > READ_ONCE(usage->pages->pool.nr_pages))
		return false;
	atomic_long_add(nr_pages, &usage->held);
	ta_usage_check_margin(usage, ta_usage_allowed(usage));
	if (ta_usage_resident(usage) + atomic_long_read(&usage->held) <=
	    READ_ONCE(usage->quota))
		return true;
	atomic_long_sub(nr_pages, &usage->held);
	return false;
}

/* @cache: where an object is to come from; whoever has that has this hold of it */
static struct handle *create(struct ta_client *client,
			     const struct ta_handle_request *r,
			     struct handle *cache)
{
	unsigned long nr_pages = pages_of(r, cache);
	struct handle *h;

	if (!charge(&client->usage, nr_pages))
		return NULL;
	h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);
	if (!h)
		goto uncharge;
	h->layer = r->layer;
	h->amount = r->amount;
	h->nr_pages = nr_pages;
	h->cache = cache;
	if (allocate(client->users->stack, r, h))
		return h;
	kfree(h);
uncharge:
	atomic_long_sub(nr_pages, &client->usage.held);
	return NULL;
}

/**
 * ta_handle_alloc() - allocate something for a client
 * @client: whose it is
 * @request: what
 * @id: set to its number
 * @frame: set to the frame of its first page
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL for what there is not; -EPERM for a cache, but for root;
 * -ENOENT for an object of none; -ENOMEM, also if it would be more than the
 * client's quota; or -ENOSPC with too many.
 */
int ta_handle_alloc(struct ta_client *client,
		    const struct ta_handle_request *request, u32 *id,
		    u64 *frame)
{
	struct ta_stack *stack = client->users->stack;
	struct handle *h, *cache = NULL;
	int err = check_request(request);

	if (err)
		return err;
	if (request->layer == TA_LAYER_CACHE && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (request->layer == TA_LAYER_OBJECT) {
		cache = get_cache(client, request->amount);
		if (!cache)
			return -ENOENT;
	}
	h = create(client, request, cache);
	if (!h) {
		if (cache)
			put_cache(client, cache);
		return -ENOMEM;
	}
	*frame = first_frame(stack, h);
	err = xa_alloc(&client->handles, id, h, XA_LIMIT(1, MAX_HANDLES),
		       GFP_KERNEL);
	if (err) {
		release(client, h);
		return err == -EBUSY ? -ENOSPC : err;
	}
	return 0;
}

/**
 * ta_handle_free() - free what a client has by its number
 * @client: whose
 * @id: any number
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT if it has nothing of that number; -EBUSY for a cache that has
 * objects.
 */
int ta_handle_free(struct ta_client *client, u32 id)
{
	struct handle *h;
	int err = 0;

	xa_lock(&client->handles);
	h = xa_load(&client->handles, id);
	if (!h)
		err = -ENOENT;
	else if (h->nr_objects)
		err = -EBUSY;
	else
		__xa_erase(&client->handles, id);
	xa_unlock(&client->handles);
	if (!err)
		release(client, h);
	return err;
}

/**
 * ta_handle_free_all() - free all that a client has
 * @client: whose device is being closed
 *
 * Context: process, may sleep.
 */
void ta_handle_free_all(struct ta_client *client)
{
	unsigned long id;
	struct handle *h;

	/* What is left after the first time are caches that had objects. */
	while (!xa_empty(&client->handles))
		xa_for_each(&client->handles, id, h) {
			ta_handle_free(client, id);
			cond_resched();
		}
}
