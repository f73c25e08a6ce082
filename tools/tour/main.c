// SPDX-License-Identifier: GPL-2.0
/*
 * A guided tour: from a moved break or a mapping to a page of the pool.
 *
 * Model: a table of steps. Each says in words what to expect and in numbers
 * what must be seen after it: the lines of /proc/self/maps, what they span,
 * and the pages of the pool behind them. The tour shows both sides of each
 * step and compares.
 *
 * Context: an ordinary process without privilege; the pool should be idle
 * otherwise, or its figures move for others' reasons.
 *
 * Failure: a figure that differs is shown, the tour goes on and ends with
 * exit status 1; a call that fails ends it with status 2.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define KIB	1024UL
#define GIB	(KIB * KIB * KIB)
#define STRIDE	(100 * KIB * KIB)

/* What the steps hand on to each other. */
struct tour {
	int fd;
	size_t page;
	char *heap;
	char *map;
};

struct step {
	const char *title;
	const char *expect;
	const char *action;
	int (*run)(struct tour *t);
	unsigned int lines;		/* of maps, afterwards */
	unsigned long pages_mapped;	/* in those lines */
	unsigned long pages_used;	/* of the pool */
};

struct chapter {
	const char *title;
	const char *intro;
	const struct step *steps;
	unsigned int nr_steps;
};

static int heap_ask(struct tour *t)
{
	return ta_brk_range(t->fd, (void **)&t->heap, NULL);
}

static int heap_page(struct tour *t)
{
	return ta_brk(t->fd, t->heap + t->page);
}

static int heap_touch_first(struct tour *t)
{
	t->heap[0] = 'a';
	return 0;
}

static int heap_byte_more(struct tour *t)
{
	return ta_brk(t->fd, t->heap + t->page + 1);
}

static int heap_touch_second(struct tour *t)
{
	t->heap[t->page] = 'b';
	return 0;
}

static int heap_empty(struct tour *t)
{
	return ta_brk(t->fd, t->heap);
}

static int heap_fill(struct tour *t)
{
	if (ta_brk(t->fd, t->heap + 64 * t->page))
		return -1;
	memset(t->heap, 'c', 64 * t->page);
	return 0;
}

/*
 * What malloc's free() does with a chunk that has neighbours above it: link
 * it into a list that is kept in the free memory itself.
 */
static int heap_free_below(struct tour *t)
{
	char *next = NULL;

	for (int i = 62; i >= 0; i--) {
		memcpy(t->heap + i * t->page, &next, sizeof(next));
		next = t->heap + i * t->page;
	}
	return 0;
}

static int map_132k(struct tour *t)
{
	t->map = ta_mmap(t->fd, NULL, 132 * KIB, PROT_READ | PROT_WRITE, 0);
	return t->map == MAP_FAILED ? -1 : 0;
}

static int map_touch_first(struct tour *t)
{
	t->map[0] = 'a';
	return 0;
}

static int map_touch_again(struct tour *t)
{
	memset(t->map, 'b', t->page);
	return 0;
}

static int map_touch_all(struct tour *t)
{
	for (size_t at = 0; at < 132 * KIB; at += t->page)
		t->map[at] = 'c';
	return 0;
}

static int map_drop_middle(struct tour *t)
{
	return munmap(t->map + 16 * t->page, t->page);
}

static int map_drop(struct tour *t)
{
	return munmap(t->map, 132 * KIB);
}

static int map_giant(struct tour *t)
{
	t->map = ta_mmap(t->fd, NULL, GIB, PROT_READ | PROT_WRITE,
			 MAP_NORESERVE);
	return t->map == MAP_FAILED ? -1 : 0;
}

static int giant_touch(struct tour *t)
{
	for (int i = 0; i < 10; i++)
		t->map[i * STRIDE] = 'd';
	return 0;
}

static int giant_drop(struct tour *t)
{
	return munmap(t->map, GIB);
}

