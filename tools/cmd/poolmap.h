/* SPDX-License-Identifier: GPL-2.0 */
#ifndef POOLMAP_H
#define POOLMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a page of the pool is; free ones by where they may be handed out. */
enum pool_state {
	POOL_HOLE,
	POOL_FREE_MOVABLE,
	POOL_FREE_UNMOVABLE,
	POOL_FREE_RECLAIMABLE,
	POOL_FREE_ISOLATE,
	POOL_PCP,
	POOL_PINNED,
	POOL_PAGES,
	POOL_SLAB,
	POOL_KMALLOC,
	POOL_EXACT,
	POOL_CONTIG,
	POOL_VMALLOC,
	POOL_USER,
	POOL_GUARD,
	POOL_CHANGING,
	NR_POOL_STATES
};

/**
 * struct pool_run - pages side by side that are the same
 * @frame: the first one, counted in the pool
 * @pfn: the same in the machine
 * @nr: how many
 * @order: of each of their blocks
 * @state: what they are
 * @type: of their pageblock
 * @owner: a cache, a client, a function, or ""
 */
struct pool_run {
	unsigned long frame;
	unsigned long pfn;
	unsigned long nr;
	unsigned int order;
	enum pool_state state;
	char type[12];
	char owner[64];
};

/**
 * struct pool_map - the whole pool at one look
 * @runs: by frame
 * @nr: how many
 */
struct pool_map {
	struct pool_run *runs;
	size_t nr;
};

/**
 * struct pool_picture - how the map becomes characters
 * @cell_pages: pages a character stands for, a power of two
 * @line_cells: characters of a line, likewise
 */
struct pool_picture {
	unsigned long cell_pages;
	unsigned long line_cells;
};

const char *pool_state_name(enum pool_state state);
char pool_state_letter(enum pool_state state);
int pool_map_read(FILE *file, struct pool_map *map);
void pool_map_free(struct pool_map *map);
const struct pool_run *pool_map_pfn(const struct pool_map *map,
				    unsigned long pfn);
unsigned long pool_map_end(const struct pool_map *map);
void pool_map_count(const struct pool_map *map, unsigned long first,
		    unsigned long end, unsigned long nr[NR_POOL_STATES]);
enum pool_state pool_cell_state(const unsigned long nr[NR_POOL_STATES],
				char *letter);
struct pool_picture pool_picture_fit(unsigned long frames, unsigned int columns,
				     unsigned int lines);

#endif /* POOLMAP_H */
