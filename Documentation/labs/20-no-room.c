// SPDX-License-Identifier: GPL-2.0
/*
 * 20: When the break cannot grow
 *
 * The break grows until something is in its way. On 32-bit that happened by itself; on
 * 64-bit there is room for decades of growth, and somebody has to put something
 * there: the lab maps a page 64 KiB above the break.
 *
 * brk then says no. malloc does not give up: it takes the next piece of its heap from
 * mmap and goes on.
 *
 * Claim: Where the break meets the mappings, malloc falls back to mmap, even for
 * small requests.
 * Verdict: right, but
 * So: Not each request is mapped: what is mapped is a piece of heap (1 MiB the first
 * time) that small chunks are cut from as before. Each further piece begins with
 * another try of brk. The 64 KiB below the obstacle are never used.
 */
#include <sys/syscall.h>

#include "calls.h"

enum { FIRST, OBSTACLE, SMALL, SECOND };

static void story(struct calls *calls, int which)
{
	char *p;

	(void)which;
	calls_begin(calls);
	calls_note("a page is mapped 64 KiB above the break");
	p = mmap((char *)sbrk(0) + 64 * KIB, PAGE, PROT_READ,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	calls->result[OBSTACLE] = (long)p;
	calls->result[FIRST] = calls->nr_calls;
	calls_note("malloc(100)");
	p = malloc(100);
	calls->result[SMALL] = (long)p;
	calls->result[SECOND] = calls->nr_calls;
	calls_note("1000 times malloc(1000)");
	for (int i = 0; i < 1000; i++)
		p = malloc(1000);
	calls_note("500 times malloc(1000)");
	for (int i = 0; i < 500; i++)
		p = malloc(1000);
	calls_end();
}

static void walk(struct side *s)
{
	const struct call *refused, *instead;
	struct calls *calls;

	side_begin(s);
	lab_step("A heap with something in its way",
		 "brk is refused, and mmap gives 1 MiB. A thousand chunks come out of that; then brk is tried again, and there is another piece.");
	lab_did("p = malloc(100)");
	calls = calls_of(s, 0);
	calls_tell(calls);
	refused = &calls->call[calls->result[FIRST] + 1];
	instead = refused + 1;
	expect_yes("brk was tried", refused->nr == SYS_brk, true);
	expect_yes("brk was refused", refused->ret != refused->arg[0], true);
	expect_yes("mmap came next", instead->nr == SYS_mmap, true);
	expect("KiB that it asked for", instead->arg[1] / (long)KIB, 1024);
	expect_yes("the chunk lies in it", calls->result[SMALL] > instead->ret &&
		   calls->result[SMALL] < instead->ret + instead->arg[1], true);
	expect_within("mappings for 1501 chunks, and the obstacle",
		      calls_count(calls, SYS_mmap), 3, 10);
	expect("tries of brk", calls_count(calls, SYS_brk),
	       calls_count(calls, SYS_mmap) - 1);
}

int main(int argc, char **argv)
{
	if (calls_child(argc, argv, story))
		return 0;
	lab_begin(argc, argv, "When the break cannot grow");
	walk(&kernel);
	walk(&service);
	return lab_end();
}
