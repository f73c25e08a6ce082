// SPDX-License-Identifier: GPL-2.0
/*
 * The tour's last part: a pool in pieces, what can still be had of it, and how
 * it is made whole.
 *
 * Model: this process takes the whole pool page by page, writes to each, and
 * gives every other frame back. Half is free then, and no two free pages are
 * neighbours. What a kernel caller would get is asked for by handle, without
 * any effort, so that nothing is repaired on the way: first so, then after
 * compaction. In the end the process reads what it wrote.
 *
 * Context: root, for the handles and for the file that starts compaction; the
 * pool should be idle otherwise.
 *
 * Failure: as the tour's: 1 for a step that is not as expected, 2 for a call
 * that fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "screen.h"

#define COMPACT	"/sys/kernel/debug/teachalloc/compact"
#define BYTES	(2UL << 20)

struct pieces {
	int fd;
	size_t page;
	size_t nr;		/* pages from @mem on */
	char *mem;
	struct ta_page_info *info;
};

static void fail(const char *what)
{
	say(BAD, "pieces: %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned long *word_of(struct pieces *p, size_t i)
{
	return (unsigned long *)(p->mem + i * p->page);
}

/* Take all there is, a word of its own in each page. */
static void fill(struct pieces *p)
{
	struct ta_ioc_info pool;

	if (ta_info(p->fd, &pool))
		fail("asking for the pool's figures");
	p->nr = pool.available_pages;
	p->info = calloc(p->nr, sizeof(*p->info));
	p->mem = ta_mmap(p->fd, NULL, p->nr * p->page,
			 PROT_READ | PROT_WRITE, 0);
	if (!p->info || p->mem == MAP_FAILED)
		fail("mapping the whole pool");
	for (size_t i = 0; i < p->nr; i++)
		*word_of(p, i) = i + 1;
}

/* Give back what stands in every other frame. */
static void thin_out(struct pieces *p)
{
	if (ta_pages(p->fd, p->mem, p->nr, p->info))
		fail("asking where the pages are");
	for (size_t i = 0; i < p->nr; i++)
		if (p->info[i].frame % 2 == 0 &&
		    munmap(p->mem + i * p->page, p->page))
			fail("giving a page back");
}

/* How many of the pages that were kept have another word in them by now. */
static size_t nr_wrong(struct pieces *p)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++)
		nr += p->info[i].frame % 2 && *word_of(p, i) != i + 1;
	return nr;
}

static size_t nr_moved(struct pieces *p)
{
	struct ta_page_info *now = calloc(p->nr, sizeof(*now));
	size_t nr = 0;

	if (!now || ta_pages(p->fd, p->mem, p->nr, now))
		fail("asking where the pages are");
	for (size_t i = 0; i < p->nr; i++)
		nr += p->info[i].frame % 2 && p->info[i].frame != now[i].frame;
	free(now);
	return nr;
}

static void compact(void)
{
	int fd = open(COMPACT, O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		fail(COMPACT);
	close(fd);
}

static void show_pool(struct pieces *p, const char *label)
{
	struct view now = { 0 };

	if (ta_info(p->fd, &now.pool))
		fail("asking for the pool's figures");
	labelled(label, "");
	show_blocks(&now, NULL);
}

/* Ask for 2 MiB as a kernel caller; tell whether that is as expected. */
static bool ask(struct pieces *p, enum ta_layer layer, const char *what,
		bool expected)
{
	int handle = ta_alloc(p->fd, layer, BYTES, TA_ALLOC_NOWAIT, NULL);
	bool got = handle > 0;

	if (got && ta_free(p->fd, handle))
		fail("freeing it again");
	say(got == expected ? GOOD : BAD, "    %s %s%s\n", what,
	    got ? "succeeds" : "fails: no such block",
	    got == expected ? ", as expected" : ", NOT as expected");
	return got == expected;
}

static bool ask_both(struct pieces *p, bool contiguous)
{
	bool ok = ask(p, TA_LAYER_KMALLOC, "ta_kmalloc(2 MiB)", contiguous);

	return ask(p, TA_LAYER_VMALLOC, "ta_vmalloc(2 MiB)", true) && ok;
}

static bool take_apart(struct pieces *p)
{
	heading("A pool in pieces");
	labelled("",
		 "Now as root. Memory that was in use for long is not empty and not full: free pages are everywhere, and hardly two of them side by side.");
	fill(p);
	thin_out(p);
	labelled("Do",
		 "take every page but the reserve, write to each, give every other frame back");
	show_pool(p, "After");
	labelled("Expect",
		 "Half is free, and yet there is no block of 2 MiB. vmalloc needs none: it lines single pages up by their addresses.");
	return ask_both(p, false);
}

static bool make_whole(struct pieces *p)
{
	size_t moved, wrong;
	bool ok;

	labelled("Do", "echo 1 > " COMPACT);
	compact();
	moved = nr_moved(p);
	show_pool(p, "After");
	labelled("Expect",
		 "The pages in use moved together, under the feet of this process. What is free is in large blocks now, and every page has in it what was written.");
	ok = ask_both(p, true);
	wrong = nr_wrong(p);
	say(!wrong && moved ? GOOD : BAD,
	    "    %zu pages moved, %zu of them with other contents\n", moved, wrong);
	return ok && moved && !wrong;
}

int main(int argc, char **argv)
{
	struct pieces p = { .page = sysconf(_SC_PAGESIZE) };
	bool ok;

	screen_init(screen_wanted(argc, argv));
	p.fd = ta_open();
	if (p.fd < 0)
		fail(TA_DEVICE " (is the module inserted?)");
	ok = take_apart(&p);
	ok = make_whole(&p) && ok;
	say(ok ? GOOD : BAD, "\n%s\n", ok ? "as expected" : "NOT as expected");
	return ok ? 0 : 1;
}
