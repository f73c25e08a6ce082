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
 *	                   └─ 2: 1500 contiguous ones
 *
 * Locking: the table's own lock. Who takes a number out of it frees the thing.
 * Context: process, may sleep.
 * Failure: what does not work leaves nothing behind.
 */
#include "handle.h"
#include "contig.h"

#include <linux/slab.h>
#include <uapi/linux/teachalloc.h>

#define MAX_HANDLES	BIT(20)

/**
 * struct handle - a thing that a client has
 * @layer: where it is from
 * @amount: as it was asked for
 * @page: its first page
 */
struct handle {
	u32 layer;
	u64 amount;
	struct page *page;
};

static int check_request(const struct ta_handle_request *r)
{
	switch (r->layer) {
	case TA_LAYER_PAGES:
		return r->amount <= TA_MAX_ORDER ? 0 : -EINVAL;
	case TA_LAYER_CONTIG:
		return r->amount && gfpflags_allow_blocking(r->gfp) ? 0 :
								      -EINVAL;
	default:
		return -EINVAL;
	}
}

static struct page *allocate(struct ta_pages *pages,
			     const struct ta_handle_request *r)
{
	if (r->layer == TA_LAYER_CONTIG)
		return ta_contig_alloc(pages, r->amount, r->gfp, _RET_IP_);
	return ta_pages_alloc(pages, r->gfp, r->amount, _RET_IP_);
}

static void release(struct ta_pages *pages, struct handle *h)
{
	if (h->layer == TA_LAYER_CONTIG)
		ta_contig_free(pages, h->page, h->amount, _RET_IP_);
	else
		ta_pages_free(pages, h->page, h->amount, _RET_IP_);
	kfree(h);
}

static struct handle *create(struct ta_pages *pages,
			     const struct ta_handle_request *r)
{
	struct handle *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);

	if (!h)
		return NULL;
	h->layer = r->layer;
	h->amount = r->amount;
	h->page = allocate(pages, r);
	if (h->page)
		return h;
	kfree(h);
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
 * Return: 0; -EINVAL for what there is not; -ENOMEM; or -ENOSPC with too many.
 */
int ta_handle_alloc(struct ta_client *client,
		    const struct ta_handle_request *request, u32 *id,
		    u64 *frame)
{
	struct ta_pages *pages = client->users->pages;
	int err = check_request(request);
	struct handle *h;

	if (err)
		return err;
	h = create(pages, request);
	if (!h)
		return -ENOMEM;
	*frame = ta_page_frame(ta_pool_page(&pages->pool, h->page));
	err = xa_alloc(&client->handles, id, h, XA_LIMIT(1, MAX_HANDLES),
		       GFP_KERNEL);
	if (err) {
		release(pages, h);
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
 * Return: 0, or -ENOENT if it has nothing of that number.
 */
int ta_handle_free(struct ta_client *client, u32 id)
{
	struct handle *h = xa_erase(&client->handles, id);

	if (!h)
		return -ENOENT;
	release(client->users->pages, h);
	return 0;
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

	xa_for_each(&client->handles, id, h) {
		ta_handle_free(client, id);
		cond_resched();
	}
}
