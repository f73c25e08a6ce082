// SPDX-License-Identifier: GPL-2.0
/*
 * 18: The whole way, from malloc to a page
 *
 *     malloc(n)
 *       a chunk in this thread's cache of that size?  --> done      no call
 *       a chunk in a bin?                             --> done      no call
 *       enough at the top of the heap?                --> cut off   no call
 *       n below the threshold: move the break         --> brk       a longer line in maps
 *       n above it:            a mapping              --> mmap      a new line in maps
 *     a byte is written
 *       the CPU finds no page                         --> fault
 *         page layer: this CPU's list, else a block is split
 *       the page is entered into the page table       --> done
 *
 * An unmodified malloc goes all of these ways here, with its heap in the pool. The
 * events of the module tell what each call and each touch caused.
 *
 * Claim: malloc looks into bins, then at the top, then calls brk or mmap; the kernel
 * makes a range of addresses, and a fault brings the page.
 * Verdict: right, but
 * So: Before the bins there is a cache per thread (since 2.26), which serves most calls.
 * And malloc itself touches the first page, to write the chunk's head.
 */
#include <sys/syscall.h>

#include "calls.h"

/* What the story tells, by place in result[]. */
enum { TOP, CACHED, BIN, MAPPED, FRAME, TOUCHED };

static void story(struct calls *calls, int which)
{
	struct ta_page_info page;
	char *a, *b, *c, *d, *e;

	(void)which;
	calls_begin(calls);
	calls_note("a = malloc(30000)");
	a = malloc(30000);
	calls_note("b = malloc(1000)");
	b = malloc(1000);
	calls->result[TOP] = b - a;
	calls_note("free(b); c = malloc(1000)");
	free(b);
	c = malloc(1000);
	calls->result[CACHED] = c - b;
	calls_note("free(a); d = malloc(30000)");
	free(a);
	d = malloc(30000);
	calls->result[BIN] = d - a;
	calls_note("e = malloc(200 KiB)");
	e = malloc(200 * KIB);
	calls->result[MAPPED] = (long)e;
	calls_note("d[16384] is written");
	d[16384] = 'x';
	calls->result[TOUCHED] = ((long)d + 16384) & ~(PAGE - 1);
	if (!ta_pages(calls_client(), (void *)calls->result[TOUCHED], 1, &page))
		calls->result[FRAME] = page.frame;
	calls_end();
}

static long calls_between(const struct calls *calls, const char *from)
{
	long nr = 0;
	int i = 0;

	while (i < calls->nr_calls && strcmp(calls->call[i].note, from))
		i++;
	for (i++; i < calls->nr_calls && !calls->call[i].note[0]; i++)
		nr++;
	return nr;
}

static void user_side(const struct calls *calls)
{
	lab_step("What malloc does by itself",
		 "One call for the first chunk, and one for the large one. In between chunks come from the top, from this thread's cache, from a bin.");
	calls_tell(calls);
	expect("calls for the first chunk", calls_between(calls, "a = malloc(30000)"), 1);
	expect("bytes from a to b: cut off the top", calls->result[TOP], 30016);
	expect("calls for b", calls_between(calls, "b = malloc(1000)"), 0);
	expect("bytes from b to c: out of the cache", calls->result[CACHED], 0);
	expect("bytes from a to d: out of a bin", calls->result[BIN], 0);
	expect("calls for c and d",
	       calls_between(calls, "free(b); c = malloc(1000)") +
	       calls_between(calls, "free(a); d = malloc(30000)"), 0);
	expect("calls for the large one", calls_between(calls, "e = malloc(200 KiB)"), 1);
	expect_yes("it is mmap", calls_count(calls, SYS_mmap) == 1, true);
	expect("bytes from its page's start", calls->result[MAPPED] % (long)PAGE, 16);
}

static void kernel_side(const struct calls *calls, char *trace)
{
	char touched[32], *brk_event, *touch_event, *fault;

	lab_step("The call that moved the break",
		 "An operation of the service: the heap's line becomes longer, and no page is taken.");
	brk_event = trace_find(trace, "ta_brk", "");
	/* The first one only asked. */
	while (brk_event && trace_value(brk_event, "from") == trace_value(brk_event, "to"))
		brk_event = trace_find(strchr(brk_event, '\n') + 1, "ta_brk", "");
	lab_operation(trace, trace_value(brk_event, "op"));
	expect("KiB that it moved by", (trace_value(brk_event, "to") -
					trace_value(brk_event, "from")) / (long)KIB, 132);

	lab_step("The touch of the heap's first page",
		 "malloc itself writes there: the head of the chunk.");
	snprintf(touched, sizeof(touched), "addr=%#lx write", calls->first_break);
	touch_event = trace_find(brk_event, "ta_touch", touched);
	lab_operation(trace, trace_value(touch_event, "op"));
	expect_yes("it was touched", touch_event, true);

	lab_step("The touch of d[16384]",
		 "Another operation: a page out of this CPU's list or off a larger block, and the fault that enters it into the page table.");
	snprintf(touched, sizeof(touched), "addr=%#lx write", calls->result[TOUCHED]);
	touch_event = trace_find(trace, "ta_touch", touched);
	lab_operation(trace, trace_value(touch_event, "op"));
	fault = trace_find(touch_event, "ta_fault", "");
	expect("frame that the page layer gave",
	       trace_value(trace_find(touch_event, "ta_mm_page_alloc", ""), "frame"),
	       calls->result[FRAME]);
	expect("frame that the fault entered", trace_value(fault, "frame"),
	       calls->result[FRAME]);
	expect_yes("both are of one operation", touch_event &&
		   trace_value(fault, "op") == trace_value(touch_event, "op"), true);
}

int main(int argc, char **argv)
{
	struct calls *calls;
	char *trace;

	if (calls_child(argc, argv, story))
		return 0;
	lab_begin(argc, argv, "The whole way, from malloc to a page");
	trace_start();
	calls = calls_of(&service, 0);
	trace = trace_stop();
	user_side(calls);
	kernel_side(calls, trace);
	return lab_end();
}
