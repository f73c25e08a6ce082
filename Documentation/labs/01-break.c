// SPDX-License-Identifier: GPL-2.0
/*
 * 1: The break goes up and down
 *
 * The oldest way to get memory is one number: the *break*, the address where a
 * process's heap ends. To ask for more is to move it up, to give back is to move
 * it down. What does the kernel make of a move by a page, of one by a single byte,
 * and when is there memory behind it?
 *
 * `/proc/PID/maps` has a line for each range of addresses a process may use.
 * Watch the heap's: when it comes, how long it is, and when it goes. Beside it,
 * watch RSS, which counts the pages that are really there.
 *
 * Claim: The break moves up and down, and a heap line appears and goes with it;
 * one byte more costs a whole page.
 * Verdict: right, but
 * So: The byte costs a page of *addresses* at once, and a page of *memory* only
 * when somebody touches it.
 */
#include "lab.h"

static void walk(struct side *s)
{
	side_begin(s);
	side_heap(s);

	lab_step("The break goes up by a page",
		 "A line appears, of exactly one page. No memory stands behind it.");
	SHOW(s, side_brk(s, s->heap + 4096));
	expect_view(s, 1, 1, 0);

	lab_step("The first byte is written",
		 "The CPU finds no page there and faults; the fault brings one.");
	SHOW(s, s->heap[0] = 'a');
	expect_view(s, 1, 1, 1);

	lab_step("One byte more",
		 "A line cannot end within a page, so it grows by a whole one. Memory does not grow.");
	SHOW(s, side_brk(s, s->heap + 4097));
	expect_view(s, 1, 2, 1);

	lab_step("That byte is written", "Now it costs a page of memory as well.");
	SHOW(s, s->heap[4096] = 'b');
	expect_view(s, 1, 2, 2);

	lab_step("All the way to the end of that page",
		 "It was paid for already: nothing changes.");
	SHOW(s, side_brk(s, s->heap + 8192));
	expect_view(s, 1, 2, 2);

	lab_step("Back to where it began", "The line goes, and so do both pages.");
	SHOW(s, side_brk(s, s->heap));
	expect_view(s, 0, 0, 0);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "The break goes up and down");
	walk(&service);
	walk(&kernel);
	return lab_end();
}
