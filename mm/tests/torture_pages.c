// SPDX-License-Identifier: GPL-2.0
/*
 * Long random runs against the page layer.
 *
 * Model: a thread has a hand of blocks. It fills and empties it around a target
 * that changes now and then, so that the pool is nearly empty at one time and
 * short of pages at another. A block that is given up is freed, or swapped for
 * one on the shelf, which is freed instead: so many are freed on another CPU
 * than they were allocated on, or in an interrupt.
 *
 *	thread 0 [ hand ]--\			   /--[ hand ] thread 1
 *	irq 0	 [ hand ]---> shelf [ . | . | . ] <---[ hand ] irq 1
 *
 * The shadow is a model of the pool: a bit for each page that somebody has,
 * and for each block its order and stamp. The stamp is also written to the
 * block's first and last bytes.
 *
 * Invariants
 *  I1  no page is handed out that somebody has (its bit is set already)
 *  I2  a block holds what was written to it when it is freed
 *  I3  at rest, pages that somebody has and free ones add up to the pool
 *  I4  at the end, all free blocks are as large as can be
 */
#define pr_fmt(fmt) "torture: " fmt

#include "families.h"
#include "torture.h"

#include <linux/mm.h>
#include <linux/slab.h>

/*
 * 32 MiB, eight sections. A hand's blocks have 16 pages on average, most have
 * one: two full hands want four times the pool.
 */
#define NR_PAGES	(8 * TA_SECTION_PAGES)
#define NR_HELD		1024
#define NR_HELD_IRQ	32
#define NR_SHELF	64
#define NR_BULK		48
#define NR_EXACT	12
#define SPLIT_ORDER	3

/**
 * struct block - what the shadow knows of a block, at its first frame
 * @stamp: what was written to it
 * @order: its order
 */
struct block {
	u32 stamp;
	u8 order;
};

/**
 * struct shadow - the pool, and what it should look like
 * @pages: the layer that is tortured
 * @nr_frames: frames it may have pages at
 * @block: by frame; belongs to who has the block
 * @owned: a bit for each frame that somebody has
 * @shelf: blocks that change hands, or NULL
 * @foreign: a page of the host's, to be freed by mistake
 */
struct shadow {
	struct ta_pages pages;
	unsigned long nr_frames;
	struct block *block;
	atomic_long_t *owned;
	struct page *shelf[NR_SHELF];
	struct page *foreign;
};

/**
 * struct hand - what a thread has
 * @nr: blocks in @held
 * @target: how many there are to be, for now
 * @held: the blocks
 * @nr_bulk: pages in @bulk
 * @bulk: single pages that came together and go together
 * @exact: the first of some pages in a row, or NULL
 * @nr_exact: how many
 */
struct hand {
	unsigned int nr;
	unsigned int target;
	struct page *held[NR_HELD];
	unsigned long nr_bulk;
	struct page *bulk[NR_BULK];
	struct page *exact;
	unsigned int nr_exact;
};

static struct shadow *shadow_of(struct ta_torture_thread *t)
{
	return t->run->data;
}

static unsigned long frame_of(struct shadow *s, struct page *page)
{
	return ta_page_frame(ta_pool_page(&s->pages.pool, page));
}

/* The shadow's bits */

/* The bits of a block that are in one word. */
static unsigned long mask_of(unsigned long frame, unsigned int order)
{
	if (1UL << order >= BITS_PER_LONG)
		return ~0UL;
	return ((1UL << (1UL << order)) - 1) << (frame % BITS_PER_LONG);
}

/* Returns whether a page of the block was somebody's. */
static bool set_owned(struct shadow *s, unsigned long frame, unsigned int order)
{
	unsigned long mask = mask_of(frame, order), end = frame + (1UL << order);
	bool was = false;

	for (; frame < end; frame += BITS_PER_LONG)
		was |= atomic_long_fetch_or(mask, &s->owned[frame / BITS_PER_LONG]) &
		       mask;
	return was;
}

/* Returns whether every page of the block was somebody's. */
static bool clear_owned(struct shadow *s, unsigned long frame,
			unsigned int order)
{
	unsigned long mask = mask_of(frame, order), end = frame + (1UL << order);
	bool were = true;

	for (; frame < end; frame += BITS_PER_LONG)
		were &= (atomic_long_fetch_andnot(mask,
				&s->owned[frame / BITS_PER_LONG]) & mask) == mask;
	return were;
}

