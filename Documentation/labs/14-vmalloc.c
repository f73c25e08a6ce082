// SPDX-License-Identifier: GPL-2.0
/*
 * 14: Addresses in a row, pages from anywhere
 *
 * vmalloc gives memory that looks like one piece and is none. It takes what pages it can
 * get, finds room in a range of kernel addresses of its own, and writes the page table so
 * that the pages appear there one after the other. That costs: each page has an entry
 * to be written, and later cleared, and forgotten by each CPU.
 *
 * `vmalloc_pages` lists an area's pages. The lab walks the page table as the processor
 * does, reading the tables through /proc/kcore, and finds the same ones.
 *
 * Claim: vmalloc gives contiguous addresses on scattered pages, and is slower than
 * kmalloc and whole pages.
 * Verdict: right, but
 * So: The pages are as scattered as the pool is: out of a fresh one this vmalloc takes
 * one block. The price is for mapping, not for scattering.
 */
#include "bench.h"
#include "kcore.h"
#include "lab.h"
#include "pieces.h"

#define PAGES	16

struct area {
	uint64_t addr;
	int nr;
	unsigned long frame[PAGES];
};

/* Read "0xADDR N bytes pid P FUNCTION frames 5 7-9 ..." of our own process. */
static void read_area(struct area *area)
{
	char *text = file_get(OURS "vmalloc_pages"), *at = text, *line, *word;
	unsigned long frame, last;
	char mine[32];

	snprintf(mine, sizeof(mine), " pid %d ", getpid());
	area->nr = 0;
	while ((line = strsep(&at, "\n")))
		if (strstr(line, mine))
			break;
	if (!line)
		lab_die("finding the area");
	lab_tell("Pages", "%s", line);
	area->addr = strtoul(line, NULL, 16);
	line = strstr(line, " frames ") + strlen(" frames ");
	while ((word = strsep(&line, " ")) && *word) {
		frame = strtoul(word, &word, 10);
		last = *word == '-' ? strtoul(word + 1, NULL, 10) : frame;
		for (; frame <= last && area->nr < PAGES; frame++)
			area->frame[area->nr++] = frame;
	}
	free(text);
}

static int neighbours(const struct area *area)
{
	int nr = 0;

	for (int i = 1; i < area->nr; i++)
		nr += area->frame[i] == area->frame[i - 1] + 1;
	return nr;
}

static bool five_levels(void)
{
	char *text = file_get("/proc/cpuinfo");
	bool found = text && strstr(text, " la57");

	free(text);
	return found;
}

/* Where the walk begins, and how many of the address's bits are left to it. */
static uint64_t top_table;
static int top_shift;

/* The page frame number that the processor finds for an address, or 0. */
static uint64_t walk(uint64_t addr, bool tell)
{
	static const char * const names[] = { "pgd", "p4d", "pud", "pmd", "pte" };
	uint64_t table = top_table, entry = 0;
	int shift = top_shift;

	for (int i = 0; i < 5; i++) {
		int n = addr >> shift & 511;

		/* Four levels: no p4d. */
		if (i == 1 && top_shift == 39)
			continue;
		if (!kcore_read(table + n * 8, &entry, sizeof(entry)))
			lab_die("reading a page table");
		if (tell)
			printf("    %s[%d] = %#lx\n", names[i], n, entry);
		if (!(entry & 1) || shift == 12)
			break;
		table = kcore_linear(entry & 0x000ffffffffff000);
		shift -= 9;
	}
	return entry & 1 ? (entry & 0x000ffffffffff000) / PAGE : 0;
}

static void walk_area(const struct area *area)
{
	int wrong = 0;

	lab_step("The page table's opinion",
		 "A walk through the tables, level by level, leads to the same page for each of the addresses, and to none for the one behind the last: the guard page.");
	top_table = kernel_symbol("init_top_pgt");
	top_shift = five_levels() ? 48 : 39;
	lab_tell("Walk", "%#lx", area->addr + 5 * PAGE);
	walk(area->addr + 5 * PAGE, true);
	for (int i = 0; i < area->nr; i++)
		wrong += walk(area->addr + i * PAGE, false) % 1024 !=
			 area->frame[i] % 1024;
	expect("pages that are others", wrong, 0);
	expect("page behind the area", walk(area->addr + area->nr * PAGE, false), 0);
}

static void cost(void)
{
	struct bench kmalloc, pages, small, large;

	lab_step("What it costs",
		 "An allocation and its free, ours and the kernel's own. Mapping makes even one page several times as dear.");
	bench_run("vmalloc_4K page_order0 kmalloc_64 vmalloc_64K");
	bench_get("kmalloc_64", &kmalloc);
	bench_get("page_order0", &pages);
	bench_get("vmalloc_4K", &small);
	bench_get("vmalloc_64K", &large);
	bench_tell("kmalloc of 64 bytes", &kmalloc);
	bench_tell("a page", &pages);
	bench_tell("vmalloc of a page", &small);
	bench_tell("vmalloc of 16 pages", &large);
	if (!bench_exact())
		return;
	expect_within("vmalloc of a page beside a page, ours, in percent",
		      small.ours * 100 / pages.ours, 200, 100000);
	expect_within("the same, the kernel's", small.host * 100 / pages.host,
		      200, 100000);
}

int main(int argc, char **argv)
{
	struct pieces p = { .page = PAGE };
	struct area area;
	int handle;

	lab_begin(argc, argv, "Addresses in a row, pages from anywhere");
	p.fd = service.fd;
	/* The module shows addresses as the kernel does: by its leave. */
	file_put("/proc/sys/kernel/kptr_restrict", "1");

	lab_step("64 KiB out of a fresh pool",
		 "There is a block of 16 pages, so it takes that: the pages are neighbours.");
	DO(handle = ta_alloc(service.fd, TA_LAYER_VMALLOC, 16 * 4096, 0, NULL));
	read_area(&area);
	expect("pages", area.nr, PAGES);
	expect("pages that follow the one before", neighbours(&area), PAGES - 1);
	ta_free(service.fd, handle);

	lab_step("64 KiB out of a pool in pieces",
		 "There are only single pages: sixteen of those, hardly two of them neighbours, at addresses in a row.");
	DO(pieces_fill(&p); pieces_thin_out(&p));
	/* What the pool keeps in reserve is in one piece. */
	DO(ta_alloc(service.fd, TA_LAYER_PAGES, 8, TA_ALLOC_NOWAIT, NULL));
	DO(handle = ta_alloc(service.fd, TA_LAYER_VMALLOC, 16 * 4096, 0, NULL));
	read_area(&area);
	expect("pages", area.nr, PAGES);
	expect_within("pages that follow the one before", neighbours(&area), 0, 3);
	walk_area(&area);
	ta_free(service.fd, handle);
	pieces_give_back(&p);
	cost();
	return lab_end();
}
