// SPDX-License-Identifier: GPL-2.0
/*
 * 9: Reading is free, writing is not
 *
 * A page that nobody has written to reads as zeroes. One page of zeroes in all the
 * machine is enough for that: every page that was only read is mapped to it, for
 * reading. The first write finds that it may not write there, faults, and gets a
 * page of its own.
 *
 * So three numbers of a process differ: what it asked for, what it has looked at, and what
 * it has written. Only the last one is memory.
 *
 * Claim: Reading maps a shared page of zeroes, writing allocates: of 1 GB allocated
 * with 10 MB written, 10 MB are used.
 * Verdict: right
 * So: RSS counts neither addresses nor pages of zeroes. 2560 pages written are
 * 10 MiB, to the page.
 */
#include "lab.h"

#define WRITTEN	(10 * MIB / PAGE)

static unsigned long sum(const char *p, size_t nr_pages)
{
	unsigned long sum = 0;

	for (size_t i = 0; i < nr_pages; i++)
		sum += ((const volatile char *)p)[i * PAGE];
	return sum;
}

static void expect_pages(long nr_zero)
{
	struct ta_ioc_info info;

	ta_info(service.fd, &info);
	expect("pages that show the page of zeroes", info.zero_pages, nr_zero);
	expect("resident pages of the pool", info.resident_pages, WRITTEN);
}

static void walk(struct side *s)
{
	unsigned long total;
	char *p;

	side_begin(s);
	lab_step("1 GiB is mapped", "Addresses only.");
	DO(p = side_map(s, 1UL << 30));
	lab_look(s, "After");
	expect_view(s, 1, GIB / PAGE, 0);

	lab_step("10 MiB of it are read",
		 "All zeroes, and not a page was taken, though each of these 2560 pages has an entry in the page table now.");
	SHOW(s, total = sum(p, 2560));
	expect("sum of what was read", total, 0);
	expect_view(s, 1, GIB / PAGE, 0);

	lab_step("10 MiB are written: the same first 5 MiB, and 5 elsewhere",
		 "2560 pages, no matter whether they were read before.");
	SHOW(s, touch(p, 1280); touch(p + (512UL << 20), 1280));
	expect_view(s, 1, GIB / PAGE, WRITTEN);
	if (s == &service)
		expect_pages(1280);

	lab_step("They are forgotten: MADV_DONTNEED",
		 "The addresses stay, the memory goes, and what is read is zero again.");
	SHOW(s, side_forget(s, p, 1UL << 30));
	expect("sum of what was read", sum(p, 2560), 0);
	expect_view(s, 1, GIB / PAGE, 0);
	munmap(p, GIB);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "Reading is free, writing is not");
	walk(&service);
	walk(&kernel);
	return lab_end();
}
