// SPDX-License-Identifier: GPL-2.0
/*
 * A layer whose pages can be moved, as small as it can be: slots that hold a
 * page each. A page says which slot holds it, as a client's says which offset.
 */
#include "movable.h"

#include <linux/mm.h>

static u64 *value_in(struct ta_page *tp, bool end)
{
	u64 *words = ta_page_addr(tp);

	return words + (end ? PAGE_SIZE / sizeof(u64) - 1 : 0);
}

static bool has_value(struct ta_page *tp, u64 value)
{
	return *value_in(tp, false) == value && *value_in(tp, true) == value;
}

/* Make an allocated page the one of a slot. */
static void settle(struct ta_movable *m, unsigned long slot, struct ta_page *tp)
{
	*value_in(tp, false) = m->value[slot];
	*value_in(tp, true) = m->value[slot];
	WRITE_ONCE(tp->owner, m);
	WRITE_ONCE(tp->offset, slot);
	ta_page_set_kind(tp, TA_KIND_USER);
	m->page[slot] = tp;
}

static void give_back(struct ta_movable *m, struct ta_page *tp)
{
	ta_page_set_kind(tp, TA_KIND_ALLOC);
	ta_pages_free(m->pages, ta_page_host(tp), 0, _RET_IP_);
}

static bool may_move(struct ta_movable *m, unsigned long slot)
{
	return !m->pinned[slot] &&
	       !(m->fail_every && !ta_rng_below(&m->rng, m->fail_every));
}

/*
 * The slot of a page, or @m->nr if it has none. What the page says is a hint: it may
 * have been freed meanwhile, and a list be kept in the same words.
 */
static unsigned long __no_kcsan slot_of(struct ta_movable *m,
					struct ta_page *tp)
{
	unsigned long slot = READ_ONCE(tp->offset);

	if (READ_ONCE(tp->owner) != m || slot >= m->nr || m->page[slot] != tp)
		return m->nr;
	return slot;
}

static int move_locked(struct ta_movable *m, struct ta_page *from,
		       struct ta_page *to)
{
	unsigned long slot = slot_of(m, from);

	if (slot == m->nr)
		return -EAGAIN;
	if (!may_move(m, slot))
		return -EBUSY;
	/* The value is copied from the page, not from what it should be. */
	m->value[slot] = *value_in(from, false);
	settle(m, slot, to);
	give_back(m, from);
	m->nr_moved++;
	return 0;
}

static int move(struct ta_mover *mover, struct ta_page *from,
		struct ta_page *to)
{
	struct ta_movable *m = container_of(mover, struct ta_movable, mover);
	int err;

	mutex_lock(&m->lock);
	err = move_locked(m, from, to);
	mutex_unlock(&m->lock);
	return err;
}

/**
 * ta_movable_init() - make as many slots as the pool has pages, and a mover
 * @test: which gets them
 * @m: what to set up
 * @pages: where pages come from
 */
void ta_movable_init(struct kunit *test, struct ta_movable *m,
		     struct ta_pages *pages)
{
	memset(m, 0, sizeof(*m));
	m->pages = pages;
	m->nr = pages->pool.nr_pages;
	mutex_init(&m->lock);
	m->page = kunit_kcalloc(test, m->nr, sizeof(*m->page), GFP_KERNEL);
	m->value = kunit_kcalloc(test, m->nr, sizeof(*m->value), GFP_KERNEL);
	m->pinned = kunit_kcalloc(test, m->nr, sizeof(*m->pinned), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->page);
	KUNIT_ASSERT_NOT_NULL(test, m->value);
	KUNIT_ASSERT_NOT_NULL(test, m->pinned);
	ta_rng_init(test, &m->rng);
	m->mover.move = move;
	ta_compaction_set_mover(&pages->compaction, &m->mover);
}

/**
 * ta_movable_end() - free all pages
 * @m: whose
 */
void ta_movable_end(struct ta_movable *m)
{
	ta_compaction_set_mover(&m->pages->compaction, NULL);
	ta_movable_del_every(m, 1);
}

/**
 * ta_movable_add() - allocate a page for a slot
 * @m: whose
 * @slot: which
 * @value: to be kept in it
 *
 * Return: whether it has one now that it had not.
 */
bool ta_movable_add(struct ta_movable *m, unsigned long slot, u64 value)
{
	struct page *page = NULL;

	mutex_lock(&m->lock);
	if (!m->page[slot])
		page = ta_pages_alloc(m->pages, GFP_NOWAIT | __GFP_MOVABLE |
						__GFP_NOWARN, 0, _RET_IP_);
	if (page) {
		m->value[slot] = value;
		settle(m, slot, ta_pool_page(&m->pages->pool, page));
	}
	mutex_unlock(&m->lock);
	return page;
}

/**
 * ta_movable_del() - free the page of a slot
 * @m: whose
 * @slot: which
 *
 * Return: whether it had one, with the right value in it.
 */
bool ta_movable_del(struct ta_movable *m, unsigned long slot)
{
	struct ta_page *tp;
	bool ok = false;

	mutex_lock(&m->lock);
	tp = m->page[slot];
	if (tp) {
		ok = has_value(tp, m->value[slot]);
		m->page[slot] = NULL;
		give_back(m, tp);
	}
	mutex_unlock(&m->lock);
	return ok;
}

/**
 * ta_movable_fill() - have the slots take what the pool has
 * @m: whose
 *
 * Return: how many pages.
 */
unsigned long ta_movable_fill(struct ta_movable *m)
{
	unsigned long slot, nr = 0;

	for (slot = 0; slot < m->nr; slot++)
		nr += ta_movable_add(m, slot, slot * 0x9e3779b97f4a7c15ULL);
	return nr;
}

/**
 * ta_movable_del_every() - free pages by where they are
 * @m: whose
 * @nth: of those that are full, those in a frame that is a multiple of this
 */
void ta_movable_del_every(struct ta_movable *m, unsigned int nth)
{
	unsigned long slot;

	for (slot = 0; slot < m->nr; slot++)
		if (m->page[slot] && !(ta_page_frame(m->page[slot]) % nth))
			ta_movable_del(m, slot);
}

static bool is_intact(struct ta_movable *m, unsigned long slot)
{
	struct ta_page *tp = m->page[slot];

	return !tp || (tp->kind == TA_KIND_USER && tp->owner == m &&
		       tp->offset == slot && has_value(tp, m->value[slot]));
}

/**
 * ta_movable_intact() - check that every slot has what was put into it
 * @m: whose
 *
 * Return: whether it has.
 */
bool ta_movable_intact(struct ta_movable *m)
{
	unsigned long slot;
	bool ok = true;

	mutex_lock(&m->lock);
	for (slot = 0; slot < m->nr; slot++)
		ok &= is_intact(m, slot);
	mutex_unlock(&m->lock);
	return ok;
}