static unsigned long nr_owned(struct shadow *s)
{
	unsigned long i, nr = 0;

	for (i = 0; i < s->nr_frames / BITS_PER_LONG; i++)
		nr += hweight_long(atomic_long_read(&s->owned[i]));
	return nr;
}

/* Blocks come and go */

static unsigned long mark_of(const struct block *block, unsigned long frame)
{
	return (unsigned long)block->stamp << BITS_PER_LONG / 2 | frame;
}

static unsigned long *last_word(struct page *page, unsigned int order)
{
	return page_address(page) + (PAGE_SIZE << order) - sizeof(long);
}

/* A block that was allocated just now becomes the thread's. */
static void own(struct ta_torture_thread *t, struct page *page,
		unsigned int order, gfp_t gfp)
{
	struct shadow *s = shadow_of(t);
	unsigned long frame = frame_of(s, page);
	struct block *block = &s->block[frame];
	unsigned long *first = page_address(page);
	unsigned long *last = last_word(page, order);

	if (page_to_pfn(page) & ((1UL << order) - 1))
		ta_torture_fail(t, "frame %lu is no place for order %u", frame,
				order);
	if (set_owned(s, frame, order))
		ta_torture_fail(t, "frame %lu, order %u: somebody has it",
				frame, order);
	if ((gfp & __GFP_ZERO) && (*first || *last))
		ta_torture_fail(t, "frame %lu, order %u: not zeroed", frame,
				order);
	block->order = order;
	block->stamp = ta_rng_next(&t->rng);
	*first = mark_of(block, frame);
	*last = ~*first;
}

/* A block is given up; returns its order. */
static unsigned int disown(struct ta_torture_thread *t, struct page *page)
{
	struct shadow *s = shadow_of(t);
	unsigned long frame = frame_of(s, page);
	struct block *block = &s->block[frame];
	unsigned int order = block->order;
	unsigned long mark = mark_of(block, frame);
	unsigned long *first = page_address(page);
	unsigned long *last = last_word(page, order);

	if (*first != mark || *last != ~mark)
		ta_torture_fail(t, "frame %lu, order %u: %lx and %lx, not %lx",
				frame, order, *first, ~*last, mark);
	*first = 0;
	if (!clear_owned(s, frame, order))
		ta_torture_fail(t, "frame %lu, order %u: not all of it was owned",
				frame, order);
	return order;
}

/* Half of all blocks are single pages, a quarter pairs, and so on. */
static unsigned int any_order(struct ta_torture_thread *t)
{
	if (!ta_rng_below(&t->rng, 32))
		return ta_rng_below(&t->rng, TA_NR_PAGE_ORDERS);
	return __ffs(ta_rng_next(&t->rng) | 1UL << TA_MAX_ORDER);
}

/* What reclaims disturbs the other CPUs: seldom where it is bound to happen. */
static gfp_t any_gfp(struct ta_torture_thread *t, bool scarce)
{
	static const gfp_t types[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE, 0 };
	static const gfp_t how[] = {
		GFP_NOWAIT, GFP_ATOMIC, GFP_NOWAIT, GFP_ATOMIC | __GFP_ZERO,
		GFP_KERNEL, GFP_KERNEL | __GFP_NORETRY,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_ZERO,
	};
	bool reclaim = !ta_rng_below(&t->rng, scarce ? 1024 : 4);
	u32 rnd = ta_rng_next(&t->rng);

	return types[rnd % 4] | how[rnd / 4 % 4 + (reclaim ? 4 : 0)] |
	       __GFP_NOWARN;
}

static void take(struct ta_torture_thread *t, struct hand *hand, gfp_t gfp,
		 unsigned int order)
{
	struct page *page = ta_pages_alloc(&shadow_of(t)->pages, gfp, order,
					   _RET_IP_);

	if (!page) {
		t->nr_none++;
		return;
	}
	own(t, page, order, gfp);
	hand->held[hand->nr++] = page;
}

/* Any block of the hand, which is not in it any more. */
static struct page *pick(struct ta_torture_thread *t, struct hand *hand)
{
	unsigned int i = ta_rng_below(&t->rng, hand->nr);
	struct page *page = hand->held[i];

	hand->held[i] = hand->held[--hand->nr];
	return page;
}

