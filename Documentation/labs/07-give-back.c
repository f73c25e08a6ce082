// SPDX-License-Identifier: GPL-2.0
/*
 * 7: What munmap gives back, and what free does not
 *
 * A program gives memory back in two ways that look alike. `munmap()` tells the
 * kernel that a range of addresses is done with. `free()` tells the C library,
 * which may want the place for the next `malloc()` and keeps it. How much memory does
 * the machine have again after each?
 *
 * Here the same 256 KiB are given back twice: once as a mapping of its own, and
 * once as 4096 chunks of 64 bytes on the break, by an allocator of three lines: a
 * chunk that was freed goes on a list, for the next who wants one.
 *
 * Claim: munmap really returns memory; a free of small chunks does not.
 * Verdict: right
 * So: munmap returns addresses and pages at once. What free puts on a list stays
 * resident, all of it, and is only there for this process.
 */
#include "lab.h"

#define CHUNK	64
#define NR	(256 * KIB / CHUNK)

/* The allocator: a break that was moved once, and a list of free chunks. */
struct chunk {
	struct chunk *next;
};

static struct chunk *free_list;
static char *top;

static void *take(void)
{
	struct chunk *c = free_list;

	if (!c) {
		top += CHUNK;
		return top - CHUNK;
	}
	free_list = c->next;
	return c;
}

static void give(void *p)
{
	struct chunk *c = p;

	c->next = free_list;
	free_list = c;
}

static void *chunks[NR];

static void take_all(void)
{
	for (size_t i = 0; i < NR; i++)
		memset(chunks[i] = take(), 'a', CHUNK);
}

static void give_all(void)
{
	for (size_t i = 0; i < NR; i++)
		give(chunks[i]);
}

static void walk(struct side *s)
{
	char *p;

	side_begin(s);
	p = side_map(s, 256 * KIB);
	lab_step("A mapping, every page of it written", "64 pages are there.");
	SHOW(s, touch(p, 64));
	expect_view(s, 1, 64, 64);
	lab_step("munmap", "All 64 pages are back, and the addresses are gone.");
	SHOW(s, munmap(p, 256 * KIB));
	expect_view(s, 0, 0, 0);

	side_heap(s);
	free_list = NULL;
	top = s->heap;
	side_brk(s, s->heap + 256 * KIB);
	lab_step("4096 small chunks, each written", "64 pages are there again.");
	SHOW(s, take_all());
	expect_view(s, 1, 64, 64);
	lab_step("All of them are freed",
		 "Nothing comes back: the allocator has a list now, and the list lies in those very pages.");
	SHOW(s, give_all());
	expect_view(s, 1, 64, 64);
	lab_step("They are allocated again",
		 "That is what the list is for: not a single system call, not a single fault.");
	SHOW(s, take_all());
	expect_view(s, 1, 64, 64);
	side_brk(s, s->heap);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "What munmap gives back, and what free does not");
	walk(&service);
	walk(&kernel);
	return lab_end();
}
