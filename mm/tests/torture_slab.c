// SPDX-License-Identifier: GPL-2.0
/*
 * Long random runs against the slab layer.
 *
 * Model: a thread has a hand of objects, of kmalloc and of caches that come and
 * go. It fills and empties it around a target that changes now and then, so that
 * the pool is nearly empty at one time and short of pages at another. An object
 * that is given up is freed, or swapped for one on the shelf, which is freed
 * instead: so many are freed on another CPU than they were allocated on, or in
 * an interrupt.
 *
 *	thread 0 [ hand ]--\			   /--[ hand ] thread 1
 *	irq 0	 [ hand ]---> shelf [ . | . | . ] <---[ hand ] irq 1
 *			places [ cache | cache | none | cache ... ]
 *
 * A place holds a cache, of a size and kind by chance. A place that is closed
 * gives no more objects; when the last one has been freed its cache is destroyed
 * and another one made:
 *
 *	NONE -> BUSY -> OPEN -> CLOSED -> IDLE (no object is left) -> BUSY ...
 *
 * The shadow is a model of the pool: a note for each word of it at which an
 * object may start, with the size and place of what somebody has there. Objects
 * are full of a pattern of their own.
 *
 * Invariants
 *  I1  no object is handed out that somebody has (its note is there already)
 *  I2  an object holds what was written to it when it is freed; what a
 *	constructor has written is there when it is allocated, and what was to be
 *	zeroed is
 *  I3  at rest, a cache has as many objects in use as the shadow has of it
 *  I4  at the end, no slab is left, and all free blocks are as large as can be
 */
#define pr_fmt(fmt) "torture: " fmt

#include "create.h"
#include "kcopy.h"
#include "torture.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * 8 MiB, two sections. An object has 500 bytes on average, most have a hundred:
 * two full hands and the slabs around them want more than the pool.
 */
#define NR_PAGES	(2 * TA_SECTION_PAGES)
#define NR_HELD		12000
#define NR_HELD_IRQ	64
#define NR_SHELF	256
#define NR_BULK		200
#define NR_PLACES	16
/* In a note where the number of a place is: of kmalloc. */
#define NO_PLACE	NR_PLACES

/* Words of an object that are written and looked at: from either end. */
#define NR_END_WORDS	16

/* What a constructor leaves in the first word. */
#define CONSTRUCTED	0x5eed0b1eUL

enum place_state { NONE, BUSY, OPEN, CLOSED, IDLE };

/**
 * struct place - where a cache is, or will be
 * @state: who may do what with it
 * @users: objects that somebody has of it, and one while it is open
 * @cache: the cache; from making it to destroying it
 */
struct place {
	int state;
	atomic_t users;
	struct ta_kmem_cache *cache;
};

/**
 * struct note - what the shadow knows of an object, at its first word
 * @what: its size, and above it the number of its place; 0: nobody has it
 * @stamp: of its pattern; belongs to who has the object
 */
struct note {
	u32 what;
	u32 stamp;
};

#define NOTE_SIZE_BITS	24

/**
 * struct shadow - the pool, and what should be in it
 * @pages: below the layer that is tortured
 * @slabs: the layer
 * @made: whether @slabs is there still
 * @note: by word of the pool
 * @place: where caches are
 * @shelf: objects that change hands, or NULL
 */
struct shadow {
	struct ta_pages pages;
	struct ta_slabs slabs;
	bool made;
	struct note *note;
	struct place place[NR_PLACES];
	void *shelf[NR_SHELF];
};

/**
 * struct hand - what a thread has
 * @nr: objects in @held
 * @target: how many there are to be, for now
 * @held: the objects
 * @nr_bulk: objects in @bulk
 * @bulk: objects that came together and go together
 */
struct hand {
	unsigned int nr;
	unsigned int target;
	void *held[NR_HELD];
	unsigned int nr_bulk;
	void *bulk[NR_BULK];
};

static struct shadow *shadow_of(struct ta_torture_thread *t)
{
	return t->run->data;
}

static struct note *note_of(struct shadow *s, const void *obj)
{
	const struct ta_page *tp = ta_pool_addr(&s->pages.pool, obj);
	size_t offset = ta_page_frame(tp) * PAGE_SIZE + offset_in_page(obj);