static void drop(struct ta_torture_thread *t, struct page *page)
{
	unsigned int order = disown(t, page);

	ta_pages_free(&shadow_of(t)->pages, page, order, _RET_IP_);
}

static void drop_by_address(struct ta_torture_thread *t, struct page *page)
{
	unsigned int order = disown(t, page);

	ta_pages_free_addr(&shadow_of(t)->pages, page_address(page), order,
			   _RET_IP_);
}

/* Leave a block for somebody, and free what somebody has left. */
static void swap_and_drop(struct ta_torture_thread *t, struct page *page)
{
	u32 slot = ta_rng_below(&t->rng, NR_SHELF);

	page = xchg(&shadow_of(t)->shelf[slot], page);
	if (page)
		drop(t, page);
}

static void bulk(struct ta_torture_thread *t, struct hand *hand)
{
	struct ta_pages *pages = &shadow_of(t)->pages;
	unsigned long i;

	for (i = 0; i < hand->nr_bulk; i++)
		disown(t, hand->bulk[i]);
	if (hand->nr_bulk) {
		ta_pages_free_bulk(pages, hand->nr_bulk, hand->bulk, _RET_IP_);
		hand->nr_bulk = 0;
		return;
	}
	hand->nr_bulk = ta_pages_alloc_bulk(pages, GFP_NOWAIT | __GFP_NOWARN,
					    1 + ta_rng_below(&t->rng, NR_BULK),
					    hand->bulk, _RET_IP_);
	for (i = 0; i < hand->nr_bulk; i++)
		own(t, hand->bulk[i], 0, 0);
}

/* Some pages in a row, no power of two: taken, or given back. */
static void exact(struct ta_torture_thread *t, struct hand *hand)
{
	struct ta_pages *pages = &shadow_of(t)->pages;
	unsigned int i;
	void *p;

	if (hand->exact) {
		for (i = 0; i < hand->nr_exact; i++)
			disown(t, hand->exact + i);
		ta_pages_free_exact(pages, page_address(hand->exact),
				    hand->nr_exact * PAGE_SIZE, _RET_IP_);
		hand->exact = NULL;
		return;
	}
	hand->nr_exact = 1 + ta_rng_below(&t->rng, NR_EXACT);
	p = ta_pages_alloc_exact(pages, hand->nr_exact * PAGE_SIZE,
				 GFP_NOWAIT | __GFP_NOWARN, _RET_IP_);
	if (!p)
		return;
	hand->exact = virt_to_page(p);
	for (i = 0; i < hand->nr_exact; i++)
		own(t, hand->exact + i, 0, 0);
}

/* A small block becomes single pages, each of which goes its own way. */
static void split(struct ta_torture_thread *t, struct hand *hand)
{
	struct page *page = pick(t, hand);
	struct shadow *s = shadow_of(t);
	unsigned int i, order = s->block[frame_of(s, page)].order;

	if (order > SPLIT_ORDER || hand->nr + (1U << order) > t->max) {
		drop(t, page);
		return;
	}
	disown(t, page);
	ta_pages_split(&s->pages, page, order, _RET_IP_);
	for (i = 0; i < 1U << order; i++) {
		own(t, page + i, 0, 0);
		hand->held[hand->nr++] = page + i;
	}
}

/*
 * Longer or shorter lists for the CPUs, or none; what is too much is drained. A
 * reserve that grows may find the pool below it.
 */
static void tune(struct ta_torture_thread *t)
{
	struct ta_pages *pages = &shadow_of(t)->pages;
	struct ta_pcp_tuning tuning = {
		.high_pages = ta_rng_below(&t->rng, 600),
		.batch_pages = ta_rng_below(&t->rng, 100),
		.off = !ta_rng_below(&t->rng, 4),
	};

	ta_pcplists_tune(&pages->pcp, &tuning);
	if (ta_pages_set_min(pages, ta_rng_below(&t->rng, NR_PAGES / 16)))
		ta_torture_fail(t, "the reserve cannot be set");
}

/* Mistakes */

/* While somebody holds it, it is nobody else's: a double free is just that. */
static void free_twice(struct ta_torture_thread *t, struct page *page)
{
	struct ta_pages *pages = &shadow_of(t)->pages;
	unsigned int order = disown(t, page);

	get_page(page);
	ta_pages_free(pages, page, order, _RET_IP_);
	ta_torture_expect(t, TA_FAULT_DOUBLE_FREE);
	ta_pages_free(pages, page, order, _RET_IP_);
	put_page(page);
}