static const struct step brk_steps[] = {
	{ "A heap that nobody used yet",
	  "The module names an address where the heap would begin. Nothing is mapped there, so there is no line, and no page is taken.",
	  "ta_brk_range(fd, &heap, NULL);",
	  heap_ask, 0, 0, 0 },
	{ "The break goes up by 4 KiB",
	  "A heap line of exactly one page appears. It is a promise only: the pool keeps all its pages.",
	  "ta_brk(fd, heap + 4096);",
	  heap_page, 1, 1, 0 },
	{ "The first write",
	  "The write faults; the fault takes one page from the pool and RSS grows by 4 KiB. The row of block counts may move by more: the buddy splits a large block and hands a few pages to this CPU's own list, where they still count as free.",
	  "heap[0] = 'a';",
	  heap_touch_first, 1, 1, 1 },
	{ "One byte more",
	  "4097 bytes need two pages, so the line grows by a whole page. Still the one page in use.",
	  "ta_brk(fd, heap + 4097);",
	  heap_byte_more, 1, 2, 1 },
	{ "That byte is touched",
	  "The second page is taken now, and not a moment earlier.",
	  "heap[4096] = 'b';",
	  heap_touch_second, 1, 2, 2 },
	{ "One byte back",
	  "The byte's page has nothing left in it: the line shrinks and the page goes back to the pool.",
	  "ta_brk(fd, heap + 4096);",
	  heap_page, 1, 1, 1 },
	{ "Back to where the heap began",
	  "The line disappears and the pool is whole.",
	  "ta_brk(fd, heap);",
	  heap_empty, 0, 0, 0 },
};

static const struct step stack_steps[] = {
	{ "64 pages of small things",
	  "A heap of 256 KiB, all of it written: 64 pages in use.",
	  "ta_brk(fd, heap + 64 * 4096); memset(heap, 'c', 64 * 4096);",
	  heap_fill, 1, 64, 64 },
	{ "The lower 63 pages are free()d, the last one is not",
	  "Nothing comes back. A free() below the top can only note in a list that the memory may be used again; the break cannot move past the last page, which is still in use.",
	  "free_list(heap, 63 * 4096);",
	  heap_free_below, 1, 64, 64 },
	{ "The last one is free()d too",
	  "Now the break can go down, and all 64 pages come back at once.",
	  "ta_brk(fd, heap);",
	  heap_empty, 0, 0, 0 },
};

static const struct step map_steps[] = {
	{ "A mapping of 132 KiB",
	  "A line of 132 KiB appears: 33 pages, none of them in use.",
	  "p = ta_mmap(fd, NULL, 132 * 1024, PROT_READ | PROT_WRITE, 0);",
	  map_132k, 1, 33, 0 },
	{ "Its first page is touched",
	  "One page is taken.",
	  "p[0] = 'a';",
	  map_touch_first, 1, 33, 1 },
	{ "The same page again, all of it",
	  "Nothing more: the page is there already.",
	  "memset(p, 'b', 4096);",
	  map_touch_again, 1, 33, 1 },
	{ "Every page is touched",
	  "One page a touch: 33 in use.",
	  "for (i = 0; i < 33; i++) p[i * 4096] = 'c';",
	  map_touch_all, 1, 33, 33 },
	{ "One page in the middle is unmapped",
	  "A mapping can do what the break cannot: the page comes back although both its neighbours stay. One line becomes two with a hole between them.",
	  "munmap(p + 16 * 4096, 4096);",
	  map_drop_middle, 2, 32, 32 },
	{ "The rest is unmapped",
	  "Both lines disappear and the pool is whole.",
	  "munmap(p, 132 * 1024);",
	  map_drop, 0, 0, 0 },
};

static const struct step giant_steps[] = {
	{ "1 GiB, many times what the pool holds",
	  "The call succeeds and costs nothing: an address range is only a note of what the process may touch. Without MAP_NORESERVE it would be refused, as nobody can mean that.",
	  "p = ta_mmap(fd, NULL, 1UL << 30, PROT_READ | PROT_WRITE, MAP_NORESERVE);",
	  map_giant, 1, GIB / 4096, 0 },
	{ "Ten touches, 100 MiB apart",
	  "Ten pages, wherever in the gigabyte they lie.",
	  "for (i = 0; i < 10; i++) p[i * 100 << 20] = 'd';",
	  giant_touch, 1, GIB / 4096, 10 },
	{ "Unmapped",
	  "The ten pages are back.",
	  "munmap(p, 1UL << 30);",
	  giant_drop, 0, 0, 0 },
};