	return &s->note[offset / sizeof(u64)];
}

static struct note what_note(unsigned int place, size_t size, u32 stamp)
{
	return (struct note){ place << NOTE_SIZE_BITS | size, stamp };
}

static size_t size_in(const struct note *note)
{
	return note->what & (BIT(NOTE_SIZE_BITS) - 1);
}

/* NULL for an object of kmalloc. */
static struct place *place_in(struct shadow *s, const struct note *note)
{
	unsigned int nr = note->what >> NOTE_SIZE_BITS;

	return nr == NO_PLACE ? NULL : &s->place[nr];
}

/* Patterns */

static unsigned long mark_of(u32 stamp, unsigned int i)
{
	return (unsigned long)stamp * 0x9e3779b1 + i;
}

/* The number of the word that is marked as the @i-th, of @nr. */
static unsigned int marked(unsigned int i, unsigned int nr)
{
	if (nr <= 2 * NR_END_WORDS || i < NR_END_WORDS)
		return i;
	return nr - 2 * NR_END_WORDS + i;
}

static unsigned int nr_marked(size_t size)
{
	return min_t(size_t, size / sizeof(long), 2 * NR_END_WORDS);
}

static void mark(unsigned long *word, size_t size, u32 stamp)
{
	unsigned int i, at;

	for (i = 0; i < nr_marked(size); i++) {
		at = marked(i, size / sizeof(long));
		word[at] = mark_of(stamp, at);
	}
}

/* The words from the front that are as they were marked, up to a limit. */
static void look(struct ta_torture_thread *t, const unsigned long *word,
		 const struct note *note, unsigned int limit)
{
	size_t size = size_in(note);
	unsigned int i, at;

	for (i = 0; i < min(nr_marked(size), limit); i++) {
		at = marked(i, size / sizeof(long));
		if (word[at] == mark_of(note->stamp, at))
			continue;
		ta_torture_fail(t, "word %u of %zu bytes, note %x: %lx, not %lx",
				at, size, note->what, word[at],
				mark_of(note->stamp, at));
		return;
	}
}

static void construct(void *obj)
{
	*(unsigned long *)obj = CONSTRUCTED;
}

static void check_new(struct ta_torture_thread *t, const unsigned long *word,
		      size_t size, const struct ta_kmem_cache *cache, gfp_t gfp)
{
	unsigned int i;

	if (cache && cache->set.layout.ctor && *word != CONSTRUCTED)
		ta_torture_fail(t, "an object of %zu bytes is not constructed: %lx",
				size, *word);
	if (!(gfp & __GFP_ZERO))
		return;
	for (i = 0; i < size / sizeof(long); i++)
		if (word[i]) {
			ta_torture_fail(t, "word %u of %zu bytes is not zeroed",
					i, size);
			return;
		}
}

/* Objects come and go */

/* An object of a place, or without one of kmalloc, becomes the thread's. */
static void own(struct ta_torture_thread *t, void *obj, struct place *place,
		size_t size, gfp_t gfp)
{
	struct shadow *s = shadow_of(t);
	struct note *note = note_of(s, obj);
	struct note new = what_note(place ? place - s->place : NO_PLACE, size,
				    ta_rng_next(&t->rng));
	u32 was = xchg(&note->what, new.what);

	if (was)
		ta_torture_fail(t, "note %x: somebody has it, by note %x",
				new.what, was);
	note->stamp = new.stamp;
	check_new(t, obj, size, place ? place->cache : NULL, gfp);
	mark(obj, size, new.stamp);
}

/* An object is given up; returns what was known of it. */
static struct note disown(struct ta_torture_thread *t, void *obj)
{
	struct shadow *s = shadow_of(t);
	struct note *note = note_of(s, obj), old = *note;
	struct place *place;

	if (!old.what) {
		ta_torture_fail(t, "nobody has it");
		return old;
	}
	look(t, obj, &old, UINT_MAX);
	place = place_in(s, &old);
	if (place && place->cache->set.layout.ctor)
		construct(obj);
	else
		*(unsigned long *)obj = ~0UL;
	if (xchg(&note->what, 0) != old.what)
		ta_torture_fail(t, "note %x: changed while somebody had it",
				old.what);
	return old;
}