static void free_wrongly(struct ta_torture_thread *t, struct page *page)
{
	struct shadow *s = shadow_of(t);
	unsigned int order = s->block[frame_of(s, page)].order;

	switch (ta_rng_below(&t->rng, 4)) {
	case 0:
		ta_torture_expect(t, TA_FAULT_WRONG_ORDER);
		ta_pages_free(&s->pages, page, order ^ 1, _RET_IP_);
		break;
	case 1:
		if (!order)
			break;
		ta_torture_expect(t, TA_FAULT_INTERIOR);
		ta_pages_free(&s->pages, page + 1, 0, _RET_IP_);
		break;
	case 2:
		ta_torture_expect(t, TA_FAULT_INTERIOR);
		ta_pages_free_addr(&s->pages, page_address(page) + 1, order,
				   _RET_IP_);
		break;
	default:
		ta_torture_expect(t, TA_FAULT_FOREIGN);
		ta_pages_free(&s->pages, s->foreign, 0, _RET_IP_);
	}
}

/* What is done seldom: by its chance in 2^16 steps. */

static void seldom(struct ta_torture_thread *t, struct hand *hand, u32 chance)
{
	struct shadow *s = shadow_of(t);

	if (chance < 2) {
		if (!ta_buddy_validate(&s->pages.buddy) ||
		    !ta_pcplists_validate(&s->pages.pcp))
			ta_torture_fail(t, "a validator failed");
	} else if (chance < 4) {
		tune(t);
	} else if (chance < 8) {
		ta_pages_drain(&s->pages);
	} else if (hand->nr && chance < 16) {
		free_twice(t, pick(t, hand));
	} else if (hand->nr && chance < 32) {
		free_wrongly(t, hand->held[hand->nr - 1]);
	} else {
		hand->target = ta_rng_below(&t->rng, t->max);
	}
}

static void step(struct ta_torture_thread *t)
{
	struct hand *hand = t->data;
	u32 chance = ta_rng_next(&t->rng);

	if ((chance & 0xffff) < 64) {
		seldom(t, hand, chance & 0xffff);
	} else if (!(chance >> 16 & 63)) {
		bulk(t, hand);
	} else if ((chance >> 16 & 63) == 1) {
		exact(t, hand);
	} else if ((chance >> 16 & 63) == 2 && hand->nr) {
		split(t, hand);
	} else if (hand->nr <= hand->target) {
		take(t, hand, any_gfp(t, hand->nr > t->max / 4),
		     any_order(t));
	} else if (chance >> 22 & 3) {
		drop(t, pick(t, hand));
	} else if (chance >> 24 & 1) {
		drop_by_address(t, pick(t, hand));
	} else {
		swap_and_drop(t, pick(t, hand));
	}
	/* The hand breathes, or it would only be as large as its target. */
	if (chance >> 25 & 1)
		hand->target = min(hand->target + 1, t->max - 1);
	else if (hand->target)
		hand->target--;
}

static void interrupt(struct ta_torture_thread *t)
{
	static const gfp_t types[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE, 0 };
	struct hand *hand = t->data;
	u32 chance = ta_rng_next(&t->rng);

	if (!(chance & 127))
		bulk(t, hand);
	else if (hand->nr < t->max && (!hand->nr || chance >> 8 & 1))
		take(t, hand, GFP_ATOMIC | __GFP_NOWARN | types[chance >> 9 & 3],
		     chance >> 11 & 7 ? chance >> 14 & 3 : any_order(t));
	else if (chance >> 16 & 3)
		drop(t, pick(t, hand));
	else
		swap_and_drop(t, pick(t, hand));
}

/* Everybody stands still */

/* A page that is free is: nobody else allocates now. */
static void free_again(struct ta_torture_thread *t, unsigned int order)
{
	struct ta_pages *pages = &shadow_of(t)->pages;
	struct page *page = ta_pages_alloc(pages, GFP_NOWAIT | __GFP_NOWARN,
					   order, _RET_IP_);

	if (!page)
		return;
	own(t, page, order, 0);
	drop(t, page);
	ta_torture_expect(t, TA_FAULT_DOUBLE_FREE);
	ta_pages_free(pages, page, order, _RET_IP_);
}

