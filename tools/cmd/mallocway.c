// SPDX-License-Identifier: GPL-2.0
/*
 * The arithmetic of two allocators, without asking either.
 *
 * glibc's malloc puts a head of one word before each chunk and makes chunks a
 * multiple of two words. It cuts them from the heap as long as what is left there
 * has room. The first thing that any process allocates is the cache of its thread,
 * and for that the heap begins with M_TOP_PAD more than it takes: all that is
 * smaller has room. Only what has none is compared with M_MMAP_THRESHOLD, and from
 * there on gets a mapping of its own, with room for the word that a following
 * chunk would have. So the first size that is mapped is a little above 128 KiB.
 *
 * kmalloc rounds up to a class, and above the largest to a block of pages.
 */
#include <stdio.h>

#include "mallocway.h"

#define WORD		8ULL
#define ALIGNMENT	(2 * WORD)
#define MIN_CHUNK	(4 * WORD)
/* The chunk of a thread's cache: 64 lists with a count and a head each, glibc 2.30 on */
#define TCACHE_CHUNK	656ULL
#define LARGEST_CLASS	8192ULL
#define MAX_ORDER	10

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/**
 * malloc_way() - tell what malloc(3) does for a size
 * @size: bytes
 * @page: bytes of a page
 * @way: filled in
 *
 * Return: whether malloc takes such a size.
 */
bool malloc_way(uint64_t size, uint64_t page, struct malloc_way *way)
{
	if (size > INT64_MAX - 2 * page)
		return false;
	way->chunk = round_up(size + WORD, ALIGNMENT);
	if (way->chunk < MIN_CHUNK)
		way->chunk = MIN_CHUNK;
	way->bytes = round_up(TCACHE_CHUNK + MALLOC_TOP_PAD + MIN_CHUNK, page);
	way->mapped = way->chunk >= MALLOC_MMAP_THRESHOLD &&
		      way->chunk + MIN_CHUNK > way->bytes - TCACHE_CHUNK;
	if (way->mapped)
		way->bytes = round_up(way->chunk + WORD, page);
	return true;
}

/**
 * kmalloc_way() - tell what kmalloc does for a size
 * @size: bytes
 * @page: bytes of a page
 * @way: filled in
 */
void kmalloc_way(uint64_t size, uint64_t page, struct kmalloc_way *way)
{
	static const unsigned int between[] = { 96, 192 };
	uint64_t class = 8;

	*way = (struct kmalloc_way){ .cache = "" };
	if (!size || size > page << MAX_ORDER)
		return;
	if (size > LARGEST_CLASS) {
		while (page << way->order < size)
			way->order++;
		way->bytes = page << way->order;
		return;
	}
	while (class < size)
		class *= 2;
	for (int i = 0; i < 2; i++)
		if (size <= between[i] && between[i] < class)
			class = between[i];
	way->bytes = class;
	if (class < 1024)
		snprintf(way->cache, sizeof(way->cache), "kmalloc-%u",
			 (unsigned int)class);
	else
		snprintf(way->cache, sizeof(way->cache), "kmalloc-%uk",
			 (unsigned int)(class / 1024));
}
