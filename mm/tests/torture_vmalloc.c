// SPDX-License-Identifier: GPL-2.0
/*
 * Long random runs against the vmalloc layer.
 *
 * Model: a thread has a hand of areas of any size and alignment, some with a
 * second mapping of their pages in the other order. What it gives up is freed,
 * or swapped for an area on the shelf: so many are looked at and freed on
 * another CPU than they were made on, or in an interrupt.
 *
 * Every page of an area has a mark that says whose it is: the area's stamp and
 * the number of the page. It is written through the area's addresses, and read
 * through them, through the linear map, and through the second mapping, on
 * whichever CPU. As addresses come back all the time with other pages behind
 * them, a CPU that still knew the pages of before would read another mark:
 *
 *	CPU 0  make A at x, mark it, shelve it
 *	CPU 1				take A, look at it through x, free it
 *	       (a purge) make B at x, mark it, shelve it
 *	CPU 1				take B, look: A's mark is a stale TLB
 *
 * The addresses freed last are remembered. They are read while they may still
 * be in a TLB, which must do no harm; and when all stand still and everything
 * was purged, each CPU that reads one which is nobody's must fault.
 *
 * Invariants
 *  I1  a page that an area has shows its mark wherever it is looked at
 *  I2  after a purge no CPU can read what is not mapped
 *  I3  at rest, the areas' pages add up to what the layer counts
 *  I4  at the end the pool is whole, and all addresses are one gap
 */
#define pr_fmt(fmt) "torture: " fmt

#include "torture.h"
#include "vmalloc.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/*
 * 16 MiB of pages, twice as much of addresses. A hand's areas have some 30
 * pages on average, few of them most: two full hands want more than there is.
 */
#define NR_PAGES	(4 * TA_SECTION_PAGES)
#define NR_WINDOW	(2 * NR_PAGES)
#define NR_HELD		64
#define NR_HELD_IRQ	8
#define NR_SHELF	16
#define NR_GHOSTS	64
#define NR_TWIN		8

/**
 * struct area - what the shadow knows of an area
 * @addr: its address
 * @twin: its first pages in the other order, or NULL
 * @stamp: in the mark of each page
 * @nr_pages: how many
 * @nr_twin: of these at @twin
 */
struct area {
	u8 *addr;
	u8 *twin;
	u32 stamp;
	unsigned int nr_pages;
	unsigned int nr_twin;
};

/**
 * struct shadow - a stack as far as vmalloc, and what it should look like
 * @pages: where pages come from
 * @slabs: where structs come from
 * @vmap: the layer that is tortured
 * @readable: there is hardware that reads the mappings
 * @nr_used: pages of all areas and second mappings
 * @shelf: areas that change hands, or NULL
 * @ghosts: addresses freed before
 */
struct shadow {
	struct ta_pages pages;
	struct ta_slabs slabs;
	struct ta_vmap vmap;
	bool readable;
	atomic_long_t nr_used;
	struct area *shelf[NR_SHELF];
	u8 *ghosts[NR_GHOSTS];
};

/**
 * struct hand - what a thread has
 * @nr: areas in @held
 * @target: how many there are to be, for now
 * @held: the areas
 */
struct hand {
	unsigned int nr;
	unsigned int target;
	struct area *held[NR_HELD];
};

static struct shadow *shadow_of(struct ta_torture_thread *t)
{
	return t->run->data;
}

/* Marks */

static unsigned long mark_of(const struct area *area, unsigned int i)
{
	return (unsigned long)area->stamp << BITS_PER_LONG / 2 | i;
}

/* Page @i of an area, where it is mapped or where the host has it. */
static unsigned long *words_at(struct shadow *s, u8 *addr, unsigned int i,
			       bool mapped)
{
	u8 *at = addr + i * PAGE_SIZE;

	if (mapped && s->readable)
		return (unsigned long *)at;
	return page_address(ta_vmap_to_page(&s->vmap, at));
}

#define LAST_WORD	(PAGE_SIZE / sizeof(long) - 1)

static void mark(struct ta_torture_thread *t, struct area *area, bool zeroed)
{
	struct shadow *s = shadow_of(t);
	unsigned int i;

	for (i = 0; i < area->nr_pages; i++) {
		unsigned long *word = words_at(s, area->addr, i, true);

		if (zeroed && (word[0] || word[LAST_WORD]))
			ta_torture_fail(t, "page %u of %u is not zeroed", i,
					area->nr_pages);
		word[0] = mark_of(area, i);
		word[LAST_WORD] = ~word[0];
	}
}