static bool place_get(struct place *place)
{
	/* Pairs with the store in make_cache(). */
	return smp_load_acquire(&place->state) == OPEN &&
	       atomic_inc_not_zero(&place->users);
}

static void place_put(struct place *place)
{
	if (!atomic_dec_and_test(&place->users))
		return;
	/* Pairs with the cmpxchg() in renew(). */
	smp_store_release(&place->state, IDLE);
}

static struct place *any_place(struct ta_torture_thread *t)
{
	struct place *place = &shadow_of(t)->place[ta_rng_below(&t->rng,
								NR_PLACES)];

	return place_get(place) ? place : NULL;
}

/* Most are small, and few are more than the largest class. */
static size_t any_size(struct ta_torture_thread *t)
{
	u32 chance = ta_rng_next(&t->rng);
	unsigned int shift = 5 + (chance & 3);

	if (!(chance & 0x70))
		shift = 9 + (chance >> 8) % 4;
	if (!(chance & 0xff0))
		shift = 15;
	return 8 + (chance >> 16) % (1U << shift);
}

/* What reclaims disturbs the other CPUs: seldom where it is bound to happen. */
static gfp_t any_gfp(struct ta_torture_thread *t, bool scarce)
{
	static const gfp_t how[] = {
		GFP_NOWAIT, GFP_ATOMIC, GFP_NOWAIT | __GFP_ZERO,
		GFP_ATOMIC | __GFP_ZERO, GFP_KERNEL, GFP_KERNEL | __GFP_ZERO,
		GFP_NOFS, GFP_KERNEL | __GFP_NORETRY,
	};
	bool reclaim = !ta_rng_below(&t->rng, scarce ? 2048 : 16);

	return how[ta_rng_below(&t->rng, 4) + (reclaim ? 4 : 0)] | __GFP_NOWARN;
}

static void *take_of_place(struct ta_torture_thread *t, struct place *place,
			   gfp_t gfp)
{
	struct ta_kmem_cache *cache = place->cache;
	void *obj;

	if (cache->set.layout.ctor)
		gfp &= ~__GFP_ZERO;
	obj = ta_kmem_cache_alloc(cache, gfp);
	if (obj)
		own(t, obj, place, ta_kmem_cache_size(cache), gfp);
	else
		place_put(place);
	return obj;
}

static void *take_of_kmalloc(struct ta_torture_thread *t, gfp_t gfp)
{
	size_t size = any_size(t);
	void *obj = ta_slabs_kmalloc(&shadow_of(t)->slabs, size, gfp, _RET_IP_);

	if (obj)
		own(t, obj, NULL, size, gfp);
	return obj;
}

static void take(struct ta_torture_thread *t, struct hand *hand, gfp_t gfp)
{
	struct place *place = any_place(t);
	void *obj = place ? take_of_place(t, place, gfp) :
			    take_of_kmalloc(t, gfp);

	if (obj)
		hand->held[hand->nr++] = obj;
	else
		t->nr_none++;
}

/* Any object of the hand, which is not in it any more. */
static void *pick(struct ta_torture_thread *t, struct hand *hand)
{
	unsigned int i = ta_rng_below(&t->rng, hand->nr);
	void *obj = hand->held[i];

	hand->held[i] = hand->held[--hand->nr];
	return obj;
}

static void drop(struct ta_torture_thread *t, void *obj)
{
	struct shadow *s = shadow_of(t);
	struct note note = disown(t, obj);
	struct place *place = place_in(s, &note);

	/* That kfree finds the cache is what is tested, too. */
	if (place && note.stamp & 3)
		ta_kmem_cache_free(place->cache, obj);
	else
		ta_slabs_kfree(&s->slabs, obj, _RET_IP_);
	if (place)
		place_put(place);
}

/* Leave an object for somebody, and free what somebody has left. */
static void swap_and_drop(struct ta_torture_thread *t, void *obj)
{
	u32 slot = ta_rng_below(&t->rng, NR_SHELF);

	obj = xchg(&shadow_of(t)->shelf[slot], obj);
	if (obj)
		drop(t, obj);
}

