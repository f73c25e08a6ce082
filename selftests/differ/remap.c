// SPDX-License-Identifier: GPL-2.0
/*
 * What mremap must do.
 *
 * Model: as in predict.c. Underneath, the service's memory is a mapping of a file,
 * and a mapping that grows shows the file's next pages. On anonymous memory those
 * are always new; here they are not, if another part of the same mapping shows them
 * already. So slots say which page of which mapping they are.
 */
#include <errno.h>

#include "model.h"

#define KNOWN	(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)

static bool same_vma(const struct slot *a, const struct slot *b)
{
	return a->prot == b->prot && a->locked == b->locked &&
	       a->dontfork == b->dontfork;
}

/* Whether a range is in one VMA: -EFAULT if not; 1 if it depends. */
static int one_vma(struct proc *p, uint64_t at, uint64_t len)
{
	struct slot *first = mapped_at(p, at), *s;
	bool seam = false;

	if (!first)
		return -EFAULT;
	for (uint64_t i = PAGE_BYTES; i < len; i += PAGE_BYTES) {
		s = mapped_at(p, at + i);
		if (!s || !same_vma(s, first))
			return -EFAULT;
		seam |= s->seam;
	}
	return seam;
}

/* Whether the pages that @s grows by are shown somewhere already. */
static bool grows_into_others(struct proc *p, const struct slot *s,
			      uint64_t old_len, uint64_t new_len)
{
	unsigned int first = s->idx + old_len / PAGE_BYTES;
	unsigned int last = s->idx + new_len / PAGE_BYTES - 1;

	for (int i = 0; i < NR_SLOTS; i++) {
		const struct slot *o = &p->slots[i];

		if (o->mapped && o->area == s->area && o->idx >= first &&
		    o->idx <= last)
			return true;
	}
	for (int i = 0; s->heap && i < p->nr_ghosts; i++)
		if (p->ghosts[i].idx >= first && p->ghosts[i].idx <= last)
			return true;
	return false;
}

static uint64_t sum_slots(struct proc *p, uint64_t at, uint64_t len)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < len; i += PAGE_BYTES)
		sum = fold_sum(sum, page_sum(slot_at(p, at + i)->page));
	return sum;
}

/* What the operation is, after its arguments were judged */
struct move {
	struct proc *p;
	uint64_t at;
	uint64_t old_len;
	uint64_t new_len;
	uint64_t to;		/* or ELSEWHERE, where it is unmapped at once */
	bool keep;		/* the old place stays mapped */
};

/* New slots behind those that there are already: @first was the first. */
static void grow_slots(struct move *move, const struct slot *first)
{
	for (uint64_t i = move->old_len; i < move->new_len; i += PAGE_BYTES) {
		struct slot *s = slot_at(move->p, move->to + i);

		*s = (struct slot){
			.mapped = true,
			.locked = first->locked,
			.dontfork = first->dontfork,
			.heap = first->heap,
			.prot = first->prot,
			.area = first->area,
			.idx = first->idx + i / PAGE_BYTES,
		};
		if (s->locked && s->prot)
			slot_read(s);
	}
}

static void move_slot(struct move *move, uint64_t offset, unsigned int area)
{
	struct slot *s = slot_at(move->p, move->at + offset);
	int prot = s->prot;

	if (move->to == ELSEWHERE) {
		slot_unmap(move->p, s);
	} else {
		*slot_at(move->p, move->to + offset) = *s;
		*s = (struct slot){ 0 };
	}
	if (move->keep)
		*s = (struct slot){
			.mapped = true,
			.prot = prot,
			.area = area,
			.idx = offset / PAGE_BYTES,
		};
}

static void move_slots(struct move *move, unsigned int area)
{
	struct slot first = *slot_at(move->p, move->at);

	for (uint64_t i = 0; i < move->old_len; i += PAGE_BYTES)
		move_slot(move, i, area);
	if (move->to != ELSEWHERE) {
		grow_slots(move, &first);
		seams(move->p, move->to, move->to + move->new_len);
	}
	seams(move->p, move->at, move->at + move->old_len);
}