static void look_at(struct ta_torture_thread *t, const struct area *area,
		    unsigned int i, const unsigned long *word, const char *where)
{
	unsigned long expected = mark_of(area, i);
	unsigned long first = READ_ONCE(word[0]);

	if (first != expected || READ_ONCE(word[LAST_WORD]) != ~expected)
		ta_torture_fail(t, "page %u of %u, %s: mark %lx, not %lx", i,
				area->nr_pages, where, first, expected);
}

static void look(struct ta_torture_thread *t, const struct area *area)
{
	struct shadow *s = shadow_of(t);
	unsigned int i;

	for (i = 0; i < area->nr_pages; i++) {
		look_at(t, area, i, words_at(s, area->addr, i, true),
			"mapped");
		look_at(t, area, i, words_at(s, area->addr, i, false),
			"linear");
	}
	for (i = 0; i < area->nr_twin; i++)
		look_at(t, area, area->nr_twin - 1 - i,
			words_at(s, area->twin, i, true), "mapped again");
}

/* Areas come and go */

/* Mostly few pages; one in 64 more than a table of the hardware has. */
static unsigned long any_size(struct ta_torture_thread *t)
{
	u32 chance = ta_rng_next(&t->rng);
	unsigned long nr_pages = 1 + (chance >> 8) % 8;

	if (!(chance & 63))
		nr_pages = 500 + (chance >> 8) % 100;
	else if (!(chance & 7))
		nr_pages = 1 + (chance >> 8) % 100;
	return nr_pages * PAGE_SIZE - (chance >> 20) % PAGE_SIZE;
}

static gfp_t any_gfp(struct ta_torture_thread *t)
{
	static const gfp_t how[] = {
		GFP_NOWAIT, GFP_ATOMIC, GFP_NOWAIT | __GFP_ZERO,
		GFP_ATOMIC | __GFP_ZERO, GFP_KERNEL, GFP_KERNEL | __GFP_ZERO,
		GFP_NOFS, GFP_KERNEL | __GFP_NORETRY,
	};
	bool reclaim = !ta_rng_below(&t->rng, 4);

	return how[ta_rng_below(&t->rng, 4) + (reclaim ? 4 : 0)] | __GFP_NOWARN;
}

static unsigned long any_align(struct ta_torture_thread *t)
{
	u32 chance = ta_rng_next(&t->rng);

	return chance & 15 ? PAGE_SIZE : 1UL << (chance >> 4) % 20;
}

static void make_twin(struct ta_torture_thread *t, struct area *area)
{
	struct shadow *s = shadow_of(t);
	struct page *pages[NR_TWIN];
	unsigned int i, nr = min_t(unsigned int, area->nr_pages, NR_TWIN);

	for (i = 0; i < nr; i++)
		pages[nr - 1 - i] = ta_vmap_to_page(&s->vmap, area->addr +
						    i * PAGE_SIZE);
	area->twin = ta_vmap_map_pages(&s->vmap, pages, nr, VM_MAP, PAGE_KERNEL,
				       _RET_IP_);
	if (!area->twin)
		return;
	area->nr_twin = nr;
	atomic_long_add(nr, &s->nr_used);
}

static struct area *make(struct ta_torture_thread *t, unsigned long size,
			 gfp_t gfp)
{
	struct ta_vmap_want want = {
		.size = size,
		.align = any_align(t),
		.gfp = gfp,
		.prot = PAGE_KERNEL,
		.user = ta_rng_below(&t->rng, 2),
	};
	struct area *area = kzalloc(sizeof(*area), GFP_ATOMIC | __GFP_NOWARN);

	if (!area)
		return NULL;
	area->addr = ta_vmap_alloc_want(&shadow_of(t)->vmap, &want, _RET_IP_);
	if (!area->addr) {
		t->nr_none++;
		kfree(area);
		return NULL;
	}
	if ((unsigned long)area->addr & (want.align - 1))
		ta_torture_fail(t, "not aligned to %lu", want.align);
	area->nr_pages = DIV_ROUND_UP(size, PAGE_SIZE);
	area->stamp = ta_rng_next(&t->rng);
	atomic_long_add(area->nr_pages, &shadow_of(t)->nr_used);
	mark(t, area, gfp & __GFP_ZERO);
	return area;
}

static void take(struct ta_torture_thread *t, struct hand *hand,
		 unsigned long size, gfp_t gfp)
{
	struct area *area = make(t, size, gfp);

	if (!area)
		return;
	if (gfpflags_allow_blocking(gfp))
		make_twin(t, area);
	hand->held[hand->nr++] = area;
}

static struct area *pick(struct ta_torture_thread *t, struct hand *hand)
{
	unsigned int i = ta_rng_below(&t->rng, hand->nr);
	struct area *area = hand->held[i];

	hand->held[i] = hand->held[--hand->nr];
	return area;
}

