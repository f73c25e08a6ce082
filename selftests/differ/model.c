// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a few processes, page by page, as plain as can be.
 *
 * Model: a slot is a page's worth of addresses, with its protection and, once
 * it was written to, a page, which processes share after a fork until one of
 * them writes. That is all that anonymous memory is. Beside that stands what the
 * service's pool must hold: as many pages as there are, each once, plus those
 * that are out of reach (ghosts). Where that depends on what a page table shows
 * at a moment, which is nobody's promise, the model says "at least" and "at most".
 *
 * Of VMAs there is only where one *may* begin (seam): which neighbours are one
 * VMA is up to each side.
 *
 * Invariants
 *  M1  a slot that is not mapped is all zeroes
 *  M2  a page's refs are the slots and ghosts that have it
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"

const unsigned int cell_at[NR_CELLS] = { 0, 1001, 2050, 4095 };

struct quirks quirks;

/**
 * find_quirks() - find out in what this machine differs from others
 */
void find_quirks(void)
{
	char *p = mmap(NULL, 8 * PAGE_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* With page tables of five levels there is more above. */
	bool more = !munmap((void *)(1ULL << 47), PAGE_BYTES);

	quirks.task_end = (1ULL << (more ? 56 : 47)) - PAGE_BYTES;
	quirks.no_swap = madvise(p, PAGE_BYTES, MADV_WILLNEED);
	mprotect(p + 2 * PAGE_BYTES, PAGE_BYTES, PROT_NONE);
	munmap(p + PAGE_BYTES, PAGE_BYTES);
	madvise(p, 3 * PAGE_BYTES, MADV_POPULATE_WRITE);
	quirks.populate_stops = errno == ENOMEM;
	quirks.moves_many = mremap(p + 2 * PAGE_BYTES, 2 * PAGE_BYTES,
				   2 * PAGE_BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
				   p + 5 * PAGE_BYTES) != MAP_FAILED;
	munmap(p, 8 * PAGE_BYTES);
}

/**
 * model_init() - one process, with nothing mapped
 * @m: what to set up
 */
void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->next_area = 1;
	m->procs[0].live = true;
}

/**
 * model_free() - end all processes
 * @m: the model
 */
void model_free(struct model *m)
{
	for (int i = 0; i < MAX_PROCS; i++)
		proc_exit(&m->procs[i]);
}

/* Pages */

static void page_put(struct page *page)
{
	if (page && !--page->refs)
		free(page);
}

static struct page *page_new(const struct page *old)
{
	struct page *page = calloc(1, sizeof(*page));

	if (!page)
		abort();
	if (old)
		memcpy(page->cells, old->cells, sizeof(page->cells));
	page->refs = 1;
	return page;
}

/**
 * page_sum() - add up a page's words
 * @page: it, or NULL for zeroes
 *
 * Return: what whoever reads all its words comes to.
 */
uint64_t page_sum(const struct page *page)
{
	uint64_t sum = 0;

	for (int i = 0; page && i < NR_CELLS; i++)
		sum += (uint64_t)page->cells[i] << 8 * (cell_at[i] % 8);
	return sum;
}

/**
 * fold_sum() - make one number of several pages' sums
 * @so_far: that of the pages before, 0 at first
 * @sum: the next page's
 *
 * Return: the number.
 */
uint64_t fold_sum(uint64_t so_far, uint64_t sum)
{
	return so_far * 1000003 + sum + 1;
}

/* Count a page, unless it was counted. */
static void count_page(struct model *m, struct page *page, long *least,
		       long *most)
{
	if (!page || page->stamp == m->stamp)
		return;
	page->stamp = m->stamp;
	*least += page->maybe ? 0 : 1;
	*most += page->fuzzy ? page->refs : 1;
}

/**
 * model_pages() - say how many pages of the pool the service must hold
 * @m: the model
 * @least: set to the fewest
 * @most: set to the most
 */
void model_pages(struct model *m, long *least, long *most)
{
	m->stamp++;
	*least = 0;
	*most = 0;
	for (int i = 0; i < MAX_PROCS; i++) {
		struct proc *p = &m->procs[i];

		for (int j = 0; j < NR_SLOTS; j++)
			count_page(m, p->slots[j].page, least, most);
		for (int j = 0; j < p->nr_ghosts; j++)
			count_page(m, p->ghosts[j].page, least, most);
	}
}

/* Slots */

/**
 * slot_addr() - say where a slot is
 * @nr: its number
 *
 * Return: nominal address.
 */
uint64_t slot_addr(int nr)
{
	return nr < ARENA_PAGES ? ARENA + nr * PAGE_BYTES :
				  HEAP + (nr - ARENA_PAGES) * PAGE_BYTES;
}