static const struct chapter chapters[] = {
	{ "The break",
	  "The oldest way to memory: one line per process whose upper end moves.",
	  brk_steps, ARRAY_SIZE(brk_steps) },
	{ "The break is a stack",
	  "It gives back from the top only. What lies below something that is still in use has to wait.",
	  stack_steps, ARRAY_SIZE(stack_steps) },
	{ "Mappings",
	  "The other way: a range of its own for each request, anywhere, and any page of it can go back at any time.",
	  map_steps, ARRAY_SIZE(map_steps) },
	{ "Memory that is promised, not given",
	  "Neither call hands out memory. The pages come one by one, when they are touched.",
	  giant_steps, ARRAY_SIZE(giant_steps) },
};

static bool agree(const char *what, unsigned long is, unsigned long want)
{
	if (is == want)
		return true;
	say(BAD, "%*s%s: %lu, expected %lu\n", 12, "", what, is, want);
	return false;
}

static bool check(const struct step *step, const struct view *start,
		  const struct view *now, size_t page)
{
	unsigned long used = pages_used(now, start);
	bool ok = agree("lines", now->nr_lines, step->lines);

	ok &= agree("KiB mapped", now->mapped_kib,
		    step->pages_mapped * page / KIB);
	ok &= agree("KiB resident", now->rss_kib,
		    step->pages_used * page / KIB);
	ok &= agree("pages of the pool in use", used, step->pages_used);
	if (ok)
		say(GOOD, "    as expected: %u line%s, %lu KiB; %lu page%s in use\n",
		    now->nr_lines, now->nr_lines == 1 ? "" : "s",
		    now->mapped_kib, used, used == 1 ? "" : "s");
	else
		say(BAD, "    NOT as expected\n");
	return ok;
}

static void fail(const char *what)
{
	say(BAD, "tour: %s: %s\n", what, strerror(errno));
	exit(2);
}

static bool take_step(struct tour *t, const struct step *step,
		      unsigned int nr, const struct view *start,
		      struct view *now)
{
	struct view before = *now;

	say(TITLE, "\n%3u %s\n", nr, step->title);
	labelled("Expect", step->expect);
	labelled("Do", step->action);
	show("Before", &before, NULL);
	if (step->run(t))
		fail(step->action);
	if (watch(t->fd, now))
		fail("looking at the result");
	show("After", now, &before);
	return check(step, start, now, t->page);
}

static unsigned int walk(struct tour *t, unsigned int *nr_failed)
{
	struct view start, now;
	unsigned int nr = 0;

	if (watch(t->fd, &start))
		fail("looking around");
	now = start;
	for (size_t c = 0; c < ARRAY_SIZE(chapters); c++) {
		const struct chapter *ch = &chapters[c];

		heading(ch->title);
		labelled("", ch->intro);
		for (unsigned int s = 0; s < ch->nr_steps; s++)
			if (!take_step(t, &ch->steps[s], ++nr, &start, &now))
				(*nr_failed)++;
	}
	return nr;
}

static void introduce(int fd)
{
	struct ta_ioc_info info;

	if (ta_info(fd, &info))
		fail("asking for the pool's figures");
	say(TITLE, "\nFrom a system call to a page, on a pool of %llu MiB\n",
	    (info.pool_pages * info.page_size) >> 20);
	labelled("",
		 "This program asks the service for memory, as an ordinary user. Each step says what should happen, does it, and shows both sides of it:");
	labelled("RSS",
		 "what of its memory from the pool has a page behind it, and what of all its memory");
	labelled("maps", "its own lines of /proc/self/maps");
	labelled("Node",
		 "the free blocks of 1, 2, 4 ... 1024 pages, in the manner of /proc/buddyinfo");
}

int main(int argc, char **argv)
{
	struct tour t = { .page = sysconf(_SC_PAGESIZE) };
	unsigned int nr, nr_failed = 0;

	screen_init(screen_wanted(argc, argv));
	t.fd = ta_open();
	if (t.fd < 0)
		fail(TA_DEVICE " (is the module inserted?)");
	introduce(t.fd);
	nr = walk(&t, &nr_failed);
	close(t.fd);
	if (nr_failed)
		say(BAD, "\n%u steps, %u NOT as expected\n", nr, nr_failed);
	else
		say(GOOD, "\n%u steps, all as expected\n", nr);
	return nr_failed ? 1 : 0;
}
