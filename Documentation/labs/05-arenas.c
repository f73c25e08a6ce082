// SPDX-License-Identifier: GPL-2.0
/*
 * 5: What a thread's first malloc takes
 *
 * Threads that allocate at the same moment would wait for one another at the heap's lock. So
 * a thread gets an *arena* of its own, which cannot be the break, for there is one
 * only: it is a mapping. Room for it to grow must be reserved, and from an address in
 * it the C library must find its head: it is aligned to its size. An aligned piece is
 * cut out of a mapping of twice the size.
 *
 * Claim: A thread's arena is a mapping of 1 MB with 132 KB active.
 * Verdict: right on 32-bit only
 * So: On 64-bit it is 64 MiB, cut out of 128 that are mapped; the rest is unmapped. Reserved
 * means addresses that nobody may touch; 132 KiB may be written to, and one
 * page is.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "calls.h"

static struct calls *book_of_thread;

static void *run_thread(void *arg)
{
	struct ta_ioc_info info;
	char *p;

	(void)arg;
	calls_begin(book_of_thread);
	calls_note("malloc(100) in a thread");
	p = malloc(100);
	calls_end();
	book_of_thread->result[0] = (long)p % (64 * (long)MIB);
	if (book_of_thread->on_service && !ta_info(calls_client(), &info))
		book_of_thread->result[1] = info.resident_pages;
	return p;
}

static void story(struct calls *calls, int which)
{
	pthread_t id;

	(void)which;
	book_of_thread = calls;
	pthread_create(&id, NULL, run_thread, NULL);
	pthread_join(id, NULL);
}

static void walk(struct side *s)
{
	struct calls *calls;

	side_begin(s);
	lab_step("A thread allocates 100 bytes",
		 "128 MiB are mapped that nobody may touch. What is not aligned to 64 MiB goes; the first 132 KiB of the rest may be written to.");
	lab_did("pthread_create(...): malloc(100)");
	calls = calls_of(s, 0);
	calls_tell(calls);
	expect("MiB mapped", calls_bytes(calls, SYS_mmap) / (long)MIB, 128);
	expect("MiB left",
	       (calls_bytes(calls, SYS_mmap) - calls_bytes(calls, SYS_munmap)) /
	       (long)MIB, 64);
	expect("KiB that may be written to",
	       calls_bytes(calls, SYS_mprotect) / (long)KIB, 132);
	expect("moves of the break", calls_count(calls, SYS_brk), 0);
	expect_within("bytes from a multiple of 64 MiB to the chunk",
		      calls->result[0], 1, 4096);
	if (s == &service)
		expect_within("pages of the pool", calls->result[1], 1, 2);
}

int main(int argc, char **argv)
{
	if (calls_child(argc, argv, story))
		return 0;
	lab_begin(argc, argv, "What a thread's first malloc takes");
	walk(&kernel);
	walk(&service);
	return lab_end();
}
