// SPDX-License-Identifier: GPL-2.0
/*
 * 2: The break is a stack
 *
 * What lies below something that is in use cannot be given back by moving the break. A
 * process that frees 31 of its 32 MiB, all but the last, keeps all 32.
 *
 * It is the *break* that cannot, not the memory. A mapping can lose any page; and
 * even on the break a process may tell the kernel that it does not want the
 * contents of some pages any more (MADV_DONTNEED): the addresses stay its own, the
 * memory goes.
 *
 * malloc_trim() of the C library is said to do no more than to move the break down. See what
 * an unmodified malloc does when it is called.
 *
 * Claim: The break is a stack: of 100 MB, 99 freed in the middle stay resident;
 * malloc_trim gives back only what is at the top.
 * Verdict: right about the break, wrong about malloc_trim
 * So: Since version 2.8 of the C library malloc_trim also finds whole free pages in the
 * middle and gives them back with MADV_DONTNEED, on the break as everywhere.
 */
#include <malloc.h>
#include <sys/syscall.h>

#include "calls.h"

#define NR	(32 * MIB / PAGE)
#define FREED	(31 * MIB / PAGE)

static void by_hand(struct side *s)
{
	char *p;

	side_heap(s);
	side_brk(s, s->heap + 32 * MIB);
	lab_step("32 MiB on the break, all of it written", "8192 pages.");
	SHOW(s, touch(s->heap, 8192));
	expect_view(s, 1, NR, NR);
	lab_step("The first 31 are free, and forgotten",
		 "The line must stay, for the last MiB is in use; the memory need not.");
	SHOW(s, side_forget(s, s->heap, 31 << 20));
	expect_view(s, 1, NR, NR - FREED);
	side_brk(s, s->heap);

	p = side_map(s, 32 * MIB);
	lab_step("32 MiB in a mapping, all of it written", "8192 pages.");
	SHOW(s, touch(p, 8192));
	expect_view(s, 1, NR, NR);
	lab_step("The first 31 are unmapped", "The memory goes and the addresses, too.");
	SHOW(s, munmap(p, 31 << 20));
	expect_view(s, 1, NR - FREED, NR - FREED);
	munmap(p + FREED * PAGE, MIB);
}

/* An unmodified malloc: 320 chunks, of which all but the last are freed. */
static void story(struct calls *calls, int which)
{
	static char *chunk[320];

	(void)which;
	calls_begin(calls);
	for (int i = 0; i < 320; i++) {
		chunk[i] = malloc(100 * KIB);
		memset(chunk[i], 'a', 100 * KIB);
	}
	calls->nr_calls = 0;
	calls->first_break = (long)sbrk(0);
	calls->result[0] = calls_rss();
	calls_note("319 times free: %ld KiB resident before", calls->result[0]);
	for (int i = 0; i < 319; i++)
		free(chunk[i]);
	calls->result[1] = calls_rss();
	calls_note("malloc_trim(0): %ld KiB resident before", calls->result[1]);
	calls->result[2] = malloc_trim(0);
	calls->result[3] = calls_rss();
	calls_note("end: %ld KiB resident", calls->result[3]);
	calls_end();
}

static void by_malloc(struct side *s)
{
	struct calls *calls;

	lab_step("320 chunks of 100 KiB, all but the last freed, then malloc_trim",
		 "Each free makes no call and gives nothing back. malloc_trim has the kernel forget the middle, with the last chunk where it is; the little that is free above that one it gives back by the break.");
	calls = calls_of(s, 0);
	calls_tell(calls);
	/* The first free also brings in the C library's code for it. */
	expect_within("KiB given back by free", calls->result[0] - calls->result[1],
		      -400, 100);
	expect_yes("malloc_trim gave something back", calls->result[2], true);
	expect("calls of madvise", calls_count(calls, SYS_madvise), 1);
	expect_within("KiB that madvise was about",
		      calls_bytes(calls, SYS_madvise) / (long)KIB, 31800, 31900);
	expect_within("KiB given back", calls->result[1] - calls->result[3],
		      31700, 32100);
}

static void walk(struct side *s)
{
	side_begin(s);
	by_hand(s);
	by_malloc(s);
}

int main(int argc, char **argv)
{
	if (calls_child(argc, argv, story))
		return 0;
	lab_begin(argc, argv, "The break is a stack");
	walk(&service);
	walk(&kernel);
	return lab_end();
}