/* Free an area that is as it should be; returns where it was. */
static u8 *drop(struct ta_torture_thread *t, struct area *area)
{
	struct shadow *s = shadow_of(t);
	u32 slot = ta_rng_below(&t->rng, NR_GHOSTS);
	u8 *addr = area->addr;

	look(t, area);
	WRITE_ONCE(s->ghosts[slot], addr);
	atomic_long_sub(area->nr_pages + area->nr_twin, &s->nr_used);
	ta_vmap_unmap(&s->vmap, area->twin, _RET_IP_);
	ta_vmap_free(&s->vmap, addr, _RET_IP_);
	kfree(area);
	return addr;
}

static void swap_and_drop(struct ta_torture_thread *t, struct area *area)
{
	u32 slot = ta_rng_below(&t->rng, NR_SHELF);

	look(t, area);
	area = xchg(&shadow_of(t)->shelf[slot], area);
	if (area)
		drop(t, area);
}

/* What was freed may be there still, or again, or not: nobody is hurt. */
static void read_ghost(struct ta_torture_thread *t)
{
	struct shadow *s = shadow_of(t);
	u8 *addr = READ_ONCE(s->ghosts[ta_rng_below(&t->rng, NR_GHOSTS)]);
	unsigned long word;

	if (addr && s->readable)
		copy_from_kernel_nofault(&word, addr, sizeof(word));
}

/* Mistakes with an area that the thread has: reported, and nothing else. */
static void free_wrongly(struct ta_torture_thread *t, struct area *area)
{
	struct shadow *s = shadow_of(t);
	u8 *addr;

	switch (ta_rng_below(&t->rng, 4)) {
	case 0:
		ta_torture_expect(t, TA_FAULT_INTERIOR);
		ta_vmap_free(&s->vmap, area->addr + 8, _RET_IP_);
		break;
	case 1:
		/* The last area's guard page lies behind the window. */
		addr = area->addr + area->nr_pages * PAGE_SIZE;
		ta_torture_expect(t, ta_vmap_is_addr(&s->vmap, addr) ?
				  TA_FAULT_INTERIOR : TA_FAULT_FOREIGN);
		ta_vmap_free(&s->vmap, addr, _RET_IP_);
		break;
	case 2:
		ta_torture_expect(t, TA_FAULT_WRONG_OWNER);
		ta_vmap_unmap(&s->vmap, area->addr, _RET_IP_);
		break;
	default:
		ta_torture_expect(t, TA_FAULT_FOREIGN);
		ta_vmap_free(&s->vmap, s, _RET_IP_);
	}
	look(t, area);
}

/* What is done seldom: by its chance in 2^12 steps. */
static void seldom(struct ta_torture_thread *t, struct hand *hand, u32 chance)
{
	struct shadow *s = shadow_of(t);

	if (chance < 4)
		s->vmap.reclaimer.reclaim(&s->vmap.reclaimer);
	else if (chance < 16)
		ta_vmap_purge(&s->vmap);
	else if (chance < 32 && hand->nr)
		free_wrongly(t, hand->held[hand->nr - 1]);
	else
		hand->target = ta_rng_below(&t->rng, t->max);
}

static void step(struct ta_torture_thread *t)
{
	struct hand *hand = t->data;
	u32 chance = ta_rng_next(&t->rng);

	if ((chance & 0xfff) < 64)
		seldom(t, hand, chance & 0xfff);
	else if (!(chance >> 12 & 7))
		read_ghost(t);
	else if (hand->nr <= hand->target)
		take(t, hand, any_size(t), any_gfp(t));
	else if (chance >> 15 & 1)
		drop(t, pick(t, hand));
	else
		swap_and_drop(t, pick(t, hand));
	/* The hand breathes, or it would only be as large as its target. */
	if (chance >> 16 & 1)
		hand->target = min(hand->target + 1, t->max - 1);
	else if (hand->target)
		hand->target--;
}

static void interrupt(struct ta_torture_thread *t)
{
	struct hand *hand = t->data;
	u32 chance = ta_rng_next(&t->rng);

	if (hand->nr < t->max && (!hand->nr || chance & 1))
		take(t, hand, (1 + (chance >> 1) % 4) * PAGE_SIZE,
		     GFP_ATOMIC | __GFP_NOWARN);
	else if (chance & 2)
		drop(t, pick(t, hand));
	else
		swap_and_drop(t, pick(t, hand));
}

/* Everybody stands still */

static void touch(void *addr)
{
	unsigned long word;

	copy_from_kernel_nofault(&word, addr, sizeof(word));
}

struct probe {
	u8 *addr;
	atomic_t nr_seen;
};