static void take_bulk(struct ta_torture_thread *t, struct hand *hand, gfp_t gfp)
{
	struct place *place = any_place(t);
	unsigned int i, nr = 1 + ta_rng_below(&t->rng, NR_BULK);

	if (!place)
		return;
	if (place->cache->set.layout.ctor)
		gfp &= ~__GFP_ZERO;
	nr = ta_kmem_cache_alloc_bulk(place->cache, gfp, nr, hand->bulk);
	for (i = 0; i < nr; i++) {
		atomic_inc(&place->users);
		own(t, hand->bulk[i], place, ta_kmem_cache_size(place->cache),
		    gfp);
	}
	hand->nr_bulk = nr;
	place_put(place);
}

static void drop_bulk(struct ta_torture_thread *t, struct hand *hand)
{
	struct shadow *s = shadow_of(t);
	struct place *place = NULL;
	unsigned int i, nr = hand->nr_bulk;

	for (i = 0; i < nr; i++) {
		struct note note = disown(t, hand->bulk[i]);

		place = place_in(s, &note);
	}
	ta_kmem_cache_free_bulk(place->cache, nr, hand->bulk);
	hand->nr_bulk = 0;
	while (nr--)
		place_put(place);
}

static void bulk(struct ta_torture_thread *t, struct hand *hand, gfp_t gfp)
{
	if (hand->nr_bulk)
		drop_bulk(t, hand);
	else
		take_bulk(t, hand, gfp);
}

/* The new one begins as the old one did. */
static void resize(struct ta_torture_thread *t, struct hand *hand, gfp_t gfp)
{
	struct shadow *s = shadow_of(t);
	void *obj = pick(t, hand), *new;
	struct note note = *note_of(s, obj);
	size_t size = any_size(t);

	if (place_in(s, &note)) {
		drop(t, obj);
		return;
	}
	disown(t, obj);
	mark(obj, size_in(&note), note.stamp);
	new = ta_slabs_krealloc(&s->slabs, obj, size, gfp & ~__GFP_ZERO,
				_RET_IP_);
	if (new) {
		look(t, new, &note, min_t(size_t, size / sizeof(long),
					  NR_END_WORDS));
	} else {
		new = obj;
		size = size_in(&note);
	}
	own(t, new, NULL, size, 0);
	hand->held[hand->nr++] = new;
}

/* Caches come and go */

static slab_flags_t any_flags(struct ta_torture_thread *t)
{
	static const slab_flags_t flags[] = {
		0, 0, 0, SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT,
		SLAB_TYPESAFE_BY_RCU, SLAB_CONSISTENCY_CHECKS,
		SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER |
		SLAB_CONSISTENCY_CHECKS,
	};

	return flags[ta_rng_below(&t->rng, ARRAY_SIZE(flags))] | SLAB_NO_MERGE;
}

/* Into a place that is busy with it. */
static void make_cache(struct ta_torture_thread *t, struct place *place)
{
	bool constructed = !ta_rng_below(&t->rng, 4);

	place->cache = ta_cache_create(&shadow_of(t)->slabs, "torture",
				       any_size(t), 0, any_flags(t),
				       constructed ? construct : NULL, _RET_IP_);
	if (place->cache)
		atomic_set(&place->users, 1);
	/* Pairs with the load in place_get(), and the cmpxchg() in renew(). */
	smp_store_release(&place->state, place->cache ? OPEN : NONE);
}

static void close_place(struct place *place)
{
	if (cmpxchg(&place->state, OPEN, CLOSED) == OPEN)
		place_put(place);
}

/* Another cache, if there is none or no object of it is left. */
static void renew(struct ta_torture_thread *t, struct place *place)
{
	if (cmpxchg(&place->state, IDLE, BUSY) == IDLE) {
		ta_kmem_cache_destroy(place->cache);
		make_cache(t, place);
	} else if (cmpxchg(&place->state, NONE, BUSY) == NONE) {
		make_cache(t, place);
	}
}

static void disturb_cache(struct ta_torture_thread *t, u32 chance)
{
	struct place *place = any_place(t);

	if (!place)
		return;
	if (chance & 1)
		ta_kmem_cache_shrink(place->cache);
	else if (!ta_kmem_cache_validate(place->cache))
		ta_torture_fail(t, "a validator failed");
	place_put(place);
}

