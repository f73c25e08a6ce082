// SPDX-License-Identifier: GPL-2.0
/*
 * 4: From which size on malloc maps
 *
 * A large chunk gets a mapping of its own, so that free() can give it back whatever
 * stands above it. How large is large? By the book 128 KiB, M_MMAP_THRESHOLD. The
 * lab looks for the edge by halving, with a fresh process for each try. It finds two:
 * what fits into what is left at the top of the heap is taken from there, whatever
 * its size, and a fresh heap has 132 KiB.
 *
 * Then it does what a program does: it frees such a chunk and asks for one of the same
 * size again. The C library concludes that chunks of this size come and go, and that it
 * was wrong to map them.
 *
 * Claim: Above 128 KB malloc uses mmap, and free gives it back at once.
 * Verdict: right the first time only
 * So: What fits at the top of the heap is not mapped. And the threshold moves: freeing a
 * mapped chunk raises it to that chunk's size, up to 32 MiB, and from then on such
 * chunks come from the break, and stay. Who sets M_MMAP_THRESHOLD keeps it where it is.
 */
#include <malloc.h>
#include <sys/syscall.h>

#include "calls.h"

/* What is no size: less than any, or a bit above all. */
enum { AGAIN = 1, AGAIN_FIXED, AGAIN_HUGE, USED_UP = 1 << 30 };

/* malloc(), free(), and the same once more. */
static void use_twice(struct calls *calls, size_t len)
{
	void *p;

	calls_note("malloc(%zu KiB)", len / KIB);
	p = malloc(len);
	calls->result[0] = calls->call[calls->nr_calls - 1].nr;
	calls_note("free");
	free(p);
	calls->result[2] = calls->call[calls->nr_calls - 1].nr;
	calls_note("malloc(%zu KiB) again", len / KIB);
	p = malloc(len);
	calls->result[1] = calls->call[calls->nr_calls - 1].nr;
	calls_note("free again");
	free(p);
}

static void story(struct calls *calls, int which)
{
	if (which == AGAIN_FIXED)
		mallopt(M_MMAP_THRESHOLD, 128 * KIB);
	calls_begin(calls);
	if (which == AGAIN || which == AGAIN_FIXED) {
		use_twice(calls, 200 * KIB);
	} else if (which == AGAIN_HUGE) {
		use_twice(calls, 33 * MIB);
	} else {
		/* Half of a fresh heap's 132 KiB. */
		if (which & USED_UP)
			calls->result[0] = (long)malloc(66 * KIB);
		calls->result[1] = (long)malloc(which & ~USED_UP);
	}
	calls_end();
}

static bool is_mapped(struct side *s, int which)
{
	struct calls *calls = calls_of(s, which);
	bool mapped = calls_count(calls, SYS_mmap);

	munmap(calls, sizeof(*calls));
	return mapped;
}

/* The smallest size that is mapped. */
static int find_edge(struct side *s, int flags)
{
	int low = 64 * KIB, high = 256 * KIB, middle;

	while (high - low > 1) {
		middle = (low + high) / 2;
		if (is_mapped(s, middle | flags))
			high = middle;
		else
			low = middle;
	}
	return high;
}

static void edges(struct side *s)
{
	lab_step("The edge, when the heap has half of its 132 KiB left",
		 "malloc adds 8 bytes of its own and rounds up to 16. What is 128 KiB then, or more, is mapped: 131049 bytes are the least.");
	expect("the smallest size that is mapped", find_edge(s, USED_UP), 131049);
	lab_step("The edge in a process that has not allocated yet",
		 "The heap is made first, for malloc's own use. What fits into it is not mapped: nearly 132 KiB.");
	expect_within("the smallest size that is mapped", find_edge(s, 0),
		      131050, 132 * KIB);
}

static void repeat(struct side *s, int which, long wanted, const char *title,
		   const char *expected)
{
	struct calls *calls;

	lab_step(title, expected);
	lab_did("p = malloc(n); free(p); p = malloc(n); free(p)");
	calls = calls_of(s, which);
	calls_tell(calls);
	expect_yes("the first time is mmap", calls->result[0] == SYS_mmap, true);
	expect_yes("its free is munmap", calls->result[2] == SYS_munmap, true);
	expect_yes("the second time is mmap", calls->result[1] == SYS_mmap,
		   wanted == SYS_mmap);
	munmap(calls, sizeof(*calls));
}

static void walk(struct side *s)
{
	side_begin(s);
	edges(s);
	repeat(s, AGAIN, SYS_brk, "200 KiB, twice",
	       "Mapped, and unmapped at once. The second time it comes from the break, and free keeps it.");
	repeat(s, AGAIN_FIXED, SYS_mmap, "The same with M_MMAP_THRESHOLD set to 128 KiB",
	       "Who sets it, to whatever, wants it to stay: mapped both times.");
	repeat(s, AGAIN_HUGE, SYS_mmap, "33 MiB, twice",
	       "More than the threshold can become: mapped both times.");
}

int main(int argc, char **argv)
{
	if (calls_child(argc, argv, story))
		return 0;
	lab_begin(argc, argv, "From which size on malloc maps");
	walk(&kernel);
	walk(&service);
	return lab_end();
}