/* The tail that grew over pages of others is mapped anew, not of this area. */
static void own_tail(struct move *move, unsigned int area)
{
	for (uint64_t i = move->old_len; i < move->new_len; i += PAGE_BYTES) {
		struct slot *s = slot_at(move->p, move->to + i);

		s->heap = false;
		s->area = area;
	}
	seams(move->p, move->to + move->old_len, move->to + move->new_len);
}

/*
 * How both sides become the same after a move. What is mapped anew for that has
 * no other properties than its protection; and pages that are made for locked
 * memory in passing nobody keeps account of. Such moves are skipped.
 */
static void plan_move(const struct move *move, struct expected *x)
{
	const struct slot *first = slot_at(move->p, move->at);
	bool grows = move->new_len > move->old_len;
	bool into_others = grows && grows_into_others(move->p, first,
						      move->old_len,
						      move->new_len);

	x->prot = first->prot;
	if (move->keep) {
		x->difference = DIFF_DONTUNMAP;
		x->even = EVEN_OLD;
		/* The kernel unlocks all of the VMA, however large it is. */
		x->skip = first->dontfork || first->locked;
	} else if (into_others) {
		x->difference = DIFF_GROWN;
		x->even = move->to == ELSEWHERE ? EVEN_NOTHING : EVEN_TAIL;
		x->skip = first->locked || first->dontfork;
	} else if (grows && move->to == ELSEWHERE) {
		x->skip = first->locked && first->heap;
	}
}

/* Move, or grow in place, what is one VMA. */
static void do_move(struct model *m, struct move *move, struct expected *x)
{
	struct slot first = *slot_at(move->p, move->at);

	both(x, move->to, 0);
	if (move->to == ELSEWHERE && first.prot) {
		x->sum_len = move->old_len;
		x->host.value = sum_slots(move->p, move->at, move->old_len);
		x->ours.value = x->host.value;
	}
	if (move->to == move->at) {
		grow_slots(move, &first);
		seams(move->p, move->at + move->new_len,
		      move->at + move->new_len);
	} else {
		move_slots(move, m->next_area++);
	}
	if (x->even == EVEN_TAIL)
		own_tail(move, m->next_area++);
}

/* An old length of 0: the kernel refuses it, the service shows pages twice. */
static void second_view(const struct move *move, struct expected *x)
{
	both(x, 0, -EINVAL);
	x->difference = DIFF_DOUBLED;
	x->ours.err = move->to ? 0 : ENOMEM;
	x->ours.ret = move->to;
	x->even = move->to ? EVEN_VIEW : EVEN_NOTHING;
}

static bool is_no_place(const struct op *op, const struct move *move)
{
	return op->to % PAGE_BYTES || move->new_len > quirks.task_end ||
	       op->to > quirks.task_end - move->new_len ||
	       (move->at + move->old_len > op->to &&
		op->to + move->new_len > move->at);
}

/*
 * Whether it reaches beyond the stage, or is left out for what it does on the way;
 * @err: of what is moved, see one_vma().
 */
static bool is_left_out(const struct op *op, const struct move *move,
			uint64_t len, int err)
{
	bool fixed = op->flags & MREMAP_FIXED;
	bool doubles = !move->old_len;

	if (!on_stage(op->to, move->new_len) ||
	    !on_stage(move->at, move->old_len) || err > 0)
		return true;
	if (doubles && (op->to == move->at ||
			mapped_at(move->p, move->at)->locked))
		return true;
	return quirks.moves_many && fixed && (err || !len);
}

/* With MREMAP_FIXED or MREMAP_DONTUNMAP */
static void to_a_place(struct model *m, const struct op *op, struct move *move,
		       struct expected *x)
{
	bool fixed = op->flags & MREMAP_FIXED;
	uint64_t len = move->old_len < move->new_len ? move->old_len :
						       move->new_len;
	int err = one_vma(move->p, move->at, len);