/* Mistakes with an object that the thread has: reported, and nothing else. */
static void free_wrongly(struct ta_torture_thread *t, void *obj)
{
	struct shadow *s = shadow_of(t);
	struct note *note = note_of(s, obj);
	struct place *place = place_in(s, note);

	if (!place)
		return;
	switch (ta_rng_below(&t->rng, 5)) {
	case 0:
		ta_torture_expect(t, TA_FAULT_INTERIOR);
		ta_kmem_cache_free(place->cache, obj + 1);
		break;
	case 1:
		ta_torture_expect(t, TA_FAULT_INTERIOR);
		ta_slabs_kfree(&s->slabs, obj + 1, _RET_IP_);
		break;
	case 2:
		ta_torture_expect(t, TA_FAULT_WRONG_OWNER);
		ta_kmem_cache_free(s->slabs.kmalloc[0], obj);
		break;
	case 3:
		ta_torture_expect(t, TA_FAULT_BUSY);
		ta_kmem_cache_destroy(place->cache);
		break;
	default:
		ta_torture_expect(t, TA_FAULT_FOREIGN);
		ta_kmem_cache_free(place->cache, s);
	}
	look(t, obj, note, UINT_MAX);
}

/* What is done seldom: by its chance in 2^12 steps. */
static void seldom(struct ta_torture_thread *t, struct hand *hand, u32 chance)
{
	struct shadow *s = shadow_of(t);
	struct place *place = &s->place[ta_rng_below(&t->rng, NR_PLACES)];

	if (chance < 1)
		ta_slabs_shrink(&s->slabs);
	else if (chance < 4)
		disturb_cache(t, chance);
	else if (chance < 6)
		close_place(place);
	else if (chance < 24)
		renew(t, place);
	else if (chance < 28 && hand->nr)
		free_wrongly(t, hand->held[hand->nr - 1]);
	else if (chance < 48)
		hand->target = ta_rng_below(&t->rng, t->max);
}

static void step(struct ta_torture_thread *t)
{
	struct hand *hand = t->data;
	u32 chance = ta_rng_next(&t->rng);
	gfp_t gfp = any_gfp(t, hand->nr > t->max / 4);

	if ((chance & 0xfff) < 48)
		seldom(t, hand, chance & 0xfff);
	else if (!(chance >> 16 & 63))
		bulk(t, hand, gfp);
	else if ((chance >> 16 & 63) == 1 && hand->nr)
		resize(t, hand, gfp);
	else if (hand->nr <= hand->target)
		take(t, hand, gfp);
	else if (chance >> 22 & 3)
		drop(t, pick(t, hand));
	else
		swap_and_drop(t, pick(t, hand));
	/* The hand breathes, or it would only be as large as its target. */
	if (chance >> 25 & 1)
		hand->target = min(hand->target + 1, t->max - 1);
	else if (hand->target)
		hand->target--;
}

static void interrupt(struct ta_torture_thread *t)
{
	struct hand *hand = t->data;
	u32 chance = ta_rng_next(&t->rng);

	if (!(chance & 31))
		bulk(t, hand, GFP_ATOMIC | __GFP_NOWARN);
	else if (hand->nr < t->max && (!hand->nr || chance >> 8 & 1))
		take(t, hand, GFP_ATOMIC | __GFP_NOWARN);
	else if (chance >> 16 & 1)
		drop(t, pick(t, hand));
	else
		swap_and_drop(t, pick(t, hand));
}

/* Everybody stands still */

/* What was freed last is known when it comes again, as is a debugged one. */
static void free_twice(struct ta_torture_thread *t, struct place *place)
{
	struct ta_kmem_cache *cache = place->cache;
	void *obj = place_get(place) ?
		    take_of_place(t, place, GFP_NOWAIT | __GFP_NOWARN) : NULL;

	if (!obj)
		return;
	disown(t, obj);
	ta_torture_expect(t, TA_FAULT_DOUBLE_FREE);
	preempt_disable();
	ta_kmem_cache_free(cache, obj);
	ta_kmem_cache_free(cache, obj);
	preempt_enable();
	place_put(place);
}

