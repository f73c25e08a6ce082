/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every lab is made of.
 *
 *	lab_step("One byte more", "The line grows by a whole page.");
 *	SHOW(s, side_brk(s, s->heap + 4097));	before, do, after
 *	expect("KiB mapped", s->now.mapped_kib, 8);
 *	...
 *	return lab_end();
 *
 * Most labs do the same on two sides: the service, and the kernel itself.
 */
#ifndef LAB_H
#define LAB_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "screen.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define KIB	1024UL
#define MIB	(KIB * KIB)
#define GIB	(MIB * KIB)
#define PAGE	4096UL
#define RW	(PROT_READ | PROT_WRITE)

#define OURS	"/sys/kernel/debug/teachalloc/"

/* Who hands memory out, and what was seen of it. */
struct side {
	const char *name;
	int fd;			/* a client of the service; the kernel's: -1 */
	char *heap;		/* where the break begins */
	struct watched watched;
	struct view start;	/* when the lab began */
	struct view now;
};

extern struct side service;	/* the pool's break and mappings */
extern struct side kernel;	/* the kernel's own */

/* A free block, as free_blocks has it. */
struct block {
	unsigned long frame;	/* of the pool */
	unsigned long pfn;	/* of the machine */
	unsigned long order;
};

void lab_begin(int argc, char **argv, const char *title);
int lab_end(void);
void lab_die(const char *what);

void lab_step(const char *title, const char *expected);
void lab_look(struct side *side, const char *label);
void lab_pool(const char *label);
void lab_did(const char *source);
void lab_tell(const char *label, const char *fmt, ...);
void lab_file(const char *path, const char *word);
bool lab_next_block(char **at, struct block *block);
int lab_operation(const char *trace, long op);

/* Do something, and say what, in the words of the source. */
#define DO(...) do {							\
	lab_did(#__VA_ARGS__);						\
	__VA_ARGS__;							\
} while (0)

/* The same, with what is seen of a side before and after. */
#define SHOW(side, ...) do {						\
	lab_look(side, "Before");					\
	lab_did(#__VA_ARGS__);						\
	__VA_ARGS__;							\
	lab_look(side, "After");					\
} while (0)

bool expect(const char *what, long is, long wanted);
bool expect_yes(const char *what, bool is, bool wanted);
bool expect_within(const char *what, long is, long low, long high);
void expect_view(const struct side *side, unsigned int nr_lines,
		 unsigned long nr_mapped, unsigned long nr_resident);
long used_pages(const struct side *side);

/* What a side does, in one way for both. */
void side_begin(struct side *side);
void side_heap(struct side *side);
int side_brk(struct side *side, char *addr);
char *side_map(struct side *side, size_t len);
void side_forget(struct side *side, char *addr, size_t len);
void touch(char *addr, size_t nr_pages);

#endif /* LAB_H */