	if (is_no_place(op, move))
		return both(x, 0, -EINVAL);
	move->to = fixed ? op->to : place_for(move->p, op->to, move->new_len);
	move->keep = op->flags & MREMAP_DONTUNMAP;
	x->skip = is_left_out(op, move, len, err);
	if (!x->skip && !err && len)
		plan_move(move, x);
	if (x->skip)
		return;
	if (fixed)
		unmap_range(move->p, op->to, move->new_len);
	if (move->old_len > move->new_len)
		unmap_range(move->p, move->at + move->new_len,
			    move->old_len - move->new_len);
	move->old_len = len;
	if (!len)
		second_view(move, x);
	else if (err)
		both(x, 0, err);
	else
		do_move(m, move, x);
}

/* The error of growing; 0, if it may; 1, if it is to be left out. */
static int judge_growth(const struct move *move)
{
	int err = one_vma(move->p, move->at, move->old_len);

	if (err)
		return err;
	if (!move->old_len)
		return mapped_at(move->p, move->at)->locked ||
		       move->new_len > DATA_LIMIT;
	if (move->new_len > quirks.task_end)
		return -ENOMEM;
	return move->new_len > DATA_LIMIT;
}

static void grow(struct model *m, const struct op *op, struct move *move,
		 struct expected *x)
{
	uint64_t end = move->at + move->old_len;
	bool in_place = !any_mapped(move->p, end, move->at + move->new_len);
	int err = judge_growth(move);

	x->skip = err > 0;
	if (x->skip)
		return;
	if (err)
		return both(x, 0, err);
	move->to = op->flags & MREMAP_MAYMOVE ? ELSEWHERE : 0;
	if (!move->old_len)
		return second_view(move, x);
	if (in_place)
		move->to = move->at;
	if (!move->to)
		return both(x, 0, -ENOMEM);
	x->skip = in_place && !on_stage(move->at, move->new_len);
	if (!x->skip)
		plan_move(move, x);
	if (!x->skip)
		do_move(m, move, x);
}

static void shrink(const struct op *op, struct move *move, struct expected *x)
{
	uint64_t len = move->old_len - move->new_len;
	int err = 0;

	x->skip = len > DATA_LIMIT && len <= quirks.task_end;
	if (x->skip)
		return;
	if (len)
		err = unmap_range(move->p, op->at + move->new_len, len);
	both(x, op->at, err);
}

/**
 * model_remap() - mremap
 * @m: the model
 * @op: the operation
 * @x: set to what it must answer
 */
void model_remap(struct model *m, const struct op *op, struct expected *x)
{
	struct move move = {
		.p = &m->procs[m->cur],
		.at = op->at,
		.old_len = page_align(op->len),
		.new_len = page_align(op->new_len),
	};
	bool has_place = op->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	bool may_move = op->flags & MREMAP_MAYMOVE;

	if ((op->flags & ~KNOWN) || (op->flags & MREMAP_FIXED && !may_move) ||
	    (op->flags & MREMAP_DONTUNMAP &&
	     (!may_move || op->len != op->new_len)) ||
	    op->at % PAGE_BYTES || !move.new_len)
		return both(x, 0, -EINVAL);
	/* What overlaps then, or is unmapped, depends on where the heap is. */
	x->skip = has_place && (move.old_len > DATA_LIMIT ||
				(move.new_len > DATA_LIMIT &&
				 move.new_len <= quirks.task_end));
	if (x->skip)
		return;
	if (quirks.moves_many &&
	    (move.new_len > quirks.task_end ||
	     (has_place && is_no_place(op, &move))))
		return both(x, 0, -EINVAL);
	if (!mapped_at(move.p, op->at))
		return both(x, 0, -EFAULT);
	if (has_place)
		to_a_place(m, op, &move, x);
	else if (move.old_len >= move.new_len)
		shrink(op, &move, x);
	else
		grow(m, op, &move, x);
}
