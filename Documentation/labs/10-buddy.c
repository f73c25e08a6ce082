// SPDX-License-Identifier: GPL-2.0
/*
 * 10: Split and merge
 *
 * The buddy allocator has free blocks of 1, 2, 4 ... 1024 pages: orders 0 to 10. Who
 * wants a small block where only large ones are free gets a piece: a block is halved
 * until one half has the right size, and the other halves become free blocks of
 * their own. A block that comes back looks for its *buddy*, the other half of what it
 * was split from: at the address with one bit flipped. If that is free as a whole, both
 * are one block again, and the next buddy is looked for.
 *
 * Watch the first 64 pages of the block that is split. A digit is a page of a free
 * block of that order, # is a page in use.
 *
 * Claim: The page allocator has orders 0 to 10, splits and merges; what it hands out
 * is physically contiguous.
 * Verdict: right
 * So: A single page taken from a fresh pool leaves one free block of each order
 * below 10. Its buddy is the next one handed out. All merge back to what they were.
 */
#include "kcore.h"
#include "lab.h"

#define SHOWN	64

static unsigned long base;	/* frame that the picture begins with */

/* The free blocks, by debugfs, as a picture. */
static void draw(void)
{
	char *text = file_get(OURS "free_blocks"), *at = text;
	char picture[SHOWN + 1];
	struct block b;

	memset(picture, '#', SHOWN);
	picture[SHOWN] = '\0';
	while (lab_next_block(&at, &b))
		for (unsigned long i = b.frame; i < b.frame + (1UL << b.order); i++)
			if (i >= base && i - base < SHOWN)
				picture[i - base] = b.order < 10 ? '0' + b.order : 'A';
	free(text);
	lab_tell("Frames", "%s", picture);
}

static void look_and_draw(const char *label)
{
	lab_pool(label);
	draw();
}

static void expect_blocks(const char *what, unsigned int order, long nr)
{
	expect(what, service.now.pool.free_blocks[order], nr);
}

static int take(unsigned int order, uint64_t *frame)
{
	int handle = ta_alloc(service.fd, TA_LAYER_PAGES, order, 0, frame);

	if (handle < 0)
		lab_die("allocating");
	look_and_draw("After");
	return handle;
}

static void give(int handle)
{
	if (ta_free(service.fd, handle))
		lab_die("freeing");
	look_and_draw("After");
}

static void split_and_merge(void)
{
	uint64_t a_frame, b_frame, c_frame;
	int a, b, c, nr_single = 0;

	lab_pool("Before");
	lab_step("One page",
		 "A block of order 10 is halved ten times. Of each order below there is one half left over.");
	ta_alloc(service.fd, TA_LAYER_PAGES, 0, 0, &base);
	base &= ~(SHOWN - 1UL);
	ta_free(service.fd, 1);
	DO(a = take(0, &a_frame));
	for (unsigned int order = 0; order < 10; order++)
		nr_single += service.now.pool.free_blocks[order] == 1;
	expect("orders below 10 with one free block", nr_single, 10);
	expect_blocks("free blocks of order 10", 10, 15);

	lab_step("Another page", "There is a block of order 0: the buddy of the first one.");
	DO(b = take(0, &b_frame));
	expect("the second frame", b_frame, a_frame ^ 1);
	expect_blocks("free blocks of order 0", 0, 0);

	lab_step("Four pages", "There is a block of order 2. It begins at a multiple of four.");
	DO(c = take(2, &c_frame));
	expect("the frame, modulo 4", c_frame % 4, 0);
	expect_blocks("free blocks of order 2", 2, 0);

	lab_step("The first page is given back", "Its buddy is in use: it stays alone.");
	DO(give(a));
	expect_blocks("free blocks of order 0", 0, 1);

	lab_step("The second one is given back",
		 "With its buddy it is a block of order 1, with that one's buddy one of order 2. There it ends: the four pages next to it are in use.");
	DO(give(b));
	expect_blocks("free blocks of order 0", 0, 0);
	expect_blocks("free blocks of order 1", 1, 0);
	expect_blocks("free blocks of order 2", 2, 1);

	lab_step("The four pages are given back", "All the way up to order 10.");
	DO(give(c));
	expect_blocks("free blocks of order 10", 10, 16);
}

/* The physical page that a frame of the pool is, by the same file. */
static long pfn_of_frame(unsigned long frame)
{
	char *text = file_get(OURS "free_blocks"), *at = text;
	unsigned long found = 0;
	struct block b;

	while (lab_next_block(&at, &b))
		if (b.frame == frame)
			found = b.pfn;
	free(text);
	return found;
}

static void contiguous(void)
{
	char *p = side_map(&service, 1024 * PAGE);
	struct ta_page_info pages[1024];
	long wrong = 0, first;

	lab_step("Frames of a block are neighbours in physical memory",
		 "A process takes 1024 pages out of one block. Where their frames follow one another, so do their physical pages, as /proc/self/pagemap has them.");
	DO(touch(p, 1024));
	ta_pages(service.fd, p, 1024, pages);
	first = pfn_of(p) - pages[0].frame;
	for (int i = 0; i < 1024; i++)
		if (pages[i].frame / 1024 == pages[0].frame / 1024)
			wrong += pfn_of(p + i * PAGE) - pages[i].frame != (uint64_t)first;
	expect("pages at another place", wrong, 0);
	munmap(p, 1024 * PAGE);
	expect_within("the physical page of a free block of order 10",
		      pfn_of_frame(base), 1, 1L << 40);
	expect("its number, modulo 1024", pfn_of_frame(base) % 1024, 0);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "Split and merge");
	/* No per-CPU lists in between: each page comes from the buddy allocator. */
	file_put(OURS "pcp_enabled", "0");
	split_and_merge();
	contiguous();
	file_put(OURS "pcp_enabled", "1");
	return lab_end();
}