/* What watches pages is switched while many are used; it is slow: seldom on. */
static void switch_debug(struct ta_torture *run)
{
	struct shadow *s = run->data;
	unsigned int phase = run->nr_rests % 16;

	if (ta_page_debug_set(&s->pages.debug, TA_PAGE_DEBUG_POISON,
			      phase == 5) ||
	    ta_page_debug_set(&s->pages.debug, TA_PAGE_DEBUG_OWNER,
			      phase == 5 || phase == 10))
		ta_torture_fail(&run->thread[0], "a switch cannot be set");
}

static void check(struct ta_torture *run)
{
	struct ta_torture_thread *t = &run->thread[0];
	struct shadow *s = run->data;
	unsigned long owned, nr_free;

	free_again(t, 0);
	free_again(t, 4);
	if (!ta_pages_validate(&s->pages))
		ta_torture_fail(t, "a validator failed");
	owned = nr_owned(s);
	nr_free = ta_pages_nr_free(&s->pages);
	if (owned + nr_free != s->pages.pool.nr_pages)
		ta_torture_fail(t, "%lu pages are owned and %lu free, of %lu",
				owned, nr_free, s->pages.pool.nr_pages);
	switch_debug(run);
}

static void release(struct ta_torture_thread *t)
{
	struct shadow *s = shadow_of(t);
	struct hand *hand = t->data;
	unsigned int i;

	while (hand->nr)
		drop(t, pick(t, hand));
	if (hand->nr_bulk)
		bulk(t, hand);
	if (hand->exact)
		exact(t, hand);
	for (i = 0; i < NR_SHELF; i++) {
		struct page *page = xchg(&s->shelf[i], NULL);

		if (page)
			drop(t, page);
	}
}

static void drain(struct ta_torture *run)
{
	struct ta_torture_thread *t = &run->thread[0];
	unsigned long nr[TA_NR_PAGE_ORDERS];
	struct shadow *s = run->data;
	unsigned int order;

	ta_pages_drain(&s->pages);
	ta_pages_free_blocks(&s->pages, nr);
	for (order = 0; order < TA_MAX_ORDER; order++)
		if (nr[order])
			ta_torture_fail(t, "%lu blocks of order %u have not merged",
					nr[order], order);
	if (nr[TA_MAX_ORDER] != s->pages.pool.nr_sections)
		ta_torture_fail(t, "%lu of %lu sections are whole",
				nr[TA_MAX_ORDER], s->pages.pool.nr_sections);
	if (nr_owned(s))
		ta_torture_fail(t, "%lu pages are nobody's", nr_owned(s));
}

static void free_shadow(struct ta_torture *run)
{
	struct shadow *s = run->data;

	if (s->foreign)
		__free_page(s->foreign);
	kvfree(s->owned);
	kvfree(s->block);
	kvfree(s);
}

static void fini(struct ta_torture *run)
{
	struct shadow *s = run->data;
	unsigned long nr_left = ta_pages_fini(&s->pages);

	if (nr_left)
		ta_torture_fail(&run->thread[0], "%lu pages are lost", nr_left);
	free_shadow(run);
}

static int init(struct ta_torture *run)
{
	struct shadow *s = kvzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	run->data = s;
	if (ta_pages_init(&s->pages, NR_PAGES, NR_PAGES)) {
		kvfree(s);
		return -ENOMEM;
	}
	s->nr_frames = s->pages.pool.nr_sections * TA_SECTION_PAGES;
	s->block = kvcalloc(s->nr_frames, sizeof(*s->block), GFP_KERNEL);
	s->owned = kvcalloc(s->nr_frames / BITS_PER_LONG, sizeof(*s->owned),
			    GFP_KERNEL);
	s->foreign = alloc_page(GFP_KERNEL);
	if (s->block && s->owned && s->foreign)
		return 0;
	fini(run);
	return -ENOMEM;
}

const struct ta_torture_layer ta_torture_pages = {
	.name = "pages",
	.data_bytes = sizeof(struct hand),
	.max = NR_HELD,
	.max_irq = NR_HELD_IRQ,
	.init = init,
	.step = step,
	.interrupt = interrupt,
	.check = check,
	.release = release,
	.drain = drain,
	.fini = fini,
};
