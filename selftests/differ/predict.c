// SPDX-License-Identifier: GPL-2.0
/*
 * What an operation must answer, and what it does to the model.
 *
 * Model: each function is a system call's rules, in the order in which Linux
 * judges the arguments. Most answers are the kernel's and the service's alike; where
 * they differ, the row of Documentation/abi.md that says so is named, and how both
 * become the same again.
 *
 * An operation is skipped, with nothing changed, if it would put something outside
 * the arena and the heap, or if its answer depends on where a VMA begins.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "model.h"

/**
 * both() - expect the same answer of both sides
 * @x: filled in
 * @ret: address or 0
 * @err: 0 or minus errno
 */
void both(struct expected *x, uint64_t ret, int err)
{
	x->host = (struct answer){ .ret = err ? 0 : ret, .err = -err };
	x->ours = x->host;
}

/**
 * page_align() - round up to pages, and to 0 at the end of the numbers
 * @len: bytes
 *
 * Return: as many or more.
 */
uint64_t page_align(uint64_t len)
{
	return (len + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

/**
 * on_stage() - ask whether a range is in the arena or in the heap's room
 * @addr: nominal
 * @len: bytes
 *
 * Return: whether all of it is.
 */
bool on_stage(uint64_t addr, uint64_t len)
{
	uint64_t room = addr >= HEAP ? HEAP_PAGES : ARENA_PAGES;
	uint64_t base = addr >= HEAP ? HEAP : ARENA;

	return addr - base <= room * PAGE_BYTES &&
	       len <= room * PAGE_BYTES - (addr - base);
}

/**
 * is_local() - ask whether all that is mapped in a range is on the stage
 * @addr: nominal
 * @len: bytes
 *
 * Return: whether it begins there and does not reach the rest of the process.
 */
bool is_local(uint64_t addr, uint64_t len)
{
	return on_stage(addr, 0) && len <= 1ULL << 30;
}

/**
 * unmap_range() - munmap
 * @p: the process
 * @start: nominal
 * @len: bytes
 *
 * Return: 0 or minus errno.
 */
int unmap_range(struct proc *p, uint64_t start, uint64_t len)
{
	uint64_t end = start + page_align(len);

	if (start % PAGE_BYTES || start > quirks.task_end || len > quirks.task_end - start ||
	    end == start)
		return -EINVAL;
	for (int i = 0; i < NR_SLOTS; i++)
		if (slot_addr(i) >= start && slot_addr(i) < end)
			slot_unmap(p, &p->slots[i]);
	seams(p, end, end);
	return 0;
}

static void apply_unmap(struct proc *p, const struct op *op, struct expected *x)
{
	x->skip = !(op->at % PAGE_BYTES) && op->at <= quirks.task_end &&
		  op->len <= quirks.task_end - op->at && op->len &&
		  !is_local(op->at, op->len);
	if (!x->skip)
		both(x, 0, unmap_range(p, op->at, op->len));
}

/* The break */

/* The heap grows behind all its pages that are mapped, if one is in the way. */
static void grow_heap(struct proc *p, uint64_t from, uint64_t to)
{
	unsigned int nr = (to - from) / PAGE_BYTES, first, top = 0;
	bool in_the_way = false;

	if (from == HEAP)
		p->shift = 0;
	first = (from - HEAP) / PAGE_BYTES + p->shift;
	for (int i = 0; i < NR_SLOTS; i++) {
		struct slot *s = &p->slots[i];

		if (!s->heap || s->idx < first)
			continue;
		in_the_way |= s->idx < first + nr;
		top = s->idx >= top ? s->idx + 1 : top;
	}
	if (in_the_way) {
		p->shift += top - first;
		first = top;
	}
	for (uint64_t at = from; at < to; at += PAGE_BYTES)
		*slot_at(p, at) = (struct slot){
			.mapped = true,
			.heap = true,
			.prot = PROT_READ | PROT_WRITE,
			.idx = first++,
		};
	seams(p, from, to);
}

static bool move_brk(struct proc *p, uint64_t brk)
{
	uint64_t from = HEAP + page_align(p->brk), to = HEAP + page_align(brk);

	if (to < from && !any_mapped(p, to, from))
		return false;
	if (to > from && any_mapped(p, from, to + PAGE_BYTES))
		return false;
	if (to != from)
		ghosts_free(p);
	if (to < from) {
		unmap_range(p, to, from - to);
		ghosts_free(p);
	} else if (to > from) {
		grow_heap(p, from, to);
	}
	p->brk = brk;
	return true;
}

static void apply_brk(struct proc *p, const struct op *op, struct expected *x)
{
	uint64_t most = (HEAP_PAGES - 1) * PAGE_BYTES, brk = op->at - HEAP;
	bool moved;

	x->skip = brk > most && brk < 2 * DATA_LIMIT;
	if (x->skip)
		return;
	moved = brk <= most && move_brk(p, brk);
	both(x, 0, moved ? 0 : -ENOMEM);
	x->host.ret = HEAP + p->brk;
	x->ours.ret = HEAP + p->brk;
}

/* Mappings */

/**
 * place_for() - say where a mapping goes that may go anywhere
 * @p: the process
 * @hint: page-aligned
 * @len: bytes
 *
 * Return: @hint, if it is on the stage and free; or ELSEWHERE.
 */
uint64_t place_for(struct proc *p, uint64_t hint, uint64_t len)
{
	return on_stage(hint, len) && !any_mapped(p, hint, hint + len) ?
	       hint : ELSEWHERE;
}

/* Where it is to be, or an error; or it is to be skipped. */
static int choose_place(struct proc *p, const struct op *op, uint64_t len,
			uint64_t *at, bool *skip)
{
	if (!op->len)
		return -EINVAL;
	if (!len || len > quirks.task_end)
		return -ENOMEM;
	*at = op->at;
	if (!(op->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		*at &= ~(PAGE_BYTES - 1);
		*skip = on_stage(*at, 0) && !on_stage(*at, len);
		*at = place_for(p, *at, len);
	} else if (*at > -PAGE_BYTES) {
		/* Linux takes the address itself for an error. */
		*skip = len > DATA_LIMIT;
		return *at;
	} else if (*at > quirks.task_end - len) {
		return -ENOMEM;
	} else if (*at % PAGE_BYTES) {
		return -EINVAL;
	} else if ((op->flags & MAP_FIXED_NOREPLACE) &&
		   any_mapped(p, *at, *at + len)) {
		return -EEXIST;
	}
	return 0;
}

static void map_slots(struct model *m, const struct op *op, uint64_t at,
		      uint64_t len)
{
	struct proc *p = &m->procs[m->cur];
	bool write = op->arg & PROT_WRITE;

	unmap_range(p, at, len);
	for (unsigned int i = 0; i < len / PAGE_BYTES; i++) {
		struct slot *s = slot_at(p, at + i * PAGE_BYTES);

		*s = (struct slot){
			.mapped = true,
			.locked = op->flags & MAP_LOCKED,
			.prot = op->arg,
			.area = m->next_area,
			.idx = i,
		};
		if ((op->flags & MAP_POPULATE) && write)
			slot_write(s, -1, 0);
		else if ((op->flags & (MAP_POPULATE | MAP_LOCKED)) && s->prot)
			slot_read(s);
	}
	seams(p, at, at + len);
	m->next_area++;
}

/* More than there may be: refused if it can be written to, else let alone. */
static int judge_size(const struct op *op, uint64_t len, bool *skip)
{
	bool to_the_rest = len > 1ULL << 30 &&
			   (op->flags & MAP_FIXED_NOREPLACE);

	*skip = !(op->arg & PROT_WRITE) || to_the_rest;
	return -ENOMEM;
}

static void apply_map(struct model *m, const struct op *op, struct expected *x)
{
	uint64_t len = page_align(op->len), at = 0;
	int err = choose_place(&m->procs[m->cur], op, len, &at, &x->skip);

	if (!err && len > DATA_LIMIT)
		err = judge_size(op, len, &x->skip);
	else if (!err && at != ELSEWHERE && !on_stage(at, len))
		x->skip = true;
	if (x->skip)
		return;
	if (!err && at != ELSEWHERE)
		map_slots(m, op, at, len);
	/* 6.12 has split what it is not going to replace by then. */
	if (err && (op->flags & MAP_FIXED))
		seams(&m->procs[m->cur], op->at, op->at + len);
	both(x, at, err);
}

static void apply_protect(struct proc *p, const struct op *op,
			  struct expected *x)
{
	uint64_t end = op->at + page_align(op->len), at;
	struct slot *s;

	if (op->at % PAGE_BYTES)
		return both(x, 0, -EINVAL);
	if (!op->len)
		return both(x, 0, 0);
	if (end <= op->at)
		return both(x, 0, -ENOMEM);
	for (at = op->at; at < end && (s = mapped_at(p, at)); at += PAGE_BYTES)
		s->prot = op->arg;
	seams(p, op->at, at);
	both(x, 0, at < end ? -ENOMEM : 0);
}

/* Accesses */

static int cell_of(uint64_t addr)
{
	for (int i = 0; i < NR_CELLS; i++)
		if (addr % PAGE_BYTES == cell_at[i])
			return i;
	return -1;
}

/* Whether an access is possible; if not, what comes of it. */
static bool may_access(struct proc *p, const struct op *op, bool write,
		       bool by_a_call, struct expected *x)
{
	struct slot *s = mapped_at(p, op->at);

	both(x, 0, 0);
	if (s && (write ? s->prot & PROT_WRITE : s->prot))
		return true;
	if (by_a_call) {
		both(x, 0, -EFAULT);
	} else {
		x->host.sig = SIGSEGV;
		x->host.code = s ? SEGV_ACCERR : SEGV_MAPERR;
		x->host.sig_at = op->at;
		x->ours = x->host;
	}
	return false;
}

static void apply_access(struct proc *p, const struct op *op,
			 struct expected *x)
{
	bool write = op->kind == OP_WRITE || op->kind == OP_PUT;
	bool by_a_call = op->kind == OP_GET || op->kind == OP_PUT;
	int cell = cell_of(op->at);
	struct slot *s;

	x->skip = cell < 0;
	if (x->skip || !may_access(p, op, write, by_a_call, x))
		return;
	s = mapped_at(p, op->at);
	if (write) {
		slot_write(s, cell, op->arg & 0xff);
	} else {
		x->host.value = s->page ? s->page->cells[cell] : 0;
		x->ours.value = x->host.value;
		slot_read(s);
	}
}

static void apply_fill(struct proc *p, const struct op *op, struct expected *x)
{
	struct op each = *op;

	x->skip = !is_local(op->at, op->len) || op->at % PAGE_BYTES;
	if (x->skip)
		return;
	both(x, 0, 0);
	for (; each.at < op->at + op->len; each.at += PAGE_BYTES) {
		if (!may_access(p, &each, true, false, x))
			return;
		slot_write(mapped_at(p, each.at), 0, op->arg);
	}
}

/* Processes */

/*
 * A child of a heap that is empty has one elsewhere (a row of the list). Then
 * nothing may be in its room: it would be somewhere else on the two sides.
 */
static bool child_keeps_heap(struct proc *p)
{
	for (int i = 0; i < NR_SLOTS; i++)
		if (p->slots[i].heap && !p->slots[i].dontfork)
			return true;
	return !p->brk && !any_mapped(p, HEAP, HEAP + HEAP_PAGES * PAGE_BYTES);
}

static void apply_fork(struct model *m, struct expected *x)
{
	struct proc *p = &m->procs[m->cur];
	int nr = 0;

	while (nr < MAX_PROCS && m->procs[nr].live)
		nr++;
	x->skip = nr == MAX_PROCS || !child_keeps_heap(p);
	if (x->skip)
		return;
	proc_fork(&m->procs[nr], p);
	both(x, nr, 0);
}

static void apply_switch(struct model *m, const struct op *op,
			 struct expected *x)
{
	int nr = op->arg % MAX_PROCS;

	x->skip = nr == m->cur || !m->procs[nr].live;
	if (x->skip)
		return;
	m->cur = nr;
	both(x, 0, 0);
}

static void apply_exit(struct model *m, struct expected *x)
{
	int next = 0;

	while (next < MAX_PROCS && (next == m->cur || !m->procs[next].live))
		next++;
	x->skip = next == MAX_PROCS;
	if (x->skip)
		return;
	proc_exit(&m->procs[m->cur]);
	m->cur = next;
	both(x, 0, 0);
}

static void apply_check(struct proc *p, struct expected *x)
{
	for (int i = 0; i < NR_SLOTS; i++)
		if (p->slots[i].mapped && p->slots[i].prot)
			slot_read(&p->slots[i]);
	both(x, 0, 0);
}

/**
 * model_apply() - do an operation on the model
 * @m: the model
 * @op: the operation
 * @x: set to what it must answer
 */
void model_apply(struct model *m, const struct op *op, struct expected *x)
{
	struct proc *p = &m->procs[m->cur];

	memset(x, 0, sizeof(*x));
	switch (op->kind) {
	case OP_BRK:
		return apply_brk(p, op, x);
	case OP_MAP:
		return apply_map(m, op, x);
	case OP_UNMAP:
		return apply_unmap(p, op, x);
	case OP_PROTECT:
		return apply_protect(p, op, x);
	case OP_REMAP:
		return model_remap(m, op, x);
	case OP_ADVISE:
		return model_advise(m, op, x);
	case OP_LOCK:
	case OP_UNLOCK:
		return model_lock(m, op, x);
	case OP_READ:
	case OP_WRITE:
	case OP_GET:
	case OP_PUT:
		return apply_access(p, op, x);
	case OP_FILL:
		return apply_fill(p, op, x);
	case OP_FORK:
		return apply_fork(m, x);
	case OP_SWITCH:
		return apply_switch(m, op, x);
	case OP_EXIT:
		return apply_exit(m, x);
	case OP_CHECK:
		return apply_check(p, x);
	default:
		return both(x, 0, 0);
	}
}
