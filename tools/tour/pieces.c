// SPDX-License-Identifier: GPL-2.0
/*
 * The tour's last part: a pool in pieces, what can still be had of it, and how
 * it is made whole.
 *
 * Model: this process takes every other page of the whole pool. What a kernel
 * caller would get then is asked for by handle, without any effort, so that
 * nothing is repaired on the way: first so, then after compaction. In the end the
 * process reads what it wrote.
 *
 * Context: root, for the handles and for the file that starts compaction; the
 * pool should be idle otherwise.
 *
 * Failure: as the tour's: 1 for a step that is not as expected, 2 for a call
 * that fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "pieces.h"
#include "screen.h"

#define COMPACT	"/sys/kernel/debug/teachalloc/compact"
#define BYTES	(2UL << 20)

static void fail(const char *what)
{
	say(BAD, "pieces: %s: %s\n", what, strerror(errno));
	exit(2);
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
	if (pieces_fill(p) || pieces_thin_out(p))
		fail("taking the pool apart");
	labelled("Do",
		 "take every page but the reserve, write to each, give every other frame back");
	show_pool(p, "After");
	labelled("Expect",
		 "Half is free, and yet there is no block of 2 MiB. vmalloc needs none: it lines single pages up by their addresses.");
	return ask_both(p, false);
}

static bool make_whole(struct pieces *p)
{
	size_t wrong;
	long moved;
	bool ok;

	labelled("Do", "echo 1 > " COMPACT);
	if (!file_put(COMPACT, "1"))
		fail(COMPACT);
	moved = pieces_nr_moved(p);
	show_pool(p, "After");
	labelled("Expect",
		 "The pages in use moved together, under the feet of this process. What is free is in large blocks now, and every page has in it what was written.");
	ok = ask_both(p, true);
	wrong = pieces_nr_wrong(p);
	say(!wrong && moved > 0 ? GOOD : BAD,
	    "    %ld pages moved, %zu of them with other contents\n", moved, wrong);
	return ok && moved > 0 && !wrong;
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
