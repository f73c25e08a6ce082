// SPDX-License-Identifier: GPL-2.0
/*
 * 16: Enough is free, and nothing is to be had
 *
 * The headline: a machine has run for months, half of its memory is free, and a driver
 * that wants 2 MiB in a row is told that there are none. All of what is free is in
 * pieces. Three ways out:
 *
 *  - *not to need it*: vmalloc lines single pages up by their addresses;
 *  - *compaction*: what is in use is moved together, and what is free becomes whole;
 *  - *not to let it come so far*: what cannot be moved is kept apart from what can.
 *
 * The lab takes the pool apart twice: with pages of a process, which can be moved, since
 * only a page table knows where they are; and with pages of kernel callers, who know
 * the address and may use it at any moment. Each sign of its picture is 64 pages: free as
 * a whole (.), free in part (+), all in use (#).
 *
 * Claim: A long-running system cannot give 2 MB and more in a row though enough
 * is free; vmalloc can; compaction repairs it.
 * Verdict: right, but
 * So: Compaction moves what page tables refer to. One page in 512 that a kernel
 * caller holds, at the wrong places, and there is no block of 2 MiB however much is moved.
 */
#include "lab.h"
#include "pieces.h"

#define WANTED	(2 * MIB)

static bool can_have(enum ta_layer layer, unsigned long amount, int mode)
{
	int handle = ta_alloc(service.fd, layer, amount, mode, NULL);

	if (handle > 0)
		ta_free(service.fd, handle);
	return handle > 0;
}

static void expect_both(bool contiguous)
{
	expect_yes("ta_kmalloc of 2 MiB succeeds",
		   can_have(TA_LAYER_KMALLOC, WANTED, TA_ALLOC_NOWAIT), contiguous);
	expect_yes("ta_vmalloc of 2 MiB succeeds",
		   can_have(TA_LAYER_VMALLOC, WANTED, TA_ALLOC_NOWAIT), true);
}

static void take_apart(struct pieces *p)
{
	if (pieces_fill(p) || pieces_thin_out(p))
		lab_die("taking the pool apart");
}

#define CELL	64	/* pages in a cell of the picture */
#define CELLS	256

/* All of the pool: a cell is . free as a whole, + free in part, # in use. */
static void draw(void)
{
	char *text = file_get(OURS "free_blocks"), *at = text;
	char picture[CELLS + 1] = "";
	unsigned long last;
	struct block b;

	memset(picture, '#', CELLS);
	while (lab_next_block(&at, &b)) {
		last = (b.frame + (1UL << b.order) - 1) / CELL;
		for (unsigned long i = b.frame / CELL; i <= last && i < CELLS; i++)
			picture[i] = b.order < 6 ? '+' : '.';
	}
	free(text);
	for (int row = 0; row < CELLS; row += 64)
		lab_tell(row ? "" : "Frames", "%.64s", picture + row);
}

static void show_pool(const char *label)
{
	lab_pool(label);
	draw();
}

static void movable(void)
{
	struct pieces p = { .fd = service.fd, .page = PAGE };

	lab_step("Every other page of the pool, in a process's hands",
		 "Half is free. All free blocks are single pages: kmalloc finds no 2 MiB, vmalloc does.");
	show_pool("Before");
	DO(take_apart(&p));
	show_pool("After");
	lab_file(OURS "extfrag/unusable_index", NULL);
	expect_within("pages free", service.now.pool.free_pages, 8000, 8500);
	expect("free blocks of 2 MiB", service.now.pool.free_blocks[9], 0);
	expect_both(false);

	lab_step("Compaction",
		 "The pages that are in use move to one end. The process does not notice: what it wrote is at the same address of its own.");
	DO(file_put(OURS "compact", "1"));
	show_pool("After");
	lab_file(OURS "extfrag/unusable_index", NULL);
	expect_within("pages moved", pieces_nr_moved(&p), 1000, 8500);
	expect("pages with other contents", pieces_nr_wrong(&p), 0);
	expect_both(true);
	pieces_give_back(&p);

	lab_step("Nobody has to ask for it",
		 "In pieces again. Who may sleep has the pool compacted on his way to a block; who may not gets none.");
	DO(take_apart(&p));
	expect_yes("order 9 at once succeeds",
		   can_have(TA_LAYER_PAGES, 9, TA_ALLOC_NOWAIT), false);
	expect_yes("order 9 with compaction succeeds",
		   can_have(TA_LAYER_PAGES, 9, 0), true);
	pieces_give_back(&p);
}

