// SPDX-License-Identifier: GPL-2.0
/*
 * The pool as a list of runs, and how that becomes a picture.
 *
 * Model: the module's pool_map has a line for each run of blocks that are alike.
 * A character of the picture, a cell, stands for 2^n pages: the fewest with which
 * the pool has room. It shows who has most of them; what is free counts only if
 * nobody has any, so that one page in use among many free ones is seen. A capital
 * letter has the whole cell.
 */
#include <stdlib.h>
#include <string.h>
#include <ctype.h>

#include "poolmap.h"

#define SECTION	1024UL
/* The function of the module's that allocates by handle */
#define HANDLE	"act_alloc "

static const struct {
	const char *name;
	char letter;
} states[NR_POOL_STATES] = {
	[POOL_HOLE]		= { "hole", ' ' },
	[POOL_FREE_MOVABLE]	= { "free-movable", '.' },
	[POOL_FREE_UNMOVABLE]	= { "free-unmovable", ':' },
	[POOL_FREE_RECLAIMABLE]	= { "free-reclaimable", ';' },
	[POOL_FREE_ISOLATE]	= { "free-isolate", '!' },
	[POOL_PCP]		= { "pcp", 'C' },
	[POOL_PINNED]		= { "pinned", 'X' },
	[POOL_PAGES]		= { "pages", 'P' },
	[POOL_SLAB]		= { "slab", 'S' },
	[POOL_KMALLOC]		= { "kmalloc", 'K' },
	[POOL_EXACT]		= { "exact", 'E' },
	[POOL_CONTIG]		= { "contig", 'R' },
	[POOL_VMALLOC]		= { "vmalloc", 'V' },
	[POOL_USER]		= { "user", 'U' },
	[POOL_GUARD]		= { "guard", 'G' },
	[POOL_CHANGING]		= { "changing", '?' },
};

/**
 * pool_state_name() - name a state
 * @state: which
 *
 * Return: its name, one word.
 */
const char *pool_state_name(enum pool_state state)
{
	return states[state].name;
}

/**
 * pool_state_letter() - draw a state
 * @state: which
 *
 * Return: its character, where a cell has nothing else.
 */
char pool_state_letter(enum pool_state state)
{
	return states[state].letter;
}

static enum pool_state state_of(const char *kind, const char *type)
{
	char name[32];

	snprintf(name, sizeof(name), "%s", kind);
	if (!strcmp(kind, "free")) {
		snprintf(name, sizeof(name), "free-%s", type);
		name[5] = tolower(name[5]);
	}
	for (int i = 0; i < NR_POOL_STATES; i++)
		if (!strcmp(states[i].name, name))
			return i;
	return POOL_CHANGING;
}

static bool parse_run(char *line, struct pool_run *run)
{
	char kind[16];

	*run = (struct pool_run){ .owner = "" };
	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line,
		   "frame %lu pfn %lu pages %lu order %u type %11s is %15s %63[^\n]",
		   &run->frame, &run->pfn, &run->nr, &run->order, run->type,
		   kind, run->owner) < 6)
		return false;
	run->state = state_of(kind, run->type);
	if (!strncmp(run->owner, HANDLE, strlen(HANDLE)))
		strcpy(run->owner, "by handle");
	return true;
}

