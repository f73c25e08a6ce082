// SPDX-License-Identifier: GPL-2.0
/*
 * 3: What the first malloc takes
 *
 * A program says `malloc(100)` and nothing else, and has a heap of 132 KiB. The C library
 * buys wholesale: a system call costs a few hundred times what it takes to cut a chunk
 * off a piece one has. So it asks for 128 KiB more than it needs (M_TOP_PAD), rounds up to
 * a page, and lives on that for a while.
 *
 * Each call that an unmodified malloc makes is caught here and written down. On the service's
 * side the service answers it: the C library's heap then lies in the pool.
 *
 * Claim: malloc(100) takes 132 KB at once on 32-bit, on 64-bit it is less.
 * Verdict: wrong about 64-bit
 * So: It is 132 KiB there, too: 100 bytes and 128 KiB, rounded up to pages. Of these
 * only the pages that are touched are memory: one.
 */
#include <sys/syscall.h>

#include "calls.h"

static long resident(const struct calls *calls)
{
	struct ta_ioc_info info;

	if (!calls->on_service || ta_info(calls_client(), &info))
		return -1;
	return info.resident_pages;
}

static void story(struct calls *calls, int which)
{
	static void *chunk[2000];

	(void)which;
	calls_begin(calls);
	calls_note("malloc(100)");
	chunk[0] = malloc(100);
	calls->result[0] = calls->nr_calls;
	calls->result[1] = resident(calls);
	calls_note("1000 times malloc(100)");
	for (int i = 1; i <= 1000; i++)
		chunk[i] = malloc(100);
	calls->result[2] = calls->nr_calls;
	calls_note("500 times malloc(100)");
	for (int i = 1001; i <= 1500; i++)
		chunk[i] = malloc(100);
	calls_end();
	calls->result[3] = (char *)chunk[1] - (char *)chunk[0];
}

static void walk(struct side *s)
{
	struct calls *calls;
	const struct call *first;

	side_begin(s);
	lab_step("1501 chunks of 100 bytes",
		 "The first one moves the break by 132 KiB: 33 pages. The next thousand come out of that. When it is used up there are 132 KiB more.");
	lab_did("malloc(100) ... malloc(100)");
	calls = calls_of(s, 0);
	calls_tell(calls);
	first = &calls->call[1];
	expect_yes("the first call is brk", first->nr == SYS_brk, true);
	expect("KiB that it asks for", (first->arg[0] - calls->first_break) / (long)KIB, 132);
	expect("calls for the first malloc", calls->result[0] - 1, 1);
	expect("calls for the next thousand", calls->result[2] - calls->result[0] - 1, 0);
	expect("calls in all", calls_count(calls, SYS_brk), 2);
	expect("bytes from one chunk to the next", calls->result[3], 112);
	if (s == &service)
		expect("pages of the pool after the first malloc", calls->result[1], 1);
}

int main(int argc, char **argv)
{
	if (calls_child(argc, argv, story))
		return 0;
	lab_begin(argc, argv, "What the first malloc takes");
	walk(&kernel);
	walk(&service);
	return lab_end();
}
