/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An operation on a process's memory, as data: what is generated, issued to
 * both sides, predicted by the model, printed, read back and shrunk.
 *
 * Addresses are nominal: the arena is where it says, in every process; what is
 * at HEAP and above stands for the place where the heap of whoever executes it
 * begins; all others are literal.
 */
#ifndef DIFFER_OP_H
#define DIFFER_OP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#define PAGE_BYTES	4096ULL
#define ARENA		0x10000000000ULL
#define HEAP		0x20000000000ULL
#define ARENA_PAGES	64
#define HEAP_PAGES	32

/* What may be off the nominal heap and still mean the heap */
#define HEAP_REACH	0x10000000000ULL

/* Processes that are alive at a time */
#define MAX_PROCS	4

/* Some C libraries are older than these. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE	0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP	4
#endif
#ifndef MADV_COLD
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif

/**
 * enum op_kind - what is done
 * @OP_BRK: brk to @at
 * @OP_MAP: mmap of private anonymous memory
 * @OP_UNMAP: munmap
 * @OP_PROTECT: mprotect
 * @OP_REMAP: mremap
 * @OP_ADVISE: madvise
 * @OP_LOCK: mlock
 * @OP_UNLOCK: munlock
 * @OP_READ: a load
 * @OP_WRITE: a store
 * @OP_FILL: a store to each page of a range, up to one that has a signal
 * @OP_GET: a system call reads a byte from the memory
 * @OP_PUT: a system call writes a byte to it
 * @OP_FORK: a child, which then waits until it is switched to
 * @OP_SWITCH: another process goes on, the present one waits
 * @OP_EXIT: the present one ends, the first of the others goes on
 * @OP_LOOK: compare layout and pages of the pool, touching nothing
 * @OP_CHECK: the same, and read all that is readable
 */
enum op_kind {
	OP_BRK,
	OP_MAP,
	OP_UNMAP,
	OP_PROTECT,
	OP_REMAP,
	OP_ADVISE,
	OP_LOCK,
	OP_UNLOCK,
	OP_READ,
	OP_WRITE,
	OP_FILL,
	OP_GET,
	OP_PUT,
	OP_FORK,
	OP_SWITCH,
	OP_EXIT,
	OP_LOOK,
	OP_CHECK,
	NR_OPS,
};

/**
 * struct op - one operation
 * @kind: which
 * @flags: of mmap or mremap
 * @arg: protection, advice, byte or process
 * @at: address
 * @len: bytes; mremap's old length
 * @new_len: mremap's
 * @to: mremap's new address
 */
struct op {
	enum op_kind kind;
	uint32_t flags;
	uint32_t arg;
	uint64_t at;
	uint64_t len;
	uint64_t new_len;
	uint64_t to;
};

#define OP_TEXT	160

const char *op_name(enum op_kind kind);
bool op_uses(enum op_kind kind, char field);
void op_print(const struct op *op, char text[OP_TEXT]);
bool op_parse(struct op *op, const char *text);
void place_print(uint64_t addr, char text[32]);

#endif /* DIFFER_OP_H */
