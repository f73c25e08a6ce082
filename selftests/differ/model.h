/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model: what a few processes' memory is, page by page, and what an
 * operation must answer.
 */
#ifndef DIFFER_MODEL_H
#define DIFFER_MODEL_H

#include "differences.h"
#include "op.h"

#define NR_SLOTS	(ARENA_PAGES + HEAP_PAGES)
#define NR_CELLS	4
#define MAX_GHOSTS	512

/* An address outside the arena and the heap that somebody else chose */
#define ELSEWHERE	(~0ULL - 1)

/* RLIMIT_DATA of who executes the operations: more than they ever have */
#define DATA_LIMIT	(8ULL << 20)

/**
 * struct answer - what an operation said, in nominal addresses
 * @ret: address, break or 0
 * @sig_at: address of the signal
 * @value: byte that was read, or a sum of the pages that went elsewhere
 * @err: errno, 0 if it succeeded
 * @sig: signal, or 0
 * @code: its si_code
 */
struct answer {
	uint64_t ret;
	uint64_t sig_at;
	uint64_t value;
	int err;
	int sig;
	int code;
};

/**
 * enum even - what makes both sides the same again after they differed
 * @EVEN_NOTHING: they did not
 * @EVEN_FREED: the kernel has not freed yet (MADV_FREE): make it
 * @EVEN_KEEP: the kernel knows MADV_WIPEONFORK: take it back
 * @EVEN_VIEW: the service made a second view: unmap it
 * @EVEN_OLD: the service shows the pages at the old address too: map anew
 * @EVEN_TAIL: what grew shows pages of the mapping's other parts: map anew
 */
enum even {
	EVEN_NOTHING,
	EVEN_FREED,
	EVEN_KEEP,
	EVEN_VIEW,
	EVEN_OLD,
	EVEN_TAIL,
};

/**
 * struct expected - what an operation must do
 * @skip: do not issue it: what it does is not determined, or not for us to do
 * @host: the kernel's answer
 * @ours: the service's
 * @ours_err: another errno that the service may give, or 0
 * @difference: why the two answers, or what was done, differ; or DIFF_NONE
 * @even: makes them the same again
 * @prot: protection of what is to be mapped anew
 * @sum_len: bytes of what went elsewhere that are to be summed up
 */
struct expected {
	bool skip;
	struct answer host;
	struct answer ours;
	int ours_err;
	enum difference difference;
	enum even even;
	int prot;
	uint64_t sum_len;
};

/**
 * struct page - a page with contents
 * @refs: processes that have it
 * @maybe: the service may have none: nobody has written yet
 * @fuzzy: the service may have copied it at a fork already: it was locked, and
 *	the kernel keeps references to such pages for a while
 * @stamp: the count that it was in
 * @cells: the bytes that are ever written to
 */
struct page {
	int refs;
	unsigned int stamp;
	bool maybe;
	bool fuzzy;
	unsigned char cells[NR_CELLS];
};

/**
 * struct slot - a page's worth of addresses
 * @mapped: whether; all else is 0 if not
 * @locked: by mlock
 * @dontfork: by madvise
 * @seam: a VMA may begin here, on one side or both
 * @heap: mapped by the break, wherever it was moved since
 * @seen: read while there was no page: the service may show the zero page
 * @prot: protection
 * @area: the call that mapped it; 0 for the heap
 * @idx: its page in that area
 * @page: NULL if it was never written to
 */
struct slot {
	bool mapped;
	bool locked;
	bool dontfork;
	bool seam;
	bool heap;
	bool seen;
	int prot;
	unsigned int area;
	unsigned int idx;
	struct page *page;
};

/**
 * struct ghost - a page of the heap that nobody can reach
 *
 * What is unmapped in the heap, but by the break, the service keeps until the
 * break moves.
 */
struct ghost {
	struct page *page;
	unsigned int idx;
};

/**
 * struct proc - a process
 * @live: whether
 * @brk: break, in bytes from the heap's start
 * @shift: offset of the heap's next page beyond what its address says
 * @nr_ghosts: length of @ghosts
 * @ghosts: see there
 * @slots: its memory: the arena, then the heap
 */
struct proc {
	bool live;
	uint64_t brk;
	unsigned int shift;
	int nr_ghosts;
	struct ghost ghosts[MAX_GHOSTS];
	struct slot slots[NR_SLOTS];
};

/**
 * struct quirks - in what machines and kernels differ from each other
 * @task_end: where a process's addresses end
 * @populate_stops: MADV_POPULATE stops at a hole, rather than pass over it
 * @no_swap: MADV_WILLNEED is EBADF for anonymous memory: a kernel without swap
 * @moves_many: mremap moves more than one VMA (6.17), and judges the new place
 *	before it looks at the old one
 */
struct quirks {
	uint64_t task_end;
	bool populate_stops;
	bool no_swap;
	bool moves_many;
};

/**
 * struct model - some processes
 * @cur: the process that is running
 * @next_area: number of the next mapping
 * @stamp: number of the present count of pages
 * @procs: all
 */
struct model {
	int cur;
	unsigned int stamp;
	unsigned int next_area;
	struct proc procs[MAX_PROCS];
};

/* Of this machine, once they were found */
extern struct quirks quirks;

/* Offset of a cell in its page: each has its own place in a word. */
extern const unsigned int cell_at[NR_CELLS];

/* model.c: pages and their processes */
void find_quirks(void);
void model_init(struct model *m);
void model_free(struct model *m);
uint64_t page_sum(const struct page *page);
uint64_t fold_sum(uint64_t so_far, uint64_t sum);
void model_pages(struct model *m, long *least, long *most);

struct slot *slot_at(struct proc *p, uint64_t addr);
uint64_t slot_addr(int nr);
struct slot *mapped_at(struct proc *p, uint64_t addr);
bool any_mapped(struct proc *p, uint64_t start, uint64_t end);
void slot_unmap(struct proc *p, struct slot *s);
void slot_forget(struct slot *s);
void slot_read(struct slot *s);
void slot_write(struct slot *s, int cell, int byte);
void seams(struct proc *p, uint64_t start, uint64_t end);
void ghosts_free(struct proc *p);
void proc_fork(struct proc *child, struct proc *parent);
void proc_exit(struct proc *p);

/* predict.c, advice.c, remap.c: the operations */
void model_apply(struct model *m, const struct op *op, struct expected *x);
void model_advise(struct model *m, const struct op *op, struct expected *x);
void model_lock(struct model *m, const struct op *op, struct expected *x);
void model_remap(struct model *m, const struct op *op, struct expected *x);
void both(struct expected *x, uint64_t ret, int err);
int unmap_range(struct proc *p, uint64_t start, uint64_t len);
uint64_t place_for(struct proc *p, uint64_t hint, uint64_t len);
bool on_stage(uint64_t addr, uint64_t len);
bool is_local(uint64_t addr, uint64_t len);
uint64_t page_align(uint64_t len);

#endif /* DIFFER_MODEL_H */
