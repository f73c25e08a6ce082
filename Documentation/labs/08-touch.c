// SPDX-License-Identifier: GPL-2.0
/*
 * 8: What a system call gets you, and what a touch
 *
 * `brk` and `mmap` return in a microsecond, whether a page is asked for or a gigabyte.
 * They cannot have found a gigabyte of memory in that time. They have not: they
 * noted that the process may use those addresses. Memory comes later, a page at a
 * time, when the process touches one.
 *
 * The lab maps 1 GiB from a pool of 64 MiB, touches three pages of it, and then
 * follows a single touch through the layers. Each event of the module ends in
 * `op=N`, the number of the touch that caused it: the fault, the refill of this
 * CPU's list of pages, the split of a large block in the buddy allocator.
 *
 * Claim: System calls only set up ranges of addresses; pages come at the first touch.
 * Verdict: right, but
 * So: A mapping of sixteen times the pool takes no page of it, and each first touch
 * takes exactly one. On the kernel's own memory a touch may bring 2 MiB at once: where
 * huge pages are allowed, RSS grows by 512 pages for one byte.
 */
#include "lab.h"

static void sparse(struct side *s)
{
	char *p;

	side_begin(s);
	lab_step("1 GiB is mapped", "Not a page is taken.");
	DO(p = side_map(s, 1UL << 30));
	lab_look(s, "After");
	expect_view(s, 1, GIB / PAGE, 0);

	lab_step("Three touches, far from one another", "Three pages, one a touch.");
	SHOW(s, p[0] = 1; p[500 * MIB] = 1; p[1000 * MIB] = 1);
	expect_view(s, 1, GIB / PAGE, 3);

	lab_step("The same three again", "They are there: no fault, no page.");
	SHOW(s, p[0] = 2; p[500 * MIB] = 2; p[1000 * MIB] = 2);
	expect_view(s, 1, GIB / PAGE, 3);
	munmap(p, GIB);
}

static void one_touch(void)
{
	char *p = side_map(&service, 16 * PAGE), *trace, *touched, *fault;
	struct ta_page_info page;

	lab_step("One touch, through all layers",
		 "The touch begins an operation. Within it the page layer hands out a page, for which it may have to fill this CPU's list from a block that the buddy allocator splits; at the end the fault maps that page.");
	/* Straight from the buddy allocator, so that there is something to split. */
	file_put(OURS "pcp_enabled", "0");
	trace_start();
	DO(p[3 * PAGE] = 1);
	trace = trace_stop();
	file_put(OURS "pcp_enabled", "1");

	touched = trace_find(trace, "ta_touch", "write");
	fault = trace_find(touched, "ta_fault", "");
	lab_tell("Trace", "of operation %ld:", trace_value(touched, "op"));
	expect_within("events of that operation",
		      lab_operation(trace, trace_value(touched, "op")), 4, 20);
	ta_pages(service.fd, p + 3 * PAGE, 1, &page);
	expect("frame that the fault mapped", trace_value(fault, "frame"),
	       page.frame);
	expect("frame that was split off",
	       trace_value(trace_find(trace, "ta_mm_page_split", ""), "frame"),
	       page.frame);
	free(trace);
	munmap(p, 16 * PAGE);
}

static void huge_touch(void)
{
	char *p = side_map(&kernel, 64 * MIB);

	lab_step("One touch, where the kernel may use huge pages",
		 "Debian lets it (/sys/kernel/mm/transparent_hugepage/enabled), the other labs forbid it by MADV_NOHUGEPAGE. A touch brings 2 MiB, zeroed: fewer faults, and 511 pages that nobody may ever want.");
	SHOW(&kernel, madvise(p, 64 << 20, MADV_HUGEPAGE); p[32 << 20] = 1);
	expect_view(&kernel, 1, 64 * MIB / PAGE, 512);
	munmap(p, 64 * MIB);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "What a system call gets you, and what a touch");
	sparse(&service);
	one_touch();
	sparse(&kernel);
	huge_touch();
	return lab_end();
}