/**
 * slot_at() - find the slot of an address
 * @p: the process
 * @addr: nominal, anywhere in a page
 *
 * Return: the slot; NULL outside the arena and the heap, where nothing is.
 */
struct slot *slot_at(struct proc *p, uint64_t addr)
{
	if (addr - ARENA < ARENA_PAGES * PAGE_BYTES)
		return &p->slots[(addr - ARENA) / PAGE_BYTES];
	if (addr - HEAP < HEAP_PAGES * PAGE_BYTES)
		return &p->slots[ARENA_PAGES + (addr - HEAP) / PAGE_BYTES];
	return NULL;
}

/**
 * mapped_at() - find the slot of an address, if it is mapped
 * @p: the process
 * @addr: nominal
 *
 * Return: the slot or NULL.
 */
struct slot *mapped_at(struct proc *p, uint64_t addr)
{
	struct slot *s = slot_at(p, addr);

	return s && s->mapped ? s : NULL;
}

/**
 * any_mapped() - ask whether something is mapped in a range
 * @p: the process
 * @start: nominal
 * @end: exclusive
 *
 * Return: whether.
 */
bool any_mapped(struct proc *p, uint64_t start, uint64_t end)
{
	for (int i = 0; i < NR_SLOTS; i++)
		if (p->slots[i].mapped && slot_addr(i) >= start &&
		    slot_addr(i) < end)
			return true;
	return false;
}

/**
 * slot_unmap() - make a slot as if it never had been mapped
 * @p: its process
 * @s: the slot
 */
void slot_unmap(struct proc *p, struct slot *s)
{
	if (s->heap && s->page) {
		if (p->nr_ghosts == MAX_GHOSTS)
			abort();
		p->ghosts[p->nr_ghosts++] = (struct ghost){ s->page, s->idx };
	} else {
		page_put(s->page);
	}
	*s = (struct slot){ 0 };
}

/**
 * slot_forget() - lose what is in a slot, as by MADV_DONTNEED
 * @s: the slot
 */
void slot_forget(struct slot *s)
{
	page_put(s->page);
	s->page = NULL;
	s->seen = false;
}

/**
 * slot_read() - what a read does to a slot
 * @s: mapped and readable
 *
 * Locked memory that can be written to gets pages; but where the zero page is
 * shown already, that stays.
 */
void slot_read(struct slot *s)
{
	if (s->page) {
		s->page->fuzzy |= s->locked;
	} else if (s->locked && (s->prot & PROT_WRITE)) {
		s->page = page_new(NULL);
		s->page->maybe = s->seen;
		s->page->fuzzy = true;
	} else {
		s->seen = true;
	}
}

/**
 * slot_write() - write to a slot, or have it populated for writing
 * @s: mapped and writable
 * @cell: which of its bytes, or -1: none
 * @byte: what
 */
void slot_write(struct slot *s, int cell, int byte)
{
	struct page *old = s->page;

	if (!old || old->refs > 1) {
		s->page = page_new(old);
		page_put(old);
	}
	s->page->maybe = false;
	s->page->fuzzy |= s->locked;
	if (cell >= 0)
		s->page->cells[cell] = byte;
}

/**
 * seams() - remember that VMAs may begin at both ends of a range
 * @p: the process
 * @start: nominal
 * @end: exclusive
 */
void seams(struct proc *p, uint64_t start, uint64_t end)
{
	struct slot *first = mapped_at(p, start), *behind = mapped_at(p, end);

	if (first)
		first->seam = true;
	if (behind)
		behind->seam = true;
}

/* Processes */

/**
 * ghosts_free() - free what is out of reach, as a moving break does
 * @p: the process
 */
void ghosts_free(struct proc *p)
{
	while (p->nr_ghosts)
		page_put(p->ghosts[--p->nr_ghosts].page);
}

/**
 * proc_fork() - make a child
 * @child: a process that is not live
 * @parent: its parent
 */
void proc_fork(struct proc *child, struct proc *parent)
{
	child->live = true;
	child->brk = parent->brk;
	child->shift = parent->shift;
	for (int i = 0; i < NR_SLOTS; i++) {
		struct slot *from = &parent->slots[i], *to = &child->slots[i];

		if (!from->mapped || from->dontfork)
			continue;
		*to = *from;
		to->locked = false;
		to->seen = false;
		if (to->page)
			to->page->refs++;
	}
}

/**
 * proc_exit() - end a process
 * @p: the process
 */
void proc_exit(struct proc *p)
{
	for (int i = 0; i < NR_SLOTS; i++)
		slot_unmap(p, &p->slots[i]);
	ghosts_free(p);
	*p = (struct proc){ 0 };
}