static void probe_cpu(void *arg)
{
	struct probe *probe = arg;
	unsigned long word;

	if (!copy_from_kernel_nofault(&word, probe->addr, sizeof(word)))
		atomic_inc(&probe->nr_seen);
}

static void probe_ghosts(struct ta_torture_thread *t)
{
	struct shadow *s = shadow_of(t);
	struct probe probe = {};
	unsigned int i;

	ta_vmap_purge(&s->vmap);
	for (i = 0; s->readable && i < NR_GHOSTS; i++) {
		probe.addr = s->ghosts[i];
		if (probe.addr && !ta_vmap_to_page(&s->vmap, probe.addr))
			on_each_cpu(probe_cpu, &probe, 1);
	}
	if (atomic_read(&probe.nr_seen))
		ta_torture_fail(t, "%d times a CPU has read what was purged",
				atomic_read(&probe.nr_seen));
}

/* Every CPU knows the address when it is freed: a double free, and a ghost. */
static void free_twice(struct ta_torture_thread *t)
{
	struct shadow *s = shadow_of(t);
	struct area *area = make(t, PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	u8 *addr;

	if (!area)
		return;
	if (s->readable)
		on_each_cpu(touch, area->addr, 1);
	addr = drop(t, area);
	ta_torture_expect(t, TA_FAULT_DOUBLE_FREE);
	ta_vmap_free(&s->vmap, addr, _RET_IP_);
}

static void check(struct ta_torture *run)
{
	struct ta_torture_thread *t = &run->thread[0];
	struct shadow *s = run->data;
	struct ta_vmap_stats stats;

	free_twice(t);
	probe_ghosts(t);
	ta_vmap_stats(&s->vmap, &stats);
	if (stats.used != atomic_long_read(&s->nr_used))
		ta_torture_fail(t, "%lu pages are used, not %ld", stats.used,
				atomic_long_read(&s->nr_used));
	if (stats.lazy)
		ta_torture_fail(t, "%lu pages are not purged", stats.lazy);
	if (!ta_vmap_validate(&s->vmap) || !ta_pages_validate(&s->pages))
		ta_torture_fail(t, "a validator failed");
}

static void release(struct ta_torture_thread *t)
{
	struct shadow *s = shadow_of(t);
	struct hand *hand = t->data;
	unsigned int i;

	while (hand->nr)
		drop(t, pick(t, hand));
	for (i = 0; i < NR_SHELF; i++) {
		struct area *area = xchg(&s->shelf[i], NULL);

		if (area)
			drop(t, area);
	}
}

static void drain(struct ta_torture *run)
{
	struct ta_torture_thread *t = &run->thread[0];
	struct shadow *s = run->data;
	struct ta_vmap_stats stats;

	s->vmap.reclaimer.reclaim(&s->vmap.reclaimer);
	ta_vmap_stats(&s->vmap, &stats);
	if (stats.nr_spans || stats.largest_gap != NR_WINDOW + 1)
		ta_torture_fail(t, "%lu areas are left, the largest gap is %lu",
				stats.nr_spans, stats.largest_gap);
}

static void fini(struct ta_torture *run)
{
	struct shadow *s = run->data;
	unsigned long nr_left = ta_vmap_fini(&s->vmap);

	nr_left += ta_slabs_fini(&s->slabs);
	nr_left += ta_pages_fini(&s->pages);
	if (nr_left)
		ta_torture_fail(&run->thread[0], "%lu pages are lost", nr_left);
	kvfree(s);
}

/* The seed chooses what can be chosen. */
static int init_layers(struct shadow *s, u32 seed)
{
	const struct ta_vmap_options options = {
		.nr_pages = NR_WINDOW,
		.best_fit = seed & 1,
		.eager = !(seed & 6),
	};
	int err = ta_pages_init(&s->pages, NR_PAGES, NR_PAGES);

	if (err)
		return err;
	err = ta_slabs_init(&s->slabs, &s->pages, &(struct ta_slab_options){});
	if (err)
		goto fini_pages;
	err = ta_vmap_init(&s->vmap, &s->pages, &s->slabs, &options);
	if (err)
		goto fini_slabs;
	s->readable = s->vmap.map.ops != &ta_ptmap_soft;
	return 0;

fini_slabs:
	ta_slabs_fini(&s->slabs);
fini_pages:
	ta_pages_fini(&s->pages);
	return err;
}

static int init(struct ta_torture *run)
{
	struct shadow *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	int err;

	if (!s)
		return -ENOMEM;
	run->data = s;
	err = init_layers(s, run->seed);
	if (err)
		kvfree(s);
	return err;
}

const struct ta_torture_layer ta_torture_vmalloc = {
	.name = "vmalloc",
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