#define MAX_HANDLES	16384
#define NR_HELD		32

/* All pages by handle, then all back but one in each 2 MiB. */
static long hold_one_in_512(int held[NR_HELD])
{
	static int handles[MAX_HANDLES];
	static uint64_t frames[MAX_HANDLES];
	bool kept[MAX_HANDLES / 512] = { };
	long nr = 0, nr_kept = 0;

	while (nr < MAX_HANDLES &&
	       (handles[nr] = ta_alloc(service.fd, TA_LAYER_PAGES, 0,
				       TA_ALLOC_NOWAIT, &frames[nr])) > 0)
		nr++;
	for (long i = 0; i < nr; i++) {
		if (kept[frames[i] / 512] || nr_kept == NR_HELD) {
			ta_free(service.fd, handles[i]);
			continue;
		}
		kept[frames[i] / 512] = true;
		held[nr_kept++] = handles[i];
	}
	return nr_kept;
}

static void unmovable(void)
{
	int held[NR_HELD];
	long nr_kept;

	lab_step("And if it came so far: one page in each 2 MiB, in a kernel caller's hands",
		 "32 pages are in use, of 16384. There is no block of 2 MiB, and compaction cannot make one: whoever has those pages knows their addresses. vmalloc does not mind.");
	show_pool("Before");
	DO(nr_kept = hold_one_in_512(held));
	expect("pages held", nr_kept, NR_HELD);
	DO(file_put(OURS "compact", "1"));
	show_pool("After");
	lab_file(OURS "pagetypeinfo", NULL);
	expect("free blocks of 2 MiB", service.now.pool.free_blocks[9], 0);
	expect_both(false);
	expect_yes("order 9 with compaction succeeds",
		   can_have(TA_LAYER_PAGES, 9, 0), false);
	for (int i = 0; i < NR_HELD; i++)
		ta_free(service.fd, held[i]);
}

/* As many pages, between those of a process that comes and goes. */
static void hold_among_others(int held[NR_HELD])
{
	size_t each = service.now.pool.pool_pages / 2 / NR_HELD;
	char *p = side_map(&service, NR_HELD * each * PAGE);

	for (int i = 0; i < NR_HELD; i++) {
		touch(p + i * each * PAGE, each);
		held[i] = ta_alloc(service.fd, TA_LAYER_PAGES, 0, 0, NULL);
	}
	munmap(p, NR_HELD * each * PAGE);
}

static void kept_apart(void)
{
	int held[NR_HELD];

	lab_step("Kept apart from the start",
		 "A kernel caller takes 32 pages, each between 250 of a process. The page layer keeps what cannot be moved in 2 MiB of its own: when the process is gone all others are whole.");
	show_pool("Before");
	DO(hold_among_others(held));
	/* What lies on this CPU's lists is free, but not merged. */
	file_put(OURS "pcp_enabled", "0");
	show_pool("After");
	lab_file(OURS "pagetypeinfo", NULL);
	expect_within("free blocks of 2 MiB", service.now.pool.free_blocks[9] +
		      2 * service.now.pool.free_blocks[10], 29, 31);
	file_put(OURS "pcp_enabled", "1");
	for (int i = 0; i < NR_HELD; i++)
		ta_free(service.fd, held[i]);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "Enough is free, and nothing is to be had");
	movable();
	kept_apart();
	unmovable();
	return lab_end();
}