static int by_frame(const void *a, const void *b)
{
	const struct pool_run *x = a, *y = b;

	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/**
 * pool_map_read() - read the module's map
 * @file: it
 * @map: filled in
 *
 * Return: 0, or -1 without memory.
 */
int pool_map_read(FILE *file, struct pool_map *map)
{
	struct pool_run run, *more;
	size_t room = 0;
	char line[256];

	*map = (struct pool_map){ .nr = 0 };
	while (fgets(line, sizeof(line), file)) {
		if (!parse_run(line, &run))
			continue;
		if (map->nr == room) {
			room = room ? 2 * room : 1024;
			more = realloc(map->runs, room * sizeof(*more));
			if (!more) {
				pool_map_free(map);
				return -1;
			}
			map->runs = more;
		}
		map->runs[map->nr++] = run;
	}
	/* The file is by place in the machine. */
	if (map->nr)
		qsort(map->runs, map->nr, sizeof(run), by_frame);
	return 0;
}

/**
 * pool_map_free() - forget a map
 * @map: from pool_map_read()
 */
void pool_map_free(struct pool_map *map)
{
	free(map->runs);
	*map = (struct pool_map){ .nr = 0 };
}

/**
 * pool_map_pfn() - find a page of the machine
 * @map: where
 * @pfn: its number
 *
 * Return: the run it is in, or NULL.
 */
const struct pool_run *pool_map_pfn(const struct pool_map *map,
				    unsigned long pfn)
{
	for (size_t i = 0; i < map->nr; i++)
		if (pfn - map->runs[i].pfn < map->runs[i].nr)
			return &map->runs[i];
	return NULL;
}

/**
 * pool_map_end() - tell where the pool ends
 * @map: of which
 *
 * Return: the frame behind the last one.
 */
unsigned long pool_map_end(const struct pool_map *map)
{
	const struct pool_run *last = map->runs + map->nr - 1;

	return map->nr ? last->frame + last->nr : 0;
}

static unsigned long overlap(const struct pool_run *run, unsigned long first,
			     unsigned long end)
{
	unsigned long run_end = run->frame + run->nr;
	unsigned long from = run->frame > first ? run->frame : first;
	unsigned long to = run_end < end ? run_end : end;

	return from < to ? to - from : 0;
}

/**
 * pool_map_count() - count the pages of a part of the pool by state
 * @map: of which
 * @first: frame
 * @end: the frame behind the last one
 * @nr: filled in; what is not the pool's counts as POOL_HOLE
 */
void pool_map_count(const struct pool_map *map, unsigned long first,
		    unsigned long end, unsigned long nr[NR_POOL_STATES])
{
	size_t low = 0, high = map->nr;

	memset(nr, 0, NR_POOL_STATES * sizeof(*nr));
	nr[POOL_HOLE] = end - first;
	/* The first run that ends behind the beginning */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (map->runs[mid].frame + map->runs[mid].nr <= first)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < map->nr && map->runs[low].frame < end; low++) {
		unsigned long part = overlap(&map->runs[low], first, end);

		nr[map->runs[low].state] += part;
		nr[POOL_HOLE] -= part;
	}
}

static enum pool_state most_of(const unsigned long nr[NR_POOL_STATES],
			       enum pool_state from, enum pool_state to)
{
	enum pool_state best = from;

	for (enum pool_state i = from; i <= to; i++)
		if (nr[i] > nr[best])
			best = i;
	return best;
}

/**
 * pool_cell_state() - choose what a cell shows
 * @nr: its pages by state
 * @letter: set to its character
 *
 * Return: the state.
 */
enum pool_state pool_cell_state(const unsigned long nr[NR_POOL_STATES],
				char *letter)
{
	enum pool_state state = most_of(nr, POOL_PCP, POOL_CHANGING);
	unsigned long others = 0;

	if (!nr[state])
		state = most_of(nr, POOL_FREE_MOVABLE, POOL_FREE_ISOLATE);
	if (!nr[state])
		state = POOL_HOLE;
	for (int i = POOL_HOLE + 1; i < NR_POOL_STATES; i++)
		others += i == (int)state ? 0 : nr[i];
	*letter = others ? tolower(states[state].letter) : states[state].letter;
	return state;
}

/**
 * pool_picture_fit() - choose the scale of a picture
 * @frames: of the pool
 * @columns: room for cells side by side
 * @lines: room for lines
 *
 * A section is a number of whole lines, or a line of whole sections.
 *
 * Return: the largest picture that has room, or one cell a section.
 */
struct pool_picture pool_picture_fit(unsigned long frames, unsigned int columns,
				     unsigned int lines)
{
	struct pool_picture p = { .cell_pages = 1, .line_cells = 1 };

	while (p.line_cells * 2 <= columns)
		p.line_cells *= 2;
	while (p.cell_pages < SECTION &&
	       frames > p.cell_pages * p.line_cells * lines)
		p.cell_pages *= 2;
	return p;
}
