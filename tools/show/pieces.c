// SPDX-License-Identifier: GPL-2.0
/*
 * A pool in pieces: half of it free, and no two free pages side by side.
 *
 * Model: this process takes the whole pool page by page, writes a word of its own
 * to each, and gives every other frame back. What is left can be moved, for they
 * are a process's pages, and the words tell whether they came along.
 *
 * Context: the pool should be idle otherwise. Failure: -1 and errno.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "pieces.h"

static unsigned long *word_of(struct pieces *p, size_t i)
{
	return (unsigned long *)(p->mem + i * p->page);
}

/**
 * pieces_fill() - take all there is, a word of its own in each page
 * @p: filled in, but for its fd and page, which the caller has set
 *
 * Return: 0 or -1.
 */
int pieces_fill(struct pieces *p)
{
	struct ta_ioc_info pool;

	if (ta_info(p->fd, &pool))
		return -1;
	p->nr = pool.available_pages;
	p->info = calloc(p->nr, sizeof(*p->info));
	p->mem = ta_mmap(p->fd, NULL, p->nr * p->page,
			 PROT_READ | PROT_WRITE, 0);
	if (!p->info || p->mem == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < p->nr; i++)
		*word_of(p, i) = i + 1;
	return 0;
}

/**
 * pieces_thin_out() - give back what stands in every other frame
 * @p: the pieces
 *
 * Return: 0 or -1.
 */
int pieces_thin_out(struct pieces *p)
{
	if (ta_pages(p->fd, p->mem, p->nr, p->info))
		return -1;
	for (size_t i = 0; i < p->nr; i++)
		if (p->info[i].frame % 2 == 0 &&
		    munmap(p->mem + i * p->page, p->page))
			return -1;
	return 0;
}

/**
 * pieces_nr_wrong() - count pages that were kept and have another word by now
 * @p: the pieces
 *
 * Return: how many.
 */
size_t pieces_nr_wrong(struct pieces *p)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++)
		nr += p->info[i].frame % 2 && *word_of(p, i) != i + 1;
	return nr;
}

/**
 * pieces_nr_moved() - count pages that stand in other frames by now
 * @p: the pieces
 *
 * Return: how many, or -1.
 */
long pieces_nr_moved(struct pieces *p)
{
	struct ta_page_info *now = calloc(p->nr, sizeof(*now));
	long nr = 0;

	if (!now || ta_pages(p->fd, p->mem, p->nr, now))
		nr = -1;
	for (size_t i = 0; nr >= 0 && i < p->nr; i++)
		nr += p->info[i].frame % 2 && p->info[i].frame != now[i].frame;
	free(now);
	return nr;
}

/**
 * pieces_give_back() - unmap all that is left
 * @p: the pieces
 */
void pieces_give_back(struct pieces *p)
{
	munmap(p->mem, p->nr * p->page);
	free(p->info);
}
