// SPDX-License-Identifier: GPL-2.0
/*
 * What locking and advice must answer, and what they do to the model.
 *
 * Model: as in predict.c. Both go along a range page by page. Locking stops at the
 * first hole; advice passes over holes and tells at the end that there was one, but stops
 * at the first page that refuses. What is before that is done.
 */
#include <errno.h>

#include "model.h"

/* Locking */

/* Have all pages there; the error of what has no access at all. */
static int populate(struct proc *p, uint64_t at, uint64_t end)
{
	struct slot *s;

	for (; at < end && (s = mapped_at(p, at)); at += PAGE_BYTES) {
		if (!s->prot)
			return -ENOMEM;
		slot_read(s);
	}
	return 0;
}

/**
 * model_lock() - mlock and munlock
 * @m: the model
 * @op: the operation
 * @x: set to what it must answer
 */
void model_lock(struct model *m, const struct op *op, struct expected *x)
{
	struct proc *p = &m->procs[m->cur];
	uint64_t start = op->at & ~(PAGE_BYTES - 1), at;
	uint64_t end = start + page_align(op->len + op->at % PAGE_BYTES);
	struct slot *s;
	int err = 0;

	if (end < start)
		return both(x, 0, -EINVAL);
	for (at = start; at < end && (s = mapped_at(p, at)); at += PAGE_BYTES) {
		s->locked = op->kind == OP_LOCK;
		if (s->page)
			s->page->fuzzy = true;
	}
	seams(p, start, at);
	if (at < end)
		err = -ENOMEM;
	else if (op->kind == OP_LOCK)
		err = populate(p, start, end);
	both(x, 0, err);
}

/* Advice */

static bool is_known(int advice)
{
	return advice <= MADV_WILLNEED || advice == MADV_DONTNEED ||
	       (advice >= MADV_FREE && advice <= MADV_DOFORK) ||
	       (advice >= MADV_DONTDUMP && advice <= MADV_DONTNEED_LOCKED);
}

static bool forgets(int advice)
{
	return advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED ||
	       advice == MADV_FREE;
}

static int populate_slot(struct slot *s, int advice)
{
	if (!(s->prot & (advice == MADV_POPULATE_WRITE ? PROT_WRITE : PROT_READ)))
		return -EINVAL;
	if (advice == MADV_POPULATE_WRITE)
		slot_write(s, -1, 0);
	else
		slot_read(s);
	return 0;
}

static int advise_slot(struct slot *s, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_FREE:
	case MADV_COLD:
	case MADV_PAGEOUT:
		if (s->locked)
			return -EINVAL;
		break;
	case MADV_REMOVE:
		return -EINVAL;
	case MADV_DONTFORK:
		s->dontfork = true;
		break;
	case MADV_DOFORK:
		s->dontfork = false;
		break;
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return populate_slot(s, advice);
	}
	if (forgets(advice))
		slot_forget(s);
	return 0;
}

/* The first page of a range that is mapped */
static struct slot *first_mapped(struct proc *p, uint64_t at, uint64_t end)
{
	struct slot *s = NULL;

	for (; at < end && !s; at += PAGE_BYTES)
		s = mapped_at(p, at);
	return s;
}

/* What the service says to MADV_REMOVE of a page, in its own way */
static void refuse_remove(const struct slot *s, struct expected *x)
{
	x->difference = DIFF_REMOVE;
	if (s->locked)
		return;
	x->ours.err = ENODEV;
	x->ours_err = s->prot & PROT_WRITE ? 0 : EACCES;
}

/* Advice that means something else to a file's mapping, or nothing */
static void advise_what_differs(struct proc *p, const struct op *op,
				uint64_t end, struct expected *x)
{
	struct slot *s = first_mapped(p, op->at, end);

	if (!s)
		return;
	if (op->arg == MADV_WIPEONFORK) {
		x->difference = DIFF_WIPEONFORK;
		x->even = EVEN_KEEP;
		x->ours.err = EINVAL;
	} else if (op->arg == MADV_REMOVE) {
		refuse_remove(s, x);
	} else if (op->arg == MADV_FREE) {
		x->difference = DIFF_FREE;
		x->even = EVEN_FREED;
	}
}

/**
 * model_advise() - madvise, which for the service is TA_IOC_ADVISE in part
 * @m: the model
 * @op: the operation
 * @x: set to what it must answer
 */
void model_advise(struct model *m, const struct op *op, struct expected *x)
{
	uint64_t end = op->at + page_align(op->len), at;
	struct proc *p = &m->procs[m->cur];
	int advice = op->arg, err = 0, hole = 0;
	bool populates = advice == MADV_POPULATE_READ ||
			 advice == MADV_POPULATE_WRITE;
	struct slot *s;

	if (!is_known(advice) || op->at % PAGE_BYTES ||
	    (op->len && !page_align(op->len)) || end < op->at)
		return both(x, 0, -EINVAL);
	if (end == op->at)
		return both(x, 0, 0);
	x->skip = !is_local(op->at, op->len) ||
		  (advice == MADV_WILLNEED && quirks.no_swap);
	if (x->skip)
		return;
	seams(p, op->at, end);
	for (at = op->at; at < end && !err; at += PAGE_BYTES) {
		s = mapped_at(p, at);
		if (s)
			err = advise_slot(s, advice);
		else if (populates && quirks.populate_stops)
			err = -ENOMEM;
		else
			hole = -ENOMEM;
	}
	both(x, 0, err ? err : hole);
	advise_what_differs(p, op, end, x);
}