static unsigned int objects_of(struct place *place)
{
	switch (place->state) {
	case OPEN:
		return atomic_read(&place->users) - 1;
	case CLOSED:
		return atomic_read(&place->users);
	default:
		return 0;
	}
}

static void check_place(struct ta_torture_thread *t, struct place *place)
{
	struct ta_kmem_cache *cache = place->cache;
	unsigned long inuse;

	if (!cache)
		return;
	inuse = ta_slabset_nr_inuse(&cache->set) -
		ta_magset_nr_cached(&cache->mags);
	if (inuse != objects_of(place))
		ta_torture_fail(t, "%lu objects of %u bytes in use, not %u",
				inuse, cache->set.layout.size,
				objects_of(place));
}

static void check(struct ta_torture *run)
{
	struct ta_torture_thread *t = &run->thread[0];
	struct shadow *s = run->data;
	unsigned int i;

	free_twice(t, &s->place[ta_rng_below(&t->rng, NR_PLACES)]);
	/* The background reclaimer does not rest; what it has is in no magazine. */
	mutex_lock(&s->slabs.lock);
	for (i = 0; i < NR_PLACES; i++)
		check_place(t, &s->place[i]);
	mutex_unlock(&s->slabs.lock);
	if (!ta_slabs_validate(&s->slabs) || !ta_pages_validate(&s->pages))
		ta_torture_fail(t, "a validator failed");
}

static void release(struct ta_torture_thread *t)
{
	struct shadow *s = shadow_of(t);
	struct hand *hand = t->data;
	unsigned int i;

	while (hand->nr)
		drop(t, pick(t, hand));
	if (hand->nr_bulk)
		drop_bulk(t, hand);
	for (i = 0; i < NR_SHELF; i++) {
		void *obj = xchg(&s->shelf[i], NULL);

		if (obj)
			drop(t, obj);
	}
}

static void check_merged(struct ta_torture_thread *t)
{
	unsigned long nr[TA_NR_PAGE_ORDERS];
	struct shadow *s = shadow_of(t);

	ta_pages_drain(&s->pages);
	ta_pages_free_blocks(&s->pages, nr);
	if (nr[TA_MAX_ORDER] != s->pages.pool.nr_sections)
		ta_torture_fail(t, "%lu of %lu sections are whole",
				nr[TA_MAX_ORDER], s->pages.pool.nr_sections);
}

static void drain(struct ta_torture *run)
{
	struct ta_torture_thread *t = &run->thread[0];
	struct shadow *s = run->data;
	unsigned int i;

	for (i = 0; i < NR_PLACES; i++) {
		close_place(&s->place[i]);
		ta_kmem_cache_destroy(s->place[i].cache);
	}
	ta_slabs_shrink(&s->slabs);
	if (ta_slabs_nr_pages(&s->slabs))
		ta_torture_fail(t, "%lu pages are left in slabs",
				ta_slabs_nr_pages(&s->slabs));
	check_merged(t);
	if (ta_slabs_fini(&s->slabs))
		ta_torture_fail(t, "objects are lost");
	s->made = false;
}

static void fini(struct ta_torture *run)
{
	struct shadow *s = run->data;
	unsigned long nr_left = s->made ? ta_slabs_fini(&s->slabs) : 0;

	nr_left += ta_pages_fini(&s->pages);
	if (nr_left)
		ta_torture_fail(&run->thread[0], "%lu pages are lost", nr_left);
	kvfree(s->note);
	kvfree(s);
}

static int init_layers(struct shadow *s, u32 seed)
{
	const struct ta_slab_options options = { .plain = seed & 1 };
	int err = ta_pages_init(&s->pages, NR_PAGES, NR_PAGES);

	if (err)
		return err;
	err = ta_slabs_init(&s->slabs, &s->pages, &options);
	if (err)
		ta_pages_fini(&s->pages);
	s->made = !err;
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
	if (err) {
		kvfree(s);
		return err;
	}
	s->note = kvcalloc(s->pages.pool.nr_sections * TA_SECTION_PAGES *
			   (PAGE_SIZE / sizeof(u64)), sizeof(*s->note),
			   GFP_KERNEL);
	if (s->note)
		return 0;
	fini(run);
	return -ENOMEM;
}

const struct ta_torture_layer ta_torture_slab = {
	.name = "slab",
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
